// C++ types as component types, for hosts that know the type when they are compiled: numbers, bool,
// char32_t, strings, vectors and spans, tuples, optional, variant, results, records, enums, flags
// and handles.
//
// Abi<T> says how a T lies in flat values and in memory, which component type it stands for, and
// how it is lifted and lowered; all of it is resolved by the compiler, without a Val or a look at
// the type at run time. A type without an Abi stops the build. Views (string_view, span) point into
// the guest's memory and are good until the guest runs again. Spec: canonical ABI, "Loading" to
// "Flat Lowering"; the rules are those of rules.h.
#pragma once

#include <array>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "component/canon/dynamic.h"
#include "component/canon/rules.h"
#include "component/canon/store_string.h"

namespace airwasm::component::canon {

// What Own and Borrow say for a resource that is not one of the host's C++ types.
struct AnyResource;
// A resource that changes hands: T is the type that DefineResource was given, and no other resource
// can be passed, or AnyResource.
template <typename T>
struct Own {
  uint64_t rep = 0;
};
// A resource that is lent for the time of one call.
template <typename T>
struct Borrow {
  uint64_t rep = 0;
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
  bool ok() const { return value.index() == 0; }
};

// What lifting and lowering need to know of a call.
struct TypedContext {
  runtime::Store& store;
  const CanonOptions& options;
  Lenders& lenders;
  BorrowScope& scope;
  bool is_64 = options.memory64();
  uint64_t budget = kMaxLiftedBytes;
  std::forward_list<std::string> strings = {};  // of views that had to be transcoded
};

// A place is a slot or an address; At moves it on.
struct Slots {
  static constexpr bool kFlat = true;
  uint64_t* p;
};
struct Memory {
  static constexpr bool kFlat = false;
  uint8_t* p;
};

// What of a function's type a C++ type is bound to: resources in the order in which a walk over the
// C++ types meets handles. Lifting and lowering count along.
struct Binding {
  const Function& function;
  const TypeTable& types;
  std::vector<const ResourceType*> handles = {};
};
using Handles = const ResourceType* const*;

template <typename T>
struct Abi;  // declared only: a type without one is no component type

// --- numbers ---

template <typename T, PrimType prim>
struct NumberAbi {
  static constexpr uint32_t kSlots = 1;
  static constexpr size_t kHandles = 0;
  static constexpr bool kBitwise = true;
  static constexpr Layout Mem(bool) { return {sizeof(T), sizeof(T)}; }
  static bool Bind(Binding&, ValType type) { return type == ValType(prim); }

