// Guarding a guest in C: what nothing grants is denied, a grant takes effect with the next call,
// and what the guest uses is bounded and counted.
#include <airwasm_security.h>
#include <stdio.h>
#include <string.h>

static const char kModule[] =
    "(module"
    "  (import \"calculator\" \"add\" (func $add (param i32 i32) (result i32)))"
    "  (memory 1)"
    "  (func (export \"sum\") (param i32 i32) (result i32)"
    "    (call $add (local.get 0) (local.get 1))))";

static wasm_trap_t* add(void* env, airwasm_caller_t* caller, const airwasm_val_t* args,
                        size_t num_args, airwasm_val_t* results, size_t num_results) {
  (void)env, (void)caller, (void)num_args, (void)num_results;
  results[0].of.i32 = args[0].of.i32 + args[1].of.i32;
  return NULL;
}

int main(void) {
  wasm_engine_t* engine = wasm_engine_new();
  airwasm_linker_t* linker = airwasm_linker_new(engine);

  // A class of actions of our own, and a function that belongs to it.
  airwasm_capabilities_t calculate;
  if (airwasm_capability_register("calculator.add", &calculate)) return 1;
  wasm_functype_t* type =
      wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_i32(), wasm_valtype_new_i32());
  if (airwasm_linker_define_guarded_func(linker, "calculator", "add", type, calculate, add, NULL,
                                         NULL))
    return 1;
  wasm_functype_delete(type);

  // A guest that nothing is granted to, with a bound on its memory.
  airwasm_guard_options_t* options = airwasm_guard_options_new();
  airwasm_guard_options_set_component(options, "acme:example", 0);
  airwasm_guard_t* guard = airwasm_guard_new(options);
  airwasm_quota_t* quota = airwasm_quota_new();
  if (airwasm_quota_set(quota, "memory", "1MiB")) return 1;
  airwasm_meter_t* meter = airwasm_meter_new(quota, guard, NULL);
  wasm_store_t* store;
  if (airwasm_store_new_metered(engine, NULL, meter, &store)) return 1;
  if (airwasm_store_set_guard(store, guard)) return 1;

  wasm_module_t* module;
  wasm_instance_t* instance;
  if (airwasm_module_new(engine, kModule, strlen(kModule), &module)) return 1;
  if (airwasm_linker_instantiate(linker, store, module, &instance, NULL)) return 1;
  wasm_extern_t* found = airwasm_instance_export(instance, "sum");
  airwasm_val_t args[2] = {{.kind = WASM_I32, .of = {.i32 = 2}},
                           {.kind = WASM_I32, .of = {.i32 = 3}}};
  airwasm_val_t result;

  airwasm_error_t* error = airwasm_func_call(wasm_extern_as_func(found), args, 2, &result, 1, NULL);
  if (error == NULL) return 1;  // denied: no rule allows it
  airwasm_error_delete(error);

  airwasm_grants_t* grants = airwasm_grants_new();
  if (airwasm_grants_allow(grants, "calculator.add", NULL)) return 1;
  airwasm_guard_set_grants(guard, grants);
  if (airwasm_func_call(wasm_extern_as_func(found), args, 2, &result, 1, NULL)) return 1;
  printf("2 + 3 = %d\n", result.of.i32);

  uint64_t bytes;
  if (!airwasm_meter_used(meter, "memory", &bytes, NULL) || bytes != 65536) return 1;

  airwasm_grants_delete(grants);
  wasm_extern_delete(found);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_store_delete(store);
  airwasm_meter_delete(meter);
  airwasm_quota_delete(quota);
  airwasm_guard_delete(guard);
  airwasm_guard_options_delete(options);
  airwasm_linker_delete(linker);
  wasm_engine_delete(engine);
  return 0;
}
