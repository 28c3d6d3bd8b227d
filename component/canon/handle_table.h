// The table of handles that one component instance holds: resources now, waitables and their sets
// later, all in one index space.
//
// Index 0 is never given out. A freed index is the next to be given out again (last in, first out):
// the specification fixes that order. A pointer to an entry is good until the next Add.
// Spec: canonical ABI, "Table State", "Resource State".
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "airwasm/component_host_call.h"

namespace airwasm::component::canon {

struct ResourceType;

struct Handle {
  enum class Kind : uint8_t { kFree, kResource };  // waitables and other kinds join here

  uint64_t rep = 0;
  union {
    const ResourceType* type;  // kResource
    void* object;              // other kinds
  };
  BorrowScope* scope = nullptr;  // of a borrow: where dropping it counts
  uint32_t lends = 0;            // kFree: the index to be given out after this one
  Kind kind = Kind::kFree;
  bool own = false;

  Handle() : type(nullptr) {}
};
static_assert(sizeof(Handle) == 32);

class HandleTable {
 public:
  static constexpr uint32_t kMaxIndex = (uint32_t{1} << 28) - 1;
  // Handles that one instance may hold at a time unless its embedder says otherwise: 32 MiB of
  // host memory.
  static constexpr uint32_t kDefaultLimit = uint32_t{1} << 20;
  // Entries that an instance has for nothing; the guest pays for more (runtime::ChargeHostBytes).
  static constexpr uint32_t kEntriesForFree = 64;

  // The index given out; 0 when the table is full. Whoever adds charges BytesOfNextAdd before.
  uint32_t Add(const Handle& handle);
  // What a guest has to pay before the next Add: 0 unless that makes the table larger. Tables never
  // shrink, and an instance lives as long as its store, so nothing of it is given back.
  uint64_t BytesOfNextAdd() const {
    if (first_free_ != 0 || entries_.size() < entries_.capacity() || count_ >= limit_) return 0;
    return PaidBytes(2 * entries_.capacity()) - PaidBytes(entries_.capacity());
  }
  // All that was paid.
  uint64_t paid_bytes() const { return PaidBytes(entries_.capacity()); }
  // Null when nothing is at `index`.
  Handle* Get(uint32_t index) {
    if (index >= entries_.size()) return nullptr;
    Handle* const handle = &entries_[index];
    return handle->kind == Handle::Kind::kFree ? nullptr : handle;
  }
  // `index` is in use.
  void Remove(uint32_t index) {
    Handle& handle = entries_[index];
    handle = Handle();
    handle.lends = first_free_;
    first_free_ = index;
    --count_;
  }
  uint32_t count() const { return count_; }
  void set_limit(uint32_t limit) { limit_ = limit < kMaxIndex ? limit : kMaxIndex; }

 private:
  static uint64_t PaidBytes(size_t capacity) {
    return capacity <= kEntriesForFree ? 0 : (capacity - kEntriesForFree) * sizeof(Handle);
  }
  std::vector<Handle> entries_{1};  // entry 0 stays free
  uint32_t first_free_ = 0;         // 0: none
  uint32_t count_ = 0;
  uint32_t limit_ = kDefaultLimit;
};

// Handles that a caller has lent for the time of one call. Spec: canonical ABI, Subtask.lenders.
class Lenders {
 public:
  void Add(uint32_t index, Handle& handle) {
    indices_.push_back(index);
    ++handle.lends;
  }
  // The handles are still in `table`: none can be removed while it is lent.
  void GiveBack(HandleTable& table) {
    for (const uint32_t index : indices_) --table.Get(index)->lends;
    indices_.clear();
  }
  bool empty() const { return indices_.empty(); }

 private:
  absl::InlinedVector<uint32_t, 6> indices_;
};

}  // namespace airwasm::component::canon
