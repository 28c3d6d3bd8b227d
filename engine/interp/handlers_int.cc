// Handlers of i32 and i64 arithmetic, bit operations and comparisons.
#include "engine/interp/numeric_handler.h"
#include "engine/interp/numeric_tables.h"

namespace airwasm::interp {

constinit const std::array<NumericRow, kIntCompareCount> kIntCompareRows =
    MakeRows<Op::I32Eqz, Op::I64GeU>();
constinit const std::array<NumericRow, kIntArithCount> kIntArithRows =
    MakeRows<Op::I32Clz, Op::I64Rotr>();

}  // namespace airwasm::interp
