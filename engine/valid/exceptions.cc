// Exceptions: try_table of WebAssembly 3.0, and try/catch/delegate/rethrow of the legacy proposal.
// Spec: core, valid/instructions, control instructions; legacy exception handling proposal.
#include "engine/base/limits.h"
#include "engine/valid/function_validator.h"

namespace airwasm::valid {

const CanonicalType* FunctionValidator::Tag(uint32_t index) {
  if (index < context_->tags.size()) return context_->tags[index];
  FailUnknown("tag", index);
  return nullptr;
}

bool FunctionValidator::TryTable(const Instr& instr) {
  if (instr.count > limits::kTryTableCatches) {
    return Fail("too many catch clauses: the limit is " + std::to_string(limits::kTryTableCatches),
                ErrorKind::kLimit);
  }
  // The clauses' labels are those around the try_table.
  constexpr ValType kExn = ValType::Ref(HeapKind::kExn, false);
  ByteReader clauses = ListReader(instr);
  for (uint32_t i = 0; i < instr.count; ++i) {
    const CatchClause clause = ReadCatch(clauses);
    std::span<const ValType> values;
    if (clause.kind == CatchKind::kCatch || clause.kind == CatchKind::kCatchRef) {
      const CanonicalType* tag = Tag(clause.tag);
      if (tag == nullptr) return false;
      values = tag->type.func.params;
    }
    if (!CheckLabel(clause.label)) return false;
    const std::span<const ValType> wanted = label(clause.label).label_types();
    const bool with_ref =
        clause.kind == CatchKind::kCatchRef || clause.kind == CatchKind::kCatchAllRef;
    const bool matches = with_ref ? wanted.size() == values.size() + 1 &&
                                        Matches(values, wanted.first(values.size())) &&
                                        Matches(kExn, wanted.back())
                                  : Matches(values, wanted);
    if (!matches) {
      return Fail("type mismatch: catch clause " + std::to_string(i) + " delivers " +
                  context_->Describe(values) + (with_ref ? " and an exception reference" : "") +
                  " to a label of type " + context_->Describe(wanted));
    }
  }
  return Enter(instr);
}

bool FunctionValidator::Throw(const Instr& instr) {
  const CanonicalType* tag = Tag(instr.index);
  if (tag == nullptr || !Pop(tag->type.func.params)) return false;
  SetUnreachable();
  return true;
}

bool FunctionValidator::ThrowRef() {
  if (!Pop(kExnRef)) return false;
  SetUnreachable();
  return true;
}

// Ends the part before a legacy catch and begins the handler, on whose stack the exception's values
// are.
bool FunctionValidator::Catch(const Instr& instr) {
  ControlFrame& frame = frames_.back();
  if (frame.op != Op::Try && frame.op != Op::Catch) {
    return Fail("END opcode expected: catch without try", ErrorKind::kMalformed);
  }
  const CanonicalType* tag = Tag(instr.index);
  if (tag == nullptr || !EndPart()) return false;
  frame.op = Op::Catch;
  frame.unreachable = false;
  return PushAll(tag->type.func.params);
}

bool FunctionValidator::CatchAll() {
  ControlFrame& frame = frames_.back();
  if (frame.op != Op::Try && frame.op != Op::Catch) {
    return Fail("END opcode expected: catch_all without try", ErrorKind::kMalformed);
  }
  if (!EndPart()) return false;
  frame.op = Op::CatchAll;
  frame.unreachable = false;
  return true;
}

bool FunctionValidator::Delegate(const Instr& instr) {
  if (frames_.back().op != Op::Try) {
    return Fail("END opcode expected: delegate without try", ErrorKind::kMalformed);
  }
  // The label is one around the try.
  if (instr.index >= frames_.size() - 1) return FailUnknown("label", instr.index);
  return EndPart() && LeaveFrame();
}

bool FunctionValidator::Rethrow(const Instr& instr) {
  if (!CheckLabel(instr.index)) return false;
  const Op op = label(instr.index).op;
  if (op != Op::Catch && op != Op::CatchAll) {
    return Fail("invalid rethrow label " + std::to_string(instr.index) + ": not a catch");
  }
  SetUnreachable();
  return true;
}

}  // namespace airwasm::valid
