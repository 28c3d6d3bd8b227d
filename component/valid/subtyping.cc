// Recursion is bounded by limits::kTypeNesting; time by ComponentValidator::Spend.
#include "component/valid/subtyping.h"

namespace airwasm::component::valid {
namespace {

// Of comparing two entities, and of making a Matcher, in the units of limits::kTypeWork.
constexpr uint64_t kMatchWork = 4;
constexpr uint64_t kMatcherWork = 64;

std::string_view KindText(TypeItem::Kind kind) {
  switch (kind) {
    case TypeItem::Kind::kValue:
      return "defined type";
    case TypeItem::Kind::kFunc:
      return "function type";
    case TypeItem::Kind::kComponent:
      return "component type";
    case TypeItem::Kind::kInstance:
      return "instance type";
    case TypeItem::Kind::kResource:
      return "resource";
  }
  return "";
}

}  // namespace

std::string_view SortText(Sort sort) {
  return syntax::RowOf(sort).text;
}

bool Matcher::Fail(std::string message) {
  error_ = validator_.Fail(std::move(message));
  return false;
}

bool Matcher::Fail(Error error) {
  error_ = std::move(error);
  return false;
}

bool Matcher::Spend(uint64_t work) {
  auto charged = validator_.Spend(work);
  return charged.ok() || Fail(std::move(charged).error());
}

bool Matcher::In(const std::string& context) {
  error_.message = context + ": " + error_.message;
  return false;
}

Error Matcher::Problem(const std::string& context) const {
  Error error = error_;
  error.message = context + ": " + error.message;
  return error;
}

bool Matcher::Match(const ExternType& actual, const ExternType& expected) {
  if (!Spend(kMatchWork)) return false;
  if (actual.sort != expected.sort) {
    return Fail("expected " + std::string(SortText(expected.sort)) + ", found " +
                std::string(SortText(actual.sort)));
  }
  switch (expected.sort) {
    case Sort::kCoreModule:
      return MatchModule(actual.id, expected.id);
    case Sort::kFunc:
      return MatchFunc(actual.id, expected.id);
    case Sort::kValue: {
      const ValType wanted = substitution_.Apply(expected.value);
      if (actual.value == wanted) return true;
      return Fail(DifferenceOf(validator_.values(), actual.value, wanted, true));
    }
    case Sort::kType:
      return MatchItem(actual.type, expected.type);
    case Sort::kComponent:
      return MatchComponent(actual.id, expected.id);
    case Sort::kInstance:
      return MatchInstance(actual.id, expected.id);
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      break;
  }
  return Fail("not an entity of components");
}

bool Matcher::MatchItem(const TypeItem& actual, const TypeItem& expected) {
  if (actual.kind != expected.kind) {
    return Fail("expected " + std::string(KindText(expected.kind)) + ", found " +
                std::string(KindText(actual.kind)));
  }
  switch (expected.kind) {
    case TypeItem::Kind::kResource:
      return MatchResource(actual, expected);
    case TypeItem::Kind::kValue: {
      const ValType wanted = substitution_.Apply(expected.value);
      if (actual.value != wanted) {
        return Fail(DifferenceOf(validator_.values(), actual.value, wanted, true));
      }
      break;
    }
    case TypeItem::Kind::kFunc:
      if (!MatchFunc(actual.id, expected.id)) return false;
      break;
    case TypeItem::Kind::kInstance: {
      auto wanted = substitution_.ApplyInstance(expected.id);
      if (!wanted.ok()) return Fail(std::move(wanted).error());
      if (!MatchBothWays(actual.id, *wanted, &Matcher::MatchInstance)) return false;
      break;
    }
    case TypeItem::Kind::kComponent: {
      auto wanted = substitution_.ApplyComponent(expected.id);
      if (!wanted.ok()) return Fail(std::move(wanted).error());
      if (!MatchBothWays(actual.id, *wanted, &Matcher::MatchComponent)) return false;
      break;
    }
  }
  if (expected.naming != kNoNaming && validator_.naming().IsNamed(expected.naming)) {
    substitution_.MapNaming(expected.naming, actual.naming);
  }
  return true;
}

// Equality. Types that share parts would have this come by the same pair exponentially often, so
// pairs that are equal are remembered.
bool Matcher::MatchBothWays(uint32_t actual, uint32_t wanted,
                            bool (Matcher::*match)(uint32_t, uint32_t)) {
  if (actual == wanted) return true;
  const bool component = match == &Matcher::MatchComponent;
  if (validator_.AreEqual(component, actual, wanted)) return true;
  if (!Spend(kMatcherWork)) return false;
  for (const bool back : {false, true}) {
    Matcher inner(validator_);
    if (!(inner.*match)(back ? wanted : actual, back ? actual : wanted)) {
      return Fail(std::move(inner.error_));
    }
  }
  validator_.SetEqual(component, actual, wanted);
  return true;
}

bool Matcher::MatchResource(const TypeItem& actual, const TypeItem& expected) {
  if (open_.erase(expected.id) != 0) {
    substitution_.Map(expected.id, actual.id);
  } else if (substitution_.Apply(ResourceId{expected.id}) != actual.id) {
    return Fail("resource types are not the same");
  }
  substitution_.MapNaming(expected.naming, actual.naming);
  return true;
}

bool Matcher::MatchFunc(FuncTypeId actual_id, FuncTypeId expected_id) {
  const FuncTypeId wanted_id = substitution_.ApplyFunc(expected_id);
  if (actual_id == wanted_id) return true;
  const TypeTable& values = validator_.values();
  const FuncType& actual = values.GetFunc(actual_id);
  const FuncType& wanted = values.GetFunc(wanted_id);
  if (actual.async != wanted.async) {
    return Fail(wanted.async ? "expected an async function, found a sync function"
                             : "expected a sync function, found an async function");
  }
  if (actual.params.size() != wanted.params.size()) {
    return Fail("expected " + std::to_string(wanted.params.size()) + " parameters, found " +
                std::to_string(actual.params.size()));
  }
  for (size_t i = 0; i < wanted.params.size(); ++i) {
    const Field& a = actual.params[i];
    const Field& w = wanted.params[i];
    if (a.name != w.name) {
      return Fail("expected parameter named `" + w.name + "`, found `" + a.name + "`");
    }
    const std::string difference = DifferenceOf(values, a.type, w.type, false);
    if (!difference.empty()) {
      return Fail("type mismatch in function parameter `" + w.name + "`: " + difference);
    }
  }
  if (actual.result && !wanted.result) return Fail("expected a result, found none");
  if (!actual.result && wanted.result) return Fail("expected no result, found one");
  if (actual.result) {
    const std::string difference = DifferenceOf(values, *actual.result, *wanted.result, false);
    if (!difference.empty()) return Fail("type mismatch with result type: " + difference);
  }
  return Fail("type mismatch in function type");
}

bool Matcher::MatchInstance(InstanceTypeId actual_id, InstanceTypeId expected_id) {
  const InstanceType& expected = validator_.types().instance(expected_id);
  if (actual_id == expected_id && expected.facts.is_closed) return true;
  const InstanceType& actual = validator_.types().instance(actual_id);
  Introduce(expected.fresh_resources);
  for (const auto& [name, wanted] : expected.exports) {
    if (!Spend(name.size() / 16)) return false;
    const ExternType* found = actual.exports.Find(name);
    if (found == nullptr) return Fail("missing expected export `" + name + "`");
    if (!Match(*found, wanted)) return In("type mismatch in instance export `" + name + "`");
  }
  return true;
}

bool Matcher::MatchComponent(ComponentTypeId actual_id, ComponentTypeId expected_id) {
  auto wanted_id = substitution_.ApplyComponent(expected_id);
  if (!wanted_id.ok()) return Fail(std::move(wanted_id).error());
  if (actual_id == *wanted_id) return true;
  const ComponentType& actual = validator_.types().component(actual_id);
  const ComponentType& wanted = validator_.types().component(*wanted_id);
  if (!Spend(kMatcherWork)) return false;
  // The actual component is given what the expected one imports.
  Matcher imports(validator_);
  for (const auto& resource : actual.imported_resources) imports.Introduce({resource.id});
  for (const auto& [name, type] : actual.imports) {
    if (!Spend(name.size() / 16)) return false;
    const ExternType* given = wanted.imports.Find(name);
    if (given == nullptr) return Fail("missing expected import `" + name + "`");
    if (!imports.Match(*given, type)) {
      Fail(imports.error_);
      return In("type mismatch in import `" + name + "`");
    }
  }
  Matcher exports(validator_);
  exports.Introduce(wanted.defined_resources);
  for (const auto& [name, type] : wanted.exports) {
    if (!Spend(name.size() / 16)) return false;
    const ExternType* found = actual.exports.Find(name);
    if (found == nullptr) return Fail("missing expected export `" + name + "`");
    auto made = imports.substitution_.Apply(*found);
    if (!made.ok()) return Fail(std::move(made).error());
    if (!exports.Match(*made, type)) {
      Fail(exports.error_);
      return In("type mismatch in export `" + name + "`");
    }
  }
  return true;
}

bool Matcher::MatchModule(CoreModuleTypeId actual_id, CoreModuleTypeId expected_id) {
  if (actual_id == expected_id) return true;
  const CoreModuleType& actual = validator_.types().core_module(actual_id);
  const CoreModuleType& expected = validator_.types().core_module(expected_id);
  std::unordered_map<std::string, const CoreExternType*> given;
  for (const auto& import : expected.imports) {
    if (!Spend(1 + (import.module.size() + import.name.size()) / 16)) return false;
    given.emplace(import.module + '\0' + import.name, &import.type);
  }
  for (const auto& import : actual.imports) {
    if (!Spend(1 + (import.module.size() + import.name.size()) / 16)) return false;
    const std::string name = "`" + import.module + "::" + import.name + "`";
    const auto found = given.find(import.module + '\0' + import.name);
    if (found == given.end()) return Fail("missing expected import " + name);
    const std::string problem = CoreMismatch(validator_.registry(), *found->second, import.type);
    if (!problem.empty()) return Fail("type mismatch in import " + name + ": " + problem);
  }
  for (const auto& [name, type] : expected.exports) {
    if (!Spend(1 + name.size() / 16)) return false;
    const CoreExternType* found = actual.exports.Find(name);
    if (found == nullptr) return Fail("missing expected export `" + name + "`");
    const std::string problem = CoreMismatch(validator_.registry(), *found, type);
    if (!problem.empty()) return Fail("type mismatch in export `" + name + "`: " + problem);
  }
  return true;
}

}  // namespace airwasm::component::valid
