// Handles in every order: the input is a program that makes, copies, converts, uses and deletes
// handles of two stores, in any order and from within host functions. Nothing may be touched after
// it is gone, and nothing may leak (AddressSanitizer and LeakSanitizer tell); every finalizer runs
// once.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "airwasm.h"

namespace {

constexpr char kGuest[] = R"((module
  (import "env" "f" (func $f (param i32) (result i32)))
  (table (export "table") 4 externref) (table $funcs (export "funcs") 4 funcref)
  (memory (export "memory") 1 4) (global (export "global") (mut externref) (ref.null extern)) (tag (export "tag") (param i32))
  (func (export "call") (param i32) (result i32) (call $f (local.get 0)))
  (func (export "trap") (param i32) (result i32) (unreachable))
  (func (export "keep") (param externref) (result externref) (table.set 0 (i32.const 0) (local.get 0)) (table.get 0 (i32.const 0)))))";

constexpr size_t kMaxHandles = 64;
constexpr int kMaxDepth = 3;

int live_envs = 0;

void CountDown(void*) {
  --live_envs;
}

// The program and what it has in its hands.
class Machine {
 public:
  Machine(const uint8_t* data, size_t size) : next_(data), end_(data + size) {
    engine_ = wasm_engine_new();
    for (wasm_store_t*& store : stores_) store = wasm_store_new(engine_);
    linker_ = airwasm_linker_new(engine_);
    if (airwasm_module_new(engine_, kGuest, sizeof kGuest - 1, &module_) != nullptr) std::abort();
    DefineHost();
    // Something to begin with, so that most steps of most programs do something.
    for (wasm_store_t* store : stores_) {
      Instantiate(store);
      Exports(refs_.back());
    }
  }

  ~Machine() {
    wasm_engine_delete(engine_);
    wasm_module_delete(module_);
    for (wasm_store_t* store : stores_) wasm_store_delete(store);
    airwasm_linker_delete(linker_);
    for (wasm_ref_t* ref : refs_) wasm_ref_delete(ref);
    for (wasm_frame_t* frame : frames_) wasm_frame_delete(frame);
    for (airwasm_interrupt_handle_t* handle : interrupts_) airwasm_interrupt_handle_delete(handle);
  }

  void Run() {
    while (next_ != end_) Step();
  }

 private:
  uint8_t Byte() { return next_ == end_ ? 0 : *next_++; }
  wasm_store_t* SomeStore() { return stores_[Byte() % 2]; }
  wasm_ref_t* SomeRef() { return refs_.empty() ? nullptr : refs_[Byte() % refs_.size()]; }
  void Keep(wasm_ref_t* ref) {
    if (ref == nullptr) return;
    if (refs_.size() < kMaxHandles) {
      refs_.push_back(ref);
    } else {
      wasm_ref_delete(ref);
    }
  }

  void DefineHost() {
    wasm_functype_t* const type =
        wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
    ++live_envs;
    airwasm_error_delete(
        airwasm_linker_define_func(linker_, "env", "f", type, &Machine::Host, this, &CountDown));
    wasm_functype_delete(type);
  }

  // Runs a few steps of the program in the middle of a call.
  static wasm_trap_t* Host(void* env, airwasm_caller_t* caller, const airwasm_val_t* args, size_t,
                           airwasm_val_t* results, size_t) {
    auto& self = *static_cast<Machine*>(env);
    if (self.depth_ < kMaxDepth) {
      ++self.depth_;
      for (int i = self.Byte() % 8; i > 0; --i) self.Step();
      --self.depth_;
    }
    self.Keep(wasm_extern_as_ref(airwasm_caller_export(caller, "memory")));
    results[0] = args[0];
    if (self.Byte() % 8 != 0) return nullptr;
    return airwasm_trap_new_exit(airwasm_caller_store(caller), 1);
  }

  void Instantiate(wasm_store_t* store) {
    wasm_instance_t* instance = nullptr;
    wasm_trap_t* trap = nullptr;
    airwasm_error_delete(airwasm_linker_instantiate(linker_, store, module_, &instance, &trap));
    if (trap != nullptr) Keep(wasm_trap_as_ref(trap));
    if (instance == nullptr) return;
    Keep(wasm_instance_as_ref(instance));
  }

  void Exports(wasm_ref_t* ref) {
    wasm_instance_t* const instance = ref == nullptr ? nullptr : wasm_ref_as_instance(ref);
    if (instance == nullptr) return;
    wasm_extern_vec_t exports, copy;
    wasm_instance_exports(instance, &exports);
    wasm_extern_vec_copy(&copy, &exports);
    wasm_extern_vec_delete(&exports);
    for (size_t i = 0; i < copy.size; ++i) {
      Keep(wasm_extern_as_ref(copy.data[i]));
      copy.data[i] = nullptr;
    }
    wasm_extern_vec_delete(&copy);
  }

