// The floating-point vector instructions and conversions: each lane does what the scalar
// instruction does.
#include <string_view>
#include <vector>

#include "engine/numeric/float_test_values.h"
#include "engine/numeric/ops.h"
#include "engine/numeric/simd_test_lanes.h"
#include "gtest/gtest.h"

namespace airwasm::numeric {
namespace {

// Vectors over FloatOperands in which every pair of neighbours meets at some lane, three steps
// further apart each time.
template <class F>
std::vector<V128> FloatVectors(size_t step) {
  const std::vector<F> values = FloatOperands<F>();
  std::vector<V128> vectors;
  for (size_t i = 0; i < values.size(); ++i) {
    Vec<F> lanes = F{0};
    for (size_t lane = 0; lane < kLanes<F>; ++lane)
      lanes[lane] = values[(i + lane * step) % values.size()];
    vectors.push_back(FromLanes(lanes));
  }
  return vectors;
}

template <class F>
testing::AssertionResult LaneAgrees(F got, F expected, std::initializer_list<F> operands) {
  const bool good = IsNanBits<F>(ToBits(expected)) ? IsAllowedNan<F>(got, operands)
                                                   : ToBits(got) == ToBits(expected);
  if (good) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << std::hex << ToBits(got) << " instead of " << ToBits(expected);
}

template <class F>
struct UnaryRow {
  Op op;
  V128 (*eval)(V128);
  F (*scalar)(F);
};
template <class F>
struct BinaryRow {
  Op op;
  V128 (*eval)(V128, V128);
  F (*scalar)(F, F);
};
template <Op op, Op scalar, class F>
constexpr UnaryRow<F> Unary() {
  return {op, &NumericOp<op>::Eval, &NumericOp<scalar>::Eval};
}
template <Op op, Op scalar, class F>
constexpr BinaryRow<F> Binary() {
  return {op, &NumericOp<op>::Eval, &NumericOp<scalar>::Eval};
}

template <class F>
void CheckUnary(std::initializer_list<UnaryRow<F>> rows) {
  for (const auto& row : rows) {
    SCOPED_TRACE(Info(row.op).text);
    for (const V128 a : FloatVectors<F>(1)) {
      const auto got = row.eval(a).template As<F>();
      for (size_t i = 0; i < kLanes<F>; ++i) {
        const F x = a.As<F>()[i];
        ASSERT_TRUE(LaneAgrees<F>(got[i], row.scalar(x), {x})) << a << " lane " << i;
      }
    }
  }
}
template <class F>
void CheckBinary(std::initializer_list<BinaryRow<F>> rows) {
  for (const auto& row : rows) {
    SCOPED_TRACE(Info(row.op).text);
    for (const V128 a : FloatVectors<F>(1)) {
      for (const V128 b : FloatVectors<F>(3)) {
        const auto got = row.eval(a, b).template As<F>();
        for (size_t i = 0; i < kLanes<F>; ++i) {
          const F x = a.As<F>()[i], y = b.As<F>()[i];
          ASSERT_TRUE(LaneAgrees<F>(got[i], row.scalar(x, y), {x, y}))
              << a << " and " << b << " lane " << i;
        }
      }
    }
  }
}

TEST(SimdFloatTest, F32x4LanesMatchF32) {
  CheckUnary<float>({
      Unary<Op::F32x4Sqrt, Op::F32Sqrt, float>(),
      Unary<Op::F32x4Ceil, Op::F32Ceil, float>(),
      Unary<Op::F32x4Floor, Op::F32Floor, float>(),
      Unary<Op::F32x4Trunc, Op::F32Trunc, float>(),
      Unary<Op::F32x4Nearest, Op::F32Nearest, float>(),
  });
  CheckBinary<float>({
      Binary<Op::F32x4Add, Op::F32Add, float>(),
      Binary<Op::F32x4Sub, Op::F32Sub, float>(),
      Binary<Op::F32x4Mul, Op::F32Mul, float>(),
      Binary<Op::F32x4Div, Op::F32Div, float>(),
      Binary<Op::F32x4Min, Op::F32Min, float>(),
      Binary<Op::F32x4Max, Op::F32Max, float>(),
      Binary<Op::F32x4RelaxedMin, Op::F32Min, float>(),
      Binary<Op::F32x4RelaxedMax, Op::F32Max, float>(),
  });
}
TEST(SimdFloatTest, F64x2LanesMatchF64) {
  CheckUnary<double>({
      Unary<Op::F64x2Sqrt, Op::F64Sqrt, double>(),
      Unary<Op::F64x2Ceil, Op::F64Ceil, double>(),
      Unary<Op::F64x2Floor, Op::F64Floor, double>(),
      Unary<Op::F64x2Trunc, Op::F64Trunc, double>(),
      Unary<Op::F64x2Nearest, Op::F64Nearest, double>(),
  });
  CheckBinary<double>({
      Binary<Op::F64x2Add, Op::F64Add, double>(),
      Binary<Op::F64x2Sub, Op::F64Sub, double>(),
      Binary<Op::F64x2Mul, Op::F64Mul, double>(),
      Binary<Op::F64x2Div, Op::F64Div, double>(),
      Binary<Op::F64x2Min, Op::F64Min, double>(),
      Binary<Op::F64x2Max, Op::F64Max, double>(),
      Binary<Op::F64x2RelaxedMin, Op::F64Min, double>(),
      Binary<Op::F64x2RelaxedMax, Op::F64Max, double>(),
  });
}

// Comparisons, and what only moves bits: exact, also for NaN.
template <class F>
struct ExactRow {
  Op op;
  V128 (*eval)(V128, V128);
  BitsOf<F> (*lane)(F, F);
};
template <class F>
void CheckExact(std::initializer_list<ExactRow<F>> rows) {
  for (const auto& row : rows) {
    SCOPED_TRACE(Info(row.op).text);
    for (const V128 a : FloatVectors<F>(1)) {
      for (const V128 b : FloatVectors<F>(3)) {
        const auto got = row.eval(a, b).template As<BitsOf<F>>();
        for (size_t i = 0; i < kLanes<F>; ++i) {
          ASSERT_EQ(got[i], row.lane(a.As<F>()[i], b.As<F>()[i]))
              << a << " and " << b << " lane " << i;
        }
      }
    }
  }
}
template <class F, Op eq, Op ne, Op lt, Op gt, Op le, Op ge, Op pmin, Op pmax, Op abs, Op neg>
void CheckExactRows() {
  using Bits = BitsOf<F>;
  CheckExact<F>({
      {eq, &NumericOp<eq>::Eval, [](F a, F b) -> Bits { return Bits{0} - (a == b); }},
      {ne, &NumericOp<ne>::Eval, [](F a, F b) -> Bits { return Bits{0} - (a != b); }},
      {lt, &NumericOp<lt>::Eval, [](F a, F b) -> Bits { return Bits{0} - (a < b); }},
      {gt, &NumericOp<gt>::Eval, [](F a, F b) -> Bits { return Bits{0} - (a > b); }},
      {le, &NumericOp<le>::Eval, [](F a, F b) -> Bits { return Bits{0} - (a <= b); }},
      {ge, &NumericOp<ge>::Eval, [](F a, F b) -> Bits { return Bits{0} - (a >= b); }},
      {pmin, &NumericOp<pmin>::Eval, [](F a, F b) -> Bits { return ToBits(b < a ? b : a); }},
      {pmax, &NumericOp<pmax>::Eval, [](F a, F b) -> Bits { return ToBits(a < b ? b : a); }},
      {abs, [](V128 a, V128) { return NumericOp<abs>::Eval(a); },
       [](F a, F) -> Bits { return ToBits(a) & (kSignBit<F> - 1); }},
      {neg, [](V128 a, V128) { return NumericOp<neg>::Eval(a); },
       [](F a, F) -> Bits { return ToBits(a) ^ kSignBit<F>; }},
  });
}
TEST(SimdFloatTest, ComparisonsAndBitMovesAreExact) {
  CheckExactRows<float, Op::F32x4Eq, Op::F32x4Ne, Op::F32x4Lt, Op::F32x4Gt, Op::F32x4Le,
                 Op::F32x4Ge, Op::F32x4Pmin, Op::F32x4Pmax, Op::F32x4Abs, Op::F32x4Neg>();
  CheckExactRows<double, Op::F64x2Eq, Op::F64x2Ne, Op::F64x2Lt, Op::F64x2Gt, Op::F64x2Le,
                 Op::F64x2Ge, Op::F64x2Pmin, Op::F64x2Pmax, Op::F64x2Abs, Op::F64x2Neg>();
}

TEST(SimdConvertTest, TruncSatMatchesTheScalar) {
  for (const V128 a : FloatVectors<float>(1)) {
    SCOPED_TRACE(a);
    const auto s = NumericOp<Op::I32x4TruncSatF32x4S>::Eval(a).As<uint32_t>();
    const auto u = NumericOp<Op::I32x4TruncSatF32x4U>::Eval(a).As<uint32_t>();
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(s[i], NumericOp<Op::I32TruncSatF32S>::Eval(a.As<float>()[i])) << i;
      EXPECT_EQ(u[i], NumericOp<Op::I32TruncSatF32U>::Eval(a.As<float>()[i])) << i;
    }
    EXPECT_EQ(FromLanes(s), simd::PortableTruncSatF32x4<int32_t>(a));
    EXPECT_EQ(FromLanes(s), NumericOp<Op::I32x4RelaxedTruncF32x4S>::Eval(a));
    EXPECT_EQ(FromLanes(u), simd::PortableTruncSatF32x4<uint32_t>(a));
    EXPECT_EQ(FromLanes(u), NumericOp<Op::I32x4RelaxedTruncF32x4U>::Eval(a));
  }
  for (const V128 a : FloatVectors<double>(1)) {
    SCOPED_TRACE(a);
    const auto s = NumericOp<Op::I32x4TruncSatF64x2SZero>::Eval(a).As<uint32_t>();
    const auto u = NumericOp<Op::I32x4TruncSatF64x2UZero>::Eval(a).As<uint32_t>();
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(s[i], i < 2 ? NumericOp<Op::I32TruncSatF64S>::Eval(a.As<double>()[i]) : 0) << i;
      EXPECT_EQ(u[i], i < 2 ? NumericOp<Op::I32TruncSatF64U>::Eval(a.As<double>()[i]) : 0) << i;
    }
    EXPECT_EQ(FromLanes(s), NumericOp<Op::I32x4RelaxedTruncF64x2SZero>::Eval(a));
    EXPECT_EQ(FromLanes(u), NumericOp<Op::I32x4RelaxedTruncF64x2UZero>::Eval(a));
  }
}

