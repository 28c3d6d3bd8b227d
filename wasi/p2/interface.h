// The words in which the interfaces of a package are defined:
//
//   Interface poll(linker, "wasi:io/poll", asks::kPoll, &status);
//   poll.Resource<Pollable>("pollable")
//       .Func("[method]pollable.ready", [](HostCall& call, Borrow<Pollable> self) { ... });
//
// One of the capabilities that it names lets a guest call the functions of an interface; a function
// may name its own. `status` keeps the first failure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "security/base/function_name.h"
#include "wasi/p2/context.h"
#include "wasi/p2/guarded.h"
#include "wasi/p2/interfaces.h"

namespace airwasm::wasi::p2 {

// What Interfaces have defined, as plain data.
struct DefinedFunction {
  std::string name;
  component::abi::FuncShape shape;
  security::CapabilitySet asked;
};
struct DefinedResource {
  std::string name;
  const void* tag;  // null: that of the resource `of` another interface
  std::string of;
  std::string name_there;
};
struct DefinedInterface {
  std::string name;  // with its version
  std::vector<DefinedResource> resources;
  std::vector<DefinedFunction> functions;
};
// Where this thread's Interfaces note what they define; null: nowhere. For tests that go over all
// functions.
inline thread_local std::vector<DefinedInterface>* defined_interfaces = nullptr;

class Interface {
 public:
  Interface(ComponentLinker& linker, std::string_view name, security::CapabilitySet asked,
            absl::Status* status, std::string_view version = kVersion)
      : linker_(linker),
        name_(name),
        instance_(linker.Instance(std::string(name) + "@" + std::string(version))),
        asked_(asked),
        status_(status) {
    if (defined_interfaces != nullptr)
      defined_interfaces->push_back({name_ + "@" + std::string(version), {}, {}});
  }

  // What calls of the functions that follow are recorded as, of the classes that they ask for,
  // where they decide about no object.
  Interface& Fits(security::CapabilitySet fits) {
    fits_ = fits;
    return *this;
  }
  template <typename F>
  Interface& Func(std::string_view name, F f) {
    return Func(name, asked_, std::move(f));
  }
  template <typename F>
  Interface& Func(std::string_view name, security::CapabilitySet asked, F f) {
    // "wasi:io/poll.poll"
    const security::FunctionId id = security::RegisterFunction(name_ + "." + std::string(name));
    using Function = Guarded<F, decltype(&F::operator())>;
    if (defined_interfaces != nullptr) {
      using Thunk = component::abi::HostThunkFor<Function, decltype(&Function::operator())>;
      Defined().functions.push_back({std::string(name), Thunk::kShape, asked});
    }
    status_->Update(instance_.Define(name, Function(std::move(f), asked, id, fits_)));
    return *this;
  }
  // A resource whose handles are of Context::Add.
  template <std::derived_from<p2::Resource> T>
  Interface& Resource(std::string_view name) {
    if (defined_interfaces != nullptr)
      Defined().resources.push_back({std::string(name), component::abi::TagOf<T>(), {}, {}});
    status_->Update(instance_.DefineResource<T>(name, &Context::Drop).status());
    return *this;
  }
  // The resource of that name of another interface.
  Interface& Use(std::string_view name, std::string_view of, std::string_view version = kVersion) {
    return UseAs(name, of, name, version);
  }
  // ... under another name than it has there.
  Interface& UseAs(std::string_view name, std::string_view of, std::string_view name_there,
                   std::string_view version = kVersion) {
    if (defined_interfaces != nullptr) {
      Defined().resources.push_back({std::string(name), nullptr,
                                     std::string(of) + "@" + std::string(version),
                                     std::string(name_there)});
    }
    const LinkerInstance other = linker_.Instance(std::string(of) + "@" + std::string(version));
    status_->Update(instance_.DefineResourceAs(name, other, name_there));
    return *this;
  }

 private:
  // Interfaces are defined in parts, but never two of one name at a time.
  DefinedInterface& Defined() {
    for (DefinedInterface& known : *defined_interfaces) {
      if (known.name.starts_with(name_ + "@")) return known;
    }
    return defined_interfaces->back();
  }

  ComponentLinker& linker_;
  const std::string name_;
  LinkerInstance instance_;
  const security::CapabilitySet asked_;
  security::CapabilitySet fits_ = 0;
  absl::Status* status_;
};

}  // namespace airwasm::wasi::p2
