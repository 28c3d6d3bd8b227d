// Value, reference and heap types as small values.
//
// A concrete heap type holds a number. In a syntax::Module that number is the module's TypeIdx;
// after validation has canonicalized the module's types, runtime structures hold the engine-wide
// TypeId of the TypeRegistry instead. Both use these same classes; a function that needs one of
// them says which ("canonical" = TypeId).
//
// Spec: core, syntax/types.
#pragma once

#include <cstdint>
#include <string>

namespace airwasm {

// Abstract heap types, and kConcrete for one that is defined. The table gives the binary code of
// the shorthand form.
enum class HeapKind : uint8_t {
  kFunc,
  kExtern,
  kAny,
  kEq,
  kI31,
  kStruct,
  kArray,
  kExn,
  kNone,
  kNoFunc,
  kNoExtern,
  kNoExn,
  kConcrete
};

class HeapType {
 public:
  constexpr HeapType() = default;
  constexpr HeapType(HeapKind kind)
      : bits_(static_cast<uint32_t>(kind)) {}  // NOLINT(google-explicit-constructor)
  static constexpr HeapType Concrete(uint32_t index) {
    HeapType t;
    t.bits_ = (index << 4) | static_cast<uint32_t>(HeapKind::kConcrete);
    return t;
  }
  constexpr HeapKind kind() const { return static_cast<HeapKind>(bits_ & 15); }
  constexpr bool IsConcrete() const { return kind() == HeapKind::kConcrete; }
  constexpr uint32_t index() const { return bits_ >> 4; }  // only if IsConcrete()
  constexpr uint32_t bits() const { return bits_; }
  static constexpr HeapType FromBits(uint32_t bits) {
    HeapType t;
    t.bits_ = bits;
    return t;
  }
  constexpr bool operator==(const HeapType&) const = default;
  std::string ToString() const;  // "func", "any", "3"

 private:
  uint32_t bits_ = 0;
};

enum class ValKind : uint8_t { kI32, kI64, kF32, kF64, kV128, kRef, kBottom };

class ValType {
 public:
  constexpr ValType() = default;  // i32
  constexpr ValType(ValKind kind)
      : bits_(static_cast<uint32_t>(kind)) {}  // NOLINT(google-explicit-constructor)
  static constexpr ValType Ref(HeapType heap, bool nullable) {
    ValType t;
    t.bits_ = static_cast<uint32_t>(ValKind::kRef) | (nullable ? 8u : 0u) | (heap.bits() << 4);
    return t;
  }
  constexpr ValKind kind() const { return static_cast<ValKind>(bits_ & 7); }
  constexpr bool IsRef() const { return kind() == ValKind::kRef; }
  constexpr bool IsBottom() const {
    return kind() == ValKind::kBottom;
  }  // the validator's unknown operand
  constexpr bool IsNumber() const { return kind() <= ValKind::kF64; }
  constexpr bool IsVector() const { return kind() == ValKind::kV128; }
  constexpr bool nullable() const { return (bits_ & 8) != 0; }  // only if IsRef()
  constexpr HeapType heap_type() const {
    return HeapType::FromBits(bits_ >> 4);
  }  // only if IsRef()
  constexpr bool IsDefaultable() const { return !IsRef() || nullable(); }
  constexpr uint32_t bits() const { return bits_; }
  // 64-bit stack slots that a value of this type takes.
  constexpr uint32_t slots() const { return kind() == ValKind::kV128 ? 2 : 1; }
  constexpr bool operator==(const ValType&) const = default;
  std::string ToString() const;  // "i32", "funcref", "(ref null 3)"

 private:
  uint32_t bits_ = 0;  // kind:3, nullable:1, heap type:28
};

inline constexpr ValType kI32 = ValKind::kI32;
inline constexpr ValType kI64 = ValKind::kI64;
inline constexpr ValType kF32 = ValKind::kF32;
inline constexpr ValType kF64 = ValKind::kF64;
inline constexpr ValType kV128 = ValKind::kV128;
inline constexpr ValType kBottom = ValKind::kBottom;
inline constexpr ValType kFuncRef = ValType::Ref(HeapKind::kFunc, true);
inline constexpr ValType kExternRef = ValType::Ref(HeapKind::kExtern, true);
inline constexpr ValType kAnyRef = ValType::Ref(HeapKind::kAny, true);
inline constexpr ValType kExnRef = ValType::Ref(HeapKind::kExn, true);

// The name of an abstract heap type in the text format ("nofunc").
const char* HeapKindText(HeapKind kind);
// Byte of an abstract heap type in the binary format, e.g. 0x70 for func.
uint8_t HeapKindCode(HeapKind kind);
// The top of the hierarchy that an abstract kind belongs to: kFunc, kExtern, kAny or kExn.
HeapKind TopOf(HeapKind kind);
// The bottom of that hierarchy: kNoFunc, kNoExtern, kNone, kNoExn.
HeapKind BottomOf(HeapKind kind);

}  // namespace airwasm
