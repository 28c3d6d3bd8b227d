// Globals, tables, memories and tags.
#include <algorithm>

#include "absl/strings/str_format.h"
#include "engine/api/c/handles.h"
#include "engine/runtime/table.h"

using airwasm::capi::RefFromHandle;
using airwasm::capi::ToC;
using airwasm::capi::ToError;

extern "C" {

// ---- Globals

wasm_global_t* wasm_global_new(wasm_store_t* store, const wasm_globaltype_t* type,
                               const wasm_val_t* val) {
  airwasm::capi::StoreState& state = *store->state;
  airwasm::GlobalType global_type{.mut = type->mut};
  if (!airwasm::capi::FromC(type->content, *state.types(), &global_type.type)) return nullptr;
  uint64_t slots[2] = {};
  if (global_type.type.IsVector()) {
    if (val->kind != AIRWASM_V128) return nullptr;  // begins as zero: a wasm_val_t has no lanes
  } else if (!SaveVal(state, airwasm::capi::Widen(*val), global_type.type, slots).ok()) {
    return nullptr;
  }
  return new wasm_global_t(store->state,
                           airwasm::Global(&state.rt(), state.rt().NewGlobal(global_type, slots)));
}

wasm_globaltype_t* wasm_global_type(const wasm_global_t* global) {
  return ToC(global->handle.type(), global->store->types()).release();
}

void airwasm_global_get(const wasm_global_t* global, airwasm_val_t* out) {
  const airwasm::runtime::GlobalInst& inst = *global->handle.impl();
  *out = LoadVal(global->store, inst.type.type, inst.cell->slots);
}

airwasm_error_t* airwasm_global_set(wasm_global_t* global, const airwasm_val_t* val) {
  const airwasm::runtime::GlobalInst& inst = *global->handle.impl();
  if (!inst.type.mut) return ToError(absl::FailedPreconditionError("the global is immutable"));
  return ToError(SaveVal(*global->store, *val, inst.type.type, inst.cell->slots));
}

void wasm_global_get(const wasm_global_t* global, wasm_val_t* out) {
  airwasm_val_t val;
  airwasm_global_get(global, &val);
  *out = airwasm::capi::Narrow(val);
}

void wasm_global_set(wasm_global_t* global, const wasm_val_t* val) {
  if (val->kind == AIRWASM_V128) return;
  const airwasm_val_t wide = airwasm::capi::Widen(*val);
  airwasm_error_delete(airwasm_global_set(global, &wide));
}

// ---- Tables

wasm_table_t* wasm_table_new(wasm_store_t* store, const wasm_tabletype_t* type, wasm_ref_t* init) {
  airwasm::capi::StoreState& state = *store->state;
  airwasm::TableType table_type = type->type;
  if (!airwasm::capi::FromC(type->element, *state.types(), &table_type.element)) return nullptr;
  const absl::StatusOr<airwasm::Ref> ref = RefFromHandle(state, init, table_type.element);
  if (!ref.ok()) return nullptr;
  const absl::StatusOr<airwasm::Table> table = airwasm::Table::New(state.store, table_type, *ref);
  return table.ok() ? new wasm_table_t(store->state, *table) : nullptr;
}

wasm_tabletype_t* wasm_table_type(const wasm_table_t* table) {
  return ToC(table->handle.type(), table->store->types()).release();
}

wasm_ref_t* wasm_table_get(const wasm_table_t* table, wasm_table_size_t index) {
  const absl::StatusOr<airwasm::Ref> ref = table->handle.Get(index);
  return ref.ok() ? NewRefHandle(table->store, *ref, table->handle.impl()->type.element) : nullptr;
}

bool wasm_table_set(wasm_table_t* table, wasm_table_size_t index, wasm_ref_t* ref) {
  const auto value = RefFromHandle(*table->store, ref, table->handle.impl()->type.element);
  return value.ok() && table->handle.Set(index, *value).ok();
}

wasm_table_size_t wasm_table_size(const wasm_table_t* table) {
  return static_cast<wasm_table_size_t>(std::min<uint64_t>(table->handle.size(), UINT32_MAX));
}

bool wasm_table_grow(wasm_table_t* table, wasm_table_size_t delta, wasm_ref_t* init) {
  const auto value = RefFromHandle(*table->store, init, table->handle.impl()->type.element);
  return value.ok() && table->handle.Grow(delta, *value).ok();
}

// ---- Memories

wasm_memory_t* wasm_memory_new(wasm_store_t* store, const wasm_memorytype_t* type) {
  const absl::StatusOr<airwasm::Memory> memory =
      airwasm::Memory::New(store->state->store, type->type);
  return memory.ok() ? new wasm_memory_t(store->state, *memory) : nullptr;
}

wasm_memorytype_t* wasm_memory_type(const wasm_memory_t* memory) {
  return ToC(memory->handle.type(), memory->store->types()).release();
}

byte_t* wasm_memory_data(wasm_memory_t* memory) {
  return reinterpret_cast<byte_t*>(memory->handle.data().data());
}
size_t wasm_memory_data_size(const wasm_memory_t* memory) {
  return memory->handle.data().size();
}

wasm_memory_pages_t wasm_memory_size(const wasm_memory_t* memory) {
  return static_cast<wasm_memory_pages_t>(
      std::min<uint64_t>(memory->handle.size_pages(), UINT32_MAX));
}

bool wasm_memory_grow(wasm_memory_t* memory, wasm_memory_pages_t delta) {
  return memory->handle.Grow(delta).ok();
}

airwasm_error_t* airwasm_memory_share_with(const wasm_memory_t* memory, wasm_store_t* other,
                                           wasm_memory_t** out) {
  *out = nullptr;
  const absl::StatusOr<airwasm::Memory> shared = memory->handle.ShareWith(other->state->store);
  if (!shared.ok()) return ToError(shared.status());
  *out = new wasm_memory_t(other->state, *shared);
  return nullptr;
}

// ---- Tags

wasm_tag_t* wasm_tag_new(wasm_store_t* store, const wasm_tagtype_t* type) {
  airwasm::FuncType payload;
  if (!airwasm::capi::FromC(*type->func, *store->state->types(), &payload)) return nullptr;
  return new wasm_tag_t(store->state, airwasm::Tag::New(store->state->store, payload));
}

wasm_tagtype_t* wasm_tag_type(const wasm_tag_t* tag) {
  return ToC(airwasm::TagPayload{tag->handle.type()}, tag->store->types()).release();
}

// ---- Any of them

wasm_externtype_t* wasm_extern_type(const wasm_extern_t* handle) {
  switch (wasm_extern_kind(handle)) {
    case WASM_EXTERN_FUNC:
      return wasm_func_type(wasm_extern_as_func_const(handle));
    case WASM_EXTERN_GLOBAL:
      return wasm_global_type(wasm_extern_as_global_const(handle));
    case WASM_EXTERN_TABLE:
      return wasm_table_type(wasm_extern_as_table_const(handle));
    case WASM_EXTERN_MEMORY:
      return wasm_memory_type(wasm_extern_as_memory_const(handle));
    default:
      return wasm_tag_type(wasm_extern_as_tag_const(handle));
  }
}

}  // extern "C"
