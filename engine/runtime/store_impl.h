// What a store and an instance own. For the runtime's own files only.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/gc/heap.h"
#include "engine/runtime/memory_mapping.h"
#include "engine/runtime/os_memory.h"
#include "engine/runtime/store.h"
#include "engine/runtime/table.h"

namespace airwasm::runtime {

template <typename T>
using Owned = std::vector<std::unique_ptr<T>>;

struct HostFuncEntry {
  FuncInst inst;
  HostFunc host;
};

// Room for `count` more, so that push_back cannot fail; grows as push_back does.
template <typename T>
void ReserveMore(std::vector<T>& vector, size_t count) {
  const size_t needed = vector.size() + count;
  if (needed > vector.capacity()) vector.reserve(std::max(needed, 2 * vector.capacity()));
}

struct StoreImpl {
  Owned<Instance> instances;  // those whose instantiation trapped included: their functions may be
                              // in imported tables
  size_t internal_instances = 0;  // of them: ModuleOptions::is_internal
  Owned<OwnedTable> tables;
  std::vector<std::shared_ptr<MemoryMapping>> memories;
  Owned<GlobalInst> globals;
  Owned<TagInst> tags;
  Owned<HostFuncEntry> host_funcs;
  std::unordered_map<uint64_t, FuncInst*> kept_host_funcs;
  std::vector<std::pair<void*, void (*)(void*)>> kept_alive;
  uint64_t total_memory_bytes = 0;
  uint64_t total_table_elements = 0;

  std::vector<GlobalCell> const_operands;  // of constant expressions under evaluation: roots
  // Of the newest call that gave no place for it. No pointer: a trap that tells of too little
  // memory must not need any.
  Trap untaken_trap;
  Ref trap_exception = gc::kNullRef;  // what the last Trap handed out: a root
  std::unique_ptr<gc::Heap> heap;

  Region region;              // the poll page, then the value stack
  uint64_t* stack = nullptr;  // lowest slot
  InstanceContext host_context{};

  std::mutex hooks_mutex;
  uint64_t next_hook_id = 1;
  std::vector<std::pair<uint64_t, std::function<void()>>> hooks;

  static StoreImpl& Of(Store& store) { return *store.impl_; }
  static InstanceImpl& Of(Instance& instance) { return *instance.impl_; }

  // RESOURCE_EXHAUSTED when the store's limits leave no room for `count` more.
  absl::Status CheckMemoryCount(const StoreLimits& limits, size_t count) const;
  absl::Status CheckTableCount(const StoreLimits& limits, size_t count) const;
  // Bytes that one memory may have, given what the others take.
  uint64_t MemoryBytesLeft(const StoreLimits& limits) const {
    return limits.total_memory_bytes - std::min(total_memory_bytes, limits.total_memory_bytes);
  }
  // Elements that one table may have, likewise.
  uint64_t TableElementsLeft(const StoreLimits& limits) const {
    return limits.total_table_elements -
           std::min(total_table_elements, limits.total_table_elements);
  }
  MemInst* Add(std::shared_ptr<MemoryMapping> mapping);
  TableInst* Add(std::unique_ptr<OwnedTable> table);
  // The first instance of a module here: whose frame it is in compiled code, which keeps no track.
  Instance* InstanceOf(const Module* module) const {
    for (const std::unique_ptr<Instance>& instance : instances) {
      if (&instance->module() == module) return instance.get();
    }
    return nullptr;
  }
  // Reports everything that may hold a reference.
  void EnumerateRoots(const Store& store, gc::RootVisitor& visitor) const;
};

struct FreeDeleter {
  void operator()(void* p) const { std::free(p); }
};

struct InstanceImpl {
  // FuncInsts of defined functions come into being in chunks, when one of them is first referred
  // to.
  static constexpr uint32_t kFuncsPerChunk = 16;

  std::unique_ptr<void, FreeDeleter> context_block;
  std::unique_ptr<std::unique_ptr<FuncInst[]>[]> func_chunks;
  std::vector<GlobalInst*> imported_globals;
  std::unordered_map<uint32_t, GlobalInst*>
      own_globals;  // made when the host or an importer asks; by GlobalIdx
  std::unique_ptr<TagInst[]> own_tags;
  // Values of segments given by expressions; empty if there are none. A dropped segment's vector is
  // empty.
  std::vector<std::vector<Ref>> elem_values;
  std::vector<bool> dropped_data;  // empty until a passive segment is dropped
  std::vector<bool> dropped_elems;
};

}  // namespace airwasm::runtime
