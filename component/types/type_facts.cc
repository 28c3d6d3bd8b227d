// Layout, flattening and the predicates of value types.
//
// Each fact is computed from the facts of the parts alone, so a type costs what its own definition
// is long, however often its parts repeat.
// Spec: canonical ABI, "Despecialization", "Type Predicates", "Alignment", "Element Size",
// "Flattening".
#include "component/types/type_facts.h"

#include <algorithm>
#include <limits>

#include "component/types/limits.h"

namespace airwasm::component {
namespace {

constexpr uint64_t AlignTo(uint64_t offset, uint32_t align) {
  return (offset + align - 1) & ~uint64_t{align - 1};
}

uint32_t Cut(uint64_t size) {
  return static_cast<uint32_t>(std::min<uint64_t>(size, limits::kValueBytes));
}

uint64_t AddSaturated(uint64_t a, uint64_t b) {
  const uint64_t sum = a + b;
  return sum < a ? std::numeric_limits<uint64_t>::max() : sum;
}

void Spill(Flattening& flat) {
  flat.count = 0;
  flat.spills = true;
}

void Append(Flattening& flat, FlatType type) {
  if (flat.spills) return;
  if (flat.count == kMaxFlatParams) return Spill(flat);
  flat.types[flat.count++] = type;
}

void Append(Flattening& flat, const Flattening& more) {
  if (more.spills) return Spill(flat);
  for (FlatType type : more.list()) Append(flat, type);
}

// The payloads of a variant share their flat values.
void JoinInto(Flattening& flat, const Flattening& payload) {
  if (flat.spills || payload.spills) return Spill(flat);
  for (uint8_t i = 0; i < payload.count; ++i) {
    if (i < flat.count) {
      flat.types[i] = Join(flat.types[i], payload.types[i]);
    } else {
      flat.types[flat.count++] = payload.types[i];
    }
  }
}

constexpr FlatType AddressType(bool memory64) {
  return memory64 ? FlatType::kI64 : FlatType::kI32;
}

// Facts that a type takes over from a part that is inside its values.
void Contain(TypeFacts& facts, const TypeFacts& part) {
  facts.nesting = std::max(facts.nesting, part.nesting + 1);
  facts.node_count = AddSaturated(facts.node_count, part.node_count);
  facts.has_resource |= part.has_resource;
  facts.has_borrow |= part.has_borrow;
  facts.has_stream |= part.has_stream;
  facts.has_pointer |= part.has_pointer;
}

void SetAddressPair(TypeFacts& facts) {
  facts.has_pointer = true;
  facts.memory32 = {8, 4};
  facts.memory64 = {16, 8};
  for (bool memory64 : {false, true}) {
    Flattening& flat = memory64 ? facts.flat64 : facts.flat32;
    Append(flat, AddressType(memory64));
    Append(flat, AddressType(memory64));
  }
}

void SetScalar(TypeFacts& facts, uint32_t size, FlatType flat) {
  facts.memory32 = facts.memory64 = {size, size};
  Append(facts.flat32, flat);
  Append(facts.flat64, flat);
}

class Maker {
 public:
  explicit Maker(const TypeTable& types) : types_(types) {}

  TypeFacts Make(const DefinedType& type) {
    std::visit([this](const auto& t) { Set(t); }, type);
    return facts_;
  }

 private:
  void Set(const RecordType& t) {
    std::vector<ValType> parts;
    for (const Field& field : t.fields) parts.push_back(field.type);
    SetRecord(parts);
  }
  void Set(const TupleType& t) { SetRecord(t.types); }
  void Set(const VariantType& t) {
    std::vector<ValType> payloads;
    for (const VariantCase& c : t.cases) {
      if (c.type) payloads.push_back(*c.type);
    }
    SetVariant(t.cases.size(), payloads);
    facts_.node_count = AddSaturated(facts_.node_count, t.cases.size());
  }
  void Set(const EnumType& t) {
    SetVariant(t.names.size(), {});
    facts_.node_count = AddSaturated(facts_.node_count, t.names.size());
    facts_.is_bitwise = uint64_t{t.names.size()} == uint64_t{1} << (8 * facts_.memory32.size);
  }
  void Set(const OptionType& t) {
    const ValType payload[] = {t.type};
    SetVariant(2, payload);
  }
  void Set(const ResultType& t) {
    std::vector<ValType> payloads;
    if (t.ok) payloads.push_back(*t.ok);
    if (t.error) payloads.push_back(*t.error);
    SetVariant(2, payloads);
  }
  void Set(const FlagsType& t) {
    const uint32_t size = t.names.size() <= 8 ? 1 : t.names.size() <= 16 ? 2 : 4;
    SetScalar(facts_, size, FlatType::kI32);
    facts_.node_count += t.names.size();
    facts_.is_bitwise = t.names.size() == 8 * size;
  }
  void Set(const ListType& t) {
    const TypeFacts& element = types_.Facts(t.element);
    Contain(facts_, element);
    if (!t.length) return SetAddressPair(facts_);
    for (bool is_64 : {false, true}) {
      const Layout& one = element.memory(is_64);
      (is_64 ? facts_.memory64 : facts_.memory32) = {Cut(uint64_t{one.size} * *t.length),
                                                     one.align};
      Flattening& flat = is_64 ? facts_.flat64 : facts_.flat32;
      for (uint32_t i = 0; i < *t.length && !flat.spills; ++i) Append(flat, element.flat(is_64));
    }
    facts_.is_bitwise = element.is_bitwise;
  }
  void Set(const MapType& t) {
    Contain(facts_, types_.Facts(t.key));
    Contain(facts_, types_.Facts(t.value));
    SetAddressPair(facts_);
  }
  void Set(const OwnType&) {
    facts_.has_resource = true;
    SetScalar(facts_, 4, FlatType::kI32);
  }
  void Set(const BorrowType&) {
    facts_.has_resource = facts_.has_borrow = true;
    SetScalar(facts_, 4, FlatType::kI32);
  }
  void Set(const StreamType& t) { SetHandle(t.element); }
  void Set(const FutureType& t) { SetHandle(t.element); }

