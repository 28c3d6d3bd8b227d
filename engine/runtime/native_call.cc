// The C++ half of the stubs between compiled code and slots: which value travels in which register
// (native.h), read from function types at run time.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "airwasm/host_call.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/store.h"

namespace airwasm::runtime {
namespace {

struct alignas(16) Registers {
  uint64_t ints[6];  // five, and padding
  uint64_t floats[8][2];
};
static_assert(sizeof(Registers) == 176);
// What NativeStub keeps on its stack.
struct StubRegisters {
  Registers values;
  SavedRegisters saved;
};
static_assert(offsetof(StubRegisters, saved) == 176);

// Calls visit(location, slot, slots) for each value: `location` is a register or a place in the
// buffer.
template <typename Visit>
void ForEach(std::span<const ValType> types, Registers& registers, uint64_t* buffer, uint32_t ints,
             uint32_t floats, Visit visit) {
  uint32_t next_int = 0, next_float = 0, slot = 0;
  for (const ValType type : types) {
    const uint32_t size = type.slots();
    if (size == 2) slot = (slot + 1) & ~1u;
    const ValKind kind = type.kind();
    const bool is_float = kind == ValKind::kF32 || kind == ValKind::kF64 || kind == ValKind::kV128;
    uint64_t* location = buffer;
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

const FuncType& TypeOf(const InstanceContext& ctx, TypeId type) {
  return ctx.store->store->types().Get(type).type.func;
}

void RegistersToSlots(std::span<const ValType> types, Registers& registers, uint64_t* buffer,
                      uint64_t* slots) {
  ForEach(types, registers, buffer, 5, 8, [&](uint64_t* location, uint32_t slot, uint32_t size) {
    std::memcpy(slots + slot, location, 8 * size_t{size});
  });
}

void SlotsToRegisters(std::span<const ValType> types, const uint64_t* slots, uint32_t ints,
                      uint32_t floats, Registers& registers, uint64_t* buffer) {
  ForEach(types, registers, buffer, ints, floats,
          [&](uint64_t* location, uint32_t slot, uint32_t size) {
            std::memcpy(location, slots + slot, 8 * size_t{size});
          });
}

// Room for a frame above all that is in use on the value stack; null: there is none.
uint64_t* NewFrame(const StoreContext& store, uint32_t slots) {
  const auto lowest = reinterpret_cast<uintptr_t>(store.activation->top + kFrameHeaderSlots);
  auto* const frame = reinterpret_cast<uint64_t*>((lowest + 15) & ~uintptr_t{15});
  return frame + slots <= store.stack_limit ? frame : nullptr;
}

}  // namespace

#ifdef AIRWASM_HAS_NATIVE

// Leads a call of compiled code to the interpreter or to a host function. `frame` is the stub's.
extern "C" [[gnu::used]] void airwasm_call_from_native(InstanceContext* ctx, const void* callee,
                                                       StubRegisters* registers,
                                                       const void* frame) {
  StoreContext& store = *ctx->store;
  Activation* const activation = store.activation;
  activation->native_pc = nullptr;
  activation->native_fp = static_cast<const uint64_t*>(frame);
  FuncCode& code = **static_cast<FuncCode* const*>(callee);
  const bool is_host = code.module == nullptr;
  const auto* const func = static_cast<const FuncInst*>(callee);  // of a host function only
  const FuncType& type = TypeOf(*ctx, is_host ? func->type : code.type);
  const uint32_t param_slots = is_host ? func->param_slots : code.param_slots;
  const uint32_t result_slots = is_host ? func->result_slots : code.result_slots;
  const uint32_t frame_slots = std::max(param_slots, result_slots);
  uint64_t* const slots = NewFrame(store, frame_slots);
  if (slots == nullptr) RaiseTrap(store, TrapKind::kCallStackExhausted, frame);
  RegistersToSlots(type.params, registers->values, store.argbuf, slots);
  if (is_host) {
    uint64_t* const top = std::exchange(activation->top, slots + frame_slots);
    HostCall call{store, ctx, slots, func->host->env};
    const TrapKind kind = func->host->call(call);
    activation->top = top;
    if (kind != TrapKind::kNone) [[unlikely]] {
      const gc::Ref exception = std::exchange(store.store->pending_exception, gc::kNullRef);
      if (kind == TrapKind::kUncaughtException && exception != gc::kNullRef)
        ThrowNative(store, exception, frame, registers->saved);
      RaiseTrap(store, kind, frame);
    }
    if (store.store->interrupted()) RaiseTrap(store, TrapKind::kInterrupted, frame);
  } else {
    gc::Ref exception = gc::kNullRef;
    switch (store.store->executor().RunFromNative(*store.store, code, *ctx, slots, &exception)) {
      case NativeOutcome::kReturned:
        break;
      case NativeOutcome::kTrapped:
        // The nested activation has reported it.
        activation->reported = true;
        RaiseTrap(store, TrapKind::kHostError, frame);
      case NativeOutcome::kThrew:
        ThrowNative(store, exception, frame, registers->saved);
    }
  }
  SlotsToRegisters(type.results, slots, 2, 2, registers->values, store.argbuf);
}

extern "C" [[gnu::used]] void airwasm_load_arguments(InstanceContext* ctx, const void* callee,
                                                     const uint64_t* slots, Registers* registers) {
  const FuncCode& code = **static_cast<FuncCode* const*>(callee);
  SlotsToRegisters(TypeOf(*ctx, code.type).params, slots, 5, 8, *registers, ctx->store->argbuf);
}

extern "C" [[gnu::used]] void airwasm_save_results(InstanceContext* ctx, const void* callee,
                                                   uint64_t* slots, Registers* registers) {
  const FuncCode& code = **static_cast<FuncCode* const*>(callee);
  ForEach(TypeOf(*ctx, code.type).results, *registers, ctx->store->argbuf, 2, 2,
          [&](const uint64_t* location, uint32_t slot, uint32_t size) {
            std::memcpy(slots + slot, location, 8 * size_t{size});
          });
}

#endif

}  // namespace airwasm::runtime
