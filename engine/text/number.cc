#include "engine/text/number.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <string>

namespace airwasm::text {
namespace {

bool TakeSign(std::string_view& s) {
  const bool negative = s[0] == '-';
  if (s[0] == '-' || s[0] == '+') s.remove_prefix(1);
  return negative;
}

uint32_t DigitValue(char c) {
  return static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

// One of the two IEEE formats that literals have.
struct Format {
  int fraction_bits;  // stored bits of the significand
  int bias;           // of the exponent
  int exponent_bits;
  uint64_t Infinity() const { return ((uint64_t{1} << exponent_bits) - 1) << fraction_bits; }
  uint64_t Sign() const { return uint64_t{1} << (fraction_bits + exponent_bits); }
};
constexpr Format kF32Format{23, 127, 8};
constexpr Format kF64Format{52, 1023, 11};

// Far beyond every exponent that matters, and far from overflowing int64_t when added to digit
// counts.
constexpr int64_t kHugeExponent = int64_t{1} << 50;

// A decimal exponent such as "-1_022", clamped.
int64_t ParseExponent(std::string_view s) {
  if (s.empty()) return 0;
  const bool negative = TakeSign(s);
  int64_t value = 0;
  for (const char c : s) {
    if (c == '_') continue;
    value = value * 10 + (c - '0');
    if (value > kHugeExponent) value = kHugeExponent;
  }
  return negative ? -value : value;
}

// Rounds significand * 2^exponent; `sticky` says that bits below the significand were not all zero.
std::optional<uint64_t> Round(uint64_t significand, int64_t exponent, bool sticky,
                              const Format& format) {
  if (significand == 0) return 0;
  const int width = 64 - std::countl_zero(significand);
  const int64_t leading = exponent + width - 1;  // value lies in [2^leading, 2^(leading+1))
  if (leading > format.bias) return std::nullopt;
  // Exponent of the last kept bit: normal numbers keep fraction_bits behind the leading one,
  // subnormals a fixed position.
  const int64_t min_last = int64_t{1} - format.bias - format.fraction_bits;
  int64_t last = leading - format.fraction_bits;
  if (last < min_last) last = min_last;
  const int64_t drop = last - exponent;
  uint64_t kept = 0;
  if (drop <= 0) {
    kept = significand << -drop;
  } else if (drop > 64) {
    kept = 0;  // less than half of the smallest number
  } else {
    const uint64_t rest = drop == 64 ? significand : significand & ((uint64_t{1} << drop) - 1);
    const uint64_t half = uint64_t{1} << (drop - 1);
    kept = drop == 64 ? 0 : significand >> drop;
    if (rest > half || (rest == half && (sticky || (kept & 1) != 0))) ++kept;
  }
  // The leading one of a normal number, and a carry out of the fraction, add to the exponent field,
  // as the formats are made for.
  const uint64_t bits = kept + (static_cast<uint64_t>(last - min_last) << format.fraction_bits);
  if (bits >= format.Infinity()) return std::nullopt;
  return bits;
}

std::optional<uint64_t> ParseHexFloat(std::string_view s, const Format& format) {
  uint64_t significand = 0;
  int64_t exponent = 0;
  bool sticky = false;
  bool after_point = false;
  size_t i = 0;
  for (; i < s.size() && s[i] != 'p' && s[i] != 'P'; ++i) {
    if (s[i] == '_') continue;
    if (s[i] == '.') {
      after_point = true;
      continue;
    }
    const uint32_t digit = DigitValue(s[i]);
    if ((significand >> 60) == 0) {
      significand = significand * 16 + digit;
      if (after_point) exponent -= 4;
    } else {
      sticky |= digit != 0;
      if (!after_point) exponent += 4;
    }
  }
  if (i < s.size()) exponent += ParseExponent(s.substr(i + 1));
  return Round(significand, exponent, sticky, format);
}

// std::from_chars tells overflow and underflow by one code; the position of the leading digit tells
// them apart.
bool IsLarge(std::string_view s) {
  const size_t e = s.find_first_of("eE");
  int64_t exponent = e == std::string_view::npos ? 0 : ParseExponent(s.substr(e + 1));
  const std::string_view mantissa = s.substr(0, e);
  const size_t point = mantissa.find('.');
  const size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  const size_t integer_digits = point == std::string_view::npos ? mantissa.size() : point;
  exponent += first < integer_digits ? static_cast<int64_t>(integer_digits - first)
                                     : -static_cast<int64_t>(first - integer_digits);
  return exponent > 0;
}

template <typename Float, typename Bits>
std::optional<uint64_t> ParseDecimal(std::string_view s) {
  std::string clean;
  clean.reserve(s.size());
  for (const char c : s) {
    if (c != '_') clean.push_back(c);
  }
  // An exponent beyond any int is clamped, so that its own overflow cannot be mistaken.
  if (const size_t e = clean.find_first_of("eE"); e != std::string::npos) {
    const std::string clamped =
        std::to_string(ParseExponent(std::string_view(clean).substr(e + 1)));
    clean.replace(e + 1, std::string::npos, clamped);
  }
  Float value = 0;
  const std::from_chars_result result =
      std::from_chars(clean.data(), clean.data() + clean.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    if (IsLarge(clean)) return std::nullopt;
    return 0;
  }
  if (std::isinf(value)) return std::nullopt;
  return std::bit_cast<Bits>(value);
}

template <typename Float, typename Bits>
std::optional<uint64_t> ParseFloat(std::string_view s, const Format& format) {
  const uint64_t sign = TakeSign(s) ? format.Sign() : 0;
  if (s == "inf") return sign | format.Infinity();
  if (s == "nan") return sign | format.Infinity() | (uint64_t{1} << (format.fraction_bits - 1));
  if (s.starts_with("nan:")) {
    const auto payload = ParseNat(s.substr(4), (uint64_t{1} << format.fraction_bits) - 1);
    if (!payload || *payload == 0) return std::nullopt;
    return sign | format.Infinity() | *payload;
  }
  const auto bits =
      s.starts_with("0x") ? ParseHexFloat(s.substr(2), format) : ParseDecimal<Float, Bits>(s);
  if (!bits) return std::nullopt;
  return sign | *bits;
}

}  // namespace

std::optional<uint64_t> ParseNat(std::string_view s, uint64_t max) {
  uint32_t base = 10;
  if (s.starts_with("0x")) {
    base = 16;
    s.remove_prefix(2);
  }
  uint64_t value = 0;
  for (const char c : s) {
    if (c == '_') continue;
    const uint32_t digit = DigitValue(c);
    if (digit > max || value > (max - digit) / base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

std::optional<uint64_t> ParseInteger(std::string_view token, int bits) {
  const uint64_t mask = ~uint64_t{0} >> (64 - bits);
  if (token[0] != '-' && token[0] != '+') return ParseNat(token, mask);
  const bool negative = TakeSign(token);
  const uint64_t half = uint64_t{1} << (bits - 1);
  const auto magnitude = ParseNat(token, negative ? half : mask);
  if (!magnitude) return std::nullopt;
  return (negative ? ~*magnitude + 1 : *magnitude) & mask;
}

std::optional<uint32_t> ParseF32(std::string_view token) {
  const auto bits = ParseFloat<float, uint32_t>(token, kF32Format);
  if (!bits) return std::nullopt;
  return static_cast<uint32_t>(*bits);
}

std::optional<uint64_t> ParseF64(std::string_view token) {
  return ParseFloat<double, uint64_t>(token, kF64Format);
}

}  // namespace airwasm::text
