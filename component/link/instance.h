// Instances of components: the steps of a flat component carried out in a store.
//
// An instance belongs to its store and lives as long as it does. What it offers is addressed with
// the flat indices of its component (flat.h). After a trap during instantiation there is no
// instance, and what was made of it can not be entered.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "component/canon/functions.h"
#include "component/link/component.h"
#include "engine/runtime/store.h"

namespace airwasm::component::link {

struct FuncBinding {
  // A function of the host, or an export of another component's instance.
  const canon::Function* function = nullptr;
  canon::AdapterCache* adapters = nullptr;  // of that other component
};

// What the imports of one component are bound to, by flat index.
struct Bindings {
  std::vector<FuncBinding> funcs;
  std::vector<std::shared_ptr<runtime::Module>> modules;
  std::vector<const canon::ResourceType*> resources;    // null where the component defines its own
  std::vector<std::shared_ptr<const void>> keep_alive;  // owners of what is pointed at
  runtime::Store* store = nullptr;  // that something belongs to; null: good for any store
};

class LinkedInstance {
 public:
  // Errors: RESOURCE_EXHAUSTED   a limit of the store
  //         FAILED_PRECONDITION  something that `bindings` name is of another store
  //         UNIMPLEMENTED        a canonical definition that can not be run
  // A trap of a segment or start function is returned in `*trap`, with a null instance.
  static absl::StatusOr<LinkedInstance*> Create(runtime::Store& store,
                                                std::shared_ptr<const Compiled> component,
                                                std::shared_ptr<const Bindings> bindings,
                                                runtime::Trap* trap);

  const Compiled& component() const { return *component_; }
  runtime::Store& store() const { return store_; }

  // A function among the exports: lifted, or an import that is exported again.
  const canon::Function* func(FuncItem item) const {
    return item.imported ? bindings_->funcs[item.index].function : lifts_[item.index].get();
  }
  canon::AdapterCache& adapters_of(FuncItem item) const;
  const std::shared_ptr<runtime::Module>& module(ModuleItem item) const;
  const canon::ResourceType* resource(ResourceId id) const {
    return resources_[component_->flat().ResourceIndex(id)];
  }

  LinkedInstance(runtime::Store& store, std::shared_ptr<const Compiled> component,
                 std::shared_ptr<const Bindings> bindings);

 private:
  absl::Status Run(runtime::Trap* trap);
  absl::Status RunInstantiate(const Instantiate& step, uint32_t index, runtime::Trap* trap);
  absl::Status RunCoreFunc(const CoreFunc& step, uint32_t index);
  runtime::Extern Resolve(const CoreItem& item);
  runtime::FuncInst* ResolveFunc(const std::optional<CoreItem>& item);
  canon::CanonOptions Bind(const CanonOptions& options, uint32_t instance);

  runtime::Store& store_;
  std::shared_ptr<const Compiled> component_;
  std::shared_ptr<const Bindings> bindings_;
  std::vector<std::unique_ptr<canon::ComponentInstanceState>> states_;
  std::unique_ptr<canon::ResourceType[]> own_resources_;
  std::vector<const canon::ResourceType*> resources_;
  std::vector<runtime::Instance*> core_instances_;
  std::vector<runtime::FuncInst*> core_funcs_;
  std::vector<std::unique_ptr<canon::Function>> lifts_;
};

}  // namespace airwasm::component::link
