// One function: its frame, and what an expression or a statement can be.
#include "spec-tests/differential/generator.h"

namespace airwasm::differential {
namespace {

constexpr int kInstructionsAtLeast = 30;
constexpr uint32_t kInstructionsMore = 90;

constexpr uint64_t kCanonical32 = 0x7FC00000;
constexpr uint64_t kCanonical64 = 0x7FF8000000000000;

}  // namespace

FunctionGenerator::FunctionGenerator(ModulePlan& plan, RandomSource& random, uint32_t func_index)
    : plan_(plan),
      random_(random),
      func_index_(func_index),
      type_(plan.signatures[func_index]),
      budget_(kInstructionsAtLeast + static_cast<int>(random.Below(kInstructionsMore))) {}

void FunctionGenerator::Make() {
  for (const ValType param : type_.params) locals_.push_back({param, PassedLanes(param)});
  for (uint32_t i = 0, count = 2 + random_.Below(6); i < count; ++i) {
    const ValType type = AnyType();
    // A vector local is for one shape of lanes, or for none.
    NanLanes lanes = random_.Chance(1, 2) ? PassedLanes(type) : NanLanes::kNone;
    if (type == kV128) lanes = static_cast<NanLanes>(random_.Below(3));
    NewLocal(type, lanes);
  }
  labels_.push_back({.types = type_.results, .may_branch = true});
  UseFuel();
  Statements(6);
  PassAll(type_.results);
  code_.End();

  syntax::Function& function = plan_.module.funcs[func_index_];
  for (size_t i = type_.params.size(); i < locals_.size(); ++i)
    function.locals.push_back({1, locals_[i].type});
  function.body.bytes = plan_.Keep(code_.Take());
}

uint32_t FunctionGenerator::NewLocal(ValType type, NanLanes lanes) {
  locals_.push_back({type, lanes});
  return static_cast<uint32_t>(locals_.size() - 1);
}

uint32_t FunctionGenerator::Temp(ValType type) {
  for (const auto& [temp_type, local] : temps_) {
    if (temp_type == type) return local;
  }
  temps_.push_back({type, NewLocal(type)});
  return temps_.back().second;
}

bool FunctionGenerator::FindLocal(ValType type, uint32_t& local) {
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < locals_.size(); ++i) {
    if (locals_[i].type == type) found.push_back(i);
  }
  std::erase_if(found, [&](uint32_t i) {
    for (const auto& temp : temps_) {
      if (temp.second == i) return true;
    }
    return false;
  });
  if (found.empty()) return false;
  local = random_.OneOf(found);
  return true;
}

// An out-of-fuel function returns at once.
void FunctionGenerator::UseFuel() {
  code_.Do(Op::GlobalGet, kFuel);
  code_.I32(0);
  code_.Do(Op::I32LeS);
  code_.Open(Op::If, {});
  if (random_.Chance(1, 12)) {
    code_.Do(Op::Unreachable);
  } else {
    for (const ValType result : type_.results) Default(result);
    code_.Do(Op::Return);
  }
  code_.End();
  code_.Do(Op::GlobalGet, kFuel);
  code_.I32(1);
  code_.Do(Op::I32Sub);
  code_.Do(Op::GlobalSet, kFuel);
}

BlockType FunctionGenerator::BlockOf(const std::vector<ValType>& params,
                                     const std::vector<ValType>& results) {
  if (params.empty() && results.empty()) return {};
  if (params.empty() && results.size() == 1)
    return {.kind = BlockType::Kind::kValue, .value = results[0]};
  return {.kind = BlockType::Kind::kIndex, .index = plan_.TypeOf({params, results})};
}

void FunctionGenerator::Open(Op op, const std::vector<ValType>& results, bool may_branch) {
  code_.Open(op, BlockOf({}, results));
  labels_.push_back(
      {.types = op == Op::Loop ? std::vector<ValType>() : results, .may_branch = may_branch});
}

void FunctionGenerator::Close() {
  code_.End();
  labels_.pop_back();
}

void FunctionGenerator::Default(ValType type) {
  switch (type.kind()) {
    case ValKind::kI32:
      return code_.I32(0);
    case ValKind::kI64:
      return code_.I64(0);
    case ValKind::kF32:
      return code_.Const(Op::F32Const, 0);
    case ValKind::kF64:
      return code_.Const(Op::F64Const, 0);
    case ValKind::kV128:
      return code_.Bytes16(Op::V128Const, V128Bytes{});
    case ValKind::kRef:
      if (type.nullable()) return code_.Ref(Op::RefNull, type.heap_type());
      return NonNull(type.heap_type());
    case ValKind::kBottom:
      return;
  }
}

void FunctionGenerator::Clean(ValType type, NanLanes lanes) {
  if (lanes == NanLanes::kNone) return;
  const uint32_t temp = Temp(type);
  code_.Do(Op::LocalTee, temp);
  const bool is_32 = lanes == NanLanes::kF32;
  if (type != kV128) {
    code_.Const(is_32 ? Op::F32Const : Op::F64Const, is_32 ? kCanonical32 : kCanonical64);
    code_.Do(Op::LocalGet, temp);
    code_.Do(Op::LocalGet, temp);
    code_.Do(is_32 ? Op::F32Eq : Op::F64Eq);
    code_.Do(Op::Select);
    return;
  }
  const uint64_t half = is_32 ? kCanonical32 << 32 | kCanonical32 : kCanonical64;
  code_.Bytes16(Op::V128Const, Bits(half, half));
  code_.Do(Op::LocalGet, temp);
  code_.Do(Op::LocalGet, temp);
  code_.Do(is_32 ? Op::F32x4Eq : Op::F64x2Eq);
  code_.Do(Op::V128Bitselect);
}

