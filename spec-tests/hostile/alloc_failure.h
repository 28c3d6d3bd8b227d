// What the tests of allocation failures share: an operator new that fails when it is told to, and
// the walk through all the allocations of a life.
//
// A life is a function that makes something of the engine, uses it and drops it. Each of its
// allocations fails once, in turn; then each once more, with all that follow it. Whatever fails,
// nothing crashes, nothing is thrown but by constructors, which have no other way, and nothing is
// left when the life is over.
//
// Allocations fail on the thread that lives the life. Those of the engine's own threads have tests
// of their own, which let them fail and the life's thread have its memory.
#pragma once

#include <functional>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "airwasm/trap.h"

namespace airwasm::alloc_failure {

// How a life ended.
enum class End {
  kWell,
  kExhausted,    // RESOURCE_EXHAUSTED from a function of the engine
  kTrap,         // the guest, in a trap that says so
  kConstructor,  // std::bad_alloc from a constructor
  kWrong,        // anything else: Wrong() says what
};

// Notes what was wrong, without memory.
End Wrong(const char* what);

// The end of a life that `status` or `trap` ended, which must be for lack of memory.
End EndOf(const absl::Status& status);
End EndOf(const Trap& trap);

enum class Failing {
  kOnce,          // one allocation
  kFromThenOn,    // that one and all after it
  kOtherThreads,  // as kOnce, among those of all other threads
};

// From here on the allocation with this number fails, counted from 0.
void Arm(long number, Failing failing);
// There is memory again. Whether an allocation has failed.
bool Disarm();
// Allocations that were not freed, of all threads.
long Live();

// Made by a constructor that may throw: empty then.
template <typename T, typename... Args>
std::optional<T> Make(Args&&... args) {
  try {
    return std::optional<T>(std::in_place, std::forward<Args>(args)...);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

struct Walk {
  // All of the first so many allocations, and as many of the others as are worth the time.
  long all_of_first = 3000;
  long of_the_others = 500;
  Failing failing = Failing::kOnce;
  // Most lives that a test may take for the process's own growth (pools, caches): each is lived
  // again and must leave nothing then.
  long growing = 100;
};

// Lives `life` once for each allocation that fails. Prints what was done.
void FailEach(const char* name, const std::function<End()>& life, const Walk& walk = {});
// Both ways of failing.
void FailEachBothWays(const char* name, const std::function<End()>& life);

}  // namespace airwasm::alloc_failure
