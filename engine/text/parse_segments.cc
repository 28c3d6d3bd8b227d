// Element and data segments. Spec: core, text/modules.
#include "engine/text/expr_parser.h"
#include "engine/text/module_parser.h"

namespace airwasm::text {

using syntax::SegmentMode;

namespace {

// Many short expressions in one allocation: their views are made when all bytes are there.
class ExprList {
 public:
  void Add(const std::vector<uint8_t>& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    ends_.push_back(bytes_.size());
  }
  std::vector<uint8_t>& bytes() { return bytes_; }
  std::vector<syntax::Expr> Views(syntax::Bytes stored) const {
    std::vector<syntax::Expr> exprs;
    exprs.reserve(ends_.size());
    size_t begin = 0;
    for (const size_t end : ends_) {
      exprs.push_back({stored.subspan(begin, end - begin)});
      begin = end;
    }
    return exprs;
  }

 private:
  std::vector<uint8_t> bytes_;
  std::vector<size_t> ends_;
};

}  // namespace

syntax::Expr ModuleParser::ZeroOffset(bool is_64) {
  std::vector<uint8_t> bytes;
  WriteOp(bytes, is_64 ? Op::I64Const : Op::I32Const);
  WriteVarS64(bytes, 0);
  WriteOp(bytes, Op::End);
  return {Store(std::move(bytes))};
}

// "(" "offset" instr* ")" or one folded instruction.
syntax::Expr ModuleParser::ParseOffset() {
  ExprParser expr(*this);
  if (in_.TakeLParen("offset")) {
    expr.ParseSequence();
    in_.ExpectRParen();
  } else {
    expr.ParseFolded();
  }
  return {Store(std::move(expr.bytes()))};
}

// Which table or memory an active segment is for: "(" kind index ")", or the bare number of
// WebAssembly 1.0; 0 if left out.
uint32_t ModuleParser::TakeSegmentUse(std::string_view kind, const Space& space) {
  if (in_.Kind() == TokenKind::kNat) return TakeIndex(space);
  return TakeUse(kind, space).value_or(0);
}

// "(" "elem" id? (elemlist | tableuse? offset elemlist | "declare" elemlist) ")"
void ModuleParser::ParseElem() {
  syntax::ElemSegment segment;
  segment.offset = in_.Peek().offset;
  in_.ExpectLParen("elem");
  SkipId("elem", module_.names.elems, static_cast<uint32_t>(module_.elems.size()));
  bool func_optional = false;
  if (in_.TakeKeyword("declare")) {
    segment.mode = SegmentMode::kDeclarative;
  } else if (in_.Kind() == TokenKind::kNat || (in_.Kind() == TokenKind::kLParen && !AtRefType())) {
    segment.mode = SegmentMode::kActive;
    segment.table = TakeSegmentUse("table", tables_);
    segment.offset_expr = ParseOffset();
    func_optional = true;
  }
  ParseElemList(segment, func_optional);
  in_.ExpectRParen();
  module_.elems.push_back(std::move(segment));
}

// "func" funcidx* | reftype elemexpr*; `func` may be left out of active segments.
void ModuleParser::ParseElemList(syntax::ElemSegment& segment, bool func_optional) {
  if (!in_.TakeKeyword("func") && !(func_optional && !AtRefType())) {
    segment.type = ParseRefType();
    return ParseElemExprs(segment);
  }
  segment.type = ValType::Ref(HeapKind::kFunc, /*nullable=*/false);
  while (AtIndex()) segment.funcs.push_back(TakeIndex(funcs_));
}

// ("(" "item" instr* ")" | folded instruction)*; function indices stand for ref.func.
void ModuleParser::ParseElemExprs(syntax::ElemSegment& segment) {
  segment.uses_exprs = true;
  ExprList exprs;
  while (in_.ok() && in_.Kind() != TokenKind::kRParen) {
    if (AtIndex()) {
      std::vector<uint8_t> bytes;
      WriteOp(bytes, Op::RefFunc);
      WriteVarU32(bytes, TakeIndex(funcs_));
      WriteOp(bytes, Op::End);
      exprs.Add(bytes);
      continue;
    }
    ExprParser expr(*this);
    if (in_.TakeLParen("item")) {
      expr.ParseSequence();
      in_.ExpectRParen();
    } else {
      expr.ParseFolded();
    }
    exprs.Add(expr.bytes());
  }
  segment.exprs = exprs.Views(Store(std::move(exprs.bytes())));
}

// "(" "data" id? (memuse? offset)? string* ")"
void ModuleParser::ParseData() {
  syntax::DataSegment segment;
  segment.offset = in_.Peek().offset;
  in_.ExpectLParen("data");
  SkipId("data", module_.names.datas, static_cast<uint32_t>(module_.datas.size()));
  if (in_.Kind() == TokenKind::kNat || in_.Kind() == TokenKind::kLParen) {
    segment.mode = SegmentMode::kActive;
    segment.memory = TakeSegmentUse("memory", memories_);
    segment.offset_expr = ParseOffset();
  }
  segment.bytes = ParseDataStrings();
  in_.ExpectRParen();
  module_.datas.push_back(segment);
}

syntax::Bytes ModuleParser::ParseDataStrings() {
  std::vector<uint8_t> bytes;
  while (in_.Kind() == TokenKind::kString) {
    const std::string part = in_.ExpectString("a string");
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return Store(std::move(bytes));
}

}  // namespace airwasm::text
