// C++ strings, lists, fixed-length lists and maps as component types. See component_values.h.
#pragma once

#include <array>

#include "airwasm/component_values.h"

namespace airwasm {
namespace component::abi {

// A pointer and a length.
struct Pair {
  static constexpr uint32_t kSlots = 2;
  static constexpr size_t kHandles = 0;
  static constexpr bool kBitwise = false;
  static constexpr bool kCalls = true;
  static constexpr Layout Mem(bool is_64) { return is_64 ? Layout{16, 8} : Layout{8, 4}; }

  template <typename Place>
  static void Read(const LiftLowerContext& c, Place at, uint64_t* first, uint64_t* second) {
    if constexpr (Place::kFlat) {
      *first = c.is_64 ? at.p[0] : static_cast<uint32_t>(at.p[0]);
      *second = c.is_64 ? at.p[1] : static_cast<uint32_t>(at.p[1]);
    } else if (c.is_64) {
      *first = LoadAs<uint64_t>(at.p);
      *second = LoadAs<uint64_t>(at.p + 8);
    } else {
      *first = LoadAs<uint32_t>(at.p);
      *second = LoadAs<uint32_t>(at.p + 4);
    }
  }
  template <typename Place>
  static void Write(const LiftLowerContext& c, Place at, uint64_t first, uint64_t second) {
    if constexpr (Place::kFlat) {
      at.p[0] = first;
      at.p[1] = second;
    } else if (c.is_64) {
      StoreAs<uint64_t>(at.p, first);
      StoreAs<uint64_t>(at.p + 8, second);
    } else {
      StoreAs<uint32_t>(at.p, static_cast<uint32_t>(first));
      StoreAs<uint32_t>(at.p + 4, static_cast<uint32_t>(second));
    }
  }
};

struct String : Pair {
  static constexpr TypeShape kShape{.kind = ShapeKind::kString};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles, std::string_view* out) {
    uint64_t address = 0;
    uint64_t units = 0;
    Read(c, at, &address, &units);
    return LiftText(c, address, units, out);
  }
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles, std::string* out) {
    uint64_t address = 0;
    uint64_t units = 0;
    Read(c, at, &address, &units);
    return LiftOwnText(c, address, units, out);
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles, std::string_view v) {
    uint64_t address = 0;
    uint64_t units = 0;
    const TrapKind trap = LowerText(c, v, &address, &units);
    if (trap == TrapKind::kNone) Write(c, at, address, units);
    return trap;
  }
};

// Takes from what the values of one call may come to, whether memory is allocated for them or not.
inline bool Charge(LiftLowerContext& c, uint64_t bytes) {
  if (bytes > c.budget) return false;
  c.budget -= bytes;
  return true;
}

// Elements that lie as `layout` says, and take `host_bytes` each on the host's side; null: `*trap`.
template <typename Place>
uint8_t* LiftElements(LiftLowerContext& c, Place at, Layout layout, uint64_t host_bytes,
                      uint64_t* count, TrapKind* trap) {
  uint64_t address = 0;
  Pair::Read(c, at, &address, count);
  if (*count > kMaxByteLength / layout.size) [[unlikely]] {
    *trap = FailTooLong(c);
    return nullptr;
  }
  uint8_t* const p = ListAt(c, address, *count * layout.size, layout.align);
  *trap = TrapKind::kHostError;
  const uint64_t bytes = *count * host_bytes;
  if (p == nullptr || bytes == 0) return p;
  *trap = Charge(c, bytes) ? ChargeHostBytes(c, bytes) : FailTooMuch(c);
  return *trap == TrapKind::kNone ? p : nullptr;
}
template <typename Place>
uint8_t* LowerElements(LiftLowerContext& c, Place at, Layout layout, uint64_t count,
                       TrapKind* trap) {
  if (count > kMaxByteLength / layout.size) [[unlikely]] {
    *trap = FailTooLong(c);
    return nullptr;
  }
  uint64_t address = 0;
  uint8_t* const p = AllocateList(c, count * layout.size, layout.align, &address, trap);
  Pair::Write(c, at, address, count);
  return p;
}

template <typename T>
struct List : Pair {
  static constexpr size_t kHandles = WitType<T>::kHandles;
  static constexpr const TypeShape* kParts[] = {&WitType<T>::kShape};
  static constexpr TypeShape kShape{.kind = ShapeKind::kList, .parts = kParts};

