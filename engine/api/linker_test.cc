// Linking by name, limits of stores, and how long things live.
#include <thread>

#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using testing::ExpectContains;
using testing::ExpectError;
using testing::MakeModule;
using testing::Typed;
using testing::World;

TEST(Linker, ErrorsNameWhatWasWantedAndWhatThereIs) {
  World world;
  ASSERT_TRUE(world.linker.Define("env", "add", [](int32_t a, int32_t b) { return a + b; }).ok());
  ASSERT_TRUE(
      world.linker.Define("env", "memory", *Memory::New(world.store, {.limits = {.min = 1}})).ok());
  ASSERT_TRUE(
      world.linker.Define("env", "g", *Global::New(world.store, {.type = kI32}, Value(1))).ok());
  ASSERT_TRUE(
      world.linker.Define("env", "table", *Table::New(world.store, {.limits = {.min = 1}}, Ref()))
          .ok());
  const struct {
    std::string_view name, wat;
    absl::StatusCode code;
    std::vector<std::string_view> parts;
  } kCases[] = {
      {"misspelt",
       R"((import "env" "addd" (func)))",
       absl::StatusCode::kNotFound,
       {"unknown import", "function \"env\" \"addd\"", "did you mean \"add\"?"}},
      {"nothing near",
       R"((import "env" "something-else" (memory 1)))",
       absl::StatusCode::kNotFound,
       {"memory \"env\""}},
      {"misspelt module",
       R"((import "enw" "add" (func)))",
       absl::StatusCode::kNotFound,
       {"did you mean \"env\"?"}},
      {"no such module",
       R"((import "wasi_snapshot_preview1" "fd_write" (func)))",
       absl::StatusCode::kNotFound,
       {"there is no module \"wasi_snapshot_preview1\""}},
      {"function type",
       R"((import "env" "add" (func (param i32) (result i32))))",
       absl::StatusCode::kFailedPrecondition,
       {"incompatible import type", "\"env\" \"add\"", "[i32] -> [i32]", "[i32 i32] -> [i32]"}},
      {"kind",
       R"((import "env" "add" (global i32)))",
       absl::StatusCode::kFailedPrecondition,
       {"global i32", "func [i32 i32]"}},
      {"memory limits",
       R"((import "env" "memory" (memory 2)))",
       absl::StatusCode::kFailedPrecondition,
       {"memory 2.."}},
      {"mutability",
       R"((import "env" "g" (global (mut i32))))",
       absl::StatusCode::kFailedPrecondition,
       {"(mut i32)"}},
      {"element type",
       R"((import "env" "table" (table 1 externref)))",
       absl::StatusCode::kFailedPrecondition,
       {"externref", "funcref"}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const absl::Status status = world.Fail("(module " + std::string(c.wat) + ")");
    for (const std::string_view part : c.parts) ExpectError(status, c.code, part);
  }
}

TEST(Linker, NamesAreDefinedOnceUnlessShadowingIsAllowed) {
  World world;
  ASSERT_TRUE(world.linker.Define("m", "f", [] { return 1; }).ok());
  ExpectError(world.linker.Define("m", "f", [] { return 2; }), absl::StatusCode::kAlreadyExists,
              "\"m\" \"f\"");
  constexpr char kUser[] =
      R"((module (import "m" "f" (func $f (result i32))) (export "f" (func $f))))";
  EXPECT_EQ(1, *Typed<int32_t()>(world.Make(kUser), "f")());
  world.linker.AllowShadowing(true);
  ASSERT_TRUE(world.linker.Define("m", "f", [] { return 2; }).ok());
  EXPECT_EQ(2, *Typed<int32_t()>(world.Make(kUser), "f")());
}

TEST(Linker, UnknownImportsAsTraps) {
  World world;
  world.linker.DefineUnknownImportsAsTraps(true);
  const Instance instance =
      world.Make(R"((module (import "nowhere" "f" (func $f (param i64) (result v128)))
    (func (export "call") (drop (call $f (i64.const 1)))) (func (export "fine") (result i32) (i32.const 1))))");
  EXPECT_EQ(1, *Typed<int32_t()>(instance, "fine")());
  const Result<void> result = Typed<void()>(instance, "call")();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(TrapKind::kHostError, result.trap().kind());
  ExpectContains(result.trap().message(), "unknown import \"nowhere\" \"f\"");
  // Only functions can trap when they are called.
  ExpectError(world.Fail(R"((module (import "nowhere" "m" (memory 1))))"),
              absl::StatusCode::kNotFound, "memory");
}