TEST(SimdConvertTest, IntegersConvertAsTheScalar) {
  for (const V128 a : IntOperands()) {
    SCOPED_TRACE(a);
    const auto ints = a.As<uint32_t>();
    const auto s32 = NumericOp<Op::F32x4ConvertI32x4S>::Eval(a).As<float>();
    const auto u32 = NumericOp<Op::F32x4ConvertI32x4U>::Eval(a).As<float>();
    const auto s64 = NumericOp<Op::F64x2ConvertLowI32x4S>::Eval(a).As<double>();
    const auto u64 = NumericOp<Op::F64x2ConvertLowI32x4U>::Eval(a).As<double>();
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(ToBits(float{s32[i]}), ToBits(NumericOp<Op::F32ConvertI32S>::Eval(ints[i]))) << i;
      EXPECT_EQ(ToBits(float{u32[i]}), ToBits(NumericOp<Op::F32ConvertI32U>::Eval(ints[i]))) << i;
    }
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(ToBits(double{s64[i]}), ToBits(NumericOp<Op::F64ConvertI32S>::Eval(ints[i]))) << i;
      EXPECT_EQ(ToBits(double{u64[i]}), ToBits(NumericOp<Op::F64ConvertI32U>::Eval(ints[i]))) << i;
    }
  }
}