  template <typename Place, typename Range>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const Range& v) {
    const Layout layout = WitType<T>::Mem(c.is_64);
    TrapKind trap = TrapKind::kNone;
    uint8_t* p = LowerElements(c, at, layout, v.size(), &trap);
    if (p == nullptr) return trap;
    if constexpr (WitType<T>::kBitwise) {
      if (!v.empty()) std::memcpy(p, v.data(), v.size() * sizeof(T));
    } else {
      for (const auto& element : v) {
        trap = WitType<T>::Lower(c, Memory{p}, handles, element);
        if (trap != TrapKind::kNone) return trap;
        p += layout.size;
      }
    }
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, std::vector<T>* out) {
    const Layout layout = WitType<T>::Mem(c.is_64);
    uint64_t count = 0;
    TrapKind trap = TrapKind::kNone;
    uint8_t* const p = LiftElements(c, at, layout, sizeof(T), &count, &trap);
    if (p == nullptr) return trap;
    if constexpr (WitType<T>::kBitwise) {
      const T* const elements = reinterpret_cast<const T*>(p);  // aligned: ListAt has looked
      out->assign(elements, elements + count);
    } else if constexpr (std::is_same_v<T, bool>) {
      out->resize(count);
      for (uint64_t i = 0; i < count; ++i) (*out)[i] = p[i] != 0;
    } else {
      out->resize(count);
      for (uint64_t i = 0; i < count; ++i) {
        trap = WitType<T>::Lift(c, Memory{p + i * layout.size}, handles, &(*out)[i]);
        if (trap != TrapKind::kNone) return trap;
      }
    }
    return TrapKind::kNone;
  }
  // The guest's own bytes.
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles, std::span<const T>* out) {
    static_assert(WitType<T>::kBitwise,
                  "a span shows the guest's memory; for elements that lie otherwise there, take a "
                  "std::vector");
    uint64_t count = 0;
    TrapKind trap = TrapKind::kNone;
    const uint8_t* const p = LiftElements(c, at, WitType<T>::Mem(c.is_64), 0, &count, &trap);
    if (p == nullptr) return trap;
    *out = {reinterpret_cast<const T*>(p), count};
    return TrapKind::kNone;
  }
};

template <typename T, size_t count>
struct FixedList {
  using Element = WitType<T>;
  static constexpr uint32_t kSlots = static_cast<uint32_t>(count * Element::kSlots);
  static constexpr size_t kHandles = Element::kHandles;
  static constexpr bool kBitwise = Element::kBitwise;
  static constexpr bool kCalls = Element::kCalls;
  static constexpr const TypeShape* kParts[] = {&Element::kShape};
  static constexpr TypeShape kShape{.kind = ShapeKind::kFixedList, .count = count, .parts = kParts};
  static constexpr Layout Mem(bool is_64) {
    const Layout layout = Element::Mem(is_64);
    return {static_cast<uint32_t>(count * layout.size), layout.align};
  }
  template <typename Place>
  static Place At(bool is_64, Place at, size_t i) {
    if constexpr (Place::kFlat) {
      return {at.p + i * Element::kSlots};
    } else {
      return {at.p + i * Element::Mem(is_64).size};
    }
  }
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, std::array<T, count>* out) {
    for (size_t i = 0; i < count; ++i) {
      const TrapKind trap = Element::Lift(c, At(c.is_64, at, i), handles, &(*out)[i]);
      if (trap != TrapKind::kNone) return trap;
    }
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles,
                        const std::array<T, count>& v) {
    for (size_t i = 0; i < count; ++i) {
      const TrapKind trap = Element::Lower(c, At(c.is_64, at, i), handles, v[i]);
      if (trap != TrapKind::kNone) return trap;
    }
    return TrapKind::kNone;
  }
};

}  // namespace component::abi

template <>
struct WitType<GuestBytes> : component::abi::Pair {
  static constexpr const component::abi::TypeShape* kParts[] = {&WitType<uint8_t>::kShape};
  static constexpr component::abi::TypeShape kShape{.kind = component::abi::ShapeKind::kList,
                                                    .parts = kParts};
  template <typename Place>
  static TrapKind Lower(component::abi::LiftLowerContext& c, Place at, component::abi::Handles,
                        const GuestBytes& v) {
    Write(c, at, v.address, v.count);
    return TrapKind::kNone;
  }
};
template <>
struct WitType<std::string> : component::abi::String {};
template <>
struct WitType<std::string_view> : component::abi::String {};
template <typename T>
struct WitType<std::vector<T>> : component::abi::List<T> {};
template <typename T>
struct WitType<std::span<const T>> : component::abi::List<T> {};
template <typename T, size_t count>
struct WitType<std::array<T, count>> : component::abi::FixedList<T, count> {};

}  // namespace airwasm
