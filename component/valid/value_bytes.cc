// Every value takes at least one byte, so that time follows the size of the input; recursion is
// bounded by limits::kTypeNesting.
#include "component/valid/value_bytes.h"

#include <bit>
#include <cmath>

#include "engine/base/byte_reader.h"
#include "engine/base/utf8.h"

namespace airwasm::component::valid {
namespace {

class Checker {
 public:
  Checker(const TypeTable& values, syntax::Bytes bytes) : values_(values), reader_(bytes) {}

  std::string Check(ValType type) {
    Value(type);
    if (!reader_.ok()) return reader_.error().message;
    if (!reader_.AtEnd()) return "bytes are left over";
    return "";
  }

 private:
  void Value(ValType type) {
    if (!reader_.ok()) return;
    if (type.IsPrim()) return Prim(type.prim());
    std::visit([this](const auto& t) { Value(t); }, values_.Get(type));
  }

  void Prim(PrimType type) {
    switch (type) {
      case PrimType::kBool:
        if (reader_.U8() > 1) reader_.Fail("a bool is 0 or 1");
        return;
      case PrimType::kS8:
      case PrimType::kU8:
        reader_.U8();
        return;
      case PrimType::kU16:
        if (reader_.VarU32() > UINT16_MAX) reader_.Fail("integer too large");
        return;
      case PrimType::kS16:
        if (const int32_t v = reader_.VarS32(); v < INT16_MIN || v > INT16_MAX) {
          reader_.Fail("integer too large");
        }
        return;
      case PrimType::kU32:
        reader_.VarU32();
        return;
      case PrimType::kS32:
        reader_.VarS32();
        return;
      case PrimType::kU64:
        reader_.VarU64();
        return;
      case PrimType::kS64:
        reader_.VarS64();
        return;
      case PrimType::kF32: {
        const uint32_t bits = reader_.FixedU32();
        if (std::isnan(std::bit_cast<float>(bits)) && bits != 0x7FC00000) {
          reader_.Fail("a NaN is not the canonical one");
        }
        return;
      }
      case PrimType::kF64: {
        const uint64_t bits = reader_.FixedU64();
        if (std::isnan(std::bit_cast<double>(bits)) && bits != 0x7FF8000000000000) {
          reader_.Fail("a NaN is not the canonical one");
        }
        return;
      }
      case PrimType::kChar: {
        const uint8_t lead = reader_.PeekU8();
        const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (!IsUtf8(reader_.Bytes(size))) reader_.Fail("malformed UTF-8 encoding");
        return;
      }
      case PrimType::kString:
        if (!IsUtf8(reader_.Bytes(reader_.VarU32()))) reader_.Fail("malformed UTF-8 encoding");
        return;
      case PrimType::kErrorContext:
        return NoValue();
    }
  }

  void NoValue() { reader_.Fail("handles have no values"); }
  void Value(const OwnType&) { NoValue(); }
  void Value(const BorrowType&) { NoValue(); }
  void Value(const StreamType&) { NoValue(); }
  void Value(const FutureType&) { NoValue(); }

  void Value(const RecordType& t) {
    for (const Field& field : t.fields) Value(field.type);
  }
  void Value(const TupleType& t) {
    for (ValType part : t.types) Value(part);
  }
  void Value(const VariantType& t) {
    const uint32_t i = Case(t.cases.size());
    if (reader_.ok() && t.cases[i].type) Value(*t.cases[i].type);
  }
  void Value(const EnumType& t) { Case(t.names.size()); }
  uint32_t Case(size_t count) {
    const uint32_t i = reader_.VarU32();
    if (i >= count) reader_.Fail("there is no such case");
    return i;
  }
  void Value(const ListType& t) {
    const uint32_t count = t.length ? *t.length : reader_.VarU32();
    for (uint32_t i = 0; i < count && reader_.ok(); ++i) Value(t.element);
  }
  void Value(const MapType& t) {
    const uint32_t count = reader_.VarU32();
    for (uint32_t i = 0; i < count && reader_.ok(); ++i) {
      Value(t.key);
      Value(t.value);
    }
  }
  void Value(const FlagsType& t) {
    const size_t size = (t.names.size() + 7) / 8;
    const syntax::Bytes bytes = reader_.Bytes(size);
    const size_t used = t.names.size() % 8;
    if (reader_.ok() && used != 0 && (bytes.back() >> used) != 0) {
      reader_.Fail("there is no such flag");
    }
  }
  void Value(const OptionType& t) {
    if (Either("an option begins with 0 or 1") == 1) Value(t.type);
  }
  void Value(const ResultType& t) {
    const std::optional<ValType>& part =
        Either("a result begins with 0 or 1") == 0 ? t.ok : t.error;
    if (part) Value(*part);
  }
  uint8_t Either(const char* problem) {
    const uint8_t value = reader_.U8();
    if (value > 1) reader_.Fail(problem);
    return value;
  }

  const TypeTable& values_;
  ByteReader reader_;
};

}  // namespace

std::string CheckValueBytes(const TypeTable& values, ValType type, syntax::Bytes bytes) {
  return Checker(values, bytes).Check(type);
}

}  // namespace airwasm::component::valid
