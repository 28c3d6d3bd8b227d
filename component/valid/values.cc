// Value definitions and start definitions.
// Spec: component model, Explainer and Binary, "Value Definitions", "Start Definitions".
#include "component/valid/component_validator.h"
#include "component/valid/subtyping.h"
#include "component/valid/value_bytes.h"

namespace airwasm::component::valid {

Checked ComponentValidator::Do(const syntax::Value& d) {
  RETURN_IF_ERROR(Require(ComponentFeature::kValues, "values"));
  ASSIGN_OR_RETURN(const Typed typed, Resolve(d.type));
  const std::string problem = CheckValueBytes(values(), typed.type, d.bytes);
  if (!problem.empty()) return Fail("invalid value: " + problem);
  ExternType type;
  type.sort = Sort::kValue;
  type.value = typed.type;
  type.naming = typed.naming;
  return Push(type);
}

Checked ComponentValidator::Do(const syntax::Start& d) {
  RETURN_IF_ERROR(Require(ComponentFeature::kValues, "start functions"));
  const auto& funcs = scope_->info.funcs;
  if (d.func >= funcs.size()) return FailIndex("function", d.func);
  const FuncType& func = values().GetFunc(funcs[d.func]);
  if (d.args.size() != func.params.size()) {
    return Fail("component start function requires " + std::to_string(func.params.size()) +
                " arguments but was given " + std::to_string(d.args.size()));
  }
  if (d.results != (func.result ? 1u : 0u)) {
    return Fail("component start function has a result count of " + std::to_string(d.results) +
                " but the function type has " + (func.result ? "1" : "0"));
  }
  for (size_t i = 0; i < d.args.size(); ++i) {
    RETURN_IF_ERROR(UseValue(d.args[i]));
    const ValType actual = scope_->info.values[d.args[i]];
    const ValType expected = func.params[i].type;
    if (actual != expected) {
      return Fail("value type mismatch for component start function argument " + std::to_string(i) +
                  ": " + DifferenceOf(values(), actual, expected, true));
    }
  }
  if (!func.result) return Ok();
  ExternType type;
  type.sort = Sort::kValue;
  type.value = *func.result;
  type.naming = scope_->func_namings[d.func];
  return Push(type);
}

}  // namespace airwasm::component::valid
