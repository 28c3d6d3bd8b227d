#include "engine/interp/x86_decoder.h"

namespace airwasm::interp::x86 {
namespace {

constexpr uint8_t kOperandSize = 0x66;

// A cursor over the bytes; past their end it reads zeros and the instruction is longer than they
// are.
struct Cursor {
  std::span<const uint8_t> code;
  uint8_t at = 0;
  uint8_t Peek() const { return at < code.size() ? code[at] : 0; }
  uint8_t Take() {
    const uint8_t byte = Peek();
    ++at;
    return byte;
  }
};

// Of one byte: the arithmetic instructions that are laid out alike, six forms each.
bool IsArithmetic(uint8_t opcode) {
  return opcode < 0x40 && (opcode & 7) < 6;
}

bool HasModrm(uint8_t map, uint8_t opcode) {
  if (map >= 2) return true;
  const auto in = [opcode](uint8_t first, uint8_t last) {
    return opcode >= first && opcode <= last;
  };
  if (map == 1) {
    return in(0x0D, 0x0D) || in(0x10, 0x2F) || in(0x40, 0x76) || in(0x7C, 0x7F) || in(0x90, 0x9F) ||
           in(0xA3, 0xA5) || in(0xAB, 0xC7) || in(0xD0, 0xFE);
  }
  if (IsArithmetic(opcode)) return (opcode & 7) < 4;
  return opcode == 0x63 || opcode == 0x69 || opcode == 0x6B || in(0x80, 0x8D) || in(0xC0, 0xC1) ||
         in(0xC6, 0xC7) || in(0xD0, 0xD3) || in(0xF6, 0xF7) || in(0xFE, 0xFF);
}

// The bytes of the immediate or the distance; 0xFF: not an instruction that is known here.
uint8_t ImmediateBytes(const Instruction& i) {
  const uint8_t word = i.prefix == kOperandSize ? 2 : 4;
  const auto in = [&i](uint8_t first, uint8_t last) {
    return i.opcode >= first && i.opcode <= last;
  };
  if (i.map == 3) return 1;
  if (i.map == 2) return 0;
  if (i.map == 1) {
    if (in(0x80, 0x8F)) return 4;
    if (in(0x70, 0x73) || in(0xA4, 0xA4) || in(0xAC, 0xAC) || in(0xBA, 0xBA) || in(0xC2, 0xC2) ||
        in(0xC4, 0xC6))
      return 1;
    return i.has_modrm || in(0x0B, 0x0B) || in(0xC8, 0xCF) ? 0 : 0xFF;
  }
  if (IsArithmetic(i.opcode) && !i.has_modrm) return (i.opcode & 7) == 4 ? 1 : word;
  if (in(0x69, 0x69) || in(0x68, 0x68) || in(0x81, 0x81) || in(0xA9, 0xA9) || in(0xC7, 0xC7))
    return word;
  if (in(0x6A, 0x6B) || in(0x80, 0x80) || in(0x82, 0x83) || in(0xA8, 0xA8) || in(0xC0, 0xC1) ||
      in(0xC6, 0xC6) || in(0xB0, 0xB7) || in(0x70, 0x7F) || in(0xEB, 0xEB))
    return 1;
  if (in(0xB8, 0xBF)) return i.is_wide() ? 8 : word;
  if (in(0xE8, 0xE9)) return 4;
  if (in(0xF6, 0xF6)) return i.field() < 2 ? 1 : 0;
  if (in(0xF7, 0xF7)) return i.field() < 2 ? word : 0;
  return i.has_modrm || in(0x50, 0x5F) || in(0x90, 0x99) || in(0xC3, 0xC3) || in(0xCC, 0xCC) ? 0
                                                                                             : 0xFF;
}

void TakeMemory(Instruction& i, Cursor& cursor) {
  const uint8_t mode = i.modrm >> 6;
  const uint8_t high_base = (i.rex & 1) << 3;
  uint8_t base = i.modrm & 7;
  if (base == rsp) {
    const uint8_t sib = cursor.Take();
    base = sib & 7;
    const uint8_t index = static_cast<uint8_t>((sib >> 3 & 7) | (i.rex & 2) << 2);
    if (index != rsp) i.index = index;
    if (base == rbp && mode == 0) {
      i.displacement_at = cursor.at;
      cursor.at += 4;
      return;
    }
  } else if (base == rbp && mode == 0) {  // rip
    i.displacement_at = cursor.at;
    cursor.at += 4;
    return;
  }
  i.base = base | high_base;
  if (mode == 0) return;
  i.displacement_at = cursor.at;
  cursor.at += mode == 1 ? 1 : 4;
}

// Whether the instruction's registers are vectors but for what is said in RegistersOf.
bool IsVector(const Instruction& i) {
  if (i.map != 1) return false;
  const uint8_t o = i.opcode;
  return (o >= 0x10 && o <= 0x2F) || (o >= 0x50 && o <= 0x7F) || o == 0xC2 ||
         (o >= 0xC4 && o <= 0xC6) || o >= 0xD0;
}

}  // namespace

Instruction Decode(std::span<const uint8_t> code) {
  Instruction i;
  Cursor cursor{code};
  while (cursor.Peek() == 0x66 || cursor.Peek() == 0xF2 || cursor.Peek() == 0xF3 ||
         cursor.Peek() == 0xF0 || cursor.Peek() == 0x2E)
    i.prefix = cursor.Take();
  if ((cursor.Peek() & 0xF0) == 0x40) i.rex = cursor.Take();
  i.opcode = cursor.Take();
  if (i.opcode == 0x0F) {
    i.map = 1;
    i.opcode = cursor.Take();
    if (i.opcode == 0x38 || i.opcode == 0x3A) {
      i.map = i.opcode == 0x38 ? 2 : 3;
      i.opcode = cursor.Take();
    }
  }
  i.has_modrm = HasModrm(i.map, i.opcode);
  if (i.has_modrm) {
    i.modrm = cursor.Take();
    if (i.has_memory()) TakeMemory(i, cursor);
  }
  const uint8_t immediate = ImmediateBytes(i);
  if (immediate == 0xFF) return {};
  if (immediate != 0) i.immediate_at = cursor.at;
  i.immediate_bytes = immediate;
  cursor.at += immediate;
  if (cursor.at <= code.size()) i.bytes = cursor.at;
  return i;
}

bool IsJump(const Instruction& i) {
  if (i.map == 1) return i.opcode >= 0x80 && i.opcode <= 0x8F;
  return i.map == 0 &&
         ((i.opcode >= 0x70 && i.opcode <= 0x7F) || i.opcode == 0xE9 || i.opcode == 0xEB);
}

uint16_t RegistersOf(const Instruction& i) {
  uint16_t all = 0;
  const auto add = [&all](int number) { all |= static_cast<uint16_t>(1u << number); };
  if (i.base != kNone) add(i.base);
  if (i.index != kNone) add(i.index);
  if (i.has_modrm) {
    const int field = i.field() | (i.rex & 4) << 1;
    const int other = (i.modrm & 7) | (i.rex & 1) << 3;
    // Of conversions and moves between the two kinds one is general; extractions name theirs.
    const bool is_general_field = !IsVector(i) || i.opcode == 0x2C || i.opcode == 0x2D ||
                                  i.opcode == 0x50 || i.opcode == 0xC5 || i.opcode == 0xD7;
    const bool is_general_other = !IsVector(i) || i.opcode == 0x2A || i.opcode == 0x6E ||
                                  i.opcode == 0x7E || i.opcode == 0xC4;
    if (is_general_field) add(field);
    if (is_general_other && !i.has_memory()) add(other);
  }
  const int in_opcode = (i.opcode & 7) | (i.rex & 1) << 3;
  if (i.map == 0) {
    if ((i.opcode >= 0x50 && i.opcode <= 0x5F) || (i.opcode >= 0x90 && i.opcode <= 0x97) ||
        (i.opcode >= 0xB0 && i.opcode <= 0xBF))
      add(in_opcode);
    if (i.opcode == 0xD2 || i.opcode == 0xD3) add(rcx);
    if (i.opcode == 0x99 || ((i.opcode == 0xF6 || i.opcode == 0xF7) && i.field() >= 4)) add(rdx);
  }
  if (i.map == 1) {
    if (i.opcode >= 0xC8 && i.opcode <= 0xCF) add(in_opcode);
    if (i.opcode == 0xA5 || i.opcode == 0xAD) add(rcx);
    if (i.opcode == 0xC7) all |= Bit(rcx) | Bit(rdx);
  }
  return all;
}

Access AccessOf(const Instruction& i) {
  const auto in = [&i](uint8_t first, uint8_t last) {
    return i.opcode >= first && i.opcode <= last;
  };
  if (i.map == 0) {
    if (IsArithmetic(i.opcode)) {
      const bool is_to_register = (i.opcode & 2) != 0;
      const bool is_compare = i.opcode >= 0x38;
      if (is_to_register || is_compare) return Access::kRead;
      return Access::kUnknown;
    }
    if (in(0x80, 0x83) && i.field() == 7) return Access::kRead;  // cmp
    if (in(0xF6, 0xF7) && i.field() != 2 && i.field() != 3) return Access::kRead;
    if (in(0x63, 0x63) || in(0x69, 0x69) || in(0x6B, 0x6B) || in(0x84, 0x85) || in(0x8A, 0x8B))
      return Access::kRead;
    if (in(0x89, 0x89)) return i.is_wide() ? Access::kMove : Access::kWrite;
    if (in(0x88, 0x88) || in(0xC6, 0xC7)) return Access::kWrite;
    return Access::kUnknown;
  }
  if (i.map == 1) {
    if (in(0x40, 0x4F) || in(0xAF, 0xAF) || in(0xB6, 0xB7) || in(0xBE, 0xBF) ||
        (in(0xB8, 0xB8) && i.prefix == 0xF3) || in(0xBC, 0xBD))
      return Access::kRead;
    if (in(0x2A, 0x2A) && i.prefix >= 0xF2) return Access::kRead;
    if (in(0x6E, 0x6E) && i.prefix == kOperandSize) return Access::kRead;
    if (in(0x90, 0x9F)) return Access::kWrite;
    if (in(0x11, 0x11) || in(0x13, 0x13) || in(0x17, 0x17) || in(0x29, 0x29) || in(0x2B, 0x2B) ||
        in(0x7F, 0x7F) || in(0xD6, 0xD6) || in(0xE7, 0xE7))
      return Access::kWrite;
    if (in(0x7E, 0x7E)) return i.prefix == 0xF3 ? Access::kReadElse : Access::kWrite;
    if (in(0x10, 0x16) || in(0x28, 0x2F) || in(0x51, 0x7D) || in(0xC2, 0xC2) || in(0xC4, 0xC4) ||
        in(0xC6, 0xC6) || in(0xD0, 0xFE))
      return Access::kReadElse;
    return Access::kUnknown;
  }
  if (i.map == 2) return in(0xF0, 0xF1) && i.prefix == 0 ? Access::kUnknown : Access::kReadElse;
  return in(0x14, 0x17) ? Access::kWrite : Access::kReadElse;
}

}  // namespace airwasm::interp::x86
