// Embedding airwasm in C++: a host function, a module in text, a typed call.
#include <airwasm/airwasm.h>

#include <cstdio>

int main() {
  airwasm::Engine engine;
  airwasm::Store store(engine);
  airwasm::Linker linker(engine);
  absl::Status defined = linker.Define("env", "add", [](int32_t a, int32_t b) { return a + b; });
  auto module = airwasm::Module::Create(engine, R"((module
      (func $add (import "env" "add") (param i32 i32) (result i32))
      (func (export "sum") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1)))))");
  if (!defined.ok() || !module.ok()) return 1;
  auto instance = linker.Instantiate(store, *module);
  if (!instance.ok()) return 1;
  auto sum = instance->Get<int32_t(int32_t, int32_t)>("sum");
  if (!sum.ok()) return 1;
  auto result = (*sum)(2, 3);  // a value or a Trap
  if (!result.ok()) return 1;
  std::printf("2 + 3 = %d\n", *result);
}
