// Imports: host functions, resources of the host, versions, other components, and what is said when
// they do not fit.
#include "component/api/api_test_util.h"

namespace airwasm {
namespace {

using World = ComponentWorld;

// Imports f of an instance `name` and exports it as "f".
std::string Forward(const std::string& name) {
  return "(component (import \"" + name +
         R"(" (instance $i (export "f" (func (param "x" u32) (result u32)))))
    (core func $f (canon lower (func $i "f")))
    (core module $m (import "" "f" (func (param i32) (result i32))) (export "f" (func 0)))
    (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "f") (param "x" u32) (result u32) (canon lift (core func $m "f"))))
  )";
}

TEST(ComponentLinker, TypedHostFunction) {
  World w;
  LinkerInstance api = w.linker.Instance("my:app/api@1.0.0");
  ASSERT_TRUE(api.Define("f", [](uint32_t x) -> uint32_t { return x + 1; }).ok());
  EXPECT_EQ("8", World::Call(w.Make(Forward("my:app/api@1.0.0")), "f", {Val::U32(7)}));
  EXPECT_EQ(absl::StatusCode::kAlreadyExists, api.Define("f", [](uint32_t) {}).code());
}

TEST(ComponentLinker, DynamicHostFunction) {
  World w;
  ASSERT_TRUE(
      w.linker.Instance("i")
          .DefineDynamic("f",
                         [](std::span<const Val> args) -> absl::StatusOr<std::optional<Val>> {
                           if (args[0].unsigned_value() == 0)
                             return absl::InternalError("not zero");
                           return Val::U32(static_cast<uint32_t>(args[0].unsigned_value() * 2));
                         })
          .ok());
  const ComponentInstance i = w.Make(Forward("i"));
  EXPECT_EQ("42", World::Call(i, "f", {Val::U32(21)}));
  EXPECT_TRUE(World::Call(i, "f", {Val::U32(0)}).find("not zero") != std::string::npos);
}

TEST(ComponentLinker, HostFunctionsSeeTheStoreAndEndTheGuest) {
  World w;
  w.store.set_data(std::make_shared<uint32_t>(1000));
  ASSERT_TRUE(w.linker.Instance("i")
                  .Define("f",
                          [](component::canon::HostCallContext& call,
                             uint32_t x) -> absl::StatusOr<uint32_t> {
                            if (x == 0) return Trap::Exit(3).host_error();
                            return x + *static_cast<uint32_t*>(StoreData(call));
                          })
                  .ok());
  const ComponentInstance i = w.Make(Forward("i"));
  EXPECT_EQ("1001", World::Call(i, "f", {Val::U32(1)}));
  const auto f = i.Get<uint32_t(uint32_t)>("f");
  ASSERT_TRUE(f.ok()) << f.status();
  const Result<uint32_t> ended = (*f)(0);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(3, ended.trap().exit_code());
}

TEST(ComponentLinker, ComponentsAsImportsAreRefused) {
  World w;
  const absl::Status status =
      w.linker.Link(w.Compile("(component (import \"c\" (component)))")).status();
  EXPECT_EQ("missing import `c`: expected a component, found nothing",
            std::string(status.message()));
  const auto used = Component::Create(
      w.engine, "(component (import \"c\" (component $c)) (instance (instantiate $c)))");
  EXPECT_EQ(absl::StatusCode::kResourceExhausted, used.status().code()) << used.status();
}

TEST(ComponentLinker, HighestVersionOfTheTrack) {
  World w;
  const struct {
    const char* name;
    uint32_t plus;
  } kOffers[] = {
      {"a:b/c@0.2.1", 1}, {"a:b/c@0.2.12", 12}, {"a:b/c@0.3.0", 30}, {"a:b/c@1.0.0", 100}};
  for (const auto& offer : kOffers) {
    const uint32_t plus = offer.plus;
    ASSERT_TRUE(w.linker.Instance(offer.name)
                    .Define("f", [plus](uint32_t x) -> uint32_t { return x + plus; })
                    .ok());
  }
  const struct {
    const char* asked;
    const char* result;
  } kCases[] = {
      {"a:b/c@0.2.1", "1"}, {"a:b/c@0.2.0", "12"}, {"a:b/c@0.3.4", "30"}, {"a:b/c@1.7.0", "100"}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.asked);
    EXPECT_EQ(c.result, World::Call(w.Make(Forward(c.asked)), "f", {Val::U32(0)}));
  }
}

