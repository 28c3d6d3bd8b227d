#include "engine/api/c/types.h"

#include <algorithm>
#include <utility>

#include "airwasm.h"
#include "engine/api/c/vec.h"

namespace airwasm::capi {
namespace {

uint32_t Saturate(uint64_t n) {
  return static_cast<uint32_t>(std::min<uint64_t>(n, UINT32_MAX));
}

wasm_limits_t LimitsToC(const airwasm::Limits& limits) {
  return {Saturate(limits.min), limits.max ? Saturate(*limits.max) : wasm_limits_max_default};
}

void FillTypes(const std::vector<ValType>& from, const TypesPtr& types, wasm_valtype_vec_t* out) {
  VecNewUninitialized(out, from.size());
  for (size_t i = 0; i < out->size; ++i) out->data[i] = new wasm_valtype_t(ToC(from[i], types));
}

bool ReadTypes(const wasm_valtype_vec_t& from, const TypeRegistry& types,
               std::vector<ValType>* out) {
  for (size_t i = 0; i < from.size; ++i) {
    if (from.data[i] == nullptr || !FromC(*from.data[i], types, &out->emplace_back())) return false;
  }
  return true;
}

std::unique_ptr<wasm_functype_t> CopyFunc(const wasm_functype_t& type) {
  auto copy = std::make_unique<wasm_functype_t>();
  wasm_valtype_vec_copy(&copy->params, &type.params);
  wasm_valtype_vec_copy(&copy->results, &type.results);
  return copy;
}

}  // namespace

airwasm::Limits FromC(const wasm_limits_t& limits) {
  airwasm::Limits result{.min = limits.min};
  if (limits.max != wasm_limits_max_default) result.max = limits.max;
  return result;
}

wasm_valkind_t KindOf(ValType type) {
  switch (type.kind()) {
    case ValKind::kI32:
      return WASM_I32;
    case ValKind::kI64:
      return WASM_I64;
    case ValKind::kF32:
      return WASM_F32;
    case ValKind::kF64:
      return WASM_F64;
    case ValKind::kV128:
      return AIRWASM_V128;
    case ValKind::kRef:
    case ValKind::kBottom:
      break;
  }
  const HeapType heap = type.heap_type();
  return !heap.IsConcrete() && TopOf(heap.kind()) == HeapKind::kFunc ? WASM_FUNCREF
                                                                     : WASM_EXTERNREF;
}

wasm_valtype_t ToC(ValType type, const TypesPtr& types) {
  return {type, type.IsRef() && type.heap_type().IsConcrete() ? types : nullptr};
}

std::unique_ptr<wasm_functype_t> ToC(const FuncType& type, const TypesPtr& types) {
  auto result = std::make_unique<wasm_functype_t>();
  FillTypes(type.params, types, &result->params);
  FillTypes(type.results, types, &result->results);
  return result;
}

std::unique_ptr<wasm_globaltype_t> ToC(const GlobalType& type, const TypesPtr& types) {
  return std::make_unique<wasm_globaltype_t>(ToC(type.type, types), type.mut);
}

std::unique_ptr<wasm_tabletype_t> ToC(const TableType& type, const TypesPtr& types) {
  return std::make_unique<wasm_tabletype_t>(ToC(type.element, types), type);
}

std::unique_ptr<wasm_memorytype_t> ToC(const MemoryType& type, const TypesPtr&) {
  return std::make_unique<wasm_memorytype_t>(type);
}

std::unique_ptr<wasm_tagtype_t> ToC(const TagPayload& type, const TypesPtr& types) {
  return std::make_unique<wasm_tagtype_t>(ToC(type.type, types));
}

std::unique_ptr<wasm_externtype_t> ToC(const ExternTypeInfo& type, const TypesPtr& types) {
  return std::visit(
      [&](const auto& t) -> std::unique_ptr<wasm_externtype_t> { return ToC(t, types); }, type);
}

bool FromC(const wasm_valtype_t& type, const TypeRegistry& types, ValType* out) {
  *out = type.type;
  return type.types == nullptr || type.types.get() == &types;
}

bool FromC(const wasm_functype_t& type, const TypeRegistry& types, FuncType* out) {
  return ReadTypes(type.params, types, &out->params) &&
         ReadTypes(type.results, types, &out->results);
}

std::unique_ptr<wasm_externtype_t> Copy(const wasm_externtype_t& type) {
  switch (type.kind) {
    case WASM_EXTERN_FUNC:
      return CopyFunc(static_cast<const wasm_functype_t&>(type));
    case WASM_EXTERN_GLOBAL: {
      const auto& global = static_cast<const wasm_globaltype_t&>(type);
      return std::make_unique<wasm_globaltype_t>(global.content, global.mut);
    }
    case WASM_EXTERN_TABLE: {
      const auto& table = static_cast<const wasm_tabletype_t&>(type);
      return std::make_unique<wasm_tabletype_t>(table.element, table.type);
    }
    case WASM_EXTERN_MEMORY:
      return std::make_unique<wasm_memorytype_t>(static_cast<const wasm_memorytype_t&>(type).type);
    default:
      return std::make_unique<wasm_tagtype_t>(
          CopyFunc(*static_cast<const wasm_tagtype_t&>(type).func));
  }
}

void SetName(wasm_name_t* out, std::string_view name) {
  wasm_byte_vec_new(out, name.size(), name.data());
}

void SetText(wasm_name_t* out, const std::string& text) {
  wasm_byte_vec_new(out, text.size() + 1, text.c_str());
}

}  // namespace airwasm::capi

