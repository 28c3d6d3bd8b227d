// Instructions taken apart, and stencils made shorter.
#include <gtest/gtest.h>

#include <string>

#include "engine/interp/stencil_made.h"
#include "engine/interp/x86_decoder.h"

namespace airwasm::interp {
namespace {

using Bytes = std::vector<uint8_t>;
using x86::Access;

TEST(X86Decoder, Instructions) {
  using namespace x86;
  struct Case {
    const char* text;
    Bytes bytes;
    uint16_t registers;
    Access access = Access::kUnknown;
  };
  const Case kCases[] = {
      {"mov eax, [r13+disp32]", {0x41, 0x8B, 0x85, 0, 0, 0, 0}, Bit(rax) | Bit(r13), Access::kRead},
      {"mov [r13+8], rdi", {0x49, 0x89, 0x7D, 8}, Bit(rdi) | Bit(r13), Access::kMove},
      {"mov [r13+8], edi", {0x41, 0x89, 0x7D, 8}, Bit(rdi) | Bit(r13), Access::kWrite},
      {"mov qword [r13+8], 1",
       {0x49, 0xC7, 0x45, 8, 1, 0, 0, 0},
       Bit(rax) | Bit(r13),
       Access::kWrite},
      {"add [r13+8], eax", {0x41, 0x01, 0x45, 8}, Bit(rax) | Bit(r13)},
      {"add eax, [r13+8]", {0x41, 0x03, 0x45, 8}, Bit(rax) | Bit(r13), Access::kRead},
      {"cmp [r13+8], eax", {0x41, 0x39, 0x45, 8}, Bit(rax) | Bit(r13), Access::kRead},
      {"cmp dword [r13+8], 5", {0x41, 0x83, 0x7D, 8, 5}, Bit(rdi) | Bit(r13), Access::kRead},
      {"add dword [r13+8], 5", {0x41, 0x83, 0x45, 8, 5}, Bit(rax) | Bit(r13)},
      {"lea rax, [r13+8]", {0x49, 0x8D, 0x45, 8}, Bit(rax) | Bit(r13)},
      {"movzx edi, byte [r14+rax]",
       {0x41, 0x0F, 0xB6, 0x3C, 0x06},
       Bit(rdi) | Bit(r14) | Bit(rax),
       Access::kRead},
      {"movsd xmm0, [r13+8]", {0xF2, 0x41, 0x0F, 0x10, 0x45, 8}, Bit(r13), Access::kReadElse},
      {"movsd [r13+8], xmm0", {0xF2, 0x41, 0x0F, 0x11, 0x45, 8}, Bit(r13), Access::kWrite},
      {"cvtsi2sd xmm0, [r13+8]", {0xF2, 0x49, 0x0F, 0x2A, 0x45, 8}, Bit(r13), Access::kRead},
      {"pextrd [r13+8], xmm0, 1",
       {0x66, 0x41, 0x0F, 0x3A, 0x16, 0x45, 8, 1},
       Bit(rax) | Bit(r13),
       Access::kWrite},
      {"setb [r13+8]", {0x41, 0x0F, 0x92, 0x45, 8}, Bit(rax) | Bit(r13), Access::kWrite},
      {"movabs r10, imm64", {0x49, 0xBA, 0, 0, 0, 0, 0, 0, 0, 0}, Bit(r10)},
      {"shl edi, cl", {0xD3, 0xE7}, Bit(rdi) | Bit(rsp) | Bit(rcx)},
      {"idiv ecx", {0xF7, 0xF9}, Bit(rcx) | Bit(rdi) | Bit(rdx)},
      {"cdq", {0x99}, Bit(rdx)},
      {"lock cmpxchg [rax], ecx", {0xF0, 0x0F, 0xB1, 0x08}, Bit(rax) | Bit(rcx)},
      {"jmp rel8", {0xEB, 5}, 0},
      {"bswap esi", {0x0F, 0xCE}, Bit(rsi)},
      {"mov rax, [rip+disp32]", {0x48, 0x8B, 0x05, 0, 0, 0, 0}, Bit(rax), Access::kRead},
  };
  for (const Case& c : kCases) {
    const Instruction i = Decode(c.bytes);
    EXPECT_EQ(c.bytes.size(), i.bytes) << c.text;
    EXPECT_EQ(c.registers, RegistersOf(i)) << c.text;
    if (i.has_memory()) EXPECT_EQ(c.access, AccessOf(i)) << c.text;
    Bytes cut = c.bytes;
    cut.pop_back();
    EXPECT_EQ(0, Decode(cut).bytes) << c.text << ", cut";
  }
  EXPECT_EQ(0, Decode(Bytes{0xC4, 0xE2, 0x79, 0x18, 0x00}).bytes) << "VEX is not known";
}

HoleUse Use(size_t at, Hole hole, HoleKind kind) {
  return {static_cast<uint16_t>(at), static_cast<int16_t>(kind == HoleKind::kDistance32 ? -4 : 0),
          0, hole, kind};
}

TEST(StencilSimplify, Code) {
  struct Case {
    const char* name;
    Bytes code;
    std::vector<HoleUse> uses;
    Bytes expected;
  };
  const HoleUse immediate = Use(1, Hole::imm, HoleKind::kUnsigned32);
  const Case kCases[] = {
      {"mov eax, hole; add edi, eax",
       {0xB8, 0, 0, 0, 0, 0x01, 0xC7},
       {immediate},
       {0x81, 0xC7, 0, 0, 0, 0}},
      {"mov eax, hole; sub r8d, eax",
       {0xB8, 0, 0, 0, 0, 0x41, 0x29, 0xC0},
       {immediate},
       {0x41, 0x81, 0xE8, 0, 0, 0, 0}},
      {"mov eax, hole; xor edi, eax, the other way of writing it",
       {0xB8, 0, 0, 0, 0, 0x33, 0xF8},
       {immediate},
       {0x81, 0xF7, 0, 0, 0, 0}},
      {"mov ecx, hole; shl edi, cl", {0xB9, 0, 0, 0, 0, 0xD3, 0xE7}, {immediate}, {0xC1, 0xE7, 0}},
      {"mov eax, hole; test edi, eax",
       {0xB8, 0, 0, 0, 0, 0x85, 0xC7},
       {immediate},
       {0xF7, 0xC7, 0, 0, 0, 0}},
      {"mov eax, hole; mov eax, eax",
       {0xB8, 0, 0, 0, 0, 0x89, 0xC0},
       {immediate},
       {0xB8, 0, 0, 0, 0}},
      {"mov ecx, hole; shl di, cl: of 16 bits",
       {0xB9, 0, 0, 0, 0, 0x66, 0xD3, 0xE7},
       {immediate},
       {0xB9, 0, 0, 0, 0, 0x66, 0xD3, 0xE7}},
      {"the temporary is read again",
       {0xB8, 0, 0, 0, 0, 0x01, 0xC7, 0x01, 0xC6},
       {immediate},
       {0xB8, 0, 0, 0, 0, 0x01, 0xC7, 0x01, 0xC6}},
      {"a register that goes on to other stencils",
       {0xBF, 0, 0, 0, 0, 0x01, 0xF8},
       {immediate},
       {0xBF, 0, 0, 0, 0, 0x01, 0xF8}},
      {"64 bits, of which the move sets the upper ones to zero",
       {0xB8, 0, 0, 0, 0, 0x48, 0x01, 0xC7},
       {immediate},
       {0xB8, 0, 0, 0, 0, 0x48, 0x01, 0xC7}},
      {"64 bits, extended by the sign",
       {0x48, 0xC7, 0xC0, 0, 0, 0, 0, 0x48, 0x01, 0xC7},
       {Use(3, Hole::imm_64, HoleKind::kSigned32)},
       {0x48, 0x81, 0xC7, 0, 0, 0, 0}},
      {"mov eax, [rax]; test eax, eax; jne handler",
       {0x8B, 0x00, 0x85, 0xC0, 0x0F, 0x85, 0, 0, 0, 0},
       {Use(6, Hole::go_handler, HoleKind::kDistance32)},
       {0x83, 0x38, 0x00, 0x0F, 0x85, 0, 0, 0, 0}},
      {"jb to a jump to the handler",
       {0x72, 0x05, 0xE9, 0, 0, 0, 0, 0xE9, 0, 0, 0, 0},
       {Use(3, Hole::go_next, HoleKind::kDistance32),
        Use(8, Hole::go_handler, HoleKind::kDistance32)},
       {0x0F, 0x82, 0, 0, 0, 0, 0xE9, 0, 0, 0, 0}},
      {"a branch over what became shorter",
       {0x74, 0x07, 0xB8, 0, 0, 0, 0, 0x01, 0xC7, 0x01, 0xF7},
       {Use(3, Hole::imm, HoleKind::kUnsigned32)},
       {0x74, 0x06, 0x81, 0xC7, 0, 0, 0, 0, 0x01, 0xF7}},
      {"an instruction that is not known",
       {0xC5, 0xF8, 0x77, 0xB8, 0, 0, 0, 0, 0x01, 0xC7},
       {Use(4, Hole::imm, HoleKind::kUnsigned32)},
       {0xC5, 0xF8, 0x77, 0xB8, 0, 0, 0, 0, 0x01, 0xC7}},
  };
  for (const Case& c : kCases) {
    Made made{"", c.code, c.uses, {}};
    Simplify(made);
    EXPECT_EQ(c.expected, made.code) << c.name;
  }
}

TEST(StencilAnalyze, Slots) {
  // mov eax, [r13+a]; mov [r13+dst], rax; movups [r13+b], xmm1; shl esi, cl
  Made made{"",
            {0x41, 0x8B, 0x85, 0,    0,    0,    0, 0x49, 0x89, 0x85, 0,    0,
             0,    0,    0x41, 0x0F, 0x11, 0x8D, 0, 0,    0,    0,    0xD3, 0xE6},
            {Use(3, Hole::a, HoleKind::kSigned32), Use(10, Hole::dst, HoleKind::kSigned32),
             Use(18, Hole::b, HoleKind::kSigned32)},
            {}};
  Analyze(made);
  EXPECT_EQ(HoleKind::kSlotRead, made.uses[0].kind);
  EXPECT_EQ(HoleKind::kSlotMove, made.uses[1].kind);
  EXPECT_EQ(HoleKind::kSlotWrite, made.uses[2].kind);
  EXPECT_EQ(1, made.properties.busy) << "rsi is the first of kSlotRegisters";
  EXPECT_TRUE(made.properties.is_straight);
  EXPECT_FALSE(made.properties.writes_slots_unseen);

  // lea rax, [r13+a]: whoever has the address may write there.
  made = {"", {0x49, 0x8D, 0x85, 0, 0, 0, 0}, {Use(3, Hole::a, HoleKind::kSigned32)}, {}};
  Analyze(made);
  EXPECT_TRUE(made.properties.writes_slots_unseen);

  // An instruction that is not known: no use may change the stencil's length.
  made = {"",
          {0x81, 0xC7, 0, 0, 0, 0, 0x49, 0x89, 0x85, 0, 0, 0, 0, 0xC5, 0xF8, 0x77},
          {Use(2, Hole::imm, HoleKind::kUnsigned32), Use(9, Hole::dst, HoleKind::kSigned32)},
          {}};
  Analyze(made);
  EXPECT_EQ(HoleKind::kUnsigned32, made.uses[0].kind);
  EXPECT_EQ(HoleKind::kSigned32, made.uses[1].kind);
  EXPECT_TRUE(made.properties.writes_slots_unseen);

  // je over nothing; mov [r13+dst], rax
  made = {
      "", {0x74, 0x07, 0x49, 0x89, 0x85, 0, 0, 0, 0}, {Use(5, Hole::dst, HoleKind::kSigned32)}, {}};
  Analyze(made);
  EXPECT_FALSE(made.properties.is_straight);
  ASSERT_EQ(2u, made.uses.size());
  EXPECT_EQ(Hole::inside, made.uses[0].hole);
  EXPECT_EQ(9, made.uses[0].constant);
}

}  // namespace
}  // namespace airwasm::interp
