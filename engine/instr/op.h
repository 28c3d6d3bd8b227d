// The instructions: an enumerator and a row of constant facts for each, all read from opcodes.def.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "airwasm/features.h"

namespace airwasm {

enum class Op : uint16_t {
#define AIRWASM_OP(name, ...) name,
#include "engine/instr/opcodes.def"
#undef AIRWASM_OP
};

inline constexpr size_t kNumOps = 0
#define AIRWASM_OP(name, ...) +1
#include "engine/instr/opcodes.def"
#undef AIRWASM_OP
    ;

enum class Immediate : uint8_t {
#define AIRWASM_IMMEDIATE(name) k##name,
#include "engine/instr/immediates.def"
#undef AIRWASM_IMMEDIATE
};

enum class Signature : uint8_t {
  Special,
#define AIRWASM_SIGNATURE(name, params, results) name,
#include "engine/instr/signatures.def"
#undef AIRWASM_SIGNATURE
};

// The types that rows of signatures.def are made of.
enum class SigType : uint8_t { I32, I64, F32, F64, V128, Addr };

struct SignatureInfo {
  std::span<const SigType> params;  // bottom of the stack first
  std::span<const SigType> results;
};

enum OpFlags : uint16_t {
  kMayTrap = 1 << 0,
  kConst = 1 << 1,          // allowed in constant expressions
  kExtendedConst = 1 << 2,  // ... with the feature extended-const
  kAtomic = 1 << 3,         // alignment must be exactly natural
  // Width of the memory access; AccessBytes() reads it.
  kAccess1 = 1 << 4,
  kAccess2 = 2 << 4,
  kAccess4 = 3 << 4,
  kAccess8 = 4 << 4,
  kAccess16 = 5 << 4,
  kAccessMask = 7 << 4,
  // Its result may be a NaN whose bits the specification leaves open.
  kMakesNan = 1 << 7,
};

struct OpInfo {
  std::string_view text;
  uint8_t prefix;  // 0, or 0xFB..0xFE
  uint16_t code;
  Immediate immediate;
  Signature signature;
  Feature feature;
  uint16_t flags;
};

inline constexpr std::array<OpInfo, kNumOps> kOps = {{
#define AIRWASM_OP(name, text, prefix, code, immediate, signature, feature, flags)               \
  OpInfo{text, prefix, code, Immediate::k##immediate, Signature::signature, Feature::k##feature, \
         flags},
#include "engine/instr/opcodes.def"
#undef AIRWASM_OP
}};

constexpr const OpInfo& Info(Op op) {
  return kOps[static_cast<size_t>(op)];
}

// log2 of the access width in bytes: the natural alignment. Only for ops with a kAccess flag.
constexpr uint32_t NaturalAlignLog2(const OpInfo& info) {
  return ((info.flags & kAccessMask) >> 4) - 1u;
}
constexpr uint32_t AccessBytes(const OpInfo& info) {
  return 1u << NaturalAlignLog2(info);
}

// Operand and result types of a row that is not Special.
const SignatureInfo& Info(Signature signature);

// The op with this encoding, or nullptr. `prefix` is 0 or 0xFB..0xFE. O(1).
const Op* FindOp(uint8_t prefix, uint32_t code);

// The op with this mnemonic, or nullptr. `select`, `ref.test` and `ref.cast` name two rows each:
// this finds the first. O(1).
const Op* FindOp(std::string_view text);

}  // namespace airwasm
