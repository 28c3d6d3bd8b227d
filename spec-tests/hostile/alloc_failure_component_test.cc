// Each allocation of a component's life fails in turn: two components that pass strings, lists,
// variants and resources to each other and to the host, and one that uses WASI 0.2.
//
// A component instance in which a call has failed cannot be entered again; so what is tried again
// with memory begins with a new store.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "airwasm/component_instance.h"
#include "airwasm/component_linker.h"
#include "airwasm/wasi_component.h"
#include "alloc_failure.h"

namespace airwasm::alloc_failure {
namespace {

// $callee keeps resources and gives back what it gets; $caller passes on what the host gives.
constexpr std::string_view kTwo = R"((component
  (import "host" (instance $host
    (export "item" (type $item (sub resource)))
    (export "join" (func (param "parts" (list string)) (result string)))
    (export "make" (func (param "name" string) (result (own $item))))
    (export "name" (func (param "item" (borrow $item)) (result string)))))
  (core module $Libc
    (memory (export "memory") 4)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (component $Callee
    (alias outer 1 $Libc (core module $Libc))
    (core instance $libc (instantiate $Libc))
    (core module $M
      (import "libc" "memory" (memory 1))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16))
      (func (export "rep") (param i32) (result i32) (local.get 0))
      (func (export "dtor") (param i32)))
    (core instance $m (instantiate $M (with "libc" (instance $libc))))
    (type $r' (resource (rep i32) (dtor (core func $m "dtor"))))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r'))
    (func (export "make") (param "rep" u32) (result (own $r)) (canon lift (core func $new)))
    (func (export "look") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "rep")))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $m "echo")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "echo-list") (param "l" (list string)) (result (list string))
      (canon lift (core func $m "echo")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
  (instance $callee (instantiate $Callee))
  (component $Caller
    (import "host" (instance $host
      (export "item" (type $item (sub resource)))
      (export "join" (func (param "parts" (list string)) (result string)))
      (export "make" (func (param "name" string) (result (own $item))))
      (export "name" (func (param "item" (borrow $item)) (result string)))))
    (import "callee" (instance $callee
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "rep" u32) (result (own $r))))
      (export "look" (func (param "r" (borrow $r)) (result u32)))
      (export "echo" (func (param "s" string) (result string)))
      (export "echo-list" (func (param "l" (list string)) (result (list string))))))
    (alias export $callee "r" (type $r))
    (alias export $host "item" (type $item))
    (alias outer 1 $Libc (core module $Libc))
    (core instance $libc (instantiate $Libc))
    (core func $make (canon lower (func $callee "make")))
    (core func $look (canon lower (func $callee "look")))
    (core func $drop (canon resource.drop $r))
    (core func $drop-item (canon resource.drop $item))
    (core func $echo (canon lower (func $callee "echo")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $echo-list (canon lower (func $callee "echo-list")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $join (canon lower (func $host "join")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $host-make (canon lower (func $host "make")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $host-name (canon lower (func $host "name")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $M
      (import "libc" "memory" (memory 1))
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "look" (func $look (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "drop-item" (func $drop-item (param i32)))
      (import "" "echo" (func $echo (param i32 i32 i32)))
      (import "" "echo-list" (func $echo-list (param i32 i32 i32)))
      (import "" "join" (func $join (param i32 i32 i32)))
      (import "" "host-make" (func $host-make (param i32 i32) (result i32)))
      (import "" "host-name" (func $host-name (param i32 i32)))
      (func (export "run") (param $list i32) (param $count i32) (result i32)
        (local $handle i32) (local $item i32) (local $i i32)
        ;; Handles, so that the table grows; the last is kept.
        (loop $more
          (local.set $handle (call $make (i32.const 42)))
          (drop (call $look (local.get $handle)))
          (if (i32.and (local.get $i) (i32.const 1)) (then (call $drop (local.get $handle))))
          (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                                 (i32.const 10))))
        (call $echo-list (local.get $list) (local.get $count) (i32.const 32))
        (call $join (i32.load (i32.const 32)) (i32.load (i32.const 36)) (i32.const 40))
        (local.set $item (call $host-make (i32.load (i32.const 40)) (i32.load (i32.const 44))))
        (call $host-name (local.get $item) (i32.const 48))
        (call $drop-item (local.get $item))
        (drop (call $host-make (i32.load (i32.const 40)) (i32.load (i32.const 44))))
        (call $echo (i32.load (i32.const 48)) (i32.load (i32.const 52)) (i32.const 56))
        (i32.const 56)))
    (core instance $m (instantiate $M (with "libc" (instance $libc)) (with "" (instance
      (export "make" (func $make)) (export "look" (func $look)) (export "drop" (func $drop))
      (export "drop-item" (func $drop-item)) (export "echo" (func $echo))
      (export "echo-list" (func $echo-list)) (export "join" (func $join))
      (export "host-make" (func $host-make)) (export "host-name" (func $host-name))))))
    (func (export "run") (param "words" (list string)) (result string)
      (canon lift (core func $m "run")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
  (instance $caller (instantiate $Caller
    (with "host" (instance $host)) (with "callee" (instance $callee))))
  (export "test:two/caller@1.0.0" (instance $caller))))";

// Arguments, the environment, a clock, random bytes and a stream that is written to.
constexpr std::string_view kWasi = R"((component
  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $out (sub resource)))
    (alias outer 1 $error (type $e))
    (export "error" (type $e' (eq $e)))
    (type $se (variant (case "last-operation-failed" (own $e')) (case "closed")))
    (export "stream-error" (type $se' (eq $se)))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $se')))))))
  (alias export $streams "output-stream" (type $out))
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-environment" (func (result (list (tuple string string)))))
    (export "get-arguments" (func (result (list string))))))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $out (type $o))
    (export "output-stream" (type $o' (eq $o)))
    (export "get-stdout" (func (result (own $o'))))))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (export "now" (func (result u64)))))
  (import "wasi:random/random@0.2.0" (instance $random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
  (core module $Libc
    (memory (export "memory") 4)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $libc (instantiate $Libc))
  (core func $env (canon lower (func $environment "get-environment")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $args (canon lower (func $environment "get-arguments")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $write (canon lower
    (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $now (canon lower (func $clock "now")))
  (core func $bytes (canon lower (func $random "get-random-bytes")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $drop (canon resource.drop $out))
  (core module $M
    (import "libc" "memory" (memory 1))
    (import "" "env" (func $env (param i32)))
    (import "" "args" (func $args (param i32)))
    (import "" "get-stdout" (func $get-stdout (result i32)))
    (import "" "write" (func $write (param i32 i32 i32 i32)))
    (import "" "now" (func $now (result i64)))
    (import "" "bytes" (func $bytes (param i64 i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (result i32) (local $out i32)
      (call $env (i32.const 16))
      (call $args (i32.const 24))
      (drop (call $now))
      (call $bytes (i64.const 100) (i32.const 32))
      (local.set $out (call $get-stdout))
      (call $write (local.get $out) (i32.load (i32.const 32)) (i32.const 100) (i32.const 40))
      (call $drop (local.get $out))
      (i32.add (i32.load8_u (i32.const 40))
        (i32.add (i32.load (i32.const 20)) (i32.load (i32.const 28))))))
  (core instance $m (instantiate $M (with "libc" (instance $libc)) (with "" (instance
    (export "env" (func $env)) (export "args" (func $args))
    (export "get-stdout" (func $get-stdout)) (export "write" (func $write))
    (export "now" (func $now)) (export "bytes" (func $bytes)) (export "drop" (func $drop))))))
  (func (export "run") (result u32) (canon lift (core func $m "run")))))";

constexpr std::string_view kInvalid = R"((component
  (import "host" (instance $host (export "f" (func (param "a" string) (result u32)))))
  (core module $m (memory (export "memory") 1) (func (export "g") (param i32) (result i64)
    (i64.const 0)))
  (core instance $i (instantiate $m))
  (func (export "g") (param "a" (list string)) (result u32) (canon lift (core func $i "g")))))";

class Item : public HostResource {
 public:
  explicit Item(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
};

// The embedder's own part throws when it copies what it was given.
absl::Status DefineHost(ComponentLinker& linker) {
  LinkerInstance host = linker.Instance("host");
  absl::Status status = host.DefineResource<Item>("item", HostResource::Drop).status();
  status.Update(host.Define("join", [](std::vector<std::string_view> parts) -> std::string {
    std::string joined;
    for (const std::string_view part : parts) joined.append(part).append(" ");
    return joined;
  }));
  status.Update(host.Define("make", [](std::string_view name) -> std::unique_ptr<Item> {
    return std::make_unique<Item>(std::string(name));
  }));
  status.Update(host.Define("name", [](Item* item) -> std::string { return item->name(); }));
  return status;
}

const std::vector<std::string> kWords = {"a", "word that is longer than most", "", "end"};
constexpr std::string_view kJoined = "a word that is longer than most  end ";

End CallTyped(const ComponentInstance& instance) {
  const auto run = instance.Get<std::string(std::vector<std::string>)>("test:two/caller@1.0.0#run");
  if (!run.ok()) return EndOf(run.status());
  const airwasm::Result<std::string> result = (*run)(kWords);
  if (!result.ok()) return EndOf(result.trap());
  return *result == kJoined ? End::kWell : Wrong("another text");
}

End CallWithValues(const ComponentInstance& instance) {
  std::vector<Val> args;
  try {
    std::vector<Val> words;
    for (const std::string& word : kWords) words.push_back(Val::String(word));
    args.push_back(Val::List(std::move(words)));
  } catch (const std::bad_alloc&) {
    return End::kConstructor;
  }
  const absl::StatusOr<ComponentCallResult> result =
      instance.Call("test:two/caller@1.0.0#run", args);
  if (!result.ok()) return EndOf(result.status());
  if (!result->ok()) return EndOf(result->trap());
  return End::kWell;
}

End LiveOnce(const Engine& engine, const Component& component, bool typed) {
  std::optional<Store> store = Make<Store>(engine);
  std::optional<ComponentLinker> linker = Make<ComponentLinker>(engine);
  if (!store || !linker) return End::kConstructor;
  try {
    if (absl::Status defined = DefineHost(*linker); !defined.ok()) return EndOf(defined);
  } catch (const std::bad_alloc&) {
    return End::kConstructor;
  }
  Trap trap;
  const absl::StatusOr<ComponentInstance> instance = linker->Instantiate(*store, component, &trap);
  if (!instance.ok())
    return absl::IsAborted(instance.status()) ? EndOf(trap) : EndOf(instance.status());
  return typed ? CallTyped(*instance) : CallWithValues(*instance);
}

TEST(AllocationFailure, OfTwoComponents) {
  FailEach("two components", [] {
    const std::optional<Engine> engine = Make<Engine>(EngineOptions{.tier = Tier::kInterp});
    if (!engine) return End::kConstructor;
    absl::StatusOr<Component> component = Component::Create(*engine, kTwo);
    if (!component.ok()) return EndOf(component.status());
    const End end = LiveOnce(*engine, *component, /*typed=*/true);
    if (end == End::kWell || end == End::kWrong) return end;
    Disarm();
    return LiveOnce(*engine, *component, true) == End::kWell
               ? end
               : Wrong("the component goes wrong when there is memory");
  });
}

TEST(AllocationFailure, OfInstancesOfTwoComponents) {
  const Engine engine(EngineOptions{.tier = Tier::kInterp});
  const absl::StatusOr<Component> component = Component::Create(engine, kTwo);
  ASSERT_TRUE(component.ok()) << component.status();
  FailEachBothWays("typed calls", [&] { return LiveOnce(engine, *component, true); });
  FailEachBothWays("dynamic calls", [&] { return LiveOnce(engine, *component, false); });
}

TEST(AllocationFailure, OfAComponentThatIsRefused) {
  FailEachBothWays("an invalid component", [] {
    const std::optional<Engine> engine = Make<Engine>(EngineOptions{.tier = Tier::kInterp});
    if (!engine) return End::kConstructor;
    const absl::StatusOr<Component> component = Component::Create(*engine, kInvalid);
    if (component.ok()) return Wrong("it is accepted");
    return absl::IsInvalidArgument(component.status()) ? End::kWell : EndOf(component.status());
  });
}

TEST(AllocationFailure, OfAnImportThatIsMissing) {
  const Engine engine(EngineOptions{.tier = Tier::kInterp});
  const absl::StatusOr<Component> component = Component::Create(engine, kTwo);
  ASSERT_TRUE(component.ok()) << component.status();
  FailEachBothWays("a missing import", [&] {
    const std::optional<ComponentLinker> linker = Make<ComponentLinker>(engine);
    if (!linker) return End::kConstructor;
    const absl::StatusOr<LinkedComponent> linked = linker->Link(*component);
    if (linked.ok()) return Wrong("nothing is missing");
    return absl::IsResourceExhausted(linked.status()) ? End::kExhausted : End::kWell;
  });
}

TEST(AllocationFailure, OfAGuestOfWasi02) {
  const Engine engine(EngineOptions{.tier = Tier::kInterp});
  const absl::StatusOr<Component> component = Component::Create(engine, kWasi);
  ASSERT_TRUE(component.ok()) << component.status();
  wasi::Config config;
  config.args = {"program", "an argument that is longer than fifteen bytes"};
  config.env = {{"NAME", "a value that is longer than fifteen bytes"}};
  FailEachBothWays("WASI 0.2", [&] {
    std::optional<Store> store = Make<Store>(engine);
    std::optional<ComponentLinker> linker = Make<ComponentLinker>(engine);
    if (!store || !linker) return End::kConstructor;
    if (absl::Status defined = DefineWasi(*linker); !defined.ok()) return EndOf(defined);
    if (absl::Status given = GiveWasi(*store, config); !given.ok()) return EndOf(given);
    Trap trap;
    const absl::StatusOr<ComponentInstance> instance =
        linker->Instantiate(*store, *component, &trap);
    if (!instance.ok())
      return absl::IsAborted(instance.status()) ? EndOf(trap) : EndOf(instance.status());
    const auto run = instance->Get<uint32_t()>("run");
    if (!run.ok()) return EndOf(run.status());
    const airwasm::Result<uint32_t> result = (*run)();
    if (!result.ok()) return EndOf(result.trap());
    return *result == 3 ? End::kWell : Wrong("another result");
  });
}

}  // namespace
}  // namespace airwasm::alloc_failure
