#include "engine/gc/heap.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <new>
#include <vector>

#include "engine/gc/block_space.h"
#include "engine/gc/fresh_runs.h"
#include "engine/gc/marker.h"

namespace airwasm::gc {
namespace {

// A collection runs when as much was allocated as was live after the last one, but never for less
// than this.
constexpr size_t kMinAllocationBetweenCollections = size_t{16} << 20;

constexpr size_t RoundUp(size_t bytes) {
  return (bytes + kGranuleBytes - 1) & ~(kGranuleBytes - 1);
}

}  // namespace

struct Heap::Impl {
  Impl(const TypeRegistry& t, const HeapOptions& o, std::function<void(RootVisitor&)> r)
      : types(t), options(o), space(o.limit_bytes), roots(std::move(r)) {}

  const TypeRegistry& types;
  HeapOptions options;
  BlockSpace space;
  std::function<void(RootVisitor&)> roots;

  FreshRuns fresh;               // but for the current run
  uint8_t* run_begin = nullptr;  // of the current run, which Heap::run_ describes
  // The block that objects of more than a line are bump-allocated into: [begin, end) is in use.
  LineRun medium;
  uint8_t* medium_limit = nullptr;

  size_t allocated_since_collection = 0;
  size_t collect_after = kMinAllocationBetweenCollections;
  HeapStats stats;

  std::vector<Ref> handles;  // handle h is handles[h - 1]; a freed one holds null
  std::vector<uint32_t> free_handles;

