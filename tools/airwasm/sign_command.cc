// `airwasm sign` and `airwasm verify`: who vouches for a module or a component.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "airwasm/signature.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/signed_file.h"

namespace airwasm::tools {
namespace {

using security::PublicKey;
using security::SigningKey;

struct SignFlags {
  std::string file;
  std::string key;
  std::string output;
  std::string generate;
  bool detached = false;
};

struct VerifyFlags {
  std::string file;
  std::string signature;
  std::vector<std::string> signers;
};

int Generate(const std::string& path) {
  const absl::StatusOr<SigningKey> key = SigningKey::Generate();
  if (!key.ok()) return Fail("", key.status());
  if (absl::Status status = key->Save(path); !status.ok()) return Fail("", status);
  std::printf("%s\n", key->public_key().ToString().c_str());
  return kExitOk;
}

int SignFile(const SignFlags& flags) {
  if (!flags.generate.empty()) {
    if (flags.file.empty() && flags.key.empty()) return Generate(flags.generate);
    return Fail("sign: --generate makes a key, and signs nothing"), kExitUsage;
  }
  if (flags.file.empty()) return Fail("sign: which FILE?"), kExitUsage;
  if (flags.key.empty())
    return Fail("sign: with which --key? (airwasm sign --generate KEY makes one)"), kExitUsage;
  const absl::StatusOr<SigningKey> key = SigningKey::Load(flags.key);
  if (!key.ok()) return Fail("", key.status());
  const absl::StatusOr<std::string> bytes = ReadFile(flags.file);
  if (!bytes.ok()) return Fail("", bytes.status());
  std::vector<PublicKey> dropped;
  absl::StatusOr<std::string> result;
  std::string output = flags.output;
  if (flags.detached) {
    if (output.empty()) output = flags.file == "-" ? "-" : SignatureFileOf(flags.file);
    std::string present;
    if (output != "-" && std::filesystem::exists(output)) {
      absl::StatusOr<std::string> read = ReadFile(output);
      if (!read.ok()) return Fail("", read.status());
      present = *std::move(read);
    }
    result = security::DetachedSign(*bytes, present, *key, &dropped);
  } else {
    if (output.empty()) output = flags.file;
    result = security::Sign(*bytes, *key, &dropped);
    if (absl::IsFailedPrecondition(result.status()))
      return Fail(absl::StrCat(flags.file, ": ", std::string(result.status().message()),
                               "; --detached writes one beside it"));
  }
  if (!result.ok()) return Fail(flags.file, result.status());
  for (const PublicKey& gone : dropped)
    std::fprintf(stderr, "airwasm: note: %s: the signature of %s did not fit and is left out\n",
                 flags.file.c_str(), gone.ToString().c_str());
  const absl::Status written = WriteFile(output, *result);
  return written.ok() ? kExitOk : Fail("", written);
}

int VerifyFile(const VerifyFlags& flags) {
  std::vector<PublicKey> wanted;
  for (const std::string& text : flags.signers) {
    const absl::StatusOr<PublicKey> key = PublicKey::Parse(text);
    if (!key.ok()) return Fail("--signer", key.status()), kExitUsage;
    wanted.push_back(*key);
  }
  const absl::StatusOr<std::string> bytes = ReadFile(flags.file);
  if (!bytes.ok()) return Fail("", bytes.status());
  absl::StatusOr<std::optional<std::string>> detached = ReadSignatureFile(flags.file);
  if (!flags.signature.empty()) {
    absl::StatusOr<std::string> read = ReadFile(flags.signature);
    if (!read.ok()) return Fail("", read.status());
    detached = *std::move(read);
  }
  if (!detached.ok()) return Fail("", detached.status());
  const absl::StatusOr<std::vector<PublicKey>> signers = security::SignersOf(*bytes, *detached);
  if (!signers.ok()) return Fail(flags.file, signers.status());
  for (const PublicKey& key : *signers) std::printf("signed by %s\n", key.ToString().c_str());
  const bool found =
      wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const PublicKey& key) {
        return std::find(signers->begin(), signers->end(), key) != signers->end();
      });
  return found ? kExitOk : Fail(flags.file + ": none of the given --signer has signed it");
}

}  // namespace

std::string SignatureFileOf(const std::string& path) {
  return path + ".sig";
}

absl::StatusOr<std::optional<std::string>> ReadSignatureFile(const std::string& path) {
  std::error_code error;
  if (path == "-" || !std::filesystem::exists(SignatureFileOf(path), error)) return std::nullopt;
  absl::StatusOr<std::string> read = ReadFile(SignatureFileOf(path));
  if (!read.ok()) return read.status();
  return *std::move(read);
}

void AddSignCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<SignFlags>();
  CLI::App* const command =
      app.add_subcommand("sign", "Sign a module or component, or make a key to sign with");
  command->add_option("FILE", flags->file, "a binary module or component; - is standard input");
  command->add_option("--key", flags->key, "The file of the secret key");
  command->add_option("-o,--output", flags->output,
                      "Where to write; FILE itself unless given, and FILE.sig with --detached");
  command->add_flag("--detached", flags->detached,
                    "Leave FILE as it is and write the signature beside it: for text, and for "
                    "whatever else is not binary WebAssembly");
  command->add_option("--generate", flags->generate,
                      "KEY: make a pair of keys, KEY for its owner alone to read, and KEY.pub with "
                      "the line that policies and --signer take, which is printed too");
  command->footer(
      "Others may sign the same file: signatures are kept side by side, each over the file without "
      "them. They lie in a custom section, which other tools pass over.\n\n"
      "Examples:\n"
      "  airwasm sign --generate release.key\n"
      "  airwasm sign app.wasm --key release.key -o signed.wasm\n"
      "  airwasm verify signed.wasm --signer \"$(cat release.key.pub)\"");
  command->callback([=] { *exit_code = SignFile(*flags); });
}

void AddVerifyCommand(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* const command =
      app.add_subcommand("verify", "Say who signed a module or component, and whether it is whole");
  command->add_option("FILE", flags->file, "the module or component; - is standard input")
      ->required();
  command
      ->add_option("--signer", flags->signers,
                   "ed25519:BASE64: one of those that are given has to have signed it")
      ->allow_extra_args(false);
  command->add_option("--signature", flags->signature,
                      "The file of detached signatures; FILE.sig, if it is there, unless given");
  command->footer(
      "Exits with 0 if it is signed, every signature fits and, with --signer, one is of those; "
      "with "
      "1 otherwise. A signature says who vouches for the file, not that the file is harmless.");
  command->callback([=] { *exit_code = VerifyFile(*flags); });
}

}  // namespace airwasm::tools
