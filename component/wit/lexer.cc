#include "component/wit/lexer.h"

#include <algorithm>
#include <array>

#include "component/types/limits.h"
#include "component/wit/limits.h"
#include "component/wit/strings.h"
#include "engine/base/format.h"
#include "engine/base/utf8.h"

namespace airwasm::component::wit {
namespace {

constexpr auto kKeywords = std::to_array<std::string_view>({
    "as",  "async",  "bool",   "borrow",  "char",   "constructor", "enum",    "export",    "f32",
    "f64", "flags",  "from",   "func",    "future", "import",      "include", "interface", "list",
    "map", "option", "own",    "package", "record", "resource",    "result",  "s16",       "s32",
    "s64", "s8",     "static", "stream",  "string", "tuple",       "type",    "u16",       "u32",
    "u64", "u8",     "use",    "variant", "with",   "world",
});
static_assert(std::is_sorted(kKeywords.begin(), kKeywords.end()));

bool IsWordChar(char c) {
  return IsAlnum(c) || c == '-' || c == '_';
}

// Controls, characters that turn the direction of writing, and those that Unicode deprecates or
// discourages strongly.
bool IsForbidden(uint32_t c) {
  if (c < 0x20) return c != '\n' && c != '\r' && c != '\t';
  if (c >= 0x7F && c <= 0x9F) return true;
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x206F) || c == 0x149 || c == 0x673 ||
         c == 0xF77 || c == 0xF79 || c == 0x17A3 || c == 0x17A4 || c == 0x17B4 || c == 0x17B5 ||
         c == 0x2329 || c == 0x232A || c == 0xE0001;
}

struct Operator {
  char text;
  Tok kind;
};
constexpr Operator kOperators[] = {
    {'=', Tok::kEquals},     {',', Tok::kComma},      {':', Tok::kColon},
    {';', Tok::kSemicolon},  {'(', Tok::kLeftParen},  {')', Tok::kRightParen},
    {'{', Tok::kLeftBrace},  {'}', Tok::kRightBrace}, {'<', Tok::kLeftAngle},
    {'>', Tok::kRightAngle}, {'*', Tok::kStar},       {'/', Tok::kSlash},
    {'.', Tok::kDot},        {'@', Tok::kAt},
};

}  // namespace

bool IsWitKeyword(std::string_view text) {
  return std::binary_search(kKeywords.begin(), kKeywords.end(), text);
}

std::string_view Describe(Tok kind) {
  switch (kind) {
    case Tok::kEnd:
      return "the end of the file";
    case Tok::kId:
      return "an identifier";
    case Tok::kKeyword:
      return "a keyword";
    case Tok::kInteger:
      return "an integer";
    case Tok::kString:
      return "a string";
    case Tok::kEquals:
      return "`=`";
    case Tok::kComma:
      return "`,`";
    case Tok::kColon:
      return "`:`";
    case Tok::kSemicolon:
      return "`;`";
    case Tok::kLeftParen:
      return "`(`";
    case Tok::kRightParen:
      return "`)`";
    case Tok::kLeftBrace:
      return "`{`";
    case Tok::kRightBrace:
      return "`}`";
    case Tok::kLeftAngle:
      return "`<`";
    case Tok::kRightAngle:
      return "`>`";
    case Tok::kStar:
      return "`*`";
    case Tok::kArrow:
      return "`->`";
    case Tok::kSlash:
      return "`/`";
    case Tok::kDot:
      return "`.`";
    case Tok::kAt:
      return "`@`";
    case Tok::kUnderscore:
      return "`_`";
  }
  return "";
}

// Spec: component model, Explainer, "Import and Export Definitions", label.
std::string CheckLabel(std::string_view text) {
  if (text.size() > limits::kNameBytes) return "the identifier is too long";
  if (text.empty()) return "an identifier is empty";
  bool first = true;
  for (const std::string_view part : Split(text, '-')) {
    if (part.empty()) return Cat("`", text, "`: '-' has to stand between two words");
    if (first && !(IsLower(part[0]) || IsUpper(part[0]))) {
      return Cat("`", text, "`: the first word of an identifier begins with a letter");
    }
    first = false;
    const bool upper = std::any_of(part.begin(), part.end(), IsUpper);
    const bool lower = std::any_of(part.begin(), part.end(), IsLower);
    if (upper && lower) {
      return Cat("`", text, "`: a word is all lower case or all upper case");
    }
    if (part.find('_') != std::string_view::npos) {
      return Cat("`", text, "`: words are joined by '-', not '_'");
    }
  }
  return {};
}

Lexer::Lexer(const Sources& sources, uint32_t file, Diagnostics& diagnostics)
    : diagnostics_(&diagnostics), file_(file), text_(sources[file].text) {
  CheckCharacters();
  Advance();
}

void Lexer::Fail(Location at, std::string_view message) {
  diagnostics_->Fail(at, message);
  position_ = static_cast<uint32_t>(text_.size());
  token_ = {Tok::kEnd, {}, position_};
}

void Lexer::CheckCharacters() {
  if (text_.size() > kSourceBytes) {
    text_ = {};
    return Fail({file_, 0}, "the file is too large");
  }
  if (!IsUtf8({reinterpret_cast<const uint8_t*>(text_.data()), text_.size()})) {
    return Fail({file_, 0}, "the file is not UTF-8");
  }
  for (size_t i = 0; i < text_.size();) {
    const auto lead = static_cast<uint8_t>(text_[i]);
    const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t c = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t k = 1; k < size; ++k) c = c << 6 | (static_cast<uint8_t>(text_[i + k]) & 0x3Fu);
    if (IsForbidden(c)) {
      return Fail({file_, static_cast<uint32_t>(i)},
                  FormatText("the character U+%04X must not stand in WIT", c));
    }
    i += size;
  }
}

