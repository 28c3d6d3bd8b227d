/* airwasm.h from a C program: what wasm.h lacks. WASI is tested in wasi/c_api. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/api/c/c_test.h"

static wasm_engine_t* engine;
static wasm_store_t* store;
static airwasm_linker_t* linker;

static void open_world(wasm_config_t* config, const airwasm_store_options_t* options) {
  engine = wasm_engine_new_with_config(config);
  store = airwasm_store_new(engine, options);
  linker = airwasm_linker_new(engine);
}
static void close_world(void) {
  airwasm_linker_delete(linker);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
}

/* By the linker; prints the error if there is one. */
static wasm_instance_t* instantiate(const char* wat) {
  wasm_module_t* module = NULL;
  wasm_instance_t* instance = NULL;
  if (!ok(airwasm_module_new(engine, wat, strlen(wat), &module))) return NULL;
  ok(airwasm_linker_instantiate(linker, store, module, &instance, NULL));
  wasm_module_delete(module);
  return instance;
}

/* Calls the export `name` with one i32 or none. */
static wasm_trap_t* run(wasm_instance_t* instance, const char* name, int32_t arg,
                        airwasm_val_t* result) {
  wasm_extern_t* found = airwasm_instance_export(instance, name);
  wasm_func_t* func = found == NULL ? NULL : wasm_extern_as_func(found);
  airwasm_val_t args[] = {WASM_I32_VAL(arg)};
  wasm_trap_t* trap = NULL;
  if (func == NULL) {
    CHECK(func != NULL);
    return NULL;
  }
  airwasm_error_t* error = airwasm_func_call(func, args, wasm_func_param_arity(func), result,
                                             wasm_func_result_arity(func), &trap);
  CHECK((error == NULL) == (trap == NULL));
  airwasm_error_delete(error);
  wasm_extern_delete(found);
  return trap;
}

/* ---- errors of input, features */

static void errors(void) {
  wasm_config_t* config = wasm_config_new();
  CHECK(airwasm_config_set_feature(config, "simd", false));
  CHECK(!airwasm_config_set_feature(config, "no-such-thing", true));
  CHECK(!airwasm_config_set_feature(config, "core", false));
  open_world(config, NULL);
  wasm_module_t* module = NULL;
  static const char kMistyped[] = "(module\n  (func (result i32) (i64.const 1)))";
  static const char kUnclosed[] = "(module\n  (func";
  static const char kSimd[] = "(module (func (param v128)))";
  CHECK(failed(airwasm_module_new(engine, kMistyped, strlen(kMistyped), &module),
               AIRWASM_INVALID_ARGUMENT, "type mismatch"));
  CHECK(module == NULL);
  CHECK(failed(airwasm_module_new(engine, kUnclosed, strlen(kUnclosed), &module),
               AIRWASM_INVALID_ARGUMENT, "2:"));
  airwasm_error_t* error = airwasm_module_new(engine, kSimd, strlen(kSimd), &module);
  CHECK(error != NULL && module == NULL);
  airwasm_error_delete(error);
  wasm_byte_vec_t binary;
  CHECK(failed(airwasm_wat2wasm("(", 1, &binary), AIRWASM_INVALID_ARGUMENT, "1:"));
  CHECK(binary.size == 0);
  CHECK(ok(airwasm_module_new(engine, "(module)", 8, &module)));
  wasm_module_delete(module);
  close_world();
}

/* ---- deterministic mode: a NaN loses its payload */

static void deterministic(void) {
  for (int on = 0; on < 2; ++on) {
    wasm_config_t* config = wasm_config_new();
    airwasm_config_set_deterministic(config, on != 0);
    open_world(config, NULL);
    wasm_instance_t* instance = instantiate(
        "(module (func (export \"sqrt\") (param i32) (result i32)"
        "  (i32.reinterpret_f32 (f32.sqrt (f32.reinterpret_i32 (local.get 0))))))");
    REQUIRE(instance != NULL);
    airwasm_val_t result;
    CHECK(run(instance, "sqrt", 0x7f800001, &result) == NULL);
    CHECK(result.of.i32 == (on != 0 ? 0x7fc00000 : 0x7fc00001));
    wasm_instance_delete(instance);
    close_world();
  }
}

