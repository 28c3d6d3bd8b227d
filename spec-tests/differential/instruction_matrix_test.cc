// Every instruction, over edge operands in every form, interpreted, as baseline code and compiled.
//
// Each row of opcodes.def is covered in one of two ways: if its signature says its types, by
// modules that are made for it (matrix_module.h), else by a module written by hand
// (matrix_special.h). A row that is in neither fails the test.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>

#include "engine/binary/decoder.h"
#include "engine/text/wat.h"
#include "spec-tests/differential/matrix_module.h"
#include "spec-tests/differential/matrix_special.h"

namespace airwasm::differential {
namespace {

std::vector<uint8_t> Wasm(const SpecialModule& module) {
  Expected<std::vector<uint8_t>> bytes = text::WatToWasm(module.wat, Features());
  if (bytes.ok()) return *std::move(bytes);
  ADD_FAILURE() << module.name << ": " << bytes.error().ToString();
  return {};
}

std::vector<SpecialModule> AllSpecialModules() {
  std::vector<SpecialModule> modules(SpecialModules().begin(), SpecialModules().end());
  modules.insert(modules.end(), SpecialGcModules().begin(), SpecialGcModules().end());
  return modules;
}

void CollectOps(const std::vector<uint8_t>& bytes, std::set<Op>& ops) {
  const Expected<syntax::Module> module = binary::Decode(bytes, Features());
  ASSERT_TRUE(module.ok()) << module.error().ToString();
  for (uint32_t i = module->num_imported_funcs; i < module->funcs.size(); ++i) {
    const syntax::Expr& body = module->funcs[i].body;
    ByteReader reader(body.bytes, body.offset);
    while (reader.ok() && reader.offset() < body.offset + body.bytes.size()) {
      Instr instr;
      ReadInstr(reader, instr);
      ops.insert(instr.op);
    }
    ASSERT_TRUE(reader.ok());
  }
}

TEST(InstructionMatrix, EveryRowIsCovered) {
  std::set<Op> by_hand;
  for (const SpecialModule& module : AllSpecialModules()) CollectOps(Wasm(module), by_hand);
  for (size_t i = 0; i < kNumOps; ++i) {
    const Op op = static_cast<Op>(i);
    if (IsRegular(op)) {
      std::set<Op> made;
      for (const MatrixModule& module : ModulesFor(op)) CollectOps(module.bytes, made);
      EXPECT_TRUE(made.contains(op)) << Info(op).text << " is in none of the modules made for it";
    } else {
      EXPECT_TRUE(by_hand.contains(op))
          << Info(op).text << " has no signature and is in none of the modules written by hand";
    }
  }
}

constexpr Way kCompared[] = {Way::kBaseline, Way::kOptimized, Way::kChecked};

std::vector<Way> WaysFor(const MatrixModule& module) {
  std::vector<Way> ways;
  for (const Way way : kCompared) {
    if (module.needs_exact_traps ? IsExact(way) : way != Way::kChecked || module.checked)
      ways.push_back(way);
  }
  return ways;
}

// One test for each part of the table, so that a run can be cut short.
void RunRows(uint8_t prefix, bool memory) {
  size_t modules = 0;
  size_t calls = 0;
  size_t inexact = 0;
  for (size_t i = 0; i < kNumOps; ++i) {
    const Op op = static_cast<Op>(i);
    const Immediate immediate = Info(op).immediate;
    const bool accesses = immediate == Immediate::kMemArg || immediate == Immediate::kMemArgLane;
    if (!IsRegular(op) || Info(op).prefix != prefix || accesses != memory) continue;
    for (const MatrixModule& module : ModulesFor(op)) {
      ExpectAgreement(module.name, module.bytes, module.calls, WaysFor(module));
      ++modules;
      calls += module.calls.size();
      inexact += module.needs_exact_traps;
    }
  }
  std::printf("%zu modules, %zu calls", modules, calls);
  if (inexact != 0)
    std::printf(
        "; %zu modules not with signals where compiled, as what is stored before a trap is not "
        "kept then",
        inexact);
  std::printf("\n");
  ASSERT_NE(0u, modules);
}

TEST(InstructionMatrix, Scalars) {
  RunRows(0x00, false);
}
TEST(InstructionMatrix, SaturatingAndWide) {
  RunRows(0xFC, false);
}
TEST(InstructionMatrix, Vectors) {
  RunRows(0xFD, false);
}
TEST(InstructionMatrix, LoadsAndStores) {
  RunRows(0x00, true);
}
TEST(InstructionMatrix, VectorLoadsAndStores) {
  RunRows(0xFD, true);
}
TEST(InstructionMatrix, Atomics) {
  RunRows(0xFE, true);
}
TEST(InstructionMatrix, WithoutSignature) {
  for (const SpecialModule& module : AllSpecialModules()) {
    const std::vector<uint8_t> bytes = Wasm(module);
    ExpectAgreement(std::string(module.name), bytes, CallsOfExports(bytes), kCompared);
  }
}

}  // namespace
}  // namespace airwasm::differential
