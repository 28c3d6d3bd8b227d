// The scalar floating-point instructions, against the C library and against the rules for NaN and
// signed zeros.
#include "engine/numeric/float_ops.h"

#include <cmath>
#include <string_view>

#include "engine/numeric/float_test_values.h"
#include "gtest/gtest.h"

namespace airwasm::numeric {
namespace {

static_assert(ToBits(Min(0.0f, -0.0f)) == 0x80000000 && ToBits(Min(-0.0f, 0.0f)) == 0x80000000);
static_assert(ToBits(Max(0.0, -0.0)) == 0 && ToBits(Max(-0.0, 0.0)) == 0);
static_assert(Nearest(2.5f) == 2.0f && Nearest(3.5) == 4.0 && ToBits(Nearest(-0.5f)) == 0x80000000);
static_assert(Ceil(1.25) == 2.0 && Floor(-1.25f) == -2.0f && Trunc(-1.75) == -1.0);
static_assert(ToBits(Ceil(-0.75f)) == 0x80000000 && ToBits(Trunc(-0.75)) == 0x8000000000000000);
static_assert(ToBits(Neg(0.0f)) == 0x80000000 && Abs(-1.0) == 1.0 &&
              Copysign(2.0f, -0.0f) == -2.0f);

template <class F>
class FloatOpsTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(FloatOpsTest, Types);

// `got` has the bits of `expected`, or is an allowed NaN where that is a NaN.
template <class F>
bool Agrees(F got, F expected, std::initializer_list<F> operands) {
  if (IsNanBits<F>(ToBits(expected))) return IsAllowedNan<F>(got, operands);
  return ToBits(got) == ToBits(expected);
}

TYPED_TEST(FloatOpsTest, SignOperationsOnlyTouchTheSign) {
  using F = TypeParam;
  for (const F a : FloatOperands<F>()) {
    SCOPED_TRACE(testing::Message() << std::hex << ToBits(a));
    const BitsOf<F> magnitude = ToBits(a) << 1 >> 1;
    EXPECT_EQ(ToBits(Abs(a)), magnitude);
    EXPECT_EQ(ToBits(Neg(a)), ToBits(a) ^ kSignBit<F>);
    for (const F b : FloatOperands<F>()) {
      EXPECT_EQ(ToBits(Copysign(a, b)), magnitude | (std::signbit(b) ? kSignBit<F> : 0));
    }
  }
}

TYPED_TEST(FloatOpsTest, RoundingMatchesTheLibraryAndQuietsNan) {
  using F = TypeParam;
  const struct {
    std::string_view name;
    F (*op)(F);
    F (*portable)(F);
    F (*library)(F);
  } kCases[] = {
      {"ceil", &Ceil<F>, &PortableCeil<F>, [](F a) { return std::ceil(a); }},
      {"floor", &Floor<F>, &PortableFloor<F>, [](F a) { return std::floor(a); }},
      {"trunc", &Trunc<F>, &PortableTrunc<F>, [](F a) { return std::trunc(a); }},
      {"nearest", &Nearest<F>, &PortableNearest<F>, [](F a) { return std::nearbyint(a); }},
      {"sqrt", &Sqrt<F>, &Sqrt<F>, [](F a) { return std::sqrt(a); }},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    for (const F a : FloatOperands<F>()) {
      EXPECT_TRUE(Agrees<F>(c.op(a), c.library(a), {a})) << std::hex << ToBits(a);
      EXPECT_TRUE(Agrees<F>(c.portable(a), c.library(a), {a})) << std::hex << ToBits(a);
    }
    // A sweep over all exponents with an uneven stride.
    for (BitsOf<F> bits = 1, step = ~BitsOf<F>{0} / 4099; bits > step || bits == 1; bits += step) {
      const F a = FromBits<F>(bits);
      ASSERT_TRUE(Agrees<F>(c.op(a), c.library(a), {a})) << std::hex << bits;
      ASSERT_TRUE(Agrees<F>(c.portable(a), c.library(a), {a})) << std::hex << bits;
    }
  }
}

TYPED_TEST(FloatOpsTest, ArithmeticGivesAllowedNans) {
  using F = TypeParam;
  for (const F a : FloatOperands<F>()) {
    for (const F b : FloatOperands<F>()) {
      SCOPED_TRACE(testing::Message() << std::hex << ToBits(a) << " and " << ToBits(b));
      // Opaque to the compiler's constant folding, and in the other order, where the operations
      // commute.
      volatile F va = a, vb = b;
      EXPECT_TRUE(Agrees<F>(Add(a, b), vb + va, {a, b}));
      EXPECT_TRUE(Agrees<F>(Sub(a, b), va - vb, {a, b}));
      EXPECT_TRUE(Agrees<F>(Mul(a, b), vb * va, {a, b}));
      EXPECT_TRUE(Agrees<F>(Div(a, b), va / vb, {a, b}));
    }
  }
}

TYPED_TEST(FloatOpsTest, MinAndMaxOrderZerosAndSpreadNan) {
  using F = TypeParam;
  for (const F a : FloatOperands<F>()) {
    for (const F b : FloatOperands<F>()) {
      SCOPED_TRACE(testing::Message() << std::hex << ToBits(a) << " and " << ToBits(b));
      if (std::isnan(a) || std::isnan(b)) {
        EXPECT_TRUE(IsAllowedNan<F>(Min(a, b), {a, b}));
        EXPECT_TRUE(IsAllowedNan<F>(Max(a, b), {a, b}));
        // Whatever comparison gives, bit for bit.
        EXPECT_EQ(ToBits(Pmin(a, b)), ToBits(a));
        EXPECT_EQ(ToBits(Pmax(a, b)), ToBits(a));
        continue;
      }
      // -0 is below +0.
      const bool less = a < b || (a == b && std::signbit(a));
      EXPECT_EQ(ToBits(Min(a, b)), ToBits(less ? a : b));
      EXPECT_EQ(ToBits(Max(a, b)), ToBits(a > b || (a == b && !std::signbit(a)) ? a : b));
      EXPECT_EQ(ToBits(Pmin(a, b)), ToBits(b < a ? b : a));
      EXPECT_EQ(ToBits(Pmax(a, b)), ToBits(a < b ? b : a));
    }
  }
}

TYPED_TEST(FloatOpsTest, ComparisonsAreFalseForNan) {
  using F = TypeParam;
  for (const F a : FloatOperands<F>()) {
    for (const F b : FloatOperands<F>()) {
      SCOPED_TRACE(testing::Message() << std::hex << ToBits(a) << " and " << ToBits(b));
      const bool unordered = std::isunordered(a, b);
      const bool less = std::isless(a, b), greater = std::isgreater(a, b);
      EXPECT_EQ(Lt(a, b), less ? 1u : 0u);
      EXPECT_EQ(Gt(a, b), greater ? 1u : 0u);
      EXPECT_EQ(Le(a, b), !unordered && !greater ? 1u : 0u);
      EXPECT_EQ(Ge(a, b), !unordered && !less ? 1u : 0u);
      EXPECT_EQ(Eq(a, b), !unordered && !less && !greater ? 1u : 0u);
      EXPECT_EQ(Ne(a, b), unordered || less || greater ? 1u : 0u);
    }
  }
}

}  // namespace
}  // namespace airwasm::numeric
