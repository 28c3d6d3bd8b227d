#include "tools/airwasm/invoke.h"

#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "component/link/versions.h"
#include "component/wave/parse.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/run.h"

namespace airwasm::tools {
namespace {

using component::link::SplitVersion;
using component::link::Version;

// A function that can be called: "f", or "f" in "pkg:iface/name@1.2.0".
struct Callable {
  std::string interface;  // empty: exported by itself
  std::string name;
  std::string type;

  std::string Path() const { return interface.empty() ? name : interface + "#" + name; }
};

void Collect(const std::vector<ComponentItem>& items, const std::string& interface,
             std::vector<Callable>& all) {
  for (const ComponentItem& item : items) {
    if (item.kind == ComponentItem::Kind::kFunc) all.push_back({interface, item.name, item.type});
    if (item.kind == ComponentItem::Kind::kInstance)
      Collect(item.items, interface.empty() ? item.name : interface + "#" + item.name, all);
  }
}

// How much of a name was said; what says more is preferred.
enum Said : int { kNothing, kFunction, kInterface, kPackage, kVersion };

Said Match(const Callable& f, std::string_view said) {
  if (said == f.name) return f.interface.empty() ? kVersion : kFunction;
  if (f.interface.empty() || said.size() <= f.name.size() + 1 || !said.ends_with(f.name))
    return kNothing;
  const char separator = said[said.size() - f.name.size() - 1];
  if (separator != '.' && separator != '#' && separator != '/') return kNothing;
  const std::string_view wanted = said.substr(0, said.size() - f.name.size() - 1);
  if (wanted == f.interface) return kVersion;
  const auto there = SplitVersion(f.interface);
  const auto asked = SplitVersion(wanted);
  if (asked.version.empty()) {
    if (asked.base == there.base) return kPackage;
    return there.base.ends_with("/" + std::string(asked.base)) ? kInterface : kNothing;
  }
  const auto a = Version::Parse(asked.version);
  const auto b = Version::Parse(there.version);
  return asked.base == there.base && a && b && a->SameTrack(*b) ? kPackage : kNothing;
}

std::string Listed(const std::vector<Callable>& functions) {
  constexpr size_t kShown = 20;
  std::string text;
  for (size_t i = 0; i < functions.size() && i < kShown; ++i)
    text += absl::StrFormat("\n  %s: %s", functions[i].Path(), functions[i].type);
  if (functions.size() > kShown)
    text += absl::StrFormat("\n  and %d more", functions.size() - kShown);
  return text;
}

// Of one interface in several versions the highest.
bool IsNewer(const Callable& a, const Callable& b) {
  const auto left = SplitVersion(a.interface);
  const auto right = SplitVersion(b.interface);
  const auto x = Version::Parse(left.version);
  const auto y = Version::Parse(right.version);
  return left.base == right.base && a.name == b.name && x && y && *x > *y;
}

absl::StatusOr<std::string> FindCallable(const ComponentInstance& instance, std::string_view said) {
  std::vector<Callable> all;
  Collect(instance.exports(), "", all);
  Said best = kNothing;
  std::vector<Callable> found;
  for (const Callable& f : all) {
    const Said match = Match(f, said);
    if (match == kNothing || match < best) continue;
    if (match > best) found.clear();
    best = match;
    if (!found.empty() && IsNewer(f, found.back())) {
      found.back() = f;
    } else if (found.empty() || !IsNewer(found.back(), f)) {
      found.push_back(f);
    }
  }
  if (found.size() == 1) return found[0].Path();
  if (found.size() > 1) {
    return absl::InvalidArgumentError(absl::StrFormat("'%s' may be one of%s", said, Listed(found)));
  }
  if (all.empty()) return absl::NotFoundError("the component exports no function");
  return absl::NotFoundError(
      absl::StrFormat("no exported function is named '%s'; there are%s", said, Listed(all)));
}

}  // namespace

int InvokeExport(const ComponentInstance& instance, std::string_view call,
                 std::span<const std::string> args, security::Meter* meter) {
  const size_t paren = call.find('(');
  const std::string said(call.substr(0, paren));
  const absl::StatusOr<std::string> path = FindCallable(instance, said);
  if (!path.ok()) return Fail("--invoke", path.status());
  const absl::StatusOr<ComponentFunc> func = instance.GetFunc(*path);
  if (!func.ok()) return Fail("--invoke", func.status());

  const component::TypeTable& types = *func->impl()->types;
  const component::FuncType& type = func->impl()->func_type();
  std::vector<Val> values;
  if (paren != call.npos) {
    if (!args.empty()) return Fail("--invoke: arguments stand between parentheses already");
    auto parsed = component::wave::ParseArguments(call.substr(paren), types, type);
    if (!parsed.ok()) {
      Error error = parsed.error();
      if (error.line == 1) error.column += static_cast<uint32_t>(paren);
      return Fail(absl::StrFormat("--invoke %s: %s\n  %s: %s", call, error.ToString(), *path,
                                  func->type()));
    }
    values = *std::move(parsed);
  } else {
    if (args.size() != type.params.size()) {
      return Fail(absl::StrFormat("--invoke: %s takes %d arguments, got %d\n  %s: %s", *path,
                                  type.params.size(), args.size(), *path, func->type()));
    }
    for (size_t i = 0; i < args.size(); ++i) {
      auto parsed = component::wave::Parse(args[i], types, type.params[i].type);
      if (!parsed.ok()) {
        return Fail(absl::StrFormat("--invoke: argument '%s' of %s: %s", type.params[i].name, *path,
                                    parsed.error().ToString()));
      }
      values.push_back(*std::move(parsed));
    }
  }
  const absl::StatusOr<ComponentCallResult> result = func->Call(values);
  if (!result.ok()) return Fail(*path, result.status());
  if (!result->ok()) return ReportTrap(result->trap(), meter);
  if (result->value()) std::printf("%s\n", result->value()->ToString().c_str());
  return kExitOk;
}

}  // namespace airwasm::tools
