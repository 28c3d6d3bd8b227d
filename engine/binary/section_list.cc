#include "engine/binary/section_list.h"

#include <string_view>

#include "engine/base/byte_reader.h"
#include "engine/binary/sections.h"

namespace airwasm::binary {
namespace {

constexpr size_t kHeaderBytes = 8;  // magic and version

std::string NameOf(uint8_t id, std::span<const uint8_t> contents) {
  for (const SectionRow& row : kSections) {
    if (row.id == id) return std::string(row.name);
  }
  if (id != kCustomSection) return "unknown section " + std::to_string(id);
  ByteReader reader(contents);
  const std::span<const uint8_t> name = reader.Bytes(reader.VarU32());
  return "custom \"" + std::string(reinterpret_cast<const char*>(name.data()), name.size()) + "\"";
}

}  // namespace

std::vector<SectionInfo> ListSections(std::span<const uint8_t> module) {
  std::vector<SectionInfo> sections;
  ByteReader reader(module);
  reader.Bytes(kHeaderBytes);
  while (reader.ok() && !reader.AtEnd()) {
    const uint8_t id = reader.U8();
    const uint32_t size = reader.VarU32();
    const size_t offset = reader.offset();
    const std::span<const uint8_t> contents = reader.Bytes(size);
    if (reader.ok()) sections.push_back({NameOf(id, contents), offset, size});
  }
  return sections;
}

}  // namespace airwasm::binary
