// Several worlds as one: what any of them imports and exports.
//
// An interface of the same name is one interface, with the types and functions of all of them. With
// `Versions`, an import of a lower version becomes one of the highest version of its track, for a
// component that imports both would ask its host for the same thing twice.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "component/wit/model.h"

namespace airwasm::component::wrap {

// Which name stands for which in the component.
class Versions {
 public:
  // To be called for all worlds before the first question.
  void AddImports(const wit::Document& document, const wit::World& world);
  void AddExports(const wit::Document& document, const wit::World& world);
  // "wasi:io/poll@0.2.0" to "wasi:io/poll@0.2.4", or to itself.
  std::string Of(const std::string& name) const;

 private:
  absl::flat_hash_map<std::string, std::string> highest_;  // by name and track
  absl::flat_hash_map<std::string, bool> exported_;        // these keep their names
};

class Merger {
 public:
  explicit Merger(const Versions& versions);
  // `owner` is kept with each export. Errors: FAILED_PRECONDITION: what is already there under a
  // name is another thing, or is exported by another owner.
  absl::Status Add(const wit::Document& from, const wit::World& world, uint32_t owner);

  // With the merged world as its only one.
  wit::Document document;
  wit::World& world() { return document.worlds[0]; }
  std::vector<uint32_t> export_owners;  // of each of world().exports

 private:
  struct Copy;  // of one document

  const Versions& versions_;
  absl::flat_hash_map<std::string, wit::PackageId> packages_;
  absl::flat_hash_map<std::string, wit::InterfaceId> interfaces_;
  absl::flat_hash_map<std::string, wit::TypeId> types_;  // "interface number#name"; "#name"
  absl::flat_hash_map<std::string, bool> functions_;     // likewise
  absl::flat_hash_map<std::string, size_t> imports_;
  absl::flat_hash_map<std::string, size_t> exports_;
};

}  // namespace airwasm::component::wrap
