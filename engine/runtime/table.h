// Reading and writing table elements, lazily filled ones included.
//
// Active element segments that list functions are not copied at instantiation: the table remembers
// them (TableInst::lazy), and an element is made when it is first read.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/runtime/context.h"

namespace airwasm::runtime {

// Part of an active element segment of function indices that stands in a table without having been
// read.
struct LazyRange {
  uint64_t begin;  // first element
  uint64_t count;
  Instance* instance;
  const uint32_t* funcs;  // FuncIdx of each, in the module of `instance`
};
struct LazyElements {
  std::vector<LazyRange> ranges;  // later ones overwrite earlier ones
};

// A table and where its elements lie. Owned by the store.
struct OwnedTable {
  TableInst inst;
  uint64_t reserved_bytes = 0;  // of a pooled region; 0 when the elements were allocated
  LazyElements lazy;
  bool pristine = true;  // nothing but null has been written to an element

  OwnedTable() = default;
  ~OwnedTable();
  OwnedTable(const OwnedTable&) = delete;
  OwnedTable& operator=(const OwnedTable&) = delete;
};

// A table of `type.limits.min` null elements. `type` is canonical.
//
// Errors: RESOURCE_EXHAUSTED  the minimum exceeds `limit_elements` or what the system gives
absl::StatusOr<std::unique_ptr<OwnedTable>> NewTableInst(const TableType& type,
                                                         uint64_t limit_elements);

// Places a segment of function indices at `begin`, within bounds, to be made when read. Nobody has
// read the table so far.
void AddLazyRange(OwnedTable& table, const LazyRange& range);

// The old size, or UINT64_MAX when the table would exceed its maximum.
uint64_t GrowTableInst(TableInst& table, uint64_t delta, Ref init);

// The slow half of TableGet: makes element `index` from the pending segments; null reference if
// there is none.
Ref ResolveLazyElement(TableInst& table, uint64_t index);
// Before writing null into, or moving, elements of a table with pending ones: fills in all of them.
void ResolveAllElements(TableInst& table);

// The index, or 0 where it is not below `size`, without a branch that could be predicted wrongly:
// what is loaded from a table is called or dereferenced, and a processor that runs ahead of the
// check must not find it beyond the table. Other processors than these do without.
[[gnu::always_inline]] inline uint64_t MaskIndex(uint64_t index, uint64_t size) {
#ifdef __x86_64__
  uint64_t mask;
  asm("cmp %2, %1\n\tsbb %0, %0" : "=r"(mask) : "r"(index), "r"(size) : "cc");
  return index & mask;
#else
  (void)size;
  return index;
#endif
}

// `index` must be below table.size.
inline Ref TableGet(TableInst& table, uint64_t index) {
  const Ref ref = table.elements[index];
  if (ref != gc::kNullRef || table.lazy == nullptr) [[likely]]
    return ref;
  return ResolveLazyElement(table, index);
}
inline void TableSet(TableInst& table, uint64_t index, Ref ref) {
  if (table.lazy != nullptr && ref == gc::kNullRef) [[unlikely]]
    ResolveAllElements(table);
  table.elements[index] = ref;
}

// Spec: core, exec/instructions. Bounds-checked bulk operations; they poll for interruption and
// leave whole elements only.
TrapKind TableFill(TableInst& table, uint64_t index, Ref ref, uint64_t count);
TrapKind TableCopy(TableInst& dst, uint64_t dst_index, TableInst& src, uint64_t src_index,
                   uint64_t count);
TrapKind TableInit(Instance& instance, TableInst& table, uint64_t dst_index, uint32_t elem_index,
                   uint64_t src_index, uint64_t count);

}  // namespace airwasm::runtime
