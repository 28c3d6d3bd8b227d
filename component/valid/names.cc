// The lexical rules of names. Each parser returns what is wrong, in the official suite's wording.
#include "component/valid/names.h"

namespace airwasm::component::valid {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}

// What follows '-' or begins a label: letters of one case, and digits.
bool IsFragment(std::string_view text) {
  bool lower = false;
  bool upper = false;
  for (char c : text) {
    lower |= IsLower(c);
    upper |= IsUpper(c);
    if (!IsLower(c) && !IsUpper(c) && !IsDigit(c)) return false;
  }
  return !text.empty() && !(lower && upper);
}

std::string NotKebab(std::string_view text) {
  return "`" + std::string(text) + "` is not in kebab case";
}

std::string CheckWords(std::string_view text) {
  if (!IsLabel(text)) return NotKebab(text);
  if (IsWords(text)) return "";
  return "`" + std::string(text) + "` is not in lowercase";
}

// Takes what comes before the first of `stops`, which stays.
std::string_view TakeUntil(std::string_view& rest, std::string_view stops) {
  const size_t end = std::min(rest.find_first_of(stops), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end);
  return taken;
}

std::string UnexpectedCharacter(char c, std::string_view where) {
  return std::string("unexpected character '") + c + "' while parsing " + std::string(where);
}

std::string CheckNumber(std::string_view& rest, std::string_view what) {
  if (rest.empty()) return "unexpected end of input while parsing " + std::string(what);
  if (!IsDigit(rest[0])) return UnexpectedCharacter(rest[0], what);
  const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (end > 1 && rest[0] == '0') return "invalid leading zero in " + std::string(what);
  if (end > 20) return "value of " + std::string(what) + " is too large";
  rest.remove_prefix(end);
  return "";
}

// Identifiers of a pre-release or of build metadata, separated by dots.
std::string CheckIdentifiers(std::string_view text, bool numbers_are_plain, std::string_view what) {
  while (true) {
    const std::string_view part = TakeUntil(text, ".");
    if (part.empty()) return "empty identifier segment in " + std::string(what);
    bool number = true;
    for (char c : part) {
      if (!IsDigit(c) && !IsLower(c) && !IsUpper(c) && c != '-') {
        return UnexpectedCharacter(c, what);
      }
      number &= IsDigit(c);
    }
    if (numbers_are_plain && number && part.size() > 1 && part[0] == '0') {
      return "invalid leading zero in " + std::string(what);
    }
    if (text.empty()) return "";
    text.remove_prefix(1);
  }
}

}  // namespace

bool IsLabel(std::string_view text) {
  if (text.empty() || IsDigit(text[0])) return false;
  while (true) {
    if (!IsFragment(TakeUntil(text, "-"))) return false;
    if (text.empty()) return true;
    text.remove_prefix(1);
  }
}

bool IsWords(std::string_view text) {
  for (char c : text) {
    if (IsUpper(c)) return false;
  }
  return IsLabel(text);
}

std::string CheckSemver(std::string_view version) {
  if (version.empty()) return "empty string, expected a semver version";
  std::string_view rest = version;
  static constexpr std::string_view kParts[] = {"major version number", "minor version number",
                                                "patch version number"};
  for (int i = 0; i < 3; ++i) {
    if (i > 0) {
      if (rest.empty()) {
        return "unexpected end of input while parsing " + std::string(kParts[i - 1]);
      }
      if (rest[0] != '.') return UnexpectedCharacter(rest[0], kParts[i - 1]);
      rest.remove_prefix(1);
    }
    std::string problem = CheckNumber(rest, kParts[i]);
    if (!problem.empty()) return problem;
  }
  if (!rest.empty() && rest[0] == '-') {
    rest.remove_prefix(1);
    std::string problem = CheckIdentifiers(TakeUntil(rest, "+"), true, "pre-release identifier");
    if (!problem.empty()) return problem;
  }
  if (!rest.empty() && rest[0] == '+') {
    rest.remove_prefix(1);
    return CheckIdentifiers(rest, false, "build metadata");
  }
  if (!rest.empty()) return UnexpectedCharacter(rest[0], kParts[2]);
  return "";
}

bool IsCanonicalVersion(std::string_view version) {
  if (version == "0.0.0") return true;
  for (std::string_view prefix : {"0.0.", "0."}) {
    if (version.starts_with(prefix)) {
      version.remove_prefix(prefix.size());
      break;
    }
  }
  return !version.empty() && version[0] != '0' &&
         version.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string CheckInterfaceName(std::string_view name, bool canonical_versions) {
  std::string_view rest = name;
  std::string problem = CheckWords(TakeUntil(rest, ":"));
  if (!problem.empty()) return problem;
  if (rest.empty()) return "expected `:` after namespace";
  rest.remove_prefix(1);
  problem = CheckWords(TakeUntil(rest, ":/@"));
  if (!problem.empty()) return problem;
  if (rest.empty() || rest[0] != '/') return "expected `/` after package name";
  rest.remove_prefix(1);
  const std::string_view projection = TakeUntil(rest, "/@");
  if (!IsLabel(projection)) return NotKebab(projection);
  if (rest.empty()) return "";
  if (rest[0] != '@') return "trailing characters found: `" + std::string(rest) + "`";
  rest.remove_prefix(1);
  if (canonical_versions && IsCanonicalVersion(rest)) return "";
  problem = CheckSemver(rest);
  if (problem.empty()) return "";
  return "failed to parse version `" + std::string(rest) + "`: " + problem;
}

std::string ParseExternName(std::string_view name, bool canonical_versions, ParsedName& parsed) {
  using Kind = ParsedName::Kind;
  static constexpr struct {
    std::string_view prefix;
    Kind kind;
  } kAnnotations[] = {{"[constructor]", Kind::kConstructor},
                      {"[method]", Kind::kMethod},
                      {"[static]", Kind::kStatic}};
  for (const auto& [prefix, kind] : kAnnotations) {
    if (!name.starts_with(prefix)) continue;
    std::string_view rest = name.substr(prefix.size());
    parsed.kind = kind;
    if (kind != Kind::kConstructor && rest.find('.') == std::string_view::npos) {
      return "failed to find `.` character";
    }
    parsed.resource = kind == Kind::kConstructor ? rest : TakeUntil(rest, ".");
    if (!IsLabel(parsed.resource)) return NotKebab(parsed.resource);
    if (kind == Kind::kConstructor) return "";
    parsed.label = rest.substr(1);
    return IsLabel(parsed.label) ? "" : NotKebab(parsed.label);
  }
  if (name.find(':') != std::string_view::npos) {
    parsed.kind = Kind::kInterface;
    return CheckInterfaceName(name, canonical_versions);
  }
  parsed.kind = Kind::kLabel;
  parsed.label = name;
  return IsLabel(name) ? "" : NotKebab(name);
}

std::string Lowercase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (IsUpper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string UniqueKey(std::string_view name) {
  std::string key = Lowercase(name);
  for (std::string_view prefix : {"[method]", "[static]"}) {
    if (!key.starts_with(prefix)) continue;
    key.erase(0, prefix.size());
    const size_t dot = key.find('.');
    if (dot != std::string::npos && key.compare(0, dot, key, dot + 1) == 0) key.resize(dot);
    break;
  }
  return key;
}

const std::string* NameSet::Add(std::string_view name) {
  const auto [at, is_new] = names_.try_emplace(UniqueKey(name), name);
  return is_new ? nullptr : &at->second;
}

}  // namespace airwasm::component::valid
