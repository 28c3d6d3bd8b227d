// The parts of WebAssembly that an engine accepts, as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace airwasm {

enum class Feature : uint8_t {
#define AIRWASM_FEATURE(name, text, on) k##name,
#include "airwasm/features.def"
#undef AIRWASM_FEATURE
};

// A set of features; the default is everything that features.def turns on.
class Features {
 public:
  constexpr Features() {
#define AIRWASM_FEATURE(name, text, on) Set(Feature::k##name, on);
#include "airwasm/features.def"
#undef AIRWASM_FEATURE
  }
  constexpr bool Has(Feature f) const { return (bits_ >> static_cast<int>(f)) & 1; }
  constexpr Features& Set(Feature f, bool on) {
    const uint64_t bit = uint64_t{1} << static_cast<int>(f);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
    return *this;
  }
  // Everything that can be switched off is off: WebAssembly 1.0 without mutable-global imports.
  static constexpr Features Mvp() {
    Features f;
    f.bits_ = 1;
    return f;
  }
  constexpr uint64_t bits() const { return bits_; }
  constexpr bool operator==(const Features&) const = default;

 private:
  uint64_t bits_ = 0;
};

constexpr std::string_view FeatureText(Feature f) {
  switch (f) {
#define AIRWASM_FEATURE(name, text, on) \
  case Feature::k##name:                \
    return text;
#include "airwasm/features.def"
#undef AIRWASM_FEATURE
  }
  return "";
}

constexpr std::optional<Feature> FeatureFromText(std::string_view wanted) {
#define AIRWASM_FEATURE(name, text, on) \
  if (wanted == text) return Feature::k##name;
#include "airwasm/features.def"
#undef AIRWASM_FEATURE
  return std::nullopt;
}

}  // namespace airwasm
