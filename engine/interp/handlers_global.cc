// Handlers of globals. An own global lies in the context block at imm; an imported one is reached
// through the pointer there.
#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"

namespace airwasm::interp::reg {
namespace {

template <bool imported>
[[gnu::always_inline]] inline uint8_t* CellOf(Pc pc, runtime::InstanceContext* ctx) {
  const uint64_t offset = Offset(pc->imm);
  if constexpr (imported)
    return reinterpret_cast<uint8_t*>(InContext<runtime::GlobalCell*>(ctx, offset));
  return reinterpret_cast<uint8_t*>(ctx) + offset;
}

}  // namespace

AIRWASM_HANDLER GlobalGet(AIRWASM_HANDLER_PARAMS) {
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, At<uint64_t>(CellOf<false>(pc, ctx), 0));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER GlobalGetFloat(AIRWASM_HANDLER_PARAMS) {
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, At<double>(CellOf<false>(pc, ctx), 0));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER GlobalGet128(AIRWASM_HANDLER_PARAMS) {
  At<V128>(fp, pc->dst) = At<V128>(CellOf<false>(pc, ctx), 0);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER GlobalSet(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(CellOf<false>(pc, ctx), 0) = At<uint64_t>(fp, pc->a);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER GlobalSetAcc(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(CellOf<false>(pc, ctx), 0) = acc;
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER GlobalSet128(AIRWASM_HANDLER_PARAMS) {
  At<V128>(CellOf<false>(pc, ctx), 0) = At<V128>(fp, pc->a);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ImportedGlobalGet(AIRWASM_HANDLER_PARAMS) {
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, At<uint64_t>(CellOf<true>(pc, ctx), 0));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ImportedGlobalGetFloat(AIRWASM_HANDLER_PARAMS) {
  Write<Dst::kSlot>(fp, acc, facc, pc->dst, At<double>(CellOf<true>(pc, ctx), 0));
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ImportedGlobalGet128(AIRWASM_HANDLER_PARAMS) {
  At<V128>(fp, pc->dst) = At<V128>(CellOf<true>(pc, ctx), 0);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ImportedGlobalSet(AIRWASM_HANDLER_PARAMS) {
  At<uint64_t>(CellOf<true>(pc, ctx), 0) = At<uint64_t>(fp, pc->a);
  AIRWASM_NEXT(1);
}
AIRWASM_HANDLER ImportedGlobalSet128(AIRWASM_HANDLER_PARAMS) {
  At<V128>(CellOf<true>(pc, ctx), 0) = At<V128>(fp, pc->a);
  AIRWASM_NEXT(1);
}

}  // namespace airwasm::interp::reg
