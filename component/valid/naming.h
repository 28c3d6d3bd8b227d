// Which types need an external name, and which have one.
//
// A record, variant, enum, flags or resource that an import or export mentions must have been
// imported or exported itself before, under the very type index that is mentioned. Equality of
// types is structural and does not see such a difference, so each type definition carries a
// NamingId beside its type: a node that says whether the type itself needs a name, and what its
// parts need. Importing or exporting a type makes a new node, and that one has a name.
// Spec: component model, Explainer, "External Visibility of Types".
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "component/types/entity_types.h"

namespace airwasm::component::valid {

inline constexpr NamingId kNoNaming = 0;

// The nodes that have a name in one component or component type. Also remembers which groups were
// found to be complete: names are only ever added.
using NamedSet = std::unordered_set<NamingId>;

class NamingTable {
 public:
  NamingTable() : nodes_(1) {}

  // A type that needs a name, with what its parts need.
  NamingId NewNamed(std::vector<NamingId> parts);
  // A type that needs none itself, never the node of one that does: kNoNaming if its parts need
  // none either.
  NamingId Group(std::vector<NamingId> parts);
  // What an import or export makes of it: a type of its own, if it is one that needs a name.
  NamingId Renew(NamingId id);

  bool IsNamed(NamingId id) const { return nodes_[id].named; }
  // Whether all that `id` needs is in `names`; with `parts_only`, a type that needs a name itself
  // is not asked for it.
  bool Complete(NamingId id, NamedSet& names, bool parts_only = false) const;

  using Map = std::unordered_map<NamingId, NamingId>;
  // The node with those that `map` names exchanged; `map` remembers what was made.
  NamingId Substitute(NamingId id, Map& map, uint64_t& work);

 private:
  struct Node {
    bool named = false;
    std::vector<NamingId> parts;  // if named: at most one, a group
  };
  std::vector<Node> nodes_;
  std::unordered_map<NamingId, NamingId> singles_;  // groups of one part, by that part
};

}  // namespace airwasm::component::valid
