// What a Tiering keeps on disk of the modules it compiles (object_cache.h).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/runtime/module.h"
#include "engine/tier/image_format.h"

namespace airwasm::tier {

class ObjectCache;

struct CacheOptions {
  std::string directory;  // empty: none
  uint64_t max_bytes = uint64_t{512} << 20;
};

// All that code depends on besides the module, the processor and the build, as text.
std::string SettingsOf(const runtime::ModuleOptions& module, const CompileOptions& options);

// Threads: any. The directory is opened when it is first needed.
class CodeCache {
 public:
  // `policy` sets apart code that is compiled by different rules, and so is better or worse.
  CodeCache(CacheOptions cache, const CompileOptions& options, std::string_view policy);
  ~CodeCache();

  // What there is for `module`, to be published in this order: of each function and loop the best.
  std::vector<CompiledCode> Load(const runtime::Module& module);
  // `code` for Append, made while its image is still whole.
  std::string Record(const runtime::Module& module, const CompiledCode& code);
  void Append(const runtime::Module& module, const std::string& record);
  // The module with these codes goes.
  void Forget(const runtime::FuncCode* codes);

 private:
  ObjectCache* cache();
  Digest KeyOf(const runtime::Module& module);

  const CacheOptions options_;
  const CompileOptions compile_options_;
  const std::string policy_;
  std::once_flag opened_;
  std::unique_ptr<ObjectCache> cache_;  // null: there is none, and nothing is cached
  std::mutex mutex_;
  std::unordered_map<const runtime::FuncCode*, Digest> keys_;
};

}  // namespace airwasm::tier
