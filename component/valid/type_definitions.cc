// Types of components, instances and resources.
//
// A component type is checked as a component is. The type of an instance is not asked for the
// visibility of what it exports before something of that type is imported or exported.
// Spec: component model, Explainer, "Declarators"; Binary, "Type Definitions".
#include "component/valid/component_validator.h"

namespace airwasm::component::valid {
namespace {

bool IsDeclarator(const syntax::Definition& definition) {
  struct Visitor {
    bool operator()(const syntax::CoreType&) const { return true; }
    bool operator()(const syntax::Type&) const { return true; }
    bool operator()(const syntax::Alias&) const { return true; }
    bool operator()(const syntax::Import&) const { return true; }
    bool operator()(const syntax::Export&) const { return true; }
    bool operator()(const syntax::CoreModule&) const { return false; }
    bool operator()(const syntax::CoreInstance&) const { return false; }
    bool operator()(const std::unique_ptr<syntax::Component>&) const { return false; }
    bool operator()(const syntax::Instance&) const { return false; }
    bool operator()(const syntax::Canon&) const { return false; }
    bool operator()(const syntax::Start&) const { return false; }
    bool operator()(const syntax::Value&) const { return false; }
    bool operator()(const syntax::CustomSection&) const { return false; }
  };
  return std::visit(Visitor{}, definition.what);
}

}  // namespace

Checked ComponentValidator::Declarators(const std::vector<syntax::Definition>& declarators,
                                        Scope& scope) {
  if (scope.depth > limits::kComponentNesting) {
    return FailLimit("nesting of types", limits::kComponentNesting);
  }
  if (declarators.size() > limits::kTypeDecls) {
    return FailLimit("declarators count", limits::kTypeDecls);
  }
  const size_t offset = offset_;
  Scope* const outer = std::exchange(scope_, &scope);
  for (const syntax::Definition& declarator : declarators) {
    offset_ = declarator.offset;
    if (!IsDeclarator(declarator)) {
      return Fail("a type is made of types, aliases, imports and exports only");
    }
    if (scope.kind == Scope::Kind::kInstanceType &&
        std::holds_alternative<syntax::Import>(declarator.what)) {
      return Fail("an instance type has no imports");
    }
    RETURN_IF_ERROR(Define(declarator));
  }
  scope_ = outer;
  offset_ = offset;
  return Ok();
}

Expected<TypeItem> ComponentValidator::ComponentTypeItem(const syntax::ComponentType& type) {
  Scope scope(Scope::Kind::kComponentType, scope_);
  RETURN_IF_ERROR(Declarators(type.declarators, scope));
  TypeItem item;
  item.kind = TypeItem::Kind::kComponent;
  ASSIGN_OR_RETURN(item.id, Finish(scope));
  return item;
}

Expected<TypeItem> ComponentValidator::InstanceTypeItem(const syntax::InstanceType& type) {
  Scope scope(Scope::Kind::kInstanceType, scope_);
  RETURN_IF_ERROR(Declarators(type.declarators, scope));
  InstanceType instance;
  instance.exports = std::move(scope.exports);
  instance.fresh_resources = std::move(scope.defined_resources);
  TypeItem item;
  item.kind = TypeItem::Kind::kInstance;
  ASSIGN_OR_RETURN(item.id, AddInstanceType(std::move(instance)));
  return item;
}

Expected<TypeItem> ComponentValidator::ResourceTypeItem(const syntax::ResourceType& type) {
  if (!scope_->is_component()) {
    return Fail("resources can only be defined within a concrete component");
  }
  if (type.rep != kI32) {
    if (type.rep != kI64) return Fail("resources can only be represented by `i32` or `i64`");
    RETURN_IF_ERROR(
        Require(ComponentFeature::kMemory64, "resources can only be represented by `i32`"));
  }
  if (type.dtor) {
    ASSIGN_OR_RETURN(const airwasm::TypeId dtor, CoreFuncAt(*type.dtor));
    if (dtor != registry_.InternFunc({{type.rep}, {}})) {
      return Fail("core function " + std::to_string(*type.dtor) +
                  " has wrong signature for a destructor");
    }
  }
  TypeItem item;
  item.kind = TypeItem::Kind::kResource;
  item.id = values().NewResource();
  item.naming = naming_.NewNamed({});
  return item;
}

}  // namespace airwasm::component::valid
