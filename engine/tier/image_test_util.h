// A compiled image that no compiler has made, for tests.
#pragma once

#include <cstring>

#include "engine/tier/code_image.h"

namespace airwasm::tier {

inline constexpr char kThreeFunctions[] =
    "(module $three (func $zero) (func $one) (func $two (loop)))";

// Two functions of 16 bytes, the second twice (as itself, and for entry at its loop); at 48 a jump
// through a word to memset.
inline CodeImage ImageOfThree() {
  CodeImage image;
  image.bytes.assign(64, 0xCC);
  const uint8_t one[] = {0xB8, 1, 0, 0, 0, 0xC3};  // mov eax, 1; ret
  const uint8_t two[] = {0xB8, 2, 0, 0, 0, 0xC3};
  const uint8_t jump[] = {0xFF, 0x25, 2, 0, 0, 0, 0xCC, 0xCC};  // jmp *2(%rip)
  std::memcpy(image.bytes.data(), one, sizeof(one));
  std::memcpy(image.bytes.data() + 16, two, sizeof(two));
  std::memcpy(image.bytes.data() + 32, two, sizeof(two));
  std::memcpy(image.bytes.data() + 48, jump, sizeof(jump));
  image.relocs = {{56, LibraryFunction::kMemset}};
  image.functions = {{1, kNoLocation, 0, 16, 0}, {2, kNoLocation, 16, 16, 0}, {2, 40, 32, 16, 0}};
  image.locations = {{1, 100, kNoLocation}, {0, 30, 0}, {2, 200, kNoLocation}};
  image.lines = {{2, 0}, {5, 1}, {16, 2}};
  image.frame_saves = {{0, {-8, 0, 0, 0, -16}}, {16, {}}};
  image.landing_pads = {{4, 8, 12}, {20, 24, 28}};
  return image;
}

}  // namespace airwasm::tier
