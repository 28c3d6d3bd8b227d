/* Components through the C interface: values of every kind, calls both ways, resources, and what
 * goes wrong. Plain C11, so that the header is seen as a C compiler sees it. */
#include "airwasm_component.h"

#include <stdlib.h>
#include <string.h>

#include "engine/api/c/c_test.h"

typedef airwasm_component_val_t val;

typedef struct {
  wasm_engine_t* engine;
  wasm_store_t* store;
  airwasm_component_linker_t* linker;
} world;

static world world_new(void) {
  world w;
  w.engine = wasm_engine_new();
  w.store = wasm_store_new(w.engine);
  w.linker = airwasm_component_linker_new(w.engine);
  return w;
}
static void world_delete(world w) {
  airwasm_component_linker_delete(w.linker);
  wasm_store_delete(w.store);
  wasm_engine_delete(w.engine);
}
/* NULL, with a message, if it does not instantiate. */
static airwasm_component_instance_t* make(world w, const char* wat) {
  airwasm_component_t* component = NULL;
  airwasm_component_instance_t* instance = NULL;
  CHECK(ok(airwasm_component_new(w.engine, wat, strlen(wat), &component)));
  if (component == NULL) return NULL;
  CHECK(ok(airwasm_component_instantiate(w.linker, w.store, component, &instance, NULL)));
  airwasm_component_delete(component);
  return instance;
}
static val* text(const char* s) {
  return airwasm_component_val_new_string(s, strlen(s));
}
/* Whether a value is written so; deletes it. */
static int is(val* v, const char* wanted) {
  wasm_name_t name;
  int same;
  if (v == NULL) return 0;
  airwasm_component_val_to_string(v, &name);
  same = strcmp(name.data, wanted) == 0;
  if (!same) fprintf(stderr, "%s, not %s\n", name.data, wanted);
  wasm_byte_vec_delete(&name);
  airwasm_component_val_delete(v);
  return same;
}

static void values(void) {
  size_t n = 0;
  const char* names[] = {"id", "name"};
  val* fields[] = {airwasm_component_val_new_int(AIRWASM_COMPONENT_U32, 7), text("bolt")};
  val* record = airwasm_component_val_new_record(names, fields, 2);
  val* copy = airwasm_component_val_copy(record);
  val* pair[2];
  CHECK(airwasm_component_val_kind(record) == AIRWASM_COMPONENT_RECORD);
  CHECK(airwasm_component_val_size(record) == 2);
  CHECK(strcmp(airwasm_component_val_name(record, 1), "name") == 0);
  CHECK(airwasm_component_val_name(record, 2) == NULL);
  CHECK(airwasm_component_val_int(airwasm_component_val_field(record, "id")) == 7);
  CHECK(airwasm_component_val_field(record, "color") == NULL);
  CHECK(strcmp(airwasm_component_val_string(airwasm_component_val_item(record, 1), &n), "bolt") ==
            0 &&
        n == 4);
  CHECK(airwasm_component_val_equal(record, copy));
  CHECK(is(copy, "{id: 7, name: \"bolt\"}"));
  pair[0] = record;
  pair[1] = airwasm_component_val_new_bool(true);
  CHECK(is(airwasm_component_val_new_tuple(pair, 2), "({id: 7, name: \"bolt\"}, true)"));

  CHECK(is(airwasm_component_val_new_int(AIRWASM_COMPONENT_S8, 200), "-56"));
  CHECK(is(airwasm_component_val_new_int(AIRWASM_COMPONENT_U64, -1), "18446744073709551615"));
  CHECK(airwasm_component_val_new_int(AIRWASM_COMPONENT_STRING, 1) == NULL);
  CHECK(is(airwasm_component_val_new_f32(1.5f), "1.5"));
  CHECK(is(airwasm_component_val_new_f64(-2), "-2"));
  CHECK(is(airwasm_component_val_new_char('x'), "'x'"));
  CHECK(is(airwasm_component_val_new_enum("red"), "red"));
  CHECK(is(airwasm_component_val_new_variant("named", text("a")), "named(\"a\")"));
  CHECK(is(airwasm_component_val_new_variant("all", NULL), "all"));
  CHECK(is(airwasm_component_val_new_option(NULL), "none"));
  CHECK(is(airwasm_component_val_new_option(text("a")), "some(\"a\")"));
  CHECK(is(airwasm_component_val_new_result(true, NULL), "ok"));
  CHECK(is(airwasm_component_val_new_result(false, text("a")), "err(\"a\")"));
  CHECK(is(airwasm_component_val_new_flags(names, 2), "{id, name}"));
  CHECK(is(airwasm_component_val_new_list(NULL, 0), "[]"));
  CHECK(is(airwasm_component_val_new_bytes((const uint8_t*)"\1\2", 2), "[1, 2]"));

  /* What is asked of a value of another kind. */
  record = airwasm_component_val_new_result(false, text("no"));
  CHECK(!airwasm_component_val_is_ok(record));
  CHECK(airwasm_component_val_kind(airwasm_component_val_payload(record)) ==
        AIRWASM_COMPONENT_STRING);
  CHECK(airwasm_component_val_string(record, &n) == NULL && n == 0);
  CHECK(airwasm_component_val_bytes(record, &n) == NULL && n == 0);
  CHECK(airwasm_component_val_item(record, 0) == NULL);
  CHECK(airwasm_component_val_case(record) == NULL);
  CHECK(airwasm_component_val_int(record) == 0);
  CHECK(airwasm_component_val_resource(record) == NULL);
  airwasm_component_val_delete(record);
}

