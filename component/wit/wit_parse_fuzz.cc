// Arbitrary text as WIT: a document or an error, never a crash.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "component/wit/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace wit = airwasm::component::wit;
  std::vector<wit::PackageSources> packages(1);
  packages[0].files.push_back({"f.wit", std::string(reinterpret_cast<const char*>(data), size)});
  const auto document = wit::Parse(std::move(packages), {.all_features = true});
  if (document.ok()) return 0;
  // Every error names its place.
  if (document.status().message().find("f.wit:") != 0) {
    std::fprintf(stderr, "an error without a place: %s\n", document.status().ToString().c_str());
    std::abort();
  }
  return 0;
}
