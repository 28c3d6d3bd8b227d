// Calls that allocate nothing, counted: calls between components, with the async ABI too as long as
// the callee returns at once, and typed calls in both directions, as long as no C++ value in them
// owns memory.
#include <cstdlib>
#include <new>

#include "component/api/api_test_util.h"

namespace {
uint64_t allocations = 0;
}

// noinline: else the compiler sees through new to malloc and leaves pairs out.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  void* const p = std::malloc(size);
  if (p == nullptr) std::abort();
  return p;
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept {
  std::free(p);
}

namespace airwasm {
namespace {

// $callee implements the functions; $caller passes them on through an adapter, with a memory of its
// own. The host's functions of "host" are called by $caller too.
constexpr std::string_view kComponents = R"(
(component
  (import "host" (instance $host
    (export "add" (func (param "a" u32) (param "b" u32) (result u32)))
    (export "length" (func (param "s" string) (result u32)))))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
  (component $callee
    (alias outer 1 $libc (core module $libc))
    (core instance $libc (instantiate $libc))
    (core module $m
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "length") (param i32 i32) (result i32) (local.get 1)))
    (core instance $m (instantiate $m))
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r))
    (core module $rep (func (export "rep") (param i32) (result i32) (local.get 0)))
    (core instance $rep (instantiate $rep))
    (core func $return (canon task.return (result u32)))
    (core module $t
      (import "" "return" (func $return (param i32)))
      (func (export "next") (param i32) (result i32)
        (call $return (i32.add (local.get 0) (i32.const 1))) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $t (instantiate $t (with "" (instance (export "return" (func $return))))))
    (func (export "next") async (param "x" u32) (result u32)
      (canon lift (core func $t "next") async (callback (core func $t "callback"))))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "look") (param "r" (borrow $r)) (result u32)
      (canon lift (core func $rep "rep")))
    (func (export "add") (param "a" u32) (param "b" u32) (result u32)
      (canon lift (core func $m "add")))
    (func (export "length") (param "s" string) (result u32)
      (canon lift (core func $m "length")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $callee))
  (component $caller
    (import "host" (instance $host
      (export "add" (func (param "a" u32) (param "b" u32) (result u32)))
      (export "length" (func (param "s" string) (result u32)))))
    (import "callee" (instance $callee
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "rep" u32) (result (own $r))))
      (export "look" (func (param "r" (borrow $r)) (result u32)))
      (export "add" (func (param "a" u32) (param "b" u32) (result u32)))
      (export "length" (func (param "s" string) (result u32)))
      (export "next" (func async (param "x" u32) (result u32)))))
    (alias outer 1 $libc (core module $libc))
    (core instance $libc (instantiate $libc))
    (alias export $callee "r" (type $r))
    (core func $add (canon lower (func $callee "add")))
    (core func $length (canon lower (func $callee "length") (memory (core memory $libc "memory"))))
    (core func $next (canon lower (func $callee "next")))
    (core func $next-async
      (canon lower (func $callee "next") async (memory (core memory $libc "memory"))))
    (core func $make (canon lower (func $callee "make")))
    (core func $look (canon lower (func $callee "look")))
    (core func $drop (canon resource.drop $r))
    (core func $host-add (canon lower (func $host "add")))
    (core func $host-length (canon lower (func $host "length")
      (memory (core memory $libc "memory"))))
    (core module $caller
      (import "" "add" (func $add (param i32 i32) (result i32)))
      (import "" "length" (func $length (param i32 i32) (result i32)))
      (import "libc" "memory" (memory 1))
      (import "" "next" (func $next (param i32) (result i32)))
      (import "" "next-async" (func $next-async (param i32 i32) (result i32)))
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "look" (func $look (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "host-add" (func $host-add (param i32 i32) (result i32)))
      (import "" "host-length" (func $host-length (param i32 i32) (result i32)))
      (func (export "scalars") (param i32) (result i32) (call $add (local.get 0) (i32.const 1)))
      (func (export "string") (param i32) (result i32) (call $length (i32.const 16) (local.get 0)))
      (func (export "async") (param i32) (result i32)
        (drop (call $next-async (local.get 0) (i32.const 64)))
        (call $next (i32.load (i32.const 64))))
      (func (export "resource") (param i32) (result i32)
        (local $handle i32)
        (local.set $handle (call $make (local.get 0)))
        (call $look (local.get $handle))
        (call $drop (local.get $handle)))
      (func (export "host-scalars") (param i32) (result i32)
        (call $host-add (local.get 0) (i32.const 1)))
      (func (export "host-string") (param i32) (result i32)
        (call $host-length (i32.const 16) (local.get 0))))
    (core instance $caller (instantiate $caller (with "libc" (instance $libc)) (with "" (instance
      (export "next" (func $next)) (export "next-async" (func $next-async))
      (export "add" (func $add)) (export "length" (func $length)) (export "make" (func $make))
      (export "look" (func $look)) (export "drop" (func $drop))
      (export "host-add" (func $host-add)) (export "host-length" (func $host-length))))))
    (func (export "scalars") (param "x" u32) (result u32)
      (canon lift (core func $caller "scalars")))
    (func (export "string") (param "x" u32) (result u32) (canon lift (core func $caller "string")))
    (func (export "async") (param "x" u32) (result u32) (canon lift (core func $caller "async")))
    (func (export "resource") (param "x" u32) (result u32)
      (canon lift (core func $caller "resource")))
    (func (export "host-scalars") (param "x" u32) (result u32)
      (canon lift (core func $caller "host-scalars")))
    (func (export "host-string") (param "x" u32) (result u32)
      (canon lift (core func $caller "host-string"))))
  (instance $caller (instantiate $caller
    (with "host" (instance $host)) (with "callee" (instance $callee))))
  (export "caller" (instance $caller)))
)";

