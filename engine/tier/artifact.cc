#include "engine/tier/artifact.h"

#include <algorithm>
#include <cstring>

#include "engine/base/format.h"
#include "engine/tier/build_id.h"
#include "engine/tier/cpu.h"

namespace airwasm::tier {
namespace {

constexpr std::string_view kMagic = "airwasm cwasm 1\n";
// What any version of the format begins with.
constexpr std::string_view kFamily = "airwasm cwasm ";
constexpr size_t kHeaderBytes = kMagic.size() + sizeof(Digest);

void AddPart(std::string& out, std::span<const uint8_t> part) {
  const uint64_t size = part.size();
  out.append(reinterpret_cast<const char*>(&size), sizeof(size));
  out.append(reinterpret_cast<const char*>(part.data()), part.size());
}

bool TakePart(std::span<const uint8_t>& left, std::span<const uint8_t>& part) {
  uint64_t size;
  if (left.size() < sizeof(size)) return false;
  std::memcpy(&size, left.data(), sizeof(size));
  left = left.subspan(sizeof(size));
  if (size > left.size()) return false;
  part = left.first(size);
  left = left.subspan(size);
  return true;
}

std::string_view TextOf(std::span<const uint8_t> part) {
  return {reinterpret_cast<const char*>(part.data()), part.size()};
}

// "x86-64 AuthenticAMD 25/1/1": the words for people.
std::string ShortName(std::string_view cpu) {
  size_t end = 0;
  for (int words = 0; words < 3 && end != std::string_view::npos; ++words)
    end = cpu.find(' ', end == 0 ? 0 : end + 1);
  return std::string(cpu.substr(0, end));
}

}  // namespace

bool IsArtifact(std::span<const uint8_t> bytes) {
  return TextOf(bytes).starts_with(kFamily);
}

std::string MakeArtifact(std::span<const uint8_t> wasm, const std::string& settings,
                         std::span<const CompiledCode> codes) {
  std::string rest;
  AddPart(rest, AsBytes(kBuildId));
  AddPart(rest, AsBytes(CpuIdentity()));
  AddPart(rest, AsBytes(settings));
  AddPart(rest, wasm);
  const Digest key = Sha256({wasm});
  for (const CompiledCode& code : codes) rest += MakeRecord(key, code);
  const Digest digest = Sha256({AsBytes(rest)});
  return std::string(kMagic) + std::string(digest.begin(), digest.end()) + rest;
}

std::optional<Artifact> OpenArtifact(std::span<const uint8_t> bytes, const std::string& settings,
                                     std::string* why, bool* is_damaged) {
  const auto fail = [&](std::string reason, bool damaged = false) {
    *why = std::move(reason);
    *is_damaged = damaged;
    return std::nullopt;
  };
  if (!IsArtifact(bytes)) return fail("it is not a precompiled module", true);
  if (!TextOf(bytes).starts_with(kMagic))
    return fail("it is a precompiled module in the format of another version; compile it again");
  std::span<const uint8_t> left = bytes.subspan(std::min(kHeaderBytes, bytes.size()));
  if (bytes.size() < kHeaderBytes ||
      std::memcmp(bytes.data() + kMagic.size(), Sha256({left}).data(), sizeof(Digest)) != 0)
    return fail("it is damaged: its contents do not match their checksum", true);
  std::span<const uint8_t> build;
  std::span<const uint8_t> cpu;
  std::span<const uint8_t> made_with;
  Artifact artifact;
  if (!TakePart(left, build) || !TakePart(left, cpu) || !TakePart(left, made_with) ||
      !TakePart(left, artifact.wasm))
    return fail("it is damaged: a part is longer than the file", true);
  artifact.records = left;
  if (TextOf(build) != kBuildId)
    return fail(FormatText("it was compiled by airwasm build %s, and this is %s; compile it again",
                           TextOf(build), kBuildId));
  if (TextOf(cpu) != CpuIdentity()) {
    const std::string theirs = ShortName(TextOf(cpu));
    const std::string ours = ShortName(CpuIdentity());
    return fail(theirs == ours ? FormatText("it was compiled for a processor (%s) with other "
                                            "features than this one's; compile it again here",
                                            theirs)
                               : FormatText("it was compiled for another processor (%s, and "
                                            "this is %s); compile it again here",
                                            theirs, ours));
  }
  if (TextOf(made_with) != settings)
    return fail(
        FormatText("it was compiled with other options (%s, and now %s); give the same "
                   "-W and -O as to `airwasm compile`",
                   TextOf(made_with), settings));
  return artifact;
}

std::optional<std::vector<CompiledCode>> CodeOf(const Artifact& artifact,
                                                const ModuleShape& shape) {
  size_t good = 0;
  std::vector<CompiledCode> codes =
      ReadRecords(artifact.records, 0, Sha256({artifact.wasm}), shape, &good);
  if (good != artifact.records.size()) return std::nullopt;
  return codes;
}

}  // namespace airwasm::tier
