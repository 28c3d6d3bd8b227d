// Nodes follow the structure of value types, so recursion is bounded by limits::kTypeNesting.
#include "component/valid/naming.h"

#include <algorithm>
#include <utility>

namespace airwasm::component::valid {
namespace {

void Normalize(std::vector<NamingId>& parts) {
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  if (!parts.empty() && parts.front() == kNoNaming) parts.erase(parts.begin());
}

}  // namespace

// A group, for then whoever renews the type shares what has been found out about its parts.
NamingId NamingTable::NewNamed(std::vector<NamingId> parts) {
  const NamingId group = Group(std::move(parts));
  Node node{true, {}};
  if (group != kNoNaming) node.parts.push_back(group);
  nodes_.push_back(std::move(node));
  return static_cast<NamingId>(nodes_.size() - 1);
}

NamingId NamingTable::Group(std::vector<NamingId> parts) {
  Normalize(parts);
  if (parts.empty()) return kNoNaming;
  if (parts.size() > 1) {
    nodes_.push_back({false, std::move(parts)});
    return static_cast<NamingId>(nodes_.size() - 1);
  }
  if (!nodes_[parts[0]].named) return parts[0];
  const auto [at, is_new] = singles_.try_emplace(parts[0], static_cast<NamingId>(nodes_.size()));
  if (is_new) nodes_.push_back({false, std::move(parts)});
  return at->second;
}

NamingId NamingTable::Renew(NamingId id) {
  return nodes_[id].named ? NewNamed(nodes_[id].parts) : id;
}

bool NamingTable::Complete(NamingId id, NamedSet& names, bool parts_only) const {
  if (id == kNoNaming) return true;
  if (!parts_only && names.contains(id)) return true;
  const Node& node = nodes_[id];
  if (node.named && !parts_only) return false;
  for (NamingId part : node.parts) {
    if (!Complete(part, names)) return false;
  }
  if (!node.named) names.insert(id);
  return true;
}

NamingId NamingTable::Substitute(NamingId id, Map& map, uint64_t& work) {
  if (id == kNoNaming || map.empty()) return id;
  if (const auto found = map.find(id); found != map.end()) return found->second;
  std::vector<NamingId> parts = nodes_[id].parts;
  work += 16 + parts.size();
  bool changed = false;
  for (NamingId& part : parts) {
    const NamingId substituted = Substitute(part, map, work);
    changed |= substituted != part;
    part = substituted;
  }
  NamingId result = id;
  if (changed) result = nodes_[id].named ? NewNamed(std::move(parts)) : Group(std::move(parts));
  map.emplace(id, result);
  return result;
}

}  // namespace airwasm::component::valid
