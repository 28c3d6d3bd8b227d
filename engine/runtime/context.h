// The memory layouts that every tier shares: the instance context block, the frame on a value
// stack, functions, memories, tables.
//
// FRAME (64-bit slots; fp is 16-byte aligned):
//     fp[-3]  return pc          where the caller continues (a register-code cell)
//     fp[-2]  caller's fp        0 in the first frame of an activation
//     fp[-1]  InstanceContext*   of the function that runs in this frame
//     fp[0..] parameters, then locals, then temporaries; a v128 takes two slots, the first one even
//     (LayOutSlots)
//   The callee's fp lies in the caller's outgoing-argument area, so passing arguments copies
//   nothing. Results are written from fp[0] upward, laid out like parameters, and the caller finds
//   them there.
//
// INSTANCE CONTEXT: a fixed head, then variable parts at byte offsets that ContextLayout computes
// once per module.
//
// Every offset below is relied upon by register code (and later by compiled code); a static_assert
// guards each.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "airwasm/trap_kind.h"
#include "airwasm/types.h"
#include "engine/gc/object.h"

namespace airwasm::gc {
class Heap;
}
namespace airwasm::interp {
struct Cell;  // one cell of register code
}

namespace airwasm::runtime {

using gc::Ref;
using interp::Cell;

class Instance;
class Module;
class Store;
struct FuncInst;
struct InstanceContext;
struct HostFunc;
struct MemInst;
struct StoreContext;
struct TableInst;
struct TagInst;

inline constexpr int kFrameReturnPc = -3;
inline constexpr int kFrameCallerFp = -2;
inline constexpr int kFrameContext = -1;
inline constexpr uint32_t kFrameHeaderSlots = 3;

// The code of one function of a module, shared by all its instances. `entry` is what the
// interpreter jumps to: first the cell that validates and translates the body, then the translated
// body, then perhaps a cell that enters compiled code. `native` is what compiled code calls: a stub
// that leads to `entry` or to the host (native.h), or compiled code.
struct FuncCode {
  std::atomic<const Cell*> entry{nullptr};         // 0
  std::atomic<const void*> native{nullptr};        // 8: of the universal signature
  const FuncCode* self = this;                     // 16: the callee word of a direct call
  std::atomic<const void*> native_entry{nullptr};  // 24: of the entry signature; null: interpreted
  Module* module = nullptr;                        // null for host functions
  uint32_t func_index = 0;                         // FuncIdx
  TypeId type = 0;                                 // canonical
  uint32_t param_slots = 0;
  uint32_t result_slots = 0;
  uint32_t frame_slots = 0;  // params + locals + temporaries + outgoing area; valid once translated
};
static_assert(offsetof(FuncCode, entry) == 0 && offsetof(FuncCode, native) == 8);
static_assert(offsetof(FuncCode, self) == 16 && offsetof(FuncCode, native_entry) == 24);

// Spec: core, exec/runtime, function instances. A funcref is the address of one of these; it lives
// as long as its store.
struct FuncInst {
  const FuncCode* code;
  InstanceContext* ctx;  // of the defining instance; for host functions the store's host context
  TypeId type;           // canonical
  uint16_t param_slots;  // of its type: at most 1000 values of two slots each
  uint16_t result_slots;
  HostFunc* host;      // null for wasm functions
  Instance* instance;  // null for host functions
};
static_assert(offsetof(FuncInst, code) == 0 && offsetof(FuncInst, ctx) == 8);
static_assert(offsetof(FuncInst, type) == 16 && offsetof(FuncInst, host) == 24);
static_assert(offsetof(FuncInst, param_slots) == 20 && offsetof(FuncInst, result_slots) == 22);

struct StackRange {
  uint64_t* begin;  // lowest slot
  uint64_t* end;    // one past the last slot that frames may use; a guard region lies above
};

// One stretch of wasm on the native stack: pushed when the host calls into wasm, popped when that
// call ends.
//
// FAST: what an entry clears lies side by side (native_host_call.cc).
struct Activation {
  Activation* previous;  // 0
  // Compiled code in this activation stands above the interpreter's frames (native_entry.h): the
  // stack pointer and the frame pointer of its entry, which a trap goes back to and where a walk
  // over its frames ends.
  void* native_sp;         // 8
  const void* native_end;  // 16
  // Where compiled code stands while it is out of itself; native_fp is null while there is none.
  // native_pc: the instruction that trapped, in the frame native_fp; null when native_fp is the
  // frame of what compiled code has called.
  const void* native_pc;      // 24
  const uint64_t* native_fp;  // 32
  // Where wasm stands while it is out of the interpreter: written before host calls and slow paths
  // that can collect, trap or be asked for a backtrace, and by the trap paths.
  const Cell* pc;       // 40
  uint64_t* fp;         // 48: means nothing while pc is null
  TrapKind trap;        // 56: kNone while running
  bool reported;        // 57: the store has the Trap already, with its backtrace
  bool native_at_loop;  // 58: native_slots was entered at a loop of its function
  StoreContext* store;  // 64
  uint64_t* first_fp;   // 72: frame of the interpreted function that the host called
  uint64_t* top;        // 80: one past the last slot in use; a nested entry puts its frames above
  // The frame that the compiled code stands in for.
  uint64_t* native_slots;  // 88
  Ref exception;           // 96: the exnref, when trap is kUncaughtException
  // What takes its place when it ends in a tail call that leaves compiled code
  // (NativeOutcome::kTailCall): a FuncInst* or FuncCode::self (native.h), and its context. The
  // arguments are in place.
  const void* tail_callee;
  InstanceContext* tail_ctx;
};

// Bits of the poll word.
inline constexpr uint32_t kPollInterrupt = 1;  // stop: TrapKind::kInterrupted
inline constexpr uint32_t kPollSample = 2;     // tell the tiers what runs just now (executor.h)
inline bool InterruptPending(const std::atomic<uint32_t>& poll_word) {
  return (poll_word.load(std::memory_order_relaxed) & kPollInterrupt) != 0;
}

// What code reaches of its store. One per store.
struct StoreContext {
  // Looked at by the interpreter at loop headers and function entries, by compiled code where
  // signals do not interrupt it.
  std::atomic<uint32_t>* poll_word;  // 0
  uint64_t* stack_limit;             // 8: frames must end at or below this slot
  int64_t fuel;  // 16: fuel left; code translated in fuel mode traps when it goes below zero
  Activation* activation;         // 24: the newest one
  gc::Heap* heap;                 // 32
  Store* store;                   // 40
  InstanceContext* host_context;  // 48: context block of host functions: no memory, no tables
  uint64_t* first_frame;  // 56: where the frame of a call from the host lies when no wasm is active
  uintptr_t native_limit;  // 64: compiled code must not take its stack pointer below this
  uint64_t* argbuf;        // 72: arguments and results that find no register
  std::atomic<int32_t> native_thread;  // 80: the thread that entered compiled code last; 0: none
  uint8_t uses_signals;                // 84: 0 or 1 (StoreOptions::guard_pages)
  // 88: what guests may ask of the host (HostCallGate); changes take effect with the next call.
  const std::atomic<uint64_t>* capabilities;
  // Where a signal found compiled code last, and where that function returns to; 0: nowhere since
  // it was read.
  std::atomic<uintptr_t> sampled_pc;
  std::atomic<uintptr_t> sampled_return_pc;
  gc::FreeRun free_run;  // 112: of `heap`
  // 128: how far below an entry that lies in no other native_limit is (StoreOptions::stack_bytes).
  uintptr_t native_stack_bytes;
};
static_assert(offsetof(StoreContext, stack_limit) == 8 && offsetof(StoreContext, fuel) == 16);
static_assert(offsetof(StoreContext, activation) == 24 && offsetof(StoreContext, heap) == 32);
static_assert(offsetof(StoreContext, native_limit) == 64 && offsetof(StoreContext, argbuf) == 72);
static_assert(offsetof(StoreContext, native_thread) == 80 &&
              offsetof(StoreContext, uses_signals) == 84);
static_assert(offsetof(StoreContext, capabilities) == 88 &&
              offsetof(StoreContext, free_run) == 112);
static_assert(offsetof(StoreContext, native_stack_bytes) == 128);

// Head of the context block.
struct alignas(16) InstanceContext {
  uint8_t* mem0_base;  // 0: memories[0]->base, or null without a memory. Never changes: memories do
                       // not move.
  MemInst* mem0;       // 8
  StoreContext* store;                     // 16
  Instance* instance;                      // 24
  const std::atomic<uint32_t>* poll_word;  // 32: copy of store->poll_word, one load nearer; every
                                           // context block has it, the host's too
  const void* const* helpers;              // 40: the functions of native_helpers.def
  FuncCode* func_codes;                    // 48: of the module, by FuncIdx
  const TypeId* type_ids;                  // 56: of the module, by TypeIdx
  // ContextLayout places behind it: FuncInst* of imported functions, MemInst*, TableInst*, pointers
  // to imported globals, TagInst*, own globals.
  template <typename T>
  T& At(uint32_t offset) {
    return *reinterpret_cast<T*>(reinterpret_cast<uint8_t*>(this) + offset);
  }
};
static_assert(offsetof(InstanceContext, store) == 16 && offsetof(InstanceContext, poll_word) == 32);
static_assert(offsetof(InstanceContext, helpers) == 40 &&
              offsetof(InstanceContext, type_ids) == 56);
static_assert(sizeof(InstanceContext) == 64);

// A global's storage: 16 bytes, so that any value type fits. Imported globals are reached through a
// pointer to the exporter's cell.
struct alignas(16) GlobalCell {
  uint64_t slots[2];
};

// Byte offsets from the InstanceContext, equal for all instances of a module.
struct ContextLayout {
  uint32_t imported_funcs = 0;    // FuncInst*[]
  uint32_t memories = 0;          // MemInst*[]
  uint32_t tables = 0;            // TableInst*[]
  uint32_t imported_globals = 0;  // GlobalCell*[]
  uint32_t tags = 0;              // TagInst*[]
  uint32_t own_globals = 0;       // GlobalCell[]
  uint32_t size_bytes = 0;
  uint32_t ImportedFunc(uint32_t i) const { return imported_funcs + 8 * i; }
  uint32_t Memory(uint32_t i) const { return memories + 8 * i; }
  uint32_t Table(uint32_t i) const { return tables + 8 * i; }
  uint32_t ImportedGlobal(uint32_t i) const { return imported_globals + 8 * i; }
  uint32_t Tag(uint32_t i) const { return tags + 8 * i; }
  uint32_t OwnGlobal(uint32_t i) const {
    return own_globals + 16 * i;
  }  // i counts from the first defined global
};

// Spec: core, exec/runtime, memory instances.
struct MemInst {
  uint8_t* base;                     // 0: never changes
  std::atomic<uint64_t> size_bytes;  // 8: never shrinks; so a stale value is safe to check against
  MemoryType type;                   // limits.min is the declared one
  bool guarded;  // every 32-bit address plus 32-bit offset faults beyond size_bytes: no explicit
                 // checks needed
  struct MemoryMapping* mapping;  // who owns the reservation (memory.h)
};
static_assert(offsetof(MemInst, base) == 0 && offsetof(MemInst, size_bytes) == 8);

// Spec: core, exec/runtime, table instances. Elements are Refs. In a table with `lazy` set, a zero
// element may stand for a function of an active element segment that nobody has read yet: read
// through TableGet (table.h), never directly.
struct TableInst {
  Ref* elements;              // 0: never changes: reserved up to the maximum
  uint64_t size;              // 8: elements
  struct LazyElements* lazy;  // 16: null when no element is pending
  TableType type;             // element type canonical
  uint64_t max;               // elements that growth may reach
};
static_assert(offsetof(TableInst, elements) == 0 && offsetof(TableInst, size) == 8 &&
              offsetof(TableInst, lazy) == 16);

// Spec: core, exec/runtime, tag instances. Identity is the address.
struct TagInst {
  TypeId type;  // canonical function type
  uint32_t param_slots;
};

}  // namespace airwasm::runtime
