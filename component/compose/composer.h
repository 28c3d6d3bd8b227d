// The work of Compose: one definition after the other of the outer component, each when it is first
// needed. Inside of component/compose.
//
// Embedded components are valid. What of their definitions types of imports depend on is copied out
// (imported types, aliases of what imported instances export); nothing of their insides is.
#pragma once

#include <array>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "component/compose/compose.h"
#include "component/compose/index_spaces.h"
#include "component/compose/type_copier.h"
#include "component/valid/validator.h"

namespace airwasm::component::compose {

// How deep dependencies are followed: the native stack is what they take.
inline constexpr uint32_t kMaxDepth = 500;

inline std::string Concat(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

// Whether `asked`, with or without a version, means the import `name`.
bool Names(std::string_view asked, std::string_view name);
// Imports of one key are merged: an interface name and the track of its version.
std::string ImportKey(std::string_view name);

class Composer {
 public:
  // What an embedded component is asked for.
  enum class Role : uint8_t { kMain, kVirtualization, kDenial, kPlug };
  struct Embedded {
    std::string name;  // of its file
    Role role = Role::kMain;
    // kPlug: what it is as a whole, if anything; kVirtualization: what it replaces by an export;
    // kDenial: what it replaces as a whole.
    std::string import;
    std::unique_ptr<syntax::Component> component;
    std::optional<valid::ValidComponent> valid;

    std::optional<IndexSpaces> spaces;
    std::array<std::unordered_map<uint32_t, uint32_t>, kSortCount> copied;  // index → outer index
    std::optional<uint32_t> embedded;  // ComponentIdx in the outer component, once there
    std::optional<uint32_t> instance;  // InstanceIdx, once instantiated
    bool is_being_instantiated = false;
    size_t definition = 0;  // of the outer component, where it is embedded
  };

  // Main first, then virtualizations, denials and plugs.
  void Add(Embedded embedded) { embedded_.push_back(std::move(embedded)); }

  absl::StatusOr<syntax::Component> Run();

  // Imported interfaces that `name` means, one name for each ImportKey.
  std::vector<std::string> InterfacesNamed(std::string_view name);
  // Instead of Run: a component that exports what the interface has, functions that trap, and that
  // imports the interfaces whose types it uses.
  absl::StatusOr<syntax::Component> RunDenial(std::string_view interface);

 private:
  struct ImportOf {
    Embedded* embedded;
    const syntax::Import* import;
  };

  // composer.cc
  void CollectImports();
  uint32_t Embed(Embedded& e);
  uint32_t Instantiate(Embedded& e);
  void ExportAll(Embedded& main);
  // The item of the outer component that stands for an import.
  syntax::SortIdx Satisfy(Embedded& e, const syntax::Import& import);
  // The embedded component that provides for an import of `e`, and the name of its export; empty if
  // it does as a whole.
  struct Provider {
    Embedded* embedded = nullptr;
    std::string export_name;
  };
  Provider FindProvider(const Embedded& e, const syntax::Import& import);
  syntax::SortIdx Import(const std::string& key);
  syntax::ExternType MergedType(const std::vector<ImportOf>& group);

  // copy_items.cc: the outer index of what an embedded component has under `index`.
  uint32_t Ensure(Embedded& e, syntax::Sort sort, uint32_t index);
  syntax::SortIdx CopyDefinition(Embedded& e, syntax::Sort sort, uint32_t index);
  TypeCopier CopierOf(Embedded& e);
  // Adds to `merged` what the instance type `type` of `e` has and `merged` has not.
  struct Merged {
    syntax::InstanceType type;
    std::array<uint32_t, kSortCount> counts{};
    std::map<std::string, syntax::SortIdx, std::less<>> exports;
  };
  void MergeInto(Merged& merged, Embedded& e, const syntax::InstanceType& type);
  const syntax::InstanceType* InstanceTypeOf(const ImportOf& import);

  // deny.cc
  struct Denial;
  void Deny(Denial& denial, const ImportOf& import);
  void DefineFunctions(const Denial& denial);

  // Appends to the outer component; the index that it gets in its sort's space.
  template <typename Definition>
  uint32_t Append(Definition definition) {
    syntax::Definition d;
    d.what = std::move(definition);
    syntax::Sort sort = syntax::Sort::kFunc;
    uint32_t index = 0;
    if (SortOfDefinition(d, &sort)) index = counts_[static_cast<size_t>(sort)]++;
    out_.definitions.push_back(std::move(d));
    return index;
  }
  uint32_t AliasExport(uint32_t instance, syntax::Sort sort, std::string_view name) {
    return Append(syntax::Alias{.target = syntax::Alias::Target::kExport,
                                .sort = sort,
                                .instance = instance,
                                .name = name});
  }
  std::string_view Keep(std::string text) { return out_.strings.emplace_back(std::move(text)); }

  // Keeps the first error; everything goes on with index 0 and ends soon.
  uint32_t Fail(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
    return 0;
  }
  bool ok() const { return status_.ok(); }

  std::deque<Embedded> embedded_;
  bool is_denial_ = false;  // nothing is satisfied but by imports

  std::map<std::string, std::vector<ImportOf>> groups_;  // by ImportKey
  std::map<std::string, syntax::SortIdx> imported_;      // by ImportKey, once there
  std::map<std::string, bool> being_imported_;
  std::map<std::pair<Embedded*, std::string>, syntax::SortIdx> provided_;

  syntax::Component out_;
  std::array<uint32_t, kSortCount> counts_{};
  uint32_t depth_ = 0;
  absl::Status status_;
};

}  // namespace airwasm::component::compose
