// C++ tuples, records, options, variants, results and maps as component types. See
// component_values.h.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <variant>

#include "airwasm/component_lists.h"

namespace airwasm {

// A case without a payload.
template <>
struct WitType<std::monostate> {
  static constexpr uint32_t kSlots = 0;
  static constexpr size_t kHandles = 0;
  static constexpr bool kBitwise = false;
  static constexpr bool kCalls = false;
  static constexpr component::abi::TypeShape kShape{};
  static constexpr component::abi::Layout Mem(bool) { return {0, 1}; }
  template <typename Place>
  static TrapKind Lift(component::abi::LiftLowerContext&, Place, component::abi::Handles,
                       std::monostate*) {
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(component::abi::LiftLowerContext&, Place, component::abi::Handles,
                        std::monostate) {
    return TrapKind::kNone;
  }
};

// AIRWASM_RECORD(Type, field, ...) beside an aggregate makes it a record: the fields in the order
// of the WIT type. Names are compared with '_' for '-'; an '_' at the end keeps out of a keyword's
// way.
#define AIRWASM_RECORD(Type, ...)                                      \
  constexpr auto AirwasmRecordTie(auto& airwasm_record, const Type*) { \
    auto& [__VA_ARGS__] = airwasm_record;                              \
    return std::tie(__VA_ARGS__);                                      \
  }                                                                    \
  constexpr std::string_view AirwasmRecordNames(const Type*) {         \
    return #__VA_ARGS__;                                               \
  }                                                                    \
  static_assert(std::is_aggregate_v<Type>)

template <typename T>
concept WitRecord = std::is_class_v<T> && requires(T& v, const T* p) { AirwasmRecordTie(v, p); };

// AIRWASM_VARIANT(Type) beside a struct whose only member is a std::variant named `value` makes it
// a variant, whose cases can have names then.
#define AIRWASM_VARIANT(Type)                    \
  constexpr bool AirwasmIsVariant(const Type*) { \
    return true;                                 \
  }                                              \
  static_assert(sizeof(Type) == sizeof(Type::value))

template <typename T>
concept WitVariant =
    std::is_class_v<T> && requires(T& v, const T* p) { AirwasmIsVariant(p), v.value; };

namespace component::abi {

// --- tuples and records ---

// Some types one behind the other.
template <typename... Ts>
struct Sequence {
  static constexpr size_t kCount = sizeof...(Ts);
  static constexpr uint32_t kSlots = (0 + ... + WitType<Ts>::kSlots);
  static constexpr size_t kHandles = (0 + ... + WitType<Ts>::kHandles);
  static constexpr bool kBitwise = false;
  static constexpr bool kCalls = (false || ... || WitType<Ts>::kCalls);
  static constexpr std::array<const TypeShape*, kCount> kParts = {&WitType<Ts>::kShape...};

  struct Offsets {
    std::array<uint32_t, kCount + 1> memory{};  // the last one is the size
    std::array<uint32_t, kCount + 1> slot{};
    std::array<uint32_t, kCount + 1> handle{};
    uint32_t align = 1;
  };
  static constexpr Offsets Compute(bool is_64) {
    Offsets o;
    uint32_t at = 0;
    size_t i = 0;
    (
        [&] {
          const Layout layout = WitType<Ts>::Mem(is_64);
          at = AlignUp(at, layout.align);
          o.memory[i] = at;
          at += layout.size;
          o.align = layout.align > o.align ? layout.align : o.align;
          o.slot[i + 1] = o.slot[i] + WitType<Ts>::kSlots;
          o.handle[i + 1] = o.handle[i] + static_cast<uint32_t>(WitType<Ts>::kHandles);
          ++i;
        }(),
        ...);
    o.memory[kCount] = AlignUp(at, o.align);
    return o;
  }
  static constexpr Offsets kOffsets32 = Compute(false);
  static constexpr Offsets kOffsets64 = Compute(true);
  static constexpr const Offsets& At(bool is_64) { return is_64 ? kOffsets64 : kOffsets32; }
  static constexpr Layout Mem(bool is_64) { return {At(is_64).memory[kCount], At(is_64).align}; }

