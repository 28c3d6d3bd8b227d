// Calls across the border: canon lift and canon lower together, built-ins, and dynamic calls; each
// with adapters of C++ and of wasm.
#include "component/canon/canon_test_util.h"
#include "component/canon/dynamic.h"

namespace airwasm::component::canon {
namespace {

// The parameter: whether lowered functions become wasm, where they can.
struct CallTest : testing::TestWithParam<bool> {
  // What a call of the core function `name` of `guest`, lifted as () -> u32, comes to.
  CallOutcome Run(Guest& guest, std::string_view name) {
    const Function& f = world.Lift(world.Func({}, PrimType::kU32), guest.func(name), guest.options);
    return Call(*world.store, f, {});
  }
  std::string TextOf(const CallOutcome& outcome) {
    if (!outcome.status.ok()) return std::string(outcome.status.message());
    if (!outcome.ok()) return outcome.trap.message;
    return outcome.result ? outcome.result->ToString() : "nothing";
  }
  runtime::FuncInst* BuiltInOf(syntax::CanonKind kind, ComponentInstanceState& state,
                               const airwasm::FuncType& type,
                               const ResourceType* resource = nullptr) {
    auto func = MakeBuiltIn(*world.store, {.kind = kind,
                                           .core_type = world.types->InternFunc(type),
                                           .instance = &state,
                                           .resource = resource});
    EXPECT_TRUE(func.ok()) << func.status();
    return func.ok() ? *func : nullptr;
  }

  World world{GetParam()};
  // The types of most functions here.
  const FuncTypeId nullary = world.Func({});
  const FuncTypeId text_to_text = world.Func({PrimType::kString}, PrimType::kString);
};

std::string AdapterName(const testing::TestParamInfo<bool>& info) {
  return info.param ? "Wasm" : "Cpp";
}
INSTANTIATE_TEST_SUITE_P(Adapters, CallTest, testing::Bool(), AdapterName);

TEST_P(CallTest, ScalarsCrossAndAreCut) {
  Guest callee(world, R"((func (export "f") (param i32 i32 i64) (result i32)
      (i32.add (i32.add (local.get 0) (local.get 1)) (i32.wrap_i64 (local.get 2)))))");
  const Function& f =
      world.Lift(world.Func({PrimType::kU8, PrimType::kS16, PrimType::kU64}, PrimType::kU32),
                 callee.func("f"), callee.options);
  // The caller's options are needed before the caller is there: lowering needs its state alone.
  CanonOptions options;
  options.instance = &world.NewState();
  Guest caller(world, R"((func (export "run") (result i32)
      (call $f (i32.const 0xff02) (i32.const 0x1ffff) (i64.const 5))))",
               {world.Lower(f, options)}, StringEncoding::kUtf8,
               R"((import "" "f" (func $f (param i32 i32 i64) (result i32))))");
  EXPECT_EQ("6", TextOf(Run(caller, "run")));  // 2 + -1 + 5
  EXPECT_TRUE(callee.state.may_enter());
}

TEST_P(CallTest, StringsAreTranscodedAndPostReturnRunsOnce) {
  Guest callee(world, R"(
      (global $posts (mut i32) (i32.const 0))
      (func (export "f") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
      (func (export "post") (param i32)
        (if (i32.ne (local.get 0) (i32.const 16)) (then unreachable))
        (global.set $posts (i32.add (global.get $posts) (i32.const 1))))
      (func (export "posts") (result i32) (global.get $posts)))",
               {}, StringEncoding::kUtf16);
  callee.options.post_return = callee.func("post");
  const Function& f = world.Lift(text_to_text, callee.func("f"), callee.options);
  Guest caller(world, "");
  runtime::FuncInst* const lowered = world.Lower(f, caller.options);
  caller.Put(100, "gr\u00fc\u00df \U0001F600");
  uint64_t slots[3] = {100, 11, 200};
  ASSERT_TRUE(world.store->Call(lowered, slots, nullptr)) << world.store->TakeTrap().message;
  EXPECT_EQ(11u, LoadAs<uint32_t>(caller.bytes(204, 4).data()));
  EXPECT_EQ("gr\u00fc\u00df \U0001F600",
            caller.bytes(LoadAs<uint32_t>(caller.bytes(200, 4).data()), 11));
  EXPECT_EQ(7u,
            LoadAs<uint32_t>(callee.bytes(20, 4).data()));  // units, a surrogate pair among them
  callee.options.post_return = nullptr;
  EXPECT_EQ("1", TextOf(Run(callee, "posts")));
}