/* ---- tiers, and what a second engine finds in the code cache of the first */

static void count_of_engine(wasm_config_t* config, uint64_t counts[5]) {
  static const airwasm_engine_stat_t kStats[] = {
      AIRWASM_ENGINE_FUNCTIONS, AIRWASM_ENGINE_FUNCTIONS_TRANSLATED,
      AIRWASM_ENGINE_FUNCTIONS_OPTIMIZED, AIRWASM_ENGINE_IMAGES_LOADED,
      AIRWASM_ENGINE_FUNCTIONS_BASELINE};
  airwasm_val_t result;
  wasm_instance_t* instance;
  open_world(config, NULL);
  instance = instantiate(
      "(module (func (export \"f\") (result i32) (i32.const 11))"
      "  (func (export \"g\") (result i32) (i32.const 12)))");
  CHECK(instance != NULL && run(instance, "f", 0, &result) == NULL && result.of.i32 == 11);
  for (size_t i = 0; i < 5; ++i) counts[i] = airwasm_engine_stat(engine, kStats[i]);
  CHECK(airwasm_engine_stat(engine, 200) == 0);
  wasm_instance_delete(instance);
  close_world();
}

static wasm_config_t* config_of_tier(airwasm_tier_t tier, const char* cache) {
  wasm_config_t* config = wasm_config_new();
  CHECK(airwasm_config_set_tier(config, tier));
  airwasm_config_set_code_cache(config, cache, 0);
  return config;
}

static void tiers(void) {
  char folder[] = "/tmp/airwasm-c-XXXXXX";
  char cache[64], command[80];
  uint64_t counts[5];
  wasm_name_t why;
  wasm_config_t* config = wasm_config_new();
  CHECK(!airwasm_config_set_tier(config, 4));
  CHECK(!airwasm_config_set_profile(config, 3));
  CHECK(airwasm_config_set_profile(config, AIRWASM_PROFILE_NONE));
  airwasm_config_set_gdb(config, false);
  wasm_config_delete(config);

  count_of_engine(config_of_tier(AIRWASM_TIER_INTERP, NULL), counts);
  CHECK(counts[0] == 2 && counts[1] == 1 && counts[2] == 0 && counts[3] == 0);
  count_of_engine(config_of_tier(AIRWASM_TIER_BASELINE, NULL), counts);
  CHECK(counts[0] == 2 && counts[1] == 1 && counts[2] == 0 && counts[3] == 0);
#ifdef __x86_64__
  CHECK(counts[4] == 1);
#endif

  if (!airwasm_compiler_is_available(&why)) {
    printf("no compiler: %s\n", why.data);
    CHECK(strlen(why.data) > 0);
    wasm_byte_vec_delete(&why);
    return;
  }
  CHECK(strlen(why.data) == 0);
  wasm_byte_vec_delete(&why);
  count_of_engine(config_of_tier(AIRWASM_TIER_JIT, NULL), counts);
  CHECK(counts[0] == 2 && counts[2] == 2 && counts[3] == 0);

  REQUIRE(mkdtemp(folder) != NULL);
  snprintf(cache, sizeof cache, "%s/cache", folder);
  if (airwasm_code_cache_is_usable(cache, &why)) {
    count_of_engine(config_of_tier(AIRWASM_TIER_JIT, cache), counts);
    CHECK(counts[2] == 2 && counts[3] == 0);
    count_of_engine(config_of_tier(AIRWASM_TIER_JIT, cache), counts);
    CHECK(counts[3] > 0);
    wasm_byte_vec_delete(&why);
    CHECK(chmod(cache, 0777) == 0);
    CHECK(!airwasm_code_cache_is_usable(cache, &why) && strlen(why.data) > 0);
  } else {
    printf("no code cache: %s\n", why.data);
  }
  wasm_byte_vec_delete(&why);
  airwasm_default_code_cache(&why); /* whatever the environment says */
  wasm_byte_vec_delete(&why);
  snprintf(command, sizeof command, "rm -r %s", folder);
  CHECK(system(command) == 0);
}

