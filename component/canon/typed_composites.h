// C++ tuples, records, options, variants and results as component types.
#pragma once

#include "component/canon/typed_values.h"

namespace airwasm::component::canon {

constexpr uint32_t AlignUp(uint32_t offset, uint32_t align) {
  return (offset + align - 1) & ~(align - 1);
}

// --- tuples and records ---

// The layout of some types one behind the other.
template <typename... Ts>
struct Sequence {
  static constexpr size_t kCount = sizeof...(Ts);
  static constexpr uint32_t kSlots = (0 + ... + Abi<Ts>::kSlots);
  static constexpr size_t kHandles = (0 + ... + Abi<Ts>::kHandles);

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
          const Layout layout = Abi<Ts>::Mem(is_64);
          at = AlignUp(at, layout.align);
          o.memory[i] = at;
          at += layout.size;
          o.align = layout.align > o.align ? layout.align : o.align;
          o.slot[i + 1] = o.slot[i] + Abi<Ts>::kSlots;
          o.handle[i + 1] = o.handle[i] + static_cast<uint32_t>(Abi<Ts>::kHandles);
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
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, Get get) {
    return [&]<size_t... i>(std::index_sequence<i...>) {
      TrapKind trap = TrapKind::kNone;
      (void)(... && ((trap = Abi<Ts>::Lift(c, Part<i>(c.is_64, at), handles + kOffsets32.handle[i],
                                           &get.template operator()<i>())) == TrapKind::kNone));
      return trap;
    }(std::index_sequence_for<Ts...>());
  }
  template <typename Place, typename Get>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, Get get) {
    return [&]<size_t... i>(std::index_sequence<i...>) {
      TrapKind trap = TrapKind::kNone;
      (void)(... && ((trap = Abi<Ts>::Lower(c, Part<i>(c.is_64, at), handles + kOffsets32.handle[i],
                                            get.template operator()<i>())) == TrapKind::kNone));
      return trap;
    }(std::index_sequence_for<Ts...>());
  }
};

template <typename... Ts>
struct Abi<std::tuple<Ts...>> : Sequence<Ts...> {
  using Base = Sequence<Ts...>;
  static constexpr bool kBitwise = false;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const tuple = TypeAs<TupleType>(binding, type);
    if (tuple == nullptr || tuple->types.size() != sizeof...(Ts)) return false;
    size_t i = 0;
    return (... && Abi<Ts>::Bind(binding, tuple->types[i++]));
  }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, std::tuple<Ts...>* out) {
    return Base::Lift(c, at, handles, [&]<size_t i>() -> auto& { return std::get<i>(*out); });
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, const std::tuple<Ts...>& v) {
    return Base::Lower(c, at, handles, [&]<size_t i>() -> const auto& { return std::get<i>(v); });
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

template <typename Tie>
struct SequenceOfTie;
template <typename... Ts>
struct SequenceOfTie<std::tuple<Ts&...>> {
  using Type = Sequence<std::remove_const_t<Ts>...>;
  static bool Bind(Binding& binding, const std::vector<Field>& fields) {
    size_t i = 0;
    return (... && Abi<std::remove_const_t<Ts>>::Bind(binding, fields[i++].type));
  }
};

// Does the next name of the list "a, b_c" say `name`? Moves the list on.
inline bool NextNameIs(std::string_view& list, std::string_view name) {
  const size_t end = list.find(',');
  std::string_view next = list.substr(0, end);
  list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
  while (!next.empty() && next.front() == ' ') next.remove_prefix(1);
  while (!next.empty() && (next.back() == '_' || next.back() == ' ')) next.remove_suffix(1);
  if (next.size() != name.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (next[i] != (name[i] == '-' ? '_' : name[i])) return false;
  }
  return true;
}

template <WitRecord T>
struct Abi<T> {
  using Parts =
      SequenceOfTie<decltype(AirwasmRecordTie(std::declval<T&>(), static_cast<const T*>(nullptr)))>;
  using Base = typename Parts::Type;
  static constexpr uint32_t kSlots = Base::kSlots;
  static constexpr size_t kHandles = Base::kHandles;
  static constexpr bool kBitwise = false;
  static constexpr Layout Mem(bool is_64) { return Base::Mem(is_64); }

  static bool Bind(Binding& binding, ValType type) {
    const auto* const record = TypeAs<RecordType>(binding, type);
    if (record == nullptr || record->fields.size() != Base::kCount) return false;
    std::string_view names = AirwasmRecordNames(static_cast<const T*>(nullptr));
    for (const Field& field : record->fields) {
      if (!NextNameIs(names, field.name)) return false;
    }
    return Parts::Bind(binding, record->fields);
  }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, T* out) {
    const auto tie = AirwasmRecordTie(*out, out);
    return Base::Lift(c, at, handles, [&]<size_t i>() -> auto& { return std::get<i>(tie); });
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, const T& v) {
    const auto tie = AirwasmRecordTie(v, &v);
    return Base::Lower(c, at, handles, [&]<size_t i>() -> const auto& { return std::get<i>(tie); });
  }
};

// --- variants ---

// A case without a payload.
template <>
struct Abi<std::monostate> {
  static constexpr uint32_t kSlots = 0;
  static constexpr size_t kHandles = 0;
  static constexpr bool kBitwise = false;
  static constexpr Layout Mem(bool) { return {0, 1}; }
  template <typename Place>
  static TrapKind Lift(TypedContext&, Place, Handles, std::monostate*) {
    return TrapKind::kNone;
  }
  template <typename Place>
  static TrapKind Lower(TypedContext&, Place, Handles, std::monostate) {
    return TrapKind::kNone;
  }
};

