// The table of regions is an array of atomics that only grows in use; a handler scans it, which
// takes microseconds at worst and happens once per trap.
#include "engine/runtime/fault_handler.h"

#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>

#include "engine/runtime/executor.h"
#include "engine/runtime/native_code.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/store.h"
#include "engine/runtime/thread_state.h"

namespace airwasm::runtime {
namespace {

constexpr uint32_t kMaxRegions = 16384;

struct FaultRegion {
  std::atomic<uintptr_t> begin{
      0};  // 0: free. Written last when registering, first when unregistering.
  std::atomic<uintptr_t> end{0};
};

constinit FaultRegion regions[kMaxRegions];
constinit std::atomic<uint32_t> num_regions{0};  // one past the last entry ever used
constinit std::mutex regions_mutex;

constexpr int kInterruptSignal = SIGURG;  // ignored by those who do not know it

struct sigaction previous_segv;
struct sigaction previous_bus;
struct sigaction previous_ill;
struct sigaction previous_interrupt;

bool InFaultRegion(uintptr_t address) {
  const uint32_t n = num_regions.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < n; ++i) {
    const uintptr_t begin = regions[i].begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address < regions[i].end.load(std::memory_order_relaxed))
      return true;
  }
  return false;
}

const void* NativePc(const ucontext_t* uc) {
#if defined(__x86_64__)
  return reinterpret_cast<const void*>(uc->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<const void*>(uc->uc_mcontext.pc);
#else
#error "no fault handler for this machine: name its program counter here"
#endif
}

void ContinueAt(ucontext_t* uc, const void* landing, Activation* activation) {
#if defined(__x86_64__)
  uc->uc_mcontext.gregs[REG_RIP] = reinterpret_cast<greg_t>(landing);
  uc->uc_mcontext.gregs[REG_RDI] = reinterpret_cast<greg_t>(activation);
#elif defined(__aarch64__)
  uc->uc_mcontext.pc = reinterpret_cast<uintptr_t>(landing);
  uc->uc_mcontext.regs[0] = reinterpret_cast<uintptr_t>(activation);
#endif
}

// Lets the handler that was installed before ours deal with the signal.
void Chain(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = signal == SIGBUS   ? previous_bus
                                     : signal == SIGILL ? previous_ill
                                                        : previous_segv;
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    if (previous.sa_sigaction != nullptr) {
      previous.sa_sigaction(signal, info, context);
      return;
    }
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
    return;
  }
  // The default action: the instruction faults again when we return, and the process ends with this
  // signal. One that was sent by kill() has no instruction to repeat, so it is raised again.
  struct sigaction fallback = {};
  fallback.sa_handler = SIG_DFL;
  sigaction(signal, &fallback, nullptr);
  if (info->si_code <= 0) raise(signal);
}

#ifdef AIRWASM_HAS_NATIVE
// Continues behind compiled code, at the entry of its activation.
void TrapInNativeCode(ucontext_t* uc, Activation* activation, TrapKind kind) {
  activation->native_pc = NativePc(uc);
  activation->native_fp = reinterpret_cast<const uint64_t*>(uc->uc_mcontext.gregs[REG_RBP]);
  activation->trap = kind;
  ContinueAt(uc, reinterpret_cast<const void*>(&airwasm_native_fault_landing), activation);
}

// A trap that compiled code raises itself: `ud1l kind(%eax), %eax` (llvm.ubsantrap).
void HandleIllegalInstruction(int signal, siginfo_t* info, void* context) {
  auto* const uc = static_cast<ucontext_t*>(context);
  Activation* const activation = thread_state.activation;
  const auto* const pc = static_cast<const uint8_t*>(NativePc(uc));
  constexpr uint8_t kUd1[] = {0x67, 0x0F, 0xB9, 0x40};
  if (activation != nullptr && info->si_code > 0 && InNativeCode(pc) &&
      std::memcmp(pc, kUd1, sizeof(kUd1)) == 0) {
    TrapInNativeCode(uc, activation, static_cast<TrapKind>(pc[sizeof(kUd1)]));
    return;
  }
  Chain(signal, info, context);
}

// Where the function that compiled code stands in returns to. In its first instructions the frame
// is still the caller's: the answer is a guess that decides about speed only.
uintptr_t ReturnPc(const ucontext_t* uc, const Activation& activation) {
  const auto fp = static_cast<uintptr_t>(uc->uc_mcontext.gregs[REG_RBP]);
  const auto sp = static_cast<uintptr_t>(uc->uc_mcontext.gregs[REG_RSP]);
  const auto end = reinterpret_cast<uintptr_t>(activation.native_end);
  return fp >= sp && fp < end && fp % 8 == 0 ? reinterpret_cast<const uintptr_t*>(fp)[1] : 0;
}

