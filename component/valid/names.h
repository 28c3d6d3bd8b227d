// Names of imports and exports: their grammar, and when two of them are too much alike.
//
// Knows nothing of types: what an annotated name says about its function is checked in externs.cc.
// Spec: component model, Explainer, "Import and Export Definitions", "Name Uniqueness".
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/error.h"

namespace airwasm::component::valid {

// Whether `text` is a label: words and acronyms joined by '-', the first of which begins with a
// letter.
bool IsLabel(std::string_view text);
// Whether `text` is `words`: a label without acronyms.
bool IsWords(std::string_view text);

struct ParsedName {
  enum class Kind : uint8_t { kLabel, kConstructor, kMethod, kStatic, kInterface };
  Kind kind = Kind::kLabel;
  std::string_view resource;  // of kConstructor, kMethod, kStatic: the first label
  std::string_view label;     // kLabel; kMethod, kStatic: the second label
};

// An empty string, or what is wrong with `name` as an `externname`.
std::string ParseExternName(std::string_view name, bool canonical_versions, ParsedName& parsed);
std::string CheckInterfaceName(std::string_view name, bool canonical_versions);
// An empty string, or what is wrong with `version` as a semantic version.
std::string CheckSemver(std::string_view version);
bool IsCanonicalVersion(std::string_view version);

std::string Lowercase(std::string_view text);
// Two names conflict if their keys are equal.
std::string UniqueKey(std::string_view name);

// Names of one scope.
class NameSet {
 public:
  // Null, or the earlier name that `name` conflicts with.
  const std::string* Add(std::string_view name);

 private:
  std::unordered_map<std::string, std::string> names_;  // by key
};

}  // namespace airwasm::component::valid
