#include "security/policy/scope.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace airwasm::security {
namespace {

bool NamesCover(const Glob& all, const Glob& some) {
  if (all.MatchesAll()) return true;
  const std::vector<std::string> words = some.Literals();
  return !words.empty() && std::all_of(words.begin(), words.end(),
                                       [&](const std::string& w) { return all.Matches(w); });
}

bool NamesMayOverlap(const Glob& a, const Glob& b) {
  const std::vector<std::string> words = a.Literals();
  if (!words.empty())
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& w) { return b.Matches(w); });
  if (!b.Literals().empty()) return NamesMayOverlap(b, a);
  return true;
}

}  // namespace

Expected<Scope> Scope::Parse(ScopeKind kind, std::string_view text, size_t offset, bool allow) {
  const auto made = [&](auto parsed) -> Expected<Scope> {
    if (!parsed.ok()) return std::move(parsed).error();
    return Scope(*std::move(parsed), std::string(text));
  };
  switch (kind) {
    case ScopeKind::kPath:
      return made(PathPattern::Parse(text, offset));
    case ScopeKind::kAddress:
      return made(AddressScope::Parse(text, offset, allow));
    case ScopeKind::kHost:
      return made(HostPattern::Parse(text, offset));
    case ScopeKind::kUrl:
      return made(UrlScope::Parse(text, offset, allow));
    case ScopeKind::kName:
      return made(Glob::Parse(text, offset, /*list=*/true));
    case ScopeKind::kNone:
      break;
  }
  std::abort();  // the caller has asked whether the class takes a scope
}

Scope Scope::Tree(std::string_view directory) {
  return Scope(PathPattern::Tree(directory),
               (directory == "/" ? "" : EscapeGlob(directory)) + "/**");
}

bool Scope::Matches(const Subject& subject) const {
  const Object& object = subject.object;
  switch (object.kind) {
    case ScopeKind::kPath: {
      const auto* const path = std::get_if<PathPattern>(&body_);
      return path != nullptr && path->Matches(object.text);
    }
    case ScopeKind::kAddress: {
      const auto* const address = std::get_if<AddressScope>(&body_);
      return address != nullptr && address->Matches(subject);
    }
    case ScopeKind::kHost: {
      if (const auto* const address = std::get_if<AddressScope>(&body_))
        return address->MatchesName(object.text);
      const auto* const host = std::get_if<HostPattern>(&body_);
      return host != nullptr && host->Matches(object.text);
    }
    case ScopeKind::kUrl: {
      const auto* const url = std::get_if<UrlScope>(&body_);
      return url != nullptr && url->Matches(subject);
    }
    case ScopeKind::kName: {
      const auto* const name = std::get_if<Glob>(&body_);
      return name != nullptr && name->Matches(object.text);
    }
    case ScopeKind::kNone:
      return MatchesAll();
  }
  return false;
}

bool Scope::MatchesAll() const {
  if (const auto* const host = std::get_if<HostPattern>(&body_))
    return host->kind() == HostPattern::Kind::kAny;
  return std::visit(
      [](const auto& body) {
        if constexpr (requires { body.MatchesAll(); }) return body.MatchesAll();
        return false;
      },
      body_);
}

bool Scope::Covers(const Scope& other) const {
  if (body_.index() != other.body_.index()) return false;
  if (text_ == other.text_ || MatchesAll()) return true;
  return std::visit(
      [&]<typename Body>(const Body& body) {
        const auto& its = std::get<Body>(other.body_);
        if constexpr (std::is_same_v<Body, Glob>) {
          return NamesCover(body, its);
        } else {
          return body.Covers(its);
        }
      },
      body_);
}

bool Scope::MayOverlap(const Scope& other) const {
  if (body_.index() != other.body_.index()) return false;
  if (text_ == other.text_) return true;
  return std::visit(
      [&]<typename Body>(const Body& body) {
        const auto& its = std::get<Body>(other.body_);
        if constexpr (std::is_same_v<Body, Glob>) {
          return NamesMayOverlap(body, its);
        } else {
          return body.MayOverlap(its);
        }
      },
      body_);
}

}  // namespace airwasm::security
