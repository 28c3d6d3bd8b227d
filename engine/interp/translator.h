// Translates one valid function body to register code, in one pass over its instructions.
//
// The operand stack of the validator becomes a stack of descriptors: a value is a local, a
// constant, in an accumulator, or in its home slot. local.get and constants emit nothing; an
// instruction reads its operands where they are and leaves its result in an accumulator. When
// another result is about to take the accumulator, the cell that computed the value is changed to
// write its home slot too: no cell is spent on it.
//
// What always holds:
//  - homes grow with the stack; a value's home is above those of the values below it.
//  - at a label, values stand in slots from the label's base upward (LayOutSlots), nothing is in an
//  accumulator, no descriptor refers to a local.
//  - `mirror`: a slot whose value the accumulator has as well, so that it is read from there.
//  - code behind an unconditional branch is not translated.
// Leaves to others: validity (engine/valid), what handlers do (handlers_*.cc).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/instr/instr.h"
#include "engine/interp/code.h"
#include "engine/interp/handler_tables.h"
#include "engine/runtime/module.h"
#include "engine/valid/context.h"

namespace airwasm::interp {

// Whether a value is held by acc or by facc; v128 is held by neither.
enum class Bank : uint8_t { kInt, kFloat, kNone };
constexpr Bank BankOf(ValKind kind) {
  switch (kind) {
    case ValKind::kF32:
    case ValKind::kF64:
      return Bank::kFloat;
    case ValKind::kV128:
      return Bank::kNone;
    case ValKind::kI32:
    case ValKind::kI64:
    case ValKind::kRef:
    case ValKind::kBottom:
      return Bank::kInt;
  }
  return Bank::kInt;
}
constexpr uint32_t SlotsOf(ValKind kind) {
  return kind == ValKind::kV128 ? 2 : 1;
}

struct Operand {
  enum class Kind : uint8_t {
    kSlot,   // in `slot`, its home
    kLocal,  // in `slot`, a local's
    kConst,  // `bits`
    kAcc,    // in the accumulator of its bank, and nowhere else
  };
  Kind kind = Kind::kSlot;
  ValKind type = ValKind::kI32;
  uint32_t home = 0;
  uint32_t slot = 0;
  uint64_t bits = 0;
};

class Translator {
 public:
  Translator(runtime::Module& module, uint32_t func_index);

  // Set aside in frames that 16 bits do not span: for operands, and in the last two for a result.
  static constexpr uint32_t kScratchSlots = 16;

  // Tests set it: every slot behind the parameters is treated as out of reach.
  static inline bool force_far_for_tests = false;

  // The code, with FuncCode::frame_slots still to be published.
  std::unique_ptr<FunctionCode> Run();

 private:
  struct Fixup {
    enum class Kind : uint8_t { kBranch, kTableEntry, kCatch } kind;
    uint32_t index;  // cell; or int32 of the table behind `base`; or entry of range `base`
    uint32_t base;
    int32_t next;
  };
  struct Control {
    Op op = Op::Block;
    bool reachable_before = true;
    uint32_t height = 0;        // operands below
    uint32_t base = 0;          // slot where the label's values begin
    uint32_t operand_base = 0;  // home of the first operand inside
    int32_t fixups = -1;        // of forward branches to the end
    int32_t else_branch = -1;   // cell of an `if`
    uint32_t loop_cell = 0;
    int32_t range = -1;  // of a try
    uint32_t try_begin = 0;
    uint32_t exn_slot = kNoSlot;
    ValType single;
    const FuncType* type = nullptr;  // null: no parameters, and `single` as result if has_single
    bool has_single = false;
    bool used = false;  // some branch goes to the end
    std::span<const ValType> params() const;
    std::span<const ValType> results() const;
    std::span<const ValType> label() const { return op == Op::Loop ? params() : results(); }
  };
  // Where an instruction finds an operand.
  struct Place {
    Src src = Src::kSlot;
    uint32_t slot = kNoSlot;  // also for kAcc if a slot has the value as well
    uint64_t bits = 0;
  };
  // The last numeric cell, as long as nothing follows it: a branch or an access may take it back
  // and do its work.
  struct Last {
    bool valid = false;
    Op op = Op::Nop;
    Place a, b;
    uint32_t cell = 0;
    int shift = 0;                     // i32.add: `b` is shifted left by this first
    uint32_t mirror_before = kNoSlot;  // what acc mirrored
    bool has_under = false;            // eqz of what `under` says, directly before it
  };
  struct Def {
    uint32_t cell = 0;
    Handler* to_slot = nullptr;
  };

  bool Translate();
  void Reset();
  void LayOutLocals();

