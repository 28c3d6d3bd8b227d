// C++ types that stand for component types, for hosts that know the type when they are compiled:
//
//   bool, int8_t ... uint64_t, float, double   bool, s8 ... u64, f32, f64
//   char32_t                                   char
//   std::string, std::string_view              string
//   std::vector<T>, std::span<const T>         list<T>
//   std::array<T, n>                           list<T, n>
//   std::map, std::unordered_map               map<K, V>; of equal keys the last one counts
//   std::tuple, std::optional                  tuple, option
//   std::variant, AIRWASM_VARIANT              variant, std::monostate where a case has no payload
//   WitResult<T, E>                            result, std::monostate likewise
//   FlagSet<n>, an enum with AIRWASM_FLAGS     flags of n names
//   Own<T>, Borrow<T>                          own, borrow; component_resources.h has more
//   an aggregate with AIRWASM_RECORD           record
//   an enum with AIRWASM_ENUM                  enum
//
// WitType<T> says how a T lies in flat values and in memory, which component type it stands for,
// and how it is lifted and lowered; all of it is resolved by the compiler, without a Val or a look
// at the type at run time. A type without one stops the build. Views (string_view, span) that a
// host function gets point into the guest's memory and are good until the guest runs again. Spec:
// canonical ABI, "Loading" to "Flat Lowering".
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "airwasm/component_border.h"
#include "airwasm/component_shape.h"

