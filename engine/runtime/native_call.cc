// The C++ half of the stubs between compiled code and slots: which value travels in which register
// (native.h), read from function types at run time.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "airwasm/host_call.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/native_registers.h"
#include "engine/runtime/store.h"

namespace airwasm::runtime {
namespace {

// What NativeStub keeps on its stack.
struct StubRegisters {
  Registers values;
  SavedRegisters saved;
};
static_assert(offsetof(StubRegisters, saved) == 176);

// Calls visit(location, slot, slots) for each value: `location` is a register or a place in the
// buffer.
template <typename Block, typename Word, typename Visit>
void ForEach(std::span<const ValType> types, Block& registers, Word* buffer, uint32_t ints,
             uint32_t floats, Visit visit) {
  uint32_t next_int = 0, next_float = 0, slot = 0;
  for (const ValType type : types) {
    const uint32_t size = type.slots();
    if (size == 2) slot = (slot + 1) & ~1u;
    const ValKind kind = type.kind();
    const bool is_float = kind == ValKind::kF32 || kind == ValKind::kF64 || kind == ValKind::kV128;
    Word* location = buffer;
    if (is_float && next_float < floats) {
      location = registers.floats[next_float++];
    } else if (!is_float && next_int < ints) {
      location = &registers.ints[next_int++];
    } else {
      buffer += size;
    }
    visit(location, slot, size);
    slot += size;
  }
}

void CopySlots(const uint64_t* from, uint32_t count, uint64_t* to) {
  to[0] = from[0];
  if (count == 2) to[1] = from[1];
}

const FuncType& TypeOf(const InstanceContext& ctx, TypeId type) {
  return ctx.store->store->types().Get(type).type.func;
}

// What compiled code calls by a callee word.
struct Callee {
  const FuncCode& code;
  const FuncInst* host;  // null: a wasm function
  const FuncType& type;
  uint32_t param_slots, result_slots;
  uint32_t frame_slots() const { return std::max(param_slots, result_slots); }
};
Callee CalleeOf(const InstanceContext& ctx, const void* word) {
  const FuncCode& code = **static_cast<const FuncCode* const*>(word);
  if (code.module != nullptr)
    return {code, nullptr, TypeOf(ctx, code.type), code.param_slots, code.result_slots};
  const auto& func = *static_cast<const FuncInst*>(word);
  return {code, &func, TypeOf(ctx, func.type), func.param_slots, func.result_slots};
}

// Room for a frame above all that is in use on the value stack; null: there is none.
uint64_t* NewFrame(const StoreContext& store, uint32_t slots) {
  const auto lowest = reinterpret_cast<uintptr_t>(store.activation->top + kFrameHeaderSlots);
  auto* const frame = reinterpret_cast<uint64_t*>((lowest + 15) & ~uintptr_t{15});
  return frame + slots <= store.stack_limit ? frame : nullptr;
}

}  // namespace

void ParamsToSlots(std::span<const ValType> types, const Registers& registers,
                   const uint64_t* buffer, uint64_t* slots) {
  ForEach(types, registers, buffer, 5, 8,
          [&](const uint64_t* location, uint32_t slot, uint32_t size) {
            CopySlots(location, size, slots + slot);
          });
}

// FAST: a register of 16 bytes is loaded whole, which has to wait if it was not written whole.
void ResultsToRegisters(std::span<const ValType> types, const uint64_t* slots, Registers& registers,
                        uint64_t* buffer) {
  using Words = uint64_t __attribute__((ext_vector_type(2)));
  ForEach(types, registers, buffer, 2, 2, [&](uint64_t* location, uint32_t slot, uint32_t size) {
    if (location == registers.floats[0] || location == registers.floats[1]) {
      *reinterpret_cast<Words*>(location) =
          size == 2 ? *reinterpret_cast<const Words*>(slots + slot) : Words{slots[slot], 0};
    } else {
      CopySlots(slots + slot, size, location);
    }
  });
}

#ifdef AIRWASM_HAS_NATIVE

namespace {

// Lets the callee take the place of the frame that compiled code stands in for.
[[noreturn]] void LeaveByTailCall(InstanceContext* ctx, const void* word, const Callee& callee,
                                  StubRegisters& registers, const void* frame) {
  StoreContext& store = *ctx->store;
  Activation* const activation = store.activation;
  uint64_t* const slots = activation->native_slots;
  if (slots + callee.frame_slots() > store.stack_limit)
    RaiseTrap(store, TrapKind::kCallStackExhausted, frame);
  ParamsToSlots(callee.type.params, registers.values, store.argbuf, slots);
  activation->tail_callee = word;
  activation->tail_ctx = ctx;
  airwasm_leave_native(activation, NativeOutcome::kTailCall);
}

// Whether the stub with this frame was jumped to by the function that was entered, or by what took
// its place: then it returns to the entry, whose frame pointer lies right below the stack pointer
// of that entry.
bool StandsForEntry(const Activation& activation, const void* frame) {
  const void* const entry_fp = static_cast<const uint64_t*>(activation.native_sp) - 2;
  return !activation.native_at_loop && *static_cast<const void* const*>(frame) == entry_fp;
}

[[noreturn]] void FailHostCall(StoreContext& store, TrapKind kind, const void* frame,
                               const SavedRegisters& registers) {
  const gc::Ref exception = std::exchange(store.store->pending_exception, gc::kNullRef);
  if (kind == TrapKind::kUncaughtException && exception != gc::kNullRef)
    ThrowNative(store, exception, frame, registers);
  RaiseTrap(store, kind, frame);
}

void CallHost(InstanceContext* ctx, const Callee& callee, uint64_t* slots,
              const StubRegisters& registers, const void* frame) {
  StoreContext& store = *ctx->store;
  Activation* const activation = store.activation;
  uint64_t* const top = std::exchange(activation->top, slots + callee.frame_slots());
  const HostFunc& host = *callee.host->host;
  HostCall call{store, ctx, slots, host.env};
  const bool granted =
      (store.capabilities->load(std::memory_order_relaxed) & host.gate.capabilities) != 0;
  const TrapKind kind = granted ? host.call(call) : host.gate.denied(call);
  activation->top = top;
  if (kind != TrapKind::kNone) [[unlikely]]
    FailHostCall(store, kind, frame, registers.saved);
  if (store.store->interrupted()) RaiseTrap(store, TrapKind::kInterrupted, frame);
}

void CallInterpreter(InstanceContext* ctx, const Callee& callee, uint64_t* slots,
                     const StubRegisters& registers, const void* frame) {
  StoreContext& store = *ctx->store;
  gc::Ref exception = gc::kNullRef;
  switch (
      store.store->executor().RunFromNative(*store.store, callee.code, *ctx, slots, &exception)) {
    case NativeOutcome::kReturned:
    case NativeOutcome::kTailCall:  // stays inside
      break;
    case NativeOutcome::kTrapped:
      // The nested activation has reported it.
      store.activation->reported = true;
      RaiseTrap(store, TrapKind::kHostError, frame);
    case NativeOutcome::kThrew:
      ThrowNative(store, exception, frame, registers.saved);
  }
}

}  // namespace

// Leads a call of compiled code to the interpreter or to a host function. `frame` is the stub's.
extern "C" [[gnu::used]] void airwasm_call_from_native(InstanceContext* ctx, const void* word,
                                                       StubRegisters* registers,
                                                       const void* frame) {
  StoreContext& store = *ctx->store;
  Activation* const activation = store.activation;
  activation->native_pc = nullptr;
  activation->native_fp = static_cast<const uint64_t*>(frame);
  const Callee callee = CalleeOf(*ctx, word);
  // Nesting here would make a chain of tail calls that alternates between the tiers grow the stack.
  if (callee.host == nullptr && StandsForEntry(*activation, frame))
    LeaveByTailCall(ctx, word, callee, *registers, frame);
  uint64_t* const slots = NewFrame(store, callee.frame_slots());
  if (slots == nullptr) RaiseTrap(store, TrapKind::kCallStackExhausted, frame);
  ParamsToSlots(callee.type.params, registers->values, store.argbuf, slots);
  (callee.host != nullptr ? CallHost : CallInterpreter)(ctx, callee, slots, *registers, frame);
  ResultsToRegisters(callee.type.results, slots, registers->values, store.argbuf);
}

extern "C" [[gnu::used, noreturn]] void airwasm_tail_call_from_loop(InstanceContext* ctx,
                                                                    const void* word,
                                                                    StubRegisters* registers,
                                                                    const void* frame) {
  LeaveByTailCall(ctx, word, CalleeOf(*ctx, word), *registers, frame);
}

// What a host function that compiled code has called by itself (jit/trampolines.cc) returned; or
// kInterrupted, found behind it. `frame` is that of the helper, above that of the trampoline.
extern "C" [[gnu::used, noreturn]] void airwasm_fail_host_call(InstanceContext* ctx, TrapKind kind,
                                                               const void* frame,
                                                               const SavedRegisters* registers) {
  FailHostCall(*ctx->store, kind, frame, *registers);
}

#endif

}  // namespace airwasm::runtime
