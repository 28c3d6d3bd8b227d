// Calls between two component instances of one store as wasm: the function that MakeLowered has
// made with C++ behind it becomes that of an adapter module (wasm_adapter.h), in place, so that all
// who have it in their import slots, tables and options see the change at their next call.
//
// It is done when a function has been called often enough (Executor::host_calls_before_wasm): most
// lowered functions of a component are called rarely, and each instance of a module costs more than
// many calls.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "component/canon/adapter.h"
#include "component/canon/functions.h"
#include "component/canon/transfer.h"
#include "component/canon/wasm_adapter.h"

namespace airwasm::component::canon {

// An adapter module, and what its instances import. Shared by all instances of a component.
struct WasmModule {
  std::shared_ptr<runtime::Module> module;
  std::vector<WasmImport> imports;
};

// The two sides of one lowered function. Lives as long as the store.
struct WasmCall {
  const Function* callee = nullptr;
  const CanonOptions* lower = nullptr;
  const Adapter* adapter = nullptr;
  std::span<ComponentInstanceState* const> entering;

  const CanonOptions& options(WasmImport::Side side) const {
    return side == WasmImport::Side::kLower ? *lower : callee->lift;
  }
};

// Why these calls stay with C++: the text, or null if they can be wasm. This is the one place that
// decides.
const char* ObstacleToWasm(const WasmCall& call);

// Makes `func` wasm. There is no obstacle. False: the store or the component has no room for it.
bool BecomeWasm(runtime::FuncInst& func, const WasmCall& call, AdapterCache& cache);

}  // namespace airwasm::component::canon
