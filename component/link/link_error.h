// Why a component can not be linked, for people and as JSON.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace airwasm::component::link {

struct LinkError {
  enum class Kind { kMissing, kMistyped };
  Kind kind = Kind::kMissing;
  std::vector<std::string> path;      // the import, then exports of imported instances
  std::string expected;               // in the words of WIT
  std::string found;                  // empty: nothing
  std::string provider;               // the definition that stands for the import; empty: none
  std::string nearest;                // name that may have been meant; empty: none is near
  std::vector<std::string> versions;  // that there are of the import, in ascending order

  // "wasi:io/streams@0.2.3#[method]input-stream.read".
  std::string Path() const;
  // One line.
  std::string ToString() const;
};

// {"errors": [{"kind": "missing", "import": ..., "path": [...], "expected": ..., "found": null,
// "provider": null, "nearest": null, "available_versions": [...]}]}, on one line.
std::string ToJson(std::span<const LinkError> errors);

// NOT_FOUND if something is missing, else FAILED_PRECONDITION. The message has a line for each
// error, the first ones if there are many; the payload kLinkErrorsPayload is the JSON of all.
absl::Status ToStatus(std::span<const LinkError> errors);
inline constexpr std::string_view kLinkErrorsPayload = "airwasm/link-errors";

}  // namespace airwasm::component::link
