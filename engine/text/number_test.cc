#include "engine/text/number.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "engine/text/printer.h"

namespace airwasm::text {
namespace {

TEST(Number, Integers) {
  const struct {
    std::string_view token;
    int bits;
    std::optional<uint64_t> value;
  } kCases[] = {
      {"0", 32, 0},
      {"0xFFFF_ffff", 32, 0xFFFFFFFF},
      {"4294967296", 32, std::nullopt},
      {"-1", 32, 0xFFFFFFFF},
      {"-2147483648", 32, 0x80000000},
      {"-2147483649", 32, std::nullopt},
      {"-0x8000_0000_0000_0000", 64, 0x8000000000000000},
      {"18446744073709551615", 64, UINT64_MAX},
      {"18446744073709551616", 64, std::nullopt},
      {"-0x8000000000000001", 64, std::nullopt},
      {"+7", 8, 7},
      {"255", 8, 255},
      {"256", 8, std::nullopt},
      {"-129", 8, std::nullopt},
      {"99999999999999999999999999999999", 64, std::nullopt},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.token);
    EXPECT_EQ(ParseInteger(c.token, c.bits), c.value);
  }
}

TEST(Number, F32) {
  const struct {
    std::string_view token;
    std::optional<uint32_t> bits;
  } kCases[] = {
      {"0", 0},
      {"-0", 0x80000000},
      {"1", 0x3F800000},
      {"1_0.5", 0x41280000},
      {"0x1p-149", 1},
      {"0x1p-150", 0},                      // a tie, to even
      {"0x1.0000000000000000001p-150", 1},  // just above the tie
      {"0x1.fffffep127", 0x7F7FFFFF},
      {"0x1.ffffffp127", std::nullopt},  // rounds to infinity
      {"0x1.fffffefffffffffffffp127", 0x7F7FFFFF},
      {"0x1.000001p0", 0x3F800000},  // a tie, to even
      {"0x1.000003p0", 0x3F800002},  // a tie, to even
      {"0x1.0000010000000000000001p0", 0x3F800001},
      {"0x0.00000000000000000000000000000000000000001p+164", 0x3F800000},
      {"0x100000000000000000000000000000000p-128", 0x3F800000},
      {"0x1p99999999999999999999", std::nullopt},
      {"0x1p-99999999999999999999", 0},
      {"0x0p99999999999999999999", 0},
      {"1e99999999999999999999", std::nullopt},
      {"1e-99999999999999999999", 0},
      {"0e99999999999999999999", 0},
      {"340282356779733661637539395458142568447", 0x7F7FFFFF},
      {"340282356779733661637539395458142568448", std::nullopt},
      {"1.17549421069e-38", 0x007FFFFF},
      {"7e-46", 0},
      {"7.1e-46", 1},
      {"inf", 0x7F800000},
      {"-inf", 0xFF800000},
      {"nan", 0x7FC00000},
      {"-nan", 0xFFC00000},
      {"nan:0x1", 0x7F800001},
      {"nan:0x7f_ffff", 0x7FFFFFFF},
      {"nan:0x0", std::nullopt},
      {"nan:0x80_0000", std::nullopt},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.token);
    EXPECT_EQ(ParseF32(c.token), c.bits);
  }
}

TEST(Number, F64) {
  const struct {
    std::string_view token;
    std::optional<uint64_t> bits;
  } kCases[] = {
      {"0x1p-1074", 1},
      {"0x1p-1075", 0},
      {"0x1.8p-1075", 1},
      {"4.9e-324", 1},
      {"2e-324", 0},
      {"0x1.fffffffffffffp1023", 0x7FEFFFFFFFFFFFFF},
      {"0x1.fffffffffffff8p1023", std::nullopt},
      {"1.7976931348623159e308", std::nullopt},
      {"0x1.00000000000008p0", 0x3FF0000000000000},
      {"0x1.00000000000018p0", 0x3FF0000000000002},
      {"0xffff_ffff_ffff_ffff_f", 0x4430000000000000},
      {"nan:0xfffffffffffff", 0x7FFFFFFFFFFFFFFF},
      {"nan:0x10000000000000", std::nullopt},
      {"2.2250738585072011e-308", 0x000FFFFFFFFFFFFF},
      {"9007199254740993", 0x4340000000000000},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.token);
    EXPECT_EQ(ParseF64(c.token), c.bits);
  }
}

// The C library rounds exactly too.
TEST(Number, AgreesWithTheCLibrary) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    char text[128];
    const auto digits = static_cast<unsigned long long>(random() >> (random() % 64));
    const auto more = static_cast<unsigned long long>(random());
    if (i % 2 == 0) {
      std::snprintf(text, sizeof(text), "0x%llx.%016llxp%d", digits, more,
                    static_cast<int>(random() % 2400) - 1200);
    } else {
      std::snprintf(text, sizeof(text), "%llu.%llue%d", digits, more,
                    static_cast<int>(random() % 700) - 350);
    }
    SCOPED_TRACE(text);
    const double f64 = std::strtod(text, nullptr);
    const float f32 = std::strtof(text, nullptr);
    const auto parsed64 = ParseF64(text);
    const auto parsed32 = ParseF32(text);
    ASSERT_EQ(parsed64.has_value(), f64 < HUGE_VAL);
    ASSERT_EQ(parsed32.has_value(), f32 < HUGE_VALF);
    if (parsed64) ASSERT_EQ(*parsed64, std::bit_cast<uint64_t>(f64));
    if (parsed32) ASSERT_EQ(*parsed32, std::bit_cast<uint32_t>(f32));
  }
}

TEST(Number, PrintedFloatsReadBack) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    const uint32_t low = static_cast<uint32_t>(bits);
    const bool infinite = (bits & 0x7FFFFFFFFFFFFFFF) == 0x7FF0000000000000;
    if (!infinite) ASSERT_EQ(ParseF64(F64LiteralText(bits)), bits) << F64LiteralText(bits);
    ASSERT_EQ(ParseF32(F32LiteralText(low)), low) << F32LiteralText(low);
  }
}

}  // namespace
}  // namespace airwasm::text