// Interpreted, and compiled, where adapters between components are wasm.
class Allocation : public testing::TestWithParam<Tier> {};
INSTANTIATE_TEST_SUITE_P(Tiers, Allocation, testing::Values(Tier::kInterp, Tier::kJit),
                         [](const testing::TestParamInfo<Tier>& info) {
                           return info.param == Tier::kJit ? "Jit" : "Interp";
                         });

TEST_P(Allocation, CallsAllocateNothing) {
  if (GetParam() == Tier::kJit && !CompilerIsAvailable()) GTEST_SKIP() << "no compiler";
  ComponentWorld w(GetParam());
  LinkerInstance host = w.linker.Instance("host");
  ASSERT_TRUE(host.Define("add", [](uint32_t a, uint32_t b) -> uint32_t { return a + b; }).ok());
  ASSERT_TRUE(
      host.Define("length",
                  [](std::string_view s) -> uint32_t { return static_cast<uint32_t>(s.size()); })
          .ok());
  const ComponentInstance instance = w.Make(kComponents);
  const struct {
    const char* name;
    uint32_t result;  // of 20
  } kCases[] = {{"scalars", 21},  {"string", 20},       {"async", 22},
                {"resource", 20}, {"host-scalars", 21}, {"host-string", 20}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto f = instance.Get<uint32_t(uint32_t)>(std::string("caller#") + c.name);
    ASSERT_TRUE(f.ok()) << f.status();
    const Result<uint32_t> first = (*f)(20);  // translates code and grows the handle table
    ASSERT_TRUE(first.ok()) << first.trap().ToString();
    ASSERT_EQ(c.result, first.value());
    const uint64_t before = allocations;
    uint32_t sum = 0;
    for (int i = 0; i < 100; ++i) sum += (*f)(20).value();
    EXPECT_EQ(0u, allocations - before);
    EXPECT_EQ(100 * c.result, sum);
  }
}

}  // namespace
}  // namespace airwasm
