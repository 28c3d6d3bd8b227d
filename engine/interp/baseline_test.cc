// Baseline code: what has none, and that nothing can tell it from interpretation.
#include "engine/interp/baseline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/interp/code.h"
#include "engine/interp/dump.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/interpreter.h"
#include "engine/runtime/code_memory.h"
#include "engine/runtime/store.h"
#include "engine/text/wat.h"

namespace airwasm::interp {
namespace {

using runtime::BacktraceFrame;
using runtime::CodeMemory;
using runtime::FuncInst;
using runtime::Instance;
using runtime::MemInst;
using runtime::ModuleOptions;

// What the interpreter runs even in baseline code: it calls the runtime, or only traps, or is no
// part of a function. ReloadCtx is looked for by its address.
constexpr std::string_view kWithoutStencil[] = {
    "ArrayCopy d, a, b, x, W",
    "ArrayFill d, a, b, x, P",
    "ArrayInitData d, a, b, x, W",
    "ArrayInitElem d, a, b, x, W",
    "ArrayNew d, a, b, P",
    "ArrayNewData d, a, b, P",
    "ArrayNewDefault d, a, b, P",
    "ArrayNewElem d, a, b, P",
    "ArrayNewFixed d, i, P",
    "CopyRange w, W",
    "Data",
    "DataDrop i",
    "ElemDrop i",
    "HostEntry",
    "LazyEntry",
    "MemoryCopy a, b, x, W",
    "MemoryFill a, b, x, W",
    "MemoryGrow d, a, i",
    "MemoryInit a, b, x, W",
    "NativeEntry",
    "RefFunc d, i",
    "ReloadCtx",
    "ReturnCallImport i",
    "StructNew d, P",
    "StructNewDefault d, P",
    "TableCopy a, b, x, W",
    "TableFill a, b, x, W",
    "TableGrow d, a, b, W",
    "TableInit a, b, x, W",
    "Throw i, W",
    "ThrowRef a, W",
    "Unreachable",
    "memory.atomic.notify d <- [a + W], b, x",
    "memory.atomic.wait32 d <- [a + W], b, x",
    "memory.atomic.wait64 d <- [a + W], b, x",
};

bool HaveStencils() {
  return HasStencil(Reg(RegOp::Jump));
}

class Baseline : public testing::Test {
 protected:
  void SetUp() override {
    if (!HaveStencils()) GTEST_SKIP() << "there are no stencils for this machine";
  }
};

class World {
 public:
  explicit World(bool baseline)
      : executor_(NewInterpreter()),
        types_(std::make_shared<TypeRegistry>()),
        store_(std::make_unique<runtime::Store>(types_, *executor_, runtime::StoreOptions())) {
    executor_->baseline_from_start = baseline;
  }

  Instance* Make(std::string_view wat) {
    const Expected<std::vector<uint8_t>> bytes = text::WatToWasm(wat, Features());
    EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.error().ToString());
    auto module = runtime::Module::Create(*bytes, ModuleOptions(), types_, *executor_);
    EXPECT_TRUE(module.ok()) << (module.ok() ? "" : module.error().ToString());
    runtime::Trap trap;
    const absl::StatusOr<Instance*> instance = store_->Instantiate(*module, {}, &trap);
    EXPECT_TRUE(instance.ok()) << instance.status();
    return *instance;
  }

  // The first result of export "f".
  TrapOr<uint64_t> Call(Instance* instance, std::vector<uint64_t> args = {}) {
    args.resize(std::max<size_t>(args.size(), 16));
    trap_ = {};
    if (!store_->Call(std::get<FuncInst*>(*instance->FindExport("f")), args.data(), &trap_))
      return {.trap = trap_.kind};
    return {.value = args[0]};
  }

  const runtime::Trap& trap() const { return trap_; }
  runtime::Executor& executor() { return *executor_; }

