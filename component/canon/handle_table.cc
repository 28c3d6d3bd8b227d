#include "component/canon/handle_table.h"

#include "component/canon/instance_state.h"

namespace airwasm::component::canon {

uint32_t HandleTable::Add(const Handle& handle) {
  if (count_ >= limit_) return 0;
  uint32_t index = first_free_;
  if (index != 0) {
    first_free_ = entries_[index].lends;
    entries_[index] = handle;
  } else {
    index = static_cast<uint32_t>(entries_.size());
    if (entries_.size() == entries_.capacity()) entries_.reserve(2 * entries_.capacity());
    entries_.push_back(handle);
  }
  ++count_;
  return index;
}

bool IsSelfOrAncestor(const ComponentInstanceState* a, const ComponentInstanceState* b) {
  for (; b != nullptr; b = b->parent) {
    if (a == b) return true;
  }
  return false;
}

std::vector<ComponentInstanceState*> EnteringSet(ComponentInstanceState* callee,
                                                 const ComponentInstanceState* caller) {
  std::vector<ComponentInstanceState*> set;
  for (ComponentInstanceState* i = callee; i != nullptr; i = i->parent) {
    if (IsSelfOrAncestor(i, caller)) break;
    set.push_back(i);
  }
  return set;
}

}  // namespace airwasm::component::canon
