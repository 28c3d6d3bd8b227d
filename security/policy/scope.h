// A scope: what a rule is narrowed to, compiled once when the rule is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "airwasm/capability.h"
#include "engine/base/error.h"
#include "security/policy/glob.h"
#include "security/policy/scope_address.h"
#include "security/policy/scope_path.h"
#include "security/policy/scope_url.h"
#include "security/policy/subject.h"

namespace airwasm::security {

class Scope {
 public:
  // For a class of this kind, which is not kNone. Errors: `offset` and on are places in what was
  // written.
  static Expected<Scope> Parse(ScopeKind kind, std::string_view text, size_t offset, bool allow);

  // Of all at and beneath an absolute directory.
  static Scope Tree(std::string_view directory);

  // A scope of addresses matches names that are looked up as well (AddressScope::MatchesName).
  bool Matches(const Subject& subject) const;
  // Everything of its kind that there is.
  bool MatchesAll() const;
  // At least what `other` matches. False when that is not clear.
  bool Covers(const Scope& other) const;
  // Something may match both. True when that is not clear.
  bool MayOverlap(const Scope& other) const;

  // Null if it is of another kind.
  const PathPattern* path() const { return std::get_if<PathPattern>(&body_); }
  const Glob* name() const { return std::get_if<Glob>(&body_); }
  const HostPattern* host() const { return std::get_if<HostPattern>(&body_); }
  const AddressScope* address() const { return std::get_if<AddressScope>(&body_); }

 private:
  using Body = std::variant<PathPattern, AddressScope, HostPattern, UrlScope, Glob>;
  Scope(Body body, std::string text) : body_(std::move(body)), text_(std::move(text)) {}

  Body body_;
  std::string text_;  // two scopes of the same text are the same
};

}  // namespace airwasm::security
