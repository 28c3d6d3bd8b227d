// The slow halves of calls: lazy table elements, types of indirect callees.
#include "engine/interp/slow_paths.h"

#include <algorithm>

#include "engine/interp/code.h"
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

const Cell* SampleEntry(InstanceContext& ctx, const Cell* pc, const Cell* return_pc) {
  const FunctionCode* const code = FindCode(pc);
  runtime::TierObserver* const observer = ctx.store->store->executor().observer;
  if (code == nullptr || observer == nullptr) return pc;
  observer->SampledEntry(*ctx.store, *code->code,
                         ctx.store->store->executor().Locate(return_pc, true));
  return code->code->entry.load(std::memory_order_acquire);
}

LoopSample SampleLoop(InstanceContext& ctx, const Cell* pc) {
  const FunctionCode* const code = FindCode(pc);
  runtime::TierObserver* const observer = ctx.store->store->executor().observer;
  if (code == nullptr || observer == nullptr) return {};
  const auto cell = static_cast<uint32_t>(pc - code->cells.data());
  const auto loop =
      std::lower_bound(code->loops.begin(), code->loops.end(), cell,
                       [](const LoopCode& entry, uint32_t wanted) { return entry.cell < wanted; });
  if (loop == code->loops.end() || loop->cell != cell) return {};
  const auto describe = [&] {
    return runtime::LoopEntry{loop->offset, code->local_slots, loop->operands};
  };
  return {code->code, observer->SampledLoop(*ctx.store, *code->code, loop->offset, describe)};
}

}  // namespace airwasm::interp
