#include "component/wave/lexer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "component/canon/rules.h"
#include "engine/base/utf8.h"

namespace airwasm::component::wave {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Bytes of the character that begins with `lead`, in well-formed UTF-8.
size_t Utf8Size(uint8_t lead) {
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

void AppendUtf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static constexpr uint8_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[more] | c >> (6 * more));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (c >> (6 * i) & 0x3F));
}

Lexer::Lexer(std::string_view text) : text_(text) {
  if (!IsUtf8({reinterpret_cast<const uint8_t*>(text.data()), text.size()}))
    FailAt(0, "the text is not UTF-8");
}

void Lexer::SkipSpace() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else if (text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

char Lexer::Peek() {
  if (failed_) return '\0';
  SkipSpace();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool Lexer::Take(char c) {
  if (failed_ || Peek() != c || at_ >= text_.size()) return false;
  ++at_;
  return true;
}

bool Lexer::Expect(char c) {
  return Take(c) || Unexpected("'" + std::string(1, c) + "'");
}

Lexer::Label Lexer::PeekLabel() {
  Peek();
  if (failed_) return {};
  size_t end = at_;
  Label label;
  label.escaped = end < text_.size() && text_[end] == '%';
  if (label.escaped) ++end;
  const size_t begin = end;
  if (end >= text_.size() || !IsLetter(text_[end])) return {};
  while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]) || text_[end] == '-'))
    ++end;
  label.text = text_.substr(begin, end - begin);
  return label;
}

Lexer::Label Lexer::TakeLabel() {
  const Label label = PeekLabel();
  if (!label.text.empty()) at_ = label.text.data() + label.text.size() - text_.data();
  return label;
}

bool Lexer::TakeKeyword(std::string_view word) {
  const Label label = PeekLabel();
  if (label.escaped || label.text != word) return false;
  TakeLabel();
  return true;
}

std::string_view Lexer::TakeNumber() {
  Peek();
  if (failed_) return {};
  const size_t begin = at_;
  size_t end = at_;
  const auto at = [&](size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  const auto digits = [&] {
    const size_t first = end;
    while (IsDigit(at(end))) ++end;
    return end != first;
  };
  if (at(end) == '-') ++end;
  if (IsLetter(at(end))) {
    const size_t word = end;
    while (IsLetter(at(end)) || IsDigit(at(end)) || at(end) == '-') ++end;
    const std::string_view name = text_.substr(word, end - word);
    if (name != "inf" && (name != "nan" || word != begin)) return {};
  } else {
    if (at(end) == '0') {
      ++end;
    } else if (!digits()) {
      return {};
    }
    if (at(end) == '.') {
      ++end;
      if (!digits()) return {};
    }
    if (at(end) == 'e' || at(end) == 'E') {
      ++end;
      if (at(end) == '+' || at(end) == '-') ++end;
      if (!digits()) return {};
    }
    // "12ab", "012" and "1.2.3" are no numbers.
    if (IsLetter(at(end)) || IsDigit(at(end)) || at(end) == '.') return {};
  }
  at_ = end;
  return text_.substr(begin, end - begin);
}

bool Lexer::TakeEscape(char32_t* c) {
  const size_t begin = at_;
  ++at_;  // the backslash
  const char kind = at_ < text_.size() ? text_[at_++] : '\0';
  static constexpr std::pair<char, char> kPlain[] = {{'n', '\n'},  {'r', '\r'},  {'t', '\t'},
                                                     {'\\', '\\'}, {'\'', '\''}, {'"', '"'}};
  for (const auto& [letter, meant] : kPlain) {
    if (kind == letter) {
      *c = static_cast<unsigned char>(meant);
      return true;
    }
  }
  if (kind != 'u' || at_ >= text_.size() || text_[at_] != '{')
    return FailAt(begin, "there is no such escape; write \\\\ for a backslash");
  ++at_;
  uint32_t value = 0;
  size_t count = 0;
  while (at_ < text_.size() && HexDigit(text_[at_]) >= 0 && count < 7) {
    value = value << 4 | static_cast<uint32_t>(HexDigit(text_[at_++]));
    ++count;
  }
  if (count == 0 || count > 6 || at_ >= text_.size() || text_[at_] != '}' ||
      !canon::IsChar(value)) {
    return FailAt(begin, "expected \\u{...} with the hexadecimal number of a character");
  }
  ++at_;
  *c = value;
  return true;
}

bool Lexer::TakeChar(char32_t* c) {
  const size_t begin = offset();
  if (!Take('\'')) return Unexpected("a character");
  const std::string_view left = text_.substr(at_);
  if (left.empty() || left[0] == '\'' || left[0] == '\n')
    return FailAt(begin, "expected one character between quotes");
  if (left[0] == '\\') {
    if (!TakeEscape(c)) return false;
  } else {
    const auto lead = static_cast<uint8_t>(left[0]);
    const size_t size = Utf8Size(lead);
    uint32_t value = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; ++i) value = value << 6 | (static_cast<uint8_t>(left[i]) & 0x3F);
    *c = value;
    at_ += size;
  }
  if (at_ >= text_.size() || text_[at_] != '\'')
    return FailAt(begin, "expected one character between quotes");
  ++at_;
  return true;
}

