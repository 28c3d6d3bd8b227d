#include "engine/tier/tiering.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "engine/runtime/fault_handler.h"
#include "engine/runtime/native_code.h"
#include "engine/runtime/store.h"
#include "engine/tier/tiering_rules.h"

namespace airwasm::tier {
namespace {

using runtime::FuncCode;
using runtime::StoreContext;
using std::chrono::milliseconds;

// Between two questions of the clock, while something runs; up to the second while nothing does.
constexpr milliseconds kTick{1};
constexpr milliseconds kLongestTick{64};

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

}  // namespace airwasm::tier
