// Values between C and the slots of the runtime.
#include <cstring>

#include "engine/api/c/handles.h"
#include "engine/api/c/vec.h"
#include "engine/base/format.h"

namespace airwasm::capi {

airwasm_val_t LoadVal(const StorePtr& store, ValType type, const uint64_t* slots) {
  airwasm_val_t val{};
  val.kind = KindOf(type);
  if (!type.IsRef()) {
    std::memcpy(&val.of, slots, type.IsVector() ? 16 : 8);
    return val;
  }
  const Ref ref = Ref::FromRaw(&store->rt(), *slots);
  if (store->types()->Top(type.heap_type()) == HeapKind::kFunc) val.kind = WASM_FUNCREF;
  val.of.ref = NewRefHandle(store, ref, type);
  return val;
}

absl::Status SaveVal(const StoreState& store, const airwasm_val_t& val, ValType type,
                     uint64_t* slots) {
  if (type.IsRef()) {
    if (!wasm_valkind_is_ref(val.kind)) {
      return absl::InvalidArgumentError(FormatText("should be %s, got a number", type.ToString()));
    }
    const absl::StatusOr<Ref> ref = RefFromHandle(store, val.of.ref, type);
    if (!ref.ok()) return ref.status();
    *slots = ref->raw();
    return absl::OkStatus();
  }
  if (val.kind != KindOf(type)) {
    return absl::InvalidArgumentError(
        FormatText("should be %s, got another type", type.ToString()));
  }
  const size_t size = type.IsVector() ? 16 : type == kI32 || type == kF32 ? 4 : 8;
  *slots = 0;  // the upper half of a 32-bit value's slot is zero: code relies on it
  std::memcpy(slots, &val.of, size);
  return absl::OkStatus();
}

absl::Status SaveVals(const StoreState& store, const airwasm_val_t* vals, size_t num_vals,
                      const std::vector<ValType>& types, const char* what, uint64_t* slots) {
  if (num_vals != types.size()) {
    return absl::InvalidArgumentError(
        FormatText("%s: expected %d, got %d", what, types.size(), num_vals));
  }
  uint32_t slot = 0;
  for (size_t i = 0; i < num_vals; ++i) {
    if (types[i].IsVector()) slot += slot % 2;
    const absl::Status status = SaveVal(store, vals[i], types[i], slots + slot);
    if (!status.ok()) {
      return absl::Status(status.code(),
                          FormatText("%s: number %d: %s", what, i, std::string(status.message())));
    }
    slot += types[i].slots();
  }
  return absl::OkStatus();
}

wasm_val_t Narrow(const airwasm_val_t& val) {
  wasm_val_t result{};
  result.kind = val.kind;
  if (val.kind != AIRWASM_V128) std::memcpy(&result.of, &val.of, sizeof result.of);
  return result;
}

airwasm_val_t Widen(const wasm_val_t& val) {
  airwasm_val_t result{};
  result.kind = val.kind;
  std::memcpy(&result.of, &val.of, sizeof val.of);
  return result;
}

bool HasVectors(const FuncType& type) {
  for (const ValType t : type.params) {
    if (t.IsVector()) return true;
  }
  for (const ValType t : type.results) {
    if (t.IsVector()) return true;
  }
  return false;
}

}  // namespace airwasm::capi

extern "C" {

void wasm_val_delete(wasm_val_t* val) {
  if (val == nullptr || !wasm_valkind_is_ref(val->kind)) return;
  delete val->of.ref;
  val->of.ref = nullptr;
}

void wasm_val_copy(wasm_val_t* out, const wasm_val_t* val) {
  wasm_val_t copy = *val;
  if (wasm_valkind_is_ref(val->kind) && val->of.ref != nullptr) copy.of.ref = val->of.ref->Copy();
  *out = copy;
}

void airwasm_val_delete(airwasm_val_t* val) {
  if (val == nullptr || !wasm_valkind_is_ref(val->kind)) return;
  delete val->of.ref;
  val->of.ref = nullptr;
}

void wasm_val_vec_new_empty(wasm_val_vec_t* out) {
  airwasm::capi::VecNewUninitialized(out, 0);
}
void wasm_val_vec_new_uninitialized(wasm_val_vec_t* out, size_t size) {
  airwasm::capi::VecNewUninitialized(out, size);
}
void wasm_val_vec_new(wasm_val_vec_t* out, size_t size, const wasm_val_t vals[]) {
  airwasm::capi::VecNew(out, size, vals);
}
void wasm_val_vec_copy(wasm_val_vec_t* out, const wasm_val_vec_t* in) {
  airwasm::capi::VecCopy(out, in, [](const wasm_val_t& val) {
    wasm_val_t copy;
    wasm_val_copy(&copy, &val);
    return copy;
  });
}
void wasm_val_vec_delete(wasm_val_vec_t* vec) {
  airwasm::capi::VecDelete(vec, [](wasm_val_t& val) { wasm_val_delete(&val); });
}

}  // extern "C"
