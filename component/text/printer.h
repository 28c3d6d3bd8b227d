// The text format of components: syntax::Component to WAT.
#pragma once

#include <string>

#include "component/syntax/component.h"
#include "engine/text/printer.h"

namespace airwasm::component::text {

using airwasm::text::PrintOptions;

// Prints `component`, valid or not: each definition by itself, without sugar. Parsing the result
// and encoding it gives the bytes that encoding `component` gives, with these exceptions: a nested
// component or core module that has an identifier and no name of its own gets that name; names that
// are not UTF-8, or of indices that do not exist, are left out; so is the name of a nested
// component or core module that an earlier one has.
//
// Core modules that come out of our encoder are printed as text, others as (binary "...").
// Spec: component model, Explainer, "Grammar".
std::string Print(const syntax::Component& component, const PrintOptions& options = {});

}  // namespace airwasm::component::text
