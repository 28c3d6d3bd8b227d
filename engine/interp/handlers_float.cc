// Handlers of f32 and f64 arithmetic and comparisons.
#include "engine/interp/numeric_handler.h"
#include "engine/interp/numeric_tables.h"

namespace airwasm::interp {

constinit const std::array<NumericRow, kFloatCompareCount> kFloatCompareRows =
    MakeRows<Op::F32Eq, Op::F64Ge>();
constinit const std::array<NumericRow, kFloatArithCount> kFloatArithRows =
    MakeRows<Op::F32Abs, Op::F64Copysign>();

}  // namespace airwasm::interp
