// Calls from the host: frames for them, and what becomes of a trap. Activations: enter.h.
#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "engine/base/out_of_memory.h"
#include "engine/runtime/store.h"
#include "engine/runtime/store_impl.h"

namespace airwasm::runtime {
namespace {

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

bool Store::CallWithCopies(FuncInst& func, uint64_t* slots) {
  uint64_t* const frame = PrepareCall(&func);
  if (frame != nullptr) CopySlots(slots, func.param_slots, frame);
  if (!executor_.Call(*this, func, frame)) return false;
  CopySlots(frame, func.result_slots, slots);
  return true;
}

[[gnu::cold, gnu::noinline]] bool Store::FailCall(TrapKind kind, const Activation* activation) {
  Trap& trap = impl_->untaken_trap;
  trap = Trap();
  trap.kind = kind;
  if (kind == TrapKind::kHostError || kind == TrapKind::kInvalidFunction)
    trap.host_error = std::exchange(host_error, absl::OkStatus());
  if (kind == TrapKind::kUncaughtException && activation != nullptr)
    trap.exception = activation->exception;
  impl_->trap_exception = trap.exception;
  // Compiled code may be on the stack, which no exception can pass: without memory the trap has
  // less to say.
  try {
    trap.message = trap.host_error.message().empty() ? std::string(TrapText(kind))
                                                     : std::string(trap.host_error.message());
    trap.backtrace = Backtrace();
  } catch (const std::bad_alloc&) {
  }
  return false;
}

[[gnu::cold, gnu::noinline]] TrapKind FailForMemory(HostCall& call) noexcept {
  call.store.store->host_error = OutOfMemory();
  return TrapKind::kHostError;
}

bool Store::GiveTrap(Trap* trap) {
  *trap = TakeTrap();
  return false;
}

Trap Store::TakeTrap() {
  return std::exchange(impl_->untaken_trap, Trap());
}

}  // namespace airwasm::runtime
