#include "security/policy/glob.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "engine/base/format.h"

namespace airwasm::security {
namespace {

constexpr int kMaxBraceDepth = 4;
constexpr size_t kMaxTokens = 16 * 1024;  // over all alternatives

constexpr std::string_view kMeta = "*?[]{},\\";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

// Recursive descent; errors stop it where they are found.
class GlobParser {
 public:
  GlobParser(std::string_view text, size_t offset, bool list)
      : text_(text), offset_(offset), list_(list) {}

  Expected<Glob> Parse() {
    if (text_.size() > kMaxPatternBytes)
      return PatternError(offset_, FormatText("a pattern has at most %d bytes", kMaxPatternBytes));
    Words words = Alternatives(0);
    if (!failed_ && pos_ < text_.size()) Fail(pos_, "'}' without '{'");
    if (failed_) return std::move(error_);
    Glob glob;
    for (Word& word : words) glob.alternatives_.push_back(Finish(std::move(word)));
    return glob;
  }

 private:
  using Token = Glob::Token;
  using Word = std::vector<Token>;
  using Words = std::vector<Word>;

  // What stands between commas, up to the end or, inside of braces, up to '}'.
  Words Alternatives(int depth) {
    Words all = Sequence(depth);
    while (!failed_ && pos_ < text_.size() && text_[pos_] == ',') {
      ++pos_;
      Words more = Sequence(depth);
      all.insert(all.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
      CheckSize(all);
    }
    return all;
  }

  Words Sequence(int depth) {
    Words words(1);
    while (!failed_ && pos_ < text_.size()) {
      const char c = text_[pos_];
      if (c == '}' || (c == ',' && (depth > 0 || list_))) break;
      if (c == '{') {
        words = Multiply(words, Braces(depth));
        CheckSize(words);
        continue;
      }
      const Token token = One();
      const bool again = token.kind == Token::Kind::kStar;  // ** is *
      for (Word& word : words) {
        if (again && !word.empty() && word.back().kind == Token::Kind::kStar) continue;
        word.push_back(token);
      }
      CheckSize(words);
    }
    return words;
  }

  Words Braces(int depth) {
    const size_t open = pos_++;
    if (depth == kMaxBraceDepth) {
      Fail(open, FormatText("braces are nested more than %d deep", kMaxBraceDepth));
      return {};
    }
    Words inner = Alternatives(depth + 1);
    if (failed_) return {};
    if (pos_ == text_.size()) {
      Fail(open, "'{' without '}' in the same segment");
      return {};
    }
    ++pos_;
    return inner;
  }

  Words Multiply(const Words& left, const Words& right) {
    if (failed_) return {};
    if (left.size() * right.size() > kMaxAlternatives) {
      Fail(pos_ - 1, FormatText("more than %d alternatives", kMaxAlternatives));
      return {};
    }
    Words all;
    for (const Word& l : left) {
      for (const Word& r : right) {
        all.push_back(l);
        all.back().insert(all.back().end(), r.begin(), r.end());
      }
    }
    return all;
  }

  Token One() {
    const size_t start = pos_;
    const char c = text_[pos_++];
    switch (c) {
      case '*':
        return {.kind = Token::Kind::kStar};
      case '?':
        return {.kind = Token::Kind::kAnyByte};
      case '[':
        return Set(start);
      case ']':
        Fail(start, "']' without '['");
        return {};
      case '\\':
        return {.byte = Escaped(start)};
      case '\0':
        Fail(start, "a zero byte");
        return {};
    }
    return {.byte = static_cast<uint8_t>(c)};
  }

  // Behind the backslash at `start`.
  uint8_t Escaped(size_t start) {
    if (pos_ == text_.size()) return Fail(start, "nothing behind the backslash"), uint8_t{0};
    const char c = text_[pos_++];
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) return static_cast<uint8_t>(c);
    const int high = c == 'x' && pos_ < text_.size() ? HexDigit(text_[pos_]) : -1;
    const int low = high >= 0 && pos_ + 1 < text_.size() ? HexDigit(text_[pos_ + 1]) : -1;
    if (low < 0)
      return Fail(start,
                  "a backslash takes the meaning from what is no letter or digit, and \\xHH is a "
                  "byte"),
             uint8_t{0};
    pos_ += 2;
    return static_cast<uint8_t>(high * 16 + low);
  }

