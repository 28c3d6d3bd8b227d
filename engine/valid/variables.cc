// Locals, with the tracking of those that have no default value, and globals.
// Spec: core, valid/instructions, variable instructions; valid/conventions, local types.
#include <algorithm>

#include "engine/base/limits.h"
#include "engine/valid/function_validator.h"

namespace airwasm::valid {

// `flat` is what the fast path shall see: `type` or kTracked.
bool FunctionValidator::AddLocals(uint64_t count, ValType type, ValType flat) {
  if (count > limits::kLocals - num_locals_) {
    return Fail("too many locals: the limit is " + std::to_string(limits::kLocals),
                ErrorKind::kLimit);
  }
  if (count == 0) return true;
  num_locals_ += static_cast<uint32_t>(count);
  runs_.emplace_back(num_locals_, type);
  const uint32_t num_flat = std::min<uint32_t>(num_locals_, kFlatLocals);
  std::fill(flat_locals_ + num_flat_locals_, flat_locals_ + num_flat, flat);
  num_flat_locals_ = num_flat;
  // Locals without a default value begin uninitialized, parameters do not: see IsInitialized.
  if (!type.IsDefaultable() && init_stamps_.size() < num_locals_)
    init_stamps_.resize(num_locals_, 0);
  return true;
}

ValType FunctionValidator::DeepLocalType(uint32_t index) const {
  return std::upper_bound(runs_.begin(), runs_.end(), index,
                          [](uint32_t i, const LocalRun& run) { return i < run.end; })
      ->type;
}

bool FunctionValidator::IsInitialized(uint32_t index, ValType type) const {
  return type.IsDefaultable() || index < num_params_ || init_stamps_[index] == stamp_;
}

void FunctionValidator::Initialize(uint32_t index, ValType type) {
  if (IsInitialized(index, type)) return;
  init_stamps_[index] = stamp_;
  init_log_.push_back(index);
}

// Takes back what was initialized since the log had `init_height` entries.
void FunctionValidator::Uninitialize(uint32_t init_height) {
  for (; init_log_.size() > init_height; init_log_.pop_back()) init_stamps_[init_log_.back()] = 0;
}

bool FunctionValidator::LocalGet(uint32_t index) {
  if (index >= num_locals_) return FailUnknown("local", index);
  const ValType type = local_type(index);
  if (!IsInitialized(index, type)) return Fail("uninitialized local " + std::to_string(index));
  Push(type);
  return true;
}

bool FunctionValidator::LocalSet(uint32_t index, bool is_tee) {
  if (index >= num_locals_) return FailUnknown("local", index);
  const ValType type = local_type(index);
  if (!Pop(type)) return false;
  Initialize(index, type);
  if (is_tee) Push(type);
  return true;
}

bool FunctionValidator::GlobalGet(uint32_t index) {
  if (index >= num_globals_) return FailUnknown("global", index);
  const GlobalType& global = context_->globals[index];
  if (declared_ != nullptr && global.mut) {
    return Fail("constant expression required: global " + std::to_string(index) + " is mutable");
  }
  Push(global.type);
  return true;
}

bool FunctionValidator::GlobalSet(uint32_t index) {
  if (index >= num_globals_) return FailUnknown("global", index);
  const GlobalType& global = context_->globals[index];
  if (!global.mut) return Fail("immutable global " + std::to_string(index));
  return Pop(global.type);
}

}  // namespace airwasm::valid
