// Memories, tables, globals and references.
#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using testing::ExpectContains;
using testing::ExpectError;
using testing::MakeModule;
using testing::Typed;
using testing::World;

TEST(Memory, IsTheGuestsOwnBytes) {
  for (const bool guard_pages : {true, false}) {
    World world({.guard_pages = guard_pages});
    const absl::StatusOr<Memory> memory =
        Memory::New(world.store, {.limits = {.min = 1, .max = 3}});
    ASSERT_TRUE(memory.ok()) << memory.status();
    ASSERT_TRUE(world.linker.Define("env", "memory", *memory).ok());
    const Instance instance =
        world.Make(R"((module (import "env" "memory" (memory 1 3)) (export "memory" (memory 0))
      (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))");
    const auto load = Typed<int32_t(int32_t)>(instance, "load");
    memory->data()[65535] = 77;
    EXPECT_EQ(77, *load(65535));
    EXPECT_EQ(TrapKind::kOutOfBoundsMemory, load(65536).trap().kind());
    const uint8_t* const before = memory->data().data();
    EXPECT_EQ(1u, *memory->Grow(1));
    EXPECT_EQ(2u * 65536, memory->data().size());
    EXPECT_EQ(before, memory->data().data());
    EXPECT_EQ(0, *load(65536));
    EXPECT_EQ(2, *Typed<int32_t(int32_t)>(instance, "grow")(1));
    EXPECT_EQ(3u, memory->size_pages());
    EXPECT_EQ(-1, *Typed<int32_t(int32_t)>(instance, "grow")(1));
    ExpectError(memory->Grow(1).status(), absl::StatusCode::kResourceExhausted, "cannot grow by 1");
    EXPECT_EQ(3u, memory->size_pages());
    EXPECT_EQ(77, (*instance.GetMemory("memory")).data()[65535]);
  }
}

TEST(Memory, LimitsThatNoMemoryCanHave) {
  World world;
  const struct {
    std::string_view name;
    MemoryType type;
    std::string_view message;
  } kCases[] = {
      {"maximum below minimum", {.limits = {.min = 2, .max = 1}}, "minimum must not be greater"},
      {"too many pages", {.limits = {.min = 65537}}, "at most 65536"},
      {"maximum too large", {.limits = {.max = 65537}}, "at most 65536"},
      {"too many pages of 64 bits",
       {.limits = {.min = (uint64_t{1} << 48) + 1}, .is_64 = true},
       "at most"},
      {"shared without maximum", {.shared = true}, "shared memory must have maximum"},
      {"odd pages", {.page_size_log2 = 12}, "page size"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    ExpectError(Memory::New(world.store, c.type).status(), absl::StatusCode::kInvalidArgument,
                c.message);
  }
  EXPECT_EQ(absl::StatusCode::kResourceExhausted,
            Memory::New(world.store, {.limits = {.min = uint64_t{1} << 48}, .is_64 = true})
                .status()
                .code());
  const absl::StatusOr<Memory> bytes =
      Memory::New(world.store, {.limits = {.min = 100}, .page_size_log2 = 0});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(100u, bytes->data().size());
}

TEST(Memory, SharedBetweenStores) {
  World world;
  Store other(world.engine);
  const absl::StatusOr<Memory> plain = Memory::New(world.store, {.limits = {.min = 1, .max = 1}});
  ExpectError(plain->ShareWith(other).status(), absl::StatusCode::kFailedPrecondition, "shared");
  const absl::StatusOr<Memory> shared =
      Memory::New(world.store, {.limits = {.min = 1, .max = 2}, .shared = true});
  const absl::StatusOr<Memory> twin = shared->ShareWith(other);
  ASSERT_TRUE(twin.ok()) << twin.status();
  shared->data()[1] = 11;
  EXPECT_EQ(11, twin->data()[1]);
  EXPECT_TRUE(twin->Grow(1).ok());
  EXPECT_EQ(2u, shared->size_pages());
}

TEST(Table, GetSetGrow) {
  World world;
  const Instance instance =
      world.Make(R"((module (table (export "t") 2 4 funcref) (elem (i32.const 1) $f)
    (type $t (func (result i32))) (func $f (export "f") (type $t) (i32.const 5))
    (func (export "call") (param i32) (result i32) (call_indirect (type $t) (local.get 0)))))");
  const Table table = *instance.GetTable("t");
  const auto call = Typed<int32_t(int32_t)>(instance, "call");
  EXPECT_EQ(2u, table.size());
  EXPECT_TRUE((*table.Get(0)).IsNull());
  const Ref f = Ref::FromFunc(*instance.GetFunc("f"));
  EXPECT_EQ(f, *table.Get(1));
  EXPECT_EQ(5, *call(1));
  const Func host = Func::New(world.store, {.results = {kI32}},
                              [](Caller&, std::span<const Value>) -> Result<std::vector<Value>> {
                                return std::vector<Value>{Value(6)};
                              });
  EXPECT_TRUE(table.Set(0, Ref::FromFunc(host)).ok());
  EXPECT_EQ(6, *call(0));
  EXPECT_TRUE(table.Set(1, Ref()).ok());
  EXPECT_EQ(TrapKind::kUninitializedElement, call(1).trap().kind());
  EXPECT_EQ(2u, *table.Grow(2, f));
  EXPECT_EQ(5, *call(3));
  ExpectError(table.Grow(1, f).status(), absl::StatusCode::kResourceExhausted, "cannot grow");
  ExpectError(table.Get(4).status(), absl::StatusCode::kOutOfRange, "element 4 of a table of 4");
  ExpectError(table.Set(4, f), absl::StatusCode::kOutOfRange, "element 4");
  ExpectError(Table::New(world.store, {.limits = {.min = 3, .max = 2}}, Ref()).status(),
              absl::StatusCode::kInvalidArgument, "minimum");
  ExpectError(
      Table::New(world.store, {.element = ValType::Ref(HeapKind::kFunc, false)}, Ref()).status(),
      absl::StatusCode::kInvalidArgument, "not of type (ref func)");
  EXPECT_EQ(absl::StatusCode::kResourceExhausted,
            Table::New(world.store, {.limits = {.min = uint64_t{1} << 61}, .is_64 = true}, Ref())
                .status()
                .code());
}

