// Every module of the official suite, cut at every length: decoder and validator answer each piece
// with an error inside its bytes, in memory that the piece's own size accounts for.
//
// A plain cut mostly ends where a section is found to be longer than the input. So sections,
// entries of the code section and function bodies are also cut one by one, with their sizes made to
// fit, and each such piece is tried once more with a last number of 2^32-1: a count, size or index
// with nothing behind it. A decoder that believed such a number would show up in the memory it asks
// for. What AddressSanitizer can see of reads beyond a piece, it sees: the rest is poisoned.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "engine/binary/decoder.h"
#include "engine/text/script.h"
#include "engine/valid/validator.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace {

// Bytes that `operator new` has handed out. This program has one thread.
size_t g_live_bytes = 0;
size_t g_peak_bytes = 0;

void* Allocate(size_t size, size_t alignment) {
  void* const p = alignment == 0
                      ? std::malloc(size)
                      : std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
  if (p == nullptr) std::abort();
  g_live_bytes += malloc_usable_size(p);
  g_peak_bytes = std::max(g_peak_bytes, g_live_bytes);
  return p;
}

void Release(void* p) {
  if (p != nullptr) g_live_bytes -= malloc_usable_size(p);
  std::free(p);
}

}  // namespace

void* operator new(size_t size) {
  return Allocate(size, 0);
}
void* operator new(size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<size_t>(alignment));
}
void operator delete(void* p) noexcept {
  Release(p);
}
void operator delete(void* p, size_t) noexcept {
  Release(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
  Release(p);
}
void operator delete(void* p, size_t, std::align_val_t) noexcept {
  Release(p);
}

namespace airwasm {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

// 2^32-1 as LEB128.
constexpr uint8_t kHugeNumber[] = {0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
// Room for it behind every piece.
constexpr size_t kTail = sizeof kHugeNumber;
constexpr uint8_t kCustomSection = 0, kCodeSection = 10;

// What one piece may ask for: the stacks that a validator begins with, and the widest entry of a
// syntax::Module that a single byte can stand for.
constexpr size_t kBaseBytes = 12 * 1024;
constexpr size_t kBytesPerByte = 128;

std::vector<fs::path> SuiteFiles() {
  const char* env = std::getenv("AIRWASM_SPEC_DIR");
  const fs::path root =
      (env != nullptr ? fs::path(env) : fs::path(AIRWASM_SOURCE_DIR) / "../shared/spec") / "core";
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    // The proposal adds types and instructions that this engine does not have.
    if (it->path().extension() == ".wast" &&
        it->path().string().find("custom-descriptors") == std::string::npos) {
      files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The suite's modules as bytes, each once: valid ones, invalid ones, and the malformed ones that
// are given as bytes.
const std::set<Bytes>& SuiteModules() {
  static const std::set<Bytes>& modules = *[] {
    auto* const all = new std::set<Bytes>;
    for (const fs::path& file : SuiteFiles()) {
      std::ifstream stream(file, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(stream),
                             std::istreambuf_iterator<char>()};
      const auto script = text::ParseScript(text);
      EXPECT_TRUE(script.ok()) << file << ": " << script.error().ToString();
      if (!script.ok()) continue;
      for (const text::Directive& d : (*script).directives) {
        if (d.module.kind == text::ModuleSource::Kind::kInstance) continue;
        auto wasm = text::ModuleSourceToWasm(d.module, Features());
        if (wasm.ok() && !wasm->empty()) all->insert(*std::move(wasm));
      }
    }
    return all;
  }();
  return modules;
}

// A section's place in a module: [start, contents) is its id and size.
struct Section {
  uint8_t id;
  size_t start, contents, end;
};

// The sections of `bytes` as far as they are whole.
std::vector<Section> Sections(const Bytes& bytes) {
  std::vector<Section> sections;
  if (bytes.size() < 8) return sections;
  ByteReader reader(std::span(bytes).subspan(8), 8);
  while (!reader.AtEnd()) {
    const size_t start = reader.offset();
    const uint8_t id = reader.U8();
    const uint32_t size = reader.VarU32();
    const size_t contents = reader.offset();
    reader.Bytes(size);
    if (!reader.ok()) break;
    sections.push_back({id, start, contents, contents + size});
  }
  return sections;
}

// A number in the longest form, so that it can be changed in place.
void PutNumber(Bytes& out, size_t at, size_t value) {
  for (int i = 0; i < 5; ++i, value >>= 7)
    out[at + i] = static_cast<uint8_t>((value & 0x7F) | (i < 4 ? 0x80 : 0));
}
size_t AppendNumber(Bytes& out) {
  out.resize(out.size() + 5);
  return out.size() - 5;
}

class TruncationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (SuiteFiles().empty())
      GTEST_SKIP() << "no official suite: set AIRWASM_SPEC_DIR to a folder that holds core/*.wast";
    EXPECT_GT(SuiteModules().size(), 5000u);
  }
  void TearDown() override {
    if (pieces_ == 0) return;
    std::printf("%zu modules, %zu pieces, %zu accepted; at most %zu bytes of memory for one\n",
                SuiteModules().size(), pieces_, accepted_, most_bytes_);
  }

  // Runs `check(bytes)` on the first `size` bytes of `buffer` and holds it to its bounds. `check`
  // returns the error, if any. Returns whether there was none.
  template <typename Check>
  bool Try(const Bytes& buffer, size_t size, Check check) {
    ASAN_POISON_MEMORY_REGION(buffer.data() + size, buffer.size() - size);
    const size_t before = g_live_bytes;
    g_peak_bytes = before;
    const Checked result = check(std::span(buffer.data(), size));
    const size_t used = g_peak_bytes - before;
    ASAN_UNPOISON_MEMORY_REGION(buffer.data() + size, buffer.size() - size);
    ++pieces_;
    most_bytes_ = std::max(most_bytes_, used);
    if (used > kBaseBytes + kBytesPerByte * size) {
      ADD_FAILURE() << used << " bytes of memory for a piece of " << size << " bytes";
    }
    if (result.ok()) {
      ++accepted_;
      return true;
    }
    if (result.error().offset > limit_offset_ + size || result.error().message.empty())
      ADD_FAILURE() << size << " bytes: " << result.error().ToString();
    return false;
  }

  // The same for a piece that is a module.
  bool TryModule(const Bytes& buffer, size_t size) {
    return Try(buffer, size, [&](std::span<const uint8_t> bytes) -> Checked {
      const auto module = binary::Decode(bytes, Features());
      if (!module.ok()) return module.error();
      return valid::Validate(*module, Features(), *registry_);
    });
  }

  // Before the pieces of each module. A registry belongs to an engine and takes its memory in large
  // chunks, the first of which is made here, so that it does not count for a piece.
  void StartModule() {
    registry_ = std::make_unique<TypeRegistry>();
    registry_->InternFunc({});
  }

  // Tries the first `size` bytes of `buffer` with a number of 2^32-1 behind them. `buffer` has room
  // for it.
  template <typename Attempt>
  void WithHugeNumber(Bytes& buffer, size_t size, Attempt attempt) {
    uint8_t kept[kTail];
    std::memcpy(kept, buffer.data() + size, kTail);
    std::memcpy(buffer.data() + size, kHugeNumber, kTail);
    attempt(size + kTail);
    std::memcpy(buffer.data() + size, kept, kTail);
  }

  // Of the module, where the piece's own offsets begin.
  size_t limit_offset_ = 0;
  std::unique_ptr<TypeRegistry> registry_;

 private:
  size_t pieces_ = 0, accepted_ = 0, most_bytes_ = 0;
};

std::string Hex(const Bytes& bytes) {
  std::string out;
  for (size_t i = 0; i < std::min<size_t>(bytes.size(), 256); ++i) {
    char byte[3];
    std::snprintf(byte, sizeof byte, "%02x", bytes[i]);
    out += byte;
  }
  return out + (bytes.size() > 256 ? "..." : "");
}

TEST_F(TruncationTest, ModulesCutAtEveryLength) {
  for (const Bytes& module : SuiteModules()) {
    StartModule();
    // A module may end after its header and after each section.
    std::set<size_t> ends = {8};
    for (const Section& section : Sections(module)) ends.insert(section.end);
    for (size_t size = 0; size < module.size(); ++size) {
      if (TryModule(module, size) && !ends.contains(size))
        ADD_FAILURE() << "accepted though cut within a section, at " << size;
    }
    ASSERT_FALSE(HasFailure()) << Hex(module);
  }
}

TEST_F(TruncationTest, SectionsCutAtEveryLength) {
  for (const Bytes& module : SuiteModules()) {
    StartModule();
    // A malformed module's section may have bytes to spare.
    const bool well_formed = binary::Decode(module, Features()).ok();
    for (const Section& section : Sections(module)) {
      Bytes piece(module.begin(), module.begin() + static_cast<ptrdiff_t>(section.start + 1));
      const size_t size_at = AppendNumber(piece);
      const size_t contents = piece.size();
      piece.insert(piece.end(), module.begin() + static_cast<ptrdiff_t>(section.contents),
                   module.begin() + static_cast<ptrdiff_t>(section.end));
      const size_t length = section.end - section.contents;
      piece.resize(piece.size() + kTail);
      for (size_t size = 0; size < length; ++size) {
        PutNumber(piece, size_at, size);
        if (TryModule(piece, contents + size) && well_formed && section.id != kCustomSection)
          ADD_FAILURE() << "section " << int{section.id} << " accepted with " << size << " bytes";
        PutNumber(piece, size_at, size + kTail);
        WithHugeNumber(piece, contents + size, [&](size_t total) { TryModule(piece, total); });
      }
      ASSERT_FALSE(HasFailure()) << Hex(module);
    }
  }
}

TEST_F(TruncationTest, FunctionEntriesCutWithinTheirLocals) {
  for (const Bytes& bytes : SuiteModules()) {
    StartModule();
    const auto module = binary::Decode(bytes, Features());
    if (!module.ok()) continue;
    size_t code = 0;
    for (const Section& section : Sections(bytes))
      if (section.id == kCodeSection) code = section.start;
    for (size_t i = module->num_imported_funcs; i < module->funcs.size(); ++i) {
      // The module up to its code section, which has this entry only. So a whole entry would be an
      // error, too, unless it is the only one.
      const syntax::Function& func = module->funcs[i];
      const size_t length = func.body.offset - func.offset;
      Bytes piece(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(code + 1));
      const size_t section_size_at = AppendNumber(piece);
      const size_t count_at = AppendNumber(piece);
      const size_t entry_size_at = AppendNumber(piece);
      PutNumber(piece, count_at, module->funcs.size() - module->num_imported_funcs);
      const size_t entry = piece.size();
      piece.insert(piece.end(), bytes.begin() + static_cast<ptrdiff_t>(func.offset),
                   bytes.begin() + static_cast<ptrdiff_t>(func.body.offset));
      piece.resize(piece.size() + kTail);
      const auto set_size = [&](size_t size) {
        PutNumber(piece, entry_size_at, size);
        PutNumber(piece, section_size_at, entry + size - count_at);
      };
      for (size_t size = 0; size < length; ++size) {
        set_size(size);
        if (TryModule(piece, entry + size))
          ADD_FAILURE() << "function " << i << " accepted with " << size << " bytes";
        set_size(size + kTail);
        WithHugeNumber(piece, entry + size, [&](size_t total) { TryModule(piece, total); });
      }
    }
    ASSERT_FALSE(HasFailure()) << Hex(bytes);
  }
}

TEST_F(TruncationTest, BodiesCutAtEveryLength) {
  valid::FunctionValidator validator;
  for (const Bytes& bytes : SuiteModules()) {
    StartModule();
    const auto module = binary::Decode(bytes, Features());
    if (!module.ok()) continue;
    const auto ids = valid::ValidateTypes(*module, Features(), *registry_);
    if (!ids.ok()) continue;
    const auto context = valid::ValidateModule(*module, Features(), *registry_, *ids);
    if (!context.ok()) continue;
    for (size_t i = module->num_imported_funcs; i < module->funcs.size(); ++i) {
      const syntax::Expr& body = module->funcs[i].body;
      Bytes piece(body.bytes.begin(), body.bytes.end());
      piece.resize(piece.size() + kTail);
      limit_offset_ = body.offset;
      const auto check = [&](std::span<const uint8_t> cut) -> Checked {
        if (!validator.Start(**context, static_cast<uint32_t>(i)) ||
            !validator.Run({cut, body.offset})) {
          return validator.error();
        }
        return Ok();
      };
      // The final `end` is missing from each, so even of a valid body no piece is valid.
      for (size_t size = 0; size < body.bytes.size(); ++size) {
        if (Try(piece, size, check)) ADD_FAILURE() << size << " bytes of function " << i;
        WithHugeNumber(piece, size, [&](size_t total) {
          if (Try(piece, total, check)) ADD_FAILURE() << size << " bytes of function " << i;
        });
      }
    }
    ASSERT_FALSE(HasFailure()) << Hex(bytes);
  }
}

}  // namespace
}  // namespace airwasm
