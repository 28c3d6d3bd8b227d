// Files as they are signed, cut and bent.
#include "airwasm/signature.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "security/sign/section.h"

namespace airwasm::security {
namespace {

constexpr std::string_view kModule("\0asm\1\0\0\0\1\4\1\x60\0\0\0\5\4name\0", 21);
constexpr std::string_view kComponent("\0asm\x0d\0\1\0\0\5\4abcd", 15);

SigningKey NewKey() {
  return *SigningKey::Generate();
}

std::string Signed(std::string_view file, const SigningKey& key) {
  absl::StatusOr<std::string> bytes = Sign(file, key);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

TEST(SignatureTest, ModulesAndComponents) {
  for (const std::string_view file : {kModule, kComponent}) {
    const SigningKey key = NewKey();
    const std::string bytes = Signed(file, key);
    EXPECT_TRUE(bytes.starts_with(file));
    const auto signers = SignersOf(bytes);
    ASSERT_TRUE(signers.ok()) << signers.status();
    EXPECT_EQ(std::vector<PublicKey>{key.public_key()}, *signers);
    EXPECT_EQ(absl::StatusCode::kNotFound, SignersOf(file).status().code());
  }
}

TEST(SignatureTest, SeveralSign) {
  const SigningKey a = NewKey(), b = NewKey();
  const std::string both = Signed(Signed(kModule, a), b);
  EXPECT_EQ((std::vector<PublicKey>{a.public_key(), b.public_key()}), *SignersOf(both));
  // Ed25519 is deterministic, and a key's signature takes the place of its older one.
  EXPECT_EQ(Signed(kModule, a), Signed(Signed(kModule, a), a));
  EXPECT_TRUE(CheckSigners(both, {}, {b.public_key().ToString()}).ok());
  const absl::Status others = CheckSigners(both, {}, {NewKey().public_key().ToString()});
  EXPECT_EQ(absl::StatusCode::kPermissionDenied, others.code());
  EXPECT_NE(std::string::npos, others.message().find(a.public_key().ToString()));
}

TEST(SignatureTest, OneThatDoesNotFitIsDroppedBySigningAnew) {
  const SigningKey a = NewKey(), b = NewKey();
  std::string bytes = Signed(kModule, a);
  bytes[kModule.size() - 1] ^= 1;  // in the name section
  EXPECT_EQ(absl::StatusCode::kDataLoss, SignersOf(bytes).status().code());
  std::vector<PublicKey> dropped;
  const auto anew = Sign(bytes, b, &dropped);
  ASSERT_TRUE(anew.ok());
  EXPECT_EQ(std::vector<PublicKey>{a.public_key()}, dropped);
  EXPECT_EQ(std::vector<PublicKey>{b.public_key()}, *SignersOf(*anew));
}

TEST(SignatureTest, EveryFlippedBitIsFound) {
  for (const std::string_view file : {kModule, kComponent}) {
    const std::string whole = Signed(Signed(file, NewKey()), NewKey());
    for (size_t i = 0; i < whole.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string bent = whole;
        bent[i] = static_cast<char>(bent[i] ^ (1 << bit));
        EXPECT_FALSE(SignersOf(bent).ok()) << "byte " << i << " bit " << bit;
        (void)Sign(bent, NewKey());
      }
    }
  }
}

TEST(SignatureTest, EveryTruncationIsFound) {
  const SigningKey key = NewKey();
  const std::string whole = Signed(kComponent, key);
  const std::string detached = *DetachedSign(kComponent, "", key);
  for (size_t n = 0; n < whole.size(); ++n) {
    // A copy of that very size, so that a sanitizer sees what is read behind it.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(n));
    EXPECT_FALSE(SignersOf({cut.data(), cut.size()}).ok()) << n;
  }
  for (size_t n = 0; n < detached.size(); ++n) {
    const std::vector<char> cut(detached.begin(), detached.begin() + static_cast<ptrdiff_t>(n));
    EXPECT_FALSE(SignersOf(kComponent, std::string_view(cut.data(), cut.size())).ok()) << n;
  }
}

TEST(SignatureTest, NothingIsAddedOrMoved) {
  const std::string whole = Signed(kModule, NewKey());
  EXPECT_FALSE(SignersOf(whole + std::string("\0\2\1x", 4)).ok());
  EXPECT_FALSE(SignersOf(whole + '\0').ok());
  EXPECT_FALSE(SignersOf(whole + whole.substr(kModule.size())).ok()) << "two sections";
  // What is in a component's parts is not the file's.
  const std::string part = Signed(kModule, NewKey());
  const std::string outer = std::string(kComponent) + '\1' + '\xff' + '\1' + part;
  EXPECT_FALSE(SignersOf(outer).ok());
}

TEST(SignatureTest, Detached) {
  const SigningKey a = NewKey(), b = NewKey();
  constexpr std::string_view kText = "(module)";
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, Sign(kText, a).status().code());
  const std::string one = *DetachedSign(kText, "", a);
  const std::string two = *DetachedSign(kText, one, b);
  EXPECT_EQ(2u, SignersOf(kText, two)->size());
  EXPECT_EQ(absl::StatusCode::kDataLoss, SignersOf("(module )", two).status().code());
  // In the file and beside it, the same bytes are signed.
  EXPECT_EQ(2u, SignersOf(Signed(kModule, a), *DetachedSign(kModule, "", b))->size());
}

TEST(SignatureTest, MalformedLists) {
  std::vector<sign::Signature> two(2);
  EXPECT_FALSE(sign::ReadList(sign::WriteList(two)).ok()) << "two of one key";
  EXPECT_FALSE(sign::ReadList(std::string_view("\1\0", 2)).ok()) << "none";
  EXPECT_FALSE(sign::ReadList(sign::WriteList({two[0]}) + 'x').ok()) << "more behind";
  EXPECT_TRUE(sign::ReadList(sign::WriteList({two[0]})).ok());
  // All zeros is a point of small order, for which some verifiers take any signature.
  EXPECT_FALSE(SignersOf(std::string(kModule) + sign::WriteSection({two[0]})).ok());
}

class KeyFileTest : public testing::Test {
 protected:
  KeyFileTest() { std::filesystem::create_directories(dir_); }
  ~KeyFileTest() override { std::filesystem::remove_all(dir_); }
  std::string dir_ = testing::TempDir() + "airwasm-keys-" + std::to_string(getpid());
  std::string path_ = dir_ + "/key";
};

TEST_F(KeyFileTest, RoundTrip) {
  const SigningKey key = NewKey();
  ASSERT_TRUE(key.Save(path_).ok());
  struct stat status;
  ASSERT_EQ(0, stat(path_.c_str(), &status));
  EXPECT_EQ(0600u, status.st_mode & 0777);
  const auto loaded = SigningKey::Load(path_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(Signed(kModule, key), Signed(kModule, *loaded));
  std::string line;
  std::getline(std::ifstream(path_ + ".pub"), line);
  EXPECT_EQ(key.public_key(), *PublicKey::Parse(line));
  EXPECT_FALSE(NewKey().Save(path_).ok()) << "a key that is there is kept";
}

TEST_F(KeyFileTest, Refused) {
  ASSERT_TRUE(NewKey().Save(path_).ok());
  ASSERT_EQ(0, chmod(path_.c_str(), 0640));
  EXPECT_EQ(absl::StatusCode::kPermissionDenied, SigningKey::Load(path_).status().code());
  ASSERT_EQ(0, chmod((path_ + ".pub").c_str(), 0600));
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, SigningKey::Load(path_ + ".pub").status().code());
  EXPECT_EQ(absl::StatusCode::kNotFound, SigningKey::Load(dir_ + "/none").status().code());
}

}  // namespace
}  // namespace airwasm::security