TEST(Linker, InstancesOfOneModuleForAnother) {
  World world;
  const Instance library =
      world.Make(R"((module (memory (export "memory") 1) (global (export "g") i32 (i32.const 3))
    (table (export "table") 1 funcref) (tag (export "tag")) (func (export "f") (result i32) (i32.const 4))))");
  ASSERT_TRUE(world.linker.DefineInstance("library", library).ok());
  ExpectError(world.linker.DefineInstance("library", library), absl::StatusCode::kAlreadyExists,
              "library");
  const Instance user = world.Make(R"((module (import "library" "f" (func $f (result i32)))
    (import "library" "g" (global $g i32)) (import "library" "memory" (memory 1)) (import "library" "table" (table 1 funcref))
    (import "library" "tag" (tag)) (export "memory" (memory 0)) (export "tag" (tag 0))
    (func (export "sum") (result i32) (i32.add (call $f) (global.get $g)))))");
  EXPECT_EQ(7, *Typed<int32_t()>(user, "sum")());
  EXPECT_EQ((*library.GetMemory("memory")).impl(), (*user.GetMemory("memory")).impl());
  EXPECT_TRUE(*library.GetTag("tag") == *user.GetTag("tag"));
}

TEST(Linker, ServesManyStores) {
  const Engine engine;
  Linker linker(engine);
  auto counter = std::make_shared<int>(0);
  ASSERT_TRUE(linker.Define("env", "count", [counter] { return ++*counter; }).ok());
  const Module module = MakeModule(engine, R"((module (import "env" "count" (func $c (result i32)))
    (func (export "f") (result i32) (call $c))))");
  {
    Store kept(engine);
    const Instance first = *linker.Instantiate(kept, module);
    for (int i = 0; i < 10; ++i) {
      Store store(engine);
      EXPECT_TRUE(Typed<int32_t()>(*linker.Instantiate(store, module), "f")().ok());
    }
    // The function outlives the linker as long as some store has it.
    linker = Linker(engine);
    EXPECT_EQ(11, *Typed<int32_t()>(first, "f")());
    EXPECT_EQ(2, counter.use_count());
  }
  EXPECT_EQ(1, counter.use_count());
}

TEST(Linker, InstancesOfOneStoreShareItsHostFunctions) {
  const Engine engine;
  Linker linker(engine);
  ASSERT_TRUE(linker.Define("env", "f", [] { return int32_t{1}; }).ok());
  const absl::StatusOr<Module> module = Module::Create(
      engine, R"((module (import "env" "f" (func $f (result i32))) (export "g" (func $f))))");
  ASSERT_TRUE(module.ok());
  Store store(engine), other(engine);
  const Func first = *linker.Instantiate(store, *module)->GetFunc("g");
  EXPECT_EQ(first.impl(), linker.Instantiate(store, *module)->GetFunc("g")->impl());
  EXPECT_NE(first.impl(), linker.Instantiate(other, *module)->GetFunc("g")->impl());
  // A definition that takes the place of another is another function.
  linker.AllowShadowing(true);
  ASSERT_TRUE(linker.Define("env", "f", [] { return int32_t{2}; }).ok());
  const absl::StatusOr<Instance> later = linker.Instantiate(store, *module);
  EXPECT_EQ(*(*later->Get<int32_t()>("g"))(), 2);
}

