// Runs small modules in the interpreter: what the official suite does not ask, or asks too kindly.
#include "engine/interp/interpreter.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/interp/translator.h"
#include "engine/runtime/store.h"
#include "engine/text/wat.h"

namespace airwasm::interp {
namespace {

using runtime::Extern;
using runtime::FuncInst;
using runtime::Instance;
using runtime::ModuleOptions;

class World {
 public:
  explicit World(const runtime::StoreOptions& options = {})
      : executor_(NewInterpreter()),
        types_(std::make_shared<TypeRegistry>()),
        store_(std::make_unique<runtime::Store>(types_, *executor_, options)) {}

  Instance* Make(std::string_view wat, const ModuleOptions& options = {},
                 std::vector<Extern> imports = {}) {
    Expected<std::vector<uint8_t>> bytes = text::WatToWasm(wat, options.features);
    EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.error().ToString());
    auto module = runtime::Module::Create(*bytes, options, types_, *executor_);
    EXPECT_TRUE(module.ok()) << (module.ok() ? "" : module.error().ToString());
    runtime::Trap trap;
    absl::StatusOr<Instance*> instance = store_->Instantiate(*module, imports, &trap);
    EXPECT_TRUE(instance.ok()) << instance.status();
    return *instance;
  }

  // The first result, or what trapped.
  TrapOr<uint64_t> Call(Instance* instance, std::string_view name,
                        std::vector<uint64_t> args = {}) {
    args.resize(std::max<size_t>(args.size(), 16));
    trap_ = {};
    if (!store_->Call(std::get<FuncInst*>(*instance->FindExport(name)), args.data(), &trap_))
      return {.trap = trap_.kind};
    return {.value = args[0]};
  }
  const runtime::Trap& trap() const { return trap_; }
  runtime::Store& store() { return *store_; }

 private:
  std::unique_ptr<runtime::Executor> executor_;
  std::shared_ptr<TypeRegistry> types_;
  std::unique_ptr<runtime::Store> store_;
  runtime::Trap trap_;
};

struct Case {
  std::string_view name, wat;
  std::vector<uint64_t> args;
  uint64_t result;
};

// Each exports "f". The traps of translating: values that move while they are still needed.
const Case kCases[] = {
    {"a pending local keeps its value when the local is set",
     "(func (export \"f\") (param i32) (result i32) local.get 0 (local.set 0 (i32.add (local.get "
     "0) (i32.const 1))) local.get 0 i32.sub)",
     {5},
     0xFFFFFFFF},
    {"a pending local keeps its value when a tee sets it",
     "(func (export \"f\") (param i32) (result i32) local.get 0 (local.tee 0 (i32.mul (local.get "
     "0) (i32.const 3))) i32.sub)",
     {5},
     static_cast<uint32_t>(-10)},
    {"results that change places on return",
     "(func $swap (param i32 i32) (result i32 i32) local.get 1 local.get 0)"
     "(func (export \"f\") (result i32) (call $swap (i32.const 7) (i32.const 40)) i32.sub)",
     {},
     33},
    {"arguments that change places in a tail call",
     "(func $f (export \"f\") (param i32 i32 i32) (result i32)"
     " (if (result i32) (i32.eqz (local.get 2)) (then (i32.sub (local.get 0) (local.get 1)))"
     "  (else (return_call $f (local.get 1) (local.get 0) (i32.sub (local.get 2) (i32.const "
     "1))))))",
     {10, 4, 3},
     static_cast<uint32_t>(-6)},
    {"values under a block survive calls inside it",
     "(func $id (param i32) (result i32) local.get 0)"
     "(func (export \"f\") (param i32) (result i32) local.get 0 (i32.add (local.get 0) (i32.const "
     "1))"
     " (block (param i32 i32) (result i32) (call $id) i32.mul))",
     {6},
     42},
    {"a comparison under a branch with values",
     "(func (export \"f\") (param i32) (result i32) (block (result i32)"
     " (i32.const 1) (br_if 0 (i32.lt_s (local.get 0) (i32.const 70000))) drop (i32.const 2)))",
     {70000},
     2},
    {"an address that wraps at 32 bits",
     "(memory 1) (data (i32.const 8) \"\\2a\")"
     "(func (export \"f\") (param i32 i32) (result i32) (i32.load8_u (i32.add (local.get 0) "
     "(local.get 1))))",
     {0xFFFFFFFC, 12},
     42},
    {"a scaled address that wraps at 32 bits",
     "(memory 1) (data (i32.const 24) \"\\2a\")"
     "(func (export \"f\") (param i32 i32) (result i32) (i32.load8_u offset=4 (i32.add (local.get "
     "0) (i32.shl (local.get 1) (i32.const 2)))))",
     {0x80000000, 0x20000005},
     42},
    {"a scaled address with a constant",
     "(memory 2) (data (i32.const 65544) \"\\2a\")"
     "(func (export \"f\") (param i32) (result i32) (i32.load8_u (i32.add (i32.shl (local.get 0) "
     "(i32.const 3)) (i32.const 65536))))",
     {1},
     42},
    {"select of a comparison made in the accumulator",
     "(func (export \"f\") (param i64 i64) (result i64)"
     " (select (local.get 0) (local.get 1) (i64.gt_u (i64.const 100) (i64.add (local.get 0) "
     "(local.get 1)))))",
     {40, 59},
     40},
    {"memory of 64-bit addresses",
     "(memory i64 1) (func (export \"f\") (param i64) (result i32) (i32.store offset=4 (local.get "
     "0) (i32.const -9)) (i32.load16_s "
     "(i64.add (local.get 0) (i64.const 4))))",
     {65528},
     static_cast<uint32_t>(-9)},
};

void RunCases() {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    World world;
    Instance* const instance = world.Make(std::string("(module ") + std::string(c.wat) + ")");
    const TrapOr<uint64_t> result = world.Call(instance, "f", c.args);
    EXPECT_EQ(result.trap, TrapKind::kNone);
    EXPECT_EQ(result.value, c.result);
  }
}

