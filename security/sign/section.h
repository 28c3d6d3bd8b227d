// Where in a file its signatures are: the custom section, and the list of signatures in it.
//
//   section       0x00, size (LEB128), length of the name (LEB128), "airwasm.signature", list
//   list          version (1), number of signatures (1 to kMaxSignatures), signatures
//   signature     public key (32 bytes), Ed25519 signature (64 bytes)
//   FILE.sig      "airwasm.signature", list
//
// There is one form for each list of signatures: numbers are written as short as can be, keys
// differ, nothing follows the last signature. So no byte of a signed file can be changed and pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "airwasm/signature.h"

namespace airwasm::security::sign {

inline constexpr std::string_view kSectionName = "airwasm.signature";
inline constexpr size_t kMaxSignatures = 64;

struct Signature {
  PublicKey key;
  std::array<uint8_t, 64> bytes{};
};

struct SplitFile {
  // What is signed: the file before and behind the section, or all of it.
  std::string_view before;
  std::string_view behind;
  std::optional<std::string_view> list;  // as the section has it
};

// Whether this begins as a binary module or component does.
bool IsBinary(std::string_view file);

// Walks the outermost sections. A file that is not IsBinary has none.
// Errors: INVALID_ARGUMENT "offset 0x..: ..." the sections do not fill the file, or there are two
// of signatures
absl::StatusOr<SplitFile> Split(std::string_view file);

absl::StatusOr<std::vector<Signature>> ReadList(std::string_view list);
std::string WriteList(const std::vector<Signature>& signatures);
// The whole section.
std::string WriteSection(const std::vector<Signature>& signatures);

// Of FILE.sig.
absl::StatusOr<std::vector<Signature>> ReadDetached(std::string_view contents);
std::string WriteDetached(const std::vector<Signature>& signatures);

}  // namespace airwasm::security::sign
