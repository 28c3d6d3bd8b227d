// Compiled code on disk, shared by all processes of a user: a directory with one file per key.
//
//   KEY.code:  | "airwasm code 1\n" 0 | key 32 | record (image_format.h) ... |
//
// Files only grow, by whole records in one write under flock; a reader needs no lock, for each
// record says whether it is whole. What a crash or a bad disk left is cut off, with all that
// follows, and never runs. Only the user may be able to write to the directory and the files:
// digests find damage, they do not keep out somebody who can compute them.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/sha256.h"
#include "engine/tier/image_format.h"

namespace airwasm::tier {

// $XDG_CACHE_HOME/airwasm, or ~/.cache/airwasm; empty when neither is known.
std::string DefaultCacheDirectory();

// Threads: any. Every failure of the system means that less is cached.
class ObjectCache {
 public:
  // Makes the directory (mode 0700) and those above it. Null when it cannot be made, is not ours,
  // or can be written to by others; `*why`, if wanted, then says so. Files beyond `max_bytes` in
  // all are removed, those that were used longest ago first.
  static std::unique_ptr<ObjectCache> Open(const std::string& directory, uint64_t max_bytes,
                                           std::string* why = nullptr);
  ~ObjectCache();
  ObjectCache(const ObjectCache&) = delete;
  ObjectCache& operator=(const ObjectCache&) = delete;

  // All sound records of `key`.
  std::vector<CompiledCode> Load(const Digest& key, const ModuleShape& shape);
  // Adds a record made by MakeRecord, unless there is one of the same subject. False: it is not
  // there afterwards, because others are writing, or the disk is full.
  bool Append(const Digest& key, const std::string& record);

 private:
  ObjectCache(int directory, uint64_t max_bytes) : directory_(directory), max_bytes_(max_bytes) {}
  void Cut(const Digest& key, const ModuleShape& shape);
  void Evict();

  const int directory_;
  const uint64_t max_bytes_;
  std::mutex mutex_;
  uint64_t added_bytes_ = 0;  // since the directory was last looked through
  bool looked_through_ = false;
};

}  // namespace airwasm::tier
