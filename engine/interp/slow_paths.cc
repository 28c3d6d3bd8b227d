// The slow halves of calls: lazy table elements, types of indirect callees.
#include "engine/interp/slow_paths.h"

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

}  // namespace airwasm::interp
