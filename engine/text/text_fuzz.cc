// Arbitrary text through lexer, parsers, encoder, decoder and printer: nothing crashes, and what
// parses once comes back from its printed form.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/binary/decoder.h"
#include "engine/binary/encoder.h"
#include "engine/text/parser.h"
#include "engine/text/printer.h"
#include "engine/text/script.h"
#include "engine/text/wat.h"

namespace {

[[noreturn]] void Fail(std::string_view what, const std::string& detail,
                       const std::string& printed) {
  std::fprintf(stderr, "%.*s: %s\n%s\n", static_cast<int>(what.size()), what.data(), detail.c_str(),
               printed.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)text::ParseScript(text);
  const auto bytes = text::WatToWasm(text, Features());
  if (!bytes.ok()) return 0;
  // The decoder has limits that the text format has not.
  const auto module = binary::Decode(*bytes);
  if (!module.ok()) return 0;
  for (const bool fold : {false, true}) {
    const std::string printed = text::Print(*module, {.fold = fold});
    const auto again = text::WatToWasm(printed, Features());
    if (!again.ok()) Fail("printed text does not parse", again.error().ToString(), printed);
    if (*again != *bytes) Fail("printed text is another module", "", printed);
  }
  return 0;
}
