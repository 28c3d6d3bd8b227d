#include <cstring>

#include "engine/runtime/runtime_test_util.h"
#include "engine/runtime/table.h"

namespace airwasm::runtime {
namespace {

// A module that exports one of everything, and imports that fit or do not.
constexpr std::string_view kExporter = R"((module
  (type $s (sub (func (param i32)))) (type $sf (sub final $s (func (param i32))))
  (func (export "f") (param i32) (result i64) i64.const 0)
  (func (export "fs") (type $sf))
  (table (export "t") 5 10 funcref) (table (export "tx") 5 externref) (table (export "t64") i64 5 10 funcref)
  (memory (export "m") 2 4) (memory (export "mn") 2) (memory (export "m64") i64 2 4) (memory (export "ms") 2 4 shared)
  (global (export "g") i32 (i32.const 1)) (global (export "gm") (mut i32) (i32.const 1))
  (global (export "gf") (ref func) (ref.func 0)) (global (export "gfm") (mut funcref) (ref.null func))
  (tag (export "e") (param i32))))";

TEST(Imports, MatchBySpecification) {
  const struct {
    std::string_view import;  // of "x" under the module name "m"
    std::string_view given;   // export of kExporter
    bool ok;
  } kCases[] = {
      {"(func (param i32) (result i64))", "f", true},
      {"(func (param i32) (result i32))", "f", false},
      {"(func)", "f", false},
      {"(func (param i32) (result i64))", "g", false},
      {"(func (type $s))", "fs", true},
      {"(func (type $sf))", "fs", true},
      {"(func (param i32))", "fs", false},
      {"(table 5 funcref)", "t", true},
      {"(table 5 10 funcref)", "t", true},
      {"(table 0 11 funcref)", "t", true},
      {"(table 6 10 funcref)", "t", false},
      {"(table 5 9 funcref)", "t", false},
      {"(table 5 externref)", "t", false},
      {"(table i64 5 funcref)", "t", false},
      {"(table i64 5 funcref)", "t64", true},
      {"(table 5 10 externref)", "tx", false},
      {"(table 5 externref)", "tx", true},
      {"(memory 2 4)", "m", true},
      {"(memory 1)", "m", true},
      {"(memory 3)", "m", false},
      {"(memory 2 3)", "m", false},
      {"(memory 2 4)", "mn", false},
      {"(memory i64 2 4)", "m", false},
      {"(memory i64 2 4)", "m64", true},
      {"(memory 2 4)", "m64", false},
      {"(memory 2 4 shared)", "ms", true},
      {"(memory 2 4)", "ms", false},
      {"(memory 2 4 shared)", "m", false},
      {"(memory 1 (pagesize 1))", "m", false},
      {"(memory 1)", "t", false},
      {"(global i32)", "g", true},
      {"(global i64)", "g", false},
      {"(global (mut i32))", "g", false},
      {"(global (mut i32))", "gm", true},
      {"(global i32)", "gm", false},
      {"(global funcref)", "gf", true},
      {"(global (ref func))", "gf", true},
      {"(global externref)", "gf", false},
      {"(global (mut funcref))", "gfm", true},
      {"(global (mut (ref null nofunc)))", "gfm", false},
      {"(tag (param i32))", "e", true},
      {"(tag (param i64))", "e", false},
      {"(tag)", "e", false},
  };
  World world;
  Instance* const exporter = world.Make(kExporter);
  ASSERT_NE(nullptr, exporter);
  for (const auto& c : kCases) {
    SCOPED_TRACE(testing::Message() << c.import << " from " << c.given);
    const std::shared_ptr<Module> module = world.Compile(
        "(module (type $s (sub (func (param i32)))) (type $sf (sub final $s (func (param i32)))) "
        "(import \"m\" \"x\" " +
        std::string(c.import) + "))");
    ASSERT_NE(nullptr, module);
    const Extern imports[] = {*exporter->FindExport(c.given)};
    Trap trap;
    absl::StatusOr<Instance*> instance = world.store->Instantiate(module, imports, &trap);
    EXPECT_EQ(c.ok, instance.ok()) << instance.status();
    if (c.ok) continue;
    EXPECT_EQ(absl::StatusCode::kFailedPrecondition, instance.status().code());
    EXPECT_EQ(0u, instance.status().message().find("incompatible import type"))
        << instance.status();
    EXPECT_NE(std::string::npos, instance.status().message().find("\"m\" \"x\""))
        << instance.status();
  }
}

