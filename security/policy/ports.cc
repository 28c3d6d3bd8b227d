#include "security/policy/ports.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "engine/base/format.h"
#include "security/policy/glob.h"

namespace airwasm::security {
namespace {

constexpr size_t kMaxRanges = 64;

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint32_t port = 0;
  if (text.empty() || text.size() > 5) return std::nullopt;
  for (const char c : text)
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
  if (!absl::SimpleAtoi(std::string(text), &port) || port > 0xffff) return std::nullopt;
  return static_cast<uint16_t>(port);
}

}  // namespace

Expected<PortSet> PortSet::Parse(std::string_view text, size_t offset) {
  if (text == "*") return All();
  std::vector<Range> ranges;
  for (size_t start = 0;;) {
    const size_t end = std::min(text.find(',', start), text.size());
    const std::string_view part = text.substr(start, end - start);
    const size_t dash = part.find('-');
    const std::optional<uint16_t> first = ParsePort(part.substr(0, dash));
    const std::optional<uint16_t> last =
        dash == part.npos ? first : ParsePort(part.substr(dash + 1));
    if (!first || !last)
      return PatternError(
          offset + start,
          FormatText("'%s' is no port; expected a number up to 65535, '8000-8100', '80,443' or '*'",
                     part.substr(0, 32)));
    if (*last < *first)
      return PatternError(offset + start, "a range of ports that ends before it begins");
    if (ranges.size() == kMaxRanges)
      return PatternError(offset + start, FormatText("more than %d ranges of ports", kMaxRanges));
    ranges.push_back({*first, *last});
    if (end == text.size()) break;
    start = end + 1;
  }
  // In order and apart, so that one range is covered by one range or by none.
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> merged;
  for (const Range& range : ranges) {
    if (!merged.empty() && range.first <= uint32_t{merged.back().last} + 1) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  return PortSet(std::move(merged));
}

bool PortSet::Contains(uint16_t port) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [port](const Range& r) { return r.first <= port && port <= r.last; });
}

bool PortSet::Covers(const PortSet& other) const {
  return std::all_of(other.ranges_.begin(), other.ranges_.end(), [&](const Range& o) {
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const Range& r) { return r.first <= o.first && o.last <= r.last; });
  });
}

bool PortSet::Overlaps(const PortSet& other) const {
  return std::any_of(other.ranges_.begin(), other.ranges_.end(), [&](const Range& o) {
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const Range& r) { return r.first <= o.last && o.first <= r.last; });
  });
}

}  // namespace airwasm::security
