// The tables of numeric handlers by range of instructions; FindNumericRow and FindBranchRow put
// them together.
#pragma once

#include <array>

#include "engine/interp/handler_tables.h"

namespace airwasm::interp {

constexpr size_t CountOps(Op first, Op last) {
  return static_cast<size_t>(last) - static_cast<size_t>(first) + 1;
}

inline constexpr size_t kIntCompareCount = CountOps(Op::I32Eqz, Op::I64GeU);
inline constexpr size_t kIntArithCount = CountOps(Op::I32Clz, Op::I64Rotr);
inline constexpr size_t kFloatCompareCount = CountOps(Op::F32Eq, Op::F64Ge);
inline constexpr size_t kFloatArithCount = CountOps(Op::F32Abs, Op::F64Copysign);
inline constexpr size_t kConvertCount = CountOps(Op::I32WrapI64, Op::I64Extend32S);
inline constexpr size_t kTruncSatCount = CountOps(Op::I32TruncSatF32S, Op::I64TruncSatF64U);

extern const std::array<NumericRow, kIntCompareCount> kIntCompareRows;
extern const std::array<NumericRow, kIntArithCount> kIntArithRows;
extern const std::array<NumericRow, kFloatCompareCount> kFloatCompareRows;
extern const std::array<NumericRow, kFloatArithCount> kFloatArithRows;
extern const std::array<NumericRow, kConvertCount> kConvertRows;
extern const std::array<NumericRow, kTruncSatCount> kTruncSatRows;
extern const std::array<BranchRow, kIntCompareCount> kIntBranchRows;
extern const std::array<BranchRow, kFloatCompareCount> kFloatBranchRows;
extern const BranchRow kAndBranchRow;

}  // namespace airwasm::interp