TEST(Imports, ErrorsNameBothTypes) {
  World world;
  Instance* const exporter = world.Make(kExporter);
  const struct {
    std::string_view import, given, message;
  } kCases[] = {
      {"(func (param i32 f64))", "f",
       "is wanted as func [i32 f64] -> [] and provided as func [i32] -> [i64]"},
      {"(memory 3)", "m", "is wanted as memory 3.. pages and provided as memory 2..4 pages"},
      {"(memory i64 2 3 shared)", "ms",
       "is wanted as memory i64 2..3 pages shared and provided as memory 2..4 pages shared"},
      {"(table i64 0 funcref)", "tx",
       "is wanted as table i64 0.. funcref and provided as table 5.. externref"},
      {"(global (mut i64))", "g", "is wanted as global (mut i64) and provided as global i32"},
      {"(tag)", "e", "is wanted as tag [] -> [] and provided as tag [i32] -> []"},
      {"(func)", "e", "is wanted as func [] -> [] and provided as tag [i32] -> []"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.import);
    const Extern imports[] = {*exporter->FindExport(c.given)};
    Trap trap;
    const absl::Status status = world.store
                                    ->Instantiate(world.Compile("(module (import \"m\" \"x\" " +
                                                                std::string(c.import) + "))"),
                                                  imports, &trap)
                                    .status();
    EXPECT_EQ("incompatible import type: \"m\" \"x\" " + std::string(c.message), status.message());
  }
}

TEST(Imports, GrowthCountsAsMinimum) {
  World world;
  Instance* const exporter = world.Make(kExporter);
  const auto module = world.Compile(
      "(module (import \"m\" \"x\" (memory 3)) (import \"m\" \"t\" (table 7 funcref)))");
  world.store->GrowMemory(ExportOf<MemInst>(exporter, "m"), 1);
  world.store->GrowTable(ExportOf<TableInst>(exporter, "t"), 2, gc::kNullRef);
  EXPECT_NE(nullptr, world.Make(module, {*exporter->FindExport("m"), *exporter->FindExport("t")}));
}

TEST(Imports, MissingOnesAreUnknown) {
  World world;
  const auto module = world.Compile("(module (import \"env\" \"f\" (func (param i32))))");
  Trap trap;
  absl::Status status = world.store->Instantiate(module, {}, &trap).status();
  EXPECT_EQ("unknown import: \"env\" \"f\" (func [i32] -> []) is not provided", status.message());
  const Extern null[] = {static_cast<FuncInst*>(nullptr)};
  EXPECT_EQ(
      0u, world.store->Instantiate(module, null, &trap).status().message().find("unknown import"));
}

