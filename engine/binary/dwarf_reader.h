// Pieces of DWARF's encoding that its sections share.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/base/byte_reader.h"

namespace airwasm::binary::dwarf {

using View = std::span<const uint8_t>;

// Sections that string forms point into.
struct Strings {
  View str;       // .debug_str
  View line_str;  // .debug_line_str
};

// Spec: DWARF 5, section 7.5.6, attribute encodings; those that line tables and the head of a
// compile unit use.
enum Form : uint64_t {
  kFormAddr = 0x01,
  kFormBlock2 = 0x03,
  kFormBlock4 = 0x04,
  kFormData2 = 0x05,
  kFormData4 = 0x06,
  kFormData8 = 0x07,
  kFormString = 0x08,
  kFormBlock = 0x09,
  kFormBlock1 = 0x0A,
  kFormData1 = 0x0B,
  kFormFlag = 0x0C,
  kFormSdata = 0x0D,
  kFormStrp = 0x0E,
  kFormUdata = 0x0F,
  kFormSecOffset = 0x17,
  kFormExprloc = 0x18,
  kFormFlagPresent = 0x19,
  kFormData16 = 0x1E,
  kFormLineStrp = 0x1F,
  kFormImplicitConst = 0x21,
};

// A zero-terminated string at `offset` of `section`; empty when it does not lie inside.
std::string_view StringAt(View section, uint64_t offset);

// The value of an attribute. A string that stands elsewhere is looked up only when it is asked for:
// many values may name one long string.
struct Value {
  uint64_t number = 0;  // or where in `section` the string begins
  std::string_view inline_text;
  View section;

  std::string_view Text() const {
    return section.empty() ? inline_text : StringAt(section, number);
  }
};

class Reader : public ByteReader {
 public:
  explicit Reader(View bytes) : ByteReader(bytes) {}

  uint16_t U16() {
    const uint8_t low = U8();
    return static_cast<uint16_t>(low | U8() << 8);
  }
  uint64_t Offset() { return is_64 ? FixedU64() : FixedU32(); }
  void Skip(uint64_t size);
  std::string_view String();

  // Reads the length in front of a unit, which says too whether offsets have 64 bits, and returns a
  // reader over the unit's contents; at its end and not ok() when there is none.
  Reader Unit();

  // Fails on a form that is not in the list above.
  Value Read(uint64_t form, const Strings& strings);

  bool is_64 = false;  // DWARF64
};

}  // namespace airwasm::binary::dwarf
