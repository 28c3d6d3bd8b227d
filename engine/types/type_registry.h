// Engine-wide canonical types: equal recursion groups get equal ids, so that comparing two types is
// comparing two numbers.
//
// One registry per Engine; types live as long as it does. Reading an entry takes no lock; interning
// does. Spec: core, valid/conventions, "Defined types" (rolling and unrolling) and valid/matching.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "airwasm/types.h"

namespace airwasm {

// Facts about one canonical type; the address is stable for the registry's life.
struct CanonicalType {
  TypeId id = 0;
  SubType type;  // concrete heap types and supertype inside are TypeIds
  // Chain of supertypes for O(1) subtype tests: display[d] is the ancestor at depth d,
  // display[depth] == id.
  uint32_t depth = 0;
  std::vector<TypeId> display;

  // Layout of objects (structs and arrays). Offsets count from the start of the object, header
  // included: 8 bytes of header, then the fields in declaration order, each at its natural
  // alignment but v128 at 8 (access it unaligned). An array has its u32 length at offset 8. Offsets
  // of fields that a subtype inherits are those of its supertype.
  std::vector<uint32_t> field_offsets;  // per struct field
  uint32_t size_bytes = 0;       // whole struct, rounded up to 8; arrays: offset of element 0 (16)
  uint32_t elem_size_bytes = 0;  // arrays
  std::vector<uint32_t> ref_offsets;  // structs: offsets of reference fields
  bool elem_is_ref = false;           // arrays

  // Slots of params and results in a frame, laid out by LayOutSlots below (functions).
  uint32_t param_slots = 0;
  uint32_t result_slots = 0;
};

class TypeRegistry {
 public:
  TypeRegistry();
  ~TypeRegistry();
  TypeRegistry(const TypeRegistry&) = delete;
  TypeRegistry& operator=(const TypeRegistry&) = delete;

  // Canonicalizes one recursion group and returns the TypeId of its first type; the others follow
  // consecutively. Concrete types inside are given as module TypeIdx: an index in [first_index,
  // first_index + group.size()) is within the group; a smaller one is looked up in `earlier`
  // (TypeIdx → TypeId). The group must already be valid (indices in range, supertypes legal).
  // Returns kNoType when the registry is full (2^24 types, what a ValType can name).
  // Threads: any.
  TypeId Intern(std::span<const SubType> group, TypeIdx first_index,
                std::span<const TypeId> earlier);

  // A function type that stands alone (host functions); value types inside are canonical.
  TypeId InternFunc(const FuncType& type);

  // Threads: any, without locking.
  const CanonicalType& Get(TypeId id) const;

  bool IsSubtype(TypeId sub, TypeId super) const {
    if (sub == super) return true;
    const CanonicalType& s = Get(sub);
    const uint32_t d = Get(super).depth;
    return d < s.depth && s.display[d] == super;
  }
  bool IsSubtype(HeapType sub, HeapType super) const;  // canonical
  bool IsSubtype(ValType sub, ValType super) const;    // canonical
  // The top of the hierarchy of a canonical heap type: kFunc, kExtern, kAny or kExn.
  HeapKind Top(HeapType type) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Replaces module indices by canonical ids.
inline HeapType Canonical(HeapType t, std::span<const TypeId> ids) {
  return t.IsConcrete() ? HeapType::Concrete(ids[t.index()]) : t;
}
inline ValType Canonical(ValType t, std::span<const TypeId> ids) {
  return t.IsRef() ? ValType::Ref(Canonical(t.heap_type(), ids), t.nullable()) : t;
}

// Slot of each value of `types` when laid out from slot 0 upward: one slot each, v128 two slots at
// an even slot. Returns the number of slots in all; `slots`, if not null, gets one entry per type.
uint32_t LayOutSlots(std::span<const ValType> types, std::vector<uint32_t>* slots);

}  // namespace airwasm
