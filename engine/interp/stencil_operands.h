// The handlers' operands and ends when they are compiled to stencils: pieces of machine code that
// are copied for one cell, with what the cell says filled in (stencil_format.h).
//
// An operand is the address of a symbol that nobody defines. The compiler uses it as it would a
// constant that it does not know, and leaves a relocation where it stands; stencil_maker.cc reads
// these. The object files are compiled for the small code model, so that such an address is a
// displacement or an immediate of 32 bits.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "engine/interp/cell.h"

// Weak, or the compiler would know that they are not zero.
#define AIRWASM_HOLE(name) extern "C" [[gnu::weak]] const char airwasm_hole_##name;
#include "engine/interp/stencil_holes.def"
#undef AIRWASM_HOLE
// As 64 bits, and as the low 32 of them.
#define AIRWASM_HOLE64(name) reinterpret_cast<uint64_t>(&airwasm_hole_##name)
#define AIRWASM_HOLE32(name) static_cast<uint32_t>(AIRWASM_HOLE64(name))
// One of 64 bits, which only a move takes.
#define AIRWASM_WIDE_HOLE(name, result) asm("movabsq $airwasm_hole_" #name ", %0" : "=r"(result))

namespace airwasm::interp {

// What stands in the register, whatever that is: for one that nobody reads. No instruction sets it.
#define AIRWASM_ANY_VALUE(name)                              \
  [[gnu::always_inline]] inline uint64_t AnyValue_##name() { \
    register uint64_t value asm(#name);                      \
    asm("" : "=r"(value));                                   \
    return value;                                            \
  }
AIRWASM_ANY_VALUE(rsi)
AIRWASM_ANY_VALUE(rdx)
AIRWASM_ANY_VALUE(rcx)
AIRWASM_ANY_VALUE(r8)
AIRWASM_ANY_VALUE(r9)
AIRWASM_ANY_VALUE(r11)
#undef AIRWASM_ANY_VALUE

using SlotOffset = uint64_t;

// A field of 16 bits. Where the constant is in it, a hole for its sign-extended value is used.
#define AIRWASM_FIELD(Name, name)                                                               \
  struct Name {                                                                                 \
    [[gnu::always_inline]] operator uint64_t() const { return AIRWASM_HOLE64(name); }           \
    [[gnu::always_inline]] static uint32_t Signed32() { return AIRWASM_HOLE32(signed_##name); } \
    [[gnu::always_inline]] static uint64_t Signed64() {                                         \
      return AIRWASM_HOLE64(signed_##name##_64);                                                \
    }                                                                                           \
  };
AIRWASM_FIELD(FieldDst, dst)
AIRWASM_FIELD(FieldA, a)
AIRWASM_FIELD(FieldB, b)
AIRWASM_FIELD(FieldAux, aux)
#undef AIRWASM_FIELD

struct FieldImm {
  [[gnu::always_inline]] operator uint32_t() const { return AIRWASM_HOLE32(imm); }
  [[gnu::always_inline]] operator int32_t() const {
    return static_cast<int32_t>(AIRWASM_HOLE32(imm));
  }
  [[gnu::always_inline]] operator int64_t() const {
    return static_cast<int64_t>(AIRWASM_HOLE64(imm_64));
  }
};

struct FirstCell {
  FieldDst dst;
  FieldA a;
  FieldB b;
  FieldAux aux;
  FieldImm imm;
  struct Words {
    struct Word {
      bool high;
      [[gnu::always_inline]] operator uint32_t() const {
        return high ? AIRWASM_HOLE32(word_1) : AIRWASM_HOLE32(word_0);
      }
      [[gnu::always_inline]] operator uint64_t() const {
        return high ? AIRWASM_HOLE64(word_1) : AIRWASM_HOLE64(word_0);
      }
    };
    [[gnu::always_inline]] Word operator[](int i) const { return {i == 1}; }
  } words;
};

// A handler reads something of its cells for which there is no hole: name it in stencil_holes.def.
[[gnu::error("no hole for this operand")]] uint64_t NoHole();

// A cell behind the first. Only the one next to it has operands other than words.
struct LaterCell {
  int index;

  struct Word {
    int index;
    bool high;
    [[gnu::always_inline]] operator uint64_t() const {
      if (index == 1) return high ? AIRWASM_HOLE64(next_word_1) : AIRWASM_HOLE64(next_word_0);
      if (index == 2 && !high) return AIRWASM_HOLE64(third_word_0);
      return NoHole();
    }
    [[gnu::always_inline]] operator uint32_t() const {
      return static_cast<uint32_t>(static_cast<uint64_t>(*this));
    }
  };
  struct Words {
    int index;
    [[gnu::always_inline]] Word operator[](int i) const { return {index, i == 1}; }
  } words{index};
  struct SlotField {
    int index;
    bool is_b;
    [[gnu::always_inline]] operator uint64_t() const {
      if (index != 1) return NoHole();
      return is_b ? AIRWASM_HOLE64(next_b) : AIRWASM_HOLE64(next_a);
    }
  };
  SlotField a{index, false};
  SlotField b{index, true};
  struct Imm {
    int index;
    [[gnu::always_inline]] operator int32_t() const {
      return static_cast<int32_t>(index == 1 ? AIRWASM_HOLE32(next_imm) : NoHole());
    }
    [[gnu::always_inline]] operator int64_t() const {
      return static_cast<int64_t>(index == 1 ? AIRWASM_HOLE64(next_imm_64) : NoHole());
    }
  } imm{index};
  struct Bits {
    int index;
    [[gnu::always_inline]] operator uint64_t() const {
      if (index != 1) return NoHole();
      uint64_t bits;
      AIRWASM_WIDE_HOLE(next_bits, bits);
      return bits;
    }
    [[gnu::always_inline]] operator const void*() const {
      return reinterpret_cast<const void*>(static_cast<uint64_t>(*this));
    }
  } bits{index}, pointer{index};
};

struct Pc {
  FirstCell cell;
  [[gnu::always_inline]] constexpr const FirstCell* operator->() const { return &cell; }
  [[gnu::always_inline]] LaterCell operator[](int index) const { return LaterCell{index}; }
  // Addresses of cells.
  [[gnu::always_inline]] friend const Cell* operator+(Pc, int64_t cells) {
    const Cell* self;
    if (__builtin_constant_p(cells) && cells == 2) {
      AIRWASM_WIDE_HOLE(third_cell, self);
      return self;
    }
    AIRWASM_WIDE_HOLE(cell, self);
    return self + cells;
  }
};
inline constexpr Pc pc{};

// A move into a register of 32 bits would extend by zeros, and not fit what is negative.
#define AIRWASM_SIGNED_HOLE(name, result) asm("movq $airwasm_hole_" #name ", %0" : "=r"(result))
template <typename T>
[[gnu::always_inline]] inline T Constant(FieldImm imm) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<uint32_t>(imm));
  } else if constexpr (sizeof(T) == 4) {
    return static_cast<T>(static_cast<uint32_t>(imm));
  } else {
    uint64_t value;
    AIRWASM_SIGNED_HOLE(imm_64, value);
    return static_cast<T>(value);
  }
}
template <typename T>
[[gnu::always_inline]] inline T Constant(LaterCell::Imm imm) {
  if constexpr (sizeof(T) == 4) {
    return static_cast<T>(static_cast<int32_t>(imm));
  } else {
    return static_cast<T>(static_cast<int64_t>(imm));
  }
}
template <typename T, typename Field>
[[gnu::always_inline]] inline T SmallConstant(Field) {
  if constexpr (sizeof(T) == 4) return static_cast<T>(Field::Signed32());
  if constexpr (sizeof(T) == 8) return static_cast<T>(Field::Signed64());
}
[[gnu::always_inline]] inline uint64_t Constant64(FieldImm) {
  uint64_t value;
  AIRWASM_SIGNED_HOLE(imm_64, value);
  return value;
}
[[gnu::always_inline]] inline uint64_t SmallConstant64(FieldA) {
  uint64_t value;
  AIRWASM_SIGNED_HOLE(signed_a_64, value);
  return value;
}
[[gnu::always_inline]] inline uint64_t SmallConstant64(FieldB) {
  uint64_t value;
  AIRWASM_SIGNED_HOLE(signed_b_64, value);
  return value;
}
[[gnu::always_inline]] inline uint64_t Offset(FieldImm) {
  return AIRWASM_HOLE64(offset);
}
template <typename Word>
[[gnu::always_inline]] inline uint64_t Offset(Word word) {
  return static_cast<uint64_t>(word);
}

}  // namespace airwasm::interp

