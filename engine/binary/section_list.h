// The sections of a binary module as they lie in it: names, places and sizes. For people and tools;
// the decoder has its own walk.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace airwasm::binary {

struct SectionInfo {
  std::string name;   // "code", or "custom \"name\""
  size_t offset = 0;  // of the contents, from the start of the module
  size_t size = 0;    // bytes of the contents
};

// Stops at the first thing that is no section; a module that Decode accepts is listed whole.
std::vector<SectionInfo> ListSections(std::span<const uint8_t> module);

}  // namespace airwasm::binary
