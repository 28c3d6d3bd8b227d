// The stencils of this build, and what is filled into them for a cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/interp/cell.h"
#include "engine/interp/stencil_format.h"

namespace airwasm::interp {

// The stencil that the cell's code is copied from. Null: there is none, or the cell's operands do
// not fit into it.
const Stencil* FittingStencil(const Cell* cell);
// As they lie.
std::span<const HoleUse> UsesOf(const Stencil& stencil);

// Cells that the instruction at `cell` takes.
size_t CellsOf(std::span<const Cell> cells, size_t cell);

// What is filled in where the hole is a value; the low 32 bits are meant where it is used as 32.
uint64_t ValueOf(Hole hole, const Cell* cell);
// The slot that is accessed.
uint32_t SlotOf(const HoleUse& use, const Cell* cell);

// That it is a distance, which is known when all code has its place.
constexpr bool IsPlace(Hole hole) {
  return hole >= Hole::go_next;
}
constexpr bool IsSlot(HoleKind kind) {
  return kind >= HoleKind::kSlotRead;
}
constexpr bool IsArithmetic(HoleKind kind) {
  return kind == HoleKind::kArithmetic32 || kind == HoleKind::kArithmetic64;
}
constexpr size_t BytesOf(HoleKind kind) {
  if (kind == HoleKind::kWord64) return 8;
  return kind == HoleKind::kByte || kind == HoleKind::kDistance8 ? 1 : 4;
}

}  // namespace airwasm::interp
