// Floating-point instructions on scalars, and the operations that vectors share with them. Spec:
// core, exec/numerics, floating-point operations.
#include "jit/float_ops.h"
#include "jit/lower.h"
#include "llvm/Analysis/ConstantFolding.h"

namespace airwasm::jit {

Value* FinishFloat(FunctionLowering& f, Value* result) {
  if (!f.module().options().deterministic) return result;
  Value* const is_nan = f.b().CreateFCmpUNO(result, result);
  return f.b().CreateSelect(is_nan, llvm::ConstantFP::getQNaN(result->getType()), result);
}

namespace {

// ---- Signaling NaNs
//
// LLVM takes it that nobody tells a signaling NaN from a quiet one, so it replaces arithmetic that
// gives its operand by the operand. What follows finds where that can happen, as far as the
// operands show it while they are lowered. llvm.canonicalize makes a NaN quiet and is not folded.

constexpr int kMaxDepth = 4;  // operands of operands that are looked at

const llvm::Constant* AsConstant(FunctionLowering& f, const Value* value) {
  const auto* const constant = llvm::dyn_cast<llvm::Constant>(value);
  if (constant == nullptr) return nullptr;
  // A vector that was written as lanes of another type.
  return llvm::ConstantFoldConstant(constant, f.module().llvm().getDataLayout());
}

// Whether `holds` of the number or of one of the lanes; true where the value of a lane is not
// known.
template <class Predicate>
bool AnyLane(const llvm::Constant& constant, Predicate holds) {
  const auto test = [&](const llvm::Constant* lane) {
    const auto* const number = llvm::dyn_cast_or_null<llvm::ConstantFP>(lane);
    return number == nullptr || holds(number->getValueAPF());
  };
  const auto* const vector = llvm::dyn_cast<llvm::FixedVectorType>(constant.getType());
  if (vector == nullptr) return test(&constant);
  for (unsigned i = 0; i < vector->getNumElements(); ++i) {
    if (test(constant.getAggregateElement(i))) return true;
  }
  return false;
}

// Whether `op` with `number` on that side may be its other operand, or that with another sign.
bool IsIdentity(llvm::Instruction::BinaryOps op, const llvm::APFloat& number, bool is_left) {
  switch (op) {
    case llvm::Instruction::FAdd:
    case llvm::Instruction::FSub:
      return number.isZero();
    case llvm::Instruction::FMul:
      return number.isExactlyValue(1.0) || number.isExactlyValue(-1.0);
    default:
      return !is_left && (number.isExactlyValue(1.0) || number.isExactlyValue(-1.0));
  }
}

bool MayBeIdentity(FunctionLowering& f, llvm::Instruction::BinaryOps op, const Value* value,
                   bool is_left, int depth = 0) {
  if (const llvm::Constant* const constant = AsConstant(f, value))
    return AnyLane(*constant,
                   [&](const llvm::APFloat& number) { return IsIdentity(op, number, is_left); });
  // A choice of constants.
  if (depth == kMaxDepth ||
      !llvm::isa<llvm::SelectInst, llvm::PHINode, llvm::InsertElementInst, llvm::ShuffleVectorInst>(
          value))
    return false;
  for (const Value* const operand : llvm::cast<llvm::Instruction>(value)->operands()) {
    if (operand->getType()->isFPOrFPVectorTy() && MayBeIdentity(f, op, operand, is_left, depth + 1))
      return true;
  }
  return false;
}

// Bitcasts left out, if what they are of has the same type.
const Value* WithoutCasts(const Value* value) {
  const Value* inner = value;
  while (const auto* const cast = llvm::dyn_cast<llvm::BitCastInst>(inner))
    inner = cast->getOperand(0);
  return inner->getType() == value->getType() ? inner : value;
}

// Whether it is known to be no signaling NaN, also when arithmetic by identities is left out. A
// promotion is not: it may be folded with a demotion.
bool IsQuiet(FunctionLowering& f, const Value* value, int depth = 0) {
  if (const llvm::Constant* const constant = AsConstant(f, value))
    return !AnyLane(*constant, [](const llvm::APFloat& number) { return number.isSignaling(); });
  value = WithoutCasts(value);
  const auto* const instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr || depth == kMaxDepth) return false;
  const auto operand_is_quiet = [&](unsigned i) {
    return IsQuiet(f, instruction->getOperand(i), depth + 1);
  };
  switch (instruction->getOpcode()) {
    case llvm::Instruction::FAdd:
    case llvm::Instruction::FSub:
    case llvm::Instruction::FMul:
    case llvm::Instruction::FDiv:
    case llvm::Instruction::FPTrunc:
    case llvm::Instruction::SIToFP:
    case llvm::Instruction::UIToFP:
      return true;
    case llvm::Instruction::FNeg:
    case llvm::Instruction::ExtractElement:
      return operand_is_quiet(0);
    case llvm::Instruction::Select:
      return operand_is_quiet(1) && operand_is_quiet(2);
    case llvm::Instruction::Call:
      switch (llvm::cast<llvm::CallBase>(instruction)->getIntrinsicID()) {
        case llvm::Intrinsic::canonicalize:
        case llvm::Intrinsic::ceil:
        case llvm::Intrinsic::floor:
        case llvm::Intrinsic::roundeven:
        case llvm::Intrinsic::sqrt:
        case llvm::Intrinsic::trunc:
          return true;
        case llvm::Intrinsic::copysign:
        case llvm::Intrinsic::fabs:
          return operand_is_quiet(0);
        default:
          return false;
      }
    default:
      return false;
  }
}

// Whether it may be what a promotion gave, but for its sign and place.
bool MayBePromoted(const Value* value, int depth = 0) {
  const auto* const instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr) return false;
  const auto operand_may_be = [&](unsigned i) {
    return depth == kMaxDepth || MayBePromoted(instruction->getOperand(i), depth + 1);
  };
  switch (instruction->getOpcode()) {
    case llvm::Instruction::FPExt:
    case llvm::Instruction::PHI:  // that of a loop is not complete yet
      return true;
    case llvm::Instruction::BitCast:
    case llvm::Instruction::ExtractElement:
    case llvm::Instruction::FNeg:
      return operand_may_be(0);
    case llvm::Instruction::InsertElement:
    case llvm::Instruction::ShuffleVector:
      return operand_may_be(0) || operand_may_be(1);
    case llvm::Instruction::Select:
      return operand_may_be(1) || operand_may_be(2);
    case llvm::Instruction::Call: {
      const auto id = llvm::cast<llvm::CallBase>(instruction)->getIntrinsicID();
      return (id == llvm::Intrinsic::fabs || id == llvm::Intrinsic::copysign) && operand_may_be(0);
    }
    default:
      return false;
  }
}

