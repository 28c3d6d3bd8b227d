#include "airwasm/gc_objects.h"

#include <cstring>

#include "engine/api/engine_impl.h"
#include "engine/base/format.h"

namespace airwasm {
namespace {

// A field of an object, or an element, where it lies.
struct Place {
  uint8_t* at;
  const FieldType* type;
};

gc::Object* ObjectOf(const Ref& ref) {
  return gc::ToObject(ref.raw());
}

bool IsHeapObject(const runtime::Store& store, const Ref& ref) {
  return !ref.IsNull() && !ref.IsI31() &&
         const_cast<runtime::Store&>(store).heap().Contains(ObjectOf(ref));
}

// The type of the object that `ref` refers to in `store`; null when it is not one that a type
// section declares.
const CanonicalType* TypeOf(const runtime::Store& store, const Ref& ref, CompositeKind kind) {
  if (!IsHeapObject(store, ref)) return nullptr;
  const TypeId id = ObjectOf(ref)->type;
  if (id == gc::kExternBoxType || id == gc::kExceptionType) return nullptr;
  const CanonicalType& type = store.types().Get(id);
  return type.type.kind == kind ? &type : nullptr;
}

Value Load(runtime::Store* store, const Place& place) {
  uint64_t slots[2] = {};
  std::memcpy(slots, place.at, place.type->size_bytes());
  return internal::LoadValue(store, place.type->type, slots);
}

// `value` has the type of the place.
void Save(const Value& value, const Place& place) {
  uint64_t slots[2] = {};
  internal::SaveValue(value, slots);
  std::memcpy(place.at, slots, place.type->size_bytes());
}

absl::Status CheckValue(const runtime::Store& store, const Value& value, const FieldType& type) {
  if (internal::ValueHasType(store.types(), value, type.type)) return absl::OkStatus();
  return absl::InvalidArgumentError(FormatText("the field is of type %s, the value of %s",
                                               type.type.ToString(), value.type().ToString()));
}

absl::Status Assign(const runtime::Store& store, const Value& value, const Place& place) {
  if (!place.type->mut) return absl::FailedPreconditionError("the field is immutable");
  if (absl::Status status = CheckValue(store, value, *place.type); !status.ok()) return status;
  Save(value, place);
  return absl::OkStatus();
}

absl::Status HeapIsFull() {
  return absl::ResourceExhaustedError("the garbage-collected heap is at its limit");
}

absl::StatusOr<Place> FieldOf(const runtime::Store& store, const Ref& ref, uint32_t field) {
  const CanonicalType& type = store.types().Get(ObjectOf(ref)->type);
  if (field >= type.type.fields.size()) {
    return absl::OutOfRangeError(
        FormatText("field %d of a struct of %d", field, type.type.fields.size()));
  }
  return Place{reinterpret_cast<uint8_t*>(ObjectOf(ref)) + type.field_offsets[field],
               &type.type.fields[field]};
}

absl::StatusOr<Place> ElementOf(const runtime::Store& store, const Ref& ref, uint32_t index) {
  const CanonicalType& type = store.types().Get(ObjectOf(ref)->type);
  auto* const array = reinterpret_cast<gc::ArrayObject*>(ObjectOf(ref));
  if (index >= array->length) {
    return absl::OutOfRangeError(FormatText("element %d of an array of %d", index, array->length));
  }
  return Place{array->elements() + uint64_t{index} * type.elem_size_bytes, &type.type.fields[0]};
}

}  // namespace

absl::StatusOr<StructRef> StructRef::New(Store& store, TypeId id, std::span<const Value> fields) {
  runtime::Store& rt = store.impl();
  const CanonicalType& type = rt.types().Get(id);
  if (type.type.kind != CompositeKind::kStruct)
    return absl::InvalidArgumentError("the type is no struct type");
  if (fields.size() != type.type.fields.size()) {
    return absl::InvalidArgumentError(FormatText("the struct has %d fields, got %d values",
                                                 type.type.fields.size(), fields.size()));
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (absl::Status status = CheckValue(rt, fields[i], type.type.fields[i]); !status.ok())
      return status;
  }
  gc::Object* const object = rt.heap().NewStruct(type);
  if (object == nullptr) return HeapIsFull();
  for (size_t i = 0; i < fields.size(); ++i) {
    Save(fields[i],
         {reinterpret_cast<uint8_t*>(object) + type.field_offsets[i], &type.type.fields[i]});
  }
  return StructRef(&rt, Ref::FromRaw(&rt, gc::ToRef(object)));
}

absl::StatusOr<StructRef> StructRef::From(Store& store, const Ref& ref) {
  if (TypeOf(store.impl(), ref, CompositeKind::kStruct) == nullptr) {
    return absl::InvalidArgumentError("the reference is to no struct of this store");
  }
  return StructRef(&store.impl(), ref);
}

TypeId StructRef::type() const {
  return ObjectOf(ref_)->type;
}
std::vector<FieldType> StructRef::fields() const {
  return store_->types().Get(type()).type.fields;
}

absl::StatusOr<Value> StructRef::Get(uint32_t field) const {
  const absl::StatusOr<Place> place = FieldOf(*store_, ref_, field);
  if (!place.ok()) return place.status();
  return Load(store_, *place);
}

absl::Status StructRef::Set(uint32_t field, const Value& value) const {
  const absl::StatusOr<Place> place = FieldOf(*store_, ref_, field);
  return place.ok() ? Assign(*store_, value, *place) : place.status();
}

absl::StatusOr<ArrayRef> ArrayRef::New(Store& store, TypeId id, uint32_t length,
                                       const Value& init) {
  runtime::Store& rt = store.impl();
  const CanonicalType& type = rt.types().Get(id);
  if (type.type.kind != CompositeKind::kArray)
    return absl::InvalidArgumentError("the type is no array type");
  if (absl::Status status = CheckValue(rt, init, type.type.fields[0]); !status.ok()) return status;
  gc::ArrayObject* const array = rt.heap().NewArray(type, length);
  if (array == nullptr) return HeapIsFull();
  for (uint32_t i = 0; i < length; ++i) {
    Save(init, {array->elements() + uint64_t{i} * type.elem_size_bytes, &type.type.fields[0]});
  }
  return ArrayRef(&rt, Ref::FromRaw(&rt, gc::ToRef(array)));
}

absl::StatusOr<ArrayRef> ArrayRef::From(Store& store, const Ref& ref) {
  if (TypeOf(store.impl(), ref, CompositeKind::kArray) == nullptr) {
    return absl::InvalidArgumentError("the reference is to no array of this store");
  }
  return ArrayRef(&store.impl(), ref);
}

TypeId ArrayRef::type() const {
  return ObjectOf(ref_)->type;
}
FieldType ArrayRef::element() const {
  return store_->types().Get(type()).type.fields[0];
}
uint32_t ArrayRef::length() const {
  return reinterpret_cast<const gc::ArrayObject*>(ObjectOf(ref_))->length;
}

absl::StatusOr<Value> ArrayRef::Get(uint32_t index) const {
  const absl::StatusOr<Place> place = ElementOf(*store_, ref_, index);
  if (!place.ok()) return place.status();
  return Load(store_, *place);
}

absl::Status ArrayRef::Set(uint32_t index, const Value& value) const {
  const absl::StatusOr<Place> place = ElementOf(*store_, ref_, index);
  return place.ok() ? Assign(*store_, value, *place) : place.status();
}

absl::StatusOr<ExceptionRef> ExceptionRef::From(Store& store, const Ref& ref) {
  if (!IsHeapObject(store.impl(), ref) || ObjectOf(ref)->type != gc::kExceptionType) {
    return absl::InvalidArgumentError("the reference is to no exception of this store");
  }
  return ExceptionRef(&store.impl(), ref);
}

Tag ExceptionRef::tag() const {
  const auto* const exception = reinterpret_cast<const gc::ExceptionObject*>(ObjectOf(ref_));
  return Tag(store_, static_cast<runtime::TagInst*>(exception->tag));
}

std::vector<Value> ExceptionRef::payload() const {
  auto* const exception = reinterpret_cast<gc::ExceptionObject*>(ObjectOf(ref_));
  return internal::LoadValues(store_, tag().type().params, exception->slots());
}

}  // namespace airwasm
