// Arbitrary text through parser, encoder, decoder and printer: nothing crashes, and what parses
// once comes back from its printed form.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "component/binary/decoder.h"
#include "component/binary/encoder.h"
#include "component/text/parser.h"
#include "component/text/printer.h"
#include "component/text/script.h"

namespace {

[[noreturn]] void Fail(std::string_view what, const std::string& detail,
                       const std::string& printed) {
  std::fprintf(stderr, "%.*s: %s\n%s\n", static_cast<int>(what.size()), what.data(), detail.c_str(),
               printed.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using airwasm::ComponentFeatures;
  using airwasm::Features;
  namespace binary = airwasm::component::binary;
  namespace text = airwasm::component::text;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)text::IsComponentScript(input);
  (void)text::ParseScript(input);
  const auto parsed = text::ParseComponent(input, Features());
  if (!parsed.ok()) return 0;
  const auto bytes = binary::Encode(*parsed);
  // The decoder has limits that the text format has not.
  const auto decoded = binary::Decode(bytes, ComponentFeatures::All());
  if (!decoded.ok()) return 0;
  for (const auto* component : {&*parsed, &*decoded}) {
    const std::string printed = text::Print(*component);
    const auto again = text::ParseComponent(printed, Features());
    if (!again.ok()) Fail("printed text does not parse", again.error().ToString(), printed);
    if (binary::Encode(*again) != bytes) Fail("printed text is another component", "", printed);
  }
  return 0;
}
