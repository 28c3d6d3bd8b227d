// What the tests of this folder share: core modules as guests, each in a component instance of its
// own, and functions between them.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "component/canon/adapter.h"
#include "component/canon/functions.h"
#include "engine/interp/interpreter.h"
#include "engine/runtime/module.h"
#include "engine/runtime/store.h"
#include "engine/text/wat.h"

namespace airwasm::component::canon {

// One page of memory, and a realloc that hands out memory from 1024 on and never takes it back.
inline constexpr std::string_view kLibc = R"(
  (memory (export "mem") 1)
  (global $next (mut i32) (i32.const 1024))
  (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32)
    (local $p i32)
    (local.set $p (i32.and (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
                           (i32.sub (i32.const 0) (local.get 2))))
    (global.set $next (i32.add (local.get $p) (local.get 3)))
    (memory.copy (local.get $p) (local.get 0)
      (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
    (local.get $p))
)";

struct World {
  // `wasm`: whether lowered functions become wasm at once, or never.
  explicit World(bool wasm = false)
      : executor(interp::NewInterpreter()),
        types(std::make_shared<TypeRegistry>()),
        store(std::make_unique<runtime::Store>(types, *executor, runtime::StoreOptions())) {
    executor->host_calls_before_wasm = wasm ? 0 : UINT32_MAX;
  }

  runtime::Instance* Make(const std::string& wat, std::vector<runtime::Extern> imports = {}) {
    Expected<std::vector<uint8_t>> bytes = text::WatToWasm(wat, {});
    if (!bytes.ok()) {
      ADD_FAILURE() << bytes.error().ToString() << " in " << wat;
      return nullptr;
    }
    auto module = runtime::Module::Create(*std::move(bytes), {}, types, *executor);
    if (!module.ok()) {
      ADD_FAILURE() << module.error().ToString() << " in " << wat;
      return nullptr;
    }
    runtime::Trap trap;
    auto instance = store->Instantiate(*std::move(module), imports, &trap);
    EXPECT_TRUE(instance.ok()) << instance.status();
    return instance.ok() ? *instance : nullptr;
  }
  ComponentInstanceState& NewState(ComponentInstanceState* parent = nullptr) {
    return *states.emplace_back(std::make_unique<ComponentInstanceState>(*store, parent));
  }
  // A function type with parameters p0, p1, ...
  FuncTypeId Func(const std::vector<ValType>& params, std::optional<ValType> result = {}) {
    FuncType type;
    for (const ValType t : params)
      type.params.push_back({"p" + std::to_string(type.params.size()), t});
    type.result = result;
    return table.InternFunc(std::move(type));
  }
  // The run-time resource of each ResourceId is resources[id].
  const ResourceType* Resolve(ResourceId id) const { return resources[id]; }
  auto resolver() const {
    return [this](ResourceId id) { return Resolve(id); };
  }
  const Function& Lift(FuncTypeId type, runtime::FuncInst* core, const CanonOptions& options) {
    return *functions.emplace_back(MakeLifted(table, type, resolver(), core, options));
  }
  runtime::FuncInst* Lower(const Function& callee, const CanonOptions& options) {
    auto func = MakeLowered(*store, callee, options, cache);
    EXPECT_TRUE(func.ok()) << func.status();
    return func.ok() ? *func : nullptr;
  }

  std::unique_ptr<runtime::Executor> executor;
  std::shared_ptr<TypeRegistry> types;
  TypeTable table;
  AdapterCache cache;
  std::vector<std::unique_ptr<ComponentInstanceState>> states;
  std::vector<const ResourceType*> resources;
  std::vector<std::unique_ptr<Function>> functions;
  std::unique_ptr<runtime::Store> store;
};

template <typename T>
T* ExportOf(runtime::Instance* instance, std::string_view name) {
  const std::optional<runtime::Extern> found = instance->FindExport(name);
  return found && std::holds_alternative<T*>(*found) ? std::get<T*>(*found) : nullptr;
}

// A core module with the parts of kLibc and `functions`, as a component instance.
struct Guest {
  Guest(World& world, const std::string& functions, std::vector<runtime::Extern> imports = {},
        StringEncoding encoding = StringEncoding::kUtf8, const std::string& import_text = "")
      : state(world.NewState()),
        core(world.Make("(module " + import_text + std::string(kLibc) + functions + ")",
                        std::move(imports))) {
    options.instance = &state;
    options.encoding = encoding;
    if (core == nullptr) return;
    options.memory = ExportOf<runtime::MemInst>(core, "mem");
    options.realloc = ExportOf<runtime::FuncInst>(core, "realloc");
  }
  runtime::FuncInst* func(std::string_view name) { return ExportOf<runtime::FuncInst>(core, name); }
  std::string_view bytes(uint64_t at, uint64_t count) const {
    return {reinterpret_cast<const char*>(options.memory->base + at), count};
  }
  void Put(uint64_t at, std::string_view data) {
    std::memcpy(options.memory->base + at, data.data(), data.size());
  }

  ComponentInstanceState& state;
  runtime::Instance* core;
  CanonOptions options;
};

}  // namespace airwasm::component::canon
