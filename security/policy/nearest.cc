#include "security/policy/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/base/format.h"

namespace airwasm::security {
namespace {

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> words) {
  constexpr size_t kMaxBytes = 64;  // of a word that can be near to one of ours
  if (word.size() > kMaxBytes) return {};
  std::string_view nearest;
  size_t least = 3;  // two edits at most
  for (const std::string_view candidate : words) {
    const size_t distance = EditDistance(word, candidate);
    if (distance >= least || distance >= candidate.size()) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, std::span<const std::string_view> words) {
  const std::string_view nearest = Nearest(word, words);
  return nearest.empty() ? "" : FormatText(" (did you mean '%s'?)", nearest);
}

}  // namespace airwasm::security