namespace airwasm {

// What Own and Borrow say for a resource that is not one of the host's C++ types.
struct AnyResource;
// A resource that changes hands: T is the type that DefineResource was given, and no other resource
// can be passed, or AnyResource.
template <typename T>
struct Own {
  uint64_t rep = 0;
  bool operator==(const Own&) const = default;
};
// A resource that is lent for the time of one call.
template <typename T>
struct Borrow {
  uint64_t rep = 0;
  bool operator==(const Borrow&) const = default;
};

// A `flags` of `count` names; bit i is the i-th.
template <size_t count>
struct FlagSet {
  uint32_t bits = 0;
  bool operator==(const FlagSet&) const = default;
};

// A WIT `result`; std::monostate where a side has no payload.
template <typename T, typename E>
struct WitResult {
  std::variant<T, E> value;
  static WitResult Ok(T v = {}) {
    return {std::variant<T, E>(std::in_place_index<0>, std::move(v))};
  }
  static WitResult Err(E e = {}) {
    return {std::variant<T, E>(std::in_place_index<1>, std::move(e))};
  }
  bool operator==(const WitResult&) const = default;
  bool ok() const { return value.index() == 0; }
  const T& operator*() const { return *std::get_if<0>(&value); }  // if ok()
  const T* operator->() const { return std::get_if<0>(&value); }
  T& operator*() { return *std::get_if<0>(&value); }
  T* operator->() { return std::get_if<0>(&value); }
  const E& error() const { return *std::get_if<1>(&value); }  // if not
};

template <typename T>
struct WitType;  // declared only: a type without one is no component type

namespace component::abi {

struct Layout {
  uint32_t size = 0;
  uint32_t align = 1;
};

// A place is a slot or an address.
struct Slots {
  static constexpr bool kFlat = true;
  uint64_t* p;
};
struct Memory {
  static constexpr bool kFlat = false;
  uint8_t* p;
};

// The resources that a function's handles are of, in the order in which a walk over the C++ types
// meets handles. Lifting and lowering count along.
using Handles = const ResourceType* const*;

template <typename T>
T LoadAs(const void* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <typename T>
void StoreAs(void* p, T v) {
  std::memcpy(p, &v, sizeof v);
}
constexpr uint32_t AlignUp(uint32_t offset, uint32_t align) {
  return (offset + align - 1) & ~(align - 1);
}

// --- numbers ---

template <typename T, ShapeKind kind>
struct Number {
  static constexpr uint32_t kSlots = 1;
  static constexpr size_t kHandles = 0;
  static constexpr bool kBitwise = true;  // every pattern of its bytes is a value
  static constexpr bool kCalls = false;   // lowering calls the guest
  static constexpr TypeShape kShape{.kind = kind};
  static constexpr Layout Mem(bool) { return {sizeof(T), sizeof(T)}; }

  template <typename Place>
  static TrapKind Lift(LiftLowerContext&, Place at, Handles, T* out) {
    if constexpr (Place::kFlat) {
      std::memcpy(out, at.p, sizeof(T));
    } else {
      *out = LoadAs<T>(at.p);
    }
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext&, Place at, Handles, const T& v) {
    if constexpr (!Place::kFlat) {
      StoreAs<T>(at.p, v);
    } else if constexpr (std::is_integral_v<T> && sizeof(T) < 8) {
      *at.p = static_cast<uint32_t>(v);  // with the sign in the upper bits of the i32
    } else {
      *at.p = 0;
      std::memcpy(at.p, &v, sizeof(T));
    }
    return TrapKind::kNone;
  }
};

// Facts of a value of `bytes` bytes in one i32 slot.
template <uint32_t bytes>
struct OneSlot {
  static constexpr uint32_t kSlots = 1;
  static constexpr size_t kHandles = 0;
  static constexpr bool kBitwise = false;
  static constexpr bool kCalls = false;
  static constexpr Layout Mem(bool) { return {bytes, bytes}; }

  template <typename Place>
  static uint32_t Read(Place at) {
    if constexpr (Place::kFlat) {
      return static_cast<uint32_t>(*at.p);
    } else if constexpr (bytes == 1) {
      return *at.p;
    } else if constexpr (bytes == 2) {
      return LoadAs<uint16_t>(at.p);
    } else {
      return LoadAs<uint32_t>(at.p);
    }
  }
  template <typename Place>
  static void Write(Place at, uint32_t v) {
    if constexpr (Place::kFlat) {
      *at.p = v;
    } else if constexpr (bytes == 1) {
      *at.p = static_cast<uint8_t>(v);
    } else if constexpr (bytes == 2) {
      StoreAs<uint16_t>(at.p, static_cast<uint16_t>(v));
    } else {
      StoreAs<uint32_t>(at.p, v);
    }
  }
};

constexpr uint32_t BytesOfCases(size_t count) {
  return count <= 0x100 ? 1 : count <= 0x10000 ? 2 : 4;
}
constexpr uint32_t BytesOfFlags(size_t count) {
  return count <= 8 ? 1 : count <= 16 ? 2 : 4;
}
constexpr uint32_t FlagsMask(size_t count) {
  return count >= 32 ? ~uint32_t{0} : (uint32_t{1} << count) - 1;
}
// Spec: canonical ABI, convert_i32_to_char.
constexpr bool IsChar(uint32_t c) {
  return c < 0xD800 || (c >= 0xE000 && c < 0x110000);
}

}  // namespace component::abi

template <>
struct WitType<int8_t> : component::abi::Number<int8_t, component::abi::ShapeKind::kS8> {};
template <>
struct WitType<uint8_t> : component::abi::Number<uint8_t, component::abi::ShapeKind::kU8> {};
template <>
struct WitType<int16_t> : component::abi::Number<int16_t, component::abi::ShapeKind::kS16> {};
template <>
struct WitType<uint16_t> : component::abi::Number<uint16_t, component::abi::ShapeKind::kU16> {};
template <>
struct WitType<int32_t> : component::abi::Number<int32_t, component::abi::ShapeKind::kS32> {};
template <>
struct WitType<uint32_t> : component::abi::Number<uint32_t, component::abi::ShapeKind::kU32> {};
template <>
struct WitType<int64_t> : component::abi::Number<int64_t, component::abi::ShapeKind::kS64> {};
template <>
struct WitType<uint64_t> : component::abi::Number<uint64_t, component::abi::ShapeKind::kU64> {};
template <>
struct WitType<float> : component::abi::Number<float, component::abi::ShapeKind::kF32> {};
template <>
struct WitType<double> : component::abi::Number<double, component::abi::ShapeKind::kF64> {};

namespace component::abi {

struct Bool : OneSlot<1> {
  static constexpr TypeShape kShape{.kind = ShapeKind::kBool};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext&, Place at, Handles, bool* out) {
    *out = Read(at) != 0;
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext&, Place at, Handles, bool v) {
    Write(at, v ? 1 : 0);
    return TrapKind::kNone;
  }
};

struct Char : OneSlot<4> {
  static constexpr TypeShape kShape{.kind = ShapeKind::kChar};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles, char32_t* out) {
    *out = Read(at);
    return IsChar(*out) ? TrapKind::kNone : FailChar(c);
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles, char32_t v) {
    Write(at, v);
    return IsChar(v) ? TrapKind::kNone : FailChar(c);
  }
};

template <size_t count>
struct Flags : OneSlot<BytesOfFlags(count)> {
  using Base = OneSlot<BytesOfFlags(count)>;
  static constexpr TypeShape kShape{.kind = ShapeKind::kFlags, .count = count};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext&, Place at, Handles, FlagSet<count>* out) {
    out->bits = Base::Read(at) & FlagsMask(count);
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext&, Place at, Handles, FlagSet<count> v) {
    Base::Write(at, v.bits & FlagsMask(count));
    return TrapKind::kNone;
  }
};

template <typename T, size_t count>
struct Enum : OneSlot<BytesOfCases(count)> {
  using Base = OneSlot<BytesOfCases(count)>;
  static constexpr TypeShape kShape{.kind = ShapeKind::kEnum, .count = count};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles, T* out) {
    const uint32_t i = Base::Read(at);
    *out = static_cast<T>(i);
    return i < count ? TrapKind::kNone : FailDiscriminant(c);
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles, T v) {
    const auto i = static_cast<uint32_t>(v);
    Base::Write(at, i);
    return i < count ? TrapKind::kNone : FailDiscriminant(c);
  }
};

