// Keys, as text and as files. The secret's file has one line, "ed25519-secret:BASE64" of the seed.
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "airwasm/signature.h"
#include "engine/base/format.h"
#include "security/sign/sodium.h"

namespace airwasm::security {
namespace {

constexpr std::string_view kPublicPrefix = "ed25519:";
constexpr std::string_view kSecretPrefix = "ed25519-secret:";
constexpr size_t kMaxKeyFileBytes = 256;

std::string Base64(const void* bytes, size_t size) {
  std::string text;
  absl::Base64Escape({static_cast<const char*>(bytes), size}, &text);
  return text;
}

// 32 bytes behind a prefix, in the one base64 that they have.
bool ParseKey(std::string_view text, std::string_view prefix, std::array<uint8_t, 32>& bytes) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  std::string key;
  if (!absl::Base64Unescape({text.data(), text.size()}, &key)) return false;
  const bool fits = key.size() == bytes.size() && Base64(key.data(), key.size()) == text;
  if (fits) std::memcpy(bytes.data(), key.data(), bytes.size());
  sodium_memzero(key.data(), key.size());
  return fits;
}

std::string KeyText(std::string_view prefix, const std::array<uint8_t, 32>& bytes) {
  return std::string(prefix) + Base64(bytes.data(), bytes.size());
}

absl::Status WriteNew(const std::string& path, std::string_view text, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot make '", path, "'"));
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (close(fd) != 0 || !written) {
    unlink(path.c_str());
    return absl::ErrnoToStatus(error, absl::StrCat("cannot write '", path, "'"));
  }
  return absl::OkStatus();
}

}  // namespace

void sign::InitSodium() {
  static const bool ready = sodium_init() >= 0;
  (void)ready;
}

absl::StatusOr<PublicKey> PublicKey::Parse(std::string_view text) {
  PublicKey key;
  if (!ParseKey(text, kPublicPrefix, key.bytes))
    return absl::InvalidArgumentError(
        FormatText("'%s': expected 'ed25519:' and a key of 32 bytes in base64", text));
  return key;
}

std::string PublicKey::ToString() const {
  return KeyText(kPublicPrefix, bytes);
}

SigningKey::SigningKey(SigningKey&& other) noexcept {
  *this = std::move(other);
}
SigningKey& SigningKey::operator=(SigningKey&& other) noexcept {
  std::swap(seed_, other.seed_);
  std::swap(public_key_, other.public_key_);
  return *this;
}
SigningKey::~SigningKey() {
  sodium_memzero(seed_.data(), seed_.size());
}

namespace {

PublicKey PublicOf(const std::array<uint8_t, 32>& seed) {
  PublicKey key;
  std::array<uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
  crypto_sign_seed_keypair(key.bytes.data(), secret.data(), seed.data());
  sodium_memzero(secret.data(), secret.size());
  return key;
}

}  // namespace

absl::StatusOr<SigningKey> SigningKey::Generate() {
  sign::InitSodium();
  SigningKey key;
  randombytes_buf(key.seed_.data(), key.seed_.size());
  key.public_key_ = PublicOf(key.seed_);
  return key;
}

absl::StatusOr<SigningKey> SigningKey::Load(const std::string& path) {
  sign::InitSodium();
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read key '", path, "'"));
  const absl::Cleanup close_fd = [fd] { close(fd); };
  struct stat status;
  if (fstat(fd, &status) != 0) return absl::ErrnoToStatus(errno, path);
  if (S_ISREG(status.st_mode) && (status.st_mode & 077) != 0)
    return absl::PermissionDeniedError(absl::StrCat(
        "key '", path, "': others than its owner can read or write it (chmod 600 would do)"));
  std::array<char, kMaxKeyFileBytes> text{};
  const ssize_t n = read(fd, text.data(), text.size());
  if (n < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read key '", path, "'"));
  SigningKey key;
  std::string_view line(text.data(), static_cast<size_t>(n));
  if (line.ends_with('\n')) line.remove_suffix(1);
  const bool parsed = ParseKey(line, kSecretPrefix, key.seed_);
  sodium_memzero(text.data(), text.size());
  if (!parsed)
    return absl::InvalidArgumentError(
        absl::StrCat("key '", path, "': it is no secret key (airwasm sign --generate makes one)"));
  key.public_key_ = PublicOf(key.seed_);
  return key;
}

absl::Status SigningKey::Save(const std::string& path) const {
  std::string secret = KeyText(kSecretPrefix, seed_) + "\n";
  const absl::Status saved = WriteNew(path, secret, 0600);
  sodium_memzero(secret.data(), secret.size());
  if (!saved.ok()) return saved;
  const absl::Status published = WriteNew(path + ".pub", public_key_.ToString() + "\n", 0644);
  if (!published.ok()) unlink(path.c_str());
  return published;
}

}  // namespace airwasm::security
