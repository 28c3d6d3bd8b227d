#include "component/wit/encode_types.h"

#include <algorithm>
#include <utility>

#include "component/binary/encode.h"

namespace airwasm::component::wit {

struct TypeEncoder::Structure {
  TypeEncoder& encoder;

  std::vector<std::string_view> Labels(const std::vector<Member>& members) {
    std::vector<std::string_view> labels;
    for (const Member& member : members) labels.push_back(member.name);
    return labels;
  }
  syntax::DefType operator()(const Record& record) {
    syntax::Record out;
    for (const Member& field : record.fields) {
      out.fields.push_back({field.name, encoder.Encode(*field.type)});
    }
    return out;
  }
  syntax::DefType operator()(const Variant& variant) {
    syntax::Variant out;
    for (const Member& c : variant.cases) out.cases.push_back({c.name, encoder.Encode(c.type)});
    return out;
  }
  syntax::DefType operator()(const Enum& e) { return syntax::Enum{Labels(e.cases)}; }
  syntax::DefType operator()(const Flags& flags) { return syntax::Flags{Labels(flags.flags)}; }
  syntax::DefType operator()(const Tuple& tuple) {
    syntax::Tuple out;
    for (const Type part : tuple.types) out.types.push_back(encoder.Encode(part));
    return out;
  }
  syntax::DefType operator()(const List& list) {
    return syntax::List{encoder.Encode(list.element), list.length};
  }
  syntax::DefType operator()(const Option& o) { return syntax::Option{encoder.Encode(o.type)}; }
  syntax::DefType operator()(const Result& result) {
    // In two steps: each may define types, and the order is to be the same everywhere.
    const auto ok = encoder.Encode(result.ok);
    return syntax::Result{ok, encoder.Encode(result.error)};
  }
  syntax::DefType operator()(const Map& map) {
    const syntax::ValType key = encoder.Encode(map.key);
    return syntax::Map{key, encoder.Encode(map.value)};
  }
  syntax::DefType operator()(const Stream& s) { return syntax::Stream{encoder.Encode(s.element)}; }
  syntax::DefType operator()(const Future& f) { return syntax::Future{encoder.Encode(f.element)}; }
  syntax::DefType operator()(const Own& own) { return syntax::Own{encoder.IndexOf(own.resource)}; }
  syntax::DefType operator()(const Borrow& borrow) {
    return syntax::Borrow{encoder.IndexOf(borrow.resource)};
  }
  syntax::DefType operator()(const Resource&) { return syntax::PrimType::kBool; }  // see Define
  syntax::DefType operator()(const Alias&) { return syntax::PrimType::kBool; }     // see Define
};

uint32_t TypeEncoder::DefineOnce(syntax::DefType type) {
  syntax::Type definition{std::move(type)};
  std::vector<uint8_t> key;
  binary::Encode(key, definition);
  const auto found = defined_.find(key);
  if (found != defined_.end()) return found->second;
  const uint32_t index = out_.Add(std::move(definition));
  defined_.emplace(std::move(key), index);
  return index;
}

uint32_t TypeEncoder::Define(TypeId id) {
  const TypeDef& def = document_.types[id];
  if (const auto* alias = std::get_if<Alias>(&def.what)) {
    const syntax::ValType target = Encode(alias->target);
    return target.IsPrim() ? DefineOnce(target.prim()) : target.index();
  }
  return DefineOnce(std::visit(Structure{*this}, def.what));
}

uint32_t TypeEncoder::IndexOf(TypeId id) {
  if (const auto known = known_.find(id); known != known_.end()) return known->second;
  const uint32_t index = resolver_(id);
  known_[id] = index;
  return index;
}

// Recursion: types without a name nest at most limits::kTypeNesting deep.
syntax::ValType TypeEncoder::Encode(Type type) {
  if (type.IsPrim()) return type;
  if (!document_.types[type.index()].name.empty()) {
    return syntax::ValType::Index(IndexOf(type.index()));
  }
  if (const auto known = known_.find(type.index()); known != known_.end()) {
    return syntax::ValType::Index(known->second);
  }
  const uint32_t index = Define(type.index());
  known_[type.index()] = index;
  return syntax::ValType::Index(index);
}

std::optional<syntax::ValType> TypeEncoder::Encode(const std::optional<Type>& type) {
  return type ? std::optional(Encode(*type)) : std::nullopt;
}

uint32_t TypeEncoder::Encode(const Function& function) {
  syntax::FuncType type;
  type.async = function.async;
  for (const Member& param : function.params) {
    type.params.push_back({param.name, Encode(*param.type)});
  }
  type.result = Encode(function.result);
  return DefineOnce(std::move(type));
}

std::vector<TypeId> InOrderOfNeed(std::vector<TypeId> types) {
  std::sort(types.begin(), types.end());  // a Document has them in this order
  return types;
}

void LiveTypes::Add(const Function& function) {
  if (function.resource) Add(*function.resource);
  for (const Member& param : function.params) {
    if (!param.type->IsPrim()) Add(param.type->index());
  }
  if (function.result && !function.result->IsPrim()) Add(function.result->index());
}

void LiveTypes::Add(TypeId id) {
  std::vector<TypeId> work = {id};
  std::vector<Type> mentioned;
  while (!work.empty()) {
    const TypeId next = work.back();
    work.pop_back();
    if (!live_.emplace(next, true).second) continue;
    const TypeDef& def = document_.types[next];
    if (const auto* own = std::get_if<Own>(&def.what)) work.push_back(own->resource);
    if (const auto* borrow = std::get_if<Borrow>(&def.what)) work.push_back(borrow->resource);
    mentioned.clear();
    AppendMentioned(def, mentioned);
    for (const Type type : mentioned) {
      if (!type.IsPrim()) work.push_back(type.index());
    }
  }
}

}  // namespace airwasm::component::wit