/* ---- fuel: exact, and the same again */

static void fuel(void) {
  wasm_config_t* config = wasm_config_new();
  airwasm_config_set_fuel(config, true);
  open_world(config, NULL);
  wasm_instance_t* instance = instantiate(
      "(module (func (export \"spin\") (param i32)"
      "  (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))))");
  REQUIRE(instance != NULL);
  CHECK(trapped(run(instance, "spin", 10, NULL), "fuel"));
  airwasm_store_set_fuel(store, 10000);
  CHECK(run(instance, "spin", 10, NULL) == NULL);
  const uint64_t used = 10000 - airwasm_store_fuel(store);
  CHECK(used > 0);
  airwasm_store_set_fuel(store, used);
  CHECK(run(instance, "spin", 10, NULL) == NULL);
  CHECK(airwasm_store_fuel(store) == 0);
  airwasm_store_set_fuel(store, used - 1);
  wasm_trap_t* trap = run(instance, "spin", 10, NULL);
  REQUIRE(trap != NULL);
  CHECK(airwasm_trap_kind(trap) == AIRWASM_TRAP_OUT_OF_FUEL);
  wasm_trap_delete(trap);
  wasm_instance_delete(instance);
  close_world();
}

/* ---- interruption from another thread */

static void* interrupt(void* handle) {
  airwasm_interrupt_handle_interrupt((const airwasm_interrupt_handle_t*)handle);
  return NULL;
}

static void interruption(void) {
  open_world(NULL, NULL);
  wasm_instance_t* instance =
      instantiate("(module (func (export \"forever\") (loop $l (br $l))) (func (export \"f\")))");
  REQUIRE(instance != NULL);
  airwasm_interrupt_handle_t* handle = airwasm_interrupt_handle_new(store);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, interrupt, handle) == 0);
  wasm_trap_t* trap = run(instance, "forever", 0, NULL);
  pthread_join(thread, NULL);
  REQUIRE(trap != NULL);
  CHECK(airwasm_trap_kind(trap) == AIRWASM_TRAP_INTERRUPTED);
  wasm_trap_delete(trap);
  airwasm_interrupt_handle_clear(handle);
  CHECK(run(instance, "f", 0, NULL) == NULL);
  wasm_instance_delete(instance);
  close_world();
  airwasm_interrupt_handle_interrupt(handle); /* the store is gone: nothing happens */
  airwasm_interrupt_handle_clear(handle);
  airwasm_interrupt_handle_delete(handle);
}

/* ---- linker */

static int finalized;
static void count_finalized(void* env) {
  (void)env;
  ++finalized;
}

static wasm_trap_t* sum_memory(void* env, airwasm_caller_t* caller, const airwasm_val_t* args,
                               size_t num_args, airwasm_val_t* results, size_t num_results) {
  size_t size = 0;
  byte_t* bytes = airwasm_caller_memory(caller, &size);
  CHECK(num_args == 1 && num_results == 1 && size == 65536);
  CHECK(airwasm_store_data(airwasm_caller_store(caller)) == env);
  wasm_extern_t* global = airwasm_caller_export(caller, "g");
  CHECK(global != NULL && wasm_extern_kind(global) == WASM_EXTERN_GLOBAL);
  CHECK(airwasm_caller_export(caller, "nothing") == NULL);
  wasm_extern_delete(global);
  results[0].of.i32 = 0;
  for (int32_t i = 0; i < args[0].of.i32; ++i) results[0].of.i32 += bytes[i];
  return NULL;
}

