// Lane-wise integer instructions on v128. Spec: core, exec/instructions, vector instructions.
#include "jit/lower.h"
#include "jit/simd_types.h"
#include "llvm/IR/Intrinsics.h"

namespace airwasm::jit {
namespace {

using llvm::Intrinsic::ID;
using Lanes = llvm::FixedVectorType;
using Predicate = llvm::CmpInst::Predicate;
using BinaryOp = llvm::Instruction::BinaryOps;

void Binary(FunctionLowering& f, Lanes* lanes, BinaryOp op) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  f.PushV128(f.b().CreateBinOp(op, a, b));
}
void Intrinsic(FunctionLowering& f, Lanes* lanes, ID id) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  f.PushV128(f.b().CreateBinaryIntrinsic(id, a, b));
}
void Compare(FunctionLowering& f, Lanes* lanes, Predicate predicate) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  f.PushV128(f.b().CreateSExt(f.b().CreateICmp(predicate, a, b), lanes));
}
void Neg(FunctionLowering& f, Lanes* lanes) {
  f.PushV128(f.b().CreateNeg(f.PopAs(lanes)));
}
void Abs(FunctionLowering& f, Lanes* lanes) {
  f.PushV128(f.b().CreateBinaryIntrinsic(llvm::Intrinsic::abs, f.PopAs(lanes), f.b().getFalse()));
}
// The count is taken modulo the width of a lane.
void Shift(FunctionLowering& f, Lanes* lanes, BinaryOp op) {
  Value* const count = f.b().CreateAnd(f.Pop(), lanes->getScalarSizeInBits() - 1);
  Value* const a = f.PopAs(lanes);
  Value* const all = f.b().CreateVectorSplat(
      lanes->getNumElements(), f.b().CreateZExtOrTrunc(count, lanes->getElementType()));
  f.PushV128(f.b().CreateBinOp(op, a, all));
}
void AllTrue(FunctionLowering& f, Lanes* lanes) {
  Value* const zero = f.b().CreateICmpEQ(f.PopAs(lanes), llvm::Constant::getNullValue(lanes));
  f.PushBool(f.b().CreateNot(f.b().CreateOrReduce(zero)));
}
// The sign bits of the lanes.
void Bitmask(FunctionLowering& f, Lanes* lanes) {
  Value* const negative = f.b().CreateICmpSLT(f.PopAs(lanes), llvm::Constant::getNullValue(lanes));
  Value* const bits = f.b().CreateBitCast(negative, f.b().getIntNTy(lanes->getNumElements()));
  f.Push(f.b().CreateZExt(bits, f.I32()));
}
// (a + b + 1) / 2 without overflow.
void AvgrU(FunctionLowering& f, Lanes* lanes) {
  Value* const b = Extended(f, f.PopAs(lanes), false);
  Value* const a = Extended(f, f.PopAs(lanes), false);
  Value* const one = llvm::ConstantInt::get(a->getType(), 1);
  Value* const sum = f.b().CreateAdd(f.b().CreateAdd(a, b), one);
  f.PushV128(f.b().CreateTrunc(f.b().CreateLShr(sum, 1), lanes));
}
void Extend(FunctionLowering& f, Lanes* lanes, bool high, bool is_signed) {
  f.PushV128(Extended(f, Half(f, f.PopAs(lanes), high), is_signed));
}
void Extmul(FunctionLowering& f, Lanes* lanes, bool high, bool is_signed) {
  Value* const b = Extended(f, Half(f, f.PopAs(lanes), high), is_signed);
  Value* const a = Extended(f, Half(f, f.PopAs(lanes), high), is_signed);
  f.PushV128(f.b().CreateMul(a, b));
}
// The even or the odd lanes.
Value* EveryOther(FunctionLowering& f, Value* vector, bool odd) {
  const auto lanes = static_cast<int>(llvm::cast<Lanes>(vector->getType())->getNumElements());
  llvm::SmallVector<int, 8> mask;
  for (int i = odd ? 1 : 0; i < lanes; i += 2) mask.push_back(i);
  return f.b().CreateShuffleVector(vector, mask);
}
Value* AddPairs(FunctionLowering& f, Value* vector) {
  return f.b().CreateAdd(EveryOther(f, vector, false), EveryOther(f, vector, true));
}
void ExtaddPairwise(FunctionLowering& f, Lanes* lanes, bool is_signed) {
  f.PushV128(AddPairs(f, Extended(f, f.PopAs(lanes), is_signed)));
}
// Sums of products of neighbours.
Value* Dot(FunctionLowering& f, Value* a, Value* b) {
  return AddPairs(f, f.b().CreateMul(Extended(f, a, true), Extended(f, b, true)));
}
// Lanes of half the width, saturated; `a` first.
void Narrow(FunctionLowering& f, Lanes* lanes, bool is_signed) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  const unsigned bits = lanes->getScalarSizeInBits() / 2;
  const llvm::APInt least = is_signed ? llvm::APInt::getSignedMinValue(bits).sext(2 * bits)
                                      : llvm::APInt::getZero(2 * bits);
  const llvm::APInt most = is_signed ? llvm::APInt::getSignedMaxValue(bits).sext(2 * bits)
                                     : llvm::APInt::getMaxValue(bits).zext(2 * bits);
  llvm::SmallVector<int, 16> both;
  for (int i = 0; i < 2 * static_cast<int>(lanes->getNumElements()); ++i) both.push_back(i);
  Value* wide = f.b().CreateShuffleVector(a, b, both);
  wide = f.b().CreateBinaryIntrinsic(llvm::Intrinsic::smax, wide,
                                     llvm::ConstantInt::get(wide->getType(), least));
  wide = f.b().CreateBinaryIntrinsic(llvm::Intrinsic::smin, wide,
                                     llvm::ConstantInt::get(wide->getType(), most));
  f.PushV128(
      f.b().CreateTrunc(wide, Lanes::get(f.b().getIntNTy(bits), 2 * lanes->getNumElements())));
}
// The rounded upper half of twice the product, saturated: it overflows for the least lane by
// itself only.
void Q15mulrSat(FunctionLowering& f) {
  Value* const b = Extended(f, f.PopAs(I16x8(f)), true);
  Value* const a = Extended(f, f.PopAs(I16x8(f)), true);
  Value* product = f.b().CreateMul(a, b);
  llvm::Type* const type = product->getType();
  product = f.b().CreateAdd(product, llvm::ConstantInt::get(type, 0x4000));
  product = f.b().CreateAShr(product, 15);
  product = f.b().CreateBinaryIntrinsic(llvm::Intrinsic::smin, product,
                                        llvm::ConstantInt::get(type, 0x7FFF));
  f.PushV128(f.b().CreateTrunc(product, I16x8(f)));
}

}  // namespace

