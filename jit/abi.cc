#include "jit/abi.h"

#include "llvm/IR/Type.h"

namespace airwasm::jit {
namespace {

Places Assign(std::span<const ValType> types, uint32_t ints, uint32_t floats) {
  Places result;
  uint32_t next_int = 0, next_float = 0;
  for (const ValType type : types) {
    const ValKind kind = type.kind();
    const bool is_float = kind == ValKind::kF32 || kind == ValKind::kF64 || kind == ValKind::kV128;
    if (is_float && next_float < floats) {
      result.places.push_back({Place::Kind::kFloat, next_float++});
    } else if (!is_float && next_int < ints) {
      result.places.push_back({Place::Kind::kInt, next_int++});
    } else {
      result.places.push_back({Place::Kind::kBuffer, result.buffer_words});
      result.buffer_words += type.slots();
    }
  }
  return result;
}

}  // namespace

llvm::FunctionType* UniversalType(llvm::LLVMContext& context) {
  llvm::Type* const ptr = llvm::PointerType::get(context, 0);
  llvm::Type* const i64 = llvm::Type::getInt64Ty(context);
  llvm::Type* const vector = llvm::FixedVectorType::get(llvm::Type::getFloatTy(context), 4);
  llvm::Type* const params[] = {ptr,    ptr,    i64,    i64,    i64,    i64,    i64,   vector,
                                vector, vector, vector, vector, vector, vector, vector};
  static_assert(std::size(params) == kNumArgs);
  llvm::Type* const result = llvm::StructType::get(context, {i64, i64, vector, vector});
  return llvm::FunctionType::get(result, params, false);
}

Places PlaceParams(std::span<const ValType> types) {
  return Assign(types, 5, 8);
}
Places PlaceResults(std::span<const ValType> types) {
  return Assign(types, 2, 2);
}

llvm::Value* ToInt(llvm::IRBuilder<>& builder, llvm::Value* value) {
  return builder.CreateZExt(value, builder.getInt64Ty());
}

llvm::Value* ToWord(llvm::IRBuilder<>& builder, llvm::Value* value) {
  return value->getType()->isIntegerTy(32) ? ToInt(builder, value) : value;
}

llvm::Value* ToFloat(llvm::IRBuilder<>& builder, llvm::Value* value) {
  llvm::Type* const vector = llvm::FixedVectorType::get(builder.getFloatTy(), 4);
  llvm::Type* const type = value->getType();
  if (type->isVectorTy()) return builder.CreateBitCast(value, vector);
  llvm::Type* const lanes = llvm::FixedVectorType::get(type, type->isFloatTy() ? 4 : 2);
  llvm::Value* const lane =
      builder.CreateInsertElement(llvm::PoisonValue::get(lanes), value, uint64_t{0});
  return builder.CreateBitCast(lane, vector);
}

llvm::Value* FromRegister(llvm::IRBuilder<>& builder, llvm::Value* value, ValType type) {
  const auto as = [&](llvm::Type* lane, unsigned count) {
    return builder.CreateBitCast(value, llvm::FixedVectorType::get(lane, count));
  };
  switch (type.kind()) {
    case ValKind::kI32:
      return builder.CreateTrunc(value, builder.getInt32Ty());
    case ValKind::kF32:
      return builder.CreateExtractElement(value, uint64_t{0});
    case ValKind::kF64:
      return builder.CreateExtractElement(as(builder.getDoubleTy(), 2), uint64_t{0});
    case ValKind::kV128:
      return as(builder.getInt64Ty(), 2);
    case ValKind::kI64:
    case ValKind::kRef:
    case ValKind::kBottom:
      break;
  }
  return value;
}

}  // namespace airwasm::jit
