// Constants and every instruction whose signature is of numbers and vectors alone.
#include <map>

#include "spec-tests/differential/generator.h"

namespace airwasm::differential {
namespace {

bool IsNumeric(Op op) {
  const OpInfo& info = Info(op);
  return info.signature != Signature::Special &&
         (info.immediate == Immediate::kNone || info.immediate == Immediate::kLane ||
          info.immediate == Immediate::kLanes16);
}

// By the type of the one result.
const std::vector<Op>& OpsYielding(ValType type) {
  static const auto* const all = [] {
    auto* const ops = new std::map<ValKind, std::vector<Op>>;
    for (size_t i = 0; i < kNumOps; ++i) {
      const Op op = static_cast<Op>(i);
      if (!IsNumeric(op)) continue;
      const SignatureInfo& signature = Info(Info(op).signature);
      if (signature.results.size() == 1)
        (*ops)[ValTypeOf(signature.results[0]).kind()].push_back(op);
    }
    return ops;
  }();
  return all->at(type.kind());
}

bool IsDivision(Op op) {
  const uint16_t code = Info(op).code;
  return Info(op).prefix == 0 &&
         ((code >= Info(Op::I32DivS).code && code <= Info(Op::I32RemU).code) ||
          (code >= Info(Op::I64DivS).code && code <= Info(Op::I64RemU).code));
}

uint8_t LanesOf(Op op) {
  const std::string_view text = Info(op).text;
  const size_t x = text.find('x');
  return text.substr(x + 1, 2) == "16" ? 16 : static_cast<uint8_t>(text[x + 1] - '0');
}

}  // namespace

void FunctionGenerator::Constant(ValType type) {
  // Edges, or small, or anything.
  const std::span<const V128Bytes> edges = EdgeBits(type);
  V128Bytes bits = random_.OneOf(edges);
  switch (random_.Below(4)) {
    case 0:
      if (type == kI32 || type == kI64) bits = Bits(random_.Below(64));
      break;
    case 1:
      bits = Bits(random_.Bits64(), random_.Bits64());
      break;
    default:
      break;
  }
  if (type == kV128) return code_.Bytes16(Op::V128Const, bits);
  const Op op = type == kI32   ? Op::I32Const
                : type == kI64 ? Op::I64Const
                : type == kF32 ? Op::F32Const
                               : Op::F64Const;
  code_.Const(op, LowBits(bits));
}

NanLanes FunctionGenerator::Numeric(ValType type) {
  Op op = random_.OneOf(OpsYielding(type));
  // Most conversions of floats at random would trap; divisions are helped below.
  for (int i = 0; i < 8 && (Info(op).flags & kMayTrap) != 0 && !IsDivision(op); ++i)
    op = random_.OneOf(OpsYielding(type));
  const OpInfo& info = Info(op);
  const SignatureInfo& signature = Info(info.signature);
  const NanLanes accepted = OperandLanesOf(op);
  NanLanes moved = NanLanes::kNone;
  for (const SigType param : signature.params) {
    const ValType operand = ValTypeOf(param);
    const NanLanes lanes = Expr(operand);
    const bool fits = lanes == accepted && operand != kI32 && operand != kI64;
    if (!fits)
      Clean(operand, lanes);
    else if (lanes != NanLanes::kNone)
      moved = lanes;
  }
  if (IsDivision(op) && random_.Chance(15, 16)) {
    if (type == kI32) {
      code_.I32(static_cast<int32_t>(1 + random_.Below(3)));
      code_.Do(Op::I32Or);
    } else {
      code_.I64(1 + random_.Below(3));
      code_.Do(Op::I64Or);
    }
  }
  switch (info.immediate) {
    case Immediate::kLane:
      code_.Lane(op, static_cast<uint8_t>(random_.Below(LanesOf(op))));
      break;
    case Immediate::kLanes16: {
      V128Bytes lanes;
      for (uint8_t& lane : lanes) lane = static_cast<uint8_t>(random_.Below(32));
      code_.Bytes16(op, lanes);
      break;
    }
    default:
      code_.Do(op);
      break;
  }
  if (NanLanesOf(op) != NanLanes::kNone) return NanLanesOf(op);
  return MovesNans(op) ? moved : NanLanes::kNone;
}

NanLanes FunctionGenerator::Select(ValType type) {
  const NanLanes first = Expr(type);
  if (type == kV128) Clean(type, first);
  const NanLanes second = Expr(type);
  if (type == kV128) Clean(type, second);
  Expr(kI32);
  if (type.IsRef() || random_.Chance(1, 4))
    code_.SelectOf(type);
  else
    code_.Do(Op::Select);
  if (type == kV128) return NanLanes::kNone;
  return first != NanLanes::kNone ? first : second;
}

// Two results.
void FunctionGenerator::Wide() {
  static constexpr Op kOpsOfTwo[] = {Op::I64Add128, Op::I64Sub128, Op::I64MulWideS,
                                     Op::I64MulWideU};
  const Op op = random_.OneOf(kOpsOfTwo);
  for (size_t i = 0; i < Info(Info(op).signature).params.size(); ++i) Expr(kI64);
  code_.Do(op);
  Consume({kI64, kI64});
}

}  // namespace airwasm::differential
