// Modules of tests, written down byte by byte in a small notation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace airwasm::binary {

// Two hexadecimal digits are a byte; 'text' is a name, its length before it; [ ... ] is what is
// inside, its size before it, both as short as possible; # begins a comment.
inline std::vector<uint8_t> Hex(std::string_view text) {
  std::vector<std::vector<uint8_t>> open(1);
  const auto close = [&open] {
    const std::vector<uint8_t> inner = std::move(open.back());
    open.pop_back();
    size_t size = inner.size();
    for (; size >= 0x80; size >>= 7) open.back().push_back(static_cast<uint8_t>(size | 0x80));
    open.back().push_back(static_cast<uint8_t>(size));
    open.back().insert(open.back().end(), inner.begin(), inner.end());
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[') open.emplace_back();
    if (c == ']') close();
    if (c == '#') {
      i = text.find('\n', i);
      if (i == text.npos) break;
    }
    if (c == '\'') {
      open.emplace_back();
      for (++i; text[i] != '\''; ++i) open.back().push_back(static_cast<uint8_t>(text[i]));
      close();
    }
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
      open.back().push_back(
          static_cast<uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
      ++i;
    }
  }
  return open.front();
}

// A module of `sections`, magic and version before them.
inline std::vector<uint8_t> Wasm(std::string_view sections) {
  return Hex("00 61 73 6d 01 00 00 00 " + std::string(sections));
}

// A module that has something of everything.
inline constexpr std::string_view kEverything = R"(
  00 ['first' 01 02]
  01 [07
    60 00 00                               # 0: func
    60 02 7f 7e 01 7d                      # 1: func i32 i64 -> f32
    5f 03 78 01 77 00 7b 01                # 2: struct i8 i16 v128
    5e 6f 01                               # 3: array of externref
    50 00 5f 01 7f 00                      # 4: open struct
    4f 01 04 5f 02 7f 00 64 02 00          # 5: final sub of 4
    4e 02 60 00 00 60 00 00]               # 6, 7: recursion group
  02 [05 'a' 'f' 00 00  'a' 't' 01 70 00 01  'a' 'm' 02 01 01 02  'a' 'g' 03 7f 00  'a' 'e' 04 00 00]
  00 ['middle']
  03 [02 01 00]
  04 [02 6f 05 01 02                       # 64-bit, externref
         40 00 70 00 01 d0 70 0b]          # with an initializer
  05 [03 03 01 02  04 80 80 80 80 10  09 01 02 00]
  0d [01 00 00]
  06 [02 7e 01 42 7f 0b  7b 00 fd 0c 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 0b]
  07 [05 'f' 00 00  't' 01 00  'm' 02 00  'g' 03 00  'e' 04 00]
  08 [02]
  09 [08 00 41 00 0b 02 00 01              # the eight forms
         01 00 01 02
         02 01 42 00 0b 00 01 00
         03 00 01 01
         04 41 00 0b 01 d2 00 0b
         05 6f 01 d0 6f 0b
         06 02 41 00 0b 64 70 01 d2 01 0b
         07 70 00]
  0c [03]
  00 ['metadata.code.branch_hint' 01 01 02 05 01 01 08 01 00]
  0a [02 [02 02 7f 01 7e 41 00 04 40 0b 43 00 00 00 00 0b]
         [00 fc 08 01 00 0b]]
  0b [03 00 41 00 0b 'xy'  01 'passive'  02 01 41 00 0b '']
  00 ['name' 00 ['mod'] 01 [02 00 'zero' 01 'one'] 02 [01 01 02 00 'p' 02 'l'] 03 [01 01 01 00 'lab']
             04 [01 02 'T'] 05 [01 00 'tab'] 06 [01 00 'mem'] 07 [01 00 'glob'] 08 [01 00 'el'] 09 [01 01 'da']
             0a [01 02 01 00 'x'] 0b [01 00 'tag'] 63 [01 02 03]]
  00 ['last' ff]
)";

}  // namespace airwasm::binary
