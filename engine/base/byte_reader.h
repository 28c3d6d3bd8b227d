// A cursor over bytes that keeps its first error.
//
// After an error every read yields zero and the cursor stands at the end, so inner loops need no
// checks: the caller asks ok() once per construct. Offsets are absolute: `base_offset` is where the
// span begins within the whole module.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/error.h"

namespace airwasm {

class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes, size_t base_offset = 0)
      : begin_(bytes.data()),
        pos_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        base_offset_(base_offset) {}

  bool ok() const { return !error_.has_value(); }
  const Error& error() const { return *error_; }
  bool AtEnd() const { return pos_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - pos_); }
  // Bytes from the start of the module to the cursor.
  size_t offset() const { return base_offset_ + static_cast<size_t>(pos_ - begin_); }
  const uint8_t* pos() const { return pos_; }

  uint8_t U8() {
    if (pos_ == end_) [[unlikely]]
      return FailU8();
    return *pos_++;
  }
  // Skips bytes that the caller has seen at pos(): size <= remaining().
  void Advance(size_t size) { pos_ += size; }
  uint8_t PeekU8() const { return pos_ == end_ ? 0 : *pos_; }

  // Moves over bytes that the caller has looked at through pos(): count <= remaining().
  void Skip(size_t count) { pos_ += count; }

  // LEB128 of the widths that the binary format uses. Errors: "unexpected end", "integer
  // representation too long", "integer too large".
  uint32_t VarU32() {
    if (pos_ != end_ && *pos_ < 0x80) [[likely]]
      return *pos_++;
    return static_cast<uint32_t>(VarUnsigned(32));
  }
  uint64_t VarU64() {
    if (pos_ != end_ && *pos_ < 0x80) [[likely]]
      return *pos_++;
    return VarUnsigned(64);
  }
  int32_t VarS32() { return static_cast<int32_t>(VarSigned(32)); }
  int64_t VarS33() { return VarSigned(33); }
  int64_t VarS64() { return VarSigned(64); }

  uint32_t FixedU32() { return Fixed<uint32_t>(); }
  uint64_t FixedU64() { return Fixed<uint64_t>(); }

  // `size` bytes as a view into the input; empty on error ("unexpected end" unless `message` says
  // otherwise).
  std::span<const uint8_t> Bytes(size_t size, std::string_view message = "unexpected end");

  // Keeps the first error only, at `offset`; afterwards the reader stands at its end.
  void FailAt(size_t offset, ErrorKind kind, std::string_view message);
  void Fail(std::string_view message) { FailAt(offset(), ErrorKind::kMalformed, message); }

 private:
  uint8_t FailU8();
  uint64_t VarUnsigned(int bits);
  int64_t VarSigned(int bits);

  template <typename T>
  T Fixed() {
    const std::span<const uint8_t> bytes = Bytes(sizeof(T));
    T value = 0;
    if (bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  const uint8_t* begin_;
  const uint8_t* pos_;
  const uint8_t* end_;
  size_t base_offset_;
  std::optional<Error> error_;
};

}  // namespace airwasm
