// TOML as plain values that know where they stand. The library that reads it stays behind this
// header.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/base/error.h"

namespace airwasm::security {

struct TomlValue {
  enum class Kind : uint8_t {
    kString,
    kInteger,
    kFloat,
    kBoolean,
    kTime,
    kLocalTime,
    kArray,
    kTable
  };

  Kind kind = Kind::kTable;
  uint32_t line = 1;
  uint32_t column = 1;
  std::string string;
  // The string stands on one line without escapes: its byte i is at column + 1 + i.
  bool is_plain = false;
  int64_t integer = 0;
  bool boolean = false;
  absl::Time time;  // kTime: with an offset
  std::vector<TomlValue> array;
  struct Member;
  std::vector<Member> table;  // in the order of the file

  const TomlValue* Find(std::string_view key) const;
};

struct TomlValue::Member {
  std::string key;
  uint32_t line = 1;
  uint32_t column = 1;
  TomlValue value;
};

// "a string", "an integer", ...
std::string_view NameOf(TomlValue::Kind kind);
// As TOML writes it, with quotes.
std::string TomlString(std::string_view text);

inline constexpr size_t kMaxTomlBytes = size_t{1} << 20;

// The document's table. Errors have line and column. Bounded: bytes, nesting, parts of a dotted
// key.
Expected<TomlValue> ParseToml(std::string_view text);

}  // namespace airwasm::security