  void Call() {
    wasm_ref_t* const ref = SomeRef();
    wasm_func_t* const func = ref == nullptr ? nullptr : wasm_ref_as_func(ref);
    if (func == nullptr) return;
    wasm_val_t arg_data[1], result_data[1];
    arg_data[0].kind = WASM_I32;
    arg_data[0].of.i32 = Byte();
    wasm_functype_t* const type = wasm_func_type(func);
    if (wasm_valtype_is_ref(wasm_functype_params(type)->data[0])) {
      arg_data[0].kind = WASM_EXTERNREF;
      arg_data[0].of.ref = SomeRef();
    }
    wasm_functype_delete(type);
    // The call may delete what it was given: an argument is borrowed, so it is copied first.
    wasm_val_t copy;
    wasm_val_copy(&copy, &arg_data[0]);
    arg_data[0] = copy;
    wasm_val_vec_t args = WASM_ARRAY_VEC(arg_data), results = WASM_ARRAY_VEC(result_data);
    wasm_trap_t* const trap = wasm_func_call(func, &args, &results);
    wasm_val_delete(&arg_data[0]);
    if (trap != nullptr) {
      wasm_frame_vec_t trace;
      wasm_trap_trace(trap, &trace);
      for (size_t i = 0; i < trace.size && frames_.size() < kMaxHandles; ++i)
        frames_.push_back(wasm_frame_copy(trace.data[i]));
      wasm_frame_vec_delete(&trace);
      Keep(wasm_trap_as_ref(trap));
    } else if (result_data[0].kind >= WASM_EXTERNREF) {
      Keep(result_data[0].of.ref);
    }
  }

  // Reads and writes through a handle of whatever kind it is.
  void Use() {
    wasm_ref_t* const ref = SomeRef();
    wasm_ref_t* const value = SomeRef();
    if (ref == nullptr) return;
    if (wasm_table_t* const table = wasm_ref_as_table(ref)) {
      wasm_table_set(table, Byte() % 8, value);
      Keep(wasm_table_get(table, Byte() % 8));
      if (wasm_table_size(table) < 32) wasm_table_grow(table, Byte() % 4, value);
    } else if (wasm_global_t* const global = wasm_ref_as_global(ref)) {
      wasm_val_t val;
      val.kind = WASM_EXTERNREF;
      val.of.ref = value;
      wasm_global_set(global, &val);
      wasm_global_get(global, &val);
      Keep(val.of.ref);
    } else if (wasm_memory_t* const memory = wasm_ref_as_memory(ref)) {
      wasm_memory_grow(memory, Byte() % 2);
      wasm_memory_data(memory)[wasm_memory_data_size(memory) - 1] = 1;
    } else if (wasm_extern_t* const value_of_any = wasm_ref_as_extern(ref)) {
      wasm_externtype_delete(wasm_extern_type(value_of_any));
      airwasm_linker_allow_shadowing(linker_, true);
      airwasm_error_delete(
          airwasm_linker_define(linker_, "env", Byte() % 4 == 0 ? "f" : "x", value_of_any));
    } else if (wasm_instance_t* const instance = wasm_ref_as_instance(ref)) {
      airwasm_error_delete(airwasm_linker_define_instance(linker_, "other", instance));
    }
    if (value != nullptr) wasm_ref_same(ref, value);
  }

  void Step() {
    switch (Byte() % 16) {
      case 0:
        return Instantiate(SomeStore());
      case 1:
        return Exports(SomeRef());
      case 2:
      case 3:
        return Call();
      case 4:
      case 5:
        return Use();
      case 6:
        if (wasm_ref_t* const ref = SomeRef()) Keep(wasm_ref_copy(ref));
        return;
      case 7:
      case 8:
        if (!refs_.empty()) {
          const size_t i = Byte() % refs_.size();
          wasm_ref_t* const ref = refs_[i];
          refs_.erase(refs_.begin() + static_cast<ptrdiff_t>(i));
          wasm_ref_delete(ref);
        }
        return;
      case 9: {  // another store in the place of an old one
        wasm_store_t*& store = stores_[Byte() % 2];
        wasm_store_delete(store);
        store = wasm_store_new(engine_);
        return;
      }
      case 10:
        if (depth_ == 0) {
          airwasm_linker_delete(linker_);
          linker_ = airwasm_linker_new(engine_);
          DefineHost();
        }
        return;
      case 11: {
        wasm_foreign_t* const foreign = airwasm_foreign_new_with_value(SomeStore(), Byte());
        return Keep(wasm_foreign_as_ref(foreign));
      }
      case 12:
        if (wasm_ref_t* const ref = SomeRef()) {
          ++live_envs;
          wasm_ref_set_host_info_with_finalizer(ref, this, &CountDown);
        }
        return;
      case 13:
        return airwasm_store_collect_garbage(SomeStore());
      case 14: {
        wasm_module_t* const copy = wasm_module_copy(module_);
        wasm_module_delete(module_);
        module_ = copy;
        wasm_shared_module_t* const shared = wasm_module_share(module_);
        Keep(wasm_module_as_ref(wasm_module_obtain(SomeStore(), shared)));
        return wasm_shared_module_delete(shared);
      }
      default:
        if (interrupts_.size() < kMaxHandles)
          interrupts_.push_back(airwasm_interrupt_handle_new(SomeStore()));
        airwasm_interrupt_handle_interrupt(interrupts_[Byte() % interrupts_.size()]);
        return airwasm_interrupt_handle_clear(interrupts_[Byte() % interrupts_.size()]);
    }
  }

  const uint8_t* next_;
  const uint8_t* end_;
  int depth_ = 0;
  wasm_engine_t* engine_;
  wasm_store_t* stores_[2];
  airwasm_linker_t* linker_;
  wasm_module_t* module_ = nullptr;
  std::vector<wasm_ref_t*> refs_;
  std::vector<wasm_frame_t*> frames_;
  std::vector<airwasm_interrupt_handle_t*> interrupts_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  {
    Machine machine(data, size);
    machine.Run();
  }
  if (live_envs != 0) std::abort();
  return 0;
}
