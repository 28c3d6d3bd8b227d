// Value and function types of components, interned, with the facts of the canonical ABI computed
// once.
//
// A TypeTable belongs to one outermost component and serves all components nested in it; equal
// types have equal ids in it. After validation it is immutable and shared. Resources are abstract
// here: a ResourceId says which resource of the static component is meant, and which run-time
// resource that is follows from the instantiation (component/link).
// Spec: component model, Explainer, "Type Definitions"; canonical ABI, "Despecialization" to
// "Flattening".
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "component/syntax/component.h"

namespace airwasm::component {

using syntax::PrimType;
using ResourceId = uint32_t;
using FuncTypeId = uint32_t;

// A primitive type, or one that a TypeTable has interned.
class ValType {
 public:
  constexpr ValType() = default;  // bool
  constexpr ValType(PrimType prim)
      : bits_(static_cast<uint32_t>(prim)) {}  // NOLINT(google-explicit-constructor)
  static constexpr ValType Defined(uint32_t id) {
    ValType t;
    t.bits_ = kDefined | id;
    return t;
  }
  constexpr bool IsPrim() const { return (bits_ & kDefined) == 0; }
  constexpr PrimType prim() const { return static_cast<PrimType>(bits_); }  // if IsPrim()
  constexpr uint32_t id() const { return bits_ & ~kDefined; }               // if not
  constexpr uint32_t bits() const { return bits_; }
  constexpr bool operator==(const ValType&) const = default;

 private:
  static constexpr uint32_t kDefined = uint32_t{1} << 31;
  uint32_t bits_ = 0;
};

struct Field {
  std::string name;
  ValType type;
  bool operator==(const Field&) const = default;
};
struct VariantCase {
  std::string name;
  std::optional<ValType> type;
  bool operator==(const VariantCase&) const = default;
};

struct RecordType {
  std::vector<Field> fields;
  bool operator==(const RecordType&) const = default;
};
struct VariantType {
  std::vector<VariantCase> cases;
  bool operator==(const VariantType&) const = default;
};
struct ListType {
  ValType element;
  std::optional<uint32_t> length;
  bool operator==(const ListType&) const = default;
};
struct TupleType {
  std::vector<ValType> types;
  bool operator==(const TupleType&) const = default;
};
struct FlagsType {
  std::vector<std::string> names;
  bool operator==(const FlagsType&) const = default;
};
struct EnumType {
  std::vector<std::string> names;
  bool operator==(const EnumType&) const = default;
};
struct OptionType {
  ValType type;
  bool operator==(const OptionType&) const = default;
};
struct ResultType {
  std::optional<ValType> ok;
  std::optional<ValType> error;
  bool operator==(const ResultType&) const = default;
};
struct OwnType {
  ResourceId resource;
  bool operator==(const OwnType&) const = default;
};
struct BorrowType {
  ResourceId resource;
  bool operator==(const BorrowType&) const = default;
};
struct StreamType {
  std::optional<ValType> element;
  bool operator==(const StreamType&) const = default;
};
struct FutureType {
  std::optional<ValType> element;
  bool operator==(const FutureType&) const = default;
};
struct MapType {
  ValType key;
  ValType value;
  bool operator==(const MapType&) const = default;
};

using DefinedType =
    std::variant<RecordType, VariantType, ListType, TupleType, FlagsType, EnumType, OptionType,
                 ResultType, OwnType, BorrowType, StreamType, FutureType, MapType>;

enum class FlatType : uint8_t { kI32, kI64, kF32, kF64 };

// Spec: canonical ABI, "Flattening".
inline constexpr uint32_t kMaxFlatParams = 16;
inline constexpr uint32_t kMaxFlatAsyncParams = 4;
inline constexpr uint32_t kMaxFlatResults = 1;

// Where a value lies in linear memory, for one width of addresses.
struct Layout {
  uint32_t size = 0;  // bytes; less than limits::kValueBytes once the validator has looked
  uint32_t align = 1;
  bool operator==(const Layout&) const = default;
};

// The flattening of a value type or list of them. Beyond kMaxFlatParams nothing is listed, only
// `spills` is set.
struct Flattening {
  std::array<FlatType, kMaxFlatParams> types{};
  uint8_t count = 0;
  bool spills = false;
  std::span<const FlatType> list() const { return {types.data(), count}; }
};

// What holds of one value type, primitive or not.
struct TypeFacts {
  Layout memory32;
  Layout memory64;
  Flattening flat32;          // for 32-bit memories
  Flattening flat64;          // for 64-bit memories
  uint32_t nesting = 1;       // of type constructors, at most limits::kTypeNesting
  uint64_t node_count = 1;    // with repetition, saturating (a fixed-length list has one element);
                              // at most limits::kTypeSize
  bool has_resource = false;  // own or borrow somewhere inside
  bool has_borrow = false;
  bool has_stream = false;   // or future, or error-context: needs the async ABI
  bool has_pointer = false;  // a string, list or map somewhere inside: lowering it calls realloc
  // Every bit pattern of its bytes in memory is a value and none of them is padding: lists of it
  // are copied whole.
  bool is_bitwise = false;

