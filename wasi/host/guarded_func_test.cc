// Guarded functions of the embedder's: who gets to them, what a denial comes to, and what is on
// record of each call.
#include "airwasm/guarded_func.h"

#include <functional>
#include <string>
#include <vector>

#include "wasi/host/guarded_test_util.h"

namespace airwasm {
namespace {

using security::CapabilitySet;
using security::Guard;
using wasi::testing::BitOf;
using wasi::testing::Granting;
using wasi::testing::Says;

class GuardedFunc : public wasi::testing::GuardedTest {
 protected:
  Instance Make(const Linker& linker, Store& store, std::string_view wat) {
    const absl::StatusOr<Module> module = Module::Create(engine_, wat);
    EXPECT_TRUE(module.ok()) << module.status();
    absl::StatusOr<Instance> instance = linker.Instantiate(store, *module);
    EXPECT_TRUE(instance.ok()) << instance.status();
    return *instance;
  }
  // A result as text, or the message of the trap.
  static std::string Call(const Instance& instance, const char* name, int32_t arg) {
    const auto f = instance.Get<int32_t(int32_t)>(name);
    EXPECT_TRUE(f.ok()) << f.status();
    const Result<int32_t> result = (*f)(arg);
    if (result.ok()) return std::to_string(*result);
    EXPECT_EQ(absl::StatusCode::kPermissionDenied, result.trap().host_error().code());
    return result.trap().message();
  }
};

// What is called through the trampoline of an import, and by the host as an export.
constexpr char kShopper[] = R"((module
  (import "shop" "order" (func $order (param i32) (result i32)))
  (import "shop" "count" (func $count (param i32) (result i32)))
  (export "order_direct" (func $order))
  (func $shopping (export "order") (param i32) (result i32) (call $order (local.get 0)))
  (func (export "count") (param i32) (result i32) (call $count (local.get 0)))))";

const char* const kItems[] = {"apples", "pears"};

TEST_P(GuardedFunc, DecidesAndRecordsEachCallOnce) {
  const CapabilitySet order = BitOf("shop.order");
  const struct {
    const char* name;
    std::vector<std::string> allow, deny;
    const char* function;
    int32_t arg;
    const char* result;        // or the trap
    const char* trap_on_deny;  // likewise, when denials end the guest
    bool allowed;
    const char* capability;
    const char* object;  // null: none
  } kCases[] = {
      {"nothing granted",
       {},
       {},
       "order",
       0,
       "shop.order: no rule allows it",
       "shop.order: no rule allows it",
       false,
       "shop.order",
       nullptr},
      {"by the host",
       {},
       {},
       "order_direct",
       0,
       "shop.order: no rule allows it",
       "shop.order: no rule allows it",
       false,
       "shop.order",
       nullptr},
      {"granted", {"shop.order"}, {}, "order", 1, "11", "11", true, "shop.order", "pears"},
      {"granted, by the host",
       {"shop.order"},
       {},
       "order_direct",
       1,
       "11",
       "11",
       true,
       "shop.order",
       "pears"},
      {"this object",
       {"shop.order:apples"},
       {},
       "order",
       0,
       "10",
       "10",
       true,
       "shop.order",
       "apples"},
      {"another object",
       {"shop.order:apples"},
       {},
       "order",
       1,
       "-1",
       "shop.order of pears: no rule allows it",
       false,
       "shop.order",
       "pears"},
      {"denied object",
       {"shop.order"},
       {"shop.order:pears"},
       "order",
       1,
       "-1",
       "shop.order of pears: test denies it (shop.order:pears)",
       false,
       "shop.order",
       "pears"},
      {"denied class",
       {"shop.order"},
       {"shop.order"},
       "order",
       0,
       "shop.order: test denies it (shop.order)",
       "shop.order: test denies it (shop.order)",
       false,
       "shop.order",
       nullptr},
      {"asks about nothing", {"shop.order"}, {}, "count", 5, "5", "5", true, "shop.order", nullptr},
      {"the other class", {"shop.read:x"}, {}, "count", 5, "5", "5", true, "shop.read", nullptr},
      {"a built-in class", {"random"}, {}, "count", 5, "5", "5", true, "random", nullptr},
      {"none of three",
       {"exit"},
       {},
       "count",
       5,
       "random: no rule allows it",
       "random: no rule allows it",
       false,
       "random",
       nullptr},
  };
  int calls = 0;
  Linker linker(engine_);
  ASSERT_TRUE(DefineGuarded(linker, "shop", "order", order, [&](Caller& caller, int32_t item) {
                ++calls;
                return GuardAllows(caller, order, kItems[item]) ? 10 + item : -1;
              }).ok());
  ASSERT_TRUE(DefineGuarded(linker, "shop", "count", "shop.order,random,shop.read", [&](int32_t n) {
                ++calls;
                return n;
              }).ok());
  for (const bool trap : {false, true}) {
    for (const auto& c : kCases) {
      SCOPED_TRACE(std::string(c.name) + (trap ? ", trap on deny" : ""));
      Store store(engine_);
      GuardStore(store, MakeGuard(Granting(c.allow, c.deny), trap));
      const Instance instance = Make(linker, store, kShopper);
      calls = 0;
      EXPECT_EQ(trap ? c.trap_on_deny : c.result, Call(instance, c.function, c.arg));
      EXPECT_EQ(c.allowed || c.object != nullptr ? 1 : 0, calls);
      const std::vector<std::string> lines = NewLines();
      ASSERT_EQ(1u, lines.size());
      const std::string& line = lines[0];
      EXPECT_TRUE(Says(line, "decision", c.allowed ? "allow" : "deny")) << line;
      EXPECT_TRUE(Says(line, "class", c.capability)) << line;
      EXPECT_TRUE(Says(line, "component", "acme:guest")) << line;
      const bool counts = std::string_view(c.function) == "count";
      EXPECT_TRUE(Says(line, "function", counts ? "shop.count" : "shop.order")) << line;
      EXPECT_TRUE(Says(line, "object", c.object == nullptr ? "" : c.object)) << line;
      const bool from_guest = std::string_view(c.function) == "order";
      if (!c.allowed && from_guest) EXPECT_NE(line.npos, line.find("shopping+0x")) << line;
    }
  }
}