TEST_P(CallTest, ATrapLocksTheInstancesItPassed) {
  Guest callee(world,
               R"((func (export "f") unreachable) (func (export "g") (result i32) (i32.const 1)))");
  const Function& f = world.Lift(nullary, callee.func("f"), callee.options);
  Guest caller(world, "");
  runtime::FuncInst* const lowered = world.Lower(f, caller.options);
  runtime::Trap trap;
  EXPECT_FALSE(world.store->Call(lowered, nullptr, &trap));
  EXPECT_EQ(TrapKind::kUnreachable, trap.kind);
  EXPECT_FALSE(world.store->Call(lowered, nullptr, &trap));
  EXPECT_EQ("cannot enter component instance", trap.message);
  EXPECT_EQ("cannot enter component instance", TextOf(Run(callee, "g")));
}

TEST_P(CallTest, NoInstanceIsEnteredTwice) {
  // a -> b -> a
  ComponentInstanceState& a = world.NewState();
  Guest target(world, R"((func (export "f")))");
  CanonOptions in_a = target.options;
  in_a.instance = &a;
  const Function& f = world.Lift(nullary, target.func("f"), in_a);
  Guest b(world, R"((func (export "g") (call $f)))",
          {world.Lower(f,
                       [&] {
                         CanonOptions o;
                         o.instance = &world.NewState();
                         return o;
                       }())},
          StringEncoding::kUtf8, R"((import "" "f" (func $f)))");
  const Function& g = world.Lift(nullary, b.func("g"), b.options);
  Guest outer(world, R"((func (export "run") (call $g)))", {world.Lower(g, in_a)},
              StringEncoding::kUtf8, R"((import "" "g" (func $g)))");
  CanonOptions outer_options = outer.options;
  outer_options.instance = &a;
  const Function& run = world.Lift(nullary, outer.func("run"), outer_options);
  EXPECT_EQ("cannot enter component instance", TextOf(Call(*world.store, run, {})));
}

TEST_P(CallTest, ParentsAndChildrenDoNotCallEachOther) {
  ComponentInstanceState& parent = world.NewState();
  ComponentInstanceState& child = world.NewState(&parent);
  ComponentInstanceState& sibling = world.NewState(&parent);
  Guest code(world, R"((func (export "f")))");
  CanonOptions in_parent = code.options, in_child = code.options, in_sibling = code.options;
  in_parent.instance = &parent;
  in_child.instance = &child;
  in_sibling.instance = &sibling;
  const Function& of_child = world.Lift(nullary, code.func("f"), in_child);
  const Function& of_parent = world.Lift(nullary, code.func("f"), in_parent);
  runtime::Trap trap;
  EXPECT_FALSE(world.store->Call(world.Lower(of_child, in_parent), nullptr, &trap));
  EXPECT_EQ("cannot enter component instance", trap.message);
  EXPECT_FALSE(world.store->Call(world.Lower(of_parent, in_child), nullptr, &trap));
  EXPECT_EQ("cannot enter component instance", trap.message);
  EXPECT_TRUE(world.store->Call(world.Lower(of_child, in_sibling), nullptr, &trap));
  EXPECT_EQ((std::vector{&child}), EnteringSet(&child, &sibling));
  EXPECT_EQ((std::vector{&child, &parent}), EnteringSet(&child, nullptr));
  EXPECT_TRUE(EnteringSet(&parent, &child).empty());
}

