// The text format of components: WAT to syntax::Component.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "airwasm/features.h"
#include "component/syntax/component.h"
#include "engine/base/error.h"

namespace airwasm::component::text {

// Parses one component: "(component ...)", or the definitions alone if the first of them is not a
// component. The result is not validated and holds no views into `text`.
//
// Everything of the specification is parsed, gated or not; the validator refuses what is switched
// off. `features` are those of core modules: nested ones are parsed and encoded here. Definitions
// come out in the order of the specification's desugaring: an alias or a type that is only written
// inline stands right before the definition that uses it. Identifiers become Component::names,
// @custom annotations custom sections. Inline aliases may also be written in the older way, without
// the sort: (memory $instance "name").
//
// Errors carry line and column.
// Spec: component model, Explainer, "Grammar".
Expected<syntax::Component> ParseComponent(std::string_view text, const Features& features);

// Whether `text` begins as a component does, so that it is no core module.
bool IsComponentText(std::string_view text);

}  // namespace airwasm::component::text
