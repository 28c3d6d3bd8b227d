#include "wasi/p1/call.h"

#include <limits.h>

#include <limits>

namespace airwasm::wasi::p1 {
namespace {

using host::Error;
using host::Result;

// Spec: core, binary/values, names (UTF-8 of scalar values: no surrogates, shortest form).
bool IsUtf8(std::string_view s) {
  const auto* p = reinterpret_cast<const uint8_t*>(s.data());
  const uint8_t* const end = p + s.size();
  while (p < end) {
    const uint8_t lead = *p++;
    if (lead < 0x80) continue;
    int more = 0;
    uint32_t least = 0;
    uint32_t c = 0;
    if ((lead & 0xe0) == 0xc0) {
      more = 1, least = 0x80, c = lead & 0x1f;
    } else if ((lead & 0xf0) == 0xe0) {
      more = 2, least = 0x800, c = lead & 0x0f;
    } else if ((lead & 0xf8) == 0xf0) {
      more = 3, least = 0x10000, c = lead & 0x07;
    } else {
      return false;
    }
    if (end - p < more) return false;
    for (; more > 0; --more, ++p) {
      if ((*p & 0xc0) != 0x80) return false;
      c = (c << 6) | (*p & 0x3f);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return false;
  }
  return true;
}

}  // namespace

Result<std::string_view> GetPath(const Call& call, uint32_t address, uint32_t length) {
  if (!call.memory.Contains(address, length)) return Error::Posix(EFAULT);
  // No host takes a longer one; said before it is looked at, since a guest can point to gigabytes.
  if (length >= PATH_MAX) return Error::Posix(ENAMETOOLONG);
  const std::span<uint8_t> bytes = call.memory.Bytes(address, length);
  const std::string_view path(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!IsUtf8(path)) return Error::Posix(EILSEQ);
  return path;
}

Result<Buffers> GetBuffers(const Call& call, uint32_t address, uint32_t count) {
  if (count > host::kMaxIoVecs) return Error::Posix(EINVAL);
  if (!call.memory.Contains(address, uint64_t{count} * iovec_at::kSize)) return Error::Posix(EFAULT);
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
