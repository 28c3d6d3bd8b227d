#include "engine/interp/baseline_assembler.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "engine/interp/handler_tables.h"
#include "engine/interp/stencil_table.h"

namespace airwasm::interp {
namespace {

// Locals are set to zero by code that is put together here, store by store; more of them by the
// handler.
constexpr uint32_t kMostZeroedBytes = 1024;

bool IsEnter(Handler* handler) {
  return handler == Reg(RegOp::Enter) || handler == Reg(RegOp::EnterFrame);
}

uint32_t ZeroedBytes(const Cell* enter) {
  return static_cast<uint32_t>(enter->imm) - enter->a;
}

bool IsCopy(Handler* handler) {
  return handler == Reg(RegOp::Copy) || handler == Reg(RegOp::CopyTwo) ||
         handler == Reg(RegOp::CopyFar);
}

// Of a cell that sets a slot to a constant that instructions take as it is.
std::optional<int32_t> SmallConstantOf(const Cell& cell) {
  if (cell.handler == Reg(RegOp::ConstSlot64) ||
      (cell.handler == Reg(RegOp::ConstSlot) && cell.imm >= 0))
    return cell.imm;
  return std::nullopt;
}

// The low three bits of a register's number go into one byte of an instruction, the fourth into the
// prefix before it.
constexpr uint8_t kRexWide = 0x48, kRexField = 4, kRexBase = 1;
constexpr uint8_t kLoad = 0x8B, kStore = 0x89;
constexpr uint8_t kModeMask = 0xC0, kModeShort = 0x40, kModeLong = 0x80, kModeRegister = 0xC0;
constexpr uint8_t kFpLow = 5;  // r13
constexpr uint8_t kArithmeticByByte = 0x83;
constexpr uint8_t kStoreConstant = 0xC7, kMoveConstant = 0xB8;

bool FitsImmediateByte(uint64_t value) {
  const auto low = static_cast<int32_t>(static_cast<uint32_t>(value));
  return low == static_cast<int8_t>(low);
}

// Whether the next cell may be come to from elsewhere than its stencil's end.
bool LeavesStencils(const Stencil* stencil) {
  return stencil == nullptr || !stencil->goes_on ||
         std::ranges::any_of(UsesOf(*stencil),
                             [](const HoleUse& use) { return use.hole == Hole::go_handler; });
}

bool FitsShort(uint32_t slot) {
  return slot <= INT8_MAX;
}

// Whether a register could stand for what is accessed there.
bool IsWhole(uint32_t slot) {
  return slot % 8 == 0;
}

}  // namespace

template <typename T>
void BaselineAssembler::Append(T value) {
  const size_t at = bytes.size();
  bytes.resize(at + sizeof(value));
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

bool BaselineAssembler::Run() {
  FindSlotUses();
  starts.resize(cells_.size());
  loop_starts_.resize(cells_.size());
  entries.resize(cells_.size());
  bytes.reserve(cells_.size() * 24);
  for (uint32_t cell = 0; cell < cells_.size();) {
    const auto next = static_cast<uint32_t>(cell + CellsOf(cells_, cell));
    for (uint32_t i = cell; i < next; ++i) starts[i] = here();
    if (entered_ != nullptr) ZeroLocals(*std::exchange(entered_, nullptr));
    AddCell(cell, next);
    if (stencils_[cell] != nullptr && IsEnter(cells_[cell].handler)) entered_ = &cells_[cell];
    for (uint32_t i = cell + 1; i < next; ++i) entries[i] = entries[cell];
    cell = next;
  }
  for (const Entry& entry : outside_) AddEntry(entry);
  for (const Place& place : places_) Resolve(place);
  return bytes.size() <= INT32_MAX;
}

void BaselineAssembler::FindSlotUses() {
  stencils_.resize(cells_.size());
  for (uint32_t cell = 0; cell < cells_.size();) {
    const auto next = static_cast<uint32_t>(cell + CellsOf(cells_, cell));
    uses_.Begin(cell);
    const Stencil* stencil = FittingStencil(&cells_[cell]);
    if (IsEnter(cells_[cell].handler) && ZeroedBytes(&cells_[cell]) > kMostZeroedBytes)
      stencil = nullptr;
    stencils_[cell] = stencil;
    if (stencil == nullptr) {
      uses_.Stop(cell, /*forgets=*/true);
      cell = next;
      continue;
    }
    bool branches = false;
    for (const HoleUse& use : UsesOf(*stencil)) {
      branches |= use.hole == Hole::go_target || use.hole == Hole::table;
      if (!IsSlot(use.kind)) continue;
      const uint32_t slot = SlotOf(use, &cells_[cell]);
      if (use.kind == HoleKind::kSlotWrite || (use.kind == HoleKind::kSlotMove && !IsWhole(slot))) {
        uses_.Add(slot, SlotUses::Kind::kWrite);
      } else if (use.kind == HoleKind::kSlotMove) {
        uses_.Add(slot, SlotUses::Kind::kMove);
      } else if (use.kind == HoleKind::kSlotRead && IsWhole(slot)) {
        uses_.Add(slot, SlotUses::Kind::kRead);
      }
    }
    const bool forgets = stencil->writes_slots_unseen || (!stencil->goes_on && !branches);
    if (forgets || !stencil->goes_on) uses_.Stop(cell, forgets);
    const uint32_t target = TargetOf(*stencil, cell);
    if (target <= cell) uses_.BranchBack(cell, target, *stencil);
    cell = next;
  }
  uses_.End();
}

void BaselineAssembler::AddCell(uint32_t cell, uint32_t next) {
  for (const SlotLoad& load : registers_.Begin(cell)) LoadSlot(load);
  loop_starts_[cell] = here();
  entries[cell] = here();
  const Stencil* const stencil = stencils_[cell];
  const bool comes_from_handlers = std::exchange(leaves_, LeavesStencils(stencil));
  if (stencil == nullptr) {
    // Whoever comes from outside goes to the handler itself.
    if (registers_.is_reached()) GoToHandler(cell);
    registers_.EndWithout();
    return;
  }
  // Elsewhere nobody comes in from outside, and if so is interpreted for a few cells.
  const bool has_entry = comes_from_handlers || registers_.is_target();
  if (registers_.state().IsEmpty()) {
    copied.push_back(cell);
  } else if (has_entry) {
    copied.push_back(cell);
    outside_.push_back({cell, registers_.state()});
  }
  const uint32_t target = TargetOf(*stencil, cell);
  for (const SlotLoad& load : registers_.Prepare(*stencil, target <= cell ? target : kEmpty))
    LoadSlot(load);
  if (IsCopy(cells_[cell].handler)) {
    CopySlots(*stencil, cell);
  } else if (SmallConstantOf(cells_[cell])) {
    SetSlot(uses_.Of(cell).front(), *SmallConstantOf(cells_[cell]));
  } else {
    Copy(*stencil, cell, next);
  }
  BranchForward(*stencil, cell);
  registers_.End();
}

// The cell moves slots to slots: from registers at once, and with no more instructions than needed.
void BaselineAssembler::CopySlots(const Stencil& stencil, uint32_t cell) {
  constexpr uint8_t kRax = 0;
  uint8_t from = kRax;
  std::span<const SlotUses::Use> accesses = uses_.Of(cell);
  for (const HoleUse& use : UsesOf(stencil)) {
    if (!IsSlot(use.kind)) continue;
    const SlotUses::Use& access = accesses.front();
    accesses = accesses.subspan(1);
    if (access.kind == SlotUses::Kind::kRead) {
      const int index = registers_.Read(access);
      from = index >= 0 ? kSlotRegisters[index] : kRax;
      if (index < 0) AccessSlot(kLoad, kRax, access.slot);
      continue;
    }
    AccessSlot(kStore, from, access.slot);
    if (const int to = registers_.Move(access); to >= 0) MoveRegister(kSlotRegisters[to], from);
  }
}

void BaselineAssembler::SetSlot(const SlotUses::Use& access, int32_t value) {
  Append(static_cast<uint8_t>(kRexWide | kRexBase));
  Append(kStoreConstant);
  AppendFpOperand(0, access.slot);
  Append(value);
  const int to = registers_.Move(access);
  if (to < 0) return;
  const uint8_t number = kSlotRegisters[to];
  if (value >= 0) {
    if (number >= 8) Append(uint8_t{0x41});
    Append(static_cast<uint8_t>(kMoveConstant | (number & 7)));
  } else {
    Append(static_cast<uint8_t>(kRexWide | number >> 3));
    Append(kStoreConstant);
    Append(static_cast<uint8_t>(kModeRegister | (number & 7)));
  }
  Append(value);
}

void BaselineAssembler::BranchForward(const Stencil& stencil, uint32_t cell) {
  const uint32_t target = TargetOf(stencil, cell);
  if (target != kEmpty && target > cell) registers_.BranchTo(target);
  const bool by_table = std::ranges::any_of(
      UsesOf(stencil), [](const HoleUse& use) { return use.hole == Hole::table; });
  if (!by_table) return;
  const auto* const distances = reinterpret_cast<const int32_t*>(&cells_[cell + 1]);
  for (int32_t i = 0; i <= cells_[cell].imm; ++i) {
    const uint32_t to = CellBehind(cell, distances[i]);
    if (to > cell) registers_.BranchTo(to);
  }
}

// The cell that the stencil branches to; kEmpty: to none.
uint32_t BaselineAssembler::TargetOf(const Stencil& stencil, uint32_t cell) const {
  for (const HoleUse& use : UsesOf(stencil)) {
    if (use.hole == Hole::go_target) return CellBehind(cell, cells_[cell].imm);
  }
  return kEmpty;
}

void BaselineAssembler::Copy(const Stencil& stencil, uint32_t cell, uint32_t next) {
  const uint32_t start = here();
  const size_t first_place = places_.size();
  const uint8_t* const from = airwasm_stencil_code + stencil.code;
  std::span<const SlotUses::Use> accesses = uses_.Of(cell);
  size_t done = 0;
  const auto copy_until = [&](size_t end) {
    bytes.insert(bytes.end(), from + done, from + end);
    done = end;
  };
  moved_.clear();
  for (const HoleUse& use : UsesOf(stencil)) {
    copy_until(use.at);
    if (IsPlace(use.hole)) {
      places_.push_back({here(), &use, cell, next});
      copy_until(use.at + BytesOf(use.kind));
      continue;
    }
    if (IsSlot(use.kind)) {
      const uint32_t slot = SlotOf(use, &cells_[cell]);
      const bool is_followed =
          use.kind != HoleKind::kSlotReadElse && (use.kind != HoleKind::kSlotRead || IsWhole(slot));
      const uint32_t before = here();
      CopySlotUse(slot, is_followed ? &accesses.front() : nullptr);
      if (is_followed) accesses = accesses.subspan(1);
      done += 4;
      moved_.emplace_back(static_cast<uint16_t>(done), static_cast<int32_t>(here() - before) - 4);
      continue;
    }
    const uint64_t value =
        ValueOf(use.hole, &cells_[cell]) + static_cast<uint64_t>(int64_t{use.addend});
    if (IsArithmetic(use.kind) && FitsImmediateByte(value)) {
      bytes[bytes.size() - 2] = kArithmeticByByte;
      Append(static_cast<uint8_t>(value));
      done += 4;
      moved_.emplace_back(static_cast<uint16_t>(done), -3);
      continue;
    }
    if (use.kind == HoleKind::kDisplacement && value <= INT8_MAX) {
      uint8_t& modrm = bytes[bytes.size() - 2];
      modrm = static_cast<uint8_t>((modrm & ~kModeMask) | kModeShort);
      Append(static_cast<uint8_t>(value));
      done += 4;
      moved_.emplace_back(static_cast<uint16_t>(done), -3);
      continue;
    }
    const size_t size = BytesOf(use.kind);
    const size_t at = bytes.size();
    bytes.resize(at + size);
    std::memcpy(bytes.data() + at, &value, size);
    done += size;
  }
  copy_until(stencil.code_bytes);
  for (size_t i = first_place; i < places_.size();) {
    if (places_[i].use->hole != Hole::inside) {
      ++i;
      continue;
    }
    ResolveInside(places_[i], start);
    places_.erase(places_.begin() + static_cast<long>(i));
  }
}

// Everything of the instruction up to its ModRM byte has been copied, and the displacement comes
// next.
void BaselineAssembler::CopySlotUse(uint32_t slot, const SlotUses::Use* access) {
  const size_t modrm = bytes.size() - 1;
  const size_t rex = modrm - (bytes[modrm - 2] == 0x0F ? 3 : 2);
  const int index =
      access != nullptr && access->kind == SlotUses::Kind::kRead ? registers_.Read(*access) : -1;
  if (index >= 0) {
    const uint8_t number = kSlotRegisters[index];
    bytes[modrm] = static_cast<uint8_t>((bytes[modrm] & 0x38) | kModeRegister | (number & 7));
    bytes[rex] = static_cast<uint8_t>((bytes[rex] & ~kRexBase) | number >> 3);
    return;
  }
  if (FitsShort(slot)) {
    bytes[modrm] = static_cast<uint8_t>((bytes[modrm] & ~kModeMask) | kModeShort);
    Append(static_cast<uint8_t>(slot));
  } else {
    Append(slot);
  }
  if (access == nullptr) return;
  if (access->kind == SlotUses::Kind::kWrite) registers_.Write(*access);
  if (access->kind != SlotUses::Kind::kMove) return;
  const auto from = static_cast<uint8_t>((bytes[rex] & kRexField) << 1 | (bytes[modrm] >> 3 & 7));
  if (const int to = registers_.Move(*access); to >= 0) MoveRegister(kSlotRegisters[to], from);
}

void BaselineAssembler::ResolveInside(const Place& place, uint32_t start) {
  int32_t to = static_cast<int32_t>(start) + place.use->constant;
  for (const auto& [at, distance] : moved_) {
    if (at <= place.use->constant) to += distance;
  }
  const int32_t distance = to - static_cast<int32_t>(place.at) + place.use->addend;
  std::memcpy(bytes.data() + place.at, &distance, place.use->kind == HoleKind::kDistance8 ? 1 : 4);
}

// Behind the stencil of an Enter cell (ZeroLocals in handlers_control.cc).
void BaselineAssembler::ZeroLocals(const Cell& enter) {
  constexpr uint8_t kXmm1 = 1 << 3;
  uint32_t slot = enter.a;
  const uint32_t end = slot + ZeroedBytes(&enter);
  if (slot == end) return;
  for (const uint8_t byte : {0x0F, 0x57, 0xC9}) Append(byte);  // xorps xmm1, xmm1
  for (; slot + 16 <= end; slot += 16) {
    for (const uint8_t byte : {0x41, 0x0F, 0x11}) Append(byte);  // movups [fp + slot], xmm1
    AppendFpOperand(kXmm1, slot);
  }
  if (slot == end) return;
  for (const uint8_t byte : {0x66, 0x41, 0x0F, 0xD6}) Append(byte);  // movq [fp + slot], xmm1
  AppendFpOperand(kXmm1, slot);
}

// The ModRM byte, with the bits of `field` as they stand in it, and what follows it, of an operand
// [fp + slot].
void BaselineAssembler::AppendFpOperand(uint8_t field, uint32_t slot) {
  if (FitsShort(slot)) {
    Append(static_cast<uint8_t>(kModeShort | field | kFpLow));
    Append(static_cast<uint8_t>(slot));
  } else {
    Append(static_cast<uint8_t>(kModeLong | field | kFpLow));
    Append(slot);
  }
}

void BaselineAssembler::LoadSlot(const SlotLoad& load) {
  AccessSlot(kLoad, kSlotRegisters[load.index], load.slot);
}

// mov register, [fp + slot], or the other way round.
void BaselineAssembler::AccessSlot(uint8_t opcode, uint8_t number, uint32_t slot) {
  Append(static_cast<uint8_t>(kRexWide | (number >> 3 != 0 ? kRexField : 0) | kRexBase));
  Append(opcode);
  AppendFpOperand(static_cast<uint8_t>((number & 7) << 3), slot);
}

// mov to, from
void BaselineAssembler::MoveRegister(uint8_t to, uint8_t from) {
  Append(static_cast<uint8_t>(kRexWide | (from >> 3 != 0 ? kRexField : 0) | to >> 3));
  Append(kStore);
  Append(static_cast<uint8_t>(kModeRegister | (from & 7) << 3 | (to & 7)));
}

// Where the cell is come to with nothing in registers.
void BaselineAssembler::AddEntry(const Entry& entry) {
  entries[entry.cell] = here();
  for (size_t i = 0; i < kNumSlotRegisters; ++i) {
    if (entry.state.slots[i] != kEmpty) LoadSlot({static_cast<uint8_t>(i), entry.state.slots[i]});
  }
  Append(uint8_t{0xE9});
  Append(loop_starts_[entry.cell] - (here() + 4));
}

// mov r12 (pc), cell; mov rax, handler; jmp rax
void BaselineAssembler::GoToHandler(uint32_t cell) {
  Append(uint16_t{0xBC49});
  Append(reinterpret_cast<uint64_t>(&cells_[cell]));
  Append(uint16_t{0xB848});
  Append(reinterpret_cast<uint64_t>(cells_[cell].handler));
  Append(uint16_t{0xE0FF});
}

void BaselineAssembler::Resolve(const Place& place) {
  uint32_t to = 0;
  switch (place.use->hole) {
    case Hole::go_next:
      to = starts[place.next];
      break;
    case Hole::go_target: {
      const uint32_t target = CellBehind(place.cell, cells_[place.cell].imm);
      to = target > place.cell ? starts[target] : loop_starts_[target];
      break;
    }
    case Hole::go_handler:
      if (exit_cell_ != place.cell) {
        exit_cell_ = place.cell;
        exit_ = here();
        GoToHandler(place.cell);
      }
      to = exit_;
      break;
    case Hole::table:
      to = TableOf(place.cell);
      break;
    default:
      to = ConstantAt(place.use->constant);
      break;
  }
  const uint32_t distance = to - place.at + static_cast<uint32_t>(int32_t{place.use->addend});
  std::memcpy(bytes.data() + place.at, &distance, sizeof(distance));
}

uint32_t BaselineAssembler::CellBehind(uint32_t cell, int32_t distance) const {
  return static_cast<uint32_t>(int64_t{cell} + distance / int32_t{sizeof(Cell)});
}

// What branches back through a table loads what is expected there.
uint32_t BaselineAssembler::TableOf(uint32_t cell) {
  const uint32_t table = here();
  const auto* const distances = reinterpret_cast<const int32_t*>(&cells_[cell + 1]);
  for (int32_t i = 0; i <= cells_[cell].imm; ++i) {
    const uint32_t target = CellBehind(cell, distances[i]);
    Append((target > cell ? starts[target] : entries[target]) - table);
  }
  return table;
}

// A copy of the constant in this code.
uint32_t BaselineAssembler::ConstantAt(uint16_t index) {
  const auto [it, is_new] = constants_.try_emplace(index);
  if (is_new) {
    bytes.resize((bytes.size() + kConstantBytes - 1) / kConstantBytes * kConstantBytes);
    it->second = here();
    const uint8_t* const from = airwasm_stencil_constants + index * kConstantBytes;
    bytes.insert(bytes.end(), from, from + kConstantBytes);
  }
  return it->second;
}

}  // namespace airwasm::interp
