// The type section: recursion groups, their supertypes, and their place among the engine's
// canonical types. Spec: core, valid/types, recursive types and defined types; valid/matching.
#include <algorithm>

#include "engine/base/limits.h"
#include "engine/valid/validator.h"
#include "engine/valid/value_types.h"

namespace airwasm::valid {
namespace {

class TypeSection {
 public:
  // `types` are those from the index ids.size() on; `ids` are the earlier ones.
  TypeSection(std::span<const SubType> types, std::span<const size_t> offsets,
              const Features& features, TypeRegistry& registry, std::vector<TypeId> ids)
      : types_(types),
        offsets_(offsets),
        first_(static_cast<uint32_t>(ids.size())),
        features_(features),
        registry_(registry),
        ids_(std::move(ids)) {}

  Expected<std::vector<TypeId>> Validate(std::span<const uint32_t> group_sizes) {
    if (first_ + types_.size() > limits::kTypes) {
      return Fail(0, "too many types", ErrorKind::kLimit);
    }
    ids_.reserve(first_ + types_.size());
    uint32_t begin = first_;
    for (uint32_t size : group_sizes) {
      if (!Group(begin, size)) return std::move(error_);
      begin += size;
    }
    return std::move(ids_);
  }

 private:
  bool Group(uint32_t begin, uint32_t size) {
    const uint32_t end = begin + size;
    for (uint32_t i = begin; i < end; ++i) {
      if (!References(i, end)) return false;
    }
    const TypeId first = registry_.Intern(types_.subspan(begin - first_, size), begin, ids_);
    if (first == kNoType) {
      Fail(begin, "too many types in this engine", ErrorKind::kLimit);
      return false;
    }
    for (uint32_t i = 0; i < size; ++i) ids_.push_back(first + i);
    // Only now, since types of the group may be compared with one another.
    for (uint32_t i = begin; i < end; ++i) {
      if (!Supertype(i)) return false;
    }
    return true;
  }

  // Everything that the type refers to exists: earlier types, and those of its own group, which
  // ends at `end`.
  bool References(uint32_t index, uint32_t end) {
    const SubType& type = types_[index - first_];
    if (type.func.params.size() > limits::kParams || type.func.results.size() > limits::kResults) {
      return Fail(index, "too many parameters or results", ErrorKind::kLimit), false;
    }
    if (type.fields.size() > limits::kStructFields)
      return Fail(index, "too many fields", ErrorKind::kLimit), false;
    if (type.func.results.size() > 1 && !features_.Has(Feature::kMultiValue)) {
      return Fail(index,
                  "invalid result arity: several results belong to the feature multi-value, which "
                  "is switched off"),
             false;
    }
    if (type.kind != CompositeKind::kFunc && !features_.Has(Feature::kGc)) {
      return Fail(index,
                  "structure and array types belong to the feature gc, which is switched off"),
             false;
    }
    for (ValType t : type.func.params) {
      if (!ValueType(index, t, end)) return false;
    }
    for (ValType t : type.func.results) {
      if (!ValueType(index, t, end)) return false;
    }
    for (const FieldType& field : type.fields) {
      if (!ValueType(index, field.type, end)) return false;
    }
    if (type.supertype == kNoType || type.supertype < index) return true;
    // Also when it follows in the same group. Spec: core, valid/types, sub types.
    return Fail(index, "unknown type " + std::to_string(type.supertype) +
                           " as a supertype: it does not precede type " + std::to_string(index)),
           false;
  }

  bool ValueType(uint32_t index, ValType type, uint32_t end) {
    std::string problem = CheckValType(type, end, features_);
    if (problem.empty()) [[likely]]
      return true;
    return Fail(index, std::move(problem)), false;
  }

  bool Supertype(uint32_t index) {
    const uint32_t super_index = types_[index - first_].supertype;
    if (super_index == kNoType) return true;
    const CanonicalType& sub = registry_.Get(ids_[index]);
    const CanonicalType& super = registry_.Get(ids_[super_index]);
    const std::string name = "sub type " + std::to_string(index);
    if (super.type.is_final) {
      return Fail(index, name + " has the final supertype " + std::to_string(super_index)), false;
    }
    if (sub.depth > limits::kSubtypingDepth) {
      return Fail(index,
                  name + " is too deep: the limit is " + std::to_string(limits::kSubtypingDepth),
                  ErrorKind::kLimit),
             false;
    }
    if (CompositeMatches(sub.type, super.type)) return true;
    return Fail(index, name + " does not match its supertype " + std::to_string(super_index)),
           false;
  }

  bool CompositeMatches(const SubType& sub, const SubType& super) const {
    if (sub.kind != super.kind) return false;
    switch (sub.kind) {
      case CompositeKind::kFunc:
        return ListMatches(super.func.params, sub.func.params) &&
               ListMatches(sub.func.results, super.func.results);
      case CompositeKind::kStruct:
      case CompositeKind::kArray:
        return sub.fields.size() >= super.fields.size() &&
               std::equal(
                   super.fields.begin(), super.fields.end(), sub.fields.begin(),
                   [this](const FieldType& s, const FieldType& f) { return FieldMatches(f, s); });
    }
    return false;
  }

  bool FieldMatches(const FieldType& sub, const FieldType& super) const {
    if (sub == super) return true;
    // What can be written must be the same type; what can only be read may be a subtype.
    return !sub.mut && !super.mut && sub.packed == super.packed &&
           registry_.IsSubtype(sub.type, super.type);
  }

  bool ListMatches(std::span<const ValType> subs, std::span<const ValType> supers) const {
    return std::equal(
        subs.begin(), subs.end(), supers.begin(), supers.end(),
        [this](ValType sub, ValType super) { return registry_.IsSubtype(sub, super); });
  }

  Error Fail(uint32_t index, std::string message, ErrorKind kind = ErrorKind::kInvalid) {
    error_.kind = kind;
    error_.offset = index - first_ < offsets_.size() ? offsets_[index - first_] : 0;
    error_.message = std::move(message);
    return error_;
  }

  const std::span<const SubType> types_;
  const std::span<const size_t> offsets_;
  const uint32_t first_;
  const Features features_;
  TypeRegistry& registry_;
  std::vector<TypeId> ids_;
  Error error_;
};

}  // namespace

Expected<std::vector<TypeId>> ValidateTypes(const syntax::Module& module, const Features& features,
                                            TypeRegistry& registry) {
  return TypeSection(module.types, module.type_offsets, features, registry, {})
      .Validate(module.rec_group_sizes);
}

Expected<std::vector<TypeId>> ValidateRecGroup(std::span<const SubType> group,
                                               const Features& features, TypeRegistry& registry,
                                               std::vector<TypeId> ids) {
  const uint32_t sizes[] = {static_cast<uint32_t>(group.size())};
  return TypeSection(group, {}, features, registry, std::move(ids)).Validate(sizes);
}

}  // namespace airwasm::valid
