// A module together with its compiled code, in one file: what `airwasm compile` writes.
//
//   | "airwasm cwasm 1\n" | digest 32 | build | processor | settings | wasm | record ... |
//
// Texts and the module are preceded by their length (8 bytes); records are image_format.h's. The
// digest, of all that follows it, finds damage. It says nothing about who made the file, and code
// is not checked: whoever can write such a file can make the process do anything.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/tier/image_format.h"

namespace airwasm::tier {

bool IsArtifact(std::span<const uint8_t> bytes);

// `settings` is SettingsOf the module.
std::string MakeArtifact(std::span<const uint8_t> wasm, const std::string& settings,
                         std::span<const CompiledCode> codes);

struct Artifact {
  std::span<const uint8_t> wasm;
  std::span<const uint8_t> records;
};
// Borrows `bytes`. Nothing when they are damaged, or when this process cannot run their code:
// `*why` says which, for people, and `*is_damaged` for programs.
std::optional<Artifact> OpenArtifact(std::span<const uint8_t> bytes, const std::string& settings,
                                     std::string* why, bool* is_damaged);
// The code of the module that was made of `artifact.wasm`; nothing when it is not sound.
std::optional<std::vector<CompiledCode>> CodeOf(const Artifact& artifact, const ModuleShape& shape);

}  // namespace airwasm::tier
