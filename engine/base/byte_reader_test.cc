#include "engine/base/byte_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace airwasm {
namespace {

TEST(ByteReader, SignedLeb) {
  const struct {
    std::string_view name;
    std::vector<uint8_t> bytes;
    int bits;
    int64_t value;
    std::string_view error;
  } kCases[] = {
      {"zero", {0x00}, 32, 0, ""},
      {"minus one", {0x7f}, 32, -1, ""},
      {"-64 in one byte", {0x40}, 32, -64, ""},
      {"min i32", {0x80, 0x80, 0x80, 0x80, 0x78}, 32, INT32_MIN, ""},
      {"max i32", {0xff, 0xff, 0xff, 0xff, 0x07}, 32, INT32_MAX, ""},
      {"i32 with bad sign bits", {0xff, 0xff, 0xff, 0xff, 0x4f}, 32, 0, "integer too large"},
      {"i32 with bad positive bits", {0x80, 0x80, 0x80, 0x80, 0x08}, 32, 0, "integer too large"},
      {"i32 six bytes",
       {0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
       32,
       0,
       "integer representation too long"},
      {"s33 minus 2^32", {0x80, 0x80, 0x80, 0x80, 0x70}, 33, -(int64_t{1} << 32), ""},
      {"min i64", {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}, 64, INT64_MIN, ""},
      {"i64 bad last byte",
       {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e},
       64,
       0,
       "integer too large"},
      {"cut", {0x80}, 64, 0, "unexpected end"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    ByteReader reader(c.bytes);
    const int64_t got = c.bits == 32   ? reader.VarS32()
                        : c.bits == 33 ? reader.VarS33()
                                       : reader.VarS64();
    EXPECT_EQ(got, c.value);
    EXPECT_EQ(reader.ok() ? "" : reader.error().message, c.error);
  }
}

TEST(ByteReader, UnsignedLebEdges) {
  const std::vector<uint8_t> max32 = {0xff, 0xff, 0xff, 0xff, 0x0f};
  EXPECT_EQ(ByteReader(max32).VarU32(), UINT32_MAX);
  const std::vector<uint8_t> max64 = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  EXPECT_EQ(ByteReader(max64).VarU64(), UINT64_MAX);
  const std::vector<uint8_t> large = {0xff, 0xff, 0xff, 0xff, 0x1f};
  ByteReader reader(large);
  EXPECT_EQ(reader.VarU32(), 0u);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().message, "integer too large");
}

TEST(ByteReader, FirstErrorStaysAndReadsYieldZero) {
  const std::vector<uint8_t> bytes = {1, 2};
  ByteReader reader(bytes, 100);
  reader.U8();
  EXPECT_TRUE(reader.Bytes(5).empty());
  EXPECT_EQ(reader.U8(), 0);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().offset, 101u);
  EXPECT_EQ(reader.error().message, "unexpected end");
}

}  // namespace
}  // namespace airwasm