  template <size_t i, typename Place>
  static Place Part(bool is_64, Place at) {
    if constexpr (Place::kFlat) {
      return {at.p + kOffsets32.slot[i]};
    } else {
      return {at.p + At(is_64).memory[i]};
    }
  }
  // `get.template operator()<i>()` is a reference to part i.
  template <typename Place, typename Get>
  static TrapKind LiftEach(LiftLowerContext& c, Place at, Handles handles, Get get) {
    return [&]<size_t... i>(std::index_sequence<i...>) {
      TrapKind trap = TrapKind::kNone;
      (void)(... &&
             ((trap = WitType<Ts>::Lift(c, Part<i>(c.is_64, at), handles + kOffsets32.handle[i],
                                        &get.template operator()<i>())) == TrapKind::kNone));
      return trap;
    }(std::index_sequence_for<Ts...>());
  }
  template <typename Place, typename Get>
  static TrapKind LowerEach(LiftLowerContext& c, Place at, Handles handles, Get get) {
    return [&]<size_t... i>(std::index_sequence<i...>) {
      TrapKind trap = TrapKind::kNone;
      (void)(... &&
             ((trap = WitType<Ts>::Lower(c, Part<i>(c.is_64, at), handles + kOffsets32.handle[i],
                                         get.template operator()<i>())) == TrapKind::kNone));
      return trap;
    }(std::index_sequence_for<Ts...>());
  }
};

template <typename... Ts>
struct Tuple : Sequence<Ts...> {
  using Base = Sequence<Ts...>;
  static constexpr TypeShape kShape{.kind = ShapeKind::kTuple, .parts = Base::kParts};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, std::tuple<Ts...>* out) {
    return Base::LiftEach(c, at, handles, [&]<size_t i>() -> auto& { return std::get<i>(*out); });
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles,
                        const std::tuple<Ts...>& v) {
    return Base::LowerEach(c, at, handles,
                           [&]<size_t i>() -> const auto& { return std::get<i>(v); });
  }
};

template <typename Tie>
struct SequenceOfTie;
template <typename... Ts>
struct SequenceOfTie<std::tuple<Ts&...>> {
  using Type = Sequence<std::remove_const_t<Ts>...>;
};
template <typename T>
using SequenceOfRecord = typename SequenceOfTie<decltype(AirwasmRecordTie(
    std::declval<T&>(), static_cast<const T*>(nullptr)))>::Type;

template <typename T>
struct Record : SequenceOfRecord<T> {
  using Base = SequenceOfRecord<T>;
  static constexpr TypeShape kShape{.kind = ShapeKind::kRecord,
                                    .names = AirwasmRecordNames(static_cast<const T*>(nullptr)),
                                    .parts = Base::kParts};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, T* out) {
    const auto tie = AirwasmRecordTie(*out, out);
    return Base::LiftEach(c, at, handles, [&]<size_t i>() -> auto& { return std::get<i>(tie); });
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const T& v) {
    const auto tie = AirwasmRecordTie(v, &v);
    return Base::LowerEach(c, at, handles,
                           [&]<size_t i>() -> const auto& { return std::get<i>(tie); });
  }
};

// --- variants ---

// Cases Ts, by index.
template <typename... Ts>
struct Cases {
  static constexpr size_t kCount = sizeof...(Ts);
  static constexpr uint32_t kSlots = 1 + std::max({0u, WitType<Ts>::kSlots...});
  static constexpr size_t kHandles = (0 + ... + WitType<Ts>::kHandles);
  static constexpr bool kBitwise = false;
  static constexpr bool kCalls = (false || ... || WitType<Ts>::kCalls);
  static constexpr uint32_t kWidth = BytesOfCases(kCount);
  static constexpr std::array<const TypeShape*, kCount> kParts = {&WitType<Ts>::kShape...};
  using Tag = OneSlot<kWidth>;

