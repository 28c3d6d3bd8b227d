#include "engine/binary/encoder.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/binary/decoder.h"
#include "engine/binary/wasm_test_util.h"

namespace airwasm::binary {
namespace {

using Bytes = std::vector<uint8_t>;

syntax::Module MustDecode(const Bytes& bytes) {
  Expected<syntax::Module> module = Decode(bytes);
  EXPECT_TRUE(module.ok()) << module.error().ToString();
  return module.ok() ? *std::move(module) : syntax::Module();
}

// Modules in their shortest form, with nothing where the encoder chooses a place of its own.
TEST(EncoderTest, ComesBackTheSame) {
  const struct {
    std::string_view name;
    std::string_view sections;
  } kCases[] = {
      {"nothing", ""},
      {"types",
       "01 [06 60 00 00 60 02 7f 7e 01 7d 5f 03 78 01 77 00 7b 01 50 00 5e 6f 01 4f 01 03 5e 6f 01 "
       "4e 02 60 00 00 5f 00]"},
      {"empty recursion group", "01 [01 4e 00]"},
      {"reference types", "01 [01 60 0e 70 6f 6e 6d 6c 6b 6a 69 71 72 73 74 63 00 64 70 00]"},
      {"imports",
       "02 [05 'a' 'f' 00 00  'a' 't' 01 70 00 01  'a' 'm' 02 01 01 02  'a' 'g' 03 7f 00  'a' 'e' "
       "04 00 00]"},
      {"tables", "04 [03 6f 05 01 02 70 00 00 40 00 70 00 01 d0 70 0b]"},
      {"memories", "05 [05 00 00 01 01 02 03 01 02 04 80 80 80 80 10 0d 01 02 00]"},
      {"tags", "0d [01 00 00]"},
      {"globals", "06 [02 7e 01 42 7f 0b 7f 00 23 00 0b]"},
      {"exports and start", "07 [05 'f' 00 00 't' 01 00 'm' 02 00 'g' 03 00 'e' 04 00] 08 [02]"},
      {"elements",
       "09 [08 00 41 00 0b 02 00 01 01 00 01 02 02 01 42 00 0b 00 01 00 03 00 01 01 04 41 00 0b 01 "
       "d2 00 0b"
       "05 6f 01 d0 6f 0b 06 02 41 00 0b 64 70 01 d2 01 0b 07 70 00]"},
      {"active elements of another type in table 0", "09 [01 06 00 41 00 0b 6f 00]"},
      {"code", "03 [02 00 01] 0a [02 [00 0b] [02 02 7f 01 64 05 41 80 00 0b]]"},
      {"data", "0c [03] 0b [03 00 41 00 0b 'xy' 01 'passive' 02 01 41 00 0b '']"},
      {"data without count", "0b [01 00 41 00 0b 'xy']"},
      {"custom sections",
       "00 ['a' 01] 01 [01 60 00 00] 00 ['b'] 00 ['c'] 05 [01 00 00] 00 ['d' 02]"},
      {"names",
       "01 [01 60 00 00] 02 [01 '' '' 00 00] 00 ['x'] 00 ['name' 00 ['m'] 01 [01 00 'f'] 02 [01 00 "
       "02 00 'p' 01 '']]"},
      {"branch hints",
       "03 [01 00] 00 ['metadata.code.branch_hint' 01 00 02 05 01 01 07 01 00] 0a [01 [01 01 7f 41 "
       "00 04 40 0d 00 0b 0b]]"},
      {"branch hints that cannot be read",
       "03 [01 00] 00 ['metadata.code.branch_hint' 07] 0a [01 [00 0b]]"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    const Bytes bytes = Wasm(c.sections);
    EXPECT_EQ(Encode(MustDecode(bytes)), bytes);
  }
}

TEST(EncoderTest, Everything) {
  const Bytes bytes = Wasm(kEverything);
  const Bytes once = Encode(MustDecode(bytes));
  const Bytes twice = Encode(MustDecode(once));
  EXPECT_EQ(once, twice);
  // The subsection of names that nobody knows is gone.
  EXPECT_EQ(once.size(), bytes.size() - 5);
}

TEST(EncoderTest, LongLeb128sBecomeShort) {
  const struct {
    std::string_view name, in, out;
  } kCases[] = {
      {"count", "01 [80 00]", ""},
      {"size of a section", "01 84 80 00 01 60 00 00", "01 [01 60 00 00]"},
      // The body keeps its bytes, the hint follows it.
      {"locals before a hint",
       "03 [01 00] 00 ['metadata.code.branch_hint' 01 00 01 07 01 01] 0a [01 [81 00 81 00 7f 41 00 "
       "04 40 0b 0b]]",
       "03 [01 00] 00 ['metadata.code.branch_hint' 01 00 01 05 01 01] 0a [01 [01 01 7f 41 00 04 40 "
       "0b 0b]]"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.name));
    EXPECT_EQ(Encode(MustDecode(Wasm(c.in))), Wasm(c.out));
  }
}

TEST(EncoderTest, NamesStandForTheSectionOfThatName) {
  const Bytes raw = {1, 2, 3};
  syntax::Module module;
  module.customs.push_back({.name = "name", .bytes = raw, .after = 0, .offset = 0});
  EXPECT_EQ(Encode(module), Wasm("00 ['name' 01 02 03]"));
  module.names.module = "m";
  EXPECT_EQ(Encode(module), Wasm("00 ['name' 00 ['m']]"));
}

}  // namespace
}  // namespace airwasm::binary
