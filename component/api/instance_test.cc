// Components without imports: nesting, aliases, modules, resources and traps.
#include "component/api/api_test_util.h"

namespace airwasm {
namespace {

using World = ComponentWorld;

TEST(ComponentInstance, LiftsAndCalls) {
  World w;
  const ComponentInstance i = w.Make(R"(
    (component
      (core module $m (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1))))
      (core instance $i (instantiate $m))
      (func (export "add") (param "a" u32) (param "b" u32) (result u32)
        (canon lift (core func $i "add"))))
  )");
  EXPECT_EQ("5", World::Call(i, "add", {Val::U32(2), Val::U32(3)}));
  const auto add = i.Get<uint32_t(uint32_t, uint32_t)>("add");
  ASSERT_TRUE(add.ok()) << add.status();
  EXPECT_EQ(9u, *(*add)(4, 5));
  EXPECT_EQ("func(a: u32, b: u32) -> u32", i.GetFunc("add")->type());
  EXPECT_EQ((std::vector<std::string>{"a", "b"}), i.GetFunc("add")->param_names());
}

TEST(ComponentInstance, NamesWhatIsWrongWithAnExport) {
  World w;
  const ComponentInstance i = w.Make(R"(
    (component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f")))
      (instance $n (export "greet" (func $f)))
      (export "my:app/api@1.2.0" (instance $n)))
  )");
  EXPECT_EQ("no export named \"my:app/apo@1.2.0\" (did you mean \"my:app/api@1.2.0\"?)",
            std::string(i.GetFunc("my:app/apo@1.2.0").status().message()));
  EXPECT_EQ("no export named \"my:app/api@1.0.0#gret\" (did you mean \"greet\"?)",
            std::string(i.GetFunc("my:app/api@1.0.0#gret").status().message()));
  EXPECT_EQ("the export \"my:app/api@1.2.0\" is not a function",
            std::string(i.GetFunc("my:app/api@1.2.0").status().message()));
  EXPECT_EQ("()", World::Call(i, "my:app/api@1.0.0#greet"));
  EXPECT_EQ(absl::StatusCode::kNotFound, i.GetInstance("my:app/api@2.0.0").status().code());
  EXPECT_EQ("func(): the number of parameters or results differs",
            std::string(i.Get<uint32_t()>("my:app/api@1.2.0#greet").status().message()));
}

TEST(ComponentInstance, NestedInstancesHaveTheirOwnState) {
  World w;
  const ComponentInstance i = w.Make(R"(
    (component
      (component $c
        (core module $m
          (global $g (mut i32) (i32.const 0))
          (func (export "next") (result i32)
            (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))
        (core instance $i (instantiate $m))
        (func (export "next") (result u32) (canon lift (core func $i "next"))))
      (component $twice
        (import "c" (component $c (export "next" (func (result u32)))))
        (instance $a (instantiate $c))
        (instance $b (instantiate $c))
        (export "a" (instance $a))
        (export "b" (instance $b)))
      (instance $t (instantiate $twice (with "c" (component $c))))
      (export "first" (func $t "a" "next"))
      (export "second" (func $t "b" "next")))
  )");
  EXPECT_EQ("1", World::Call(i, "first"));
  EXPECT_EQ("2", World::Call(i, "first"));
  EXPECT_EQ("1", World::Call(i, "second"));
}

// Where the inner one stood when it trapped, then where it was called from.
TEST(ComponentInstance, BacktracesGoThroughComponents) {
  constexpr std::string_view kText = R"(
    (component
      (component $inner
        (core module $inner
          (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
          (func $boom (export "boom") unreachable)
          (func (export "take") (param i32 i32)))
        (core instance $i (instantiate $inner))
        (func (export "boom") (canon lift (core func $i "boom")))
        (func (export "take") (param "s" string)
          (canon lift (core func $i "take") (memory $i "memory") (realloc (func $i "realloc")))))
      (instance $inner (instantiate $inner))
      (component $outer
        (import "boom" (func $boom))
        (import "take" (func $take (param "s" string)))
        (core module $memory (memory (export "memory") 1))
        (core instance $memory (instantiate $memory))
        (core func $boom (canon lower (func $boom)))
        (core func $take (canon lower (func $take) (memory $memory "memory")))
        (core module $outer
          (import "" "boom" (func $boom))
          (import "" "take" (func $take (param i32 i32)))
          (func $run (export "run") (call $boom))
          (func $give (export "give") (call $take (i32.const 0) (i32.const 1))))
        (core instance $i (instantiate $outer
          (with "" (instance (export "boom" (func $boom)) (export "take" (func $take))))))
        (func (export "run") (canon lift (core func $i "run")))
        (func (export "give") (canon lift (core func $i "give"))))
      (instance $outer (instantiate $outer
        (with "boom" (func $inner "boom")) (with "take" (func $inner "take"))))
      (export "run" (func $outer "run"))
      (export "give" (func $outer "give"))
      (export "take" (func $inner "take")))
  )";
  const auto frames = [](const Trap& trap) {
    std::string names;
    for (const Frame& f : trap.backtrace()) names += f.module_name + "!" + f.func_name + " ";
    return names;
  };
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"run", "inner!boom outer!run "}, {"give", "inner!realloc outer!give "}};
  for (const auto& [name, expected] : kCases) {
    SCOPED_TRACE(name);
    World w;  // an instance that trapped is entered no more
    const auto called = w.Make(kText).Call(name, {});
    ASSERT_TRUE(called.ok() && !called->ok());
    EXPECT_EQ(expected, frames(called->trap()));
    World typed;
    EXPECT_EQ(expected, frames((*typed.Make(kText).Get<void()>(name))().trap()));
  }
  if (CompilerIsAvailable()) {
    // Adapters that are wasm have frames.
    const std::pair<std::string_view, std::string_view> kCompiled[] = {
        {"run", "inner!boom adapter!boom outer!run "},
        {"give", "inner!realloc adapter!take outer!give "}};
    for (const auto& [name, expected] : kCompiled) {
      SCOPED_TRACE(name);
      World w(Tier::kJit);
      EXPECT_EQ(expected, frames((*w.Make(kText).Get<void()>(name))().trap()));
    }
  }
  World w;  // the host's own call of realloc
  EXPECT_EQ("inner!realloc ", frames((*w.Make(kText).Get<void(std::string)>("take"))("x").trap()));
}

