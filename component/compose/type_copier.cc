#include "component/compose/type_copier.h"

#include <memory>
#include <utility>
#include <variant>

namespace airwasm::component::compose {

using syntax::Definition;
using syntax::DefType;
using syntax::Sort;
using syntax::ValType;

ValType TypeCopier::Copy(ValType type, uint32_t level) const {
  return type.IsPrim() ? type : ValType::Index(Index(Sort::kType, type.index(), level));
}

std::optional<ValType> TypeCopier::Copy(const std::optional<ValType>& type, uint32_t level) const {
  if (!type) return std::nullopt;
  return Copy(*type, level);
}

// The decoder limits how deep types nest.
std::vector<Definition> TypeCopier::CopyBody(const std::vector<Definition>& body,
                                             uint32_t level) const {
  std::vector<Definition> copy;
  copy.reserve(body.size());
  for (const Definition& d : body) copy.push_back(Copy(d, level));
  return copy;
}

DefType TypeCopier::Copy(const DefType& type, uint32_t level) const {
  struct Visitor {
    const TypeCopier& c;
    uint32_t level;
    ValType Of(ValType t) const { return c.Copy(t, level); }
    std::optional<ValType> Of(const std::optional<ValType>& t) const { return c.Copy(t, level); }
    uint32_t Of(uint32_t type_index) const { return c.Index(Sort::kType, type_index, level); }
    std::vector<syntax::Labelled> Of(std::vector<syntax::Labelled> list) const {
      for (syntax::Labelled& item : list) item.type = Of(item.type);
      return list;
    }
    DefType operator()(syntax::PrimType t) const { return t; }
    DefType operator()(const syntax::Record& t) const { return syntax::Record{Of(t.fields)}; }
    DefType operator()(syntax::Variant t) const {
      for (syntax::Case& item : t.cases) item.type = Of(item.type);
      return t;
    }
    DefType operator()(const syntax::List& t) const {
      return syntax::List{Of(t.element), t.length};
    }
    DefType operator()(syntax::Tuple t) const {
      for (ValType& item : t.types) item = Of(item);
      return t;
    }
    DefType operator()(const syntax::Flags& t) const { return t; }
    DefType operator()(const syntax::Enum& t) const { return t; }
    DefType operator()(const syntax::Option& t) const { return syntax::Option{Of(t.type)}; }
    DefType operator()(const syntax::Result& t) const {
      return syntax::Result{Of(t.ok), Of(t.error)};
    }
    DefType operator()(const syntax::Own& t) const { return syntax::Own{Of(t.resource)}; }
    DefType operator()(const syntax::Borrow& t) const { return syntax::Borrow{Of(t.resource)}; }
    DefType operator()(const syntax::Stream& t) const { return syntax::Stream{Of(t.element)}; }
    DefType operator()(const syntax::Future& t) const { return syntax::Future{Of(t.element)}; }
    DefType operator()(const syntax::Map& t) const { return syntax::Map{Of(t.key), Of(t.value)}; }
    DefType operator()(const syntax::FuncType& t) const {
      return syntax::FuncType{t.async, Of(t.params), Of(t.result)};
    }
    DefType operator()(const syntax::ComponentType& t) const {
      return syntax::ComponentType{c.CopyBody(t.declarators, level + 1)};
    }
    DefType operator()(const syntax::InstanceType& t) const {
      return syntax::InstanceType{c.CopyBody(t.declarators, level + 1)};
    }
    DefType operator()(const syntax::ResourceType& t) const { return t; }
  };
  return std::visit(Visitor{*this, level}, type);
}

syntax::ExternType TypeCopier::Copy(const syntax::ExternType& type, uint32_t level) const {
  syntax::ExternType copy = type;
  switch (type.sort) {
    case Sort::kCoreModule:
      copy.index = Index(Sort::kCoreType, type.index, level);
      return copy;
    case Sort::kType:
      if (type.bound == syntax::ExternType::Bound::kEq)
        copy.index = Index(Sort::kType, type.index, level);
      return copy;
    case Sort::kValue:
      copy.value_type = Copy(type.value_type, level);
      return copy;
    default:  // functions, instances and components have a type
      copy.index = Index(Sort::kType, type.index, level);
      return copy;
  }
}

syntax::ModuleType TypeCopier::Copy(const syntax::ModuleType& type, uint32_t level) const {
  syntax::ModuleType copy;
  for (const syntax::ModuleType::Declarator& d : type.declarators) {
    syntax::ModuleType::Declarator& to = copy.declarators.emplace_back();
    to.offset = d.offset;
    if (const auto* const alias = std::get_if<syntax::ModuleType::OuterAlias>(&d.what)) {
      syntax::ModuleType::OuterAlias outer = *alias;
      if (outer.count <= level)
        outer.index = Index(Sort::kCoreType, alias->index, level - alias->count);
      to.what = outer;
    } else if (const auto* const nested =
                   std::get_if<std::unique_ptr<syntax::ModuleType>>(&d.what)) {
      to.what = std::make_unique<syntax::ModuleType>(Copy(**nested, level + 1));
    } else if (const auto* const import = std::get_if<syntax::ModuleType::Import>(&d.what)) {
      to.what = *import;
    } else if (const auto* const group = std::get_if<syntax::ModuleType::RecGroup>(&d.what)) {
      to.what = *group;
    } else {
      to.what = std::get<syntax::ModuleType::Export>(d.what);
    }
  }
  return copy;
}

syntax::CoreType TypeCopier::Copy(const syntax::CoreType& type, uint32_t level) const {
  syntax::CoreType copy;
  if (const auto* const module = std::get_if<syntax::ModuleType>(&type.what)) {
    copy.what = Copy(*module, level + 1);
  } else {
    copy.what = std::get<syntax::ModuleType::RecGroup>(type.what);
  }
  return copy;
}

Definition TypeCopier::Copy(const Definition& definition, uint32_t level) const {
  Definition copy;
  copy.offset = definition.offset;
  if (const auto* const type = std::get_if<syntax::Type>(&definition.what)) {
    copy.what = syntax::Type{Copy(type->type, level)};
  } else if (const auto* const core = std::get_if<syntax::CoreType>(&definition.what)) {
    copy.what = Copy(*core, level);
  } else if (const auto* const alias = std::get_if<syntax::Alias>(&definition.what)) {
    syntax::Alias to = *alias;
    if (alias->target == syntax::Alias::Target::kExport) {
      to.instance = Index(Sort::kInstance, alias->instance, level);
    } else if (alias->target == syntax::Alias::Target::kOuter && alias->outer_count <= level) {
      to.outer_index = Index(alias->sort, alias->outer_index, level - alias->outer_count);
    }
    copy.what = to;
  } else if (const auto* const import = std::get_if<syntax::Import>(&definition.what)) {
    copy.what = syntax::Import{import->name, Copy(import->type, level)};
  } else if (const auto* const e = std::get_if<syntax::Export>(&definition.what)) {
    syntax::Export to = *e;
    if (e->type) to.type = Copy(*e->type, level);
    copy.what = to;
  }
  return copy;  // nothing else stands in the body of a type
}

}  // namespace airwasm::component::compose
