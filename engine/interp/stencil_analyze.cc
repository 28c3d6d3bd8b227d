#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "engine/interp/stencil_made.h"
#include "engine/interp/x86_decoder.h"

namespace airwasm::interp {
namespace {

class Analysis {
 public:
  explicit Analysis(Made& made) : made_(made) {}

  void Run() {
    made_.properties.is_straight = true;
    for (const HoleUse& use : made_.uses) {
      if ((use.hole == Hole::go_next || use.hole == Hole::go_target || use.hole == Hole::table) &&
          use.at + 4u != made_.code.size())
        made_.properties.is_straight = false;
    }
    std::vector<HoleUse> inside;
    for (size_t at = 0; at < made_.code.size();) {
      const x86::Instruction instruction =
          x86::Decode({made_.code.begin() + long(at), made_.code.end()});
      if (instruction.bytes == 0) return Unknown();
      Look(instruction, at);
      if (x86::IsJump(instruction) && UseAt(at + instruction.immediate_at) == nullptr)
        inside.push_back(JumpInside(instruction, at));
      at += instruction.bytes;
    }
    if (inside.empty()) return;
    if (!std::all_of(inside.begin(), inside.end(), [&](const HoleUse& u) { return MayGrow(u); }))
      return Unknown();
    made_.properties.is_straight = false;
    made_.uses.insert(made_.uses.end(), inside.begin(), inside.end());
    std::sort(made_.uses.begin(), made_.uses.end(), LiesBefore);
  }

 private:
  static constexpr x86::Register kFp = x86::r13;

  // It is copied as it is, and nothing in it changes its length.
  void Unknown() {
    made_.properties.busy = (1 << kNumSlotRegisters) - 1;
    made_.properties.is_straight = false;
    made_.properties.writes_slots_unseen = true;
    for (HoleUse& use : made_.uses) {
      if (use.kind == HoleKind::kArithmetic32) use.kind = HoleKind::kUnsigned32;
      if (use.kind == HoleKind::kArithmetic64 || use.kind >= HoleKind::kDisplacement)
        use.kind = HoleKind::kSigned32;
    }
  }

  // Whether the jump still reaches its place when each store has one into a register behind it.
  bool MayGrow(const HoleUse& jump) const {
    constexpr int kStoreBytes = 3;
    if (jump.kind != HoleKind::kDistance8) return true;
    const auto stores = std::count_if(made_.uses.begin(), made_.uses.end(), [](const HoleUse& u) {
      return u.kind == HoleKind::kSlotMove;
    });
    return std::abs(jump.constant - (jump.at + 1)) + kStoreBytes * stores <= INT8_MAX;
  }

  HoleUse* UseAt(size_t at) {
    for (HoleUse& use : made_.uses) {
      if (use.at == at) return &use;
    }
    return nullptr;
  }

  HoleUse JumpInside(const x86::Instruction& jump, size_t at) const {
    const size_t from = at + jump.immediate_at;
    int32_t distance = 0;
    if (jump.immediate_bytes == 1) {
      distance = static_cast<int8_t>(made_.code[from]);
    } else {
      std::memcpy(&distance, &made_.code[from], sizeof distance);
    }
    return {.at = static_cast<uint16_t>(from),
            .addend = static_cast<int16_t>(-jump.immediate_bytes),
            .constant = static_cast<uint16_t>(static_cast<int32_t>(at + jump.bytes) + distance),
            .hole = Hole::inside,
            .kind = jump.immediate_bytes == 1 ? HoleKind::kDistance8 : HoleKind::kDistance32};
  }

  void Look(const x86::Instruction& instruction, size_t at) {
    x86::Instruction operands = instruction;
    operands.base = x86::kNone;
    const uint16_t all = x86::RegistersOf(operands);
    for (size_t i = 0; i < kNumSlotRegisters; ++i) {
      if ((x86::RegistersOf(instruction) >> kSlotRegisters[i] & 1) != 0)
        made_.properties.busy |= static_cast<uint8_t>(1 << i);
    }
    if ((all & x86::Bit(kFp)) != 0) made_.properties.writes_slots_unseen = true;
    if (instruction.Is(0, 0x81) && !instruction.has_memory()) {
      if (HoleUse* const use = UseAt(at + instruction.immediate_at); use != nullptr)
        use->kind = instruction.is_wide() ? HoleKind::kArithmetic64 : HoleKind::kArithmetic32;
    }
    if (instruction.index != x86::kNone) {
      if (HoleUse* const use = UseAt(at + instruction.displacement_at); use != nullptr)
        use->kind = HoleKind::kDisplacement;
    }
    if (instruction.base != kFp) return;
    const x86::Access access = x86::AccessOf(instruction);
    HoleUse* const use =
        instruction.index == x86::kNone ? UseAt(at + instruction.displacement_at) : nullptr;
    const bool reads = access == x86::Access::kRead || access == x86::Access::kReadElse;
    if (use == nullptr || access == x86::Access::kUnknown) {
      if (!reads) made_.properties.writes_slots_unseen = true;
      return;
    }
    switch (access) {
      case x86::Access::kRead:
        use->kind = HoleKind::kSlotRead;
        break;
      case x86::Access::kReadElse:
        use->kind = HoleKind::kSlotReadElse;
        break;
      case x86::Access::kMove:
        use->kind = HoleKind::kSlotMove;
        break;
      default:
        use->kind = HoleKind::kSlotWrite;
        break;
    }
  }

  Made& made_;
};

}  // namespace

void Analyze(Made& made) {
  Analysis(made).Run();
}

}  // namespace airwasm::interp
