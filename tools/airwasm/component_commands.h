// What validate, parse, print and inspect do when their file holds a component.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "airwasm/component_features.h"
#include "airwasm/features.h"
#include "engine/base/error.h"

namespace airwasm::tools {

// Whether a file's contents are a component, binary or text, rather than a module.
bool HoldsComponent(const std::string& input);

// The rest is for inputs that hold a component.
Expected<std::vector<uint8_t>> ComponentToBinary(const std::string& input,
                                                 const Features& features);
Expected<std::string> ComponentToText(const std::string& input, const Features& features);
std::optional<Error> ValidateComponent(const std::string& input, const Features& features,
                                       const ComponentFeatures& components);
// Prints a report on stdout; `path` is for messages. Returns the exit code.
int InspectComponent(const std::string& path, const std::string& input, bool json);

}  // namespace airwasm::tools