TEST(ConstExpr, Values) {
  const struct {
    std::string_view type, expr;
    uint64_t low, high;
  } kCases[] = {
      {"i32", "(i32.const -1)", 0xFFFF'FFFF, 0},
      {"i64", "(i64.const -2)", 0xFFFF'FFFF'FFFF'FFFE, 0},
      {"f32", "(f32.const 1)", 0x3F80'0000, 0},
      {"f64", "(f64.const -1)", 0xBFF0'0000'0000'0000, 0},
      {"v128", "(v128.const i64x2 1 2)", 1, 2},
      {"i32", "(i32.add (i32.const 0x7fffffff) (i32.mul (i32.const 3) (i32.const 5)))", 0x8000'000E,
       0},
      {"i32", "(i32.sub (i32.const 1) (i32.const 2))", 0xFFFF'FFFF, 0},
      {"i64",
       "(i64.sub (i64.mul (i64.const 4) (i64.const 5)) (i64.add (i64.const 1) (i64.const 2)))", 17,
       0},
      {"i32", "(i32.add (global.get $imported) (global.get $own))", 42, 0},
      {"v128", "(global.get $vector)", 7, 8},
      {"funcref", "(ref.null func)", 0, 0},
      {"i31ref", "(ref.i31 (i32.const 5))", 11, 0},
      {"(ref i31)", "(ref.i31 (i32.const -1))", 0xFFFF'FFFF, 0},
      {"externref", "(extern.convert_any (ref.i31 (i32.const 1)))", 3, 0},
      {"anyref", "(any.convert_extern (ref.null noextern))", 0, 0},
  };
  World world;
  const uint64_t forty[2] = {40, 0};
  GlobalInst* const imported = world.store->NewGlobal({.type = kI32}, forty);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.expr);
    Instance* const instance = world.Make(
        "(module (global $imported (import \"m\" \"g\") i32) (global $own i32 (i32.const 2))"
        "(global $vector v128 (v128.const i64x2 7 8)) (global (export \"g\") " +
            std::string(c.type) + " " + std::string(c.expr) + "))",
        {imported});
    ASSERT_NE(nullptr, instance);
    const GlobalCell& cell = *ExportOf<GlobalInst>(instance, "g")->cell;
    EXPECT_EQ(c.low, cell.slots[0]);
    EXPECT_EQ(c.high, cell.slots[1]);
  }
}

TEST(ConstExpr, Objects) {
  // With a collection at every allocation, what an expression holds must be found.
  World world({.gc_stress = true});
  Instance* const instance = world.Make(R"((module
    (type $p (struct (field i8) (field i64) (field (ref null $p)) (field v128)))
    (type $a (array (mut (ref null $p)))) (type $b (array i16))
    (func $f)
    (global $inner (ref $p) (struct.new $p (i32.const 0x1ff) (i64.const -5) (ref.null $p) (v128.const i64x2 3 4)))
    (global (export "outer") (ref $p)
      (struct.new $p (i32.const 2) (i64.const 6) (global.get $inner) (v128.const i64x2 0 0)))
    (global (export "default") (ref $p) (struct.new_default $p))
    (global (export "fixed") (ref $a) (array.new_fixed $a 3
      (struct.new $p (i32.const 1) (i64.const 1) (ref.null $p) (v128.const i64x2 0 0))
      (struct.new $p (i32.const 2) (i64.const 2) (struct.new_default $p) (v128.const i64x2 0 0))
      (global.get $inner)))
    (global (export "filled") (ref $b) (array.new $b (i32.const 0x12345) (i32.const 4)))
    (global (export "zeros") (ref $b) (array.new_default $b (i32.const 3)))
    (global (export "func") funcref (ref.func $f))
    (table (export "t") 2 (ref null $p) (struct.new $p (i32.const 9) (i64.const 9) (ref.null $p) (v128.const i64x2 0 0)))
    (elem (table 0) (i32.const 1) (ref null $p) (struct.new_default $p))
    (elem (ref $p) (global.get $inner) (struct.new_default $p))))");
  ASSERT_NE(nullptr, instance);
  world.store->heap().Collect();
  const auto get = [&](std::string_view name) {
    return ExportOf<GlobalInst>(instance, name)->cell->slots[0];
  };
  const CanonicalType& p = world.types->Get(instance->module().type_ids()[0]);
  const auto field = [&](Ref ref, size_t i) {
    uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<uint8_t*>(ref) + p.field_offsets[i], i == 0 ? 1 : 8);
    return value;
  };
  const Ref inner = field(get("outer"), 2);
  EXPECT_EQ(2u, field(get("outer"), 0));
  EXPECT_EQ(6u, field(get("outer"), 1));
  EXPECT_EQ(0xFFu, field(inner, 0));
  EXPECT_EQ(static_cast<uint64_t>(-5), field(inner, 1));
  EXPECT_EQ(gc::kNullRef, field(inner, 2));
  EXPECT_EQ(3u, field(inner, 3));
  EXPECT_EQ(0u, field(get("default"), 1));

  auto* const fixed = reinterpret_cast<gc::ArrayObject*>(get("fixed"));
  ASSERT_EQ(3u, fixed->length);
  const Ref* const elements = reinterpret_cast<Ref*>(fixed->elements());
  EXPECT_EQ(1u, field(elements[0], 1));
  EXPECT_EQ(2u, field(elements[1], 1));
  EXPECT_NE(gc::kNullRef, field(elements[1], 2));
  EXPECT_EQ(inner, elements[2]);
  auto* const filled = reinterpret_cast<gc::ArrayObject*>(get("filled"));
  ASSERT_EQ(4u, filled->length);
  EXPECT_EQ(0x2345, reinterpret_cast<uint16_t*>(filled->elements())[3]);
  EXPECT_EQ(3u, reinterpret_cast<gc::ArrayObject*>(get("zeros"))->length);
  EXPECT_EQ(gc::ToRef(instance->func(0)), get("func"));

  TableInst& table = *instance->table(0);
  EXPECT_EQ(9u, field(TableGet(table, 0), 1));
  EXPECT_NE(gc::kNullRef, TableGet(table, 1));
  EXPECT_EQ(p.id, gc::ToObject(TableGet(table, 1))->type);
  EXPECT_EQ(inner, instance->elem(1, 0));
  EXPECT_EQ(p.id, gc::ToObject(instance->elem(1, 1))->type);
}

TEST(ConstExpr, TooBigAnArrayIsATrap) {
  World world({.limits = {.gc_heap_bytes = 1 << 20}});
  const auto module = world.Compile(
      "(module (type $a (array i64)) (global (ref $a) (array.new_default $a (i32.const -1))))");
  Trap trap;
  absl::StatusOr<Instance*> instance = world.store->Instantiate(module, {}, &trap);
  ASSERT_TRUE(instance.ok());
  EXPECT_EQ(nullptr, *instance);
  EXPECT_EQ(TrapKind::kAllocationTooLarge, trap.kind);
}

TEST(Segments, RunInOrderAndStopAtTheFirstTrap) {
  const struct {
    std::string_view name, fields;
    TrapKind trap;
    std::string_view memory;  // afterwards, in the imported memory
    int functions;            // in the imported table
  } kCases[] = {
      {"all fit", R"((data (i32.const 0) "ab") (elem (i32.const 0) func $f))", TrapKind::kNone,
       "ab", 1},
      {"second data",
       R"((data (i32.const 0) "ab") (data (i32.const 65535) "cd") (data (i32.const 1) "x"))",
       TrapKind::kOutOfBoundsMemory, "ab", 0},
      {"elements first",
       R"((data (i32.const 0) "ab") (elem (i32.const 0) func $f) (elem (i32.const 10) func $f))",
       TrapKind::kOutOfBoundsTable, "", 1},
      {"empty beyond the end", R"((data (i32.const 65537) ""))", TrapKind::kOutOfBoundsMemory, "",
       0},
      {"empty at the end", R"((data (i32.const 65536) "") (elem (i32.const 10) func))",
       TrapKind::kNone, "", 0},
      {"negative", R"((data (i32.const -1) "a"))", TrapKind::kOutOfBoundsMemory, "", 0},
      {"computed", R"((data (i32.sub (i32.const 3) (i32.const 3)) "ok"))", TrapKind::kNone, "ok",
       0},
      {"start",
       R"((data (i32.const 0) "ab") (func $start) (export "start" (func $start)) (start $start))",
       TrapKind::kIntegerOverflow, "ab", 0},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    World world;
    world.executor.bodies["start"] = [](auto&&...) { return TrapKind::kIntegerOverflow; };
    MemInst* const memory = *world.store->NewMemory({.limits = {1}});
    TableInst* const table =
        *world.store->NewTable({.element = kFuncRef, .limits = {10}}, gc::kNullRef);
    const auto module = world.Compile(
        "(module (import \"m\" \"m\" (memory 1)) (import \"m\" \"t\" (table 10 funcref)) (func "
        "$f)" +
        std::string(c.fields) + ")");
    const Extern imports[] = {memory, table};
    Trap trap;
    absl::StatusOr<Instance*> instance = world.store->Instantiate(module, imports, &trap);
    ASSERT_TRUE(instance.ok()) << instance.status();
    EXPECT_EQ(c.trap, trap.kind);
    EXPECT_EQ(c.trap == TrapKind::kNone, *instance != nullptr);
    if (c.trap != TrapKind::kNone) EXPECT_EQ(TrapText(c.trap), trap.message);
    EXPECT_EQ(c.memory, std::string_view(reinterpret_cast<char*>(memory->base)));
    int functions = 0;
    for (uint64_t i = 0; i < table->size; ++i)
      functions += TableGet(*table, i) != gc::kNullRef ? 1 : 0;
    EXPECT_EQ(c.functions, functions);
    // The instance stays: what it left in the table can be called.
    if (functions != 0)
      EXPECT_NE(nullptr, reinterpret_cast<FuncInst*>(TableGet(*table, 0))->instance->context());
  }
}

TEST(Segments, ImagesDoNotShowWhatATrapPrevented) {
  World world;
  TableInst* const table =
      *world.store->NewTable({.element = kFuncRef, .limits = {1}}, gc::kNullRef);
  MemInst* const imported = *world.store->NewMemory({.limits = {1}});
  // Memory 1 is our own and has an image from the second instance on; the segment between its two
  // does not fit.
  const auto module = world.Compile(R"((module
    (import "m" "t" (table 1 funcref)) (import "m" "m" (memory 1)) (memory $own 1)
    (func $f) (elem (i32.const 0) func $f)
    (data (memory $own) (i32.const 0) "early") (data (memory 0) (i32.const 65536) "x")
    (data (memory $own) (i32.const 2) "late")))");
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    const Extern imports[] = {table, imported};
    Trap trap;
    ASSERT_TRUE(world.store->Instantiate(module, imports, &trap).ok());
    EXPECT_EQ(TrapKind::kOutOfBoundsMemory, trap.kind);
    Instance* const left = reinterpret_cast<FuncInst*>(TableGet(*table, 0))->instance;
    EXPECT_STREQ("early", reinterpret_cast<char*>(left->memory(1)->base));
  }
}

