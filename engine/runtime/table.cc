// Tables: allocation, growth, lazily filled elements, and the bulk instructions.
//
// Elements never move: a small table is allocated at its maximum, a big one reserves it and the
// system provides pages as they are touched.
#include "engine/runtime/table.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "engine/base/format.h"
#include "engine/runtime/os_memory.h"
#include "engine/runtime/store.h"

namespace airwasm::runtime {
namespace {

// Up to here calloc is as good as a region of its own.
constexpr uint64_t kAllocatedBytes = 16 << 10;

bool InBounds(uint64_t index, uint64_t count, uint64_t size) {
  return index <= size && count <= size - index;
}

}  // namespace

OwnedTable::~OwnedTable() {
  if (reserved_bytes == 0) {
    std::free(inst.elements);
  } else {
    ReleaseRegion({reinterpret_cast<uint8_t*>(inst.elements), reserved_bytes},
                  inst.size * sizeof(Ref));
  }
}

absl::StatusOr<std::unique_ptr<OwnedTable>> NewTableInst(const TableType& type,
                                                         uint64_t limit_elements) {
  const uint64_t min = type.limits.min;
  if (min > limit_elements) {
    return absl::ResourceExhaustedError(FormatText(
        "table minimum size of %d elements exceeds the limit of %d elements", min, limit_elements));
  }
  auto table = std::make_unique<OwnedTable>();
  TableInst& inst = table->inst;
  inst.type = type;
  inst.size = min;
  inst.max = std::min(type.limits.max.value_or(limit_elements), limit_elements);
  inst.lazy = nullptr;
  inst.elements = nullptr;
  const auto exhausted = [&] {
    return absl::ResourceExhaustedError(
        FormatText("no address space for a table of %d elements", inst.max));
  };
  // The system has no 2^47 bytes to give; below that the product cannot overflow.
  if (inst.max >= uint64_t{1} << 44) return exhausted();
  const uint64_t bytes = inst.max * sizeof(Ref);
  if (bytes <= kAllocatedBytes) {
    inst.elements = static_cast<Ref*>(std::calloc(std::max<uint64_t>(inst.max, 1), sizeof(Ref)));
    if (inst.elements == nullptr) return exhausted();
    return table;
  }
  const Region region = AcquireRegion(bytes);
  if (region.base == nullptr) return exhausted();
  inst.elements = reinterpret_cast<Ref*>(region.base);
  table->reserved_bytes = region.bytes;
  return table;
}

void AddLazyRange(OwnedTable& table, const LazyRange& range) {
  // An element that is not zero counts as set, so what stood here must go.
  if (!table.pristine) std::fill_n(table.inst.elements + range.begin, range.count, gc::kNullRef);
  table.lazy.ranges.push_back(range);
  table.inst.lazy = &table.lazy;
}

uint64_t GrowTableInst(TableInst& table, uint64_t delta, Ref init) {
  const uint64_t old_size = table.size;
  if (delta > table.max - old_size) return UINT64_MAX;
  // New elements are zero and outside of every lazy range: ranges lie below the size at the time
  // they were added.
  if (init != gc::kNullRef) std::fill_n(table.elements + old_size, delta, init);
  table.size = old_size + delta;
  return old_size;
}

Ref ResolveLazyElement(TableInst& table, uint64_t index) {
  const std::vector<LazyRange>& ranges = table.lazy->ranges;
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
    if (index < range->begin || index - range->begin >= range->count) continue;
    const Ref ref = gc::ToRef(range->instance->func(range->funcs[index - range->begin]));
    table.elements[index] = ref;
    return ref;
  }
  return gc::kNullRef;
}

void ResolveAllElements(TableInst& table) {
  if (table.lazy == nullptr) return;
  std::vector<LazyRange>& ranges = table.lazy->ranges;
  // The newest range first: an element that is set is not looked at again.
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
    for (uint64_t i = 0; i < range->count; ++i) {
      Ref& element = table.elements[range->begin + i];
      if (element == gc::kNullRef) element = gc::ToRef(range->instance->func(range->funcs[i]));
    }
  }
  ranges.clear();
  table.lazy = nullptr;
}

TrapKind TableFill(TableInst& table, uint64_t index, Ref ref, uint64_t count) {
  if (!InBounds(index, count, table.size)) return TrapKind::kOutOfBoundsTable;
  if (ref == gc::kNullRef) ResolveAllElements(table);
  std::fill_n(table.elements + index, count, ref);
  return TrapKind::kNone;
}

TrapKind TableCopy(TableInst& dst, uint64_t dst_index, TableInst& src, uint64_t src_index,
                   uint64_t count) {
  if (!InBounds(dst_index, count, dst.size) || !InBounds(src_index, count, src.size))
    return TrapKind::kOutOfBoundsTable;
  if (count == 0) return TrapKind::kNone;
  ResolveAllElements(src);
  ResolveAllElements(dst);
  std::memmove(dst.elements + dst_index, src.elements + src_index, count * sizeof(Ref));
  return TrapKind::kNone;
}

TrapKind TableInit(Instance& instance, TableInst& table, uint64_t dst_index, uint32_t elem_index,
                   uint64_t src_index, uint64_t count) {
  if (!InBounds(dst_index, count, table.size) ||
      !InBounds(src_index, count, instance.elem_size(elem_index))) {
    return TrapKind::kOutOfBoundsTable;
  }
  for (uint64_t i = 0; i < count; ++i)
    TableSet(table, dst_index + i, instance.elem(elem_index, src_index + i));
  return TrapKind::kNone;
}

}  // namespace airwasm::runtime
