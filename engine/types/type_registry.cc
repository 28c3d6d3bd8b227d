// Interning of recursion groups, the layout of objects and frames, and the subtype relation.
//
// A group is looked up by a key in which a reference to a type of the same group is relative to the
// group's first type and every other reference is a TypeId already; so two groups get the same key
// exactly if they are equal as iso-recursive types. Entries sit in chunks that never move. A reader
// needs no lock: it holds an id, which reached it after the entry was complete.
#include "engine/types/type_registry.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstdlib>
#include <mutex>
#include <new>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/base/hash_map.h"

namespace airwasm {
namespace {

constexpr uint32_t kChunkBits = 10;
constexpr uint32_t kChunkTypes = 1u << kChunkBits;
// A ValType has 24 bits for a concrete index.
constexpr uint32_t kMaxTypes = 1u << 24;
constexpr uint32_t kMaxChunks = kMaxTypes >> kChunkBits;

// Sizes and offsets of objects. Layout of a struct: an 8-byte header, then the fields in
// declaration order at their natural alignment, except that v128 is aligned to 8 like the object
// itself, and is accessed unaligned. A subtype begins with the fields of its supertype, of the same
// sizes, so that offsets agree along a chain of supertypes. The size cannot overflow: 10,000 fields
// (limits::kStructFields) of at most 16 bytes. Layout of an array: header, u32 length at offset 8,
// element 0 at offset 16.
constexpr uint32_t kHeaderBytes = 8;
constexpr uint32_t kArrayElementsOffset = 16;

void LayOutObject(CanonicalType& type) {
  switch (type.type.kind) {
    case CompositeKind::kFunc:
      type.param_slots = LayOutSlots(type.type.func.params, nullptr);
      type.result_slots = LayOutSlots(type.type.func.results, nullptr);
      return;
    case CompositeKind::kArray: {
      const FieldType& element = type.type.fields[0];
      type.size_bytes = kArrayElementsOffset;
      type.elem_size_bytes = element.size_bytes();
      type.elem_is_ref = element.type.IsRef();
      return;
    }
    case CompositeKind::kStruct: {
      uint32_t offset = kHeaderBytes;
      type.field_offsets.reserve(type.type.fields.size());
      for (const FieldType& field : type.type.fields) {
        const uint32_t size = field.size_bytes();
        const uint32_t align = size < 8 ? size : 8;
        offset = (offset + align - 1) & ~(align - 1);
        type.field_offsets.push_back(offset);
        if (field.type.IsRef()) type.ref_offsets.push_back(offset);
        offset += size;
      }
      type.size_bytes = (offset + 7) & ~7u;
      return;
    }
  }
}

// Writes one group as a string of 32-bit words.
class KeyWriter {
 public:
  KeyWriter(TypeIdx first, size_t size, std::span<const TypeId> earlier)
      : first_(first), size_(size), earlier_(earlier) {}

  void Write(const SubType& type) {
    Put(static_cast<uint32_t>(type.kind) | (type.is_final ? 4u : 0u) |
        (type.supertype != kNoType ? 8u : 0u));
    if (type.supertype != kNoType) Put(HeapBits(HeapType::Concrete(type.supertype)));
    switch (type.kind) {
      case CompositeKind::kFunc:
        Put(static_cast<uint32_t>(type.func.params.size()));
        for (ValType t : type.func.params) Put(Bits(t));
        Put(static_cast<uint32_t>(type.func.results.size()));
        for (ValType t : type.func.results) Put(Bits(t));
        return;
      case CompositeKind::kStruct:
      case CompositeKind::kArray:
        Put(static_cast<uint32_t>(type.fields.size()));
        for (const FieldType& field : type.fields) {
          Put(static_cast<uint32_t>(field.packed) | (field.mut ? 4u : 0u));
          Put(Bits(field.type));
        }
        return;
    }
  }

  std::string Take() { return std::move(key_); }

 private:
  // Stands in the place of HeapKind for a reference into the group itself.
  static constexpr uint32_t kRelative = 15;

  void Put(uint32_t word) { key_.append(reinterpret_cast<const char*>(&word), sizeof(word)); }

