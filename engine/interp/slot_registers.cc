#include "engine/interp/slot_registers.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace airwasm::interp {
namespace {

constexpr uint32_t kSlotBytes = 8;
// A slot that is not read for so many cells leaves its register to others.
constexpr uint32_t kNear = 24;
// Of a loop, more uses than these are not looked at.
constexpr uint32_t kMostUses = 500;
// Counts of a slot that a loop cannot keep.
constexpr uint32_t kSpoilt = 1u << 31;

bool IsBusy(const Stencil& stencil, int index) {
  return (stencil.busy >> index & 1) != 0;
}

}  // namespace

int SlotState::Find(uint32_t slot) const {
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] == slot) return static_cast<int>(i);
  }
  return -1;
}

void SlotState::Intersect(const SlotState& other) {
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] != other.slots[i]) slots[i] = kEmpty;
  }
}

void SlotState::Forget(uint32_t slot, uint32_t bytes) {
  for (uint32_t& held : slots) {
    if (held != kEmpty && held < slot + bytes && slot < held + kSlotBytes) held = kEmpty;
  }
}

void SlotUses::Begin(uint32_t cell) {
  while (begun_ <= cell) first_[begun_++] = static_cast<uint32_t>(uses_.size());
}

void SlotUses::Stop(uint32_t cell, bool forgets) {
  stops_.push_back(cell);
  if (forgets) forgets_.push_back(cell);
}

void SlotUses::BranchBack(uint32_t cell, uint32_t header, const Stencil& stencil) {
  Loop& loop = loops_[header];
  loop.end = std::max(loop.end, cell);
  loop.keeps_nothing |= stencil.writes_slots_unseen;
  for (size_t i = first_[cell]; i < uses_.size(); ++i) {
    const Use& use = uses_[i];
    if (use.kind == Kind::kWrite || (use.kind == Kind::kMove && stencil.busy != 0))
      loop.spoilt.push_back(use.slot);
  }
}

void SlotUses::End() {
  Begin(static_cast<uint32_t>(first_.size()) - 1);
  uint32_t highest = 0;
  for (const Use& use : uses_) highest = std::max(highest, use.slot);
  FindNextReads(highest);
  std::vector<uint32_t> counts((highest + SlotRegisters::kWriteBytes) / kSlotBytes + 1);
  for (auto& [header, loop] : loops_) ChooseSlots(header, loop, counts);
}

void SlotUses::FindNextReads(uint32_t highest_slot) {
  std::vector<uint32_t> next((highest_slot + SlotRegisters::kWriteBytes) / kSlotBytes + 1);
  size_t stops = stops_.size();
  for (auto cell = static_cast<uint32_t>(first_.size() - 1); cell-- > 0;) {
    while (stops != 0 && stops_[stops - 1] >= cell) --stops;
    const uint32_t stop = stops < stops_.size() ? stops_[stops] : kEmpty;
    for (uint32_t i = first_[cell + 1]; i-- > first_[cell];) {
      Use& use = uses_[i];
      uint32_t& at = next[use.slot / kSlotBytes];
      if (at != 0 && at <= stop && at - cell <= kNear) use.next_read = at;
      if (use.kind == Kind::kRead) {
        at = cell;
      } else {
        at = 0;
        if (use.kind == Kind::kWrite) next[use.slot / kSlotBytes + 1] = 0;
      }
    }
  }
}

// Those that are read most, a register or two being left for what comes and goes.
void SlotUses::ChooseSlots(uint32_t header, Loop& loop, std::vector<uint32_t>& counts) const {
  if (loop.keeps_nothing) return;
  const auto forgets = std::ranges::lower_bound(forgets_, header);
  loop.forgets = forgets != forgets_.end() && *forgets <= loop.end;
  std::vector<uint32_t> found;
  const auto mark_spoilt = [&](uint32_t mark) {
    for (const uint32_t slot : loop.spoilt) {
      const uint32_t last = (slot + SlotRegisters::kWriteBytes - 1) / kSlotBytes;
      for (uint32_t i = slot / kSlotBytes; i <= last; ++i) counts[i] = mark;
    }
  };
  mark_spoilt(kSpoilt);
  const uint32_t begin = first_[header];
  const uint32_t end = std::min(first_[loop.end + 1], begin + kMostUses);
  for (uint32_t i = begin; i < end; ++i) {
    if (uses_[i].kind == Kind::kRead && counts[uses_[i].slot / kSlotBytes]++ == 0)
      found.push_back(uses_[i].slot);
  }
  const auto count_of = [&](uint32_t slot) { return counts[slot / kSlotBytes]; };
  std::ranges::sort(found, {}, [&](uint32_t slot) { return std::pair(~count_of(slot), slot); });
  const size_t most = found.size() <= kNumSlotRegisters ? kNumSlotRegisters : kNumSlotRegisters - 1;
  const uint32_t least = loop.forgets ? 2 : 1;
  size_t taken = 0;
  for (const uint32_t slot : found) {
    if (taken == most || count_of(slot) < least) break;
    loop.slots.slots[taken++] = slot;
  }
  for (const uint32_t slot : found) counts[slot / kSlotBytes] = 0;
  mark_spoilt(0);
}

