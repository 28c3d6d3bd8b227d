// Any module: instantiating it and calling its exports ends in results or in a trap, within its
// fuel and its limits, and twice the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "airwasm/airwasm.h"

namespace {

using namespace airwasm;  // NOLINT(google-build-using-namespace)

constexpr uint64_t kFuel = 200'000;

Value ZeroOf(ValType type) {
  switch (type.kind()) {
    case ValKind::kI32:
      return int32_t{0};
    case ValKind::kI64:
      return int64_t{0};
    case ValKind::kF32:
      return 0.0f;
    case ValKind::kF64:
      return 0.0;
    case ValKind::kV128:
      return V128Bytes{};
    case ValKind::kRef:
    case ValKind::kBottom:
      break;
  }
  return Value(Ref(), type);
}

// What happened, as text; addresses do not appear in it.
std::string RunOnce(const Engine& engine, const Module& module) {
  StoreOptions limits;
  limits.max_memory_bytes = 4 << 20;
  limits.max_total_memory_bytes = 16 << 20;
  limits.max_table_elements = 10'000;
  limits.max_memories = 10;
  limits.max_tables = 10;
  limits.max_gc_heap_bytes = 8 << 20;
  Store store(engine, limits);
  store.SetFuel(kFuel);
  Linker linker(engine);
  linker.DefineUnknownImportsAsTraps(true);
  std::string log;
  const absl::StatusOr<Instance> instance = linker.Instantiate(store, module);
  if (!instance.ok()) return std::string(instance.status().message());
  for (const ExportInfo& e : module.exports()) {
    const auto* const type = std::get_if<FuncType>(&e.type);
    if (type == nullptr) continue;
    std::vector<Value> args;
    for (const ValType param : type->params) args.push_back(ZeroOf(param));
    const absl::StatusOr<Func> func = instance->GetFunc(e.name);
    if (!func.ok()) abort();
    const absl::StatusOr<CallResult> result = func->Call(args);
    if (!result.ok()) {  // a non-nullable reference parameter has no zero
      log += "not called;";
      continue;
    }
    if (!result->ok()) {
      log += std::string(TrapText(result->trap().kind())) + ";";
      continue;
    }
    for (const Value& value : result->value())
      log += value.type().IsRef() ? "ref " : value.ToString() + " ";
    log += ";";
  }
  return log + std::to_string(store.Fuel());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Engine engine(EngineOptions{.fuel = true});
  const absl::StatusOr<Module> module =
      Module::Create(engine, std::span<const uint8_t>(data, size));
  if (!module.ok()) return 0;
  if (RunOnce(engine, *module) != RunOnce(engine, *module)) abort();
  return 0;
}
