// Guarded functions of the embedder's for components, with C++ types and dynamic ones.
#include "airwasm/guarded_component.h"

#include <string>
#include <vector>

#include "wasi/host/guarded_test_util.h"

namespace airwasm {
namespace {

using security::CapabilitySet;
using wasi::testing::BitOf;
using wasi::testing::Granting;
using wasi::testing::Says;

// Calls each function through a core module; "direct" and "any-direct" are the imports themselves.
constexpr char kShopper[] = R"((component
  (import "acme:shop/orders@1.2.0" (instance $orders
    (export "place" (func (param "item" u32) (result u32)))
    (export "try-place" (func (param "item" u32) (result (result u32))))
    (export "place-any" (func (param "item" u32) (result u32)))
    (export "count" (func (param "n" u32) (result u32)))
    (export "note" (func (param "text" string)))))
  (import "ping" (func $ping (param "n" u32) (result u32)))
  (core module $memory (memory (export "memory") 1) (data (i32.const 4) "text"))
  (core instance $memory (instantiate $memory))
  (core func $place (canon lower (func $orders "place")))
  (core func $try (canon lower (func $orders "try-place") (memory (core memory $memory "memory"))))
  (core func $any (canon lower (func $orders "place-any")))
  (core func $count (canon lower (func $orders "count")))
  (core func $note (canon lower (func $orders "note") (memory (core memory $memory "memory"))))
  (core func $ping_core (canon lower (func $ping)))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "place" (func $place (param i32) (result i32)))
    (import "" "try" (func $try (param i32 i32)))
    (import "" "any" (func $any (param i32) (result i32)))
    (import "" "count" (func $count (param i32) (result i32)))
    (import "" "note" (func $note (param i32 i32)))
    (import "" "ping" (func $ping (param i32) (result i32)))
    (func $shopping (export "place") (param i32) (result i32) (call $place (local.get 0)))
    ;; The item, or 100 for an error.
    (func $trying (export "try") (param i32) (result i32)
      (call $try (local.get 0) (i32.const 64))
      (select (i32.const 100) (i32.load (i32.const 68)) (i32.load8_u (i32.const 64))))
    (func $anything (export "any") (param i32) (result i32) (call $any (local.get 0)))
    (func $counting (export "count") (param i32) (result i32) (call $count (local.get 0)))
    (func $noting (export "note") (param i32) (result i32)
      (call $note (local.get 0) (i32.const 4)) (i32.const 0))
    (func $pinging (export "ping") (param i32) (result i32) (call $ping (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $memory "memory"))
    (export "place" (func $place)) (export "try" (func $try)) (export "any" (func $any))
    (export "count" (func $count)) (export "note" (func $note)) (export "ping" (func $ping_core))))))
  (func (export "place") (param "n" u32) (result u32) (canon lift (core func $i "place")))
  (func (export "try") (param "n" u32) (result u32) (canon lift (core func $i "try")))
  (func (export "any") (param "n" u32) (result u32) (canon lift (core func $i "any")))
  (func (export "count") (param "n" u32) (result u32) (canon lift (core func $i "count")))
  (func (export "note") (param "n" u32) (result u32) (canon lift (core func $i "note")))
  (func (export "ping") (param "n" u32) (result u32) (canon lift (core func $i "ping")))
  (export "direct" (func $orders "place"))
  (export "any-direct" (func $orders "place-any"))))";

const char* const kItems[] = {"apples", "pears"};

class GuardedComponent : public wasi::testing::GuardedTest {
 protected:
  GuardedComponent() {
    constexpr char kOrders[] = "acme:shop/orders@1.2.0";
    const CapabilitySet order = order_;
    int* const calls = &calls_;
    absl::Status status =
        DefineGuarded(linker_, kOrders, "place", order,
                      [=](ComponentCall& call, uint32_t item) -> absl::StatusOr<uint32_t> {
                        ++*calls;
                        if (!GuardAllows(call, order, kItems[item])) return GuardDenial(call);
                        return 10 + item;
                      });
    status.Update(DefineGuarded(
        linker_, kOrders, "try-place", order, [=](ComponentCall& call, uint32_t item) {
          using R = WitResult<uint32_t, std::monostate>;
          ++*calls;
          return GuardAllows(call, order, kItems[item]) ? R::Ok(10 + item) : R::Err({});
        }));
    status.Update(DefineGuardedDynamic(
        linker_, kOrders, "place-any", order,
        [=](ComponentCall& call, std::span<const Val> args) -> absl::StatusOr<std::optional<Val>> {
          ++*calls;
          const auto item = static_cast<uint32_t>(args[0].unsigned_value());
          if (!GuardAllows(call, order, kItems[item])) return GuardDenial(call);
          return Val::U32(10 + item);
        }));
    status.Update(
        DefineGuarded(linker_, kOrders, "count", "shop.order,random,shop.read", [=](uint32_t n) {
          ++*calls;
          return n;
        }));
    status.Update(
        DefineGuarded(linker_, kOrders, "note", order, [=](std::string_view) { ++*calls; }));
    status.Update(DefineGuarded(linker_, "", "ping", order, [=](uint32_t n) {
      ++*calls;
      return n;
    }));
    EXPECT_TRUE(status.ok()) << status;
  }