TEST_P(GuardedFunc, GrantsThatChangeCountFromTheNextCallOn) {
  Store store(engine_);
  const std::shared_ptr<Guard> guard = MakeGuard(nullptr, false);
  GuardStore(store, guard);
  Linker linker(engine_);
  linker.DefineUnknownImportsAsTraps(true);
  ASSERT_TRUE(
      DefineGuarded(linker, "shop", "order", "shop.order", +[](int32_t n) { return n; }).ok());
  const Instance instance = Make(linker, store, kShopper);
  EXPECT_EQ("shop.order: no rule allows it", Call(instance, "order", 1));
  guard->SetGrants(Granting({"shop.order"}));
  EXPECT_EQ("2", Call(instance, "order", 2));
  guard->Revoke(BitOf("shop.order"));
  EXPECT_EQ("shop.order: no rule allows it", Call(instance, "order", 3));
  EXPECT_EQ(3u, NewLines().size());
}

TEST_P(GuardedFunc, WithoutAGuardOrALog) {
  const CapabilitySet order = BitOf("shop.order");
  Linker linker(engine_);
  linker.DefineUnknownImportsAsTraps(true);
  absl::Status denial;
  ASSERT_TRUE(DefineGuarded(linker, "shop", "order", order, [&](Caller& caller, int32_t item) {
                const bool allowed = GuardAllows(caller, order, kItems[item]);
                denial = GuardDenial(caller);
                return allowed ? 10 + item : -1;
              }).ok());
  {
    Store store(engine_);
    const Instance instance = Make(linker, store, kShopper);
    EXPECT_EQ("10", Call(instance, "order", 0));
    EXPECT_EQ(absl::OkStatus(), denial);
  }
  {
    Store store(engine_);
    GuardStore(store, Guard::Create({.grants = Granting({"shop.order:apples"})}));
    const Instance instance = Make(linker, store, kShopper);
    EXPECT_EQ("10", Call(instance, "order", 0));
    EXPECT_EQ("-1", Call(instance, "order", 1));
    EXPECT_EQ("shop.order: no rule allows it", std::string(denial.message()));
  }
  {
    Store store(engine_);
    GuardStore(store, Guard::Create({}));
    const Instance instance = Make(linker, store, kShopper);
    EXPECT_EQ("shop.order: no rule allows it", Call(instance, "order", 0));
    EXPECT_EQ("shop.order: no rule allows it", Call(instance, "order_direct", 0));
  }
  EXPECT_TRUE(NewLines().empty());
}

