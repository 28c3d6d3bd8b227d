// References, structs and arrays. Types are resolved here: cells carry offsets, canonical type ids
// and CanonicalType addresses.
#include <cassert>

#include "engine/interp/slow_paths_gc.h"
#include "engine/interp/translator.h"

namespace airwasm::interp {
namespace {

// Which of the handlers reads or writes a field; the order is that of regcode.def.
enum class FieldAccess { k8S, k8U, k16S, k16U, k32, k64, kF32, kF64, k128 };

FieldAccess AccessOf(const FieldType& field, bool is_signed) {
  if (field.packed == Packed::kI8) return is_signed ? FieldAccess::k8S : FieldAccess::k8U;
  if (field.packed == Packed::kI16) return is_signed ? FieldAccess::k16S : FieldAccess::k16U;
  switch (field.type.kind()) {
    case ValKind::kI32:
      return FieldAccess::k32;
    case ValKind::kF32:
      return FieldAccess::kF32;
    case ValKind::kF64:
      return FieldAccess::kF64;
    case ValKind::kV128:
      return FieldAccess::k128;
    case ValKind::kI64:
    case ValKind::kRef:
    case ValKind::kBottom:
      return FieldAccess::k64;
  }
  return FieldAccess::k64;
}

RegOp GetOp(RegOp first, FieldAccess access) {
  return static_cast<RegOp>(static_cast<int>(first) + static_cast<int>(access));
}
RegOp SetOp(RegOp first, FieldAccess access) {
  int index = 0;
  switch (access) {
    case FieldAccess::k8S:
    case FieldAccess::k8U:
      index = 0;
      break;
    case FieldAccess::k16S:
    case FieldAccess::k16U:
      index = 1;
      break;
    case FieldAccess::k32:
    case FieldAccess::kF32:
      index = 2;
      break;
    case FieldAccess::k64:
    case FieldAccess::kF64:
      index = 3;
      break;
    case FieldAccess::k128:
      index = 4;
      break;
  }
  return static_cast<RegOp>(static_cast<int>(first) + index);
}

uint64_t Bits(const void* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

}  // namespace

// A module's index types are replaced by engine-wide ones.
ValType Translator::CanonicalType(ValType type) const {
  return Canonical(type, module_.type_ids());
}

// Spec: core, exec/instructions, reference instructions. The operand stays in place; only its type
// is known better.
void Translator::EmitCast(RegOp abstract, RegOp concrete, const Operand& ref, ValType target,
                          bool branch) {
  const ValType type = CanonicalType(target);
  const HeapType heap = type.heap_type();
  const uint16_t a = Field(ref.slot);
  const bool tests = abstract == RegOp::RefTest;
  const uint16_t dst = tests ? BeginResult(ValKind::kI32) : uint16_t{0};
  Cell& cell = EmitReg(heap.IsConcrete() ? concrete : abstract);
  cell.a = a;
  if (tests) cell.dst = dst;
  uint32_t flags = type.nullable() ? kCastNullable : 0;
  if (heap.IsConcrete()) {
    if (context_.registry->Get(heap.index()).type.kind == CompositeKind::kFunc) flags |= kCastFunc;
    Words(heap.index(), flags);
  } else {
    Words(static_cast<uint32_t>(heap.kind()), flags);
  }
  if (tests) EndResult(ValKind::kI32);
  (void)branch;
}

void Translator::BrOnCast(const Instr& instr) {
  // The reference is the last of the label's values and stays for the other path. A descriptor that
  // refers to a local is as good as a slot.
  Operand& top = stack_.back();
  if (top.kind != Operand::Kind::kLocal) {
    FlushEntry(top);
    if (top.kind == Operand::Kind::kConst) top = ToSlot(top);
  }
  SpillPending(Bank::kInt);
  SpillPending(Bank::kFloat);
  Operand ref = top;
  PrepareWideBranch(instr.index, ref);
  const bool direct = IsDirect(instr.index) && Target(instr.index).op != Op::Loop;
  const bool on_success = instr.op == Op::BrOnCast;
  const uint32_t cell = static_cast<uint32_t>(cells_.size());
  // Not direct: the opposite outcome jumps over the code that goes to the label.
  const bool taken_on_success = on_success == direct;
  const uint32_t before = cell;
  EmitCast(taken_on_success ? RegOp::BrOnCast : RegOp::BrOnCastFail,
           taken_on_success ? RegOp::BrOnCastType : RegOp::BrOnCastFailType, ToSlot(stack_.back()),
           instr.ref_type2, true);
  ForgetMirrors();
  // Field may have put a copy before the cell.
  uint32_t branch = before;
  while (cells_[branch].handler == Reg(RegOp::CopyFar)) ++branch;
  if (direct) {
    Target(instr.index).used = true;
    AddFixup(Target(instr.index).fixups, Fixup::Kind::kBranch, branch, 0);
    BeginSegment();
    return;
  }
  label_cell_ = static_cast<uint32_t>(cells_.size());
  EmitBranch(instr.index);
  BindBranch(branch);
  BeginSegment();
}

void Translator::StructInstr(const Instr& instr) {
  const airwasm::CanonicalType& type = *context_.types[instr.index];
  const std::vector<FieldType>& fields = type.type.fields;
  switch (instr.op) {
    case Op::StructNew:
    case Op::StructNewDefault: {
      uint32_t base = 0;
      const bool from_slots = instr.op == Op::StructNew;
      if (from_slots) {
        std::vector<Operand> operands(stack_.end() - static_cast<ptrdiff_t>(fields.size()),
                                      stack_.end());
        for (size_t i = 0; i < fields.size(); ++i) Pop();
        for (Operand& operand : operands) {
          if (operand.kind == Operand::Kind::kAcc) operand = ToSlot(operand);
        }
        base = (NextFree() + 1) & ~1u;
        MoveOperands(operands, base);
        uint32_t end = base;
        for (const Operand& operand : operands) {
          if (operand.type == ValKind::kV128) end = (end + 1) & ~1u;
          end += SlotsOf(operand.type);
        }
        live_top_ = std::max(live_top_, end);
        Touch(end);
      }
      SpillPending(Bank::kFloat);
      const uint16_t dst = BeginResult(ValKind::kRef);
      EmitReg(from_slots ? RegOp::StructNew : RegOp::StructNewDefault).dst = dst;
      EmitWide(Bits(&type));
      Words(live_top_ * 8, base * 8);
      EndResult(ValKind::kRef);
      mirror_[1] = kNoSlot;
      return;
    }
    case Op::StructGet:
    case Op::StructGetS:
    case Op::StructGetU: {
      const FieldType& field = fields[instr.index2];
      const uint16_t a = Field(SlotOf(Pop()));
      const ValKind kind = field.type.kind();
      const uint16_t dst = BeginResult(kind);
      Cell& cell = EmitReg(GetOp(RegOp::StructGet8S, AccessOf(field, instr.op == Op::StructGetS)));
      cell.a = a;
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(type.field_offsets[instr.index2]);
      return EndResult(kind);
    }
    default: {  // struct.set
      const FieldType& field = fields[instr.index2];
      const Operand value = ToSlot(Pop());
      const Operand object = ToSlot(Pop());
      const uint16_t a = Field(object.slot);
      const uint16_t dst = Field(value.slot, value.type);
      Cell& cell = EmitReg(SetOp(RegOp::StructSet8, AccessOf(field, false)));
      cell.a = a;
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(type.field_offsets[instr.index2]);
    }
  }
}

void Translator::ArrayInstr(const Instr& instr) {
  // array.len and nothing else has no type immediate.
  const airwasm::CanonicalType* const type =
      instr.op == Op::ArrayLen ? nullptr : context_.types[instr.index];
  const auto calls_heap = [&] {
    SpillPending(Bank::kInt);
    SpillPending(Bank::kFloat);
    mirror_[1] = kNoSlot;
  };
  switch (instr.op) {
    case Op::ArrayLen: {
      const uint16_t a = Field(SlotOf(Pop()));
      const uint16_t dst = BeginResult(ValKind::kI32);
      Cell& cell = EmitReg(RegOp::ArrayLen);
      cell.a = a;
      cell.dst = dst;
      return EndResult(ValKind::kI32);
    }
    case Op::ArrayNew:
    case Op::ArrayNewDefault:
    case Op::ArrayNewData:
    case Op::ArrayNewElem: {
      const Operand length = ToSlot(Pop());
      Operand first = length;
      if (instr.op != Op::ArrayNewDefault) first = ToSlot(Pop());
      const uint16_t a = Field(first.slot, first.type);
      const uint16_t b = Field(length.slot);
      calls_heap();
      const uint16_t dst = BeginResult(ValKind::kRef);
      RegOp op = RegOp::ArrayNew;
      if (instr.op == Op::ArrayNewDefault) op = RegOp::ArrayNewDefault;
      if (instr.op == Op::ArrayNewData) op = RegOp::ArrayNewData;
      if (instr.op == Op::ArrayNewElem) op = RegOp::ArrayNewElem;
      Cell& cell = EmitReg(op);
      cell.a = a;
      cell.b = b;
      cell.dst = dst;
      EmitWide(Bits(type));
      Words(live_top_ * 8, instr.index2);
      return EndResult(ValKind::kRef);
    }
    case Op::ArrayNewFixed: {
      std::vector<Operand> operands(stack_.end() - static_cast<ptrdiff_t>(instr.count),
                                    stack_.end());
      for (uint32_t i = 0; i < instr.count; ++i) Pop();
      for (Operand& operand : operands) {
        if (operand.kind == Operand::Kind::kAcc) operand = ToSlot(operand);
      }
      const uint32_t base = (NextFree() + 1) & ~1u;
      MoveOperands(operands, base);
      const uint32_t slots = type->type.fields[0].type.slots() * instr.count;
      Touch(base + slots);
      calls_heap();
      const uint16_t dst = BeginResult(ValKind::kRef);
      Cell& cell = EmitReg(RegOp::ArrayNewFixed);
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(instr.count);
      EmitWide(Bits(type));
      Words(std::max(live_top_, base + slots) * 8, base * 8);
      return EndResult(ValKind::kRef);
    }
    case Op::ArrayGet:
    case Op::ArrayGetS:
    case Op::ArrayGetU: {
      const FieldType& field = type->type.fields[0];
      const Operand index = ToSlot(Pop());
      const Operand array = ToSlot(Pop());
      const uint16_t a = Field(array.slot);
      const uint16_t b = Field(index.slot);
      const ValKind kind = field.type.kind();
      const uint16_t dst = BeginResult(kind);
      Cell& cell = EmitReg(GetOp(RegOp::ArrayGet8S, AccessOf(field, instr.op == Op::ArrayGetS)));
      cell.a = a;
      cell.b = b;
      cell.dst = dst;
      return EndResult(kind);
    }
    case Op::ArraySet: {
      const Operand value = ToSlot(Pop());
      const Operand index = ToSlot(Pop());
      const Operand array = ToSlot(Pop());
      const uint16_t a = Field(array.slot);
      const uint16_t b = Field(index.slot);
      const uint16_t dst = Field(value.slot, value.type);
      Cell& cell = EmitReg(SetOp(RegOp::ArraySet8, AccessOf(type->type.fields[0], false)));
      cell.a = a;
      cell.b = b;
      cell.dst = dst;
      return;
    }
    default:
      break;
  }
  // array.fill, copy, init_data, init_elem: array, index, (value | source array, source index |
  // source offset), count.
  const Operand count = ToSlot(Pop());
  const Operand third = ToSlot(Pop());
  Operand second = third;
  if (instr.op == Op::ArrayCopy) second = ToSlot(Pop());
  const Operand index = ToSlot(Pop());
  const Operand array = ToSlot(Pop());
  const uint16_t dst = Field(array.slot);
  const uint16_t a = Field(index.slot);
  const uint16_t b = Field(second.slot, second.type);
  const uint16_t aux = Field(instr.op == Op::ArrayCopy ? third.slot : count.slot);
  // With far slots the count of array.copy is reached by its full offset.
  calls_heap();
  RegOp op = RegOp::ArrayFill;
  if (instr.op == Op::ArrayCopy) op = RegOp::ArrayCopy;
  if (instr.op == Op::ArrayInitData) op = RegOp::ArrayInitData;
  if (instr.op == Op::ArrayInitElem) op = RegOp::ArrayInitElem;
  Cell& cell = EmitReg(op);
  cell.dst = dst;
  cell.a = a;
  cell.b = b;
  cell.aux = aux;
  if (op == RegOp::ArrayFill) {
    EmitWide(Bits(type));
  } else {
    Words(op == RegOp::ArrayCopy ? count.slot * 8 : instr.index2, 0);
    EmitWide(Bits(type));
  }
  ForgetMirrors();
}

void Translator::GcInstr(const Instr& instr) {
  last_.valid = false;
  const auto unary = [&](RegOp op, ValKind result) {
    const uint16_t a = Field(SlotOf(Pop()));
    const uint16_t dst = BeginResult(result);
    Cell& cell = EmitReg(op);
    cell.a = a;
    cell.dst = dst;
    EndResult(result);
  };
  switch (instr.op) {
    case Op::RefNull:
      return PushConst(ValKind::kRef, 0);
    case Op::RefIsNull: {
      // A reference is a 64-bit word: null is zero.
      Operand ref = Pop();
      if (ref.kind == Operand::Kind::kConst) ref = ToSlot(ref);
      return EmitUnary(Op::I64Eqz, ref);
    }
    case Op::RefFunc: {
      SpillPending(Bank::kFloat);
      mirror_[1] = kNoSlot;
      const uint16_t dst = BeginResult(ValKind::kRef);
      Cell& cell = EmitReg(RegOp::RefFunc);
      cell.dst = dst;
      cell.imm = static_cast<int32_t>(instr.index);
      return EndResult(ValKind::kRef);
    }
    case Op::RefEq: {
      const Operand b = Pop();
      const Operand a = Pop();
      return EmitBinary(Op::I64Eq, a, b);
    }
    case Op::RefAsNonNull: {
      Operand& top = stack_.back();
      if (top.kind != Operand::Kind::kLocal) {
        FlushEntry(top);
        if (top.kind == Operand::Kind::kConst) top = ToSlot(top);
      }
      const uint16_t a = Field(top.slot);
      EmitReg(RegOp::RefAsNonNull).a = a;
      return;
    }
    case Op::RefI31:
      return unary(RegOp::RefI31, ValKind::kRef);
    case Op::I31GetS:
      return unary(RegOp::I31GetS, ValKind::kI32);
    case Op::I31GetU:
      return unary(RegOp::I31GetU, ValKind::kI32);
    case Op::AnyConvertExtern:
    case Op::ExternConvertAny:
      return;  // the same word
    case Op::RefTest:
    case Op::RefTestNull: {
      const Operand ref = ToSlot(Pop());
      const ValType target = ValType::Ref(instr.ref_type.heap_type(), instr.op == Op::RefTestNull);
      SpillPending(Bank::kFloat);
      mirror_[1] = kNoSlot;
      return EmitCast(RegOp::RefTest, RegOp::RefTestType, ref, target, false);
    }
    case Op::RefCast:
    case Op::RefCastNull: {
      Operand& top = stack_.back();
      if (top.kind != Operand::Kind::kLocal) {
        FlushEntry(top);
        if (top.kind == Operand::Kind::kConst) top = ToSlot(top);
      }
      const ValType target = ValType::Ref(instr.ref_type.heap_type(), instr.op == Op::RefCastNull);
      SpillPending(Bank::kInt);
      SpillPending(Bank::kFloat);
      ForgetMirrors();
      return EmitCast(RegOp::RefCast, RegOp::RefCastType, ToSlot(stack_.back()), target, false);
    }
    case Op::BrOnCast:
    case Op::BrOnCastFail:
      return BrOnCast(instr);
    case Op::StructNew:
    case Op::StructNewDefault:
    case Op::StructGet:
    case Op::StructGetS:
    case Op::StructGetU:
    case Op::StructSet:
      return StructInstr(instr);
    default:
      return ArrayInstr(instr);
  }
}

}  // namespace airwasm::interp