  // A result as text, or the message of the trap.
  std::string Call(Store& store, const char* name, uint32_t arg) {
    const absl::StatusOr<Component> component = Component::Create(engine_, kShopper);
    if (!component.ok()) return component.status().ToString();
    const absl::StatusOr<ComponentInstance> instance = linker_.Instantiate(store, *component);
    if (!instance.ok()) return instance.status().ToString();
    const std::vector<Val> args = {Val::U32(arg)};
    const absl::StatusOr<ComponentCallResult> result = instance->Call(name, args);
    if (!result.ok()) return result.status().ToString();
    return result->ok() ? result->value()->ToString() : result->trap().message();
  }

  const CapabilitySet order_ = BitOf("shop.order");
  ComponentLinker linker_{engine_};
  int calls_ = 0;
};

TEST_P(GuardedComponent, DecidesAndRecordsEachCallOnce) {
  constexpr char kNone[] = "shop.order: no rule allows it";
  constexpr char kNoPears[] = "shop.order of pears: no rule allows it";
  const struct {
    const char* name;
    std::vector<std::string> allow, deny;
    const char* call;
    uint32_t arg;
    const char* result;        // or the trap
    const char* trap_on_deny;  // likewise, when denials end the guest
    int calls;                 // that reach the function
    const char* function;      // in the record
    const char* decision;
    const char* capability;
    const char* object;
    const char* frame;  // of the backtrace
  } kCases[] = {
      {"nothing granted",
       {},
       {},
       "place",
       0,
       kNone,
       kNone,
       0,
       "acme:shop/orders.place",
       "deny",
       "shop.order",
       "",
       "shopping+0x"},
      {"by the host",
       {},
       {},
       "direct",
       0,
       kNone,
       kNone,
       0,
       "acme:shop/orders.place",
       "deny",
       "shop.order",
       "",
       ""},
      {"granted",
       {"shop.order"},
       {},
       "place",
       1,
       "11",
       "11",
       1,
       "acme:shop/orders.place",
       "allow",
       "shop.order",
       "pears",
       ""},
      {"granted, by the host",
       {"shop.order"},
       {},
       "direct",
       1,
       "11",
       "11",
       1,
       "acme:shop/orders.place",
       "allow",
       "shop.order",
       "pears",
       ""},
      {"another object",
       {"shop.order:apples"},
       {},
       "place",
       1,
       kNoPears,
       kNoPears,
       1,
       "acme:shop/orders.place",
       "deny",
       "shop.order",
       "pears",
       "shopping+0x"},
      {"denied class",
       {"shop.order"},
       {"shop.order"},
       "place",
       0,
       "shop.order: test denies it (shop.order)",
       "shop.order: test denies it (shop.order)",
       0,
       "acme:shop/orders.place",
       "deny",
       "shop.order",
       "",
       "shopping+0x"},
      {"an error of its own",
       {"shop.order:apples"},
       {},
       "try",
       1,
       "100",
       kNoPears,
       1,
       "acme:shop/orders.try-place",
       "deny",
       "shop.order",
       "pears",
       "trying+0x"},
      {"no error without the class",
       {},
       {},
       "try",
       1,
       kNone,
       kNone,
       0,
       "acme:shop/orders.try-place",
       "deny",
       "shop.order",
       "",
       "trying+0x"},
      {"no error",
       {"shop.order:pears"},
       {},
       "try",
       1,
       "11",
       "11",
       1,
       "acme:shop/orders.try-place",
       "allow",
       "shop.order",
       "pears",
       ""},
      {"dynamic, nothing granted",
       {},
       {},
       "any",
       1,
       kNone,
       kNone,
       0,
       "acme:shop/orders.place-any",
       "deny",
       "shop.order",
       "",
       "anything+0x"},
      {"dynamic, by the host",
       {},
       {},
       "any-direct",
       1,
       kNone,
       kNone,
       0,
       "acme:shop/orders.place-any",
       "deny",
       "shop.order",
       "",
       ""},
      {"dynamic",
       {"shop.order:pears"},
       {},
       "any",
       1,
       "11",
       "11",
       1,
       "acme:shop/orders.place-any",
       "allow",
       "shop.order",
       "pears",
       ""},
      {"dynamic, granted, by the host",
       {"shop.order:pears"},
       {},
       "any-direct",
       1,
       "11",
       "11",
       1,
       "acme:shop/orders.place-any",
       "allow",
       "shop.order",
       "pears",
       ""},
      {"dynamic, another object",
       {"shop.order:apples"},
       {},
       "any",
       1,
       kNoPears,
       kNoPears,
       1,
       "acme:shop/orders.place-any",
       "deny",
       "shop.order",
       "pears",
       "anything+0x"},
      {"asks about nothing",
       {"shop.order"},
       {},
       "count",
       5,
       "5",
       "5",
       1,
       "acme:shop/orders.count",
       "allow",
       "shop.order",
       "",
       ""},
      {"a built-in class",
       {"random"},
       {},
       "count",
       5,
       "5",
       "5",
       1,
       "acme:shop/orders.count",
       "allow",
       "random",
       "",
       ""},
      {"none of three",
       {"exit"},
       {},
       "count",
       5,
       "random: no rule allows it",
       "random: no rule allows it",
       0,
       "acme:shop/orders.count",
       "deny",
       "random",
       "",
       "counting+0x"},
      {"without a result",
       {"shop.order"},
       {},
       "note",
       4,
       "0",
       "0",
       1,
       "acme:shop/orders.note",
       "allow",
       "shop.order",
       "",
       ""},
      {"arguments that are none",
       {},
       {},
       "note",
       0xFFFF'FFFF,
       kNone,
       kNone,
       0,
       "acme:shop/orders.note",
       "deny",
       "shop.order",
       "",
       "noting+0x"},
      {"of no instance",
       {},
       {},
       "ping",
       1,
       kNone,
       kNone,
       0,
       "ping",
       "deny",
       "shop.order",
       "",
       "pinging+0x"},
  };
  for (const bool trap : {false, true}) {
    for (const auto& c : kCases) {
      SCOPED_TRACE(std::string(c.name) + (trap ? ", trap on deny" : ""));
      Store store(engine_);
      GuardStore(store, MakeGuard(Granting(c.allow, c.deny), trap));
      calls_ = 0;
      EXPECT_EQ(trap ? c.trap_on_deny : c.result, Call(store, c.call, c.arg));
      EXPECT_EQ(c.calls, calls_);
      const std::vector<std::string> lines = NewLines();
      ASSERT_EQ(1u, lines.size());
      EXPECT_TRUE(Says(lines[0], "function", c.function)) << lines[0];
      EXPECT_TRUE(Says(lines[0], "decision", c.decision)) << lines[0];
      EXPECT_TRUE(Says(lines[0], "class", c.capability)) << lines[0];
      EXPECT_TRUE(Says(lines[0], "object", c.object)) << lines[0];
      EXPECT_NE(std::string::npos, lines[0].find(c.frame)) << lines[0];
    }
  }
}

