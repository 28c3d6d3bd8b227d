// Address space from the operating system: reservations, what of them is accessible, and a pool of
// regions for reuse.
//
// Everything here is private anonymous memory that reads zero when first touched and counts against
// nothing until then. Sizes and offsets are rounded up to host pages.
#pragma once

#include <cstddef>
#include <cstdint>

namespace airwasm::runtime {

// Bytes of a page of the host.
size_t HostPageBytes();
inline uint64_t RoundUpToHostPage(uint64_t bytes) {
  const uint64_t mask = HostPageBytes() - 1;
  return (bytes + mask) & ~mask;
}

// Reserves `bytes` of addresses, none of them accessible; null when there is no room.
uint8_t* ReserveAddresses(uint64_t bytes);
void ReleaseAddresses(uint8_t* base, uint64_t bytes);
// Makes a range of a reservation readable and writable, or inaccessible. False when the system
// refuses.
bool MakeAccessible(uint8_t* address, uint64_t bytes);
bool MakeInaccessible(uint8_t* address, uint64_t bytes);
// Gives back the pages of a range: it reads zero (or the mapped file's contents) again.
void DiscardPages(uint8_t* address, uint64_t bytes);

// A readable and writable region with an inaccessible page behind it.
struct Region {
  uint8_t* base = nullptr;
  uint64_t bytes = 0;
};

// Takes a region of exactly `bytes` from the process-wide pool, or maps one. It is zero, whatever
// it was used for before: what was a stack may become a table, whose words are references. An empty
// region when the system refuses.
Region AcquireRegion(uint64_t bytes);
// Puts it back. At most the first `dirty_bytes` of it have been written to, for certain; those that
// exceed what is worth keeping are discarded.
void ReleaseRegion(const Region& region, uint64_t dirty_bytes);

}  // namespace airwasm::runtime
