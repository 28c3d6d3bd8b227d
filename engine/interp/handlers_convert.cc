// Handlers of conversions and sign extensions.
#include "engine/interp/numeric_handler.h"
#include "engine/interp/numeric_tables.h"

namespace airwasm::interp {

constinit const std::array<NumericRow, kConvertCount> kConvertRows =
    MakeRows<Op::I32WrapI64, Op::I64Extend32S>();
constinit const std::array<NumericRow, kTruncSatCount> kTruncSatRows =
    MakeRows<Op::I32TruncSatF32S, Op::I64TruncSatF64U>();

}  // namespace airwasm::interp
