// The sections of a binary component as they lie in it: names, places and sizes, those of nested
// components behind the section that holds them. For people and tools; the decoder has its own
// walk.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace airwasm::component::binary {

struct SectionInfo {
  std::string name;    // "type", or "custom \"producers\""
  size_t offset = 0;   // of the contents, from the start of the outermost component
  size_t size = 0;     // bytes of the contents
  uint32_t depth = 0;  // components around its own; 0 for sections of the outermost one
};

// Stops at the first thing that is no section; a component that Decode accepts is listed whole.
std::vector<SectionInfo> ListSections(std::span<const uint8_t> component);

}  // namespace airwasm::component::binary
