// Prints the instructions of one function, flat or folded. Private to engine/text.
//
// Folding groups instructions that stand next to each other already: "(op a b)" means "a b op",
// whatever the operands' types are. So a wrong guess at how many operands an instruction takes
// could only make the output less pretty. Nothing here recurses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash_map.h"
#include "engine/text/module_printer.h"

namespace airwasm::text {

class BodyPrinter {
 public:
  BodyPrinter(ModulePrinter& printer, uint32_t func, const Ids& locals);

  void Run();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // One instruction of the folded form. The forms that open at a step are a list, outermost first.
  struct Step {
    uint32_t offset = 0;          // in the body
    uint32_t first_open = kNone;  // step whose form is the outermost one that opens here
    uint32_t next_open = kNone;  // step whose form opens next, inside this one's, at the same place
  };
  struct Operand {
    uint32_t start = 0;    // step at which its form opens
    uint32_t results = 0;  // values it leaves
  };
  struct Block {
    Op op = Op::Block;
    Op part = Op::Block;  // the part that is open: Else, Catch, ... or `op`
    uint32_t start = 0;   // step at which its form opens
    size_t operands = 0;  // size of the operand list around it
    uint32_t results = 0;
  };
  using ArityPair = std::pair<uint32_t, uint32_t>;  // operands taken, values left

  void RunFlat();
  // False, with nothing printed, if the body is malformed or its blocks do not match.
  bool PlanFolds();
  bool PlanStep(const Instr& instr, std::vector<Operand>& operands, std::vector<Block>& blocks);
  void RunFolded();
  void PrintOpenForms(uint32_t step, const Instr& instr);
  void PrintFoldedPart(const Instr& instr);

  ArityPair Arity(const Instr& instr) const;
  ArityPair CallArity(TypeIdx type, uint32_t extra) const;
  uint32_t BlockResults(const BlockType& type) const;
  void OpenForm(uint32_t step, uint32_t owner);

  void PrintOne(const Instr& instr, std::string_view label_id = {}) {
    p_.PrintInstr(instr, labels_, &locals_, label_id);
  }
  void PrintHint(const Instr& instr);
  void Outdent() {
    if (p_.indent_ > 0) --p_.indent_;
  }
  // The identifier of block number `n` of this function; empty if it has none.
  std::string LabelId(uint32_t n) const;
  void PushLabel(uint32_t block_number);
  void PopLabel();
  static bool IsBlock(Op op) {
    return Info(op).immediate == Immediate::kBlock || Info(op).immediate == Immediate::kTryTable;
  }

  ModulePrinter& p_;
  const syntax::Module& m_;
  const Ids& locals_;
  const syntax::Bytes bytes_;
  const syntax::NameMap* label_names_ = nullptr;
  const std::vector<syntax::BranchHint>* hints_ = nullptr;
  uint32_t num_blocks_ = 0;
  std::vector<PrintLabel> labels_;
  HashMap<std::string, uint32_t> innermost_;  // 1 + position of the innermost label of an id
  // Folded form only:
  uint32_t return_operands_ = 0;
  std::vector<Step> steps_;
  HashMap<uint32_t, uint32_t> block_numbers_;  // of steps that are blocks
  std::vector<Op> open_blocks_;
};

}  // namespace airwasm::text
