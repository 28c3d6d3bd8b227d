// Any bytes: decoder and validator answer with a module or with an error inside the bytes;
// validating function by function comes to the same verdict as validating the whole.
#include <cstdint>
#include <cstdlib>

#include "engine/binary/decoder.h"
#include "engine/valid/validator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm;  // NOLINT(google-build-using-namespace)
  const Expected<syntax::Module> module = binary::Decode({data, size}, Features());
  if (!module.ok()) {
    if (module.error().offset > size || module.error().message.empty()) abort();
    return 0;
  }
  TypeRegistry types;
  const Checked valid = valid::Validate(*module, Features(), types);
  if (!valid.ok() && (valid.error().offset > size || valid.error().message.empty())) abort();

  // What the strict validator accepts, a decoder that walks the bodies accepts as well.
  if (valid.ok() && !binary::Decode({data, size}, Features(), {.check_bodies = true}).ok()) abort();
  return 0;
}
