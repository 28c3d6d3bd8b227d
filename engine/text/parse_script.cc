// Parser of scripts. Spec: WebAssembly/spec, interpreter/README, scripts.
#include <algorithm>

#include "engine/text/literals.h"
#include "engine/text/script.h"
#include "engine/text/token_reader.h"

namespace airwasm::text {
namespace {

struct RefWord {
  std::string_view word;
  ValueKind kind;
};
constexpr RefWord kRefWords[] = {
    {"ref.extern", ValueKind::kRefExtern}, {"ref.host", ValueKind::kRefHost},
    {"ref.func", ValueKind::kRefFunc},     {"ref.any", ValueKind::kRefAny},
    {"ref.eq", ValueKind::kRefEq},         {"ref.i31", ValueKind::kRefI31},
    {"ref.struct", ValueKind::kRefStruct}, {"ref.array", ValueKind::kRefArray},
    {"ref.exn", ValueKind::kRefExn},
};

constexpr struct {
  std::string_view word;
  DirectiveKind kind;
} kModuleAsserts[] = {
    {"assert_invalid", DirectiveKind::kAssertInvalid},
    {"assert_malformed", DirectiveKind::kAssertMalformed},
    {"assert_invalid_custom", DirectiveKind::kAssertInvalidCustom},
    {"assert_malformed_custom", DirectiveKind::kAssertMalformedCustom},
    {"assert_unlinkable", DirectiveKind::kAssertUnlinkable},
};

constexpr std::string_view kModuleFields[] = {"type",   "rec", "import", "func",  "table", "memory",
                                              "global", "tag", "export", "start", "elem",  "data"};

class ScriptParser {
 public:
  explicit ScriptParser(const TokenStream& stream) : in_(stream) {}

  Expected<Script> Run() {
    Script script;
    while (in_.ok() && in_.Kind() != TokenKind::kEnd) script.directives.push_back(ParseDirective());
    if (!in_.ok()) return in_.error();
    return script;
  }

 private:
  // Lines are counted as the cursor moves on, so that a long script is walked once.
  uint32_t LineHere() {
    const std::string_view text = in_.stream().text;
    const size_t to = in_.Peek().offset;
    for (; counted_ < to; ++counted_) {
      if (text[counted_] != '\n') continue;
      ++line_;
      line_start_ = counted_ + 1;
    }
    return line_;
  }

  void SetPlace(ModuleSource& source) {
    source.line = LineHere();
    source.column = static_cast<uint32_t>(in_.Peek().offset - line_start_ + 1);
  }

  Directive ParseDirective() {
    Directive d;
    d.line = LineHere();
    if (in_.Kind() != TokenKind::kLParen) {
      in_.Unexpected("a directive");
      return d;
    }
    if (in_.AtLParen("module")) {
      d.module = ParseModuleDirective();
    } else if (in_.AtLParen("invoke") || in_.AtLParen("get")) {
      d.kind = DirectiveKind::kAction;
      d.action = ParseAction();
    } else if (in_.TakeLParen("register")) {
      d.kind = DirectiveKind::kRegister;
      d.name = in_.ExpectName("a name");
      d.id = OptionalId();
      in_.ExpectRParen();
    } else if (in_.TakeLParen("assert_return")) {
      d.kind = DirectiveKind::kAssertReturn;
      d.action = ParseAction();
      while (in_.Kind() == TokenKind::kLParen) d.results.push_back(ParseResult());
      in_.ExpectRParen();
    } else if (in_.TakeLParen("assert_trap")) {
      if (in_.AtLParen("module")) {
        d.kind = DirectiveKind::kAssertTrapModule;
        d.module = ParseModuleDirective();
      } else {
        d.kind = DirectiveKind::kAssertTrap;
        d.action = ParseAction();
      }
      ParseMessage(d);
    } else if (in_.TakeLParen("assert_exhaustion")) {
      d.kind = DirectiveKind::kAssertExhaustion;
      d.action = ParseAction();
      ParseMessage(d);
    } else if (in_.TakeLParen("assert_exception")) {
      d.kind = DirectiveKind::kAssertException;
      d.action = ParseAction();
      in_.ExpectRParen();
    } else if (!ParseModuleAssert(d)) {
      ParseInlineModule(d);
    }
    return d;
  }