TEST(SimdConvertTest, DemoteAndPromoteMatchTheScalar) {
  for (const V128 a : FloatVectors<double>(1)) {
    const auto got = NumericOp<Op::F32x4DemoteF64x2Zero>::Eval(a).As<uint32_t>();
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(got[i], ToBits(NumericOp<Op::F32DemoteF64>::Eval(a.As<double>()[i])))
          << a << " lane " << i;
    }
    EXPECT_EQ(got[2] | got[3], 0u) << a;
  }
  for (const V128 a : FloatVectors<float>(1)) {
    const auto got = NumericOp<Op::F64x2PromoteLowF32x4>::Eval(a).As<uint64_t>();
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(got[i], ToBits(NumericOp<Op::F64PromoteF32>::Eval(a.As<float>()[i])))
          << a << " lane " << i;
    }
  }
}

// A fused multiply-add would keep the low bits of the product; ours rounds twice on every machine.
TEST(RelaxedSimdTest, MaddRoundsTwice) {
  const V128 a = FromLanes(Vec<float>(0x1.000002p0f));
  const V128 c = FromLanes(Vec<float>(-0x1.000004p0f));
  const V128 zero = FromLanes(Vec<float>(0.0f));
  EXPECT_EQ(NumericOp<Op::F32x4RelaxedMadd>::Eval(a, a, c), zero);
  EXPECT_EQ(NumericOp<Op::F32x4RelaxedNmadd>::Eval(a, a, NumericOp<Op::F32x4Neg>::Eval(c)), zero);
  const V128 a2 = FromLanes(Vec<double>(0x1.0000000000001p0));
  const V128 c2 = FromLanes(Vec<double>(-0x1.0000000000002p0));
  EXPECT_EQ(NumericOp<Op::F64x2RelaxedMadd>::Eval(a2, a2, c2), zero);
  EXPECT_EQ(NumericOp<Op::F64x2RelaxedNmadd>::Eval(a2, a2, NumericOp<Op::F64x2Neg>::Eval(c2)),
            zero);
  const V128 two = FromLanes(Vec<float>(2.0f)), five = FromLanes(Vec<float>(5.0f));
  EXPECT_EQ(NumericOp<Op::F32x4RelaxedMadd>::Eval(two, five, two), FromLanes(Vec<float>(12.0f)));
  EXPECT_EQ(NumericOp<Op::F32x4RelaxedNmadd>::Eval(two, five, two), FromLanes(Vec<float>(-8.0f)));
}

}  // namespace
}  // namespace airwasm::numeric
