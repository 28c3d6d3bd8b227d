// A component value of any type, for hosts that do not know the type when they are compiled.
//
// Self-contained: names of fields, cases and flags are inside, so a Val can be printed and compared
// without its type. Copying copies everything in it.
// Spec: component model, Explainer, "Type Definitions"; the text form is WAVE.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace airwasm {

namespace component::canon {
struct ResourceType;
}

class Val {
  using ResourceType = component::canon::ResourceType;

 public:
  enum class Kind : uint8_t {
    kBool,
    kS8,
    kU8,
    kS16,
    kU16,
    kS32,
    kU32,
    kS64,
    kU64,
    kF32,
    kF64,
    kChar,
    kString,
    kList,
    kRecord,
    kTuple,
    kVariant,
    kEnum,
    kOption,
    kResult,
    kFlags,
    kOwn,
    kBorrow,
  };

  Val() = default;  // false
  Val(const Val& other);
  Val(Val&&) noexcept = default;
  Val& operator=(const Val& other) {
    if (this != &other) *this = Val(other);
    return *this;
  }
  Val& operator=(Val&&) noexcept = default;

  static Val Bool(bool v) { return Number(Kind::kBool, v ? 1 : 0); }
  static Val S8(int8_t v) { return Number(Kind::kS8, static_cast<uint64_t>(int64_t{v})); }
  static Val U8(uint8_t v) { return Number(Kind::kU8, v); }
  static Val S16(int16_t v) { return Number(Kind::kS16, static_cast<uint64_t>(int64_t{v})); }
  static Val U16(uint16_t v) { return Number(Kind::kU16, v); }
  static Val S32(int32_t v) { return Number(Kind::kS32, static_cast<uint64_t>(int64_t{v})); }
  static Val U32(uint32_t v) { return Number(Kind::kU32, v); }
  static Val S64(int64_t v) { return Number(Kind::kS64, static_cast<uint64_t>(v)); }
  static Val U64(uint64_t v) { return Number(Kind::kU64, v); }
  static Val F32(float v);
  static Val F64(double v);
  static Val F32Bits(uint32_t bits) { return Number(Kind::kF32, bits); }
  static Val F64Bits(uint64_t bits) { return Number(Kind::kF64, bits); }
  static Val Char(char32_t v) { return Number(Kind::kChar, v); }
  static Val String(std::string v) { return Named(Kind::kString, std::move(v)); }
  static Val List(std::vector<Val> items) { return Composite(Kind::kList, {}, std::move(items)); }
  // A list<u8>, kept as bytes. Equal to the List of as many U8.
  static Val Bytes(std::vector<uint8_t> bytes);
  static Val Record(std::vector<std::pair<std::string, Val>> fields);
  static Val Tuple(std::vector<Val> items) { return Composite(Kind::kTuple, {}, std::move(items)); }
  static Val Variant(std::string name) { return Named(Kind::kVariant, std::move(name)); }
  static Val Variant(std::string name, Val payload);
  static Val Enum(std::string name) { return Named(Kind::kEnum, std::move(name)); }
  static Val None() { return Number(Kind::kOption, 0); }
  static Val Some(Val payload);
  static Val Ok() { return Number(Kind::kResult, 1); }
  static Val Ok(Val payload);
  static Val Err() { return Number(Kind::kResult, 0); }
  static Val Err(Val payload);
  // The names of those that are set, in any order.
  static Val Flags(std::vector<std::string> names) {
    return Composite(Kind::kFlags, std::move(names), {});
  }
  static Val Own(const ResourceType* type, uint64_t rep);
  static Val Borrow(const ResourceType* type, uint64_t rep);

  Kind kind() const { return kind_; }
  bool bool_value() const { return bits_ != 0; }
  uint64_t unsigned_value() const { return bits_; }                     // u8 to u64
  int64_t signed_value() const { return static_cast<int64_t>(bits_); }  // s8 to s64
  float f32() const;
  double f64() const;
  uint32_t f32_bits() const { return static_cast<uint32_t>(bits_); }
  uint64_t f64_bits() const { return bits_; }
  char32_t char_value() const { return static_cast<char32_t>(bits_); }
  const std::string& string() const { return text_; }
  const std::string& case_name() const { return text_; }  // variant, enum
  bool is_some() const { return bits_ != 0; }             // option
  bool is_ok() const { return bits_ != 0; }               // result
  bool has_payload() const { return parts_ != nullptr && !parts_->items.empty(); }
  const Val& payload() const { return parts_->items[0]; }  // variant, option, result
  // List, record, tuple: the parts. A list<u8> of Bytes has none here: ask is_bytes first.
  const std::vector<Val>& items() const { return parts_ == nullptr ? NoItems() : parts_->items; }
  // Record: names of the fields; flags: names of those that are set.
  const std::vector<std::string>& names() const {
    return parts_ == nullptr ? NoNames() : parts_->names;
  }
  bool is_bytes() const { return is_bytes_; }
  const std::vector<uint8_t>& bytes() const { return parts_->bytes; }
  size_t size() const { return is_bytes_ ? parts_->bytes.size() : items().size(); }  // of a list
  const ResourceType* resource() const { return resource_; }                         // own, borrow
  uint64_t rep() const { return bits_; }                                             // own, borrow

  // Floats by their bits; flags as a set; handles by type and representation.
  bool operator==(const Val& other) const;

  // WAVE: `{name: "a", size: 3}`, `some(5)`, `[1, 2]`. Handles, which have no such form, as
  // `own(7)`.
  std::string ToString() const;

 private:
  struct Parts {
    std::vector<std::string> names;
    std::vector<Val> items;
    std::vector<uint8_t> bytes;
  };
  static Val Number(Kind kind, uint64_t bits) {
    Val v;
    v.kind_ = kind;
    v.bits_ = bits;
    return v;
  }
  static Val Named(Kind kind, std::string text) {
    Val v;
    v.kind_ = kind;
    v.text_ = std::move(text);
    return v;
  }
  static Val Composite(Kind kind, std::vector<std::string> names, std::vector<Val> items);
  static const std::vector<Val>& NoItems();
  static const std::vector<std::string>& NoNames();

  Kind kind_ = Kind::kBool;
  bool is_bytes_ = false;
  uint64_t bits_ = 0;
  const ResourceType* resource_ = nullptr;
  std::string text_;
  std::unique_ptr<Parts> parts_;
};

namespace component::canon {
using airwasm::Val;
}

}  // namespace airwasm
