// Any bytes: the decoder answers with a component or with an error inside the bytes, and what it
// accepts survives the encoder.
#include <cstdint>
#include <cstdlib>

#include "component/binary/decoder.h"
#include "component/binary/encoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm::component;  // NOLINT(google-build-using-namespace)
  using airwasm::ComponentFeatures;
  using airwasm::Expected;
  const Expected<syntax::Component> component =
      binary::Decode({data, size}, ComponentFeatures::All());
  if (!component.ok()) {
    if (component.error().offset > size || component.error().message.empty()) abort();
    return 0;
  }
  const std::vector<uint8_t> once = binary::Encode(*component);
  const Expected<syntax::Component> again = binary::Decode(once, ComponentFeatures::All());
  if (!again.ok() || binary::Encode(*again) != once) abort();
  return 0;
}