/* Gives back what it gets, through the guest's memory. */
static const char kEcho[] =
    "(component (core module $m (memory (export \"m\") 1) (global $next (mut i32) (i32.const 1024))"
    "  (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)"
    "    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))"
    "    (global.get $next)"
    "    (global.set $next (i32.add (global.get $next) (local.get 3))))"
    "  (func (export \"echo\") (param i32 i32 i32 i32 i32 i32 i32 i64) (result i32)"
    "    (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1))"
    "    (i32.store (i32.const 8) (local.get 2)) (i32.store (i32.const 12) (local.get 3))"
    "    (i32.store8 (i32.const 16) (local.get 4)) (i32.store8 (i32.const 17) (local.get 5))"
    "    (i32.store8 (i32.const 24) (local.get 6)) (i64.store (i32.const 32) (local.get 7))"
    "    (i32.const 0)))"
    "  (core instance $i (instantiate $m))"
    "  (type $t (tuple string (list u8) (option s8) (result char (error f64))))"
    "  (func (export \"echo\") (param \"v\" $t) (result $t)"
    "    (canon lift (core func $i \"echo\") (memory $i \"m\") (realloc (func $i \"realloc\")))))";

static void calls(void) {
  world w = world_new();
  airwasm_component_instance_t* instance = make(w, kEcho);
  airwasm_component_func_t* func = NULL;
  wasm_name_t type;
  val *parts[4], *arg, *result = NULL;
  const val* args[1];
  REQUIRE(instance != NULL);
  parts[0] = text("h\xc3\xa9llo");
  parts[1] = airwasm_component_val_new_bytes((const uint8_t*)"\0\377", 2);
  parts[2] =
      airwasm_component_val_new_option(airwasm_component_val_new_int(AIRWASM_COMPONENT_S8, -3));
  parts[3] = airwasm_component_val_new_result(false, airwasm_component_val_new_f64(0.5));
  arg = airwasm_component_val_new_tuple(parts, 4);
  args[0] = arg;
  CHECK(ok(airwasm_component_call(instance, "echo", args, 1, &result, NULL)));
  CHECK(result != NULL && airwasm_component_val_equal(arg, result));
  CHECK(is(result, "(\"h\xc3\xa9llo\", [0, 255], some(-3), err(0.5))"));
  airwasm_component_val_delete(arg);

  REQUIRE(ok(airwasm_component_instance_func(instance, "echo", &func)));
  airwasm_component_func_type(func, &type);
  CHECK(strcmp(type.data,
               "func(v: tuple<string, list<u8>, option<s8>, result<char, f64>>) -> "
               "tuple<string, list<u8>, option<s8>, result<char, f64>>") == 0);
  wasm_byte_vec_delete(&type);
  args[0] = arg = text("no tuple");
  CHECK(failed(airwasm_component_func_call(func, args, 1, &result, NULL), AIRWASM_INVALID_ARGUMENT,
               "argument `v`"));
  CHECK(result == NULL);
  CHECK(failed(airwasm_component_func_call(func, NULL, 0, NULL, NULL), AIRWASM_INVALID_ARGUMENT,
               "expected 1 arguments"));
  CHECK(failed(airwasm_component_call(instance, "ecko", args, 1, &result, NULL), AIRWASM_NOT_FOUND,
               "echo"));
  airwasm_component_val_delete(arg);
  airwasm_component_func_delete(func);
  world_delete(w);
  airwasm_component_instance_delete(instance); /* keeps the store */
}

