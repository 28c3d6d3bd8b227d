// Decodes and validates whatever comes: no crash, and a verdict.
#include <cstddef>
#include <cstdint>
#include <span>

#include "component/binary/decoder.h"
#include "component/valid/validator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm;  // NOLINT(google-build-using-namespace)
  component::valid::Options options;
  options.features = ComponentFeatures::All();
  const auto component = component::binary::Decode(std::span<const uint8_t>(data, size),
                                                   options.features, options.core_features);
  if (!component.ok()) return 0;
  TypeRegistry registry;
  const auto valid = component::valid::Validate(*component, options, registry);
  (void)valid.ok();
  return 0;
}
