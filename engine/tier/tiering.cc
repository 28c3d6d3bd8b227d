#include "engine/tier/tiering.h"

#include <algorithm>
#include <chrono>

#include "engine/instr/op.h"
#include "engine/runtime/fault_handler.h"
#include "engine/runtime/native_code.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/store.h"
#include "engine/tier/compiler_loader.h"
#include "engine/tier/image_listener.h"
#include "engine/tier/loaded_image.h"
#include "engine/valid/function_validator.h"

namespace airwasm::tier {
namespace {

using runtime::FuncCode;
using runtime::StoreContext;
using std::chrono::milliseconds;

// Between two questions of the clock, while something runs; up to the second while nothing does.
constexpr milliseconds kTick{1};
constexpr milliseconds kLongestTick{64};
// Samples that send a function or a loop to the compiler, and a compiled function once more.
constexpr uint32_t kQuickSamples = 2;
constexpr uint32_t kLoopSamples = 2;
constexpr uint32_t kOptimizedSamples = 10;
// Entries into a loop that send its function to the compiler.
constexpr uint32_t kLoopEntries = 2;
// How often a function is compiled again because more is known of what it calls.
constexpr uint32_t kMostRenewals = 4;
// With everything compiled ahead, functions go to the compiler in batches of about this much wasm.
constexpr size_t kBatchBytes = 128 << 10;
constexpr size_t kKeptRefusals = 100;

bool IsRunning(StoreContext& store) {
  return __atomic_load_n(&store.activation, __ATOMIC_RELAXED) != nullptr;
}

}  // namespace

Tiering::Tiering(runtime::Executor& executor, Policy policy, const CompileOptions& options)
    : executor_(executor), policy_(policy), options_(options), link_(new Link{{}, this}) {}

Tiering::~Tiering() {
  std::vector<Work> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  wake_clock_.notify_all();
  wake_workers_.notify_all();
  if (clock_.joinable()) clock_.join();
  for (std::thread& worker : workers_) worker.join();
  const std::lock_guard lock(link_->mutex);
  link_->tiering = nullptr;
}

Stats Tiering::stats() const {
  const BusyClock::Times times = compile_clock_.times();
  const std::lock_guard lock(mutex_);
  Stats stats = stats_;
  stats.compile_ns = times.all_threads_ns;
  stats.compile_wall_ns = times.wall_ns;
  return stats;
}

std::vector<std::string> Tiering::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

// ---- Modules and stores

void Tiering::Created(runtime::Module& module) {
  if (policy_ == Policy::kAhead) CompileAhead(module);
  // What is known of its functions goes with the module.
  struct Farewell {
    std::shared_ptr<Link> link;
    const FuncCode* begin;
    const FuncCode* end;
    ~Farewell() {
      const std::lock_guard lock(link->mutex);
      if (link->tiering != nullptr) link->tiering->Forget(begin, end);
    }
  };
  const FuncCode* const codes = module.func_codes();
  module.Keep(std::shared_ptr<const Farewell>(
      new Farewell{link_, codes, codes + module.syntax().funcs.size()}));
}

void Tiering::Forget(const FuncCode* begin, const FuncCode* end) {
  const std::lock_guard lock(mutex_);
  const auto is_inside = [=](const FuncCode* code) { return code >= begin && code < end; };
  std::erase_if(funcs_, [&](const auto& entry) { return is_inside(entry.first); });
  std::erase_if(loops_, [&](const auto& entry) { return is_inside(entry.first.first); });
}

void Tiering::Opened(StoreContext& store) {
  if (policy_ == Policy::kEager) store.poll_word->fetch_or(runtime::kPollSample);
  const std::lock_guard lock(mutex_);
  stores_.push_back(&store);
  if (!clock_.joinable()) clock_ = std::thread([this] { Clock(); });
}

void Tiering::Closing(StoreContext& store) {
  const std::lock_guard lock(mutex_);
  std::erase(stores_, &store);
}

// Asks what runs; and repeats interruptions that found compiled code out of itself, in a function
// of the C library or of the engine.
void Tiering::Clock() {
  std::unique_lock lock(mutex_);
  milliseconds tick = kTick;
  while (!stopping_) {
    wake_clock_.wait_for(lock, tick, [this] { return stopping_; });
    bool any = false;
    for (StoreContext* const store : stores_) {
      if (!IsRunning(*store)) continue;
      any = true;
      const uintptr_t pc = store->sampled_pc.exchange(0, std::memory_order_relaxed);
      const uintptr_t return_pc = store->sampled_return_pc.load(std::memory_order_relaxed);
      if (pc != 0)
        SampledNative(reinterpret_cast<const void*>(pc), reinterpret_cast<const void*>(return_pc));
      if (policy_ == Policy::kAuto) store->poll_word->fetch_or(runtime::kPollSample);
      const int32_t thread = store->native_thread.load(std::memory_order_relaxed);
      if (options_.signals && thread != 0 &&
          (policy_ == Policy::kAuto || runtime::InterruptPending(*store->poll_word)))
        runtime::SignalThread(thread);
    }
    tick = any ? kTick : std::min(2 * tick, kLongestTick);
  }
}

// ---- Samples

void Tiering::SampledEntry(StoreContext& store, const FuncCode& code,
                           const runtime::CodeLocation& caller) {
  if (policy_ != Policy::kEager) store.poll_word->fetch_and(~runtime::kPollSample);
  if (policy_ != Policy::kAuto) return;
  const std::lock_guard lock(mutex_);
  RecordCall(caller, code);
  Func& func = funcs_[&code];
  if (++func.samples < kQuickSamples || func.requested[0] || func.hopeless) return;
  func.requested[0] = true;
  Push({code.module->shared_from_this(), code.func_index, Level::kQuick});
}

const void* Tiering::SampledLoop(StoreContext& store, const FuncCode& code, uint32_t loop_offset,
                                 const std::function<runtime::LoopEntry()>& describe) {
  if (policy_ != Policy::kEager) store.poll_word->fetch_and(~runtime::kPollSample);
  if (policy_ == Policy::kAhead) return nullptr;
  std::unique_lock lock(mutex_);
  Loop& loop = LoopOf(code, loop_offset);
  if (loop.entry == nullptr && !loop.requested &&
      (policy_ == Policy::kEager || ++loop.samples >= kLoopSamples) && !funcs_[&code].hopeless) {
    loop.requested = true;
    Work work{code.module->shared_from_this(), code.func_index, Level::kOptimized, true,
              describe()};
    if (policy_ == Policy::kEager) {
      work.level = options_.level;
      lock.unlock();
      Do(work);
      lock.lock();
    } else {
      Push(std::move(work));
    }
  }
  Loop& ready = LoopOf(code, loop_offset);
  if (ready.entry == nullptr) return nullptr;
  ++stats_.osr_entries;
  // Met again in the interpreter: the function is called again and again, and its loops hide its
  // entry from the samples.
  Func& func = funcs_[&code];
  if (policy_ == Policy::kAuto && ++ready.entries >= kLoopEntries && !func.requested[1]) {
    func.requested[0] = func.requested[1] = true;
    Push({code.module->shared_from_this(), code.func_index, Level::kOptimized});
  }
  return ready.entry;
}

// Compiled code that was met where it ran.
void Tiering::SampledNative(const void* pc, const void* return_pc) {
  const std::optional<CodeAt> found = FindCode(pc);
  if (!found || found->is_loop) return;
  std::vector<runtime::CodeLocation> callers;
  runtime::native_code.load()->Locate(return_pc, true, callers);
  if (!callers.empty()) RecordCall(callers.front(), *found->code);
  if (found->level == Level::kOptimized) return;
  Func& func = funcs_[found->code];
  if (++func.samples < kQuickSamples + kOptimizedSamples || func.requested[1]) return;
  func.requested[1] = true;
  Push({found->code->module->shared_from_this(), found->code->func_index, Level::kOptimized});
}

void Tiering::RecordCall(const runtime::CodeLocation& caller, const FuncCode& code) {
  if (caller.code == nullptr || caller.code->module != code.module || code.module == nullptr)
    return;
  const syntax::Expr& body = code.module->syntax().funcs[caller.code->func_index].body;
  const size_t at = caller.module_offset - body.offset;
  if (at >= body.bytes.size()) return;
  const uint8_t opcode = body.bytes[at];
  if (opcode != Info(Op::CallIndirect).code && opcode != Info(Op::CallRef).code) return;
  Func& func = funcs_[caller.code];
  if (func.calls == nullptr) func.calls = std::make_unique<CallProfile>();
  if (!func.calls->Record(static_cast<uint32_t>(caller.module_offset), &code)) return;
  // Code that is there, or being made, does not know it.
  if (func.requested[1] && !func.hopeless && func.renewals < kMostRenewals) {
    ++func.renewals;
    Push({code.module->shared_from_this(), caller.code->func_index, Level::kOptimized});
  }
}

std::vector<LikelyCallee> Tiering::LikelyCallees(runtime::Module& module) {
  std::vector<LikelyCallee> result;
  const std::lock_guard lock(mutex_);
  for (const auto& [code, func] : funcs_) {
    if (code->module != &module || func.calls == nullptr) continue;
    func.calls->ForEachLikely([&](uint32_t module_offset, const FuncCode* callee) {
      result.push_back({code->func_index, module_offset, callee->func_index});
    });
  }
  return result;
}

// ---- Compilation

void Tiering::Push(Work work) {
  queue_.push_back(std::move(work));
  if (workers_.empty()) StartThreads();
  wake_workers_.notify_one();
}

void Tiering::StartThreads() {
  // One is left to the guest.
  const unsigned count = std::clamp(std::thread::hardware_concurrency(), 2u, 5u) - 1;
  for (unsigned i = 0; i < count; ++i) workers_.emplace_back([this] { Worker(); });
}

void Tiering::Worker() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_workers_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    // Loops first: their function does not come back by itself. Then what was met most.
    const auto weight = [this](const Work& work) {
      return work.is_loop ? UINT32_MAX : funcs_[&work.module->func_code(work.func_index)].samples;
    };
    const auto best =
        std::max_element(queue_.begin(), queue_.end(),
                         [&](const Work& a, const Work& b) { return weight(a) < weight(b); });
    {
      const Work work = std::move(*best);
      queue_.erase(best);
      lock.unlock();
      Do(work);
    }
    lock.lock();
  }
}

