#include "component/canon/strings.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace airwasm::component::canon {
namespace {

const uint8_t* Bytes(std::string_view s) {
  return reinterpret_cast<const uint8_t*>(s.data());
}
std::string_view Check(std::string_view s) {
  return CheckUtf8(Bytes(s), s.size());
}

TEST(Utf8, AcceptsTheEdges) {
  for (const std::string_view s :
       {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ("", Check(s)) << testing::PrintToString(s);
    EXPECT_EQ("", Check("0123456789abcdef0123456789abcdef0123" + std::string(s) + "z"));
  }
}

TEST(Utf8, RefusesWhatIsNoScalarValue) {
  for (const std::string_view s : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2z", "\xE0\x9F\xBF",
                                   "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                                   "\xF5\x80\x80\x80", "\xFF", "\xE1\x80z", "\xF1\x80\x80z"}) {
    for (const std::string& text :
         {std::string(s), "0123456789abcdef0123456789abcdef" + std::string(s) + "z"}) {
      EXPECT_TRUE(Check(text).starts_with("invalid utf-8")) << testing::PrintToString(text);
    }
  }
}

TEST(Utf8, SaysWhenTheEndIsMissing) {
  for (const std::string_view s :
       {"\xC3", "\xE1", "\xE1\x80", "\xF1", "\xF1\x80", "\xF1\x80\x80", "abc\xC3"}) {
    EXPECT_TRUE(Check(s).starts_with("incomplete utf-8 byte sequence"))
        << testing::PrintToString(s);
  }
}

std::string Utf16(std::u16string_view s) {
  return {reinterpret_cast<const char*>(s.data()), 2 * s.size()};
}

TEST(Utf16, FindsUnpairedSurrogates) {
  const auto check = [](std::u16string_view s) {
    return CheckUtf16(Bytes(Utf16(s)), s.size()).empty();
  };
  EXPECT_TRUE(check(u"a\u00e9\u20ac\U0001F600"));
  for (const char16_t bad : {u'\xD800', u'\xDBFF', u'\xDC00', u'\xDFFF'}) {
    EXPECT_FALSE(check(std::u16string{u'a', bad}));
    EXPECT_FALSE(check(std::u16string{bad, u'a'}));
  }
  EXPECT_FALSE(check(std::u16string{u'\xDC00', u'\xD800'}));
}

TEST(Transcode, GoesThereAndBack) {
  std::u16string all;
  std::string all8;
  for (const char32_t c :
       {0x0, 0x41, 0x7F, 0x80, 0xFF, 0x100, 0x7FF, 0x800, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF}) {
    if (c < 0x10000) {
      all += static_cast<char16_t>(c);
    } else {
      all += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
      all += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
  const std::string wide = Utf16(all);
  std::vector<uint8_t> utf8(3 * all.size());
  utf8.resize(Utf16ToUtf8(Bytes(wide), all.size(), utf8.data()));
  EXPECT_EQ("", CheckUtf8(utf8.data(), utf8.size()));
  std::vector<uint8_t> back(2 * utf8.size());
  back.resize(2 * Utf8ToUtf16(utf8.data(), utf8.size(), back.data()));
  EXPECT_EQ(wide, std::string(back.begin(), back.end()));
}

TEST(Transcode, Latin1StopsAtTheFirstWideCharacter) {
  uint8_t out[16] = {};
  size_t written = 0;
  EXPECT_EQ(3u, Utf8ToLatin1(Bytes("a\xC3\xA9\xE2\x82\xACz"), 7, out, &written));
  EXPECT_EQ(2u, written);
  EXPECT_EQ(0xE9, out[1]);
  EXPECT_EQ(1u, Utf16ToLatin1(Bytes(Utf16(u"a\u20ac")), 2, out, &written));
  EXPECT_EQ(1u, written);
  EXPECT_EQ(3u, Latin1ToUtf8(Bytes("a\xE9"), 2, out));
  EXPECT_EQ("a\xC3\xA9", std::string(out, out + 3));
}

// Whatever the bytes, the room that the header promises is enough: nothing here may be checked.
TEST(Transcode, StaysInItsRoomOnBadInput) {
  uint32_t seed = 1;
  const auto next = [&seed] { return seed = seed * 1664525 + 1013904223; };
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint8_t> in(2 * (next() >> 28));
    for (uint8_t& byte : in) byte = static_cast<uint8_t>((next() >> 24) | (round & 1 ? 0x80 : 0));
    std::vector<uint8_t> out(2 * in.size() + 1, 0xAA);
    EXPECT_LE(Utf8ToUtf16(in.data(), in.size(), out.data()), in.size());
    EXPECT_EQ(0xAA, out[2 * in.size()]);
    std::vector<uint8_t> narrow(3 * in.size() / 2 + 1, 0xAA);
    EXPECT_LE(Utf16ToUtf8(in.data(), in.size() / 2, narrow.data()), 3 * in.size() / 2);
    EXPECT_EQ(0xAA, narrow.back());
  }
}

}  // namespace
}  // namespace airwasm::component::canon
