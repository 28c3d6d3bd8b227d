#include <algorithm>

#include "absl/strings/numbers.h"
#include "airwasm/policy.h"
#include "engine/base/format.h"
#include "security/policy/nearest.h"
#include "security/policy/units.h"

namespace airwasm::security {
namespace {

std::optional<uint64_t> ParseValue(QuotaUnit unit, std::string_view text) {
  switch (unit) {
    case QuotaUnit::kBytes:
    case QuotaUnit::kBytesPerSecond:
      return ParseBytes(text);
    case QuotaUnit::kDuration:
      return ParseDurationNs(text);
    case QuotaUnit::kCount:
      return ParseCount(text);
  }
  return std::nullopt;
}

std::string_view Takes(QuotaUnit unit) {
  switch (unit) {
    case QuotaUnit::kBytes:
    case QuotaUnit::kBytesPerSecond:
      return "bytes, as in '64MiB', '10kB', '4096'";
    case QuotaUnit::kDuration:
      return "a time, as in '10s', '200ms', '5m'";
    case QuotaUnit::kCount:
      return "a number";
  }
  return {};
}

std::string Text(QuotaUnit unit, uint64_t value) {
  switch (unit) {
    case QuotaUnit::kBytes:
    case QuotaUnit::kBytesPerSecond:
      return BytesText(value);
    case QuotaUnit::kDuration:
      return DurationText(value);
    case QuotaUnit::kCount:
      return FormatText("%d", value);
  }
  return {};
}

}  // namespace

const std::vector<QuotaInfo>& Quotas() {
  static const auto* const kRows = new std::vector<QuotaInfo>{
#define AIRWASM_QUOTA(field, text, unit, summary) \
  {text, QuotaUnit::k##unit, summary, &Quota::field},
#include "airwasm/quotas.def"
#undef AIRWASM_QUOTA
  };
  return *kRows;
}

absl::Status SetQuota(Quota& quota, std::string_view name, std::string_view value) {
  std::vector<std::string_view> names;
  for (const QuotaInfo& row : Quotas()) {
    names.push_back(row.text);
    if (row.text != name) continue;
    const std::optional<uint64_t> number = ParseValue(row.unit, value);
    if (!number)
      return absl::InvalidArgumentError(
          FormatText("quota '%s' takes %s, not '%s'", name, Takes(row.unit), value.substr(0, 64)));
    quota.*row.field = *number;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      FormatText("there is no quota '%s'%s", name.substr(0, 64), DidYouMean(name, names)));
}

std::string ToString(const Quota& quota) {
  std::string text;
  for (const QuotaInfo& row : Quotas()) {
    const std::optional<uint64_t>& value = quota.*row.field;
    if (value)
      text += FormatText("%s%s=%s", text.empty() ? "" : ", ", row.text, Text(row.unit, *value));
  }
  return text;
}

Quota Tighter(const Quota& a, const Quota& b) {
  Quota both = a;
  for (const QuotaInfo& row : Quotas()) {
    const std::optional<uint64_t>& other = b.*row.field;
    std::optional<uint64_t>& value = both.*row.field;
    if (other) value = value ? std::min(*value, *other) : *other;
  }
  return both;
}

}  // namespace airwasm::security