TEST_P(CallTest, ReallocAndPostReturnCannotLeave) {
  Guest other(world, R"((func (export "f")))");
  const Function& f = world.Lift(nullary, other.func("f"), other.options);
  ComponentInstanceState& state = world.NewState();
  CanonOptions leaving;
  leaving.instance = &state;
  runtime::FuncInst* const leave = world.Lower(f, leaving);
  Guest callee(world, R"(
      (func (export "g") (param i32 i32))
      (func (export "nothing"))
      (func (export "leaving-realloc") (param i32 i32 i32 i32) (result i32) (call $f) (i32.const 8))
      (func (export "leaving-post") (call $f)))",
               {leave}, StringEncoding::kUtf8, R"((import "" "f" (func $f)))");
  callee.options.instance = &state;
  CanonOptions options = callee.options;
  options.realloc = callee.func("leaving-realloc");
  const Function& g = world.Lift(world.Func({PrimType::kString}), callee.func("g"), options);
  const Val text[] = {Val::String("x")};
  EXPECT_EQ("cannot leave component instance", TextOf(Call(*world.store, g, text)));
  state.flags = ComponentInstanceState::kMayEnter | ComponentInstanceState::kMayLeave;
  options = callee.options;
  options.post_return = callee.func("leaving-post");
  const Function& h = world.Lift(nullary, callee.func("nothing"), options);
  EXPECT_EQ("cannot leave component instance", TextOf(Call(*world.store, h, {})));
}

TEST_P(CallTest, ExceptionsEndAtTheBorder) {
  Guest callee(world, R"((tag $t) (func (export "f") (throw $t)))");
  const Function& f = world.Lift(nullary, callee.func("f"), callee.options);
  CanonOptions options;
  options.instance = &world.NewState();
  Guest caller(world, R"((func (export "run") (result i32)
      (block $caught (try_table (catch_all $caught) (call $f)) (return (i32.const 1)))
      (i32.const 2)))",
               {world.Lower(f, options)}, StringEncoding::kUtf8, R"((import "" "f" (func $f)))");
  EXPECT_TRUE(TextOf(Run(caller, "run")).starts_with("uncaught exception"));
}