static void linking(void) {
  open_world(NULL, NULL);
  finalized = 0;
  int data = 0;
  airwasm_store_set_data(store, &data, count_finalized);
  wasm_functype_t* type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  CHECK(ok(
      airwasm_linker_define_func(linker, "env", "sum", type, sum_memory, &data, count_finalized)));
  CHECK(failed(
      airwasm_linker_define_func(linker, "env", "sum", type, sum_memory, &data, count_finalized),
      AIRWASM_ALREADY_EXISTS, "sum"));
  CHECK(finalized == 1);
  wasm_functype_delete(type);

  static const char kMisspelt[] =
      "(module (import \"env\" \"summ\" (func (param i32) (result i32))))";
  static const char kMistyped[] =
      "(module (import \"env\" \"sum\" (func (param i64) (result i32))))";
  static const char kTraps[] = "(module (func $f (unreachable)) (start $f))";
  wasm_module_t* module = NULL;
  wasm_instance_t* instance = NULL;
  wasm_trap_t* trap = NULL;
  REQUIRE(ok(airwasm_module_new(engine, kMisspelt, strlen(kMisspelt), &module)));
  CHECK(failed(airwasm_linker_instantiate(linker, store, module, &instance, &trap),
               AIRWASM_NOT_FOUND, "did you mean \"sum\""));
  CHECK(instance == NULL && trap == NULL);
  airwasm_linker_define_unknown_imports_as_traps(linker, true);
  CHECK(ok(airwasm_linker_instantiate(linker, store, module, &instance, NULL)));
  airwasm_linker_define_unknown_imports_as_traps(linker, false);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  REQUIRE(ok(airwasm_module_new(engine, kMistyped, strlen(kMistyped), &module)));
  CHECK(failed(airwasm_linker_instantiate(linker, store, module, &instance, NULL),
               AIRWASM_FAILED_PRECONDITION, "i64"));
  wasm_module_delete(module);
  REQUIRE(ok(airwasm_module_new(engine, kTraps, strlen(kTraps), &module)));
  CHECK(failed(airwasm_linker_instantiate(linker, store, module, &instance, &trap), AIRWASM_ABORTED,
               "unreachable"));
  CHECK(trapped(trap, "unreachable"));
  wasm_module_delete(module);

  instance = instantiate(
      "(module (import \"env\" \"sum\" (func $sum (param i32) (result i32)))"
      "  (memory (export \"memory\") 1) (data (i32.const 0) \"\\01\\02\\03\\04\")"
      "  (global (export \"g\") i32 (i32.const 0))"
      "  (func (export \"run\") (param i32) (result i32) (call $sum (local.get 0))))");
  REQUIRE(instance != NULL);
  airwasm_val_t result;
  CHECK(run(instance, "run", 3, &result) == NULL && result.of.i32 == 6);

  /* What one instance exports, another imports. */
  CHECK(ok(airwasm_linker_define_instance(linker, "first", instance)));
  CHECK(failed(airwasm_linker_define_instance(linker, "first", instance), AIRWASM_ALREADY_EXISTS,
               "first"));
  airwasm_linker_allow_shadowing(linker, true);
  CHECK(ok(airwasm_linker_define_instance(linker, "first", instance)));
  wasm_extern_t* exported = airwasm_instance_export(instance, "run");
  CHECK(ok(airwasm_linker_define(linker, "env", "other", exported)));
  wasm_extern_delete(exported);
  wasm_instance_delete(instance);
  instance = instantiate(
      "(module (import \"first\" \"run\" (func $f (param i32) (result i32)))"
      "  (import \"env\" \"other\" (func $g (param i32) (result i32)))"
      "  (func (export \"twice\") (param i32) (result i32)"
      "    (i32.add (call $f (local.get 0)) (call $g (local.get 0)))))");
  REQUIRE(instance != NULL);
  CHECK(run(instance, "twice", 4, &result) == NULL && result.of.i32 == 20);
  wasm_instance_delete(instance);

  /* Externs of one store do not link into another, even when the first store's handle is gone. */
  wasm_store_t* first = store;
  store = wasm_store_new(engine);
  wasm_store_delete(first);
  static const char kUser[] = "(module (import \"first\" \"run\" (func (param i32) (result i32))))";
  REQUIRE(ok(airwasm_module_new(engine, kUser, strlen(kUser), &module)));
  CHECK(failed(airwasm_linker_instantiate(linker, store, module, &instance, NULL),
               AIRWASM_FAILED_PRECONDITION, "another store"));
  wasm_module_delete(module);
  CHECK(finalized == 1);
  close_world();
  CHECK(finalized == 3); /* the host function, and the first store's data */
}

/* ---- v128 both ways, 64-bit memories, foreign values */

