// Floating-point instructions on scalars, and the operations that vectors share with them. Spec:
// core, exec/numerics, floating-point operations.
#include "jit/float_ops.h"
#include "jit/lower.h"

namespace airwasm::jit {

Value* FinishFloat(FunctionLowering& f, Value* result) {
  if (!f.module().options().deterministic) return result;
  Value* const is_nan = f.b().CreateFCmpUNO(result, result);
  return f.b().CreateSelect(is_nan, llvm::ConstantFP::getQNaN(result->getType()), result);
}

namespace {

bool IsIdentity(Value* value) {
  const auto* const constant = llvm::dyn_cast<llvm::Constant>(value);
  if (constant == nullptr) return false;
  const auto is_identity = [](const llvm::Constant* element) {
    const auto* const number = llvm::dyn_cast_or_null<llvm::ConstantFP>(element);
    return number != nullptr && (number->isZero() || number->isExactlyValue(1.0) ||
                                 number->isExactlyValue(-1.0));
  };
  if (const auto* const vector = llvm::dyn_cast<llvm::FixedVectorType>(constant->getType())) {
    for (unsigned i = 0; i < vector->getNumElements(); ++i) {
      if (is_identity(constant->getAggregateElement(i))) return true;
    }
    return false;
  }
  return is_identity(constant);
}

}  // namespace

Value* FloatArithmetic(FunctionLowering& f, llvm::Instruction::BinaryOps op, Value* a, Value* b) {
  if (IsIdentity(a) != IsIdentity(b)) {
    Value*& variable = IsIdentity(a) ? b : a;
    variable = f.b().CreateUnaryIntrinsic(llvm::Intrinsic::canonicalize, variable);
  }
  return FinishFloat(f, f.b().CreateBinOp(op, a, b));
}

Value* FloatMinMax(FunctionLowering& f, llvm::Intrinsic::ID id, Value* a, Value* b) {
  // LLVM would hand a signaling NaN on as it is. The sum of a NaN and anything is a quiet one, so
  // the rest need not know of NaNs.
  auto* const number = llvm::cast<llvm::Instruction>(f.b().CreateBinaryIntrinsic(id, a, b));
  number->setHasNoNaNs(true);
  Value* const is_nan = f.b().CreateFCmpUNO(a, b);
  return FinishFloat(f, f.b().CreateSelect(is_nan, f.b().CreateFAdd(a, b), number));
}

Value* FloatUnary(FunctionLowering& f, llvm::Intrinsic::ID id, Value* a) {
  return FinishFloat(f, f.b().CreateUnaryIntrinsic(id, a));
}

namespace {

using Predicate = llvm::CmpInst::Predicate;
using BinaryOp = llvm::Instruction::BinaryOps;

void Compare(FunctionLowering& f, Predicate predicate) {
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.PushBool(f.b().CreateFCmp(predicate, a, b));
}
void Arithmetic(FunctionLowering& f, BinaryOp op) {
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.Push(FloatArithmetic(f, op, a, b));
}
void MinMax(FunctionLowering& f, llvm::Intrinsic::ID id) {
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.Push(FloatMinMax(f, id, a, b));
}
void Unary(FunctionLowering& f, llvm::Intrinsic::ID id) {
  f.Push(FloatUnary(f, id, f.Pop()));
}
void Copysign(FunctionLowering& f) {
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.Push(f.b().CreateBinaryIntrinsic(llvm::Intrinsic::copysign, a, b));
}

}  // namespace

AIRWASM_LOWER(F32Const) {
  f.Push(f.b().CreateBitCast(f.Const32(static_cast<uint32_t>(instr.bits)), f.F32()));
}
AIRWASM_LOWER(F64Const) {
  f.Push(f.b().CreateBitCast(f.Const64(instr.bits), f.F64()));
}

// The instruction of that name for both widths.
#define AIRWASM_LOWER_FLOAT(name, call) \
  AIRWASM_LOWER(F32##name) {            \
    call;                               \
  }                                     \
  AIRWASM_LOWER(F64##name) {            \
    call;                               \
  }

AIRWASM_LOWER_FLOAT(Eq, Compare(f, Predicate::FCMP_OEQ))
AIRWASM_LOWER_FLOAT(Ne, Compare(f, Predicate::FCMP_UNE))
AIRWASM_LOWER_FLOAT(Lt, Compare(f, Predicate::FCMP_OLT))
AIRWASM_LOWER_FLOAT(Gt, Compare(f, Predicate::FCMP_OGT))
AIRWASM_LOWER_FLOAT(Le, Compare(f, Predicate::FCMP_OLE))
AIRWASM_LOWER_FLOAT(Ge, Compare(f, Predicate::FCMP_OGE))
AIRWASM_LOWER_FLOAT(Abs, f.Push(f.b().CreateUnaryIntrinsic(llvm::Intrinsic::fabs, f.Pop())))
AIRWASM_LOWER_FLOAT(Neg, f.Push(f.b().CreateFNeg(f.Pop())))
AIRWASM_LOWER_FLOAT(Copysign, Copysign(f))
AIRWASM_LOWER_FLOAT(Ceil, Unary(f, llvm::Intrinsic::ceil))
AIRWASM_LOWER_FLOAT(Floor, Unary(f, llvm::Intrinsic::floor))
AIRWASM_LOWER_FLOAT(Trunc, Unary(f, llvm::Intrinsic::trunc))
AIRWASM_LOWER_FLOAT(Nearest, Unary(f, llvm::Intrinsic::roundeven))
AIRWASM_LOWER_FLOAT(Sqrt, Unary(f, llvm::Intrinsic::sqrt))
AIRWASM_LOWER_FLOAT(Add, Arithmetic(f, BinaryOp::FAdd))
AIRWASM_LOWER_FLOAT(Sub, Arithmetic(f, BinaryOp::FSub))
AIRWASM_LOWER_FLOAT(Mul, Arithmetic(f, BinaryOp::FMul))
AIRWASM_LOWER_FLOAT(Div, Arithmetic(f, BinaryOp::FDiv))
AIRWASM_LOWER_FLOAT(Min, MinMax(f, llvm::Intrinsic::minimum))
AIRWASM_LOWER_FLOAT(Max, MinMax(f, llvm::Intrinsic::maximum))

}  // namespace airwasm::jit
