// Patterns of paths that cover a set of paths and not much more.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace airwasm::security {

std::vector<std::string> CoveringPatterns(const std::set<std::string>& paths, size_t min_depth);

}  // namespace airwasm::security
