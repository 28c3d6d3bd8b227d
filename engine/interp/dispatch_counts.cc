#include "engine/interp/dispatch_counts.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/interp/dump.h"
#include "engine/interp/handler_tables.h"

namespace airwasm::interp {
namespace {

// What handlers are told apart by: a program's code is smaller than 4 GiB.
uint32_t IdOf(Handler* handler) {
  if (handler == nullptr) return 0;
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(handler) -
                               reinterpret_cast<uintptr_t>(Reg(RegOp::Data)) + 1);
}
Handler* HandlerOf(uint32_t id) {
  if (id == 0) return nullptr;
  const auto distance = static_cast<int64_t>(static_cast<int32_t>(id - 1));
  return reinterpret_cast<Handler*>(reinterpret_cast<uintptr_t>(Reg(RegOp::Data)) +
                                    static_cast<uintptr_t>(distance));
}

#ifdef AIRWASM_COUNT_DISPATCHES
DispatchCounter& ProcessCounter() {
  static DispatchCounter* const counter = new DispatchCounter(1 << 16);
  return *counter;
}

// Out of line: what it takes from the stack is given back before the handler runs.
[[gnu::noinline]] void CountCell(const Cell* pc) {
  thread_local Handler* before = nullptr;
  ProcessCounter().Count(before, pc->handler);
  before = pc->handler;
}
#endif

}  // namespace

DispatchCounter::DispatchCounter(size_t pairs) : size_(pairs), entries_(new Entry[pairs]) {}

void DispatchCounter::Count(Handler* before, Handler* handler) {
  const uint64_t key = uint64_t{IdOf(before)} << 32 | IdOf(handler);
  constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;  // spreads keys over the upper bits
  size_t at = (key * kGolden) >> 32;
  for (size_t tries = 0; tries < size_; ++tries, ++at) {
    Entry& entry = entries_[at & (size_ - 1)];
    uint64_t found = entry.key.load(std::memory_order_relaxed);
    if (found == 0 && entry.key.compare_exchange_strong(found, key, std::memory_order_relaxed))
      found = key;
    if (found != key) continue;
    entry.count.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  lost_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<DispatchCounter::Pair> DispatchCounter::pairs() const {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < size_; ++i) {
    const uint64_t key = entries_[i].key.load(std::memory_order_relaxed);
    if (key == 0) continue;
    pairs.push_back({HandlerOf(static_cast<uint32_t>(key >> 32)),
                     HandlerOf(static_cast<uint32_t>(key)),
                     entries_[i].count.load(std::memory_order_relaxed)});
  }
  return pairs;
}

DispatchReport MakeReport(const DispatchCounter& counter) {
  DispatchReport report;
  // Handlers of one name are one operation: variants that differ in what a name does not say.
  std::map<std::string, uint64_t> ops;
  std::map<std::pair<std::string, std::string>, uint64_t> pairs;
  for (const DispatchCounter::Pair& pair : counter.pairs()) {
    const std::string name = HandlerName(pair.handler);
    report.total += pair.count;
    ops[name] += pair.count;
    if (pair.before != nullptr) pairs[{HandlerName(pair.before), name}] += pair.count;
  }
  for (const auto& [op, count] : ops) report.ops.push_back({op, count});
  for (const auto& [names, count] : pairs)
    report.pairs.push_back({names.first, names.second, count});
  std::ranges::sort(report.ops, [](const auto& a, const auto& b) {
    return std::tie(b.count, a.op) < std::tie(a.count, b.op);
  });
  std::ranges::sort(report.pairs, [](const auto& a, const auto& b) {
    return std::tie(b.count, a.first, a.second) < std::tie(a.count, b.first, b.second);
  });
  report.lost_pairs = counter.lost();
  return report;
}

#ifdef AIRWASM_COUNT_DISPATCHES
__attribute__((preserve_none)) void CountedDispatch(AIRWASM_HANDLER_PARAMS) {
  CountCell(pc);
  [[clang::musttail]] return pc->handler(AIRWASM_HANDLER_ARGS);
}
DispatchReport Dispatches() {
  return MakeReport(ProcessCounter());
}
#else
DispatchReport Dispatches() {
  return {};
}
#endif

}  // namespace airwasm::interp