TEST(Interp, Cases) {
  RunCases();
}

TEST(Interp, CasesWithEverySlotOutOfReach) {
  Translator::force_far_for_tests = true;
  RunCases();
  Translator::force_far_for_tests = false;
}

TEST(Interp, FramesBeyond64KiB) {
  std::string locals;
  for (int i = 0; i < 9000; ++i) locals += " i64";
  World world({.limits = {.stack_bytes = 1 << 20}});
  Instance* const instance =
      world.Make("(module (func $f (export \"f\") (param i64) (result i64) (local" + locals +
                 ") (local.set 9000 (i64.mul (local.get 0) (i64.const 3))) (if (result i64) "
                 "(i64.eqz (local.get 0)) "
                 "(then (i64.const 1)) (else (i64.add (local.get 9000) (call $f (i64.sub "
                 "(local.get 0) (i64.const 1)))))))"
                 " (func (export \"zero\") (result i64) (local" +
                 locals + ") (local.get 8999)))");
  EXPECT_EQ(world.Call(instance, "f", {4}).value, 31u);
  EXPECT_EQ(world.Call(instance, "zero").value, 0u);
  EXPECT_EQ(world.Call(instance, "f", {1000}).trap, TrapKind::kCallStackExhausted);
}

TEST(Interp, TailCallsBetweenInstancesNeedNoStack) {
  World world({.limits = {.stack_bytes = 1 << 16}});
  Instance* const a = world.Make(
      "(module (table (export \"t\") 1 funcref) (type $t (func (param i32) (result i32)))"
      " (memory 1) (data (i32.const 0) \"\\07\")"
      " (func $bounce (export \"bounce\") (param i32) (result i32)"
      "  (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 5))"
      "   (else (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const "
      "0)))))"
      " (func (export \"f\") (param i32) (result i32) (i32.add (call $bounce (local.get 0)) "
      "(i32.load8_u (i32.const 0)))))");
  Instance* const b = world.Make(
      "(module (import \"a\" \"bounce\" (func $bounce (param i32) (result i32))) (import \"a\" "
      "\"t\" (table 1 funcref))"
      " (memory 1) (data (i32.const 0) \"\\63\") (elem (i32.const 0) $back)"
      " (func $back (param i32) (result i32) (return_call $bounce (local.get 0))))",
      {}, {*a->FindExport("bounce"), *a->FindExport("t")});
  ASSERT_NE(b, nullptr);
  // The caller reads its own memory afterwards, whichever instance the chain ended in.
  EXPECT_EQ(world.Call(a, "f", {1'000'000}).value, 12u);
}

