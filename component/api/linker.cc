#include "airwasm/component_linker.h"

#include <utility>

#include "absl/strings/cord.h"
#include "component/link/definitions.h"
#include "component/link/link_error.h"
#include "component/link/resolve.h"
#include "engine/api/engine_impl.h"
#include "engine/base/out_of_memory.h"

namespace airwasm {

using component::canon::ResourceType;
using component::link::Definition;
using component::link::HostFuncDefinition;
using component::link::InstanceDefinition;
using component::link::ResourceDefinition;

namespace {

// A resource type of the host with its destructor.
struct DefinedResource {
  ResourceType type;
  std::function<void(uint64_t)> drop;
};

absl::Status Add(InstanceDefinition& instance, std::string_view name, Definition definition) {
  if (instance.items.emplace(std::string(name), std::move(definition)).second)
    return absl::OkStatus();
  return absl::AlreadyExistsError("`" + std::string(name) + "` is defined twice");
}

absl::StatusOr<ComponentInstance> InstantiateIn(
    Store& store, const Component& component,
    const std::shared_ptr<const component::link::Bindings>& bindings, Trap* trap) {
  runtime::Store& rt = store.impl();
  // Type ids and code mean something within one engine only.
  if (component.engine().impl()->types.get() != &rt.types())
    return absl::FailedPreconditionError("the component is of another engine than the store");
  runtime::Trap runtime_trap;
  absl::StatusOr<component::link::LinkedInstance*> instance =
      component::link::LinkedInstance::Create(rt, component.impl(), bindings, &runtime_trap);
  if (!instance.ok()) return instance.status();
  if (*instance != nullptr) {
    return ComponentInstance(component.engine(), *instance, component.impl()->flat().exports.get());
  }
  Trap public_trap = TrapAccess::FromRuntime(&rt, std::move(runtime_trap));
  absl::Status status = absl::AbortedError("trap: " + public_trap.message());
  if (trap != nullptr) *trap = std::move(public_trap);
  return status;
}

}  // namespace

void* StoreData(const ComponentCall& call) {
  runtime::HostCall host{call.store.context(), nullptr, call.slots, nullptr};
  return Caller(host).store_data();
}

absl::Status LinkerInstance::DefineTyped(std::string_view name, component::abi::TypedHost host) {
  return Add(*impl_, name,
             HostFuncDefinition{[host = std::move(host)](
                                    const component::TypeTable& types, component::FuncTypeId type,
                                    component::canon::ResolveResource resolve) {
               return component::canon::MakeTypedHost(types, type, resolve, host);
             }});
}

absl::Status LinkerInstance::DefineDynamic(std::string_view name, DynamicHostFunc f) {
  return DefineDynamic(
      name, [f = std::move(f)](ComponentCall&, std::span<const Val> args) { return f(args); });
}

absl::Status LinkerInstance::DefineDynamic(std::string_view name, DynamicHostCall f,
                                           const component::canon::HostGate& gate,
                                           std::shared_ptr<void> env) {
  return Add(*impl_, name,
             HostFuncDefinition{[f = std::move(f), gate, env = std::move(env)](
                                    const component::TypeTable& types, component::FuncTypeId type,
                                    component::canon::ResolveResource resolve)
                                    -> absl::StatusOr<std::unique_ptr<component::canon::Function>> {
               auto function = component::canon::MakeDynamicHost(types, type, resolve, f);
               function->gate = gate;
               function->env = env;
               return function;
             }});
}

absl::StatusOr<const ResourceType*> LinkerInstance::DefineTagged(
    std::string_view name, const void* tag, std::function<void(uint64_t rep)> drop) {
  auto resource = std::make_shared<DefinedResource>();
  resource->type.tag = tag;
  resource->drop = std::move(drop);
  if (resource->drop) {
    resource->type.host_env = &resource->drop;
    resource->type.host_dtor = [](uint64_t rep, void* env) {
      (*static_cast<std::function<void(uint64_t)>*>(env))(rep);
    };
  }
  const ResourceType* const type = &resource->type;
  const absl::Status status =
      Add(*impl_, name,
          ResourceDefinition{.type = type, .owner = std::move(resource), .instance = nullptr});
  if (!status.ok()) return status;
  return type;
}

absl::Status LinkerInstance::DefineResourceAs(std::string_view name, const LinkerInstance& other,
                                              std::string_view other_name) {
  const auto found = other.impl_->items.find(other_name);
  if (found == other.impl_->items.end() ||
      !std::holds_alternative<ResourceDefinition>(found->second)) {
    return absl::NotFoundError("no resource `" + std::string(other_name) + "` is defined");
  }
  return Add(*impl_, name, found->second);
}

absl::Status LinkerInstance::DefineModule(std::string_view name, const Module& module) {
  return Add(*impl_, name, module.impl());
}

absl::Status LinkerInstance::DefineInstance(std::string_view name,
                                            const ComponentInstance& instance) {
  return Add(*impl_, name,
             component::link::DefinitionsOf(*instance.impl(), *instance.exports_impl()));
}

void LinkerInstance::DefineExports(const ComponentInstance& instance) {
  auto definitions = component::link::DefinitionsOf(*instance.impl(), *instance.exports_impl());
  impl_->items.merge(definitions->items);
}

void LinkerInstance::DefineMissing(const LinkerInstance& other) {
  std::vector<const std::pair<const std::string, Definition>*> missing;
  for (const auto& item : other.impl_->items) {
    if (component::link::FindVersioned(*impl_, item.first).definition == nullptr)
      missing.push_back(&item);
  }
  for (const auto* item : missing) impl_->items.insert(*item);
}

LinkerInstance LinkerInstance::Instance(std::string_view name) {
  const auto found = impl_->items.find(name);
  if (found != impl_->items.end()) {
    if (auto* const there = std::get_if<std::shared_ptr<InstanceDefinition>>(&found->second))
      return LinkerInstance(*there);
  }
  auto instance = std::make_shared<InstanceDefinition>();
  impl_->items.insert_or_assign(std::string(name), instance);
  return LinkerInstance(std::move(instance));
}

absl::StatusOr<ComponentInstance> LinkedComponent::Instantiate(Store& store, Trap* trap) const {
  return OrOutOfMemory([&] { return InstantiateIn(store, component_, bindings_, trap); });
}

ComponentLinker::ComponentLinker(const Engine& engine)
    : ComponentLinker(engine, std::make_shared<InstanceDefinition>()) {}
ComponentLinker::ComponentLinker(const Engine& engine, std::shared_ptr<InstanceDefinition> root)
    : LinkerInstance(root), engine_(engine), root_(std::move(root)) {}

absl::StatusOr<LinkedComponent> ComponentLinker::Link(const Component& component) const {
  if (component.engine().impl() != engine_.impl())
    return absl::FailedPreconditionError("the component is of another engine than the linker");
  return OrOutOfMemory([&]() -> absl::StatusOr<LinkedComponent> {
    component::link::Resolution resolution = component::link::Resolve(*component.impl(), *root_);
    if (!resolution.errors.empty()) return component::link::ToStatus(resolution.errors);
    return LinkedComponent(component, std::make_shared<const component::link::Bindings>(
                                          std::move(resolution.bindings)));
  });
}

absl::StatusOr<ComponentInstance> ComponentLinker::Instantiate(Store& store,
                                                               const Component& component,
                                                               Trap* trap) const {
  absl::StatusOr<LinkedComponent> linked = Link(component);
  if (!linked.ok()) return linked.status();
  return linked->Instantiate(store, trap);
}

std::optional<std::string> LinkErrorsJson(const absl::Status& status) {
  const auto payload = status.GetPayload(component::link::kLinkErrorsPayload.data());
  if (!payload) return std::nullopt;
  return std::string(*payload);
}

}  // namespace airwasm
