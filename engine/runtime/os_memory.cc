// The pool keeps a few regions of each of a few sizes: value stacks, poll pages and big tables come
// and go with every store, and mmap and munmap are what makes that slow when many threads do it.
#include "engine/runtime/os_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace airwasm::runtime {
namespace {

constexpr size_t kPoolSizes = 8;            // different sizes that are kept
constexpr size_t kPoolRegionsPerSize = 64;  // regions of each
// A dirty region keeps this much resident: wiping it costs less than faulting the pages in again.
constexpr uint64_t kKeepResidentBytes = 16 << 10;

struct PooledRegion {
  Region region;
  uint64_t dirty_bytes;  // may hold other stores' data up to here
};

// Of fixed size, as the pool is: what is given back when a store goes must not need memory.
struct SizeClass {
  uint64_t bytes = 0;  // 0: none yet
  size_t count = 0;
  std::array<PooledRegion, kPoolRegionsPerSize> free;
};

struct Pool {
  std::mutex mutex;
  std::array<SizeClass, kPoolSizes> classes;

  // With the mutex held. Null when this size is not kept.
  SizeClass* Find(uint64_t bytes, bool make) {
    for (SizeClass& c : classes) {
      if (c.bytes == bytes) return &c;
    }
    if (!make) return nullptr;
    for (SizeClass& c : classes) {
      if (c.bytes != 0) continue;
      c.bytes = bytes;
      return &c;
    }
    // A size that no one holds at the moment makes room.
    for (SizeClass& c : classes) {
      if (c.count != 0) continue;
      c.bytes = bytes;
      return &c;
    }
    return nullptr;
  }
};

// Never destroyed: stores may outlive static destruction.
Pool& ThePool() {
  static Pool& pool = *new Pool;
  return pool;
}

}  // namespace

size_t HostPageBytes() {
  static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

uint8_t* ReserveAddresses(uint64_t bytes) {
  if (bytes > uint64_t{1} << 46) return nullptr;  // beyond what any host has to give
  void* const base = mmap(nullptr, RoundUpToHostPage(bytes), PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return base == MAP_FAILED ? nullptr : static_cast<uint8_t*>(base);
}

void ReleaseAddresses(uint8_t* base, uint64_t bytes) {
  munmap(base, RoundUpToHostPage(bytes));
}

bool MakeAccessible(uint8_t* address, uint64_t bytes) {
  return bytes == 0 || mprotect(address, RoundUpToHostPage(bytes), PROT_READ | PROT_WRITE) == 0;
}

bool MakeInaccessible(uint8_t* address, uint64_t bytes) {
  return bytes == 0 || mprotect(address, RoundUpToHostPage(bytes), PROT_NONE) == 0;
}

void DiscardPages(uint8_t* address, uint64_t bytes) {
  if (bytes != 0) madvise(address, RoundUpToHostPage(bytes), MADV_DONTNEED);
}

Region AcquireRegion(uint64_t bytes) {
  bytes = RoundUpToHostPage(bytes);
  PooledRegion pooled;
  {
    Pool& pool = ThePool();
    const std::lock_guard lock(pool.mutex);
    if (SizeClass* const c = pool.Find(bytes, false); c != nullptr && c->count != 0)
      pooled = c->free[--c->count];
  }
  if (pooled.region.base != nullptr) {
    std::fill_n(pooled.region.base, pooled.dirty_bytes, uint8_t{0});
    return pooled.region;
  }
  uint8_t* const base = ReserveAddresses(bytes + HostPageBytes());
  if (base == nullptr) return {};
  if (!MakeAccessible(base, bytes)) {
    ReleaseAddresses(base, bytes + HostPageBytes());
    return {};
  }
  return {base, bytes};
}

void ReleaseRegion(const Region& region, uint64_t dirty_bytes) {
  if (region.base == nullptr) return;
  dirty_bytes = std::min(RoundUpToHostPage(dirty_bytes), region.bytes);
  const uint64_t kept = std::min(dirty_bytes, kKeepResidentBytes);
  DiscardPages(region.base + kept, dirty_bytes - kept);
  {
    Pool& pool = ThePool();
    const std::lock_guard lock(pool.mutex);
    SizeClass* const c = pool.Find(region.bytes, true);
    if (c != nullptr && c->count < kPoolRegionsPerSize) {
      c->free[c->count++] = {region, kept};
      return;
    }
  }
  ReleaseAddresses(region.base, region.bytes + HostPageBytes());
}

}  // namespace airwasm::runtime
