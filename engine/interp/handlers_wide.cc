// Handlers of the wide-arithmetic instructions, which take and give i64 pairs.
#include "engine/interp/handler.h"
#include "engine/interp/handler_tables.h"
#include "engine/numeric/ops_scalar.h"

namespace airwasm::interp::reg {
namespace {

using numeric::NumericOp;

template <Op op, bool pairs>
AIRWASM_HANDLER_BODY Wide(AIRWASM_HANDLER_PARAMS) {
  const uint64_t* const x = &At<uint64_t>(fp, pc->a);
  numeric::I128Parts result;
  if constexpr (pairs) result = NumericOp<op>::Eval(x[0], x[1], x[2], x[3]);
  if constexpr (!pairs) result = NumericOp<op>::Eval(x[0], x[1]);
  At<uint64_t>(fp, pc->dst) = result.low;
  At<uint64_t>(fp, uint64_t{pc->dst} + 8) = result.high;
  AIRWASM_NEXT(1);
}

}  // namespace

AIRWASM_HANDLER I64Add128(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((Wide<Op::I64Add128, true>));
}
AIRWASM_HANDLER I64Sub128(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((Wide<Op::I64Sub128, true>));
}
AIRWASM_HANDLER I64MulWideS(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((Wide<Op::I64MulWideS, false>));
}
AIRWASM_HANDLER I64MulWideU(AIRWASM_HANDLER_PARAMS) {
  AIRWASM_IS((Wide<Op::I64MulWideU, false>));
}

}  // namespace airwasm::interp::reg
