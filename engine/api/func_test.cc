// Functions both ways: typed and dynamic, every kind of value, several results, callers.
#include <cmath>
#include <limits>

#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using testing::ExpectContains;
using testing::ExpectError;
using testing::Typed;
using testing::World;

constexpr V128Bytes kLanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// Passes one value to the host's "f" and back.
template <typename T>
void ExpectPasses(const char* type, const std::vector<T>& values) {
  SCOPED_TRACE(type);
  World world;
  int calls = 0;
  ASSERT_TRUE(world.linker.Define("env", "f", [&calls](T v) { return ++calls, v; }).ok());
  const std::string t = type;
  const Instance instance = world.Make("(module (import \"env\" \"f\" (func $f (param " + t +
                                       ") (result " + t + "))) (func (export \"g\") (param " + t +
                                       ") (result " + t + ") (call $f (local.get 0))))");
  const auto g = Typed<T(T)>(instance, "g");
  for (const T& value : values) {
    const Result<T> result = g(value);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(0, std::memcmp(&value, &*result, sizeof value));
  }
  EXPECT_EQ(static_cast<int>(values.size()), calls);
}

TEST(TypedFunc, EveryNumberPassesBothWays) {
  ExpectPasses<int32_t>("i32", {0, -1, INT32_MIN, INT32_MAX});
  ExpectPasses<uint32_t>("i32", {0, UINT32_MAX});
  ExpectPasses<int64_t>("i64", {0, -1, INT64_MIN, INT64_MAX});
  ExpectPasses<uint64_t>("i64", {UINT64_MAX});
  ExpectPasses<float>("f32", {0.0f, -0.0f, 1.5f, std::numeric_limits<float>::infinity()});
  ExpectPasses<double>("f64", {0.0, -0.0, 1e300, -std::numeric_limits<double>::quiet_NaN()});
  ExpectPasses<V128Bytes>("v128", {kLanes});
}

TEST(TypedFunc, SeveralResultsWithVectorsAmongThem) {
  using R = std::tuple<V128Bytes, int32_t, V128Bytes, double>;
  World world;
  ASSERT_TRUE(
      world.linker
          .Define("env", "rotate",
                  [](int32_t a, V128Bytes b, double c, V128Bytes d) { return R(d, a + 1, b, c); })
          .ok());
  const Instance instance = world.Make(R"((module
    (import "env" "rotate" (func $rotate (param i32 v128 f64 v128) (result v128 i32 v128 f64)))
    (func (export "f") (param i32 v128 f64 v128) (result v128 i32 v128 f64)
      (call $rotate (local.get 0) (local.get 1) (local.get 2) (local.get 3)))))");
  const auto f = Typed<R(int32_t, V128Bytes, double, V128Bytes)>(instance, "f");
  const Result<R> result = f(41, kLanes, 2.5, V128Bytes{9, 9});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(R(V128Bytes{9, 9}, 42, kLanes, 2.5), *result);
}

int32_t Twice(int32_t n) {
  return 2 * n;
}
int32_t FirstByte(Caller& caller) {
  return caller.memory()[0];
}

TEST(TypedFunc, PlainFunctionsOfTheHost) {
  World world;
  ASSERT_TRUE(world.linker.Define("env", "twice", Twice).ok());
  ASSERT_TRUE(world.linker.Define("env", "first_byte", FirstByte).ok());
  const Instance instance =
      world.Make(R"((module (import "env" "twice" (func $twice (param i32) (result i32)))
    (import "env" "first_byte" (func $first (result i32))) (memory (export "memory") 1) (data (i32.const 0) "\15")
    (func (export "f") (result i32) (call $twice (call $first)))))");
  EXPECT_EQ(42, *Typed<int32_t()>(instance, "f")());
}

TEST(TypedFunc, OfAnotherType) {
  World world;
  const Instance instance =
      world.Make(R"((module (func (export "f") (param i32 f64) (result i64) (i64.const 0))
                                                  (memory (export "memory") 1)))");
  const auto status = [&](auto result) { return result.status(); };
  const struct {
    std::string_view name;
    absl::Status status;
    absl::StatusCode code;
    std::string_view message;
  } kCases[] = {
      {"param", status(instance.Get<int64_t(int32_t, float)>("f")),
       absl::StatusCode::kInvalidArgument, "(i32, f64) -> (i64), not (i32, f32) -> (i64)"},
      {"result", status(instance.Get<void(int32_t, double)>("f")),
       absl::StatusCode::kInvalidArgument, "-> ()"},
      {"arity", status(instance.Get<int64_t()>("f")), absl::StatusCode::kInvalidArgument,
       "not () -> (i64)"},
      {"missing", status(instance.Get<void()>("memorx")), absl::StatusCode::kNotFound,
       "did you mean \"memory\""},
      {"no function", status(instance.Get<void()>("memory")), absl::StatusCode::kNotFound,
       "not a function"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    ExpectError(c.status, c.code, c.message);
  }
}

