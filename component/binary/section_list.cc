#include "component/binary/section_list.h"

#include <string_view>

#include "component/binary/decoder.h"
#include "component/binary/sections.h"
#include "engine/base/byte_reader.h"

namespace airwasm::component::binary {
namespace {

constexpr size_t kPreambleBytes = 8;  // magic, version and layer

std::string NameOf(uint8_t id, std::span<const uint8_t> contents) {
  constexpr std::string_view kNames[] = {
      "custom",
#define AIRWASM_COMPONENT_SECTION(id, name, definition) name,
#include "component/binary/sections.def"
#undef AIRWASM_COMPONENT_SECTION
  };
  if (id > kLastSection) return "unknown section " + std::to_string(id);
  if (id != kCustomSection) return std::string(kNames[id]);
  ByteReader reader(contents);
  const std::span<const uint8_t> name = reader.Bytes(reader.VarU32());
  return "custom \"" + std::string(reinterpret_cast<const char*>(name.data()), name.size()) + "\"";
}

void List(std::span<const uint8_t> component, size_t start, uint32_t depth,
          std::vector<SectionInfo>& sections) {
  ByteReader reader(component, start);
  reader.Bytes(kPreambleBytes);
  while (reader.ok() && !reader.AtEnd()) {
    const uint8_t id = reader.U8();
    const uint32_t size = reader.VarU32();
    const size_t offset = reader.offset();
    const std::span<const uint8_t> contents = reader.Bytes(size);
    if (!reader.ok()) return;
    sections.push_back({NameOf(id, contents), offset, size, depth});
    if (id == static_cast<uint8_t>(SectionId::kComponent) && IsComponent(contents) &&
        depth < limits::kComponentNesting) {
      List(contents, offset, depth + 1, sections);
    }
  }
}

}  // namespace

std::vector<SectionInfo> ListSections(std::span<const uint8_t> component) {
  std::vector<SectionInfo> sections;
  List(component, 0, 0, sections);
  return sections;
}

}  // namespace airwasm::component::binary
