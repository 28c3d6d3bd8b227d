// The store: owner of every instance, function, memory, table, global and tag of one guest world.
//
// Entered by one thread at a time, by any thread; nothing of it is thread-local apart from the
// current activation. Addresses of what it owns are stable and live as long as it does. Spec: core,
// exec/runtime, store.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/gc/heap.h"
#include "engine/runtime/context.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/module.h"
#include "engine/runtime/native_host_call.h"

namespace airwasm::runtime {

struct InstanceImpl;
struct StoreImpl;

struct StoreLimits {
  uint64_t memory_bytes = UINT64_MAX;          // per memory
  uint64_t total_memory_bytes = UINT64_MAX;    // of all memories together
  uint64_t table_elements = 10'000'000;        // per table
  uint64_t total_table_elements = UINT64_MAX;  // of all tables together
  uint32_t instances = 10'000;
  uint32_t memories = 10'000;
  uint32_t tables = 10'000;
  uint64_t stack_bytes = 1 << 20;  // of the value stack
  uint64_t gc_heap_bytes = uint64_t{1} << 32;
  bool trap_on_grow_failure =
      false;  // GrowMemory and GrowTable then set host_error, and the guest ends in kHostError
};

// Innermost frames that a backtrace holds.
inline constexpr size_t kMaxBacktraceFrames = 100;

struct StoreOptions {
  StoreLimits limits;
  bool gc_stress = false;
  bool guard_pages =
      true;  // false: signals-free mode; no handler is installed and no memory needs a guard
};

// One external value: spec's externval.
using Extern = std::variant<FuncInst*, TableInst*, MemInst*, struct GlobalInst*, TagInst*>;

// A global and its type; `cell` lies in the defining instance's context block, or in the GlobalInst
// itself for host globals.
struct GlobalInst {
  GlobalCell* cell;
  GlobalType type;  // canonical
  GlobalCell own;
};

struct BacktraceFrame {
  std::shared_ptr<const Module> module;  // null for a host function
  Instance* instance = nullptr;          // as long as the store lives; null for a host function
  uint32_t func_index = 0;
  std::string func_name;
  size_t module_offset = 0;
  std::optional<SourceLocation> source;
};

struct Trap {
  TrapKind kind = TrapKind::kNone;
  std::string message;                    // TrapText(kind), or what the host function said
  std::vector<BacktraceFrame> backtrace;  // innermost first
  Ref exception =
      gc::kNullRef;  // kUncaughtException: the exnref; rooted by the store until the next call
  absl::Status host_error;  // kHostError
};

class Instance {
 public:
  Module& module() const { return *module_; }
  Store& store() const { return *store_; }
  InstanceContext* context() const { return context_; }

  // By module index. ref.func of an own function makes its FuncInst on first use.
  FuncInst* func(uint32_t index);
  MemInst* memory(uint32_t index);
  TableInst* table(uint32_t index);
  GlobalInst* global(uint32_t index);
  GlobalCell* global_cell(uint32_t index);
  TagInst* tag(uint32_t index);
  std::optional<Extern> FindExport(std::string_view name);

  // Segments: bytes of a data segment (empty once dropped), elements of an element segment.
  std::span<const uint8_t> data(uint32_t index) const;
  void DropData(uint32_t index);
  uint64_t elem_size(uint32_t index) const;  // 0 once dropped
  Ref elem(uint32_t index,
           uint64_t i);  // evaluated at instantiation, or made on demand for function indices
  void DropElem(uint32_t index);

  Instance();
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

