// What host functions with C++ types can say beyond a value: that a list lies in the guest's memory
// already, and that the guest ends with a certain trap.
#pragma once

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "component/canon/functions.h"
#include "component/canon/typed_values.h"

namespace airwasm::component::canon {

// A list<u8> that was put where the guest's realloc said before the function returned: read(2) fills
// it, and nothing is copied.
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

// The status with which a host function ends the guest as `kind` says, not as a failure of the host.
absl::Status TrapStatus(TrapKind kind);
// The kind that `status` carries; kHostError if it carries none.
TrapKind TrapKindOf(const absl::Status& status);

template <>
struct Abi<GuestBytes> : PairAbi {
  static constexpr size_t kHandles = 0;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const list = TypeAs<ListType>(binding, type);
    return list != nullptr && !list->length && list->element == ValType(PrimType::kU8);
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles, const GuestBytes& v) {
    Write(c, at, v.address, v.count);
    return TrapKind::kNone;
  }
};

}  // namespace airwasm::component::canon
