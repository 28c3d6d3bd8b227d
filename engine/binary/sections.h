// The ids and the order of sections, and the readers of their contents.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/binary/section_reader.h"
#include "engine/syntax/module.h"

namespace airwasm::binary {

inline constexpr uint8_t kCustomSection = 0;

struct SectionRow {
  uint8_t id;
  std::string_view name;
  void (*read)(SectionReader& reader, syntax::Module& module);
};

// Each reads the contents of one section into `module` and leaves the reader behind them; on an
// error the reader holds it.
#define AIRWASM_SECTION(id, name, reader) \
  void Decode##reader(SectionReader& r, syntax::Module& module);
#include "engine/binary/sections.def"
#undef AIRWASM_SECTION

// In the order in which sections stand in a module.
inline constexpr SectionRow kSections[] = {
#define AIRWASM_SECTION(id, name, reader) {id, name, &Decode##reader},
#include "engine/binary/sections.def"
#undef AIRWASM_SECTION
};

// One `subtype`: the type section and core types of components are made of them.
SubType DecodeSubType(SectionReader& r);

// Walks the body of each defined function and reports what is malformed.
Checked CheckBodies(const syntax::Module& module);

}  // namespace airwasm::binary