  static constexpr uint32_t PayloadAlign(bool is_64) {
    return std::max({1u, WitType<Ts>::Mem(is_64).align...});
  }
  static constexpr uint32_t PayloadOffset(bool is_64) {
    return AlignUp(kWidth, PayloadAlign(is_64));
  }
  static constexpr Layout Mem(bool is_64) {
    const uint32_t align = std::max(kWidth, PayloadAlign(is_64));
    const uint32_t end = PayloadOffset(is_64) + std::max({0u, WitType<Ts>::Mem(is_64).size...});
    return {AlignUp(end, align), align};
  }
  template <typename Place>
  static Place Payload(bool is_64, Place at) {
    if constexpr (Place::kFlat) {
      return {at.p + 1};
    } else {
      return {at.p + PayloadOffset(is_64)};
    }
  }
  // Handles of the cases before case i.
  template <size_t i>
  static constexpr size_t HandlesBefore() {
    constexpr size_t counts[] = {WitType<Ts>::kHandles...};
    size_t sum = 0;
    for (size_t k = 0; k < i; ++k) sum += counts[k];
    return sum;
  }

  // `make.template operator()<i>()` makes case i and returns where its payload goes.
  template <typename Place, typename Make>
  static TrapKind LiftCase(LiftLowerContext& c, Place at, Handles handles, Make make) {
    const uint32_t index = Tag::Read(at);
    if (index >= kCount) return FailDiscriminant(c);
    return [&]<size_t... i>(std::index_sequence<i...>) {
      TrapKind trap = TrapKind::kNone;
      (void)(... || (i == index && (trap = WitType<Ts>::Lift(c, Payload(c.is_64, at),
                                                             handles + HandlesBefore<i>(),
                                                             make.template operator()<i>()),
                                    true)));
      return trap;
    }(std::index_sequence_for<Ts...>());
  }
  // `get.template operator()<i>()` is the payload of case i, which is the one that `index` names.
  template <typename Place, typename Get>
  static TrapKind LowerCase(LiftLowerContext& c, Place at, Handles handles, size_t index, Get get) {
    Tag::Write(at, static_cast<uint32_t>(index));
    if constexpr (Place::kFlat) {
      for (uint32_t i = 1; i < kSlots; ++i) at.p[i] = 0;
    }
    return [&]<size_t... i>(std::index_sequence<i...>) {
      TrapKind trap = TrapKind::kNone;
      (void)(... || (i == index && (trap = WitType<Ts>::Lower(c, Payload(c.is_64, at),
                                                              handles + HandlesBefore<i>(),
                                                              get.template operator()<i>()),
                                    true)));
      return trap;
    }(std::index_sequence_for<Ts...>());
  }
};

template <typename... Ts>
struct Variant : Cases<Ts...> {
  using Base = Cases<Ts...>;
  static constexpr TypeShape kShape{.kind = ShapeKind::kVariant, .parts = Base::kParts};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, std::variant<Ts...>* out) {
    return Base::LiftCase(c, at, handles, [&]<size_t i>() { return &out->template emplace<i>(); });
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles,
                        const std::variant<Ts...>& v) {
    return Base::LowerCase(c, at, handles, v.index(),
                           [&]<size_t i>() -> const auto& { return *std::get_if<i>(&v); });
  }
};

template <typename T>
struct NamedVariant : WitType<decltype(T::value)> {
  using Base = WitType<decltype(T::value)>;
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, T* out) {
    return Base::Lift(c, at, handles, &out->value);
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const T& v) {
    return Base::Lower(c, at, handles, v.value);
  }
};

