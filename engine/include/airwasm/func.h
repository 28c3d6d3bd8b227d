// Functions: dynamic calls with Values, typed calls by template.
//
//   absl::StatusOr<TypedFunc<int32_t(int32_t)>> f = instance.Get<int32_t(int32_t)>("f");
//   Result<int32_t> r = (*f)(7);          // a value or a Trap
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/store.h"
#include "airwasm/trap.h"
#include "airwasm/types.h"
#include "airwasm/value.h"

namespace airwasm {

class Caller;
class Func;

using CallResult = Result<std::vector<Value>>;

// How C++ types stand for wasm types: bool (results only), integers of 32 and 64 bits, float,
// double, V128Bytes, Ref (as anyref or externref).
template <typename T>
struct WasmType;  // undefined: this C++ type has no wasm counterpart

namespace internal {

template <typename T, ValKind kind>
struct ScalarWasmType {
  static constexpr ValType kType = kind;
  static constexpr uint32_t kSlots = 1;
  static T Load(runtime::Store*, const uint64_t* slots) {
    T value;
    std::memcpy(&value, slots, sizeof value);
    return value;
  }
  // One store of the whole slot: code relies on the zero upper half of a 32-bit value, and whoever
  // loads the slot next must not wait for two.
  static void Save(const T& value, uint64_t* slots) {
    if constexpr (sizeof(T) <= sizeof(uint64_t)) {
      uint64_t word = 0;
      std::memcpy(&word, &value, sizeof value);
      *slots = word;
    } else {
      std::memcpy(slots, &value, sizeof value);
    }
  }
};

// Runs `func` with its arguments in `slots`; the results come back there. False: trapped; TakeTrap
// says how.
bool CallSlots(runtime::Store* store, runtime::FuncInst* func, uint64_t* slots);
std::unique_ptr<Trap> TakeTrap(runtime::Store* store);

// The same in one. Null: fine, else the trap.
std::unique_ptr<Trap> CallRaw(runtime::Store* store, runtime::FuncInst* func, uint64_t* slots);

}  // namespace internal

template <>
struct WasmType<int32_t> : internal::ScalarWasmType<int32_t, ValKind::kI32> {};
template <>
struct WasmType<uint32_t> : internal::ScalarWasmType<uint32_t, ValKind::kI32> {};
template <>
struct WasmType<int64_t> : internal::ScalarWasmType<int64_t, ValKind::kI64> {};
template <>
struct WasmType<uint64_t> : internal::ScalarWasmType<uint64_t, ValKind::kI64> {};
template <>
struct WasmType<float> : internal::ScalarWasmType<float, ValKind::kF32> {};
template <>
struct WasmType<double> : internal::ScalarWasmType<double, ValKind::kF64> {};
template <>
struct WasmType<V128Bytes> : internal::ScalarWasmType<V128Bytes, ValKind::kV128> {
  static constexpr uint32_t kSlots = 2;
};
template <>
struct WasmType<Ref> {
  static constexpr ValType kType = kExternRef;
  static constexpr uint32_t kSlots = 1;
  static Ref Load(runtime::Store* store, const uint64_t* slots) {
    return Ref::FromRaw(store, *slots);
  }
  static void Save(const Ref& value, uint64_t* slots) { *slots = value.raw(); }
};

namespace internal {

// Slot of each type when laid out one behind the other; v128 begins at an even slot. The last entry
// is the total.
template <typename... T>
constexpr std::array<uint32_t, sizeof...(T) + 1> SlotOffsets() {
  std::array<uint32_t, sizeof...(T) + 1> offsets{};
  uint32_t slot = 0;
  size_t i = 0;
  ((slot += WasmType<T>::kSlots == 2 ? slot % 2 : 0, offsets[i++] = slot,
    slot += WasmType<T>::kSlots),
   ...);
  offsets[i] = slot;
  return offsets;
}

// Results: void is none, a std::tuple is several.
template <typename R>
struct ResultTypes {
  static constexpr std::array<ValType, 1> kTypes{WasmType<R>::kType};
  static std::vector<ValType> Types() { return {kTypes.begin(), kTypes.end()}; }
  static constexpr uint32_t kSlots = WasmType<R>::kSlots;
  static R Load(runtime::Store* store, const uint64_t* slots) {
    return WasmType<R>::Load(store, slots);
  }
  static void Save(const R& value, uint64_t* slots) { WasmType<R>::Save(value, slots); }
};
template <>
struct ResultTypes<void> {
  static constexpr std::array<ValType, 0> kTypes{};
  static std::vector<ValType> Types() { return {}; }
  static constexpr uint32_t kSlots = 0;
};
template <typename... R>
struct ResultTypes<std::tuple<R...>> {
  static constexpr auto kOffsets = SlotOffsets<R...>();
  static constexpr std::array<ValType, sizeof...(R)> kTypes{WasmType<R>::kType...};
  static std::vector<ValType> Types() { return {kTypes.begin(), kTypes.end()}; }
  static constexpr uint32_t kSlots = kOffsets.back();
  static std::tuple<R...> Load(runtime::Store* store, const uint64_t* slots) {
    return LoadEach(store, slots, std::index_sequence_for<R...>());
  }
  static void Save(const std::tuple<R...>& value, uint64_t* slots) {
    SaveEach(value, slots, std::index_sequence_for<R...>());
  }

