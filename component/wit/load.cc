// WIT packages from the file system.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "component/wit/limits.h"
#include "component/wit/parse.h"
#include "component/wit/strings.h"

namespace airwasm::component::wit {
namespace {

namespace fs = std::filesystem;

absl::Status ReadInto(const fs::path& path, std::vector<SourceFile>& files) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return absl::NotFoundError(Cat(path.string(), ": cannot be read"));
  if (in.tellg() > static_cast<std::streamoff>(kSourceBytes)) {
    return absl::InvalidArgumentError(Cat(path.string(), ": the file is too large"));
  }
  in.seekg(0);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  files.push_back({path.string(), std::move(text)});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<fs::path>> Entries(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (entries.size() == kFiles) {
      return absl::InvalidArgumentError(Cat(directory.string(), ": too many files"));
    }
    entries.push_back(it->path());
  }
  if (error) {
    return absl::NotFoundError(Cat(directory.string(), ": ", error.message()));
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

// The `.wit` files of one directory.
absl::StatusOr<PackageSources> ReadDirectory(const fs::path& directory) {
  auto entries = Entries(directory);
  if (!entries.ok()) return entries.status();
  PackageSources package;
  for (const fs::path& entry : *entries) {
    std::error_code error;
    if (entry.extension() != ".wit" || !fs::is_regular_file(entry, error)) continue;
    if (auto status = ReadInto(entry, package.files); !status.ok()) return status;
  }
  return package;
}

}  // namespace

absl::StatusOr<std::vector<PackageSources>> LoadSources(const std::string& path) {
  std::vector<PackageSources> packages;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    PackageSources package;
    if (auto status = ReadInto(path, package.files); !status.ok()) return status;
    packages.push_back(std::move(package));
    return packages;
  }
  const fs::path deps = fs::path(path) / "deps";
  if (fs::is_directory(deps, error)) {
    auto entries = Entries(deps);
    if (!entries.ok()) return entries.status();
    for (const fs::path& entry : *entries) {
      PackageSources package;
      if (fs::is_directory(entry, error)) {
        auto read = ReadDirectory(entry);
        if (!read.ok()) return read.status();
        package = *std::move(read);
      } else if (entry.extension() == ".wit") {
        if (auto status = ReadInto(entry, package.files); !status.ok()) return status;
      }
      if (!package.files.empty()) packages.push_back(std::move(package));
    }
  }
  auto root = ReadDirectory(path);
  if (!root.ok()) return root.status();
  if (root->files.empty()) {
    return absl::NotFoundError(Cat(path, ": no .wit files here"));
  }
  packages.push_back(*std::move(root));
  return packages;
}

}  // namespace airwasm::component::wit
