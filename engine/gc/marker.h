// Marking: from the roots, through every live object, with an explicit stack.
//
// A collection cannot be given up half way, so it does without memory for that stack if it must:
// what was marked and could not be put there is found again by a walk over the heap.
#pragma once

#include <vector>

#include "engine/gc/block_space.h"
#include "engine/gc/fresh_runs.h"
#include "engine/gc/heap.h"

namespace airwasm::gc {

// Bytes that `object` takes, rounded up to the granule.
size_t ObjectBytes(const Object& object, const TypeRegistry& types);

class Marker final : public RootVisitor {
 public:
  // Clears the line marks of `space`. What was allocated since the last collection is in `fresh`.
  Marker(BlockSpace& space, FreshRuns& fresh, const TypeRegistry& types);

  void Conservative(const void* begin, const void* end) override;
  void Exact(Ref ref) override;
  // Marks everything reachable from what was visited.
  void Drain();

 private:
  void MarkObject(size_t block, Object* object);
  void MarkCandidate(uint64_t word);
  void Trace(Object& object);
  void TraceAllMarked();

  BlockSpace& space_;
  FreshRuns& fresh_;
  const TypeRegistry& types_;
  std::vector<Object*> pending_;
  bool has_overflowed_ = false;  // something marked is not in pending_ and not traced
};

}  // namespace airwasm::gc
