// Lane-wise integer instructions on v128. Spec: core, exec/instructions, vector instructions.
#include "jit/lower.h"
#include "jit/simd_types.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/IntrinsicsX86.h"

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
// Pairs of lanes as lanes of twice the width; the even one is the lower half.
Lanes* Paired(FunctionLowering& f, Value* vector) {
  const unsigned bits = 2 * vector->getType()->getScalarSizeInBits();
  return Lanes::get(f.b().getIntNTy(bits), 128 / bits);
}
// The even and the odd lanes, extended.
Value* Even(FunctionLowering& f, Value* vector, bool is_signed) {
  const unsigned bits = vector->getType()->getScalarSizeInBits();
  Value* const up = f.b().CreateShl(f.b().CreateBitCast(vector, Paired(f, vector)), bits);
  return is_signed ? f.b().CreateAShr(up, bits) : f.b().CreateLShr(up, bits);
}
Value* Odd(FunctionLowering& f, Value* vector, bool is_signed) {
  const unsigned bits = vector->getType()->getScalarSizeInBits();
  Value* const pairs = f.b().CreateBitCast(vector, Paired(f, vector));
  return is_signed ? f.b().CreateAShr(pairs, bits) : f.b().CreateLShr(pairs, bits);
}
void ExtaddPairwiseU(FunctionLowering& f, Lanes* lanes) {
  Value* const a = f.PopAs(lanes);
  f.PushV128(f.b().CreateAdd(Even(f, a, false), Odd(f, a, false)));
}
// Sums of neighbours, as sums of products with ones.
Value* AddPairsI8x16S(FunctionLowering& f, Value* a) {
  return f.b().CreateIntrinsic(llvm::Intrinsic::x86_ssse3_pmadd_ub_sw_128,
                               {llvm::ConstantInt::get(a->getType(), 1), a});
}
Value* AddPairsI16x8S(FunctionLowering& f, Value* a) {
  return f.b().CreateIntrinsic(llvm::Intrinsic::x86_sse2_pmadd_wd,
                               {a, llvm::ConstantInt::get(a->getType(), 1)});
}
// Sums of products of neighbours.
Value* DotI8x16(FunctionLowering& f, Value* a, Value* b) {
  return f.b().CreateAdd(f.b().CreateMul(Even(f, a, true), Even(f, b, true)),
                         f.b().CreateMul(Odd(f, a, true), Odd(f, b, true)));
}
// Lanes of half the width, saturated; `a` first. By their names: from lanes of 256 bits, which
// LLVM prefers with AVX-512, narrowing takes longer.
void Narrow(FunctionLowering& f, Lanes* lanes, ID pack) {
  Value* const b = f.PopAs(lanes);
  Value* const a = f.PopAs(lanes);
  f.PushV128(f.b().CreateIntrinsic(pack, {a, b}));
}
// The rounded upper half of twice the product, saturated: it overflows for the least lane by
// itself only, which the instruction gives back as it is.
void Q15mulrSat(FunctionLowering& f) {
  Value* const b = f.PopAs(I16x8(f));
  Value* const a = f.PopAs(I16x8(f));
  Value* const product = f.b().CreateIntrinsic(llvm::Intrinsic::x86_ssse3_pmul_hr_sw_128, {a, b});
  Value* const least = llvm::ConstantInt::get(product->getType(), 0x8000);
  Value* const overflow = f.b().CreateSExt(f.b().CreateICmpEQ(product, least), product->getType());
  f.PushV128(f.b().CreateXor(product, overflow));
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
  Narrow(f, I16x8(f), llvm::Intrinsic::x86_sse2_packsswb_128);
}
AIRWASM_LOWER(I8x16NarrowI16x8U) {
  Narrow(f, I16x8(f), llvm::Intrinsic::x86_sse2_packuswb_128);
}
AIRWASM_LOWER(I16x8NarrowI32x4S) {
  Narrow(f, I32x4(f), llvm::Intrinsic::x86_sse2_packssdw_128);
}
AIRWASM_LOWER(I16x8NarrowI32x4U) {
  Narrow(f, I32x4(f), llvm::Intrinsic::x86_sse41_packusdw);
}
AIRWASM_LOWER(I16x8ExtaddPairwiseI8x16S) {
  f.PushV128(AddPairsI8x16S(f, f.PopAs(I8x16(f))));
}
AIRWASM_LOWER(I16x8ExtaddPairwiseI8x16U) {
  ExtaddPairwiseU(f, I8x16(f));
}
AIRWASM_LOWER(I32x4ExtaddPairwiseI16x8S) {
  f.PushV128(AddPairsI16x8S(f, f.PopAs(I16x8(f))));
}
AIRWASM_LOWER(I32x4ExtaddPairwiseI16x8U) {
  ExtaddPairwiseU(f, I16x8(f));
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
  f.PushV128(f.b().CreateIntrinsic(llvm::Intrinsic::x86_sse2_pmadd_wd, {a, b}));
}

// The relaxed ones have the one result that the interpreter gives (engine/numeric/relaxed.h).
AIRWASM_LOWER(I16x8RelaxedQ15mulrS) {
  Q15mulrSat(f);
}
AIRWASM_LOWER(I16x8RelaxedDotI8x16I7x16S) {
  Value* const b = f.PopAs(I8x16(f));
  Value* const a = f.PopAs(I8x16(f));
  f.PushV128(DotI8x16(f, a, b));
}
AIRWASM_LOWER(I32x4RelaxedDotI8x16I7x16AddS) {
  Value* const c = f.PopAs(I32x4(f));
  Value* const b = f.PopAs(I8x16(f));
  Value* const a = f.PopAs(I8x16(f));
  f.PushV128(f.b().CreateAdd(AddPairsI16x8S(f, DotI8x16(f, a, b)), c));
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
