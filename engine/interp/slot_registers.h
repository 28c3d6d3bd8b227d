// Which slots baseline code has in registers, from cell to cell.
//
// A slot's memory is always up to date: what is written goes there, and to the register that the
// slot is in. So registers spare loads and the wait for what was just stored, and can be forgotten
// anywhere: handlers, callers and compiled code find all in the frame, and whoever comes into
// baseline code from outside loads what is expected there first.
//
// A slot gets a register as a cell names it, if it is read again soon. What a loop reads most has
// its registers from the loop's beginning, and again wherever that is branched back to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/interp/stencil_format.h"

namespace airwasm::interp {

// Slots are named by their offsets from fp.
inline constexpr uint32_t kEmpty = UINT32_MAX;

// By kSlotRegisters: the slot in each, or kEmpty.
struct SlotState {
  std::array<uint32_t, kNumSlotRegisters> slots;

  SlotState() { slots.fill(kEmpty); }
  bool operator==(const SlotState&) const = default;
  int Find(uint32_t slot) const;  // -1: it is in none
  bool IsEmpty() const { return *this == SlotState(); }
  // What both have.
  void Intersect(const SlotState& other);
  // Forgets what lies in `bytes` bytes from `slot` on.
  void Forget(uint32_t slot, uint32_t bytes);
};

struct SlotLoad {
  uint8_t index;  // in kSlotRegisters
  uint32_t slot;
};

// What the cells of a function do with slots: filled in the order of the cells, then asked.
class SlotUses {
 public:
  enum class Kind : uint8_t { kRead, kMove, kWrite };
  struct Use {
    uint32_t slot;
    Kind kind;
    // The next cell that reads the slot while it still holds this value; 0: none is near.
    uint32_t next_read = 0;
  };
  struct Loop {
    uint32_t end = 0;              // the last cell that branches back
    bool forgets = false;          // some cell in it
    bool keeps_nothing = false;    // where it branches back
    std::vector<uint32_t> spoilt;  // slots that a cell writes as it branches back
    SlotState slots;               // from its beginning
  };

  explicit SlotUses(size_t cells) : first_(cells + 1) {}

  void Begin(uint32_t cell);
  void Add(uint32_t slot, Kind kind) { uses_.push_back({slot, kind}); }
  // Registers hold nothing when the next cell in order begins; nor, if it `forgets`, elsewhere.
  void Stop(uint32_t cell, bool forgets);
  // The cell, whose uses have been added, branches back.
  void BranchBack(uint32_t cell, uint32_t header, const Stencil& stencil);
  void End();

  std::span<const Use> Of(uint32_t cell) const {
    return {uses_.data() + first_[cell], uses_.data() + first_[cell + 1]};
  }
  const Loop* LoopAt(uint32_t cell) const;  // null: none begins there

 private:
  void FindNextReads(uint32_t highest_slot);
  void ChooseSlots(uint32_t header, Loop& loop, std::vector<uint32_t>& counts) const;

  std::vector<uint32_t> first_;  // by cell, in uses_
  uint32_t begun_ = 0;           // cells
  std::vector<Use> uses_;
  std::vector<uint32_t> stops_;
  std::vector<uint32_t> forgets_;
  std::unordered_map<uint32_t, Loop> loops_;  // by their first cell
};

// Allocates as code is put together, cell by cell.
class SlotRegisters {
 public:
  explicit SlotRegisters(const SlotUses& uses) : uses_(uses) {}

  // Loads that stand before the cell where it is come to other than by branching back.
  std::span<const SlotLoad> Begin(uint32_t cell);
  // What the cell's code begins with.
  const SlotState& state() const { return state_; }
  // Whether code of other cells leads there, as far as has been put together; and not from the one
  // before alone.
  bool is_reached() const { return is_reached_; }
  bool is_target() const { return is_target_; }
  // Loads that the stencil then needs in front of it; `back_to`: the cell that it may branch back
  // to, or kEmpty.
  std::span<const SlotLoad> Prepare(const Stencil& stencil, uint32_t back_to);
  // The stencil's uses, one after the other: an index in kSlotRegisters, or -1 where memory serves.
  int Read(const SlotUses::Use& use);
  int Move(const SlotUses::Use& use);
  void Write(const SlotUses::Use& use) { state_.Forget(use.slot, kWriteBytes); }
  // The stencil may branch forward to `target`.
  void BranchTo(uint32_t target);
  void End();
  // The cell has no stencil.
  void EndWithout();

  static constexpr uint32_t kWriteBytes = 16;

 private:
  void Load(size_t index, uint32_t slot);
  int Allocate(uint32_t slot, uint32_t next_read);

  const SlotUses& uses_;
  uint32_t cell_ = 0;
  const Stencil* stencil_ = nullptr;
  const SlotUses::Loop* back_to_ = nullptr;  // that the stencil may branch back to
  bool is_reached_ = true;                   // the cell; between cells, from the one before
  bool is_target_ = false;
  SlotState state_;
  std::array<uint32_t, kNumSlotRegisters> next_read_{};  // of what is in each
  std::vector<const SlotUses::Loop*> loops_;             // around the cell, inner ones last
  std::unordered_map<uint32_t, SlotState> labels_;       // of cells to come
  std::vector<SlotLoad> loads_;
};

}  // namespace airwasm::interp
