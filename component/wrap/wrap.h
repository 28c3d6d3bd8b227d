// A component around a core module.
//
// The module carries its world in custom sections (metadata.h), imports the world's functions under
// the names of interfaces ("wasi:io/poll@0.2.0" "[method]pollable.block"; "$root" for functions of
// the world) and exports under names like "wasi:cli/run@0.2.0#run", as the common generators of
// bindings emit them. Adapters are modules that provide further imports in terms of worlds of their
// own.
// Spec: component model, canonical ABI; the names of core imports and exports are an agreement
// among tools.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace airwasm::component::wrap {

struct Adapter {
  std::string name;             // of the imports that it provides: "wasi_snapshot_preview1"
  std::vector<uint8_t> module;  // with its world
  bool exports = true;          // whether the component gets what the adapter's world exports
  // Of the worlds that the module carries, those not to be seen: "airwasm:preview1/exit-codes".
  std::vector<std::string> without_worlds = {};
  // Functions that are to be provided by another export than the one of their name.
  std::map<std::string, std::string, std::less<>> instead = {};
};

struct Options {
  std::vector<Adapter> adapters;
  // Imports of several versions of one track become those of the highest.
  bool merge_versions = true;
};

// The component, which has been validated.
// Errors: INVALID_ARGUMENT     the module or an adapter is no valid module, or its world is not
//                              well-formed
//         FAILED_PRECONDITION  an import has no counterpart, or the world requires an export that
//         is
//                              not there, or its type differs; the message names the nearest
//         UNIMPLEMENTED        the module uses what is not supported here: asynchronous built-ins
absl::StatusOr<std::vector<uint8_t>> MakeComponent(std::span<const uint8_t> module,
                                                   const Options& options);

}  // namespace airwasm::component::wrap
