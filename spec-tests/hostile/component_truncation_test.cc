// Every component of the official suite, cut at every length and with bytes bent: decoder and
// validator answer each piece with a verdict inside its bytes, and what they still accept is laid
// flat and instantiated without harm.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "airwasm/airwasm.h"
#include "component/binary/decoder.h"
#include "component/binary/section_list.h"
#include "component/link/component.h"
#include "component/link/instance.h"
#include "component/text/script.h"
#include "component/valid/validator.h"
#include "engine/api/engine_impl.h"

namespace airwasm {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

// Sanitizers make each piece some twenty times as dear: they see every so many.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AIRWASM_SLOW_BUILD
#endif
#endif
#ifdef AIRWASM_SLOW_BUILD
constexpr size_t kStride = 23;
#else
constexpr size_t kStride = 1;
#endif
// Bytes from one that is bent to the next; prime to 8, so that every bit has its turn.
constexpr size_t kBendStride = 3 * kStride;

// A guest made of bent bytes gets this far.
constexpr uint64_t kFuel = 10'000;
constexpr StoreOptions kSmallStore = {.max_memory_bytes = 1 << 20, .max_table_elements = 10'000};

std::vector<fs::path> SuiteFiles() {
  const char* env = std::getenv("AIRWASM_SPEC_DIR");
  const fs::path root =
      env != nullptr ? fs::path(env) : fs::path(AIRWASM_SOURCE_DIR) / "../shared/spec";
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root / "component-model", error), end;
       !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".wast") files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The suite's components as bytes, each once: valid ones, invalid ones, and the malformed ones that
// are given as bytes.
const std::set<Bytes>& SuiteComponents() {
  static const std::set<Bytes>& components = *[] {
    auto* const all = new std::set<Bytes>;
    for (const fs::path& file : SuiteFiles()) {
      std::ifstream stream(file, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(stream),
                             std::istreambuf_iterator<char>()};
      const auto script = component::text::ParseScript(text);
      EXPECT_TRUE(script.ok()) << file << ": " << script.error().ToString();
      if (!script.ok()) continue;
      for (const component::text::Directive& d : (*script).directives) {
        if (d.component.kind == component::text::ComponentSource::Kind::kInstance) continue;
        auto wasm = component::text::ComponentSourceToWasm(d.component, Features());
        if (wasm.ok() && !wasm->empty()) all->insert(*std::move(wasm));
      }
    }
    return all;
  }();
  return components;
}

class ComponentTruncationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (SuiteFiles().empty())
      GTEST_SKIP() << "no official suite: set AIRWASM_SPEC_DIR to a folder that holds "
                      "component-model/**/*.wast";
    EXPECT_GT(SuiteComponents().size(), 500u);
  }

  // Whether `bytes` decode and are valid.
  bool IsValid(std::span<const uint8_t> bytes) {
    const auto decoded = component::binary::Decode(bytes, ComponentFeatures::All());
    if (!decoded.ok()) return Judge(bytes, decoded.error());
    const auto valid = component::valid::Validate(
        *decoded, {.core_features = Features(), .features = ComponentFeatures::All()},
        *engine_.impl()->types);
    return valid.ok() || Judge(bytes, valid.error());
  }

  // Makes an instance of a component that imports nothing.
  void Run(std::span<const uint8_t> bytes) {
    const auto decoded = component::binary::Decode(bytes, ComponentFeatures::All());
    const component::link::CompileOptions options{
        .modules = {.features = Features(), .fuel = true, .guard_pages = true},
        .features = ComponentFeatures::All()};
    const auto compiled = component::link::Compiled::Create(
        *decoded, options, engine_.impl()->types, *engine_.impl()->executor);
    if (!compiled.ok()) {
      (void)Judge(bytes, compiled.error());
      return;
    }
    if (!(*compiled)->flat().import_leaves.empty()) return;
    Store store(engine_, kSmallStore);
    store.SetFuel(kFuel);
    runtime::Trap trap;
    (void)component::link::LinkedInstance::Create(
        store.impl(), *compiled, std::make_shared<const component::link::Bindings>(), &trap);
    ++instantiated_;
  }

  size_t instantiated() const { return instantiated_; }

 private:
  static bool Judge(std::span<const uint8_t> bytes, const Error& error) {
    EXPECT_LE(error.offset, bytes.size()) << error.ToString();
    EXPECT_FALSE(error.message.empty());
    return false;
  }

  Engine engine_{EngineOptions{.fuel = true}};
  size_t instantiated_ = 0;
};

TEST_F(ComponentTruncationTest, CutAtEveryLength) {
  for (const Bytes& component : SuiteComponents()) {
    // A component may end after its preamble and after each section.
    std::set<size_t> ends = {8};
    for (const auto& section : component::binary::ListSections(component)) {
      if (section.depth == 0) ends.insert(section.offset + section.size);
    }
    for (size_t size = 0; size < component.size(); size += kStride) {
      // A copy of the exact size, so that a sanitizer sees the first byte too many.
      const Bytes cut(component.begin(), component.begin() + static_cast<ptrdiff_t>(size));
      if (IsValid(cut) && !ends.contains(size))
        ADD_FAILURE() << "accepted though cut within a section, at " << size;
    }
    if (HasFailure()) return;
  }
}

TEST_F(ComponentTruncationTest, Bent) {
  for (const Bytes& component : SuiteComponents()) {
    Bytes bent = component;
    for (size_t i = 0; i < bent.size(); i += kBendStride) {
      bent[i] ^= static_cast<uint8_t>(1u << (i % 8));
      if (IsValid(bent)) Run(bent);
      bent[i] = component[i];
    }
    if (HasFailure()) return;
  }
  std::printf("%zu components, %zu instances of bent ones\n", SuiteComponents().size(),
              instantiated());
}

}  // namespace
}  // namespace airwasm
