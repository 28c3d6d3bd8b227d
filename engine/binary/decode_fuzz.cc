// Any bytes: the decoder answers with a module or with an error inside the bytes, what it accepts
// survives the encoder, and its DWARF can be asked for lines.
#include <cstdint>
#include <cstdlib>

#include "engine/binary/branch_hints.h"
#include "engine/binary/decoder.h"
#include "engine/binary/dwarf_line.h"
#include "engine/binary/encoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm;  // NOLINT(google-build-using-namespace)
  const Expected<syntax::Module> module =
      binary::Decode({data, size}, Features(), {.check_bodies = true});
  if (!module.ok()) {
    if (module.error().offset > size || module.error().message.empty()) abort();
    return 0;
  }
  (void)binary::CheckBranchHints(*module).ok();
  const binary::DwarfLines lines = binary::DwarfLines::Parse(*module);
  for (uint32_t offset = 1; offset < 64; offset += 7) (void)lines.Find(offset);
  const std::vector<uint8_t> once = binary::Encode(*module);
  const Expected<syntax::Module> again = binary::Decode(once, Features(), {.check_bodies = true});
  if (!again.ok() || binary::Encode(*again) != once) abort();
  return 0;
}
