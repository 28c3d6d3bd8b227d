// Instances of components and their functions: dynamic calls with Vals, typed calls by template.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component.h"
#include "airwasm/component_typed.h"
#include "airwasm/component_val.h"
#include "airwasm/module.h"
#include "airwasm/store.h"
#include "airwasm/trap.h"

namespace airwasm {

namespace component::link {
class LinkedInstance;
struct ExportedInstance;
}  // namespace component::link

using ComponentCallResult = Result<std::optional<Val>>;

// A function that an instance exports. A handle: cheap to copy, valid as long as the store.
class ComponentFunc {
 public:
  std::vector<std::string> param_names() const;
  std::string type() const;  // "func(name: string) -> u32"

  // Calls with dynamic values and returns the result, if the type has one.
  //
  // Errors: INVALID_ARGUMENT  args differ from the type; the place that differs is named
  // Threads: one call at a time per Store.
  // Spec: canonical ABI, `canon lift`.
  absl::StatusOr<ComponentCallResult> Call(std::span<const Val> args) const;

  // Errors: INVALID_ARGUMENT  the function has another type
  //         UNIMPLEMENTED     a function with the async ABI
  template <typename Signature>
  absl::StatusOr<TypedComponentFunc<Signature>> Typed() const {
    auto handles = BindShape(TypedComponentFunc<Signature>::kShape);
    if (!handles.ok()) return handles.status();
    return TypedComponentFunc<Signature>(store_, func_, *std::move(handles));
  }

  ComponentFunc(runtime::Store* store, const component::canon::Function* func,
                const component::link::Compiled* component)
      : store_(store), func_(func), component_(component) {}
  const component::canon::Function* impl() const { return func_; }  // for the engine's own layers

 private:
  absl::StatusOr<std::vector<const component::canon::ResourceType*>> BindShape(
      const component::abi::FuncShape& shape) const;

  runtime::Store* store_;
  const component::canon::Function* func_;
  const component::link::Compiled* component_;  // whose type it has
};

// An instance of a component, or one that it exports. A handle: cheap to copy, valid as long as the
// store.
class ComponentInstance {
 public:
  // `name` is the name of an export, or leads through exported instances: "wasi:cli/run@0.2.0#run".
  // An instance's name may ask for another version of the same track than the one that is there.
  //
  // Errors: NOT_FOUND         no export of that name and kind; the message names the nearest
  //         INVALID_ARGUMENT  (Get, Call) types differ
  //         UNIMPLEMENTED     (Get) see ComponentFunc::Typed
  absl::StatusOr<ComponentFunc> GetFunc(std::string_view name) const;
  absl::StatusOr<ComponentInstance> GetInstance(std::string_view name) const;
  absl::StatusOr<Module> GetModule(std::string_view name) const;

  template <typename Signature>
  absl::StatusOr<TypedComponentFunc<Signature>> Get(std::string_view name) const {
    absl::StatusOr<ComponentFunc> func = GetFunc(name);
    if (!func.ok()) return func.status();
    return func->template Typed<Signature>();
  }
  absl::StatusOr<ComponentCallResult> Call(std::string_view name, std::span<const Val> args) const;

  std::vector<ComponentItem> exports() const;

  ComponentInstance(Engine engine, component::link::LinkedInstance* instance,
                    const component::link::ExportedInstance* exports)
      : engine_(std::move(engine)), instance_(instance), exports_(exports) {}
  component::link::LinkedInstance* impl() const { return instance_; }
  const component::link::ExportedInstance* exports_impl() const { return exports_; }

 private:
  Engine engine_;
  component::link::LinkedInstance* instance_;
  const component::link::ExportedInstance* exports_;
};

namespace component::abi {

// Binds an exported function, whose resources get `methods` as theirs.
template <typename Signature>
absl::Status BindExport(const ComponentInstance& instance, std::string_view name,
                        const ResourceMethods* methods, TypedComponentFunc<Signature>* out) {
  absl::StatusOr<TypedComponentFunc<Signature>> func = instance.Get<Signature>(name);
  if (!func.ok()) return func.status();
  *out = *std::move(func);
  out->SetMethods(methods);
  return absl::OkStatus();
}

}  // namespace component::abi

// Gives up a resource that the host owns: runs its destructor.
//
// Errors: INVALID_ARGUMENT  not an `own`
Result<void> DropResource(Store& store, const Val& own);

}  // namespace airwasm
