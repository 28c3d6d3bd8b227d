// Which slots get registers, and when they are loaded.
#include "engine/interp/slot_registers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace airwasm::interp {
namespace {

using Kind = SlotUses::Kind;
using Uses = std::vector<SlotUses::Use>;

constexpr uint32_t kNowhere = UINT32_MAX;
constexpr Stencil kStraight{.goes_on = true, .is_straight = true};
constexpr Stencil kWithBranches{.goes_on = true, .is_straight = false};
constexpr Stencil kAllButTheLastBusy{
    .busy = (1 << (kNumSlotRegisters - 1)) - 1, .goes_on = true, .is_straight = true};
constexpr Stencil kEnds{.goes_on = false, .is_straight = true};

SlotUses::Use Read(uint32_t slot) {
  return {slot, Kind::kRead};
}
SlotUses::Use Move(uint32_t slot) {
  return {slot, Kind::kMove};
}
SlotUses::Use Write(uint32_t slot) {
  return {slot, Kind::kWrite};
}

struct TestCell {
  Uses uses;
  const Stencil* stencil = &kStraight;  // null: a handler runs it
  uint32_t to = kNowhere;               // it may branch there
};

// What becomes of the cells, one word each: what is loaded in front of the cell and where it is
// branched back to '|', and for each use where it is served: "r" and a register, or "m" for memory.
std::string Allocate(const std::vector<TestCell>& cells) {
  SlotUses uses(cells.size());
  for (uint32_t i = 0; i < cells.size(); ++i) {
    const TestCell& cell = cells[i];
    uses.Begin(i);
    for (const SlotUses::Use& use : cell.uses) uses.Add(use.slot, use.kind);
    if (cell.stencil == nullptr || !cell.stencil->goes_on) uses.Stop(i, cell.stencil == nullptr);
    if (cell.to <= i) uses.BranchBack(i, cell.to, *cell.stencil);
  }
  uses.End();
  SlotRegisters registers(uses);
  std::string text;
  const auto add_loads = [&](std::span<const SlotLoad> loads) {
    for (const SlotLoad& load : loads)
      text += std::to_string(load.slot) + ">r" + std::to_string(load.index) + ",";
  };
  for (uint32_t i = 0; i < cells.size(); ++i) {
    const TestCell& cell = cells[i];
    if (i != 0) text += ' ';
    add_loads(registers.Begin(i));
    if (uses.LoopAt(i) != nullptr) text += '|';
    if (cell.stencil == nullptr) {
      text += "handler";
      registers.EndWithout();
      continue;
    }
    add_loads(registers.Prepare(*cell.stencil, cell.to <= i ? cell.to : kEmpty));
    for (const SlotUses::Use& use : uses.Of(i)) {
      int index = -1;
      if (use.kind == Kind::kRead) index = registers.Read(use);
      if (use.kind == Kind::kMove) index = registers.Move(use);
      if (use.kind == Kind::kWrite) registers.Write(use);
      text += index < 0 ? "m" : "r" + std::to_string(index);
    }
    if (cell.to != kNowhere && cell.to > i) registers.BranchTo(cell.to);
    registers.End();
  }
  return text;
}

struct Case {
  const char* name;
  std::vector<TestCell> cells;
  std::string expected;
};

TEST(SlotRegisters, Allocation) {
  const Case kCases[] = {
      {"read once", {{{Read(8)}}, {{Read(16)}}}, "m m"},
      {"read twice", {{{Read(8)}}, {{Read(8)}}}, "8>r0,r0 r0"},
      {"twice in one cell, and again", {{{Read(8), Read(8)}}, {{Read(8)}}}, "8>r0,r0r0 r0"},
      {"written and read", {{{Move(8)}}, {{Read(8)}}}, "r0 r0"},
      {"written and written again", {{{Move(8)}}, {{Move(8)}}}, "m m"},
      {"written otherwise: what lies there is forgotten, sixteen bytes of it",
       {{{Move(8), Move(16), Move(24)}}, {{Write(8)}}, {{Read(8), Read(16), Read(24)}}},
       "mmr0 m mmr0"},
      {"a handler between",
       {{{Read(8)}}, {{}, nullptr}, {{Read(8)}}, {{Read(8)}}},
       "m handler 8>r0,r0 r0"},
      {"busy registers", {{{Read(8)}, &kAllButTheLastBusy}, {{Read(8)}}}, "8>r4,r4 r4"},
      {"in a busy register: memory serves, and what is written is there only",
       {{{Read(8)}}, {{Read(8), Move(8)}, &kAllButTheLastBusy}, {{Read(8)}}},
       "8>r0,r0 mm m"},
      {"written where the code has ways past it: only into a register that has the slot",
       {{{Move(8)}, &kWithBranches}, {{Read(8)}}, {{Move(8)}, &kWithBranches}, {{Read(8)}}},
       "m m m m"},
      {"the same with a register",
       {{{Read(8)}}, {{Read(8)}}, {{Move(8)}, &kWithBranches}, {{Read(8)}}},
       "8>r0,r0 r0 r0 r0"},
      {"two ways meet: what both have",
       {{{Read(8)}, &kStraight, 3}, {{Read(8), Move(16)}}, {{Read(16)}}, {{Read(8), Read(16)}}},
       "8>r0,r0 r0r1 r1 r0m"},
      {"only a branch leads there",
       {{{Read(8)}, &kStraight, 2}, {{Read(8)}, &kEnds}, {{Read(8)}}},
       "8>r0,r0 r0 r0"},
      {"nothing leads there", {{{Read(8)}}, {{Read(8)}, &kEnds}, {{Read(8)}}}, "8>r0,r0 r0 m"},
      {"a loop has what it reads from its beginning",
       {{{Read(8)}}, {{Read(8), Move(8)}}, {{Read(16)}, &kStraight, 1}},
       "8>r0,r0 16>r1,|r0r0 r1"},
      {"a handler in it: what is read twice, and again before it is branched back",
       {{{Read(8)}}, {{Read(8)}}, {{Read(16)}, nullptr}, {{Read(8)}, &kStraight, 0}},
       "8>r0,|r0 r0 handler 8>r0,r0"},
      {"what is written as it is branched back stays out",
       {{{Read(8), Read(40)}}, {{Read(40), Write(8)}, &kStraight, 0}},
       "40>r0,|mr0 r0m"},
      {"an inner loop wants it in another register: it is in one of them only",
       {{{Read(8)}},
        {{Read(8)}},
        {{Read(16), Read(16), Read(8)}},
        {{Read(16)}, &kStraight, 2},
        {{Move(8)}},
        {{Read(8)}, &kStraight, 0}},
       "8>r0,16>r1,|r0 r0 16>r0,8>r1,|r0r0r1 r0 r1 8>r0,16>r1,r0"},
      {"more slots than registers: one register comes and goes",
       {{{Read(8), Read(16), Read(24), Read(32), Read(40), Read(48)}},
        {{Read(8), Read(16), Read(24), Read(32), Read(40)}},
        {{Read(8), Read(16), Read(24), Read(32)}, &kStraight, 0}},
       "8>r0,16>r1,24>r2,32>r3,|40>r4,r0r1r2r3r4m r0r1r2r3r4 r0r1r2r3"},
  };
  for (const Case& c : kCases) EXPECT_EQ(c.expected, Allocate(c.cells)) << c.name;
}

}  // namespace
}  // namespace airwasm::interp
