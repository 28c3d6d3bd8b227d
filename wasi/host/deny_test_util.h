// What the tests that call every function without grants look at: the world outside, and the audit
// log.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace airwasm::wasi::testing {

// Everything that lies in a directory, with the contents of files.
inline std::string Snapshot(const std::filesystem::path& directory) {
  std::vector<std::string> entries;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    std::string text = entry.path();
    if (entry.is_regular_file()) {
      std::ifstream file(entry.path());
      text.append(" ").append(std::istreambuf_iterator<char>(file), {});
    }
    entries.push_back(text);
  }
  std::sort(entries.begin(), entries.end());
  std::string all;
  for (const std::string& entry : entries) all += entry + "\n";
  return all;
}

inline std::vector<std::string> LinesOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// Whether a line of the audit log has this text as the value of `key`.
inline bool Says(const std::string& line, std::string_view key, std::string_view value) {
  return line.find("\"" + std::string(key) + "\":\"" + std::string(value) + "\"") != line.npos;
}

}  // namespace airwasm::wasi::testing
