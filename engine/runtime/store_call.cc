// Entering wasm: frames for calls from the host, activations, and what becomes of a trap.
#include <algorithm>
#include <cstring>

#include "engine/runtime/fault_handler.h"
#include "engine/runtime/native_stack.h"
#include "engine/runtime/store.h"
#include "engine/runtime/store_impl.h"
#include "engine/runtime/thread_state.h"

namespace airwasm::runtime {
namespace {

uint32_t FrameSlots(const FuncInst& func) {
  return std::max(func.param_slots, func.result_slots);
}

// FAST: most calls pass a few slots, for which a call of memcpy costs more than the copy (bench:
// host→wasm).
void CopySlots(const uint64_t* from, uint32_t count, uint64_t* to) {
  constexpr uint32_t kFewSlots = 8;
  if (count > kFewSlots) [[unlikely]] {
    std::memcpy(to, from, count * sizeof(uint64_t));
    return;
  }
#pragma clang loop vectorize(disable) unroll(disable)
  for (uint32_t i = 0; i < count; ++i) to[i] = from[i];
}

}  // namespace

uint64_t* Store::PrepareCall(const FuncInst* func) {
  uint64_t* frame = impl_->first_frame;
  if (context_.activation != nullptr) {
    const auto lowest = reinterpret_cast<uintptr_t>(context_.activation->top + kFrameHeaderSlots);
    frame = reinterpret_cast<uint64_t*>((lowest + 15) & ~uintptr_t{15});
  }
  if (frame > context_.stack_limit ||
      FrameSlots(*func) > static_cast<size_t>(context_.stack_limit - frame))
    return nullptr;
  return frame;
}

bool Store::CallInPlace(FuncInst* func, uint64_t* frame, Trap* trap) {
  ThreadState& thread = thread_state;
  if (options_.guard_pages) EnsureSignalStack();
  if (frame == nullptr || !HasNativeStackForEntry(thread.nested_activations)) [[unlikely]] {
    return FailCall(TrapKind::kCallStackExhausted, nullptr, trap);
  }
  Activation activation{.previous = context_.activation,
                        .native_sp = nullptr,
                        .store = &context_,
                        .first_fp = frame,
                        .pc = nullptr,
                        .fp = nullptr,
                        .top = frame + FrameSlots(*func),
                        .trap = TrapKind::kNone,
                        .exception = gc::kNullRef};
  Activation* const previous_of_thread = thread.activation;
  context_.activation = &activation;
  thread.activation = &activation;
  ++thread.nested_activations;

  const TrapKind kind = executor_.Call(context_, *func, frame, activation);

  const bool ok = kind == TrapKind::kNone || FailCall(kind, &activation, trap);
  --thread.nested_activations;
  thread.activation = previous_of_thread;
  context_.activation = activation.previous;
  return ok;
}

bool Store::Call(FuncInst* func, uint64_t* slots, Trap* trap) {
  uint64_t* const frame = PrepareCall(func);
  if (frame != nullptr) CopySlots(slots, func->param_slots, frame);
  if (!CallInPlace(func, frame, trap)) return false;
  CopySlots(frame, func->result_slots, slots);
  return true;
}

// Fills in `*trap` while the frames are still there. Returns false, for its callers to return.
[[gnu::cold, gnu::noinline]] bool Store::FailCall(TrapKind kind, const Activation* activation,
                                                  Trap* trap) {
  if (trap == nullptr) {
    impl_->untaken_trap = std::make_unique<Trap>();
    trap = impl_->untaken_trap.get();
  }
  trap->kind = kind;
  trap->message = TrapText(kind);
  trap->exception = gc::kNullRef;
  trap->host_error = absl::OkStatus();
  trap->backtrace = Backtrace();
  if (kind == TrapKind::kHostError || kind == TrapKind::kInvalidFunction) {
    trap->host_error = std::exchange(host_error, absl::OkStatus());
    if (!trap->host_error.message().empty())
      trap->message = std::string(trap->host_error.message());
  }
  if (kind == TrapKind::kUncaughtException && activation != nullptr)
    trap->exception = activation->exception;
  impl_->trap_exception = trap->exception;
  return false;
}

Trap Store::TakeTrap() {
  Trap trap = std::move(*impl_->untaken_trap);
  impl_->untaken_trap.reset();
  return trap;
}

}  // namespace airwasm::runtime
