// Views of a v128 as lanes.
#pragma once

#include "jit/function_lowering.h"

namespace airwasm::jit {

inline llvm::FixedVectorType* I8x16(FunctionLowering& f) {
  return llvm::FixedVectorType::get(f.I8(), 16);
}
inline llvm::FixedVectorType* I16x8(FunctionLowering& f) {
  return llvm::FixedVectorType::get(f.I16(), 8);
}
inline llvm::FixedVectorType* I32x4(FunctionLowering& f) {
  return llvm::FixedVectorType::get(f.I32(), 4);
}
inline llvm::FixedVectorType* I64x2(FunctionLowering& f) {
  return llvm::FixedVectorType::get(f.I64(), 2);
}
inline llvm::FixedVectorType* F32x4(FunctionLowering& f) {
  return llvm::FixedVectorType::get(f.F32(), 4);
}
inline llvm::FixedVectorType* F64x2(FunctionLowering& f) {
  return llvm::FixedVectorType::get(f.F64(), 2);
}
// The same number of lanes, or the first or second half of them, each of twice the width.
inline llvm::FixedVectorType* Widened(llvm::FixedVectorType* type) {
  return llvm::FixedVectorType::get(
      llvm::IntegerType::get(type->getContext(), 2 * type->getScalarSizeInBits()),
      type->getNumElements());
}
inline Value* Half(FunctionLowering& f, Value* vector, bool high) {
  const auto lanes =
      static_cast<int>(llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements());
  llvm::SmallVector<int, 8> mask;
  for (int i = 0; i < lanes / 2; ++i) mask.push_back(i + (high ? lanes / 2 : 0));
  return f.b().CreateShuffleVector(vector, mask);
}
inline Value* Extended(FunctionLowering& f, Value* vector, bool is_signed) {
  llvm::Type* const to = Widened(llvm::cast<llvm::FixedVectorType>(vector->getType()));
  return is_signed ? f.b().CreateSExt(vector, to) : f.b().CreateZExt(vector, to);
}

}  // namespace airwasm::jit
