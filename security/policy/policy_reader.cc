#include "security/policy/policy_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "engine/base/format.h"
#include "security/policy/glob.h"
#include "security/policy/nearest.h"
#include "security/policy/rule.h"

namespace airwasm::security {
namespace {

constexpr size_t kMaxErrors = 100;
constexpr std::string_view kSectionKeys[] = {"grant", "deny",    "allow",
                                             "quota", "expires", "signers"};
constexpr std::string_view kTopKeys[] = {"grant",   "deny",    "allow",     "quota",
                                         "signers", "include", "component", "description"};
constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::string_view kSignerPrefix = "ed25519:";

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

bool IsSigner(std::string_view text) {
  constexpr size_t kKeyBytes = 32;
  if (!text.starts_with(kSignerPrefix)) return false;
  std::string key;
  return absl::Base64Unescape(std::string(text.substr(kSignerPrefix.size())), &key) &&
         key.size() == kKeyBytes;
}

}  // namespace

absl::StatusOr<std::string> ReadTomlFile(const std::string& path) {
  const auto failed = [&] {
    return absl::ErrnoToStatus(errno, FormatText("cannot read '%s'", path));
  };
  // Not blocking: what is no file, a FIFO say, is told from one once it is open.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return failed();
  std::string text;
  struct stat status;
  absl::Status result;
  if (fstat(fd, &status) != 0) {
    result = failed();
  } else if (!S_ISREG(status.st_mode)) {
    result = absl::InvalidArgumentError(FormatText("'%s' is no regular file", path));
  } else if (static_cast<uint64_t>(status.st_size) > kMaxTomlBytes) {
    result = absl::InvalidArgumentError(
        FormatText("'%s' has %d bytes; at most %d are read", path, status.st_size, kMaxTomlBytes));
  } else {
    text.resize(kMaxTomlBytes);
    size_t size = 0;
    ssize_t n = 0;
    while (size < text.size() && (n = read(fd, text.data() + size, text.size() - size)) > 0)
      size += static_cast<size_t>(n);
    if (n < 0) result = failed();
    text.resize(size);
  }
  close(fd);
  if (!result.ok()) return result;
  return text;
}

Policy PolicyReader::TakePolicy() {
  return std::move(policy_);
}

void PolicyReader::Fail(Place place, std::string message) {
  if (errors_.size() < kMaxErrors)
    errors_.push_back(
        {.file = file_, .line = place.line, .column = place.column, .message = std::move(message)});
}

void PolicyReader::FailKind(const TomlValue& value, std::string_view what,
                            std::string_view expected) {
  Fail(At(value), FormatText("'%s' takes %s, not %s", what, expected, NameOf(value.kind)));
}

void PolicyReader::ReadFile(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadTomlFile(path);
  if (!text.ok()) {
    file_status_ = text.status();
    file_ = path;
    Fail({}, std::string(text.status().message()));
    return;
  }
  std::error_code error;
  stack_.push_back(std::filesystem::canonical(path, error).string());
  seen_.push_back(stack_.back());
  ReadText(*text, path, /*may_include=*/true);
  stack_.pop_back();
}

void PolicyReader::ReadText(std::string_view text, const std::string& file, bool may_include) {
  const std::string including = std::exchange(file_, file);
  const Expected<TomlValue> document = ParseToml(text);
  if (document.ok()) {
    ReadDocument(*document, may_include);
  } else {
    Fail({document.error().line, document.error().column}, document.error().message);
  }
  file_ = including;
}

void PolicyReader::ReadDocument(const TomlValue& document, bool may_include) {
  Section everyone;
  for (const TomlValue::Member& member : document.table) {
    if (member.key == "include") {
      if (may_include) {
        ReadIncludes(member.value);
      } else {
        Fail({member.line, member.column}, "only a file can include others");
      }
    } else if (member.key == "component") {
      ReadComponents(member.value);
    } else if (member.key == "description") {
      if (member.value.kind != TomlValue::Kind::kString)
        FailKind(member.value, "description", "a string");
    } else if (member.key == "expires") {
      Fail({member.line, member.column},
           "'expires' stands in a [[grant]], a [[deny]] or a component");
    } else if (!ReadSectionKey(member, everyone, std::nullopt)) {
      Fail({member.line, member.column}, FormatText("unknown key '%s'%s", member.key.substr(0, 64),
                                                    DidYouMean(member.key, kTopKeys)));
    }
  }
  policy_.sections_.push_back(std::move(everyone));
}

void PolicyReader::ReadIncludes(const TomlValue& value) {
  if (value.kind == TomlValue::Kind::kString) return Include(value);
  if (value.kind != TomlValue::Kind::kArray)
    return FailKind(value, "include", "a path or an array of paths");
  for (const TomlValue& path : value.array) Include(path);
}

void PolicyReader::Include(const TomlValue& path) {
  if (path.kind != TomlValue::Kind::kString) return FailKind(path, "include", "paths");
  if (path.string.empty() || path.string.find('\0') != path.string.npos)
    return Fail(At(path), "no path to include");
  if (stack_.size() >= kMaxIncludeDepth)
    return Fail(At(path),
                FormatText("files include each other more than %d deep", kMaxIncludeDepth));
  const std::filesystem::path full = std::filesystem::path(file_).parent_path() / path.string;
  std::error_code error;
  const std::string canonical = std::filesystem::canonical(full, error).string();
  if (error)
    return Fail(At(path), FormatText("cannot read '%s': %s", full.string(), error.message()));
  if (std::find(stack_.begin(), stack_.end(), canonical) != stack_.end())
    return Fail(At(path), FormatText("'%s' includes itself", full.string()));
  // What was included before says nothing new.
  if (std::find(seen_.begin(), seen_.end(), canonical) != seen_.end()) return;
  if (seen_.size() >= kMaxPolicyFiles)
    return Fail(At(path), FormatText("more than %d files", kMaxPolicyFiles));
  const absl::StatusOr<std::string> text = ReadTomlFile(full.string());
  if (!text.ok()) return Fail(At(path), std::string(text.status().message()));
  seen_.push_back(canonical);
  stack_.push_back(canonical);
  ReadText(*text, full.string(), /*may_include=*/true);
  stack_.pop_back();
}

void PolicyReader::ReadComponents(const TomlValue& table) {
  if (table.kind != TomlValue::Kind::kTable)
    return FailKind(table, "component",
                    "tables: [component.\"NAME\"] or [component.\"sha256:...\"]");
  for (const TomlValue::Member& member : table.table) {
    const Place place{member.line, member.column};
    Section section{.component = member.key};
    if (member.key.starts_with(kHashPrefix)) {
      if (!IsSha256(std::string_view(member.key).substr(kHashPrefix.size()))) {
        Fail(place, "expected 64 hexadecimal digits behind 'sha256:'");
        continue;
      }
      section.component = absl::AsciiStrToLower(member.key);
    } else if (member.key.empty()) {
      Fail(place, "a component has a name; what is for all of them stands outside of [component]");
      continue;
    } else if (const Expected<Glob> name = Glob::Parse(member.key, 0); !name.ok()) {
      Fail(place, FormatText("'%s': %s", member.key.substr(0, 64), name.error().message));
      continue;
    }
    if (member.value.kind != TomlValue::Kind::kTable) {
      FailKind(member.value, member.key.substr(0, 64), "a table");
      continue;
    }
    const std::optional<absl::Time> expires = ReadExpires(member.value);
    for (const TomlValue::Member& key : member.value.table) {
      if (key.key == "expires" || key.key == "description") continue;
      if (!ReadSectionKey(key, section, expires)) {
        Fail({key.line, key.column}, FormatText("unknown key '%s'%s", key.key.substr(0, 64),
                                                DidYouMean(key.key, kSectionKeys)));
      }
    }
    policy_.sections_.push_back(std::move(section));
  }
}

std::optional<absl::Time> PolicyReader::ReadExpires(const TomlValue& table) {
  const TomlValue* const value = table.Find("expires");
  if (value == nullptr) return std::nullopt;
  if (value->kind == TomlValue::Kind::kTime) return value->time;
  FailKind(*value, "expires", "a time with an offset, as in 2027-01-01T00:00:00Z");
  return std::nullopt;
}

bool PolicyReader::ReadSectionKey(const TomlValue::Member& member, Section& section,
                                  std::optional<absl::Time> expires) {
  if (member.key == "grant") {
    ReadRuleTables(member.value, "allow", section, expires);
  } else if (member.key == "deny" && member.value.kind == TomlValue::Kind::kTable) {
    ReadRuleTables(member.value, "deny", section, expires);
  } else if (member.key == "allow" || member.key == "deny") {
    ReadRules(member.value, member.key, section, expires);
  } else if (member.key == "quota") {
    ReadQuota(member.value, section.quota);
  } else if (member.key == "signers") {
    ReadSigners(member.value, section);
  } else {
    return false;
  }
  return true;
}

void PolicyReader::ReadRuleTables(const TomlValue& value, std::string_view key, Section& section,
                                  std::optional<absl::Time> expires) {
  const bool is_grant = key == "allow";
  if (value.kind == TomlValue::Kind::kArray) {
    for (const TomlValue& element : value.array) {
      if (element.kind == TomlValue::Kind::kArray) {
        FailKind(element, is_grant ? "grant" : "deny", "tables");
      } else {
        ReadRuleTables(element, key, section, expires);
      }
    }
    return;
  }
  if (value.kind != TomlValue::Kind::kTable)
    return FailKind(value, is_grant ? "grant" : "deny", "tables");
  const std::optional<absl::Time> own = ReadExpires(value);
  if (own) expires = expires ? std::min(*expires, *own) : *own;
  bool has_rules = false;
  for (const TomlValue::Member& member : value.table) {
    if (member.key == key) {
      has_rules = true;
      ReadRules(member.value, key, section, expires);
    } else if (member.key != "expires" && member.key != "description") {
      const std::string_view known[] = {key, "expires", "description"};
      Fail({member.line, member.column}, FormatText("unknown key '%s'%s", member.key.substr(0, 64),
                                                    DidYouMean(member.key, known)));
    }
  }
  if (!has_rules) Fail(At(value), FormatText("'%s' is missing", key));
}

void PolicyReader::ReadRules(const TomlValue& value, std::string_view key, Section& section,
                             std::optional<absl::Time> expires) {
  const bool allow = key == "allow";
  if (value.kind == TomlValue::Kind::kString) return ReadRule(value, allow, section, expires);
  if (value.kind != TomlValue::Kind::kArray)
    return FailKind(value, key, "a rule or an array of rules");
  for (const TomlValue& element : value.array) {
    if (element.kind == TomlValue::Kind::kString) {
      ReadRule(element, allow, section, expires);
    } else if (element.kind == TomlValue::Kind::kTable) {
      ReadRuleTables(element, key, section, expires);
    } else {
      FailKind(element, key, "rules");
    }
  }
}

void PolicyReader::ReadRule(const TomlValue& value, bool allow, Section& section,
                            std::optional<absl::Time> expires) {
  if (++num_rules_ > kMaxPolicyRules) {
    if (num_rules_ == kMaxPolicyRules + 1)
      Fail(At(value), FormatText("more than %d rules", kMaxPolicyRules));
    return;
  }
  Expected<Rule> rule = security::ReadRule(value.string, allow);
  if (!rule.ok()) {
    const auto offset = static_cast<uint32_t>(rule.error().offset);
    constexpr size_t kMaxShown = 100;
    return Fail({value.line, value.column + (value.is_plain ? offset + 1 : 0)},
                FormatText("'%s%s': %s", value.string.substr(0, kMaxShown),
                           value.string.size() > kMaxShown ? "..." : "", rule.error().message));
  }
  rule->expires = expires;
  rule->origin = FormatText("%s:%d:%d", file_, value.line, value.column);
  section.rules.push_back(*std::move(rule));
}

void PolicyReader::ReadQuota(const TomlValue& value, Quota& quota) {
  if (value.kind != TomlValue::Kind::kTable)
    return FailKind(value, "quota", "a table, as in { memory = \"64MiB\" }");
  for (const TomlValue::Member& member : value.table) {
    const TomlValue& number = member.value;
    if (number.kind != TomlValue::Kind::kString && number.kind != TomlValue::Kind::kInteger) {
      FailKind(number, member.key.substr(0, 64), "a string or an integer");
      continue;
    }
    const std::string text =
        number.kind == TomlValue::Kind::kString ? number.string : FormatText("%d", number.integer);
    if (const absl::Status status = SetQuota(quota, member.key, text); !status.ok())
      Fail({member.line, member.column}, std::string(status.message()));
  }
}

void PolicyReader::ReadSigners(const TomlValue& value, Section& section) {
  if (value.kind != TomlValue::Kind::kArray) return FailKind(value, "signers", "an array of keys");
  for (const TomlValue& signer : value.array) {
    if (signer.kind != TomlValue::Kind::kString) {
      FailKind(signer, "signers", "keys");
    } else if (!IsSigner(signer.string)) {
      Fail(At(signer), "expected 'ed25519:' and a key of 32 bytes in base64");
    } else {
      section.signers.push_back(signer.string);
    }
  }
}

}  // namespace airwasm::security
