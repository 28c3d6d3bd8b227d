// The slow halves of calls: lazy table elements, types of indirect callees, host functions.
#include "engine/interp/slow_paths.h"

#include <algorithm>

#include "engine/runtime/executor.h"
#include "engine/runtime/store.h"
#include "engine/runtime/table.h"

namespace airwasm::interp {

using runtime::FuncInst;
using runtime::InstanceContext;

TrapOr<FuncInst*> FindIndirectCallee(InstanceContext& ctx, runtime::TableInst& table,
                                     uint64_t index, TypeId type) {
  const gc::Ref ref = runtime::TableGet(table, index);
  if (ref == gc::kNullRef) return {.trap = TrapKind::kUninitializedElement};
  FuncInst* const func = reinterpret_cast<FuncInst*>(ref);
  if (func->type != type && !ctx.store->store->types().IsSubtype(func->type, type))
    return {.trap = TrapKind::kIndirectCallTypeMismatch};
  return {.value = func};
}

TrapKind CallHost(runtime::StoreContext& store, const FuncInst& func, InstanceContext* caller,
                  uint64_t* slots, const Cell* pc, uint64_t* fp, uint64_t* top) {
  runtime::Activation* const activation = store.activation;
  activation->pc = pc;
  activation->fp = fp;
  activation->top = top;
  runtime::HostCall call{store, caller, slots, func.host->env};
  return func.host->call(call);
}

uint32_t HostSlots(runtime::StoreContext& store, const FuncInst& func) {
  const CanonicalType& type = store.store->types().Get(func.type);
  return std::max(type.param_slots, type.result_slots);
}

}  // namespace airwasm::interp
