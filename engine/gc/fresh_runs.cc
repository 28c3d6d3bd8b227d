#include "engine/gc/fresh_runs.h"

#include <algorithm>
#include <new>

#include "engine/gc/marker.h"

namespace airwasm::gc {

bool FreshRuns::HasRoom() {
  constexpr size_t kRuns = 4;
  if (runs_.capacity() - runs_.size() >= kRuns) return true;
  try {
    runs_.reserve(std::max(2 * runs_.capacity(), runs_.size() + kRuns));
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void FreshRuns::Sort() {
  const auto begin = [](const Run& run) { return run.lines.begin; };
  if (!std::ranges::is_sorted(runs_, {}, begin)) std::ranges::sort(runs_, {}, begin);
}

void FreshRuns::RecordStartsAround(const uint8_t* address, BlockSpace& space,
                                   const TypeRegistry& types) {
  const auto behind =
      std::ranges::upper_bound(runs_, address, {}, [](const Run& run) { return run.lines.begin; });
  if (behind == runs_.begin()) return;
  Run& run = *std::prev(behind);
  if (address >= run.lines.end || run.is_recorded) return;
  run.is_recorded = true;
  const size_t block = space.BlockOf(run.lines.begin);
  for (uint8_t* at = run.lines.begin; at < run.lines.end;) {
    space.meta(block).starts.Add(static_cast<size_t>(at - space.BlockStart(block)) / kGranuleBytes);
    at += ObjectBytes(*reinterpret_cast<Object*>(at), types);
  }
}

}  // namespace airwasm::gc