#define AIRWASM_LOWER_LANES(lanes, name, function, ...) \
  AIRWASM_LOWER(lanes##name) {                          \
    function(f, lanes(f) __VA_OPT__(, ) __VA_ARGS__);   \
  }
#define AIRWASM_LOWER_ALL_LANES(name, function, ...)                    \
  AIRWASM_LOWER_LANES(I8x16, name, function __VA_OPT__(, ) __VA_ARGS__) \
  AIRWASM_LOWER_LANES(I16x8, name, function __VA_OPT__(, ) __VA_ARGS__) \
  AIRWASM_LOWER_LANES(I32x4, name, function __VA_OPT__(, ) __VA_ARGS__) \
  AIRWASM_LOWER_LANES(I64x2, name, function __VA_OPT__(, ) __VA_ARGS__)
#define AIRWASM_LOWER_NARROW_LANES(name, function, ...)                 \
  AIRWASM_LOWER_LANES(I8x16, name, function __VA_OPT__(, ) __VA_ARGS__) \
  AIRWASM_LOWER_LANES(I16x8, name, function __VA_OPT__(, ) __VA_ARGS__)
#define AIRWASM_LOWER_BELOW_I64(name, function, ...)                    \
  AIRWASM_LOWER_NARROW_LANES(name, function __VA_OPT__(, ) __VA_ARGS__) \
  AIRWASM_LOWER_LANES(I32x4, name, function __VA_OPT__(, ) __VA_ARGS__)