// The stencil of the cell behind, or of the branch's target; and the cell's handler, which does all
// of the cell.
extern "C" {
::airwasm::interp::Handler airwasm_hole_go_next;
::airwasm::interp::Handler airwasm_hole_go_target;
::airwasm::interp::Handler airwasm_hole_go_handler;
}

#define AIRWASM_NEXT(n) [[clang::musttail]] return airwasm_hole_go_next(AIRWASM_HANDLER_ARGS)
#define AIRWASM_GO(cell)                                                                         \
  do {                                                                                           \
    const ::airwasm::interp::Cell* const target = (cell);                                        \
    [[clang::musttail]] return target->handler(target, fp, mem0, ctx, acc, facc, AnyValue_rsi(), \
                                               AnyValue_rdx(), AnyValue_rcx(), AnyValue_r8(),    \
                                               AnyValue_r9(), AnyValue_r11());                   \
  } while (false)
#define AIRWASM_BRANCH(backward)                                             \
  do {                                                                       \
    if constexpr (backward) {                                                \
      if (ctx->poll_word->load(std::memory_order_relaxed) != 0) [[unlikely]] \
        AIRWASM_BECOME();                                                    \
    }                                                                        \
    [[clang::musttail]] return airwasm_hole_go_target(AIRWASM_HANDLER_ARGS); \
  } while (false)
// The branches of a br_table, as distances in bytes from the first of these.
#define AIRWASM_GO_BY_TABLE(index)                                                      \
  do {                                                                                  \
    const uint32_t i = (index);                                                         \
    const auto count = ::airwasm::interp::Constant<uint32_t>(pc->imm);                  \
    const int32_t* table;                                                               \
    asm("leaq airwasm_hole_table(%%rip), %0" : "=r"(table));                            \
    const auto target = reinterpret_cast<uintptr_t>(table) +                            \
                        static_cast<uintptr_t>(intptr_t{table[i < count ? i : count]}); \
    [[clang::musttail]] return reinterpret_cast<::airwasm::interp::Handler*>(target)(   \
        AIRWASM_HANDLER_ARGS);                                                          \
  } while (false)
#define AIRWASM_BECOME(...) [[clang::musttail]] return airwasm_hole_go_handler(AIRWASM_HANDLER_ARGS)
#define AIRWASM_TRAP_NOW(kind) AIRWASM_BECOME()