static wasm_trap_t* swap_halves(void* env, airwasm_caller_t* caller, const airwasm_val_t* args,
                                size_t num_args, airwasm_val_t* results, size_t num_results) {
  (void)env;
  (void)caller;
  CHECK(num_args == 2 && num_results == 2 && args[0].kind == WASM_I32 &&
        args[1].kind == AIRWASM_V128);
  memcpy(results[0].of.v128, args[1].of.v128 + 8, 8);
  memcpy(results[0].of.v128 + 8, args[1].of.v128, 8);
  results[1].of.i32 = args[0].of.i32 + 1;
  return NULL;
}

static void values(void) {
  open_world(NULL, NULL);
  wasm_valtype_t* params_data[] = {wasm_valtype_new_i32(), wasm_valtype_new(AIRWASM_V128)};
  wasm_valtype_t* results_types[] = {wasm_valtype_new(AIRWASM_V128), wasm_valtype_new_i32()};
  wasm_valtype_vec_t params, result_types;
  wasm_valtype_vec_new(&params, 2, params_data);
  wasm_valtype_vec_new(&result_types, 2, results_types);
  wasm_functype_t* type = wasm_functype_new(&params, &result_types);
  CHECK(wasm_func_new(store, type, NULL) == NULL); /* no room for a vector in a wasm_val_t */
  CHECK(ok(airwasm_linker_define_func(linker, "env", "swap", type, swap_halves, NULL, NULL)));
  wasm_functype_delete(type);
  wasm_instance_t* instance = instantiate(
      "(module (import \"env\" \"swap\" (func $swap (param i32 v128) (result v128 i32)))"
      "  (global (export \"g\") (mut v128) (v128.const i64x2 1 2))"
      "  (func (export \"f\") (param i32 v128) (result v128 i32) (call $swap (local.get 0) "
      "(local.get 1))))");
  REQUIRE(instance != NULL);
  wasm_extern_t* f = airwasm_instance_export(instance, "f");
  airwasm_val_t args[2] = {WASM_I32_VAL(41)}, results[2];
  args[1].kind = AIRWASM_V128;
  for (uint8_t i = 0; i < 16; ++i) args[1].of.v128[i] = i;
  wasm_trap_t* trap = NULL;
  CHECK(ok(airwasm_func_call(wasm_extern_as_func(f), args, 2, results, 2, &trap)));
  CHECK(results[0].kind == AIRWASM_V128 && results[0].of.v128[0] == 8 &&
        results[0].of.v128[8] == 0);
  CHECK(results[1].kind == WASM_I32 && results[1].of.i32 == 42);
  CHECK(failed(airwasm_func_call(wasm_extern_as_func(f), args, 1, results, 2, &trap),
               AIRWASM_INVALID_ARGUMENT, "expected 2"));
  CHECK(failed(airwasm_func_call(wasm_extern_as_func(f), args, 2, results, 1, &trap),
               AIRWASM_INVALID_ARGUMENT, "room for 2"));
  wasm_val_vec_t none = WASM_EMPTY_VEC;
  CHECK(trapped(wasm_func_call(wasm_extern_as_func(f), &none, &none), "v128"));
  wasm_extern_delete(f);
  wasm_extern_t* g = airwasm_instance_export(instance, "g");
  airwasm_global_get(wasm_extern_as_global(g), &results[0]);
  CHECK(results[0].kind == AIRWASM_V128 && results[0].of.v128[0] == 1 &&
        results[0].of.v128[8] == 2);
  CHECK(ok(airwasm_global_set(wasm_extern_as_global(g), &args[1])));
  CHECK(failed(airwasm_global_set(wasm_extern_as_global(g), &args[0]), AIRWASM_INVALID_ARGUMENT,
               "v128"));
  airwasm_global_get(wasm_extern_as_global(g), &results[0]);
  CHECK(memcmp(results[0].of.v128, args[1].of.v128, 16) == 0);
  wasm_extern_delete(g);
  wasm_instance_delete(instance);

  wasm_memorytype_t* big = airwasm_memorytype_new(1, true, UINT64_C(1) << 40, true, false, 16);
  uint64_t max = 0;
  CHECK(airwasm_memorytype_is_64(big) && !airwasm_memorytype_is_shared(big) &&
        airwasm_memorytype_min(big) == 1);
  CHECK(airwasm_memorytype_max(big, &max) && max == UINT64_C(1) << 40);
  CHECK(wasm_memorytype_limits(big)->max == UINT32_MAX);
  wasm_memory_t* memory = wasm_memory_new(store, big);
  CHECK(memory != NULL && wasm_memory_data_size(memory) == 65536);
  wasm_memory_t* nowhere = NULL;
  CHECK(failed(airwasm_memory_share_with(memory, store, &nowhere), AIRWASM_FAILED_PRECONDITION,
               "shared"));
  wasm_memory_delete(memory);
  wasm_memorytype_delete(big);

  /* One shared memory in two stores. */
  wasm_memorytype_t* shared_type = airwasm_memorytype_new(1, true, 2, false, true, 16);
  memory = wasm_memory_new(store, shared_type);
  wasm_memorytype_delete(shared_type);
  wasm_store_t* other = wasm_store_new(engine);
  wasm_memory_t* twin = NULL;
  REQUIRE(ok(airwasm_memory_share_with(memory, other, &twin)));
  wasm_memory_data(memory)[5] = 55;
  CHECK(wasm_memory_data(twin)[5] == 55 && wasm_memory_grow(twin, 1) &&
        wasm_memory_size(memory) == 2);
  wasm_memory_delete(memory);
  CHECK(wasm_memory_data(twin)[5] == 55);
  wasm_memory_delete(twin);
  wasm_store_delete(other);

  wasm_foreign_t* foreign = airwasm_foreign_new_with_value(store, 77);
  uint64_t value = 0;
  CHECK(airwasm_foreign_value(foreign, &value) && value == 77);
  wasm_foreign_delete(foreign);
  close_world();
}

