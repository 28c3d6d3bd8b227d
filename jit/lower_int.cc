// Integer instructions: constants, arithmetic, bits, comparisons. Spec: core, exec/numerics,
// integer operations.
#include "jit/lower.h"
#include "llvm/IR/Intrinsics.h"

namespace airwasm::jit {
namespace {

using llvm::Intrinsic::ID;
using Predicate = llvm::CmpInst::Predicate;
using BinaryOp = llvm::Instruction::BinaryOps;

void Binary(FunctionLowering& f, BinaryOp op) {
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.Push(f.b().CreateBinOp(op, a, b));
}

void Compare(FunctionLowering& f, Predicate predicate) {
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.PushBool(f.b().CreateICmp(predicate, a, b));
}

// The count is taken modulo the width.
void Shift(FunctionLowering& f, BinaryOp op) {
  Value* const count = f.Pop();
  Value* const a = f.Pop();
  const uint64_t mask = a->getType()->getIntegerBitWidth() - 1;
  f.Push(f.b().CreateBinOp(op, a, f.b().CreateAnd(count, mask)));
}

void Rotate(FunctionLowering& f, ID funnel) {
  Value* const count = f.Pop();
  Value* const a = f.Pop();
  f.Push(f.b().CreateIntrinsic(a->getType(), funnel, {a, a, count}));
}

void CountZeros(FunctionLowering& f, ID id) {
  Value* const a = f.Pop();
  f.Push(f.b().CreateIntrinsic(a->getType(), id, {a, f.b().getFalse()}));
}

void Popcnt(FunctionLowering& f) {
  Value* const a = f.Pop();
  f.Push(f.b().CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, a));
}

void Eqz(FunctionLowering& f) {
  Value* const a = f.Pop();
  f.PushBool(f.b().CreateICmpEQ(a, llvm::Constant::getNullValue(a->getType())));
}

Value* IsMinByMinusOne(FunctionLowering& f, Value* a, Value* b) {
  llvm::Type* const type = a->getType();
  Value* const min =
      llvm::ConstantInt::get(type, llvm::APInt::getSignedMinValue(type->getIntegerBitWidth()));
  return f.b().CreateAnd(f.b().CreateICmpEQ(a, min),
                         f.b().CreateICmpEQ(b, llvm::Constant::getAllOnesValue(type)));
}

void Divide(FunctionLowering& f, BinaryOp op) {
  Value* const b = f.Pop();
  Value* a = f.Pop();
  f.TrapIf(f.b().CreateICmpEQ(b, llvm::Constant::getNullValue(b->getType())),
           TrapKind::kIntegerDivideByZero);
  if (op == BinaryOp::SDiv) f.TrapIf(IsMinByMinusOne(f, a, b), TrapKind::kIntegerOverflow);
  // The remainder of the least integer by -1 is 0, which the machine's division does not give: any
  // dividend has that remainder.
  if (op == BinaryOp::SRem) {
    Value* const zero = llvm::Constant::getNullValue(a->getType());
    a = f.b().CreateSelect(f.b().CreateICmpEQ(b, llvm::Constant::getAllOnesValue(b->getType())),
                           zero, a);
  }
  f.Push(f.b().CreateBinOp(op, a, b));
}

// The lowest `bits` bits, sign-extended.
void Extend(FunctionLowering& f, unsigned bits) {
  Value* const a = f.Pop();
  f.Push(f.b().CreateSExt(f.b().CreateTrunc(a, f.b().getIntNTy(bits)), a->getType()));
}

}  // namespace

AIRWASM_LOWER(I32Const) {
  f.Push(f.Const32(static_cast<uint32_t>(instr.bits)));
}
AIRWASM_LOWER(I64Const) {
  f.Push(f.Const64(instr.bits));
}

// The instruction of that name for both widths.
#define AIRWASM_LOWER_INT(name, call) \
  AIRWASM_LOWER(I32##name) {          \
    call;                             \
  }                                   \
  AIRWASM_LOWER(I64##name) {          \
    call;                             \
  }