  bool ParseModuleAssert(Directive& d) {
    for (const auto& row : kModuleAsserts) {
      if (!in_.TakeLParen(row.word)) continue;
      d.kind = row.kind;
      d.module = ParseModuleDirective();
      ParseMessage(d);
      return true;
    }
    return false;
  }

  void ParseMessage(Directive& d) {
    d.message = in_.ExpectString("a message");
    in_.ExpectRParen();
  }

  bool AtModuleField() const {
    return in_.Kind() == TokenKind::kLParen && in_.Kind(1) == TokenKind::kKeyword &&
           std::find(std::begin(kModuleFields), std::end(kModuleFields), in_.PeekText(1)) !=
               std::end(kModuleFields);
  }

  // Fields without "(module ...)" around them, as far as they go.
  void ParseInlineModule(Directive& d) {
    if (!AtModuleField()) {
      in_.Take();
      return in_.Unexpected("a directive");
    }
    SetPlace(d.module);
    const size_t begin = in_.Peek().offset;
    size_t end = begin;
    while (in_.ok() && AtModuleField()) {
      end = SkipParensTo();
    }
    d.module.text = std::string(in_.stream().text.substr(begin, end - begin));
  }

  // Skips one parenthesized form; returns the offset behind it.
  size_t SkipParensTo() {
    in_.SkipParens();
    if (!in_.ok()) return 0;
    return in_.stream().tokens[in_.pos() - 1].offset + 1;
  }

  std::string OptionalId() {
    if (in_.Kind() != TokenKind::kId) return {};
    const std::string_view id = in_.Text(in_.Take()).substr(1);
    return id[0] == '"' ? DecodeString(id) : std::string(id);
  }

  // "(" "module" ("definition" | "instance")? id? ("binary" string* | "quote" string* | field*) ")"
  ModuleSource ParseModuleDirective() {
    ModuleSource source;
    SetPlace(source);
    const uint32_t start = in_.pos();
    const size_t begin = in_.Peek().offset;
    in_.ExpectLParen("module");
    if (in_.TakeKeyword("instance")) {
      source.kind = ModuleSource::Kind::kInstance;
      source.id = OptionalId();
      source.definition = OptionalId();
      in_.ExpectRParen();
      return source;
    }
    const Token definition = in_.Peek();
    source.is_definition = in_.TakeKeyword("definition");
    source.id = OptionalId();
    if (in_.TakeKeyword("binary")) {
      source.kind = ModuleSource::Kind::kBinary;
      const std::string bytes = ParseStrings("");
      source.bytes.assign(bytes.begin(), bytes.end());
    } else if (in_.TakeKeyword("quote")) {
      source.kind = ModuleSource::Kind::kQuote;
      source.text = ParseStrings("\n");
    } else {
      in_.Seek(start);
      const size_t end = SkipParensTo();
      if (!in_.ok()) return source;
      source.text = std::string(in_.stream().text.substr(begin, end - begin));
      // The word is the script's; blanks in its place keep the columns of errors.
      if (source.is_definition)
        source.text.replace(definition.offset - begin, definition.size, definition.size, ' ');
      return source;
    }
    in_.ExpectRParen();
    return source;
  }

  std::string ParseStrings(std::string_view separator) {
    std::string out;
    while (in_.Kind() == TokenKind::kString) {
      if (!out.empty()) out += separator;
      out += in_.ExpectString("a string");
    }
    return out;
  }

  Action ParseAction() {
    Action action;
    if (in_.TakeLParen("get")) {
      action.kind = Action::Kind::kGet;
    } else {
      in_.ExpectLParen("invoke");
    }
    action.module = OptionalId();
    action.name = in_.ExpectName("a name");
    while (action.kind == Action::Kind::kInvoke && in_.Kind() == TokenKind::kLParen) {
      const Token at = in_.Peek();
      const ResultPattern value = ParseResult();
      const bool is_pattern = value.any_value || !value.either.empty() ||
                              value.value.kind > ValueKind::kRefHost ||
                              std::any_of(value.floats.begin(), value.floats.end(),
                                          [](FloatMatch m) { return m != FloatMatch::kExact; });
      if (is_pattern) in_.Fail(at, "unexpected token (, expected a constant");
      action.args.push_back(value.value);
    }
    in_.ExpectRParen();
    return action;
  }

