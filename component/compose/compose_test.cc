#include "component/compose/compose.h"

#include "component/api/api_test_util.h"
#include "component/binary/encoder.h"
#include "component/text/parser.h"

namespace airwasm {
namespace {

using component::compose::Compose;
using component::compose::Composition;
using component::compose::Part;
using World = ComponentWorld;

Part Text(const char* name, std::string_view text) {
  const auto parsed = component::text::ParseComponent(text, Features());
  EXPECT_TRUE(parsed.ok()) << parsed.error().ToString();
  if (!parsed.ok()) return {};
  return {name, component::binary::Encode(*parsed)};
}

std::vector<std::string> ImportsOf(World& w, const std::vector<uint8_t>& bytes) {
  const auto component = Component::Create(w.engine, std::span(bytes));
  EXPECT_TRUE(component.ok()) << component.status();
  std::vector<std::string> names;
  if (component.ok()) {
    for (const ComponentItem& item : component->imports()) names.push_back(item.name);
  }
  return names;
}

constexpr std::string_view kOne = R"(
  (component
    (core module $m (func (export "f") (result i32) (i32.const 1)))
    (core instance $i (instantiate $m))
    (func $f (result u32) (canon lift (core func $i "f")))
    (instance $n (export "f" (func $f)))
    (export "my:app/numbers@1.2.0" (instance $n))))";
constexpr std::string_view kTwo = R"(
  (component
    (core module $m (func (export "f") (result i32) (i32.const 2)))
    (core instance $i (instantiate $m))
    (func $f (result u32) (canon lift (core func $i "f")))
    (instance $n (export "f" (func $f)))
    (export "my:app/numbers@1.0.0" (instance $n))))";
// Re-exports what it imports, by way of a core module.
constexpr std::string_view kMain = R"(
  (component
    (import "my:app/numbers@1.1.0" (instance $n (export "f" (func (result u32)))))
    (core func $f (canon lower (func $n "f")))
    (core module $m (import "n" "f" (func $f (result i32)))
      (func (export "g") (result i32) (i32.add (call $f) (i32.const 40))))
    (core instance $i (instantiate $m (with "n" (instance (export "f" (func $f))))))
    (func (export "g") (result u32) (canon lift (core func $i "g")))))";

TEST(Compose, ThePlugOfTheTrackSatisfiesTheImport) {
  World w;
  const auto bytes = Compose({.main = Text("main", kMain), .plugs = {{"", Text("one", kOne)}}});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_TRUE(ImportsOf(w, *bytes).empty());
  const auto component = Component::Create(w.engine, std::span(*bytes));
  ASSERT_TRUE(component.ok()) << component.status();
  const auto instance = w.linker.Instantiate(w.store, *component);
  ASSERT_TRUE(instance.ok()) << instance.status();
  EXPECT_EQ("41", World::Call(*instance, "g"));
}

TEST(Compose, VirtualizationsStandBeforePlugs) {
  World w;
  const auto bytes = Compose({.main = Text("main", kMain),
                              .plugs = {},
                              .virtualizations = {{"my:app/numbers", Text("two", kTwo)}}});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto component = Component::Create(w.engine, std::span(*bytes));
  ASSERT_TRUE(component.ok()) << component.status();
  const auto instance = w.linker.Instantiate(w.store, *component);
  ASSERT_TRUE(instance.ok()) << instance.status();
  EXPECT_EQ("42", World::Call(*instance, "g"));
}

TEST(Compose, ADeniedImportTraps) {
  World w;
  const auto bytes = Compose({.main = Text("main", kMain), .denied = {"my:app/numbers"}});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_TRUE(ImportsOf(w, *bytes).empty());
  const auto component = Component::Create(w.engine, std::span(*bytes));
  ASSERT_TRUE(component.ok()) << component.status();
  const auto instance = w.linker.Instantiate(w.store, *component);
  ASSERT_TRUE(instance.ok()) << instance.status();
  const auto called = instance->Call("g", {});
  ASSERT_TRUE(called.ok()) << called.status();
  ASSERT_FALSE(called->ok());
  EXPECT_EQ("unreachable", called->trap().message());
}

// Two components, each of which imports an interface with a resource in another version, and one of
// them another interface that uses it.
constexpr std::string_view kReader = R"(
  (component
    (import "a:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
    (alias export $error "error" (type $error-type))
    (import "a:io/streams@0.2.0" (instance $streams
      (alias outer 1 $error-type (type $outer-error))
      (export "error" (type $error (eq $outer-error)))
      (type $variant (variant (case "last" (own $error)) (case "closed")))
      (export "stream-error" (type $stream-error (eq $variant)))
      (export "input" (type $input (sub resource)))
      (export "[method]input.read" (func (param "self" (borrow $input))
        (result (result u32 (error $stream-error)))))))
    (alias export $streams "input" (type $input))
    (import "b:app/source@1.0.0" (instance $source
      (alias outer 1 $input (type $outer-input))
      (export "input" (type $input (eq $outer-input)))
      (export "open" (func (result (own $input))))))
    (core func $drop (canon resource.drop $input))
    (core func $open (canon lower (func $source "open")))
    (core module $m
      (import "" "open" (func $open (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "go") (result i32)
        (local $i i32)
        (local.set $i (call $open))
        (call $drop (local.get $i))
        (local.get $i)))
    (core instance $i (instantiate $m (with "" (instance (export "open" (func $open))
                                                         (export "drop" (func $drop))))))
    (func (export "go") (result u32) (canon lift (core func $i "go")))))";
constexpr std::string_view kSource = R"(
  (component
    (import "a:io/streams@0.2.3" (instance $streams
      (export "input" (type $input (sub resource)))
      (export "make-input" (func (result (own $input))))))
    (alias export $streams "input" (type $input))
    (core func $make (canon lower (func $streams "make-input")))
    (core module $m (import "" "make" (func $make (result i32)))
      (func (export "open") (result i32) (call $make)))
    (core instance $i (instantiate $m (with "" (instance (export "make" (func $make))))))
    (type $result (own $input))
    (func $open (result $result) (canon lift (core func $i "open")))
    (instance $n (export "input" (type $input)) (export "open" (func $open)))
    (export "b:app/source@1.0.0" (instance $n))))";

