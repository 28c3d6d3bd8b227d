// Puts things that refer to one another in order.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace airwasm::component::wit {

// Fills `order` with 0..edges.size()-1 such that each comes after all of `edges[i]`, else in the
// order of the numbers. If that is impossible: a number that leads back to itself.
inline std::optional<uint32_t> TopologicalOrder(const std::vector<std::vector<uint32_t>>& edges,
                                                std::vector<uint32_t>& order) {
  enum class State : uint8_t { kNew, kOpen, kDone };
  std::vector<State> states(edges.size(), State::kNew);
  std::vector<std::pair<uint32_t, size_t>> stack;  // node, next edge
  for (uint32_t start = 0; start < edges.size(); ++start) {
    if (states[start] != State::kNew) continue;
    states[start] = State::kOpen;
    stack.emplace_back(start, 0);
    while (!stack.empty()) {
      const uint32_t node = stack.back().first;
      if (stack.back().second == edges[node].size()) {
        states[node] = State::kDone;
        order.push_back(node);
        stack.pop_back();
        continue;
      }
      const uint32_t next = edges[node][stack.back().second++];
      if (states[next] == State::kOpen) return next;
      if (states[next] == State::kDone) continue;
      states[next] = State::kOpen;
      stack.emplace_back(next, 0);
    }
  }
  return std::nullopt;
}

}  // namespace airwasm::component::wit
