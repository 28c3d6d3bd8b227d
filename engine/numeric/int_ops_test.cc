// The integer instructions against definitions written in 128-bit arithmetic, and the values that
// have gone wrong in engines before.
#include "engine/numeric/int_ops.h"

#include <array>
#include <limits>

#include "gtest/gtest.h"

namespace airwasm::numeric {
namespace {

using I128 = __int128;

// Spec: core, exec/numerics, idiv_s and irem_s: what traps, and with which kind.
static_assert(DivS<uint32_t>(7, 0).trap == TrapKind::kIntegerDivideByZero);
static_assert(DivS<uint32_t>(0x80000000, 0xFFFFFFFF).trap == TrapKind::kIntegerOverflow);
static_assert(DivS<uint32_t>(0x80000001, 0xFFFFFFFF).value == 0x7FFFFFFF);
static_assert(RemS<uint32_t>(0x80000000, 0xFFFFFFFF).ok());
static_assert(RemS<uint32_t>(0x80000000, 0xFFFFFFFF).value == 0);
static_assert(RemU<uint64_t>(1, 0).trap == TrapKind::kIntegerDivideByZero);
static_assert(DivU<uint64_t>(1, 0).trap == TrapKind::kIntegerDivideByZero);
static_assert(DivU<uint32_t>(0x80000000, 0xFFFFFFFF).value == 0);

static_assert(Clz<uint32_t>(0) == 32 && Ctz<uint64_t>(0) == 64);
static_assert(Shl<uint32_t>(1, 32) == 1 && Shl<uint64_t>(1, 65) == 2);
static_assert(Rotl<uint32_t>(0x80000001, 0) == 0x80000001 && Rotr<uint64_t>(1, 64) == 1);
static_assert(ExtendS<uint32_t, int8_t>(0x180) == 0xFFFFFF80);
static_assert(ExtendS<uint64_t, int32_t>(0x80000000) == 0xFFFFFFFF80000000);
static_assert(ExtendI32S(0x80000000) == 0xFFFFFFFF80000000 && ExtendI32U(0x80000000) == 0x80000000);
static_assert(WrapI64(0x123456789) == 0x23456789);

template <class T>
constexpr std::array<T, 17> kOperands = {
    0,
    1,
    2,
    3,
    7,
    31,
    32,
    33,
    64,
    0x80,
    0x8000,
    T{1} << (std::numeric_limits<T>::digits / 2),
    std::numeric_limits<T>::max() / 2,
    std::numeric_limits<T>::max() / 2 + 1,
    std::numeric_limits<T>::max() / 2 + 2,
    std::numeric_limits<T>::max() - 1,
    std::numeric_limits<T>::max(),
};

template <class T>
class IntOpsTest : public testing::Test {};
using Widths = testing::Types<uint32_t, uint64_t>;
TYPED_TEST_SUITE(IntOpsTest, Widths);

TYPED_TEST(IntOpsTest, CountsMatchALoopOverTheBits) {
  using T = TypeParam;
  constexpr int kBits = std::numeric_limits<T>::digits;
  for (const T a : kOperands<T>) {
    SCOPED_TRACE(a);
    T leading = 0;
    T trailing = 0;
    T ones = 0;
    while (leading < kBits && (a >> (kBits - 1 - leading) & 1) == 0) ++leading;
    while (trailing < kBits && (a >> trailing & 1) == 0) ++trailing;
    for (int i = 0; i < kBits; ++i) ones += a >> i & 1;
    EXPECT_EQ(Clz(a), leading);
    EXPECT_EQ(Ctz(a), trailing);
    EXPECT_EQ(Popcnt(a), ones);
    EXPECT_EQ(Eqz(a), a == 0 ? 1u : 0u);
  }
}

TYPED_TEST(IntOpsTest, ArithmeticMatchesTheIntegersModuloTheWidth) {
  using T = TypeParam;
  for (const T a : kOperands<T>) {
    for (const T b : kOperands<T>) {
      SCOPED_TRACE(testing::Message() << a << " and " << b);
      const I128 ua = a, ub = b;
      const I128 sa = Signed(a), sb = Signed(b);
      EXPECT_EQ(Add(a, b), static_cast<T>(ua + ub));
      EXPECT_EQ(Sub(a, b), static_cast<T>(ua - ub));
      EXPECT_EQ(Mul(a, b), static_cast<T>(static_cast<unsigned __int128>(ua) * b));
      EXPECT_EQ(And(a, b), static_cast<T>(~(~a | ~b)));
      EXPECT_EQ(Or(a, b), static_cast<T>(~(~a & ~b)));
      EXPECT_EQ(Xor(a, b), static_cast<T>((a | b) - (a & b)));
      EXPECT_EQ(Eq(a, b), ua == ub ? 1u : 0u);
      EXPECT_EQ(Ne(a, b), ua != ub ? 1u : 0u);
      EXPECT_EQ(LtS(a, b), sa < sb ? 1u : 0u);
      EXPECT_EQ(LtU(a, b), ua < ub ? 1u : 0u);
      EXPECT_EQ(GtS(a, b), sa > sb ? 1u : 0u);
      EXPECT_EQ(GtU(a, b), ua > ub ? 1u : 0u);
      EXPECT_EQ(LeS(a, b), sa <= sb ? 1u : 0u);
      EXPECT_EQ(LeU(a, b), ua <= ub ? 1u : 0u);
      EXPECT_EQ(GeS(a, b), sa >= sb ? 1u : 0u);
      EXPECT_EQ(GeU(a, b), ua >= ub ? 1u : 0u);
    }
  }
}

TYPED_TEST(IntOpsTest, ShiftsTakeTheCountModuloTheWidth) {
  using T = TypeParam;
  constexpr unsigned kBits = std::numeric_limits<T>::digits;
  for (const T a : kOperands<T>) {
    for (const T b : kOperands<T>) {
      SCOPED_TRACE(testing::Message() << a << " by " << b);
      const unsigned n = static_cast<unsigned>(b % kBits);
      const auto twice = static_cast<unsigned __int128>(a) << kBits | a;
      EXPECT_EQ(Shl(a, b), static_cast<T>(static_cast<unsigned __int128>(a) << n));
      EXPECT_EQ(ShrU(a, b), static_cast<T>(static_cast<unsigned __int128>(a) >> n));
      EXPECT_EQ(ShrS(a, b), static_cast<T>(I128{Signed(a)} >> n));
      EXPECT_EQ(Rotl(a, b), static_cast<T>(twice >> (kBits - n)));
      EXPECT_EQ(Rotr(a, b), static_cast<T>(twice >> n));
    }
  }
}

TYPED_TEST(IntOpsTest, DivisionTrapsOrMatchesTheIntegers) {
  using T = TypeParam;
  const I128 max = std::numeric_limits<std::make_signed_t<T>>::max();
  for (const T a : kOperands<T>) {
    for (const T b : kOperands<T>) {
      SCOPED_TRACE(testing::Message() << a << " by " << b);
      const I128 sa = Signed(a), sb = Signed(b);
      if (b == 0) {
        EXPECT_EQ(DivS(a, b).trap, TrapKind::kIntegerDivideByZero);
        EXPECT_EQ(DivU(a, b).trap, TrapKind::kIntegerDivideByZero);
        EXPECT_EQ(RemS(a, b).trap, TrapKind::kIntegerDivideByZero);
        EXPECT_EQ(RemU(a, b).trap, TrapKind::kIntegerDivideByZero);
        continue;
      }
      if (sa / sb > max) {
        EXPECT_EQ(DivS(a, b).trap, TrapKind::kIntegerOverflow);
      } else {
        EXPECT_EQ(DivS(a, b).trap, TrapKind::kNone);
        EXPECT_EQ(DivS(a, b).value, static_cast<T>(sa / sb));
      }
      EXPECT_EQ(DivU(a, b).trap, TrapKind::kNone);
      EXPECT_EQ(DivU(a, b).value, a / b);
      EXPECT_EQ(RemS(a, b).trap, TrapKind::kNone);
      EXPECT_EQ(RemS(a, b).value, static_cast<T>(sa % sb));
      EXPECT_EQ(RemU(a, b).trap, TrapKind::kNone);
      EXPECT_EQ(RemU(a, b).value, a % b);
    }
  }
}

TYPED_TEST(IntOpsTest, ExtendsTheLowBits) {
  using T = TypeParam;
  for (const T a : kOperands<T>) {
    SCOPED_TRACE(a);
    const I128 low8 = a & 0xFF, low16 = a & 0xFFFF;
    EXPECT_EQ((ExtendS<T, int8_t>(a)), static_cast<T>(low8 < 0x80 ? low8 : low8 - 0x100));
    EXPECT_EQ((ExtendS<T, int16_t>(a)), static_cast<T>(low16 < 0x8000 ? low16 : low16 - 0x10000));
  }
}

// Spec: wide-arithmetic proposal. Products are computed from 32-bit halves here.
TEST(WideArithmeticTest, MatchesSchoolArithmetic) {
  for (const uint64_t a : kOperands<uint64_t>) {
    for (const uint64_t b : kOperands<uint64_t>) {
      SCOPED_TRACE(testing::Message() << a << " and " << b);
      const uint64_t a0 = a & 0xFFFFFFFF, a1 = a >> 32, b0 = b & 0xFFFFFFFF, b1 = b >> 32;
      const uint64_t middle = (a0 * b0 >> 32) + (a0 * b1 & 0xFFFFFFFF) + (a1 * b0 & 0xFFFFFFFF);
      const uint64_t high = a1 * b1 + (a0 * b1 >> 32) + (a1 * b0 >> 32) + (middle >> 32);
      EXPECT_EQ(MulWideU(a, b), (I128Parts{a * b, high}));
      // A negative operand read as unsigned is 2^64 too large.
      const uint64_t high_s = high - (Signed(a) < 0 ? b : 0) - (Signed(b) < 0 ? a : 0);
      EXPECT_EQ(MulWideS(a, b), (I128Parts{a * b, high_s}));
      EXPECT_EQ(Add128(a, b, b, a), (I128Parts{a + b, a + b + (a + b < a ? 1 : 0)}));
      EXPECT_EQ(Sub128(a, b, b, a), (I128Parts{a - b, b - a - (a < b ? 1 : 0)}));
    }
  }
}

}  // namespace
}  // namespace airwasm::numeric
