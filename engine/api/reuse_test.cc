// What a guest leaves behind is not there for the next: memories, tables, value stacks and heaps
// are reused within a process, and a second guest looks for the first one's bytes in its own.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using airwasm::testing::World;

constexpr int kRounds = 4;  // from the second on, regions come from the pool

constexpr uint64_t kStackBytes = uint64_t{1} << 20;
// Elements of a table whose region is as big as a store's: poll page, argument buffer, value stack.
constexpr uint64_t kStackSizedTable = (4096 + (16 << 10) + kStackBytes) / sizeof(uint64_t);

StoreOptions Options() {
  StoreOptions options;
  options.max_stack_bytes = kStackBytes;
  return options;
}

uint64_t ResultOf(std::string_view wat, const char* name) {
  World world(EngineOptions(), Options());
  Instance instance = world.Make(wat);
  const auto function = instance.Get<uint64_t()>(name);
  EXPECT_TRUE(function.ok()) << function.status();
  const Result<uint64_t> result = (*function)();
  EXPECT_TRUE(result.ok()) << result.trap().ToString();
  return result.ok() ? result.value() : ~uint64_t{0};
}

// A frame of `locals` of which those from `first` on hold a word that would show.
std::string StackFiller(int locals, int first) {
  std::string wat = "(module (func (export \"fill\") (result i64) (local";
  for (int i = 0; i < locals; ++i) wat += " i64";
  wat += ")";
  for (int i = first; i < locals; ++i)
    absl::StrAppendFormat(&wat, " (local.set %d (i64.const 0x4141414141414140))", i);
  return wat + " (i64.const 0)))";
}

TEST(Reuse, Memories) {
  // Or of all words, then the first guest's mark everywhere; with and without initial data.
  for (const std::string_view data : {"", "(data (i32.const 131000) \"data\")"}) {
    const std::string wat = absl::StrCat("(module (memory 2 8) ", std::string(data), R"(
      (func (export "look") (result i64) (local $i i32) (local $or i64)
        (drop (memory.grow (i32.const 4)))
        (loop $next
          (if (i32.ne (i32.and (local.get $i) (i32.const -8)) (i32.const 131000))
            (then (local.set $or (i64.or (local.get $or) (i64.load (local.get $i))))))
          (i64.store (local.get $i) (i64.const -1))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8)))
                                 (i32.const 393216))))
        (local.get $or)))
    )");
    for (int round = 0; round < kRounds; ++round) EXPECT_EQ(0u, ResultOf(wat, "look")) << round;
  }
}

std::string TableReader(uint64_t elements) {
  return absl::StrFormat(R"((module (table %d %d funcref)
    (func (export "look") (result i64) (local $i i32) (local $set i64)
      (loop $next
        (if (i32.eqz (ref.is_null (table.get (local.get $i))))
          (then (local.set $set (i64.add (local.get $set) (i64.const 1)))))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                               (i32.const %d))))
      (local.get $set))))",
                         elements, elements, elements);
}

TEST(Reuse, TablesOfTheSizeOfAValueStack) {
  // The page by which a deep stack could be told is left zero.
  for (const int first : {0, 100, 2500, 6000}) {
    for (int round = 0; round < kRounds; ++round) {
      ASSERT_EQ(0u, ResultOf(StackFiller(7000, first), "fill"));
      ASSERT_EQ(0u, ResultOf(TableReader(kStackSizedTable), "look"))
          << first << ", round " << round;
    }
  }
}

TEST(Reuse, Locals) {
  std::string look = "(module (func (export \"look\") (result i64) (local";
  for (int i = 0; i < 7000; ++i) look += " i64";
  look += ") (i64.const 0)";
  for (int i = 0; i < 7000; ++i) absl::StrAppend(&look, " (i64.or (local.get ", i, "))");
  look += "))";
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_EQ(0u, ResultOf(StackFiller(7000, 0), "fill"));
    ASSERT_EQ(0u, ResultOf(look, "look"));
  }
}

TEST(Reuse, Heaps) {
  constexpr std::string_view kWat = R"((module
    (type $bytes (array (mut i64)))
    (func (export "look") (result i64) (local $a (ref null $bytes)) (local $or i64) (local $i i32) (local $n i32)
      (loop $more
        (local.set $a (array.new_default $bytes (i32.const 1000)))
        (local.set $i (i32.const 0))
        (loop $next
          (local.set $or (i64.or (local.get $or) (array.get $bytes (local.get $a) (local.get $i))))
          (array.set $bytes (local.get $a) (local.get $i) (i64.const -1))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
        (br_if $more (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 2000))))
      (local.get $or)))
  )";
  for (int round = 0; round < kRounds; ++round) EXPECT_EQ(0u, ResultOf(kWat, "look")) << round;
}

}  // namespace
}  // namespace airwasm
