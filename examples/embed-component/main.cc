// Embedding a component in C++: a host function for an import, an export called with C++ types.
#include <airwasm/component_linker.h>

#include <cstdio>

constexpr char kComponent[] = R"((component
    (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
    (core func $add_core (canon lower (func $add)))
    (core module $m
      (import "host" "add" (func $add (param i32 i32) (result i32)))
      (func (export "sum") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m (with "host" (instance (export "add" (func $add_core))))))
    (func (export "sum") (param "a" u32) (param "b" u32) (result u32)
      (canon lift (core func $i "sum")))))";

int main() {
  airwasm::Engine engine;
  airwasm::Store store(engine);
  airwasm::ComponentLinker linker(engine);
  absl::Status defined = linker.Define("add", [](uint32_t a, uint32_t b) { return a + b; });
  auto component = airwasm::Component::Create(engine, kComponent);
  if (!defined.ok() || !component.ok()) return 1;
  auto instance = linker.Instantiate(store, *component);
  if (!instance.ok()) return 1;
  auto sum = instance->Get<uint32_t(uint32_t, uint32_t)>("sum");
  if (!sum.ok()) return 1;
  auto result = (*sum)(2, 3);  // a value or a Trap
  if (!result.ok()) return 1;
  std::printf("2 + 3 = %u\n", *result);
}