TEST_P(GuardedComponent, WithoutAGuardOrALog) {
  const struct {
    const char* name;
    std::shared_ptr<security::Guard> guard;
    const char* results[4];  // of place, any, direct and any-direct, of pears
  } kCases[] = {
      {"no guard", nullptr, {"11", "11", "11", "11"}},
      {"no log",
       security::Guard::Create({.grants = Granting({"shop.order:pears"})}),
       {"11", "11", "11", "11"}},
      {"no log, no grant",
       security::Guard::Create({}),
       {"shop.order: no rule allows it", "shop.order: no rule allows it",
        "shop.order: no rule allows it", "shop.order: no rule allows it"}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    Store store(engine_);
    if (c.guard != nullptr) GuardStore(store, c.guard);
    const char* const* expected = c.results;
    for (const char* const call : {"place", "any", "direct", "any-direct"})
      EXPECT_EQ(*expected++, Call(store, call, 1)) << call;
  }
  EXPECT_TRUE(NewLines().empty());
}

TEST_P(GuardedComponent, ClassesThatAreNone) {
  const auto f = [](uint32_t n) { return n; };
  const absl::Status typed = DefineGuarded(linker_, "a:b/c@1.0.0", "f", CapabilitySet{0}, f);
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, typed.code());
  EXPECT_TRUE(std::string(typed.message()).starts_with("a:b/c.f: ")) << typed;
  const absl::Status dynamic = DefineGuardedDynamic(
      linker_, "a:b/c@1.0.0", "f", "fs.order",
      [](ComponentCall&, std::span<const Val>) -> absl::StatusOr<std::optional<Val>> {
        return std::nullopt;
      });
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, dynamic.code());
  EXPECT_EQ(absl::OkStatus(),
            DefineGuarded(linker_.Instance("a:b/c@1.0.0"), "a:b/c@1.0.0", "f", order_, f));
  EXPECT_EQ(absl::StatusCode::kAlreadyExists,
            DefineGuarded(linker_, "a:b/c@1.0.0", "f", order_, f).code());
}

INSTANTIATE_TEST_SUITE_P(Tiers, GuardedComponent, ::testing::Values(Tier::kInterp, Tier::kJit),
                         [](const auto& info) {
                           return info.param == Tier::kJit ? "jit" : "interp";
                         });

}  // namespace
}  // namespace airwasm
