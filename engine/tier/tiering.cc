#include "engine/tier/tiering.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include "engine/instr/op.h"
#include "engine/runtime/fault_handler.h"
#include "engine/runtime/native_code.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/store.h"
#include "engine/tier/ahead.h"
#include "engine/tier/compiler_loader.h"
#include "engine/tier/image_listener.h"
#include "engine/tier/loaded_image.h"
#include "engine/tier/table_callees.h"

namespace airwasm::tier {
namespace {

using runtime::FuncCode;
using runtime::StoreContext;
using std::chrono::milliseconds;

// Between two questions of the clock, while something runs; up to the second while nothing does.
constexpr milliseconds kTick{1};
constexpr milliseconds kLongestTick{64};
// Bytes of wasm that are compiled in a tick: 37 of SQLite as a whole, fewer of what is hot. Whoever
// waits until a function has run for as long as it takes to compile spends at most twice of what
// would have been best. Anything from 8 to 26 makes SQLite and QuickJS as quick cold; more costs.
constexpr uint32_t kBytesPerTick = 26;
constexpr uint32_t kLeastSamples = 2;
// Of a loop, and of what compiled code calls, less is asked: the one may never come back, and the
// way between the tiers costs the other as much as some functions do.
constexpr uint32_t kHurry = 8;
// A function that takes so few bytes becomes part of those that call it, and by itself gains less
// than the way there costs: its samples are its callers'.
constexpr size_t kInlinedBytes = 100;
// Entries into a loop that send its function to the compiler.
constexpr uint32_t kLoopEntries = 2;
// Bodies of more bytes of wasm than this take seconds: an interpreter's loop, most often.
constexpr size_t kLargeBodyBytes = 8 << 10;
// What takes long leaves room for what is hot and small.
constexpr uint64_t kLongWork = 4 << 10;
// How often a function is compiled again because more is known of what it calls.
constexpr uint32_t kMostRenewals = 8;
// Loop headers that are asked in a row for the one with compiled code: some hundred microseconds.
constexpr uint32_t kMaxHeadersAsked = 2000;
// Samples at the entry of a function, after which the next call is more to it than its loop: what
// QuickJS calls for each function of JavaScript.
constexpr uint32_t kCalledAgain = 4;
// Fewer are not worth a write.
constexpr uint32_t kSamplesToSave = 20;
constexpr size_t kKeptRefusals = 100;

// The guest goes first where processors are few.
void LowerPriority() {
  constexpr int kNice = 10, kMostNice = 19;
  // Linux keeps this by thread.
  setpriority(PRIO_PROCESS, 0, std::min(getpriority(PRIO_PROCESS, 0) + kNice, kMostNice));
}

size_t BodyBytes(const FuncCode& code) {
  return code.module->syntax().funcs[code.func_index].body.bytes.size();
}

uint32_t SamplesToCompile(const FuncCode& code) {
  return kLeastSamples + static_cast<uint32_t>(BodyBytes(code) / kBytesPerTick);
}
uint32_t SamplesInAHurry(const FuncCode& code) {
  return kLeastSamples + static_cast<uint32_t>(BodyBytes(code) / kBytesPerTick / kHurry);
}

// How many compilations run at a time: one processor is left to the guest. One more runs of what
// does not take long, if only such are under way that do.
unsigned Compilers() {
  static const unsigned count = std::clamp(std::thread::hardware_concurrency(), 2u, 5u) - 1;
  return count;
}

bool IsRunning(StoreContext& store) {
  return __atomic_load_n(&store.activation, __ATOMIC_RELAXED) != nullptr;
}

}  // namespace

Tiering::Tiering(runtime::Executor& executor, Policy policy, const CompileOptions& options,
                 CacheOptions cache)
    : executor_(executor),
      policy_(policy),
      options_(options),
      link_(new Link{{}, this}),
      cache_(cache.directory.empty() || policy == Policy::kEager
                 ? nullptr
                 : new CodeCache(std::move(cache), options,
                                 policy == Policy::kAhead ? "ahead" : "auto")) {}

Tiering::~Tiering() {
  std::vector<Work> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    cancelled_.store(true, std::memory_order_relaxed);
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
  // What is known of its functions goes with the module, also with one that is not finished here.
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
  if (module.options().has_code) return;
  if (policy_ == Policy::kAhead) CompileAhead(module);
  if (policy_ == Policy::kAuto && cache_ != nullptr) {
    const std::lock_guard lock(mutex_);
    unread_.push_back(module.weak_from_this());
  }
}

void Tiering::Forget(const FuncCode* begin, const FuncCode* end) {
  const std::lock_guard lock(mutex_);
  const auto is_inside = [=](const FuncCode* code) { return code >= begin && code < end; };
  std::erase_if(funcs_, [&](const auto& entry) { return is_inside(entry.first); });
  std::erase_if(loops_, [&](const auto& entry) { return is_inside(entry.first.first); });
  std::erase_if(unread_, [](const auto& module) { return module.expired(); });
  if (cache_ != nullptr) cache_->Forget(begin);
}

void Tiering::Opened(StoreContext& store) {
  if (policy_ == Policy::kEager) store.poll_word->fetch_or(runtime::kPollSample);
  const std::lock_guard lock(mutex_);
  if (!clock_.joinable()) clock_ = std::thread([this] { Clock(); });
  stores_.push_back({&store});
}

void Tiering::Closing(StoreContext& store) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(stores_, [&](const Watched& watched) { return watched.store == &store; });
  }
  if (policy_ == Policy::kAuto && cache_ != nullptr) SaveSamples();
}

