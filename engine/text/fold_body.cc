// Folded form of function bodies: first a plan of where forms open, then the printing. Spec: core,
// text/instructions, folded instructions.
#include "engine/text/body_printer.h"

namespace airwasm::text {
namespace {

struct ArityRow {
  Op op;
  uint8_t operands;
  uint8_t results;
};
// Rows of opcodes.def whose signature is Special but whose arity is fixed.
constexpr ArityRow kArities[] = {
    {Op::Drop, 1, 0},
    {Op::Select, 3, 1},
    {Op::SelectT, 3, 1},
    {Op::LocalGet, 0, 1},
    {Op::LocalSet, 1, 0},
    {Op::LocalTee, 1, 1},
    {Op::GlobalGet, 0, 1},
    {Op::GlobalSet, 1, 0},
    {Op::TableGet, 1, 1},
    {Op::TableSet, 2, 0},
    {Op::TableSize, 0, 1},
    {Op::TableGrow, 2, 1},
    {Op::TableFill, 3, 0},
    {Op::TableCopy, 3, 0},
    {Op::TableInit, 3, 0},
    {Op::MemorySize, 0, 1},
    {Op::MemoryGrow, 1, 1},
    {Op::MemoryFill, 3, 0},
    {Op::MemoryCopy, 3, 0},
    {Op::MemoryInit, 3, 0},
    {Op::RefNull, 0, 1},
    {Op::RefIsNull, 1, 1},
    {Op::RefFunc, 0, 1},
    {Op::RefEq, 2, 1},
    {Op::RefAsNonNull, 1, 1},
    {Op::StructNewDefault, 0, 1},
    {Op::StructGet, 1, 1},
    {Op::StructGetS, 1, 1},
    {Op::StructGetU, 1, 1},
    {Op::StructSet, 2, 0},
    {Op::ArrayNew, 2, 1},
    {Op::ArrayNewDefault, 1, 1},
    {Op::ArrayNewData, 2, 1},
    {Op::ArrayNewElem, 2, 1},
    {Op::ArrayGet, 2, 1},
    {Op::ArrayGetS, 2, 1},
    {Op::ArrayGetU, 2, 1},
    {Op::ArraySet, 3, 0},
    {Op::ArrayLen, 1, 1},
    {Op::ArrayFill, 4, 0},
    {Op::ArrayCopy, 5, 0},
    {Op::ArrayInitData, 4, 0},
    {Op::ArrayInitElem, 4, 0},
    {Op::RefTest, 1, 1},
    {Op::RefTestNull, 1, 1},
    {Op::RefCast, 1, 1},
    {Op::RefCastNull, 1, 1},
    {Op::AnyConvertExtern, 1, 1},
    {Op::ExternConvertAny, 1, 1},
    {Op::RefI31, 1, 1},
    {Op::I31GetS, 1, 1},
    {Op::I31GetU, 1, 1},
    {Op::ThrowRef, 1, 0},
    {Op::BrIf, 1, 0},
    {Op::BrTable, 1, 0},
    {Op::BrOnNull, 1, 1},
    {Op::BrOnNonNull, 1, 0},
    {Op::BrOnCast, 1, 1},
    {Op::BrOnCastFail, 1, 1},
};

constexpr std::array<std::pair<uint8_t, uint8_t>, kNumOps> MakeArities() {
  std::array<std::pair<uint8_t, uint8_t>, kNumOps> table{};
  for (const ArityRow& row : kArities)
    table[static_cast<size_t>(row.op)] = {row.operands, row.results};
  return table;
}
constexpr auto kArityOf = MakeArities();

}  // namespace

BodyPrinter::ArityPair BodyPrinter::CallArity(TypeIdx type, uint32_t extra) const {
  if (type >= m_.types.size()) return {0, 0};
  const FuncType& func = m_.types[type].func;
  return {static_cast<uint32_t>(func.params.size()) + extra,
          static_cast<uint32_t>(func.results.size())};
}

BodyPrinter::ArityPair BodyPrinter::Arity(const Instr& instr) const {
  const OpInfo& info = instr.info();
  if (info.signature != Signature::Special) {
    const SignatureInfo& signature = Info(info.signature);
    return {static_cast<uint32_t>(signature.params.size()),
            static_cast<uint32_t>(signature.results.size())};
  }
  switch (instr.op) {
    case Op::Call:
    case Op::ReturnCall:
      return instr.index < m_.funcs.size() ? CallArity(m_.funcs[instr.index].type, 0)
                                           : ArityPair(0, 0);
    case Op::Return:
      return {return_operands_, 0};
    case Op::CallIndirect:
    case Op::ReturnCallIndirect:
    case Op::CallRef:
    case Op::ReturnCallRef:
      return CallArity(instr.index, 1);
    case Op::Throw:
      return {instr.index < m_.tags.size() ? CallArity(m_.tags[instr.index].type, 0).first : 0, 0};
    case Op::StructNew:
      return {instr.index < m_.types.size()
                  ? static_cast<uint32_t>(m_.types[instr.index].fields.size())
                  : 0,
              1};
    case Op::ArrayNewFixed:
      return {instr.count, 1};
    default:
      return kArityOf[static_cast<size_t>(instr.op)];
  }
}

uint32_t BodyPrinter::BlockResults(const BlockType& type) const {
  if (type.kind == BlockType::Kind::kIndex) return CallArity(type.index, 0).second;
  return type.kind == BlockType::Kind::kValue ? 1 : 0;
}

// Forms are planned in the order of their ends, so each new one lies around those that open at the
// same step.
void BodyPrinter::OpenForm(uint32_t step, uint32_t owner) {
  steps_[owner].next_open = steps_[step].first_open;
  steps_[step].first_open = owner;
}

bool BodyPrinter::PlanFolds() {
  std::vector<Operand> operands;
  std::vector<Block> blocks;
  ByteReader reader(bytes_);
  Instr instr;
  bool done = false;
  while (!done && !reader.AtEnd()) {
    const uint32_t offset = static_cast<uint32_t>(reader.offset());
    ReadInstr(reader, instr);
    if (!reader.ok()) return false;
    steps_.push_back({.offset = offset});
    done = instr.op == Op::End && blocks.empty();
    if (!done && !PlanStep(instr, operands, blocks)) return false;
  }
  return done && reader.AtEnd();
}

bool BodyPrinter::PlanStep(const Instr& instr, std::vector<Operand>& operands,
                           std::vector<Block>& blocks) {
  const uint32_t step = static_cast<uint32_t>(steps_.size()) - 1;
  const size_t base = blocks.empty() ? 0 : blocks.back().operands;
  const auto take = [&](uint32_t wanted) {
    uint32_t start = step;
    for (uint32_t taken = 0; taken < wanted && operands.size() > base;) {
      const Operand& top = operands.back();
      if (top.results == 0 || taken + top.results > wanted) break;
      taken += top.results;
      start = top.start;
      operands.pop_back();
    }
    return start;
  };
  switch (instr.op) {
    case Op::End:
    case Op::Delegate: {
      if (blocks.empty() || (instr.op == Op::Delegate && blocks.back().part != Op::Try))
        return false;
      const Block block = blocks.back();
      operands.resize(block.operands);
      operands.push_back({block.start, block.results});
      blocks.pop_back();
      return true;
    }
    case Op::Else:
    case Op::Catch:
    case Op::CatchAll: {
      const Op part = blocks.empty() ? Op::Block : blocks.back().part;
      const bool fits =
          instr.op == Op::Else ? part == Op::If : part == Op::Try || part == Op::Catch;
      if (!fits) return false;
      blocks.back().part = instr.op;
      operands.resize(base);
      return true;
    }
    default:
      break;
  }
  if (IsBlock(instr.op)) {
    const uint32_t start = instr.op == Op::If ? take(1) : step;
    OpenForm(start, step);
    block_numbers_[step] = static_cast<uint32_t>(block_numbers_.size());
    blocks.push_back({instr.op, instr.op, start, operands.size(), BlockResults(instr.block_type)});
    return true;
  }
  const auto [wanted, results] = Arity(instr);
  const uint32_t start = take(wanted);
  OpenForm(start, step);
  operands.push_back({start, results});
  return true;
}

void BodyPrinter::PrintOpenForms(uint32_t step, const Instr& instr) {
  for (uint32_t owner = steps_[step].first_open; owner != kNone; owner = steps_[owner].next_open) {
    Instr other;
    const Instr* head = &instr;
    if (owner != step) {
      ByteReader reader(bytes_.subspan(steps_[owner].offset), steps_[owner].offset);
      ReadInstr(reader, other);
      head = &other;
    }
    PrintHint(*head);
    p_.NewLine();
    p_.Write("(");
    PrintOne(*head, IsBlock(head->op) ? LabelId(block_numbers_[owner]) : std::string());
    ++p_.indent_;
  }
}

void BodyPrinter::RunFolded() {
  ByteReader reader(bytes_);
  Instr instr;
  for (uint32_t step = 0; step + 1 < steps_.size(); ++step) {
    ReadInstr(reader, instr);
    PrintOpenForms(step, instr);
    if (IsBlock(instr.op)) {
      open_blocks_.push_back(instr.op);
      PushLabel(block_numbers_[step]);
      if (instr.op == Op::If || instr.op == Op::Try) {
        p_.NewLine();
        p_.Write(instr.op == Op::If ? "(then" : "(do");
        ++p_.indent_;
      }
    } else {
      PrintFoldedPart(instr);
    }
  }
}

// What an instruction that opens no block closes, and the part that it opens.
void BodyPrinter::PrintFoldedPart(const Instr& instr) {
  const auto close = [&] {
    p_.Write(")");
    Outdent();
  };
  close();
  switch (instr.op) {
    case Op::End:
      if (open_blocks_.back() == Op::If || open_blocks_.back() == Op::Try) close();
      open_blocks_.pop_back();
      PopLabel();
      return;
    case Op::Else:
    case Op::Catch:
    case Op::CatchAll:
      p_.NewLine();
      p_.Write("(");
      PrintOne(instr);
      ++p_.indent_;
      return;
    case Op::Delegate:
      open_blocks_.pop_back();
      PopLabel();
      p_.NewLine();
      p_.Write("(");
      PrintOne(instr);
      p_.Write(")");
      return close();
    default:
      return;
  }
}

}  // namespace airwasm::text