  void* AllocateMedium(size_t size_bytes) {
    if (medium.end == nullptr || size_bytes > static_cast<size_t>(medium_limit - medium.end)) {
      if (!fresh.HasRoom()) return nullptr;
      fresh.Add(medium);
      const LineRun run = space.NewSmallBlock();
      medium = {run.begin, run.begin};
      medium_limit = run.end;
      if (run.begin == nullptr) return nullptr;
      allocated_since_collection += kBlockBytes;
    }
    void* const p = medium.end;
    medium.end += size_bytes;
    return p;
  }
};

Heap::Heap(const TypeRegistry& types, const HeapOptions& options,
           std::function<void(RootVisitor&)> roots, FreeRun* run)
    : run_(run != nullptr ? run : &own_run_),
      impl_(std::make_unique<Impl>(types, options, std::move(roots))) {}

Heap::~Heap() = default;

// Finds room for `size_bytes`, collecting when due; nullptr when there is none. Stress mode leaves
// the run empty so that every allocation comes here.
void* Heap::AllocateSlow(size_t size_bytes) {
  size_bytes = RoundUp(size_bytes);
  Impl& impl = *impl_;
  if (impl.options.stress || impl.allocated_since_collection >= impl.collect_after) Collect();
  for (bool collected = false;; collected = true) {
    if (void* const p =
            size_bytes > kLargeObjectBytes ? AllocateLarge(size_bytes) : AllocateSmall(size_bytes))
      return p;
    if (collected) return nullptr;
    Collect();
  }
}

void* Heap::AllocateLarge(size_t size_bytes) {
  void* const p = impl_->space.NewLarge(size_bytes);
  if (p != nullptr) impl_->allocated_since_collection += size_bytes;
  return p;
}

void* Heap::AllocateSmall(size_t size_bytes) {
  Impl& impl = *impl_;
  if (void* const p = TryBump(size_bytes)) return p;
  // Whatever exceeds a line may not fit into the next hole; it goes to a block of its own kind, so
  // that short holes stay useful.
  if (size_bytes > kLineBytes) return impl.AllocateMedium(size_bytes);
  if (!impl.fresh.HasRoom()) return nullptr;
  impl.fresh.Add({impl.run_begin, run_->cursor});
  LineRun run = impl.space.NextRecycledRun();
  if (run.begin == nullptr) run = impl.space.NewSmallBlock();
  impl.run_begin = run_->cursor = run.begin;
  // In stress mode the run is exactly this object, so that the next allocation comes to
  // AllocateSlow, too.
  run_->limit = impl.options.stress && run.begin != nullptr ? run.begin + size_bytes : run.end;
  impl.allocated_since_collection += static_cast<size_t>(run.end - run.begin);
  return TryBump(size_bytes);
}

Object* Heap::NewStructSlow(const CanonicalType& type) {
  auto* const object = static_cast<Object*>(AllocateSlow(type.size_bytes));
  if (object != nullptr) object->type = type.id;
  return object;
}

ArrayObject* Heap::NewArray(const CanonicalType& type, uint32_t length) {
  const size_t bytes = RoundUp(sizeof(ArrayObject) + size_t{length} * type.elem_size_bytes);
  void* p = TryBump(bytes);
  if (p == nullptr) p = AllocateSlow(bytes);
  auto* const array = static_cast<ArrayObject*>(p);
  if (array == nullptr) return nullptr;
  array->header.type = type.id;
  array->length = length;
  return array;
}

ExternBox* Heap::NewExternBox(uint64_t host_value) {
  auto* const box = static_cast<ExternBox*>(AllocateSlow(sizeof(ExternBox)));
  if (box == nullptr) return nullptr;
  box->header.type = kExternBoxType;
  box->host_value = host_value;
  return box;
}

ExceptionObject* Heap::NewException(void* tag, uint32_t num_slots) {
  auto* const exception =
      static_cast<ExceptionObject*>(AllocateSlow(sizeof(ExceptionObject) + size_t{8} * num_slots));
  if (exception == nullptr) return nullptr;
  exception->header.type = kExceptionType;
  exception->tag = tag;
  exception->num_slots = num_slots;
  return exception;
}

uint32_t Heap::AddRoot(Ref ref) {
  Impl& impl = *impl_;
  if (impl.free_handles.empty()) {
    impl.handles.push_back(ref);
    // So that RemoveRoot needs no memory.
    try {
      impl.free_handles.reserve(impl.handles.capacity());
    } catch (const std::bad_alloc&) {
      impl.handles.pop_back();
      throw;
    }
    return static_cast<uint32_t>(impl.handles.size());
  }
  const uint32_t handle = impl.free_handles.back();
  impl.free_handles.pop_back();
  impl.handles[handle - 1] = ref;
  return handle;
}

Ref Heap::GetRoot(uint32_t handle) const {
  assert(handle != 0 && handle <= impl_->handles.size());
  return impl_->handles[handle - 1];
}

void Heap::RemoveRoot(uint32_t handle) {
  assert(handle != 0 && handle <= impl_->handles.size());
  impl_->handles[handle - 1] = kNullRef;
  impl_->free_handles.push_back(handle);
}

// noinline: its frame, with every callee-saved register spilled into it, lies below whatever
// `roots` scans of the native stack.
__attribute__((noinline)) void Heap::Collect() {
  __builtin_unwind_init();
  Impl& impl = *impl_;
  const auto start = std::chrono::steady_clock::now();
  impl.fresh.Add({impl.run_begin, run_->cursor});
  impl.fresh.Add(impl.medium);
  impl.run_begin = run_->cursor = run_->limit = nullptr;
  impl.medium = {};
  impl.medium_limit = nullptr;

  Marker marker(impl.space, impl.fresh, impl.types);
  impl.roots(marker);
  for (const Ref ref : impl.handles) marker.Exact(ref);
  marker.Drain();
  impl.fresh.Clear();
  const size_t live = impl.space.Sweep();

  impl.allocated_since_collection = 0;
  impl.collect_after = std::max(kMinAllocationBetweenCollections, live);
  impl.stats.collections += 1;
  impl.stats.bytes_live_after_last_collection = live;
  const auto pause = std::chrono::steady_clock::now() - start;
  impl.stats.pause_ns_total +=
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(pause).count());
}

HeapStats Heap::stats() const {
  HeapStats stats = impl_->stats;
  stats.bytes_committed = impl_->space.blocks_in_use() * kBlockBytes;
  return stats;
}

bool Heap::Contains(const void* address) const {
  return impl_->space.Contains(address);
}

}  // namespace airwasm::gc
