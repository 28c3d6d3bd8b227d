// WIT as component types, in the two forms in which tools keep it.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "component/syntax/component.h"
#include "component/wit/model.h"

namespace airwasm::component::wit {

// The contents of the custom section "component-type" of a core module: a component that exports
// the world as a component type, with the encoding of the module's strings in a custom section.
// Spec: component model, WIT, "Package Format"; the custom section is an agreement among tools.
absl::StatusOr<std::vector<uint8_t>> EncodeWorld(const Document& document, WorldId world,
                                                 syntax::StringEncoding encoding);

// The root package as a component that exports each interface and world as a type.
// Spec: component model, WIT, "Package Format". Errors: FAILED_PRECONDITION: no root package.
absl::StatusOr<std::vector<uint8_t>> EncodePackage(const Document& document);

// Of the custom section that says how strings are encoded: its name; its contents are the version
// and then the encoding.
inline constexpr std::string_view kEncodingSection = "wit-component-encoding";
inline constexpr uint8_t kEncodingVersion = 4;

}  // namespace airwasm::component::wit
