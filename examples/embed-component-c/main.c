// Embedding a component in C: a host function for an import, an export called by its name.
#include <airwasm_component.h>
#include <stdio.h>
#include <string.h>

static const char kComponent[] =
    "(component"
    "  (import \"add\" (func $add (param \"a\" u32) (param \"b\" u32) (result u32)))"
    "  (core func $add_core (canon lower (func $add)))"
    "  (core module $m"
    "    (import \"host\" \"add\" (func $add (param i32 i32) (result i32)))"
    "    (func (export \"sum\") (param i32 i32) (result i32)"
    "      (call $add (local.get 0) (local.get 1))))"
    "  (core instance $i (instantiate $m"
    "    (with \"host\" (instance (export \"add\" (func $add_core))))))"
    "  (func (export \"sum\") (param \"a\" u32) (param \"b\" u32) (result u32)"
    "    (canon lift (core func $i \"sum\"))))";

static airwasm_error_t* add(void* env, const airwasm_component_val_t* const args[], size_t num_args,
                            airwasm_component_val_t** result) {
  (void)env, (void)num_args;
  *result =
      airwasm_component_val_new_int(AIRWASM_COMPONENT_U32, airwasm_component_val_int(args[0]) +
                                                               airwasm_component_val_int(args[1]));
  return NULL;
}

int main(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  airwasm_component_linker_t* linker = airwasm_component_linker_new(engine);
  airwasm_component_t* component;
  airwasm_component_instance_t* instance;
  if (airwasm_component_linker_define_func(linker, NULL, "add", add, NULL, NULL)) return 1;
  if (airwasm_component_new(engine, kComponent, strlen(kComponent), &component)) return 1;
  if (airwasm_component_instantiate(linker, store, component, &instance, NULL)) return 1;

  airwasm_component_val_t* args[] = {airwasm_component_val_new_int(AIRWASM_COMPONENT_U32, 2),
                                     airwasm_component_val_new_int(AIRWASM_COMPONENT_U32, 3)};
  airwasm_component_val_t* result;
  if (airwasm_component_call(instance, "sum", (const airwasm_component_val_t* const*)args, 2,
                             &result, NULL))
    return 1;
  printf("2 + 3 = %d\n", (int)airwasm_component_val_int(result));

  airwasm_component_val_delete(result);
  airwasm_component_val_delete(args[0]);
  airwasm_component_val_delete(args[1]);
  airwasm_component_instance_delete(instance);
  airwasm_component_delete(component);
  airwasm_component_linker_delete(linker);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
