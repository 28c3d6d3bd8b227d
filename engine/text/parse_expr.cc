// Structure of instruction sequences: folded forms, blocks, labels. Spec: core, text/instructions.
#include "engine/text/expr_parser.h"

namespace airwasm::text {
namespace {

// Ops that only stand for parts of a block.
bool IsBlockPart(Op op) {
  return op == Op::Else || op == Op::End || op == Op::Catch || op == Op::CatchAll ||
         op == Op::Delegate;
}

}  // namespace

void ExprParser::BindLocal(const Token& id, uint32_t index) {
  const std::string_view text = m_.IdText(id);
  if (!local_ids_.emplace(text, index).second)
    return in_.Fail(id, "duplicate local " + TokenReader::Quoted(in_.Text(id)));
  local_names_[index] = std::string(text);
}

void ExprParser::ParseSequence() {
  Run(/*single=*/false);
}

void ExprParser::ParseFolded() {
  Run(/*single=*/true);
}

void ExprParser::Run(bool single) {
  bool done = false;
  while (in_.ok() && !done) {
    switch (in_.Kind()) {
      case TokenKind::kLParen:
        OpenParen();
        break;
      case TokenKind::kRParen:
        if (frames_.empty()) {
          done = true;
        } else {
          CloseParen();
        }
        break;
      case TokenKind::kKeyword:
        if (AllowsFlat(single)) {
          StartFlat();
        } else {
          in_.Unexpected("\"(\" or \")\"");
        }
        break;
      default:
        // The end of the input can close an expression only where no parenthesis is open around it.
        in_.Unexpected("an instruction");
    }
    if (single && frames_.empty()) done = true;
  }
  if (single && out_.empty() && in_.ok()) in_.Unexpected("an instruction");
  WriteOp(out_, Op::End);
}

// Whether a flat instruction may stand at the cursor.
bool ExprParser::AllowsFlat(bool single) const {
  if (frames_.empty()) return !single;
  switch (frames_.back().kind) {
    case FrameKind::kBlock:
    case FrameKind::kPart:
    case FrameKind::kFlat:
    case FrameKind::kFlatIf:
    case FrameKind::kFlatElse:
    case FrameKind::kFlatTry:
    case FrameKind::kFlatCatch:
    case FrameKind::kFlatCatchAll:
      return true;
    case FrameKind::kOperands:
    case FrameKind::kIfOperands:
    case FrameKind::kIfThenDone:
    case FrameKind::kIfDone:
    case FrameKind::kTry:
    case FrameKind::kTryDone:
    case FrameKind::kTryCatchAll:
    case FrameKind::kTryDelegate:
      return false;
  }
  return false;
}

void ExprParser::OpenParen() {
  if (frames_.empty()) return StartFolded();
  Frame& frame = frames_.back();
  switch (frame.kind) {
    case FrameKind::kIfOperands:
      if (!in_.TakeLParen("then")) return StartFolded();
      EmitWaiting(frame);
      PushLabel(frame);
      frame.kind = FrameKind::kIfThenDone;
      frames_.push_back({.kind = FrameKind::kPart});
      return;
    case FrameKind::kIfThenDone:
      in_.ExpectLParen("else");
      WriteOp(out_, Op::Else);
      frame.kind = FrameKind::kIfDone;
      frames_.push_back({.kind = FrameKind::kPart});
      return;
    case FrameKind::kTry:
    case FrameKind::kTryDone:
      return ParseTryPart(frame);
    case FrameKind::kIfDone:
    case FrameKind::kTryCatchAll:
    case FrameKind::kTryDelegate:
      return in_.Unexpected("\")\"");
    case FrameKind::kOperands:
    case FrameKind::kBlock:
    case FrameKind::kPart:
    case FrameKind::kFlat:
    case FrameKind::kFlatIf:
    case FrameKind::kFlatElse:
    case FrameKind::kFlatTry:
    case FrameKind::kFlatCatch:
    case FrameKind::kFlatCatchAll:
      return StartFolded();
  }
}

void ExprParser::ParseTryPart(Frame& frame) {
  if (frame.kind == FrameKind::kTry) {
    in_.ExpectLParen("do");
    frame.kind = FrameKind::kTryDone;
  } else if (in_.TakeLParen("catch")) {
    ParsePlain(Op::Catch, out_);
    frame.has_catch = true;
  } else if (in_.TakeLParen("catch_all")) {
    WriteOp(out_, Op::CatchAll);
    frame.kind = FrameKind::kTryCatchAll;
  } else if (!frame.has_catch && in_.TakeLParen("delegate")) {
    PopLabel();
    ParsePlain(Op::Delegate, out_);
    in_.ExpectRParen();
    frame.kind = FrameKind::kTryDelegate;
    return;
  } else {
    in_.Take();
    return in_.Unexpected("catch, catch_all or delegate");
  }
  frames_.push_back({.kind = FrameKind::kPart});
}

void ExprParser::CloseParen() {
  const Frame frame = frames_.back();
  switch (frame.kind) {
    case FrameKind::kOperands:
      EmitWaiting(frame);
      break;
    case FrameKind::kPart:
    case FrameKind::kTryDelegate:
      break;
    case FrameKind::kIfThenDone:
    case FrameKind::kIfDone:
    case FrameKind::kBlock:
    case FrameKind::kTryDone:
    case FrameKind::kTryCatchAll:
      WriteOp(out_, Op::End);
      PopLabel();
      break;
    case FrameKind::kIfOperands:
      return in_.Unexpected("(then");
    case FrameKind::kTry:
      return in_.Unexpected("(do");
    case FrameKind::kFlat:
    case FrameKind::kFlatIf:
    case FrameKind::kFlatElse:
    case FrameKind::kFlatTry:
    case FrameKind::kFlatCatch:
    case FrameKind::kFlatCatchAll:
      return in_.Unexpected("end");
  }
  in_.Take();
  frames_.pop_back();
}

void ExprParser::StartFolded() {
  const Token at = in_.Peek();
  const std::optional<bool> hint = m_.annotations().TakeBranchHint(in_);
  in_.Take();
  const Op* op = in_.Kind() == TokenKind::kKeyword ? FindOp(in_.PeekText()) : nullptr;
  if (op == nullptr || IsBlockPart(*op)) return in_.Unexpected("an instruction");
  CheckHintTarget(*op, hint, at);
  in_.Take();
  if (Info(*op).immediate == Immediate::kBlock || Info(*op).immediate == Immediate::kTryTable)
    return StartBlock(*op, /*folded=*/true, hint);
  Frame frame{.kind = FrameKind::kOperands, .hint = hint, .op = *op, .pending = pending_.size()};
  ParsePlain(*op, pending_);
  frames_.push_back(frame);
}

void ExprParser::StartFlat() {
  const Token at = in_.Peek();
  const Op* op = FindOp(in_.PeekText());
  if (op == nullptr) return in_.Unexpected("an instruction");
  const std::optional<bool> hint = m_.annotations().TakeBranchHint(in_);
  CheckHintTarget(*op, hint, at);
  switch (*op) {
    case Op::End:
      return ParseFlatEnd();
    case Op::Else:
      return ParseFlatElse();
    case Op::Catch:
    case Op::CatchAll:
      return ParseFlatCatch(*op);
    case Op::Delegate:
      return ParseFlatDelegate();
    default:
      break;
  }
  in_.Take();
  if (Info(*op).immediate == Immediate::kBlock || Info(*op).immediate == Immediate::kTryTable)
    return StartBlock(*op, /*folded=*/false, hint);
  EmitHint(*op, hint, at);
  ParsePlain(*op, out_);
}

// label? blocktype (catch clauses)?
void ExprParser::StartBlock(Op op, bool folded, std::optional<bool> hint) {
  Frame frame{.kind = FrameKind::kFlat, .hint = hint, .op = op};
  TakeLabel(frame);
  frame.pending = pending_.size();
  ParsePlain(op, pending_);
  if (folded && op == Op::If) {
    frame.kind = FrameKind::kIfOperands;
    frames_.push_back(frame);
    return;
  }
  EmitWaiting(frame);
  PushLabel(frame);
  if (op == Op::Try) {
    frame.kind = folded ? FrameKind::kTry : FrameKind::kFlatTry;
  } else if (folded) {
    frame.kind = FrameKind::kBlock;
  } else if (op == Op::If) {
    frame.kind = FrameKind::kFlatIf;
  }
  frames_.push_back(frame);
}

void ExprParser::ParseFlatEnd() {
  const bool in_flat = !frames_.empty() && frames_.back().kind >= FrameKind::kFlat;
  if (!in_flat) return in_.Unexpected("an instruction");
  in_.Take();
  ParseEndLabel(frames_.back());
  WriteOp(out_, Op::End);
  PopLabel();
  frames_.pop_back();
}

void ExprParser::ParseFlatElse() {
  if (frames_.empty() || frames_.back().kind != FrameKind::kFlatIf)
    return in_.Unexpected("an instruction");
  in_.Take();
  ParseEndLabel(frames_.back());
  WriteOp(out_, Op::Else);
  frames_.back().kind = FrameKind::kFlatElse;
}

void ExprParser::ParseFlatCatch(Op op) {
  const bool fits = !frames_.empty() && (frames_.back().kind == FrameKind::kFlatTry ||
                                         frames_.back().kind == FrameKind::kFlatCatch);
  if (!fits) return in_.Unexpected("an instruction");
  in_.Take();
  ParsePlain(op, out_);
  frames_.back().kind = op == Op::Catch ? FrameKind::kFlatCatch : FrameKind::kFlatCatchAll;
}

void ExprParser::ParseFlatDelegate() {
  if (frames_.empty() || frames_.back().kind != FrameKind::kFlatTry)
    return in_.Unexpected("an instruction");
  in_.Take();
  // The label is resolved outside of the try.
  PopLabel();
  frames_.pop_back();
  ParsePlain(Op::Delegate, out_);
}

// The identifier behind `end` or `else` repeats the block's.
void ExprParser::ParseEndLabel(const Frame& frame) {
  if (in_.Kind() != TokenKind::kId) return;
  const Token id = in_.Take();
  if (!frame.label || m_.IdText(id) != frame.label_text)
    in_.Fail(id, "mismatching label " + TokenReader::Quoted(in_.Text(id)));
}

void ExprParser::TakeLabel(Frame& frame) {
  if (in_.Kind() != TokenKind::kId) return;
  frame.label = in_.Take();
  frame.label_text = m_.IdText(*frame.label);
}

void ExprParser::PushLabel(const Frame& frame) {
  Label label;
  if (frame.label) {
    label.id = frame.label_text;
    uint32_t& innermost = label_depths_[label.id];
    label.shadowed = innermost;
    innermost = static_cast<uint32_t>(labels_.size()) + 1;
    label_names_[num_labels_] = std::string(label.id);
  }
  ++num_labels_;
  labels_.push_back(label);
}

void ExprParser::PopLabel() {
  if (labels_.empty()) return;  // only after an error
  const Label& label = labels_.back();
  if (!label.id.empty()) label_depths_[label.id] = label.shadowed;
  labels_.pop_back();
}

void ExprParser::EmitWaiting(const Frame& frame) {
  EmitHint(frame.op, frame.hint, in_.Peek());
  out_.insert(out_.end(), pending_.begin() + static_cast<ptrdiff_t>(frame.pending), pending_.end());
  pending_.resize(frame.pending);
}

void ExprParser::CheckHintTarget(Op op, const std::optional<bool>& hint, const Token& at) {
  if (hint && op != Op::If && op != Op::BrIf)
    in_.Fail(at, "@metadata.code.branch_hint annotation: invalid target");
}

void ExprParser::EmitHint(Op op, const std::optional<bool>& hint, const Token& at) {
  CheckHintTarget(op, hint, at);
  if (hint) hints_.push_back({static_cast<uint32_t>(out_.size()), *hint});
}

}  // namespace airwasm::text