// A function that calls the guest, which calls others: each of them is on record, also when one of
// those inside is denied.
TEST_P(GuardedFunc, CallsWithinCalls) {
  const struct {
    const char* name;
    std::vector<std::string> allow;
    std::string result;
    std::vector<std::string> decisions;  // in the order in which they are made
  } kCases[] = {
      {"both", {"shop.order", "shop.read"}, "8", {"shop.inner allow", "shop.outer allow"}},
      {"the outer one", {"shop.order"}, "-1", {"shop.inner deny", "shop.outer allow"}},
      {"none", {}, "shop.order: no rule allows it", {"shop.outer deny"}},
  };
  Linker linker(engine_);
  std::function<int32_t(int32_t)> call_guest;
  ASSERT_TRUE(DefineGuarded(linker, "shop", "outer", "shop.order", [&](int32_t n) {
                return call_guest(n);
              }).ok());
  ASSERT_TRUE(
      DefineGuarded(linker, "shop", "inner", "shop.read", [](int32_t n) { return n + 1; }).ok());
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    Store store(engine_);
    GuardStore(store, MakeGuard(Granting(c.allow), true));
    const Instance instance = Make(linker, store, R"((module
      (import "shop" "outer" (func $outer (param i32) (result i32)))
      (import "shop" "inner" (func $inner (param i32) (result i32)))
      (func (export "outer") (param i32) (result i32) (call $outer (local.get 0)))
      (func (export "inner") (param i32) (result i32) (call $inner (local.get 0)))))");
    call_guest = [&](int32_t n) {
      const Result<int32_t> result = (*instance.Get<int32_t(int32_t)>("inner"))(n);
      return result.ok() ? *result : -1;
    };
    EXPECT_EQ(c.result, Call(instance, "outer", 7));
    const std::vector<std::string> lines = NewLines();
    ASSERT_EQ(c.decisions.size(), lines.size());
    for (size_t i = 0; i < lines.size(); ++i) {
      const size_t space = c.decisions[i].find(' ');
      EXPECT_TRUE(Says(lines[i], "function", c.decisions[i].substr(0, space))) << lines[i];
      EXPECT_TRUE(Says(lines[i], "decision", c.decisions[i].substr(space + 1))) << lines[i];
    }
  }
}

TEST_P(GuardedFunc, ClassesThatAreNone) {
  const struct {
    const char* name;
    NeededClasses classes;
    const char* message;
  } kCases[] = {
      {"no bit", CapabilitySet{0}, "a guarded function has capabilities, and no other bits"},
      {"the bit of all", CapabilitySet{1} << 63,
       "a guarded function has capabilities, and no other bits"},
      {"no name", "", ""},
      {"a built-in one's", "fs.order", "fs"},
      {"a space", "shop.order, shop.read", "shop.read"},
  };
  Linker linker(engine_);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const absl::Status status =
        DefineGuarded(linker, "shop", "order", c.classes, [](int32_t n) { return n; });
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
    EXPECT_TRUE(std::string(status.message()).starts_with("shop.order: ")) << status;
    EXPECT_NE(status.message().npos, status.message().find(c.message)) << status;
  }
  EXPECT_TRUE(DefineGuarded(linker, "shop", "order", security::Capability::kRandom, [] {}).ok());
  EXPECT_EQ(absl::StatusCode::kAlreadyExists,
            DefineGuarded(linker, "shop", "order", "shop.order", [] {}).code());
}

INSTANTIATE_TEST_SUITE_P(Tiers, GuardedFunc, ::testing::Values(Tier::kInterp, Tier::kJit),
                         [](const auto& info) {
                           return info.param == Tier::kJit ? "jit" : "interp";
                         });

}  // namespace
}  // namespace airwasm