  uint32_t HeapBits(HeapType heap) const {
    if (!heap.IsConcrete()) return heap.bits();
    if (heap.index() < first_) return HeapType::Concrete(earlier_[heap.index()]).bits();
    assert(heap.index() - first_ < size_);
    return ((heap.index() - first_) << 4) | kRelative;
  }
  uint32_t Bits(ValType type) const {
    if (!type.IsRef()) return type.bits();
    return (HeapBits(type.heap_type()) << 4) | (type.bits() & 15);
  }

  TypeIdx first_;
  [[maybe_unused]] size_t size_;
  std::span<const TypeId> earlier_;
  std::string key_;
};

// The abstract kind directly above the types of a composite kind.
constexpr HeapKind KindOf(CompositeKind kind) {
  switch (kind) {
    case CompositeKind::kFunc:
      return HeapKind::kFunc;
    case CompositeKind::kStruct:
      return HeapKind::kStruct;
    case CompositeKind::kArray:
      return HeapKind::kArray;
  }
  return HeapKind::kAny;
}

// Spec: core, valid/matching, heap types, for two abstract kinds.
bool IsAbstractSubtype(HeapKind sub, HeapKind super) {
  if (sub == super) return true;
  if (TopOf(sub) != TopOf(super)) return false;
  if (sub == BottomOf(super) || super == TopOf(sub)) return true;
  // Only the any hierarchy has something between top and bottom: eq above i31, struct and array.
  return super == HeapKind::kEq &&
         (sub == HeapKind::kI31 || sub == HeapKind::kStruct || sub == HeapKind::kArray);
}

}  // namespace

struct TypeRegistry::Impl {
  // Raw storage, so that an engine that knows a dozen types touches a dozen entries. calloc'ed:
  // untouched pages cost nothing.
  using ChunkTable = std::array<std::atomic<CanonicalType*>, kMaxChunks>;

