#include "security/audit/chain.h"

#include <gtest/gtest.h>

#include <string>

#include "security/audit/head.h"

namespace airwasm::security::audit {
namespace {

TEST(Chain, Hex) {
  const Digest digest = HashOf("x");
  EXPECT_EQ(digest, ParseHex(ToHex(digest)));
  EXPECT_EQ(std::nullopt, ParseHex(""));
  EXPECT_EQ(std::nullopt, ParseHex(std::string(63, '0')));
  EXPECT_EQ(std::nullopt, ParseHex(std::string(64, 'A')));
  EXPECT_EQ(Digest{}, ParseHex(std::string(64, '0')));
}

TEST(Chain, HeadComesBack) {
  const Head head{.closed = true,
                  .first_file = 3,
                  .last_file = 0x01020304,
                  .last = {.seq = 0x0102030405060708, .hash = HashOf("last")},
                  .file_bytes = 1'234'567,
                  .anchor = {.seq = 9, .hash = HashOf("anchor")},
                  .refused = 11,
                  .lost = 12};
  const Digest key = HashOf("key");
  for (const std::optional<Digest>& seal : {std::optional<Digest>(), std::optional(key)}) {
    const std::string bytes = EncodeHead(head, seal);
    EXPECT_EQ(kHeadBytes, bytes.size());
    const absl::StatusOr<Head> again = DecodeHead(bytes, seal);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->closed);
    EXPECT_EQ(head.first_file, again->first_file);
    EXPECT_EQ(head.last_file, again->last_file);
    EXPECT_EQ(head.last, again->last);
    EXPECT_EQ(head.file_bytes, again->file_bytes);
    EXPECT_EQ(head.anchor, again->anchor);
    EXPECT_EQ(head.refused, again->refused);
    EXPECT_EQ(head.lost, again->lost);
    EXPECT_EQ(seal.has_value(), again->sealed);
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string bent = bytes;
      bent[i] ^= 4;
      // Without the key, the seal of a sealed one is all that can be changed unseen.
      EXPECT_FALSE(DecodeHead(bent, seal).ok()) << i;
    }
  }
}

}  // namespace
}  // namespace airwasm::security::audit