TEST(ComponentInstance, StringsGoBetweenComponents) {
  World w;
  const ComponentInstance i = w.Make(R"(
    (component
      (component $upper
        (core module $m
          (memory (export "mem") 1)
          (global $top (mut i32) (i32.const 1024))
          (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $top (i32.add (global.get $top) (local.get 3)))
            (i32.sub (global.get $top) (local.get 3)))
          (func (export "shout") (param $p i32) (param $n i32) (result i32)
            (local $i i32)
            (block (loop
              (br_if 1 (i32.ge_u (local.get $i) (local.get $n)))
              (i32.store8 (i32.add (local.get $p) (local.get $i))
                (i32.and (i32.load8_u (i32.add (local.get $p) (local.get $i))) (i32.const 0xdf)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br 0)))
            (i32.store (i32.const 16) (local.get $p))
            (i32.store (i32.const 20) (local.get $n))
            (i32.const 16)))
        (core instance $i (instantiate $m))
        (func (export "shout") (param "text" string) (result string)
          (canon lift (core func $i "shout") (memory $i "mem") (realloc (func $i "realloc")))))
      (component $user
        (import "shout" (func $shout (param "text" string) (result string)))
        (core module $libc
          (memory (export "mem") 1)
          (global $top (mut i32) (i32.const 2048))
          (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $top (i32.add (global.get $top) (local.get 3)))
            (i32.sub (global.get $top) (local.get 3))))
        (core instance $libc (instantiate $libc))
        (core func $shout_core (canon lower (func $shout) (memory $libc "mem")
          (realloc (func $libc "realloc"))))
        (core module $m
          (import "libc" "mem" (memory 1))
          (import "host" "shout" (func $shout (param i32 i32 i32)))
          (func (export "run") (param i32 i32) (result i32)
            (call $shout (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8)))
        (core instance $i (instantiate $m
          (with "libc" (instance $libc))
          (with "host" (instance (export "shout" (func $shout_core))))))
        (func (export "run") (param "text" string) (result string)
          (canon lift (core func $i "run") (memory $libc "mem")
            (realloc (func $libc "realloc")))))
      (instance $u (instantiate $upper))
      (instance $i (instantiate $user (with "shout" (func $u "shout"))))
      (export "run" (func $i "run")))
  )");
  EXPECT_EQ("\"HELLO\"", World::Call(i, "run", {Val::String("hello")}));
  const auto run = i.Get<std::string(std::string)>("run");
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ("ABC", *(*run)("abc"));
}

