// How the tests of this folder come by components: from text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "component/text/parser.h"
#include "component/valid/validator.h"

namespace airwasm::component::valid {

// `text` are the definitions of one component.
inline Expected<ValidComponent> ValidateText(std::string_view text,
                                             ComponentFeatures features = ComponentFeatures()) {
  Options options;
  options.features = features;
  auto component = component::text::ParseComponent("(component " + std::string(text) + ")",
                                                   options.core_features);
  if (!component.ok()) {
    Error error = component.error();
    error.message = "not parsed: " + error.message;
    return error;
  }
  TypeRegistry registry;
  return Validate(*component, options, registry);
}

// "" if the text is a valid component.
inline std::string ProblemOf(std::string_view text,
                             ComponentFeatures features = ComponentFeatures()) {
  const auto valid = ValidateText(text, features);
  return valid.ok() ? "" : valid.error().message;
}

}  // namespace airwasm::component::valid
