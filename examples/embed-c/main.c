// Embedding airwasm in C, with the standard interface wasm.h: load a module, call its export "add",
// print the result.
#include <stdio.h>
#include <wasm.h>

int main(void) {
  // (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get
  // 1))))
  static const wasm_byte_t kAdd[] = {
      0x00, 'a',  's',  'm',  0x01, 0x00, 0x00, 0x00, 0x01, 0x07, 0x01, 0x60, 0x02, 0x7F,
      0x7F, 0x01, 0x7F, 0x03, 0x02, 0x01, 0x00, 0x07, 0x07, 0x01, 0x03, 'a',  'd',  'd',
      0x00, 0x00, 0x0A, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x6A, 0x0B};
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_byte_vec_t binary;
  wasm_byte_vec_new(&binary, sizeof kAdd, kAdd);
  wasm_module_t* module = wasm_module_new(store, &binary);
  if (module == NULL) return 1;
  wasm_extern_vec_t imports = WASM_EMPTY_VEC, exports;
  wasm_instance_t* instance = wasm_instance_new(store, module, &imports, NULL);
  if (instance == NULL) return 1;
  wasm_instance_exports(instance, &exports);

  wasm_val_t args_data[] = {WASM_I32_VAL(2), WASM_I32_VAL(3)}, results_data[] = {WASM_INIT_VAL};
  wasm_val_vec_t args = WASM_ARRAY_VEC(args_data), results = WASM_ARRAY_VEC(results_data);
  wasm_trap_t* trap = wasm_func_call(wasm_extern_as_func(exports.data[0]), &args, &results);
  if (trap != NULL) return 1;
  printf("2 + 3 = %d\n", results_data[0].of.i32);

  wasm_extern_vec_delete(&exports);
  wasm_instance_delete(instance);
  wasm_module_delete(module);
  wasm_byte_vec_delete(&binary);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
