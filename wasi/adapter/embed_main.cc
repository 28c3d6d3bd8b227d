// Part of the build: puts the adapter's worlds into its module, and the module into a C++ file.
//
//   embed_adapter MODULE WIT OUTPUT
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "component/wit/parse.h"
#include "component/wrap/metadata.h"

namespace {

int Fail(const std::string& message) {
  std::fprintf(stderr, "embed_adapter: %s\n", message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace airwasm::component;
  if (argc != 4) return Fail("usage: embed_adapter MODULE WIT OUTPUT");
  std::ifstream file(argv[1], std::ios::binary);
  if (!file) return Fail(std::string("cannot read ") + argv[1]);
  const std::vector<uint8_t> module{std::istreambuf_iterator<char>(file), {}};
  auto sources = wit::LoadSources(argv[2]);
  if (!sources.ok()) return Fail(sources.status().ToString());
  const auto document = wit::Parse(*std::move(sources), {});
  if (!document.ok()) return Fail(document.status().ToString());
  if (document->packages[*document->root].worlds.empty()) return Fail("there is no world");
  absl::StatusOr<std::vector<uint8_t>> bytes = module;
  for (const wit::WorldId world : document->packages[*document->root].worlds) {
    bytes = wrap::EmbedWorld(*bytes, *document, world, syntax::StringEncoding::kUtf8);
    if (!bytes.ok()) return Fail(bytes.status().ToString());
  }

  std::ofstream out(argv[3]);
  out << "// Made by embed_adapter.\n#include \"wasi/adapter/adapter.h\"\n\n"
         "namespace airwasm::wasi {\n\nstatic constexpr uint8_t kModule[] = {";
  for (size_t i = 0; i < bytes->size(); ++i) {
    out << (i % 32 == 0 ? "\n" : "") << static_cast<unsigned>((*bytes)[i]) << ',';
  }
  out << "\n};\n\nstd::span<const uint8_t> Preview1Adapter() { return kModule; }\n\n"
         "}  // namespace airwasm::wasi\n";
  return out.good() ? 0 : Fail(std::string("cannot write ") + argv[3]);
}
