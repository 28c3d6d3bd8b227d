// What all references have in common: deleting, copying, comparing, host info, and looking at one
// as another kind.
#include "engine/api/c/handles.h"

#include "engine/api/c/vec.h"
#include "engine/base/format.h"

using airwasm::capi::As;
using airwasm::capi::HostInfo;
using airwasm::capi::RefKind;

HostInfo* wasm_ref_t::host_info(bool make) const {
  if (make) return &store->host_infos[identity()];
  const auto it = store->host_infos.find(identity());
  return it == store->host_infos.end() ? nullptr : &it->second;
}

HostInfo* wasm_foreign_t::host_info(bool make) const {
  HostInfo* const info = wasm_ref_t::host_info(make);
  if (make) info->keep = ref;
  return info;
}

namespace airwasm::capi {

airwasm_error_t* ToError(absl::Status status) {
  if (status.ok()) return nullptr;
  std::string message(status.message());
  return new airwasm_error_t{std::move(status), std::move(message)};
}

wasm_extern_t* NewExternHandle(const StorePtr& store, const Extern& value) {
  struct Visitor {
    const StorePtr& store;
    wasm_extern_t* operator()(const Func& h) const { return new wasm_func_t(store, h); }
    wasm_extern_t* operator()(const Table& h) const { return new wasm_table_t(store, h); }
    wasm_extern_t* operator()(const Memory& h) const { return new wasm_memory_t(store, h); }
    wasm_extern_t* operator()(const Global& h) const { return new wasm_global_t(store, h); }
    wasm_extern_t* operator()(const Tag& h) const { return new wasm_tag_t(store, h); }
  };
  return std::visit(Visitor{store}, value);
}

wasm_ref_t* NewRefHandle(const StorePtr& store, const Ref& ref, ValType type) {
  if (ref.IsNull()) return nullptr;
  const HeapKind top = store->types()->Top(type.heap_type());
  if (top == HeapKind::kFunc) {
    return new wasm_func_t(store,
                           Func(&store->rt(), reinterpret_cast<runtime::FuncInst*>(ref.raw())));
  }
  return new wasm_foreign_t(store, ref, top);
}

absl::StatusOr<Ref> RefFromHandle(const StoreState& store, const wasm_ref_t* handle, ValType type) {
  const auto wrong_type = [&] {
    return absl::InvalidArgumentError(
        FormatText("the reference is not of type %s", type.ToString()));
  };
  if (handle == nullptr) {
    if (!type.nullable()) return wrong_type();
    return Ref();
  }
  if (handle->store.get() != &store)
    return absl::FailedPreconditionError("the reference is of another store");
  const HeapKind top = store.types()->Top(type.heap_type());
  if (const auto* func = As<wasm_func_t>(handle)) {
    const Ref ref = Ref::FromFunc(func->handle);
    if (top != HeapKind::kFunc || !internal::RefHasType(*store.types(), ref.raw(), type))
      return wrong_type();
    return ref;
  }
  const auto* foreign = As<wasm_foreign_t>(handle);
  if (foreign == nullptr || top == HeapKind::kFunc) return wrong_type();
  // Externs and internal objects are each other's images, and the same words (extern.convert_any).
  // Exceptions are neither.
  if ((foreign->top == HeapKind::kExn) != (top == HeapKind::kExn)) return wrong_type();
  if (!internal::RefHasType(*store.types(), foreign->ref.raw(), type)) return wrong_type();
  return foreign->ref;
}

}  // namespace airwasm::capi

extern "C" {

#define AIRWASM_DEFINE_REF_BASE(name)                                                    \
  void wasm_##name##_delete(wasm_##name##_t* handle) {                                   \
    delete handle;                                                                       \
  }                                                                                      \
  wasm_##name##_t* wasm_##name##_copy(const wasm_##name##_t* handle) {                   \
    return static_cast<wasm_##name##_t*>(handle->Copy());                                \
  }                                                                                      \
  bool wasm_##name##_same(const wasm_##name##_t* a, const wasm_##name##_t* b) {          \
    return a->kind == b->kind && a->store == b->store && a->identity() == b->identity(); \
  }                                                                                      \
  void* wasm_##name##_get_host_info(const wasm_##name##_t* handle) {                     \
    const HostInfo* const info = handle->host_info(false);                               \
    return info == nullptr ? nullptr : info->get();                                      \
  }                                                                                      \
  void wasm_##name##_set_host_info(wasm_##name##_t* handle, void* info) {                \
    handle->host_info(true)->Set(info, nullptr);                                         \
  }                                                                                      \
  void wasm_##name##_set_host_info_with_finalizer(wasm_##name##_t* handle, void* info,   \
                                                  void (*finalizer)(void*)) {            \
    handle->host_info(true)->Set(info, finalizer);                                       \
  }