// --- handles ---

// A representation means something only to those who made it; so a host function that expects its
// own resource can not be bound to a type that says another one.
template <typename T>
constexpr const void* TagOf() {
  if constexpr (std::is_same_v<T, AnyResource>) {
    return nullptr;
  } else {
    return &kResourceTag<T>;
  }
}

template <typename T>
struct OwnHandle : OneSlot<4> {
  static constexpr size_t kHandles = 1;
  static constexpr TypeShape kShape{.kind = ShapeKind::kOwn, .resource = TagOf<T>()};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, Own<T>* out) {
    return LiftOwn(c, Read(at), *handles, &out->rep);
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const Own<T>& v) {
    uint32_t index = 0;
    const TrapKind trap = LowerOwn(c, v.rep, *handles, &index);
    Write(at, index);
    return trap;
  }
};

template <typename T>
struct BorrowHandle : OneSlot<4> {
  static constexpr size_t kHandles = 1;
  static constexpr TypeShape kShape{.kind = ShapeKind::kBorrow, .resource = TagOf<T>()};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, Borrow<T>* out) {
    return LiftBorrow(c, Read(at), *handles, &out->rep);
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const Borrow<T>& v) {
    uint32_t index = 0;
    const TrapKind trap = LowerBorrow(c, v.rep, *handles, &index);
    Write(at, index);
    return trap;
  }
};

}  // namespace component::abi

template <>
struct WitType<bool> : component::abi::Bool {};
template <>
struct WitType<char32_t> : component::abi::Char {};
template <size_t count>
struct WitType<FlagSet<count>> : component::abi::Flags<count> {};
template <typename T>
struct WitType<Own<T>> : component::abi::OwnHandle<T> {};
template <typename T>
struct WitType<Borrow<T>> : component::abi::BorrowHandle<T> {};

// Beside an enum: its values are 0 to count - 1, in the order of the WIT type.
#define AIRWASM_ENUM(Type, count)                  \
  constexpr size_t AirwasmEnumCount(const Type*) { \
    return count;                                  \
  }                                                \
  static_assert(std::is_enum_v<Type>)

template <typename T>
concept WitEnum = std::is_enum_v<T> && requires(const T* p) { AirwasmEnumCount(p); };

template <WitEnum T>
struct WitType<T> : component::abi::Enum<T, AirwasmEnumCount(static_cast<const T*>(nullptr))> {};

// Beside an enum of bits, `count` of them from the lowest on: a `flags`, with the operators of a
// set.
#define AIRWASM_FLAGS(Type, count)                                                 \
  constexpr size_t AirwasmFlagsCount(const Type*) {                                \
    return count;                                                                  \
  }                                                                                \
  constexpr Type operator|(Type a, Type b) {                                       \
    return static_cast<Type>(static_cast<uint32_t>(a) | static_cast<uint32_t>(b)); \
  }                                                                                \
  constexpr Type operator&(Type a, Type b) {                                       \
    return static_cast<Type>(static_cast<uint32_t>(a) & static_cast<uint32_t>(b)); \
  }                                                                                \
  constexpr Type operator~(Type a) {                                               \
    return static_cast<Type>(~static_cast<uint32_t>(a) &                           \
                             ::airwasm::component::abi::FlagsMask(count));         \
  }                                                                                \
  constexpr Type& operator|=(Type& a, Type b) {                                    \
    return a = a | b;                                                              \
  }                                                                                \
  constexpr Type& operator&=(Type& a, Type b) {                                    \
    return a = a & b;                                                              \
  }                                                                                \
  constexpr bool Has(Type set, Type flags) {                                       \
    return (set & flags) == flags;                                                 \
  }                                                                                \
  static_assert(std::is_enum_v<Type>)

template <typename T>
concept WitFlags = std::is_enum_v<T> && requires(const T* p) { AirwasmFlagsCount(p); };

namespace component::abi {

template <typename T, size_t count>
struct FlagsEnum : OneSlot<BytesOfFlags(count)> {
  using Base = OneSlot<BytesOfFlags(count)>;
  static constexpr TypeShape kShape{.kind = ShapeKind::kFlags, .count = count};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext&, Place at, Handles, T* out) {
    *out = static_cast<T>(Base::Read(at) & FlagsMask(count));
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext&, Place at, Handles, T v) {
    Base::Write(at, static_cast<uint32_t>(v) & FlagsMask(count));
    return TrapKind::kNone;
  }
};

}  // namespace component::abi

template <WitFlags T>
struct WitType<T>
    : component::abi::FlagsEnum<T, AirwasmFlagsCount(static_cast<const T*>(nullptr))> {};

// The names that the layers below use for these.
namespace component::canon {
using airwasm::AnyResource;
using airwasm::Borrow;
using airwasm::FlagSet;
using airwasm::Own;
using airwasm::WitResult;
}  // namespace component::canon

}  // namespace airwasm
