// Interning and exchange of value types.
//
// Equal types meet by hash; Abseil's hash is seeded per process, so that no input can make all of
// its types collide.
#include "component/types/value_types.h"

#include <absl/hash/hash.h>

#include "component/types/limits.h"
#include "component/types/type_facts.h"

namespace airwasm::component {
namespace {

class Hasher {
 public:
  template <typename T>
  void Add(const T& value) {
    hash_ = absl::HashOf(hash_, value);
  }
  void Add(ValType t) { Add(t.bits()); }
  void Add(const std::optional<ValType>& t) { Add(t ? uint64_t{t->bits()} : ~uint64_t{0}); }
  void Add(const std::vector<std::string>& names) {
    for (const std::string& name : names) Add(name);
  }
  void Add(const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      Add(field.name);
      Add(field.type);
    }
  }
  void Add(const RecordType& t) { Add(t.fields); }
  void Add(const VariantType& t) {
    for (const VariantCase& c : t.cases) {
      Add(c.name);
      Add(c.type);
    }
  }
  void Add(const ListType& t) {
    Add(t.element);
    Add(t.length ? uint64_t{*t.length} : ~uint64_t{0});
  }
  void Add(const TupleType& t) {
    for (ValType part : t.types) Add(part);
  }
  void Add(const FlagsType& t) { Add(t.names); }
  void Add(const EnumType& t) { Add(t.names); }
  void Add(const OptionType& t) { Add(t.type); }
  void Add(const ResultType& t) {
    Add(t.ok);
    Add(t.error);
  }
  void Add(const OwnType& t) { Add(t.resource); }
  void Add(const BorrowType& t) { Add(t.resource); }
  void Add(const StreamType& t) { Add(t.element); }
  void Add(const FutureType& t) { Add(t.element); }
  void Add(const MapType& t) {
    Add(t.key);
    Add(t.value);
  }
  void Add(const FuncType& t) {
    Add(t.async);
    Add(t.params);
    Add(t.result);
  }
  size_t hash() const { return hash_; }

 private:
  size_t hash_ = 0;
};

}  // namespace