TEST(ComponentLinker, Messages) {
  World w;
  const auto f = [](uint32_t x) -> uint32_t { return x; };
  ASSERT_TRUE(w.linker.Instance("a:b/c@0.2.1").Define("f", f).ok());
  ASSERT_TRUE(w.linker.Instance("a:b/c@0.10.0").Define("f", f).ok());
  ASSERT_TRUE(w.linker.Instance("a:b/d").Define("greet", f).ok());
  ASSERT_TRUE(w.linker.Define("plain", f).ok());
  ASSERT_TRUE(w.linker.DefineResource<struct Thing>("thing", nullptr).ok());
  const struct {
    const char* name;
    const char* wat;
    absl::StatusCode code;
    const char* message;
  } kCases[] = {
      {"another track", R"((component (import "a:b/c@1.0.0" (instance))))",
       absl::StatusCode::kNotFound,
       "missing import `a:b/c@1.0.0`: expected an instance, found nothing (available versions: "
       "0.2.1, 0.10.0)"},
      {"misspelt instance", R"((component (import "a:b/e" (instance (export "f" (func))))))",
       absl::StatusCode::kNotFound,
       "missing import `a:b/e`: expected an instance, found nothing (did you mean `a:b/d`?)"},
      {"misspelt function",
       R"((component (import "a:b/d" (instance (export "gret" (func (param "x" string)))))))",
       absl::StatusCode::kNotFound,
       "missing import `a:b/d#gret`: expected func(x: string), found nothing (did you mean "
       "`greet`?)"},
      {"function of another version",
       R"((component (import "a:b/c@0.2.5" (instance (export "g" (func (result bool)))))))",
       absl::StatusCode::kNotFound,
       "missing import `a:b/c@0.2.5#g`: expected func() -> bool, found nothing in `a:b/c@0.2.1` "
       "(did you mean `f`?)"},
      {"another type", R"((component (import "plain" (func (param "s" string) (result u32)))))",
       absl::StatusCode::kFailedPrecondition,
       "mistyped import `plain`: expected func(s: string) -> u32, found a host function of another "
       "type: the type of parameter `s` differs"},
      {"a resource for a function", R"((component (import "thing" (func))))",
       absl::StatusCode::kFailedPrecondition,
       "mistyped import `thing`: expected func(), found a resource"},
      {"a function for a resource", R"((component (import "plain" (type (sub resource)))))",
       absl::StatusCode::kFailedPrecondition,
       "mistyped import `plain`: expected a resource, found a function"},
      {"a function for an instance", R"((component (import "plain" (instance))))",
       absl::StatusCode::kFailedPrecondition,
       "mistyped import `plain`: expected an instance, found a function"},
      {"two at once", R"((component (import "x-x-x-x" (func)) (import "y-y-y-y" (core module))))",
       absl::StatusCode::kNotFound,
       "missing import `x-x-x-x`: expected func(), found nothing\n"
       "missing import `y-y-y-y`: expected a core module, found nothing"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const absl::Status status = w.linker.Link(w.Compile(c.wat)).status();
    EXPECT_EQ(c.code, status.code());
    EXPECT_EQ(c.message, std::string(status.message()));
  }
}

TEST(ComponentLinker, MessagesAsJson) {
  World w;
  const absl::Status status =
      w.linker.Link(w.Compile(R"((component (import "f" (func (result u8)))))")).status();
  EXPECT_EQ(
      "{\"errors\": [{\"kind\": \"missing\", \"import\": \"f\", \"path\": [\"f\"], \"expected\": "
      "\"func() -> u8\", \"found\": null, \"provider\": null, \"nearest\": null, "
      "\"available_versions\": []}]}",
      LinkErrorsJson(status).value_or(""));
  EXPECT_FALSE(LinkErrorsJson(absl::InternalError("x")).has_value());
}

TEST(ComponentLinker, CoreModulesAsImports) {
  World w;
  const auto answer =
      Module::Create(w.engine, R"((module (func (export "answer") (result i32) (i32.const 42))))");
  const auto other =
      Module::Create(w.engine, R"((module (func (export "answer") (result i64) (i64.const 42))))");
  ASSERT_TRUE(answer.ok() && other.ok());
  ASSERT_TRUE(w.linker.DefineModule("good", *answer).ok());
  ASSERT_TRUE(w.linker.DefineModule("bad", *other).ok());
  const auto wat = [](const std::string& name) {
    return "(component (import \"" + name +
           R"(" (core module $m (export "answer" (func (result i32)))))
      (core instance $i (instantiate $m))
      (func (export "answer") (result u32) (canon lift (core func $i "answer"))))
    )";
  };
  EXPECT_EQ("42", World::Call(w.Make(wat("good")), "answer"));
  EXPECT_EQ(
      "mistyped import `bad`: expected a core module of its type, found a core module that exports "
      "\"answer\" with another type",
      std::string(w.linker.Link(w.Compile(wat("bad"))).status().message()));
}

