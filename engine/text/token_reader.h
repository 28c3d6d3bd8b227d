// A cursor over tokens that keeps its first error.
//
// After an error every token reads as the end of the input, so parsing loops end by themselves and
// the caller asks ok() once. Expected tokens that are missing are reported in the official suite's
// words: "unknown operator" for words that mean nothing anywhere, "unexpected token" for the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/text/lexer.h"

namespace airwasm::text {

class TokenReader {
 public:
  explicit TokenReader(const TokenStream& stream) : stream_(stream) {}

  bool ok() const { return !error_.has_value(); }
  const Error& error() const { return *error_; }
  const TokenStream& stream() const { return stream_; }

  // The token `n` places ahead; the last token stands for all that follow.
  const Token& Peek(size_t n = 0) const;
  TokenKind Kind(size_t n = 0) const { return Peek(n).kind; }
  std::string_view Text(const Token& token) const { return stream_.Text(token); }
  std::string_view PeekText(size_t n = 0) const { return Text(Peek(n)); }
  bool AtKeyword(std::string_view word, size_t n = 0) const {
    return Kind(n) == TokenKind::kKeyword && PeekText(n) == word;
  }
  bool AtLParen(std::string_view word) const {
    return Kind() == TokenKind::kLParen && AtKeyword(word, 1);
  }
  bool AtNumber() const {
    return Kind() == TokenKind::kNat || Kind() == TokenKind::kInt || Kind() == TokenKind::kFloat;
  }

  // Returns the token at the cursor and moves past it.
  Token Take();
  bool TakeKeyword(std::string_view word);
  bool TakeLParen(std::string_view word);  // "(" and the keyword
  bool TakeRParen();
  void ExpectKeyword(std::string_view word);
  void ExpectLParen(std::string_view word);
  void ExpectRParen();
  // A string's bytes; `expected` names it in the error.
  std::string ExpectString(std::string_view expected);
  // A string that must be UTF-8: names.
  std::string ExpectName(std::string_view expected);
  // An unsigned number up to 2^bits - 1, `bits` being 8, 32 or 64.
  uint64_t ExpectNat(std::string_view expected, int bits = 32);

  // From a "(" to behind its ")". `on_child`, if given, is called at each "(" that is directly
  // inside.
  template <typename OnChild>
  void SkipParens(OnChild on_child);
  void SkipParens() {
    SkipParens([] {});
  }

  uint32_t pos() const { return pos_; }
  void Seek(uint32_t pos) {
    if (ok()) pos_ = pos;
  }

  void Fail(const Token& at, std::string message, ErrorKind kind = ErrorKind::kMalformed);
  void Fail(Error error);
  // The token at the cursor is none of what is `expected`.
  void Unexpected(std::string_view expected);
  // `text` cut to a length fit for a message.
  static std::string Quoted(std::string_view text);

 private:
  const TokenStream& stream_;
  uint32_t pos_ = 0;
  std::optional<Error> error_;
};

template <typename OnChild>
void TokenReader::SkipParens(OnChild on_child) {
  size_t depth = 0;
  do {
    if (Kind() == TokenKind::kLParen) {
      if (depth == 1) on_child();
      ++depth;
    } else if (Kind() == TokenKind::kRParen) {
      --depth;
    } else if (Kind() == TokenKind::kEnd || Kind() == TokenKind::kError) {
      return Unexpected("\")\"");
    }
    Take();
  } while (depth > 0);
}

}  // namespace airwasm::text