TEST_P(CallTest, ContextIsFreshForEachCallAndForRealloc) {
  ComponentInstanceState& state = world.NewState();
  Guest guest(
      world, R"(
      (global $in-realloc (mut i32) (i32.const -1))
      (func (export "context-realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $in-realloc (call $get)) (call $set (i32.const 5)) (i32.const 8))
      (func (export "f") (param i32 i32) (result i32)
        (if (call $get) (then unreachable))
        (call $set (i32.const 42)) (global.get $in-realloc))
      (func (export "get") (result i32) (call $get)))",
      {BuiltInOf(syntax::CanonKind::kContextGet, state, {{}, {kI32}}),
       BuiltInOf(syntax::CanonKind::kContextSet, state, {{kI32}, {}})},
      StringEncoding::kUtf8,
      R"((import "" "get" (func $get (result i32))) (import "" "set" (func $set (param i32))))");
  guest.options.instance = &state;
  guest.options.realloc = guest.func("context-realloc");
  const Function& f =
      world.Lift(world.Func({PrimType::kString}, PrimType::kS32), guest.func("f"), guest.options);
  const Val text[] = {Val::String("")};
  EXPECT_EQ("0", TextOf(Call(*world.store, f, text)));
  EXPECT_EQ("0", TextOf(Run(guest, "get")));
}

TEST_P(CallTest, WhatBelongsToAsyncTrapsWhenCalled) {
  ComponentInstanceState& state = world.NewState();
  runtime::FuncInst* const make =
      BuiltInOf(syntax::CanonKind::kWaitableSetNew, state, {{}, {kI32}});
  uint64_t slot = 0;
  runtime::Trap trap;
  EXPECT_FALSE(world.store->Call(make, &slot, &trap));
  EXPECT_EQ("`waitable-set.new` is not supported", trap.message);
  state.flags &= ~ComponentInstanceState::kMayLeave;
  EXPECT_FALSE(world.store->Call(make, &slot, &trap));
  EXPECT_EQ("cannot leave component instance", trap.message);
}

// --- resources ---

struct ResourceTest : CallTest {
  ResourceTest() { world.resources = {&resource}; }
  uint64_t CallCoreFunc(runtime::FuncInst* func, uint64_t arg = 0) {
    uint64_t slot = arg;
    error.clear();
    runtime::Trap trap;
    if (!world.store->Call(func, &slot, &trap)) error = trap.message;
    return slot;
  }
  ResourceType resource;
  const ResourceId id = world.table.NewResource();
  const ValType own = world.table.Intern(OwnType{id});
  const ValType borrow = world.table.Intern(BorrowType{id});
  std::string error;
};

INSTANTIATE_TEST_SUITE_P(Adapters, ResourceTest, testing::Bool(), AdapterName);

TEST_P(ResourceTest, IndicesAreGivenOutAgainLastInFirstOut) {
  ComponentInstanceState& state = world.NewState();
  resource.owner = &state;
  auto* const make = BuiltInOf(syntax::CanonKind::kResourceNew, state, {{kI32}, {kI32}}, &resource);
  auto* const drop = BuiltInOf(syntax::CanonKind::kResourceDrop, state, {{kI32}, {}}, &resource);
  auto* const rep = BuiltInOf(syntax::CanonKind::kResourceRep, state, {{kI32}, {kI32}}, &resource);
  for (uint32_t i = 1; i <= 3; ++i) EXPECT_EQ(i, CallCoreFunc(make, 100 * i));
  CallCoreFunc(drop, 1);
  CallCoreFunc(drop, 3);
  EXPECT_EQ(3u, CallCoreFunc(make, 400));
  EXPECT_EQ(1u, CallCoreFunc(make, 500));
  EXPECT_EQ(4u, CallCoreFunc(make, 600));
  EXPECT_EQ(200u, CallCoreFunc(rep, 2));
  EXPECT_EQ(500u, CallCoreFunc(rep, 1));
  for (const uint32_t unknown : {0u, 5u, 0xFFFFFFFFu}) {
    CallCoreFunc(rep, unknown);
    EXPECT_EQ("unknown handle index " + std::to_string(unknown), error);
  }
  ResourceType other;
  other.owner = &state;
  CallCoreFunc(BuiltInOf(syntax::CanonKind::kResourceRep, state, {{kI32}, {kI32}}, &other), 1);
  EXPECT_EQ(
      "handle index 1 used with the wrong type, expected guest-defined resource but found a "
      "different guest-defined resource",
      error);
  state.handles.set_limit(4);
  CallCoreFunc(make, 1);
  EXPECT_EQ("handle table is full", error);
}

TEST_P(ResourceTest, DroppingRunsTheDestructorOfTheOwner) {
  Guest owner(world, R"((global $sum (mut i32) (i32.const 0))
      (func (export "dtor") (param i32) (global.set $sum (i32.add (global.get $sum) (local.get 0))))
      (func (export "make") (result i32) (i32.const 1))
      (func (export "sum") (result i32) (global.get $sum)))");
  resource.owner = &owner.state;
  resource.dtor = owner.func("dtor");
  Guest user(world, "");
  runtime::FuncInst* const drop =
      BuiltInOf(syntax::CanonKind::kResourceDrop, user.state, {{kI32}, {}}, &resource);
  // The owner makes two and gives them away.
  runtime::FuncInst* const make =
      BuiltInOf(syntax::CanonKind::kResourceNew, owner.state, {{kI32}, {kI32}}, &resource);
  EXPECT_EQ(1u, CallCoreFunc(make, 30));
  const Function& give = world.Lift(world.Func({}, own), owner.func("make"), owner.options);
  EXPECT_EQ(1u, CallCoreFunc(world.Lower(give, user.options)));
  EXPECT_EQ(0u, owner.state.handles.count());
  CallCoreFunc(drop, 1);
  EXPECT_EQ("", error);
  EXPECT_EQ("30", TextOf(Run(owner, "sum")));
  CallCoreFunc(drop, 1);
  EXPECT_EQ("unknown handle index 1", error);
  EXPECT_TRUE(DropResource(*world.store, resource, 12).ok());
  EXPECT_EQ("42", TextOf(Run(owner, "sum")));
}

TEST_P(ResourceTest, BorrowsLastAsLongAsTheCall) {
  Guest owner(world, "");
  resource.owner = &owner.state;
  ComponentInstanceState& state = world.NewState();
  Guest callee(world, R"(
      (func (export "good") (param i32) (call $drop (local.get 0)))
      (func (export "bad") (param i32))
      (func (export "own-and-borrow") (param i32 i32)))",
               {BuiltInOf(syntax::CanonKind::kResourceDrop, state, {{kI32}, {}}, &resource)},
               StringEncoding::kUtf8, R"((import "" "drop" (func $drop (param i32))))");
  callee.options.instance = &state;
  Guest user(world, "");
  uint32_t index = 0;
  ASSERT_EQ(TrapKind::kNone, LowerOwn(*world.store, user.state, 7, &resource, &index));
  const FuncTypeId takes_borrow = world.Func({borrow});
  CallCoreFunc(
      world.Lower(world.Lift(takes_borrow, callee.func("good"), callee.options), user.options),
      index);
  EXPECT_EQ("", error);
  EXPECT_EQ(0u, user.state.handles.Get(index)->lends);
  EXPECT_EQ(0u, state.handles.count());
  CallCoreFunc(
      world.Lower(world.Lift(takes_borrow, callee.func("bad"), callee.options), user.options),
      index);
  EXPECT_EQ("borrow handles still remain at the end of the call", error);
  // Lending something and giving it away in one call.
  state.flags = ComponentInstanceState::kMayEnter | ComponentInstanceState::kMayLeave;
  user.state.handles.Get(index)->lends = 0;
  runtime::FuncInst* const both = world.Lower(
      world.Lift(world.Func({borrow, own}), callee.func("own-and-borrow"), callee.options),
      user.options);
  uint64_t slots[2] = {index, index};
  runtime::Trap trap;
  EXPECT_FALSE(world.store->Call(both, slots, &trap));
  EXPECT_EQ("cannot remove owned resource while borrowed", trap.message);
}

