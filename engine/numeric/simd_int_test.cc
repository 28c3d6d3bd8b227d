// The integer vector instructions, each against its definition lane by lane in 128-bit integers.
#include <algorithm>
#include <cstring>
#include <type_traits>

#include "engine/numeric/ops_simd.h"
#include "engine/numeric/simd_test_lanes.h"
#include "gtest/gtest.h"

namespace airwasm::numeric {
namespace {

using I128 = __int128;

// What becomes of a result that is wider than the lane.
enum class Fit { kWrap, kSaturate, kMask };  // kMask: all ones where the result is not 0

// One instruction: lane i of the result is fit(lane(a, b, i)), with the operands read as `in`.
struct Row {
  Op op;
  V128 (*eval)(V128, V128);
  LaneKind in;
  LaneKind out;
  Fit fit;
  I128 (*lane)(const Lanes& a, const Lanes& b, int i);
};

template <Op op>
V128 EvalAsBinary(V128 a, V128 b) {
  if constexpr (NumericOp<op>::kArity == 1) {
    return NumericOp<op>::Eval(a);
  } else {
    return NumericOp<op>::Eval(a, b);
  }
}
template <Op op>
constexpr Row Widens(LaneKind in, LaneKind out, decltype(Row::lane) lane, Fit fit = Fit::kWrap) {
  return {op, &EvalAsBinary<op>, in, out, fit, lane};
}
template <Op op>
constexpr Row Is(LaneKind kind, decltype(Row::lane) lane, Fit fit = Fit::kWrap) {
  return Widens<op>(kind, kind, lane, fit);
}

constexpr Fit kSaturate = Fit::kSaturate, kMask = Fit::kMask;

I128 Plus(const Lanes& a, const Lanes& b, int i) {
  return a[i] + b[i];
}
I128 Minus(const Lanes& a, const Lanes& b, int i) {
  return a[i] - b[i];
}
I128 Times(const Lanes& a, const Lanes& b, int i) {
  return a[i] * b[i];
}
I128 Negated(const Lanes& a, const Lanes&, int i) {
  return -a[i];
}
I128 Absolute(const Lanes& a, const Lanes&, int i) {
  return a[i] < 0 ? -a[i] : a[i];
}
I128 Least(const Lanes& a, const Lanes& b, int i) {
  return std::min(a[i], b[i]);
}
I128 Greatest(const Lanes& a, const Lanes& b, int i) {
  return std::max(a[i], b[i]);
}
I128 Average(const Lanes& a, const Lanes& b, int i) {
  return (a[i] + b[i] + 1) / 2;
}
I128 Ones(const Lanes& a, const Lanes&, int i) {
  I128 ones = 0;
  for (int bit = 0; bit < 8; ++bit) ones += a[i] >> bit & 1;
  return ones;
}
I128 Equal(const Lanes& a, const Lanes& b, int i) {
  return a[i] == b[i];
}
I128 Unequal(const Lanes& a, const Lanes& b, int i) {
  return a[i] != b[i];
}
I128 Less(const Lanes& a, const Lanes& b, int i) {
  return a[i] < b[i];
}
I128 Greater(const Lanes& a, const Lanes& b, int i) {
  return a[i] > b[i];
}
I128 LessEqual(const Lanes& a, const Lanes& b, int i) {
  return a[i] <= b[i];
}
I128 GreaterEqual(const Lanes& a, const Lanes& b, int i) {
  return a[i] >= b[i];
}
I128 Q15Product(const Lanes& a, const Lanes& b, int i) {
  return (a[i] * b[i] + 0x4000) >> 15;
}
I128 PairSum(const Lanes& a, const Lanes&, int i) {
  return a[2 * i] + a[2 * i + 1];
}
I128 DotPair(const Lanes& a, const Lanes& b, int i) {
  return a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
}
// The second half of the lanes starts at the number of lanes of the wider shape.
template <int kStart>
I128 Same(const Lanes& a, const Lanes&, int i) {
  return a[kStart + i];
}
template <int kStart>
I128 Product(const Lanes& a, const Lanes& b, int i) {
  return a[kStart + i] * b[kStart + i];
}
template <int kCount>
I128 Concatenated(const Lanes& a, const Lanes& b, int i) {
  return i < kCount ? a[i] : b[i - kCount];
}

constexpr Row kRows[] = {
    Is<Op::V128Not>(kU64, [](const Lanes& a, const Lanes&, int i) { return ~a[i]; }),
    Is<Op::V128And>(kU64, [](const Lanes& a, const Lanes& b, int i) { return a[i] & b[i]; }),
    Is<Op::V128Andnot>(kU64, [](const Lanes& a, const Lanes& b, int i) { return a[i] & ~b[i]; }),
    Is<Op::V128Or>(kU64, [](const Lanes& a, const Lanes& b, int i) { return a[i] | b[i]; }),
    Is<Op::V128Xor>(kU64, [](const Lanes& a, const Lanes& b, int i) { return a[i] ^ b[i]; }),

    Is<Op::I8x16Eq>(kU8, Equal, kMask),
    Is<Op::I8x16Ne>(kU8, Unequal, kMask),
    Is<Op::I8x16LtS>(kI8, Less, kMask),
    Is<Op::I8x16LtU>(kU8, Less, kMask),
    Is<Op::I8x16GtS>(kI8, Greater, kMask),
    Is<Op::I8x16GtU>(kU8, Greater, kMask),
    Is<Op::I8x16LeS>(kI8, LessEqual, kMask),
    Is<Op::I8x16LeU>(kU8, LessEqual, kMask),
    Is<Op::I8x16GeS>(kI8, GreaterEqual, kMask),
    Is<Op::I8x16GeU>(kU8, GreaterEqual, kMask),
    Is<Op::I16x8Eq>(kU16, Equal, kMask),
    Is<Op::I16x8Ne>(kU16, Unequal, kMask),
    Is<Op::I16x8LtS>(kI16, Less, kMask),
    Is<Op::I16x8LtU>(kU16, Less, kMask),
    Is<Op::I16x8GtS>(kI16, Greater, kMask),
    Is<Op::I16x8GtU>(kU16, Greater, kMask),
    Is<Op::I16x8LeS>(kI16, LessEqual, kMask),
    Is<Op::I16x8LeU>(kU16, LessEqual, kMask),
    Is<Op::I16x8GeS>(kI16, GreaterEqual, kMask),
    Is<Op::I16x8GeU>(kU16, GreaterEqual, kMask),
    Is<Op::I32x4Eq>(kU32, Equal, kMask),
    Is<Op::I32x4Ne>(kU32, Unequal, kMask),
    Is<Op::I32x4LtS>(kI32, Less, kMask),
    Is<Op::I32x4LtU>(kU32, Less, kMask),
    Is<Op::I32x4GtS>(kI32, Greater, kMask),
    Is<Op::I32x4GtU>(kU32, Greater, kMask),
    Is<Op::I32x4LeS>(kI32, LessEqual, kMask),
    Is<Op::I32x4LeU>(kU32, LessEqual, kMask),
    Is<Op::I32x4GeS>(kI32, GreaterEqual, kMask),
    Is<Op::I32x4GeU>(kU32, GreaterEqual, kMask),
    Is<Op::I64x2Eq>(kU64, Equal, kMask),
    Is<Op::I64x2Ne>(kU64, Unequal, kMask),
    Is<Op::I64x2LtS>(kI64, Less, kMask),
    Is<Op::I64x2GtS>(kI64, Greater, kMask),
    Is<Op::I64x2LeS>(kI64, LessEqual, kMask),
    Is<Op::I64x2GeS>(kI64, GreaterEqual, kMask),

    Is<Op::I8x16Add>(kU8, Plus),
    Is<Op::I16x8Add>(kU16, Plus),
    Is<Op::I32x4Add>(kU32, Plus),
    Is<Op::I64x2Add>(kU64, Plus),
    Is<Op::I8x16Sub>(kU8, Minus),
    Is<Op::I16x8Sub>(kU16, Minus),
    Is<Op::I32x4Sub>(kU32, Minus),
    Is<Op::I64x2Sub>(kU64, Minus),
    Is<Op::I16x8Mul>(kI16, Times),
    Is<Op::I32x4Mul>(kI32, Times),
    Is<Op::I64x2Mul>(kI64, Times),
    Is<Op::I8x16Neg>(kI8, Negated),
    Is<Op::I16x8Neg>(kI16, Negated),
    Is<Op::I32x4Neg>(kI32, Negated),
    Is<Op::I64x2Neg>(kI64, Negated),
    Is<Op::I8x16Abs>(kI8, Absolute),
    Is<Op::I16x8Abs>(kI16, Absolute),
    Is<Op::I32x4Abs>(kI32, Absolute),
    Is<Op::I64x2Abs>(kI64, Absolute),
    Is<Op::I8x16Popcnt>(kU8, Ones),
    Is<Op::I8x16AddSatS>(kI8, Plus, kSaturate),
    Is<Op::I8x16AddSatU>(kU8, Plus, kSaturate),
    Is<Op::I16x8AddSatS>(kI16, Plus, kSaturate),
    Is<Op::I16x8AddSatU>(kU16, Plus, kSaturate),
    Is<Op::I8x16SubSatS>(kI8, Minus, kSaturate),
    Is<Op::I8x16SubSatU>(kU8, Minus, kSaturate),
    Is<Op::I16x8SubSatS>(kI16, Minus, kSaturate),
    Is<Op::I16x8SubSatU>(kU16, Minus, kSaturate),
    Is<Op::I8x16MinS>(kI8, Least),
    Is<Op::I8x16MinU>(kU8, Least),
    Is<Op::I16x8MinS>(kI16, Least),
    Is<Op::I16x8MinU>(kU16, Least),
    Is<Op::I32x4MinS>(kI32, Least),
    Is<Op::I32x4MinU>(kU32, Least),
    Is<Op::I8x16MaxS>(kI8, Greatest),
    Is<Op::I8x16MaxU>(kU8, Greatest),
    Is<Op::I16x8MaxS>(kI16, Greatest),
    Is<Op::I16x8MaxU>(kU16, Greatest),
    Is<Op::I32x4MaxS>(kI32, Greatest),
    Is<Op::I32x4MaxU>(kU32, Greatest),
    Is<Op::I8x16AvgrU>(kU8, Average),
    Is<Op::I16x8AvgrU>(kU16, Average),
    Is<Op::I16x8Q15mulrSatS>(kI16, Q15Product, kSaturate),
    Is<Op::I16x8RelaxedQ15mulrS>(kI16, Q15Product, kSaturate),

    Widens<Op::I8x16NarrowI16x8S>(kI16, kI8, Concatenated<8>, kSaturate),
    Widens<Op::I8x16NarrowI16x8U>(kI16, kU8, Concatenated<8>, kSaturate),
    Widens<Op::I16x8NarrowI32x4S>(kI32, kI16, Concatenated<4>, kSaturate),
    Widens<Op::I16x8NarrowI32x4U>(kI32, kU16, Concatenated<4>, kSaturate),
    Widens<Op::I16x8ExtendLowI8x16S>(kI8, kI16, Same<0>),
    Widens<Op::I16x8ExtendHighI8x16S>(kI8, kI16, Same<8>),
    Widens<Op::I16x8ExtendLowI8x16U>(kU8, kU16, Same<0>),
    Widens<Op::I16x8ExtendHighI8x16U>(kU8, kU16, Same<8>),
    Widens<Op::I32x4ExtendLowI16x8S>(kI16, kI32, Same<0>),
    Widens<Op::I32x4ExtendHighI16x8S>(kI16, kI32, Same<4>),
    Widens<Op::I32x4ExtendLowI16x8U>(kU16, kU32, Same<0>),
    Widens<Op::I32x4ExtendHighI16x8U>(kU16, kU32, Same<4>),
    Widens<Op::I64x2ExtendLowI32x4S>(kI32, kI64, Same<0>),
    Widens<Op::I64x2ExtendHighI32x4S>(kI32, kI64, Same<2>),
    Widens<Op::I64x2ExtendLowI32x4U>(kU32, kU64, Same<0>),
    Widens<Op::I64x2ExtendHighI32x4U>(kU32, kU64, Same<2>),
    Widens<Op::I16x8ExtmulLowI8x16S>(kI8, kI16, Product<0>),
    Widens<Op::I16x8ExtmulHighI8x16S>(kI8, kI16, Product<8>),
    Widens<Op::I16x8ExtmulLowI8x16U>(kU8, kU16, Product<0>),
    Widens<Op::I16x8ExtmulHighI8x16U>(kU8, kU16, Product<8>),
    Widens<Op::I32x4ExtmulLowI16x8S>(kI16, kI32, Product<0>),
    Widens<Op::I32x4ExtmulHighI16x8S>(kI16, kI32, Product<4>),
    Widens<Op::I32x4ExtmulLowI16x8U>(kU16, kU32, Product<0>),
    Widens<Op::I32x4ExtmulHighI16x8U>(kU16, kU32, Product<4>),
    Widens<Op::I64x2ExtmulLowI32x4S>(kI32, kI64, Product<0>),
    Widens<Op::I64x2ExtmulHighI32x4S>(kI32, kI64, Product<2>),
    Widens<Op::I64x2ExtmulLowI32x4U>(kU32, kU64, Product<0>),
    Widens<Op::I64x2ExtmulHighI32x4U>(kU32, kU64, Product<2>),
    Widens<Op::I16x8ExtaddPairwiseI8x16S>(kI8, kI16, PairSum),
    Widens<Op::I16x8ExtaddPairwiseI8x16U>(kU8, kU16, PairSum),
    Widens<Op::I32x4ExtaddPairwiseI16x8S>(kI16, kI32, PairSum),
    Widens<Op::I32x4ExtaddPairwiseI16x8U>(kU16, kU32, PairSum),
    Widens<Op::I32x4DotI16x8S>(kI16, kI32, DotPair),
    Widens<Op::I16x8RelaxedDotI8x16I7x16S>(kI8, kI16, DotPair),
};

TEST(SimdIntTest, EveryRowMatchesItsDefinitionByLanes) {
  const std::vector<V128> operands = IntOperands();
  for (const Row& row : kRows) {
    SCOPED_TRACE(Info(row.op).text);
    for (const V128 a : operands) {
      for (const V128 b : operands) {
        const Lanes lanes_a(a, row.in), lanes_b(b, row.in);
        V128::Bytes expected{};
        for (int i = 0; i < row.out.count(); ++i) {
          I128 value = row.lane(lanes_a, lanes_b, i);
          if (row.fit == Fit::kSaturate) value = std::clamp(value, row.out.min(), row.out.max());
          if (row.fit == Fit::kMask) value = value != 0 ? -1 : 0;
          WriteLane(expected, row.out.bits, i, value);
        }
        ASSERT_EQ(row.eval(a, b), V128::FromBytes(expected)) << "operands " << a << " and " << b;
      }
    }
  }
}

const struct {
  Op op;
  V128 (*eval)(V128, uint32_t);
  LaneKind kind;
  bool left;
} kShifts[] = {
    {Op::I8x16Shl, &NumericOp<Op::I8x16Shl>::Eval, kU8, true},
    {Op::I8x16ShrS, &NumericOp<Op::I8x16ShrS>::Eval, kI8, false},
    {Op::I8x16ShrU, &NumericOp<Op::I8x16ShrU>::Eval, kU8, false},
    {Op::I16x8Shl, &NumericOp<Op::I16x8Shl>::Eval, kU16, true},
    {Op::I16x8ShrS, &NumericOp<Op::I16x8ShrS>::Eval, kI16, false},
    {Op::I16x8ShrU, &NumericOp<Op::I16x8ShrU>::Eval, kU16, false},
    {Op::I32x4Shl, &NumericOp<Op::I32x4Shl>::Eval, kU32, true},
    {Op::I32x4ShrS, &NumericOp<Op::I32x4ShrS>::Eval, kI32, false},
    {Op::I32x4ShrU, &NumericOp<Op::I32x4ShrU>::Eval, kU32, false},
    {Op::I64x2Shl, &NumericOp<Op::I64x2Shl>::Eval, kU64, true},
    {Op::I64x2ShrS, &NumericOp<Op::I64x2ShrS>::Eval, kI64, false},
    {Op::I64x2ShrU, &NumericOp<Op::I64x2ShrU>::Eval, kU64, false},
};
TEST(SimdIntTest, ShiftsTakeTheCountModuloTheLane) {
  for (const auto& row : kShifts) {
    SCOPED_TRACE(Info(row.op).text);
    for (const V128 a : IntOperands()) {
      for (const uint32_t count :
           {0u, 1u, 5u, 7u, 8u, 15u, 16u, 31u, 32u, 63u, 64u, 65u, 255u, 256u, 0xFFFFFFFFu}) {
        const Lanes lanes(a, row.kind);
        V128::Bytes expected{};
        for (int i = 0; i < row.kind.count(); ++i) {
          const auto n = static_cast<int>(count % static_cast<uint32_t>(row.kind.bits));
          const I128 factor = I128{1} << n;
          WriteLane(expected, row.kind.bits, i, row.left ? lanes[i] * factor : lanes[i] >> n);
        }
        ASSERT_EQ(row.eval(a, count), V128::FromBytes(expected)) << a << " by " << count;
      }
    }
  }
}

const struct {
  int bits;
  uint32_t (*all_true)(V128);
  uint32_t (*bitmask)(V128);
} kTruths[] = {
    {8, &NumericOp<Op::I8x16AllTrue>::Eval, &NumericOp<Op::I8x16Bitmask>::Eval},
    {16, &NumericOp<Op::I16x8AllTrue>::Eval, &NumericOp<Op::I16x8Bitmask>::Eval},
    {32, &NumericOp<Op::I32x4AllTrue>::Eval, &NumericOp<Op::I32x4Bitmask>::Eval},
    {64, &NumericOp<Op::I64x2AllTrue>::Eval, &NumericOp<Op::I64x2Bitmask>::Eval},
};
TEST(SimdIntTest, TruthOfLanes) {
  std::vector<V128> operands = IntOperands();
  for (int i = 0; i < 16; ++i) {  // one lane unlike all others
    V128::Bytes bytes{};
    bytes[i] = 0x80;
    operands.push_back(V128::FromBytes(bytes));
    for (uint8_t& byte : bytes) byte ^= 0x80;
    operands.push_back(V128::FromBytes(bytes));
  }
  for (const V128 a : operands) {
    SCOPED_TRACE(a);
    EXPECT_EQ(NumericOp<Op::V128AnyTrue>::Eval(a), a == V128{} ? 0u : 1u);
    for (const auto& row : kTruths) {
      SCOPED_TRACE(row.bits);
      const Lanes lanes(a, {row.bits, true});
      uint32_t all = 1, mask = 0;
      for (int i = 0; i < 128 / row.bits; ++i) {
        if (lanes[i] == 0) all = 0;
        if (lanes[i] < 0) mask |= 1u << i;
      }
      EXPECT_EQ(row.all_true(a), all);
      EXPECT_EQ(row.bitmask(a), mask);
    }
  }
}

// bitselect, and laneselect, which is the same on whole lanes and one of the allowed results
// elsewhere.
TEST(SimdIntTest, SelectsBits) {
  TestRandom random;
  for (const V128 mask : IntOperands()) {
    const V128 a = random.NextV128(), b = random.NextV128();
    V128::Bytes expected{};
    for (int i = 0; i < 16; ++i) {
      const uint8_t m = mask.bytes[i];
      expected[i] = static_cast<uint8_t>((a.bytes[i] & m) | (b.bytes[i] & ~m));
    }
    EXPECT_EQ(NumericOp<Op::V128Bitselect>::Eval(a, b, mask), V128::FromBytes(expected)) << mask;
    EXPECT_EQ(NumericOp<Op::I8x16RelaxedLaneselect>::Eval(a, b, mask), V128::FromBytes(expected))
        << mask;
  }
}

TEST(SimdIntTest, RelaxedDotAddSumsFourProducts) {
  TestRandom random;
  for (const V128 a : IntOperands()) {
    for (const V128 b : IntOperands()) {
      const V128 c = random.NextV128();
      const Lanes lanes_a(a, kI8), lanes_b(b, kI8), lanes_c(c, kI32);
      V128::Bytes expected{};
      for (int i = 0; i < 4; ++i) {
        I128 sum = lanes_c[i];
        for (int pair = 0; pair < 2; ++pair)
          sum += static_cast<int16_t>(DotPair(lanes_a, lanes_b, 2 * i + pair));
        WriteLane(expected, 32, i, sum);
      }
      ASSERT_EQ(NumericOp<Op::I32x4RelaxedDotI8x16I7x16AddS>::Eval(a, b, c),
                V128::FromBytes(expected))
          << a << " and " << b;
    }
  }
}

TEST(SimdLaneTest, SwizzleGivesZeroForEveryIndexFrom16On) {
  TestRandom random;
  const V128 a = random.NextV128();
  for (int first = 0; first < 256; ++first) {
    V128::Bytes indices{}, expected{};
    for (int i = 0; i < 16; ++i) {
      indices[i] = static_cast<uint8_t>(first + 11 * i);
      expected[i] = indices[i] < 16 ? a.bytes[indices[i]] : 0;
    }
    const V128 index = V128::FromBytes(indices);
    ASSERT_EQ(NumericOp<Op::I8x16Swizzle>::Eval(a, index), V128::FromBytes(expected)) << index;
    ASSERT_EQ(NumericOp<Op::I8x16RelaxedSwizzle>::Eval(a, index), V128::FromBytes(expected))
        << index;
    ASSERT_EQ(simd::PortableSwizzle(a, index), V128::FromBytes(expected)) << index;
  }
}

TEST(SimdLaneTest, ShufflePicksFromBothOperands) {
  TestRandom random;
  const V128 a = random.NextV128(), b = random.NextV128();
  for (int first = 0; first < 32; ++first) {
    V128::Bytes indices{}, expected{};
    for (int i = 0; i < 16; ++i) {
      indices[i] = static_cast<uint8_t>((first + 11 * i) % 32);
      expected[i] = indices[i] < 16 ? a.bytes[indices[i]] : b.bytes[indices[i] - 16];
    }
    const V128 index = V128::FromBytes(indices);
    ASSERT_EQ(NumericOp<Op::I8x16Shuffle>::Eval(a, b, index), V128::FromBytes(expected)) << index;
    ASSERT_EQ(simd::PortableShuffle(a, b, index), V128::FromBytes(expected)) << index;
  }
}

// splat, extract and replace of one shape; `Narrow` reads a lane, `T` is what it travels as.
template <Op kSplat, Op kReplace, Op kExtract, class Narrow, class T>
void CheckLaneAccess(std::initializer_list<T> values) {
  SCOPED_TRACE(Info(kExtract).text);
  constexpr int kCount = 16 / sizeof(Narrow);
  const V128 base = TestRandom().NextV128();
  for (const T value : values) {
    const auto as_lane = static_cast<Narrow>(value);
    V128::Bytes lane_bytes{};
    std::memcpy(lane_bytes.data(), &as_lane, sizeof(as_lane));
    V128::Bytes splat{};
    for (int i = 0; i < 16; ++i) splat[i] = lane_bytes[i % sizeof(Narrow)];
    EXPECT_EQ(NumericOp<kSplat>::Eval(value), V128::FromBytes(splat));
    for (uint8_t lane = 0; lane < kCount; ++lane) {
      V128::Bytes expected = base.ToBytes();
      std::memcpy(&expected[lane * sizeof(Narrow)], &as_lane, sizeof(as_lane));
      const V128 replaced = NumericOp<kReplace>::Eval(base, value, lane);
      EXPECT_EQ(replaced, V128::FromBytes(expected)) << int{lane};
      EXPECT_EQ(NumericOp<kExtract>::Eval(replaced, lane), static_cast<T>(as_lane)) << int{lane};
    }
  }
}
TEST(SimdLaneTest, SplatReplaceExtract) {
  CheckLaneAccess<Op::I8x16Splat, Op::I8x16ReplaceLane, Op::I8x16ExtractLaneS, int8_t, uint32_t>(
      {0x17F, 0x80, 0xFF});
  CheckLaneAccess<Op::I8x16Splat, Op::I8x16ReplaceLane, Op::I8x16ExtractLaneU, uint8_t, uint32_t>(
      {0x17F, 0x80, 0xFF});
  CheckLaneAccess<Op::I16x8Splat, Op::I16x8ReplaceLane, Op::I16x8ExtractLaneS, int16_t, uint32_t>(
      {0x17FFF, 0x8000});
  CheckLaneAccess<Op::I16x8Splat, Op::I16x8ReplaceLane, Op::I16x8ExtractLaneU, uint16_t, uint32_t>(
      {0x17FFF, 0x8000});
  CheckLaneAccess<Op::I32x4Splat, Op::I32x4ReplaceLane, Op::I32x4ExtractLane, uint32_t, uint32_t>(
      {0x12345678, ~0u});
  CheckLaneAccess<Op::I64x2Splat, Op::I64x2ReplaceLane, Op::I64x2ExtractLane, uint64_t, uint64_t>(
      {0x123456789ABCDEF0});
  CheckLaneAccess<Op::F32x4Splat, Op::F32x4ReplaceLane, Op::F32x4ExtractLane, float, float>(
      {-0.0f, 1.5f});
  CheckLaneAccess<Op::F64x2Splat, Op::F64x2ReplaceLane, Op::F64x2ExtractLane, double, double>(
      {-0.0, 1.5});
}

}  // namespace
}  // namespace airwasm::numeric