  ResultPattern ParseResult() {
    if (!in_.TakeLParen("either")) return ParseSimpleResult();
    ResultPattern pattern;
    while (in_.ok() && in_.Kind() == TokenKind::kLParen)
      pattern.either.push_back(ParseSimpleResult());
    if (pattern.either.empty()) in_.Unexpected("a result");
    in_.ExpectRParen();
    return pattern;
  }

  ResultPattern ParseSimpleResult() {
    ResultPattern pattern;
    ScriptValue& value = pattern.value;
    if (in_.TakeLParen("i32.const")) {
      value.bits[0] = ParseIntLiteral(in_, 32);
    } else if (in_.TakeLParen("i64.const")) {
      value.kind = ValueKind::kI64;
      value.bits[0] = ParseIntLiteral(in_, 64);
    } else if (in_.TakeLParen("f32.const")) {
      value.kind = ValueKind::kF32;
      if (!TakeNanPattern(pattern.floats[0])) value.bits[0] = ParseF32Literal(in_);
    } else if (in_.TakeLParen("f64.const")) {
      value.kind = ValueKind::kF64;
      if (!TakeNanPattern(pattern.floats[0])) value.bits[0] = ParseF64Literal(in_);
    } else if (in_.TakeLParen("v128.const")) {
      ParseVector(pattern);
    } else if (in_.TakeLParen("ref.null")) {
      value.kind = ValueKind::kRefNull;
      pattern.any_value = in_.Kind() == TokenKind::kRParen;
      if (!pattern.any_value) value.heap_type = ParseHeapType();
    } else {
      ParseRefPattern(pattern);
    }
    in_.ExpectRParen();
    return pattern;
  }

  void ParseRefPattern(ResultPattern& pattern) {
    for (const RefWord& row : kRefWords) {
      if (!in_.TakeLParen(row.word)) continue;
      pattern.value.kind = row.kind;
      if (row.kind == ValueKind::kRefExtern || row.kind == ValueKind::kRefHost) {
        pattern.any_value = in_.Kind() == TokenKind::kRParen;
        if (!pattern.any_value) pattern.value.bits[0] = in_.ExpectNat("a number");
      }
      return;
    }
    if (in_.Kind() == TokenKind::kLParen) in_.Take();
    in_.Unexpected("a constant");
  }

  bool TakeNanPattern(FloatMatch& match) {
    if (in_.TakeKeyword("nan:canonical")) {
      match = FloatMatch::kCanonicalNan;
      return true;
    }
    if (in_.TakeKeyword("nan:arithmetic")) {
      match = FloatMatch::kArithmeticNan;
      return true;
    }
    return false;
  }

  void ParseVector(ResultPattern& pattern) {
    pattern.value.kind = ValueKind::kV128;
    const Shape* shape = ParseShape(in_);
    if (shape == nullptr) return;
    pattern.lane_bits = shape->lane_bits;
    pattern.float_lanes = shape->kind == LaneKind::kFloat;
    std::array<uint8_t, 16> bytes{};
    for (size_t i = 0; i < shape->num_lanes(); ++i) {
      if (pattern.float_lanes && TakeNanPattern(pattern.floats[i])) continue;
      SetLane(bytes, *shape, i, ParseLane(in_, *shape));
    }
    for (size_t i = 0; i < bytes.size(); ++i)
      pattern.value.bits[i / 8] |= uint64_t{bytes[i]} << (8 * (i % 8));
  }

  HeapType ParseHeapType() {
    for (int kind = 0; kind < static_cast<int>(HeapKind::kConcrete); ++kind) {
      if (in_.TakeKeyword(HeapKindText(static_cast<HeapKind>(kind))))
        return static_cast<HeapKind>(kind);
    }
    if (in_.Kind() == TokenKind::kNat)
      return HeapType::Concrete(static_cast<uint32_t>(in_.ExpectNat("a type index", 8)));
    in_.Unexpected("a heap type");
    return {};
  }

  TokenReader in_;
  size_t counted_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
};

}  // namespace

Expected<Script> ParseScript(std::string_view text) {
  const TokenStream stream = Lex(text);
  return ScriptParser(stream).Run();
}

}  // namespace airwasm::text
