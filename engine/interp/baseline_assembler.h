// Puts the code of one function together from stencils.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/interp/cell.h"
#include "engine/interp/slot_registers.h"
#include "engine/interp/stencil_format.h"

namespace airwasm::interp {

class BaselineAssembler {
 public:
  explicit BaselineAssembler(const std::vector<Cell>& cells)
      : cells_(cells), uses_(cells.size()), registers_(uses_) {}
  // False: the code is too large.
  bool Run();

  // All the code; it can be put anywhere.
  std::vector<uint8_t> bytes;
  // By cell: where its code starts, and where it is come to from outside.
  std::vector<uint32_t> starts;
  std::vector<uint32_t> entries;
  // Cells whose handlers it takes the place of.
  std::vector<uint32_t> copied;

 private:
  // A distance that is filled in when everything has its place.
  struct Place {
    uint32_t at;
    const HoleUse* use;
    uint32_t cell;
    uint32_t next;
  };
  struct Entry {
    uint32_t cell;
    SlotState state;
  };

  void FindSlotUses();
  void AddCell(uint32_t cell, uint32_t next);
  void Copy(const Stencil& stencil, uint32_t cell, uint32_t next);
  void CopySlots(const Stencil& stencil, uint32_t cell);
  void SetSlot(const SlotUses::Use& access, int32_t value);
  void CopySlotUse(uint32_t slot, const SlotUses::Use* access);
  void ResolveInside(const Place& place, uint32_t start);
  void BranchForward(const Stencil& stencil, uint32_t cell);
  void AddEntry(const Entry& entry);
  void Resolve(const Place& place);
  void GoToHandler(uint32_t cell);
  void ZeroLocals(const Cell& enter);
  void LoadSlot(const SlotLoad& load);
  void AccessSlot(uint8_t opcode, uint8_t number, uint32_t slot);
  void MoveRegister(uint8_t to, uint8_t from);
  void AppendFpOperand(uint8_t field, uint32_t slot);
  uint32_t CellBehind(uint32_t cell, int32_t distance) const;
  uint32_t TargetOf(const Stencil& stencil, uint32_t cell) const;
  uint32_t TableOf(uint32_t cell);
  uint32_t ConstantAt(uint16_t index);
  template <typename T>
  void Append(T value);
  uint32_t here() const { return static_cast<uint32_t>(bytes.size()); }

  const std::vector<Cell>& cells_;
  std::vector<const Stencil*> stencils_;  // by cell; null: its handler runs it
  SlotUses uses_;
  SlotRegisters registers_;
  std::vector<uint32_t> loop_starts_;  // by cell: where it is branched back to
  std::vector<Entry> outside_;         // cells that expect slots in registers
  bool leaves_ = true;                 // the stencil of the cell before (LeavesStencils)
  const Cell* entered_ = nullptr;      // the Enter cell, if it was the last and has a stencil
  std::vector<Place> places_;
  // Of the stencil that is being copied: places in it, and by how much what lies from there on has
  // moved.
  std::vector<std::pair<uint16_t, int32_t>> moved_;
  std::unordered_map<uint16_t, uint32_t> constants_;
  uint32_t exit_cell_ = UINT32_MAX;  // whose handler `exit_` goes to
  uint32_t exit_ = 0;
};

}  // namespace airwasm::interp