template <typename T>
bool BindCase(Binding& binding, const std::optional<ValType>& type) {
  if constexpr (std::is_same_v<T, std::monostate>) {
    return !type;
  } else {
    return type && Abi<T>::Bind(binding, *type);
  }
}

// Cases Ts, by index.
template <typename... Ts>
struct Cases {
  static constexpr size_t kCount = sizeof...(Ts);
  static constexpr uint32_t kSlots = 1 + std::max({0u, Abi<Ts>::kSlots...});
  static constexpr size_t kHandles = (0 + ... + Abi<Ts>::kHandles);
  static constexpr uint32_t kWidth = BytesOfCases(kCount);
  using Tag = OneSlot<kWidth>;

  static constexpr uint32_t PayloadAlign(bool is_64) {
    return std::max({1u, Abi<Ts>::Mem(is_64).align...});
  }
  static constexpr uint32_t PayloadOffset(bool is_64) {
    return AlignUp(kWidth, PayloadAlign(is_64));
  }
  static constexpr Layout Mem(bool is_64) {
    const uint32_t align = std::max(kWidth, PayloadAlign(is_64));
    const uint32_t end = PayloadOffset(is_64) + std::max({0u, Abi<Ts>::Mem(is_64).size...});
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
    constexpr size_t counts[] = {Abi<Ts>::kHandles...};
    size_t sum = 0;
    for (size_t k = 0; k < i; ++k) sum += counts[k];
    return sum;
  }

  // `make.template operator()<i>()` makes case i and returns where its payload goes.
  template <typename Place, typename Make>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, Make make) {
    const uint32_t index = Tag::Read(at);
    if (index >= kCount) return FailDiscriminant(c.store);
    return [&]<size_t... i>(std::index_sequence<i...>) {
      TrapKind trap = TrapKind::kNone;
      (void)(... || (i == index &&
                     (trap = Abi<Ts>::Lift(c, Payload(c.is_64, at), handles + HandlesBefore<i>(),
                                           make.template operator()<i>()),
                      true)));
      return trap;
    }(std::index_sequence_for<Ts...>());
  }
  // `get.template operator()<i>()` is the payload of case i, which is the one that `index` names.
  template <typename Place, typename Get>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, size_t index, Get get) {
    Tag::Write(at, static_cast<uint32_t>(index));
    if constexpr (Place::kFlat) {
      for (uint32_t i = 1; i < kSlots; ++i) at.p[i] = 0;
    }
    return [&]<size_t... i>(std::index_sequence<i...>) {
      TrapKind trap = TrapKind::kNone;
      (void)(... || (i == index &&
                     (trap = Abi<Ts>::Lower(c, Payload(c.is_64, at), handles + HandlesBefore<i>(),
                                            get.template operator()<i>()),
                      true)));
      return trap;
    }(std::index_sequence_for<Ts...>());
  }
};

template <typename... Ts>
struct Abi<std::variant<Ts...>> : Cases<Ts...> {
  using Base = Cases<Ts...>;
  static constexpr bool kBitwise = false;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const def = TypeAs<VariantType>(binding, type);
    if (def == nullptr || def->cases.size() != sizeof...(Ts)) return false;
    size_t i = 0;
    return (... && BindCase<Ts>(binding, def->cases[i++].type));
  }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, std::variant<Ts...>* out) {
    return Base::Lift(c, at, handles, [&]<size_t i>() { return &out->template emplace<i>(); });
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, const std::variant<Ts...>& v) {
    return Base::Lower(c, at, handles, v.index(),
                       [&]<size_t i>() -> const auto& { return *std::get_if<i>(&v); });
  }
};

template <typename T, typename E>
struct Abi<WitResult<T, E>> : Cases<T, E> {
  using Base = Cases<T, E>;
  static constexpr bool kBitwise = false;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const def = TypeAs<ResultType>(binding, type);
    return def != nullptr && BindCase<T>(binding, def->ok) && BindCase<E>(binding, def->error);
  }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, WitResult<T, E>* out) {
    return Base::Lift(c, at, handles,
                      [&]<size_t i>() { return &out->value.template emplace<i>(); });
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, const WitResult<T, E>& v) {
    return Base::Lower(c, at, handles, v.value.index(),
                       [&]<size_t i>() -> const auto& { return *std::get_if<i>(&v.value); });
  }
};

template <typename T>
struct Abi<std::optional<T>> : Cases<std::monostate, T> {
  using Base = Cases<std::monostate, T>;
  static constexpr bool kBitwise = false;
  static bool Bind(Binding& binding, ValType type) {
    const auto* const def = TypeAs<OptionType>(binding, type);
    return def != nullptr && Abi<T>::Bind(binding, def->type);
  }
  template <typename Place>
  static TrapKind Lift(TypedContext& c, Place at, Handles handles, std::optional<T>* out) {
    std::monostate none;
    out->reset();
    return Base::Lift(c, at, handles, [&]<size_t i>() {
      if constexpr (i == 0) {
        return &none;
      } else {
        return &out->emplace();
      }
    });
  }
  template <typename Place>
  static TrapKind Lower(TypedContext& c, Place at, Handles handles, const std::optional<T>& v) {
    return Base::Lower(c, at, handles, v ? 1 : 0, [&]<size_t i>() -> decltype(auto) {
      if constexpr (i == 0) {
        return std::monostate();
      } else {
        return (*v);
      }
    });
  }
};

}  // namespace airwasm::component::canon