/* A function of the host and a resource of the host, called by a guest. */
static const char kFiles[] =
    "(component"
    "  (import \"files\" (instance $files (export \"file\" (type $file (sub resource)))"
    "    (export \"open\" (func (param \"n\" u32) (result (own $file))))"
    "    (export \"size\" (func (param \"f\" (borrow $file)) (result u32)))))"
    "  (alias export $files \"file\" (type $file))"
    "  (core func $open (canon lower (func $files \"open\")))"
    "  (core func $size (canon lower (func $files \"size\")))"
    "  (core func $drop (canon resource.drop $file))"
    "  (core module $m (import \"\" \"open\" (func $open (param i32) (result i32)))"
    "    (import \"\" \"size\" (func $size (param i32) (result i32)))"
    "    (import \"\" \"drop\" (func $drop (param i32)))"
    "    (func (export \"f\") (param i32) (result i32) (local $h i32)"
    "      (local.set $h (call $open (local.get 0)))"
    "      (call $size (local.get $h)) (call $drop (local.get $h))))"
    "  (core instance $i (instantiate $m (with \"\" (instance (export \"open\" (func $open))"
    "    (export \"size\" (func $size)) (export \"drop\" (func $drop))))))"
    "  (func (export \"f\") (param \"n\" u32) (result u32) (canon lift (core func $i \"f\"))))";

typedef struct {
  const airwasm_component_resource_t* file;
  uint64_t dropped;
  int finalized;
} host;

static airwasm_error_t* host_open(void* env, const val* const args[], size_t num_args,
                                  val** result) {
  const int64_t n = airwasm_component_val_int(args[0]);
  CHECK(num_args == 1);
  if (n == 0) return airwasm_component_error_new(AIRWASM_NOT_FOUND, "no such file");
  if (n == 1) return airwasm_component_error_new_exit(3);
  *result = airwasm_component_val_new_own(((host*)env)->file, 100 + (uint64_t)n);
  return NULL;
}
static airwasm_error_t* host_size(void* env, const val* const args[], size_t num_args,
                                  val** result) {
  (void)num_args;
  CHECK(airwasm_component_val_resource(args[0]) == ((host*)env)->file);
  *result = airwasm_component_val_new_int(AIRWASM_COMPONENT_U32,
                                          (int64_t)airwasm_component_val_rep(args[0]));
  return NULL;
}
static void host_drop(void* env, uint64_t rep) {
  ((host*)env)->dropped = rep;
}
static void host_finalize(void* env) {
  ++((host*)env)->finalized;
}

/* Runs f(n) in a fresh instance. */
static airwasm_error_t* run_files(world w, int64_t n, val** result, wasm_trap_t** trap) {
  airwasm_component_instance_t* instance = make(w, kFiles);
  val* arg = airwasm_component_val_new_int(AIRWASM_COMPONENT_U32, n);
  const val* args[1];
  airwasm_error_t* error = NULL;
  args[0] = arg;
  if (instance != NULL) error = airwasm_component_call(instance, "f", args, 1, result, trap);
  airwasm_component_val_delete(arg);
  airwasm_component_instance_delete(instance);
  return error;
}

