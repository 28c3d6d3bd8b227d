// A store: one guest world, with its limits, its fuel and its garbage-collected heap.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "airwasm/engine.h"

namespace airwasm {

namespace runtime {
class Store;
}

struct StoreOptions {
  // Limits of what the guest may take. Growing beyond one fails as the specification says
  // (memory.grow yields -1); making an instance beyond one is RESOURCE_EXHAUSTED.
  uint64_t max_memory_bytes = UINT64_MAX;          // per memory
  uint64_t max_total_memory_bytes = UINT64_MAX;    // all memories together
  uint64_t max_table_elements = 10'000'000;        // per table
  uint64_t max_total_table_elements = UINT64_MAX;  // all tables together
  uint32_t max_instances = 10'000;
  uint32_t max_memories = 10'000;
  uint32_t max_tables = 10'000;
  // Of interpreted frames, and likewise of compiled ones, which may be less as they lie on the
  // thread's stack; at least 64 KiB. Exceeding it traps (kCallStackExhausted).
  uint64_t max_stack_bytes = uint64_t{1} << 20;
  uint64_t max_gc_heap_bytes = uint64_t{1} << 32;  // at most 4 GiB
  bool trap_on_grow_failure = false;  // memory.grow and table.grow trap where they would yield -1
  // For tests of collector and embedder: collect at every allocation.
  bool gc_stress = false;
};

// A call that found no memory leaves the store as any trap does: it can be used further.
// Threads: one at a time, any thread; Interrupter may be used from any thread at any time.
class Store {
 public:
  explicit Store(const Engine& engine, const StoreOptions& options = {});
  ~Store();
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;

  // Fuel counts instructions: each costs one. Only with EngineOptions::fuel.
  void SetFuel(uint64_t fuel);
  uint64_t Fuel() const;

  // Stops the guest from another thread: it traps with kInterrupted at its next loop iteration or
  // call, also when it is blocked in a wait. Compiled code is told by SIGURG: an embedder that
  // blocks that signal later than a thread's first call takes it from this. The request stays until
  // Clear. An Interrupter may outlive its store; it then does nothing.
  class Interrupter {
   public:
    void Interrupt() const;
    void Clear() const;

   private:
    friend class Store;
    struct State;
    std::shared_ptr<State> state_;
  };
  Interrupter interrupter() const;

  // What the guests may ask of the host, as bits that functions name (HostCallGate):
  // everything until this is called. `word` outlives the store; it may change at any time, from any
  // thread, and the next call sees that.
  void SetCapabilities(const std::atomic<uint64_t>& word);

  void CollectGarbage();
  // Bytes of the garbage-collected heap that are in use.
  uint64_t GcHeapBytes() const;
  // Bytes of all linear memories of this store.
  uint64_t MemoryBytes() const;
  // Elements of all its tables.
  uint64_t TableElements() const;
  // Instances of modules that were made in it.
  uint64_t Instances() const;
  // The most of max_stack_bytes that has been in use. Interpreted functions have their frames
  // there, compiled ones on the thread's stack. Takes a look at all of it.
  uint64_t StackPeakBytes() const;

  // A place for the embedder's own state, reachable from host functions.
  void set_data(std::shared_ptr<void> data);
  void* data() const;

  const Engine& engine() const;
  runtime::Store& impl() const { return *impl_; }  // for the engine's own layers

 private:
  friend class Caller;
  friend class Instance;
  friend struct TrapAccess;
  struct Extra;
  std::unique_ptr<Extra> extra_;  // outlives impl_
  std::unique_ptr<runtime::Store> impl_;
};

}  // namespace airwasm