TypeTable::TypeTable() {
#define AIRWASM_PRIM_TYPE(name, text, code, size, flat) \
  prim_facts_.push_back(FactsOf(PrimType::k##name));
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
}

ValType TypeTable::Intern(DefinedType type) {
  Hasher hasher;
  hasher.Add(type.index());
  std::visit([&hasher](const auto& t) { hasher.Add(t); }, type);
  const auto [first, last] = defined_by_hash_.equal_range(hasher.hash());
  for (auto it = first; it != last; ++it) {
    if (defined_[it->second].type == type) return ValType::Defined(it->second);
  }
  const auto id = static_cast<uint32_t>(defined_.size());
  const TypeFacts facts = FactsOf(*this, type);
  defined_.push_back({std::move(type), facts});
  defined_by_hash_.emplace(hasher.hash(), id);
  return ValType::Defined(id);
}

FuncTypeId TypeTable::InternFunc(FuncType type) {
  Hasher hasher;
  hasher.Add(type);
  const auto [first, last] = funcs_by_hash_.equal_range(hasher.hash());
  for (auto it = first; it != last; ++it) {
    if (funcs_[it->second] == type) return it->second;
  }
  const auto id = static_cast<FuncTypeId>(funcs_.size());
  funcs_.push_back(std::move(type));
  funcs_by_hash_.emplace(hasher.hash(), id);
  return id;
}

ValType TypeTable::Substitute(ValType type, const ResourceMap& map) {
  return Substitution(*this, map).Apply(type);
}

FuncTypeId TypeTable::SubstituteFunc(FuncTypeId id, const ResourceMap& map) {
  return Substitution(*this, map).ApplyFunc(id);
}

// Recursion is bounded by limits::kTypeNesting.
ValType Substitution::Apply(ValType type) {
  if (!types_.Facts(type).has_resource) return type;
  if (const auto found = done_.find(type.bits()); found != done_.end()) return found->second;
  const ValType result = types_.Intern(Rebuild(types_.Get(type)));
  done_.emplace(type.bits(), result);
  return result;
}

std::optional<ValType> Substitution::ApplyOptional(const std::optional<ValType>& type) {
  if (!type) return std::nullopt;
  return Apply(*type);
}

DefinedType Substitution::Rebuild(const DefinedType& type) {
  struct Visitor {
    Substitution& s;
    DefinedType operator()(RecordType t) const {
      for (Field& field : t.fields) {
        s.work_ += limits::EntryWork(field.name.size());
        field.type = s.Apply(field.type);
      }
      return t;
    }
    DefinedType operator()(VariantType t) const {
      for (VariantCase& c : t.cases) {
        s.work_ += limits::EntryWork(c.name.size());
        c.type = s.ApplyOptional(c.type);
      }
      return t;
    }
    DefinedType operator()(ListType t) const {
      t.element = s.Apply(t.element);
      return t;
    }
    DefinedType operator()(TupleType t) const {
      s.work_ += t.types.size();
      for (ValType& part : t.types) part = s.Apply(part);
      return t;
    }
    DefinedType operator()(FlagsType t) const { return t; }
    DefinedType operator()(EnumType t) const { return t; }
    DefinedType operator()(OptionType t) const { return OptionType{s.Apply(t.type)}; }
    DefinedType operator()(ResultType t) const {
      return ResultType{s.ApplyOptional(t.ok), s.ApplyOptional(t.error)};
    }
    DefinedType operator()(OwnType t) const { return OwnType{s.ApplyResource(t.resource)}; }
    DefinedType operator()(BorrowType t) const { return BorrowType{s.ApplyResource(t.resource)}; }
    DefinedType operator()(StreamType t) const { return StreamType{s.ApplyOptional(t.element)}; }
    DefinedType operator()(FutureType t) const { return FutureType{s.ApplyOptional(t.element)}; }
    DefinedType operator()(MapType t) const { return MapType{s.Apply(t.key), s.Apply(t.value)}; }
  };
  work_ += limits::EntryWork(0);
  return std::visit(Visitor{*this}, type);
}

FuncTypeId Substitution::ApplyFunc(FuncTypeId id) {
  if (const auto found = done_funcs_.find(id); found != done_funcs_.end()) return found->second;
  const FuncType& original = types_.GetFunc(id);
  work_ += 1 + original.params.size();
  bool changes = false;
  for (const Field& param : original.params) changes |= types_.Facts(param.type).has_resource;
  if (original.result) changes |= types_.Facts(*original.result).has_resource;
  if (!changes || map_.empty()) return id;
  FuncType type = original;
  for (Field& param : type.params) {
    work_ += limits::EntryWork(param.name.size());
    param.type = Apply(param.type);
  }
  type.result = ApplyOptional(type.result);
  const FuncTypeId result = types_.InternFunc(std::move(type));
  done_funcs_.emplace(id, result);
  return result;
}

void AppendParts(const DefinedType& type, std::vector<ValType>& parts) {
  struct Visitor {
    std::vector<ValType>& parts;
    void Add(const std::optional<ValType>& t) const {
      if (t) parts.push_back(*t);
    }
    void operator()(const RecordType& t) const {
      for (const Field& field : t.fields) parts.push_back(field.type);
    }
    void operator()(const VariantType& t) const {
      for (const VariantCase& c : t.cases) Add(c.type);
    }
    void operator()(const ListType& t) const { parts.push_back(t.element); }
    void operator()(const TupleType& t) const {
      parts.insert(parts.end(), t.types.begin(), t.types.end());
    }
    void operator()(const FlagsType&) const {}
    void operator()(const EnumType&) const {}
    void operator()(const OptionType& t) const { parts.push_back(t.type); }
    void operator()(const ResultType& t) const {
      Add(t.ok);
      Add(t.error);
    }
    void operator()(const OwnType&) const {}
    void operator()(const BorrowType&) const {}
    void operator()(const StreamType& t) const { Add(t.element); }
    void operator()(const FutureType& t) const { Add(t.element); }
    void operator()(const MapType& t) const {
      parts.push_back(t.key);
      parts.push_back(t.value);
    }
  };
  std::visit(Visitor{parts}, type);
}

}  // namespace airwasm::component
