// Builds images with memfd_create. The file is sparse: it takes the pages that data lies on,
// wherever they are.
#include "engine/runtime/memory_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "engine/runtime/os_memory.h"

namespace airwasm::runtime {
namespace {

std::atomic<uint64_t> next_id{1};

bool WriteAll(int fd, std::span<const uint8_t> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return true;
}

}  // namespace

std::shared_ptr<const MemoryImage> MemoryImage::Build(std::span<const ImagePart> parts) {
  uint64_t length = 0;
  for (const ImagePart& part : parts) {
    if (!part.bytes.empty()) length = std::max(length, part.address + part.bytes.size());
  }
  if (length == 0) return nullptr;
  length = RoundUpToHostPage(length);
  const int fd = memfd_create("airwasm-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return nullptr;
  std::unique_ptr<MemoryImage> owner(
      new (std::nothrow) MemoryImage{.id = next_id.fetch_add(1, std::memory_order_relaxed),
                                     .fd = fd,
                                     .length_bytes = length,
                                     .bytes = nullptr});
  if (owner == nullptr) {
    close(fd);
    return nullptr;
  }
  const std::shared_ptr<MemoryImage> image(std::move(owner));
  if (ftruncate(fd, static_cast<off_t>(length)) != 0) return nullptr;
  for (const ImagePart& part : parts) {
    if (!WriteAll(fd, part.bytes, part.address)) return nullptr;
  }
  // A file that cannot shrink cannot raise SIGBUS in whoever mapped it.
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return nullptr;
  void* const view = mmap(nullptr, length, PROT_READ, MAP_PRIVATE, fd, 0);
  if (view == MAP_FAILED) return nullptr;
  image->bytes = static_cast<const uint8_t*>(view);
  return image;
}

MemoryImage::~MemoryImage() {
  if (bytes != nullptr) munmap(const_cast<uint8_t*>(bytes), length_bytes);
  close(fd);
}

}  // namespace airwasm::runtime
