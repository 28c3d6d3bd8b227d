// Arguments, environment, clocks, random numbers, and the process itself.
#include <sched.h>

#include <cstring>

#include "wasi/host/system.h"
#include "wasi/p1/call.h"

namespace airwasm::wasi::p1 {
namespace {

using host::ClockId;
using host::Error;
using host::Result;

// A pointer array at `pointers` and the strings it points to at `bytes`.
P1Result StoreStrings(const Call& call, const Context::Strings& strings, uint32_t pointers,
                      uint32_t bytes) {
  if (!call.memory.Contains(pointers, uint64_t{strings.offsets.size()} * sizeof(uint32_t)) ||
      !call.memory.Contains(bytes, strings.bytes.size())) {
    return Answer(Errno::kFault);
  }
  uint64_t at = pointers;
  for (uint32_t offset : strings.offsets) {
    call.memory.Store<uint32_t>(at, bytes + offset);
    at += sizeof(uint32_t);
  }
  if (!strings.bytes.empty()) {
    std::memcpy(call.memory.Bytes(bytes, strings.bytes.size()).data(), strings.bytes.data(),
                strings.bytes.size());
  }
  return Success();
}

P1Result StoreSizes(const Call& call, const Context::Strings& strings, uint32_t count,
                    uint32_t bytes) {
  if (!call.memory.Contains(count, sizeof(uint32_t)) ||
      !call.memory.Contains(bytes, sizeof(uint32_t))) {
    return Answer(Errno::kFault);
  }
  call.memory.Store<uint32_t>(count, static_cast<uint32_t>(strings.offsets.size()));
  call.memory.Store<uint32_t>(bytes, static_cast<uint32_t>(strings.bytes.size()));
  return Success();
}

P1Result StoreTime(const Call& call, uint32_t address, Result<uint64_t> time) {
  if (!call.memory.Contains(address, sizeof(uint64_t))) return Answer(Errno::kFault);
  if (!time.ok()) return Answer(time.error());
  call.memory.Store<uint64_t>(address, *time);
  return Success();
}

}  // namespace

P1Result ArgsGet(const Call& call) {
  return StoreStrings(call, call.context.args(), call.I32(0), call.I32(1));
}
P1Result ArgsSizesGet(const Call& call) {
  return StoreSizes(call, call.context.args(), call.I32(0), call.I32(1));
}
P1Result EnvironGet(const Call& call) {
  return StoreStrings(call, call.context.env(), call.I32(0), call.I32(1));
}
P1Result EnvironSizesGet(const Call& call) {
  return StoreSizes(call, call.context.env(), call.I32(0), call.I32(1));
}

P1Result ClockResGet(const Call& call) {
  return StoreTime(call, call.I32(1),
                   host::ClockResolution(static_cast<ClockId>(call.I32(0)), call.context.guard()));
}

P1Result ClockTimeGet(const Call& call) {
  // The precision asked for (argument 1) is a wish; the answer is as precise as the host's clock.
  return StoreTime(call, call.I32(2),
                   host::ClockNow(static_cast<ClockId>(call.I32(0)), call.context.guard()));
}

P1Result RandomGet(const Call& call) {
  const uint32_t address = call.I32(0);
  const uint32_t length = call.I32(1);
  if (!call.memory.Contains(address, length)) return Answer(Errno::kFault);
  return Answer(host::FillRandom(call.memory.Bytes(address, length), call.context.waiter()));
}

P1Result SchedYield(const Call& call) {
  if (Error e = call.context.waiter().Check(); !e.ok()) return Answer(e);
  sched_yield();
  return Success();
}

P1Result ProcExit(const Call& call) {
  // Codes from 126 on are how shells tell of failures and signals of their own; a guest that uses
  // them has gone wrong.
  constexpr uint32_t kExitCodes = 126;
  const uint32_t code = call.I32(0);
  if (code >= kExitCodes) {
    return {.outcome = Outcome::kTrap,
            .code = code,
            .message = "exit with invalid exit status outside of [0..126)"};
  }
  return {.outcome = Outcome::kExit, .code = code};
}

P1Result ProcRaise(const Call& call) {
  // What POSIX does with a signal nobody handles. Spec: WASI 0.1, typename $signal.
  enum : uint32_t {
    kNone = 0,
    kChld = 16,
    kCont = 17,
    kStop = 18,
    kTtou = 21,
    kUrg = 22,
    kWinch = 27,
    kSys = 30
  };
  const uint32_t signal = call.I32(0);
  if (signal > kSys) return Answer(Errno::kInval);
  if (signal == kNone || signal == kChld || signal == kCont || signal == kUrg || signal == kWinch)
    return Success();
  // Stopping would be forever: nothing could continue the guest.
  if (signal >= kStop && signal <= kTtou) return Answer(Errno::kNotsup);
  return {.outcome = Outcome::kTrap,
          .code = signal,
          .message = "the guest raised a signal that ends it"};
}

}  // namespace airwasm::wasi::p1