TEST_P(ResourceTest, TheOwnerGetsTheRepresentation) {
  Guest owner(world, R"((func (export "get") (param i32) (result i32) (local.get 0)))");
  resource.owner = &owner.state;
  const Function& get =
      world.Lift(world.Func({borrow}, PrimType::kU32), owner.func("get"), owner.options);
  Guest user(world, "");
  uint32_t index = 0;
  ASSERT_EQ(TrapKind::kNone, LowerOwn(*world.store, user.state, 1234, &resource, &index));
  EXPECT_EQ(1234u, CallCoreFunc(world.Lower(get, user.options), index));
  const Val lent[] = {Val::Own(&resource, 99)};
  EXPECT_EQ("99", TextOf(Call(*world.store, get, lent)));
}

// --- dynamic values ---

TEST_P(CallTest, DynamicArgumentsAreChecked) {
  Guest guest(world, R"((func (export "f") (param i32 i32) (result i32) (i32.const 3)))");
  const ValType record =
      world.table.Intern(RecordType{{{"a", PrimType::kU8}, {"b", PrimType::kChar}}});
  const Function& f =
      world.Lift(world.Func({record}, PrimType::kU8), guest.func("f"), guest.options);
  const auto call = [&](Val v) { return TextOf(Call(*world.store, f, {&v, 1})); };
  EXPECT_EQ("3", call(Val::Record({{"a", Val::U8(1)}, {"b", Val::Char('x')}})));
  EXPECT_EQ("3", call(Val::Record({{"b", Val::Char('x')}, {"a", Val::U8(1)}})));
  EXPECT_EQ("argument `p0`: expected u8, found \"one\"",
            call(Val::Record({{"a", Val::String("one")}, {"b", Val::Char('x')}})));
  EXPECT_TRUE(call(Val::Record({{"a", Val::U8(1)}})).starts_with("argument `p0`: expected "));
  EXPECT_TRUE(
      call(Val::Record({{"a", Val::U8(1)}, {"b", Val::Char(0xD800)}})).starts_with("argument"));
  EXPECT_EQ("expected 1 arguments, found 0", TextOf(Call(*world.store, f, {})));
  EXPECT_TRUE(guest.state.may_enter());
}

