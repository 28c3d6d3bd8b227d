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

#include "security/base/function_name.h"
#include "wasi/p2/context.h"
#include "wasi/p2/guarded.h"
#include "wasi/p2/interfaces.h"

namespace airwasm::wasi::p2 {

class Interface {
 public:
  Interface(ComponentLinker& linker, std::string_view name, security::CapabilitySet asked,
            absl::Status* status, std::string_view version = kVersion)
      : linker_(linker),
        name_(name),
        instance_(linker.Instance(std::string(name) + "@" + std::string(version))),
        asked_(asked),
        status_(status) {}

  template <typename F>
  Interface& Func(std::string_view name, F f) {
    return Func(name, asked_, std::move(f));
  }
  template <typename F>
  Interface& Func(std::string_view name, security::CapabilitySet asked, F f) {
    // "wasi:io/poll.poll"
    const security::FunctionId id = security::RegisterFunction(name_ + "." + std::string(name));
    status_->Update(
        instance_.Define(name, Guarded<F, decltype(&F::operator())>(std::move(f), asked, id)));
    return *this;
  }
  // A resource whose handles are of Context::Add.
  template <std::derived_from<p2::Resource> T>
  Interface& Resource(std::string_view name) {
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
    const LinkerInstance other = linker_.Instance(std::string(of) + "@" + std::string(version));
    status_->Update(instance_.DefineResourceAs(name, other, name_there));
    return *this;
  }

 private:
  ComponentLinker& linker_;
  const std::string name_;
  LinkerInstance instance_;
  const security::CapabilitySet asked_;
  absl::Status* status_;
};

}  // namespace airwasm::wasi::p2