 private:
  friend class Instantiator;
  friend struct StoreImpl;
  std::shared_ptr<Module> module_;
  Store* store_ = nullptr;
  InstanceContext* context_ = nullptr;
  std::unique_ptr<InstanceImpl> impl_;
};

class Store {
 public:
  Store(std::shared_ptr<TypeRegistry> types, Executor& executor, const StoreOptions& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  StoreContext& context() { return context_; }
  const StoreContext& context() const { return context_; }
  TypeRegistry& types() const { return *types_; }
  const std::shared_ptr<TypeRegistry>& shared_types() const { return types_; }
  Executor& executor() const { return executor_; }
  gc::Heap& heap();  // made on first use
  const StoreLimits& limits() const { return options_.limits; }
  bool uses_signals() const { return context_.uses_signals != 0; }

  // Spec: core, exec/modules, instantiation. `imports` in the order of the module's imports.
  // Errors: FAILED_PRECONDITION "unknown import" / "incompatible import type" with both types
  // named; RESOURCE_EXHAUSTED limits. A trap of a segment or of the start function is returned in
  // `*trap`, with a null instance.
  absl::StatusOr<Instance*> Instantiate(std::shared_ptr<Module> module,
                                        std::span<const Extern> imports, Trap* trap);

  // What guests may ask of the host (HostCallGate): everything until this is called.
  // `word` outlives the store and may change at any time, from any thread.
  void SetCapabilities(const std::atomic<uint64_t>& word) { context_.capabilities = &word; }

  // Host-made entities.
  // Types are canonical. Null when the registry has no room for the type.
  FuncInst* NewHostFunc(const FuncType& type, HostFunc func);
  // The function kept under `key`, for those who would make the same one again for each instance;
  // null: none yet.
  FuncInst* KeptHostFunc(uint64_t key) const;
  void KeepHostFunc(uint64_t key, FuncInst* func);
  absl::StatusOr<MemInst*> NewMemory(const MemoryType& type);
  absl::StatusOr<TableInst*> NewTable(const TableType& type, Ref init);
  GlobalInst* NewGlobal(const GlobalType& type, const uint64_t value[2]);
  TagInst* NewTag(TypeId type);

  // A call in two steps. PrepareCall returns where the arguments go, laid out by LayOutSlots, or
  // null when the value stack has no room for them: CallInPlace then ends in kCallStackExhausted.
  // Results lie there after CallInPlace until the next call. Nothing may be called in between.
  // Nested calls from host functions are fine. False: trapped; `*trap` says how, or TakeTrap()
  // when `trap` is null.
  uint64_t* PrepareCall(const FuncInst* func) {
    return NewFrame(std::max(func->param_slots, func->result_slots));
  }
  bool CallInPlace(FuncInst* func, uint64_t* frame, Trap* trap = nullptr) {
    const void* const entry = NativeEntryOf(*func);
    const bool ok = entry != nullptr && frame != nullptr ? CallNative(context_, *func, frame, entry)
                                                         : executor_.Call(*this, *func, frame);
    return ok || (trap != nullptr && GiveTrap(trap));
  }
  // The same at once: arguments are taken from slots[0..] and results put there; `slots` has room
  // for both.
  bool Call(FuncInst* func, uint64_t* slots, Trap* trap = nullptr) {
    const void* const entry = NativeEntryOf(*func);
    const bool ok =
        entry != nullptr ? CallNative(context_, *func, slots, entry) : CallWithCopies(*func, slots);
    return ok || (trap != nullptr && GiveTrap(trap));
  }
  // How the newest call that was given no place for its trap ended.
  Trap TakeTrap();

  // Where the frame of a call from the host goes; null: the value stack has no room.
  uint64_t* NewFrame(uint32_t slots);

  // For EnterWasm: makes the Trap that TakeTrap returns, of an entry that failed (null) or of an
  // activation that ended with `kind`. Returns false, for its callers to return.
  bool FailCall(TrapKind kind, const Activation* activation);

  // What a host function is when none of its capabilities is granted and it has no `denied`.
  static TrapKind DenyHostCall(HostCall& call);

  // Growth with all limits applied; the old size, or -1 (UINT64_MAX) when refused.
  uint64_t GrowMemory(MemInst* memory, uint64_t delta_pages);
  uint64_t GrowTable(TableInst* table, uint64_t delta, Ref init);

  // From any thread: the guest stops at its next loop header or call with TrapKind::kInterrupted.
  // Stays set until ClearInterrupt.
  void Interrupt();
  void ClearInterrupt();
  bool interrupted() const { return InterruptPending(*context_.poll_word); }
  // `hook` is called by Interrupt, on the interrupting thread, to wake a host function that blocks.
  // It must not call back into the store's hooks. Once RemoveInterruptHook returns, the hook is not
  // running and will not run. Threads: any.
  uint64_t AddInterruptHook(std::function<void()> hook);
  void RemoveInterruptHook(uint64_t id);

  // Bytes of all linear memories that this store has made or adopted, and by which it has grown
  // them.
  uint64_t memory_bytes() const;
  // Elements of all tables.
  uint64_t table_elements() const;
  // Instances that were made, those whose instantiation trapped included, without the engine's own.
  uint64_t instance_count() const;
  // The part of the value stack that has been in use, of which compiled code takes little: it has
  // its frames on the thread's stack. Looks at all of it: for a report at the end.
  uint64_t stack_peak_bytes() const;
  // Makes another store's shared memory one of this store's too: the same MemInst, which lives as
  // long as the last store that has it. Threads: any.
  absl::StatusOr<MemInst*> AdoptSharedMemory(MemInst& memory);

  // Calls `drop(object)` when the store goes.
  void KeepAlive(void* object, void (*drop)(void* object));
  // For the embedding layer; the runtime does not look at it.
  void* embedder_data = nullptr;
  // State of the layers above, each under the address of a key of its own. It lives as long as the
  // store, or until something else is attached under that key.
  void Attach(const void* key, std::shared_ptr<void> state) {
    for (auto& [other, old] : attached_) {
      if (other == key) return void(old = std::move(state));
    }
    attached_.emplace_back(key, std::move(state));
  }
  void* Attached(const void* key) const {
    for (const auto& [other, state] : attached_) {
      if (other == key) return state.get();
    }
    return nullptr;
  }

  int64_t fuel() const { return context_.fuel; }
  void set_fuel(int64_t fuel) { context_.fuel = fuel; }

  // The failure of a host function on its way to the caller (TrapKind::kHostError), and the
  // exception it raised.
  absl::Status host_error;
  Ref pending_exception = gc::kNullRef;

  // The wasm frames below the current host call or trap, innermost first; at most
  // kMaxBacktraceFrames.
  std::vector<BacktraceFrame> Backtrace();

 private:
  friend class Instantiator;
  friend struct StoreImpl;
  bool GiveTrap(Trap* trap);  // always false
  static const void* NativeEntryOf(const FuncInst& func) {
    return func.code->native_entry.load(std::memory_order_acquire);
  }
  bool CallWithCopies(FuncInst& func, uint64_t* slots);

  std::shared_ptr<TypeRegistry> types_;
  Executor& executor_;
  StoreOptions options_;
  StoreContext context_{};
  std::unique_ptr<StoreImpl> impl_;
  std::vector<std::pair<const void*, std::shared_ptr<void>>> attached_;  // goes first
};

inline uint64_t* Store::NewFrame(uint32_t slots) {
  uint64_t* frame = context_.first_frame;
  if (context_.activation != nullptr) [[unlikely]] {
    const auto lowest = reinterpret_cast<uintptr_t>(context_.activation->top + kFrameHeaderSlots);
    frame = reinterpret_cast<uint64_t*>((lowest + 15) & ~uintptr_t{15});
  }
  return frame + slots <= context_.stack_limit ? frame : nullptr;
}

}  // namespace airwasm::runtime
