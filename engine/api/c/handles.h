// What the opaque handles of wasm.h and airwasm.h are.
//
// A handle is a C++ object of its own; many may stand for one object of a store. Every handle of a
// store's object shares the store's state, so the store lives until the last of them is deleted,
// whatever the order. Objects themselves live as long as their store.
//
// Always holds: objects of different stores never meet. Each function that combines two handles
// compares their stores first.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "airwasm.h"
#include "airwasm/airwasm.h"
#include "engine/api/c/types.h"
#include "engine/api/engine_impl.h"

namespace airwasm::capi {

// A pointer of the embedder's, and what to do with it in the end.
class HostInfo {
 public:
  HostInfo() = default;
  ~HostInfo() { Set(nullptr, nullptr); }
  HostInfo(const HostInfo&) = delete;
  HostInfo& operator=(const HostInfo&) = delete;
  void* get() const { return info_; }
  void Set(void* info, void (*finalizer)(void*)) {
    void* const old_info = std::exchange(info_, info);
    void (*const old_finalizer)(void*) = std::exchange(finalizer_, finalizer);
    if (old_finalizer != nullptr) old_finalizer(old_info);
  }
  Ref keep;  // the garbage-collected object that this belongs to: not collected as long as it has
             // host info

 private:
  void* info_ = nullptr;
  void (*finalizer_)(void*) = nullptr;
};

struct StoreState : std::enable_shared_from_this<StoreState> {
  StoreState(const Engine& engine, const StoreOptions& options) : store(engine, options) {
    store.set_data(std::shared_ptr<void>(std::shared_ptr<void>(),
                                         this));  // not counted: the state owns the store
  }
  TypesPtr types() const { return store.engine().impl()->types; }
  runtime::Store& rt() const { return store.impl(); }

  Store store;
  std::unordered_map<uint64_t, HostInfo> host_infos;  // by wasm_ref_t::identity()
  HostInfo data;
};
using StorePtr = std::shared_ptr<StoreState>;

struct ModuleState {
  Module module;
  HostInfo host_info;
};

struct TrapState {
  Trap trap;
  HostInfo host_info;
};

enum class RefKind : uint8_t {
  kFunc,
  kGlobal,
  kTable,
  kMemory,
  kTag,
  kForeign,
  kTrap,
  kModule,
  kInstance
};

}  // namespace airwasm::capi

struct wasm_config_t {
  airwasm::EngineOptions options;
};
struct wasm_engine_t {
  airwasm::Engine engine;
};
struct wasm_store_t {
  airwasm::capi::StorePtr state;
};
struct wasm_shared_module_t {
  airwasm::Module module;
};
struct airwasm_store_options_t {
  airwasm::StoreOptions options;
};
struct airwasm_interrupt_handle_t {
  airwasm::Store::Interrupter interrupter;
};
struct airwasm_error_t {
  absl::Status status;
  std::string message;
};

struct wasm_ref_t {
  wasm_ref_t(airwasm::capi::RefKind k, airwasm::capi::StorePtr s) : kind(k), store(std::move(s)) {}
  virtual ~wasm_ref_t() = default;
  wasm_ref_t& operator=(const wasm_ref_t&) = delete;
  static bool Is(airwasm::capi::RefKind) { return true; }

  virtual wasm_ref_t* Copy() const = 0;
  // Equal for handles of the same object, and for no others of the same kind that live at the same
  // time.
  virtual uint64_t identity() const = 0;
  // Null when there is none and none is to be made.
  virtual airwasm::capi::HostInfo* host_info(bool make) const;

  const airwasm::capi::RefKind kind;
  const airwasm::capi::StorePtr store;  // null for modules

 protected:
  wasm_ref_t(const wasm_ref_t&) = default;
};

struct wasm_extern_t : wasm_ref_t {
  using wasm_ref_t::wasm_ref_t;
  static bool Is(airwasm::capi::RefKind kind) { return kind <= airwasm::capi::RefKind::kTag; }
  virtual airwasm::Extern value() const = 0;
};

namespace airwasm::capi {

// A handle of one of the five kinds of externs.
template <typename Derived, typename Handle, RefKind kind_>
struct ExternHandle : wasm_extern_t {
  ExternHandle(StorePtr s, Handle h) : wasm_extern_t(kind_, std::move(s)), handle(h) {}
  static bool Is(RefKind k) { return k == kind_; }
  wasm_ref_t* Copy() const override { return new Derived(static_cast<const Derived&>(*this)); }
  uint64_t identity() const override { return reinterpret_cast<uint64_t>(handle.impl()); }
  Extern value() const override { return handle; }
  Handle handle;
};

}  // namespace airwasm::capi

struct wasm_func_t final
    : airwasm::capi::ExternHandle<wasm_func_t, airwasm::Func, airwasm::capi::RefKind::kFunc> {
  using ExternHandle::ExternHandle;
};
struct wasm_global_t final
    : airwasm::capi::ExternHandle<wasm_global_t, airwasm::Global, airwasm::capi::RefKind::kGlobal> {
  using ExternHandle::ExternHandle;
};
struct wasm_table_t final
    : airwasm::capi::ExternHandle<wasm_table_t, airwasm::Table, airwasm::capi::RefKind::kTable> {
  using ExternHandle::ExternHandle;
};
struct wasm_memory_t final
    : airwasm::capi::ExternHandle<wasm_memory_t, airwasm::Memory, airwasm::capi::RefKind::kMemory> {
  using ExternHandle::ExternHandle;
};
struct wasm_tag_t final
    : airwasm::capi::ExternHandle<wasm_tag_t, airwasm::Tag, airwasm::capi::RefKind::kTag> {
  using ExternHandle::ExternHandle;
};