TEST(Func, DynamicCalls) {
  World world;
  const Func host =
      Func::New(world.store, {.params = {kI64, kF32}, .results = {kF32, kI64}},
                [](Caller&, std::span<const Value> args) -> Result<std::vector<Value>> {
                  return std::vector<Value>{args[1], Value(args[0].i64() + 1)};
                });
  ASSERT_TRUE(world.linker.Define("env", "f", host).ok());
  const Instance instance =
      world.Make(R"((module (import "env" "f" (func $f (param i64 f32) (result f32 i64)))
    (func (export "g") (param i64 f32) (result f32 i64) (call $f (local.get 0) (local.get 1)))))");
  const Func g = *instance.GetFunc("g");
  EXPECT_EQ(g.type(), host.type());
  for (const Func& func : {host, g}) {
    const auto result = func.Call(std::vector<Value>{Value(int64_t{41}), Value(1.5f)});
    ASSERT_TRUE(result.ok()) << result.status();
    ASSERT_TRUE(result->ok());
    ASSERT_EQ(2u, (*result)->size());
    EXPECT_EQ(1.5f, (**result)[0].f32());
    EXPECT_EQ(42, (**result)[1].i64());
  }
  ExpectError(g.Call({}).status(), absl::StatusCode::kInvalidArgument, "expected 2, got 0");
  ExpectError(g.Call(std::vector<Value>{Value(1), Value(1.5f)}).status(),
              absl::StatusCode::kInvalidArgument, "number 0 should be i64, got i32");
}

TEST(Func, HostResultsThatDoNotMatchTrap) {
  World world;
  const struct {
    std::string_view name;
    std::vector<Value> results;
    std::string_view message;
  } kCases[] = {
      {"none", {}, "expected 1, got 0"},
      {"too many", {Value(1), Value(2)}, "expected 1, got 2"},
      {"another type", {Value(1.0)}, "should be i32, got f64"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Func func = Func::New(
        world.store, {.results = {kI32}},
        [&](Caller&, std::span<const Value>) -> Result<std::vector<Value>> { return c.results; });
    const auto result = func.Call({});
    ASSERT_TRUE(result.ok());
    ASSERT_FALSE(result->ok());
    EXPECT_EQ(TrapKind::kHostError, result->trap().kind());
    ExpectContains(result->trap().message(), c.message);
  }
}

TEST(Caller, SeesExportsMemoryAndData) {
  World world;
  world.store.set_data(std::make_shared<int>(7));
  ASSERT_TRUE(world.linker
                  .Define("env", "look",
                          [](Caller& caller, uint32_t address) -> int32_t {
                            const std::span<uint8_t> memory = caller.memory();
                            EXPECT_EQ(65536u, memory.size());
                            EXPECT_FALSE(caller.FindExport("nothing"));
                            const std::optional<Extern> global = caller.FindExport("g");
                            EXPECT_TRUE(global && std::get<Global>(*global).Get().i32() == 5);
                            EXPECT_EQ(7, *static_cast<int*>(caller.store_data()));
                            memory[address] += 1;
                            return memory[address];
                          })
                  .ok());
  const Instance instance =
      world.Make(R"((module (import "env" "look" (func $look (param i32) (result i32)))
    (memory (export "memory") 1) (global (export "g") i32 (i32.const 5)) (data (i32.const 100) "\29")
    (func (export "f") (param i32) (result i32) (call $look (local.get 0)))
    (export "look" (func $look))))");
  EXPECT_EQ(42, *Typed<int32_t(int32_t)>(instance, "f")(100));
  // The host itself is no caller with a memory.
  bool called = false;
  ASSERT_TRUE(world.linker
                  .Define("env", "alone",
                          [&called](Caller& caller) {
                            called = true;
                            EXPECT_TRUE(caller.memory().empty());
                            EXPECT_FALSE(caller.FindExport("memory"));
                          })
                  .ok());
  const Instance reexport =
      world.Make(R"((module (import "env" "alone" (func $f)) (export "f" (func $f))))");
  EXPECT_TRUE(Typed<void()>(reexport, "f")().ok());
  EXPECT_TRUE(called);
}

TEST(Caller, CallsBackIntoTheGuest) {
  World world;
  ASSERT_TRUE(world.linker
                  .Define("env", "down",
                          [](Caller& caller, int32_t n) -> Result<int32_t> {
                            const Func f = std::get<Func>(*caller.FindExport("f"));
                            Result<int32_t> below = (*f.Typed<int32_t(int32_t)>())(n - 1);
                            if (!below.ok()) return Trap(below.trap());
                            return *below + 1;
                          })
                  .ok());
  const Instance instance =
      world.Make(R"((module (import "env" "down" (func $down (param i32) (result i32)))
    (func (export "f") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (call $down (local.get 0)))))))");
  const auto f = Typed<int32_t(int32_t)>(instance, "f");
  EXPECT_EQ(50, *f(50));
  // Without end: the native stack is finite, and the guest is told.
  const Result<int32_t> endless = f(-1);
  ASSERT_FALSE(endless.ok());
  EXPECT_EQ(TrapKind::kCallStackExhausted, endless.trap().kind());
  EXPECT_EQ(3, *f(3));
}

}  // namespace
}  // namespace airwasm