  // translator.cc: operands, slots, emission.
  void Emit(Cell cell);
  Cell& EmitReg(RegOp op);
  void EmitWide(uint64_t bits);
  void Words(uint32_t a, uint32_t b);
  uint32_t NextFree() const;
  uint32_t Home(ValKind type);
  void Touch(uint32_t slot_end);
  Operand Pop();
  void Push(Operand operand);
  void PushConst(ValKind type, uint64_t bits);
  void PushLocal(uint32_t slot, ValKind type);
  void PushSlot(ValKind type, uint32_t slot);
  Place PlaceOf(const Operand& operand) const;
  // `operands` consecutively from `base` in reach of a 16-bit field.
  uint16_t SpanField(uint32_t base, uint32_t count);
  // The operand in a slot: its home unless it is in one already.
  Operand ToSlot(const Operand& operand);
  uint32_t SlotOf(const Operand& operand) { return ToSlot(operand).slot; }
  void SpillPending(Bank bank);
  void FlushEntry(Operand& operand);
  void FlushLocal(uint32_t slot);
  void FlushAll();
  void ForgetMirrors();
  void Clobber(uint32_t slot);
  // 16-bit fields. Slots out of reach go through scratch slots.
  bool Near(uint32_t slot) const { return slot * 8 <= max_field_; }
  uint16_t Field(uint32_t slot, ValKind type = ValKind::kI64);
  uint16_t DstField(uint32_t slot, ValKind type);
  void FinishDst();
  // A cell whose result goes to the accumulator, or to `to_slot` to a slot as well; pushes the
  // result.
  void PushResult(Cell cell, Handler* to_acc, Handler* to_slot, ValKind type,
                  std::optional<uint64_t> wide = std::nullopt);
  // For cells that always write dst and the accumulator. Call before emitting; the field goes into
  // the cell's dst.
  uint16_t BeginResult(ValKind type);
  void EndResult(ValKind type);
  void Copy(uint32_t dst, uint32_t src, ValKind type);
  void CopyConst(uint32_t dst, ValKind type, uint64_t bits);
  void CopyOperand(uint32_t dst, const Operand& operand);
  // Copies `operands`, in rising order of their homes, to the slots for `types` from `base`; leaves
  // the descriptors alone.
  void MoveOperands(std::span<const Operand> operands, uint32_t base);
  void CopyRange(uint32_t dst, uint32_t src, uint32_t slots);
  bool InPlace(std::span<const Operand> operands, uint32_t base) const;
  void SetLocal(uint32_t local_index, Operand value);

  // translate_numeric.cc
  void Numeric(const Instr& instr);
  void EmitBinary(Op op, Operand a, Operand b);
  bool DivideByShift(Op op, Operand a, const Operand& b);
  void EmitUnary(Op op, Operand a);
  bool FoldShift(const Operand& a, const Operand& b);
  bool FuseSelect(const Operand& cond, Operand a, Operand b);
  void EmitRow(Op op, const NumericRow& row, Place a, Place b);
  bool FoldEqz(const Operand& a);
  void WideArithmetic(const Instr& instr);
  // Of the result on top of the stack, in deterministic mode.
  void Canonicalize(const Instr& instr);
  void Select(const Instr& instr);
  bool LastIs(const Operand& operand) const;
  void TakeBackLast();

  // translate_control.cc
  void ControlInstr(const Instr& instr);
  bool SkipUnreachable(const Instr& instr);
  void PushControl(const Instr& instr, Op op);
  void Block(const Instr& instr);
  void If(const Instr& instr);
  void Else();
  void End();
  void PopControlAndContinue(bool fallthrough);
  void Branch(uint32_t depth);
  void EmitBranch(uint32_t depth);
  bool IsDirect(uint32_t depth);
  // Before a branch that may not be taken: many values go to their homes once, not at each such
  // branch. `condition` then has a slot, too.
  void PrepareWideBranch(uint32_t depth, Operand& condition);
  void BranchIf(uint32_t depth, Operand cond);
  void BrTable(const Instr& instr);
  void Return();
  void EmitReturn();
  // Emits a branch taken when `cond` is non-zero (`when`) or zero; its distance is to be filled in.
  // `backward`: it polls.
  uint32_t EmitCondBranch(const Operand& cond, bool when, bool backward);
  uint32_t EmitTestBranch(Op op, Place a, Place b, bool when, bool backward);
  uint32_t EmitNullBranch(const Operand& ref, bool when, bool backward);
  void FinishCondBranch(uint32_t depth, uint32_t cell);
  void BindLabel(int32_t& fixups);
  void BindBranch(uint32_t cell);
  void SetDistance(uint32_t cell, uint32_t target);
  void AddFixup(int32_t& list, Fixup::Kind kind, uint32_t index, uint32_t base);
  Control& Target(uint32_t depth) { return controls_[controls_.size() - 1 - depth]; }
  bool IsReturn(uint32_t depth) const { return depth + 1 == controls_.size(); }
  void BeginSegment();  // fuel
  void MarkUnreachable();

