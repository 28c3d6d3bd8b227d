#include "component/wit/source.h"
#include "component/wit/strings.h"

#include <algorithm>
#include <cstdlib>

namespace airwasm::component::wit {
namespace {

// Names and lists longer than these get no hint: looking for one must stay cheap.
constexpr size_t kHintBytes = 64;
constexpr size_t kHintCandidates = 1000;

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Sources::Describe(Location at) const {
  const SourceFile& file = files_[at.file];
  const std::string_view before = std::string_view(file.text).substr(0, at.offset);
  const auto lines = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t newline = before.rfind('\n');
  const size_t column = newline == std::string_view::npos ? at.offset + 1 : at.offset - newline;
  return Cat(file.name, ":", lines, ":", column);
}

void Diagnostics::Fail(Location at, std::string_view message) {
  if (failed()) return;
  status_ = absl::InvalidArgumentError(Cat(sources_.Describe(at), ": ", message));
}

std::string NearestHint(std::string_view name, std::span<const std::string_view> candidates) {
  if (name.size() > kHintBytes) return {};
  const std::string_view* nearest = nullptr;
  // As many typing errors as a third of the name is long.
  size_t best = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string_view& candidate :
       candidates.first(std::min(candidates.size(), kHintCandidates))) {
    if (candidate.size() > kHintBytes) continue;
    const size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = &candidate;
    }
  }
  return nearest == nullptr ? "" : Cat(" (did you mean `", *nearest, "`?)");
}

}  // namespace airwasm::component::wit
