// Hash tables for what comes from input.
//
// Abseil's own note their new capacity before they have the memory for it: one that finds none is
// broken from then on, its destructor included. These stay as they were when an insertion throws
// std::bad_alloc. Their hash is Abseil's, which is seeded per process: an input cannot be made to
// collide.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "absl/hash/hash.h"

namespace airwasm {

template <typename Key, typename Value>
using HashMap = std::unordered_map<Key, Value, absl::Hash<Key>>;
template <typename Key>
using HashSet = std::unordered_set<Key, absl::Hash<Key>>;

}  // namespace airwasm