void FunctionGenerator::SetLocal(uint32_t local, NanLanes lanes) {
  if (lanes != locals_[local].lanes) Clean(locals_[local].type, lanes);
  code_.Do(Op::LocalSet, local);
}

void FunctionGenerator::Pass(ValType type) {
  const NanLanes lanes = Expr(type);
  if (type == kV128) Clean(type, lanes);
}

void FunctionGenerator::PassAll(const std::vector<ValType>& types) {
  for (const ValType type : types) Pass(type);
}

void FunctionGenerator::Consume(const std::vector<ValType>& types) {
  for (size_t i = types.size(); i-- > 0;) {
    uint32_t local;
    if (random_.Chance(4, 5) && FindLocal(types[i], local))
      SetLocal(local, PassedLanes(types[i]));
    else
      code_.Do(Op::Drop);
  }
}

NanLanes FunctionGenerator::Leaf(ValType type) {
  uint32_t local;
  if (random_.Chance(3, 4) && FindLocal(type, local)) {
    code_.Do(Op::LocalGet, local);
    return locals_[local].lanes;
  }
  if (random_.Chance(1, 3)) {
    const auto& globals = plan_.module.globals;
    for (uint32_t i = kFuel + 1; i < globals.size(); ++i) {
      if (globals[i].type.type != type) continue;
      code_.Do(Op::GlobalGet, i);
      return NanLanes::kNone;  // they are exported, so always clean
    }
  }
  if (type.IsRef())
    Default(type);
  else
    Constant(type);
  return NanLanes::kNone;
}

NanLanes FunctionGenerator::Expr(ValType type) {
  --budget_;
  if (Deep()) return Leaf(type);
  ++depth_;
  NanLanes lanes = NanLanes::kNone;
  const uint32_t choice = random_.Below(32);
  if (choice < 6) {
    lanes = Leaf(type);
  } else if (choice < 8) {
    lanes = BlockExpr(type);
  } else if (choice < 10) {
    lanes = IfExpr(type);
  } else if (choice < 12) {
    lanes = Select(type);
  } else if (choice < 14 && CallExpr(type)) {
    lanes = PassedLanes(type);
  } else if (choice < 15) {
    lanes = FieldOf(type);
  } else if (choice < 16) {
    lanes = ElementOf(type);
  } else if (type.IsRef()) {
    lanes = RefExpr(type);
  } else if (type == kI32 && choice < 18) {
    FromRef();
  } else if (choice < 20) {
    lanes = Load(type);
  } else {
    lanes = Numeric(type);
  }
  --depth_;
  return lanes;
}

void FunctionGenerator::Statements(uint32_t most) {
  for (uint32_t i = 0, count = 1 + random_.Below(most); i < count && budget_ > 0; ++i) Statement();
}

void FunctionGenerator::Statement() {
  --budget_;
  const bool nested = depth_ > 6;
  ++depth_;
  switch (random_.Below(28)) {
    case 0:
    case 1:
    case 2: {
      const ValType type = AnyType();
      uint32_t local;
      const NanLanes lanes = Expr(type);
      if (FindLocal(type, local))
        SetLocal(local, lanes);
      else
        code_.Do(Op::Drop);
      break;
    }
    case 3:
    case 4: {
      const auto& globals = plan_.module.globals;
      const uint32_t global = kFuel + 1 + random_.Below(static_cast<uint32_t>(globals.size()) - 1);
      const ValType type = globals[global].type.type;
      Clean(type, Expr(type));
      code_.Do(Op::GlobalSet, global);
      break;
    }
    case 5:
    case 6:
    case 7:
      Store();
      break;
    case 8:
      if (!nested) IfStatement();
      break;
    case 9:
      if (!nested) BlockStatement();
      break;
    case 10:
    case 11:
      if (!nested) LoopStatement();
      break;
    case 12:
      if (!nested) CountedLoop();
      break;
    case 13:
      if (!nested) SwitchStatement();
      break;
    case 14:
    case 15:
      BranchIf();
      break;
    case 16:
      if (random_.Chance(1, 4)) Leave();
      break;
    case 17:
    case 18:
      CallStatement();
      break;
    case 19:
      HostCall();
      break;
    case 20:
      if (random_.Chance(1, 4))
        TailCall();
      else
        TableStatement();
      break;
    case 21:
      Bulk();
      break;
    case 22:
      GcStatement();
      break;
    case 23:
      ArrayStatement();
      break;
    case 24:
      if (!nested) TryTable();
      break;
    case 25:
      if (!nested) LegacyTry();
      break;
    case 26:
      if (random_.Chance(1, 2))
        Throw();
      else
        Wide();
      break;
    case 27:
      Kernel();
      break;
  }
  --depth_;
}

}  // namespace airwasm::differential
