#include "airwasm/signature.h"

#include <sodium.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "security/sign/section.h"
#include "security/sign/sodium.h"

namespace airwasm::security {

using sign::Signature;
using sign::SplitFile;

// Signs what was split, and checks signatures of it.
class Signer {
 public:
  explicit Signer(const SplitFile& file) {
    sign::InitSodium();
    std::array<uint8_t, 32> hash{};  // BLAKE2b-256
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, hash.size());
    for (const std::string_view part : {file.before, file.behind}) {
      crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(part.data()), part.size());
    }
    crypto_generichash_final(&state, hash.data(), hash.size());
    // A key that signs other things as well signs nothing that could pass for this.
    static constexpr std::string_view kContext("airwasm signature of a file, version 1\0", 39);
    message_.assign(kContext.begin(), kContext.end());
    message_.insert(message_.end(), hash.begin(), hash.end());
  }

  Signature SignWith(const SigningKey& key) const {
    Signature signature{.key = key.public_key()};
    std::array<uint8_t, crypto_sign_PUBLICKEYBYTES> public_key{};
    std::array<uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
    crypto_sign_seed_keypair(public_key.data(), secret.data(), key.seed_.data());
    crypto_sign_detached(signature.bytes.data(), nullptr, message_.data(), message_.size(),
                         secret.data());
    sodium_memzero(secret.data(), secret.size());
    return signature;
  }

  bool Fits(const Signature& signature) const {
    return crypto_sign_verify_detached(signature.bytes.data(), message_.data(), message_.size(),
                                       signature.key.bytes.data()) == 0;
  }

  // Of `signatures` those that fit and are of other keys, and one of this key.
  absl::Status Add(const SigningKey& key, std::vector<Signature>& signatures,
                   std::vector<PublicKey>* dropped) const {
    std::erase_if(signatures, [&](const Signature& present) {
      if (present.key == key.public_key()) return true;
      if (Fits(present)) return false;
      if (dropped != nullptr) dropped->push_back(present.key);
      return true;
    });
    if (signatures.size() == sign::kMaxSignatures)
      return absl::InvalidArgumentError(
          absl::StrCat("it has ", sign::kMaxSignatures, " signatures already"));
    signatures.push_back(SignWith(key));
    return absl::OkStatus();
  }

 private:
  std::vector<uint8_t> message_;
};

absl::StatusOr<std::string> Sign(std::string_view file, const SigningKey& key,
                                 std::vector<PublicKey>* dropped) {
  if (!sign::IsBinary(file))
    return absl::FailedPreconditionError(
        "it is neither a binary module nor a binary component, and has no place for a signature");
  const absl::StatusOr<SplitFile> split = sign::Split(file);
  if (!split.ok()) return split.status();
  std::vector<Signature> signatures;
  if (split->list) {
    absl::StatusOr<std::vector<Signature>> present = sign::ReadList(*split->list);
    if (!present.ok()) return present.status();
    signatures = *std::move(present);
  }
  if (absl::Status status = Signer(*split).Add(key, signatures, dropped); !status.ok())
    return status;
  std::string signed_file(split->before);
  signed_file.append(split->behind);
  return signed_file + sign::WriteSection(signatures);
}

absl::StatusOr<std::string> DetachedSign(std::string_view file, std::string_view present,
                                         const SigningKey& key, std::vector<PublicKey>* dropped) {
  const absl::StatusOr<SplitFile> split = sign::Split(file);
  if (!split.ok()) return split.status();
  std::vector<Signature> signatures;
  if (!present.empty()) {
    absl::StatusOr<std::vector<Signature>> read = sign::ReadDetached(present);
    if (!read.ok()) return read.status();
    signatures = *std::move(read);
  }
  if (absl::Status status = Signer(*split).Add(key, signatures, dropped); !status.ok())
    return status;
  return sign::WriteDetached(signatures);
}

absl::StatusOr<std::vector<PublicKey>> SignersOf(std::string_view file,
                                                 std::optional<std::string_view> detached) {
  const absl::StatusOr<SplitFile> split = sign::Split(file);
  if (!split.ok()) return split.status();
  std::vector<Signature> signatures;
  if (split->list) {
    absl::StatusOr<std::vector<Signature>> list = sign::ReadList(*split->list);
    if (!list.ok()) return list.status();
    signatures = *std::move(list);
  }
  if (detached) {
    absl::StatusOr<std::vector<Signature>> list = sign::ReadDetached(*detached);
    if (!list.ok()) return list.status();
    std::move(list->begin(), list->end(), std::back_inserter(signatures));
  }
  if (signatures.empty()) return absl::NotFoundError("it is not signed");
  const Signer signer(*split);
  std::vector<PublicKey> signers;
  for (const Signature& signature : signatures) {
    if (!signer.Fits(signature))
      return absl::DataLossError(absl::StrCat("the signature of ", signature.key.ToString(),
                                              " does not fit: it signed something else"));
    if (std::find(signers.begin(), signers.end(), signature.key) == signers.end())
      signers.push_back(signature.key);
  }
  return signers;
}

absl::Status CheckSigners(std::string_view file, std::optional<std::string_view> detached,
                          const std::vector<std::string>& signers) {
  const absl::StatusOr<std::vector<PublicKey>> found = SignersOf(file, detached);
  if (!found.ok()) return found.status();
  for (const std::string& text : signers) {
    const absl::StatusOr<PublicKey> wanted = PublicKey::Parse(text);
    if (!wanted.ok()) return wanted.status();
    if (std::find(found->begin(), found->end(), *wanted) != found->end()) return absl::OkStatus();
  }
  const auto name = [](std::string* out, const PublicKey& key) { out->append(key.ToString()); };
  return absl::PermissionDeniedError(
      absl::StrCat("it is signed by ", absl::StrJoin(*found, ", ", name), " only"));
}

}  // namespace airwasm::security