 private:
  template <size_t... I>
  static std::tuple<R...> LoadEach(runtime::Store* store, const uint64_t* slots,
                                   std::index_sequence<I...>) {
    return {WasmType<R>::Load(store, slots + kOffsets[I])...};
  }
  template <size_t... I>
  static void SaveEach(const std::tuple<R...>& value, uint64_t* slots, std::index_sequence<I...>) {
    (WasmType<R>::Save(std::get<I>(value), slots + kOffsets[I]), ...);
  }
};

}  // namespace internal

template <typename Signature>
class TypedFunc;

// A function of known type, checked once when it was made. FAST: bench/call_host_to_wasm.
template <typename R, typename... Args>
class TypedFunc<R(Args...)> {
 public:
  // Calls, and returns when the guest does. References in `args` must belong to the function's
  // store. Threads: one call at a time per Store.
  Result<R> operator()(const Args&... args) const {
    uint64_t slots[kSlots];
    Save(slots, std::index_sequence_for<Args...>(), args...);
    if (!internal::CallSlots(store_, func_, slots)) [[unlikely]]
      return Result<R>(internal::TakeTrap(store_));
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return internal::ResultTypes<R>::Load(store_, slots);
    }
  }

 private:
  friend class Func;
  static constexpr uint32_t kSlots =
      std::max({1u, internal::SlotOffsets<Args...>().back(), internal::ResultTypes<R>::kSlots});
  TypedFunc(runtime::Store* store, runtime::FuncInst* func) : store_(store), func_(func) {}
  template <size_t... I>
  static void Save(uint64_t* slots, std::index_sequence<I...>, const Args&... args) {
    constexpr auto kOffsets = internal::SlotOffsets<Args...>();
    (WasmType<Args>::Save(args, slots + kOffsets[I]), ...);
    (void)slots;
    (void)kOffsets;
  }
  runtime::Store* store_;
  runtime::FuncInst* func_;
};

// A function of some store, wasm or host. A handle: cheap to copy, valid as long as the store.
class Func {
 public:
  // A host function with a dynamic type. `call` gets the arguments and returns the results, or a
  // Trap; results that do not match `type` are an error that traps (kHostError). Concrete reference
  // types in `type` are engine-wide type ids.
  using Callback =
      std::function<Result<std::vector<Value>>(Caller& caller, std::span<const Value> args)>;
  static Func New(Store& store, const FuncType& type, Callback call);

  FuncType type() const;

  // Errors: INVALID_ARGUMENT    args differ from the type in number or type
  //         RESOURCE_EXHAUSTED  the host has no memory for arguments or results
  absl::StatusOr<CallResult> Call(std::span<const Value> args) const;

  // Errors: INVALID_ARGUMENT  the function has another type; both are named
  template <typename Signature>
  absl::StatusOr<TypedFunc<Signature>> Typed() const {
    if (absl::Status status = CheckSignature(static_cast<TypedFunc<Signature>*>(nullptr));
        !status.ok())
      return status;
    return TypedFunc<Signature>(store_, func_);
  }

  Func(runtime::Store* store, runtime::FuncInst* func) : store_(store), func_(func) {}
  runtime::FuncInst* impl() const { return func_; }  // for the engine's own layers
  runtime::Store* store_impl() const { return store_; }

 private:
  absl::Status CheckType(std::span<const ValType> params, std::span<const ValType> results) const;
  template <typename R, typename... Args>
  absl::Status CheckSignature(TypedFunc<R(Args...)>*) const {
    static constexpr std::array<ValType, sizeof...(Args)> kParams{WasmType<Args>::kType...};
    return CheckType(kParams, internal::ResultTypes<R>::kTypes);
  }
  runtime::Store* store_;
  runtime::FuncInst* func_;
};

}  // namespace airwasm