  void SetHandle(const std::optional<ValType>& element) {
    if (element) Contain(facts_, types_.Facts(*element));
    facts_.has_stream = true;
    facts_.has_pointer = false;  // what travels through it is lowered when it is read
    SetScalar(facts_, 4, FlatType::kI32);
  }

  void SetRecord(std::span<const ValType> parts) {
    facts_.is_bitwise = true;
    for (ValType part : parts) {
      Contain(facts_, types_.Facts(part));
      facts_.is_bitwise &= types_.Facts(part).is_bitwise;
    }
    for (bool is_64 : {false, true}) {
      uint64_t size = 0;
      uint64_t dense = 0;
      uint32_t align = 1;
      Flattening& flat = is_64 ? facts_.flat64 : facts_.flat32;
      for (ValType part : parts) {
        const TypeFacts& facts = types_.Facts(part);
        const Layout& one = facts.memory(is_64);
        align = std::max(align, one.align);
        size = AlignTo(size, one.align) + one.size;
        dense += one.size;
        Append(flat, facts.flat(is_64));
      }
      size = AlignTo(size, align);
      facts_.is_bitwise &= size == dense;
      (is_64 ? facts_.memory64 : facts_.memory32) = {Cut(size), align};
    }
  }

  void SetVariant(size_t case_count, std::span<const ValType> payloads) {
    for (ValType payload : payloads) Contain(facts_, types_.Facts(payload));
    const uint32_t discriminant = DiscriminantSize(case_count);
    for (bool is_64 : {false, true}) {
      uint64_t payload_size = 0;
      uint32_t align = discriminant;
      Flattening joined;
      for (ValType payload : payloads) {
        const TypeFacts& facts = types_.Facts(payload);
        const Layout& one = facts.memory(is_64);
        payload_size = std::max<uint64_t>(payload_size, one.size);
        align = std::max(align, one.align);
        JoinInto(joined, facts.flat(is_64));
      }
      const uint64_t size = PayloadOffset(types_, case_count, payloads, is_64) + payload_size;
      (is_64 ? facts_.memory64 : facts_.memory32) = {Cut(AlignTo(size, align)), align};
      Flattening& flat = is_64 ? facts_.flat64 : facts_.flat32;
      Append(flat, FlatType::kI32);
      Append(flat, joined);
    }
  }

  const TypeTable& types_;
  TypeFacts facts_;
};

}  // namespace

TypeFacts FactsOf(PrimType prim) {
  TypeFacts facts;
  const auto set = [&facts](uint32_t size, FlatType flat) { SetScalar(facts, size, flat); };
  switch (prim) {
#define AIRWASM_FLAT_I32(size) set(size, FlatType::kI32)
#define AIRWASM_FLAT_I64(size) set(size, FlatType::kI64)
#define AIRWASM_FLAT_F32(size) set(size, FlatType::kF32)
#define AIRWASM_FLAT_F64(size) set(size, FlatType::kF64)
#define AIRWASM_FLAT_String(size) SetAddressPair(facts)
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) \
  case PrimType::k##name:                               \
    AIRWASM_FLAT_##flat(size);                          \
    break;
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
#undef AIRWASM_FLAT_I32
#undef AIRWASM_FLAT_I64
#undef AIRWASM_FLAT_F32
#undef AIRWASM_FLAT_F64
#undef AIRWASM_FLAT_String
  }
  facts.has_stream = prim == PrimType::kErrorContext;
  facts.is_bitwise = prim != PrimType::kBool && prim != PrimType::kChar &&
                     prim != PrimType::kString && prim != PrimType::kErrorContext;
  return facts;
}

TypeFacts FactsOf(const TypeTable& types, const DefinedType& type) {
  return Maker(types).Make(type);
}

std::vector<uint32_t> FieldOffsets(const TypeTable& types, std::span<const ValType> parts,
                                   bool memory64) {
  std::vector<uint32_t> offsets;
  offsets.reserve(parts.size());
  uint64_t end = 0;
  for (ValType part : parts) {
    const Layout& layout = types.Facts(part).memory(memory64);
    const uint64_t offset = AlignTo(end, layout.align);
    offsets.push_back(Cut(offset));
    end = offset + layout.size;
  }
  return offsets;
}

uint32_t DiscriminantSize(size_t case_count) {
  if (case_count <= 256) return 1;
  return case_count <= 65536 ? 2 : 4;
}

uint32_t PayloadOffset(const TypeTable& types, size_t case_count, std::span<const ValType> payloads,
                       bool memory64) {
  uint32_t align = 1;
  for (ValType payload : payloads) {
    align = std::max(align, types.Facts(payload).memory(memory64).align);
  }
  return static_cast<uint32_t>(AlignTo(DiscriminantSize(case_count), align));
}

Flattening Flatten(const TypeTable& types, std::span<const ValType> list, bool memory64) {
  Flattening flat;
  for (ValType type : list) Append(flat, types.Facts(type).flat(memory64));
  return flat;
}

FlatType Join(FlatType a, FlatType b) {
  if (a == b) return a;
  const auto is_32 = [](FlatType t) { return t == FlatType::kI32 || t == FlatType::kF32; };
  return is_32(a) && is_32(b) ? FlatType::kI32 : FlatType::kI64;
}

}  // namespace airwasm::component