TEST_P(CallTest, DynamicHostFunctions) {
  world.functions.push_back(MakeDynamicHost(
      world.table, text_to_text, world.resolver(),
      [](ComponentCall&, std::span<const Val> args) -> absl::StatusOr<std::optional<Val>> {
        if (args[0].string().empty()) return absl::InvalidArgumentError("empty");
        if (args[0].string() == "odd") return Val::U8(1);
        return Val::String(args[0].string() + "?");
      }));
  Guest lib(world, "", {}, StringEncoding::kLatin1Utf16);
  runtime::FuncInst* const lowered = world.Lower(*world.functions.back(), lib.options);
  lib.Put(100, "caf\xE9odd");
  uint64_t slots[3] = {100, 4, 200};
  ASSERT_TRUE(world.store->Call(lowered, slots, nullptr)) << world.store->TakeTrap().message;
  EXPECT_EQ("caf\xE9?", lib.bytes(LoadAs<uint32_t>(lib.bytes(200, 4).data()), 5));
  uint64_t empty[3] = {100, 0, 200};
  runtime::Trap trap;
  EXPECT_FALSE(world.store->Call(lowered, empty, &trap));
  EXPECT_EQ("empty", trap.message);
  uint64_t odd[3] = {104, 3, 200};
  EXPECT_FALSE(world.store->Call(lowered, odd, &trap));
  EXPECT_EQ("result of a host function: expected string, found 1", trap.message);
}

TEST(Val, ReadsAsWave) {
  EXPECT_EQ("{a: 1, b: \"q\\\"\\n\", c: [1.5, nan, -inf], d: some('\u00e9')}",
            Val::Record({{"a", Val::U8(1)},
                         {"b", Val::String("q\"\n")},
                         {"c", Val::List({Val::F64(1.5), Val::F32(NAN), Val::F64(-INFINITY)})},
                         {"d", Val::Some(Val::Char(0xE9))}})
                .ToString());
  EXPECT_EQ("(none, ok, err(-1), case(()), flag, {x, y}, [1, 2])",
            Val::Tuple({Val::None(), Val::Ok(), Val::Err(Val::S8(-1)),
                        Val::Variant("case", Val::Tuple({})), Val::Enum("flag"),
                        Val::Flags({"x", "y"}), Val::Bytes({1, 2})})
                .ToString());
  EXPECT_EQ(Val::Bytes({1, 2}), Val::List({Val::U8(1), Val::U8(2)}));
  EXPECT_EQ(Val::Flags({"x", "y"}), Val::Flags({"y", "x"}));
  EXPECT_NE(Val::U8(1), Val::U16(1));
  const Val copy = Val::Some(Val::String("s"));
  EXPECT_EQ(copy, Val(copy));
}

// A type that few bytes describe and that would be a program of 2^40 operations.
TEST_P(CallTest, HugeTypesAreRefused) {
  ValType t = PrimType::kBool;
  for (int i = 0; i < 40; ++i) t = world.table.Intern(VariantType{{{"a", t}, {"b", t}}});
  Guest guest(world, R"((func (export "f") (param i32)))");
  const Function& f = world.Lift(world.Func({t}), guest.func("f"), guest.options);
  const auto lowered = MakeLowered(*world.store, f, guest.options, world.cache);
  EXPECT_EQ(absl::StatusCode::kResourceExhausted, lowered.status().code());
}

}  // namespace
}  // namespace airwasm::component::canon
