#include <algorithm>
#include <cstring>
#include <optional>

#include "engine/interp/stencil_made.h"
#include "engine/interp/x86_decoder.h"

namespace airwasm::interp {
namespace {

using x86::Instruction;

constexpr uint8_t kTwoBytes = 0x0F, kJmp = 0xE9, kJmpNear = 0xEB, kJcc = 0x80;
constexpr uint8_t kRegisterMode = 0xC0;

// One instruction.
struct Part {
  Instruction instruction;
  std::vector<uint8_t> bytes;
  std::vector<HoleUse> uses;     // `at` in `bytes`
  std::optional<size_t> target;  // of a jump inside: the part, or one behind the last
  bool is_gone = false;
};

bool IsExit(Hole hole) {
  return hole == Hole::go_next || hole == Hole::go_target || hole == Hole::go_handler;
}

// Whether nothing falls through it: jumps, also by registers.
bool EndsFlow(const Part& part) {
  const Instruction& i = part.instruction;
  return i.map == 0 && (i.opcode == kJmp || i.opcode == kJmpNear || i.opcode == 0xC3 ||
                        (i.opcode == 0xFF && (i.field() == 4 || i.field() == 5)));
}

class Simplifier {
 public:
  // False: something in it is not known.
  bool Take(const Made& made) {
    std::vector<size_t> starts;
    for (size_t at = 0; at < made.code.size();) {
      Part part;
      part.instruction = x86::Decode({made.code.data() + at, made.code.size() - at});
      const size_t size = part.instruction.bytes;
      if (size == 0) return false;
      part.bytes.assign(made.code.begin() + static_cast<long>(at),
                        made.code.begin() + static_cast<long>(at + size));
      for (HoleUse use : made.uses) {
        if (use.at < at || use.at >= at + size) continue;
        use.at = static_cast<uint16_t>(use.at - at);
        part.uses.push_back(use);
      }
      starts.push_back(at);
      parts_.push_back(std::move(part));
      at += size;
    }
    starts.push_back(made.code.size());
    for (size_t i = 0; i < parts_.size(); ++i) {
      Part& part = parts_[i];
      if (!x86::IsJump(part.instruction) || !part.uses.empty()) continue;
      const int64_t to = static_cast<int64_t>(starts[i + 1]) + DistanceIn(part);
      const auto found = std::ranges::find(starts, static_cast<size_t>(to));
      if (found == starts.end()) return false;
      part.target = static_cast<size_t>(found - starts.begin());
      jumps_back_ |= *part.target <= i;
    }
    return true;
  }

  void Run() {
    for (Part& part : parts_) LeaveAtOnce(part);
    DropWhatIsNotReached();
    for (size_t i = 0; i + 1 < parts_.size(); ++i) {
      UseImmediate(i);
      CompareInMemory(i);
    }
  }

  // Into `made`, unless a near jump would no longer reach its place.
  void Put(Made& into) const {
    Made made = into;
    made.code.clear();
    made.uses.clear();
    std::vector<size_t> starts;
    for (const Part& part : parts_) {
      starts.push_back(made.code.size());
      if (part.is_gone) continue;
      for (HoleUse use : part.uses) {
        use.at = static_cast<uint16_t>(use.at + made.code.size());
        made.uses.push_back(use);
      }
      made.code.insert(made.code.end(), part.bytes.begin(), part.bytes.end());
    }
    starts.push_back(made.code.size());
    for (size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      if (part.is_gone || !part.target) continue;
      const size_t end = starts[i] + part.bytes.size();
      const auto distance = static_cast<int32_t>(starts[*part.target]) - static_cast<int32_t>(end);
      const size_t bytes = part.instruction.immediate_bytes;
      if (bytes == 1 && distance != static_cast<int8_t>(distance)) return;
      std::memcpy(made.code.data() + end - bytes, &distance, bytes);
    }
    into = std::move(made);
  }

 private:
  static int32_t DistanceIn(const Part& part) {
    const uint8_t* const at = part.bytes.data() + part.instruction.immediate_at;
    if (part.instruction.immediate_bytes == 1) return static_cast<int8_t>(*at);
    int32_t distance;
    std::memcpy(&distance, at, sizeof distance);
    return distance;
  }

  // A jump to a jump out of the stencil.
  void LeaveAtOnce(Part& part) const {
    if (!part.target || *part.target >= parts_.size()) return;
    const Part& exit = parts_[*part.target];
    if (!exit.instruction.Is(0, kJmp) || exit.uses.size() != 1 || !IsExit(exit.uses[0].hole))
      return;
    const uint8_t opcode = part.instruction.opcode;
    if (part.instruction.map == 0 && (opcode == kJmp || opcode == kJmpNear)) {
      part.bytes = exit.bytes;
      part.uses = exit.uses;
    } else {
      part.bytes = {kTwoBytes, static_cast<uint8_t>(kJcc | (opcode & 0x0F)), 0, 0, 0, 0};
      part.uses = exit.uses;
      part.uses[0].at = 2;
    }
    part.target.reset();
    part.instruction = x86::Decode(part.bytes);
  }