void Tiering::Do(const Work& work) {
  Compiler* const compiler = LoadCompiler();
  if (compiler == nullptr) return;
  CompileRequest request{.module = work.module.get(),
                         .functions = {work.func_index},
                         .osr = work.is_loop ? &work.loop : nullptr,
                         .likely_callees = LikelyCallees(*work.module),
                         .options = options_};
  request.options.level = work.level;
  const BusyClock::Span compiling(compile_clock_);
  CompileResult result = compiler->Compile(request);
  Account(result, *work.module);
  Publish(*work.module, std::move(result.image), work.level);
}

void Tiering::Account(const CompileResult& result, runtime::Module& module) {
  const std::lock_guard lock(mutex_);
  stats_.refused += result.refused.size();
  for (const CompileResult::Refused& refused : result.refused) {
    funcs_[&module.func_code(refused.func_index)].hopeless = true;
    if (refused_.size() < kKeptRefusals)
      refused_.push_back(module.FuncName(refused.func_index) + ": " + refused.reason);
  }
}

void Tiering::Publish(runtime::Module& module, CodeImage&& image, Level level) {
#ifdef AIRWASM_HAS_NATIVE
  if (image.functions.empty()) return;
  const std::shared_ptr<const LoadedImage> loaded =
      LoadedImage::Load(std::move(image), module, level);
  if (loaded == nullptr) return;  // no memory for code: the interpreter goes on
  module.Keep(loaded);
  for (ImageListener* const listener : listeners_) listener->Published(loaded);
  const std::lock_guard lock(mutex_);
  stats_.code_bytes += loaded->bytes();
  for (const CompiledFunction& function : loaded->image().functions) {
    FuncCode& code = module.func_code(function.func_index);
    if (function.osr_loop_offset != kNoLocation) {
      LoopOf(code, function.osr_loop_offset).entry = loaded->Address(function);
      ++stats_.loops;
      continue;
    }
    ++(level == Level::kQuick ? stats_.functions_quick : stats_.functions_optimized);
    code.native.store(loaded->Address(function), std::memory_order_release);
    const void* const entry = loaded->base() + function.entry_offset;
    const bool is_first = code.native_entry.exchange(entry) == nullptr;
    if (is_first) executor_.EnterNatively(code);
  }
#else
  (void)module, (void)image, (void)level;
#endif
}

void Tiering::CompileAhead(runtime::Module& module) {
  Compiler* const compiler = LoadCompiler();
  if (compiler == nullptr) return;
  const syntax::Module& syntax = module.syntax();
  CompileRequest request{.module = &module, .options = options_};
  size_t bytes = 0;
  valid::FunctionValidator validator;
  for (uint32_t i = syntax.num_imported_funcs; i < syntax.funcs.size(); ++i) {
    if (module.options().validate_bodies ||
        (validator.Start(module.valid_context(), i) && validator.Run(syntax.funcs[i].body))) {
      request.functions.push_back(i);
      bytes += syntax.funcs[i].body.bytes.size();
    }
    if (bytes < kBatchBytes && i + 1 < syntax.funcs.size()) continue;
    const BusyClock::Span compiling(compile_clock_);
    CompileResult result = compiler->Compile(request);
    Account(result, module);
    Publish(module, std::move(result.image), options_.level);
    request.functions.clear();
    bytes = 0;
  }
}

}  // namespace airwasm::tier
