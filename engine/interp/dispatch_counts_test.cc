#include "engine/interp/dispatch_counts.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "engine/interp/dump.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/interpreter.h"
#include "engine/runtime/store.h"
#include "engine/text/wat.h"

namespace airwasm::interp {
namespace {

Handler* const kCopy = Reg(RegOp::Copy);
Handler* const kJump = Reg(RegOp::Jump);
Handler* const kReturn = Reg(RegOp::Return);

std::map<std::pair<Handler*, Handler*>, uint64_t> CountsOf(const DispatchCounter& counter) {
  std::map<std::pair<Handler*, Handler*>, uint64_t> counts;
  for (const DispatchCounter::Pair& pair : counter.pairs())
    counts[{pair.before, pair.handler}] += pair.count;
  EXPECT_EQ(counts.size(), counter.pairs().size()) << "a pair has one entry";
  return counts;
}

TEST(DispatchCounterTest, CountsPairs) {
  DispatchCounter counter(16);
  counter.Count(nullptr, kCopy);
  for (int i = 0; i < 3; ++i) counter.Count(kCopy, kJump);
  counter.Count(kJump, kCopy);
  using Counts = std::map<std::pair<Handler*, Handler*>, uint64_t>;
  EXPECT_EQ((Counts{{{nullptr, kCopy}, 1}, {{kCopy, kJump}, 3}, {{kJump, kCopy}, 1}}),
            CountsOf(counter));
  EXPECT_EQ(0u, counter.lost());
}

TEST(DispatchCounterTest, SaysWhatItHadNoRoomFor) {
  DispatchCounter counter(2);
  counter.Count(kCopy, kJump);
  counter.Count(kJump, kCopy);
  counter.Count(kJump, kReturn);
  counter.Count(kJump, kReturn);
  counter.Count(kCopy, kJump);
  EXPECT_EQ(2u, counter.lost());
  EXPECT_EQ(2u, (CountsOf(counter)[{kCopy, kJump}]));
}

TEST(DispatchCounterTest, LosesNothingToThreads) {
  DispatchCounter counter(16);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&counter] {
      for (int i = 0; i < 10'000; ++i) {
        counter.Count(kCopy, kJump);
        counter.Count(kJump, kCopy);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(40'000u, (CountsOf(counter)[{kCopy, kJump}]));
  EXPECT_EQ(40'000u, (CountsOf(counter)[{kJump, kCopy}]));
}

TEST(DispatchCounterTest, ReportIsSortedAndNamed) {
  DispatchCounter counter(16);
  counter.Count(nullptr, kReturn);
  for (int i = 0; i < 3; ++i) counter.Count(kReturn, kCopy);
  for (int i = 0; i < 2; ++i) counter.Count(kCopy, kReturn);
  Handler* const add = FindNumericRow(Op::I32Add)->handlers[0][0][1];
  for (int i = 0; i < 9; ++i) counter.Count(kCopy, add);
  const DispatchReport report = MakeReport(counter);
  EXPECT_EQ(15u, report.total);
  ASSERT_EQ(3u, report.ops.size());
  EXPECT_EQ("i32.add d acc <- a, b", report.ops[0].op);
  EXPECT_EQ(9u, report.ops[0].count);
  EXPECT_EQ("Copy d, a", report.ops[1].op);
  EXPECT_EQ(3u, report.ops[1].count);
  EXPECT_EQ("Return", report.ops[2].op);
  EXPECT_EQ(3u, report.ops[2].count);
  ASSERT_EQ(3u, report.pairs.size()) << "the first of a thread is no pair";
  EXPECT_EQ("Copy d, a", report.pairs[0].first);
  EXPECT_EQ("i32.add d acc <- a, b", report.pairs[0].second);
  EXPECT_EQ("Return", report.pairs[1].first);
  EXPECT_EQ(2u, report.pairs[2].count);
}

// Every name that a report can have is known.
TEST(DispatchCounterTest, AllOperationsHaveNames) {
  for (size_t i = 0; i < kNumRegOps; ++i) EXPECT_NE("?", HandlerName(kRegHandlers[i]));
}

TEST(DispatchesTest, AreCountedWhereTheyAreToBe) {
  const auto executor = NewInterpreter();
  const auto types = std::make_shared<TypeRegistry>();
  runtime::Store store(types, *executor, {});
  Expected<std::vector<uint8_t>> bytes = text::WatToWasm(
      R"((func (export "f") (param i32) (loop $l
           (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))",
      {});
  ASSERT_TRUE(bytes.ok());
  auto module = runtime::Module::Create(*bytes, {}, types, *executor);
  ASSERT_TRUE(module.ok());
  runtime::Trap trap;
  const absl::StatusOr<runtime::Instance*> instance = store.Instantiate(*module, {}, &trap);
  ASSERT_TRUE(instance.ok());
  uint64_t args[16] = {1000};
  ASSERT_TRUE(store.Call(std::get<runtime::FuncInst*>(*(*instance)->FindExport("f")), args, &trap));
  EXPECT_EQ(1u, executor->counts.functions);
  EXPECT_EQ(1u, executor->counts.functions_translated);

  const DispatchReport report = Dispatches();
  if (!kCountsDispatches) {
    EXPECT_EQ(0u, report.total);
    return;
  }
  EXPECT_GE(report.total, 1000u);
  ASSERT_FALSE(report.ops.empty());
  EXPECT_GE(report.ops[0].count, 1000u);
  EXPECT_NE("?", report.ops[0].op);
  EXPECT_GE(report.pairs[0].count, 999u);
}

}  // namespace
}  // namespace airwasm::interp