// A signal that finds compiled code out of itself, in a host function perhaps that waits, has
// disturbed it for nothing: so the next ones take their time.
bool Tiering::Watched::IsDue() {
  if (ticks_left > 0) {
    --ticks_left;
    return false;
  }
  constexpr uint32_t kMostDoublings = 6;
  ticks_left = (1u << std::min(missed++, kMostDoublings)) - 1;
  return true;
}

// Asks what runs; and repeats interruptions that found compiled code out of itself, in a function
// of the C library or of the engine.
void Tiering::Clock() {
  std::unique_lock lock(mutex_);
  milliseconds tick = kTick;
  while (!stopping_) {
    wake_clock_.wait_for(lock, tick, [this] { return stopping_; });
    const bool any = AskStores();
    if (any && !unread_.empty()) LookUpUnread();
    tick = any ? kTick : std::min(2 * tick, kLongestTick);
  }
}

// One tick of the clock. Whether anything runs.
bool Tiering::AskStores() {
  bool any = false;  // does something; a store whose guest waits in a host function does not
  for (Watched& watched : stores_) {
    StoreContext* const store = watched.store;
    if (!IsRunning(*store)) continue;
    const uintptr_t pc = store->sampled_pc.exchange(0, std::memory_order_relaxed);
    const uintptr_t return_pc = store->sampled_return_pc.load(std::memory_order_relaxed);
    const bool interrupt = runtime::InterruptPending(*store->poll_word);
    if (interrupt || policy_ != Policy::kAuto) any = true;
    if (policy_ == Policy::kAuto &&
        (store->poll_word->fetch_or(runtime::kPollSample) & runtime::kPollSample) == 0)
      any = true;  // the last question has been answered
    if (pc != 0) watched.missed = watched.ticks_left = 0;
    const int32_t thread = store->native_thread.load(std::memory_order_relaxed);
    if (options_.signals && thread != 0 &&
        (interrupt || (policy_ == Policy::kAuto && watched.IsDue())))
      runtime::SignalThread(thread);
    if (pc == 0) continue;
    any = true;
    try {
      SampledNative(reinterpret_cast<const void*>(pc), reinterpret_cast<const void*>(return_pc));
    } catch (const std::bad_alloc&) {
      // It is seen again.
    }
  }
  return any;
}

// ---- Samples

void Tiering::SampledEntry(StoreContext& store, const FuncCode& code,
                           const runtime::CodeLocation& caller) {
  if (policy_ != Policy::kEager) store.poll_word->fetch_and(~runtime::kPollSample);
  if (policy_ != Policy::kAuto) return;
  executor_.AddBaseline(*code.module);
  const std::lock_guard lock(mutex_);
  try {
    RecordCall(caller, code);
    const bool is_part_of_caller = BodyBytes(code) <= kInlinedBytes && caller.code != nullptr &&
                                   caller.code->module == code.module;
    const FuncCode& met = is_part_of_caller ? *caller.code : code;
    // In an activation of its own, which compiled code has made.
    const runtime::Activation* const outer = store.activation->previous;
    const bool is_called_natively =
        caller.code == nullptr && outer != nullptr && outer->native_fp != nullptr;
    Func& func = funcs_[&met];
    Count(func);
    func.entry_samples += &met == &code;
    Request(met, func, is_called_natively ? SamplesInAHurry(met) : SamplesToCompile(met));
  } catch (const std::exception&) {  // no memory, or no thread: the interpreter goes on
  }
}

const void* Tiering::SampledLoop(StoreContext& store, const FuncCode& code, uint32_t loop_offset,
                                 const std::function<runtime::LoopEntry()>& describe) {
  if (policy_ != Policy::kEager) store.poll_word->fetch_and(~runtime::kPollSample);
  if (policy_ == Policy::kAhead) return nullptr;
  if (policy_ == Policy::kAuto) executor_.AddBaseline(*code.module);
  try {
    return EntryOfLoop(store, code, loop_offset, describe);
  } catch (const std::exception&) {  // no memory, or no thread: the interpreter goes on
    return nullptr;
  }
}

