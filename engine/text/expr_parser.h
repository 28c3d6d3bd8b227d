// Parser of instruction sequences: function bodies and constant expressions. Private to
// engine/text.
//
// Emits the binary format as it goes. Nesting, folded or flat, lives on an explicit stack: native
// stack use does not grow with the input. An operator of a folded expression is encoded before its
// operands are parsed and waits in `pending_` until they are complete. Spec: core,
// text/instructions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/hash_map.h"
#include "engine/instr/instr.h"
#include "engine/text/module_parser.h"

namespace airwasm::text {

class ExprParser {
 public:
  explicit ExprParser(ModuleParser& module) : m_(module), in_(module.in()) {}

  // Names local `index`.
  void BindLocal(const Token& id, uint32_t index);

  // instr*, up to the ")" that closes what surrounds it, which is not taken; then `end`.
  void ParseSequence();
  // Exactly one folded instruction, then `end`.
  void ParseFolded();

  std::vector<uint8_t>& bytes() { return out_; }
  std::vector<syntax::BranchHint>& hints() { return hints_; }  // offsets from the start of bytes()
  syntax::NameMap& label_names() { return label_names_; }
  syntax::NameMap& local_names() { return local_names_; }

 private:
  enum class FrameKind : uint8_t {
    kOperands,     // folded plain instruction: folded operands until ")"
    kIfOperands,   // folded if: folded operands until "(then"
    kIfThenDone,   // ... "(else" or ")"
    kIfDone,       // ... ")"
    kBlock,        // folded block, loop, try_table: instructions until ")"
    kPart,         // then, else, do, catch, catch_all of a folded form: instructions until ")"
    kTry,          // folded try: "(do"
    kTryDone,      // ... "(catch", "(catch_all", "(delegate" or ")"
    kTryCatchAll,  // ... ")"
    kTryDelegate,  // ... ")", without an `end`
    kFlat,         // flat block, loop, try_table: until `end`
    kFlatIf,       // until `else` or `end`
    kFlatElse,
    kFlatTry,  // until `catch`, `catch_all`, `delegate` or `end`
    kFlatCatch,
    kFlatCatchAll,
  };
  struct Frame {
    FrameKind kind;
    bool has_catch = false;        // a folded try has had a clause
    std::optional<bool> hint{};    // for a waiting br_if or if
    Op op = Op::Nop;               // of the waiting instruction
    size_t pending = 0;            // where its bytes begin in pending_
    std::optional<Token> label{};  // of blocks
    std::string_view label_text{};
  };
  struct Label {
    std::string_view id{};  // empty for none
    uint32_t shadowed = 0;  // 1 + depth of the outer label of the same name, 0 for none
  };

  void Run(bool single);
  bool AllowsFlat(bool single) const;

  // --- structure (parse_expr.cc)
  void OpenParen();
  void CloseParen();
  void StartFolded();
  void StartFlat();
  void StartBlock(Op op, bool folded, std::optional<bool> hint);
  void ParseFlatEnd();
  void ParseFlatElse();
  void ParseFlatCatch(Op op);
  void ParseFlatDelegate();
  void ParseTryPart(Frame& frame);
  void ParseEndLabel(const Frame& frame);
  void TakeLabel(Frame& frame);
  void PushLabel(const Frame& frame);
  void PopLabel();
  void EmitWaiting(const Frame& frame);
  void EmitHint(Op op, const std::optional<bool>& hint, const Token& at);
  void CheckHintTarget(Op op, const std::optional<bool>& hint, const Token& at);

  // --- operands (parse_immediates.cc)
  // Parses the immediates of `op` and appends the whole instruction to `out`. May pick the sibling
  // row of select, ref.test and ref.cast.
  void ParsePlain(Op op, std::vector<uint8_t>& out);
  void ParseImmediates(Instr& instr);
  BlockType ParseBlockType();
  void ParseCatches(Instr& instr);
  void ParseMemArg(Instr& instr);
  void ParseMemArgLane(Instr& instr);
  void ParseLabelTable(Instr& instr);
  void ParseSelectTypes(Instr& instr);
  void TakeIndexPair(Instr& instr, const Space& first, const Space& second, bool first_optional);
  uint32_t TakeLabelIndex();
  uint32_t TakeLocalIndex();

  ModuleParser& m_;
  TokenReader& in_;
  std::vector<uint8_t> out_;
  std::vector<uint8_t> pending_;
  std::vector<uint8_t> list_;         // scratch for Instr::list
  std::array<uint8_t, 16> vector_{};  // scratch for Instr::bytes
  std::vector<Frame> frames_;
  std::vector<Label> labels_;
  HashMap<std::string_view, uint32_t>
      label_depths_;  // 1 + depth of the innermost label of the name
  IdMap local_ids_;
  uint32_t num_labels_ = 0;  // so far in this function; names are given by this number
  std::vector<syntax::BranchHint> hints_;
  syntax::NameMap label_names_;
  syntax::NameMap local_names_;
};

}  // namespace airwasm::text
