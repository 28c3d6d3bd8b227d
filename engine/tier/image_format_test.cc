#include "engine/tier/image_format.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "engine/tier/artifact.h"
#include "engine/tier/cache_test_util.h"
#include "engine/tier/cpu.h"

namespace airwasm::tier {
namespace {

std::vector<CompiledCode> Read(const std::string& records, size_t* good,
                               const Digest& key = TestKey(1)) {
  return ReadRecords(AsBytes(records), 0, key, kTestShape, good);
}

TEST(ImageFormat, ComesBackTheSame) {
  CompiledCode code = TestCode(2);
  code.likely_calls = 7;
  const std::optional<CompiledCode> back = Decode(AsBytes(Encode(code)), kTestShape);
  ASSERT_TRUE(back);
  EXPECT_EQ(7u, back->likely_calls);
  EXPECT_EQ(code.image.bytes, back->image.bytes);
  EXPECT_EQ(code.image.locations, back->image.locations);
  ASSERT_EQ(2u, back->image.functions.size());
  EXPECT_EQ(40u, back->image.functions[1].osr_loop_offset);
  EXPECT_EQ(-16, back->image.frame_saves[0].saved[4]);
  EXPECT_EQ(LibraryFunction::kFmaf, back->image.relocs[0].function);
  ASSERT_EQ(1u, back->refused.size());
  EXPECT_EQ("it is too large", back->refused[0].reason);
  EXPECT_EQ(Encode(code), Encode(*back));
}

TEST(ImageFormat, NothingCutOffIsRead) {
  const std::string first = MakeRecord(TestKey(1), TestCode(1));
  const std::string both = first + MakeRecord(TestKey(1), TestCode(2));
  for (size_t size = 0; size < both.size(); ++size) {
    SCOPED_TRACE(size);
    size_t good = 0;
    EXPECT_EQ(size < first.size() ? 0u : 1u, Read(both.substr(0, size), &good).size());
    EXPECT_EQ(size < first.size() ? 0u : first.size(), good);
  }
  size_t good = 0;
  EXPECT_EQ(2u, Read(both, &good).size());
  EXPECT_EQ(both.size(), good);
}

TEST(ImageFormat, NoBentBitIsRead) {
  std::string record = MakeRecord(TestKey(1), TestCode(1));
  for (size_t bit = 0; bit < 8 * record.size(); ++bit) {
    record[bit / 8] = static_cast<char>(record[bit / 8] ^ (1 << bit % 8));
    size_t good = 1;
    EXPECT_TRUE(Read(record, &good).empty()) << bit;
    EXPECT_EQ(0u, good) << bit;
    record[bit / 8] = static_cast<char>(record[bit / 8] ^ (1 << bit % 8));
  }
  size_t good = 0;
  EXPECT_EQ(1u, Read(record, &good).size());
}

TEST(ImageFormat, RecordsOfAnotherKeyAreNotRead) {
  size_t good = 1;
  EXPECT_TRUE(Read(MakeRecord(TestKey(1), TestCode(1)), &good, TestKey(2)).empty());
  EXPECT_EQ(0u, good);
}

TEST(ImageFormat, SubjectsTellCodeApart) {
  const auto subject = [](const CompiledCode& code) {
    const std::string record = MakeRecord(TestKey(1), code);
    return FindRecord(AsBytes(record), 0, record.size())->subject;
  };
  CompiledCode same = TestCode(1);
  same.image.bytes[3] ^= 1;
  EXPECT_EQ(subject(TestCode(1)), subject(same));
  EXPECT_NE(subject(TestCode(1)), subject(TestCode(2)));
  CompiledCode wiser = TestCode(1);
  wiser.likely_calls = 1;
  EXPECT_NE(subject(TestCode(1)), subject(wiser));
  CompiledCode met_again = TestCode(1);
  ++met_again.met[0].samples;
  EXPECT_NE(subject(TestCode(1)), subject(met_again));
}

// What a checksum does not find, for somebody computed it.
TEST(ImageFormat, EveryNumberIsChecked) {
  const struct {
    const char* name;
    std::function<void(CompiledCode&)> bend;
  } kCases[] = {
      {"an imported function", [](CompiledCode& c) { c.image.functions[0].func_index = 0; }},
      {"no such function", [](CompiledCode& c) { c.image.functions[0].func_index = 4; }},
      {"code beyond the end", [](CompiledCode& c) { c.image.functions[0].code_offset = 60; }},
      {"sum overflows", [](CompiledCode& c) { c.image.functions[0].code_offset = UINT32_MAX; }},
      {"no code", [](CompiledCode& c) { c.image.functions[0].code_bytes = 0; }},
      {"entry beyond the end", [](CompiledCode& c) { c.image.functions[0].entry_offset = 64; }},
      {"reloc beyond the end", [](CompiledCode& c) { c.image.relocs[0].offset = 57; }},
      {"no such library function",
       [](CompiledCode& c) { c.image.relocs[0].function = static_cast<LibraryFunction>(5); }},
      {"a location of no function", [](CompiledCode& c) { c.image.locations[1].func_index = 9; }},
      {"a location outside of the module",
       [](CompiledCode& c) { c.image.locations[1].module_offset = 301; }},
      {"a location that is its own parent",
       [](CompiledCode& c) { c.image.locations[2].parent = 2; }},
      {"lines in disorder", [](CompiledCode& c) { c.image.lines[2].code_offset = 4; }},
      {"a line beyond the end", [](CompiledCode& c) { c.image.lines[2].code_offset = 65; }},
      {"frames in disorder", [](CompiledCode& c) { c.image.frame_saves[0].code_offset = 17; }},
      {"pads that overlap", [](CompiledCode& c) { c.image.landing_pads[1].begin_offset = 7; }},
      {"a pad beyond the end", [](CompiledCode& c) { c.image.landing_pads[1].pad_offset = 64; }},
      {"a range that ends before it begins",
       [](CompiledCode& c) { c.image.landing_pads[1].end_offset = 19; }},
      {"refused: no such function", [](CompiledCode& c) { c.refused[0].func_index = 4; }},
      {"met: an imported function", [](CompiledCode& c) { c.met[0].func_index = 0; }},
      {"met: no such function", [](CompiledCode& c) { c.met[0].func_index = 4; }},
  };
  for (const auto& row : kCases) {
    SCOPED_TRACE(row.name);
    CompiledCode code = TestCode(1);
    ASSERT_TRUE(Decode(AsBytes(Encode(code)), kTestShape));
    row.bend(code);
    EXPECT_FALSE(Decode(AsBytes(Encode(code)), kTestShape));
  }
}

// A function without instructions has a line, and no location.
TEST(ImageFormat, LinesNeedNoLocations) {
  CompiledCode code = TestCode(1);
  code.image.locations.clear();
  EXPECT_TRUE(Decode(AsBytes(Encode(code)), kTestShape));
}

TEST(ImageFormat, HostilePayloadsAreRefusedOrSound) {
  const std::string payload = Encode(TestCode(1));
  for (size_t size = 0; size < payload.size(); ++size)
    EXPECT_FALSE(Decode(AsBytes(payload).first(size), kTestShape)) << size;
  EXPECT_FALSE(Decode(AsBytes(payload + "x"), kTestShape));
  // Every word made as large as it can be, or a little wrong: what is still taken comes back as it
  // is, so nothing was read from elsewhere.
  for (size_t at = 0; at + 4 <= payload.size(); ++at) {
    for (const uint32_t word : {0u, 1u, 0x7FFF'FFFFu, 0xFFFF'FFF8u, 0xFFFF'FFFFu}) {
      std::string bent = payload;
      std::memcpy(bent.data() + at, &word, sizeof(word));
      if (const auto code = Decode(AsBytes(bent), kTestShape)) EXPECT_EQ(bent, Encode(*code)) << at;
    }
  }
}

// ---- Artifacts

constexpr char kWasm[] = "the module";

std::string Artifact() {
  const std::vector<CompiledCode> codes = {TestCode(1), TestCode(2)};
  return MakeArtifact(AsBytes(kWasm), "settings", codes);
}

TEST(Artifact, ComesBackTheSame) {
  const std::string bytes = Artifact();
  std::string why;
  bool is_damaged = false;
  const auto artifact = OpenArtifact(AsBytes(bytes), "settings", &why, &is_damaged);
  ASSERT_TRUE(artifact) << why;
  EXPECT_EQ(kWasm, std::string(artifact->wasm.begin(), artifact->wasm.end()));
  const auto codes = CodeOf(*artifact, kTestShape);
  ASSERT_TRUE(codes);
  EXPECT_EQ(2u, codes->size());
}

TEST(Artifact, DamageIsRefused) {
  const std::string bytes = Artifact();
  const auto refuses = [](const std::string& bent) {
    std::string why;
    bool is_damaged = false;
    return !OpenArtifact(AsBytes(bent), "settings", &why, &is_damaged) && !why.empty();
  };
  ASSERT_FALSE(refuses(bytes));
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_TRUE(refuses(bytes.substr(0, size)));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string bent = bytes;
    bent[i] = static_cast<char>(bent[i] ^ (1 << i % 8));
    EXPECT_TRUE(refuses(bent)) << i;
  }
}

TEST(Artifact, SaysWhatDoesNotFit) {
  // As another build or processor would write it: sound, with other words inside.
  const auto replaced = [](std::string bytes, const std::string& from, std::string to) {
    const size_t at = bytes.find(from, from.starts_with("cwasm") ? 0 : 48);  // not in the digest
    EXPECT_NE(std::string::npos, at);
    to.resize(from.size(), '?');
    bytes.replace(at, to.size(), to);
    const Digest digest = Sha256({AsBytes(bytes).subspan(48)});
    std::memcpy(bytes.data() + 16, digest.data(), digest.size());
    return bytes;
  };
  const std::string cpu = CpuIdentity();
  const struct {
    std::string name, bytes, message;
  } kCases[] = {
      {"other options", replaced(Artifact(), "settings", "fittings"),
       "it was compiled with other options (fittings, and now settings)"},
      {"other build", replaced(Artifact(), "0.", "9."), "it was compiled by airwasm build 9."},
      {"other processor", replaced(Artifact(), cpu, "x86-64 Other 1/2/3 4"),
       "it was compiled for another processor (x86-64 Other 1/2/3, and this is x86-64"},
      {"other features", replaced(Artifact(), cpu, cpu.substr(0, cpu.size() - 1) + "?"),
       "it was compiled for a processor (x86-64"},
      {"other version", replaced(Artifact(), "cwasm 1", "cwasm 2"),
       "it is a precompiled module in the format of another version"},
      {"something else", "\0asm", "it is not a precompiled module"},
  };
  for (const auto& row : kCases) {
    SCOPED_TRACE(row.name);
    std::string why;
    bool is_damaged = false;
    EXPECT_FALSE(OpenArtifact(AsBytes(row.bytes), "settings", &why, &is_damaged));
    EXPECT_EQ(row.message, why.substr(0, row.message.size()));
  }
}

TEST(CpuIdentity, StaysTheSame) {
  const std::string first = CpuIdentity();
  EXPECT_EQ(first, CpuIdentity());
#ifdef __x86_64__
  EXPECT_TRUE(first.starts_with("x86-64 ")) << first;
#endif
}

}  // namespace
}  // namespace airwasm::tier
