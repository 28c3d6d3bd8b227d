#include "wasi/p1/call.h"

#include <limits.h>

#include <limits>

#include "engine/base/utf8.h"

namespace airwasm::wasi::p1 {

using host::Error;
using host::Result;

Result<std::string> GetPath(const Call& call, uint32_t address, uint32_t length) {
  if (!call.memory.Contains(address, length)) return Error::Posix(EFAULT);
  // No host takes a longer one; said before it is looked at, since a guest can point to gigabytes.
  if (length >= PATH_MAX) return Error::Posix(ENAMETOOLONG);
  const std::span<uint8_t> bytes = call.memory.Bytes(address, length);
  std::string path(bytes.begin(), bytes.end());
  if (!IsUtf8({reinterpret_cast<const uint8_t*>(path.data()), path.size()}))
    return Error::Posix(EILSEQ);
  return path;
}

Result<Buffers> GetBuffers(const Call& call, uint32_t address, uint32_t count) {
  if (count > host::kMaxIoVecs) return Error::Posix(EINVAL);
  if (!call.memory.Contains(address, uint64_t{count} * iovec_at::kSize))
    return Error::Posix(EFAULT);
  Buffers buffers;
  uint64_t total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t at = uint64_t{address} + uint64_t{i} * iovec_at::kSize;
    const uint32_t data = call.memory.Load<uint32_t>(at + iovec_at::kBuf);
    const uint32_t length = call.memory.Load<uint32_t>(at + iovec_at::kLen);
    if (!call.memory.Contains(data, length)) return Error::Posix(EFAULT);
    total += length;
    if (total > std::numeric_limits<uint32_t>::max()) return Error::Posix(EINVAL);
    if (length > 0) buffers.push_back({call.memory.Bytes(data, length).data(), length});
  }
  return buffers;
}

}  // namespace airwasm::wasi::p1
