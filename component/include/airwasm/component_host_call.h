// The raw form of a component's call of a host function. Embedders use LinkerInstance::Define,
// which is made of this.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component_val.h"
#include "airwasm/host_call.h"
#include "airwasm/trap_kind.h"

namespace airwasm {

namespace runtime {
class Store;
}

namespace component::canon {

class Lenders;
struct CanonOptions;
struct Function;
struct ResourceType;

// What a callee still owes: handles that were lent to it and have to be dropped before it returns.
// A task holds one. Spec: canonical ABI, Task.num_borrows.
struct BorrowScope {
  uint32_t borrows = 0;
};

// One call of a host function by a guest. `slots` holds the flat arguments and gets the flat
// result. Valid during the call only.
struct HostCallContext {
  runtime::Store& store;
  const Function& function;
  const CanonOptions& options;  // of the caller's `canon lower`
  uint64_t* slots;
  const uint64_t* place;  // holds the pointer to where a result goes that is not flat
  Lenders& lenders;
  const ResourceType* const* handles;  // Function::handles
  bool memory64;                       // of the caller
  bool async = false;  // an async lower: fewer flat parameters, and any result at `place`
};

// Lifts the arguments out of the caller, runs, and lowers the result. kHostError: Store::host_error
// says why.
using HostThunk = TrapKind (*)(HostCallContext& call, void* env);

// What stands before a host function (HostCallGate, airwasm/host_call.h). `denied` gets the
// function's environment, lifts nothing, and lowers the result that says so; null: the call ends
// the guest.
struct HostGate {
  uint64_t capabilities = runtime::kNoCapabilityNeeded;
  HostThunk denied = nullptr;
};

// A list<u8> that was put where the guest's realloc said before the function returned: read(2)
// fills it, and nothing is copied.
struct GuestBytes {
  uint64_t address = 0;
  uint64_t count = 0;
};

// Room for `bytes` bytes in the memory of the guest that calls, and where it begins for the guest.
// The span is good until the guest runs again. Not OK: the status ends the guest.
absl::StatusOr<std::span<uint8_t>> AllocateInGuest(HostCallContext& call, uint64_t bytes,
                                                   uint64_t* address);
// Gives up the end of what AllocateInGuest gave: the guest's realloc is told the new size.
absl::Status ShrinkInGuest(HostCallContext& call, uint64_t old_bytes, GuestBytes* list);

// The status with which a host function ends the guest as `kind` says, not as a failure of the
// host.
absl::Status TrapStatus(TrapKind kind);
// The kind that `status` carries; kHostError if it carries none.
TrapKind TrapKindOf(const absl::Status& status);

}  // namespace component::canon

using GuestBytes = component::canon::GuestBytes;
using component::canon::AllocateInGuest;
using component::canon::ShrinkInGuest;
using component::canon::TrapStatus;

// What a host function may know about the call; take `ComponentCall&` as the first parameter.
using ComponentCall = component::canon::HostCallContext;

// A host function over Vals: a status that is not OK ends the guest with its message.
using DynamicHostFunc =
    std::function<absl::StatusOr<std::optional<Val>>(std::span<const Val> args)>;
// The same for one that asks whose call it is (StoreData, GuardOf); there may be no guest behind
// it, but the host itself.
using DynamicHostCall = std::function<absl::StatusOr<std::optional<Val>>(
    ComponentCall& call, std::span<const Val> args)>;

}  // namespace airwasm
