// Reading and writing table elements, lazily filled ones included.
//
// Active element segments that list functions are not copied at instantiation: the table remembers them (TableInst::lazy), and an
// element is made when it is first read.
#pragma once

#include "engine/runtime/context.h"

namespace airwasm::runtime {

// The slow half of TableGet: makes element `index` from the pending segments; null reference if there is none.
Ref ResolveLazyElement(TableInst& table, uint64_t index);
// Before writing null into, or moving, elements of a table with pending ones: fills in all of them.
void ResolveAllElements(TableInst& table);

// `index` must be below table.size.
inline Ref TableGet(TableInst& table, uint64_t index) {
  const Ref ref = table.elements[index];
  if (ref != gc::kNullRef || table.lazy == nullptr) [[likely]] return ref;
  return ResolveLazyElement(table, index);
}
inline void TableSet(TableInst& table, uint64_t index, Ref ref) {
  if (table.lazy != nullptr && ref == gc::kNullRef) [[unlikely]] ResolveAllElements(table);
  table.elements[index] = ref;
}

// Spec: core, exec/instructions. Bounds-checked bulk operations; they poll for interruption and leave whole elements only.
TrapKind TableFill(TableInst& table, uint64_t index, Ref ref, uint64_t count);
TrapKind TableCopy(TableInst& dst, uint64_t dst_index, TableInst& src, uint64_t src_index, uint64_t count);
TrapKind TableInit(Instance& instance, TableInst& table, uint64_t dst_index, uint32_t elem_index, uint64_t src_index, uint64_t count);

}  // namespace airwasm::runtime