const SlotUses::Loop* SlotUses::LoopAt(uint32_t cell) const {
  const auto found = loops_.find(cell);
  return found == loops_.end() ? nullptr : &found->second;
}

std::span<const SlotLoad> SlotRegisters::Begin(uint32_t cell) {
  cell_ = cell;
  loads_.clear();
  while (!loops_.empty() && cell > loops_.back()->end) loops_.pop_back();
  const auto label = labels_.extract(cell);
  const SlotUses::Loop* const loop = uses_.LoopAt(cell);
  is_target_ = !label.empty() || loop != nullptr;
  if (!is_reached_) {
    state_ = label.empty() ? SlotState() : label.mapped();
    next_read_.fill(0);
  } else if (!label.empty()) {
    state_.Intersect(label.mapped());
  }
  is_reached_ |= is_target_;
  if (loop == nullptr) return {};
  loops_.push_back(loop);
  for (size_t i = 0; i < kNumSlotRegisters; ++i) Load(i, loop->slots.slots[i]);
  return loads_;
}

// Brings the slot into the register; kEmpty: what is there is nothing.
void SlotRegisters::Load(size_t index, uint32_t slot) {
  next_read_[index] = cell_;
  if (state_.slots[index] == slot) return;
  state_.Forget(slot, slot == kEmpty ? 0 : kSlotBytes);  // it is in one register only
  state_.slots[index] = slot;
  if (slot != kEmpty) loads_.push_back({static_cast<uint8_t>(index), slot});
}

std::span<const SlotLoad> SlotRegisters::Prepare(const Stencil& stencil, uint32_t back_to) {
  stencil_ = &stencil;
  back_to_ = back_to == kEmpty ? nullptr : uses_.LoopAt(back_to);
  loads_.clear();
  if (back_to_ != nullptr) {
    for (size_t i = 0; i < kNumSlotRegisters; ++i) {
      if (const uint32_t slot = back_to_->slots.slots[i]; slot != kEmpty) Load(i, slot);
    }
    return loads_;
  }
  const std::span<const SlotUses::Use> all = uses_.Of(cell_);
  for (size_t i = 0; i < all.size(); ++i) {
    const SlotUses::Use& use = all[i];
    if (use.kind != SlotUses::Kind::kRead || state_.Find(use.slot) >= 0) continue;
    const bool is_written_before =
        std::any_of(all.begin(), all.begin() + static_cast<long>(i), [&](const auto& u) {
          return u.kind != SlotUses::Kind::kRead && u.slot < use.slot + kSlotBytes &&
                 use.slot < u.slot + kWriteBytes;
        });
    if (is_written_before) continue;
    const int index = Allocate(use.slot, use.next_read);
    if (index < 0) continue;
    Load(static_cast<size_t>(index), use.slot);
  }
  return loads_;
}

// A register for the slot that is to be read at `next_read`; -1: others need theirs more.
int SlotRegisters::Allocate(uint32_t slot, uint32_t next_read) {
  const SlotState* const loop = loops_.empty() ? nullptr : &loops_.back()->slots;
  if (loop != nullptr) {
    if (const int index = loop->Find(slot); index >= 0)
      return IsBusy(*stencil_, index) ? -1 : index;
  }
  if (next_read == 0) return -1;
  int best = -1;
  uint32_t best_read = next_read;
  for (int i = 0; i < static_cast<int>(kNumSlotRegisters); ++i) {
    const auto index = static_cast<size_t>(i);
    if (IsBusy(*stencil_, i)) continue;
    if (loop != nullptr && loop->slots[index] != kEmpty) continue;
    if (state_.slots[index] == kEmpty || next_read_[index] < cell_) return i;
    if (next_read_[index] > best_read) {
      best = i;
      best_read = next_read_[index];
    }
  }
  return best;
}

int SlotRegisters::Read(const SlotUses::Use& use) {
  const int index = state_.Find(use.slot);
  if (index < 0 || IsBusy(*stencil_, index)) return -1;
  next_read_[static_cast<size_t>(index)] = use.next_read;
  return index;
}

int SlotRegisters::Move(const SlotUses::Use& use) {
  int index = state_.Find(use.slot);
  if (index < 0) {
    // Where the code has ways past this one, the register would not hold the slot on all of them.
    if (back_to_ != nullptr || !stencil_->is_straight) return -1;
    index = Allocate(use.slot, use.next_read);
    if (index < 0) return -1;
  } else if (IsBusy(*stencil_, index)) {
    state_.slots[static_cast<size_t>(index)] = kEmpty;
    return -1;
  }
  state_.slots[static_cast<size_t>(index)] = use.slot;
  next_read_[static_cast<size_t>(index)] = use.next_read;
  return index;
}

void SlotRegisters::BranchTo(uint32_t target) {
  const auto [label, is_new] = labels_.try_emplace(target, state_);
  if (!is_new) label->second.Intersect(state_);
}

void SlotRegisters::End() {
  assert(back_to_ == nullptr || std::ranges::all_of(back_to_->slots.slots, [this](uint32_t slot) {
           return slot == kEmpty || state_.Find(slot) == back_to_->slots.Find(slot);
         }));
  if (stencil_->writes_slots_unseen) state_ = {};
  is_reached_ = stencil_->goes_on;
}

void SlotRegisters::EndWithout() {
  is_reached_ = false;
}

}  // namespace airwasm::interp
