// Conversions: the edges of every integer range, NaN, and roundings that go wrong when done in two
// steps.
#include "engine/numeric/convert_ops.h"

#include <cmath>
#include <string_view>

#include "engine/numeric/float_test_values.h"
#include "gtest/gtest.h"

namespace airwasm::numeric {
namespace {

constexpr TrapKind kFits = TrapKind::kNone;
constexpr TrapKind kOverflow = TrapKind::kIntegerOverflow;
constexpr TrapKind kInvalid = TrapKind::kInvalidConversionToInteger;

static_assert(TruncTo<int32_t>(-2147483648.9).value == 0x80000000);
static_assert(TruncTo<int32_t>(-2147483649.0).trap == kOverflow);
static_assert(TruncTo<uint64_t>(0x1p64f).trap == kOverflow);
static_assert(TruncSatTo<uint32_t>(-1.0) == 0 && TruncSatTo<int64_t>(0x1p63) == INT64_MAX);
static_assert(TruncTo<uint32_t>(std::numeric_limits<float>::quiet_NaN()).trap == kInvalid);

// One row: what the operand truncates to (`saturated` where it traps).
template <class F>
struct TruncCase {
  F operand;
  TrapKind trap;
  uint64_t saturated;
};

template <class Int, class F>
void CheckTrunc(std::string_view name, std::initializer_list<TruncCase<F>> cases) {
  using Bits = std::make_unsigned_t<Int>;
  SCOPED_TRACE(name);
  for (const auto& c : cases) {
    SCOPED_TRACE(testing::Message() << std::hexfloat << c.operand);
    const TrapOr<Bits> result = TruncTo<Int>(c.operand);
    EXPECT_EQ(result.trap, c.trap);
    if (c.trap == kFits) EXPECT_EQ(result.value, static_cast<Bits>(c.saturated));
    EXPECT_EQ(TruncSatTo<Int>(c.operand), static_cast<Bits>(c.saturated));
  }
}

constexpr float kInfF = std::numeric_limits<float>::infinity();
constexpr double kInfD = std::numeric_limits<double>::infinity();

// Spec: core, exec/numerics, trunc_s, trunc_u, trunc_sat.
TEST(ConvertOpsTest, TruncatesToI32) {
  CheckTrunc<int32_t, float>("i32.trunc_f32_s", {
                                                    {0.0f, kFits, 0},
                                                    {-0.0f, kFits, 0},
                                                    {-1.9f, kFits, uint32_t(-1)},
                                                    {1.5f, kFits, 1},
                                                    {2147483520.0f, kFits, 2147483520},
                                                    {2147483648.0f, kOverflow, INT32_MAX},
                                                    {-2147483648.0f, kFits, 0x80000000},
                                                    {-2147483904.0f, kOverflow, 0x80000000},
                                                    {kInfF, kOverflow, INT32_MAX},
                                                    {-kInfF, kOverflow, 0x80000000},
                                                });
  CheckTrunc<uint32_t, float>("i32.trunc_f32_u", {
                                                     {-0.99f, kFits, 0},
                                                     {-1.0f, kOverflow, 0},
                                                     {3e9f, kFits, 3000000000},
                                                     {4294967040.0f, kFits, 4294967040},
                                                     {4294967296.0f, kOverflow, UINT32_MAX},
                                                     {kInfF, kOverflow, UINT32_MAX},
                                                     {-kInfF, kOverflow, 0},
                                                     {-0x1p40f, kOverflow, 0},
                                                 });
  CheckTrunc<int32_t, double>("i32.trunc_f64_s", {
                                                     {2147483647.9, kFits, INT32_MAX},
                                                     {2147483648.0, kOverflow, INT32_MAX},
                                                     {-2147483648.9, kFits, 0x80000000},
                                                     {-2147483649.0, kOverflow, 0x80000000},
                                                     {kInfD, kOverflow, INT32_MAX},
                                                     {-kInfD, kOverflow, 0x80000000},
                                                 });
  CheckTrunc<uint32_t, double>("i32.trunc_f64_u", {
                                                      {4294967295.9, kFits, UINT32_MAX},
                                                      {4294967296.0, kOverflow, UINT32_MAX},
                                                      {-0.9999999999, kFits, 0},
                                                      {-1.0, kOverflow, 0},
                                                      {1e16, kOverflow, UINT32_MAX},
                                                      {0x1p63, kOverflow, UINT32_MAX},
                                                      {-kInfD, kOverflow, 0},
                                                  });
}

TEST(ConvertOpsTest, TruncatesToI64) {
  CheckTrunc<int64_t, float>("i64.trunc_f32_s",
                             {
                                 {4294967296.0f, kFits, 0x100000000},
                                 {0x1.fffffep62f, kFits, 0x7fffff8000000000},
                                 {0x1p63f, kOverflow, INT64_MAX},
                                 {-0x1p63f, kFits, 0x8000000000000000},
                                 {-0x1.000002p63f, kOverflow, 0x8000000000000000},
                                 {kInfF, kOverflow, INT64_MAX},
                             });
  CheckTrunc<uint64_t, float>("i64.trunc_f32_u", {
                                                     {-0.5f, kFits, 0},
                                                     {-1.0f, kOverflow, 0},
                                                     {0x1p63f, kFits, 0x8000000000000000},
                                                     {0x1.fffffep63f, kFits, 0xffffff0000000000},
                                                     {0x1p64f, kOverflow, UINT64_MAX},
                                                     {-kInfF, kOverflow, 0},
                                                 });
  CheckTrunc<int64_t, double>("i64.trunc_f64_s",
                              {
                                  {0x1.fffffffffffffp62, kFits, 0x7ffffffffffffc00},
                                  {0x1p63, kOverflow, INT64_MAX},
                                  {-0x1p63, kFits, 0x8000000000000000},
                                  {-0x1.0000000000001p63, kOverflow, 0x8000000000000000},
                                  {-1.9, kFits, UINT64_MAX},
                              });
  CheckTrunc<uint64_t, double>("i64.trunc_f64_u",
                               {
                                   {-0.9, kFits, 0},
                                   {-1.0, kOverflow, 0},
                                   {0x1p63, kFits, 0x8000000000000000},
                                   {0x1.fffffffffffffp63, kFits, 0xfffffffffffff800},
                                   {0x1p64, kOverflow, UINT64_MAX},
                                   {kInfD, kOverflow, UINT64_MAX},
                               });
}

template <class F>
void CheckNan() {
  for (const BitsOf<F> bits : {kCanonicalNan<F>, kCanonicalNan<F> | kSignBit<F>,
                               kCanonicalNan<F> | 5, kCanonicalNan<F> - kQuietBit<F> + 1}) {
    const F nan = FromBits<F>(bits);
    EXPECT_EQ(TruncTo<int32_t>(nan).trap, kInvalid);
    EXPECT_EQ(TruncTo<uint32_t>(nan).trap, kInvalid);
    EXPECT_EQ(TruncTo<int64_t>(nan).trap, kInvalid);
    EXPECT_EQ(TruncTo<uint64_t>(nan).trap, kInvalid);
    EXPECT_EQ(TruncSatTo<int32_t>(nan), 0u);
    EXPECT_EQ(TruncSatTo<uint32_t>(nan), 0u);
    EXPECT_EQ(TruncSatTo<int64_t>(nan), 0u);
    EXPECT_EQ(TruncSatTo<uint64_t>(nan), 0u);
  }
}
TEST(ConvertOpsTest, NanIsAnInvalidConversion) {
  CheckNan<float>();
  CheckNan<double>();
}

TEST(ConvertOpsTest, IntegersRoundOnceToNearestEven) {
  EXPECT_EQ((ConvertFrom<float, int32_t>(16777217)), 16777216.0f);
  EXPECT_EQ((ConvertFrom<float, int32_t>(16777219)), 16777220.0f);
  EXPECT_EQ((ConvertFrom<float, int32_t>(uint32_t(-1))), -1.0f);
  EXPECT_EQ((ConvertFrom<float, uint32_t>(UINT32_MAX)), 0x1p32f);
  EXPECT_EQ((ConvertFrom<float, uint32_t>(0x80000081)), 0x1.000002p31f);
  EXPECT_EQ((ConvertFrom<double, uint32_t>(UINT32_MAX)), 4294967295.0);
  EXPECT_EQ((ConvertFrom<double, int32_t>(0x80000000)), -2147483648.0);
  // Through a double these would round twice.
  EXPECT_EQ((ConvertFrom<float, int64_t>(0x7fffff4000000001)), 0x1.fffffep62f);
  EXPECT_EQ((ConvertFrom<float, uint64_t>(0x8000008000000001)), 0x1.000002p63f);
  EXPECT_EQ((ConvertFrom<float, uint64_t>(0xffffff7fffffffff)), 0x1.fffffep63f);
  EXPECT_EQ((ConvertFrom<float, uint64_t>(0xffffff8000000000)), 0x1p64f);
  EXPECT_EQ((ConvertFrom<float, int64_t>(UINT64_MAX)), -1.0f);
  EXPECT_EQ((ConvertFrom<double, int64_t>(9007199254740993)), 9007199254740992.0);
  EXPECT_EQ((ConvertFrom<double, uint64_t>(0x8000000000000401)), 0x1.0000000000001p63);
  EXPECT_EQ((ConvertFrom<double, uint64_t>(0x8000000000000400)), 0x1p63);
  EXPECT_EQ((ConvertFrom<double, uint64_t>(UINT64_MAX)), 0x1p64);
}

// Spec: core, exec/numerics, demote, promote.
TEST(ConvertOpsTest, DemoteAndPromoteRoundAndQuietNan) {
  EXPECT_EQ(Demote(0x1.fffffe8p127), 0x1.fffffep127f);
  EXPECT_EQ(Demote(0x1.ffffffp127), kInfF);
  EXPECT_EQ(ToBits(Demote(-0x1p-151)), 0x80000000u);
  EXPECT_EQ(Demote(0x1.0000010000001p0), 0x1.000002p0f);
  EXPECT_EQ(Promote(0x1p-149f), 0x1p-149);
  for (const double a : FloatOperands<double>()) {
    if (!std::isnan(a)) continue;
    const float allowed = FromBits<float>(
        IsCanonicalNan<double>(ToBits(a)) ? kCanonicalNan<float> : kCanonicalNan<float> | 1);
    EXPECT_TRUE(IsAllowedNan<float>(Demote(a), {allowed})) << std::hex << ToBits(a);
  }
  for (const float a : FloatOperands<float>()) {
    if (!std::isnan(a)) continue;
    const double allowed = FromBits<double>(
        IsCanonicalNan<float>(ToBits(a)) ? kCanonicalNan<double> : kCanonicalNan<double> | 1);
    EXPECT_TRUE(IsAllowedNan<double>(Promote(a), {allowed})) << std::hex << ToBits(a);
  }
}

TEST(ConvertOpsTest, ReinterpretKeepsSignalingNan) {
  volatile uint32_t bits32 = 0x7fa00001;
  volatile uint64_t bits64 = 0xfff4000000000001;
  EXPECT_EQ(ReinterpretAsInt(ReinterpretAsFloat<float>(bits32)), 0x7fa00001u);
  EXPECT_EQ(ReinterpretAsInt(ReinterpretAsFloat<double>(bits64)), 0xfff4000000000001u);
}

}  // namespace
}  // namespace airwasm::numeric
