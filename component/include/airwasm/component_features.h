// The parts of the component model that an engine accepts, as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace airwasm {

enum class ComponentFeature : uint8_t {
#define AIRWASM_COMPONENT_FEATURE(name, text, on) k##name,
#include "airwasm/component_features.def"
#undef AIRWASM_COMPONENT_FEATURE
};

// A set of features; the default is everything that component_features.def turns on.
class ComponentFeatures {
 public:
  constexpr ComponentFeatures() {
#define AIRWASM_COMPONENT_FEATURE(name, text, on) Set(ComponentFeature::k##name, on);
#include "airwasm/component_features.def"
#undef AIRWASM_COMPONENT_FEATURE
  }
  static constexpr ComponentFeatures All() {
    ComponentFeatures f;
    f.bits_ = ~uint32_t{0};
    return f;
  }
  constexpr bool Has(ComponentFeature f) const { return (bits_ >> static_cast<int>(f)) & 1; }
  constexpr ComponentFeatures& Set(ComponentFeature f, bool on) {
    const uint32_t bit = uint32_t{1} << static_cast<int>(f);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
    return *this;
  }
  constexpr bool operator==(const ComponentFeatures&) const = default;

 private:
  uint32_t bits_ = 0;
};

constexpr std::string_view FeatureText(ComponentFeature f) {
  switch (f) {
#define AIRWASM_COMPONENT_FEATURE(name, text, on) \
  case ComponentFeature::k##name:                 \
    return text;
#include "airwasm/component_features.def"
#undef AIRWASM_COMPONENT_FEATURE
  }
  return "";
}

constexpr std::optional<ComponentFeature> ComponentFeatureFromText(std::string_view wanted) {
#define AIRWASM_COMPONENT_FEATURE(name, text, on) \
  if (wanted == text) return ComponentFeature::k##name;
#include "airwasm/component_features.def"
#undef AIRWASM_COMPONENT_FEATURE
  return std::nullopt;
}

}  // namespace airwasm