  template <typename Place>
  static TrapKind Lift(TypedContext&, Place at, Handles, T* out) {
    if constexpr (Place::kFlat) {
      std::memcpy(out, at.p, sizeof(T));
    } else {
      *out = LoadAs<T>(at.p);
    }
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(TypedContext&, Place at, Handles, const T& v) {
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
template <>
struct Abi<int8_t> : NumberAbi<int8_t, PrimType::kS8> {};
template <>
struct Abi<uint8_t> : NumberAbi<uint8_t, PrimType::kU8> {};
template <>
struct Abi<int16_t> : NumberAbi<int16_t, PrimType::kS16> {};
template <>
struct Abi<uint16_t> : NumberAbi<uint16_t, PrimType::kU16> {};
template <>
struct Abi<int32_t> : NumberAbi<int32_t, PrimType::kS32> {};
template <>
struct Abi<uint32_t> : NumberAbi<uint32_t, PrimType::kU32> {};
template <>
struct Abi<int64_t> : NumberAbi<int64_t, PrimType::kS64> {};
template <>
struct Abi<uint64_t> : NumberAbi<uint64_t, PrimType::kU64> {};
template <>
struct Abi<float> : NumberAbi<float, PrimType::kF32> {};
template <>
struct Abi<double> : NumberAbi<double, PrimType::kF64> {};

// Facts of a value of `bytes` bytes in one i32 slot.
template <uint32_t bytes>
struct OneSlot {
  static constexpr uint32_t kSlots = 1;
  static constexpr size_t kHandles = 0;
  static constexpr bool kBitwise = false;
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

template <>
struct Abi<bool> : OneSlot<1> {
  static bool Bind(Binding&, ValType type) { return type == ValType(PrimType::kBool); }
  template <typename Place>
  static TrapKind Lift(TypedContext&, Place at, Handles, bool* out) {
    *out = Read(at) != 0;
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(TypedContext&, Place at, Handles, bool v) {
    Write(at, v ? 1 : 0);
    return TrapKind::kNone;
  }
};

template <>
struct Abi<char32_t> : OneSlot<4> {
  static bool Bind(Binding&, ValType type) { return type == ValType(PrimType::kChar); }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles, char32_t* out) {
    *out = Read(at);
    return IsChar(*out) ? TrapKind::kNone : FailChar(c.store);
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles, char32_t v) {
    Write(at, v);
    return IsChar(v) ? TrapKind::kNone : FailChar(c.store);
  }
};

template <typename T>
const T* TypeAs(const Binding& binding, ValType type) {
  return type.IsPrim() ? nullptr : std::get_if<T>(&binding.types.Get(type));
}

constexpr uint32_t BytesOfCases(size_t count) {
  return count <= 0x100 ? 1 : count <= 0x10000 ? 2 : 4;
}
constexpr uint32_t BytesOfFlags(size_t count) {
  return count <= 8 ? 1 : count <= 16 ? 2 : 4;
}

template <size_t count>
struct Abi<FlagSet<count>> : OneSlot<BytesOfFlags(count)> {
  using Base = OneSlot<BytesOfFlags(count)>;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const flags = TypeAs<FlagsType>(binding, type);
    return flags != nullptr && flags->names.size() == count;
  }
  template <typename Place>
  static TrapKind Lift(TypedContext&, Place at, Handles, FlagSet<count>* out) {
    out->bits = Base::Read(at) & FlagsMask(count);
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(TypedContext&, Place at, Handles, FlagSet<count> v) {
    Base::Write(at, v.bits & FlagsMask(count));
    return TrapKind::kNone;
  }
};

// Enums: AIRWASM_ENUM(Type, count) beside the type; its values are 0 to count - 1.
#define AIRWASM_ENUM(Type, count)                  \
  constexpr size_t AirwasmEnumCount(const Type*) { \
    return count;                                  \
  }                                                \
  static_assert(std::is_enum_v<Type>)

template <typename T>
concept WitEnum = std::is_enum_v<T> && requires(const T* p) { AirwasmEnumCount(p); };

template <WitEnum T>
struct Abi<T> : OneSlot<BytesOfCases(AirwasmEnumCount(static_cast<const T*>(nullptr)))> {
  static constexpr size_t kCount = AirwasmEnumCount(static_cast<const T*>(nullptr));
  using Base = OneSlot<BytesOfCases(kCount)>;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const def = TypeAs<EnumType>(binding, type);
    return def != nullptr && def->names.size() == kCount;
  }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles, T* out) {
    const uint32_t i = Base::Read(at);
    *out = static_cast<T>(i);
    return i < kCount ? TrapKind::kNone : FailDiscriminant(c.store);
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles, T v) {
    const auto i = static_cast<uint32_t>(v);
    Base::Write(at, i);
    return i < kCount ? TrapKind::kNone : FailDiscriminant(c.store);
  }
};

// --- handles ---

// A representation means something only to those who made it; so a host function that expects its
// own resource can not be bound to a type that says another one.
template <typename T>
bool BindResource(Binding& binding, ResourceId id) {
  const ResourceType* const resource = binding.function.ResourceOf(id);
  binding.handles.push_back(resource);
  if (std::is_same_v<T, AnyResource>) return true;
  return resource != nullptr && resource->tag == TagOf<T>();
}

template <typename T>
struct Abi<Own<T>> : OneSlot<4> {
  static constexpr size_t kHandles = 1;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const own = TypeAs<OwnType>(binding, type);
    return own != nullptr && BindResource<T>(binding, own->resource);
  }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, Own<T>* out) {
    return LiftOwn(c.store, *c.options.instance, OneSlot<4>::Read(at), *handles, &out->rep);
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, const Own<T>& v) {
    uint32_t index = 0;
    const TrapKind trap = LowerOwn(c.store, *c.options.instance, v.rep, *handles, &index);
    OneSlot<4>::Write(at, index);
    return trap;
  }
};

template <typename T>
struct Abi<Borrow<T>> : OneSlot<4> {
  static constexpr size_t kHandles = 1;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const borrow = TypeAs<BorrowType>(binding, type);
    return borrow != nullptr && BindResource<T>(binding, borrow->resource);
  }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, Borrow<T>* out) {
    return LiftBorrow(c.store, *c.options.instance, OneSlot<4>::Read(at), *handles, c.lenders,
                      &out->rep);
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, const Borrow<T>& v) {
    uint32_t index = 0;
    const TrapKind trap =
        LowerBorrow(c.store, *c.options.instance, v.rep, *handles, c.scope, &index);
    OneSlot<4>::Write(at, index);
    return trap;
  }
};

