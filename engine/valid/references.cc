// References: null tests, casts, i31, conversions, and the branches on them.
// Spec: core, valid/instructions, reference instructions and control instructions.
#include "engine/valid/function_validator.h"

namespace airwasm::valid {
namespace {

// The type of a value of type `from` that a cast to `to` has failed on. Spec: core, valid/types,
// type difference.
ValType Difference(ValType from, ValType to) {
  return to.nullable() ? ValType::Ref(from.heap_type(), false) : from;
}

}  // namespace

bool FunctionValidator::RefFunc(uint32_t index) {
  if (index >= context_->funcs.size()) return FailUnknown("function", index);
  if (declared_ != nullptr) {
    (*declared_)[index] = true;
  } else if (!context_->declared_funcs[index]) {
    return Fail("undeclared function reference: function " + std::to_string(index) +
                " occurs in no export, element segment or constant expression");
  }
  // Without typed references there is only funcref.
  Push(context_->features.Has(Feature::kFunctionReferences)
           ? ValType::Ref(HeapType::Concrete(context_->funcs[index]->id), false)
           : kFuncRef);
  return true;
}

bool FunctionValidator::ReferenceInstr(const Instr& instr) {
  ValType type;
  switch (instr.op) {
    case Op::RefNull:
      type = ValType::Ref(instr.ref_type.heap_type(), true);
      if (!Resolve(type)) return false;
      Push(type);
      return true;
    case Op::RefIsNull:
      if (!PopRef(type)) return false;
      Push(kI32);
      return true;
    case Op::RefEq: {
      constexpr ValType kEqRef = ValType::Ref(HeapKind::kEq, true);
      if (!Pop({kEqRef, kEqRef})) return false;
      Push(kI32);
      return true;
    }
    case Op::RefAsNonNull:
      if (!PopRef(type)) return false;
      Push(type.IsBottom() ? kBottomRef : ValType::Ref(type.heap_type(), false));
      return true;
    case Op::RefI31:
      if (!Pop(kI32)) return false;
      Push(ValType::Ref(HeapKind::kI31, false));
      return true;
    case Op::I31GetS:
    case Op::I31GetU:
      if (!Pop(ValType::Ref(HeapKind::kI31, true))) return false;
      Push(kI32);
      return true;
    default:
      break;
  }
  // any.convert_extern and extern.convert_any keep nullability.
  const bool to_any = instr.op == Op::AnyConvertExtern;
  const ValType source = to_any ? kExternRef : kAnyRef;
  if (!Peek(std::span(&source, 1))) return FailOperands(std::span(&source, 1));
  if (!PopAny(type)) return false;
  Push(ValType::Ref(to_any ? HeapKind::kAny : HeapKind::kExtern,
                    !type.IsBottom() && type.nullable()));
  return true;
}

// ref.test and ref.cast: any operand of the same hierarchy will do.
bool FunctionValidator::TestOrCast(const Instr& instr) {
  const bool nullable = instr.op == Op::RefTestNull || instr.op == Op::RefCastNull;
  ValType target = ValType::Ref(instr.ref_type.heap_type(), nullable);
  if (!Resolve(target) || !Pop(ValType::Ref(context_->registry->Top(target.heap_type()), true)))
    return false;
  Push(instr.op == Op::RefTest || instr.op == Op::RefTestNull ? kI32 : target);
  return true;
}

bool FunctionValidator::BrOnNull(const Instr& instr) {
  ValType type;
  if (!CheckLabel(instr.index) || !PopRef(type)) return false;
  const std::span<const ValType> types = label(instr.index).label_types();
  if (!Pop(types) || !PushAll(types) || !Reserve(1)) return false;
  Push(type.IsBottom() ? kBottomRef : ValType::Ref(type.heap_type(), false));
  return true;
}

bool FunctionValidator::BrOnNonNull(const Instr& instr) {
  ValType type;
  if (!CheckLabel(instr.index) || !PopRef(type)) return false;
  const std::span<const ValType> types = label(instr.index).label_types();
  const ValType carried = type.IsBottom() ? kBottomRef : ValType::Ref(type.heap_type(), false);
  if (types.empty() || !Matches(carried, types.back())) {
    return Fail("type mismatch: br_on_non_null carries " + context_->Describe(carried) +
                " to a label of type " + context_->Describe(types));
  }
  const std::span<const ValType> others = types.first(types.size() - 1);
  return Pop(others) && PushAll(others);
}

bool FunctionValidator::BrOnCast(const Instr& instr) {
  ValType source = instr.ref_type, target = instr.ref_type2;
  if (!CheckLabel(instr.index) || !Resolve(source) || !Resolve(target)) return false;
  if (!Matches(target, source)) {
    return Fail("type mismatch: cast from " + context_->Describe(source) + " to " +
                context_->Describe(target) + ", which is no subtype");
  }
  const bool branches_on_fail = instr.op == Op::BrOnCastFail;
  const ValType failed = Difference(source, target);
  const ValType carried = branches_on_fail ? failed : target;
  const std::span<const ValType> types = label(instr.index).label_types();
  if (types.empty() || !Matches(carried, types.back())) {
    return Fail("type mismatch: " + std::string(instr.info().text) + " carries " +
                context_->Describe(carried) + " to a label of type " + context_->Describe(types));
  }
  const std::span<const ValType> others = types.first(types.size() - 1);
  if (!Pop(source) || !Pop(others) || !PushAll(others) || !Reserve(1)) return false;
  Push(branches_on_fail ? target : failed);
  return true;
}

}  // namespace airwasm::valid
