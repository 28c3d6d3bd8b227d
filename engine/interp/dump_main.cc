// airwasm_dump_code FILE...: the register code of each function of a module, text or binary.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "engine/interp/dump.h"
#include "engine/interp/interpreter.h"
#include "engine/text/wat.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(in)), {});
    if (bytes.size() < 4 || bytes[0] != 0) {
      auto parsed =
          airwasm::text::WatToWasm({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, {});
      if (!parsed.ok()) {
        std::fprintf(stderr, "%s: %s\n", argv[i], parsed.error().ToString().c_str());
        return 1;
      }
      bytes = *std::move(parsed);
    }
    const auto executor = airwasm::interp::NewInterpreter();
    auto module = airwasm::runtime::Module::Create(
        bytes, {}, std::make_shared<airwasm::TypeRegistry>(), *executor);
    if (!module.ok()) {
      std::fprintf(stderr, "%s: %s\n", argv[i], module.error().ToString().c_str());
      return 1;
    }
    const auto& syntax = (*module)->syntax();
    for (uint32_t f = syntax.num_imported_funcs; f < syntax.funcs.size(); ++f) {
      std::printf("%s\n%s\n", (*module)->FuncName(f).c_str(),
                  airwasm::interp::DumpFunction(**module, f).c_str());
    }
  }
}
