// What the runtime's tests share: modules from text, a store, and an executor that runs C++ in
// place of wasm.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/runtime/enter.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/module.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/store.h"
#include "engine/text/wat.h"

namespace airwasm::runtime {

// One place in a fake function: what a `const Cell*` points at here.
struct FakePc {
  const FuncCode* code;
  size_t offset;
  const Cell* cell() const { return reinterpret_cast<const Cell*>(this); }
};

// Runs functions of wasm modules by name: `bodies["f"]` is what the function exported as "f" does.
class FakeExecutor final : public Executor {
 public:
  using Body = std::function<TrapKind(StoreContext& store, FuncInst& func, uint64_t* fp,
                                      Activation& activation)>;

  void Prepare(Module&) override { ++modules_prepared; }
  const FuncCode* host_code() const override { return &host_code_; }
  bool Call(Store& store, FuncInst& func, uint64_t* fp) override {
    return EnterWasm(store, func.param_slots, fp, [&](Activation& activation) {
      activation.trap = Run(store.context(), func, fp, activation);
    });
  }
  TrapKind Run(StoreContext& store, FuncInst& func, uint64_t* fp, Activation& activation) {
    if (func.host != nullptr) {
      HostCall call{store, nullptr, fp, func.host->env};
      return func.host->call(call);
    }
    const auto body = bodies.find(func.code->module->FuncName(func.code->func_index));
    return body == bodies.end() ? TrapKind::kUnreachable
                                : body->second(store, func, fp, activation);
  }
  // No code is compiled in these tests.
  NativeOutcome RunFromNative(Store&, const FuncCode&, InstanceContext&, uint64_t*, Ref*) override {
    return NativeOutcome::kTrapped;
  }
  void EnterNatively(FuncCode&) override {}
  Checked Translate(Module&) override { return Ok(); }
  CodeLocation Locate(const Cell* pc, bool is_return_address) const override {
    const auto* const fake = reinterpret_cast<const FakePc*>(pc);
    return {fake->code, fake->offset - (is_return_address ? 1 : 0)};
  }
  bool OwnsFault(const void* native_pc, void* machine_context, const Cell** wasm_pc,
                 uint64_t** fp) const override {
    return owns_fault && owns_fault(native_pc, machine_context, wasm_pc, fp);
  }
  const void* trap_landing() const override { return landing; }

  std::map<std::string, Body> bodies;
  int modules_prepared = 0;
  bool (*owns_fault)(const void*, void*, const Cell**, uint64_t**) = nullptr;
  const void* landing = nullptr;

 private:
  FuncCode host_code_;
};

// A world to test in. The store comes last so that it goes first.
struct World {
  explicit World(const StoreOptions& options = {})
      : types(std::make_shared<TypeRegistry>()),
        store(std::make_unique<Store>(types, executor, options)) {}

  std::shared_ptr<Module> Compile(std::string_view wat, const ModuleOptions& options = {}) {
    Expected<std::vector<uint8_t>> bytes = text::WatToWasm(wat, options.features);
    if (!bytes.ok()) {
      ADD_FAILURE() << bytes.error().ToString() << " in " << wat;
      return nullptr;
    }
    Expected<std::shared_ptr<Module>> module =
        Module::Create(*std::move(bytes), options, types, executor);
    if (!module.ok()) {
      ADD_FAILURE() << module.error().ToString() << " in " << wat;
      return nullptr;
    }
    return *std::move(module);
  }

  // The instance of a module that must instantiate.
  Instance* Make(std::string_view wat, std::vector<Extern> imports = {}) {
    return Make(Compile(wat), std::move(imports));
  }
  Instance* Make(std::shared_ptr<Module> module, std::vector<Extern> imports = {}) {
    if (module == nullptr) return nullptr;
    Trap trap;
    absl::StatusOr<Instance*> instance = store->Instantiate(std::move(module), imports, &trap);
    EXPECT_TRUE(instance.ok()) << instance.status();
    EXPECT_EQ(TrapKind::kNone, trap.kind);
    return instance.ok() ? *instance : nullptr;
  }

  FakeExecutor executor;
  std::shared_ptr<TypeRegistry> types;
  std::unique_ptr<Store> store;
};

template <typename T>
T* ExportOf(Instance* instance, std::string_view name) {
  const std::optional<Extern> found = instance->FindExport(name);
  return found && std::holds_alternative<T*>(*found) ? std::get<T*>(*found) : nullptr;
}

}  // namespace airwasm::runtime