  void DropWhatIsNotReached() {
    std::vector<bool> is_reached(parts_.size() + 1);
    std::vector<size_t> open = {0};
    while (!open.empty()) {
      const size_t i = open.back();
      open.pop_back();
      if (is_reached[i]) continue;
      is_reached[i] = true;
      if (i == parts_.size()) continue;
      if (!EndsFlow(parts_[i])) open.push_back(i + 1);
      if (parts_[i].target) open.push_back(*parts_[i].target);
    }
    for (size_t i = 0; i < parts_.size(); ++i) parts_[i].is_gone = !is_reached[i];
  }

  bool IsTarget(size_t i) const {
    return std::ranges::any_of(parts_,
                               [i](const Part& part) { return !part.is_gone && part.target == i; });
  }

  // Whether anything but part i and the one behind it names the register. Those that go from
  // stencil to stencil are always named.
  bool IsUsedElsewhere(size_t i, int number) const {
    constexpr uint16_t kOfOneStencil =
        x86::Bit(x86::rax) | x86::Bit(x86::rcx) | x86::Bit(x86::rbx) | x86::Bit(x86::r10);
    if ((kOfOneStencil >> number & 1) == 0 || jumps_back_) return true;
    for (size_t k = i + 2; k < parts_.size(); ++k) {
      if (!parts_[k].is_gone && (x86::RegistersOf(parts_[k].instruction) >> number & 1) != 0)
        return true;
    }
    return false;
  }

  // mov temporary, hole; op register, temporary.
  void UseImmediate(size_t i) {
    Part& move = parts_[i];
    Part& user = parts_[i + 1];
    if (move.is_gone || user.is_gone || IsTarget(i + 1) || move.uses.size() != 1) return;
    const Instruction& m = move.instruction;
    const Instruction& u = user.instruction;
    const HoleUse hole = move.uses[0];
    int temporary = 0;
    if (m.map == 0 && m.opcode >= 0xB8 && m.opcode <= 0xBF && hole.kind == HoleKind::kUnsigned32) {
      temporary = (m.opcode & 7) | (m.rex & 1) << 3;
    } else if (m.Is(0, 0xC7) && m.is_wide() && !m.has_memory() &&
               hole.kind == HoleKind::kSigned32) {
      temporary = (m.modrm & 7) | (m.rex & 1) << 3;
    } else {
      return;
    }
    if (!u.has_modrm || u.prefix != 0) return;  // of 16 bits, say
    const int field = u.field() | (u.rex & 4) << 1;
    const int other = (u.modrm & 7) | (u.rex & 1) << 3;
    // mov eax, eax: the upper half is zero already.
    if (u.Is(0, 0x89) && !u.has_memory() && !u.is_wide() && field == temporary &&
        other == temporary && hole.kind == HoleKind::kUnsigned32) {
      user.is_gone = true;
      return;
    }
    if (IsUsedElsewhere(i, temporary)) return;
    if (u.Is(0, 0xD3) && temporary == x86::rcx && !u.has_memory() && other != x86::rcx)
      return Replace(i, ShiftBy(u, hole));
    if (u.Is(0, 0x85) && !u.has_memory() && !u.is_wide() && hole.kind == HoleKind::kUnsigned32 &&
        (field == temporary) != (other == temporary))
      return Replace(i, TestBy(field == temporary ? other : field, hole));
    // What goes to both halves must be extended as an immediate is.
    if (u.is_wide() != (hole.kind == HoleKind::kSigned32)) return;
    const bool is_arithmetic = u.map == 0 && u.opcode < 0x40;
    if (is_arithmetic && (u.opcode & 7) == 1 && field == temporary && u.base != temporary &&
        u.index != temporary && (u.has_memory() || other != temporary)) {
      Replace(i, Arithmetic(user, u.opcode >> 3, hole));
    } else if (is_arithmetic && (u.opcode & 7) == 3 && !u.has_memory() && other == temporary &&
               field != temporary) {
      Replace(i, ArithmeticOnField(u, hole));
    }
  }

