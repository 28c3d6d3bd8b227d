#include "component/wrap/signature.h"

#include <algorithm>

#include "component/types/core_type.h"
#include "component/wit/strings.h"

namespace airwasm::component::wrap {
namespace {

using wit::Append;

template <typename List>
std::string ListText(const List& list) {
  std::string out = "[";
  for (const auto& type : list) Append(out, out.size() > 1 ? " " : "", type.ToString());
  return out + "]";
}

bool SameTypes(const std::vector<FlatType>& flat, const auto& core) {
  return std::equal(flat.begin(), flat.end(), core.begin(), core.end(),
                    [](FlatType f, const airwasm::ValType& c) { return CoreType(f) == c; });
}

}  // namespace

std::string Signature::ToString() const {
  std::vector<airwasm::ValType> in, out;
  for (const FlatType type : params) in.push_back(CoreType(type));
  for (const FlatType type : results) out.push_back(CoreType(type));
  return ListText(in) + " -> " + ListText(out);
}

std::string FuncTypeText(const airwasm::FuncType& type) {
  return ListText(type.params) + " -> " + ListText(type.results);
}

// Resources are all the same here: only the shapes matter.
struct Signatures::Converter {
  Signatures& self;

  std::optional<ValType> Optional(const std::optional<wit::Type>& type) {
    return type ? std::optional(self.Convert(*type)) : std::nullopt;
  }
  std::vector<std::string> Names(const std::vector<wit::Member>& members) {
    std::vector<std::string> names;
    for (const wit::Member& member : members) names.push_back(member.name);
    return names;
  }
  DefinedType operator()(const wit::Record& record) {
    RecordType out;
    for (const wit::Member& f : record.fields) {
      out.fields.push_back({f.name, self.Convert(*f.type)});
    }
    return out;
  }
  DefinedType operator()(const wit::Variant& variant) {
    VariantType out;
    for (const wit::Member& c : variant.cases) out.cases.push_back({c.name, Optional(c.type)});
    return out;
  }
  DefinedType operator()(const wit::Enum& e) { return EnumType{Names(e.cases)}; }
  DefinedType operator()(const wit::Flags& flags) { return FlagsType{Names(flags.flags)}; }
  DefinedType operator()(const wit::Tuple& tuple) {
    TupleType out;
    for (const wit::Type part : tuple.types) out.types.push_back(self.Convert(part));
    return out;
  }
  DefinedType operator()(const wit::List& list) {
    return ListType{self.Convert(list.element), list.length};
  }
  DefinedType operator()(const wit::Option& option) {
    return OptionType{self.Convert(option.type)};
  }
  DefinedType operator()(const wit::Result& result) {
    return ResultType{Optional(result.ok), Optional(result.error)};
  }
  DefinedType operator()(const wit::Map& map) {
    return MapType{self.Convert(map.key), self.Convert(map.value)};
  }
  DefinedType operator()(const wit::Stream& s) { return StreamType{Optional(s.element)}; }
  DefinedType operator()(const wit::Future& f) { return FutureType{Optional(f.element)}; }
  DefinedType operator()(const wit::Own&) { return OwnType{0}; }
  DefinedType operator()(const wit::Borrow&) { return BorrowType{0}; }
  DefinedType operator()(const wit::Resource&) { return OwnType{0}; }
  DefinedType operator()(const wit::Alias&) { return OwnType{0}; }  // Convert goes through them
};

// Recursion: types nest at most limits::kTypeNesting deep; aliases are passed in a loop.
ValType Signatures::Convert(wit::Type type) {
  type = document_.Unaliased(type);
  if (type.IsPrim()) return type.prim();
  const auto known = known_.find(type.index());
  if (known != known_.end()) return known->second;
  const ValType out =
      table_.Intern(std::visit(Converter{*this}, document_.types[type.index()].what));
  known_[type.index()] = out;
  return out;
}

Flattening Signatures::Params(const wit::Function& function, bool* has_pointer) {
  std::vector<ValType> params;
  for (const wit::Member& param : function.params) {
    params.push_back(Convert(*param.type));
    *has_pointer |= table_.Facts(params.back()).has_pointer;
  }
  return Flatten(table_, params);
}

Signature Signatures::Lifted(const wit::Function& function) {
  Signature out;
  bool has_pointer = false;
  const Flattening params = Params(function, &has_pointer);
  out.needs_memory = out.needs_realloc = has_pointer || params.spills;
  out.params.assign(params.list().begin(), params.list().end());
  if (params.spills) out.params = {FlatType::kI32};
  if (!function.result) return out;
  const TypeFacts& facts = table_.Facts(Convert(*function.result));
  const bool returned = !facts.flat32.spills && facts.flat32.count <= kMaxFlatResults;
  out.results.assign(facts.flat32.list().begin(), facts.flat32.list().end());
  if (!returned) out.results = {FlatType::kI32};
  out.needs_memory |= facts.has_pointer || !returned;
  return out;
}

Signature Signatures::Lowered(const wit::Function& function) {
  Signature out;
  bool has_pointer = false;
  const Flattening params = Params(function, &has_pointer);
  out.needs_memory = has_pointer || params.spills;
  out.params.assign(params.list().begin(), params.list().end());
  if (params.spills) out.params = {FlatType::kI32};
  if (!function.result) return out;
  const TypeFacts& facts = table_.Facts(Convert(*function.result));
  if (!facts.flat32.spills && facts.flat32.count <= kMaxFlatResults) {
    out.results.assign(facts.flat32.list().begin(), facts.flat32.list().end());
  } else {
    out.params.push_back(FlatType::kI32);
    out.needs_memory = true;
  }
  out.needs_memory |= facts.has_pointer;
  out.needs_realloc = facts.has_pointer;
  return out;
}

bool Signatures::Matches(const Signature& signature, const airwasm::FuncType& type) {
  return SameTypes(signature.params, type.params) && SameTypes(signature.results, type.results);
}

}  // namespace airwasm::component::wrap
