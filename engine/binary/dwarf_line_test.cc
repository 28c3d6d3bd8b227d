// Lines of two modules made by a compiler (testdata/dwarf/lines.c says how), one for each version
// of DWARF in use.
#include "engine/binary/dwarf_line.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "engine/binary/decoder.h"
#include "engine/binary/wasm_test_util.h"

namespace airwasm::binary {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Fixture(int version) {
  const std::string path = std::string(AIRWASM_SOURCE_DIR) +
                           "/engine/binary/testdata/dwarf/version" + std::to_string(version) +
                           ".wasm";
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

std::string Describe(const std::optional<SourceLocation>& location) {
  if (!location) return "unknown";
  return location->file + ":" + std::to_string(location->line) + ":" +
         std::to_string(location->column);
}

TEST(DwarfLinesTest, FindsThePositionOfEachInstruction) {
  const struct {
    std::string_view name;
    uint32_t offset;
    std::string_view position;
  } kCases[] = {
      {"count of functions", 0, "unknown"},
      {"locals of the first function", 2, "unknown"},
      {"first byte", 3, "/src/lines.c:16:9"},
      {"between two rows", 0x0B, "/src/lines.c:16:9"},
      {"on a row", 0x0C, "/src/lines.c:17:7"},
      {"made up by the compiler", 0x1D, "unknown"},
      {"division", 0x27, "/src/lines.c:19:9"},
      {"last byte", 0x2A, "/src/lines.c:18:3"},
      {"between the functions", 0x2B, "unknown"},
      {"function of the header", 0x2C, "/src/inc/half.h:1:0"},
      {"its division", 0x31, "/src/inc/half.h:2:12"},
      {"behind everything", 0x33, "unknown"},
      {"far away", 0xFFFFFFFF, "unknown"},
  };
  for (int version : {4, 5}) {
    SCOPED_TRACE(version);
    const Bytes bytes = Fixture(version);
    const Expected<syntax::Module> module = Decode(bytes);
    ASSERT_TRUE(module.ok());
    const DwarfLines lines = DwarfLines::Parse(*module);
    EXPECT_FALSE(lines.empty());
    for (const auto& c : kCases) {
      SCOPED_TRACE(std::string(c.name));
      EXPECT_EQ(Describe(lines.Find(c.offset)), c.position);
    }
    // From an offset in the module.
    const size_t body = module->funcs[0].body.offset;
    EXPECT_EQ(Describe(lines.Find(static_cast<uint32_t>(body - module->code_section_offset))),
              "/src/lines.c:16:9");
  }
}

TEST(DwarfLinesTest, NothingToAsk) {
  const syntax::Module module;
  const DwarfLines lines = DwarfLines::Parse(module);
  EXPECT_TRUE(lines.empty());
  EXPECT_FALSE(lines.Find(3).has_value());
}

// Small line tables written by hand: what compilers of other languages do, and what none should.
TEST(DwarfLinesTest, Programs) {
  // Versions 2 and 3: special opcodes from 10, line base -5, line range 14; directory "d"; files
  // "f" in it and "/g".
  constexpr std::string_view kHeader =
      "03 00 1d 00 00 00  01 01 fb 0e 0a  00 01 01 01 01 00 00 00 01"
      "64 00 00  66 00 01 00 00  2f 67 00 00 00 00  00";
  const struct {
    std::string_view name;
    std::string_view program;
    std::string_view position;  // of 0x12
  } kCases[] = {
      {"special opcode", "00 05 02 10 00 00 00 13 02 08 00 01 01", "d/f:5:0"},
      {"special opcode moves on", "00 05 02 10 00 00 00 13 2c 02 08 00 01 01", "d/f:6:0"},
      {"copy, line and column", "00 05 02 10 00 00 00 03 09 05 07 01 02 08 00 01 01", "d/f:10:7"},
      {"file", "04 02 00 05 02 10 00 00 00 01 02 08 00 01 01", "/g:1:0"},
      {"file that is not there", "04 03 00 05 02 10 00 00 00 01 02 08 00 01 01", "unknown"},
      {"line before the first", "00 05 02 10 00 00 00 03 7e 01 02 08 00 01 01", "unknown"},
      {"constant and fixed advance", "00 05 02 00 00 00 00 08 01 03 02 09 01 00 01 02 08 00 01 01",
       "d/f:3:0"},
      {"flags and unknown extended opcode",
       "06 07 00 03 80 01 02 00 05 02 10 00 00 00 01 02 08 00 01 01", "d/f:1:0"},
      {"address of eight bytes", "00 09 02 10 00 00 00 00 00 00 00 01 02 08 00 01 01", "d/f:1:0"},
      {"removed code before it",
       "00 05 02 00 00 00 00 01 02 40 00 01 01 00 05 02 10 00 00 00 03 02 01 02 08 00 01 01",
       "d/f:3:0"},
      {"removed code with a large address",
       "00 05 02 fe ff ff ff 01 02 01 00 01 01 00 05 02 10 00 00 00 01 02 08 00 01 01", "d/f:1:0"},
      {"later run at the same address",
       "00 05 02 10 00 00 00 01 02 08 00 01 01 00 05 02 10 00 00 00 03 01 01 02 08 00 01 01",
       "d/f:2:0"},
      {"no end of the run", "00 05 02 10 00 00 00 01 02 08", "unknown"},
      {"end before the address", "00 05 02 10 00 00 00 01 02 02 00 01 01", "unknown"},
      {"extended opcode longer than the program", "00 7f 02 10 00 00 00 01 02 08 00 01 01",
       "unknown"},
      {"extended opcode of no length", "00 00 00 05 02 10 00 00 00 01 02 08 00 01 01", "d/f:1:0"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    const Bytes contents = Hex(std::string(kHeader) + std::string(c.program));
    Bytes section = {static_cast<uint8_t>(contents.size()), 0, 0, 0};
    section.insert(section.end(), contents.begin(), contents.end());
    syntax::Module module;
    module.customs.push_back({.name = ".debug_line", .bytes = section, .after = 0, .offset = 0});
    EXPECT_EQ(Describe(DwarfLines::Parse(module).Find(0x12)), c.position);
    // The same in the 64-bit form: lengths of the unit and of the header.
    Bytes wide = {0xFF, 0xFF, 0xFF, 0xFF, static_cast<uint8_t>(contents.size() + 4), 0, 0, 0,
                  0,    0,    0,    0};
    wide.insert(wide.end(), contents.begin(), contents.begin() + 6);
    wide.insert(wide.end(), 4, 0);
    wide.insert(wide.end(), contents.begin() + 6, contents.end());
    module.customs[0].bytes = wide;
    EXPECT_EQ(Describe(DwarfLines::Parse(module).Find(0x12)), c.position);
  }
}

// Every truncation and many bent bytes: answers or not, but no harm.
TEST(DwarfLinesTest, CutAndBend) {
  for (int version : {4, 5}) {
    Bytes bytes = Fixture(version);
    const auto ask = [](const syntax::Module& module) {
      const DwarfLines lines = DwarfLines::Parse(module);
      for (uint32_t offset : {3u, 0x20u, 0x31u}) {
        const std::optional<SourceLocation> location = lines.Find(offset);
        if (location) EXPECT_FALSE(location->file.empty());
      }
    };
    Expected<syntax::Module> module = Decode(bytes);
    ASSERT_TRUE(module.ok());
    for (syntax::CustomSection& custom : module->customs) {
      if (!custom.name.starts_with(".debug_")) continue;
      const syntax::Bytes whole = custom.bytes;
      for (size_t size = 0; size < whole.size(); ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
        custom.bytes = cut;
        ask(*module);
      }
      Bytes bent(whole.begin(), whole.end());
      custom.bytes = bent;
      for (uint8_t& byte : bent) {
        const uint8_t old = byte;
        for (uint8_t value : {uint8_t{0}, uint8_t{0xFF}, uint8_t(old + 1), uint8_t(old ^ 0x80)}) {
          byte = value;
          ask(*module);
        }
        byte = old;
      }
      custom.bytes = whole;
    }
  }
}

}  // namespace
}  // namespace airwasm::binary
