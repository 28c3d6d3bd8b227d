// The symbolic interpreter behind Flatten: one Frame per component instance, with index spaces of
// symbolic values. Inside of component/link.
//
// A frame maps the ResourceIds that the static component uses to the flat ones; whatever brings new
// static ids into a frame (imports, instantiations, exports with an ascribed type) binds them, by
// walking its type beside its value.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "component/link/flatten.h"

namespace airwasm::component::link {

// Bounds on what one root component may come to. The number of instances is what other
// implementations allow of one kind.
inline constexpr uint32_t kMaxComponentInstances = 1'000;
inline constexpr uint32_t kMaxCoreInstances = 10'000;   // what a store takes by default
inline constexpr uint32_t kMaxInstanceDepth = 150;      // of instantiations within instantiations
inline constexpr uint32_t kMaxInstanceNesting = 1'000;  // of instances exported by instances
inline constexpr uint32_t kMaxFlatWork = 4'000'000;     // definitions, arguments and types visited
inline constexpr uint32_t kMaxImportLeaves = 100'000;

struct Frame;
struct InstanceValue;

struct ComponentValue {
  const syntax::Component* component = nullptr;  // null: imported by the root
  const ComponentInfo* info = nullptr;
  Frame* outer = nullptr;  // in which it is defined
};
using TypeValue = TypeItem;  // resources inside are flat ones
struct NoValue {};           // what the synchronous model has no values of
using Item = std::variant<NoValue, FuncItem, ModuleItem, ComponentValue, TypeValue,
                          std::shared_ptr<const InstanceValue>>;
struct InstanceValue {
  NamedList<Item> items;
  uint32_t nesting = 1;  // of instances in instances: walked, and dropped, by recursion
  void Add(std::string name, Item item);
};

struct CoreInstanceValue {
  // One that is instantiated: its run-time index and its module, which is null if imported.
  uint32_t index = 0;
  runtime::Module* module = nullptr;
  // One that is put together: its exports.
  std::shared_ptr<const NamedList<CoreItem>> bundle = nullptr;
};

struct Frame {
  const syntax::Component* component;
  const ComponentInfo* info;
  Frame* outer;
  uint32_t instance;  // component instance
  uint32_t depth;
  std::unordered_map<std::string_view, const Item*> args;  // the root has none

  TypeTable::ResourceMap resources;  // static → flat
  std::vector<ModuleItem> core_modules;
  std::vector<CoreInstanceValue> core_instances;
  std::vector<CoreItem> core_funcs, core_tables, core_memories, core_globals, core_tags;
  std::vector<FuncItem> funcs;
  uint32_t type_count = 0;  // types are those of `info`
  std::vector<ComponentValue> components;
  std::vector<std::shared_ptr<const InstanceValue>> instances;
  InstanceValue exports;
};

class Flattener {
 public:
  Flattener(valid::ValidComponent valid, const CompileModule& compile_module);
  Expected<FlatComponent> Run(const syntax::Component& component);

 private:
  // Each definition appends to the index space of its sort. Errors leave through `error_`.
  bool Evaluate(Frame& frame);
  bool Do(Frame& f, const syntax::CoreModule& d);
  bool Do(Frame& f, const syntax::CoreInstance& d);
  bool Do(Frame& f, const syntax::CoreType& d);
  bool Do(Frame& f, const std::unique_ptr<syntax::Component>& d);
  bool Do(Frame& f, const syntax::Instance& d);
  bool Do(Frame& f, const syntax::Alias& d);
  bool Do(Frame& f, const syntax::Type& d);
  bool Do(Frame& f, const syntax::Canon& d);
  bool Do(Frame& f, const syntax::Start& d);
  bool Do(Frame& f, const syntax::Import& d);
  bool Do(Frame& f, const syntax::Export& d);
  bool Do(Frame& f, const syntax::Value& d);
  bool Do(Frame& f, const syntax::CustomSection& d);

  Frame& NewFrame(const ComponentValue& value, Frame* creator);
  bool AddItem(Frame& f, Sort sort, const Item& item);
  Item ItemAt(Frame& f, syntax::SortIdx at);

  // flatten_core.cc
  runtime::Module* ModuleOf(ModuleItem item) const;
  std::optional<CoreItem> FindCoreExport(const CoreInstanceValue& instance, std::string_view name,
                                         CoreKind kind);
  CoreItem CoreItemAt(const Frame& f, syntax::SortIdx at) const;
  void AddCoreItem(Frame& f, Sort sort, CoreItem item);

  // flatten_canon.cc
  CanonOptions OptionsOf(const Frame& f, const std::vector<syntax::CanonOpt>& opts) const;
  ValType FlatType(Frame& f, ValType type);
  FuncTypeId FlatFunc(Frame& f, FuncTypeId type);
  TypeValue FlatItem(Frame& f, const TypeItem& item);
  // What validation promises: every resource that is mentioned has been bound.
  bool CheckBound(FuncTypeId type);
  bool CheckResource(ResourceId id);

  // flatten_resources.cc
  ResourceId NewResource(Resource resource);
  bool Bind(Frame& f, const ExternType& type, const Item& item,
            std::unordered_set<InstanceTypeId>& seen);
  bool BindInstance(Frame& f, InstanceTypeId type, const InstanceValue& value,
                    std::unordered_set<InstanceTypeId>& seen);

  // flatten_root.cc
  std::optional<Item> ImportRoot(Frame& f, const ExternType& type, std::vector<std::string>& path);
  std::shared_ptr<const ExportedInstance> ExportAll(Frame& root, const InstanceValue& value);

  bool Spend(size_t work);
  bool Fail(std::string message);
  ComponentTypes& types() { return *valid_.types; }

  valid::ValidComponent valid_;
  const CompileModule& compile_module_;
  FlatComponent flat_;
  std::deque<Frame> frames_;
  std::unordered_map<const uint8_t*, uint32_t> module_index_;  // by first byte
  std::unordered_map<std::string, uint32_t> name_index_;
  std::unordered_map<const InstanceValue*, std::shared_ptr<const ExportedInstance>> exported_;
  uint64_t work_ = 0;
  size_t offset_ = 0;  // of the definition at hand
  Error error_;
};

}  // namespace airwasm::component::link
