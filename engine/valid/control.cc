// Blocks and branches. Spec: core, valid/instructions, control instructions; appendix, validation
// algorithm.
#include <algorithm>

#include "engine/base/limits.h"
#include "engine/valid/function_validator.h"
#include "engine/valid/value_types.h"

namespace airwasm::valid {

bool FunctionValidator::Resolve(ValType& type) {
  std::string problem =
      CheckValType(type, static_cast<uint32_t>(context_->type_ids.size()), context_->features);
  if (!problem.empty()) return Fail(std::move(problem));
  type = Canonical(type, context_->type_ids);
  return true;
}

const CanonicalType* FunctionValidator::Type(uint32_t index, CompositeKind kind) {
  if (index >= context_->types.size()) {
    FailUnknown("type", index);
    return nullptr;
  }
  const CanonicalType* type = context_->types[index];
  if (type->type.kind == kind) [[likely]]
    return type;
  Fail("type mismatch: type " + std::to_string(index) + " is " +
       CompositeKindText(type->type.kind) + ", " + std::string(Info(op_).text) + " requires " +
       CompositeKindText(kind));
  return nullptr;
}

// Fills in the parameters and results of a block type.
bool FunctionValidator::BlockTypes(const BlockType& type, ControlFrame& frame) {
  switch (type.kind) {
    case BlockType::Kind::kEmpty:
      return true;
    case BlockType::Kind::kValue:
      frame.value = type.value;
      frame.has_value = true;
      return !type.value.IsRef() && !type.value.IsVector() ? true : Resolve(frame.value);
    case BlockType::Kind::kIndex:
      break;
  }
  if (!context_->features.Has(Feature::kMultiValue)) {
    return Fail(
        "block types with parameters or several results belong to the feature multi-value, which "
        "is switched off");
  }
  const CanonicalType* func = Type(type.index, CompositeKind::kFunc);
  if (func == nullptr) return false;
  frame.type = &func->type.func;
  return true;
}

// Enters a construct whose operands have been popped already, and pushes those that it begins with.
bool FunctionValidator::PushFrame(ControlFrame& frame, std::span<const ValType> operands) {
  if (frames_.size() == frames_.capacity()) {
    if (frames_.size() >= limits::kBlockDepth) {
      return Fail(
          "blocks are nested too deeply: the limit is " + std::to_string(limits::kBlockDepth),
          ErrorKind::kLimit);
    }
    // Never beyond the limit, so that where there is room, there may be a frame.
    frames_.reserve(std::min<size_t>(2 * frames_.capacity(), limits::kBlockDepth));
  }
  frame.height = height();
  frame.init_height = static_cast<uint32_t>(init_log_.size());
  floor_ = top_;
  frames_.push_back(frame);
  return PushAll(operands);
}

bool FunctionValidator::Enter(const Instr& instr) {
  ControlFrame frame;
  frame.op = instr.op;
  if (!BlockTypes(instr.block_type, frame)) return false;
  if (instr.op == Op::If && !Pop(kI32)) return false;
  return Pop(frame.start_types()) && PushFrame(frame, frame.start_types());
}

// Checks that the operands of the innermost construct are its results and nothing else, and takes
// them away.
bool FunctionValidator::EndPart() {
  const ControlFrame& frame = frames_.back();
  const std::span<const ValType> results = frame.end_types();
  if (!Peek(results)) return FailOperands(results);
  if (static_cast<size_t>(top_ - floor_) > results.size()) return FailBlockEnd(results);
  top_ = floor_;
  if (init_log_.size() > frame.init_height) Uninitialize(frame.init_height);
  return true;
}

// Leaves the innermost construct, whose operands are gone, and pushes its results.
bool FunctionValidator::LeaveFrame() {
  const ControlFrame frame = frames_.back();
  frames_.pop_back();
  if (frames_.empty()) return true;
  floor_ = base_ + frames_.back().height;
  return PushAll(frame.end_types());
}

void FunctionValidator::SetUnreachable() {
  top_ = floor_;
  frames_.back().unreachable = true;
}

bool FunctionValidator::Else() {
  ControlFrame& frame = frames_.back();
  if (frame.op != Op::If)
    return Fail("END opcode expected: else without if", ErrorKind::kMalformed);
  if (!EndPart()) return false;
  frame.op = Op::Else;
  frame.unreachable = false;
  return PushAll(frame.start_types());
}

bool FunctionValidator::End() {
  const ControlFrame& frame = frames_.back();
  if (!EndPart()) return false;
  // An if without else is one with an empty else: the parameters become the results.
  if (frame.op == Op::If && !Matches(frame.start_types(), frame.end_types())) {
    return Fail("type mismatch: if without else requires " + context_->Describe(frame.end_types()) +
                " but has " + context_->Describe(frame.start_types()));
  }
  return LeaveFrame();
}

bool FunctionValidator::Br(const Instr& instr) {
  if (!CheckLabel(instr.index) || !Pop(label(instr.index).label_types())) return false;
  SetUnreachable();
  return true;
}

bool FunctionValidator::BrIf(const Instr& instr) {
  if (!CheckLabel(instr.index) || !Pop(kI32)) return false;
  const std::span<const ValType> types = label(instr.index).label_types();
  // The operands come back as the label's types, which may be supertypes.
  return types.empty() || (Pop(types) && PushAll(types));
}

bool FunctionValidator::BrTable(const Instr& instr) {
  if (!CheckLabel(instr.index) || !Pop(kI32)) return false;
  const std::span<const ValType> default_types = label(instr.index).label_types();
  if (!Peek(default_types)) return FailOperands(default_types);
  ByteReader labels = ListReader(instr);
  // Tables repeat labels; comparing with the label before keeps a long table over long type lists
  // linear.
  const ValType* checked = default_types.data();
  for (uint32_t i = 0; i < instr.count; ++i) {
    const uint32_t depth = ReadLabel(labels);
    if (!CheckLabel(depth)) return false;
    const std::span<const ValType> types = label(depth).label_types();
    if (types.size() != default_types.size()) {
      return Fail("type mismatch: br_table has labels " + context_->Describe(default_types) +
                  " and " + context_->Describe(types));
    }
    if (types.data() == checked) continue;
    checked = types.data();
    if (!Peek(types)) return FailOperands(types);
  }
  SetUnreachable();
  return true;
}

bool FunctionValidator::Return() {
  if (!Pop(frames_.front().end_types())) return false;
  SetUnreachable();
  return true;
}

bool FunctionValidator::Select() {
  ValType second, first;
  if (!Pop(kI32) || !PopAny(second) || !PopAny(first)) return false;
  if (first.IsRef() || second.IsRef()) {
    return Fail("type mismatch: select without a type requires numbers or vectors but stack has " +
                context_->Describe(std::initializer_list<ValType>{first, second}));
  }
  if (first != second && !first.IsBottom() && !second.IsBottom()) {
    return Fail("type mismatch: select requires two operands of one type but stack has " +
                context_->Describe(std::initializer_list<ValType>{first, second}));
  }
  Push(first.IsBottom() ? second : first);
  return true;
}

bool FunctionValidator::SelectTyped(const Instr& instr) {
  if (instr.count != 1)
    return Fail("invalid result arity: select has one result, not " + std::to_string(instr.count));
  ByteReader types = ListReader(instr);
  ValType type = ReadValType(types);
  if (!Resolve(type) || !Pop({type, type, kI32})) return false;
  Push(type);
  return true;
}

}  // namespace airwasm::valid
