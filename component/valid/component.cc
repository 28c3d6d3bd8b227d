// The order of validation: definition by definition, and the type that a component gets in the end.
#include "component/valid/component_validator.h"

namespace airwasm::component::valid {

Expected<ValidComponent> Validate(const syntax::Component& component, const Options& options,
                                  TypeRegistry& registry) {
  ValidComponent result;
  result.types = std::make_unique<ComponentTypes>();
  ComponentValidator validator(options, registry, *result.types);
  ASSIGN_OR_RETURN(result.root, validator.Component(component, nullptr));
  return result;
}

Error ComponentValidator::Fail(std::string message, ErrorKind kind) const {
  Error error;
  error.kind = kind;
  error.offset = offset_;
  error.message = std::move(message);
  return error;
}

Error ComponentValidator::FailLimit(const std::string& what, uint64_t limit) const {
  return Fail(what + " exceeds the limit of " + std::to_string(limit), ErrorKind::kLimit);
}

Error ComponentValidator::FailIndex(std::string_view what, uint32_t index) const {
  const std::string text(what);
  return Fail("unknown " + text + " " + std::to_string(index) + ": " + text +
              " index out of bounds");
}

Checked ComponentValidator::Require(ComponentFeature feature, std::string_view what) const {
  if (options_.features.Has(feature)) return Ok();
  return Fail(std::string(what) + ": the feature " + std::string(FeatureText(feature)) +
              " is switched off");
}

Checked ComponentValidator::Spend(uint64_t work) {
  work_ += work;
  if (work_ <= limits::kTypeWork) return Ok();
  return FailLimit("the work of copying and comparing types", limits::kTypeWork);
}

Checked ComponentValidator::SpendCopy(const NamedList<ExternType>& list) {
  uint64_t work = 0;
  for (const auto& [name, type] : list) work += limits::EntryWork(name.size());
  return Spend(work);
}

Checked ComponentValidator::SpendCopy(const std::vector<std::string>& path) {
  uint64_t work = 0;
  for (const std::string& name : path) work += limits::EntryWork(name.size());
  return Spend(work);
}

Expected<std::unique_ptr<ComponentInfo>> ComponentValidator::Component(
    const syntax::Component& component, Scope* parent) {
  Scope scope(Scope::Kind::kComponent, parent);
  if (scope.depth > limits::kComponentNesting) {
    return FailLimit("nesting of components", limits::kComponentNesting);
  }
  Scope* const outer = std::exchange(scope_, &scope);
  for (const syntax::Definition& definition : component.definitions) {
    offset_ = definition.offset;
    RETURN_IF_ERROR(Define(definition));
  }
  for (size_t i = 0; i < scope.consumed_values.size(); ++i) {
    if (!scope.consumed_values[i]) {
      return Fail("value index " + std::to_string(i) +
                  " was not used as part of an instantiation, start function, or export");
    }
  }
  ASSIGN_OR_RETURN(scope.info.type, Finish(scope));
  scope_ = outer;
  return std::make_unique<ComponentInfo>(std::move(scope.info));
}

Checked ComponentValidator::Define(const syntax::Definition& definition) {
  return std::visit([this](const auto& d) { return Do(d); }, definition.what);
}

Checked ComponentValidator::Do(const syntax::CustomSection&) {
  return Ok();
}

Checked ComponentValidator::Do(const std::unique_ptr<syntax::Component>& d) {
  Scope& scope = *scope_;
  const auto index = static_cast<uint32_t>(scope.info.components.size());
  if (index >= limits::kComponents) return FailLimit("components count", limits::kComponents);
  ASSIGN_OR_RETURN(std::unique_ptr<ComponentInfo> info, Component(*d, &scope));
  scope.info.components.push_back(info->type);
  scope.info.nested.emplace(index, std::move(info));
  return Ok();
}

// The type of the component or component type of `scope`.
Expected<ComponentTypeId> ComponentValidator::Finish(Scope& scope) {
  ComponentType type;
  if (scope.is_component()) {
    // What exports mention that no import has brought was made here.
    std::unordered_set<ResourceId> seen;
    for (const auto& imported : scope.imported_resources) seen.insert(imported.id);
    std::vector<ComponentType::ImportedResource> found;
    for (const auto& [name, extern_type] : scope.exports) {
      std::vector<std::string> path = {name};
      RETURN_IF_ERROR(FindResources(extern_type, Take::kUnless, seen, path, found));
    }
    for (auto& resource : found) {
      scope.defined_resources.push_back(resource.id);
      scope.defined_paths.push_back(std::move(resource.path));
    }
  }
  type.imports = std::move(scope.imports);
  type.exports = std::move(scope.exports);
  type.imported_resources = std::move(scope.imported_resources);
  type.defined_resources = std::move(scope.defined_resources);
  type.defined_paths = std::move(scope.defined_paths);
  return AddComponentType(std::move(type));
}

}  // namespace airwasm::component::valid
