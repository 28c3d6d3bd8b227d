#include "engine/tier/image_format.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace airwasm::tier {
namespace {

// Plain structs of 32-bit fields are written as they lie in memory; code of one processor is of no
// use to another, so there is one order of bytes.
template <typename T>
constexpr bool kIsPlain = std::is_trivially_copyable_v<T> && alignof(T) == 4 && sizeof(T) % 4 == 0;
static_assert(kIsPlain<CodeReloc> && sizeof(CodeReloc) == 8);
static_assert(kIsPlain<CompiledFunction> && sizeof(CompiledFunction) == 20);
static_assert(kIsPlain<Trampoline> && sizeof(Trampoline) == 8);
static_assert(kIsPlain<CodeLocationEntry> && sizeof(CodeLocationEntry) == 12);
static_assert(kIsPlain<CodeLine> && sizeof(CodeLine) == 8);
static_assert(kIsPlain<FrameSaves> && sizeof(FrameSaves) == 24);
static_assert(kIsPlain<LandingPad> && sizeof(LandingPad) == 12);

constexpr uint32_t kRecordMagic = 0x52435741;  // "AWCR"
struct RecordHeader {
  uint32_t magic;
  uint32_t zero;
  uint64_t bytes;
  uint64_t subject;
  Digest digest;
};
static_assert(sizeof(RecordHeader) == kRecordHeaderBytes);

template <typename T>
std::span<const uint8_t> BytesOf(const T& value) {
  return {reinterpret_cast<const uint8_t*>(&value), sizeof(value)};
}

class Writer {
 public:
  void U32(uint32_t value) { Raw(&value, sizeof(value)); }
  template <typename T>
  void Array(const std::vector<T>& values) {
    U32(static_cast<uint32_t>(values.size()));
    Raw(values.data(), values.size() * sizeof(T));
  }
  void Text(std::string_view text) {
    U32(static_cast<uint32_t>(text.size()));
    Raw(text.data(), text.size());
  }
  std::string Take() { return std::move(bytes_); }

 private:
  void Raw(const void* data, size_t size) {
    if (size != 0) bytes_.append(static_cast<const char*>(data), size);
  }
  std::string bytes_;
};

// After the first read beyond the end everything is zero, and ok() false.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : left_(bytes) {}
  uint32_t U32() {
    uint32_t value = 0;
    if (const auto from = Raw(sizeof(value)); !from.empty())
      std::memcpy(&value, from.data(), sizeof(value));
    return value;
  }
  template <typename T>
  std::vector<T> Array() {
    const uint64_t count = U32();
    const std::span<const uint8_t> from = Raw(count * sizeof(T));
    std::vector<T> values(from.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), from.data(), from.size());
    return values;
  }
  std::string Text() {
    const std::span<const uint8_t> from = Raw(U32());
    return std::string(from.begin(), from.end());
  }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && left_.empty(); }

 private:
  std::span<const uint8_t> Raw(uint64_t size) {
    if (size > left_.size()) ok_ = false;
    if (!ok_) return {};
    const auto taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }
  std::span<const uint8_t> left_;
  bool ok_ = true;
};

// ---- What Decode demands

bool LiesWithin(uint64_t offset, uint64_t size, uint64_t whole) {
  return offset <= whole && size <= whole - offset;
}

bool IsDefined(uint32_t func_index, const ModuleShape& shape) {
  return func_index >= shape.num_imported_funcs && func_index < shape.num_funcs;
}

bool IsSound(const CodeImage& image, const ModuleShape& shape) {
  const uint64_t size = image.bytes.size();
  for (const CodeReloc& reloc : image.relocs) {
    if (!LiesWithin(reloc.offset, sizeof(void*), size)) return false;
    switch (reloc.function) {
      case LibraryFunction::kMemcpy:
      case LibraryFunction::kMemmove:
      case LibraryFunction::kMemset:
      case LibraryFunction::kFma:
      case LibraryFunction::kFmaf:
        continue;
    }
    return false;
  }
  for (const CompiledFunction& function : image.functions) {
    if (!IsDefined(function.func_index, shape) || function.code_bytes == 0 ||
        !LiesWithin(function.code_offset, function.code_bytes, size) ||
        function.entry_offset >= size)
      return false;
  }
  for (const Trampoline& trampoline : image.trampolines) {
    if (!LiesWithin(trampoline.code_offset, trampoline.code_bytes, size)) return false;
  }
  for (uint32_t i = 0; i < image.locations.size(); ++i) {
    const CodeLocationEntry& location = image.locations[i];
    // A parent comes before its children, so following parents ends.
    if (!IsDefined(location.func_index, shape) || location.module_offset > shape.bytes ||
        (location.parent != kNoLocation && location.parent >= i))
      return false;
  }
  uint32_t last = 0;
  // A line's location may be none of the list (Registry::Locate): code of no instruction.
  for (const CodeLine& line : image.lines) {
    if (line.code_offset > size || line.code_offset < last) return false;
    last = line.code_offset;
  }
  last = 0;
  for (const FrameSaves& saves : image.frame_saves) {
    if (saves.code_offset > size || saves.code_offset < last) return false;
    last = saves.code_offset;
  }
  last = 0;
  for (const LandingPad& pad : image.landing_pads) {
    if (pad.begin_offset < last || pad.end_offset < pad.begin_offset || pad.end_offset > size ||
        pad.pad_offset >= size)
      return false;
    last = pad.end_offset;
  }
  return true;
}

