#include "engine/text/lexer.h"

#include <gtest/gtest.h>

#include <string>

namespace airwasm::text {
namespace {

// One letter per token.
std::string Kinds(const TokenStream& stream) {
  std::string out;
  for (const Token& t : stream.tokens) out += "$!()kniFsIR"[static_cast<size_t>(t.kind)];
  return out;
}

TEST(Lexer, Tokens) {
  const struct {
    std::string_view text;
    std::string_view kinds;  // k keyword, n unsigned, i signed, F float, s string, I id, R
                             // reserved, $ end, ! error
  } kCases[] = {
      {"", "$"},
      {"(module)", "(k)$"},
      {"0 00 1_000 0xAf 0x1_2", "nnnnn$"},
      {"+0 -1 +0xF", "iii$"},
      {"1. 1.5 1e5 1.e-5 1.5E+5_0 0x1. 0x.p 0x1p5 0x1.8p-3", "FFFFFFRFF$"},
      {"inf -inf nan +nan nan:0xF nan:0x nan:1", "FFFFFkk$"},
      {"1_ _1 1__0 0x 0x_1 1e 1e_5 0xg 1x", "RRRRRRRRR$"},
      {"$a $! $\"a b\" $\"\\41\"", "IIII$"},
      {"nan:canonical offset=4 i32.add", "kkk$"},
      {"\"a\" \"\\\"\\00\\u{1F600}\\n\"", "ss$"},
      {"\"a\"\"b\" a\"b\" \"a\"b $a\"b\" $\"a\"b", "RRRRR$"},
      {"a;;b c\nd (;x(;y;)z;) e", "kkk$"},
      {", ; [ ] { } @a A", "RRRRRRRR$"},
      {"(@a (b \"c\" ,;) (@d)) e", "k$"},
      {"a(b)c\"d\"", "k(k)R$"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(Kinds(Lex(c.text)), c.kinds);
  }
}

TEST(Lexer, Errors) {
  const struct {
    std::string_view text;
    uint32_t line, column;
    std::string_view message;
  } kCases[] = {
      {"a\n  \"b", 2, 3, "unclosed string"},
      {"\"b\n\"", 1, 1, "unclosed string"},
      {"\"b\t\"", 1, 3, "illegal control character in string literal"},
      {"\"\\q\"", 1, 2, "illegal escape"},
      {"\"\\u{110000}\"", 1, 2, "illegal escape"},
      {"\"\\u{d800}\"", 1, 2, "illegal escape"},
      {"\"\\4\"", 1, 2, "illegal escape"},
      {"\"\x80\"", 1, 2, "malformed UTF-8 encoding"},
      {"(; (; ;)", 1, 1, "unclosed comment"},
      {";; \xff", 1, 4, "malformed UTF-8 encoding"},
      {"x\n\n \x01", 3, 2, "illegal character"},
      {"\xc3\xa9", 1, 1, "illegal character"},
      {"$", 1, 1, "empty identifier"},
      {"$\"\"", 1, 1, "empty identifier"},
      {"$\"a\nb\"", 1, 1, "empty identifier"},
      {"$\"\\ff\"", 1, 1, "malformed UTF-8 encoding"},
      {"(@)", 1, 1, "empty annotation id"},
      {"(@\"\")", 1, 1, "empty annotation id"},
      {"( (@a (b)", 1, 3, "unclosed annotation"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const TokenStream stream = Lex(c.text);
    ASSERT_EQ(stream.tokens.back().kind, TokenKind::kError);
    EXPECT_EQ(stream.error.message, c.message);
    EXPECT_EQ(stream.error.line, c.line);
    EXPECT_EQ(stream.error.column, c.column);
  }
}

TEST(Lexer, Strings) {
  EXPECT_EQ(DecodeString("\"a\\t\\n\\r\\\"\\'\\\\\\41\\u{e9}\\u{1_F600}\""),
            "a\t\n\r\"'\\A\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(DecodeString("\"\\00\\ff\""), std::string("\0\xff", 2));
}

TEST(Lexer, DeepAnnotationsAndCommentsDoNotRecurse) {
  std::string text = "(@a ";
  for (int i = 0; i < 200000; ++i) text += '(';
  for (int i = 0; i < 200000; ++i) text += ')';
  text += ") ";
  for (int i = 0; i < 200000; ++i) text += "(;";
  for (int i = 0; i < 200000; ++i) text += ";)";
  EXPECT_EQ(Kinds(Lex(text)), "$");
}

}  // namespace
}  // namespace airwasm::text
