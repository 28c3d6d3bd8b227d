#include "engine/tier/code_cache.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/format.h"
#include "engine/tier/build_id.h"
#include "engine/tier/cpu.h"
#include "engine/tier/object_cache.h"

namespace airwasm::tier {
namespace {

// Of each function and loop the code that knows most, the best last.
std::vector<CompiledCode> BestOf(std::vector<CompiledCode> codes) {
  std::ranges::sort(codes, [](const CompiledCode& a, const CompiledCode& b) {
    return a.likely_calls > b.likely_calls;
  });
  std::set<std::pair<uint32_t, uint32_t>> seen;
  std::vector<CompiledCode> best;
  for (CompiledCode& code : codes) {
    bool is_wanted = !code.refused.empty() || !code.met.empty();
    for (const CompiledFunction& function : code.image.functions)
      is_wanted |= seen.emplace(function.func_index, function.osr_loop_offset).second;
    if (is_wanted) best.push_back(std::move(code));
  }
  std::ranges::reverse(best);
  return best;
}

}  // namespace

std::string SettingsOf(const runtime::ModuleOptions& module, const CompileOptions& options) {
  return FormatText("features=%x fuel=%d guard-pages=%d signals=%d strict=%d deterministic=%d",
                    module.features.bits(), module.fuel, module.guard_pages, options.signals,
                    options.strict_traps, options.deterministic);
}

CodeCache::CodeCache(CacheOptions cache, const CompileOptions& options, std::string_view policy)
    : options_(std::move(cache)), compile_options_(options), policy_(policy) {}

CodeCache::~CodeCache() = default;

ObjectCache* CodeCache::cache() {
  std::call_once(opened_, [this] {
    if (!CpuIdentity().empty()) cache_ = ObjectCache::Open(options_.directory, options_.max_bytes);
  });
  return cache_.get();
}

Digest CodeCache::KeyOf(const runtime::Module& module) {
  const runtime::FuncCode* const codes = module.func_codes();
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = keys_.find(codes); found != keys_.end()) return found->second;
  }
  // None of the texts has a line break in it, and the module comes last.
  const std::string origin = FormatText("%s\n%s\n%s\n%s\n", kBuildId, CpuIdentity(),
                                        SettingsOf(module.options(), compile_options_), policy_);
  const Digest key = Sha256({AsBytes(origin), module.bytes()});
  const std::lock_guard lock(mutex_);
  keys_[codes] = key;
  return key;
}

std::vector<CompiledCode> CodeCache::Load(const runtime::Module& module) {
  ObjectCache* const opened = cache();
  if (opened == nullptr) return {};
  return BestOf(opened->Load(KeyOf(module), ShapeOf(module)));
}

std::string CodeCache::Record(const runtime::Module& module, const CompiledCode& code) {
  const bool is_empty = code.image.functions.empty() && code.refused.empty() && code.met.empty();
  if (cache() == nullptr || is_empty) return "";
  return MakeRecord(KeyOf(module), code);
}

void CodeCache::Append(const runtime::Module& module, const std::string& record) {
  ObjectCache* const opened = cache();
  if (opened != nullptr && !record.empty()) opened->Append(KeyOf(module), record);
}

void CodeCache::Forget(const runtime::FuncCode* codes) {
  const std::lock_guard lock(mutex_);
  keys_.erase(codes);
}

}  // namespace airwasm::tier