// The constant with its signaling NaNs made quiet; null where a lane is not known.
llvm::Constant* QuietConstant(const llvm::Constant& constant) {
  if (const auto* const number = llvm::dyn_cast<llvm::ConstantFP>(&constant)) {
    const llvm::APFloat& value = number->getValueAPF();
    return llvm::ConstantFP::get(number->getContext(),
                                 value.isSignaling() ? value.makeQuiet() : value);
  }
  const auto* const vector = llvm::dyn_cast<llvm::FixedVectorType>(constant.getType());
  if (vector == nullptr) return nullptr;
  llvm::SmallVector<llvm::Constant*, 4> lanes;
  for (unsigned i = 0; i < vector->getNumElements(); ++i) {
    const llvm::Constant* const lane = constant.getAggregateElement(i);
    lanes.push_back(lane == nullptr || lane->getType()->isVectorTy() ? nullptr
                                                                     : QuietConstant(*lane));
    if (lanes.back() == nullptr) return nullptr;
  }
  return llvm::ConstantVector::get(lanes);
}

// A constant stays one: what is computed from it then shows as an identity as well.
Value* Quiet(FunctionLowering& f, Value* a) {
  if (IsQuiet(f, a)) return a;
  if (const llvm::Constant* const constant = AsConstant(f, a)) {
    if (llvm::Constant* const quiet = QuietConstant(*constant)) return quiet;
  }
  return f.b().CreateUnaryIntrinsic(llvm::Intrinsic::canonicalize, a);
}

Value* QuietArithmetic(FunctionLowering& f, llvm::Instruction::BinaryOps op, Value* a, Value* b) {
  const bool a_vanishes = MayBeIdentity(f, op, a, /*is_left=*/true);
  const bool b_vanishes = MayBeIdentity(f, op, b, /*is_left=*/false);
  if (b_vanishes) a = Quiet(f, a);
  if (a_vanishes) b = Quiet(f, b);
  return f.b().CreateBinOp(op, a, b);
}

}  // namespace