TEST(Limits, RefuseWhatExceedsThem) {
  const struct {
    std::string_view name, wat;
    StoreLimits limits;
    std::string_view message;
  } kCases[] = {
      {"memory",
       "(module (memory 2))",
       {.memory_bytes = 65536},
       "memory minimum size of 2 pages exceeds"},
      {"memories together",
       "(module (memory 1) (memory 1))",
       {.total_memory_bytes = 65536},
       "memory minimum size of 1 pages exceeds"},
      {"2^48 pages",
       "(module (memory i64 0x1000000000000))",
       {},
       "memory minimum size of 281474976710656 pages exceeds"},
      {"table",
       "(module (table 11 funcref))",
       {.table_elements = 10},
       "table minimum size of 11 elements exceeds"},
      {"tables together",
       "(module (table 6 funcref) (table 5 funcref))",
       {.total_table_elements = 10},
       "table minimum size of 5 elements exceeds the limit of 4"},
      {"table of 2^61",
       "(module (table i64 0x2000000000000000 funcref))",
       {},
       "table minimum size of 2305843009213693952 elements"},
      {"count of memories",
       "(module (memory 0) (memory 0))",
       {.memories = 1},
       "memory count too high at 2"},
      {"count of tables", "(module (table 0 funcref))", {.tables = 0}, "table count too high at 1"},
      {"count of instances", "(module)", {.instances = 0}, "instance count too high at 1"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    World world({.limits = c.limits});
    Trap trap;
    const absl::Status status = world.store->Instantiate(world.Compile(c.wat), {}, &trap).status();
    EXPECT_EQ(absl::StatusCode::kResourceExhausted, status.code());
    EXPECT_NE(std::string::npos, std::string(status.message()).find(c.message)) << status;
    EXPECT_EQ(0u, world.store->memory_bytes());
    EXPECT_EQ(0u, world.store->table_elements());
  }
}

TEST(Limits, AHundredMemoriesFit) {
  std::string wat = "(module";
  for (int i = 0; i < 100; ++i) wat += "(memory 1)";
  World world;
  Instance* const instance = world.Make(wat + ")");
  instance->memory(99)->base[65535] = 1;
  EXPECT_EQ(100 * 65536u, world.store->memory_bytes());
}

TEST(Instance, ExportsAndIndexSpaces) {
  World world;
  Instance* const exporter = world.Make(kExporter);
  Instance* const instance = world.Make(
      R"((module
    (import "m" "f" (func $i (param i32) (result i64))) (import "m" "g" (global i32)) (import "m" "e" (tag (param i32)))
    (func $own) (global (mut i64) (i64.const 3)) (tag (param i64))
    (export "i" (func $i)) (export "own" (func $own)) (export "g0" (global 0)) (export "g1" (global 1))
    (export "e0" (tag 0)) (export "e1" (tag 1)) (export "a" (func $own)) (export "b" (func $own)) (export "c" (func $own))))",
      {*exporter->FindExport("f"), *exporter->FindExport("g"), *exporter->FindExport("e")});
  EXPECT_EQ(ExportOf<FuncInst>(exporter, "f"), ExportOf<FuncInst>(instance, "i"));
  EXPECT_EQ(instance->func(1), ExportOf<FuncInst>(instance, "own"));
  EXPECT_EQ(instance->func(1), ExportOf<FuncInst>(instance, "c"));
  EXPECT_EQ(ExportOf<GlobalInst>(exporter, "g"), ExportOf<GlobalInst>(instance, "g0"));
  EXPECT_EQ(ExportOf<GlobalInst>(instance, "g1"), instance->global(1));
  instance->global_cell(1)->slots[0] = 9;
  EXPECT_EQ(9u, ExportOf<GlobalInst>(instance, "g1")->cell->slots[0]);
  EXPECT_EQ(ExportOf<TagInst>(exporter, "e"), ExportOf<TagInst>(instance, "e0"));
  EXPECT_NE(ExportOf<TagInst>(exporter, "e"), ExportOf<TagInst>(instance, "e1"));
  EXPECT_EQ(std::nullopt, instance->FindExport("nothing"));
  EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(
                    &instance->context()->At<GlobalCell>(instance->module().layout().own_globals)) %
                    16);
}

