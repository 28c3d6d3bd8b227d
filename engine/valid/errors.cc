// The wording of the validator's errors: the official suite's words first, then what was expected
// and what was found.
#include <algorithm>
#include <string>

#include "engine/valid/function_validator.h"

namespace airwasm::valid {
namespace {

// Longer lists of types are cut off in messages.
constexpr size_t kListedTypes = 20;

}  // namespace

std::string ModuleContext::Describe(ValType type) const {
  if (!type.IsRef()) return type.ToString();
  const HeapType heap = type.heap_type();
  if (heap == kBottomHeap) return type.nullable() ? "(ref null unknown)" : "(ref unknown)";
  if (!heap.IsConcrete()) return type.ToString();
  const auto it = std::find(type_ids.begin(), type_ids.end(), heap.index());
  const auto index = static_cast<uint32_t>(it - type_ids.begin());
  return ValType::Ref(HeapType::Concrete(index), type.nullable()).ToString();
}

std::string ModuleContext::Describe(std::span<const ValType> types) const {
  std::string text = "[";
  for (size_t i = 0; i < types.size() && i < kListedTypes; ++i) {
    if (i != 0) text += ' ';
    text += Describe(types[i]);
  }
  if (types.size() > kListedTypes) text += " ...";
  return text + "]";
}

bool FunctionValidator::Fail(std::string message, ErrorKind kind) {
  Error error;
  error.kind = kind;
  error.offset = offset_;
  error.message = std::move(message);
  error_ = std::move(error);
  return false;
}

bool FunctionValidator::FailUnknown(std::string_view space, uint32_t index) {
  return Fail("unknown " + std::string(space) + " " + std::to_string(index));
}

bool FunctionValidator::FailOperands(std::span<const ValType> required) {
  const size_t shown = std::min(required.size(), static_cast<size_t>(top_ - floor_));
  return Fail("type mismatch: instruction requires " + context_->Describe(required) +
              " but stack has " + context_->Describe({top_ - shown, shown}) + ", in " +
              std::string(Info(op_).text));
}

bool FunctionValidator::FailBlockEnd(std::span<const ValType> required) {
  return Fail("type mismatch: block requires " + context_->Describe(required) + " but stack has " +
              context_->Describe({floor_, static_cast<size_t>(top_ - floor_)}) + ", in " +
              std::string(Info(op_).text));
}

bool FunctionValidator::FailDisabled(const Instr& instr) {
  return Fail("illegal opcode: " + std::string(instr.info().text) + " belongs to the feature " +
              std::string(FeatureText(instr.info().feature)) + ", which is switched off");
}

}  // namespace airwasm::valid
