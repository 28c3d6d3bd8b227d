// The runs of lines that objects were bump-allocated into since the last collection. Objects lie in
// them end to end, so where each begins is known once the run is walked. That takes as long as
// there are objects, live or not; so it is done for those runs only that a word of a stack points
// into.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/gc/block_space.h"
#include "engine/types/type_registry.h"

namespace airwasm::gc {

class FreshRuns {
 public:
  // Before a run is taken: makes sure that the small one and the medium one can be added, now and
  // after it. A collection must know of every run. False: there is no memory.
  bool HasRoom();
  // Each lies in one block, and no two share a byte. There is room.
  void Add(LineRun run) {
    if (run.end != run.begin) runs_.push_back({run, false});
  }
  // Before the first of RecordStartsAround.
  void Sort();
  // Tells the block's `starts` of the objects in the run that `address` lies in, if there is one.
  void RecordStartsAround(const uint8_t* address, BlockSpace& space, const TypeRegistry& types);
  void Clear() { runs_.clear(); }

 private:
  struct Run {
    LineRun lines;
    bool is_recorded;
  };
  std::vector<Run> runs_;
};

}  // namespace airwasm::gc
