// WIT for the commands that read it: of files and directories, and of components.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "component/wit/model.h"
#include "component/wit/parse.h"

namespace airwasm::tools {

// A .wit file or a directory of them; anything else is a component.
bool HoldsWit(const std::string& path);

// Errors of WIT files say their place themselves; those of components do not name the file.
absl::StatusOr<component::wit::Document> ReadWit(const std::string& path,
                                                 const component::wit::ParseOptions& options);

}  // namespace airwasm::tools