 private:
  std::unique_ptr<runtime::Executor> executor_;
  std::shared_ptr<TypeRegistry> types_;
  std::unique_ptr<runtime::Store> store_;
  runtime::Trap trap_;
};

// Of the functions that were called so far.
const std::vector<std::unique_ptr<FunctionCode>>& FunctionsOf(Instance* instance) {
  return static_cast<InterpModuleCode&>(*instance->module().code()).functions;
}

TEST_F(Baseline, WhatHasNoStencil) {
  std::vector<std::string> found;
  for (Handler* const handler : AllHandlers()) {
    if (!HasStencil(handler)) found.push_back(HandlerName(handler));
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> expected(std::begin(kWithoutStencil), std::end(kWithoutStencil));
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(absl::StrJoin(expected, "\n"), absl::StrJoin(found, "\n"));
}

struct TrapCase {
  std::string_view name, wat;
  std::vector<uint64_t> args;
  TrapKind kind;
};

// Each exports "f", and traps in the middle of a function, two calls deep.
const TrapCase kTraps[] = {
    {"a load out of bounds",
     "(memory 1) (func $g (param i32) (result i32) (i32.store (i32.const 8) (i32.const 1))"
     " (i32.add (i32.load (i32.const 8)) (i32.load offset=4 (local.get 0))))"
     "(func (export \"f\") (param i32) (result i32) (i32.mul (call $g (local.get 0)) (i32.const "
     "3)))",
     {0xFFFF0000},
     TrapKind::kOutOfBoundsMemory},
    {"a store out of bounds behind one that is not",
     "(memory 1) (func $g (param i32) (i32.store (i32.const 0) (local.get 0))"
     " (i64.store (local.get 0) (i64.const 5)) (i32.store (i32.const 0) (i32.const 0)))"
     "(func (export \"f\") (param i32) (call $g (i32.const 16)) (call $g (local.get 0)))",
     {65532},
     TrapKind::kOutOfBoundsMemory},
    {"a vector load out of bounds",
     "(memory 1) (func $g (param i32) (result i32) (i32x4.extract_lane 1 (v128.load (local.get "
     "0))))"
     "(func (export \"f\") (param i32) (result i32) (i32.add (i32.const 1) (call $g (local.get "
     "0))))",
     {65521},
     TrapKind::kOutOfBoundsMemory},
    {"an access of a 64-bit memory, which is checked",
     "(memory i64 1) (func $g (param i64) (result i32) (i32.load offset=16 (local.get 0)))"
     "(func (export \"f\") (param i64) (result i32) (i32.add (i32.const 1) (call $g (local.get "
     "0))))",
     {~uint64_t{7}},
     TrapKind::kOutOfBoundsMemory},
    {"division by zero",
     "(func $g (param i32) (result i32) (i32.div_u (i32.const 7) (local.get 0)))"
     "(func (export \"f\") (param i32) (result i32) (i32.add (i32.const 1) (call $g (local.get "
     "0))))",
     {0},
     TrapKind::kIntegerDivideByZero},
    {"the one quotient that does not fit",
     "(func $g (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))"
     "(func (export \"f\") (param i64 i64) (result i64)"
     " (i64.add (i64.const 1) (call $g (local.get 0) (local.get 1))))",
     {uint64_t{1} << 63, ~uint64_t{0}},
     TrapKind::kIntegerOverflow},
    {"a float that is no integer",
     "(func $g (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))"
     "(func (export \"f\") (param f64) (result i32) (i32.add (i32.const 1) (call $g (local.get "
     "0))))",
     {0x7FF8000000000000},
     TrapKind::kInvalidConversionToInteger},
    {"unreachable",
     "(func $g (param i32) (if (local.get 0) (then unreachable)))"
     "(func (export \"f\") (param i32) (call $g (i32.const 0)) (call $g (local.get 0)))",
     {1},
     TrapKind::kUnreachable},
    {"the stack's end",
     "(func $g (export \"f\") (param i32) (result i32) (i32.add (i32.const 1) (call $g (local.get "
     "0))))",
     {1},
     TrapKind::kCallStackExhausted},
    {"an indirect call of another type",
     "(type $t (func (result i64))) (table funcref (elem $h)) (func $h (result i32) (i32.const 1))"
     "(func $g (param i32) (drop (call_indirect (type $t) (local.get 0))))"
     "(func (export \"f\") (param i32) (call $g (local.get 0)))",
     {0},
     TrapKind::kIndirectCallTypeMismatch},
    {"an indirect call beyond the table",
     "(type $t (func)) (table 1 funcref) (func $g (param i32) (call_indirect (type $t) (local.get "
     "0)))"
     "(func (export \"f\") (param i32) (call $g (local.get 0)))",
     {1},
     TrapKind::kUndefinedElement},
    {"a field of null",
     "(type $s (struct (field (mut i32)))) (func $g (param (ref null $s)) (result i32)"
     " (struct.get $s 0 (local.get 0)))"
     "(func (export \"f\") (result i32) (i32.add (i32.const 1) (call $g (ref.null $s))))",
     {},
     TrapKind::kNullStructReference},
    {"an element beyond the array",
     "(type $a (array (mut i16))) (func $g (param (ref $a) i32) (result i32)"
     " (array.get_u $a (local.get 0) (local.get 1)))"
     "(func (export \"f\") (param i32) (result i32)"
     " (i32.add (i32.const 1) (call $g (array.new_default $a (i32.const 4)) (local.get 0))))",
     {4},
     TrapKind::kOutOfBoundsArray},
    {"a cast that fails",
     "(type $a (struct (field i32))) (type $b (struct (field i64)))"
     "(func $g (param anyref) (result (ref $a)) (ref.cast (ref $a) (local.get 0)))"
     "(func (export \"f\") (drop (call $g (struct.new_default $a))) (drop (call $g "
     "(struct.new_default $b))))",
     {},
     TrapKind::kCastFailure},
    {"an element beyond the table",
     "(table 3 externref) (func $g (param i32) (drop (table.get (local.get 0))))"
     "(func (export \"f\") (param i32) (call $g (i32.const 2)) (call $g (local.get 0)))",
     {3},
     TrapKind::kOutOfBoundsTable},
    {"an atomic access that is not aligned",
     "(memory 1 1 shared) (func $g (param i32) (result i32) (i32.atomic.rmw.add (local.get 0) "
     "(i32.const 1)))"
     "(func (export \"f\") (param i32) (result i32) (i32.add (i32.const 1) (call $g (local.get "
     "0))))",
     {2},
     TrapKind::kUnalignedAtomic},
};

std::vector<std::string> Places(const runtime::Trap& trap) {
  std::vector<std::string> places;
  for (const BacktraceFrame& frame : trap.backtrace)
    places.push_back(absl::StrCat("function ", frame.func_index, " at ", frame.module_offset));
  return places;
}

TEST_F(Baseline, TrapsAreWhereTheyWere) {
  for (const TrapCase& c : kTraps) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> expected;
    for (const bool baseline : {false, true}) {
      World world(baseline);
      Instance* const instance = world.Make(c.wat);
      EXPECT_EQ(TrapText(c.kind), TrapText(world.Call(instance, c.args).trap));
      EXPECT_EQ(baseline, FunctionsOf(instance)[0]->baseline != nullptr);
      if (!baseline) expected = Places(world.trap());
      EXPECT_GE(expected.size(), 2u);
      EXPECT_EQ(expected, Places(world.trap()));
    }
  }
}

struct Case {
  std::string_view name;
  std::string wat;
  std::vector<uint64_t> args;
  uint64_t result;
};

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// Operands that a stencil's 32 bits hold, or do not, or hold in one reading only.
const Case kCases[] = {
    {"a negative immediate of 64 bits",
     "(func (export \"f\") (param i64) (result i64) (i64.add (local.get 0) (i64.const -5)))",
     {3},
     static_cast<uint64_t>(-2)},
    {"a mask that keeps the upper half",
     "(func (export \"f\") (param i64) (result i64) (i64.and (local.get 0) (i64.const "
     "-0x80000000)))",
     {0x123456789ABCDEF0},
     0x1234567880000000},
    {"an immediate with the sign bit of 32, zero-extended",
     "(func (export \"f\") (param i64) (result i64) (i64.or (local.get 0) (i64.const 0x80000001)))",
     {uint64_t{1} << 40},
     0x10080000001},
    {"an immediate of 64 bits",
     "(func (export \"f\") (param i64) (result i64) (i64.xor (local.get 0) (i64.const "
     "0x123456789ABCDEF0)))",
     {0xFF},
     0x123456789ABCDE0F},
    {"a negative immediate of 32 bits leaves the upper half clear",
     "(func (export \"f\") (param i32) (result i64) (i64.extend_i32_u (i32.add (local.get 0) "
     "(i32.const -7))))",
     {5},
     0xFFFFFFFE},
    {"a negative constant in a slot",
     "(func (export \"f\") (result i64) (local i64) (local.set 0 (i64.const -3)) (i64.mul "
     "(local.get 0) (i64.const -1000000)))",
     {},
     3000000},
    {"a comparison with a negative constant decides a branch",
     "(func (export \"f\") (param i64) (result i32) (block (br_if 0 (i64.lt_s (local.get 0) "
     "(i64.const -3)))"
     " (return (i32.const 1))) (i32.const 2))",
     {static_cast<uint64_t>(-4)},
     2},
    {"an unsigned comparison with a negative constant",
     "(func (export \"f\") (param i64) (result i32) (block (br_if 0 (i64.gt_u (local.get 0) "
     "(i64.const -3)))"
     " (return (i32.const 1))) (i32.const 2))",
     {static_cast<uint64_t>(-4)},
     1},
    {"select of negative constants",
     "(func (export \"f\") (param i32) (result i64) (select (i64.const -9) (i64.const 9) "
     "(local.get 0)))",
     {1},
     static_cast<uint64_t>(-9)},
    {"a negative constant is stored",
     "(memory 1) (func (export \"f\") (param i32) (result i64) (i64.store (local.get 0) (i64.const "
     "-2))"
     " (i64.load (local.get 0)))",
     {8},
     static_cast<uint64_t>(-2)},
    {"an address less a constant",
     "(memory 1) (data (i32.const 4) \"\\2a\") (func (export \"f\") (param i32) (result i32)"
     " (i32.load8_u offset=1 (i32.sub (local.get 0) (i32.const 9))))",
     {12},
     42},
    {"float constants",
     "(func (export \"f\") (param f32) (result f32) (f32.add (f32.mul (local.get 0) (f32.const "
     "-2)) (f32.const -0.5)))",
     {0x3F800000},
     0xC0200000},
    {"a memory offset of 2 GiB and more",
     "(memory 32770) (func (export \"f\") (param i32) (result i32)"
     " (i32.store offset=0x80000004 (local.get 0) (i32.const 77))"
     " (i32.add (i32.load (i32.const 0x8000000C)) (i32.load offset=0x7FFFFFFF (i32.const 0xD))))",
     {8},
     154},
    {"the largest offset of a 64-bit memory that fits",
     "(memory i64 32770) (func (export \"f\") (param i64) (result i32)"
     " (i32.store8 offset=0x80000004 (local.get 0) (i32.const 5)) (i32.load8_u (i64.const "
     "0x8000000C)))",
     {8},
     5},
    {"slots beyond 16 bits",
     "(func (export \"f\") (param i64) (result i64) " + Repeated("(local i64)", 9000) +
         " (local.set 8990 (i64.mul (local.get 0) (i64.const 3))) (local.set 8991 (i64.const -1))"
         " (local.set 4 (i64.add (local.get 8990) (local.get 8991)))"
         " (i64.sub (local.get 4) (i64.add (local.get 8992) (local.get 8990))))",
     {5},
     static_cast<uint64_t>(-1)},
    {"a call from a frame beyond 16 bits",
     "(func $g (param i64 i64) (result i64) (i64.sub (local.get 0) (local.get 1)))"
     "(func (export \"f\") (param i64) (result i64) " +
         Repeated("(local i64)", 9000) +
         " (local.set 8990 (i64.const 50)) (call $g (local.get 8990) (local.get 0)))",
     {8},
     42},
    {"a branch over much code",
     "(func (export \"f\") (param i32) (result i32) (local i32) (loop $l"
     " (block $b (br_if $b (i32.and (local.get 0) (i32.const 1))) " +
         Repeated("(local.set 1 (i32.add (local.get 1) (i32.const 1)))", 20000) +
         ") (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1))",
     {5},
     40000},
};

TEST_F(Baseline, ConstantsOfEverySize) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    for (const bool baseline : {false, true}) {
      SCOPED_TRACE(baseline ? "baseline" : "interpreted");
      World world(baseline);
      Instance* const instance = world.Make(c.wat);
      const TrapOr<uint64_t> result = world.Call(instance, c.args);
      ASSERT_TRUE(result.ok()) << TrapText(result.trap);
      EXPECT_EQ(c.result, result.value);
      EXPECT_EQ(baseline, FunctionsOf(instance)[0]->baseline != nullptr);
    }
  }
}

