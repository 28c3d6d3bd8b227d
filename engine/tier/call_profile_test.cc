#include "engine/tier/call_profile.h"

#include <gtest/gtest.h>

#include <utility>

namespace airwasm::tier {
namespace {

using runtime::FuncCode;
using Likely = std::vector<std::pair<uint32_t, const FuncCode*>>;

Likely LikelyOf(const CallProfile& profile) {
  Likely all;
  profile.ForEachLikely(
      [&](uint32_t offset, const FuncCode* callee) { all.emplace_back(offset, callee); });
  return all;
}

TEST(CallProfile, ThreeSamplesMakeACalleeLikelyOnce) {
  CallProfile profile;
  const FuncCode a;
  EXPECT_FALSE(profile.Record(10, &a));
  EXPECT_FALSE(profile.Record(10, &a));
  EXPECT_EQ(Likely(), LikelyOf(profile));
  EXPECT_TRUE(profile.Record(10, &a));
  EXPECT_FALSE(profile.Record(10, &a));
  EXPECT_EQ((Likely{{10, &a}}), LikelyOf(profile));
}

TEST(CallProfile, CallsAreApart) {
  CallProfile profile;
  const FuncCode a;
  EXPECT_FALSE(profile.Record(10, &a));
  EXPECT_FALSE(profile.Record(20, &a));
  EXPECT_FALSE(profile.Record(10, &a));
  EXPECT_FALSE(profile.Record(20, &a));
  EXPECT_TRUE(profile.Record(20, &a));
  EXPECT_EQ((Likely{{20, &a}}), LikelyOf(profile));
}

// Inlined callees are not met any more; that does not make them unlikely.
TEST(CallProfile, LikelyCalleesStay) {
  CallProfile profile;
  const FuncCode a, b;
  for (int i = 0; i < 3; ++i) profile.Record(10, &a);
  bool became = false;
  for (int i = 0; i < 1000; ++i) became |= profile.Record(10, &b);
  EXPECT_TRUE(became);
  EXPECT_EQ((Likely{{10, &a}, {10, &b}}), LikelyOf(profile));
}

// One of ten: guards for it would cost the others more than they save.
TEST(CallProfile, RareCalleesAreNotLikely) {
  CallProfile profile;
  const FuncCode rare, strangers[9];
  for (int i = 0; i < 1000; ++i) {
    profile.Record(10, &rare);
    for (const FuncCode& stranger : strangers) profile.Record(10, &stranger);
  }
  EXPECT_EQ(Likely(), LikelyOf(profile));
}

TEST(CallProfile, ACallHasFourCalleesAtMost) {
  CallProfile profile;
  const FuncCode codes[10];
  for (int i = 0; i < 1000; ++i) profile.Record(10, &codes[i % 10]);
  EXPECT_LE(LikelyOf(profile).size(), 4u);
}

}  // namespace
}  // namespace airwasm::tier