  Impl() : chunks(static_cast<ChunkTable*>(std::calloc(1, sizeof(ChunkTable)))) {
    if (chunks == nullptr) throw std::bad_alloc();
  }
  ~Impl() {
    for (uint32_t id = 0; id < count.load(std::memory_order_relaxed); ++id) At(id).~CanonicalType();
    for (uint32_t c = 0; c < kMaxChunks; ++c) {
      CanonicalType* chunk = (*chunks)[c].load(std::memory_order_relaxed);
      if (chunk == nullptr) break;
      std::allocator<CanonicalType>().deallocate(chunk, kChunkTypes);
    }
    std::free(chunks);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  CanonicalType& At(TypeId id) const {
    return (*chunks)[id >> kChunkBits].load(std::memory_order_acquire)[id & (kChunkTypes - 1)];
  }

  // Makes room for the types [first, end); the caller holds the mutex.
  void Reserve(TypeId first, TypeId end) {
    for (uint32_t c = first >> kChunkBits; c << kChunkBits < end; ++c) {
      std::atomic<CanonicalType*>& chunk = (*chunks)[c];
      if (chunk.load(std::memory_order_relaxed) != nullptr) continue;
      chunk.store(std::allocator<CanonicalType>().allocate(kChunkTypes), std::memory_order_release);
    }
  }

  ChunkTable* chunks;
  std::atomic<uint32_t> count{0};
  std::mutex mutex;
  HashMap<std::string, TypeId> groups;  // guarded by mutex
};

TypeRegistry::TypeRegistry() : impl_(std::make_unique<Impl>()) {}
TypeRegistry::~TypeRegistry() = default;

TypeId TypeRegistry::Intern(std::span<const SubType> group, TypeIdx first_index,
                            std::span<const TypeId> earlier) {
  KeyWriter writer(first_index, group.size(), earlier);
  for (const SubType& type : group) writer.Write(type);

  const std::lock_guard<std::mutex> lock(impl_->mutex);
  const uint32_t first_id = impl_->count.load(std::memory_order_relaxed);
  if (group.size() > kMaxTypes - first_id) return kNoType;
  std::string key = writer.Take();
  if (const auto known = impl_->groups.find(key); known != impl_->groups.end())
    return known->second;

  const auto heap = [&](HeapType t) {
    if (!t.IsConcrete()) return t;
    const uint32_t index = t.index();
    return HeapType::Concrete(index < first_index ? earlier[index]
                                                  : first_id + (index - first_index));
  };
  const auto value = [&](ValType& t) {
    if (t.IsRef()) t = ValType::Ref(heap(t.heap_type()), t.nullable());
  };
  // All that may find no memory comes first: a group is known with all of its types, or not at all.
  std::vector<CanonicalType> entries(group.size());
  for (size_t i = 0; i < group.size(); ++i) {
    const TypeId id = first_id + static_cast<TypeId>(i);
    CanonicalType& entry = entries[i];
    entry.id = id;
    entry.type = group[i];
    for (ValType& t : entry.type.func.params) value(t);
    for (ValType& t : entry.type.func.results) value(t);
    for (FieldType& field : entry.type.fields) value(field.type);
    if (entry.type.supertype != kNoType) {
      entry.type.supertype = heap(HeapType::Concrete(entry.type.supertype)).index();
      // A supertype precedes its subtypes, so its entry is complete.
      const TypeId super_id = entry.type.supertype;
      const CanonicalType& super =
          super_id < first_id ? impl_->At(super_id) : entries[super_id - first_id];
      entry.depth = super.depth + 1;
      entry.display.reserve(super.display.size() + 1);
      entry.display = super.display;
    }
    entry.display.push_back(id);
    LayOutObject(entry);
  }
  const uint32_t end_id = first_id + static_cast<uint32_t>(group.size());
  impl_->Reserve(first_id, end_id);
  impl_->groups.emplace(std::move(key), first_id);
  static_assert(std::is_nothrow_move_constructible_v<CanonicalType>);
  for (size_t i = 0; i < entries.size(); ++i)
    new (&impl_->At(first_id + static_cast<TypeId>(i))) CanonicalType(std::move(entries[i]));
  impl_->count.store(end_id, std::memory_order_release);
  return first_id;
}

TypeId TypeRegistry::InternFunc(const FuncType& type) {
  // Every reference inside is a TypeId: `earlier` maps each to itself, and nothing refers into the
  // group.
  uint32_t needed = 0;
  for (const std::vector<ValType>* types : {&type.params, &type.results}) {
    for (ValType t : *types) {
      if (t.IsRef() && t.heap_type().IsConcrete())
        needed = std::max(needed, t.heap_type().index() + 1);
    }
  }
  std::vector<TypeId> identity(needed);
  std::iota(identity.begin(), identity.end(), 0);
  SubType sub;
  sub.func = type;
  return Intern(std::span<const SubType>(&sub, 1), needed, identity);
}

const CanonicalType& TypeRegistry::Get(TypeId id) const {
  assert(id < impl_->count.load(std::memory_order_acquire));
  return impl_->At(id);
}

bool TypeRegistry::IsSubtype(HeapType sub, HeapType super) const {
  if (sub == super) return true;
  if (!super.IsConcrete()) {
    return IsAbstractSubtype(sub.IsConcrete() ? KindOf(Get(sub.index()).type.kind) : sub.kind(),
                             super.kind());
  }
  if (sub.IsConcrete()) return IsSubtype(sub.index(), super.index());
  // Below a defined type there is only the bottom of its hierarchy.
  return sub.kind() == BottomOf(KindOf(Get(super.index()).type.kind));
}

bool TypeRegistry::IsSubtype(ValType sub, ValType super) const {
  if (sub == super || sub.IsBottom()) return true;
  if (!sub.IsRef() || !super.IsRef()) return false;
  if (sub.nullable() && !super.nullable()) return false;
  return IsSubtype(sub.heap_type(), super.heap_type());
}

HeapKind TypeRegistry::Top(HeapType type) const {
  return TopOf(type.IsConcrete() ? KindOf(Get(type.index()).type.kind) : type.kind());
}

uint32_t LayOutSlots(std::span<const ValType> types, std::vector<uint32_t>* slots) {
  uint32_t next = 0;
  for (ValType type : types) {
    if (type.kind() == ValKind::kV128) next = (next + 1) & ~1u;
    if (slots != nullptr) slots->push_back(next);
    next += type.slots();
  }
  return next;
}

}  // namespace airwasm
