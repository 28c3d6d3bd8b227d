// Code that is never run, for the tests of what keeps it.
#pragma once

#include <string>

#include "engine/tier/image_format.h"

namespace airwasm::tier {

inline constexpr ModuleShape kTestShape{.num_imported_funcs = 1, .num_funcs = 4, .bytes = 300};

// A function of its own, with something in every list.
inline CompiledCode TestCode(uint32_t func_index, size_t code_bytes = 64) {
  CompiledCode code;
  CodeImage& image = code.image;
  for (size_t i = 0; i < code_bytes; ++i)
    image.bytes.push_back(static_cast<uint8_t>(i * 7 + func_index));
  image.relocs = {{56, LibraryFunction::kFmaf}};
  image.functions = {{func_index, kNoLocation, 0, 16, 48}, {func_index, 40, 32, 16, 0}};
  image.locations = {{func_index, 100, kNoLocation}, {2, 30, 0}, {3, 200, 1}};
  image.lines = {{2, 0}, {5, 1}, {16, 2}};
  image.frame_saves = {{0, {-8, 0, 0, 0, -16}}, {16, {}}};
  image.landing_pads = {{4, 8, 12}, {20, 24, 28}};
  code.refused = {{3, "it is too large"}};
  code.met = {{2, 30}};
  return code;
}

inline Digest TestKey(uint8_t seed) {
  return Sha256({{&seed, 1}});
}

}  // namespace airwasm::tier
