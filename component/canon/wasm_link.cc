#include "component/canon/wasm_link.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "component/canon/call.h"
#include "component/canon/store_string.h"

namespace airwasm::component::canon {
namespace {

using Side = WasmImport::Side;
using What = WasmImport::What;

// More are a sign of a generated tree of components, not of a hot call.
constexpr size_t kMaxEntered = 8;

// An adapter module names its imports' types by themselves: a type that belongs to a larger
// recursion group or has subtypes is another one.
bool HasPlainType(runtime::Store& store, const runtime::FuncInst* func) {
  if (func == nullptr) return true;
  return store.types().InternFunc(store.types().Get(func->type).type.func) == func->type;
}

const char* ObstacleInMemories(const CanonOptions& a, const CanonOptions& b) {
  for (const CanonOptions* const side : {&a, &b}) {
    if (side->memory == nullptr) continue;
    const MemoryType& type = side->memory->type;
    if (type.is_64) return "a 64-bit memory";
    if (type.shared) return "a shared memory";
    if (type.page_size_log2 != 16) return "a memory of small pages";
  }
  if (a.memory != nullptr && a.memory == b.memory) return "one memory on both sides";
  return nullptr;
}

bool NeedsMemory(const Program& program) {
  if (program.from_spilled || program.to_spilled) return true;
  return std::any_of(program.ops.begin(), program.ops.end(), [](const Op& op) {
    return op.code == OpCode::kString || op.code == OpCode::kBulk || op.code == OpCode::kList;
  });
}

// What an adapter calls; its arguments are drawn in wasm_adapter.h. `env` is the WasmCall.
TrapKind Trouble(runtime::HostCall& host_call) {
  const WasmCall& call = *static_cast<const WasmCall*>(host_call.env);
  runtime::Store& store = *call.lower->instance->store;
  const auto a = static_cast<uint32_t>(host_call.slots[1]);
  const auto b = static_cast<uint32_t>(host_call.slots[2]);
  const auto c = static_cast<uint32_t>(host_call.slots[3]);
  switch (static_cast<WasmTrouble>(host_call.slots[0])) {
    case WasmTrouble::kCannotLeave:
      return FailCannotLeave(store);
    case WasmTrouble::kCannotEnter:
      return FailCannotEnter(store);
    case WasmTrouble::kException:
      return FailException(store);
    case WasmTrouble::kChar:
      return FailChar(store);
    case WasmTrouble::kDiscriminant:
      return FailDiscriminant(store);
    case WasmTrouble::kString: {
      StringView unused;
      return LoadString(store, call.options(static_cast<Side>(a)), b, c, Border::kFused, &unused);
    }
    case WasmTrouble::kList: {
      const ListTrouble list = ListTrouble::Unpack(a);
      const Program& program =
          list.side == Side::kLower ? call.adapter->params : call.adapter->results;
      CheckList(store, call.options(list.side), program.lists[list.shape], b, c);
      return TrapKind::kHostError;
    }
    case WasmTrouble::kRange: {
      const RangeTrouble range = RangeTrouble::Unpack(a);
      CheckRange(store, call.options(range.side), b, c, range.align,
                 static_cast<Pointee>(range.what), Border::kFused, range.from_realloc);
      return TrapKind::kHostError;
    }
  }
  return TrapKind::kHostError;
}

WasmAdapterTraits TraitsOf(const WasmCall& call) {
  const CanonOptions& lift = call.callee->lift;
  const auto own = std::find(call.entering.begin(), call.entering.end(), lift.instance);
  return {.entered = static_cast<uint32_t>(call.entering.size()),
          .entered_lift = static_cast<uint32_t>(own - call.entering.begin()),
          .lower_context = call.lower->instance->has_context,
          .lift_context = lift.instance->has_context,
          .post_return = lift.post_return != nullptr};
}

runtime::Extern Resolve(const WasmCall& call, const WasmImport& import,
                        runtime::FuncInst* trouble) {
  const CanonOptions& options = call.options(import.side);
  switch (import.what) {
    case What::kCallee:
      return call.callee->core;
    case What::kPostReturn:
      return options.post_return;
    case What::kRealloc:
      return options.realloc;
    case What::kTrouble:
      return trouble;
    case What::kMemory:
      return options.memory;
    case What::kFlags:
      return &options.instance->flags_global;
    case What::kEntered:
      return &call.entering[import.index]->flags_global;
    case What::kContext:
      break;
  }
  return &options.instance->context_global;
}

// What this file makes is valid, and fits: anything else is a bug of ours.
[[noreturn]] void Stop(const std::string& why) {
  std::fprintf(stderr, "airwasm: an adapter module is refused: %s\n", why.c_str());
  std::abort();
}

// Whether accesses need no checks of their own.
bool IsGuarded(const WasmCall& call) {
  const auto guarded = [](const runtime::MemInst* memory) {
    return memory == nullptr || memory->guarded;
  };
  return call.callee->core->instance->module().options().guard_pages &&
         guarded(call.lower->memory) && guarded(call.callee->lift.memory);
}

std::shared_ptr<const WasmModule> MakeModule(const WasmCall& call, const WasmAdapterTraits& traits,
                                             const std::string& name) {
  const Function& callee = *call.callee;
  runtime::Store& store = *call.lower->instance->store;
  WasmAdapter adapter = CompileWasmAdapter(*callee.types, callee.type, *call.adapter, traits, name);
  auto made = runtime::Module::Create(std::move(adapter.bytes),
                                      {.guard_pages = IsGuarded(call), .is_internal = true},
                                      store.shared_types(), store.executor());
  if (!made.ok()) Stop(made.error().ToString());
  return std::make_shared<WasmModule>(WasmModule{*std::move(made), std::move(adapter.imports)});
}

}  // namespace

const char* ObstacleToWasm(const WasmCall& call) {
  const CanonOptions& lift = call.callee->lift;
  runtime::Store& store = *lift.instance->store;
  if (call.adapter->wasm_obstacle != nullptr) return call.adapter->wasm_obstacle;
  if (call.lower->instance->store != &store) return "two stores";
  if (IsSelfOrAncestor(lift.instance, call.lower->instance) ||
      IsSelfOrAncestor(call.lower->instance, lift.instance))
    return "a call that always traps";
  if (call.entering.size() > kMaxEntered) return "deeply nested instances";
  if (call.callee->core->instance == nullptr) return "a core function that is not wasm";
  // Fuel counts what the guest's own code does.
  if (call.callee->core->instance->module().options().fuel) return "fuel";
  if (NeedsMemory(call.adapter->params) || NeedsMemory(call.adapter->results)) {
    if (lift.memory == nullptr || call.lower->memory == nullptr) return "no memory";
    if (const char* const obstacle = ObstacleInMemories(*call.lower, lift)) return obstacle;
  }
  if (call.adapter->params.calls && lift.realloc == nullptr) return "no realloc";
  const bool results_call = std::any_of(
      call.adapter->results.ops.begin(), call.adapter->results.ops.end(), [](const Op& op) {
        return op.code == OpCode::kString || op.code == OpCode::kBulk || op.code == OpCode::kList;
      });
  if (results_call && call.lower->realloc == nullptr) return "no realloc";
  for (const runtime::FuncInst* const func :
       {call.callee->core, lift.realloc, lift.post_return, call.lower->realloc}) {
    if (!HasPlainType(store, func)) return "a function type of a recursion group";
  }
  return nullptr;
}

bool BecomeWasm(runtime::FuncInst& func, const WasmCall& call, AdapterCache& cache) {
  runtime::Store& store = *call.lower->instance->store;
  const runtime::FuncInst& core = *call.callee->core;
  const WasmAdapterTraits traits = TraitsOf(call);
  const AdapterCache::ModuleKey key{.adapter = call.adapter,
                                    .name = core.instance->module().FuncName(core.code->func_index),
                                    .traits = traits.Pack(),
                                    .guarded = IsGuarded(call)};
  std::shared_ptr<const WasmModule> wasm = cache.FindModule(key);
  if (wasm == nullptr) {
    if (cache.IsFullOfModules()) return false;
    wasm = cache.AddModule(key, MakeModule(call, traits, key.name));
  }

  const airwasm::FuncType trouble_type{.params = {kI32, kI32, kI32, kI32}, .results = {}};
  runtime::FuncInst* const trouble =
      store.NewHostFunc(trouble_type, {.call = &runtime::Contained<&Trouble>,
                                       .env = const_cast<WasmCall*>(&call),
                                       .drop_env = nullptr});
  if (trouble == nullptr) return false;
  std::vector<runtime::Extern> imports;
  for (const WasmImport& import : wasm->imports) imports.push_back(Resolve(call, import, trouble));
  runtime::Trap trap;
  const absl::StatusOr<runtime::Instance*> instance =
      store.Instantiate(wasm->module, imports, &trap);
  if (!instance.ok()) {
    if (absl::IsResourceExhausted(instance.status())) return false;
    Stop(instance.status().ToString());
  }
  const auto* const made = std::get<runtime::FuncInst*>(*(*instance)->FindExport(""));
  if (made->type != func.type) Stop("its function is of another type");
  func = *made;
  return true;
}

}  // namespace airwasm::component::canon
