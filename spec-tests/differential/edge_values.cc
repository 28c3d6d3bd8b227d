#include "spec-tests/differential/edge_values.h"

#include <cstring>

namespace airwasm::differential {
namespace {

constexpr uint64_t kI32Edges[] = {
    0,  1,  2,  0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 7,      8,      15,     16,         31,
    32, 33, 65, 0x7F,       0x80,       0xFF,       0x7FFF, 0x8000, 0xFFFF, 0x80000001, 0x12345678};
constexpr uint64_t kI64Edges[] = {0,
                                  1,
                                  2,
                                  0xFFFFFFFFFFFFFFFF,
                                  0x8000000000000000,
                                  0x7FFFFFFFFFFFFFFF,
                                  31,
                                  32,
                                  63,
                                  64,
                                  65,
                                  0x80,
                                  0xFFFF,
                                  0x7FFFFFFF,
                                  0x80000000,
                                  0xFFFFFFFF,
                                  0x100000000,
                                  0x8000000000000001,
                                  0x20000000000001,  // 2^53 + 1: the first that f64 rounds
                                  0x123456789ABCDEF0};
constexpr uint64_t kF32Edges[] = {
    0x00000000, 0x80000000,                                                  // zeros
    0x3F800000, 0xBF800000, 0x3F000000, 0xBF000000, 0x3FC00000, 0x40200000,  // 1, 0.5, 1.5, 2.5
    0xBF7FFFFF,                                                              // above -1
    0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF,                          // denormals, max
    0x7F800000, 0xFF800000,                                                  // infinities
    0x7FC00000, 0xFFC00000, 0x7FC12345, 0x7FA00000, 0xFF800001,              // NaNs
    0x4EFFFFFF, 0x4F000000, 0xCF000000, 0xCF000001, 0x4F7FFFFF, 0x4F800000,  // 2^31, 2^32
    0x5EFFFFFF, 0x5F000000, 0xDF000000, 0xDF000001, 0x5F7FFFFF, 0x5F800000,  // 2^63, 2^64
    0x4B000001, 0x4B7FFFFF};  // where the last bit is a half, and 1
constexpr uint64_t kF64Edges[] = {
    0x0000000000000000, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000,
    0x3FE0000000000000, 0xBFE0000000000000, 0x3FF8000000000000, 0x4004000000000000,
    0xBFEFFFFFFFFFFFFF, 0x0000000000000001, 0x800FFFFFFFFFFFFF, 0x0010000000000000,
    0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000,
    0xFFF8000000000000, 0x7FF8000012345678, 0x7FF4000000000000, 0xFFF0000000000001,
    // Around the ends of i32, u32, i64 and u64.
    0x41DFFFFFFFC00000, 0x41DFFFFFFFFFFFFF, 0x41E0000000000000, 0xC1E0000000000000,
    0xC1E00000001FFFFF, 0xC1E0000000200000, 0x41EFFFFFFFE00000, 0x41EFFFFFFFFFFFFF,
    0x41F0000000000000, 0x43DFFFFFFFFFFFFF, 0x43E0000000000000, 0xC3E0000000000000,
    0xC3E0000000000001, 0x43EFFFFFFFFFFFFF, 0x43F0000000000000,
    // Around the ends of f32: its maximum, what rounds to infinity, its least, half of that.
    0x47EFFFFFE0000000, 0x47EFFFFFEFFFFFFF, 0x47EFFFFFF0000000, 0x36A0000000000000,
    0x3690000000000000, 0x3690000000000001};

struct V128Edge {
  uint64_t low;
  uint64_t high;
};
constexpr V128Edge kV128Edges[] = {
    {0, 0},
    {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF},
    {0x0706050403020100, 0x0F0E0D0C0B0A0908},
    {0x8080808080808080, 0x8080808080808080},
    {0x7F807F80FF01FE02, 0x00FF10EF20DF807F},  // i8: extremes
    {0x80007FFF80007FFF, 0xFFFF000100008001},  // i16: extremes
    {0x7FFFFFFF80000000, 0x00000001FFFFFFFF},  // i32: extremes
    {0x8000000000000000, 0x7FFFFFFFFFFFFFFF},  // i64: extremes
    {0x0123456789ABCDEF, 0xFEDCBA9876543210},
    {0x8000000000000000, 0xBF8000003F800000},   // f32: +0 -0 1 -1
    {0xFF8000007F800000, 0x7FA000007FC00000},   // f32: infinities, NaN, signaling NaN
    {0xFFC123457FC12345, 0xFF8000013FC00000},   // f32: NaNs with payloads, signaling NaN, 1.5
    {0xCF0000014F000000, 0x4F7FFFFF4F800000},   // f32: 2^31, below -2^31, 2^32, below it
    {0x807FFFFF00000001, 0xBF0000007F7FFFFF},   // f32: denormals, max, -0.5
    {0x0000000000000000, 0x8000000000000000},   // f64: +0 -0
    {0x7FF0000000000000, 0x7FF8000000000000},   // f64: infinity, NaN
    {0x7FF4000000000000, 0xFFF8000012345678},   // f64: signaling NaN, NaN with a payload
    {0x41E0000000000000, 0xC1E0000000200000},   // f64: 2^31, below -2^31
    {0x41EFFFFFFFFFFFFF, 0x41F0000000000000},   // f64: around 2^32
    {0x47EFFFFFF0000000, 0x3FF8000000000000},   // f64: rounds to an infinite f32, 1.5
    {0x0000000000000001, 0x7FEFFFFFFFFFFFFF}};  // f64: least, largest

template <size_t n>
std::vector<V128Bytes> ToBytes(const uint64_t (&values)[n]) {
  std::vector<V128Bytes> bytes;
  for (const uint64_t value : values) bytes.push_back(Bits(value));
  return bytes;
}
template <size_t n>
std::vector<V128Bytes> ToBytes(const V128Edge (&values)[n]) {
  std::vector<V128Bytes> bytes;
  for (const V128Edge& value : values) bytes.push_back(Bits(value.low, value.high));
  return bytes;
}

}  // namespace

V128Bytes Bits(uint64_t low, uint64_t high) {
  V128Bytes bytes;
  std::memcpy(bytes.data(), &low, 8);
  std::memcpy(bytes.data() + 8, &high, 8);
  return bytes;
}

uint64_t LowBits(const V128Bytes& bytes) {
  uint64_t low;
  std::memcpy(&low, bytes.data(), 8);
  return low;
}

std::span<const V128Bytes> EdgeBits(ValType type) {
  static const std::vector<V128Bytes> i32 = ToBytes(kI32Edges), i64 = ToBytes(kI64Edges),
                                      f32 = ToBytes(kF32Edges), f64 = ToBytes(kF64Edges),
                                      v128 = ToBytes(kV128Edges);
  switch (type.kind()) {
    case ValKind::kI32:
      return i32;
    case ValKind::kI64:
      return i64;
    case ValKind::kF32:
      return f32;
    case ValKind::kF64:
      return f64;
    case ValKind::kV128:
      return v128;
    case ValKind::kRef:
    case ValKind::kBottom:
      break;
  }
  return {};
}

std::span<const V128Bytes> FewEdgeBits(ValType type) {
  static const std::vector<V128Bytes> i32 = {Bits(0), Bits(1), Bits(2),  Bits(3),         Bits(4),
                                             Bits(5), Bits(7), Bits(16), Bits(0xFFFFFFFF)};
  static const std::vector<V128Bytes> i64 = {Bits(0), Bits(1), Bits(3), Bits(~uint64_t{0}),
                                             Bits(uint64_t{1} << 32)};
  const std::span<const V128Bytes> all = EdgeBits(type);
  if (type == kI32) return i32;
  if (type == kI64) return i64;
  return all.subspan(2, 3);
}

Value EdgeValue(ValType type, size_t index) {
  return Value::FromBits(type, EdgeBits(type)[index]);
}

std::vector<std::vector<uint32_t>> Tuples(std::span<const uint32_t> sizes, size_t max) {
  size_t count = 1;
  for (const uint32_t size : sizes) count *= size;
  std::vector<std::vector<uint32_t>> tuples;
  Random random(count);
  for (size_t i = 0; i < std::min(count, max); ++i) {
    std::vector<uint32_t> tuple;
    size_t rest = i;
    for (const uint32_t size : sizes) {
      if (count <= max) {
        tuple.push_back(static_cast<uint32_t>(rest % size));
        rest /= size;
      } else {
        // The first ones walk along the diagonal.
        tuple.push_back(i < 2 * size ? static_cast<uint32_t>(i % size) : random.Below(size));
      }
    }
    tuples.push_back(std::move(tuple));
  }
  return tuples;
}

}  // namespace airwasm::differential
