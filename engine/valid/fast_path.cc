// The instructions that make up most code, validated without decoding them into an Instr.
//
// For what is decided here, only success is: whatever is not plainly right (an operand that is
// merely a subtype, a long LEB128, unreachable code, an error) stops the fast path before that
// instruction, and Step takes it from there. So the rules and the errors are those of Step.
//
// FAST: keeps validation above 150 MB/s (bench/micro, BM_DecodeAndValidate).
#include "engine/valid/fast_path.h"

#include <cstring>

#include "engine/valid/function_validator.h"
#include "engine/valid/sig_types.h"

namespace airwasm::valid {
namespace {

// Bytes after pos() that the fast path may look at: no instruction of its is longer.
constexpr size_t kLookAhead = 16;

// log2 of the natural alignment of unprefixed memory accesses, by opcode.
constexpr std::array<uint8_t, 256> MakeNaturalAlign() {
  std::array<uint8_t, 256> table{};
  for (const OpInfo& op : kOps) {
    if (op.prefix == 0 && (op.flags & kAccessMask) != 0)
      table[op.code] = static_cast<uint8_t>(NaturalAlignLog2(op));
  }
  return table;
}
constexpr std::array<uint8_t, 256> kNaturalAlign = MakeNaturalAlign();

// Opcode byte → row, for those that are not a prefix.
constexpr std::array<Op, 256> MakeOpOfByte() {
  std::array<Op, 256> table{};
  for (size_t i = 0; i < kNumOps; ++i) {
    if (kOps[i].prefix == 0) table[kOps[i].code] = static_cast<Op>(i);
  }
  return table;
}
constexpr std::array<Op, 256> kOpOfByte = MakeOpOfByte();

// Block types of one byte. Spec: core, binary/instructions, control instructions.
constexpr uint8_t kEmptyBlock = 0x40;
constexpr uint8_t kI32Code = 0x7F;
constexpr uint8_t kF64Code = 0x7C;

// Length of the LEB128 at `p` if it has at most four bytes, which fit any 32-bit or 64-bit number;
// else 0.
inline size_t ShortLeb(const uint8_t* p) {
  if (p[0] < 0x80) return 1;
  if (p[1] < 0x80) return 2;
  if (p[2] < 0x80) return 3;
  return p[3] < 0x80 ? 4 : 0;
}

// The unsigned number of a LEB128 of at most two bytes, and its length, which is 0 if it is longer.
inline size_t ShortIndex(const uint8_t* p, uint32_t& index) {
  index = p[0];
  if (p[0] < 0x80) return 1;
  index = (p[0] & 0x7Fu) | static_cast<uint32_t>(p[1]) << 7;
  return p[1] < 0x80 ? 2 : 0;
}

// Pops and pushes if the operands are exactly the parameters.
template <SigTypes kParams, SigTypes kResults>
inline bool Apply(ValType*& top, const ValType* floor) {
  if constexpr (kParams.count > 0) {
    static constexpr auto kExpected = [] {
      std::array<ValType, kParams.count> types;
      for (size_t i = 0; i < kParams.count; ++i) types[i] = ToValType(kParams.types[i], kI32);
      return types;
    }();
    if (top - floor < kParams.count ||
        std::memcmp(top - kParams.count, kExpected.data(), sizeof(kExpected)) != 0) {
      return false;
    }
    top -= kParams.count;
  }
  for (size_t i = 0; i < kResults.count; ++i) *top++ = ToValType(kResults.types[i], kI32);
  return true;
}

}  // namespace

std::array<uint8_t, 256> MakeFastActions(const ModuleContext& context) {
  std::array<uint8_t, 256> actions;
  actions.fill(kFastStop);
  const bool memory_32 = !context.module->memories.empty() && !context.module->memories[0].is_64;
  for (size_t i = 0; i < kNumOps; ++i) {
    const OpInfo& op = kOps[i];
    if (op.prefix != 0 || context.actions[i] != static_cast<uint8_t>(op.signature)) continue;
    if (op.signature == Signature::Special) continue;
    if (op.immediate == Immediate::kNone || (op.immediate == Immediate::kMemArg && memory_32)) {
      actions[op.code] = context.actions[i];
    }
  }
  const auto set = [&](Op op, uint8_t action) { actions[Info(op).code] = action; };
  set(Op::I32Const, kFastConst32);
  set(Op::I64Const, kFastConst64);
  set(Op::F32Const, kFastConstF32);
  set(Op::F64Const, kFastConstF64);
  set(Op::LocalGet, kFastLocalGet);
  set(Op::LocalSet, kFastLocalSet);
  set(Op::LocalTee, kFastLocalTee);
  set(Op::Drop, kFastDrop);
  set(Op::BrIf, kFastBrIf);
  for (Op op : {Op::Block, Op::Loop, Op::If}) set(op, kFastBlock);
  for (Op op : {Op::Br, Op::Call, Op::GlobalGet, Op::GlobalSet}) set(op, kFastIndex);
  for (Op op : {Op::End, Op::Else, Op::Return, Op::Unreachable, Op::Select}) set(op, kFastPlain);
  return actions;
}

bool FunctionValidator::RunFast(ByteReader& reader, Instr& instr) {
  // Constant expressions have rules of their own.
  if (declared_ != nullptr || reader.remaining() <= kLookAhead) return true;
  const uint8_t* const begin = reader.pos();
  const uint8_t* p = begin;
  const uint8_t* const end = begin + reader.remaining() - kLookAhead;
  const size_t begin_offset = reader.offset();
  const uint8_t* const actions = context_->fast_actions.data();
  const ValType* const locals = flat_locals_.data();
  const size_t num_locals = flat_locals_.size();
  const ValType* floor = floor_;
  const ValType* limit = limit_;
  ValType* top = top_;

  while (p < end && top <= limit) {
    size_t length;
    switch (actions[*p]) {
#define AIRWASM_SIGNATURE(name, params, results)                     \
  case static_cast<uint8_t>(Signature::name): {                      \
    using enum SigType;                                              \
    size_t length = 1;                                               \
    if constexpr ((List params).begins_with_address()) {             \
      const size_t offset_length = ShortLeb(p + 2);                  \
      if (p[1] > kNaturalAlign[*p] || offset_length == 0) goto stop; \
      length = 2 + offset_length;                                    \
    }                                                                \
    if (!Apply<List params, List results>(top, floor)) goto stop;    \
    p += length;                                                     \
    continue;                                                        \
  }
#include "engine/instr/signatures.def"
#undef AIRWASM_SIGNATURE

      case kFastConst32:
      case kFastConst64: {
        const size_t length = ShortLeb(p + 1);
        if (length == 0) goto stop;
        *top++ = actions[*p] == kFastConst32 ? kI32 : kI64;
        p += 1 + length;
        continue;
      }
      case kFastConstF32:
        *top++ = kF32;
        p += 1 + sizeof(float);
        continue;
      case kFastConstF64:
        *top++ = kF64;
        p += 1 + sizeof(double);
        continue;

      case kFastLocalGet: {
        uint32_t index;
        const size_t length = ShortIndex(p + 1, index);
        if (length == 0 || index >= num_locals || !locals[index].IsDefaultable()) goto stop;
        *top++ = locals[index];
        p += 1 + length;
        continue;
      }
      case kFastLocalSet:
      case kFastLocalTee: {
        uint32_t index;
        const size_t length = ShortIndex(p + 1, index);
        if (length == 0 || index >= num_locals || !locals[index].IsDefaultable()) goto stop;
        if (top == floor || top[-1] != locals[index]) goto stop;
        if (actions[*p] == kFastLocalSet) --top;
        p += 1 + length;
        continue;
      }
      case kFastDrop:
        if (top == floor) goto stop;
        --top;
        ++p;
        continue;
      case kFastBrIf: {
        uint32_t depth;
        const size_t length = ShortIndex(p + 1, depth);
        if (length == 0 || depth >= frames_.size() || !label(depth).label_types().empty())
          goto stop;
        if (top == floor || top[-1] != kI32) goto stop;
        --top;
        p += 1 + length;
        continue;
      }

      // The others only skip the decoder: they are carried out by the code that Step uses.
      case kFastBlock:
        if (p[1] != kEmptyBlock && (p[1] > kI32Code || p[1] < kF64Code)) goto stop;
        instr.block_type.kind =
            p[1] == kEmptyBlock ? BlockType::Kind::kEmpty : BlockType::Kind::kValue;
        instr.block_type.value = static_cast<ValKind>(kI32Code - p[1]);
        length = 2;
        break;
      case kFastIndex:
        length = ShortIndex(p + 1, instr.index);
        if (length++ == 0) goto stop;
        break;
      case kFastPlain:
        length = 1;
        break;
      default:
        goto stop;
    }
    instr.op = kOpOfByte[*p];
    op_ = instr.op;
    instr.offset = offset_ = begin_offset + static_cast<size_t>(p - begin);
    top_ = top;
    if (!StepSpecial(instr)) return false;
    p += length;
    top = top_;
    floor = floor_;
    limit = limit_;
    if (done()) break;
  }
stop:
  top_ = top;
  reader.Skip(static_cast<size_t>(p - begin));
  return true;
}

}  // namespace airwasm::valid