AIRWASM_LOWER_ALL_LANES(Eq, Compare, Predicate::ICMP_EQ)
AIRWASM_LOWER_ALL_LANES(Ne, Compare, Predicate::ICMP_NE)
AIRWASM_LOWER_ALL_LANES(LtS, Compare, Predicate::ICMP_SLT)
AIRWASM_LOWER_BELOW_I64(LtU, Compare, Predicate::ICMP_ULT)
AIRWASM_LOWER_ALL_LANES(GtS, Compare, Predicate::ICMP_SGT)
AIRWASM_LOWER_BELOW_I64(GtU, Compare, Predicate::ICMP_UGT)
AIRWASM_LOWER_ALL_LANES(LeS, Compare, Predicate::ICMP_SLE)
AIRWASM_LOWER_BELOW_I64(LeU, Compare, Predicate::ICMP_ULE)
AIRWASM_LOWER_ALL_LANES(GeS, Compare, Predicate::ICMP_SGE)
AIRWASM_LOWER_BELOW_I64(GeU, Compare, Predicate::ICMP_UGE)

AIRWASM_LOWER_ALL_LANES(Abs, Abs)
AIRWASM_LOWER_ALL_LANES(Neg, Neg)
AIRWASM_LOWER_ALL_LANES(AllTrue, AllTrue)
AIRWASM_LOWER_ALL_LANES(Bitmask, Bitmask)
AIRWASM_LOWER_ALL_LANES(Shl, Shift, BinaryOp::Shl)
AIRWASM_LOWER_ALL_LANES(ShrS, Shift, BinaryOp::AShr)
AIRWASM_LOWER_ALL_LANES(ShrU, Shift, BinaryOp::LShr)
AIRWASM_LOWER_ALL_LANES(Add, Binary, BinaryOp::Add)
AIRWASM_LOWER_ALL_LANES(Sub, Binary, BinaryOp::Sub)
AIRWASM_LOWER_LANES(I16x8, Mul, Binary, BinaryOp::Mul)
AIRWASM_LOWER_LANES(I32x4, Mul, Binary, BinaryOp::Mul)
AIRWASM_LOWER_LANES(I64x2, Mul, Binary, BinaryOp::Mul)
AIRWASM_LOWER_NARROW_LANES(AddSatS, Intrinsic, llvm::Intrinsic::sadd_sat)
AIRWASM_LOWER_NARROW_LANES(AddSatU, Intrinsic, llvm::Intrinsic::uadd_sat)
AIRWASM_LOWER_NARROW_LANES(SubSatS, Intrinsic, llvm::Intrinsic::ssub_sat)
AIRWASM_LOWER_NARROW_LANES(SubSatU, Intrinsic, llvm::Intrinsic::usub_sat)
AIRWASM_LOWER_BELOW_I64(MinS, Intrinsic, llvm::Intrinsic::smin)
AIRWASM_LOWER_BELOW_I64(MinU, Intrinsic, llvm::Intrinsic::umin)
AIRWASM_LOWER_BELOW_I64(MaxS, Intrinsic, llvm::Intrinsic::smax)
AIRWASM_LOWER_BELOW_I64(MaxU, Intrinsic, llvm::Intrinsic::umax)
AIRWASM_LOWER_NARROW_LANES(AvgrU, AvgrU)

AIRWASM_LOWER(I8x16Popcnt) {
  f.PushV128(f.b().CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, f.PopAs(I8x16(f))));
}
AIRWASM_LOWER(I8x16NarrowI16x8S) {
  Narrow(f, I16x8(f), true);
}
AIRWASM_LOWER(I8x16NarrowI16x8U) {
  Narrow(f, I16x8(f), false);
}
AIRWASM_LOWER(I16x8NarrowI32x4S) {
  Narrow(f, I32x4(f), true);
}
AIRWASM_LOWER(I16x8NarrowI32x4U) {
  Narrow(f, I32x4(f), false);
}
AIRWASM_LOWER(I16x8ExtaddPairwiseI8x16S) {
  ExtaddPairwise(f, I8x16(f), true);
}
AIRWASM_LOWER(I16x8ExtaddPairwiseI8x16U) {
  ExtaddPairwise(f, I8x16(f), false);
}
AIRWASM_LOWER(I32x4ExtaddPairwiseI16x8S) {
  ExtaddPairwise(f, I16x8(f), true);
}
AIRWASM_LOWER(I32x4ExtaddPairwiseI16x8U) {
  ExtaddPairwise(f, I16x8(f), false);
}