  const Layout& memory(bool is_64) const { return is_64 ? memory64 : memory32; }
  const Flattening& flat(bool is_64) const { return is_64 ? flat64 : flat32; }
};

struct FuncType {
  bool async = false;
  std::vector<Field> params;
  std::optional<ValType> result;
  bool operator==(const FuncType&) const = default;
};

class TypeTable {
 public:
  TypeTable();

  // The id of a type; parts are ValTypes of this table. Names and counts have been checked by the
  // validator, which looks at the facts to check nesting and size: parts are within the limits, the
  // result may be one above (a size is at most limits::kValueBytes, a node count saturates).
  ValType Intern(DefinedType type);
  FuncTypeId InternFunc(FuncType type);
  ResourceId NewResource() { return resource_count_++; }
  uint32_t resource_count() const { return resource_count_; }

  const DefinedType& Get(ValType type) const {
    return defined_[type.id()].type;
  }  // not a primitive
  const FuncType& GetFunc(FuncTypeId id) const { return funcs_[id]; }
  const TypeFacts& Facts(ValType type) const {
    return type.IsPrim() ? prim_facts_[static_cast<size_t>(type.prim())]
                         : defined_[type.id()].facts;
  }

  uint32_t func_count() const { return static_cast<uint32_t>(funcs_.size()); }

  // The type with resources exchanged; resources that `map` does not name stay. For more than one
  // type use a Substitution.
  using ResourceMap = std::unordered_map<ResourceId, ResourceId>;
  ValType Substitute(ValType type, const ResourceMap& map);
  FuncTypeId SubstituteFunc(FuncTypeId id, const ResourceMap& map);

  // The WIT spelling: "list<tuple<string, u8>>", "own<#3>". Cut off with "..." after some 200
  // characters, because types share parts and can be exponentially long in writing.
  std::string ToString(ValType type) const;
  std::string FuncToString(FuncTypeId id) const;  // "async func(a: u8) -> string"

 private:
  struct Entry {
    DefinedType type;
    TypeFacts facts;
  };
  std::deque<Entry> defined_;
  std::deque<FuncType> funcs_;
  std::vector<TypeFacts> prim_facts_;
  std::unordered_multimap<size_t, uint32_t> defined_by_hash_;
  std::unordered_multimap<size_t, uint32_t> funcs_by_hash_;
  uint32_t resource_count_ = 0;
};

// Exchange of resources in many types of one table: each part is rebuilt once.
class Substitution {
 public:
  Substitution(TypeTable& types, const TypeTable::ResourceMap& map) : types_(types), map_(map) {}
  ValType Apply(ValType type);
  FuncTypeId ApplyFunc(FuncTypeId id);
  ResourceId ApplyResource(ResourceId id) const {
    const auto found = map_.find(id);
    return found == map_.end() ? id : found->second;
  }
  // What the exchange has cost so far, as limits::kTypeWork counts.
  uint64_t work() const { return work_; }

 private:
  std::optional<ValType> ApplyOptional(const std::optional<ValType>& type);
  DefinedType Rebuild(const DefinedType& type);

  TypeTable& types_;
  const TypeTable::ResourceMap& map_;
  std::unordered_map<uint32_t, ValType> done_;  // by ValType::bits
  std::unordered_map<FuncTypeId, FuncTypeId> done_funcs_;
  uint64_t work_ = 0;
};

// The parts of a type, in order; cases without a payload and missing elements are left out.
void AppendParts(const DefinedType& type, std::vector<ValType>& parts);

// Offsets of a record's or tuple's parts: entry i is where part i lies.
std::vector<uint32_t> FieldOffsets(const TypeTable& types, std::span<const ValType> parts,
                                   bool memory64);
// Of a variant, option, result or enum: bytes of the discriminant (1, 2 or 4).
uint32_t DiscriminantSize(size_t case_count);
// Where payloads begin: the discriminant rounded up to the alignment of the widest payload.
// `payloads` are those that are there.
uint32_t PayloadOffset(const TypeTable& types, size_t case_count, std::span<const ValType> payloads,
                       bool memory64);
// Parameters or results flattened one behind the other.
Flattening Flatten(const TypeTable& types, std::span<const ValType> list, bool memory64 = false);
// The join of two flat types in a variant. Spec: canonical ABI, "Flattening", join.
FlatType Join(FlatType a, FlatType b);

}  // namespace airwasm::component
