// The text format of components: WAT to syntax::Component.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "airwasm/features.h"
#include "component/syntax/component.h"
#include "engine/base/error.h"

namespace airwasm::component::text {

// Which index forms are read. Older texts left out `core` before the sort of core indices that are
// named inside a component's definitions, as in (memory $instance "name").
enum class IndexForms : uint8_t {
  kAll,
  kStrict,  // only what the specification has: (memory (core memory $instance "name"))
};

// Parses one component: "(component ...)", or the definitions alone if the first of them is not a
// component. The result is not validated and holds no views into `text`.
//
// Everything of the specification is parsed, gated or not; the validator refuses what is switched
// off. `features` are those of core modules: nested ones are parsed and encoded here. Definitions
// come out in the order of the specification's desugaring: an alias or a type that is only written
// inline stands right before the definition that uses it. Identifiers become Component::names,
// @custom annotations custom sections.
//
// Errors carry line and column.
// Spec: component model, Explainer, "Grammar".
Expected<syntax::Component> ParseComponent(std::string_view text, const Features& features,
                                           IndexForms forms = IndexForms::kAll);

// Whether `text` begins as a component does, so that it is no core module.
bool IsComponentText(std::string_view text);

}  // namespace airwasm::component::text