// Counts in memory until the host says that it is enough, in a function that calls another.
constexpr std::string_view kLoop =
    "(memory (export \"m\") 1) (func $next (param i32) (result i32) (i32.add (local.get 0) "
    "(i32.const 1)))"
    "(func (export \"f\") (result i32) (loop $l (i32.store (i32.const 0) (call $next (i32.load "
    "(i32.const 0))))"
    " (br_if $l (i32.eqz (i32.load (i32.const 4))))) (i32.load (i32.const 4)))";

TEST_F(Baseline, IsAddedUnderARunningThread) {
  World world(false);
  Instance* const instance = world.Make(kLoop);
  auto* const words =
      reinterpret_cast<uint32_t*>(std::get<MemInst*>(*instance->FindExport("m"))->base);
  const std::atomic_ref<uint32_t> count(words[0]), stop(words[1]);
  const auto until_it_counts = [&] {
    const uint32_t from = count;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (count - from < 1000 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return count - from >= 1000;
  };
  TrapOr<uint64_t> result;
  std::thread runner([&] { result = world.Call(instance); });
  EXPECT_TRUE(until_it_counts());
  world.executor().AddBaseline(instance->module());
  EXPECT_TRUE(until_it_counts());
  stop = 9;
  runner.join();
  ASSERT_TRUE(result.ok()) << TrapText(result.trap);
  EXPECT_EQ(9u, result.value);
  ASSERT_EQ(2u, FunctionsOf(instance).size());
  for (const auto& function : FunctionsOf(instance)) EXPECT_NE(nullptr, function->baseline);
}

TEST_F(Baseline, WhatIsCalledLaterGetsItToo) {
  World world(false);
  Instance* const instance = world.Make(
      "(func $g (result i32) (i32.const 4)) (func (export \"f\") (param i32) (result i32)"
      " (if (result i32) (local.get 0) (then (call $g)) (else (i32.const 3))))");
  EXPECT_EQ(3u, world.Call(instance, {0}).value);
  world.executor().AddBaseline(instance->module());
  world.executor().AddBaseline(instance->module());
  EXPECT_EQ(4u, world.Call(instance, {1}).value);
  ASSERT_EQ(2u, FunctionsOf(instance).size());
  for (const auto& function : FunctionsOf(instance)) EXPECT_NE(nullptr, function->baseline);
  EXPECT_EQ(2u, world.executor().counts.functions_baseline);
}

TEST_F(Baseline, MemoryComesBack) {
  const size_t before = CodeMemory::Baseline().bytes_in_use();
  {
    World world(true);
    Instance* const instance = world.Make(kCases[0].wat);
    world.Call(instance, {1});
    EXPECT_LT(before, CodeMemory::Baseline().bytes_in_use());
    EXPECT_EQ(FunctionsOf(instance)[0]->baseline->native().size(),
              world.executor().counts.baseline_bytes);
    // The cell of code that is no baseline code, and of none.
    EXPECT_EQ(nullptr, BaselineCellAt(&before));
    EXPECT_EQ(nullptr, BaselineCellAt(nullptr));
  }
  EXPECT_EQ(before, CodeMemory::Baseline().bytes_in_use());
}

}  // namespace
}  // namespace airwasm::interp
