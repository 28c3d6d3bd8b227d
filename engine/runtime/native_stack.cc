// The bounds of a thread's stack are asked for when first needed: for the main thread the C library
// reads /proc for them.
#include "engine/runtime/native_stack.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>

#include "engine/runtime/fault_handler.h"
#include "engine/runtime/os_memory.h"
#include "engine/runtime/thread_state.h"

namespace airwasm::runtime {
namespace {

constexpr uint64_t kSignalStackBytes = 64 << 10;
// Left to the host function, the collector and signal handlers of the embedder. Sanitizers make
// frames several times as big.
#ifdef AIRWASM_SANITIZED
constexpr uintptr_t kHeadroomBytes = 512 << 10;
#else
constexpr uintptr_t kHeadroomBytes = 128 << 10;
#endif

// Around a thread's first entry: taken to be usable without asking for the stack's bounds.
constexpr uintptr_t kUncheckedBytes = 16 << 10;

struct StackBounds {
  uintptr_t low = 0;
  uintptr_t high = 0;
};

const StackBounds& ThreadStack() {
  thread_local const StackBounds bounds = [] {
    StackBounds b;
    pthread_attr_t attr;
    if (pthread_getattr_np(pthread_self(), &attr) != 0) return b;
    void* base = nullptr;
    size_t bytes = 0;
    if (pthread_attr_getstack(&attr, &base, &bytes) == 0) {
      b.low = reinterpret_cast<uintptr_t>(base);
      b.high = b.low + bytes;
    }
    pthread_attr_destroy(&attr);
    return b;
  }();
  return bounds;
}

// The signal stack of one thread.
class SignalStack {
 public:
  SignalStack() {
    stack_t current = {};
    if (sigaltstack(nullptr, &current) != 0) return;
    if ((current.ss_flags & SS_DISABLE) == 0 && current.ss_size >= kSignalStackBytes / 4) return;
    if ((current.ss_flags & SS_ONSTACK) != 0) return;
    const uint64_t guard = HostPageBytes();
    uint8_t* const base = ReserveAddresses(kSignalStackBytes + guard);
    if (base == nullptr) return;
    stack_t ours = {};
    ours.ss_sp = base + guard;
    ours.ss_size = kSignalStackBytes;
    if (!MakeAccessible(base + guard, kSignalStackBytes) || sigaltstack(&ours, &previous_) != 0) {
      ReleaseAddresses(base, kSignalStackBytes + guard);
      return;
    }
    base_ = base;
  }

  ~SignalStack() {
    if (base_ == nullptr) return;
    stack_t current = {};
    // Someone may have put another one in place since; then ours is only freed.
    if (sigaltstack(nullptr, &current) == 0 && current.ss_sp == base_ + HostPageBytes()) {
      if ((previous_.ss_flags & SS_DISABLE) != 0)
        previous_ = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
      sigaltstack(&previous_, nullptr);
    }
    ReleaseAddresses(base_, kSignalStackBytes + HostPageBytes());
  }

 private:
  uint8_t* base_ = nullptr;
  stack_t previous_ = {};
};

// A stack for the handlers, and nothing that keeps them from running.
void PrepareForSignals() {
  thread_local const SignalStack stack;
  (void)stack;
  if (!thread_state.has_signal_stack) UnblockFaultSignals();
  thread_state.has_signal_stack = true;
}

uint32_t NestedActivations(const Store& store) {
  uint32_t count = 0;
  for (const Activation* a = store.context().activation; a != nullptr; a = a->previous) ++count;
  return count;
}

}  // namespace

constinit thread_local ThreadState thread_state;

bool HasNativeStackForFarEntry(uintptr_t here, const Store& store) {
  ThreadState& thread = thread_state;
  if (store.uses_signals()) PrepareForSignals();
  const auto is_inside = [&] { return here - thread.entry_low < thread.entry_bytes[0]; };
  if (thread.entry_bytes[0] == 0) {
    thread.entry_low = here - kUncheckedBytes;
    thread.entry_bytes[0] = 2 * kUncheckedBytes;
  } else if (!is_inside()) {
    const StackBounds& stack = ThreadStack();
    if (here < stack.low || here >= stack.high)
      return NestedActivations(store) < kMaxNestedActivations;
    thread.entry_low = stack.low + std::min(kHeadroomBytes, (stack.high - stack.low) / 2);
    thread.entry_bytes[0] = stack.high - thread.entry_low;
  }
  if (thread.has_signal_stack) thread.entry_bytes[1] = thread.entry_bytes[0];
  return is_inside();
}

StackRegion UsableNativeStack(uintptr_t here) {
  const StackBounds& stack = ThreadStack();
  // On a stack that is not the thread's own nobody tells the size.
  if (here < stack.low || here >= stack.high) return {here - kUncheckedBytes, kUncheckedBytes};
  const uintptr_t low = stack.low + std::min(kHeadroomBytes, (stack.high - stack.low) / 2);
  return {low, stack.high - low};
}

const void* NativeStackEnd(const void* address, const void* fallback) {
  const StackBounds& bounds = ThreadStack();
  const auto a = reinterpret_cast<uintptr_t>(address);
  return a >= bounds.low && a < bounds.high ? reinterpret_cast<const void*>(bounds.high) : fallback;
}

}  // namespace airwasm::runtime
