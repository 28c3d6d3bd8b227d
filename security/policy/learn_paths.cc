#include "security/policy/learn_paths.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "security/policy/glob.h"

namespace airwasm::security {
namespace {

// How many of a kind are a rule and no longer a list.
constexpr size_t kMany = 3;

// "/srv" of "/srv/data"; "" of "/srv".
std::string_view ParentOf(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

size_t DepthOf(std::string_view directory) {
  return static_cast<size_t>(std::count(directory.begin(), directory.end(), '/'));
}

bool LiesIn(const std::set<std::string, std::less<>>& trees, std::string_view path) {
  while (true) {
    if (trees.contains(path)) return true;
    if (path.empty()) return false;
    path = ParentOf(path);
  }
}

std::string Escaped(std::string_view path) {
  return EscapeGlob(path);  // no slash among what it escapes
}

}  // namespace

std::vector<std::string> CoveringPatterns(const std::set<std::string>& paths, size_t min_depth) {
  std::map<std::string, size_t, std::less<>> files;  // by directory
  for (const std::string& path : paths) ++files[std::string(ParentOf(path))];

  std::set<std::string, std::less<>> whole;  // directories that become /dir/*
  std::map<std::string, size_t, std::less<>> beneath;
  for (const auto& [directory, count] : files) {
    if (count < kMany || DepthOf(directory) < min_depth) continue;
    whole.insert(directory);
    for (std::string_view above = directory; !above.empty();) {
      above = ParentOf(above);
      ++beneath[std::string(above)];
    }
  }
  std::set<std::string, std::less<>> trees;  // that become /dir/**; the outermost ones come first
  for (const auto& [directory, count] : beneath) {
    if (count >= kMany && DepthOf(directory) >= min_depth && !LiesIn(trees, directory))
      trees.insert(directory);
  }

  std::vector<std::string> patterns;
  for (const std::string& tree : trees) patterns.push_back(Escaped(tree) + "/**");
  for (const std::string& directory : whole) {
    if (!LiesIn(trees, directory)) patterns.push_back(Escaped(directory) + "/*");
  }
  for (const std::string& path : paths) {
    if (!whole.contains(ParentOf(path)) && !LiesIn(trees, path)) patterns.push_back(Escaped(path));
  }
  std::sort(patterns.begin(), patterns.end());
  return patterns;
}

}  // namespace airwasm::security
