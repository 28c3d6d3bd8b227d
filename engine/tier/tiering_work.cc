// The queue of what is to be compiled, the threads that do it, and where the code goes.
#include <sys/resource.h>

#include <algorithm>
#include <new>
#include <utility>

#include "engine/runtime/native_entry.h"
#include "engine/tier/ahead.h"
#include "engine/tier/compiler_loader.h"
#include "engine/tier/image_listener.h"
#include "engine/tier/loaded_image.h"
#include "engine/tier/tiering.h"
#include "engine/tier/tiering_rules.h"

namespace airwasm::tier {
namespace {

using runtime::FuncCode;

constexpr size_t kKeptRefusals = 100;
// What takes long leaves room for what is hot and small.
constexpr uint64_t kLongWork = 4 << 10;

// The guest goes first where processors are few.
void LowerPriority() {
  constexpr int kNice = 10, kMostNice = 19;
  // Linux keeps this by thread.
  setpriority(PRIO_PROCESS, 0, std::min(getpriority(PRIO_PROCESS, 0) + kNice, kMostNice));
}

// How many compilations run at a time: one processor is left to the guest. One more runs of what
// does not take long, if only such are under way that do.
unsigned Compilers() {
  static const unsigned count = std::clamp(std::thread::hardware_concurrency(), 2u, 5u) - 1;
  return count;
}

}  // namespace

void Tiering::Push(Work work) {
  queue_.push_back(std::move(work));
  if (workers_.empty()) StartThreads();
  wake_workers_.notify_one();
}

void Tiering::StartThreads() {
  for (unsigned i = 0; i < Compilers() + 1; ++i) workers_.emplace_back([this] { Worker(); });
}

void Tiering::Worker() {
  LowerPriority();
  std::unique_lock lock(mutex_);
  while (true) {
    wake_workers_.wait(lock, [this] {
      return stopping_ ||
             std::ranges::any_of(queue_, [this](const Work& work) { return CanStart(work); });
    });
    if (stopping_) return;
    const auto best = std::ranges::max_element(
        queue_, {}, [this](const Work& work) { return CanStart(work) ? WeightOf(work) : 0; });
    {
      const Work work = std::move(*best);
      queue_.erase(best);
      unsigned& running = running_[IsLong(work)];
      ++running;
      lock.unlock();
      try {
        Do(work);
      } catch (const std::bad_alloc&) {  // what it was for stays interpreted
        if (work.is_lookup) EndLookUp(*work.module);
      }
      lock.lock();
      --running;
      const auto func = funcs_.find(&work.module->func_code(work.func_index));
      if (work.is_loop && func != funcs_.end()) func->second.loop_waits = false;
      lock.unlock();  // the module may go with the work
    }
    wake_workers_.notify_all();
    lock.lock();
  }
}

// What is on disk first; then what was met most for what it takes. A loop's function may never come
// back by itself, which stands for some samples more.
uint64_t Tiering::WeightOf(const Work& work) const {
  constexpr uint64_t kSamplesOfLoop = 10, kUnit = 1 << 20;
  // What is compiled again is so for a little more speed.
  constexpr uint64_t kSlack = 16;
  if (work.is_lookup) return UINT64_MAX;
  const auto func = funcs_.find(&work.module->func_code(work.func_index));
  const uint64_t samples =
      (func == funcs_.end() ? 0 : func->second.samples) + (work.is_loop ? kSamplesOfLoop : 1);
  return 1 + samples * kUnit / (kFixedCostBytes + CostOf(work)) / (work.is_again ? kSlack : 1);
}

void Tiering::Do(const Work& work) {
  if (work.is_lookup) return LookUp(*work.module);
  {
    const std::lock_guard lock(mutex_);
    if (IsDone(work)) return;
    // What is learned from here on is not in this code.
    if (!work.is_loop) funcs_[&work.module->func_code(work.func_index)].renewal_waits = false;
  }
  CompileRequest request{.module = work.module.get(),
                         .functions = {work.func_index},
                         .osr = work.is_loop ? &work.loop : nullptr,
                         .likely_callees = LikelyCallees(*work.module),
                         .options = options_,
                         .cancelled = &cancelled_};
  Compile(*work.module, request);
}

bool Tiering::Compile(runtime::Module& module, const CompileRequest& request) {
  Compiler* const compiler = LoadCompiler();
  if (compiler == nullptr) return false;
  CompileResult result;
  {
    const BusyClock::Span compiling(compile_clock_);
    result = compiler->Compile(request);
  }
  Account(result, module);
  if (result.out_of_memory) return true;  // a later process may do better: not into the cache
  CompiledCode code{0, std::move(result.image), std::move(result.refused)};
  for (const LikelyCallee& likely : request.likely_callees)
    code.likely_calls += std::ranges::count(request.functions, likely.func_index) != 0;
  const std::string record = cache_ == nullptr ? "" : cache_->Record(module, code);
  Publish(module, std::move(code.image));
  if (cache_ != nullptr) cache_->Append(module, record);
  return true;
}

void Tiering::Account(const CompileResult& result, runtime::Module& module) {
  const std::lock_guard lock(mutex_);
  stats_.refused += result.refused.size();
  stats_.longest_compile_ns = std::max(stats_.longest_compile_ns, result.cpu_ns);
  for (const CompileResult::Refused& refused : result.refused) {
    if (!refused.is_loop_only) funcs_[&module.func_code(refused.func_index)].hopeless = true;
    if (refused_.size() < kKeptRefusals)
      refused_.push_back(module.FuncName(refused.func_index) + ": " + refused.reason);
  }
}

void Tiering::Publish(runtime::Module& module, CodeImage&& image) {
#ifdef AIRWASM_HAS_NATIVE
  if (image.functions.empty()) return;
  const std::shared_ptr<const LoadedImage> loaded = LoadedImage::Load(std::move(image), module);
  if (loaded == nullptr) return;  // no memory for code: the interpreter goes on
  module.Keep(loaded);
  for (ImageListener* const listener : listeners_) listener->Published(loaded);
  const std::lock_guard lock(mutex_);
  stats_.code_bytes += loaded->bytes();
  for (const CompiledFunction& function : loaded->image().functions) {
    FuncCode& code = module.func_code(function.func_index);
    Func& func = funcs_[&code];
    if (function.osr_loop_offset != kNoLocation) {
      ++stats_.loops;
      func.has_loop_entry = true;
      Loop& loop = LoopOf(code, function.osr_loop_offset);
      loop.requested = true;
      loop.entry = loaded->Address(function);
      continue;
    }
    ++stats_.functions_optimized;
    func.requested = func.published = true;
    code.native.store(loaded->Address(function), std::memory_order_release);
    const void* const entry = loaded->base() + function.entry_offset;
    const bool is_first = code.native_entry.exchange(entry) == nullptr;
    if (is_first) executor_.EnterNatively(code);
  }
#else
  (void)module, (void)image;
#endif
}

void Tiering::CompileAhead(runtime::Module& module) {
  if (cache_ != nullptr) Adopt(module, cache_->Load(module));
  const auto is_wanted = [&](uint32_t func_index) {
    const std::lock_guard lock(mutex_);
    const Func& func = funcs_[&module.func_code(func_index)];
    return !func.hopeless && !func.published;
  };
  if (CompileAll(module, options_, is_wanted,
                 [&](const CompileRequest& request) { return Compile(module, request); }))
    return;
  lacks_compiler_ = true;
  const std::lock_guard lock(mutex_);
  if (refused_.size() < kKeptRefusals) refused_.push_back("a whole module: there is no compiler");
}

uint64_t Tiering::CostOf(const Work& work) {
  return BodyBytes(work.module->func_code(work.func_index));
}

bool Tiering::IsLong(const Work& work) {
  return !work.is_lookup && CostOf(work) > kLongWork;
}

bool Tiering::CanStart(const Work& work) {
  const unsigned most = Compilers();
  if (running_[0] + running_[1] >= most && (IsLong(work) || running_[0] != 0)) return false;
  return work.is_lookup || std::ranges::find(reading_, work.module.get()) == reading_.end();
}

// The cache had it, after it was asked for.
bool Tiering::IsDone(const Work& work) {
  const FuncCode& code = work.module->func_code(work.func_index);
  const Func& func = funcs_[&code];
  if (func.hopeless) return true;
  if (work.is_loop) return LoopOf(code, work.loop.loop_offset).entry != nullptr;
  return func.published && !work.is_again;
}

}  // namespace airwasm::tier