void Lexer::AddDocs(std::string_view line) {
  if (!docs_.empty()) docs_ += '\n';
  docs_ += TrimRight(DropPrefix(line, " "));
}

void Lexer::SkipBlockComment() {
  const uint32_t start = position_;
  const bool is_docs = text_.substr(start, 3) == "/**" && text_.substr(start, 4) != "/**/";
  position_ += 2;
  for (uint32_t depth = 1; depth > 0;) {
    const std::string_view two = text_.substr(position_, 2);
    if (two.size() < 2) return Fail({file_, start}, "the block comment has no end");
    if (two == "/*") ++depth;
    if (two == "*/") --depth;
    position_ += two == "/*" || two == "*/" ? 2 : 1;
  }
  if (!is_docs) return;
  const std::string_view inside = text_.substr(start + 3, position_ - 2 - (start + 3));
  for (std::string_view line : Split(TrimLeft(TrimRight(inside)), '\n')) {
    line = TrimLeft(line);
    AddDocs(DropPrefix(line, "*"));
  }
}

void Lexer::SkipSpace() {
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      ++position_;
    } else if (text_.substr(position_, 2) == "//") {
      const auto end = static_cast<uint32_t>(std::min(text_.find('\n', position_), text_.size()));
      const std::string_view line = text_.substr(position_, end - position_);
      if (line.substr(0, 3) == "///") AddDocs(line.substr(3));
      position_ = end;
    } else if (text_.substr(position_, 2) == "/*") {
      SkipBlockComment();
    } else {
      return;
    }
  }
}

void Lexer::Advance() {
  previous_end_ = position_;
  docs_.clear();
  SkipSpace();
  token_ = {Tok::kEnd, {}, position_};
  if (position_ < text_.size()) Scan();
}

void Lexer::Scan() {
  const uint32_t start = position_;
  const char c = text_[start];
  if (text_.substr(start, 2) == "->") {
    position_ += 2;
    token_ = {Tok::kArrow, text_.substr(start, 2), start};
    return;
  }
  for (const Operator& op : kOperators) {
    if (op.text != c) continue;
    ++position_;
    token_ = {op.kind, text_.substr(start, 1), start};
    return;
  }
  if (c == '"') return ScanString();
  if (c == '%') {
    ++position_;
    return ScanWord(true);
  }
  if (IsDigit(c)) {
    while (position_ < text_.size() && IsDigit(text_[position_])) ++position_;
    token_ = {Tok::kInteger, text_.substr(start, position_ - start), start};
    return;
  }
  if (c == '_' && (start + 1 == text_.size() || !IsWordChar(text_[start + 1]))) {
    ++position_;
    token_ = {Tok::kUnderscore, text_.substr(start, 1), start};
    return;
  }
  if (IsWordChar(c)) return ScanWord(false);
  const auto byte = static_cast<uint8_t>(c);
  const size_t size = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  Fail({file_, start}, Cat("unexpected character `", text_.substr(start, size), "`"));
}

void Lexer::ScanWord(bool escaped) {
  const uint32_t start = position_;
  while (position_ < text_.size() && IsWordChar(text_[position_])) {
    // In `a->b` the '-' belongs to the arrow.
    if (text_.substr(position_, 2) == "->") break;
    ++position_;
  }
  const std::string_view word = text_.substr(start, position_ - start);
  token_ = {Tok::kId, word, escaped ? start - 1 : start};
  if (!escaped && IsWitKeyword(word)) {
    token_.kind = Tok::kKeyword;
    return;
  }
  const std::string wrong = CheckLabel(word);
  if (!wrong.empty()) Fail({file_, token_.offset}, wrong);
}

void Lexer::ScanString() {
  const uint32_t start = position_++;
  while (position_ < text_.size() && text_[position_] != '"' && text_[position_] != '\n') {
    position_ += text_[position_] == '\\' && position_ + 1 < text_.size() ? 2 : 1;
  }
  if (position_ >= text_.size() || text_[position_] != '"') {
    return Fail({file_, start}, "the string has no end");
  }
  ++position_;
  token_ = {Tok::kString, text_.substr(start, position_ - start), start};
}

// Spec: Semantic Versioning 2.0.0.
std::string_view Lexer::TakeVersion() {
  const uint32_t start = token_.offset;
  uint32_t p = start;
  const auto peek = [&](uint32_t at) { return at < text_.size() ? text_[at] : '\0'; };
  const auto fail = [&] {
    Fail({file_, start}, "expected a version such as `1.2.3`");
    return std::string_view();
  };
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && peek(p++) != '.') return fail();
    const uint32_t first = p;
    while (IsDigit(peek(p))) ++p;
    if (p == first || p - first > 19 || (peek(first) == '0' && p - first > 1)) return fail();
  }
  // Pre-release and build: identifiers joined by dots; a dot that nothing follows is not ours.
  for (const char sign : {'-', '+'}) {
    if (peek(p) != sign) continue;
    do {
      const uint32_t first = ++p;
      while (IsAlnum(peek(p)) || peek(p) == '-') ++p;
      const std::string_view part = text_.substr(first, p - first);
      if (part.empty()) return fail();
      if (sign == '-' && part.size() > 1 && part[0] == '0' &&
          std::all_of(part.begin(), part.end(), IsDigit)) {
        return fail();
      }
    } while (peek(p) == '.' && (IsAlnum(peek(p + 1)) || peek(p + 1) == '-'));
  }
  if (p - start > limits::kNameBytes) return fail();
  position_ = p;
  Advance();
  return text_.substr(start, p - start);
}

}  // namespace airwasm::component::wit