#define AIRWASM_DEFINE_REF(name)                                                \
  AIRWASM_DEFINE_REF_BASE(name)                                                 \
  wasm_ref_t* wasm_##name##_as_ref(wasm_##name##_t* handle) {                   \
    return handle;                                                              \
  }                                                                             \
  const wasm_ref_t* wasm_##name##_as_ref_const(const wasm_##name##_t* handle) { \
    return handle;                                                              \
  }                                                                             \
  wasm_##name##_t* wasm_ref_as_##name(wasm_ref_t* handle) {                     \
    return As<wasm_##name##_t>(handle);                                         \
  }                                                                             \
  const wasm_##name##_t* wasm_ref_as_##name##_const(const wasm_ref_t* handle) { \
    return As<wasm_##name##_t>(handle);                                         \
  }

AIRWASM_DEFINE_REF_BASE(ref)
AIRWASM_DEFINE_REF(trap)
AIRWASM_DEFINE_REF(foreign)
AIRWASM_DEFINE_REF(module)
AIRWASM_DEFINE_REF(func)
AIRWASM_DEFINE_REF(global)
AIRWASM_DEFINE_REF(table)
AIRWASM_DEFINE_REF(memory)
AIRWASM_DEFINE_REF(tag)
AIRWASM_DEFINE_REF(extern)
AIRWASM_DEFINE_REF(instance)

#define AIRWASM_DEFINE_EXTERN(name)                                                   \
  wasm_extern_t* wasm_##name##_as_extern(wasm_##name##_t* handle) {                   \
    return handle;                                                                    \
  }                                                                                   \
  const wasm_extern_t* wasm_##name##_as_extern_const(const wasm_##name##_t* handle) { \
    return handle;                                                                    \
  }                                                                                   \
  wasm_##name##_t* wasm_extern_as_##name(wasm_extern_t* handle) {                     \
    return As<wasm_##name##_t>(handle);                                               \
  }                                                                                   \
  const wasm_##name##_t* wasm_extern_as_##name##_const(const wasm_extern_t* handle) { \
    return As<wasm_##name##_t>(handle);                                               \
  }

AIRWASM_DEFINE_EXTERN(func)
AIRWASM_DEFINE_EXTERN(global)
AIRWASM_DEFINE_EXTERN(table)
AIRWASM_DEFINE_EXTERN(memory)
AIRWASM_DEFINE_EXTERN(tag)

AIRWASM_DEFINE_HANDLE_VEC(extern)

wasm_externkind_t wasm_extern_kind(const wasm_extern_t* handle) {
  switch (handle->kind) {
    case RefKind::kFunc:
      return WASM_EXTERN_FUNC;
    case RefKind::kGlobal:
      return WASM_EXTERN_GLOBAL;
    case RefKind::kTable:
      return WASM_EXTERN_TABLE;
    case RefKind::kMemory:
      return WASM_EXTERN_MEMORY;
    case RefKind::kTag:
    case RefKind::kForeign:
    case RefKind::kTrap:
    case RefKind::kModule:
    case RefKind::kInstance:
      break;
  }
  return WASM_EXTERN_TAG;
}

wasm_foreign_t* wasm_foreign_new(wasm_store_t* store) {
  return airwasm_foreign_new_with_value(store, 0);
}

wasm_foreign_t* airwasm_foreign_new_with_value(wasm_store_t* store, uint64_t value) {
  airwasm::Ref ref = airwasm::Ref::NewExtern(store->state->store, value);
  if (ref.IsNull()) return nullptr;
  return new wasm_foreign_t(store->state, std::move(ref), airwasm::HeapKind::kExtern);
}

bool airwasm_foreign_value(const wasm_foreign_t* foreign, uint64_t* out) {
  if (foreign->top == airwasm::HeapKind::kExn || !foreign->ref.IsExtern()) return false;
  *out = foreign->ref.host_value();
  return true;
}

}  // extern "C"
