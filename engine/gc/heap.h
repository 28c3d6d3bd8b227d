// The garbage-collected heap of one store: a reserved cage of blocks, bump allocation into free
// lines, mark-region collection (Immix) with conservative roots.
//
// Objects never move while a stack may refer to them; so references on stacks are plain words and
// compiled code needs no stack maps. Threads: as the store, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/gc/object.h"

namespace airwasm::gc {

// Handed to the root enumerator at each collection.
class RootVisitor {
 public:
  // Every aligned word in [begin, end) that could be a reference into the heap, interior pointers
  // included, keeps its object alive.
  virtual void Conservative(const void* begin, const void* end) = 0;
  // One exact reference: null, i31, an object of this heap, or a word that is no heap address (a
  // funcref), which is ignored.
  virtual void Exact(Ref ref) = 0;

 protected:
  ~RootVisitor() = default;
};

struct HeapOptions {
  uint64_t limit_bytes =
      uint64_t{1}
      << 32;            // live and free memory together never exceed it; at most the cage of 4 GiB
  bool stress = false;  // collect at every allocation: for tests
};

struct HeapStats {
  uint64_t collections = 0;
  uint64_t bytes_committed = 0;
  uint64_t bytes_live_after_last_collection = 0;
  uint64_t pause_ns_total = 0;
};

class Heap {
 public:
  // `roots` is called during a collection, with all registers spilled to the native stack above its
  // frame: it reports that stack, from its own frame to where the host entered wasm, and the value
  // stacks through Conservative, everything else that the store holds through Exact. `run`, if not
  // null, is where the heap keeps its free run, and outlives it.
  Heap(const TypeRegistry& types, const HeapOptions& options,
       std::function<void(RootVisitor&)> roots, FreeRun* run = nullptr);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // Zeroed objects (null and zero fields) with their headers set; nullptr when the limit leaves no
  // room even after a collection. Any of these may collect: every live reference must be in a place
  // that `roots` reports.
  Object* NewStruct(const CanonicalType& type) {
    if (auto* object = static_cast<Object*>(TryBump(type.size_bytes))) [[likely]] {
      object->type = type.id;
      return object;
    }
    return NewStructSlow(type);
  }
  // `length` elements. nullptr also when the size in bytes exceeds the limit.
  ArrayObject* NewArray(const CanonicalType& type, uint32_t length);
  ExternBox* NewExternBox(uint64_t host_value);
  ExceptionObject* NewException(void* tag, uint32_t num_slots);

  // References kept alive by the host across calls. Handles are small integers; 0 is never one.
  uint32_t AddRoot(Ref ref);
  Ref GetRoot(uint32_t handle) const;
  void RemoveRoot(uint32_t handle);

  void Collect();
  HeapStats stats() const;
  // True when `address` lies in the cage (not whether an object is there).
  bool Contains(const void* address) const;

 private:
  // Bump allocation in the current run of free lines, which is zero already; nullptr when it does
  // not fit or in stress mode.
  void* TryBump(size_t size_bytes) {
    uint8_t* const start = run_->cursor;
    if (size_bytes > static_cast<size_t>(run_->limit - start)) [[unlikely]]
      return nullptr;
    run_->cursor = start + size_bytes;
    return start;
  }
  Object* NewStructSlow(const CanonicalType& type);
  void* AllocateSlow(size_t size_bytes);
  void* AllocateSmall(size_t size_bytes);
  void* AllocateLarge(size_t size_bytes);

  FreeRun own_run_;
  FreeRun* const run_;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace airwasm::gc
