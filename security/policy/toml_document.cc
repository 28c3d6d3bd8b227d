#include "security/policy/toml_document.h"

// The library's assertions are promises to the compiler where NDEBUG is set, and malformed text
// breaks some of them ("[[[a]]]", marzer/tomlplusplus#301); what comes behind them copes. So there
// are none of either kind.
#ifdef NDEBUG
#undef NDEBUG
#define AIRWASM_RESTORE_NDEBUG
#endif
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>
#ifdef AIRWASM_RESTORE_NDEBUG
#define NDEBUG
#endif

#include <algorithm>
#include <optional>

#include "absl/strings/str_format.h"

namespace airwasm::security {
namespace {

// Nested tables are walked and freed by recursion, and the library bounds only nested values: a key
// of many parts makes a table for each.
constexpr int kMaxKeyParts = 32;

Error TomlError(uint32_t line, uint32_t column, std::string message) {
  return {
      .kind = ErrorKind::kInvalid, .line = line, .column = column, .message = std::move(message)};
}

// Keeps from the library what it does not cope with: keys of many parts, for which it counts the
// dots between what separates keys from each other; and what is not ASCII outside of strings and
// comments, which its tests for whitespace take for impossible. Reads strings and comments as TOML
// does; where the text is no TOML the library stops, and what it has read by then was read alike.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<Error> Scan() {
    int dots = 0;
    while (pos_ < text_.size()) {
      const char c = text_[pos_];
      if (c == '"' || c == '\'') {
        SkipString(c);
        continue;
      }
      if (c == '#') {
        pos_ = std::min(text_.find('\n', pos_), text_.size());
        continue;
      }
      if (static_cast<unsigned char>(c) >= 0x80)
        return ErrorHere("outside of strings and comments there are ASCII characters only");
      if (c == '.' && ++dots >= kMaxKeyParts)
        return ErrorHere(absl::StrFormat("a key has at most %d parts", kMaxKeyParts));
      if (c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}' || c == '\n')
        dots = 0;
      ++pos_;
    }
    return std::nullopt;
  }

 private:
  Error ErrorHere(std::string message) const {
    const auto line = static_cast<uint32_t>(std::count(
                          text_.begin(), text_.begin() + static_cast<ptrdiff_t>(pos_), '\n')) +
                      1;
    const size_t start = text_.rfind('\n', pos_);
    const size_t column = pos_ - (start == text_.npos ? 0 : start + 1) + 1;
    return TomlError(line, static_cast<uint32_t>(column), std::move(message));
  }

  void SkipString(char quote) {
    const std::string three(3, quote);
    const bool multi_line = text_.substr(pos_, 3) == three;
    pos_ += multi_line ? 3 : 1;
    for (; pos_ < text_.size(); ++pos_) {
      const char c = text_[pos_];
      if (quote == '"' && c == '\\') {
        ++pos_;
      } else if (!multi_line && (c == quote || c == '\n')) {
        pos_ += c == quote ? 1 : 0;
        return;
      } else if (multi_line && c == quote && text_.substr(pos_, 3) == three) {
        pos_ += 3;
        // Up to two quotes may stand before the three that end it.
        for (int i = 0; i < 2 && pos_ < text_.size() && text_[pos_] == quote; ++i) ++pos_;
        return;
      }
    }
  }

  std::string_view text_;
  size_t pos_ = 0;
};

std::optional<absl::Time> ToTime(const toml::date_time& value) {
  if (!value.offset) return std::nullopt;
  const absl::CivilSecond civil(value.date.year, value.date.month, value.date.day, value.time.hour,
                                value.time.minute, value.time.second);
  return absl::FromCivil(civil, absl::UTCTimeZone()) + absl::Nanoseconds(value.time.nanosecond) -
         absl::Minutes(value.offset->minutes);
}

TomlValue Convert(const toml::node& node) {
  TomlValue value;
  value.line = node.source().begin.line;
  value.column = node.source().begin.column;
  switch (node.type()) {
    case toml::node_type::none:
      break;
    case toml::node_type::string: {
      value.kind = TomlValue::Kind::kString;
      value.string = node.as_string()->get();
      const toml::source_region& source = node.source();
      const bool ascii = std::all_of(value.string.begin(), value.string.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
      value.is_plain = ascii && source.begin.line == source.end.line &&
                       source.end.column - source.begin.column == value.string.size() + 2;
      break;
    }
    case toml::node_type::integer:
      value.kind = TomlValue::Kind::kInteger;
      value.integer = node.as_integer()->get();
      break;
    case toml::node_type::floating_point:
      value.kind = TomlValue::Kind::kFloat;
      break;
    case toml::node_type::boolean:
      value.kind = TomlValue::Kind::kBoolean;
      value.boolean = node.as_boolean()->get();
      break;
    case toml::node_type::date:
    case toml::node_type::time:
      value.kind = TomlValue::Kind::kLocalTime;
      break;
    case toml::node_type::date_time: {
      const std::optional<absl::Time> time = ToTime(node.as_date_time()->get());
      value.kind = time ? TomlValue::Kind::kTime : TomlValue::Kind::kLocalTime;
      if (time) value.time = *time;
      break;
    }
    case toml::node_type::array:
      value.kind = TomlValue::Kind::kArray;
      for (const toml::node& element : *node.as_array()) value.array.push_back(Convert(element));
      break;
    case toml::node_type::table:
      for (const auto& [key, element] : *node.as_table()) {
        value.table.push_back({.key = std::string(key.str()),
                               .line = key.source().begin.line,
                               .column = key.source().begin.column,
                               .value = Convert(element)});
      }
      std::sort(value.table.begin(), value.table.end(),
                [](const TomlValue::Member& a, const TomlValue::Member& b) {
                  return std::pair(a.line, a.column) < std::pair(b.line, b.column);
                });
      break;
  }
  return value;
}

}  // namespace

const TomlValue* TomlValue::Find(std::string_view key) const {
  for (const Member& member : table) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string_view NameOf(TomlValue::Kind kind) {
  switch (kind) {
    case TomlValue::Kind::kString:
      return "a string";
    case TomlValue::Kind::kInteger:
      return "an integer";
    case TomlValue::Kind::kFloat:
      return "a number with a fraction";
    case TomlValue::Kind::kBoolean:
      return "a boolean";
    case TomlValue::Kind::kTime:
      return "a time";
    case TomlValue::Kind::kLocalTime:
      return "a time without an offset";
    case TomlValue::Kind::kArray:
      return "an array";
    case TomlValue::Kind::kTable:
      return "a table";
  }
  return {};
}

std::string TomlString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += absl::StrFormat("\\u%04x", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

Expected<TomlValue> ParseToml(std::string_view text) {
  if (text.size() > kMaxTomlBytes)
    return TomlError(
        1, 1,
        absl::StrFormat("the file has %d bytes; at most %d are read", text.size(), kMaxTomlBytes));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (auto error = Scanner(text).Scan()) return *std::move(error);
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    const toml::parse_error& error = result.error();
    return TomlError(error.source().begin.line, error.source().begin.column,
                     std::string(error.description()));
  }
  return Convert(result.table());
}

}  // namespace airwasm::security