constexpr std::string_view kResources = R"(
  (component
    (component $shop
      (core module $dtor
        (global $dropped (mut i32) (i32.const 0))
        (func (export "dtor") (param i32) (global.set $dropped (local.get 0)))
        (func (export "dropped") (result i32) (global.get $dropped)))
      (core instance $d (instantiate $dtor))
      (type $thing' (resource (rep i32) (dtor (core func $d "dtor"))))
      (export $thing "thing" (type $thing'))
      (core func $new (canon resource.new $thing'))
      (func (export "make") (param "rep" u32) (result (own $thing)) (canon lift (core func $new)))
      (core module $id (func (export "id") (param i32) (result i32) (local.get 0)))
      (core instance $id (instantiate $id))
      (func (export "rep") (param "self" (borrow $thing)) (result u32)
        (canon lift (core func $id "id")))
      (func (export "dropped") (result u32) (canon lift (core func $d "dropped"))))
    (instance $a (instantiate $shop))
    (instance $b (instantiate $shop))
    (export "a" (instance $a))
    (export "b" (instance $b)))
)";

TEST(ComponentInstance, ResourcesAreGenerative) {
  World w;
  const ComponentInstance i = w.Make(kResources);
  auto made = i.Call("a#make", std::vector<Val>{Val::U32(77)});
  ASSERT_TRUE(made.ok() && made->ok()) << made.status();
  const Val own = *made->value();
  const Val borrow = Val::Borrow(own.resource(), own.rep());
  EXPECT_EQ("77", World::Call(i, "a#rep", {borrow}));
  // Of the other instance's type it is not.
  EXPECT_TRUE(World::Call(i, "b#rep", {borrow}).starts_with("error: "))
      << World::Call(i, "b#rep", {borrow});
  EXPECT_TRUE(DropResource(w.store, own).ok());
  EXPECT_EQ("77", World::Call(i, "a#dropped"));
  EXPECT_EQ("0", World::Call(i, "b#dropped"));
}

TEST(ComponentInstance, TrapOfAStartFunction) {
  World w;
  const Component c = w.Compile(R"(
    (component
      (core module $m (func $f unreachable) (start $f))
      (core instance (instantiate $m)))
  )");
  Trap trap;
  const auto instance = w.linker.Instantiate(w.store, c, &trap);
  EXPECT_EQ(absl::StatusCode::kAborted, instance.status().code());
  EXPECT_EQ(TrapKind::kUnreachable, trap.kind());
}

TEST(ComponentInstance, Reflects) {
  World w;
  const Component c = w.Compile(kResources);
  const std::vector<ComponentItem> exports = c.exports();
  ASSERT_EQ(2u, exports.size());
  EXPECT_EQ(ComponentItem::Kind::kInstance, exports[0].kind);
  ASSERT_EQ(4u, exports[0].items.size());
  EXPECT_EQ(ComponentItem::Kind::kResource, exports[0].items[0].kind);
  EXPECT_EQ("func(rep: u32) -> own<thing>", exports[0].items[1].type);
}

TEST(ComponentInstance, InstantiatingOverAndOverIsBounded) {
  World w;
  // Each component instantiates the one before it twice.
  std::string wat = "(component (component $c0)";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "$c" + std::to_string(i - 1);
    wat += "(component $c" + std::to_string(i) + " (instance (instantiate " + before +
           ")) (instance (instantiate " + before + ")))";
  }
  wat += "(instance (instantiate $c39)))";
  const auto component = Component::Create(w.engine, wat);
  EXPECT_EQ(absl::StatusCode::kResourceExhausted, component.status().code()) << component.status();
}

TEST(ComponentInstance, DeepChainsAreBounded) {
  World w;
  // Each component instantiates the one before it.
  std::string chain = "(component (component $c0)";
  // Each instance exports the one before it.
  std::string bundles = "(component (instance $i0)";
  for (int i = 1; i < 900; ++i) {
    const std::string before = std::to_string(i - 1);
    chain += "(component $c" + std::to_string(i) + " (instance (instantiate $c" + before + ")))";
    bundles += "(instance $i" + std::to_string(i) + " (export \"a\" (instance $i" + before + ")))";
  }
  chain += "(instance (instantiate $c899)))";
  bundles += "(export \"a\" (instance $i899)))";
  EXPECT_FALSE(Component::Create(w.engine, chain).ok());
  const auto nested = Component::Create(w.engine, bundles);
  if (nested.ok()) {
    EXPECT_TRUE(w.linker.Instantiate(w.store, *nested).ok());
  }
}

TEST(ComponentInstance, DoublingInstancesAreBounded) {
  World w;
  std::string wat = "(component (instance $i0)";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "(instance $i" + std::to_string(i - 1) + ")";
    wat += "(instance $i" + std::to_string(i) + " (export \"a\" " + before + ") (export \"b\" " +
           before + "))";
  }
  wat += "(export \"x\" (instance $i39)))";
  const auto component = Component::Create(w.engine, wat);
  if (component.ok()) {
    EXPECT_EQ(1u, component->exports().size());
  }
}

}  // namespace
}  // namespace airwasm