constexpr std::string_view kUsesResource = R"(
  (component
    (import "my:app/files" (instance $files
      (export "file" (type $file (sub resource)))
      (export "open" (func (param "n" u32) (result (own $file))))
      (export "size" (func (param "f" (borrow $file)) (result u32)))))
    (alias export $files "file" (type $file))
    (core func $open (canon lower (func $files "open")))
    (core func $size (canon lower (func $files "size")))
    (core func $drop (canon resource.drop $file))
    (core module $m
      (import "" "open" (func $open (param i32) (result i32)))
      (import "" "size" (func $size (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (param i32) (result i32)
        (local $h i32)
        (local.set $h (call $open (local.get 0)))
        (call $size (local.get $h))
        (call $drop (local.get $h))))
    (core instance $i (instantiate $m (with "" (instance
      (export "open" (func $open)) (export "size" (func $size)) (export "drop" (func $drop))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
)";

struct File;

TEST(ComponentLinker, ResourcesOfTheHost) {
  World w;
  std::vector<uint64_t> dropped;
  LinkerInstance files = w.linker.Instance("my:app/files");
  ASSERT_TRUE(
      files.DefineResource<File>("file", [&](uint64_t rep) { dropped.push_back(rep); }).ok());
  ASSERT_TRUE(files.Define("open", [](uint32_t n) { return Own<File>{n + 100}; }).ok());
  ASSERT_TRUE(
      files
          .Define("size",
                  [](Borrow<File> f) -> uint32_t { return static_cast<uint32_t>(f.rep) * 2; })
          .ok());
  const ComponentInstance i = w.Make(kUsesResource);
  EXPECT_EQ("210", World::Call(i, "run", {Val::U32(5)}));
  EXPECT_EQ(std::vector<uint64_t>{105}, dropped);
}

constexpr std::string_view kFiles = R"(
  (component
    (component $impl
      (type $file' (resource (rep i32)))
      (export $file "file" (type $file'))
      (core func $new (canon resource.new $file'))
      (core module $m (func (export "size") (param i32) (result i32)
        (i32.mul (local.get 0) (i32.const 10))))
      (core instance $i (instantiate $m))
      (func (export "open") (param "n" u32) (result (own $file)) (canon lift (core func $new)))
      (func (export "size") (param "f" (borrow $file)) (result u32)
        (canon lift (core func $i "size"))))
    (instance $i (instantiate $impl))
    (export "my:app/files" (instance $i)))
)";

TEST(ComponentLinker, ExportsOfAnotherComponent) {
  World w;
  w.linker.DefineExports(w.Make(kFiles));
  EXPECT_EQ("70", World::Call(w.Make(kUsesResource), "run", {Val::U32(7)}));
  // They belong to their store.
  Store other(w.engine);
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition,
            w.linker.Instantiate(other, w.Compile(kUsesResource)).status().code());
}

TEST(ComponentLinker, TakesOverWhatNothingStandsFor) {
  World w;
  const auto define = [](LinkerInstance linker, std::string_view interface, uint32_t result) {
    ASSERT_TRUE(linker.Instance(interface).Define("f", [result] { return result; }).ok());
  };
  ComponentLinker host(w.engine);
  define(host, "a:b/one@1.5.0", 15);
  define(host, "a:b/two@1.0.0", 20);
  define(host, "a:b/one@2.0.0", 200);
  define(w.linker, "a:b/one@1.2.0", 12);
  w.linker.DefineMissing(host);
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"a:b/one@1.0.0", "12"},  // not the host's, though it is newer
      {"a:b/one@1.5.0", "12"},
      {"a:b/one@2.0.0", "200"},
      {"a:b/two@1.0.0", "20"},
  };
  for (const auto& [name, result] : kCases) {
    SCOPED_TRACE(name);
    const std::string wat = "(component (import \"" + std::string(name) +
                            "\" (instance $i (export \"f\" (func (result u32)))))"
                            "(export \"f\" (func $i \"f\")))";
    EXPECT_EQ(result, World::Call(w.Make(wat), "f"));
  }
}

TEST(ComponentLinker, ResourcesOfTwoInstancesDiffer) {
  World w;
  const ComponentInstance a = w.Make(kFiles);
  const ComponentInstance b = w.Make(kFiles);
  ASSERT_TRUE(w.linker.DefineInstance("a", *a.GetInstance("my:app/files")).ok());
  ASSERT_TRUE(w.linker.DefineInstance("b", *b.GetInstance("my:app/files")).ok());
  const absl::Status status = w.linker
                                  .Link(w.Compile(R"(
    (component
      (import "a" (instance $a (export "file" (type (sub resource)))))
      (alias export $a "file" (type $file))
      (import "b" (instance
        (alias outer 1 $file (type $file))
        (export "size" (func (param "f" (borrow $file)) (result u32))))))
  )"))
                                  .status();
  EXPECT_EQ(
      "mistyped import `b#size`: expected func(f: borrow<file>) -> u32, found func(f: "
      "borrow<file>) -> u32 with another resource of that name",
      std::string(status.message()));
}

}  // namespace
}  // namespace airwasm
