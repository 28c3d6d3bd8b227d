// Structs, arrays and exceptions of the guest's garbage-collected heap, seen by the host.
//
//   absl::StatusOr<StructRef> point = StructRef::From(store, *result);
//   absl::StatusOr<Value> x = point->Get(0);
//
// Types are engine-wide ids, as they stand in the types of functions:
// `func.type().results[0].heap_type().index()`. Packed fields are read and written as i32: read
// without sign, written by their lower bits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/externs.h"
#include "airwasm/store.h"
#include "airwasm/value.h"

namespace airwasm {

// Valid as long as the store, and keeps its object alive. Threads: as the store.
class StructRef {
 public:
  // Errors: INVALID_ARGUMENT    no struct type, or values that do not match its fields
  //         RESOURCE_EXHAUSTED  the heap is at its limit
  static absl::StatusOr<StructRef> New(Store& store, TypeId type, std::span<const Value> fields);
  // INVALID_ARGUMENT when `ref` is no struct of `store`.
  static absl::StatusOr<StructRef> From(Store& store, const Ref& ref);

  const Ref& ref() const { return ref_; }
  TypeId type() const;
  std::vector<FieldType> fields() const;
  // Errors: OUT_OF_RANGE
  absl::StatusOr<Value> Get(uint32_t field) const;
  // Errors: OUT_OF_RANGE; FAILED_PRECONDITION the field is immutable; INVALID_ARGUMENT a value of
  // another type
  absl::Status Set(uint32_t field, const Value& value) const;

 private:
  StructRef(runtime::Store* store, Ref ref) : store_(store), ref_(std::move(ref)) {}
  runtime::Store* store_;
  Ref ref_;
};

// As StructRef.
class ArrayRef {
 public:
  // `length` times `init`. Errors as StructRef::New
  static absl::StatusOr<ArrayRef> New(Store& store, TypeId type, uint32_t length,
                                      const Value& init);
  static absl::StatusOr<ArrayRef> From(Store& store, const Ref& ref);

  const Ref& ref() const { return ref_; }
  TypeId type() const;
  FieldType element() const;
  uint32_t length() const;
  // Errors as StructRef's.
  absl::StatusOr<Value> Get(uint32_t index) const;
  absl::Status Set(uint32_t index, const Value& value) const;

 private:
  ArrayRef(runtime::Store* store, Ref ref) : store_(store), ref_(std::move(ref)) {}
  runtime::Store* store_;
  Ref ref_;
};

// What was thrown: Trap::exception(), or an exnref that the guest handed out.
class ExceptionRef {
 public:
  // INVALID_ARGUMENT when `ref` is no exception of `store`.
  static absl::StatusOr<ExceptionRef> From(Store& store, const Ref& ref);
  Tag tag() const;
  std::vector<Value> payload() const;

 private:
  ExceptionRef(runtime::Store* store, Ref ref) : store_(store), ref_(std::move(ref)) {}
  runtime::Store* store_;
  Ref ref_;
};

}  // namespace airwasm