TEST(Linker, StoresAndEnginesDoNotMix) {
  World world;
  Store other(world.engine);
  const Memory foreign = *Memory::New(other, {.limits = {.min = 1}});
  ASSERT_TRUE(world.linker.Define("env", "memory", foreign).ok());
  ExpectError(world.Fail(R"((module (import "env" "memory" (memory 1))))"),
              absl::StatusCode::kFailedPrecondition, "another store");
  const Module user = MakeModule(world.engine, R"((module (import "env" "memory" (memory 1))))");
  ExpectError(Instance::New(world.store, user, std::vector<Extern>{foreign}).status(),
              absl::StatusCode::kFailedPrecondition, "another store");
  ExpectError(Instance::New(world.store, user, {}).status(), absl::StatusCode::kFailedPrecondition,
              "import");
  EXPECT_TRUE(Instance::New(other, user, std::vector<Extern>{foreign}).ok());

  const Engine second_engine;
  const Module foreign_module = MakeModule(second_engine, "(module)");
  ExpectError(world.linker.Instantiate(world.store, foreign_module).status(),
              absl::StatusCode::kFailedPrecondition, "another engine");
}

TEST(Store, Limits) {
  const struct {
    std::string_view name;
    StoreOptions options;
    std::string_view fits, exceeds;
  } kCases[] = {
      {"memory", {.max_memory_bytes = 65536}, "(memory 1)", "(memory 2)"},
      {"all memories",
       {.max_total_memory_bytes = 3 * 65536},
       "(memory 1) (memory 1)",
       "(memory 2)"},
      {"memories", {.max_memories = 1}, "(memory 1)", "(memory 0)"},
      {"table", {.max_table_elements = 10}, "(table 10 funcref)", "(table 11 funcref)"},
      {"all tables",
       {.max_total_table_elements = 10},
       "(table 5 funcref) (table 4 funcref)",
       "(table 2 funcref)"},
      {"tables", {.max_tables = 2}, "(table 1 funcref) (table 1 funcref)", "(table 0 funcref)"},
      {"instances", {.max_instances = 1}, "", ""},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    World world({}, c.options);
    world.Make("(module " + std::string(c.fits) + ")");
    EXPECT_EQ(absl::StatusCode::kResourceExhausted,
              world.Fail("(module " + std::string(c.exceeds) + ")").code());
  }
}

TEST(Store, TablesGrowWithinTheirLimitTogether) {
  World world({}, {.max_total_table_elements = 10});
  const Instance instance = world.Make(R"((module (table $a 2 funcref) (table $b 3 100 externref)
      (func (export "a") (param i32) (result i32) (table.grow $a (ref.null func) (local.get 0)))
      (func (export "b") (param i32) (result i32) (table.grow $b (ref.null extern) (local.get 0)))))");
  auto a = Typed<int32_t(int32_t)>(instance, "a");
  auto b = Typed<int32_t(int32_t)>(instance, "b");
  EXPECT_EQ(5u, world.store.TableElements());
  EXPECT_EQ(2, *a(3));
  EXPECT_EQ(-1, *b(3));
  EXPECT_EQ(3, *b(2));
  EXPECT_EQ(-1, *a(1));
  EXPECT_EQ(-1, *a(-1));
  EXPECT_EQ(5, *a(0));
  EXPECT_EQ(10u, world.store.TableElements());
  EXPECT_EQ(1u, world.store.Instances());
}

TEST(Store, GrowthBeyondALimitTrapsIfWanted) {
  for (const bool trap : {false, true}) {
    World world({},
                {.max_memory_bytes = 65536, .max_table_elements = 1, .trap_on_grow_failure = trap});
    const Instance instance = world.Make(R"((module (memory 1) (table 1 funcref)
      (func (export "memory") (result i32) (memory.grow (i32.const 1)))
      (func (export "table") (result i32) (table.grow (ref.null func) (i32.const 1)))))");
    for (const char* const name : {"memory", "table"}) {
      SCOPED_TRACE(name);
      const Result<int32_t> result = Typed<int32_t()>(instance, name)();
      ASSERT_EQ(!trap, result.ok());
      if (trap) {
        EXPECT_EQ(TrapKind::kHostError, result.trap().kind());
        EXPECT_EQ(absl::StatusCode::kResourceExhausted, result.trap().host_error().code());
        ExpectContains(result.trap().message(), "cannot grow");
      } else {
        EXPECT_EQ(-1, *result);
      }
    }
  }
}

