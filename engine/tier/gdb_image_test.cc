#include "engine/tier/gdb_image.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <thread>

#include "engine/runtime/runtime_test_util.h"
#include "engine/tier/image_test_util.h"

#if defined(__x86_64__)

namespace airwasm::tier {
namespace {

// Function two begins as compiled functions do.
CodeImage FramedImage() {
  CodeImage image = ImageOfThree();
  const uint8_t framed[] = {0x55, 0x48, 0x89, 0xE5, 0x5D, 0xC3};
  std::memcpy(image.bytes.data() + 16, framed, sizeof(framed));
  image.frame_saves = {{16, {-8, 0, 0, 0, -4000}}, {32, {}}};
  return image;
}

struct GdbImageTest : testing::Test {
  runtime::World world;
  std::shared_ptr<runtime::Module> module = world.Compile(kThreeFunctions);
  std::shared_ptr<const LoadedImage> loaded = LoadedImage::Load(FramedImage(), *module);
  const uint8_t* base = loaded->base();
};

// The section of the name, if its bytes lie in the file.
struct Elf {
  const std::vector<uint8_t>& file;

  template <typename T>
  T At(size_t offset) const {
    T value = {};
    EXPECT_LE(offset + sizeof(T), file.size());
    if (offset + sizeof(T) <= file.size()) std::memcpy(&value, file.data() + offset, sizeof(T));
    return value;
  }
  Elf64_Ehdr header() const { return At<Elf64_Ehdr>(0); }
  Elf64_Shdr section(size_t index) const {
    return At<Elf64_Shdr>(header().e_shoff + index * sizeof(Elf64_Shdr));
  }
  std::string String(const Elf64_Shdr& strings, size_t offset) const {
    EXPECT_LT(offset, strings.sh_size);
    const char* const text =
        reinterpret_cast<const char*>(file.data()) + strings.sh_offset + offset;
    return std::string(text, strnlen(text, strings.sh_size - offset));
  }
  std::optional<Elf64_Shdr> Find(std::string_view name) const {
    for (size_t i = 0; i < header().e_shnum; ++i) {
      const Elf64_Shdr found = section(i);
      if (String(section(header().e_shstrndx), found.sh_name) != name) continue;
      if (found.sh_type != SHT_NOBITS) EXPECT_LE(found.sh_offset + found.sh_size, file.size());
      return found;
    }
    return std::nullopt;
  }
};

TEST_F(GdbImageTest, ElfHasSymbols) {
  const std::vector<uint8_t> file = MakeGdbElf(*loaded);
  const Elf elf{file};
  EXPECT_EQ(0, std::memcmp(elf.header().e_ident, ELFMAG, SELFMAG));
  EXPECT_EQ(EM_X86_64, elf.header().e_machine);
  const auto text = elf.Find(".text"), symbols = elf.Find(".symtab");
  ASSERT_TRUE(text && symbols);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(base), text->sh_addr);
  EXPECT_EQ(64u, text->sh_size);
  const Elf64_Shdr strings = elf.section(symbols->sh_link);
  const struct {
    std::string_view name;
    uint64_t address;
  } kExpected[] = {{"three!one [optimized]", 0},
                   {"three!two [optimized]", 16},
                   {"three!two@loop+0x28 [optimized]", 32}};
  ASSERT_EQ(4 * sizeof(Elf64_Sym), symbols->sh_size) << "the first is none";
  for (size_t i = 0; i < 3; ++i) {
    SCOPED_TRACE(kExpected[i].name);
    const auto symbol = elf.At<Elf64_Sym>(symbols->sh_offset + (i + 1) * sizeof(Elf64_Sym));
    EXPECT_EQ(kExpected[i].name, elf.String(strings, symbol.st_name));
    EXPECT_EQ(text->sh_addr + kExpected[i].address, symbol.st_value);
    EXPECT_EQ(16u, symbol.st_size);
    EXPECT_EQ(STT_FUNC, ELF64_ST_TYPE(symbol.st_info));
    EXPECT_EQ(".text", elf.String(elf.section(elf.header().e_shstrndx),
                                  elf.section(symbol.st_shndx).sh_name));
  }
}

TEST_F(GdbImageTest, ElfHasFrames) {
  const std::vector<uint8_t> file = MakeGdbElf(*loaded);
  const Elf elf{file};
  const auto frames = elf.Find(".eh_frame");
  ASSERT_TRUE(frames.has_value());
  const uint8_t* const begin = file.data() + frames->sh_offset;
  std::vector<std::vector<uint8_t>> entries;
  size_t at = 0;
  while (const auto length = elf.At<uint32_t>(frames->sh_offset + at)) {
    EXPECT_EQ(0u, (length + 4) % 8);
    ASSERT_LE(at + 4 + length, frames->sh_size);
    entries.emplace_back(begin + at + 4, begin + at + 4 + length);
    // What is not common leads back to the first entry, and names its code.
    if (at > 0) EXPECT_EQ(at + 4, elf.At<uint32_t>(frames->sh_offset + at + 4));
    at += 4 + length;
  }
  EXPECT_EQ(frames->sh_size, at + 4) << "ends with an empty one";
  ASSERT_EQ(3u, entries.size()) << "of `one` nothing is known";

  const auto instructions = [](const std::vector<uint8_t>& entry, size_t skipped) {
    std::vector<uint8_t> rest(entry.begin() + static_cast<ptrdiff_t>(skipped), entry.end());
    while (!rest.empty() && rest.back() == 0) rest.pop_back();
    return rest;
  };
  using Bytes = std::vector<uint8_t>;
  const auto code_of = [](const std::vector<uint8_t>& entry) {
    uintptr_t code = 0;
    std::memcpy(&code, entry.data() + 4, sizeof(code));
    return reinterpret_cast<const uint8_t*>(code);
  };
  // CFA = rsp + 8, the return address below it.
  EXPECT_EQ((Bytes{1, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1}), instructions(entries[0], 4));
  // After push: CFA = rsp + 16, rbp at CFA-16; after mov: CFA = rbp + 16. rbx at rbp-8 = CFA-24,
  // r15 at rbp-4000 = CFA-4016.
  EXPECT_EQ(base + 16, code_of(entries[1]));
  EXPECT_EQ((Bytes{0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x83, 0x83, 0, 0x8f, 0xf6, 3}),
            instructions(entries[1], 20));
  // No such beginning: framed from its first instruction.
  EXPECT_EQ(base + 32, code_of(entries[2]));
  EXPECT_EQ((Bytes{0x0c, 6, 16, 0x86, 2}), instructions(entries[2], 20));
}

// The first bytes of all files in the list, which has to be linked alike in both directions.
std::multiset<char> Registered() {
  std::multiset<char> found;
  const jit_code_entry* before = nullptr;
  for (const jit_code_entry* e = __jit_debug_descriptor.first_entry; e != nullptr;
       e = e->next_entry) {
    EXPECT_EQ(before, e->prev_entry);
    EXPECT_EQ(1u, e->symfile_size);
    found.insert(*e->symfile_addr);
    before = e;
  }
  return found;
}

TEST(GdbRegistrationTest, ListIsWholeInAnyOrder) {
  EXPECT_EQ(1u, __jit_debug_descriptor.version);
  std::vector<int> order = {0, 1, 2, 3};
  do {
    std::optional<GdbRegistration> four[4];
    std::multiset<char> expected;
    for (int i = 0; i < 4; ++i) {
      four[i].emplace(std::vector<uint8_t>{static_cast<uint8_t>('a' + i)});
      expected.insert(static_cast<char>('a' + i));
      EXPECT_EQ(JIT_REGISTER_FN, __jit_debug_descriptor.action_flag);
      EXPECT_EQ('a' + i, *__jit_debug_descriptor.relevant_entry->symfile_addr);
      EXPECT_EQ(expected, Registered());
    }
    for (const int i : order) {
      four[i].reset();
      expected.erase(static_cast<char>('a' + i));
      EXPECT_EQ(JIT_UNREGISTER_FN, __jit_debug_descriptor.action_flag);
      EXPECT_EQ(expected, Registered());
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(GdbRegistrationTest, ListIsWholeUnderThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 500; ++i) {
        const GdbRegistration one(std::vector<uint8_t>{'x'});
        const GdbRegistration two(std::vector<uint8_t>{'y'});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Registered().empty());
}

TEST_F(GdbImageTest, IsRegisteredAsLongAsItsModule) {
  GdbListener()->Published(loaded);
  ASSERT_NE(nullptr, __jit_debug_descriptor.first_entry);
  const std::vector<uint8_t> expected = MakeGdbElf(*loaded);
  const jit_code_entry& entry = *__jit_debug_descriptor.first_entry;
  EXPECT_EQ(expected,
            std::vector<uint8_t>(entry.symfile_addr, entry.symfile_addr + entry.symfile_size));
  loaded.reset();
  EXPECT_NE(nullptr, __jit_debug_descriptor.first_entry) << "the code is still there";
  module.reset();
  EXPECT_EQ(nullptr, __jit_debug_descriptor.first_entry);
}

}  // namespace
}  // namespace airwasm::tier

#endif