// --- strings and lists ---

// A pointer and a length.
struct PairAbi {
  static constexpr uint32_t kSlots = 2;
  static constexpr bool kBitwise = false;
  static constexpr Layout Mem(bool is_64) { return is_64 ? Layout{16, 8} : Layout{8, 4}; }

  template <typename Place>
  static void Read(const TypedContext& c, Place at, uint64_t* first, uint64_t* second) {
    if constexpr (Place::kFlat) {
      *first = FlatAddress(at.p[0], c.is_64);
      *second = FlatAddress(at.p[1], c.is_64);
    } else {
      *first = LoadAddress(at.p, c.is_64);
      *second = LoadAddress(at.p + (c.is_64 ? 8 : 4), c.is_64);
    }
  }
  template <typename Place>
  static void Write(const TypedContext& c, Place at, uint64_t first, uint64_t second) {
    if constexpr (Place::kFlat) {
      at.p[0] = first;
      at.p[1] = second;
    } else {
      StoreAddress(at.p, first, c.is_64);
      StoreAddress(at.p + (c.is_64 ? 8 : 4), second, c.is_64);
    }
  }
  static bool Charge(TypedContext& c, uint64_t bytes) {
    if (bytes > c.budget) return false;
    c.budget -= bytes;
    return true;
  }
  static TrapKind FailTooMuch(TypedContext& c) {
    return Fail(c.store, "the values of this call take more host memory than is allowed");
  }
  static TrapKind FailTooLong(TypedContext& c) {
    return Fail(c.store, "a string or list is longer than 2^28-1 bytes");
  }
};

struct StringAbi : PairAbi {
  static constexpr size_t kHandles = 0;
  static bool Bind(Binding&, ValType type) { return type == ValType(PrimType::kString); }

  template <typename Place>
  static TrapKind LiftView(TypedContext& c, Place at, StringView* out) {
    uint64_t address = 0;
    uint64_t units = 0;
    Read(c, at, &address, &units);
    const TrapKind trap = LoadString(c.store, c.options, address, units, Border::kHost, out);
    if (trap != TrapKind::kNone) return trap;
    return Charge(c, uint64_t{out->units} * 3) ? TrapKind::kNone : FailTooMuch(c);
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles, std::string_view v) {
    if (v.size() > kMaxByteLength) return FailTooLong(c);
    const auto* const data = reinterpret_cast<const uint8_t*>(v.data());
    if (!CheckUtf8(data, v.size()).empty())
      return Fail(c.store, "a string of the host is not UTF-8");
    const StringView string{data, static_cast<uint32_t>(v.size())};
    uint64_t address = 0;
    uint64_t units = 0;
    const TrapKind trap = StoreString(c.store, c.options, string, Border::kHost, &address, &units);
    if (trap == TrapKind::kNone) Write(c, at, address, units);
    return trap;
  }
};

