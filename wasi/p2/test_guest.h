// A guest that does what a test says: a component that imports interfaces and exports their
// functions again, so that the test calls each with the C++ types of the implementation.
//
// Its text is made of the tables in test_guest_interfaces.cc. A handle that the guest is lent for a
// call is lent on and dropped.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "airwasm/component_linker.h"
#include "airwasm/wasi_component.h"
#include "wasi/p2/context.h"

namespace airwasm::wasi::p2 {

struct TestType {
  std::string_view name;
  // Empty: a resource; "use": of an interface before; else its definition.
  std::string_view definition;
};
struct TestFunc {
  std::string_view name;
  std::string_view type;  // its parameters and result in the text format
  // Flat parameters and, after a colon, the result: i and I for i32 and i64, b for a borrowed
  // handle, ll for a list of them, r for a result in memory.
  std::string_view core;
};
struct TestInterface {
  std::string_view name;
  std::vector<TestType> types;
  std::vector<TestFunc> funcs;
};

// The interfaces of WASI, those that others use before them; without versions.
const std::vector<TestInterface>& WasiInterfaces();
// Those of wasi:sockets.
std::vector<TestInterface> SocketInterfaces();
// `more` behind those of wasi:io, which they use; files have another type of the name `error-code`.
std::vector<TestInterface> With(std::vector<TestInterface> more);

class TestGuest {
 public:
  // The guest imports WasiInterfaces() at `version`.
  explicit TestGuest(const Config& config, std::string_view version = "0.2.12",
                     const std::vector<TestInterface>& interfaces = WasiInterfaces());

  // Calls the function of that name: R is its result.
  template <typename R, typename... Args>
  Result<R> Try(std::string_view name, const Args&... args) {
    const auto exported = exports_.find(name);
    if (exported == exports_.end()) {
      ADD_FAILURE() << "no function " << name;
      return Trap(TrapKind::kHostError);
    }
    const auto func = instance_->Get<R(Args...)>(exported->second);
    if (!func.ok()) {
      ADD_FAILURE() << name << ": " << func.status();
      return Trap(TrapKind::kHostError);
    }
    return (*func)(args...);
  }
  // A call that must not end the guest.
  template <typename R, typename... Args>
  R Call(std::string_view name, const Args&... args) {
    Result<R> result = Try<R>(name, args...);
    if (!result.ok()) {
      ADD_FAILURE() << name << ": " << result.trap().message();
      return R();
    }
    if constexpr (!std::is_void_v<R>) return std::move(result).value();
  }

  Store& store() { return store_; }
  bool ok() const { return instance_.ok(); }

 private:
  Engine engine_;
  Store store_{engine_};
  ComponentLinker linker_{engine_};
  std::map<std::string, std::string, std::less<>> exports_;
  absl::StatusOr<ComponentInstance> instance_{absl::UnknownError("")};
};

template <typename T>
Borrow<T> Lend(Own<T> own) {
  return Borrow<T>{own.rep};
}

// A directory of the host that is gone with the test.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  void Write(std::string_view name, std::string_view contents) const;
  std::string Read(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace airwasm::wasi::p2
