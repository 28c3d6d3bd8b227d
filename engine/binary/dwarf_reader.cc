#include "engine/binary/dwarf_reader.h"

#include <algorithm>

namespace airwasm::binary::dwarf {

std::string_view StringAt(View section, uint64_t offset) {
  if (offset >= section.size()) return {};
  Reader reader(section.subspan(offset));
  return reader.String();
}

void Reader::Skip(uint64_t size) {
  Bytes(static_cast<size_t>(std::min<uint64_t>(size, SIZE_MAX)));
}

std::string_view Reader::String() {
  const void* const end = AtEnd() ? nullptr : std::memchr(pos(), 0, remaining());
  if (end == nullptr) {
    Fail("unexpected end");
    return {};
  }
  const size_t size = static_cast<size_t>(static_cast<const uint8_t*>(end) - pos());
  const std::string_view text(reinterpret_cast<const char*>(pos()), size);
  Skip(size + 1);
  return text;
}

Reader Reader::Unit() {
  uint64_t length = FixedU32();
  const bool unit_is_64 = length == 0xFFFFFFFF;
  if (unit_is_64) length = FixedU64();
  if (length > remaining()) Fail("length out of bounds");
  Reader unit(ok() ? Bytes(static_cast<size_t>(length)) : View{});
  unit.is_64 = unit_is_64;
  if (!ok()) unit.Fail("no unit");
  return unit;
}

Value Reader::Read(uint64_t form, const Strings& strings) {
  switch (form) {
    case kFormAddr:  // of wasm32, and of what a wasm64 toolchain writes into a code section of
                     // 32-bit offsets
    case kFormData4:
      return {.number = FixedU32(), .inline_text = {}, .section = {}};
    case kFormData1:
    case kFormFlag:
      return {.number = U8(), .inline_text = {}, .section = {}};
    case kFormData2:
      return {.number = U16(), .inline_text = {}, .section = {}};
    case kFormData8:
      return {.number = FixedU64(), .inline_text = {}, .section = {}};
    case kFormData16:
      Skip(16);
      return {};
    case kFormUdata:
      return {.number = VarU64(), .inline_text = {}, .section = {}};
    case kFormSdata:
      return {.number = static_cast<uint64_t>(VarS64()), .inline_text = {}, .section = {}};
    case kFormSecOffset:
      return {.number = Offset(), .inline_text = {}, .section = {}};
    case kFormString:
      return {.number = 0, .inline_text = String(), .section = {}};
    case kFormStrp:
      return {.number = Offset(), .inline_text = {}, .section = strings.str};
    case kFormLineStrp:
      return {.number = Offset(), .inline_text = {}, .section = strings.line_str};
    case kFormBlock1:
      Skip(U8());
      return {};
    case kFormBlock2:
      Skip(U16());
      return {};
    case kFormBlock4:
      Skip(FixedU32());
      return {};
    case kFormBlock:
    case kFormExprloc:
      Skip(VarU64());
      return {};
    case kFormFlagPresent:
    case kFormImplicitConst:  // its value stands in the abbreviation
      return {.number = 1, .inline_text = {}, .section = {}};
    default:
      Fail("unknown form");
      return {};
  }
}

}  // namespace airwasm::binary::dwarf