/* ---- exceptions and exits from host functions */

static wasm_tag_t* tag;

static wasm_trap_t* throw_it(void* env, airwasm_caller_t* caller, const airwasm_val_t* args,
                             size_t num_args, airwasm_val_t* results, size_t num_results) {
  (void)env;
  (void)results;
  (void)num_results;
  return airwasm_caller_throw(caller, tag, args, num_args);
}
static wasm_trap_t* leave(void* env, airwasm_caller_t* caller, const airwasm_val_t* args,
                          size_t num_args, airwasm_val_t* results, size_t num_results) {
  (void)env;
  (void)num_args;
  (void)results;
  (void)num_results;
  return airwasm_trap_new_exit(airwasm_caller_store(caller), args[0].of.i32);
}

static void exceptions(void) {
  open_world(NULL, NULL);
  wasm_tagtype_t* tag_type = wasm_tagtype_new(wasm_functype_new_1_0(wasm_valtype_new_i32()));
  CHECK(wasm_tagtype_new(wasm_functype_new_0_1(wasm_valtype_new_i32())) == NULL);
  tag = wasm_tag_new(store, tag_type);
  wasm_tagtype_delete(tag_type);
  wasm_functype_t* type = wasm_functype_new_1_0(wasm_valtype_new_i32());
  CHECK(ok(airwasm_linker_define(linker, "env", "tag", wasm_tag_as_extern(tag))));
  CHECK(ok(airwasm_linker_define_func(linker, "env", "throw", type, throw_it, NULL, NULL)));
  CHECK(ok(airwasm_linker_define_func(linker, "env", "exit", type, leave, NULL, NULL)));
  wasm_functype_delete(type);
  wasm_instance_t* instance = instantiate(
      "(module (import \"env\" \"tag\" (tag $t (param i32))) (import \"env\" \"throw\" (func "
      "$throw (param i32)))"
      "  (import \"env\" \"exit\" (func $exit (param i32)))"
      "  (func (export \"caught\") (param i32) (result i32)"
      "    (block $h (result i32) (try_table (catch $t $h) (call $throw (local.get 0))) (i32.const "
      "-1)))"
      "  (func (export \"uncaught\") (param i32) (throw $t (local.get 0)))"
      "  (func (export \"exit\") (param i32) (call $exit (local.get 0))))");
  REQUIRE(instance != NULL);
  airwasm_val_t result;
  CHECK(run(instance, "caught", 5, &result) == NULL && result.of.i32 == 5);
  wasm_trap_t* trap = run(instance, "uncaught", 9, NULL);
  REQUIRE(trap != NULL);
  CHECK(airwasm_trap_kind(trap) == AIRWASM_TRAP_EXCEPTION);
  wasm_tag_t* thrown = airwasm_trap_exception_tag(trap);
  CHECK(thrown != NULL && wasm_tag_same(thrown, tag));
  wasm_tag_delete(thrown);
  airwasm_store_collect_garbage(store);
  CHECK(airwasm_trap_exception_payload(trap, &result, 1) == 1 && result.of.i32 == 9);
  CHECK(airwasm_trap_exception_payload(trap, NULL, 0) == 1);
  wasm_trap_delete(trap);
  trap = run(instance, "exit", 3, NULL);
  REQUIRE(trap != NULL);
  int32_t code = 0;
  CHECK(airwasm_trap_kind(trap) == AIRWASM_TRAP_EXIT && airwasm_trap_exit_code(trap, &code) &&
        code == 3);
  CHECK(airwasm_trap_exception_tag(trap) == NULL &&
        airwasm_trap_exception_payload(trap, &result, 1) == 0);
  wasm_name_t text;
  airwasm_trap_to_string(trap, &text);
  CHECK(text.size > 1 && strlen(text.data) == text.size - 1);
  wasm_name_delete(&text);
  wasm_trap_delete(trap);
  wasm_instance_delete(instance);
  wasm_tag_delete(tag);
  close_world();
}

