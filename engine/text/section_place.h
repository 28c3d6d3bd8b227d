// Where a custom section stands, in the words of @custom annotations and as
// syntax::CustomSection::after.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace airwasm::text {

struct SectionPlace {
  std::string_view word;
  uint8_t id;
};

// In the order of the binary format. Spec: core, appendix custom annotations, section kinds.
inline constexpr SectionPlace kSectionPlaces[] = {
    {"first", 0},  {"type", 1},       {"import", 2}, {"func", 3},   {"table", 4},
    {"memory", 5}, {"tag", 13},       {"global", 6}, {"export", 7}, {"start", 8},
    {"elem", 9},   {"datacount", 12}, {"code", 10},  {"data", 11},  {"last", 11},
};

constexpr uint8_t PlaceAfterLast() {
  return 11;
}

// The id that CustomSection::after gets for (before word) or (after word).
constexpr std::optional<uint8_t> PlaceOf(std::string_view word, bool before) {
  for (size_t i = 0; i < std::size(kSectionPlaces); ++i) {
    if (kSectionPlaces[i].word != word) continue;
    if (word == "first" && !before) return std::nullopt;
    if (word == "last" && before) return std::nullopt;
    return before && i > 0 ? kSectionPlaces[i - 1].id : kSectionPlaces[i].id;
  }
  return std::nullopt;
}

}  // namespace airwasm::text
