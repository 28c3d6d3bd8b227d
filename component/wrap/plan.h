// What each import and export of the core modules means in terms of their worlds: found out before
// anything is built.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "component/wit/world_scope.h"
#include "component/wrap/merge.h"
#include "component/wrap/metadata.h"
#include "component/wrap/signature.h"
#include "component/wrap/wrap.h"
#include "engine/syntax/module.h"

namespace airwasm::component::wrap {

// An import of a core module, and what it gets.
struct CoreImport {
  enum class What : uint8_t {
    kFunction,      // lowered: `function` of `interface`, or of the world
    kResourceDrop,  // the built-ins of `resource`
    kResourceNew,
    kResourceRep,
    kAdapter,     // the export `source` of the unit `unit`
    kMain,        // the export `source` of the main module
    kRealloc,     // of the helper that stands in for a main module without cabi_realloc
    kMainMemory,  // for an adapter of the common kind
    kBridge,      // the export `source` of the adapter's bridge
  };
  What what = What::kFunction;
  std::string_view module;
  std::string_view name;   // what it means
  std::string_view field;  // how the module calls it: another name if it imports it repeatedly
  airwasm::FuncType type;  // of functions
  syntax::Sort sort = syntax::Sort::kCoreFunc;
  std::optional<wit::InterfaceId> interface;
  const wit::Function* function = nullptr;
  wit::TypeId resource = 0;
  Signature signature;
  uint32_t unit = 0;
  std::string_view source;
  // Set if it is made after the module that imports it: its function in the shim.
  std::optional<uint32_t> slot;
};

// A core module: the main one is unit 0, the others are adapters.
struct Unit {
  std::string name;
  std::vector<uint8_t> bytes;
  airwasm::syntax::Module module;  // of `bytes`
  syntax::StringEncoding encoding = syntax::StringEncoding::kUtf8;
  std::map<std::string, std::string, std::less<>> original_names;  // of repeated imports
  std::vector<CoreImport> imports;
  std::optional<uint64_t> bridge_pages;  // has a memory of its own
  bool uses_main_memory = false;         // ... and copies from and to the main module's
  bool needs_realloc_helper = false;

  const airwasm::syntax::Export* Find(std::string_view name) const;
  const airwasm::FuncType* FuncTypeOf(
      std::string_view name) const;  // null if there is no such function
  // The allocator for what the host hands over: at imports, or at exports.
  std::string_view Realloc(bool at_imports) const;
  // Whether it has what `signature` needs. `what` says who needs it.
  absl::Status CheckMemory(const Signature& signature, bool at_imports,
                           std::string_view what) const;
};

// A function of the world that is lifted.
struct CoreExport {
  uint32_t item = 0;  // of the world's exports
  uint32_t unit = 0;
  const wit::Function* function = nullptr;
  std::string name;         // of the core export
  std::string post_return;  // or empty
  Signature signature;
};

// A resource that an exported interface defines.
struct OwnResource {
  wit::TypeId type = 0;
  uint32_t unit = 0;
  std::string dtor;  // of the core export, or empty
  std::optional<uint32_t> slot;
};

struct Plan {
  Plan() : merger(versions) {}
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  const wit::Document& document() const { return merger.document; }
  const wit::World& world() const { return merger.document.worlds[0]; }

  Versions versions;
  Merger merger;
  std::optional<wit::Selection> selection;  // of what is imported
  std::deque<Unit> units;
  std::vector<CoreExport> exports;
  std::vector<OwnResource> resources;
  std::vector<airwasm::FuncType> slots;  // of the shim
  uint32_t NewSlot(const airwasm::FuncType& type);
};

absl::StatusOr<std::unique_ptr<Plan>> MakePlan(std::span<const uint8_t> module,
                                               const Options& options);

// The component that a plan describes.
std::vector<uint8_t> Build(const Plan& plan);

}  // namespace airwasm::component::wrap
