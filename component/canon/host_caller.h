// The host as the caller of a host function: what such a function finds on the other side of the
// border is a memory and a table of handles, so the host has one of each per store for its own
// calls.
//
// Memory is handed out as a stack: a call gives back what it took.
// Spec: canonical ABI, `canon lower`; the specification has no name for a caller of this kind.
#pragma once

#include "component/canon/functions.h"

namespace airwasm::component::canon {

class HostCaller {
 public:
  // The store's, made when it is first asked for. Null: no room for it; the reason is noted.
  static HostCaller* Of(runtime::Store& store);

  explicit HostCaller(runtime::Store& store) : state_(store) {}
  const CanonOptions& options() const { return options_; }

  // Surround a call. End takes back memory, and the outermost one the handles that were lent.
  uint64_t Begin() {
    ++depth_;
    return top_;
  }
  void End(uint64_t begun) {
    top_ = begun;
    if (--depth_ == 0) ForgetHandles();
  }

  // Calls `function`, which is the host's, with the flat arguments in flat[0..]; the array has room
  // for one slot more than there can be arguments. `*result` becomes the first flat result, or the
  // address of a result that takes more.
  TrapKind Call(const Function& function, uint64_t* flat, uint64_t* result);

 private:
  static TrapKind Realloc(runtime::HostCall& call);
  absl::Status Init();
  void ForgetHandles();

  ComponentInstanceState state_;
  CanonOptions options_;
  uint64_t top_ = kFirst;
  uint32_t depth_ = 0;
  static constexpr uint64_t kFirst = 16;  // 0 is no address that a realloc returns
};

}  // namespace airwasm::component::canon
