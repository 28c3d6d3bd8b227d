#include "security/audit/head.h"

#include <sodium.h>

#include <cstring>

#include "absl/status/status.h"

namespace airwasm::security::audit {
namespace {

constexpr std::string_view kMagic = "airwasm audit 2\n";
constexpr uint32_t kClosed = 1;
constexpr uint32_t kSealed = 2;
constexpr size_t kFlagsOffset = 16;
constexpr size_t kFirstFileOffset = 20;
constexpr size_t kLastFileOffset = 24;
constexpr size_t kLastOffset = 32;
constexpr size_t kFileBytesOffset = 72;
constexpr size_t kAnchorOffset = 80;
constexpr size_t kRefusedOffset = 120;
constexpr size_t kLostOffset = 128;
constexpr size_t kChecksumOffset = 192;
constexpr size_t kSealOffset = kChecksumOffset + sizeof(Digest);
static_assert(kSealOffset + sizeof(Digest) == kHeadBytes);

template <typename T>
void Put(std::string& bytes, size_t offset, T value) {
  for (size_t i = 0; i < sizeof value; ++i) bytes[offset + i] = static_cast<char>(value >> 8 * i);
}
template <typename T>
T Get(std::string_view bytes, size_t offset) {
  T value = 0;
  for (size_t i = 0; i < sizeof value; ++i)
    value |= static_cast<T>(static_cast<uint8_t>(bytes[offset + i])) << 8 * i;
  return value;
}
void PutDigest(std::string& bytes, size_t offset, const Digest& digest) {
  std::memcpy(bytes.data() + offset, digest.data(), digest.size());
}
Digest GetDigest(std::string_view bytes, size_t offset) {
  Digest digest;
  std::memcpy(digest.data(), bytes.data() + offset, digest.size());
  return digest;
}
void PutLink(std::string& bytes, size_t offset, const Link& link) {
  Put(bytes, offset, link.seq);
  PutDigest(bytes, offset + sizeof link.seq, link.hash);
}
Link GetLink(std::string_view bytes, size_t offset) {
  return {.seq = Get<uint64_t>(bytes, offset), .hash = GetDigest(bytes, offset + sizeof(uint64_t))};
}

}  // namespace

std::string EncodeHead(const Head& head, const std::optional<Digest>& key) {
  std::string bytes(kHeadBytes, '\0');
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  Put<uint32_t>(bytes, kFlagsOffset, (head.closed ? kClosed : 0) | (key ? kSealed : 0));
  Put(bytes, kFirstFileOffset, head.first_file);
  Put(bytes, kLastFileOffset, head.last_file);
  PutLink(bytes, kLastOffset, head.last);
  Put(bytes, kFileBytesOffset, head.file_bytes);
  PutLink(bytes, kAnchorOffset, head.anchor);
  Put(bytes, kRefusedOffset, head.refused);
  Put(bytes, kLostOffset, head.lost);
  const std::string_view all = bytes;
  PutDigest(bytes, kChecksumOffset, HashOf(all.substr(0, kChecksumOffset)));
  if (key) PutDigest(bytes, kSealOffset, KeyedHashOf(all.substr(0, kSealOffset), *key));
  return bytes;
}

absl::StatusOr<Head> DecodeHead(std::string_view bytes, const std::optional<Digest>& key) {
  if (bytes.size() != kHeadBytes || !bytes.starts_with(kMagic) ||
      GetDigest(bytes, kChecksumOffset) != HashOf(bytes.substr(0, kChecksumOffset)))
    return absl::DataLossError("the head file is damaged");
  const auto flags = Get<uint32_t>(bytes, kFlagsOffset);
  const bool sealed = (flags & kSealed) != 0;
  const Digest seal = GetDigest(bytes, kSealOffset);
  if (!sealed && seal != Digest{}) return absl::DataLossError("the head file is damaged");
  if (key && !sealed)
    return absl::FailedPreconditionError("the head file is not sealed with a key");
  if (key) {
    const Digest expected = KeyedHashOf(bytes.substr(0, kSealOffset), *key);
    if (sodium_memcmp(seal.data(), expected.data(), seal.size()) != 0)
      return absl::PermissionDeniedError(
          "the head file was not written with this key: it is another key's, or forged");
  }
  return Head{.closed = (flags & kClosed) != 0,
              .first_file = Get<uint32_t>(bytes, kFirstFileOffset),
              .last_file = Get<uint32_t>(bytes, kLastFileOffset),
              .last = GetLink(bytes, kLastOffset),
              .file_bytes = Get<uint64_t>(bytes, kFileBytesOffset),
              .anchor = GetLink(bytes, kAnchorOffset),
              .refused = Get<uint64_t>(bytes, kRefusedOffset),
              .lost = Get<uint64_t>(bytes, kLostOffset),
              .sealed = sealed};
}

}  // namespace airwasm::security::audit
