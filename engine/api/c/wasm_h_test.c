/* wasm.h from a C program: running modules, host functions, traps, types, threads, and deleting in
 * every order. The objects of a store are in wasm_h_objects_test.c. */
#include <pthread.h>
#include <stdlib.h>

#include "engine/api/c/c_test.h"

static wasm_engine_t* engine;

/* ---- hello: a module without imports, a function by its place among the exports */

static void hello(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_extern_vec_t imports = WASM_EMPTY_VEC, exports;
  wasm_instance_t* instance =
      instance_from_text(store,
                         "(module (func (export \"add\") (param i32 i32) (result i32) (i32.add "
                         "(local.get 0) (local.get 1))))",
                         &imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  REQUIRE(exports.size == 1 && wasm_extern_kind(exports.data[0]) == WASM_EXTERN_FUNC);
  wasm_func_t* add = wasm_extern_as_func(exports.data[0]);
  CHECK(wasm_func_param_arity(add) == 2 && wasm_func_result_arity(add) == 1);
  wasm_val_t args[] = {WASM_I32_VAL(2), WASM_I32_VAL(40)};
  CHECK(call(add, 2, args).of.i32 == 42);

  /* Calls that do not fit the type. */
  wasm_val_t wrong[] = {WASM_I32_VAL(2), WASM_I64_VAL(40)}, result[] = {WASM_INIT_VAL};
  wasm_val_vec_t wrong_args = WASM_ARRAY_VEC(wrong), few_args = {1, args}, good_args = {2, args};
  wasm_val_vec_t results = WASM_ARRAY_VEC(result), none = WASM_EMPTY_VEC;
  CHECK(trapped(wasm_func_call(add, &wrong_args, &results), "should be i32"));
  CHECK(trapped(wasm_func_call(add, &few_args, &results), "expected 2, got 1"));
  CHECK(trapped(wasm_func_call(add, &good_args, &none), "results"));
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
}

/* ---- callback: host functions with and without environment */

static wasm_trap_t* add_env(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  wasm_val_t result = WASM_I32_VAL(args->data[0].of.i32 + *(int*)env);
  results->data[0] = result;
  return NULL;
}
static wasm_trap_t* wrong_result(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args;
  wasm_val_t result = WASM_F64_VAL(1.0);
  results->data[0] = result;
  return NULL;
}
static int env_finalized = 0;
static void finalize_env(void* env) {
  env_finalized += *(int*)env;
}

static void callback(void) {
  int env = 1000;
  env_finalized = 0;
  wasm_store_t* store = wasm_store_new(engine);
  wasm_functype_t* type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t* f = wasm_func_new(store, type, triple);
  wasm_func_t* g = wasm_func_new_with_env(store, type, add_env, &env, finalize_env);
  wasm_func_t* bad = wasm_func_new(store, type, wrong_result);
  wasm_functype_delete(type);
  wasm_extern_t* imports_data[] = {wasm_func_as_extern(f), wasm_func_as_extern(g),
                                   wasm_func_as_extern(bad)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(imports_data), exports;
  wasm_instance_t* instance = instance_from_text(
      store,
      "(module (type $t (func (param i32) (result i32)))"
      "  (import \"\" \"f\" (func $f (type $t))) (import \"\" \"g\" (func $g (type $t)))"
      "  (import \"\" \"bad\" (func $bad (type $t)))"
      "  (func (export \"both\") (type $t) (call $g (call $f (local.get 0))))"
      "  (func (export \"bad\") (type $t) (call $bad (local.get 0))))",
      &imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  CHECK(call_i32(wasm_extern_as_func(exports.data[0]), 7) == 1021);
  CHECK(call_i32(f, 5) == 15); /* straight from the host */
  wasm_val_t args_data[] = {WASM_I32_VAL(1)}, results_data[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(args_data), results = WASM_ARRAY_VEC(results_data);
  CHECK(trapped(wasm_func_call(wasm_extern_as_func(exports.data[1]), &args, &results),
                "should be i32"));
  wasm_extern_vec_delete(&exports);
  wasm_func_delete(f);
  wasm_func_delete(g);
  wasm_func_delete(bad);
  wasm_instance_delete(instance);
  CHECK(env_finalized == 0);
  wasm_store_delete(store);
  CHECK(env_finalized == 1000);
}

/* ---- trap: of the host and of the guest, with a trace */

static wasm_trap_t* fail(void* env, const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  (void)args;
  (void)results;
  wasm_message_t message;
  wasm_name_new_from_string_nt(&message, "the host says no");
  wasm_trap_t* trap = wasm_trap_new((wasm_store_t*)env, &message);
  wasm_name_delete(&message);
  return trap;
}

static void trap(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_functype_t* type = wasm_functype_new_0_1(wasm_valtype_new_i32());
  wasm_func_t* host = wasm_func_new_with_env(store, type, fail, store, NULL);
  wasm_functype_delete(type);
  wasm_extern_t* imports_data[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(imports_data), exports;
  wasm_instance_t* instance =
      instance_from_text(store,
                         "(module $m (import \"\" \"f\" (func $f (result i32)))"
                         "  (func (export \"host\") (result i32) (call $f))"
                         "  (func $outer (export \"guest\") (result i32) (nop) (call $inner))"
                         "  (func $inner (result i32) (unreachable)))",
                         &imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  wasm_val_t results_data[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_EMPTY_VEC, results = WASM_ARRAY_VEC(results_data);
  CHECK(trapped(wasm_func_call(wasm_extern_as_func(exports.data[0]), &args, &results),
                "the host says no"));
  CHECK(trapped(wasm_func_call(host, &args, &results), "the host says no"));

  wasm_trap_t* ended = wasm_func_call(wasm_extern_as_func(exports.data[1]), &args, &results);
  REQUIRE(ended != NULL);
  wasm_frame_t* origin = wasm_trap_origin(ended);
  REQUIRE(origin != NULL);
  CHECK(wasm_frame_func_index(origin) == 3);
  CHECK(wasm_instance_same(wasm_frame_instance(origin), instance));
  CHECK(strstr(airwasm_frame_func_name(origin), "inner") != NULL);
  CHECK(strcmp(airwasm_frame_module_name(origin), "m") == 0);
  wasm_frame_vec_t trace, copy;
  wasm_trap_trace(ended, &trace);
  REQUIRE(trace.size == 2);
  CHECK(wasm_frame_func_index(trace.data[1]) == 2);
  /* Count of locals, nop, then the call. */
  CHECK(wasm_frame_func_offset(trace.data[0]) == 1 && wasm_frame_func_offset(trace.data[1]) == 2);
  CHECK(wasm_frame_module_offset(trace.data[0]) > wasm_frame_module_offset(trace.data[1]));
  wasm_frame_vec_copy(&copy, &trace);
  CHECK(copy.size == 2 && wasm_instance_same(wasm_frame_instance(copy.data[1]), instance));
  wasm_frame_vec_delete(&copy);
  wasm_frame_vec_delete(&trace);
  wasm_frame_delete(origin);
  wasm_trap_t* again = wasm_trap_copy(ended);
  CHECK(wasm_trap_same(again, ended) && wasm_ref_as_trap(wasm_trap_as_ref(again)) == again);
  wasm_trap_delete(again);
  CHECK(trapped(ended, "unreachable"));
  wasm_extern_vec_delete(&exports);
  wasm_func_delete(host);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
}

/* ---- start: a start function that traps, imports that do not fit */

static void start(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_module_t* module = module_from_text(store, "(module (func $f (unreachable)) (start $f))");
  REQUIRE(module != NULL);
  wasm_trap_t* ended = NULL;
  wasm_extern_vec_t imports = WASM_EMPTY_VEC;
  CHECK(wasm_instance_new(store, module, &imports, &ended) == NULL);
  CHECK(trapped(ended, "unreachable"));
  CHECK(wasm_instance_new(store, module, &imports, NULL) == NULL);
  wasm_module_delete(module);

  module = module_from_text(store, "(module (import \"a\" \"b\" (func)))");
  CHECK(wasm_instance_new(store, module, &imports, &ended) == NULL);
  CHECK(trapped(ended, "import"));
  /* Of another store. */
  wasm_store_t* other = wasm_store_new(engine);
  wasm_functype_t* type = wasm_functype_new_0_0();
  wasm_func_t* func = wasm_func_new(other, type, triple);
  wasm_functype_delete(type);
  wasm_extern_t* foreign[] = {wasm_func_as_extern(func)};
  wasm_extern_vec_t foreign_imports = WASM_ARRAY_VEC(foreign);
  CHECK(wasm_instance_new(store, module, &foreign_imports, &ended) == NULL);
  CHECK(trapped(ended, "another store"));
  wasm_func_delete(func);
  wasm_store_delete(other);
  wasm_module_delete(module);
  wasm_store_delete(store);
}

/* ---- reflect: types of imports and exports */

static int name_is(const wasm_name_t* name, const char* text) {
  return name->size == strlen(text) && memcmp(name->data, text, name->size) == 0;
}

static void reflect(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_module_t* module = module_from_text(
      store,
      "(module (import \"env\" \"g\" (global i64))"
      "  (func (export \"func\") (param i32 f64 externref) (result f32 funcref) (unreachable))"
      "  (global (export \"global\") (mut f64) (f64.const 0))"
      "  (table (export \"table\") 0 50 anyref)"
      "  (memory (export \"memory\") 1)"
      "  (tag (export \"tag\") (param i32)))");
  REQUIRE(module != NULL);
  wasm_importtype_vec_t imports, imports_copy;
  wasm_module_imports(module, &imports);
  REQUIRE(imports.size == 1);
  CHECK(name_is(wasm_importtype_module(imports.data[0]), "env") &&
        name_is(wasm_importtype_name(imports.data[0]), "g"));
  const wasm_globaltype_t* imported =
      wasm_externtype_as_globaltype_const(wasm_importtype_type(imports.data[0]));
  CHECK(wasm_globaltype_mutability(imported) == WASM_CONST);
  CHECK(wasm_valtype_kind(wasm_globaltype_content(imported)) == WASM_I64);
  wasm_importtype_vec_copy(&imports_copy, &imports);
  wasm_importtype_vec_delete(&imports);
  CHECK(name_is(wasm_importtype_name(imports_copy.data[0]), "g"));
  wasm_importtype_vec_delete(&imports_copy);

  wasm_exporttype_vec_t exports, copy;
  wasm_module_exports(module, &exports);
  wasm_exporttype_vec_copy(&copy, &exports);
  wasm_exporttype_vec_delete(&exports);
  REQUIRE(copy.size == 5);
  CHECK(name_is(wasm_exporttype_name(copy.data[0]), "func"));
  const wasm_externtype_t* type = wasm_exporttype_type(copy.data[0]);
  const wasm_functype_t* func = wasm_externtype_as_functype_const(type);
  REQUIRE(func != NULL && wasm_externtype_as_memorytype_const(type) == NULL);
  const wasm_valkind_t params[] = {WASM_I32, WASM_F64, WASM_EXTERNREF};
  REQUIRE(wasm_functype_params(func)->size == 3 && wasm_functype_results(func)->size == 2);
  for (int i = 0; i < 3; ++i)
    CHECK(wasm_valtype_kind(wasm_functype_params(func)->data[i]) == params[i]);
  CHECK(wasm_valtype_kind(wasm_functype_results(func)->data[1]) == WASM_FUNCREF);

  CHECK(wasm_globaltype_mutability(
            wasm_externtype_as_globaltype_const(wasm_exporttype_type(copy.data[1]))) == WASM_VAR);
  const wasm_tabletype_t* table =
      wasm_externtype_as_tabletype_const(wasm_exporttype_type(copy.data[2]));
  CHECK(wasm_tabletype_limits(table)->min == 0 && wasm_tabletype_limits(table)->max == 50);
  wasm_name_t text;
  airwasm_valtype_to_string(wasm_tabletype_element(table), &text);
  CHECK(text.size == 7 && strcmp(text.data, "anyref") == 0);
  wasm_name_delete(&text);
  const wasm_memorytype_t* memory =
      wasm_externtype_as_memorytype_const(wasm_exporttype_type(copy.data[3]));
  CHECK(wasm_memorytype_limits(memory)->min == 1 &&
        wasm_memorytype_limits(memory)->max == wasm_limits_max_default);
  const wasm_tagtype_t* tag = wasm_externtype_as_tagtype_const(wasm_exporttype_type(copy.data[4]));
  REQUIRE(tag != NULL);
  CHECK(wasm_functype_params(wasm_tagtype_functype(tag))->size == 1);
  wasm_exporttype_vec_delete(&copy);

  /* Types that the program makes itself. */
  wasm_functype_t* made =
      wasm_functype_new_3_2(wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                            wasm_valtype_new_f64(), wasm_valtype_new_externref());
  wasm_externtype_t* made_copy = wasm_externtype_copy(wasm_functype_as_externtype(made));
  wasm_functype_delete(made);
  CHECK(wasm_externtype_kind(made_copy) == WASM_EXTERN_FUNC);
  CHECK(wasm_functype_params(wasm_externtype_as_functype(made_copy))->size == 3);
  wasm_name_t name;
  wasm_name_new_from_string(&name, "made");
  wasm_exporttype_t* made_export = wasm_exporttype_new(&name, made_copy);
  CHECK(name_is(wasm_exporttype_name(made_export), "made"));
  wasm_exporttype_delete(made_export);
  CHECK(wasm_valtype_new(77) == NULL);
  wasm_module_delete(module);
  wasm_store_delete(store);
}

/* ---- serialize */

static void serialize(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_module_t* module =
      module_from_text(store, "(module (func (export \"f\") (result i32) (i32.const 7)))");
  REQUIRE(module != NULL);
  wasm_byte_vec_t bytes;
  wasm_module_serialize(module, &bytes);
  wasm_module_delete(module);
  module = wasm_module_deserialize(store, &bytes);
  REQUIRE(module != NULL);
  CHECK(wasm_module_validate(store, &bytes));
  wasm_extern_vec_t imports = WASM_EMPTY_VEC, exports;
  wasm_instance_t* instance = wasm_instance_new(store, module, &imports, NULL);
  wasm_instance_exports(instance, &exports);
  CHECK(call_i32(wasm_extern_as_func(exports.data[0]), 0) == 7);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  /* Every cut of the binary is refused, except where whole sections were cut off. */
  const size_t size = bytes.size;
  for (bytes.size = 0; bytes.size < size; ++bytes.size) {
    module = wasm_module_new(store, &bytes);
    CHECK((module != NULL) == wasm_module_validate(store, &bytes));
    CHECK(bytes.size >= 8 || module == NULL);
    wasm_module_delete(module);
  }
  bytes.size = size;
  wasm_byte_vec_delete(&bytes);
  wasm_store_delete(store);
}

/* ---- threads: one module, many stores */

static void* run_thread(void* arg) {
  const wasm_shared_module_t* shared = (const wasm_shared_module_t*)arg;
  intptr_t sum = 0;
  for (int i = 0; i < 20; ++i) {
    wasm_store_t* store = wasm_store_new(engine);
    wasm_module_t* module = wasm_module_obtain(store, shared);
    wasm_functype_t* type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
    wasm_func_t* host = wasm_func_new(store, type, triple);
    wasm_functype_delete(type);
    wasm_extern_t* imports_data[] = {wasm_func_as_extern(host)};
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(imports_data), exports;
    wasm_instance_t* instance = wasm_instance_new(store, module, &imports, NULL);
    wasm_module_delete(module);
    wasm_instance_exports(instance, &exports);
    sum += call_i32(wasm_extern_as_func(exports.data[0]), i);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    wasm_func_delete(host);
    wasm_store_delete(store);
  }
  return (void*)sum;
}

static void threads(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_module_t* module =
      module_from_text(store,
                       "(module (import \"\" \"f\" (func $f (param i32) (result i32)))"
                       "  (func (export \"run\") (param i32) (result i32) (i32.add (call $f "
                       "(local.get 0)) (i32.const 1))))");
  REQUIRE(module != NULL);
  wasm_shared_module_t* shared = wasm_module_share(module);
  wasm_module_delete(module);
  wasm_store_delete(store);
  pthread_t workers[4];
  for (int i = 0; i < 4; ++i) CHECK(pthread_create(&workers[i], NULL, run_thread, shared) == 0);
  for (int i = 0; i < 4; ++i) {
    void* sum = NULL;
    pthread_join(workers[i], &sum);
    CHECK((intptr_t)sum == 3 * 190 + 20);
  }
  /* An engine of another make cannot obtain it. */
  wasm_engine_t* other_engine = wasm_engine_new();
  wasm_store_t* other = wasm_store_new(other_engine);
  CHECK(wasm_module_obtain(other, shared) == NULL);
  wasm_store_delete(other);
  wasm_engine_delete(other_engine);
  wasm_shared_module_delete(shared);
}

/* ---- deletion in every order */

static wasm_trap_t* delete_everything(void* env, const wasm_val_vec_t* args,
                                      wasm_val_vec_t* results) {
  void** handles = (void**)env;
  (void)args;
  (void)results;
  wasm_func_delete((wasm_func_t*)handles[0]);
  wasm_instance_delete((wasm_instance_t*)handles[1]);
  wasm_store_delete((wasm_store_t*)handles[2]);
  wasm_func_delete((wasm_func_t*)handles[3]);
  return NULL;
}

static void deletion(void) {
  /* The engine and the store first, what came out of them last. */
  wasm_engine_t* short_lived = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(short_lived);
  wasm_engine_delete(short_lived);
  wasm_module_t* module =
      module_from_text(store, "(module (func (export \"f\") (result i32) (i32.const 7)))");
  wasm_extern_vec_t imports = WASM_EMPTY_VEC, exports;
  wasm_instance_t* instance = wasm_instance_new(store, module, &imports, NULL);
  wasm_store_delete(store);
  wasm_module_delete(module);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  wasm_instance_delete(instance);
  CHECK(call_i32(wasm_extern_as_func(exports.data[0]), 0) == 7);
  wasm_extern_vec_delete(&exports);

  /* A host function that deletes every handle while it runs. */
  store = wasm_store_new(engine);
  void* handles[4];
  wasm_functype_t* type = wasm_functype_new_0_0();
  wasm_func_t* host = wasm_func_new_with_env(store, type, delete_everything, handles, NULL);
  wasm_functype_delete(type);
  wasm_extern_t* imports_data[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t host_imports = WASM_ARRAY_VEC(imports_data);
  instance = instance_from_text(
      store,
      "(module (import \"\" \"f\" (func $f)) (func (export \"g\") (call $f) (call $h)) (func $h))",
      &host_imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  wasm_func_t* g = wasm_func_copy(wasm_extern_as_func(exports.data[0]));
  wasm_extern_vec_delete(&exports);
  handles[0] = host;
  handles[1] = instance;
  handles[2] = store;
  handles[3] = g;
  wasm_val_vec_t none = WASM_EMPTY_VEC;
  CHECK(wasm_func_call(g, &none, &none) == NULL);

  wasm_func_delete(NULL);
  wasm_store_delete(NULL);
  wasm_extern_vec_t empty;
  wasm_extern_vec_new_uninitialized(&empty, 3);
  CHECK(empty.size == 3 && empty.data[2] == NULL);
  wasm_extern_vec_delete(&empty);
}

int main(void) {
  static const struct test_case kCases[] = {
      {"hello", hello},     {"callback", callback},   {"trap", trap},       {"start", start},
      {"reflect", reflect}, {"serialize", serialize}, {"threads", threads}, {"deletion", deletion},
  };
  engine = wasm_engine_new_with_config(wasm_config_new());
  run_cases(kCases, sizeof kCases / sizeof *kCases);
  wasm_engine_delete(engine);
  return failures == 0 ? 0 : 1;
}
