// The words of WAVE: punctuation, labels, numbers, characters and strings, with the place of the
// first error. Which of them may follow is the parser's matter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace airwasm::component::wave {

class Lexer {
 public:
  explicit Lexer(std::string_view text);

  // The next character that means something; '\0' at the end or after an error.
  char Peek();
  bool AtEnd() { return Peek() == '\0' && at_ >= text_.size(); }
  bool Take(char c);
  bool Expect(char c);  // false: an error was set

  // A label at the cursor, without its '%'; empty if there is none.
  struct Label {
    std::string_view text;
    bool escaped = false;
  };
  Label PeekLabel();
  Label TakeLabel();
  bool TakeKeyword(std::string_view word);

  // A number as JSON has it, also "inf", "-inf" and "nan"; empty if there is none.
  std::string_view TakeNumber();
  bool TakeChar(char32_t* c);       // 'x'; false: an error was set
  bool TakeString(std::string* s);  // "x" or """..."""; false: an error was set

  bool ok() const { return !failed_; }
  // Keeps the first. The place is that of the next word, or `offset`.
  bool Fail(std::string message, ErrorKind kind = ErrorKind::kMalformed);
  bool FailAt(size_t offset, std::string message, ErrorKind kind = ErrorKind::kMalformed);
  // "expected WANTED, found `...`".
  bool Unexpected(std::string_view wanted);
  const Error& error() const { return error_; }
  size_t offset() {
    SkipSpace();
    return at_;
  }

 private:
  void SkipSpace();
  bool TakeEscape(char32_t* c);
  bool TakeBlock(std::string* s);

  std::string_view text_;
  size_t at_ = 0;
  bool failed_ = false;
  Error error_;
};

void AppendUtf8(char32_t c, std::string& out);

}  // namespace airwasm::component::wave
