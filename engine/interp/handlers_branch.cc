// Handlers of comparisons fused with the branch behind them.
#include "engine/interp/numeric_handler.h"
#include "engine/interp/numeric_tables.h"

namespace airwasm::interp {

constinit const std::array<BranchRow, kIntCompareCount> kIntBranchRows =
    MakeBranchRows<Op::I32Eqz, Op::I64GeU>();
constinit const std::array<BranchRow, kFloatCompareCount> kFloatBranchRows =
    MakeBranchRows<Op::F32Eq, Op::F64Ge>();
constinit const BranchRow kAndBranchRow = MakeBranchRow<Op::I32And>();

}  // namespace airwasm::interp
