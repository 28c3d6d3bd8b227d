#include "engine/tier/table_callees.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/runtime/runtime_test_util.h"

namespace airwasm::tier {
namespace {

using Callees = std::vector<uint32_t>;

TEST(TableCallees, AreThoseOfTheTypeThatSegmentsName) {
  runtime::World world;
  const std::shared_ptr<runtime::Module> module = world.Compile(R"((module
    (type $i (func (param i32)))
    (type $l (func (param i64)))
    (type $none (func))
    (import "m" "f" (func $imported))
    (table 20 funcref)
    (elem (i32.const 0) func $a $c $a)
    (elem func $b)
    (elem declare func $d)
    (elem (i32.const 5) func $imported)
    (func $a (type $i)) (func $b (type $i)) (func $c (type $l)) (func $d (type $l))))");
  EXPECT_EQ((Callees{1, 2}), TableCallees(*module, module->type_ids()[0]));
  EXPECT_EQ((Callees{3}), TableCallees(*module, module->type_ids()[1]));
  EXPECT_EQ(Callees(), TableCallees(*module, module->type_ids()[2])) << "one is imported";
}

TEST(TableCallees, OfManyOrLargeOnesNothingIsGuessed) {
  runtime::World world;
  std::string large;
  for (size_t i = 0; i < kLargestTableCallee; ++i) large += " nop";
  const std::shared_ptr<runtime::Module> module =
      world.Compile(R"((module (type $i (func (param i32))) (type $l (func (param i64)))
    (table 20 funcref)
    (elem (i32.const 0) func $a $b $c $d $large)
    (func $a (type $i)) (func $b (type $i)) (func $c (type $i)) (func $d (type $i))
    (func $large (type $l))" +
                    large + "))");
  EXPECT_EQ(Callees(), TableCallees(*module, module->type_ids()[0]));
  EXPECT_EQ(Callees(), TableCallees(*module, module->type_ids()[1]));
}

}  // namespace
}  // namespace airwasm::tier
