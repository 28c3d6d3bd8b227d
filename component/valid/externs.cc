// Imports and exports, of components and of types.
// Spec: component model, Binary, "Import and Export Definitions".
#include "component/valid/component_validator.h"
#include "component/valid/subtyping.h"

namespace airwasm::component::valid {

Expected<ExternType> ComponentValidator::Resolve(const syntax::ExternType& type,
                                                 std::vector<ResourceId>& fresh) {
  using Kind = TypeItem::Kind;
  ExternType result;
  result.sort = type.sort;
  switch (type.sort) {
    case Sort::kCoreModule: {
      ASSIGN_OR_RETURN(result.id, ModuleTypeAt(type.index));
      return result;
    }
    case Sort::kFunc: {
      ASSIGN_OR_RETURN(const TypeItem item, TypeAt(type.index, Kind::kFunc, "a function type"));
      result.id = item.id;
      result.naming = item.naming;
      return result;
    }
    case Sort::kValue: {
      RETURN_IF_ERROR(Require(ComponentFeature::kValues, "values"));
      if (type.bound == syntax::ExternType::Bound::kEq) {
        if (type.index >= scope_->info.values.size()) return FailIndex("value", type.index);
        result.value = scope_->info.values[type.index];
        result.naming = scope_->value_namings[type.index];
        return result;
      }
      ASSIGN_OR_RETURN(const Typed typed, Resolve(type.value_type));
      result.value = typed.type;
      result.naming = typed.naming;
      return result;
    }
    case Sort::kType: {
      if (type.bound == syntax::ExternType::Bound::kSubResource) {
        result.type.kind = Kind::kResource;
        result.type.id = values().NewResource();
        result.type.naming = naming_.NewNamed({});
        fresh.push_back(result.type.id);
        return result;
      }
      ASSIGN_OR_RETURN(result.type, TypeAt(type.index));
      result.type.naming = naming_.Renew(result.type.naming);
      return result;
    }
    case Sort::kComponent: {
      ASSIGN_OR_RETURN(const TypeItem item,
                       TypeAt(type.index, Kind::kComponent, "a component type"));
      result.id = item.id;
      return result;
    }
    case Sort::kInstance: {
      ASSIGN_OR_RETURN(const TypeItem item,
                       TypeAt(type.index, Kind::kInstance, "an instance type"));
      ASSIGN_OR_RETURN(result.id, Open(item.id, fresh));
      return result;
    }
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      break;
  }
  return Fail("a core " + std::string(syntax::RowOf(type.sort).text) +
              " cannot be imported or exported by components");
}

Checked ComponentValidator::AddExtern(Direction direction, const syntax::ExternName& name,
                                      const ExternType& type) {
  Scope& scope = *scope_;
  const bool is_import = direction == Direction::kImport;
  const std::string text = is_import ? "import" : "export";
  ResourceNames& resources = is_import ? scope.imported_names : scope.exported_names;
  RETURN_IF_ERROR(CheckName(text, name, type, resources));
  NameSet& names = is_import ? scope.import_names : scope.export_names;
  if (const std::string* previous = names.Add(name.name)) {
    return Fail(text + " name `" + std::string(name.name) + "` conflicts with previous name `" +
                *previous + "`");
  }
  if (scope.kind != Scope::Kind::kInstanceType) {
    NamedSet& named = is_import ? scope.named_by_imports : scope.named_by_exports;
    if (!NameParts(type, named)) {
      return Fail(std::string(SortText(type.sort)) + " not valid to be used as " + text);
    }
    if (is_import) NameParts(type, scope.named_by_exports);
    RETURN_IF_ERROR(Spend(1));  // and all that the walk has noted
  }
  std::string own_name(name.name);
  if (type.sort == Sort::kType && type.type.kind == TypeItem::Kind::kResource) {
    resources.Add(own_name, type.type.id);
  }
  NamedList<ExternType>& list = is_import ? scope.imports : scope.exports;
  if (list.size() >= (is_import ? limits::kImports : limits::kExports)) {
    return FailLimit(text + "s count", is_import ? limits::kImports : limits::kExports);
  }
  list.Add(std::move(own_name), type);
  return Push(type);
}

Checked ComponentValidator::Do(const syntax::Import& d) {
  std::vector<ResourceId> fresh;
  ASSIGN_OR_RETURN(const ExternType type, Resolve(d.type, fresh));
  RETURN_IF_ERROR(AddExtern(Direction::kImport, d.name, type));
  if (fresh.empty()) return Ok();
  std::unordered_set<ResourceId> wanted(fresh.begin(), fresh.end());
  std::vector<std::string> path = {std::string(d.name.name)};
  return FindResources(type, Take::kIf, wanted, path, scope_->imported_resources);
}

Checked ComponentValidator::Do(const syntax::Export& d) {
  std::vector<ResourceId> fresh;
  ExternType type;
  if (!scope_->is_component()) {  // a declarator
    if (!d.type) return Fail("an export of a type has no type");
    ASSIGN_OR_RETURN(type, Resolve(*d.type, fresh));
    RETURN_IF_ERROR(AddExtern(Direction::kExport, d.name, type));
    std::unordered_set<ResourceId> wanted(fresh.begin(), fresh.end());
    std::vector<std::string> path = {std::string(d.name.name)};
    std::vector<ComponentType::ImportedResource> found;
    RETURN_IF_ERROR(FindResources(type, Take::kIf, wanted, path, found));
    for (auto& resource : found) {
      scope_->defined_resources.push_back(resource.id);
      scope_->defined_paths.push_back(std::move(resource.path));
    }
    return Ok();
  }
  ASSIGN_OR_RETURN(type, EntityAt(d.item));
  if (d.type) {
    ASSIGN_OR_RETURN(const ExternType ascribed, Resolve(*d.type, fresh));
    Matcher matcher(*this);
    matcher.Introduce(fresh);
    if (!matcher.Match(type, ascribed)) {
      return matcher.Problem("ascribed type of export is not compatible with item's type");
    }
    for (ResourceId resource : fresh) {
      scope_->info.ascribed.emplace_back(resource, matcher.substitution().Apply(resource));
    }
    type = ascribed;
  } else if (type.sort == Sort::kType) {
    type.type.naming = naming_.Renew(type.type.naming);
  }
  RETURN_IF_ERROR(AddExtern(Direction::kExport, d.name, type));
  // An exported value has left the component.
  if (type.sort == Sort::kValue) scope_->consumed_values.back() = true;
  return Ok();
}

}  // namespace airwasm::component::valid
