// Modules of any shape, with the worlds that they carry: a component comes out, or an error.
#include <cstddef>
#include <cstdint>

#include "component/wrap/wrap.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm::component::wrap;
  const std::span<const uint8_t> bytes(data, size);
  (void)MakeComponent(bytes, {});
  // As an adapter too, and around itself.
  Options options;
  options.adapters.push_back({.name = "old", .module = {bytes.begin(), bytes.end()}});
  (void)MakeComponent(bytes, options);
  return 0;
}
