// Aliases of exports and of outer definitions.
// Spec: component model, Explainer and Binary, "Alias Definitions".
#include "component/valid/component_validator.h"
#include "component/valid/subtyping.h"

namespace airwasm::component::valid {
namespace {

// "a module", "an instance".
std::string WithArticle(std::string_view noun) {
  return (noun == "instance" ? "an " : "a ") + std::string(noun);
}

// What the message calls an index space.
std::string_view SpaceText(Sort sort) {
  return sort == Sort::kFunc || sort == Sort::kCoreFunc ? "function" : SortText(sort);
}

}  // namespace

Checked ComponentValidator::Do(const syntax::Alias& d) {
  if (!scope_->is_component()) {
    const bool allowed = d.target == syntax::Alias::Target::kOuter
                             ? d.sort == Sort::kType || d.sort == Sort::kCoreType
                             : d.sort == Sort::kType || d.sort == Sort::kInstance;
    if (!allowed) {
      return Fail("aliases in a component or instance type may only refer to types or instances");
    }
  }
  switch (d.target) {
    case syntax::Alias::Target::kExport:
      return ExportAlias(d);
    case syntax::Alias::Target::kCoreExport:
      return CoreExportAlias(d);
    case syntax::Alias::Target::kOuter:
      return OuterAlias(d);
  }
  return Ok();
}

Checked ComponentValidator::ExportAlias(const syntax::Alias& d) {
  const auto& instances = scope_->info.instances;
  if (d.instance >= instances.size()) return FailIndex("instance", d.instance);
  if (d.sort == Sort::kValue) RETURN_IF_ERROR(Require(ComponentFeature::kValues, "values"));
  const std::string index = std::to_string(d.instance);
  const std::string name(d.name);
  const ExternType* found = types_.instance(instances[d.instance]).exports.Find(d.name);
  if (found == nullptr) return Fail("instance " + index + " has no export named `" + name + "`");
  if (found->sort != d.sort) {
    return Fail("export `" + name + "` for instance " + index + " is not " +
                WithArticle(SortText(d.sort)));
  }
  return Push(*found);
}

Checked ComponentValidator::CoreExportAlias(const syntax::Alias& d) {
  const auto& instances = scope_->info.core_instances;
  if (d.instance >= instances.size()) return FailIndex("core instance", d.instance);
  const std::string index = std::to_string(d.instance);
  const std::string name(d.name);
  const CoreExternType* found = types_.core_instance(instances[d.instance]).exports.Find(d.name);
  if (found == nullptr) {
    return Fail("core instance " + index + " has no export named `" + name + "`");
  }
  // The first sorts are numbered as core externs are.
  if (found->index() != static_cast<size_t>(d.sort)) {
    return Fail("export `" + name + "` for core instance " + index + " is not " +
                WithArticle(SortText(d.sort)));
  }
  return PushCore(d.sort, *found);
}

Checked ComponentValidator::OuterAlias(const syntax::Alias& d) {
  Scope* target = scope_;
  bool crosses_component = false;
  for (uint32_t i = 0; i < d.outer_count; ++i) {
    crosses_component |= target->is_component();
    target = target->parent;
    if (target == nullptr) {
      return Fail("invalid outer alias count of " + std::to_string(d.outer_count));
    }
  }
  const uint32_t index = d.outer_index;
  const ComponentInfo& info = target->info;
  if (d.sort == Sort::kType) {
    if (index >= info.types.size()) return FailIndex("type", index);
    const TypeItem item = info.types[index];
    if (crosses_component) {
      ASSIGN_OR_RETURN(const bool has_resource, HasFreeResource(item));
      if (has_resource) {
        return Fail(
            "cannot alias outer type which transitively refers to resources not defined "
            "in the current component");
      }
    }
    return PushType(item);
  }
  if (d.sort == Sort::kCoreType) {
    if (index >= target->core_types.size()) return FailIndex("type", index);
    return PushCoreType(target->core_types[index]);
  }
  ExternType type;
  type.sort = d.sort;
  if (d.sort == Sort::kCoreModule) {
    if (index >= info.core_modules.size()) return FailIndex("module", index);
    type.id = info.core_modules[index];
    return Push(type);
  }
  if (d.sort == Sort::kComponent) {
    if (index >= info.components.size()) return FailIndex("component", index);
    type.id = info.components[index];
    return Push(type);
  }
  return Fail("outer aliases may not refer to a " + std::string(SpaceText(d.sort)));
}

}  // namespace airwasm::component::valid
