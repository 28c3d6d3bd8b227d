// Whether one type of an entity can stand where another is expected.
//
// Internal to this folder. Value and function types must be equal; modules, instances and
// components may import less and export more. The expected side may introduce resources: those are
// bound to the actual ones where they are first met, which is where they are introduced, and are
// exchanged from there on.
// Spec: component model, Explainer, "Type Checking".
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "component/valid/entity_substitution.h"

namespace airwasm::component::valid {

// "func", "module", "instance".
std::string_view SortText(Sort sort);

class Matcher {
 public:
  explicit Matcher(ComponentValidator& validator)
      : validator_(validator), substitution_(validator) {}

  // Resources of the expected side that are bound to what they meet.
  void Introduce(const std::vector<ResourceId>& resources) {
    open_.insert(resources.begin(), resources.end());
  }
  // False if not; then Problem() says why.
  bool Match(const ExternType& actual, const ExternType& expected);
  // What an earlier Match found, behind `context`.
  Error Problem(const std::string& context) const;

  // What has been bound.
  EntitySubstitution& substitution() { return substitution_; }

 private:
  bool Fail(std::string message);
  bool Fail(Error error);
  bool Spend(uint64_t work);
  // Puts what was being compared before the message.
  bool In(const std::string& context);
  bool MatchItem(const TypeItem& actual, const TypeItem& expected);
  bool MatchBothWays(uint32_t actual, uint32_t wanted, bool (Matcher::*match)(uint32_t, uint32_t));
  bool MatchResource(const TypeItem& actual, const TypeItem& expected);
  bool MatchFunc(FuncTypeId actual, FuncTypeId expected);
  bool MatchInstance(InstanceTypeId actual, InstanceTypeId expected);
  bool MatchComponent(ComponentTypeId actual, ComponentTypeId expected);
  bool MatchModule(CoreModuleTypeId actual, CoreModuleTypeId expected);

  ComponentValidator& validator_;
  EntitySubstitution substitution_;
  std::unordered_set<ResourceId> open_;
  Error error_;
};

// "", or how two value types differ, in the official suite's wording. `top`: they are the types of
// two definitions, not of parts.
std::string DifferenceOf(const TypeTable& values, ValType actual, ValType expected, bool top);

// "", or why a core extern cannot stand where another is expected.
std::string CoreMismatch(const TypeRegistry& registry, const CoreExternType& actual,
                         const CoreExternType& expected);

}  // namespace airwasm::component::valid
