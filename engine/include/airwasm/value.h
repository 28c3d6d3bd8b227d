// Values that cross between host and guest.
//
// A Value is a number, a vector or a reference. References to garbage-collected objects are rooted
// by a Ref, so that the collector keeps them for as long as some Ref (or Value) holds them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <variant>

#include "airwasm/types.h"

namespace airwasm {

class Func;
class Store;

using V128Bytes = std::array<uint8_t, 16>;  // little endian, lane 0 first

namespace runtime {
class Store;
struct FuncInst;
}  // namespace runtime

// A reference value: null, a function, an i31, a host value in an externref, or an object of a
// store's garbage-collected heap. Copying is cheap.
//
// Threads: as the store that it belongs to. A Ref must not outlive its store.
class Ref {
 public:
  Ref() = default;  // null
  static Ref FromFunc(const Func& func);
  static Ref FromI31(int32_t value);  // the lower 31 bits
  // An externref that carries `host_value`. Equal host values make distinct references.
  // Errors: nothing is thrown; a null Ref comes back when the store's heap is at its limit.
  static Ref NewExtern(Store& store, uint64_t host_value);

  bool IsNull() const { return bits_ == 0; }
  bool IsI31() const { return (bits_ & 1) != 0; }
  int32_t i31() const;          // only if IsI31()
  bool IsExtern() const;        // carries a host value
  uint64_t host_value() const;  // only if IsExtern()

  // ref.eq: the same object, the same i31, or both null.
  bool operator==(const Ref& other) const { return bits_ == other.bits_; }

  // The word that the guest sees, and a Ref of one, rooted in `store`. For the engine's own layers.
  uint64_t raw() const { return bits_; }
  static Ref FromRaw(runtime::Store* store, uint64_t raw);

 private:
  struct Root;
  uint64_t bits_ = 0;
  std::shared_ptr<Root> root_;  // set for heap objects
};

class Value {
 public:
  Value() : Value(int32_t{0}) {}
  Value(int32_t v) : type_(kI32) { Set(v); }            // NOLINT(google-explicit-constructor)
  Value(uint32_t v) : type_(kI32) { Set(v); }           // NOLINT(google-explicit-constructor)
  Value(int64_t v) : type_(kI64) { Set(v); }            // NOLINT(google-explicit-constructor)
  Value(uint64_t v) : type_(kI64) { Set(v); }           // NOLINT(google-explicit-constructor)
  Value(float v) : type_(kF32) { Set(v); }              // NOLINT(google-explicit-constructor)
  Value(double v) : type_(kF64) { Set(v); }             // NOLINT(google-explicit-constructor)
  Value(const V128Bytes& v) : type_(kV128) { Set(v); }  // NOLINT(google-explicit-constructor)
  // `type` says which reference type the value is meant for: kFuncRef, kExternRef, kAnyRef, ...
  Value(Ref ref, ValType type) : type_(type), ref_(std::move(ref)) {}

  // A number or vector by its bits, low bytes first: keeps the payload of a signalling NaN, which
  // passing a float need not.
  static Value FromBits(ValType type, const V128Bytes& bytes) {
    Value value(bytes);
    value.type_ = type;
    return value;
  }

  ValType type() const { return type_; }
  // The payload; the caller has looked at type(). i32 and f32 accept the 32-bit types, and so on.
  int32_t i32() const { return Get<int32_t>(); }
  int64_t i64() const { return Get<int64_t>(); }
  float f32() const { return Get<float>(); }
  double f64() const { return Get<double>(); }
  V128Bytes v128() const { return bytes_; }
  const Ref& ref() const { return ref_; }

  std::string ToString() const;  // "i32:7", "f64:0x1.8p+1", "ref.null"

 private:
  template <typename T>
  void Set(const T& v) {
    std::memcpy(bytes_.data(), &v, sizeof v);
  }
  template <typename T>
  T Get() const {
    T v;
    std::memcpy(&v, bytes_.data(), sizeof v);
    return v;
  }
  ValType type_;
  V128Bytes bytes_{};
  Ref ref_;
};

}  // namespace airwasm