TEST(Compose, ImportsOfOneTrackAreMerged) {
  World w;
  const auto bytes =
      Compose({.main = Text("reader", kReader), .plugs = {{"", Text("source", kSource)}}});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ((std::vector<std::string>{"a:io/error@0.2.0", "a:io/streams@0.2.3"}),
            ImportsOf(w, *bytes));
  // All of both is asked for.
  const auto component = Component::Create(w.engine, std::span(*bytes));
  ASSERT_TRUE(component.ok()) << component.status();
  const absl::Status missing = w.linker.Link(*component).status();
  EXPECT_EQ(absl::StatusCode::kNotFound, missing.code());
  std::vector<std::string> names;
  const std::vector<ComponentItem> imports = component->imports();
  for (const ComponentItem& item : imports[1].items) names.push_back(item.name);
  EXPECT_EQ((std::vector<std::string>{"error", "input", "[method]input.read", "make-input"}),
            names);
}

TEST(Compose, ResourcesOfDeniedInterfacesAreThere) {
  World w;
  const auto bytes = Compose({.main = Text("reader", kReader),
                              .plugs = {{"", Text("source", kSource)}},
                              .denied = {"a:io/streams"}});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ((std::vector<std::string>{"a:io/error@0.2.0"}), ImportsOf(w, *bytes));
}

TEST(Compose, AComponentThatIsImportedIsEmbedded) {
  World w;
  const auto bytes = Compose({.main = Text("main", R"(
    (component
      (import "c" (component $c (export "my:app/numbers@1.2.0"
        (instance (export "f" (func (result u32)))))))
      (instance $a (instantiate $c))
      (alias export $a "my:app/numbers@1.2.0" (instance $n))
      (export "f" (func $n "f"))))"),
                              .plugs = {{"c", Text("one", kOne)}}});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto component = Component::Create(w.engine, std::span(*bytes));
  ASSERT_TRUE(component.ok()) << component.status();
  const auto instance = w.linker.Instantiate(w.store, *component);
  ASSERT_TRUE(instance.ok()) << instance.status();
  EXPECT_EQ("1", World::Call(*instance, "f"));
}

TEST(Compose, SaysWhatDoesNotFit) {
  constexpr std::string_view kOther = R"(
    (component
      (core module $m (func (export "f") (result f32) (f32.const 1)))
      (core instance $i (instantiate $m))
      (func $f (result f32) (canon lift (core func $i "f")))
      (instance $n (export "f" (func $f)))
      (export "my:app/numbers@1.2.0" (instance $n))))";
  // Each imports what the other exports.
  constexpr std::string_view kCircleA = R"(
    (component (import "a:b/d" (instance $d)) (export "a:b/c" (instance $d))))";
  constexpr std::string_view kCircleB = R"(
    (component (import "a:b/c" (instance $c)) (export "a:b/d" (instance $c))))";
  constexpr std::string_view kWantsC = R"((component (import "a:b/c" (instance))))";
  const struct {
    const char* name;
    Composition composition;
    std::string_view message;
  } kCases[] = {
      {"unused plug",
       {.main = Text("one", kOne), .plugs = {{"", Text("two.wasm", kTwo)}}},
       "two.wasm: nothing imports what it exports"},
      {"unused virtualization",
       {.main = Text("main", kMain), .virtualizations = {{"a:b/c", Text("two.wasm", kTwo)}}},
       "two.wasm: nothing imports `a:b/c`, or it does not export it"},
      {"unused denial",
       {.main = Text("main", kMain), .denied = {"a:b/c"}},
       "nothing imports `a:b/c`, which is to be denied"},
      {"another type",
       {.main = Text("main", kMain), .plugs = {{"", Text("other", kOther)}}},
       "the components do not fit together: "},
      {"malformed", {.main = {"x.wasm", {0, 'a', 's', 'm'}}}, "x.wasm: "},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto bytes = Compose(c.composition);
    ASSERT_FALSE(bytes.ok());
    EXPECT_TRUE(std::string(bytes.status().message()).starts_with(c.message)) << bytes.status();
  }
  const auto circle = Compose({.main = Text("wants", kWantsC),
                               .plugs = {{"", Text("a", kCircleA)}},
                               .virtualizations = {{"a:b/d", Text("b", kCircleB)}}});
  EXPECT_EQ("a: the components need each other in a circle",
            std::string(circle.status().message()));
}

}  // namespace
}  // namespace airwasm
