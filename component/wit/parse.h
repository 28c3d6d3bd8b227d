// From WIT sources to a resolved Document.
//
//   auto packages = LoadSources("wit");          // a file, or a directory with its deps/
//   auto document = Parse(std::move(*packages), {.features = {"fancier-foo"}});
//
// Errors read "file:line:column: what was expected, what was found" and are INVALID_ARGUMENT.
// Spec: component model, WIT.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "component/wit/model.h"
#include "component/wit/source.h"

namespace airwasm::component::wit {

// The files of one package, and packages that are nested in them.
struct PackageSources {
  std::vector<SourceFile> files;
};

struct ParseOptions {
  std::vector<std::string> features;  // for @unstable; items of other features are left out
  bool all_features = false;
};

// Resolves all packages together; the order matters only in that the last is the root package.
absl::StatusOr<Document> Parse(std::vector<PackageSources> packages, const ParseOptions& options);

// Reads a `.wit` file; or the `.wit` files of a directory as the root package, with the files and
// directories in its `deps` as other packages. Errors: NOT_FOUND, INVALID_ARGUMENT.
// Spec: component model, WIT, "Filesystem structure".
absl::StatusOr<std::vector<PackageSources>> LoadSources(const std::string& path);

}  // namespace airwasm::component::wit