  // translate_calls.cc
  void CallInstr(const Instr& instr);
  // Puts arguments into the outgoing area and returns its first slot; pops them.
  uint32_t PassArguments(const FuncType& type);
  void PushResults(const FuncType& type, uint32_t base);
  void PassTailArguments(const FuncType& type);
  // Copies the topmost `count` operands to slots from `base` on, where parameters and locals may be
  // in the way.
  void MoveHome(size_t count, uint32_t base);
  void EmitCall(const FuncType& type, uint32_t base);
  void LoadIntoAcc(const Operand& operand);

  // translate_exceptions.cc
  void ExceptionInstr(const Instr& instr);
  void TryTable(const Instr& instr);
  void LegacyCatch(const Instr& instr);
  void LegacyDelegate(const Instr& instr);
  void EmitReturnStubs();
  void EndRange(Control& control);

  // translate_memory.cc
  void Load(const Instr& instr);
  void Store(const Instr& instr);
  void MemoryInstr(const Instr& instr);
  void TableInstr(const Instr& instr);
  void Global(const Instr& instr);
  bool IsFast(const MemArg& mem) const;
  struct Address {
    AddrMode mode;
    uint16_t a = 0, b = 0, aux = 0;
    int32_t imm = 0;
    bool uses_pair = false;  // b and aux are set, not imm
  };
  Address FoldAddress(const Operand& address, uint64_t offset);
  void BulkOp(RegOp op, uint32_t word0, uint32_t word1);

  // translate_simd.cc
  void Simd(const Instr& instr);
  void Atomic(const Instr& instr);

  // translate_gc.cc
  void GcInstr(const Instr& instr);
  void EmitCast(RegOp abstract, RegOp concrete, const Operand& ref, ValType target, bool branch);
  void BrOnCast(const Instr& instr);
  void ArrayInstr(const Instr& instr);
  void StructInstr(const Instr& instr);
  ValType CanonicalType(ValType type) const;

  void Dispatch(const Instr& instr);

  runtime::Module& module_;
  const valid::ModuleContext& context_;
  const runtime::ContextLayout& layout_;
  const uint32_t func_index_;
  const syntax::Function& func_;
  const FuncType& type_;
  std::vector<ValType> locals_;        // by LocalIdx
  std::vector<uint32_t> local_slots_;  // by LocalIdx

  std::unique_ptr<FunctionCode> code_;
  std::vector<Cell> cells_;
  std::vector<Operand> stack_;
  std::vector<Control> controls_;
  std::vector<Fixup> fixups_;
  std::vector<uint32_t>
      pending_by_slot_;  // by slot of a local: descriptors on the stack that refer to it
  struct OpenRange {
    CatchRange range;
    std::vector<uint32_t> depths;  // of the entries' labels, from inside the try_table
  };
  std::vector<OpenRange> open_ranges_;  // of try_tables whose end is to come
  std::vector<std::pair<uint32_t, uint32_t>>
      return_stubs_;    // (range, entry) of catches that leave the function
  size_t flushed_ = 0;  // operands below have no descriptor that must be flushed at a label
  int64_t pending_[2] = {-1, -1};  // per bank: index of the operand that is only in the accumulator
  Def def_[2];                     // and the cell that computed it
  uint32_t mirror_[2] = {kNoSlot, kNoSlot};
  Last last_, under_;
  // The last operation, if it wrote result_slot_ by its dst and may be told to write elsewhere: its
  // first cell and the end of its cells.
  uint32_t result_cell_ = UINT32_MAX;
  uint32_t result_end_ = 0;
  uint32_t result_slot_ = kNoSlot;
  uint32_t last_copy_ = UINT32_MAX;
  uint32_t label_cell_ = 0;  // no cell before this one may be merged with later ones
  bool reachable_ = true;
  uint32_t skip_depth_ = 0;  // nested blocks inside unreachable code
  uint32_t first_temp_ = 0;
  uint32_t max_slot_ = 0;
  uint32_t current_offset_ = 0;  // of the instruction, from the start of the body
  uint32_t consume_cell_ = UINT32_MAX;
  uint32_t live_top_ = 0;  // slots in use before the current instruction
  bool fuel_ = false;
  bool deterministic_ = false;
  bool far_ = false;  // slots out of reach of 16 bits occur: scratch slots are set aside
  bool needs_far_ = false;
  uint32_t max_field_ = 0xFFFF;  // largest slot offset that a cell's field holds
  uint32_t scratch_ = 0;
  uint32_t scratch_used_ = 0;
  uint32_t far_dst_ = kNoSlot;  // where FinishDst copies to
  uint32_t far_dst_scratch_ = 0;
  ValKind far_dst_type_ = ValKind::kI64;
};

}  // namespace airwasm::interp
