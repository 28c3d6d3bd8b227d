// When functions are compiled, and what becomes of the code.
//
// Nobody counts: a clock asks each running store every millisecond what it runs (kPollSample), so
// hot code is found by the time it takes and costs nothing until it is asked. The first sample of a
// module gives it baseline code (runtime::Executor::AddBaseline), which is soon made. A function
// that has been met for about as long as it takes to compile is compiled, a loop a good deal
// earlier: it may be all that runs. Compilation happens on threads of its own; code is published by
// pointer, and no code is freed before its module.
//
// In parts: stores and the clock are in tiering.cc, what samples say in tiering_samples.cc, the
// queue and its threads in tiering_work.cc, code on disk in tiering_cache.cc.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/runtime/executor.h"
#include "engine/runtime/module.h"
#include "engine/tier/busy_clock.h"
#include "engine/tier/call_profile.h"
#include "engine/tier/code_cache.h"
#include "engine/tier/compiler.h"

namespace airwasm::tier {

class ImageListener;
class LoadedImage;

enum class Policy : uint8_t {
  kAuto,
  kAhead,  // every function is compiled when its module is made
  kEager,  // for tests: every loop that runs is compiled when it is first met, and entered
};

struct Stats {
  uint64_t functions_optimized = 0;
  uint64_t loops = 0;        // compiled for entry
  uint64_t osr_entries = 0;  // times that compiled code was entered at a loop
  uint64_t refused = 0;      // left to the interpreter
  uint64_t compile_ns = 0;   // of all threads together
  uint64_t code_bytes = 0;
  // While at least one thread compiled.
  uint64_t compile_wall_ns = 0;
  uint64_t longest_compile_ns = 0;  // of one compilation, in processor time
  uint64_t images_loaded = 0;       // from the cache or a precompiled module
};

// One for an engine. Threads: any.
class Tiering final : public runtime::TierObserver {
 public:
  // Code is looked for in `cache` before it is compiled, and put there afterwards; with kAuto when
  // a store has run for a tick, so that a short run is none the slower. What has been met there and
  // was not compiled is kept when a store closes, and counts in the next process.
  Tiering(runtime::Executor& executor, Policy policy, const CompileOptions& options,
          CacheOptions cache = {});
  ~Tiering() override;
  // `listener`, which is borrowed, is told of all code. Before the first module is made.
  void AddListener(ImageListener* listener) { listeners_.push_back(listener); }

  void Created(runtime::Module& module) override;
  void Opened(runtime::StoreContext& store) override;
  void Closing(runtime::StoreContext& store) override;
  void SampledEntry(runtime::StoreContext& store, const runtime::FuncCode& code,
                    const runtime::CodeLocation& caller) override;
  const void* SampledLoop(runtime::StoreContext& store, const runtime::FuncCode& code,
                          uint32_t loop_offset,
                          const std::function<runtime::LoopEntry()>& describe) override;

  // Publishes code that came with `module` (ModuleOptions::has_code).
  void Adopt(runtime::Module& module, std::vector<CompiledCode> codes);
  // Functions were to be compiled ahead, and there is no compiler.
  bool lacks_compiler() const { return lacks_compiler_; }

  const CompileOptions& options() const { return options_; }
  Stats stats() const;
  // Functions that were to be compiled and are interpreted, with the reason: the first of them.
  std::vector<std::string> refused() const;

 private:
  // How a module that goes finds its Tiering, which may have gone before it.
  struct Link {
    std::mutex mutex;
    Tiering* tiering;
  };
  struct Watched {
    runtime::StoreContext* store;
    uint32_t missed = 0;      // signals in a row that have not found compiled code
    uint32_t ticks_left = 0;  // until the next
    bool IsDue();
  };
  struct Loop {
    uint32_t samples = 0;
    uint32_t entries = 0;  // times that the samples entered it
    bool requested = false;
    const void* entry = nullptr;  // of the code that there is
  };
  struct Func {
    uint32_t samples = 0;
    uint32_t entry_samples = 0;  // of these, where it begins
    uint32_t saved_samples = 0;  // of these, those that are in the cache
    bool requested = false;
    bool published = false;
    uint32_t renewals = 0;
    bool renewal_waits = false;  // in the queue
    bool loop_waits = false;     // one of its loops is being compiled, or will be
    bool hopeless = false;       // the compiler has refused it
    bool has_loop_entry = false;
    uint32_t headers_asked = 0;          // since it was last entered at a loop
    uint32_t likely_calls = 0;           // known to the optimised code that was loaded
    std::unique_ptr<CallProfile> calls;  // null: no indirect call in its body was met
  };
  struct Work {
    std::shared_ptr<runtime::Module> module;
    uint32_t func_index = 0;
    bool is_loop = false;
    runtime::LoopEntry loop;
    bool is_again = false;   // what is compiled already knows less
    bool is_lookup = false;  // of the module's code in the cache
  };

