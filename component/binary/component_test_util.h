// Components of tests, in the notation of engine/binary/wasm_test_util.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/binary/wasm_test_util.h"

namespace airwasm::component::binary {

// A component of `sections`, the preamble before them.
inline std::vector<uint8_t> Comp(std::string_view sections) {
  return airwasm::binary::Hex("00 61 73 6d 0d 00 01 00 " + std::string(sections));
}

// A component that has something of every definition, each list of neighbours in one section and
// everything in its shortest form, so that it comes back from the encoder byte by byte.
inline constexpr std::string_view kEverything = R"(
  00 ['first' 01 02]
  01 [00 61 73 6d 01 00 00 00]
  02 [02 00 00 01 'm' 12 00                 # core instances
         01 08 'f' 00 00 't' 01 00 'm' 02 00 'g' 03 00 'e' 04 00 'y' 10 00 'o' 11 00 'i' 12 00]
  03 [05 60 01 7f 01 7e                     # core types
         00 50 00 5f 01 7f 00
         4e 02 60 00 00 5f 00
         4e 00
         50 08 01 60 00 00  00 'a' 'b' 00 00  02 10 01 01 00  03 'e' 03 7f 01  01 50 00
               03 't' 01 70 00 01  03 'm' 02 01 01 02  03 'x' 04 00 00]
  04 [00 61 73 6d 0d 00 01 00  07 [01 73]  04 [00 61 73 6d 0d 00 01 00]
      00 ['component-name' 00 ['inner']]]
  05 [02 00 00 02 'x' 01 00 'y' 00 11 00    # instances
         01 03 00 'g' 01 00  02 'h' 01 00 'a:b/c' 05 00  02 'k' 03 00 'a:b/c' 01 '.1' 02 'id' 02 01]
  06 [04 01 00 02 'g'  00 00 01 00 'f'  03 02 01 00  00 11 02 00 03]
  07 [1f 7f 7e 7d 7c 7b 7a 79 78 77 76 75 74 73 64
         72 02 'a' 7f 'b' 05
         71 02 'x' 01 7e 00 'y' 00 00
         70 7b  67 7d 03  6f 02 7c 79  6e 02 'f1' 'f2'  6d 01 'e1'
         6b 7a  6a 00 00  6a 01 77 01 c0 00  69 00  68 80 01
         66 01 7d  65 00  63 73 79
         40 01 'p' 7f 00 79
         43 00 01 00]
  07 [04 3f 7f 00  3f 7e 01 05
         41 06 01 73  03 00 'a' 03 00 00  01 42 00  04 00 'b' 01 02  00 60 00 00  02 03 02 01 00
         42 03 00 60 00 00  02 03 02 01 00  04 00 't' 03 01]
  08 [05 00 00 07 03 01 03 00 04 05 01  01 00 00 03 02 06 07 09  09 00 79 00  0a 7e 01  20 01 03]
  09 [00 02 01 02 03]
  0a [06 00 'm' 00 11 00  00 'f' 01 00  00 'v' 02 00 01  00 'w' 02 01 73  00 't' 03 01
         00 'c' 04 01]
  0b [02 00 'e1' 01 00 00  00 'e2' 05 00 01 05 01]
  0c [02 7d 01 2a  73 03 02 68 69]
  00 ['last' ff]
  00 ['component-name' 00 ['outer'] 01 [00 00 01 00 'f'] 01 [00 11 01 00 'm'] 01 [01 02 00 'a' 07 'b']]
)";

}  // namespace airwasm::component::binary