  // Behind the '[' at `start`.
  Token Set(size_t start) {
    Token token{.kind = Token::Kind::kSet};
    const bool negated = pos_ < text_.size() && (text_[pos_] == '!' || text_[pos_] == '^');
    if (negated) ++pos_;
    const size_t first = pos_;
    while (!failed_) {
      if (pos_ == text_.size()) return Fail(start, "'[' without ']' in the same segment"), token;
      if (text_[pos_] == ']' && pos_ != first) break;
      const size_t from = pos_;
      const uint8_t low = SetByte();
      uint8_t high = low;
      if (pos_ + 1 < text_.size() && text_[pos_] == '-' && text_[pos_ + 1] != ']') {
        ++pos_;
        high = SetByte();
      }
      if (!failed_ && high < low) Fail(from, "a range that ends before it begins");
      for (unsigned b = low; b <= high; ++b) token.set[b / 64] |= uint64_t{1} << (b % 64);
    }
    ++pos_;
    if (negated)
      for (uint64_t& word : token.set) word = ~word;
    return token;
  }

  uint8_t SetByte() {
    const char c = text_[pos_++];
    return c == '\\' ? Escaped(pos_ - 1) : static_cast<uint8_t>(c);
  }

  void CheckSize(const Words& words) {
    if (words.size() > kMaxAlternatives)
      return Fail(pos_ - 1, FormatText("more than %d alternatives", kMaxAlternatives));
    size_t tokens = 0;
    for (const Word& word : words) tokens += word.size();
    if (tokens > kMaxTokens) Fail(pos_ - 1, "too long once its alternatives are multiplied out");
  }

  void Fail(size_t pos, std::string message) {
    if (failed_) return;
    failed_ = true;
    error_ = PatternError(offset_ + pos, std::move(message));
  }

  static Glob::Alternative Finish(Word word) {
    Glob::Alternative alternative;
    for (const Token& token : word) {
      if (token.kind != Token::Kind::kByte) {
        alternative.literal.clear();
        alternative.tokens = std::move(word);
        break;
      }
      alternative.literal.push_back(static_cast<char>(token.byte));
    }
    return alternative;
  }

  std::string_view text_;
  size_t offset_;
  bool list_;
  size_t pos_ = 0;
  bool failed_ = false;
  Error error_;
};

Expected<Glob> Glob::Parse(std::string_view text, size_t offset, bool list) {
  return GlobParser(text, offset, list).Parse();
}

bool Glob::TokensMatch(const std::vector<Token>& tokens, std::string_view word) {
  size_t token = 0;
  size_t at = 0;
  // Behind the last star, and where what it stands for ends: going on from there with one byte more
  // is enough, because what lies between two stars has a fixed length, so that its first place is
  // as good as any later one.
  size_t star = std::string_view::npos;
  size_t star_end = 0;
  // FAST: goes on from the star where its next byte is (security_policy_bench,
  // ThousandWildcardsLongPath).
  const auto resume = [&] {
    if (star < tokens.size() && tokens[star].kind == Token::Kind::kByte)
      star_end = word.find(static_cast<char>(tokens[star].byte), star_end);
    token = star;
    at = star_end;
    return star_end != std::string_view::npos;
  };
  while (true) {
    if (token < tokens.size() && tokens[token].kind == Token::Kind::kStar) {
      star = token + 1;
      star_end = at;
      if (star == tokens.size()) return true;
      if (!resume()) return false;
      continue;
    }
    if (at == word.size()) return token == tokens.size();
    if (token < tokens.size() && tokens[token].Matches(static_cast<uint8_t>(word[at]))) {
      ++token;
      ++at;
      continue;
    }
    if (star == std::string_view::npos) return false;
    ++star_end;
    if (!resume()) return false;
  }
}

bool Glob::Matches(std::string_view word) const {
  for (const Alternative& a : alternatives_) {
    if (a.tokens.empty() ? a.literal == word : TokensMatch(a.tokens, word)) return true;
  }
  return false;
}

bool Glob::MatchesAll() const {
  for (const Alternative& a : alternatives_) {
    if (a.tokens.size() == 1 && a.tokens[0].kind == Token::Kind::kStar) return true;
  }
  return false;
}

std::vector<std::string> Glob::Literals() const {
  std::vector<std::string> words;
  for (const Alternative& a : alternatives_) {
    if (!a.tokens.empty()) return {};
    words.push_back(a.literal);
  }
  return words;
}

std::string EscapeGlob(std::string_view text, std::string_view also) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      escaped += FormatText("\\x%02x", byte);
      continue;
    }
    if (kMeta.find(c) != kMeta.npos || also.find(c) != also.npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace airwasm::security
