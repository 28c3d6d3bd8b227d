// How often each operation of register code ran, and each after which other: what
// super-instructions are chosen by. Counted in builds with AIRWASM_COUNT_DISPATCHES, where every
// dispatch goes through CountedDispatch (cell.h); others have no trace of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/interp/cell.h"

namespace airwasm::interp {

#ifdef AIRWASM_COUNT_DISPATCHES
inline constexpr bool kCountsDispatches = true;
#else
inline constexpr bool kCountsDispatches = false;
#endif

// Counts pairs in a table of fixed size, without locks. Threads: any.
class DispatchCounter {
 public:
  // Room for `pairs`, a power of two.
  explicit DispatchCounter(size_t pairs);

  // `before`: what the thread ran before `handler`; null for its first. Both are of this program.
  void Count(Handler* before, Handler* handler);

  struct Pair {
    Handler* before;
    Handler* handler;
    uint64_t count;
  };
  std::vector<Pair> pairs() const;  // in no order
  // Of pairs for which there was no room.
  uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  // Handlers as distances from one of them, two in a word; 0: free.
  struct Entry {
    std::atomic<uint64_t> key = 0;
    std::atomic<uint64_t> count = 0;
  };
  const size_t size_;
  const std::unique_ptr<Entry[]> entries_;
  std::atomic<uint64_t> lost_ = 0;
};

struct DispatchReport {
  // Named as in dumps, with the letters of regcode.def where operands stand: "i32.add d acc <- a,
  // i".
  struct Op {
    std::string op;
    uint64_t count;
  };
  struct Pair {
    std::string first;
    std::string second;
    uint64_t count;
  };
  uint64_t total = 0;
  std::vector<Op> ops;      // by falling count
  std::vector<Pair> pairs;  // likewise
  uint64_t lost_pairs = 0;
};
DispatchReport MakeReport(const DispatchCounter& counter);

// Of the process so far; empty where nothing is counted.
DispatchReport Dispatches();

}  // namespace airwasm::interp
