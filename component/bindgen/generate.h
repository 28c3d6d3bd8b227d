// C++ headers for hosts, from WIT: what a world's component asks of its host as abstract classes,
// what it offers as classes with typed functions, and the types of both.
//
// The header stands on airwasm's public headers alone. Each interface becomes a namespace inside
// that of the world; what the component exports stands in a namespace `exports` there.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "component/wit/model.h"

namespace airwasm::component::bindgen {

struct GenerateOptions {
  std::string name_space;  // "my::app"; empty: named after the world
};

struct Header {
  std::string file_name;  // "my_world.h"
  std::string text;
};

// Errors: UNIMPLEMENTED       the world has something async; the message names it
//         INVALID_ARGUMENT    `name_space` is no namespace
//         RESOURCE_EXHAUSTED  the text would be too large
absl::StatusOr<Header> Generate(const wit::Document& document, wit::WorldId world,
                                const GenerateOptions& options = {});

}  // namespace airwasm::component::bindgen
