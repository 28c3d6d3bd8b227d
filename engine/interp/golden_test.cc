// Register code of small modules against files: testdata/NAME.wat and testdata/NAME.code.
//
// AIRWASM_UPDATE_GOLDEN=1 interp_golden_test rewrites the .code files; look at the difference
// before it is committed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "engine/interp/dump.h"
#include "engine/interp/interpreter.h"
#include "engine/text/wat.h"

namespace airwasm::interp {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Golden, RegisterCode) {
  const std::filesystem::path folder =
      std::filesystem::path(AIRWASM_SOURCE_DIR) / "engine/interp/testdata";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".wat") continue;
    ++files;
    SCOPED_TRACE(entry.path().filename());
    const auto executor = NewInterpreter();
    Expected<std::vector<uint8_t>> bytes = text::WatToWasm(ReadFile(entry.path()), {});
    ASSERT_TRUE(bytes.ok()) << bytes.error().ToString();
    auto module = runtime::Module::Create(*bytes, {}, std::make_shared<TypeRegistry>(), *executor);
    ASSERT_TRUE(module.ok()) << module.error().ToString();
    std::string code;
    const auto& syntax = (*module)->syntax();
    for (uint32_t f = syntax.num_imported_funcs; f < syntax.funcs.size(); ++f)
      code += (*module)->FuncName(f) + "\n" + DumpFunction(**module, f) + "\n";
    std::filesystem::path golden = entry.path();
    golden.replace_extension(".code");
    if (std::getenv("AIRWASM_UPDATE_GOLDEN") != nullptr)
      std::ofstream(golden, std::ios::binary) << code;
    EXPECT_EQ(ReadFile(golden), code);
  }
  EXPECT_GE(files, 4);
}

}  // namespace
}  // namespace airwasm::interp
