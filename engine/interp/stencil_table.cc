#include "engine/interp/stencil_table.h"

#include <algorithm>
#include <unordered_map>

#include "engine/interp/baseline.h"
#include "engine/interp/handler_tables.h"

namespace airwasm::interp {
namespace {

// The stencils by handler.
class StencilTable {
 public:
  StencilTable() {
    stencils_.reserve(airwasm_num_stencils);
    for (uint32_t i = 0; i < airwasm_num_stencils; ++i) {
      const Stencil& stencil = airwasm_stencils[i];
      const uintptr_t handler = reinterpret_cast<uintptr_t>(&stencil.handler) +
                                static_cast<uintptr_t>(intptr_t{stencil.handler});
      stencils_.emplace(reinterpret_cast<Handler*>(handler), &stencil);
    }
    // Its address is looked for in cells: TailCallFuncInAcc.
    stencils_.erase(Reg(RegOp::ReloadCtx));
  }
  const Stencil* Find(Handler* handler) const {
    const auto it = stencils_.find(handler);
    return it == stencils_.end() ? nullptr : it->second;
  }

 private:
  std::unordered_map<Handler*, const Stencil*> stencils_;
};

const StencilTable& Stencils() {
  static const StencilTable* const table = new StencilTable;
  return *table;
}

// Whether the processor makes of the 32 bits there what the handler reads.
bool Fits(const HoleUse& use, const Cell* cell) {
  if (IsPlace(use.hole) || use.kind == HoleKind::kWord64 || use.kind == HoleKind::kByte)
    return true;
  const auto value = static_cast<int64_t>(ValueOf(use.hole, cell)) + use.addend;
  if (use.kind == HoleKind::kUnsigned32 || use.kind == HoleKind::kArithmetic32)
    return value == static_cast<uint32_t>(value);
  return value == static_cast<int32_t>(value);
}

}  // namespace

bool HasStencil(Handler* handler) {
  return Stencils().Find(handler) != nullptr;
}

const Stencil* FittingStencil(const Cell* cell) {
  const Stencil* const stencil = Stencils().Find(cell->handler);
  if (stencil == nullptr) return nullptr;
  const bool fits =
      std::ranges::all_of(UsesOf(*stencil), [cell](const HoleUse& use) { return Fits(use, cell); });
  return fits ? stencil : nullptr;
}

std::span<const HoleUse> UsesOf(const Stencil& stencil) {
  return {airwasm_stencil_uses + stencil.uses, stencil.num_uses};
}

size_t CellsOf(std::span<const Cell> cells, size_t cell) {
  Handler* const handler = cells[cell].handler;
  if (handler == Reg(RegOp::BrTableSlot) || handler == Reg(RegOp::BrTableAcc))
    return 1 + (static_cast<size_t>(cells[cell].imm) + 1 + 3) / 4;
  // Behind these are 16 bytes of anything.
  if (handler == Reg(RegOp::V128Const) || handler == FindSimdHandler(Op::I8x16Shuffle)) return 2;
  size_t end = cell + 1;
  while (end < cells.size() && cells[end].handler == Reg(RegOp::Data)) ++end;
  return end - cell;
}

uint64_t ValueOf(Hole hole, const Cell* cell) {
  const auto sign_extended = [](auto value) {
    return static_cast<uint64_t>(static_cast<int64_t>(value));
  };
  switch (hole) {
    case Hole::dst:
      return cell->dst;
    case Hole::a:
      return cell->a;
    case Hole::b:
      return cell->b;
    case Hole::aux:
      return cell->aux;
    case Hole::signed_dst:
      return static_cast<uint32_t>(static_cast<int16_t>(cell->dst));
    case Hole::signed_a:
      return static_cast<uint32_t>(static_cast<int16_t>(cell->a));
    case Hole::signed_b:
      return static_cast<uint32_t>(static_cast<int16_t>(cell->b));
    case Hole::signed_aux:
      return static_cast<uint32_t>(static_cast<int16_t>(cell->aux));
    case Hole::signed_dst_64:
      return sign_extended(static_cast<int16_t>(cell->dst));
    case Hole::signed_a_64:
      return sign_extended(static_cast<int16_t>(cell->a));
    case Hole::signed_b_64:
      return sign_extended(static_cast<int16_t>(cell->b));
    case Hole::signed_aux_64:
      return sign_extended(static_cast<int16_t>(cell->aux));
    case Hole::imm:
    case Hole::offset:
      return static_cast<uint32_t>(cell->imm);
    case Hole::imm_64:
      return sign_extended(cell->imm);
    case Hole::word_0:
      return cell->words[0];
    case Hole::word_1:
      return cell->words[1];
    case Hole::cell:
      return reinterpret_cast<uint64_t>(cell);
    case Hole::next_a:
      return cell[1].a;
    case Hole::next_b:
      return cell[1].b;
    case Hole::next_imm:
      return static_cast<uint32_t>(cell[1].imm);
    case Hole::next_imm_64:
      return sign_extended(cell[1].imm);
    case Hole::next_word_0:
      return cell[1].words[0];
    case Hole::next_word_1:
      return cell[1].words[1];
    case Hole::next_bits:
      return cell[1].bits;
    case Hole::third_word_0:
      return cell[2].words[0];
    case Hole::third_cell:
      return reinterpret_cast<uint64_t>(cell + 2);
    case Hole::go_next:
    case Hole::go_target:
    case Hole::go_handler:
    case Hole::table:
    case Hole::constant:
    case Hole::inside:
      break;
  }
  return 0;
}

uint32_t SlotOf(const HoleUse& use, const Cell* cell) {
  return static_cast<uint32_t>(ValueOf(use.hole, cell) +
                               static_cast<uint64_t>(int64_t{use.addend}));
}

}  // namespace airwasm::interp
