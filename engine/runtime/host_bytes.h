// Who pays for memory of the host that is taken on a guest's behalf outside of its store: what its
// values become on the host's side.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"

namespace airwasm::runtime {

class Store;

// One for the process, which finds its own state through Store::Attached; called on the guest's
// thread.
struct HostBytesPayer {
  // Not OK: nothing was taken, and the status ends the guest.
  absl::Status (*charge)(Store& store, uint64_t bytes);
  void (*refund)(Store& store, uint64_t bytes);
};
inline std::atomic<const HostBytesPayer*> host_bytes_payer{nullptr};

// Before `bytes` are allocated.
inline absl::Status ChargeHostBytes(Store& store, uint64_t bytes) {
  const HostBytesPayer* const payer = host_bytes_payer.load(std::memory_order_acquire);
  return payer == nullptr ? absl::OkStatus() : payer->charge(store, bytes);
}
// When what was charged has been freed.
inline void RefundHostBytes(Store& store, uint64_t bytes) {
  if (const HostBytesPayer* const payer = host_bytes_payer.load(std::memory_order_acquire))
    payer->refund(store, bytes);
}

}  // namespace airwasm::runtime
