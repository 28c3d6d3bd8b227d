// Any bytes: whoever signs them is found, and signing again changes nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "airwasm/signature.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace airwasm::security;
  static const SigningKey& key = *new SigningKey(*SigningKey::Generate());
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  (void)SignersOf(file);
  (void)SignersOf("(module)", file);
  (void)PublicKey::Parse(file);
  const absl::StatusOr<std::string> with = Sign(file, key);
  if (!with.ok()) return 0;
  Check(CheckSigners(*with, {}, {key.public_key().ToString()}).ok());
  Check(*Sign(*with, key) == *with);
  return 0;
}