uint64_t SubjectOf(const CompiledCode& code) {
  Writer writer;
  writer.U32(code.likely_calls);
  for (const CompiledFunction& function : code.image.functions) {
    writer.U32(function.func_index);
    writer.U32(function.osr_loop_offset);
  }
  for (const CompileResult::Refused& refused : code.refused) writer.U32(refused.func_index);
  writer.Array(code.met);
  const Digest digest = Sha256({AsBytes(writer.Take())});
  uint64_t subject;
  std::memcpy(&subject, digest.data(), sizeof(subject));
  return subject;
}

Digest RecordDigest(const Digest& key, uint64_t subject, std::span<const uint8_t> payload) {
  return Sha256({key, BytesOf(subject), payload});
}

}  // namespace

ModuleShape ShapeOf(const runtime::Module& module) {
  return {module.syntax().num_imported_funcs, static_cast<uint32_t>(module.syntax().funcs.size()),
          module.bytes().size()};
}

std::string Encode(const CompiledCode& code) {
  Writer writer;
  writer.U32(code.likely_calls);
  writer.Array(code.image.bytes);
  writer.Array(code.image.relocs);
  writer.Array(code.image.functions);
  writer.Array(code.image.trampolines);
  writer.Array(code.image.locations);
  writer.Array(code.image.lines);
  writer.Array(code.image.frame_saves);
  writer.Array(code.image.landing_pads);
  writer.U32(static_cast<uint32_t>(code.refused.size()));
  for (const CompileResult::Refused& refused : code.refused) {
    writer.U32(refused.func_index);
    writer.Text(refused.reason);
    writer.U32(refused.is_loop_only ? 1 : 0);
  }
  writer.Array(code.met);
  return writer.Take();
}

std::optional<CompiledCode> Decode(std::span<const uint8_t> payload, const ModuleShape& shape) {
  Reader reader(payload);
  CompiledCode code;
  code.likely_calls = reader.U32();
  code.image.bytes = reader.Array<uint8_t>();
  code.image.relocs = reader.Array<CodeReloc>();
  code.image.functions = reader.Array<CompiledFunction>();
  code.image.trampolines = reader.Array<Trampoline>();
  code.image.locations = reader.Array<CodeLocationEntry>();
  code.image.lines = reader.Array<CodeLine>();
  code.image.frame_saves = reader.Array<FrameSaves>();
  code.image.landing_pads = reader.Array<LandingPad>();
  for (uint32_t left = reader.U32(); left > 0 && reader.ok(); --left) {
    CompileResult::Refused refused;
    refused.func_index = reader.U32();
    refused.reason = reader.Text();
    const uint32_t is_loop_only = reader.U32();
    refused.is_loop_only = is_loop_only != 0;
    if (is_loop_only > 1 || !IsDefined(refused.func_index, shape)) return std::nullopt;
    code.refused.push_back(std::move(refused));
  }
  code.met = reader.Array<MetFunction>();
  for (const MetFunction& met : code.met)
    if (!IsDefined(met.func_index, shape)) return std::nullopt;
  if (!reader.at_end() || !IsSound(code.image, shape)) return std::nullopt;
  return code;
}

std::string MakeRecord(const Digest& key, const CompiledCode& code) {
  const std::string payload = Encode(code);
  RecordHeader header{kRecordMagic, 0, payload.size(), SubjectOf(code), {}};
  header.digest = RecordDigest(key, header.subject, AsBytes(payload));
  std::string record(reinterpret_cast<const char*>(&header), sizeof(header));
  return record += payload;
}

std::optional<RecordExtent> FindRecord(std::span<const uint8_t> header_bytes, uint64_t offset,
                                       uint64_t file_bytes) {
  RecordHeader header;
  if (header_bytes.size() < sizeof(header) || !LiesWithin(offset, sizeof(header), file_bytes))
    return std::nullopt;
  std::memcpy(&header, header_bytes.data(), sizeof(header));
  if (header.magic != kRecordMagic || header.zero != 0 ||
      !LiesWithin(offset + sizeof(header), header.bytes, file_bytes))
    return std::nullopt;
  return RecordExtent{offset + sizeof(header) + header.bytes, header.subject};
}

std::vector<CompiledCode> ReadRecords(std::span<const uint8_t> bytes, size_t offset,
                                      const Digest& key, const ModuleShape& shape,
                                      size_t* good_bytes) {
  std::vector<CompiledCode> codes;
  *good_bytes = std::min(offset, bytes.size());
  while (*good_bytes < bytes.size()) {
    const auto record = bytes.subspan(*good_bytes);
    const std::optional<RecordExtent> extent = FindRecord(record, *good_bytes, bytes.size());
    if (!extent) break;
    RecordHeader header;
    std::memcpy(&header, record.data(), sizeof(header));
    const auto payload = record.subspan(sizeof(header), header.bytes);
    if (RecordDigest(key, header.subject, payload) != header.digest) break;
    std::optional<CompiledCode> code = Decode(payload, shape);
    if (!code) break;
    codes.push_back(*std::move(code));
    *good_bytes = extent->end;
  }
  return codes;
}

}  // namespace airwasm::tier