TEST(Instance, FuncNamesComeFromTheNameSectionOrExports) {
  World world;
  const auto module = world.Compile(R"((module (func $named) (func (export "exported")) (func)))");
  EXPECT_EQ("named", module->FuncName(0));
  EXPECT_EQ("exported", module->FuncName(1));
  EXPECT_EQ("<func 2>", module->FuncName(2));
}

TEST(ModuleCreate, ErrorsCarryTheOffset) {
  World world;
  const auto bytes = text::WatToWasm("(module (func (result i32) i64.const 0))", Features());
  ASSERT_TRUE(bytes.ok());
  const Expected<std::shared_ptr<Module>> eager =
      Module::Create(*bytes, {}, world.types, world.executor);
  ASSERT_FALSE(eager.ok());
  EXPECT_EQ(ErrorKind::kInvalid, eager.error().kind);
  EXPECT_NE(0u, eager.error().offset);
  // Bodies can be left for later.
  EXPECT_TRUE(Module::Create(*bytes, {.validate_bodies = false}, world.types, world.executor).ok());
  EXPECT_EQ(1, world.executor.modules_prepared);
  const std::vector<uint8_t> garbage = {0, 'a', 's'};
  EXPECT_EQ(ErrorKind::kMalformed,
            Module::Create(garbage, {}, world.types, world.executor).error().kind);
}

}  // namespace
}  // namespace airwasm::runtime
