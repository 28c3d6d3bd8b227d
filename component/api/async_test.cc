// The async ABI as a host meets it: functions of the host that a guest lowers with `async`, and
// exports that are lifted with it.
#include "component/api/api_test_util.h"

namespace airwasm {
namespace {

// $M calls each import of "host" with `async` and looks at what it finds in its memory. `add`,
// `six`, `twice` and `nothing` differ in whether parameters and result are flat.
constexpr std::string_view kGuest = R"(
(component
  (import "host" (instance $host
    (export "nothing" (func async))
    (export "add" (func async (param "a" u32) (param "b" u64) (result u64)))
    (export "six" (func async (param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8)
      (param "e" u8) (param "s" string) (result u32)))
    (export "twice" (func async (param "s" string) (result string)))))
  (core module $Libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048)))
  (core instance $libc (instantiate $Libc))
  (core func $nothing (canon lower (func $host "nothing") async))
  (core func $add (canon lower (func $host "add") async (memory $libc "memory")))
  (core func $six (canon lower (func $host "six") async (memory $libc "memory")))
  (core func $twice (canon lower (func $host "twice") async (memory $libc "memory")
    (realloc (func $libc "realloc"))))
  (core func $return (canon task.return (result u64)))
  (core module $M
    (import "libc" "memory" (memory 1))
    (import "" "nothing" (func $nothing (result i32)))
    (import "" "add" (func $add (param i32 i64 i32) (result i32)))
    (import "" "six" (func $six (param i32 i32) (result i32)))
    (import "" "twice" (func $twice (param i32 i32 i32) (result i32)))
    (import "" "return" (func $return (param i64)))
    (func $returned (param i32)
      (if (i32.ne (local.get 0) (i32.const 2)) (then unreachable)))
    (func $add-up (param i32) (result i64)
      (call $returned (call $nothing))
      (call $returned (call $add (local.get 0) (i64.const 0x1_0000_0000) (i32.const 16)))
      (i64.load (i32.const 16)))
    (func (export "add") (param i32) (result i64) (call $add-up (local.get 0)))
    (func (export "add-async") (param i32) (result i32)
      (call $return (call $add-up (local.get 0))) (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable)
    (data (i32.const 32) "\01\02\03\04\05\00\00\00\40\00\00\00\03\00\00\00")
    (data (i32.const 64) "abc")
    (func (export "six") (result i32)
      (call $returned (call $six (i32.const 32) (i32.const 24)))
      (i32.load (i32.const 24)))
    (func (export "twice") (result i32)
      (call $returned (call $twice (i32.const 64) (i32.const 3) (i32.const 80)))
      (i32.const 80)))
  (core instance $m (instantiate $M
    (with "libc" (instance $libc))
    (with "" (instance
      (export "nothing" (func $nothing))
      (export "add" (func $add))
      (export "six" (func $six))
      (export "twice" (func $twice))
      (export "return" (func $return))))))
  (func (export "add") (param "a" u32) (result u64) (canon lift (core func $m "add")))
  (func (export "add-async") async (param "a" u32) (result u64)
    (canon lift (core func $m "add-async") async (callback (core func $m "callback"))))
  (func (export "six") (result u32) (canon lift (core func $m "six")))
  (func (export "twice") (result string)
    (canon lift (core func $m "twice") (memory $libc "memory"))))
)";

TEST(Async, FunctionsOfTheHostReturnAtOnce) {
  ComponentWorld w;
  int calls = 0;
  LinkerInstance host = w.linker.Instance("host");
  ASSERT_TRUE(host.Define("nothing", [&calls] { ++calls; }).ok());
  ASSERT_TRUE(host.Define("add", [](uint32_t a, uint64_t b) -> uint64_t { return a + b; }).ok());
  ASSERT_TRUE(host.Define("six",
                          [](uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t e,
                             std::string_view s) -> uint32_t {
                            return a * 10000 + b * 1000 + c * 100 + d * 10 + e +
                                   (s == "abc" ? 100000 : 0);
                          })
                  .ok());
  ASSERT_TRUE(host.Define("twice", [](std::string s) -> std::string { return s + s; }).ok());
  const ComponentInstance guest = w.Make(kGuest);
  EXPECT_EQ("4294967301", ComponentWorld::Call(guest, "add", {Val::U32(5)}));
  EXPECT_EQ("4294967302", ComponentWorld::Call(guest, "add-async", {Val::U32(6)}));
  EXPECT_EQ("112345", ComponentWorld::Call(guest, "six"));
  EXPECT_EQ("\"abcabc\"", ComponentWorld::Call(guest, "twice"));
  EXPECT_EQ(2, calls);
}

TEST(Async, DynamicFunctionsOfTheHostReturnAtOnce) {
  using Result = absl::StatusOr<std::optional<Val>>;
  ComponentWorld w;
  LinkerInstance host = w.linker.Instance("host");
  ASSERT_TRUE(
      host.DefineDynamic("nothing", [](std::span<const Val>) -> Result { return std::nullopt; })
          .ok());
  ASSERT_TRUE(host.DefineDynamic("add",
                                 [](std::span<const Val> args) -> Result {
                                   return Val::U64(args[0].unsigned_value() +
                                                   args[1].unsigned_value());
                                 })
                  .ok());
  ASSERT_TRUE(host.DefineDynamic("six",
                                 [](std::span<const Val> args) -> Result {
                                   return Val::U32(static_cast<uint32_t>(args[4].unsigned_value()) *
                                                       10 +
                                                   (args[5].string() == "abc" ? 1 : 0));
                                 })
                  .ok());
  ASSERT_TRUE(host.DefineDynamic("twice",
                                 [](std::span<const Val> args) -> Result {
                                   return Val::String(args[0].string() + args[0].string());
                                 })
                  .ok());
  const ComponentInstance guest = w.Make(kGuest);
  EXPECT_EQ("4294967301", ComponentWorld::Call(guest, "add", {Val::U32(5)}));
  EXPECT_EQ("51", ComponentWorld::Call(guest, "six"));
  EXPECT_EQ("\"abcabc\"", ComponentWorld::Call(guest, "twice"));
}

TEST(Async, TypedCallsAreRefused) {
  ComponentWorld w;
  LinkerInstance host = w.linker.Instance("host");
  for (const char* const name : {"nothing", "add", "six", "twice"}) {
    ASSERT_TRUE(host.DefineDynamic(name,
                                   [](std::span<const Val>) {
                                     return absl::StatusOr<std::optional<Val>>(std::nullopt);
                                   })
                    .ok());
  }
  const ComponentInstance guest = w.Make(kGuest);
  EXPECT_TRUE(guest.Get<uint64_t(uint32_t)>("add").ok());
  EXPECT_EQ(absl::StatusCode::kUnimplemented,
            guest.Get<uint64_t(uint32_t)>("add-async").status().code());
}

}  // namespace
}  // namespace airwasm
