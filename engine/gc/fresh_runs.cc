#include "engine/gc/fresh_runs.h"

#include <algorithm>

#include "engine/gc/marker.h"

namespace airwasm::gc {

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