  std::vector<LikelyCallee> LikelyCallees(runtime::Module& module);
  void CompileAhead(runtime::Module& module);
  void Account(const CompileResult& result, runtime::Module& module);
  void Forget(const runtime::FuncCode* begin, const runtime::FuncCode* end);
  void Clock();
  bool AskStores();  // under mutex_
  const void* EntryOfLoop(runtime::StoreContext& store, const runtime::FuncCode& code,
                          uint32_t loop_offset,
                          const std::function<runtime::LoopEntry()>& describe);
  // Sends the function to the compiler if it has been met often enough. Under mutex_.
  void Request(const runtime::FuncCode& code, Func& func, uint32_t samples);
  void Count(Func& func) {
    ++func.samples;
    ++unsaved_samples_;
  }
  void Worker();
  void StartThreads();
  void Push(Work work);  // under mutex_
  void Do(const Work& work);
  void LookUp(runtime::Module& module);
  void EndLookUp(const runtime::Module& module);
  void TakeOver(runtime::Module& module, const std::vector<MetFunction>& met);
  void SaveSamples();
  void LookUpUnread();              // under mutex_
  bool CanStart(const Work& work);  // under mutex_
  static uint64_t CostOf(const Work& work);
  static bool IsLong(const Work& work);
  uint64_t WeightOf(const Work& work) const;  // under mutex_
  bool IsDone(const Work& work);              // under mutex_
  bool Compile(runtime::Module& module, const CompileRequest& request);
  void Publish(runtime::Module& module, CodeImage&& image);
  void SampledNative(const void* pc, const void* return_pc);  // under mutex_
  // Under mutex_: `code` was met as the callee of the call at `caller`.
  void RecordCall(const runtime::CodeLocation& caller, const runtime::FuncCode& code);
  Loop& LoopOf(const runtime::FuncCode& code, uint32_t loop_offset) {
    return loops_[{&code, loop_offset}];
  }
  struct HashLoop {
    size_t operator()(const std::pair<const runtime::FuncCode*, uint32_t>& key) const {
      return std::hash<const void*>()(key.first) * 31 + key.second;
    }
  };

  runtime::Executor& executor_;
  const Policy policy_;
  const CompileOptions options_;

  const std::shared_ptr<Link> link_;
  mutable std::mutex mutex_;  // never held where the last owner of a module may go
  std::condition_variable wake_clock_;
  std::condition_variable wake_workers_;
  bool stopping_ = false;
  std::vector<Watched> stores_;
  std::atomic<bool> cancelled_ = false;  // nobody waits for what is being compiled
  std::unordered_map<const runtime::FuncCode*, Func> funcs_;
  std::unordered_map<std::pair<const runtime::FuncCode*, uint32_t>, Loop, HashLoop> loops_;
  std::vector<Work> queue_;
  std::thread clock_;
  std::vector<std::thread> workers_;
  unsigned running_[2] = {0, 0};  // compilations: short ones, long ones
  Stats stats_;
  mutable BusyClock compile_clock_;
  std::vector<std::string> refused_;
  std::vector<ImageListener*> listeners_;

  const std::unique_ptr<CodeCache> cache_;  // null: none
  std::atomic<bool> lacks_compiler_ = false;
  // Modules that were not looked up yet; and those whose look-up has begun, which waits for nothing
  // and which their compilations wait for.
  std::vector<std::weak_ptr<runtime::Module>> unread_;
  std::vector<const runtime::Module*> reading_;
  uint32_t unsaved_samples_ = 0;
};

}  // namespace airwasm::tier
