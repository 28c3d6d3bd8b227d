// A component laid flat: the static list of steps that makes an instance of it.
//
// All nested components, instances and aliases are resolved at compile time (flatten.h), so that
// instantiation walks `steps` once and touches nothing but flat index spaces. Each component
// instance, resource, core instance, core function and lifted function of the whole tree has one
// index, valid in every instance. Value and function types mention resources by the ResourceIds
// first_resource + index, whichever nested component they come from: equal ids mean equal
// resources.
//
// Immutable once made, shared by all instances and threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "component/syntax/component.h"
#include "component/types/entity_types.h"
#include "engine/runtime/module.h"

namespace airwasm::component::link {

using syntax::CanonKind;
using CoreKind = airwasm::syntax::ExternKind;

// A core function, table, memory, global or tag.
struct CoreItem {
  enum class From : uint8_t {
    kIndex,  // `index` of `kind` in the core instance
    kName,   // the export names[index] of the core instance, whose module is imported
    kCanon,  // core_funcs[index]
  };
  From from = From::kIndex;
  CoreKind kind = CoreKind::kFunc;
  uint32_t instance = 0;
  uint32_t index = 0;
};

// A function of components: one that is lifted here, or an import of the root.
struct FuncItem {
  bool imported = false;
  uint32_t index = 0;  // of `lifts` or `import_funcs`
};

struct ModuleItem {
  bool imported = false;
  uint32_t index = 0;  // of `modules` or `import_modules`
};

struct CanonOptions {
  syntax::StringEncoding encoding = syntax::StringEncoding::kUtf8;
  std::optional<CoreItem> memory;
  std::optional<CoreItem> realloc;
  std::optional<CoreItem> post_return;
  std::optional<CoreItem> callback;
  bool async = false;
};

struct Lift {
  FuncTypeId type = 0;
  uint32_t instance = 0;  // component instance
  CoreItem func = {};
  CanonOptions options = {};
};

// The core function of a canonical definition other than lift.
struct CoreFunc {
  CanonKind kind = CanonKind::kLower;
  airwasm::TypeId core_type = 0;
  uint32_t instance = 0;  // component instance
  CanonOptions options = {};
  FuncItem callee = {};     // kLower
  FuncTypeId type = 0;      // kLower
  ResourceId resource = 0;  // resource built-ins
  ValType value_type = {};  // stream and future built-ins: the stream or future type
  std::optional<ValType> result = std::nullopt;  // task.return
  CoreItem memory = {};                          // waitable-set.wait, waitable-set.poll
  CoreItem table = {};                           // thread.new-indirect
  uint32_t slot = 0;                             // context.get, context.set
  airwasm::ValType slot_type = {};
  bool async = false;
  bool cancellable = false;
};

struct Resource {
  bool imported = false;
  std::vector<std::string> path = {};  // imported: where; else the name it is first exported under
  uint32_t instance = 0;               // component instance that defines it
  bool is_64 = false;                  // representation
  std::optional<CoreItem> dtor = std::nullopt;
};

struct Instantiate {
  struct Named {
    std::string module;
    std::string name;
    CoreItem item;
  };
  ModuleItem module = {};
  uint32_t component_instance = 0;
  std::vector<CoreItem> args = {};  // of a module defined here, in the order of its imports
  std::vector<Named> named = {};    // of an imported module
};

struct Step {
  enum class Kind : uint8_t {
    kResource,     // make resources[index]
    kInstantiate,  // make core instance `index` as instantiations[index] says
    kCoreFunc,     // make core_funcs[index]
    kLift,         // make lifts[index]
  };
  Kind kind;
  uint32_t index;
};

// Imports of the root by what they are for; `path` begins with the import's name and goes on with
// names of exports of imported instances.
struct ImportFunc {
  std::vector<std::string> path;
  FuncTypeId type = 0;
};
struct ImportModule {
  std::vector<std::string> path;
  CoreModuleTypeId type = 0;
};
// In the order in which they are to be resolved and checked.
struct ImportLeaf {
  Sort sort = Sort::kFunc;  // kFunc, kCoreModule or kType
  uint32_t index = 0;       // of import_funcs, import_modules or resources
  bool same_as = false;     // kType: an earlier leaf has bound the resource; identity is checked
  std::vector<std::string> path;
};

struct Export;
struct ExportedInstance {
  NamedList<Export> exports;
};
struct Export {
  Sort sort = Sort::kFunc;
  FuncItem func;                                     // kFunc
  FuncTypeId type = 0;                               // kFunc
  ModuleItem module;                                 // kCoreModule
  std::shared_ptr<const ExportedInstance> instance;  // kInstance
  TypeItem type_item;                                // kType
};

struct FlatComponent {
  std::shared_ptr<const ComponentTypes> types;
  ResourceId first_resource = 0;

  std::vector<std::shared_ptr<runtime::Module>> modules;
  std::vector<std::string> names;

  // Component instances; the entry is the parent, and the root, at 0, is its own.
  std::vector<uint32_t> instance_parents;
  std::vector<Resource> resources;
  std::vector<Instantiate> instantiations;
  std::vector<CoreFunc> core_funcs;
  std::vector<Lift> lifts;
  std::vector<Step> steps;

  struct Import {
    std::string name;
    ExternType type;
  };
  std::vector<Import> imports;
  std::vector<ImportLeaf> import_leaves;
  std::vector<ImportFunc> import_funcs;
  std::vector<ImportModule> import_modules;
  std::shared_ptr<const ExportedInstance> exports;

  uint32_t ResourceIndex(ResourceId id) const { return id - first_resource; }
};

}  // namespace airwasm::component::link
