// Component instances: instantiation with arguments, and bundles of exports.
// Spec: component model, Explainer and Binary, "Instance Definitions".
#include "component/valid/component_validator.h"
#include "component/valid/subtyping.h"

namespace airwasm::component::valid {

Checked ComponentValidator::Do(const syntax::Instance& d) {
  const auto index = static_cast<uint32_t>(scope_->info.instances.size());
  if (!d.component) {
    ASSIGN_OR_RETURN(const InstanceTypeId type, Bundle(d));
    return PushInstance(type);
  }
  ComponentInfo::Instantiation instantiation;
  ASSIGN_OR_RETURN(const InstanceTypeId type, Instantiate(d, instantiation));
  RETURN_IF_ERROR(PushInstance(type));
  scope_->info.instantiations.emplace(index, std::move(instantiation));
  return Ok();
}

Expected<InstanceTypeId> ComponentValidator::Instantiate(
    const syntax::Instance& d, ComponentInfo::Instantiation& instantiation) {
  const auto& components = scope_->info.components;
  if (*d.component >= components.size()) return FailIndex("component", *d.component);
  const ComponentTypeId component_id = components[*d.component];
  const ComponentType& component = types_.component(component_id);
  if (d.args.size() > limits::kInstantiateArgs) {
    return FailLimit("instantiation arguments count", limits::kInstantiateArgs);
  }
  RETURN_IF_ERROR(Spend(d.args.size() + component.imports.size()));
  NamedList<ExternType> args;
  for (const syntax::Instance::Arg& arg : d.args) {
    ASSIGN_OR_RETURN(const ExternType type, EntityAt(arg.item));
    const std::string name(arg.name);
    if (!args.Add(name, type)) {
      return Fail("instantiation argument `" + name + "` conflicts with previous argument `" +
                  name + "`");
    }
  }
  Matcher matcher(*this);
  for (const auto& resource : component.imported_resources) matcher.Introduce({resource.id});
  for (const auto& [name, type] : component.imports) {
    const ExternType* arg = args.Find(name);
    if (arg == nullptr) return Fail("missing import named `" + name + "`");
    if (!matcher.Match(*arg, type)) {
      return matcher.Problem("type mismatch for instantiation argument `" + name + "`");
    }
  }
  EntitySubstitution& substitution = matcher.substitution();
  for (const auto& resource : component.imported_resources) {
    instantiation.imported.emplace_back(resource.id, substitution.Apply(resource.id));
  }
  for (ResourceId resource : component.defined_resources) {
    const ResourceId fresh = values().NewResource();
    substitution.Map(resource, fresh);
    instantiation.defined.emplace_back(resource, fresh);
  }
  return InstanceOf(component_id, substitution);
}

Expected<InstanceTypeId> ComponentValidator::Bundle(const syntax::Instance& d) {
  if (d.exports.size() > limits::kInlineExports) {
    return FailLimit("instance exports count", limits::kInlineExports);
  }
  InstanceType instance;
  NameSet names;
  // A bundle has no index spaces of its own, in which an export would give a resource its name.
  const ResourceNames no_resources;
  for (const syntax::Instance::Export& e : d.exports) {
    ASSIGN_OR_RETURN(const ExternType type, EntityAt(e.item));
    RETURN_IF_ERROR(CheckName("export", e.name, type, no_resources));
    const std::string name(e.name.name);
    if (const std::string* previous = names.Add(name)) {
      return Fail("export name `" + name + "` conflicts with previous name `" + *previous + "`");
    }
    instance.exports.Add(name, type);
  }
  return AddInstanceType(std::move(instance));
}

}  // namespace airwasm::component::valid
