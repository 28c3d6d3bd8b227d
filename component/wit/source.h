// WIT sources and where in them something stands; the first error of a run.
//
// Everything that reads WIT reports through one Diagnostics, which keeps the first error and drops
// the rest, so that readers go on with empty results until somebody asks.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace airwasm::component::wit {

struct SourceFile {
  std::string name;  // as messages say it
  std::string text;
};

struct Location {
  uint32_t file = 0;
  uint32_t offset = 0;  // bytes
};

// Files do not move once added: views into their texts stay valid.
class Sources {
 public:
  uint32_t Add(SourceFile file) {
    files_.push_back(std::move(file));
    return static_cast<uint32_t>(files_.size() - 1);
  }
  const SourceFile& operator[](uint32_t file) const { return files_[file]; }
  size_t size() const { return files_.size(); }
  // "types.wit:3:14"; columns count bytes.
  std::string Describe(Location at) const;

 private:
  std::deque<SourceFile> files_;
};

class Diagnostics {
 public:
  explicit Diagnostics(const Sources& sources) : sources_(sources) {}
  void Fail(Location at, std::string_view message);
  bool failed() const { return !status_.ok(); }
  const absl::Status& status() const { return status_; }

 private:
  const Sources& sources_;
  absl::Status status_;
};

// " (did you mean `name`?)" for the candidate nearest to `name`, or nothing if none is near.
std::string NearestHint(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace airwasm::component::wit
