// The words in which the interfaces of a package are defined:
//
//   Interface poll(linker, "wasi:io/poll", &status);
//   poll.Resource<Pollable>("pollable")
//       .Func("[method]pollable.ready", [](HostCall& call, Borrow<Pollable> self) { ... });
//
// `status` keeps the first failure.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "wasi/p2/context.h"
#include "wasi/p2/interfaces.h"

namespace airwasm::wasi::p2 {

class Interface {
 public:
  Interface(ComponentLinker& linker, std::string_view name, absl::Status* status,
            std::string_view version = kVersion)
      : linker_(linker),
        instance_(linker.Instance(std::string(name) + "@" + std::string(version))),
        status_(status) {}

  template <typename F>
  Interface& Func(std::string_view name, F f) {
    status_->Update(instance_.Define(name, std::move(f)));
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
  LinkerInstance instance_;
  absl::Status* status_;
};

}  // namespace airwasm::wasi::p2
