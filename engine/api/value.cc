#include "airwasm/value.h"

#include "airwasm/func.h"
#include "engine/api/engine_impl.h"
#include "engine/base/format.h"

namespace airwasm {

// One root of a store's heap.
struct Ref::Root {
  Root(runtime::Store* s, uint64_t raw) : store(s), handle(s->heap().AddRoot(raw)) {}
  ~Root() { store->heap().RemoveRoot(handle); }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  runtime::Store* store;
  uint32_t handle;
};

Ref Ref::FromFunc(const Func& func) {
  Ref ref;
  ref.bits_ = reinterpret_cast<uint64_t>(func.impl());
  return ref;
}

Ref Ref::FromI31(int32_t value) {
  Ref ref;
  ref.bits_ = gc::MakeI31(static_cast<uint32_t>(value));
  return ref;
}

Ref Ref::NewExtern(Store& store, uint64_t host_value) {
  gc::ExternBox* const box = store.impl().heap().NewExternBox(host_value);
  return FromRaw(&store.impl(), gc::ToRef(box));
}

Ref Ref::FromRaw(runtime::Store* store, uint64_t raw) {
  Ref ref;
  ref.bits_ = raw;
  if (raw != gc::kNullRef && !gc::IsI31(raw) && store->heap().Contains(gc::ToObject(raw))) {
    ref.root_ = std::make_shared<Root>(store, raw);
  }
  return ref;
}

int32_t Ref::i31() const {
  return gc::I31GetS(bits_);
}

bool Ref::IsExtern() const {
  return root_ != nullptr && gc::ToObject(bits_)->type == gc::kExternBoxType;
}

uint64_t Ref::host_value() const {
  return reinterpret_cast<const gc::ExternBox*>(bits_)->host_value;
}

std::string Value::ToString() const {
  switch (type_.kind()) {
    case ValKind::kI32:
      return FormatText("i32:%d", i32());
    case ValKind::kI64:
      return FormatText("i64:%d", i64());
    case ValKind::kF32:
      return FormatText("f32:%a", f32());
    case ValKind::kF64:
      return FormatText("f64:%a", f64());
    case ValKind::kV128: {
      std::string text = "v128:";
      for (size_t i = bytes_.size(); i-- > 0;) text += FormatText("%02x", bytes_[i]);
      return text;
    }
    case ValKind::kRef:
      if (ref_.IsNull()) return "ref.null";
      if (ref_.IsI31() && type_.heap_type().kind() != HeapKind::kFunc)
        return FormatText("ref.i31:%d", ref_.i31());
      if (ref_.IsExtern()) return FormatText("ref.extern:%d", ref_.host_value());
      return type_.ToString();
    case ValKind::kBottom:
      break;
  }
  return "unknown";
}

namespace internal {

Value LoadValue(runtime::Store* store, ValType type, const uint64_t* slots) {
  switch (type.kind()) {
    case ValKind::kI32:
      return WasmType<int32_t>::Load(store, slots);
    case ValKind::kI64:
      return WasmType<int64_t>::Load(store, slots);
    case ValKind::kF32:
      return WasmType<float>::Load(store, slots);
    case ValKind::kF64:
      return WasmType<double>::Load(store, slots);
    case ValKind::kV128:
      return WasmType<V128Bytes>::Load(store, slots);
    case ValKind::kRef:
    case ValKind::kBottom:
      break;
  }
  return Value(Ref::FromRaw(store, *slots), type);
}

void SaveValue(const Value& value, uint64_t* slots) {
  switch (value.type().kind()) {
    case ValKind::kI32:
      return WasmType<int32_t>::Save(value.i32(), slots);
    case ValKind::kI64:
      return WasmType<int64_t>::Save(value.i64(), slots);
    case ValKind::kF32:  // by bits: a signalling NaN must stay one
      return WasmType<uint32_t>::Save(static_cast<uint32_t>(value.i32()), slots);
    case ValKind::kF64:
      return WasmType<int64_t>::Save(value.i64(), slots);
    case ValKind::kV128:
      return WasmType<V128Bytes>::Save(value.v128(), slots);
    case ValKind::kRef:
    case ValKind::kBottom:
      *slots = value.ref().raw();
  }
}

bool RefHasType(const TypeRegistry& types, uint64_t raw, ValType type) {
  if (raw == gc::kNullRef) return type.nullable();
  const HeapType wanted = type.heap_type();
  switch (types.Top(wanted)) {
    case HeapKind::kFunc:
      return types.IsSubtype(
          HeapType::Concrete(reinterpret_cast<const runtime::FuncInst*>(raw)->type), wanted);
    case HeapKind::kExtern:
    case HeapKind::kExn:
      return wanted.kind() == types.Top(wanted);  // the bottom types have no values but null
    default:
      break;
  }
  if (gc::IsI31(raw)) return types.IsSubtype(HeapType(HeapKind::kI31), wanted);
  const TypeId id = gc::ToObject(raw)->type;
  if (id == gc::kExternBoxType) return wanted.kind() == HeapKind::kAny;
  return types.IsSubtype(HeapType::Concrete(id), wanted);
}

bool ValueHasType(const TypeRegistry& types, const Value& value, ValType type) {
  if (!type.IsRef()) return value.type() == type;
  if (!value.type().IsRef()) return false;
  if (value.ref().IsNull()) return type.nullable();
  // A function's address says nothing of its hierarchy; the value's own type does.
  if (types.Top(value.type().heap_type()) != types.Top(type.heap_type())) return false;
  return RefHasType(types, value.ref().raw(), type);
}

namespace {

// Where a value lies when those before it end at `slot` (LayOutSlots).
uint32_t SlotFor(ValType type, uint32_t slot) {
  return type.IsVector() ? slot + slot % 2 : slot;
}

}  // namespace

std::vector<Value> LoadValues(runtime::Store* store, std::span<const ValType> types,
                              const uint64_t* slots) {
  std::vector<Value> values;
  values.reserve(types.size());
  uint32_t slot = 0;
  for (const ValType type : types) {
    slot = SlotFor(type, slot);
    values.push_back(LoadValue(store, type, slots + slot));
    slot += type.slots();
  }
  return values;
}

absl::Status SaveValues(const TypeRegistry& registry, std::span<const Value> values,
                        std::span<const ValType> types, std::string_view what, uint64_t* slots) {
  if (values.size() != types.size()) {
    return absl::InvalidArgumentError(
        FormatText("%s: expected %d, got %d", std::string(what), types.size(), values.size()));
  }
  uint32_t slot = 0;
  for (size_t i = 0; i < types.size(); ++i) {
    if (!ValueHasType(registry, values[i], types[i])) {
      return absl::InvalidArgumentError(FormatText("%s: number %d should be %s, got %s",
                                                   std::string(what), i, types[i].ToString(),
                                                   values[i].type().ToString()));
    }
    slot = SlotFor(types[i], slot);
    SaveValue(values[i], slots + slot);
    slot += types[i].slots();
  }
  return absl::OkStatus();
}

}  // namespace internal
}  // namespace airwasm
