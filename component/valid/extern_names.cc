// What the name of an import or export says about its type, and its attributes.
// Spec: component model, Binary, "Import and Export Definitions".
#include "component/valid/component_validator.h"
#include "component/valid/subtyping.h"

namespace airwasm::component::valid {
namespace {

// The resource of `(own R)` or `(result (own R) E?)`.
std::optional<ResourceId> ConstructedResource(const TypeTable& values, ValType type) {
  if (type.IsPrim()) return std::nullopt;
  if (const auto* result = std::get_if<ResultType>(&values.Get(type))) {
    if (!result->ok || result->ok->IsPrim()) return std::nullopt;
    type = *result->ok;
  }
  const auto* own = std::get_if<OwnType>(&values.Get(type));
  if (own == nullptr) return std::nullopt;
  return own->resource;
}

std::optional<ResourceId> BorrowedResource(const TypeTable& values, ValType type) {
  if (type.IsPrim()) return std::nullopt;
  const auto* borrow = std::get_if<BorrowType>(&values.Get(type));
  if (borrow == nullptr) return std::nullopt;
  return borrow->resource;
}

}  // namespace

Checked ComponentValidator::CheckName(std::string_view direction, const syntax::ExternName& name,
                                      const ExternType& type, const ResourceNames& resources) {
  const std::string text(name.name);
  if (text.size() > limits::kNameBytes) return FailLimit("length of a name", limits::kNameBytes);
  ParsedName parsed;
  const std::string problem =
      ParseExternName(name.name, options_.features.Has(ComponentFeature::kCanonicalNames), parsed);
  if (!problem.empty()) {
    return Fail(std::string(direction) + " name `" + text +
                "` is not a valid extern name: " + problem);
  }
  RETURN_IF_ERROR(CheckAnnotated(parsed, text, type, resources));
  if (name.implements) RETURN_IF_ERROR(CheckImplements(direction, name, parsed, type));
  if (name.external_id) RETURN_IF_ERROR(Require(ComponentFeature::kAttributes, "external-id"));
  if (name.version_suffix) RETURN_IF_ERROR(CheckVersionSuffix(name));
  return Ok();
}

Checked ComponentValidator::CheckAnnotated(const ParsedName& parsed, std::string_view name,
                                           const ExternType& type, const ResourceNames& resources) {
  using Kind = ParsedName::Kind;
  if (parsed.kind == Kind::kLabel || parsed.kind == Kind::kInterface) return Ok();
  const std::string at = "item `" + std::string(name) + "`";
  if (type.sort != Sort::kFunc) return Fail(at + " is not a func");
  if (parsed.kind == Kind::kStatic) {
    if (resources.by_name.contains(std::string(parsed.resource))) return Ok();
    return Fail(at + ": static resource name is not known in this context");
  }
  const FuncType& func = values().GetFunc(type.id);
  std::optional<ResourceId> resource;
  if (parsed.kind == Kind::kConstructor) {
    if (func.async) return Fail(at + ": constructor function cannot be async");
    if (!func.result) return Fail(at + ": function should return one value");
    resource = ConstructedResource(values(), *func.result);
    if (!resource) {
      return Fail(at + ": function should return `(own $T)` or `(result (own $T))`");
    }
  } else {
    if (func.params.empty()) return Fail(at + ": function should have at least one argument");
    if (func.params[0].name != "self") {
      return Fail(at + ": function should have a first argument called `self`");
    }
    resource = BorrowedResource(values(), func.params[0].type);
    if (!resource) {
      return Fail(at + ": function should take a first argument of `(borrow $T)`");
    }
  }
  const auto wanted = resources.by_name.find(std::string(parsed.resource));
  if (wanted != resources.by_name.end() && wanted->second == *resource) return Ok();
  const auto found = resources.by_id.find(*resource);
  if (found == resources.by_id.end()) {
    return Fail(at + ": resource used in function does not have a name in this context");
  }
  return Fail(at + ": function does not match expected resource name `" + found->second + "`");
}

Checked ComponentValidator::CheckImplements(std::string_view direction,
                                            const syntax::ExternName& name,
                                            const ParsedName& parsed, const ExternType& type) {
  RETURN_IF_ERROR(Require(ComponentFeature::kAttributes, "implements"));
  const std::string interface(*name.implements);
  const bool canonical = options_.features.Has(ComponentFeature::kCanonicalNames);
  ParsedName implemented;
  const std::string problem = ParseExternName(interface, canonical, implemented);
  if (!problem.empty()) {
    return Fail("`implements` name `" + interface + "` is not a valid name: " + problem);
  }
  if (implemented.kind != ParsedName::Kind::kInterface) {
    return Fail("`implements` name `" + interface + "` must be an interface");
  }
  if (type.sort != Sort::kInstance) {
    return Fail("only instances can have an `implements`, " + std::string(direction) + " `" +
                std::string(name.name) + "` is a " + std::string(SortText(type.sort)));
  }
  if (parsed.kind != ParsedName::Kind::kLabel) {
    return Fail("name `" + std::string(name.name) + "` is not valid with `implements`");
  }
  return Ok();
}

Checked ComponentValidator::CheckVersionSuffix(const syntax::ExternName& name) {
  RETURN_IF_ERROR(Require(ComponentFeature::kCanonicalNames, "versionsuffix"));
  const size_t at = name.name.find('@');
  if (at == std::string_view::npos || !IsCanonicalVersion(name.name.substr(at + 1))) {
    return Fail("a `versionsuffix` needs a name with a canonical version");
  }
  const std::string version =
      std::string(name.name.substr(at + 1)) + std::string(*name.version_suffix);
  const std::string problem = CheckSemver(version);
  if (problem.empty()) return Ok();
  return Fail("`" + version + "` is not a valid semver: " + problem);
}

}  // namespace airwasm::component::valid