template <typename T, typename E>
struct ResultType : Cases<T, E> {
  using Base = Cases<T, E>;
  static constexpr TypeShape kShape{.kind = ShapeKind::kResult, .parts = Base::kParts};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, WitResult<T, E>* out) {
    return Base::LiftCase(c, at, handles,
                          [&]<size_t i>() { return &out->value.template emplace<i>(); });
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const WitResult<T, E>& v) {
    return Base::LowerCase(c, at, handles, v.value.index(),
                           [&]<size_t i>() -> const auto& { return *std::get_if<i>(&v.value); });
  }
};

template <typename T>
struct Option : Cases<std::monostate, T> {
  using Base = Cases<std::monostate, T>;
  static constexpr const TypeShape* kPayload[] = {&WitType<T>::kShape};
  static constexpr TypeShape kShape{.kind = ShapeKind::kOption, .parts = kPayload};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, std::optional<T>* out) {
    std::monostate none;
    out->reset();
    return Base::LiftCase(c, at, handles, [&]<size_t i>() {
      if constexpr (i == 0) {
        return &none;
      } else {
        return &out->emplace();
      }
    });
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const std::optional<T>& v) {
    return Base::LowerCase(c, at, handles, v ? 1 : 0, [&]<size_t i>() -> decltype(auto) {
      if constexpr (i == 0) {
        return std::monostate();
      } else {
        return (*v);
      }
    });
  }
};

// --- maps ---

template <typename M>
concept MapLike = requires(M& m) {
  typename M::key_type;
  typename M::mapped_type;
  m.insert_or_assign(std::declval<typename M::key_type>(), std::declval<typename M::mapped_type>());
};

template <MapLike M>
struct Map : Pair {
  using Key = typename M::key_type;
  using Value = typename M::mapped_type;
  using Entry = Sequence<Key, Value>;
  static constexpr size_t kHandles = Entry::kHandles;
  static constexpr TypeShape kShape{.kind = ShapeKind::kMap, .parts = Entry::kParts};

  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, M* out) {
    const Layout layout = Entry::Mem(c.is_64);
    uint64_t count = 0;
    TrapKind trap = TrapKind::kNone;
    uint8_t* p = LiftElements(c, at, layout, sizeof(typename M::value_type), &count, &trap);
    if (p == nullptr) return trap;
    out->clear();
    for (; count != 0; --count, p += layout.size) {
      std::pair<Key, Value> entry;
      trap = Entry::LiftEach(c, Memory{p}, handles,
                             [&]<size_t i>() -> auto& { return std::get<i>(entry); });
      if (trap != TrapKind::kNone) return trap;
      out->insert_or_assign(std::move(entry.first), std::move(entry.second));
    }
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const M& v) {
    const Layout layout = Entry::Mem(c.is_64);
    TrapKind trap = TrapKind::kNone;
    uint8_t* p = LowerElements(c, at, layout, v.size(), &trap);
    if (p == nullptr) return trap;
    for (const auto& entry : v) {
      trap = Entry::LowerEach(c, Memory{p}, handles,
                              [&]<size_t i>() -> const auto& { return std::get<i>(entry); });
      if (trap != TrapKind::kNone) return trap;
      p += layout.size;
    }
    return TrapKind::kNone;
  }
};

}  // namespace component::abi

template <typename... Ts>
struct WitType<std::tuple<Ts...>> : component::abi::Tuple<Ts...> {};
template <WitRecord T>
struct WitType<T> : component::abi::Record<T> {};
template <typename... Ts>
struct WitType<std::variant<Ts...>> : component::abi::Variant<Ts...> {};
template <WitVariant T>
struct WitType<T> : component::abi::NamedVariant<T> {};
template <typename T, typename E>
struct WitType<WitResult<T, E>> : component::abi::ResultType<T, E> {};
template <typename T>
struct WitType<std::optional<T>> : component::abi::Option<T> {};
template <component::abi::MapLike M>
struct WitType<M> : component::abi::Map<M> {};

}  // namespace airwasm
