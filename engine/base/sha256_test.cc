#include "engine/base/sha256.h"

#include <gtest/gtest.h>

namespace airwasm {
namespace {

// As sha256sum has them.
TEST(Sha256, IsWhatTheStandardSays) {
  EXPECT_EQ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ToHex(Sha256({})));
  EXPECT_EQ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ToHex(Sha256({AsBytes("a"), AsBytes("bc")})));
}

}  // namespace
}  // namespace airwasm
