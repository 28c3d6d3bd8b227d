#include "component/compose/index_spaces.h"

#include <variant>

namespace airwasm::component::compose {

using syntax::Sort;

bool SortOfDefinition(const syntax::Definition& definition, Sort* sort) {
  struct Visitor {
    Sort* sort;
    bool Is(Sort s) const { return *sort = s, true; }
    bool operator()(const syntax::CoreModule&) const { return Is(Sort::kCoreModule); }
    bool operator()(const syntax::CoreInstance&) const { return Is(Sort::kCoreInstance); }
    bool operator()(const syntax::CoreType&) const { return Is(Sort::kCoreType); }
    bool operator()(const std::unique_ptr<syntax::Component>&) const {
      return Is(Sort::kComponent);
    }
    bool operator()(const syntax::Instance&) const { return Is(Sort::kInstance); }
    bool operator()(const syntax::Alias& d) const { return Is(d.sort); }
    bool operator()(const syntax::Type&) const { return Is(Sort::kType); }
    bool operator()(const syntax::Canon& d) const {
      return Is(d.kind == syntax::CanonKind::kLift ? Sort::kFunc : Sort::kCoreFunc);
    }
    bool operator()(const syntax::Start&) const { return false; }  // values are not followed
    bool operator()(const syntax::Import& d) const { return Is(d.type.sort); }
    // A declarator has a type and no item.
    bool operator()(const syntax::Export& d) const {
      return Is(d.type ? d.type->sort : d.item.sort);
    }
    bool operator()(const syntax::Value&) const { return Is(Sort::kValue); }
    bool operator()(const syntax::CustomSection&) const { return false; }
  };
  return std::visit(Visitor{sort}, definition.what);
}

IndexSpaces::IndexSpaces(const std::vector<syntax::Definition>& definitions) {
  Sort sort = Sort::kFunc;
  for (const syntax::Definition& definition : definitions) {
    if (SortOfDefinition(definition, &sort))
      spaces_[static_cast<size_t>(sort)].push_back(&definition);
  }
}

}  // namespace airwasm::component::compose
