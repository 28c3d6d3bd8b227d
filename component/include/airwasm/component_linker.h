// The linker that satisfies a component's imports by name and version.
//
//   ComponentLinker linker(engine);
//   LinkerInstance log = linker.Instance("my:app/log@1.0.0");
//   log.Define("line", [](std::string_view text) { std::puts(std::string(text).c_str()); });
//   absl::StatusOr<ComponentInstance> instance = linker.Instantiate(store, component);
//
// An import is satisfied by the definition of exactly its name, else by the highest version on the
// same track: 0.2.3 by 0.2.12, 1.0.0 by 1.4.0, 0.2.0 never by 0.3.0.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component_instance.h"
#include "airwasm/module.h"

namespace airwasm {

namespace component::link {
struct InstanceDefinition;
struct Bindings;
}  // namespace component::link

// Store::data() of the store whose guest calls a host function.
void* StoreData(const ComponentCall& call);

// A place for definitions: the imports themselves, or what an imported instance exports. A handle;
// valid as long as its linker.
class LinkerInstance {
 public:
  // A function of the host from a callable whose operator() is const and no template, or a pointer
  // to a function. Parameters and result are the C++ types of component_values.h; a result may be a
  // StatusOr (a Status if there is none), and what is not OK ends the guest. A ComponentCall& may
  // come first. Whether the types are those of an import is checked when a component is linked.
  // Threads: called on those of all stores. The guest ends with an exit code if the status is
  // `Trap::Exit(code).host_error()`. Functions that a guard decides about: guarded_component.h.
  //
  // Errors: ALREADY_EXISTS  the name is taken
  template <typename F>
  absl::Status Define(std::string_view name, F f) {
    return DefineTyped(name, component::abi::MakeTypedHost(std::move(f)));
  }
  // A function of the host of any type: gets what the import's type says, and has to return that. A
  // status that is not OK ends the guest.
  absl::Status DefineDynamic(std::string_view name, DynamicHostFunc f);
  // `gate`: who may call it; `env` is its environment.
  absl::Status DefineDynamic(std::string_view name, DynamicHostCall f,
                             const component::canon::HostGate& gate = {},
                             std::shared_ptr<void> env = nullptr);

  // A resource type of the host, of which functions speak as Own<T> and Borrow<T>; T is any type,
  // and stands for this resource alone. `drop` is called with the representation when a guest drops
  // the handle that owns it; it may be empty. It is not called for what a store's guests still have
  // when the store goes. The type's identity is that of this definition; it lives as long as the
  // linker and what was linked with it.
  template <typename T>
  absl::StatusOr<const component::canon::ResourceType*> DefineResource(
      std::string_view name, std::function<void(uint64_t rep)> drop) {
    return DefineTagged(name, component::abi::TagOf<T>(), std::move(drop));
  }
  // The same resource type under another name: an interface that uses one of another interface.
  absl::Status DefineResourceAs(std::string_view name, const LinkerInstance& other,
                                std::string_view other_name);

  absl::Status DefineModule(std::string_view name, const Module& module);
  // Everything that an instance exports, as an instance. What is linked with it belongs to its
  // store, and must not be used once that is gone.
  absl::Status DefineInstance(std::string_view name, const ComponentInstance& instance);
  // Each export of an instance under its own name. What is there already stays.
  void DefineExports(const ComponentInstance& instance);
  // What `other` defines and nothing here stands for: neither a definition of the same name nor one
  // of the same track. Instances are shared.
  void DefineMissing(const LinkerInstance& other);

  // The instance `name`, made empty if there is none.
  LinkerInstance Instance(std::string_view name);

  explicit LinkerInstance(std::shared_ptr<component::link::InstanceDefinition> impl)
      : impl_(std::move(impl)) {}

 private:
  absl::StatusOr<const component::canon::ResourceType*> DefineTagged(
      std::string_view name, const void* tag, std::function<void(uint64_t rep)> drop);
  absl::Status DefineTyped(std::string_view name, component::abi::TypedHost host);
  std::shared_ptr<component::link::InstanceDefinition> impl_;
};

// A component with its imports resolved. Cheap to copy; copies share. Threads: any.
class LinkedComponent {
 public:
  // Errors: RESOURCE_EXHAUSTED   a limit of the store, or the host has no memory
  //         FAILED_PRECONDITION  an import is bound to something of another store, or the store is
  //         of
  //                              another engine
  //         ABORTED              a segment or a start function trapped; see `*trap`
  absl::StatusOr<ComponentInstance> Instantiate(Store& store, Trap* trap = nullptr) const;

  LinkedComponent(Component component, std::shared_ptr<const component::link::Bindings> bindings)
      : component_(std::move(component)), bindings_(std::move(bindings)) {}

 private:
  Component component_;
  std::shared_ptr<const component::link::Bindings> bindings_;
};

// Names → definitions. One linker serves many components and stores of its engine. Threads: one at
// a time; Link and Instantiate do not change it.
class ComponentLinker : public LinkerInstance {
 public:
  explicit ComponentLinker(const Engine& engine);

  // Resolves and checks all imports.
  //
  // Errors: NOT_FOUND            an import that nothing satisfies
  //         FAILED_PRECONDITION  an import of another type
  // The message has one line per import, with its full path, what was expected and found, the
  // nearest name and the versions that there are; LinkErrorsJson has the same as JSON.
  absl::StatusOr<LinkedComponent> Link(const Component& component) const;

  // Link and LinkedComponent::Instantiate in one.
  absl::StatusOr<ComponentInstance> Instantiate(Store& store, const Component& component,
                                                Trap* trap = nullptr) const;

 private:
  Engine engine_;
  std::shared_ptr<component::link::InstanceDefinition> root_;
  ComponentLinker(const Engine& engine, std::shared_ptr<component::link::InstanceDefinition> root);
};

// {"errors": [{"kind", "import", "path", "expected", "found", "provider", "nearest",
// "available_versions"}]}; none for a status that is not of linking.
std::optional<std::string> LinkErrorsJson(const absl::Status& status);

}  // namespace airwasm
