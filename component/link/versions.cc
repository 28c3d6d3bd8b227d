#include "component/link/versions.h"

#include <algorithm>
#include <charconv>

namespace airwasm::component::link {
namespace {

bool ParseNumber(std::string_view& text, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || (text[0] == '0' && end - text.data() > 1)) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool Skip(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

bool IsNumeric(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The part before the first dot, which is taken off.
std::string_view NextIdentifier(std::string_view& text) {
  const size_t dot = std::min(text.find('.'), text.size());
  const std::string_view part = text.substr(0, dot);
  text.remove_prefix(std::min(dot + 1, text.size()));
  return part;
}

std::strong_ordering CompareIdentifiers(std::string_view a, std::string_view b) {
  const bool numeric = IsNumeric(a);
  if (numeric != IsNumeric(b))
    return numeric ? std::strong_ordering::less : std::strong_ordering::greater;
  // Numbers have no leading zeros, so that the longer one is the greater one.
  if (numeric && a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::strong_ordering ComparePrereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();  // a release comes last
  while (!a.empty() && !b.empty()) {
    const std::strong_ordering order = CompareIdentifiers(NextIdentifier(a), NextIdentifier(b));
    if (order != 0) return order;
  }
  return a.size() <=> b.size();
}

}  // namespace

std::optional<Version> Version::Parse(std::string_view text) {
  Version v;
  text = text.substr(0, text.find('+'));
  if (!ParseNumber(text, v.major) || !Skip(text, '.') || !ParseNumber(text, v.minor) ||
      !Skip(text, '.') || !ParseNumber(text, v.patch)) {
    return std::nullopt;
  }
  if (Skip(text, '-')) {
    if (text.empty()) return std::nullopt;
    v.prerelease = text;
    return v;
  }
  return text.empty() ? std::optional(v) : std::nullopt;
}

bool Version::SameTrack(const Version& other) const {
  if (!prerelease.empty() || !other.prerelease.empty()) return *this == other;
  if (major != 0 || other.major != 0) return major == other.major;
  if (minor != 0 || other.minor != 0) return minor == other.minor;
  return patch == other.patch;
}

std::strong_ordering Version::operator<=>(const Version& other) const {
  if (const auto order = major <=> other.major; order != 0) return order;
  if (const auto order = minor <=> other.minor; order != 0) return order;
  if (const auto order = patch <=> other.patch; order != 0) return order;
  return ComparePrereleases(prerelease, other.prerelease);
}

VersionedName SplitVersion(std::string_view name) {
  const size_t at = name.find('@');
  if (at == std::string_view::npos) return {name, {}};
  return {name.substr(0, at), name.substr(at + 1)};
}

}  // namespace airwasm::component::link