Value* FloatArithmetic(FunctionLowering& f, llvm::Instruction::BinaryOps op, Value* a, Value* b) {
  return FinishFloat(f, QuietArithmetic(f, op, a, b));
}

Value* FloatDemote(FunctionLowering& f, Value* a, llvm::Type* to) {
  if (MayBePromoted(a)) a = f.b().CreateUnaryIntrinsic(llvm::Intrinsic::canonicalize, a);
  return FinishFloat(f, f.b().CreateFPTrunc(a, to));
}

namespace {

// A number, the same in all lanes, that is no NaN.
const llvm::APFloat* AsNumber(FunctionLowering& f, const Value* value) {
  const llvm::Constant* constant = AsConstant(f, value);
  if (constant != nullptr && constant->getType()->isVectorTy())
    constant = constant->getSplatValue();
  const auto* const number = llvm::dyn_cast_or_null<llvm::ConstantFP>(constant);
  return number == nullptr || number->isNaN() ? nullptr : &number->getValueAPF();
}

// One machine instruction: `a` if it is less (greater) than `b`, else `b`; so `b` for a NaN and for
// zeros.
Value* First(FunctionLowering& f, bool is_max, Value* a, Value* b) {
  Value* const take_a = is_max ? f.b().CreateFCmpOGT(a, b) : f.b().CreateFCmpOLT(a, b);
  return f.b().CreateSelect(take_a, a, b);
}

// With a constant, which leaves fewer cases; null if all are left.
Value* MinMaxWith(FunctionLowering& f, bool is_max, Value* a, Value* number) {
  const llvm::APFloat* const value = AsNumber(f, number);
  if (value == nullptr) return nullptr;
  // A NaN comes through, and zero as well.
  Value* const first = First(f, is_max, number, Quiet(f, a));
  if (!value->isZero() || value->isNegative() == is_max) return first;
  // The zero is above -0: adding it makes that +0.
  if (is_max) return f.b().CreateFAdd(first, number);
  return nullptr;
}

}  // namespace

// Taken both ways round, the two results differ only for zeros of different sign, where or-ing them
// gives -0 and and-ing them +0, and for NaNs, where the sum is a quiet one. LLVM's minimum and
// maximum branch, and hand a signaling NaN on as it is.
Value* FloatMinMax(FunctionLowering& f, bool is_max, Value* a, Value* b) {
  if (Value* const result = MinMaxWith(f, is_max, a, b)) return FinishFloat(f, result);
  if (Value* const result = MinMaxWith(f, is_max, b, a)) return FinishFloat(f, result);
  llvm::Type* const type = a->getType();
  llvm::Type* const bits = type->getWithNewType(f.b().getIntNTy(type->getScalarSizeInBits()));
  Value* const one = f.b().CreateBitCast(First(f, is_max, a, b), bits);
  Value* const other = f.b().CreateBitCast(First(f, is_max, b, a), bits);
  Value* const ordered = is_max ? f.b().CreateAnd(one, other) : f.b().CreateOr(one, other);
  Value* const sum = QuietArithmetic(f, llvm::Instruction::FAdd, a, b);
  return FinishFloat(
      f, f.b().CreateSelect(f.b().CreateFCmpUNO(a, b), sum, f.b().CreateBitCast(ordered, type)));
}

Value* FloatUnary(FunctionLowering& f, llvm::Intrinsic::ID id, Value* a) {
  Value* result = f.b().CreateUnaryIntrinsic(id, a);
  // LLVM knows for which operands a square root is a NaN, and that it then need not be replaced by
  // one.
  if (id == llvm::Intrinsic::sqrt && f.module().options().deterministic)
    result = f.b().CreateUnaryIntrinsic(llvm::Intrinsic::canonicalize, result);
  return FinishFloat(f, result);
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
void MinMax(FunctionLowering& f, bool is_max) {
  Value* const b = f.Pop();
  Value* const a = f.Pop();
  f.Push(FloatMinMax(f, is_max, a, b));
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
AIRWASM_LOWER_FLOAT(Min, MinMax(f, false))
AIRWASM_LOWER_FLOAT(Max, MinMax(f, true))

}  // namespace airwasm::jit