// Low and high halves, signed and unsigned, into lanes of twice the width.
#define AIRWASM_LOWER_HALVES(to, from, name, function) \
  AIRWASM_LOWER(to##name##Low##from##S) {              \
    function(f, from(f), false, true);                 \
  }                                                    \
  AIRWASM_LOWER(to##name##High##from##S) {             \
    function(f, from(f), true, true);                  \
  }                                                    \
  AIRWASM_LOWER(to##name##Low##from##U) {              \
    function(f, from(f), false, false);                \
  }                                                    \
  AIRWASM_LOWER(to##name##High##from##U) {             \
    function(f, from(f), true, false);                 \
  }

AIRWASM_LOWER_HALVES(I16x8, I8x16, Extend, Extend)
AIRWASM_LOWER_HALVES(I32x4, I16x8, Extend, Extend)
AIRWASM_LOWER_HALVES(I64x2, I32x4, Extend, Extend)
AIRWASM_LOWER_HALVES(I16x8, I8x16, Extmul, Extmul)
AIRWASM_LOWER_HALVES(I32x4, I16x8, Extmul, Extmul)
AIRWASM_LOWER_HALVES(I64x2, I32x4, Extmul, Extmul)

AIRWASM_LOWER(I16x8Q15mulrSatS) {
  Q15mulrSat(f);
}
AIRWASM_LOWER(I32x4DotI16x8S) {
  Value* const b = f.PopAs(I16x8(f));
  Value* const a = f.PopAs(I16x8(f));
  f.PushV128(Dot(f, a, b));
}

// The relaxed ones have the one result that the interpreter gives (engine/numeric/relaxed.h).
AIRWASM_LOWER(I16x8RelaxedQ15mulrS) {
  Q15mulrSat(f);
}
AIRWASM_LOWER(I16x8RelaxedDotI8x16I7x16S) {
  Value* const b = f.PopAs(I8x16(f));
  Value* const a = f.PopAs(I8x16(f));
  f.PushV128(Dot(f, a, b));
}
AIRWASM_LOWER(I32x4RelaxedDotI8x16I7x16AddS) {
  Value* const c = f.PopAs(I32x4(f));
  Value* const b = f.PopAs(I8x16(f));
  Value* const a = f.PopAs(I8x16(f));
  f.PushV128(f.b().CreateAdd(AddPairs(f, Extended(f, Dot(f, a, b), true)), c));
}

// ---- All bits

namespace {

void Bitwise(FunctionLowering& f, BinaryOp op) {
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.Push(f.b().CreateBinOp(op, a, b));
}
void Bitselect(FunctionLowering& f) {
  Value* const mask = f.Pop();
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.Push(f.b().CreateOr(f.b().CreateAnd(a, mask), f.b().CreateAnd(b, f.b().CreateNot(mask))));
}

}  // namespace

AIRWASM_LOWER(V128Not) {
  f.Push(f.b().CreateNot(f.Pop()));
}
AIRWASM_LOWER(V128And) {
  Bitwise(f, BinaryOp::And);
}
AIRWASM_LOWER(V128Andnot) {
  Value* const b = f.b().CreateNot(f.Pop());
  f.Push(f.b().CreateAnd(f.Pop(), b));
}
AIRWASM_LOWER(V128Or) {
  Bitwise(f, BinaryOp::Or);
}
AIRWASM_LOWER(V128Xor) {
  Bitwise(f, BinaryOp::Xor);
}
AIRWASM_LOWER(V128Bitselect) {
  Bitselect(f);
}
AIRWASM_LOWER(I8x16RelaxedLaneselect) {
  Bitselect(f);
}
AIRWASM_LOWER(I16x8RelaxedLaneselect) {
  Bitselect(f);
}
AIRWASM_LOWER(I32x4RelaxedLaneselect) {
  Bitselect(f);
}
AIRWASM_LOWER(I64x2RelaxedLaneselect) {
  Bitselect(f);
}
AIRWASM_LOWER(V128AnyTrue) {
  Value* const bits = f.b().CreateBitCast(f.Pop(), f.b().getInt128Ty());
  f.PushBool(f.b().CreateICmpNE(bits, llvm::ConstantInt::get(bits->getType(), 0)));
}

}  // namespace airwasm::jit