// Compiled code is left at whatever instruction it stands: nothing that it does to the engine's
// data takes more than one instruction to become whole.
void HandleInterrupt(int signal, siginfo_t* info, void* context) {
  auto* const uc = static_cast<ucontext_t*>(context);
  Activation* const activation = thread_state.activation;
  if (activation != nullptr && InNativeCode(NativePc(uc))) {
    if (InterruptPending(*activation->store->poll_word))
      return TrapInNativeCode(uc, activation, TrapKind::kInterrupted);
    StoreContext& store = *activation->store;
    store.sampled_return_pc.store(ReturnPc(uc, *activation), std::memory_order_relaxed);
    store.sampled_pc.store(reinterpret_cast<uintptr_t>(NativePc(uc)), std::memory_order_relaxed);
    return;
  }
  if ((previous_interrupt.sa_flags & SA_SIGINFO) != 0) {
    if (previous_interrupt.sa_sigaction != nullptr)
      previous_interrupt.sa_sigaction(signal, info, context);
  } else if (previous_interrupt.sa_handler != SIG_DFL && previous_interrupt.sa_handler != SIG_IGN) {
    previous_interrupt.sa_handler(signal);
  }
}
#endif

void HandleFault(int signal, siginfo_t* info, void* context) {
  Activation* const activation = thread_state.activation;
  // si_code <= 0: sent by a process, not by a fault. A general-protection fault carries no address
  // and is not in a region.
  if (activation != nullptr && info->si_code > 0 &&
      InFaultRegion(reinterpret_cast<uintptr_t>(info->si_addr))) {
#ifdef AIRWASM_HAS_NATIVE
    if (auto* const uc = static_cast<ucontext_t*>(context); InNativeCode(NativePc(uc)))
      return TrapInNativeCode(uc, activation, TrapKind::kOutOfBoundsMemory);
#endif
    const Executor& executor = activation->store->store->executor();
    const Cell* pc = nullptr;
    uint64_t* fp = nullptr;
    if (executor.OwnsFault(NativePc(static_cast<ucontext_t*>(context)), context, &pc, &fp)) {
      activation->pc = pc;
      activation->fp = fp;
      activation->trap = TrapKind::kOutOfBoundsMemory;
      ContinueAt(static_cast<ucontext_t*>(context), executor.trap_landing(), activation);
      return;
    }
  }
  Chain(signal, info, context);
}

}  // namespace

void InstallFaultHandler() {
  static const bool installed = [] {
    struct sigaction action = {};
    action.sa_sigaction = HandleFault;
    // SA_NODEFER: a fault inside a chained handler reaches whoever can deal with it instead of
    // killing the process.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &previous_segv);
    sigaction(SIGBUS, &action, &previous_bus);
#ifdef AIRWASM_HAS_NATIVE
    action.sa_sigaction = HandleIllegalInstruction;
    sigaction(SIGILL, &action, &previous_ill);
    action.sa_sigaction = HandleInterrupt;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(kInterruptSignal, &action, &previous_interrupt);
#endif
    return true;
  }();
  (void)installed;
}

void UnblockFaultSignals() {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, kInterruptSignal}) sigaddset(&ours, signal);
  pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
}

void SignalThread(int32_t thread) {
  if (thread != 0) syscall(SYS_tgkill, getpid(), thread, kInterruptSignal);
}

bool RegisterFaultRegion(const uint8_t* base, uint64_t bytes) {
  const std::lock_guard lock(regions_mutex);
  const uint32_t n = num_regions.load(std::memory_order_relaxed);
  uint32_t i = 0;
  while (i < n && regions[i].begin.load(std::memory_order_relaxed) != 0) ++i;
  if (i == kMaxRegions) return false;
  regions[i].end.store(reinterpret_cast<uintptr_t>(base) + bytes, std::memory_order_relaxed);
  regions[i].begin.store(reinterpret_cast<uintptr_t>(base), std::memory_order_release);
  if (i == n) num_regions.store(n + 1, std::memory_order_release);
  return true;
}

void UnregisterFaultRegion(const uint8_t* base) {
  const std::lock_guard lock(regions_mutex);
  const uint32_t n = num_regions.load(std::memory_order_relaxed);
  for (uint32_t i = 0; i < n; ++i) {
    if (regions[i].begin.load(std::memory_order_relaxed) == reinterpret_cast<uintptr_t>(base)) {
      regions[i].begin.store(0, std::memory_order_release);
      return;
    }
  }
}

}  // namespace airwasm::runtime