static void host_functions(void) {
  world w = world_new();
  host h = {NULL, 0, 0};
  val* result = NULL;
  wasm_trap_t* trap = NULL;
  int32_t code = 0;
  airwasm_component_t* component = NULL;
  airwasm_component_instance_t* instance = NULL;
  REQUIRE(ok(airwasm_component_new(w.engine, kFiles, strlen(kFiles), &component)));
  CHECK(failed(airwasm_component_instantiate(w.linker, w.store, component, &instance, &trap),
               AIRWASM_NOT_FOUND, "files"));
  CHECK(instance == NULL && trap == NULL);
  airwasm_component_delete(component);

  CHECK(ok(airwasm_component_linker_define_resource(w.linker, "files", "file", host_drop, &h,
                                                    host_finalize, &h.file)));
  CHECK(ok(airwasm_component_linker_define_func(w.linker, "files", "open", host_open, &h,
                                                host_finalize)));
  CHECK(ok(airwasm_component_linker_define_func(w.linker, "files", "size", host_size, &h, NULL)));
  CHECK(failed(
      airwasm_component_linker_define_func(w.linker, "files", "size", host_size, &h, host_finalize),
      AIRWASM_ALREADY_EXISTS, "size"));
  CHECK(h.finalized == 1);

  CHECK(ok(run_files(w, 5, &result, NULL)));
  CHECK(is(result, "105"));
  CHECK(h.dropped == 105);
  CHECK(failed(run_files(w, 0, &result, &trap), AIRWASM_ABORTED, "no such file"));
  CHECK(trapped(trap, "no such file"));
  CHECK(failed(run_files(w, 1, &result, &trap), AIRWASM_ABORTED, ""));
  CHECK(trap != NULL && airwasm_trap_kind(trap) == AIRWASM_TRAP_EXIT &&
        airwasm_trap_exit_code(trap, &code) && code == 3);
  wasm_trap_delete(trap);
  world_delete(w);
  CHECK(h.finalized == 3);
}

static void instances_of_instances(void) {
  world w = world_new();
  airwasm_component_instance_t *inner = make(w, kEcho), *outer = NULL;
  val *parts[4], *arg, *result = NULL;
  const val* args[1];
  REQUIRE(inner != NULL);
  CHECK(ok(airwasm_component_linker_define_instance(w.linker, "echo", inner)));
  airwasm_component_instance_delete(inner);
  outer = make(w,
               "(component (type $t (tuple string (list u8) (option s8) (result char (error f64))))"
               "  (import \"echo\" (instance $i (export \"echo\" (func (param \"v\" $t) (result "
               "$t))))) (export \"again\" (instance $i)))");
  REQUIRE(outer != NULL);
  parts[0] = text("");
  parts[1] = airwasm_component_val_new_list(NULL, 0);
  parts[2] = airwasm_component_val_new_option(NULL);
  parts[3] = airwasm_component_val_new_result(true, airwasm_component_val_new_char(0x20AC));
  args[0] = arg = airwasm_component_val_new_tuple(parts, 4);
  CHECK(ok(airwasm_component_call(outer, "again#echo", args, 1, &result, NULL)));
  CHECK(is(result, "(\"\", [], none, ok('\xe2\x82\xac'))"));
  airwasm_component_val_delete(arg);
  airwasm_component_instance_delete(outer);
  world_delete(w);
}

static void errors(void) {
  world w = world_new();
  airwasm_component_t* component = NULL;
  CHECK(failed(airwasm_component_new(w.engine, "(component (oops))", 18, &component),
               AIRWASM_INVALID_ARGUMENT, "1:1"));
  CHECK(component == NULL);
  world_delete(w);
}

int main(void) {
  static const struct test_case kCases[] = {{"values", values},
                                            {"calls", calls},
                                            {"host", host_functions},
                                            {"instances", instances_of_instances},
                                            {"errors", errors}};
  run_cases(kCases, sizeof kCases / sizeof kCases[0]);
  return failures == 0 ? 0 : 1;
}
