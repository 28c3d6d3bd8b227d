#include "security/sign/section.h"

#include <algorithm>
#include <cstring>

#include "engine/base/format.h"

namespace airwasm::security::sign {
namespace {

constexpr std::string_view kMagic("\0asm", 4);
constexpr std::string_view kModuleVersion("\x01\0\0\0", 4);
constexpr std::string_view kComponentVersion("\x0d\0\x01\0", 4);
constexpr size_t kPreambleBytes = 8;
constexpr char kListVersion = 1;
constexpr size_t kSignatureBytes = sizeof(PublicKey::bytes) + sizeof(Signature::bytes);

absl::Status ErrorAt(size_t offset, std::string_view what) {
  return absl::InvalidArgumentError(FormatText("offset 0x%x: %s", offset, what));
}

// Reads a u32; nullopt if the bytes end, or it has more than 32 bits. `is_shortest` tells whether
// it is written as short as can be, which the format leaves open and our own section does not.
std::optional<uint32_t> ReadU32(std::string_view bytes, size_t& offset, bool& is_shortest) {
  uint64_t value = 0;
  for (int i = 0; i < 5; ++i) {
    if (offset >= bytes.size()) return std::nullopt;
    const auto byte = static_cast<uint8_t>(bytes[offset++]);
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    is_shortest = i == 0 || byte != 0;
    return value <= UINT32_MAX ? std::optional(static_cast<uint32_t>(value)) : std::nullopt;
  }
  return std::nullopt;
}

std::string U32(size_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

}  // namespace

bool IsBinary(std::string_view file) {
  if (!file.starts_with(kMagic)) return false;
  const std::string_view version = file.substr(kMagic.size());
  return version.starts_with(kModuleVersion) || version.starts_with(kComponentVersion);
}

absl::StatusOr<SplitFile> Split(std::string_view file) {
  SplitFile split{.before = file, .behind = {}, .list = std::nullopt};
  if (!IsBinary(file)) return split;
  for (size_t offset = kPreambleBytes; offset < file.size();) {
    const size_t begin = offset;
    const char id = file[offset++];
    bool is_shortest = true;
    const std::optional<uint32_t> size = ReadU32(file, offset, is_shortest);
    if (!size) return ErrorAt(begin, "the section's size is malformed or cut off");
    if (*size > file.size() - offset)
      return ErrorAt(begin, "the section is longer than the rest of the file");
    const std::string_view body = file.substr(offset, *size);
    offset += *size;
    if (id != 0) continue;
    size_t name_offset = 0;
    bool name_is_shortest = true;
    const std::optional<uint32_t> length = ReadU32(body, name_offset, name_is_shortest);
    if (!length || *length > body.size() - name_offset)
      return ErrorAt(begin, "the custom section's name is malformed or cut off");
    if (body.substr(name_offset, *length) != kSectionName) continue;
    if (split.list) return ErrorAt(begin, "a second section of signatures");
    if (!is_shortest || !name_is_shortest)
      return ErrorAt(begin, "the section of signatures is not in its one form");
    split.before = file.substr(0, begin);
    split.behind = file.substr(offset);
    split.list = body.substr(name_offset + *length);
  }
  return split;
}

absl::StatusOr<std::vector<Signature>> ReadList(std::string_view list) {
  const auto malformed = [](std::string_view what) {
    return absl::InvalidArgumentError(FormatText("malformed signatures: %s", what));
  };
  if (list.size() < 2) return malformed("cut off");
  if (list[0] != kListVersion) return malformed("of a version that is not known here");
  const size_t count = static_cast<uint8_t>(list[1]);
  if (count == 0 || count > kMaxSignatures)
    return malformed(FormatText("%d of them, where 1 to %d can be", count, kMaxSignatures));
  list.remove_prefix(2);
  if (list.size() != count * kSignatureBytes)
    return malformed(FormatText("%d bytes for %d of them", list.size(), count));
  std::vector<Signature> signatures(count);
  for (Signature& signature : signatures) {
    std::memcpy(signature.key.bytes.data(), list.data(), signature.key.bytes.size());
    list.remove_prefix(signature.key.bytes.size());
    std::memcpy(signature.bytes.data(), list.data(), signature.bytes.size());
    list.remove_prefix(signature.bytes.size());
    const auto is_same = [&](const Signature& s) { return s.key == signature.key; };
    if (std::count_if(signatures.data(), &signature, is_same) != 0)
      return malformed("two of one key");
  }
  return signatures;
}

std::string WriteList(const std::vector<Signature>& signatures) {
  std::string list{kListVersion, static_cast<char>(signatures.size())};
  for (const Signature& signature : signatures) {
    list.append(reinterpret_cast<const char*>(signature.key.bytes.data()),
                signature.key.bytes.size());
    list.append(reinterpret_cast<const char*>(signature.bytes.data()), signature.bytes.size());
  }
  return list;
}

std::string WriteSection(const std::vector<Signature>& signatures) {
  std::string body = U32(kSectionName.size());
  body.append(kSectionName);
  body += WriteList(signatures);
  return std::string(1, '\0') + U32(body.size()) + body;
}

absl::StatusOr<std::vector<Signature>> ReadDetached(std::string_view contents) {
  if (!contents.starts_with(kSectionName))
    return absl::InvalidArgumentError("malformed signatures: this is no file of signatures");
  return ReadList(contents.substr(kSectionName.size()));
}

std::string WriteDetached(const std::vector<Signature>& signatures) {
  return std::string(kSectionName) + WriteList(signatures);
}

}  // namespace airwasm::security::sign
