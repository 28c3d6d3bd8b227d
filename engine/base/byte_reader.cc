#include "engine/base/byte_reader.h"

#include <string>

namespace airwasm {

void ByteReader::FailAt(size_t offset, ErrorKind kind, std::string_view message) {
  if (!error_) error_ = Error{.kind = kind, .offset = offset, .message = std::string(message)};
  pos_ = end_;
}

uint8_t ByteReader::FailU8() {
  Fail("unexpected end");
  return 0;
}

std::span<const uint8_t> ByteReader::Bytes(size_t size, std::string_view message) {
  if (size > remaining()) {
    Fail(message);
    return {};
  }
  const std::span<const uint8_t> view(pos_, size);
  pos_ += size;
  return view;
}

// Spec: core, binary/values, integers. At most ceil(bits/7) bytes, and the unused bits of the last
// one are zero.
uint64_t ByteReader::VarUnsigned(int bits) {
  const size_t start = offset();
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    if (pos_ == end_) {
      Fail("unexpected end");
      return 0;
    }
    const uint8_t byte = *pos_++;
    value |= uint64_t{byte & 0x7fu} << shift;
    const int left = bits - shift;  // bits that this byte may still carry
    if (left <= 7) {
      if (byte & 0x80) {
        FailAt(start, ErrorKind::kMalformed, "integer representation too long");
        return 0;
      }
      if (left < 7 && (byte >> left) != 0) {
        FailAt(start, ErrorKind::kMalformed, "integer too large");
        return 0;
      }
      return value;
    }
    if (!(byte & 0x80)) return value;
  }
}

// As above; the unused bits of the last byte repeat the sign.
int64_t ByteReader::VarSigned(int bits) {
  const size_t start = offset();
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    if (pos_ == end_) {
      Fail("unexpected end");
      return 0;
    }
    const uint8_t byte = *pos_++;
    value |= uint64_t{byte & 0x7fu} << shift;
    const int left = bits - shift;
    if (left <= 7) {
      if (byte & 0x80) {
        FailAt(start, ErrorKind::kMalformed, "integer representation too long");
        return 0;
      }
      const int8_t extended =
          static_cast<int8_t>(byte << 1) >> left;  // sign bit and everything above it
      if (extended != 0 && extended != -1) {
        FailAt(start, ErrorKind::kMalformed, "integer too large");
        return 0;
      }
      const int used = shift + left;
      return used == 64 ? static_cast<int64_t>(value)
                        : static_cast<int64_t>(value << (64 - used)) >> (64 - used);
    }
    if (!(byte & 0x80)) {
      const int used = shift + 7;
      return used >= 64 ? static_cast<int64_t>(value)
                        : static_cast<int64_t>(value << (64 - used)) >> (64 - used);
    }
  }
}

}  // namespace airwasm