AIRWASM_LOWER_INT(Eqz, Eqz(f))
AIRWASM_LOWER_INT(Eq, Compare(f, Predicate::ICMP_EQ))
AIRWASM_LOWER_INT(Ne, Compare(f, Predicate::ICMP_NE))
AIRWASM_LOWER_INT(LtS, Compare(f, Predicate::ICMP_SLT))
AIRWASM_LOWER_INT(LtU, Compare(f, Predicate::ICMP_ULT))
AIRWASM_LOWER_INT(GtS, Compare(f, Predicate::ICMP_SGT))
AIRWASM_LOWER_INT(GtU, Compare(f, Predicate::ICMP_UGT))
AIRWASM_LOWER_INT(LeS, Compare(f, Predicate::ICMP_SLE))
AIRWASM_LOWER_INT(LeU, Compare(f, Predicate::ICMP_ULE))
AIRWASM_LOWER_INT(GeS, Compare(f, Predicate::ICMP_SGE))
AIRWASM_LOWER_INT(GeU, Compare(f, Predicate::ICMP_UGE))
AIRWASM_LOWER_INT(Clz, CountZeros(f, llvm::Intrinsic::ctlz))
AIRWASM_LOWER_INT(Ctz, CountZeros(f, llvm::Intrinsic::cttz))
AIRWASM_LOWER_INT(Popcnt, Popcnt(f))
AIRWASM_LOWER_INT(Add, Binary(f, BinaryOp::Add))
AIRWASM_LOWER_INT(Sub, Binary(f, BinaryOp::Sub))
AIRWASM_LOWER_INT(Mul, Binary(f, BinaryOp::Mul))
AIRWASM_LOWER_INT(DivS, Divide(f, BinaryOp::SDiv))
AIRWASM_LOWER_INT(DivU, Divide(f, BinaryOp::UDiv))
AIRWASM_LOWER_INT(RemS, Divide(f, BinaryOp::SRem))
AIRWASM_LOWER_INT(RemU, Divide(f, BinaryOp::URem))
AIRWASM_LOWER_INT(And, Binary(f, BinaryOp::And))
AIRWASM_LOWER_INT(Or, Binary(f, BinaryOp::Or))
AIRWASM_LOWER_INT(Xor, Binary(f, BinaryOp::Xor))
AIRWASM_LOWER_INT(Shl, Shift(f, BinaryOp::Shl))
AIRWASM_LOWER_INT(ShrS, Shift(f, BinaryOp::AShr))
AIRWASM_LOWER_INT(ShrU, Shift(f, BinaryOp::LShr))
AIRWASM_LOWER_INT(Rotl, Rotate(f, llvm::Intrinsic::fshl))
AIRWASM_LOWER_INT(Rotr, Rotate(f, llvm::Intrinsic::fshr))
AIRWASM_LOWER_INT(Extend8S, Extend(f, 8))
AIRWASM_LOWER_INT(Extend16S, Extend(f, 16))
AIRWASM_LOWER(I64Extend32S) {
  Extend(f, 32);
}

// ---- Wide arithmetic

namespace {

// A 128-bit integer of its lower and upper halves.
Value* Join(FunctionLowering& f, Value* low, Value* high) {
  llvm::Type* const i128 = f.b().getInt128Ty();
  return f.b().CreateOr(f.b().CreateZExt(low, i128),
                        f.b().CreateShl(f.b().CreateZExt(high, i128), 64));
}

void PushHalves(FunctionLowering& f, Value* value) {
  f.Push(f.b().CreateTrunc(value, f.I64()));
  f.Push(f.b().CreateTrunc(f.b().CreateLShr(value, 64), f.I64()));
}

void Binary128(FunctionLowering& f, BinaryOp op) {
  Value* const b_high = f.Pop();
  Value* const b_low = f.Pop();
  Value* const a_high = f.Pop();
  Value* const a_low = f.Pop();
  PushHalves(f, f.b().CreateBinOp(op, Join(f, a_low, a_high), Join(f, b_low, b_high)));
}

void MulWide(FunctionLowering& f, bool is_signed) {
  llvm::Type* const i128 = f.b().getInt128Ty();
  Value* const b = f.b().CreateIntCast(f.Pop(), i128, is_signed);
  Value* const a = f.b().CreateIntCast(f.Pop(), i128, is_signed);
  PushHalves(f, f.b().CreateMul(a, b));
}

}  // namespace

AIRWASM_LOWER(I64Add128) {
  Binary128(f, BinaryOp::Add);
}
AIRWASM_LOWER(I64Sub128) {
  Binary128(f, BinaryOp::Sub);
}
AIRWASM_LOWER(I64MulWideS) {
  MulWide(f, true);
}
AIRWASM_LOWER(I64MulWideU) {
  MulWide(f, false);
}

}  // namespace airwasm::jit