template <>
struct Abi<std::string> : StringAbi {
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles, std::string* out) {
    StringView view;
    const TrapKind trap = LiftView(c, at, &view);
    if (trap == TrapKind::kNone) *out = ToUtf8(view);
    return trap;
  }
};

template <>
struct Abi<std::string_view> : StringAbi {
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles, std::string_view* out) {
    StringView view;
    const TrapKind trap = LiftView(c, at, &view);
    if (trap != TrapKind::kNone) return trap;
    if (view.encoding == CodeUnits::kUtf8) {
      *out = {reinterpret_cast<const char*>(view.data), view.units};
    } else {
      *out = c.strings.emplace_front(ToUtf8(view));
    }
    return trap;
  }
};

template <typename T>
struct ListAbi : PairAbi {
  static constexpr size_t kHandles = Abi<T>::kHandles;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const list = TypeAs<ListType>(binding, type);
    return list != nullptr && !list->length && Abi<T>::Bind(binding, list->element);
  }
  // The elements' bytes; null: `*trap`.
  template <typename Place>
  static uint8_t* Bytes(TypedContext& c, Place at, uint64_t* count, TrapKind* trap) {
    uint64_t address = 0;
    Read(c, at, &address, count);
    const Layout layout = Abi<T>::Mem(c.is_64);
    *trap = TrapKind::kHostError;
    if (*count > kMaxByteLength / layout.size) {
      FailTooLong(c);
      return nullptr;
    }
    return CheckRange(c.store, c.options, address, *count * layout.size, layout.align,
                      Pointee::kList, Border::kHost);
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, std::span<const T> v) {
    const Layout layout = Abi<T>::Mem(c.is_64);
    if (v.size() > kMaxByteLength / layout.size) return FailTooLong(c);
    TrapKind trap = TrapKind::kNone;
    uint64_t address = 0;
    uint8_t* const p = Allocate(c.store, c.options, v.size() * layout.size, layout.align,
                                Pointee::kList, Border::kHost, &address, &trap);
    if (p == nullptr) return trap;
    if constexpr (Abi<T>::kBitwise) {
      if (!v.empty()) std::memcpy(p, v.data(), v.size_bytes());
    } else {
      for (size_t i = 0; i < v.size(); ++i) {
        trap = Abi<T>::Lower(c, Memory{p + i * layout.size}, handles, v[i]);
        if (trap != TrapKind::kNone) return trap;
      }
    }
    Write(c, at, address, v.size());
    return TrapKind::kNone;
  }
};

template <typename T>
struct Abi<std::vector<T>> : ListAbi<T> {
  using Base = ListAbi<T>;
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, std::vector<T>* out) {
    uint64_t count = 0;
    TrapKind trap = TrapKind::kNone;
    uint8_t* const p = Base::Bytes(c, at, &count, &trap);
    if (p == nullptr) return trap;
    if (!Base::Charge(c, count * sizeof(T))) return Base::FailTooMuch(c);
    out->resize(count);
    if constexpr (Abi<T>::kBitwise) {
      if (count != 0) std::memcpy(out->data(), p, count * sizeof(T));
    } else {
      const uint32_t size = Abi<T>::Mem(c.is_64).size;
      for (uint64_t i = 0; i < count; ++i) {
        trap = Abi<T>::Lift(c, Memory{p + i * size}, handles, &(*out)[i]);
        if (trap != TrapKind::kNone) return trap;
      }
    }
    return TrapKind::kNone;
  }
};

// The guest's own bytes, for elements of which every pattern is a value.
template <typename T>
  requires(Abi<T>::kBitwise)
struct Abi<std::span<const T>> : ListAbi<T> {
  using Base = ListAbi<T>;
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles, std::span<const T>* out) {
    uint64_t count = 0;
    TrapKind trap = TrapKind::kNone;
    const uint8_t* const p = Base::Bytes(c, at, &count, &trap);
    if (p == nullptr) return trap;
    *out = {reinterpret_cast<const T*>(p), count};
    return TrapKind::kNone;
  }
};

}  // namespace airwasm::component::canon
