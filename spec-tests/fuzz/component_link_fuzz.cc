// Any component: what the validator accepts is linked against a small host, instantiated, and its
// functions without parameters are called; all of it ends in results, errors or traps, within fuel
// and limits.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "airwasm/airwasm.h"
#include "airwasm/component_linker.h"

namespace {

using namespace airwasm;  // NOLINT(google-build-using-namespace)

void CallAll(const ComponentInstance& instance, const std::vector<ComponentItem>& items,
             const std::string& prefix) {
  for (const ComponentItem& item : items) {
    const std::string name = prefix + item.name;
    if (item.kind == ComponentItem::Kind::kInstance) CallAll(instance, item.items, name + "#");
    if (item.kind != ComponentItem::Kind::kFunc) continue;
    const absl::StatusOr<ComponentFunc> func = instance.GetFunc(name);
    if (func.ok()) (void)func->Call({});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Engine engine;
  const absl::StatusOr<Component> component =
      Component::Create(engine, std::span<const uint8_t>(data, size), ComponentFeatures::All());
  if (!component.ok()) return 0;
  ComponentLinker linker(engine);
  (void)linker.DefineDynamic(
      "f", [](std::span<const Val>) -> absl::StatusOr<std::optional<Val>> { return std::nullopt; });
  (void)linker.Instance("i").DefineResource<struct Thing>("r", nullptr);
  StoreOptions limits;
  limits.max_memory_bytes = 1 << 20;
  limits.max_total_memory_bytes = 8 << 20;
  limits.max_table_elements = 10'000;
  Store store(engine, limits);
  store.SetFuel(20'000);
  const absl::StatusOr<ComponentInstance> instance = linker.Instantiate(store, *component);
  if (instance.ok()) CallAll(*instance, instance->exports(), "");
  return 0;
}
