// A log that somebody else wrote: lines, heads and escaped texts of any bytes. What is taken for a
// line is JSON, and its texts are what a JSON parser has of them.
#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "security/audit/filter.h"
#include "security/audit/head.h"
#include "security/audit/json_escape.h"
#include "security/audit/line.h"

namespace {

using namespace airwasm::security::audit;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckEscape(std::string_view text) {
  std::string escaped(MaxEscapedBytes(text.size()), '\0');
  escaped.resize(static_cast<size_t>(EscapeJson(text, escaped.data()) - escaped.data()));
  Require(std::ranges::none_of(escaped, [](char c) { return static_cast<uint8_t>(c) < 0x20; }));
  const auto json =
      nlohmann::json::parse("\"" + escaped + "\"", nullptr, /*allow_exceptions=*/false);
  Require(json.is_string() && UnescapeJson(escaped) == json.get<std::string>());
}

void CheckLine(std::string_view text) {
  size_t offset = 0;
  const std::optional<ParsedLine> line = ParseLine(text, &offset);
  Require(offset <= text.size());
  if (!line) return;
  (void)Filter{.component = "*a?", .object = "*"}.Matches(*line);
  const auto object = UnescapeJson(line->object);
  for (const std::string_view part : {line->component, line->function, line->capability, line->rule,
                                      line->backtrace, line->object}) {
    if (!UnescapeJson(part)) return;  // a line of another's making
  }
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  Require(json.is_object() && json["seq"].get<uint64_t>() == line->seq);
  Require(json["object"].get<std::string>() == *object);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckEscape(text);
  CheckLine(text);
  (void)UnescapeJson(text);
  (void)DecodeHead(text, std::nullopt).ok();
  (void)ParseSince(text, 1'786'959'000'000'000'000).ok();
  const size_t half = size / 2;
  (void)MatchesGlob(text.substr(0, std::min<size_t>(half, 64)), text.substr(half));
  return 0;
}
