// Signatures: who vouches for the bytes of a module or a component.
//
// A signature is Ed25519 over a hash of the file. It is kept in the file, in a custom section
// "airwasm.signature" that other tools pass over, or beside it, in FILE.sig, for files of any kind.
// What is signed is the file as it is without that section, so that several can sign one file, in
// any order. A custom section says nothing to the engine: a signature counts where somebody asks
// for it (`signers` of a policy, `airwasm verify`).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace airwasm::security {

struct PublicKey {
  std::array<uint8_t, 32> bytes{};

  // "ed25519:BASE64", as policies name signers. Errors: INVALID_ARGUMENT
  static absl::StatusOr<PublicKey> Parse(std::string_view text);
  std::string ToString() const;
  bool operator==(const PublicKey&) const = default;
};

// A pair of keys. Its secret part is wiped when it goes.
class SigningKey {
 public:
  static absl::StatusOr<SigningKey> Generate();
  // Errors: NOT_FOUND, PERMISSION_DENIED  it cannot be read, or others than its owner can
  //         INVALID_ARGUMENT              it is no key
  static absl::StatusOr<SigningKey> Load(const std::string& path);
  // Writes the secret to `path`, for its owner alone, and the public key to `path`.pub; neither may
  // exist.
  absl::Status Save(const std::string& path) const;

  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&& other) noexcept;
  ~SigningKey();

  const PublicKey& public_key() const { return public_key_; }

 private:
  friend class Signer;
  SigningKey() = default;
  std::array<uint8_t, 32> seed_{};
  PublicKey public_key_;
};

// The file with a signature of this key added to those that it has, or put in the place of an older
// one of the same key. Those that do not fit the file any more are left out, and named in `dropped`
// if it is given.
//
// Errors: INVALID_ARGUMENT     its sections, or the signatures in it, are malformed
//         FAILED_PRECONDITION  it is neither a binary module nor a binary component: DetachedSign
absl::StatusOr<std::string> Sign(std::string_view file, const SigningKey& key,
                                 std::vector<PublicKey>* dropped = nullptr);
// The contents of FILE.sig; `present` is what it holds by now, or empty. Takes files of any kind.
absl::StatusOr<std::string> DetachedSign(std::string_view file, std::string_view present,
                                         const SigningKey& key,
                                         std::vector<PublicKey>* dropped = nullptr);

// Who signed the file, in it and in `detached`, the contents of FILE.sig. At least one; every
// signature fits.
//
// Errors: NOT_FOUND         nobody did
//         INVALID_ARGUMENT  sections or signatures are malformed
//         DATA_LOSS         a signature does not fit: the file is not the one that was signed
absl::StatusOr<std::vector<PublicKey>> SignersOf(
    std::string_view file, std::optional<std::string_view> detached = std::nullopt);

// Whether one of `signers` ("ed25519:BASE64") has signed the file. Errors: those of SignersOf;
// PERMISSION_DENIED others did, and are named.
absl::Status CheckSigners(std::string_view file, std::optional<std::string_view> detached,
                          const std::vector<std::string>& signers);

}  // namespace airwasm::security
