#include "engine/runtime/code_memory.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "engine/runtime/os_memory.h"

namespace airwasm::runtime {
namespace {

constexpr size_t kReservedBytes = size_t{2} << 30;
constexpr size_t kAlignment = 64;
constexpr size_t kGrowthBytes = 64 << 10;
// Processors predict branches by the low 24 bits of their addresses (measured on a Sapphire
// Rapids), so kinds of code that call each other do not begin at the same place there: each call
// between the two took some 25 ns more (bench/micro/tier_call_bench.cc).
constexpr uintptr_t kPredictedBytes = 16 << 20;
constexpr uintptr_t kCompiledPlace = 0, kBaselinePlace = kPredictedBytes / 2;

size_t RoundUp(size_t bytes, size_t to) {
  return (bytes + to - 1) / to * to;
}

}  // namespace

struct CodeMemory::Impl {
  Impl(CodeRange& range_of_kind, uintptr_t place_of_kind)
      : range(range_of_kind), place(place_of_kind) {}

  CodeRange& range;
  const uintptr_t place;  // where it begins among kPredictedBytes
  std::mutex mutex;
  int fd = -1;  // none: memory without a file
  bool wants_file = true;
  pid_t owner = 0;
  size_t granule = kAlignment;  // ranges begin and end at multiples of it
  uint8_t* base = nullptr;
  size_t end = 0;     // handed out or free, from base
  size_t mapped = 0;  // of the file, and executable, from base
  size_t in_use = 0;
  // Offset → bytes. A range goes from one to the other and back with its node, so that to give one
  // back takes no memory.
  using Ranges = std::map<size_t, size_t>;
  Ranges free;  // neighbours are merged
  Ranges used;

  bool Open();
  bool MapUpTo(size_t bytes);
  size_t Take(size_t bytes);
  void Give(size_t offset);
  bool Write(size_t offset, size_t bytes, std::span<const uint8_t> code) const;
  size_t BytesFor(size_t code_bytes) const {
    return RoundUp(std::max<size_t>(code_bytes, 1), granule);
  }
};

CodeMemory& CodeMemory::Compiled() {
  static CodeMemory* const memory = new CodeMemory(compiled_code_range, kCompiledPlace);
  return *memory;
}
CodeMemory& CodeMemory::Baseline() {
  static CodeMemory* const memory = new CodeMemory(baseline_code_range, kBaselinePlace);
  return *memory;
}

CodeMemory::CodeMemory(CodeRange& range, uintptr_t place) : impl_(new Impl(range, place)) {}

bool CodeMemory::Impl::Open() {
  if (base != nullptr) return owner == getpid();
  void* const reserved = mmap(nullptr, kReservedBytes + kPredictedBytes, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return false;
  base = static_cast<uint8_t*>(reserved) +
         (place - reinterpret_cast<uintptr_t>(reserved)) % kPredictedBytes;
  owner = getpid();
  // Growing a file beyond the limit is a signal, not an error.
  rlimit limit;
  if (wants_file && getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= kReservedBytes)
    fd = memfd_create("airwasm-code", MFD_CLOEXEC);
  if (fd < 0) granule = HostPageBytes();
  range.begin.store(reinterpret_cast<uintptr_t>(base), std::memory_order_release);
  range.bytes.store(kReservedBytes, std::memory_order_release);
  return true;
}

bool CodeMemory::Impl::MapUpTo(size_t bytes) {
  if (fd < 0 || bytes <= mapped) return true;
  const size_t wanted = std::min(RoundUp(bytes + bytes / 4, kGrowthBytes), kReservedBytes);
  if (ftruncate(fd, static_cast<off_t>(wanted)) != 0) return false;
  if (mmap(base + mapped, wanted - mapped, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd,
           static_cast<off_t>(mapped)) == MAP_FAILED)
    return false;
  mapped = wanted;
  return true;
}

// First fit among what was freed, else from the end. kReservedBytes: no room.
size_t CodeMemory::Impl::Take(size_t bytes) {
  for (auto it = free.begin(); it != free.end(); ++it) {
    const auto [offset, room] = *it;
    if (room < bytes) continue;
    if (room == bytes) {
      used.insert(free.extract(it));
      return offset;
    }
    used.emplace(offset, bytes);
    Ranges::node_type rest = free.extract(it);
    rest.key() = offset + bytes;
    rest.mapped() = room - bytes;
    free.insert(std::move(rest));
    return offset;
  }
  if (bytes > kReservedBytes - end || !MapUpTo(end + bytes)) return kReservedBytes;
  used.emplace(end, bytes);
  return std::exchange(end, end + bytes);
}

void CodeMemory::Impl::Give(size_t offset) {
  Ranges::node_type range = used.extract(offset);
  auto next = free.lower_bound(offset);
  if (next != free.end() && next->first == offset + range.mapped()) {
    range.mapped() += next->second;
    next = free.erase(next);
  }
  if (next != free.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == offset) {
      before->second += range.mapped();
      return;
    }
  }
  free.insert(std::move(range));
}

bool CodeMemory::Impl::Write(size_t offset, size_t bytes, std::span<const uint8_t> code) const {
  if (fd < 0) {
    // Its pages hold nothing else, so no thread executes them.
    if (mprotect(base + offset, bytes, PROT_READ | PROT_WRITE) != 0) return false;
    std::memcpy(base + offset, code.data(), code.size());
    return mprotect(base + offset, bytes, PROT_READ | PROT_EXEC) == 0;
  }
  const size_t first = offset & ~(HostPageBytes() - 1);
  const size_t length = RoundUpToHostPage(offset + bytes) - first;
  void* const writable =
      mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(first));
  if (writable == MAP_FAILED) return false;
  std::memcpy(static_cast<uint8_t*>(writable) + (offset - first), code.data(), code.size());
  munmap(writable, length);
  return true;
}

const uint8_t* CodeMemory::Allocate(std::span<const uint8_t> code) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->Open()) return nullptr;
  const size_t bytes = impl_->BytesFor(code.size());
  const size_t offset = impl_->Take(bytes);
  if (offset == kReservedBytes) return nullptr;
  if (!impl_->Write(offset, bytes, code)) {
    impl_->Give(offset);
    return nullptr;
  }
  impl_->in_use += bytes;
  return impl_->base + offset;
}

void CodeMemory::Free(const uint8_t* code, size_t bytes) {
  const std::lock_guard lock(impl_->mutex);
  const size_t rounded = impl_->BytesFor(bytes);
  impl_->in_use -= rounded;
  impl_->Give(static_cast<size_t>(code - impl_->base));
}

bool CodeMemory::LeaveFileOut() {
  const std::lock_guard lock(impl_->mutex);
  impl_->wants_file = false;
  return impl_->fd < 0;
}

size_t CodeMemory::bytes_in_use() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->in_use;
}

}  // namespace airwasm::runtime
