// What std::bad_alloc becomes at the edges of the engine: RESOURCE_EXHAUSTED for an embedder, a
// trap for a guest.
//
// The engine's own code lets the exception pass, and what it has made goes with the frames.
// Whoever changes what is shared (types, registers of code, a store) takes the memory first and
// then makes a change that cannot fail.
#pragma once

#include <new>

#include "absl/status/status.h"

namespace airwasm {

// Without a text, which would need memory, if there is none for it.
inline absl::Status OutOfMemory() noexcept {
  try {
    return absl::ResourceExhaustedError("the host has no memory for this");
  } catch (const std::bad_alloc&) {
    return absl::Status(absl::StatusCode::kResourceExhausted, "");
  }
}

// What `body` returns, an absl::Status or absl::StatusOr; OutOfMemory() if it finds none.
template <typename Body>
auto OrOutOfMemory(const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  }
}

}  // namespace airwasm