TEST(Store, StackLimitDecidesHowDeepCallsGo) {
  constexpr char kDeep[] = R"((module (func $f (export "f") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0))))))";
  World small({}, {.max_stack_bytes = 16 * 1024});
  World large({}, {.max_stack_bytes = 16 * 1024 * 1024});
  const Result<int32_t> overflow = Typed<int32_t(int32_t)>(small.Make(kDeep), "f")(100'000);
  ASSERT_FALSE(overflow.ok());
  EXPECT_EQ(TrapKind::kCallStackExhausted, overflow.trap().kind());
  EXPECT_EQ(100'000, *Typed<int32_t(int32_t)>(large.Make(kDeep), "f")(100'000));
}

TEST(Store, GarbageHeapLimitTraps) {
  World world({}, {.max_gc_heap_bytes = 1 << 20});
  const Instance instance =
      world.Make(R"((module (type $l (struct (field (ref null $l)) (field i64 i64)))
    (func (export "leak") (local $l (ref null $l))
      (loop $again (local.set $l (struct.new $l (local.get $l) (i64.const 1) (i64.const 2))) (br $again)))
    (func (export "litter") (param i32) (loop $again
      (drop (struct.new $l (ref.null $l) (i64.const 1) (i64.const 2)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))");
  const Result<void> leak = Typed<void()>(instance, "leak")();
  ASSERT_FALSE(leak.ok());
  EXPECT_EQ(TrapKind::kOutOfGcMemory, leak.trap().kind());
  const Result<void> litter = Typed<void(int32_t)>(instance, "litter")(200'000);
  EXPECT_TRUE(litter.ok()) << TrapText(litter.trap().kind());
  EXPECT_LE(world.store.GcHeapBytes(), uint64_t{1} << 20);
}

TEST(Store, MayBeMoved) {
  World world;
  const Instance instance = world.Make(
      R"((module (memory (export "memory") 1) (func (export "f") (result i32) (i32.const 5))))");
  const Memory memory = *instance.GetMemory("memory");
  const Store::Interrupter interrupter = world.store.interrupter();
  Store moved(std::move(world.store));
  EXPECT_EQ(5, *Typed<int32_t()>(instance, "f")());
  EXPECT_EQ(65536u, moved.MemoryBytes());
  EXPECT_EQ(65536u, memory.data().size());
  interrupter.Interrupt();
  interrupter.Clear();
  world.store = Store(world.engine);
  EXPECT_EQ(0u, world.store.MemoryBytes());
  moved = std::move(world.store);  // ends the world that was moved here
  EXPECT_EQ(0u, moved.MemoryBytes());
}

TEST(Module, OutlivesEngineAndLinker) {
  std::optional<Engine> engine(std::in_place);
  std::optional<Linker> linker(std::in_place, *engine);
  const Module module =
      MakeModule(*engine, "(module (func (export \"f\") (result i32) (i32.const 6)))");
  engine.reset();
  Store store(module.engine());
  const Instance instance = *linker->Instantiate(store, module);
  linker.reset();
  EXPECT_EQ(6, *Typed<int32_t()>(instance, "f")());
  EXPECT_EQ(module.impl(), instance.module().impl());
}

TEST(Module, RunsOnManyThreadsAtOnce) {
  const Engine engine;
  const Module module =
      MakeModule(engine, R"((module (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))))");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        Store store(engine);
        const absl::StatusOr<Instance> instance = Instance::New(store, module, {});
        ASSERT_TRUE(instance.ok());
        EXPECT_EQ(144, *Typed<int32_t(int32_t)>(*instance, "fib")(12));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Module, LazyValidationTrapsInTheFunctionThatIsInvalid) {
  World world({.eager_validation = false});
  const Instance instance = world.Make(R"((module (func (export "good") (result i32) (i32.const 1))
                                                  (func (export "bad") (result i32) (f32.const 1))))");
  EXPECT_EQ(1, *Typed<int32_t()>(instance, "good")());
  const Result<int32_t> bad = Typed<int32_t()>(instance, "bad")();
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(TrapKind::kInvalidFunction, bad.trap().kind());
}

}  // namespace
}  // namespace airwasm
