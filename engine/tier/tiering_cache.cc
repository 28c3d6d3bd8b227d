// Code that is there already, and what one process leaves for the next.
#include <algorithm>
#include <exception>
#include <new>
#include <unordered_map>
#include <utility>

#include "engine/tier/tiering.h"
#include "engine/tier/tiering_rules.h"

namespace airwasm::tier {
namespace {

using runtime::FuncCode;

// Fewer are not worth a write.
constexpr uint32_t kSamplesToSave = 20;

}  // namespace

void Tiering::Adopt(runtime::Module& module, std::vector<CompiledCode> codes) {
  for (CompiledCode& code : codes) {
    Account({.refused = std::move(code.refused)}, module);
    const std::vector<CompiledFunction> functions = code.image.functions;
    Publish(module, std::move(code.image));
    const std::lock_guard lock(mutex_);
    stats_.images_loaded += !functions.empty();
    for (const CompiledFunction& function : functions) {
      Func& func = funcs_[&module.func_code(function.func_index)];
      func.likely_calls = std::max(func.likely_calls, code.likely_calls);
    }
  }
  for (const CompiledCode& code : codes) TakeOver(module, code.met);
}

// What earlier runs have met counts as if this one had. As the code will serve later runs too, it
// is sent to the compiler earlier.
void Tiering::TakeOver(runtime::Module& module, const std::vector<MetFunction>& met) {
  constexpr uint32_t kMostSamples = 1 << 24;
  const std::lock_guard lock(mutex_);
  for (const auto& [func_index, samples] : met) {
    const FuncCode& code = module.func_code(func_index);
    Func& func = funcs_[&code];
    const uint32_t taken = std::min(samples, kMostSamples - std::min(kMostSamples, func.samples));
    func.samples += taken;
    func.saved_samples += taken;
    if (!func.published) Request(code, func, SamplesInAHurry(code));
  }
}

// For the next run: a short one does not get far with compiling, and begins where this one ended.
void Tiering::SaveSamples() {
  struct Unsaved {
    std::shared_ptr<runtime::Module> module;
    CompiledCode code;
  };
  std::unordered_map<const runtime::Module*, Unsaved> all;
  try {
    {
      const std::lock_guard lock(mutex_);
      if (unsaved_samples_ < kSamplesToSave) return;
      unsaved_samples_ = 0;
      for (auto& [code, func] : funcs_) {
        // What is called once gains nothing by code that is there when it has begun.
        if (func.published || func.hopeless || func.entry_samples == 0 ||
            func.samples <= func.saved_samples || func.saved_samples >= SamplesInAHurry(*code) ||
            code->module->options().has_code)
          continue;
        Unsaved& unsaved = all[code->module];
        if (unsaved.module == nullptr) unsaved.module = code->module->weak_from_this().lock();
        unsaved.code.met.push_back({code->func_index, func.samples - func.saved_samples});
        func.saved_samples = func.samples;
      }
    }
    for (const auto& [module, unsaved] : all) {
      if (unsaved.module != nullptr)
        cache_->Append(*unsaved.module, cache_->Record(*unsaved.module, unsaved.code));
    }
  } catch (const std::bad_alloc&) {  // the next run finds out by itself
  }
}

void Tiering::LookUpUnread() {
  while (!unread_.empty()) {
    Work work{.module = unread_.back().lock(), .is_lookup = true};
    unread_.pop_back();
    const runtime::Module* const module = work.module.get();
    if (module == nullptr) continue;
    try {
      reading_.push_back(module);
      Push(std::move(work));
    } catch (const std::exception&) {  // no memory, or no thread: it is compiled instead
      std::erase(reading_, module);
    }
  }
}

void Tiering::LookUp(runtime::Module& module) {
  std::vector<CompiledCode> codes = cache_->Load(module);
  const bool found = !codes.empty();
  Adopt(module, std::move(codes));
  if (found) {
    // What runs now is asked at once whether it goes on in what was found.
    const std::lock_guard lock(mutex_);
    for (const Watched& watched : stores_) {
      if (IsRunning(*watched.store)) watched.store->poll_word->fetch_or(runtime::kPollSample);
    }
  }
  EndLookUp(module);
}

void Tiering::EndLookUp(const runtime::Module& module) {
  {
    const std::lock_guard lock(mutex_);
    std::erase(reading_, &module);
  }
  wake_workers_.notify_all();
}

}  // namespace airwasm::tier
