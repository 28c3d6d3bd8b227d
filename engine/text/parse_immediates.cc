// Immediates of instructions, by the column of opcodes.def. Spec: core, text/instructions.
#include <bit>

#include "engine/text/expr_parser.h"
#include "engine/text/literals.h"
#include "engine/text/number.h"

namespace airwasm::text {

void ExprParser::ParsePlain(Op op, std::vector<uint8_t>& out) {
  Instr instr;
  instr.op = op;
  // `select` with a type list is a row of its own with the same mnemonic.
  if (op == Op::Select && in_.AtLParen("result")) instr.op = Op::SelectT;
  instr.immediate = instr.info().immediate;
  ParseImmediates(instr);
  if (in_.ok()) WriteInstr(out, instr);
}

void ExprParser::ParseImmediates(Instr& instr) {
  switch (instr.immediate) {
    case Immediate::kNone:
    case Immediate::kFenceByte:
      return;
    case Immediate::kBlock:
      instr.block_type = ParseBlockType();
      return;
    case Immediate::kTryTable:
      instr.block_type = ParseBlockType();
      return ParseCatches(instr);
    case Immediate::kLabel:
      instr.index = TakeLabelIndex();
      return;
    case Immediate::kLabelTable:
      return ParseLabelTable(instr);
    case Immediate::kFunc:
      instr.index = m_.TakeIndex(m_.funcs_);
      return;
    case Immediate::kCallIndirect:
      instr.index2 = m_.TakeOptionalIndex(m_.tables_);
      instr.index = m_.Resolve(m_.ParseTypeUse(/*ids_allowed=*/false));
      return;
    case Immediate::kType:
      instr.index = m_.TakeIndex(m_.types_);
      return;
    case Immediate::kLocal:
      instr.index = TakeLocalIndex();
      return;
    case Immediate::kGlobal:
      instr.index = m_.TakeIndex(m_.globals_);
      return;
    case Immediate::kTable:
      instr.index = m_.TakeOptionalIndex(m_.tables_);
      return;
    case Immediate::kTableInit:
      TakeIndexPair(instr, m_.tables_, m_.elems_, /*first_optional=*/true);
      return std::swap(instr.index, instr.index2);
    case Immediate::kTableCopy:
      if (m_.AtIndex()) TakeIndexPair(instr, m_.tables_, m_.tables_, /*first_optional=*/false);
      return;
    case Immediate::kElem:
      instr.index = m_.TakeIndex(m_.elems_);
      return;
    case Immediate::kData:
      instr.index = m_.TakeIndex(m_.datas_);
      m_.uses_data_ = true;
      return;
    case Immediate::kMemArg:
      instr.mem.memory = m_.TakeOptionalIndex(m_.memories_);
      return ParseMemArg(instr);
    case Immediate::kMemArgLane:
      return ParseMemArgLane(instr);
    case Immediate::kMemory:
      instr.index = m_.TakeOptionalIndex(m_.memories_);
      return;
    case Immediate::kMemoryInit:
      TakeIndexPair(instr, m_.memories_, m_.datas_, /*first_optional=*/true);
      m_.uses_data_ = true;
      return std::swap(instr.index, instr.index2);
    case Immediate::kMemoryCopy:
      if (m_.AtIndex()) TakeIndexPair(instr, m_.memories_, m_.memories_, /*first_optional=*/false);
      return;
    case Immediate::kI32:
      instr.bits = ParseIntLiteral(in_, 32);
      return;
    case Immediate::kI64:
      instr.bits = ParseIntLiteral(in_, 64);
      return;
    case Immediate::kF32:
      instr.bits = ParseF32Literal(in_);
      return;
    case Immediate::kF64:
      instr.bits = ParseF64Literal(in_);
      return;
    case Immediate::kV128:
      vector_ = ParseV128Literal(in_);
      instr.bytes = vector_;
      return;
    case Immediate::kLanes16:
      vector_ = ParseShuffleLanes(in_);
      instr.bytes = vector_;
      return;
    case Immediate::kLane:
      instr.lane = ParseLaneIndex(in_);
      return;
    case Immediate::kSelectTypes:
      return ParseSelectTypes(instr);
    case Immediate::kHeapType:
      if (instr.op == Op::RefNull) {
        instr.ref_type = ValType::Ref(m_.ParseHeapType(), true);
        return;
      }
      instr.ref_type = m_.ParseRefType();
      if (instr.ref_type.nullable())
        instr.op = instr.op == Op::RefTest ? Op::RefTestNull : Op::RefCastNull;
      return;
    case Immediate::kStructField:
      instr.index = m_.TakeIndex(m_.types_);
      instr.index2 = m_.TakeFieldIndex(instr.index);
      return;
    case Immediate::kArrayFixed:
      instr.index = m_.TakeIndex(m_.types_);
      instr.count = static_cast<uint32_t>(in_.ExpectNat("a number of elements"));
      return;
    case Immediate::kArrayData:
      m_.uses_data_ = true;
      return TakeIndexPair(instr, m_.types_, m_.datas_, /*first_optional=*/false);
    case Immediate::kArrayElem:
      return TakeIndexPair(instr, m_.types_, m_.elems_, /*first_optional=*/false);
    case Immediate::kArrayCopy:
      return TakeIndexPair(instr, m_.types_, m_.types_, /*first_optional=*/false);
    case Immediate::kBrOnCast:
      instr.index = TakeLabelIndex();
      instr.ref_type = m_.ParseRefType();
      instr.ref_type2 = m_.ParseRefType();
      return;
    case Immediate::kTag:
      instr.index = m_.TakeIndex(m_.tags_);
      return;
  }
}

// Two indices in the order of the text into index and index2; a first one that is left out is 0.
void ExprParser::TakeIndexPair(Instr& instr, const Space& first, const Space& second,
                               bool first_optional) {
  if (!first_optional || m_.AtIndex(1)) {
    instr.index = m_.TakeIndex(first);
  } else {
    instr.index = 0;
  }
  instr.index2 = m_.TakeIndex(second);
}

BlockType ExprParser::ParseBlockType() {
  const TypeUse use = m_.ParseTypeUse(/*ids_allowed=*/false);
  const FuncType& type = use.signature.type;
  BlockType block;
  if (!use.index && type.params.empty() && type.results.size() <= 1) {
    if (type.results.empty()) return block;
    block.kind = BlockType::Kind::kValue;
    block.value = type.results[0];
    return block;
  }
  block.kind = BlockType::Kind::kIndex;
  block.index = m_.Resolve(use);
  return block;
}

// ("(" "catch" tag label ")" | "(" "catch_all" label ")" | ...)*; labels are those around the
// try_table.
void ExprParser::ParseCatches(Instr& instr) {
  static constexpr struct {
    std::string_view word;
    CatchKind kind;
  } kKinds[] = {{"catch", CatchKind::kCatch},
                {"catch_ref", CatchKind::kCatchRef},
                {"catch_all", CatchKind::kCatchAll},
                {"catch_all_ref", CatchKind::kCatchAllRef}};
  list_.clear();
  instr.count = 0;
  for (bool found = true; found && in_.ok();) {
    found = false;
    for (const auto& row : kKinds) {
      if (!in_.TakeLParen(row.word)) continue;
      found = true;
      ++instr.count;
      list_.push_back(static_cast<uint8_t>(row.kind));
      if (row.kind == CatchKind::kCatch || row.kind == CatchKind::kCatchRef)
        WriteVarU32(list_, m_.TakeIndex(m_.tags_));
      WriteVarU32(list_, TakeLabelIndex());
      in_.ExpectRParen();
      break;
    }
  }
  instr.list = list_;
}

// ("offset=" nat)? ("align=" nat)?
void ExprParser::ParseMemArg(Instr& instr) {
  constexpr std::string_view kOffset = "offset=";
  constexpr std::string_view kAlign = "align=";
  instr.mem.align_log2 = NaturalAlignLog2(instr.info());
  const auto take =
      [&](std::string_view prefix) -> std::optional<std::pair<Token, std::optional<uint64_t>>> {
    if (in_.Kind() != TokenKind::kKeyword || !in_.PeekText().starts_with(prefix))
      return std::nullopt;
    const Token token = in_.Peek();
    const std::string_view digits = in_.Text(token).substr(prefix.size());
    // The number is part of the word, so its form has not been checked yet.
    const TokenStream number = Lex(digits);
    if (number.tokens.size() != 2 || number.tokens[0].kind != TokenKind::kNat) {
      in_.Fail(token, "unknown operator " + TokenReader::Quoted(in_.Text(token)));
      return std::nullopt;
    }
    in_.Take();
    return std::pair(token, ParseNat(digits, UINT64_MAX));
  };
  if (const auto offset = take(kOffset)) {
    if (!offset->second) in_.Fail(offset->first, "offset out of range");
    instr.mem.offset = offset->second.value_or(0);
  }
  if (const auto align = take(kAlign)) {
    if (!align->second || !std::has_single_bit(*align->second))
      return in_.Fail(align->first, "alignment must be a power of two");
    instr.mem.align_log2 = static_cast<uint32_t>(std::countr_zero(*align->second));
  }
}

// memidx? memarg laneidx; a lone number is the lane.
void ExprParser::ParseMemArgLane(Instr& instr) {
  const bool has_memarg =
      in_.Kind(1) == TokenKind::kKeyword &&
      (in_.PeekText(1).starts_with("offset=") || in_.PeekText(1).starts_with("align="));
  if (m_.AtIndex() &&
      (in_.Kind() == TokenKind::kId || in_.Kind(1) == TokenKind::kNat || has_memarg)) {
    instr.mem.memory = m_.TakeIndex(m_.memories_);
  }
  ParseMemArg(instr);
  instr.lane = ParseLaneIndex(in_);
}

void ExprParser::ParseLabelTable(Instr& instr) {
  list_.clear();
  instr.count = 0;
  instr.index = TakeLabelIndex();
  while (in_.ok() && m_.AtIndex()) {
    ++instr.count;
    WriteVarU32(list_, instr.index);
    instr.index = TakeLabelIndex();
  }
  instr.list = list_;
}

void ExprParser::ParseSelectTypes(Instr& instr) {
  list_.clear();
  instr.count = 0;
  while (in_.TakeLParen("result")) {
    while (in_.ok() && in_.Kind() != TokenKind::kRParen) {
      ++instr.count;
      WriteValType(list_, m_.ParseValType());
    }
    in_.ExpectRParen();
  }
  instr.list = list_;
}

uint32_t ExprParser::TakeLabelIndex() {
  if (in_.Kind() != TokenKind::kId) return static_cast<uint32_t>(in_.ExpectNat("a label"));
  const Token id = in_.Take();
  const auto it = label_depths_.find(m_.IdText(id));
  if (it != label_depths_.end() && it->second != 0)
    return static_cast<uint32_t>(labels_.size()) - it->second;
  in_.Fail(id, "unknown label " + TokenReader::Quoted(in_.Text(id)));
  return 0;
}

uint32_t ExprParser::TakeLocalIndex() {
  if (in_.Kind() != TokenKind::kId)
    return static_cast<uint32_t>(in_.ExpectNat("an index of a local"));
  const Token id = in_.Take();
  const auto it = local_ids_.find(m_.IdText(id));
  if (it != local_ids_.end()) return it->second;
  in_.Fail(id, "unknown local " + TokenReader::Quoted(in_.Text(id)));
  return 0;
}

}  // namespace airwasm::text
