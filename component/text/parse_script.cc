// Parser of scripts with components. Spec: component model, test/README.
#include "component/text/parse_script_value.h"
#include "component/text/script.h"
#include "engine/text/token_reader.h"

namespace airwasm::component::text {
namespace {

using airwasm::text::DecodeString;
using airwasm::text::Token;
using airwasm::text::TokenKind;
using airwasm::text::TokenReader;
using airwasm::text::TokenStream;

constexpr struct {
  std::string_view word;
  DirectiveKind kind;
} kComponentAsserts[] = {
    {"assert_invalid", DirectiveKind::kAssertInvalid},
    {"assert_malformed", DirectiveKind::kAssertMalformed},
    {"assert_unlinkable", DirectiveKind::kAssertUnlinkable},
};

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

  Directive ParseDirective() {
    Directive d;
    d.line = LineHere();
    if (in_.AtLParen("component")) {
      d.component = ParseComponentDirective();
    } else if (in_.AtLParen("invoke")) {
      d.kind = DirectiveKind::kInvoke;
      d.invoke = ParseInvoke();
    } else if (in_.TakeLParen("register")) {
      d.kind = DirectiveKind::kRegister;
      d.name = in_.ExpectName("a name");
      d.id = OptionalId();
      in_.ExpectRParen();
    } else if (in_.TakeLParen("assert_return")) {
      d.kind = DirectiveKind::kAssertReturn;
      d.invoke = ParseInvoke();
      while (in_.Kind() == TokenKind::kLParen) d.results.push_back(ParseScriptValue(in_, true));
      in_.ExpectRParen();
    } else if (in_.TakeLParen("assert_trap")) {
      d.kind = DirectiveKind::kAssertTrap;
      if (in_.AtLParen("component")) {
        d.kind = DirectiveKind::kAssertTrapComponent;
        d.component = ParseComponentDirective();
      } else {
        d.invoke = ParseInvoke();
      }
      ParseMessage(d);
    } else if (!ParseComponentAssert(d)) {
      if (in_.Kind() == TokenKind::kLParen) in_.Take();
      in_.Unexpected("a directive");
    }
    return d;
  }

  bool ParseComponentAssert(Directive& d) {
    for (const auto& row : kComponentAsserts) {
      if (!in_.TakeLParen(row.word)) continue;
      d.kind = row.kind;
      d.component = ParseComponentDirective();
      ParseMessage(d);
      return true;
    }
    return false;
  }

  void ParseMessage(Directive& d) {
    d.message = in_.ExpectString("a message");
    in_.ExpectRParen();
  }

  std::string OptionalId() {
    if (in_.Kind() != TokenKind::kId) return {};
    const std::string_view id = in_.Text(in_.Take()).substr(1);
    return id[0] == '"' ? DecodeString(id) : std::string(id);
  }

  // "(" "component" ("definition" | "instance")? id? ("binary" string* | "quote" string* |
  // definition*) ")"
  ComponentSource ParseComponentDirective() {
    using Kind = ComponentSource::Kind;
    ComponentSource source;
    source.line = LineHere();
    source.column = static_cast<uint32_t>(in_.Peek().offset - line_start_ + 1);
    const uint32_t start = in_.pos();
    const size_t begin = in_.Peek().offset;
    in_.ExpectLParen("component");
    if (in_.TakeKeyword("instance")) {
      source.kind = Kind::kInstance;
      source.id = OptionalId();
      source.definition = OptionalId();
      in_.ExpectRParen();
      return source;
    }
    const Token definition = in_.Peek();
    source.is_definition = in_.TakeKeyword("definition");
    source.id = OptionalId();
    if (in_.TakeKeyword("binary")) {
      source.kind = Kind::kBinary;
      const std::string bytes = ParseStrings("");
      source.bytes.assign(bytes.begin(), bytes.end());
    } else if (in_.TakeKeyword("quote")) {
      source.kind = Kind::kQuote;
      source.text = ParseStrings("\n");
    } else {
      in_.Seek(start);
      in_.SkipParens();
      if (!in_.ok()) return source;
      const size_t end = in_.stream().tokens[in_.pos() - 1].offset + 1;
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

  Invoke ParseInvoke() {
    Invoke invoke;
    in_.ExpectLParen("invoke");
    invoke.component = OptionalId();
    invoke.name = in_.ExpectName("a name");
    while (in_.Kind() == TokenKind::kLParen) invoke.args.push_back(ParseScriptValue(in_, false));
    in_.ExpectRParen();
    return invoke;
  }

  TokenReader in_;
  size_t counted_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
};

}  // namespace

bool IsComponentScript(std::string_view text) {
  const TokenStream stream = airwasm::text::Lex(text);
  TokenReader in(stream);
  while (in.ok() && in.Kind() == TokenKind::kLParen) {
    const bool is_assert = in.Kind(1) == TokenKind::kKeyword && in.Kind(2) == TokenKind::kLParen;
    const size_t at = is_assert && in.PeekText(1).starts_with("assert_") ? 3 : 1;
    if (in.AtKeyword("component", at)) return true;
    if (in.AtKeyword("module", at)) return false;
    in.SkipParens();
  }
  return false;
}

Expected<Script> ParseScript(std::string_view text) {
  const TokenStream stream = airwasm::text::Lex(text);
  return ScriptParser(stream).Run();
}

}  // namespace airwasm::component::text
