/* What the C tests share: checks that name their line, and modules from text. Plain C11, so that
 * the headers are seen as a C compiler sees them. */
#ifndef AIRWASM_ENGINE_API_C_C_TEST_H_
#define AIRWASM_ENGINE_API_C_C_TEST_H_

#include <stdio.h>
#include <string.h>

#include "airwasm.h"

static int failures = 0;

#define CHECK(what)                                                      \
  do {                                                                   \
    if (!(what)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
      ++failures;                                                        \
    }                                                                    \
  } while (0)

/* For what the rest of a case cannot do without. */
#define REQUIRE(what) \
  do {                \
    if (!(what)) {    \
      CHECK(what);    \
      return;         \
    }                 \
  } while (0)

/* True for no error; prints and deletes one. */
static inline int ok(airwasm_error_t* error) {
  if (error == NULL) return 1;
  fprintf(stderr, "error %d: %s\n", airwasm_error_code(error), airwasm_error_message(error));
  airwasm_error_delete(error);
  return 0;
}

/* True for an error of this code whose message has `part` in it; deletes it. */
static inline int failed(airwasm_error_t* error, airwasm_error_code_t code, const char* part) {
  int as_wanted = error != NULL && airwasm_error_code(error) == code &&
                  strstr(airwasm_error_message(error), part) != NULL;
  if (error != NULL && !as_wanted)
    fprintf(stderr, "error %d: %s\n", airwasm_error_code(error), airwasm_error_message(error));
  airwasm_error_delete(error);
  return as_wanted;
}

/* True for a trap whose message has `part` in it; deletes it. */
static inline int trapped(wasm_trap_t* trap, const char* part) {
  wasm_message_t message;
  int as_wanted;
  if (trap == NULL) return 0;
  wasm_trap_message(trap, &message);
  as_wanted =
      message.size > 0 && message.data[message.size - 1] == 0 && strstr(message.data, part) != NULL;
  if (!as_wanted) fprintf(stderr, "trap: %s\n", message.data);
  wasm_byte_vec_delete(&message);
  wasm_trap_delete(trap);
  return as_wanted;
}

static inline wasm_module_t* module_from_text(wasm_store_t* store, const char* wat) {
  wasm_byte_vec_t binary;
  wasm_module_t* module;
  if (!ok(airwasm_wat2wasm(wat, strlen(wat), &binary))) return NULL;
  module = wasm_module_new(store, &binary);
  wasm_byte_vec_delete(&binary);
  return module;
}

static inline wasm_instance_t* instance_from_text(wasm_store_t* store, const char* wat,
                                                  const wasm_extern_vec_t* imports) {
  wasm_module_t* module = module_from_text(store, wat);
  wasm_trap_t* trap = NULL;
  wasm_instance_t* instance;
  if (module == NULL) return NULL;
  instance = wasm_instance_new(store, module, imports, &trap);
  if (trap != NULL) trapped(trap, "\n");
  wasm_module_delete(module);
  return instance;
}

/* Calls with `num_args` values and one result, which the caller deletes; an i32 of -12345 when it
 * trapped. */
static inline wasm_val_t call(const wasm_func_t* func, size_t num_args, wasm_val_t* args) {
  wasm_val_t result = WASM_I32_VAL(-12345);
  wasm_val_vec_t args_vec = {num_args, args};
  wasm_val_vec_t results = {1, &result};
  wasm_trap_t* trap = wasm_func_call(func, &args_vec, &results);
  if (trap != NULL) trapped(trap, "\n");
  return result;
}

static inline int32_t call_i32(const wasm_func_t* func, int32_t arg) {
  wasm_val_t args[] = {WASM_I32_VAL(arg)};
  return call(func, wasm_func_param_arity(func), args).of.i32;
}

/* A host function: three times its argument. */
static inline wasm_trap_t* triple(const wasm_val_vec_t* args, wasm_val_vec_t* results) {
  CHECK(args->size == 1 && results->size == 1 && args->data[0].kind == WASM_I32);
  wasm_val_t result = WASM_I32_VAL(3 * args->data[0].of.i32);
  results->data[0] = result;
  return NULL;
}

struct test_case {
  const char* name;
  void (*run)(void);
};

static inline void run_cases(const struct test_case* cases, size_t num_cases) {
  for (size_t i = 0; i < num_cases; ++i) {
    const int before = failures;
    cases[i].run();
    printf("%-12s %s\n", cases[i].name, failures == before ? "ok" : "FAILED");
  }
}

#endif /* AIRWASM_ENGINE_API_C_C_TEST_H_ */