TEST(Interp, FuelCountsEachInstruction) {
  const ModuleOptions fuel{.fuel = true};
  World world;
  // local.get, i32.const, i32.add, end: 4.
  Instance* const instance = world.Make(
      "(module (func (export \"f\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"
      " (func (export \"loop\") (loop (br 0))))",
      fuel);
  world.store().set_fuel(100);
  EXPECT_EQ(world.Call(instance, "f", {1}).value, 2u);
  EXPECT_EQ(world.store().fuel(), 96);
  world.store().set_fuel(3);
  EXPECT_EQ(world.Call(instance, "f", {1}).trap, TrapKind::kOutOfFuel);
  world.store().set_fuel(10'000);
  EXPECT_EQ(world.Call(instance, "loop").trap, TrapKind::kOutOfFuel);
}

TEST(Interp, InterruptEndsLoopsOfEveryKind) {
  World world;
  Instance* const instance = world.Make(
      "(module (tag $t) (func (export \"br\") (loop (br 0))) (func $tail (export \"tail\") "
      "(return_call $tail))"
      " (func (export \"br_if\") (loop (br_if 0 (i32.const 1)))) (func (export \"table\") (loop "
      "(br_table 0 0 (i32.const 3))))"
      " (func (export \"throw\") (loop $l (try_table (catch_all $l) (throw $t)))))");
  world.store().Interrupt();
  for (const char* name : {"br", "tail", "br_if", "table", "throw"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(world.Call(instance, name).trap, TrapKind::kInterrupted);
  }
}

TEST(Interp, InvalidBodyTrapsWhenCalled) {
  World world;
  Instance* const instance = world.Make(
      "(module (func (export \"good\") (result i32) (i32.const 1)) (func (export \"bad\") (result "
      "i32) (i64.const 1)))",
      {.validate_bodies = false});
  EXPECT_EQ(world.Call(instance, "good").value, 1u);
  EXPECT_EQ(world.Call(instance, "bad").trap, TrapKind::kInvalidFunction);
  EXPECT_EQ(world.Call(instance, "good").value, 1u);
}

TEST(Interp, TrapsNameTheInstruction) {
  World world;
  Instance* const instance = world.Make(
      "(module (memory 1) (func $inner (param i32) (result i32) (i32.load (local.get 0)))"
      " (func (export \"f\") (param i32) (result i32) (call $inner (local.get 0))))");
  EXPECT_EQ(world.Call(instance, "f", {0x10000}).trap, TrapKind::kOutOfBoundsMemory);
  ASSERT_EQ(world.trap().backtrace.size(), 2u);
  const auto& frames = world.trap().backtrace;
  const std::span<const uint8_t> bytes = instance->module().bytes();
  EXPECT_EQ(bytes[frames[0].module_offset], 0x28);  // i32.load
  EXPECT_EQ(bytes[frames[1].module_offset], 0x10);  // call
}

TEST(Interp, ExceptionsCrossInstancesAndCalls) {
  World world;
  Instance* const a = world.Make(
      "(module (tag (export \"t\") (param i32 v128)) (func (export \"throw\") (param i32)"
      " (throw 0 (local.get 0) (i32x4.splat (local.get 0)))))");
  Instance* const b = world.Make(
      "(module (import \"a\" \"t\" (tag $t (param i32 v128))) (import \"a\" \"throw\" (func $throw "
      "(param i32)))"
      " (memory 1) (data (i32.const 0) \"\\01\")"
      " (func (export \"f\") (param i32) (result i32) (block $h (result i32 v128)"
      "  (try_table (catch $t $h) (call $throw (local.get 0))) (return (i32.const 0)))"
      "  i32x4.extract_lane 3 i32.add (i32.load8_u (i32.const 0)) i32.add)"
      " (func (export \"uncaught\") (call $throw (i32.const 1))))",
      {}, {*a->FindExport("t"), *a->FindExport("throw")});
  EXPECT_EQ(world.Call(b, "f", {20}).value, 41u);
  EXPECT_EQ(world.Call(b, "uncaught").trap, TrapKind::kUncaughtException);
}

}  // namespace
}  // namespace airwasm::interp