using airwasm::capi::Copy;

wasm_functype_t::~wasm_functype_t() {
  wasm_valtype_vec_delete(&params);
  wasm_valtype_vec_delete(&results);
}

wasm_tabletype_t::wasm_tabletype_t(wasm_valtype_t e, const airwasm::TableType& t)
    : wasm_externtype_t(kKind),
      element(std::move(e)),
      type(t),
      limits(airwasm::capi::LimitsToC(t.limits)) {
  type.element = element.type;
}

wasm_memorytype_t::wasm_memorytype_t(const airwasm::MemoryType& t)
    : wasm_externtype_t(kKind), type(t), limits(airwasm::capi::LimitsToC(t.limits)) {}

wasm_importtype_t::~wasm_importtype_t() {
  wasm_byte_vec_delete(&module);
  wasm_byte_vec_delete(&name);
}

wasm_exporttype_t::~wasm_exporttype_t() {
  wasm_byte_vec_delete(&name);
}

extern "C" {

// ---- Bytes

void wasm_byte_vec_new_empty(wasm_byte_vec_t* out) {
  airwasm::capi::VecNewUninitialized(out, 0);
}
void wasm_byte_vec_new_uninitialized(wasm_byte_vec_t* out, size_t size) {
  airwasm::capi::VecNewUninitialized(out, size);
}
void wasm_byte_vec_new(wasm_byte_vec_t* out, size_t size, const byte_t bytes[]) {
  airwasm::capi::VecNew(out, size, bytes);
}
void wasm_byte_vec_copy(wasm_byte_vec_t* out, const wasm_byte_vec_t* in) {
  airwasm::capi::VecCopy(out, in, [](byte_t b) { return b; });
}
void wasm_byte_vec_delete(wasm_byte_vec_t* vec) {
  airwasm::capi::VecDelete(vec, [](byte_t) {});
}

// ---- Value types

wasm_valtype_t* wasm_valtype_new(wasm_valkind_t kind) {
  switch (kind) {
    case WASM_I32:
      return new wasm_valtype_t{airwasm::kI32, nullptr};
    case WASM_I64:
      return new wasm_valtype_t{airwasm::kI64, nullptr};
    case WASM_F32:
      return new wasm_valtype_t{airwasm::kF32, nullptr};
    case WASM_F64:
      return new wasm_valtype_t{airwasm::kF64, nullptr};
    case AIRWASM_V128:
      return new wasm_valtype_t{airwasm::kV128, nullptr};
    case WASM_EXTERNREF:
      return new wasm_valtype_t{airwasm::kExternRef, nullptr};
    case WASM_FUNCREF:
      return new wasm_valtype_t{airwasm::kFuncRef, nullptr};
    default:
      return nullptr;
  }
}
void wasm_valtype_delete(wasm_valtype_t* type) {
  delete type;
}
wasm_valtype_t* wasm_valtype_copy(const wasm_valtype_t* type) {
  return new wasm_valtype_t(*type);
}
wasm_valkind_t wasm_valtype_kind(const wasm_valtype_t* type) {
  const airwasm::ValType t = type->type;
  if (type->types != nullptr && type->types->Top(t.heap_type()) == airwasm::HeapKind::kFunc)
    return WASM_FUNCREF;
  return airwasm::capi::KindOf(t);
}
void airwasm_valtype_to_string(const wasm_valtype_t* type, wasm_name_t* out) {
  airwasm::capi::SetText(out, type->type.ToString());
}
AIRWASM_DEFINE_HANDLE_VEC(valtype)

// ---- Function types

wasm_functype_t* wasm_functype_new(wasm_valtype_vec_t* params, wasm_valtype_vec_t* results) {
  auto* const type = new wasm_functype_t;
  if (params != nullptr) type->params = std::exchange(*params, WASM_EMPTY_VEC);
  if (results != nullptr) type->results = std::exchange(*results, WASM_EMPTY_VEC);
  return type;
}
const wasm_valtype_vec_t* wasm_functype_params(const wasm_functype_t* type) {
  return &type->params;
}
const wasm_valtype_vec_t* wasm_functype_results(const wasm_functype_t* type) {
  return &type->results;
}

// ---- Global, table, memory and tag types

wasm_globaltype_t* wasm_globaltype_new(wasm_valtype_t* content, wasm_mutability_t mutability) {
  const std::unique_ptr<wasm_valtype_t> owned(content);
  if (content == nullptr) return nullptr;
  return new wasm_globaltype_t(*content, mutability == WASM_VAR);
}
const wasm_valtype_t* wasm_globaltype_content(const wasm_globaltype_t* type) {
  return &type->content;
}
wasm_mutability_t wasm_globaltype_mutability(const wasm_globaltype_t* type) {
  return type->mut ? WASM_VAR : WASM_CONST;
}

wasm_tabletype_t* wasm_tabletype_new(wasm_valtype_t* element, const wasm_limits_t* limits) {
  const std::unique_ptr<wasm_valtype_t> owned(element);
  if (element == nullptr || !element->type.IsRef()) return nullptr;
  return new wasm_tabletype_t(*element,
                              {.element = element->type, .limits = airwasm::capi::FromC(*limits)});
}
const wasm_valtype_t* wasm_tabletype_element(const wasm_tabletype_t* type) {
  return &type->element;
}
const wasm_limits_t* wasm_tabletype_limits(const wasm_tabletype_t* type) {
  return &type->limits;
}

wasm_memorytype_t* wasm_memorytype_new(const wasm_limits_t* limits) {
  return new wasm_memorytype_t({.limits = airwasm::capi::FromC(*limits)});
}
const wasm_limits_t* wasm_memorytype_limits(const wasm_memorytype_t* type) {
  return &type->limits;
}

wasm_memorytype_t* airwasm_memorytype_new(uint64_t min, bool has_max, uint64_t max, bool is_64,
                                          bool shared, uint32_t page_size_log2) {
  airwasm::MemoryType type{
      .limits = {.min = min}, .is_64 = is_64, .shared = shared, .page_size_log2 = page_size_log2};
  if (has_max) type.limits.max = max;
  return new wasm_memorytype_t(type);
}
uint64_t airwasm_memorytype_min(const wasm_memorytype_t* type) {
  return type->type.limits.min;
}
bool airwasm_memorytype_max(const wasm_memorytype_t* type, uint64_t* out) {
  if (type->type.limits.max) *out = *type->type.limits.max;
  return type->type.limits.max.has_value();
}
bool airwasm_memorytype_is_64(const wasm_memorytype_t* type) {
  return type->type.is_64;
}
bool airwasm_memorytype_is_shared(const wasm_memorytype_t* type) {
  return type->type.shared;
}

wasm_tagtype_t* wasm_tagtype_new(wasm_functype_t* func) {
  std::unique_ptr<wasm_functype_t> owned(func);
  if (func == nullptr || func->results.size != 0) return nullptr;
  return new wasm_tagtype_t(std::move(owned));
}
const wasm_functype_t* wasm_tagtype_functype(const wasm_tagtype_t* type) {
  return type->func.get();
}

// ---- Extern types, and what the five kinds have in common

void wasm_externtype_delete(wasm_externtype_t* type) {
  delete type;
}
wasm_externtype_t* wasm_externtype_copy(const wasm_externtype_t* type) {
  return Copy(*type).release();
}
wasm_externkind_t wasm_externtype_kind(const wasm_externtype_t* type) {
  return type->kind;
}
AIRWASM_DEFINE_HANDLE_VEC(externtype)

#define AIRWASM_DEFINE_EXTERNTYPE(name)                                                          \
  void wasm_##name##_delete(wasm_##name##_t* type) {                                             \
    delete type;                                                                                 \
  }                                                                                              \
  wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t* type) {                             \
    return static_cast<wasm_##name##_t*>(Copy(*type).release());                                 \
  }                                                                                              \
  wasm_externtype_t* wasm_##name##_as_externtype(wasm_##name##_t* type) {                        \
    return type;                                                                                 \
  }                                                                                              \
  const wasm_externtype_t* wasm_##name##_as_externtype_const(const wasm_##name##_t* type) {      \
    return type;                                                                                 \
  }                                                                                              \
  const wasm_##name##_t* wasm_externtype_as_##name##_const(const wasm_externtype_t* type) {      \
    return type->kind == wasm_##name##_t::kKind ? static_cast<const wasm_##name##_t*>(type)      \
                                                : nullptr;                                       \
  }                                                                                              \
  wasm_##name##_t* wasm_externtype_as_##name(wasm_externtype_t* type) {                          \
    return type->kind == wasm_##name##_t::kKind ? static_cast<wasm_##name##_t*>(type) : nullptr; \
  }                                                                                              \
  AIRWASM_DEFINE_HANDLE_VEC(name)

