// The frame of a module: header, section ids, sizes and order, custom sections, and what sections
// say about one another.
#include "engine/binary/decoder.h"

#include <algorithm>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/status_macros.h"
#include "engine/binary/branch_hints.h"
#include "engine/binary/name_section.h"
#include "engine/binary/sections.h"

namespace airwasm::binary {
namespace {

constexpr uint8_t kMagic[] = {0x00, 'a', 's', 'm'};
constexpr uint8_t kVersion[] = {0x01, 0x00, 0x00, 0x00};

// Position of each section id in the order of sections, counted from 1; 0 for ids that do not
// exist.
constexpr std::array<uint8_t, 256> MakeRanks() {
  std::array<uint8_t, 256> ranks{};
  uint8_t rank = 0;
  for (const SectionRow& row : kSections) ranks[row.id] = ++rank;
  return ranks;
}
constexpr std::array<uint8_t, 256> kRanks = MakeRanks();

// The suite knows the long form; the short form of ByteReader is a prefix of it.
Error SectionError(const ByteReader& reader) {
  Error error = reader.error();
  if (error.message == "unexpected end") error.message = "unexpected end of section or function";
  return error;
}

void Header(ByteReader& reader) {
  const auto expect = [&](std::span<const uint8_t> want, std::string_view message) {
    const size_t start = reader.offset();
    const std::span<const uint8_t> got = reader.Bytes(want.size());
    if (reader.ok() && !std::equal(got.begin(), got.end(), want.begin())) {
      reader.FailAt(start, ErrorKind::kMalformed, message);
    }
  };
  expect(kMagic, "magic header not detected");
  expect(kVersion, "unknown binary version");
}

class Decoder {
 public:
  Decoder(std::span<const uint8_t> bytes, const Features& features, const DecodeOptions& options)
      : reader_(bytes), bytes_(bytes), features_(features), options_(options) {}

  Expected<syntax::Module> Run() {
    if (bytes_.size() > limits::kModuleBytes) {
      return Error{.kind = ErrorKind::kLimit,
                   .message = "module too large: " + std::to_string(bytes_.size()) +
                              " bytes, the limit is " + std::to_string(limits::kModuleBytes)};
    }
    Header(reader_);
    while (reader_.ok() && !reader_.AtEnd()) {
      Checked section = Section();
      if (!section.ok()) return std::move(section).error();
    }
    if (!reader_.ok()) return reader_.error();
    RETURN_IF_ERROR(CheckConsistency());
    if (options_.check_bodies) RETURN_IF_ERROR(CheckBodies(module_));
    ReadMetadata();
    return std::move(module_);
  }

 private:
  Checked Section() {
    const size_t start = reader_.offset();
    const uint8_t id = reader_.U8();
    const uint8_t rank = kRanks[id];
    if (id != kCustomSection && rank == 0) return Malformed(start, "malformed section id");
    if (id != kCustomSection && rank <= last_rank_) {
      return Malformed(start, "unexpected content after last section");
    }
    const size_t size_offset = reader_.offset();
    const uint32_t size = reader_.VarU32();
    if (!reader_.ok()) return reader_.error();
    if (size > reader_.remaining()) return Malformed(size_offset, "length out of bounds");
    const size_t offset = reader_.offset();
    const syntax::Bytes contents = reader_.Bytes(size);
    if (id == kCustomSection) return Custom(contents, offset);
    last_rank_ = rank;
    last_id_ = id;
    SectionReader section({contents.data(), bytes_.data() + bytes_.size()}, offset, features_);
    kSections[rank - 1].read(section, module_);
    if (!section.ok()) return SectionError(section);
    if (section.offset() != offset + size) {
      return Malformed(std::min(section.offset(), offset + size), "section size mismatch");
    }
    if (section.late_error() && !late_error_) late_error_ = section.late_error();
    return Ok();
  }

  Checked Custom(syntax::Bytes contents, size_t start) {
    SectionReader section(contents, start, features_);
    const std::string_view name = section.Name();
    if (!section.ok()) return SectionError(section);
    const size_t offset = section.offset();
    customs_.push_back({.name = name,
                        .bytes = section.Bytes(section.remaining()),
                        .after = last_id_,
                        .offset = offset});
    return Ok();
  }

  // A missing section counts as an empty one.
  Checked CheckConsistency() const {
    if (late_error_) return *late_error_;
    const bool has_bodies = module_.code_section_offset != 0;
    if (!has_bodies && module_.funcs.size() != module_.num_imported_funcs) {
      return Malformed(bytes_.size(), "function and code section have inconsistent lengths");
    }
    if (module_.data_count && *module_.data_count != module_.datas.size()) {
      return Malformed(bytes_.size(), "data count and data section have inconsistent lengths");
    }
    return Ok();
  }

  // Names and hints are about what other sections hold, so they are read when all of these are
  // there.
  void ReadMetadata() {
    bool has_hints = false;
    for (const syntax::CustomSection& custom : customs_) {
      if (custom.name == kNameSection) {
        DecodeNames(custom.bytes, module_);
        continue;
      }
      if (custom.name == kBranchHintSection && !has_hints) {
        has_hints = DecodeBranchHints(custom.bytes, custom.offset, module_).ok();
        if (has_hints) continue;
      }
      module_.customs.push_back(custom);
    }
  }

  static Error Malformed(size_t offset, std::string_view message) {
    return {.kind = ErrorKind::kMalformed, .offset = offset, .message = std::string(message)};
  }

  ByteReader reader_;
  std::span<const uint8_t> bytes_;
  const Features& features_;
  const DecodeOptions& options_;
  syntax::Module module_;
  std::vector<syntax::CustomSection> customs_;
  std::optional<Error> late_error_;
  uint8_t last_rank_ = 0;
  uint8_t last_id_ = 0;
};

}  // namespace

Expected<syntax::Module> Decode(std::span<const uint8_t> bytes, const Features& features,
                                const DecodeOptions& options) {
  return Decoder(bytes, features, options).Run();
}

}  // namespace airwasm::binary
