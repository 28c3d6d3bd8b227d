// Patterns of one word: of a segment of a path, of a name.
//
//   *        any number of bytes, none included          [a-z] [!a-z]  one byte of, or not of, a
//   set ?        one byte                                     {a,b}         a or b
//   \x       x itself, if it is no letter or digit         \xHH          the byte of that number
//
// Bytes are compared as they are: case counts, and Unicode is not normalised. Alternatives are
// multiplied out when a pattern is read, within limits, so that matching needs no more than one
// place to come back to: its time is at most the product of the two lengths, whatever the word.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"

namespace airwasm::security {

inline constexpr size_t kMaxPatternBytes = 4096;  // as PATH_MAX
inline constexpr size_t kMaxAlternatives = 64;

class Glob {
 public:
  // With `list`, a comma outside of braces separates alternatives too. `offset` is where `text`
  // begins in what was written, for the errors' offsets.
  static Expected<Glob> Parse(std::string_view text, size_t offset, bool list = false);

  bool Matches(std::string_view word) const;
  // Every word.
  bool MatchesAll() const;
  // The words that it matches, if that is all that it matches; else empty.
  std::vector<std::string> Literals() const;
  bool IsLiteral() const { return alternatives_.size() == 1 && alternatives_[0].tokens.empty(); }
  // With IsLiteral.
  const std::string& literal() const { return alternatives_[0].literal; }

 private:
  friend class GlobParser;
  using ByteSet = std::array<uint64_t, 4>;
  struct Token {
    enum class Kind : uint8_t { kByte, kAnyByte, kSet, kStar };
    Kind kind = Kind::kByte;
    uint8_t byte = 0;
    ByteSet set{};

    bool Matches(uint8_t b) const {
      if (kind == Kind::kByte) return byte == b;
      return kind != Kind::kSet || (set[b / 64] >> (b % 64) & 1) != 0;
    }
  };
  // Without wildcards it is its literal; else its tokens, of which there is at least one.
  struct Alternative {
    std::string literal;
    std::vector<Token> tokens;
  };

  static bool TokensMatch(const std::vector<Token>& tokens, std::string_view word);

  std::vector<Alternative> alternatives_;
};

// `text` as a pattern that matches it alone. `also` are bytes to escape besides those with a
// meaning here.
std::string EscapeGlob(std::string_view text, std::string_view also = "");

// Builds the error of a pattern: at `offset` bytes into what was written.
inline Error PatternError(size_t offset, std::string message) {
  return {.kind = ErrorKind::kInvalid, .offset = offset, .message = std::move(message)};
}

}  // namespace airwasm::security