const void* Tiering::EntryOfLoop(StoreContext& store, const FuncCode& code, uint32_t loop_offset,
                                 const std::function<runtime::LoopEntry()>& describe) {
  std::unique_lock lock(mutex_);
  Loop& loop = LoopOf(code, loop_offset);
  Func& func = funcs_[&code];
  // Compiled code waits at another loop of the function, most likely one around this.
  if (policy_ == Policy::kAuto && loop.entry == nullptr && func.has_loop_entry &&
      func.headers_asked < kMaxHeadersAsked) {
    ++func.headers_asked;
    store.poll_word->fetch_or(runtime::kPollSample);
    return nullptr;
  }
  Count(func);
  const bool is_large = BodyBytes(code) > kLargeBodyBytes;
  const uint32_t wanted = policy_ == Policy::kEager ? 1 : SamplesInAHurry(code);
  const bool is_called = policy_ == Policy::kAuto && func.entry_samples >= kCalledAgain;
  const bool waits = (is_called && func.requested && !func.published) ||
                     (is_large && func.loop_waits);  // one at a time: it may serve for the others
  if (loop.entry == nullptr && !loop.requested && !waits && ++loop.samples >= wanted &&
      !func.hopeless) {
    if (is_called && !func.requested) {
      loop.samples = 0;  // it is asked again when the function is there
      Request(code, func, 0);
      return nullptr;
    }
    loop.requested = true;
    Work work{code.module->shared_from_this(), code.func_index, true, describe()};
    if (policy_ == Policy::kEager) {
      lock.unlock();
      Do(work);
      lock.lock();
    } else {
      Push(std::move(work));
      func.loop_waits = true;
    }
  }
  Loop& ready = LoopOf(code, loop_offset);
  if (ready.entry == nullptr) return nullptr;
  ++stats_.osr_entries;
  func.headers_asked = 0;
  // Met again outside: the function is called again and again, and its loops hide its entry from
  // the samples.
  if (policy_ == Policy::kAuto && ++ready.entries >= kLoopEntries) Request(code, func, 0);
  return ready.entry;
}

void Tiering::Request(const FuncCode& code, Func& func, uint32_t samples) {
  if (func.samples < samples || func.requested || func.hopeless) return;
  Push({code.module->shared_from_this(), code.func_index});
  func.requested = true;
}

// Compiled code that was met where it ran.
void Tiering::SampledNative(const void* pc, const void* return_pc) {
  const std::optional<CodeAt> found = FindCode(pc);
  if (!found || found->is_loop()) return;  // which the interpreter has entered
  std::vector<runtime::CodeLocation> callers;
  runtime::native_code.load()->Locate(return_pc, true, callers);
  if (!callers.empty()) RecordCall(callers.front(), *found->code);
}

void Tiering::RecordCall(const runtime::CodeLocation& caller, const FuncCode& code) {
  if (caller.code == nullptr || caller.code->module != code.module || code.module == nullptr)
    return;
  // What came with its code starts without a compiler, and stays without.
  if (code.module->options().has_code) return;
  const syntax::Expr& body = code.module->syntax().funcs[caller.code->func_index].body;
  const size_t at = caller.module_offset - body.offset;
  if (at >= body.bytes.size()) return;
  const uint8_t opcode = body.bytes[at];
  if (opcode != Info(Op::CallIndirect).code && opcode != Info(Op::CallRef).code) return;
  Func& func = funcs_[caller.code];
  if (func.calls == nullptr) func.calls = std::make_unique<CallProfile>();
  if (!func.calls->Record(static_cast<uint32_t>(caller.module_offset), &code)) return;
  // Optimised code knows it unasked.
  const bool is_table_call = opcode == Info(Op::CallIndirect).code;
  if (is_table_call && std::ranges::count(TableCallees(*code.module, code.type), code.func_index))
    return;
  // Code that is there, or being made, does not know it. Code that was loaded knows what other runs
  // have seen, and stays; as does what takes seconds to make.
  if (func.requested && !func.hopeless && func.renewals < kMostRenewals && func.likely_calls == 0 &&
      !func.renewal_waits && BodyBytes(*caller.code) <= kLargeBodyBytes) {
    ++func.renewals;
    func.renewal_waits = true;
    Work work{code.module->shared_from_this(), caller.code->func_index};
    work.is_again = true;
    Push(std::move(work));
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

// ---- Code that is there already

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
