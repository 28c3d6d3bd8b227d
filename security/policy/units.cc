#include "security/policy/units.h"

#include "absl/strings/numbers.h"
#include "engine/base/format.h"

namespace airwasm::security {
namespace {

struct Unit {
  std::string_view text;
  uint64_t factor;
};

// The largest first, and binary ones before decimal ones, as BytesText prefers them.
constexpr Unit kByteUnits[] = {
    {"TiB", uint64_t{1} << 40},
    {"GiB", uint64_t{1} << 30},
    {"MiB", uint64_t{1} << 20},
    {"KiB", uint64_t{1} << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"kB", 1'000},
    {"B", 1},
    {"", 1},
};
constexpr Unit kTimeUnits[] = {
    {"h", 3'600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000},
    {"ms", 1'000'000},        {"us", 1'000},         {"ns", 1},
};

template <size_t kCount>
std::optional<uint64_t> Parse(std::string_view text, const Unit (&units)[kCount]) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<uint64_t> number = ParseCount(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    uint64_t product = 0;
    if (unit.text != text.substr(digits)) continue;
    if (__builtin_mul_overflow(*number, unit.factor, &product)) return std::nullopt;
    return product;
  }
  return std::nullopt;
}

template <size_t kCount>
std::string Text(uint64_t number, const Unit (&units)[kCount]) {
  for (const Unit& unit : units) {
    if (number % unit.factor == 0 && number != 0)
      return FormatText("%d%s", number / unit.factor, unit.text);
  }
  return "0";
}

}  // namespace

std::optional<uint64_t> ParseCount(std::string_view text) {
  uint64_t number = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  if (!absl::SimpleAtoi(std::string(text), &number)) return std::nullopt;
  return number;
}

std::optional<uint64_t> ParseBytes(std::string_view text) {
  return Parse(text, kByteUnits);
}

std::optional<uint64_t> ParseDurationNs(std::string_view text) {
  return Parse(text, kTimeUnits);
}

std::string BytesText(uint64_t bytes) {
  return bytes == 0 ? "0B" : Text(bytes, kByteUnits);
}

std::string DurationText(uint64_t ns) {
  return ns == 0 ? "0s" : Text(ns, kTimeUnits);
}

}  // namespace airwasm::security