// Any reference of the guest's that is not to a function. `top` is the hierarchy that it was seen
// in: extern, any or exn.
struct wasm_foreign_t final : wasm_ref_t {
  wasm_foreign_t(airwasm::capi::StorePtr s, airwasm::Ref r, airwasm::HeapKind t)
      : wasm_ref_t(airwasm::capi::RefKind::kForeign, std::move(s)), ref(std::move(r)), top(t) {}
  static bool Is(airwasm::capi::RefKind kind) { return kind == airwasm::capi::RefKind::kForeign; }
  wasm_ref_t* Copy() const override { return new wasm_foreign_t(*this); }
  uint64_t identity() const override { return ref.raw(); }
  airwasm::capi::HostInfo* host_info(bool make) const override;
  airwasm::Ref ref;
  airwasm::HeapKind top;
};

struct wasm_trap_t final : wasm_ref_t {
  wasm_trap_t(airwasm::capi::StorePtr s, airwasm::Trap trap)
      : wasm_ref_t(airwasm::capi::RefKind::kTrap, std::move(s)),
        state(new airwasm::capi::TrapState{std::move(trap), {}}) {}
  static bool Is(airwasm::capi::RefKind kind) { return kind == airwasm::capi::RefKind::kTrap; }
  wasm_ref_t* Copy() const override { return new wasm_trap_t(*this); }
  uint64_t identity() const override { return reinterpret_cast<uint64_t>(state.get()); }
  airwasm::capi::HostInfo* host_info(bool) const override { return &state->host_info; }
  const airwasm::Trap& trap() const { return state->trap; }
  std::shared_ptr<airwasm::capi::TrapState>
      state;  // goes before the store that its exception is rooted in
};

struct wasm_module_t final : wasm_ref_t {
  explicit wasm_module_t(airwasm::Module module)
      : wasm_ref_t(airwasm::capi::RefKind::kModule, nullptr),
        state(new airwasm::capi::ModuleState{std::move(module), {}}) {}
  static bool Is(airwasm::capi::RefKind kind) { return kind == airwasm::capi::RefKind::kModule; }
  wasm_ref_t* Copy() const override { return new wasm_module_t(*this); }
  uint64_t identity() const override {
    return reinterpret_cast<uint64_t>(state->module.impl().get());
  }
  airwasm::capi::HostInfo* host_info(bool) const override { return &state->host_info; }
  const airwasm::Module& module() const { return state->module; }
  std::shared_ptr<airwasm::capi::ModuleState> state;
};

struct wasm_instance_t final : wasm_ref_t {
  wasm_instance_t(airwasm::capi::StorePtr s, airwasm::Instance i)
      : wasm_ref_t(airwasm::capi::RefKind::kInstance, std::move(s)), instance(i) {}
  static bool Is(airwasm::capi::RefKind kind) { return kind == airwasm::capi::RefKind::kInstance; }
  wasm_ref_t* Copy() const override { return new wasm_instance_t(*this); }
  uint64_t identity() const override { return reinterpret_cast<uint64_t>(instance.impl()); }
  airwasm::Instance instance;
};

struct wasm_frame_t {
  wasm_frame_t(airwasm::capi::StorePtr s, const airwasm::Frame& f);
  airwasm::Frame frame;
  std::unique_ptr<wasm_instance_t> instance;  // null for host functions
};

struct airwasm_linker_t {
  explicit airwasm_linker_t(const airwasm::Engine& engine) : linker(engine) {}
  airwasm::Linker linker;
  std::vector<airwasm::capi::StorePtr> stores;  // of what is defined by extern
};

struct airwasm_caller_t {
  explicit airwasm_caller_t(airwasm::runtime::HostCall& call);
  airwasm::Caller caller;
  wasm_store_t store;
};

namespace airwasm::capi {

// Null when `status` is OK.
airwasm_error_t* ToError(absl::Status status);

// `handle` as a T; null if it is null or something else.
template <typename T>
T* As(wasm_ref_t* handle) {
  return handle != nullptr && T::Is(handle->kind) ? static_cast<T*>(handle) : nullptr;
}
template <typename T>
const T* As(const wasm_ref_t* handle) {
  return handle != nullptr && T::Is(handle->kind) ? static_cast<const T*>(handle) : nullptr;
}

wasm_extern_t* NewExternHandle(const StorePtr& store, const Extern& value);
// Null for a null reference. `type` is where the reference was found.
wasm_ref_t* NewRefHandle(const StorePtr& store, const Ref& ref, ValType type);

// What `handle` (or NULL) refers to, as a value for a place of the canonical `type`.
// Errors: FAILED_PRECONDITION another store; INVALID_ARGUMENT no object that a guest can refer to,
// or not one of this type
absl::StatusOr<Ref> RefFromHandle(const StoreState& store, const wasm_ref_t* handle, ValType type);

// One value between C and the slots of the runtime. LoadVal's result owns its reference; SaveVal
// borrows.
airwasm_val_t LoadVal(const StorePtr& store, ValType type, const uint64_t* slots);
absl::Status SaveVal(const StoreState& store, const airwasm_val_t& val, ValType type,
                     uint64_t* slots);
absl::Status SaveVals(const StoreState& store, const airwasm_val_t* vals, size_t num_vals,
                      const std::vector<ValType>& types, const char* what, uint64_t* slots);
// wasm_val_t has no room for a vector: it becomes its kind alone, or comes back without lanes.
wasm_val_t Narrow(const airwasm_val_t& val);
airwasm_val_t Widen(const wasm_val_t& val);
bool HasVectors(const FuncType& type);

}  // namespace airwasm::capi
