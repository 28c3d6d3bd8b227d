// Tokens of the WIT text format.
//
// The lexer stands at one token and knows the documentation comments before it. Versions are no
// tokens: whoever expects one asks for it (TakeVersion), because `1.0.0.{a}` can only be cut in
// context. After an error it stands at the end of the input for good.
// Spec: component model, WIT, "Lexical structure".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "component/wit/source.h"

namespace airwasm::component::wit {

enum class Tok : uint8_t {
  kEnd,
  kId,       // also `%id`; text is without the '%'
  kKeyword,  // compare the text
  kInteger,
  kString,  // text is with its quotes
  kEquals,
  kComma,
  kColon,
  kSemicolon,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftAngle,
  kRightAngle,
  kStar,
  kArrow,
  kSlash,
  kDot,
  kAt,
  kUnderscore,
};

struct Token {
  Tok kind = Tok::kEnd;
  std::string_view text;
  uint32_t offset = 0;
};

class Lexer {
 public:
  // `file` of `sources`, whose characters are checked here.
  Lexer(const Sources& sources, uint32_t file, Diagnostics& diagnostics);

  const Token& token() const { return token_; }
  // Documentation before the current token, without the comment signs; lines end in '\n' but for
  // the last.
  const std::string& docs() const { return docs_; }
  Location location() const { return {file_, token_.offset}; }
  // End of the last token that was taken.
  uint32_t previous_end() const { return previous_end_; }
  std::string_view text() const { return text_; }

  void Advance();
  // Takes a semantic version that begins at the current token. Empty after an error.
  std::string_view TakeVersion();
  void Fail(Location at, std::string_view message);

 private:
  void CheckCharacters();
  void SkipSpace();
  void SkipBlockComment();
  void AddDocs(std::string_view line);
  void Scan();
  void ScanWord(bool escaped);
  void ScanString();

  Diagnostics* diagnostics_;  // so that a lexer can be copied, to look ahead
  uint32_t file_;
  std::string_view text_;
  uint32_t position_ = 0;
  uint32_t previous_end_ = 0;
  Token token_;
  std::string docs_;
};

bool IsWitKeyword(std::string_view text);
// What is wrong with `text` as a label, or an empty string.
std::string CheckLabel(std::string_view text);
// "`;`", "an identifier".
std::string_view Describe(Tok kind);

}  // namespace airwasm::component::wit