  // mov temporary, memory; test temporary, temporary: the poll word, most often.
  void CompareInMemory(size_t i) {
    const Part& load = parts_[i];
    const Instruction& l = load.instruction;
    const Instruction& t = parts_[i + 1].instruction;
    if (load.is_gone || parts_[i + 1].is_gone || IsTarget(i + 1) || !load.uses.empty()) return;
    if (!l.Is(0, 0x8B) || !l.has_memory() || l.is_wide() || l.prefix != 0) return;
    const int temporary = l.field() | (l.rex & 4) << 1;
    const bool tests_it = t.Is(0, 0x85) && !t.is_wide() && t.prefix == 0 && !t.has_memory() &&
                          (t.field() | (t.rex & 4) << 1) == temporary &&
                          ((t.modrm & 7) | (t.rex & 1) << 3) == temporary;
    if (!tests_it || IsUsedElsewhere(i, temporary)) return;
    constexpr uint8_t kCompare = 7 << 3;
    Part part;
    part.bytes = load.bytes;
    const size_t opcode = l.rex != 0 ? 1 : 0;
    if (l.rex != 0) part.bytes[0] = static_cast<uint8_t>(l.rex & ~4);
    part.bytes[opcode] = 0x83;
    part.bytes[opcode + 1] = static_cast<uint8_t>((l.modrm & 0xC7) | kCompare);
    part.bytes.push_back(0);
    Replace(i, std::move(part));
  }

  static HoleUse At(HoleUse hole, size_t at) {
    hole.at = static_cast<uint16_t>(at);
    return hole;
  }

  static Part ShiftBy(const Instruction& u, HoleUse hole) {
    Part part;
    if (u.rex != 0) part.bytes.push_back(u.rex);
    part.bytes.insert(part.bytes.end(), {0xC1, u.modrm, 0});
    hole.kind = HoleKind::kByte;
    part.uses.push_back(At(hole, part.bytes.size() - 1));
    return part;
  }

  static Part TestBy(int number, HoleUse hole) {
    Part part;
    if (number >= 8) part.bytes.push_back(0x41);
    part.bytes.insert(part.bytes.end(), {0xF7, static_cast<uint8_t>(kRegisterMode | (number & 7))});
    part.uses.push_back(At(hole, part.bytes.size()));
    part.bytes.insert(part.bytes.end(), 4, 0);
    return part;
  }

  // op rm, immediate: the ModRM byte and what belongs to it stays, but for the field.
  static Part Arithmetic(const Part& user, int operation, HoleUse hole) {
    const Instruction& u = user.instruction;
    Part part;
    part.bytes = user.bytes;
    part.uses = user.uses;
    size_t opcode_at = 0;
    if (u.rex != 0) part.bytes[opcode_at++] = static_cast<uint8_t>(u.rex & ~4);
    part.bytes[opcode_at] = 0x81;
    part.bytes[opcode_at + 1] = static_cast<uint8_t>((u.modrm & 0xC7) | operation << 3);
    part.uses.push_back(At(hole, part.bytes.size()));
    part.bytes.insert(part.bytes.end(), 4, 0);
    return part;
  }

  static Part ArithmeticOnField(const Instruction& u, HoleUse hole) {
    Part part;
    const auto rex = static_cast<uint8_t>((u.rex & 8) | (u.rex & 4) >> 2);
    if (rex != 0) part.bytes.push_back(0x40 | rex);
    part.bytes.insert(part.bytes.end(),
                      {0x81, static_cast<uint8_t>(kRegisterMode | (u.opcode & 0x38) | u.field())});
    part.uses.push_back(At(hole, part.bytes.size()));
    part.bytes.insert(part.bytes.end(), 4, 0);
    return part;
  }

  void Replace(size_t i, Part part) {
    part.instruction = x86::Decode(part.bytes);
    if (part.instruction.bytes != part.bytes.size()) return;
    parts_[i].is_gone = true;
    parts_[i + 1] = std::move(part);
  }

  std::vector<Part> parts_;
  bool jumps_back_ = false;
};

}  // namespace

void Simplify(Made& made) {
  Simplifier simplifier;
  if (!simplifier.Take(made)) return;
  simplifier.Run();
  simplifier.Put(made);
}

// Of `jcc next; jmp target`, as it is compiled, the condition is turned round first.
void EndWithNext(Made& made) {
  const auto ends_in_jump = [&] {
    return made.code.size() >= 5 && !made.uses.empty() &&
           made.uses.back().at == made.code.size() - 4 && made.code[made.code.size() - 5] == kJmp &&
           made.uses.back().addend == -4;
  };
  if (!ends_in_jump()) return;
  if (made.uses.back().hole != Hole::go_next && made.uses.size() >= 2) {
    HoleUse& branch = made.uses[made.uses.size() - 2];
    const size_t at = made.code.size() - 5 - 6;
    if (made.code.size() >= 11 && branch.at == at + 2 && branch.hole == Hole::go_next &&
        branch.addend == -4 && made.code[at] == kTwoBytes && (made.code[at + 1] & 0xF0) == kJcc) {
      made.code[at + 1] ^= 1;
      std::swap(branch.hole, made.uses.back().hole);
    }
  }
  if (made.uses.back().hole != Hole::go_next) return;
  made.code.resize(made.code.size() - 5);
  made.uses.pop_back();
}

}  // namespace airwasm::interp
