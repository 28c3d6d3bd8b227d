// Structures and arrays. Spec: core, valid/instructions, aggregate reference instructions.
#include "engine/base/limits.h"
#include "engine/valid/function_validator.h"

namespace airwasm::valid {
namespace {

ValType RefTo(const CanonicalType& type, bool nullable) {
  return ValType::Ref(HeapType::Concrete(type.id), nullable);
}

// Packed values need a sign (..._s, ..._u), the others must not have one.
bool SignFits(bool has_sign, const FieldType& field) {
  return has_sign == (field.packed != Packed::kNone);
}

}  // namespace

bool FunctionValidator::StructInstr(const Instr& instr) {
  const CanonicalType* type = Type(instr.index, CompositeKind::kStruct);
  if (type == nullptr) return false;
  const std::vector<FieldType>& fields = type->type.fields;
  switch (instr.op) {
    case Op::StructNew:
      if (!Pop(context_->struct_operands[instr.index])) return false;
      Push(RefTo(*type, false));
      return true;
    case Op::StructNewDefault:
      for (const FieldType& field : fields) {
        if (!field.type.IsDefaultable()) {
          return Fail("type mismatch: field type " + context_->Describe(field.type) +
                      " has no default value");
        }
      }
      Push(RefTo(*type, false));
      return true;
    default:
      break;
  }
  if (instr.index2 >= fields.size()) return FailUnknown("field", instr.index2);
  const FieldType& field = fields[instr.index2];
  if (instr.op == Op::StructSet) {
    if (!field.mut) return Fail("immutable field " + std::to_string(instr.index2));
    return Pop({RefTo(*type, true), field.type});
  }
  if (!SignFits(instr.op != Op::StructGet, field)) {
    return Fail("type mismatch: " + std::string(instr.info().text) + " does not fit field " +
                std::to_string(instr.index2) + ", which is " +
                (field.packed == Packed::kNone ? "not " : "") + "packed");
  }
  if (!Pop(RefTo(*type, true))) return false;
  Push(field.type);
  return true;
}

bool FunctionValidator::ArrayInstr(const Instr& instr) {
  if (instr.op == Op::ArrayLen) {
    if (!Pop(ValType::Ref(HeapKind::kArray, true))) return false;
    Push(kI32);
    return true;
  }
  const CanonicalType* type = Type(instr.index, CompositeKind::kArray);
  if (type == nullptr) return false;
  const FieldType& element = type->type.fields[0];
  switch (instr.op) {
    case Op::ArrayNew:
      if (!Pop({element.type, kI32})) return false;
      break;
    case Op::ArrayNewDefault:
      if (!element.type.IsDefaultable()) {
        return Fail("type mismatch: element type " + context_->Describe(element.type) +
                    " has no default value");
      }
      if (!Pop(kI32)) return false;
      break;
    case Op::ArrayNewFixed: {
      if (instr.count > limits::kArrayNewFixed) {
        return Fail("too many elements in array.new_fixed: the limit is " +
                        std::to_string(limits::kArrayNewFixed),
                    ErrorKind::kLimit);
      }
      for (uint32_t i = 0; i < instr.count; ++i) {
        if (top_ == floor_ && frames_.back().unreachable) break;  // all others are of unknown type
        if (!Pop(element.type)) return false;
      }
      break;
    }
    case Op::ArrayNewData:
    case Op::ArrayNewElem:
      if (!CheckSegmentElements(instr, element) || !Pop({kI32, kI32})) return false;
      break;
    case Op::ArrayGet:
    case Op::ArrayGetS:
    case Op::ArrayGetU:
      if (!SignFits(instr.op != Op::ArrayGet, element)) {
        return Fail("type mismatch: " + std::string(instr.info().text) +
                    " does not fit an array that is " +
                    (element.packed == Packed::kNone ? "not " : "") + "packed");
      }
      if (!Pop({RefTo(*type, true), kI32})) return false;
      Push(element.type);
      return true;
    default: {
      // array.set, array.fill, array.init_data and array.init_elem write to an array that exists.
      if (!element.mut) return Fail("immutable array: type " + std::to_string(instr.index));
      if (instr.op == Op::ArraySet) return Pop({RefTo(*type, true), kI32, element.type});
      if (instr.op == Op::ArrayFill) return Pop({RefTo(*type, true), kI32, element.type, kI32});
      return CheckSegmentElements(instr, element) && Pop({RefTo(*type, true), kI32, kI32, kI32});
    }
  }
  Push(RefTo(*type, false));
  return true;
}

// array.new_data, array.init_data, array.new_elem, array.init_elem: whether the segment can fill
// the array.
bool FunctionValidator::CheckSegmentElements(const Instr& instr, const FieldType& element) {
  if (instr.immediate == Immediate::kArrayData) {
    if (element.type.IsRef()) {
      return Fail("array type is not numeric or vector: its elements are of type " +
                  context_->Describe(element.type));
    }
    return CheckData(instr.index2);
  }
  if (!CheckElem(instr.index2)) return false;
  const ValType segment = context_->elems[instr.index2];
  if (element.packed == Packed::kNone && Matches(segment, element.type)) return true;
  return Fail("type mismatch: elem segment " + std::to_string(instr.index2) + " of type " +
              context_->Describe(segment) + " cannot fill an array of " +
              context_->Describe(element.type));
}

bool FunctionValidator::ArrayCopy(const Instr& instr) {
  const CanonicalType* to = Type(instr.index, CompositeKind::kArray);
  if (to == nullptr) return false;
  const CanonicalType* from = Type(instr.index2, CompositeKind::kArray);
  if (from == nullptr) return false;
  const FieldType& target = to->type.fields[0];
  const FieldType& source = from->type.fields[0];
  if (!target.mut) return Fail("immutable array: type " + std::to_string(instr.index));
  if (source.packed != target.packed || !Matches(source.type, target.type)) {
    return Fail("array types do not match: elements of type " + context_->Describe(source.type) +
                " cannot be copied to an array of " + context_->Describe(target.type));
  }
  return Pop({RefTo(*to, true), kI32, RefTo(*from, true), kI32, kI32});
}

}  // namespace airwasm::valid
