// How old the reading of the processor's counter is that a record gets.
#include "security/audit/ring.h"

#include <gtest/gtest.h>

#include <vector>

namespace airwasm::security::audit {
namespace {

// Of each record in turn: whether the counter was read for it.
std::vector<bool> Read(Ring& ring, const std::vector<uint64_t>& attentions) {
  std::vector<bool> read;
  for (const uint64_t attention : attentions) {
    const uint64_t before = Counter();
    while (Counter() == before) {
    }
    EXPECT_NE(nullptr, ring.Reserve(sizeof(RecordHeader)));
    read.push_back(ring.TakeTicks(attention) > before);
    ring.Commit(sizeof(RecordHeader));
  }
  return read;
}

constexpr uint64_t kFirst = kBeating | kBeat;
constexpr uint64_t kSecond = kFirst + kBeat;

struct Case {
  const char* name;
  std::vector<uint64_t> attentions;
  std::vector<bool> read;
};

TEST(Ring, ReadingsServeFourRecordsOfOneBeat) {
  if (!kCounterIsSteady) GTEST_SKIP() << "this processor has no steady counter";
  const Case kCases[] = {
      {"one beat",
       {kFirst, kFirst, kFirst, kFirst, kFirst, kFirst},
       {true, false, false, false, true, false}},
      {"the beat changes",
       {kFirst, kFirst, kSecond, kSecond, kSecond},
       {true, false, true, false, true}},
      {"it stands still", {kBeat, kBeat, kBeat}, {true, true, true}},
      {"it stopped and went on",
       {kFirst, kFirst, kBeat, kBeat, kSecond, kSecond},
       {true, false, true, true, true, false}},
      {"the writer never beat", {0, 0}, {true, true}},
      {"the writer sleeps", {kFirst, kBeat | kAsleep, kBeat | kAsleep}, {true, true, true}},
  };
  for (const Case& c : kCases) {
    Ring ring(kMinRingBytes);
    EXPECT_EQ(c.read, Read(ring, c.attentions)) << c.name;
  }
}

// A record with texts, which reads the counter itself, in front of one that does not.
TEST(Ring, TimesDoNotGoBackwards) {
  if (!kCounterIsSteady) GTEST_SKIP() << "this processor has no steady counter";
  Ring ring(kMinRingBytes);
  ASSERT_EQ((std::vector{true, false}), Read(ring, {kFirst, kFirst}));
  ASSERT_NE(nullptr, ring.Reserve(2 * sizeof(RecordHeader)));
  const uint64_t exact = ring.ReadTicks();
  ring.Commit(2 * sizeof(RecordHeader));
  ASSERT_NE(nullptr, ring.Reserve(sizeof(RecordHeader)));
  EXPECT_GE(ring.TakeTicks(kFirst), exact);
}

}  // namespace
}  // namespace airwasm::security::audit