bool Lexer::TakeString(std::string* s) {
  const size_t begin = offset();
  if (failed_ || at_ >= text_.size() || text_[at_] != '"') return Unexpected("a string");
  if (text_.substr(at_).starts_with("\"\"\"")) return TakeBlock(s);
  ++at_;
  while (at_ < text_.size() && text_[at_] != '"') {
    if (text_[at_] == '\n') return FailAt(at_, "a line break in a string is written \\n");
    if (text_[at_] == '\\') {
      char32_t c = 0;
      if (!TakeEscape(&c)) return false;
      AppendUtf8(c, *s);
    } else {
      *s += text_[at_++];
    }
  }
  if (at_ >= text_.size()) return FailAt(begin, "the string does not end");
  ++at_;
  return true;
}

// """ to """, each on a line of its own; the spaces before the last are taken from every line.
bool Lexer::TakeBlock(std::string* s) {
  const size_t begin = at_;
  at_ += 3;
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ >= text_.size() || text_[at_] != '\n')
    return FailAt(begin, "a line break has to follow \"\"\"");
  ++at_;
  const size_t end = text_.find("\"\"\"", at_);  // of the contents
  if (end == text_.npos) return FailAt(begin, "the string does not end");
  if (text_[end - 1] == '\\')
    return FailAt(end - 1, "\"\"\" within the string has to be broken up");
  const size_t last_line = text_.rfind('\n', end) + 1;
  const std::string_view indent = text_.substr(last_line, end - last_line);
  if (indent.find_first_not_of(' ') != indent.npos)
    return FailAt(end, "\"\"\" has to stand on a line of its own");
  bool first = true;
  while (at_ < last_line) {
    if (!first) *s += '\n';
    first = false;
    if (!text_.substr(at_).starts_with(indent))
      return FailAt(at_, "the line is indented less than the end of the string");
    at_ += indent.size();
    while (text_[at_] != '\n' && text_.substr(at_, 2) != "\r\n") {
      if (text_[at_] == '\\') {
        char32_t c = 0;
        if (!TakeEscape(&c)) return false;
        AppendUtf8(c, *s);
      } else {
        *s += text_[at_++];
      }
    }
    at_ += text_[at_] == '\r' ? 2 : 1;
  }
  at_ = end + 3;
  return true;
}

bool Lexer::Fail(std::string message, ErrorKind kind) {
  return FailAt(offset(), std::move(message), kind);
}

bool Lexer::FailAt(size_t offset, std::string message, ErrorKind kind) {
  if (failed_) return false;
  failed_ = true;
  const std::string_view before = text_.substr(0, offset);
  const size_t newline = before.rfind('\n');
  error_ = {.kind = kind,
            .offset = offset,
            .line = 1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n')),
            .column = static_cast<uint32_t>(newline == before.npos ? before.size() + 1
                                                                   : before.size() - newline),
            .message = std::move(message)};
  return false;
}

bool Lexer::Unexpected(std::string_view wanted) {
  if (failed_) return false;
  SkipSpace();
  std::string found = "the end";
  if (at_ < text_.size()) {
    // A word, or what stands up to the next one; whole characters.
    size_t end = at_ + Utf8Size(static_cast<uint8_t>(text_[at_]));
    const std::string_view kWordEnds = " \t\r\n,()[]{}:";
    if (kWordEnds.find(text_[at_]) == kWordEnds.npos) {
      while (end < text_.size() && end - at_ < 30 && kWordEnds.find(text_[end]) == kWordEnds.npos)
        end += Utf8Size(static_cast<uint8_t>(text_[end]));
    }
    found = "`" + std::string(text_.substr(at_, end - at_)) + "`";
  }
  return Fail("expected " + std::string(wanted) + ", found " + found);
}

}  // namespace airwasm::component::wave
