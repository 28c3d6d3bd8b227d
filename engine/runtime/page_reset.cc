// Asks the kernel which pages the process has private copies of (PAGEMAP_SCAN, Linux 6.7) and
// restores them; more than a few are discarded instead, as all are on older kernels.
#include "engine/runtime/page_reset.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "engine/runtime/os_memory.h"

namespace airwasm::runtime {
namespace {

// What is restored by copying, and so stays resident: about the cost of the system call that
// discards pages and of faulting them in again.
constexpr uint64_t kMaxKeptBytes = 128 << 10;
constexpr size_t kMaxRanges = 16;

// The kernel's interface, in our own words: the headers of older systems lack it. Documentation:
// Linux, admin-guide/mm/pagemap.
struct PageRange {
  uint64_t start;
  uint64_t end;
  uint64_t categories;
};
struct PageScan {
  uint64_t size;
  uint64_t flags;
  uint64_t start;
  uint64_t end;
  uint64_t walk_end;
  uint64_t vec;
  uint64_t vec_len;
  uint64_t max_pages;
  uint64_t category_inverted;
  uint64_t category_mask;
  uint64_t category_anyof_mask;
  uint64_t return_mask;
};
static_assert(sizeof(PageScan) == 96);
constexpr uint64_t kPageIsFile = 1 << 2;
constexpr uint64_t kPageIsPresent = 1 << 3;
constexpr uint64_t kPageIsSwapped = 1 << 4;
constexpr uint64_t kPageIsZero = 1 << 5;
constexpr unsigned long kPagemapScan = _IOWR('f', 16, PageScan);

// Open for the process's life; -1 where the kernel has no such thing. In a child of fork() it would
// show the parent's pages, and is given up.
constinit std::atomic<int> pagemap_fd{-1};

int PagemapFd() {
  static const bool opened = [] {
    const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    PageScan probe{.size = sizeof(PageScan)};
    if (ioctl(fd, kPagemapScan, &probe) < 0 || pthread_atfork(nullptr, nullptr, [] {
                                                 pagemap_fd.store(-1, std::memory_order_relaxed);
                                               }) != 0) {
      close(fd);
      return false;
    }
    pagemap_fd.store(fd, std::memory_order_relaxed);
    return true;
  }();
  (void)opened;
  return pagemap_fd.load(std::memory_order_relaxed);
}

// The ranges of private pages; a negative number when there are too many, or some are swapped out,
// or the kernel does not tell.
int FindPrivatePages(uint8_t* base, uint64_t bytes, std::array<PageRange, kMaxRanges>& ranges) {
  const int fd = PagemapFd();
  if (fd < 0) return -1;
  PageScan scan{.size = sizeof(PageScan),
                .start = reinterpret_cast<uint64_t>(base),
                .end = reinterpret_cast<uint64_t>(base) + bytes,
                .vec = reinterpret_cast<uint64_t>(ranges.data()),
                .vec_len = ranges.size(),
                .category_inverted = kPageIsFile | kPageIsZero,
                .category_mask = kPageIsFile | kPageIsZero,
                .category_anyof_mask = kPageIsPresent | kPageIsSwapped,
                .return_mask = kPageIsPresent | kPageIsSwapped};
  const int count = ioctl(fd, kPagemapScan, &scan);
  if (count < 0 || scan.walk_end != scan.end) return -1;
  uint64_t found_bytes = 0;
  for (int i = 0; i < count; ++i) {
    if ((ranges[i].categories & kPageIsSwapped) != 0) return -1;
    found_bytes += ranges[i].end - ranges[i].start;
  }
  return found_bytes <= kMaxKeptBytes ? count : -1;
}

}  // namespace

void ResetPages(uint8_t* base, uint64_t bytes, std::span<const uint8_t> image) {
  if (bytes == 0) return;
  // A process that runs one guest and ends need not open the page map.
  static constinit std::atomic<bool> again{false};
  if (!again.exchange(true, std::memory_order_relaxed)) {
    DiscardPages(base, bytes);
    return;
  }
  std::array<PageRange, kMaxRanges> ranges;
  const int count = FindPrivatePages(base, bytes, ranges);
  if (count < 0) {
    DiscardPages(base, bytes);
    return;
  }
  for (int i = 0; i < count; ++i) {
    auto* const from = reinterpret_cast<uint8_t*>(ranges[i].start);
    const auto offset = static_cast<uint64_t>(from - base);
    const uint64_t length = ranges[i].end - ranges[i].start;
    const uint64_t of_image = offset < image.size() ? std::min(length, image.size() - offset) : 0;
    if (of_image != 0) std::memcpy(from, image.data() + offset, of_image);
    std::memset(from + of_image, 0, length - of_image);
  }
}

}  // namespace airwasm::runtime
