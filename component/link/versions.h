// Names of imports with versions, and which version may stand for which.
//
// Two versions are on one track if the first number of them that is not zero is the same, and what
// stands before it: 1.2.3 and 1.7.0; 0.2.1 and 0.2.12; 0.0.4 only itself. A pre-release is only
// itself.
// Spec: component model, Explainer, "Canonical interface name"; semantic versioning 2.0.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace airwasm::component::link {

struct Version {
  uint64_t major = 0;
  uint64_t minor = 0;
  uint64_t patch = 0;
  std::string prerelease;  // "rc.1"

  // None for what is not a semantic version; build metadata is ignored.
  static std::optional<Version> Parse(std::string_view text);
  bool SameTrack(const Version& other) const;
  // By precedence.
  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const = default;
};

// "wasi:io/streams@0.2.3" in two: name and version; the version is empty without '@'.
struct VersionedName {
  std::string_view base;
  std::string_view version;
};
VersionedName SplitVersion(std::string_view name);

}  // namespace airwasm::component::link