/* ---- limits of a store */

static void limits(void) {
  airwasm_store_options_t* options = airwasm_store_options_new();
  airwasm_store_options_set_max_memory_bytes(options, 2 * 65536);
  airwasm_store_options_set_max_instances(options, 2);
  airwasm_store_options_set_max_table_elements(options, 10);
  airwasm_store_options_set_max_stack_bytes(options, 64 * 1024);
  open_world(NULL, options);
  airwasm_store_options_delete(options);
  wasm_instance_t* instance = instantiate(
      "(module (memory 1) (table 1 funcref)"
      "  (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
      "  (func (export \"grow_table\") (param i32) (result i32) (table.grow (ref.null func) "
      "(local.get 0)))"
      "  (func $deep (export \"deep\") (param i32) (result i32) (i32.add (call $deep (local.get "
      "0)) (i32.const 1))))");
  REQUIRE(instance != NULL);
  airwasm_val_t result;
  CHECK(run(instance, "grow", 2, &result) == NULL && result.of.i32 == -1);
  CHECK(run(instance, "grow", 1, &result) == NULL && result.of.i32 == 1);
  CHECK(airwasm_store_memory_bytes(store) == 2 * 65536);
  CHECK(run(instance, "grow_table", 10, &result) == NULL && result.of.i32 == -1);
  wasm_trap_t* trap = run(instance, "deep", 0, &result);
  REQUIRE(trap != NULL);
  CHECK(airwasm_trap_kind(trap) == AIRWASM_TRAP_STACK_EXHAUSTED);
  wasm_trap_delete(trap);
  wasm_instance_delete(instance);
  wasm_module_t* module = NULL;
  REQUIRE(ok(airwasm_module_new(engine, "(module)", 8, &module)));
  CHECK(ok(airwasm_linker_instantiate(linker, store, module, &instance, NULL)));
  wasm_instance_delete(instance);
  CHECK(failed(airwasm_linker_instantiate(linker, store, module, &instance, NULL),
               AIRWASM_RESOURCE_EXHAUSTED, "instance"));
  wasm_module_delete(module);
  close_world();
}

int main(void) {
  static const struct test_case kCases[] = {
      {"errors", errors}, {"deterministic", deterministic}, {"tiers", tiers},
      {"fuel", fuel},     {"interruption", interruption},   {"linking", linking},
      {"values", values}, {"exceptions", exceptions},       {"limits", limits},
  };
  run_cases(kCases, sizeof kCases / sizeof *kCases);
  return failures == 0 ? 0 : 1;
}