AIRWASM_DEFINE_EXTERNTYPE(functype)
AIRWASM_DEFINE_EXTERNTYPE(globaltype)
AIRWASM_DEFINE_EXTERNTYPE(tabletype)
AIRWASM_DEFINE_EXTERNTYPE(memorytype)
AIRWASM_DEFINE_EXTERNTYPE(tagtype)

// ---- Import and export types

wasm_importtype_t* wasm_importtype_new(wasm_name_t* module, wasm_name_t* name,
                                       wasm_externtype_t* type) {
  auto* const import = new wasm_importtype_t;
  import->module = std::exchange(*module, WASM_EMPTY_VEC);
  import->name = std::exchange(*name, WASM_EMPTY_VEC);
  import->type.reset(type);
  return import;
}
void wasm_importtype_delete(wasm_importtype_t* import) {
  delete import;
}
wasm_importtype_t* wasm_importtype_copy(const wasm_importtype_t* import) {
  auto* const copy = new wasm_importtype_t;
  wasm_name_copy(&copy->module, &import->module);
  wasm_name_copy(&copy->name, &import->name);
  if (import->type != nullptr) copy->type = Copy(*import->type);
  return copy;
}
const wasm_name_t* wasm_importtype_module(const wasm_importtype_t* import) {
  return &import->module;
}
const wasm_name_t* wasm_importtype_name(const wasm_importtype_t* import) {
  return &import->name;
}
const wasm_externtype_t* wasm_importtype_type(const wasm_importtype_t* import) {
  return import->type.get();
}
AIRWASM_DEFINE_HANDLE_VEC(importtype)

wasm_exporttype_t* wasm_exporttype_new(wasm_name_t* name, wasm_externtype_t* type) {
  auto* const e = new wasm_exporttype_t;
  e->name = std::exchange(*name, WASM_EMPTY_VEC);
  e->type.reset(type);
  return e;
}
void wasm_exporttype_delete(wasm_exporttype_t* e) {
  delete e;
}
wasm_exporttype_t* wasm_exporttype_copy(const wasm_exporttype_t* e) {
  auto* const copy = new wasm_exporttype_t;
  wasm_name_copy(&copy->name, &e->name);
  if (e->type != nullptr) copy->type = Copy(*e->type);
  return copy;
}
const wasm_name_t* wasm_exporttype_name(const wasm_exporttype_t* e) {
  return &e->name;
}
const wasm_externtype_t* wasm_exporttype_type(const wasm_exporttype_t* e) {
  return e->type.get();
}
AIRWASM_DEFINE_HANDLE_VEC(exporttype)

}  // extern "C"
