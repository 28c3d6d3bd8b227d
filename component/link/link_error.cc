#include "component/link/link_error.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "engine/base/format.h"

namespace airwasm::component::link {
namespace {

// Lines of one message; the JSON has all of them.
constexpr size_t kMaxLines = 20;

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += FormatText("\\u%04x", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

std::string JsonOrNull(std::string_view text) {
  return text.empty() ? "null" : JsonString(text);
}

std::string JsonList(std::span<const std::string> items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? ", " : "") + JsonString(item);
  return out + "]";
}

}  // namespace

std::string LinkError::Path() const {
  std::string text;
  for (size_t i = 0; i < path.size(); ++i) text += (i == 0 ? "" : "#") + path[i];
  return text;
}

std::string LinkError::ToString() const {
  std::string text = kind == Kind::kMissing ? "missing import `" : "mistyped import `";
  text += Path() + "`: expected " + expected + ", found " + (found.empty() ? "nothing" : found);
  if (!provider.empty() && provider != path.front()) text += " in `" + provider + "`";
  std::string hints;
  const auto hint = [&](const std::string& words) { hints += (hints.empty() ? "" : "; ") + words; };
  if (!nearest.empty()) hint("did you mean `" + nearest + "`?");
  if (!versions.empty()) {
    std::string list;
    for (const std::string& version : versions) list += (list.empty() ? "" : ", ") + version;
    hint("available versions: " + list);
  }
  return hints.empty() ? text : text + " (" + hints + ")";
}

std::string ToJson(std::span<const LinkError> errors) {
  std::string out = "{\"errors\": [";
  for (size_t i = 0; i < errors.size(); ++i) {
    const LinkError& e = errors[i];
    out += i == 0 ? "{" : ", {";
    out += "\"kind\": " + JsonString(e.kind == LinkError::Kind::kMissing ? "missing" : "mistyped");
    out += ", \"import\": " + JsonString(e.Path());
    out += ", \"path\": " + JsonList(e.path);
    out += ", \"expected\": " + JsonString(e.expected);
    out += ", \"found\": " + JsonOrNull(e.found);
    out += ", \"provider\": " + JsonOrNull(e.provider);
    out += ", \"nearest\": " + JsonOrNull(e.nearest);
    out += ", \"available_versions\": " + JsonList(e.versions) + "}";
  }
  return out + "]}";
}

absl::Status ToStatus(std::span<const LinkError> errors) {
  if (errors.empty()) return absl::OkStatus();
  std::string text;
  for (size_t i = 0; i < std::min(errors.size(), kMaxLines); ++i)
    text += (i == 0 ? "" : "\n") + errors[i].ToString();
  if (errors.size() > kMaxLines) text += FormatText("\nand %d more", errors.size() - kMaxLines);
  const bool missing = std::any_of(errors.begin(), errors.end(), [](const LinkError& e) {
    return e.kind == LinkError::Kind::kMissing;
  });
  absl::Status status = missing ? absl::NotFoundError(text) : absl::FailedPreconditionError(text);
  const std::string json = ToJson(errors);
  status.SetPayload(kLinkErrorsPayload.data(),
                    absl::Cord(absl::string_view(json.data(), json.size())));
  return status;
}

}  // namespace airwasm::component::link
