// Calls and tail calls. Spec: core, valid/instructions, control instructions.
#include "engine/valid/function_validator.h"

namespace airwasm::valid {

// Pops the arguments and pushes the results; a tail call's results must be those of the calling
// function.
bool FunctionValidator::ApplyCall(const CanonicalType& callee, bool is_tail) {
  const FuncType& type = callee.type.func;
  if (!Pop(type.params)) return false;
  if (!is_tail) return PushAll(type.results);
  const std::span<const ValType> expected = frames_.front().end_types();
  if (!Matches(type.results, expected)) {
    return Fail("type mismatch: tail call returns " + context_->Describe(type.results) +
                " from a function that returns " + context_->Describe(expected));
  }
  SetUnreachable();
  return true;
}

bool FunctionValidator::Call(const Instr& instr) {
  if (instr.index >= context_->funcs.size()) return FailUnknown("function", instr.index);
  return ApplyCall(*context_->funcs[instr.index], instr.op == Op::ReturnCall);
}

bool FunctionValidator::CallIndirect(const Instr& instr) {
  const TableType* table = Table(instr.index2);
  if (table == nullptr) return false;
  if (!Matches(table->element, kFuncRef)) {
    return Fail("type mismatch: " + std::string(instr.info().text) +
                " requires a table of functions but table " + std::to_string(instr.index2) +
                " has elements of type " + context_->Describe(table->element));
  }
  const CanonicalType* callee = Type(instr.index, CompositeKind::kFunc);
  return callee != nullptr && Pop(context_->AddressType(*table)) &&
         ApplyCall(*callee, instr.op == Op::ReturnCallIndirect);
}

bool FunctionValidator::CallRef(const Instr& instr) {
  const CanonicalType* callee = Type(instr.index, CompositeKind::kFunc);
  return callee != nullptr && Pop(ValType::Ref(HeapType::Concrete(callee->id), true)) &&
         ApplyCall(*callee, instr.op == Op::ReturnCallRef);
}

}  // namespace airwasm::valid
