/* wasm.h from a C program: globals, tables, memories, foreign objects and host info. */
#include "engine/api/c/c_test.h"

static wasm_engine_t* engine;

/* ---- global */

static void global(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_globaltype_t* var_f64 = wasm_globaltype_new(wasm_valtype_new_f64(), WASM_VAR);
  wasm_globaltype_t* const_i64 = wasm_globaltype_new(wasm_valtype_new_i64(), WASM_CONST);
  wasm_val_t one = WASM_F64_VAL(1.5), two = WASM_I64_VAL(2), out;
  wasm_global_t* var = wasm_global_new(store, var_f64, &one);
  wasm_global_t* constant = wasm_global_new(store, const_i64, &two);
  CHECK(wasm_global_new(store, const_i64, &one) == NULL);
  REQUIRE(var != NULL && constant != NULL);
  wasm_globaltype_delete(var_f64);
  wasm_globaltype_delete(const_i64);
  wasm_extern_t* imports_data[] = {wasm_global_as_extern(var), wasm_global_as_extern(constant)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(imports_data), exports;
  wasm_instance_t* instance = instance_from_text(
      store,
      "(module (import \"\" \"v\" (global $v (mut f64))) (import \"\" \"c\" (global $c i64))"
      "  (func (export \"double\") (global.set $v (f64.add (global.get $v) (global.get $v))))"
      "  (export \"v\" (global $v)) (export \"c\" (global $c)))",
      &imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  CHECK(wasm_global_same(wasm_extern_as_global(exports.data[1]), var));
  CHECK(!wasm_global_same(wasm_extern_as_global(exports.data[2]), var));
  wasm_val_vec_t none = WASM_EMPTY_VEC;
  CHECK(wasm_func_call(wasm_extern_as_func(exports.data[0]), &none, &none) == NULL);
  wasm_global_get(var, &out);
  CHECK(out.kind == WASM_F64 && out.of.f64 == 3.0);
  wasm_global_set(wasm_extern_as_global(exports.data[1]), &one);
  wasm_global_get(var, &out);
  CHECK(out.of.f64 == 1.5);
  wasm_global_set(var, &two); /* of another type */
  wasm_global_get(var, &out);
  CHECK(out.of.f64 == 1.5);
  wasm_val_t three = WASM_I64_VAL(3);
  wasm_global_set(constant, &three);
  wasm_global_get(constant, &out);
  CHECK(out.kind == WASM_I64 && out.of.i64 == 2);
  wasm_extern_vec_delete(&exports);
  wasm_global_delete(var);
  wasm_global_delete(constant);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
}

/* ---- table */

static void table(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_extern_vec_t imports = WASM_EMPTY_VEC, exports;
  wasm_instance_t* instance = instance_from_text(
      store,
      "(module (table (export \"t\") 2 10 funcref)"
      "  (type $t (func (param i32) (result i32)))"
      "  (func (export \"call\") (param i32 i32) (result i32)"
      "    (call_indirect (type $t) (local.get 0) (local.get 1)))"
      "  (func $f (export \"f\") (type $t) (i32.add (local.get 0) (i32.const 1)))"
      "  (elem (i32.const 1) $f))",
      &imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  wasm_table_t* t = wasm_extern_as_table(exports.data[0]);
  wasm_func_t* caller = wasm_extern_as_func(exports.data[1]);
  wasm_func_t* f = wasm_extern_as_func(exports.data[2]);
  CHECK(wasm_table_size(t) == 2 && wasm_table_get(t, 0) == NULL && wasm_table_get(t, 5) == NULL);
  wasm_ref_t* element = wasm_table_get(t, 1);
  REQUIRE(element != NULL);
  CHECK(wasm_func_same(wasm_ref_as_func(element), f) &&
        wasm_ref_same(element, wasm_func_as_ref(f)));
  CHECK(wasm_ref_as_global(element) == NULL && wasm_ref_as_extern(element) != NULL);
  wasm_ref_delete(element);

  wasm_functype_t* type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_func_t* host = wasm_func_new(store, type, triple);
  wasm_functype_delete(type);
  CHECK(wasm_table_set(t, 0, wasm_func_as_ref(host)));
  CHECK(!wasm_table_set(t, 2, wasm_func_as_ref(host)));
  wasm_val_t through_host[] = {WASM_I32_VAL(5), WASM_I32_VAL(0)},
             through_f[] = {WASM_I32_VAL(5), WASM_I32_VAL(1)};
  CHECK(call(caller, 2, through_host).of.i32 == 15);
  CHECK(call(caller, 2, through_f).of.i32 == 6);
  CHECK(wasm_table_set(t, 0, NULL));
  wasm_val_t result_data[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(through_host), results = WASM_ARRAY_VEC(result_data);
  CHECK(trapped(wasm_func_call(caller, &args, &results), "uninitialized element"));
  CHECK(wasm_table_grow(t, 8, wasm_func_as_ref(host)) && wasm_table_size(t) == 10);
  CHECK(!wasm_table_grow(t, 1, NULL));
  wasm_foreign_t* object = wasm_foreign_new(store);
  CHECK(!wasm_table_set(t, 0, wasm_foreign_as_ref(object))); /* no function */

  wasm_limits_t limits = {3, wasm_limits_max_default};
  wasm_tabletype_t* table_type = wasm_tabletype_new(wasm_valtype_new_externref(), &limits);
  wasm_table_t* objects = wasm_table_new(store, table_type, wasm_foreign_as_ref(object));
  REQUIRE(objects != NULL);
  CHECK(wasm_table_new(store, table_type, wasm_func_as_ref(host)) == NULL);
  wasm_tabletype_delete(table_type);
  element = wasm_table_get(objects, 2);
  CHECK(wasm_foreign_same(wasm_ref_as_foreign(element), object));
  wasm_ref_delete(element);
  wasm_table_delete(objects);
  wasm_foreign_delete(object);
  wasm_func_delete(host);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
}

/* ---- memory */

static void memory(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_limits_t limits = {2, 3};
  wasm_memorytype_t* type = wasm_memorytype_new(&limits);
  wasm_memory_t* m = wasm_memory_new(store, type);
  wasm_memorytype_delete(type);
  REQUIRE(m != NULL);
  wasm_extern_t* imports_data[] = {wasm_memory_as_extern(m)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(imports_data), exports;
  wasm_instance_t* instance = instance_from_text(
      store,
      "(module (import \"\" \"m\" (memory 2 3)) (data (i32.const 4096) \"\\01\\02\\03\\04\")"
      "  (func (export \"load\") (param i32) (result i32) (i32.load8_u (local.get 0)))"
      "  (func (export \"size\") (result i32) (memory.size)))",
      &imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  wasm_func_t* load = wasm_extern_as_func(exports.data[0]);
  CHECK(wasm_memory_size(m) == 2 && wasm_memory_data_size(m) == 2 * MEMORY_PAGE_SIZE);
  CHECK(memcmp(wasm_memory_data(m) + 4096, "\1\2\3\4", 4) == 0);
  wasm_memory_data(m)[7] = 99;
  CHECK(call_i32(load, 7) == 99);
  wasm_val_t beyond[] = {WASM_I32_VAL(2 * 65536)}, result_data[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(beyond), results = WASM_ARRAY_VEC(result_data);
  CHECK(trapped(wasm_func_call(load, &args, &results), "out of bounds memory access"));
  byte_t* before = wasm_memory_data(m);
  CHECK(wasm_memory_grow(m, 1) && wasm_memory_data(m) == before && wasm_memory_size(m) == 3);
  CHECK(call_i32(load, 2 * 65536) == 0);
  CHECK(!wasm_memory_grow(m, 1));
  CHECK(call_i32(wasm_extern_as_func(exports.data[1]), 0) == 3);
  wasm_memorytype_t* now = wasm_memory_type(m);
  CHECK(wasm_memorytype_limits(now)->max == 3);
  wasm_memorytype_delete(now);
  wasm_limits_t impossible = {3, 2};
  type = wasm_memorytype_new(&impossible);
  CHECK(wasm_memory_new(store, type) == NULL);
  wasm_memorytype_delete(type);
  wasm_extern_vec_delete(&exports);
  wasm_memory_delete(m);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
}

/* ---- hostref: foreign objects through globals, tables and calls; host info */

static wasm_trap_t* pass(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  wasm_val_copy(&results->data[0], &args->data[0]);
  return NULL;
}

static void hostref(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_functype_t* type =
      wasm_functype_new_1_1(wasm_valtype_new_externref(), wasm_valtype_new_externref());
  wasm_func_t* host = wasm_func_new(store, type, pass);
  wasm_functype_delete(type);
  wasm_extern_t* imports_data[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(imports_data), exports;
  wasm_instance_t* instance = instance_from_text(
      store,
      "(module (import \"\" \"f\" (func $f (param externref) (result externref)))"
      "  (global $g (export \"g\") (mut externref) (ref.null extern)) (table $t 10 externref)"
      "  (func (export \"set\") (param externref) (global.set $g (local.get 0)))"
      "  (func (export \"get\") (result externref) (global.get $g))"
      "  (func (export \"pass\") (param externref) (result externref)"
      "    (table.set $t (i32.const 3) (call $f (local.get 0))) (table.get $t (i32.const 3))))",
      &imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  wasm_func_t* set = wasm_extern_as_func(exports.data[1]);
  wasm_func_t* get = wasm_extern_as_func(exports.data[2]);
  wasm_func_t* through = wasm_extern_as_func(exports.data[3]);
  wasm_foreign_t* a = wasm_foreign_new(store);
  wasm_foreign_t* b = wasm_foreign_new(store);
  CHECK(!wasm_foreign_same(a, b));
  int info_a = 1;
  wasm_foreign_set_host_info(a, &info_a);
  CHECK(wasm_foreign_get_host_info(b) == NULL);

  wasm_val_t args[] = {WASM_REF_VAL(wasm_foreign_as_ref(a))};
  wasm_val_vec_t args_vec = WASM_ARRAY_VEC(args), none = WASM_EMPTY_VEC;
  CHECK(wasm_func_call(set, &args_vec, &none) == NULL);
  wasm_foreign_delete(a); /* the guest and the host info keep it */
  airwasm_store_collect_garbage(store);
  wasm_val_t got = call(get, 0, NULL);
  REQUIRE(got.kind == WASM_EXTERNREF && got.of.ref != NULL);
  CHECK(wasm_ref_get_host_info(got.of.ref) == &info_a && wasm_ref_as_foreign(got.of.ref) != NULL);
  wasm_val_delete(&got);
  wasm_val_t args_b[] = {WASM_REF_VAL(wasm_foreign_as_ref(b))}, null_arg[] = {WASM_REF_VAL(NULL)};
  got = call(through, 1, args_b);
  CHECK(got.of.ref != NULL && wasm_ref_same(got.of.ref, wasm_foreign_as_ref(b)));
  wasm_val_delete(&got);
  got = call(through, 1, null_arg);
  CHECK(got.kind == WASM_EXTERNREF && got.of.ref == NULL);

  wasm_val_t out, value = WASM_REF_VAL(wasm_foreign_as_ref(b));
  wasm_global_set(wasm_extern_as_global(exports.data[0]), &value);
  wasm_global_get(wasm_extern_as_global(exports.data[0]), &out);
  CHECK(wasm_ref_same(out.of.ref, wasm_foreign_as_ref(b)));
  wasm_val_delete(&out);
  /* A reference of another store is refused. */
  wasm_store_t* other = wasm_store_new(engine);
  wasm_foreign_t* c = wasm_foreign_new(other);
  wasm_val_t args_c[] = {WASM_REF_VAL(wasm_foreign_as_ref(c))};
  wasm_val_vec_t args_c_vec = WASM_ARRAY_VEC(args_c);
  CHECK(trapped(wasm_func_call(set, &args_c_vec, &none), "another store"));
  wasm_foreign_delete(c);
  wasm_store_delete(other);
  wasm_foreign_delete(b);
  wasm_func_delete(host);
  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
}

/* ---- finalize: host info of every kind of object runs its finalizer once */

static int live = 0;
static void finalize(void* info) {
  (void)info;
  --live;
}

static void finalize_all(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_extern_vec_t imports = WASM_EMPTY_VEC;
  for (int i = 0; i < 20; ++i) {
    wasm_instance_t* instance =
        instance_from_text(store,
                           "(module (func (export \"f\")) (global (export \"g\") i32 (i32.const "
                           "0)) (table (export \"t\") 1 funcref))",
                           &imports);
    REQUIRE(instance != NULL);
    wasm_extern_vec_t exports;
    wasm_instance_exports(instance, &exports);
    for (size_t e = 0; e < exports.size; ++e) {
      wasm_extern_set_host_info_with_finalizer(exports.data[e], &live, finalize);
      ++live;
    }
    wasm_instance_set_host_info_with_finalizer(instance, &live, finalize);
    wasm_foreign_t* foreign = wasm_foreign_new(store);
    wasm_foreign_set_host_info_with_finalizer(foreign, &live, finalize);
    live += 2;
    wasm_foreign_delete(foreign);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
  }
  CHECK(live == 100);
  wasm_module_t* module = module_from_text(store, "(module)");
  wasm_module_t* copy = wasm_module_copy(module);
  wasm_module_set_host_info_with_finalizer(module, &live, finalize);
  ++live;
  wasm_module_delete(module);
  CHECK(live == 101 && wasm_module_get_host_info(copy) == &live);
  wasm_module_set_host_info(copy, NULL); /* replaces: the old one is done with */
  CHECK(live == 100);
  wasm_module_delete(copy);
  wasm_store_delete(store);
  CHECK(live == 0);
}

/* ---- multi: several results both ways */

static wasm_trap_t* reverse(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  for (size_t i = 0; i < args->size; ++i)
    wasm_val_copy(&results->data[args->size - 1 - i], &args->data[i]);
  return NULL;
}

static void multi(void) {
  wasm_store_t* store = wasm_store_new(engine);
  wasm_valtype_t* types[] = {wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                             wasm_valtype_new_f64()};
  wasm_valtype_t* reversed[] = {wasm_valtype_new_f64(), wasm_valtype_new_f32(),
                                wasm_valtype_new_i64(), wasm_valtype_new_i32()};
  wasm_valtype_vec_t params, result_types;
  wasm_valtype_vec_new(&params, 4, types);
  wasm_valtype_vec_new(&result_types, 4, reversed);
  wasm_functype_t* type = wasm_functype_new(&params, &result_types);
  wasm_func_t* host = wasm_func_new(store, type, reverse);
  wasm_functype_delete(type);
  wasm_extern_t* imports_data[] = {wasm_func_as_extern(host)};
  wasm_extern_vec_t imports = WASM_ARRAY_VEC(imports_data), exports;
  wasm_instance_t* instance = instance_from_text(
      store,
      "(module (import \"\" \"f\" (func $f (param i32 i64 f32 f64) (result f64 f32 i64 i32)))"
      "  (func (export \"g\") (param i32 i64 f32 f64) (result f64 f32 i64 i32)"
      "    (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3))))",
      &imports);
  REQUIRE(instance != NULL);
  wasm_instance_exports(instance, &exports);
  wasm_val_t args_data[] = {WASM_I32_VAL(-1), WASM_I64_VAL(-2), WASM_F32_VAL(3.5f),
                            WASM_F64_VAL(4.5)},
             results_data[4];
  wasm_val_vec_t args = WASM_ARRAY_VEC(args_data), results = WASM_ARRAY_VEC(results_data);
  CHECK(wasm_func_call(wasm_extern_as_func(exports.data[0]), &args, &results) == NULL);
  CHECK(results_data[0].kind == WASM_F64 && results_data[0].of.f64 == 4.5);
  CHECK(results_data[1].kind == WASM_F32 && results_data[1].of.f32 == 3.5f);
  CHECK(results_data[2].kind == WASM_I64 && results_data[2].of.i64 == -2);
  CHECK(results_data[3].kind == WASM_I32 && results_data[3].of.i32 == -1);
  wasm_extern_vec_delete(&exports);
  wasm_func_delete(host);
  wasm_instance_delete(instance);
  wasm_store_delete(store);
}

int main(void) {
  static const struct test_case kCases[] = {
      {"global", global},   {"table", table},           {"memory", memory},
      {"hostref", hostref}, {"finalize", finalize_all}, {"multi", multi},
  };
  engine = wasm_engine_new();
  run_cases(kCases, sizeof kCases / sizeof *kCases);
  wasm_engine_delete(engine);
  return failures == 0 ? 0 : 1;
}
