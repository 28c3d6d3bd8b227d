// One pass over the characters; words are told apart by what they are made of.
#include "engine/text/lexer.h"

#include <array>
#include <cctype>

#include "engine/base/limits.h"
#include "engine/base/utf8.h"

namespace airwasm::text {
namespace {

constexpr std::array<bool, 256> MakeIdChars() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-./:<=>?@\\^_`|~"))
    table[static_cast<uint8_t>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kIdChars = MakeIdChars();

// Length in bytes of the character that `s` begins with, or 0 if that is not well-formed UTF-8. `s`
// must not be empty.
size_t CharSize(std::string_view s) {
  const uint8_t first = static_cast<uint8_t>(s[0]);
  if (first < 0x80) return 1;
  const size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return s.size() >= size && IsValidUtf8(s.substr(0, size)) ? size : 0;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHexDigit(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

// Takes digits with single underscores between them from the front of `s`; false if there is none.
template <typename IsDigitFn>
bool TakeDigits(std::string_view& s, IsDigitFn is_digit) {
  if (s.empty() || !is_digit(s[0])) return false;
  s.remove_prefix(1);
  while (!s.empty()) {
    if (is_digit(s[0])) {
      s.remove_prefix(1);
    } else if (s[0] == '_' && s.size() > 1 && is_digit(s[1])) {
      s.remove_prefix(2);
    } else {
      break;
    }
  }
  return true;
}

bool TakeChar(std::string_view& s, char lower, char upper) {
  if (s.empty() || (s[0] != lower && s[0] != upper)) return false;
  s.remove_prefix(1);
  return true;
}

// kNat, kInt, kFloat, or kReserved if `s` is no number. Spec: core, text/values.
TokenKind ClassifyNumber(std::string_view s) {
  bool has_sign = false;
  if (TakeChar(s, '+', '-')) has_sign = true;
  if (s == "inf" || s == "nan") return TokenKind::kFloat;
  if (s.starts_with("nan:0x")) {
    s.remove_prefix(6);
    return TakeDigits(s, IsHexDigit) && s.empty() ? TokenKind::kFloat : TokenKind::kReserved;
  }
  const bool hex = s.starts_with("0x");
  if (hex) s.remove_prefix(2);
  const auto take = [&] { return hex ? TakeDigits(s, IsHexDigit) : TakeDigits(s, IsDigit); };
  if (!take()) return TokenKind::kReserved;
  if (s.empty()) return has_sign ? TokenKind::kInt : TokenKind::kNat;
  if (TakeChar(s, '.', '.') && !s.empty()) take();
  if (hex ? TakeChar(s, 'p', 'P') : TakeChar(s, 'e', 'E')) {
    TakeChar(s, '+', '-');
    if (!TakeDigits(s, IsDigit)) return TokenKind::kReserved;
  }
  return s.empty() ? TokenKind::kFloat : TokenKind::kReserved;
}

TokenKind ClassifyWord(std::string_view word) {
  if (word[0] == '$') return TokenKind::kId;
  const TokenKind number = ClassifyNumber(word);
  if (number != TokenKind::kReserved) return number;
  return word[0] >= 'a' && word[0] <= 'z' ? TokenKind::kKeyword : TokenKind::kReserved;
}

// Ours: bounds the memory that tokens take to 1.2 GB.
constexpr size_t kMaxTokens = 100'000'000;

bool IsKnownAnnotation(std::string_view id) {
  return id == "custom" || id == "name" || id == "metadata.code.branch_hint";
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { out_.text = text; }

  TokenStream Run() {
    if (text_.size() > limits::kModuleBytes) {
      Fail(0, "text too large", ErrorKind::kLimit);
    }
    while (!failed_ && SkipSpace()) LexOne();
    if (!failed_ && depth_ > 0) Fail(annotation_offset_, "unclosed annotation");
    if (!failed_) Push(text_.size(), 0, TokenKind::kEnd);
    return std::move(out_);
  }

 private:
  bool AtEnd() const { return pos_ >= text_.size(); }
  char Cur() const { return AtEnd() ? '\0' : text_[pos_]; }
  char At(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  bool InAnnotation() const { return depth_ > 0; }

  void Fail(size_t offset, std::string message, ErrorKind kind = ErrorKind::kMalformed) {
    failed_ = true;
    depth_ = 0;
    out_.error = ErrorAt(text_, offset, std::move(message), kind);
    Push(offset, 0, TokenKind::kError);
  }

  void Push(size_t offset, size_t size, TokenKind kind) {
    if (out_.tokens.size() + out_.annotation_tokens.size() >= kMaxTokens && !failed_)
      return Fail(offset, "too many tokens", ErrorKind::kLimit);
    const Token token{static_cast<uint32_t>(offset), static_cast<uint32_t>(size), kind};
    if (!InAnnotation()) {
      out_.tokens.push_back(token);
    } else if (keep_annotation_) {
      out_.annotation_tokens.push_back(token);
    }
  }

  // Skips white space and comments. False at the end of the text or after an error.
  bool SkipSpace() {
    while (!AtEnd()) {
      const char c = Cur();
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++pos_;
      } else if (c == ';' && At(pos_ + 1) == ';') {
        while (!AtEnd() && Cur() != '\n' && Cur() != '\r') {
          if (!SkipCommentChar()) return false;
        }
      } else if (c == '(' && At(pos_ + 1) == ';') {
        if (!SkipBlockComment()) return false;
      } else {
        return true;
      }
    }
    return false;
  }

  bool SkipCommentChar() {
    const size_t size = CharSize(text_.substr(pos_, 4));
    if (size == 0) {
      Fail(pos_, "malformed UTF-8 encoding");
      return false;
    }
    pos_ += size;
    return true;
  }

  bool SkipBlockComment() {
    const size_t start = pos_;
    pos_ += 2;
    for (size_t depth = 1; depth > 0;) {
      if (AtEnd()) {
        Fail(start, "unclosed comment");
        return false;
      }
      if (Cur() == '(' && At(pos_ + 1) == ';') {
        ++depth;
        pos_ += 2;
      } else if (Cur() == ';' && At(pos_ + 1) == ')') {
        --depth;
        pos_ += 2;
      } else if (!SkipCommentChar()) {
        return false;
      }
    }
    return true;
  }

  void LexOne() {
    const char c = Cur();
    if (c == '(') {
      if (At(pos_ + 1) == '@') return LexAnnotationStart();
      if (InAnnotation()) ++depth_;
      Push(pos_, 1, TokenKind::kLParen);
      ++pos_;
    } else if (c == ')') {
      if (InAnnotation() && --depth_ == 0) return EndAnnotation();
      Push(pos_, 1, TokenKind::kRParen);
      ++pos_;
    } else if (c == '"' || IsIdChar(c)) {
      LexWord();
    } else if (c == ',' || c == ';' || c == '[' || c == ']' || c == '{' || c == '}') {
      Push(pos_, 1, TokenKind::kReserved);
      ++pos_;
    } else if (static_cast<uint8_t>(c) >= 0x80 && CharSize(text_.substr(pos_, 4)) == 0) {
      Fail(pos_, "malformed UTF-8 encoding");
    } else {
      Fail(pos_, "illegal character");
    }
  }

  // A maximal run of identifier characters and strings: one token, or a reserved one.
  void LexWord() {
    const size_t start = pos_;
    size_t strings = 0;
    size_t first_string = 0;
    size_t string_end = 0;
    while (!AtEnd()) {
      if (Cur() == '"') {
        // "$" before something that is no string is an empty identifier.
        const bool after_dollar = pos_ == start + 1 && text_[start] == '$';
        if (strings++ == 0) first_string = pos_;
        if (!SkipString(after_dollar ? "empty identifier" : nullptr, start)) return;
        string_end = pos_;
      } else if (IsIdChar(Cur())) {
        ++pos_;
      } else {
        break;
      }
    }
    const std::string_view word = text_.substr(start, pos_ - start);
    if (strings == 0) {
      if (word == "$" && !InAnnotation()) return Fail(start, "empty identifier");
      return Push(start, word.size(), ClassifyWord(word));
    }
    const bool one_string = strings == 1 && string_end == pos_;
    if (one_string && first_string == start) return Push(start, word.size(), TokenKind::kString);
    if (one_string && first_string == start + 1 && word[0] == '$') {
      const std::string id = DecodeString(word.substr(1));
      if (id.empty()) return Fail(start, "empty identifier");
      if (!IsValidUtf8(id)) return Fail(start, "malformed UTF-8 encoding");
      return Push(start, word.size(), TokenKind::kId);
    }
    Push(start, word.size(), TokenKind::kReserved);
  }

  // Skips a string literal; false after an error. If `instead` is given, it is the error for a raw
  // line end or control character.
  bool SkipString(const char* instead, size_t instead_offset) {
    const size_t start = pos_++;
    for (;;) {
      if (AtEnd()) {
        Fail(start, "unclosed string");
        return false;
      }
      const uint8_t c = static_cast<uint8_t>(Cur());
      if (c == '"') {
        ++pos_;
        return true;
      }
      if (c < 0x20 || c == 0x7F) {
        if (instead != nullptr) {
          Fail(instead_offset, instead);
        } else if (c == '\n') {
          Fail(start, "unclosed string");
        } else {
          Fail(pos_, "illegal control character in string literal");
        }
        return false;
      }
      if (c == '\\') {
        const size_t size = EscapeSize();
        if (size == 0) {
          Fail(pos_, "illegal escape");
          return false;
        }
        pos_ += size;
      } else if (!SkipCommentChar()) {
        return false;
      }
    }
  }

  // Length of the escape sequence at pos_, 0 if it is none.
  size_t EscapeSize() const {
    const char c = At(pos_ + 1);
    if (c == 'n' || c == 't' || c == 'r' || c == '"' || c == '\'' || c == '\\') return 2;
    if (IsHexDigit(c) && IsHexDigit(At(pos_ + 2))) return 3;
    if (c != 'u' || At(pos_ + 2) != '{') return 0;
    std::string_view digits = text_.substr(pos_ + 3);
    const std::string_view all = digits;
    if (!TakeDigits(digits, IsHexDigit) || digits.empty() || digits[0] != '}') return 0;
    const size_t count = all.size() - digits.size();
    uint32_t value = 0;
    for (const char d : all.substr(0, count)) {
      if (d == '_') continue;
      value = value * 16 + static_cast<uint32_t>(IsDigit(d) ? d - '0' : (d | 0x20) - 'a' + 10);
      if (value > 0x10FFFF) return 0;
    }
    if (value >= 0xD800 && value < 0xE000) return 0;
    return 3 + count + 1;
  }

  void LexAnnotationStart() {
    const size_t start = pos_;
    pos_ += 2;
    const size_t id_start = pos_;
    std::string_view id;
    if (Cur() == '"') {
      if (!SkipString("empty annotation id", start)) return;
      const std::string decoded = DecodeString(text_.substr(id_start, pos_ - id_start));
      if (decoded.empty() && !InAnnotation()) return Fail(start, "empty annotation id");
      if (!IsValidUtf8(decoded)) return Fail(start, "malformed UTF-8 encoding");
      if (IsKnownAnnotation(decoded))
        id = decoded == "name"     ? "name"
             : decoded == "custom" ? "custom"
                                   : "metadata.code.branch_hint";
    } else {
      while (!AtEnd() && IsIdChar(Cur())) ++pos_;
      id = text_.substr(id_start, pos_ - id_start);
      if (id.empty() && !InAnnotation()) return Fail(start, "empty annotation id");
    }
    if (InAnnotation()) {
      // Inside an annotation "(@" is just more tokens.
      Push(start, 1, TokenKind::kLParen);
      ++depth_;
      return;
    }
    keep_annotation_ = IsKnownAnnotation(id);
    annotation_offset_ = start;
    depth_ = 1;
    if (keep_annotation_) {
      out_.annotations.push_back({id, static_cast<uint32_t>(start),
                                  static_cast<uint32_t>(out_.tokens.size()),
                                  static_cast<uint32_t>(out_.annotation_tokens.size()), 0});
    }
  }

  void EndAnnotation() {
    ++pos_;
    if (!keep_annotation_) return;
    Annotation& annotation = out_.annotations.back();
    annotation.count = static_cast<uint32_t>(out_.annotation_tokens.size()) - annotation.first;
  }

  std::string_view text_;
  size_t pos_ = 0;
  size_t depth_ = 0;  // of parentheses within an annotation; 0 outside
  size_t annotation_offset_ = 0;
  bool keep_annotation_ = false;
  bool failed_ = false;
  TokenStream out_;
};

void AppendUtf8(std::string& out, uint32_t c) {
  const auto push = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xC0 | (c >> 6));
    push(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    push(0xE0 | (c >> 12));
    push(0x80 | ((c >> 6) & 0x3F));
    push(0x80 | (c & 0x3F));
  } else {
    push(0xF0 | (c >> 18));
    push(0x80 | ((c >> 12) & 0x3F));
    push(0x80 | ((c >> 6) & 0x3F));
    push(0x80 | (c & 0x3F));
  }
}

uint32_t HexValue(char c) {
  return static_cast<uint32_t>(IsDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

}  // namespace

bool IsValidUtf8(std::string_view s) {
  return IsUtf8({reinterpret_cast<const uint8_t*>(s.data()), s.size()});
}

bool IsIdChar(char c) {
  return kIdChars[static_cast<uint8_t>(c)];
}

TokenStream Lex(std::string_view text) {
  return Lexer(text).Run();
}

std::string DecodeString(std::string_view quoted) {
  std::string out;
  const std::string_view s = quoted.substr(1, quoted.size() - 2);
  for (size_t i = 0; i < s.size();) {
    if (s[i] != '\\') {
      out.push_back(s[i++]);
      continue;
    }
    const char c = s[i + 1];
    i += 2;
    switch (c) {
      case 'n':
        out.push_back('\n');
        continue;
      case 't':
        out.push_back('\t');
        continue;
      case 'r':
        out.push_back('\r');
        continue;
      case '"':
      case '\'':
      case '\\':
        out.push_back(c);
        continue;
      case 'u': {
        uint32_t value = 0;
        for (++i; s[i] != '}'; ++i) {
          if (s[i] != '_') value = value * 16 + HexValue(s[i]);
        }
        ++i;
        AppendUtf8(out, value);
        continue;
      }
      default:  // two hex digits; the lexer has checked
        out.push_back(static_cast<char>(HexValue(c) * 16 + HexValue(s[i])));
        ++i;
    }
  }
  return out;
}

Error ErrorAt(std::string_view text, size_t offset, std::string message, ErrorKind kind) {
  Error error;
  error.kind = kind;
  error.offset = offset;
  error.line = 1;
  size_t line_start = 0;
  const std::string_view before = text.substr(0, offset);
  for (size_t at = before.find('\n'); at != std::string_view::npos;
       at = before.find('\n', at + 1)) {
    ++error.line;
    line_start = at + 1;
  }
  error.column = static_cast<uint32_t>(offset - line_start + 1);
  error.message = std::move(message);
  return error;
}

}  // namespace airwasm::text
