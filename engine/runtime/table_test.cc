#include "engine/runtime/table.h"

#include "engine/base/limits.h"
#include "engine/runtime/runtime_test_util.h"

namespace airwasm::runtime {
namespace {

constexpr uint64_t kRefused = UINT64_MAX;

TEST(Table, GrowsInPlaceUpToItsMaximum) {
  for (const uint64_t max : {uint64_t{5}, uint64_t{100'000}}) {
    SCOPED_TRACE(max);
    World world;
    absl::StatusOr<TableInst*> made =
        world.store->NewTable({.element = kFuncRef, .limits = {2, max}}, 8);
    ASSERT_TRUE(made.ok());
    TableInst& table = **made;
    Ref* const elements = table.elements;
    EXPECT_EQ(8u, TableGet(table, 1));
    EXPECT_EQ(2u, world.store->GrowTable(&table, max - 2, 16));
    EXPECT_EQ(kRefused, world.store->GrowTable(&table, 1, 16));
    EXPECT_EQ(kRefused, world.store->GrowTable(&table, UINT64_MAX, 16));
    EXPECT_EQ(max, world.store->GrowTable(&table, 0, 16));
    EXPECT_EQ(8u, TableGet(table, 1));
    EXPECT_EQ(16u, TableGet(table, max - 1));
    EXPECT_EQ(elements, table.elements);
  }
}

TEST(Table, AbsurdSizesEndInErrorsAtOnce) {
  World world;
  for (const uint64_t min : {uint64_t{1} << 61, UINT64_MAX, limits::kTableElements + 1}) {
    EXPECT_EQ(absl::StatusCode::kResourceExhausted,
              world.store->NewTable({.limits = {min}, .is_64 = true}, 0).status().code());
  }
  World unlimited({.limits = {.table_elements = UINT64_MAX}});
  EXPECT_EQ(
      absl::StatusCode::kResourceExhausted,
      unlimited.store->NewTable({.limits = {uint64_t{1} << 61}, .is_64 = true}, 0).status().code());
  // A declared maximum costs nothing.
  absl::StatusOr<TableInst*> table =
      world.store->NewTable({.limits = {0, UINT64_MAX}, .is_64 = true}, 0);
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(kRefused, world.store->GrowTable(*table, limits::kTableElements + 1, 0));
}

TEST(Table, ReusedRegionsKeepNothing) {
  for (int round = 0; round < 2; ++round) {
    World world;
    absl::StatusOr<TableInst*> table = world.store->NewTable({.limits = {50'000, 50'000}}, 0);
    ASSERT_TRUE(table.ok());
    for (uint64_t i = 0; i < 50'000; ++i) ASSERT_EQ(0u, (*table)->elements[i]) << i;
    TableFill(**table, 0, 8, 50'000);
  }
}

// Function k of the module is "fk".
std::string NameAt(TableInst& table, uint64_t index) {
  const Ref ref = TableGet(table, index);
  if (ref == gc::kNullRef) return "";
  const auto* const func = reinterpret_cast<const FuncInst*>(ref);
  return func->code->module->FuncName(func->code->func_index);
}

constexpr std::string_view kLazyModule = R"((module
  (table (export "t") 10 funcref)
  (func $f0) (func $f1) (func $f2) (func $f3)
  (elem (i32.const 1) func $f0 $f1 $f2)
  (elem (i32.const 3) func $f3 $f3)))";

TEST(LazyTable, ElementsAreMadeWhenRead) {
  World world;
  Instance* const instance = world.Make(kLazyModule);
  TableInst& table = *instance->table(0);
  ASSERT_NE(nullptr, table.lazy);
  for (uint64_t i = 0; i < 10; ++i) EXPECT_EQ(gc::kNullRef, table.elements[i]) << i;
  const std::string_view kExpected[] = {"", "f0", "f1", "f3", "f3", "", "", "", "", ""};
  for (uint64_t i = 0; i < 10; ++i) EXPECT_EQ(kExpected[i], NameAt(table, i)) << i;
  EXPECT_NE(gc::kNullRef, table.elements[1]);
  EXPECT_EQ(TableGet(table, 3), gc::ToRef(instance->func(3)));
}

TEST(LazyTable, WritesWinOverPendingElements) {
  const struct {
    std::string_view name;
    void (*write)(TableInst& table, Ref ref);
    std::string_view expected[5];
  } kCases[] = {
      {"set a function",
       [](TableInst& t, Ref r) { TableSet(t, 2, r); },
       {"", "f0", "f0", "f3", "f3"}},
      {"set null", [](TableInst& t, Ref) { TableSet(t, 2, 0); }, {"", "f0", "", "f3", "f3"}},
      {"fill with null", [](TableInst& t, Ref) { TableFill(t, 1, 0, 3); }, {"", "", "", "", "f3"}},
      {"fill with a function",
       [](TableInst& t, Ref r) { TableFill(t, 0, r, 2); },
       {"f0", "f0", "f1", "f3", "f3"}},
      {"copy down",
       [](TableInst& t, Ref) { TableCopy(t, 0, t, 1, 4); },
       {"f0", "f1", "f3", "f3", "f3"}},
      {"copy up", [](TableInst& t, Ref) { TableCopy(t, 1, t, 0, 4); }, {"", "", "f0", "f1", "f3"}},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    World world;
    Instance* const instance = world.Make(kLazyModule);
    TableInst& table = *instance->table(0);
    c.write(table, gc::ToRef(instance->func(0)));
    for (uint64_t i = 0; i < 5; ++i) EXPECT_EQ(c.expected[i], NameAt(table, i)) << i;
  }
}

TEST(LazyTable, ManySegmentsKeepTheirOrder) {
  std::string wat =
      "(module (table 100 funcref) (func $a) (func $b) (elem (i32.const 0) funcref (ref.func $b) "
      "(ref.null func))";
  for (int i = 0; i < 50; ++i) {
    wat +=
        "(elem (i32.const " + std::to_string(i) + ") func " + (i % 2 == 0 ? "$a" : "$b") + " $a)";
  }
  wat += "(elem (i32.const 40) funcref (ref.null func)) (elem (i32.const 49) func $b))";
  World world;
  Instance* const instance = world.Make(wat);
  TableInst& table = *instance->table(0);
  for (uint64_t i = 0; i < 49; ++i)
    EXPECT_EQ(i == 40 ? "" : i % 2 == 0 ? "a" : "b", NameAt(table, i)) << i;
  EXPECT_EQ("b", NameAt(table, 49));
  EXPECT_EQ("a", NameAt(table, 50));
  EXPECT_EQ("", NameAt(table, 51));
}

TEST(Table, BulkInstructionsCheckBoundsFirst) {
  World world;
  Instance* const instance = world.Make(R"((module (table 4 funcref) (func $f) (elem func $f $f)
      (elem funcref (ref.func $f) (ref.null func)) (elem (i32.const 0) func $f)))");
  TableInst& table = *instance->table(0);
  const struct {
    uint64_t index, count;
    bool ok;
  } kCases[] = {{0, 4, true},  {4, 0, true},           {5, 0, false},
                {1, 4, false}, {UINT64_MAX, 1, false}, {1, UINT64_MAX, false}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(testing::Message() << c.index << " + " << c.count);
    const TrapKind expected = c.ok ? TrapKind::kNone : TrapKind::kOutOfBoundsTable;
    EXPECT_EQ(expected, TableFill(table, c.index, 8, c.count));
    EXPECT_EQ(expected, TableCopy(table, 0, table, c.index, c.count));
    EXPECT_EQ(expected, TableCopy(table, c.index, table, 0, c.count));
  }
  EXPECT_EQ(TrapKind::kNone, TableInit(*instance, table, 2, 0, 0, 2));
  EXPECT_EQ(gc::ToRef(instance->func(0)), TableGet(table, 3));
  EXPECT_EQ(TrapKind::kNone, TableInit(*instance, table, 2, 1, 0, 2));
  EXPECT_EQ(gc::kNullRef, TableGet(table, 3));
  EXPECT_EQ(TrapKind::kOutOfBoundsTable, TableInit(*instance, table, 3, 0, 0, 2));
  EXPECT_EQ(TrapKind::kOutOfBoundsTable, TableInit(*instance, table, 0, 0, 1, 2));
  EXPECT_EQ(TrapKind::kOutOfBoundsTable,
            TableInit(*instance, table, 0, 2, 0, 1));  // active: dropped
  instance->DropElem(0);
  EXPECT_EQ(TrapKind::kOutOfBoundsTable, TableInit(*instance, table, 0, 0, 0, 1));
  EXPECT_EQ(TrapKind::kNone, TableInit(*instance, table, 4, 0, 0, 0));
}

}  // namespace
}  // namespace airwasm::runtime
