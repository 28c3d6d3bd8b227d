// Flat form of function bodies, and expressions on one line.
#include <algorithm>

#include "engine/text/body_printer.h"
#include "engine/text/lexer.h"

namespace airwasm::text {

BodyPrinter::BodyPrinter(ModulePrinter& printer, uint32_t func, const Ids& locals)
    : p_(printer), m_(printer.m_), locals_(locals), bytes_(m_.funcs[func].body.bytes) {
  if (const auto it = m_.names.labels.find(func); it != m_.names.labels.end())
    label_names_ = &it->second;
  if (const auto it = m_.branch_hints.find(func); it != m_.branch_hints.end()) hints_ = &it->second;
  return_operands_ = CallArity(m_.funcs[func].type, 0).second;
}

void BodyPrinter::Run() {
  if (p_.options_.fold && PlanFolds()) {
    RunFolded();
  } else {
    RunFlat();
  }
}

void BodyPrinter::RunFlat() {
  const size_t indent = p_.indent_;
  ByteReader reader(bytes_);
  Instr instr;
  const auto give_up = [&](std::string_view why) {
    p_.indent_ = indent;
    p_.NewLine();
    p_.Write("(; malformed body: ");
    p_.Write(why);
    p_.Write(" ;)");
  };
  while (!reader.AtEnd()) {
    ReadInstr(reader, instr);
    if (!reader.ok()) return give_up(reader.error().message);
    switch (instr.op) {
      case Op::End:
        if (labels_.empty()) {
          if (!reader.AtEnd()) give_up("instructions behind the end");
          return;
        }
        PopLabel();
        Outdent();
        p_.NewLine();
        p_.Write("end");
        continue;
      case Op::Else:
      case Op::Catch:
      case Op::CatchAll:
        Outdent();
        p_.NewLine();
        PrintOne(instr);
        ++p_.indent_;
        continue;
      case Op::Delegate:
        PopLabel();
        Outdent();
        p_.NewLine();
        PrintOne(instr);
        continue;
      default:
        break;
    }
    PrintHint(instr);
    p_.NewLine();
    if (!IsBlock(instr.op)) {
      PrintOne(instr);
      continue;
    }
    PrintOne(instr, LabelId(num_blocks_));
    PushLabel(num_blocks_++);
    if (p_.options_.index_comments && labels_.back().id.empty())
      p_.Write("  ;; label = @" + std::to_string(labels_.back().number));
    ++p_.indent_;
  }
  give_up("no end");
}

void BodyPrinter::PrintHint(const Instr& instr) {
  if (hints_ == nullptr || (instr.op != Op::If && instr.op != Op::BrIf)) return;
  const auto it =
      std::lower_bound(hints_->begin(), hints_->end(), instr.offset,
                       [](const syntax::BranchHint& h, size_t at) { return h.offset < at; });
  if (it == hints_->end() || it->offset != instr.offset) return;
  p_.NewLine();
  p_.Write(it->likely ? "(@metadata.code.branch_hint \"\\01\")"
                      : "(@metadata.code.branch_hint \"\\00\")");
}

std::string BodyPrinter::LabelId(uint32_t n) const {
  if (label_names_ == nullptr) return {};
  const auto it = label_names_->find(n);
  if (it == label_names_->end() || it->second.empty() || !IsValidUtf8(it->second)) return {};
  return IdLiteral(it->second);
}

void BodyPrinter::PushLabel(uint32_t block_number) {
  PrintLabel label{.id = LabelId(block_number),
                   .number = static_cast<uint32_t>(labels_.size()) + 1};
  if (!label.id.empty()) {
    uint32_t& innermost = innermost_[label.id];
    label.outer = innermost;
    if (innermost != 0) labels_[innermost - 1].hidden = true;
    innermost = label.number;
  }
  labels_.push_back(std::move(label));
}

void BodyPrinter::PopLabel() {
  if (labels_.empty()) return;
  const PrintLabel& label = labels_.back();
  if (!label.id.empty()) {
    innermost_[label.id] = label.outer;
    if (label.outer != 0) labels_[label.outer - 1].hidden = false;
  }
  labels_.pop_back();
}

void ModulePrinter::PrintInlineExpr(const syntax::Expr& expr) {
  ByteReader reader(expr.bytes);
  Instr instr;
  for (size_t depth = 0; !reader.AtEnd();) {
    ReadInstr(reader, instr);
    if (!reader.ok()) return Write(" (; malformed expression ;)");
    if (instr.op == Op::End && depth == 0) return;
    if (instr.op == Op::End || instr.op == Op::Delegate) {
      if (depth > 0) --depth;
    } else if (instr.immediate == Immediate::kBlock || instr.immediate == Immediate::kTryTable) {
      ++depth;
    }
    Write(" ");
    PrintInstr(instr, {}, nullptr);
  }
}

void ModulePrinter::PrintFoldedExpr(const syntax::Expr& expr, std::string_view word) {
  ByteReader reader(expr.bytes);
  Instr first;
  Instr second;
  if (!reader.AtEnd()) ReadInstr(reader, first);
  if (!reader.AtEnd()) ReadInstr(reader, second);
  const bool single = reader.ok() && reader.AtEnd() && !expr.bytes.empty() && first.op != Op::End &&
                      second.op == Op::End;
  const bool is_block =
      first.immediate == Immediate::kBlock || first.immediate == Immediate::kTryTable;
  if (single && !is_block) {
    Write(" (");
    PrintInstr(first, {}, nullptr);
    return Write(")");
  }
  Write(" (");
  Write(word);
  PrintInlineExpr(expr);
  Write(")");
}

}  // namespace airwasm::text