TEST(Global, EveryKindOfValue) {
  World world;
  const V128Bytes lanes = {1, 2, 3};
  const struct {
    Value value, other;
  } kCases[] = {
      {Value(1), Value(int32_t{-1})},
      {Value(int64_t{1}), Value(INT64_MIN)},
      {Value(1.5f), Value(-0.0f)},
      {Value(1.5), Value(1e300)},
      {Value(lanes), Value(V128Bytes{})},
      {Value(Ref(), kExternRef), Value(Ref::NewExtern(world.store, 7), kExternRef)},
      {Value(Ref(), kAnyRef), Value(Ref::FromI31(-5), kAnyRef)},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.value.type().ToString());
    absl::StatusOr<Global> global =
        Global::New(world.store, {.type = c.value.type(), .mut = true}, c.value);
    ASSERT_TRUE(global.ok()) << global.status();
    EXPECT_EQ(c.value.ToString(), global->Get().ToString());
    EXPECT_TRUE(global->Set(c.other).ok());
    EXPECT_EQ(c.other.ToString(), global->Get().ToString());
    const Value wrong = c.value.type() == kI32 ? Value(1.0) : Value(1);
    ExpectError(global->Set(wrong), absl::StatusCode::kInvalidArgument, "should be");
    global = Global::New(world.store, {.type = c.value.type()}, c.value);
    ExpectError(global->Set(c.other), absl::StatusCode::kFailedPrecondition, "immutable");
  }
}

TEST(Global, SharedWithTheGuest) {
  World world;
  const Global global = *Global::New(world.store, {.type = kI64, .mut = true}, Value(int64_t{1}));
  ASSERT_TRUE(world.linker.Define("env", "g", global).ok());
  const Instance instance =
      world.Make(R"((module (import "env" "g" (global $g (mut i64))) (export "g" (global $g))
    (func (export "double") (global.set $g (i64.mul (global.get $g) (i64.const 2))))))");
  EXPECT_TRUE(global.Set(Value(int64_t{21})).ok());
  EXPECT_TRUE(Typed<void()>(instance, "double")().ok());
  EXPECT_EQ(42, global.Get().i64());
  EXPECT_EQ(42, (*instance.GetGlobal("g")).Get().i64());
}

TEST(Ref, HostValuesSurviveCollections) {
  World world({}, {.gc_stress = true});
  const Instance instance =
      world.Make(R"((module (global $g (mut externref) (ref.null extern)) (table $t 4 externref)
    (func (export "keep") (param externref) (global.set $g (local.get 0)) (table.set $t (i32.const 2) (local.get 0)))
    (func (export "get") (result externref) (table.get $t (i32.const 2)))
    (func (export "same") (param externref externref) (result i32)
      (ref.eq (ref.cast eqref (any.convert_extern (global.get $g))) (ref.null eq)))
    (func (export "id") (param externref) (result externref) (local.get 0))))");
  const auto keep = Typed<void(Ref)>(instance, "keep");
  const auto get = Typed<Ref()>(instance, "get");
  const auto id = Typed<Ref(Ref)>(instance, "id");
  for (uint64_t i = 1; i < 50; ++i) {
    ASSERT_TRUE(keep(Ref::NewExtern(world.store, i)).ok());
    world.store.CollectGarbage();
    const Result<Ref> got = get();
    ASSERT_TRUE(got.ok());
    ASSERT_TRUE(got->IsExtern());
    EXPECT_EQ(i, got->host_value());
    // Held by the host alone.
    const Ref mine = Ref::NewExtern(world.store, 1000 + i);
    world.store.CollectGarbage();
    EXPECT_EQ(1000 + i, (*id(mine)).host_value());
    EXPECT_EQ(mine, *id(mine));
    EXPECT_FALSE(mine == *get());
  }
  EXPECT_TRUE((*id(Ref())).IsNull());
}

