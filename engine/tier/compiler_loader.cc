#include "engine/tier/compiler_loader.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <vector>

#include "engine/tier/build_id.h"

namespace airwasm::tier {
namespace {

constexpr char kFileName[] = "libairwasm-jit.so";

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Where it may lie: the program's folder and its ../lib; that of the library this code is in; where
// the loader looks.
std::vector<std::string> Candidates() {
  if (const char* const named = std::getenv("AIRWASM_JIT"); named != nullptr) return {named};
  std::vector<std::string> paths;
  const auto add = [&](const std::string& folder) {
    paths.push_back(folder + "/" + kFileName);
    paths.push_back(folder + "/../lib/" + kFileName);
  };
  char program[4096];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
  if (length > 0) add(FolderOf(std::string(program, static_cast<size_t>(length))));
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&LoadCompiler), &info) != 0 && info.dli_fname != nullptr)
    add(FolderOf(info.dli_fname));
  paths.push_back(kFileName);
  return paths;
}

// An exception that leaves the loader, out of what a library does when it is loaded, leaves it
// locked. So there has to be memory for all that beforehand; throws std::bad_alloc if there is not.
void NeedMemoryToLoad() {
  constexpr size_t kNeeded = 4 << 20;  // of which 0.4 MiB are in use afterwards
  operator delete(operator new(kNeeded));
}

struct Loaded {
  Compiler* compiler = nullptr;
  std::string why;
};

Loaded Load() {
  Loaded result;
  for (const std::string& path : Candidates()) {
    if (path.find('/') != std::string::npos && access(path.c_str(), R_OK) != 0) {
      result.why += (result.why.empty() ? "" : "; ") + path + ": no such file";
      continue;
    }
    NeedMemoryToLoad();
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* const error = dlerror();
      result.why += (result.why.empty() ? "" : "; ") +
                    (error != nullptr ? std::string(error) : path + ": cannot be loaded");
      continue;
    }
    const auto make = reinterpret_cast<NewCompiler>(dlsym(library, kCompilerEntry));
    if (make != nullptr) result.compiler = make(kBuildId.data());
    if (result.compiler != nullptr) return result;
    result.why +=
        (result.why.empty() ? "" : "; ") + path + ": of another build, or for another processor";
  }
  return result;
}

}  // namespace

Compiler* LoadCompiler(std::string* why) {
  static const Loaded* const loaded = new Loaded(Load());
  if (why != nullptr) *why = loaded->why;
  return loaded->compiler;
}

}  // namespace airwasm::tier
