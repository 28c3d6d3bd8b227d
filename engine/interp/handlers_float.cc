// Handlers of f32 and f64 arithmetic and comparisons.
#include "engine/interp/numeric_handler.h"
#include "engine/interp/numeric_tables.h"

namespace airwasm::interp {
inline namespace float_handlers {  // stencils name them

template <typename T, Src a, Dst dst>
AIRWASM_HANDLER MakeCanonical(AIRWASM_HANDLER_PARAMS) {
  const T x = Read<T, a>(pc, fp, acc, facc, pc->a);
  Write<dst>(fp, acc, facc, pc->dst, numeric::Canonicalize(x));
  AIRWASM_NEXT(1);
}

}  // namespace float_handlers

Handler* const kCanonicalize[2][2][kNumDst] = {
    {{&MakeCanonical<float, Src::kSlot, Dst::kAcc>, &MakeCanonical<float, Src::kSlot, Dst::kSlot>},
     {&MakeCanonical<float, Src::kAcc, Dst::kAcc>, &MakeCanonical<float, Src::kAcc, Dst::kSlot>}},
    {{&MakeCanonical<double, Src::kSlot, Dst::kAcc>,
      &MakeCanonical<double, Src::kSlot, Dst::kSlot>},
     {&MakeCanonical<double, Src::kAcc, Dst::kAcc>,
      &MakeCanonical<double, Src::kAcc, Dst::kSlot>}}};

constinit const std::array<NumericRow, kFloatCompareCount> kFloatCompareRows =
    MakeRows<Op::F32Eq, Op::F64Ge>();
constinit const std::array<NumericRow, kFloatArithCount> kFloatArithRows =
    MakeRows<Op::F32Abs, Op::F64Copysign>();

}  // namespace airwasm::interp