TEST(Ref, OfFunctionsI31sAndObjects) {
  World world;
  const Instance instance = world.Make(R"((module (type $s (struct (field (mut i32))))
    (func (export "new") (param i32) (result anyref) (struct.new $s (local.get 0)))
    (func (export "read") (param anyref) (result i32) (struct.get $s 0 (ref.cast (ref $s) (local.get 0))))
    (func (export "any") (param anyref) (result anyref) (local.get 0))
    (func (export "func") (param funcref) (result funcref) (local.get 0))
    (elem declare func $f) (func $f (export "f"))
    (func (export "get_f") (result funcref) (ref.func $f))))");
  const auto any = Typed<Ref(Ref)>(instance, "any");
  for (const int32_t value : {0, 1, -1, (1 << 30) - 1, -(1 << 30)}) {
    const Result<Ref> result = any(Ref::FromI31(value));
    ASSERT_TRUE(result.ok() && result->IsI31());
    EXPECT_EQ(value, result->i31());
  }
  const Result<Ref> object = Typed<Ref(int32_t)>(instance, "new")(42);
  ASSERT_TRUE(object.ok());
  EXPECT_FALSE(object->IsExtern() || object->IsI31() || object->IsNull());
  world.store.CollectGarbage();
  EXPECT_EQ(42, *Typed<int32_t(Ref)>(instance, "read")(*object));
  EXPECT_EQ(TrapKind::kCastFailure,
            Typed<int32_t(Ref)>(instance, "read")(Ref::FromI31(1)).trap().kind());

  const Ref f = Ref::FromFunc(*instance.GetFunc("f"));
  EXPECT_EQ(f, *Typed<Ref(Ref)>(instance, "func")(f));
  EXPECT_EQ(f, *Typed<Ref()>(instance, "get_f")());
  // The dynamic call checks hierarchies.
  const Func any_func = *instance.GetFunc("any");
  EXPECT_EQ(absl::StatusCode::kInvalidArgument,
            any_func.Call(std::vector<Value>{Value(f, kFuncRef)}).status().code());
  EXPECT_TRUE(any_func.Call(std::vector<Value>{Value(*object, kAnyRef)}).ok());
}

TEST(Ref, HeapAtItsLimit) {
  World world({}, {.max_gc_heap_bytes = 1 << 20});
  std::vector<Ref> held;
  Ref last;
  do {
    last = Ref::NewExtern(world.store, held.size());
    if (!last.IsNull()) held.push_back(last);
    ASSERT_LT(held.size(), 1'000'000u);
  } while (!last.IsNull());
  EXPECT_GT(held.size(), 1000u);
  EXPECT_EQ(held.size() - 1, held.back().host_value());
  held.clear();
  EXPECT_FALSE(Ref::NewExtern(world.store, 1).IsNull());
}

TEST(Module, ImportsExportsAndSections) {
  const Engine engine;
  const Module module = MakeModule(
      engine, R"((module $name (import "m" "f" (func (param i32))) (memory (export "mem") 1 2)
    (global (export "g") (mut f32) (f32.const 0)) (tag (export "t") (param i64)) (@custom "mine" "\01\02")))");
  ASSERT_EQ(1u, module.imports().size());
  EXPECT_EQ("m", module.imports()[0].module);
  EXPECT_EQ((FuncType{.params = {kI32}}), std::get<FuncType>(module.imports()[0].type));
  const std::vector<ExportInfo> exports = module.exports();
  ASSERT_EQ(3u, exports.size());
  EXPECT_EQ(2u, std::get<MemoryType>(exports[0].type).limits.max);
  EXPECT_TRUE(std::get<GlobalType>(exports[1].type).mut);
  EXPECT_EQ((FuncType{.params = {kI64}}), std::get<TagPayload>(exports[2].type).type);
  EXPECT_EQ("name", module.name());
  ASSERT_EQ(1u, module.CustomSections("mine").size());
  EXPECT_EQ(2u, module.CustomSections("mine")[0].size());
  EXPECT_TRUE(module.CustomSections("other").empty());
  // The binary makes the same module again.
  const absl::StatusOr<Module> again = Module::Create(engine, module.bytes());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ("name", again->name());
}

TEST(Module, ErrorsOfInput) {
  Features no_simd;
  no_simd.Set(Feature::kSimd, false);
  const struct {
    std::string_view name, input, message;
    Features features;
  } kCases[] = {
      {"empty", "", "unexpected end", {}},
      {"cut magic", std::string_view("\0as", 3), "unexpected end", {}},
      {"text that does not parse", "(module (fnuc))", "1:", {}},
      {"text that is invalid", "(module (func (result i32)))", "type mismatch", {}},
      {"a feature that is off", "(module (func (param v128)))", "", no_simd},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const Engine engine({.features = c.features});
    ExpectError(Module::Create(engine, c.input).status(), absl::StatusCode::kInvalidArgument,
                c.message);
  }
}

}  // namespace
}  // namespace airwasm
