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
#include "airwasm/module.h"
#include "airwasm/store.h"
#include "airwasm/trap.h"
#include "component/canon/typed.h"

namespace airwasm {

namespace component::link {
class LinkedInstance;
struct ExportedInstance;
}  // namespace component::link

// A component value of any type.
using Val = component::canon::Val;
// How C++ types stand for handles, flags and results; typed.h says which type stands for which.
template <typename T>
using Own = component::canon::Own<T>;
template <typename T>
using Borrow = component::canon::Borrow<T>;
using AnyResource = component::canon::AnyResource;
template <typename T, typename E>
using WitResult = component::canon::WitResult<T, E>;

using ComponentCallResult = Result<std::optional<Val>>;

namespace internal {
Trap ToPublicTrap(runtime::Store* store, runtime::Trap&& trap);
}

// A function of known type, checked once when it was made.
template <typename Signature>
class TypedComponentFunc;
template <typename R, typename... Args>
class TypedComponentFunc<R(Args...)> {
 public:
  // Calls, and returns when the guest does. After a trap the instance can not be entered again.
  // Threads: one call at a time per Store.
  Result<R> operator()(const Args&... args) const {
    component::canon::Typed<R> out = func_.Call(args...);
    if (!out.ok()) [[unlikely]]
      return internal::ToPublicTrap(store_, std::move(*out.trap));
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return std::move(out.value);
    }
  }

 private:
  friend class ComponentFunc;
  TypedComponentFunc(runtime::Store* store, component::canon::TypedFunction<R(Args...)> func)
      : store_(store), func_(std::move(func)) {}
  runtime::Store* store_;
  component::canon::TypedFunction<R(Args...)> func_;
};

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
  //         UNIMPLEMENTED     a host function that the component exports again, or an async one
  template <typename Signature>
  absl::StatusOr<TypedComponentFunc<Signature>> Typed() const {
    auto bound = component::canon::TypedFunction<Signature>::Bind(*store_, *func_);
    if (!bound.ok())
      return absl::Status(bound.status().code(),
                          type() + ": " + std::string(bound.status().message()));
    return TypedComponentFunc<Signature>(store_, *std::move(bound));
  }

  ComponentFunc(runtime::Store* store, const component::canon::Function* func,
                const component::link::Compiled* component)
      : store_(store), func_(func), component_(component) {}
  const component::canon::Function* impl() const { return func_; }  // for the engine's own layers

 private:
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

// Gives up a resource that the host owns: runs its destructor.
//
// Errors: INVALID_ARGUMENT  not an `own`
Result<void> DropResource(Store& store, const Val& own);

}  // namespace airwasm
