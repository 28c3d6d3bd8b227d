#include "airwasm/capability.h"

#include <array>
#include <atomic>
#include <mutex>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace airwasm::security {
namespace {

struct Row {
  std::string_view text;
  ScopeKind scope;
  std::string_view summary;
};

constexpr Row kBuiltIn[] = {
#define AIRWASM_CAPABILITY(name, text, scope, summary) {text, ScopeKind::k##scope, summary},
#include "airwasm/capabilities.def"
#undef AIRWASM_CAPABILITY
};

// Only ever grows; a name is written before the count that covers it, and never again.
struct Registry {
  std::mutex mutex;
  std::array<std::string, kMaxCapabilities> texts;
  std::atomic<size_t> count{kNumBuiltInCapabilities};
};

Registry& TheRegistry() {
  static auto* const registry = new Registry;  // outlives every thread that may ask
  return *registry;
}

std::string_view FirstPart(std::string_view text) {
  return text.substr(0, text.find('.'));
}

bool IsWellFormed(std::string_view text) {
  constexpr size_t kMaxBytes = 64;
  if (text.find('.') == std::string_view::npos || text.size() > kMaxBytes) return false;
  char previous = '.';
  for (const char c : text) {
    if (c == '.' ? previous == '.' : !absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-')
      return false;
    previous = c;
  }
  return previous != '.';
}

}  // namespace

std::string_view TextOf(Capability c) {
  if (c == kQuotaClass) return "quota";
  const auto i = static_cast<size_t>(c);
  return i < kNumBuiltInCapabilities ? kBuiltIn[i].text : std::string_view(TheRegistry().texts[i]);
}

std::string_view SummaryOf(Capability c) {
  const auto i = static_cast<size_t>(c);
  return i < kNumBuiltInCapabilities ? kBuiltIn[i].summary : "defined by the embedder";
}

ScopeKind ScopeKindOf(Capability c) {
  const auto i = static_cast<size_t>(c);
  return i < kNumBuiltInCapabilities ? kBuiltIn[i].scope : ScopeKind::kName;
}

size_t NumCapabilities() {
  return TheRegistry().count.load(std::memory_order_acquire);
}

std::optional<Capability> FindCapability(std::string_view text) {
  const size_t count = NumCapabilities();
  for (size_t i = 0; i < count; ++i) {
    if (const auto c = static_cast<Capability>(i); TextOf(c) == text) return c;
  }
  return std::nullopt;
}

absl::StatusOr<Capability> RegisterCapability(std::string_view text) {
  const auto invalid = [&](std::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("capability '", std::string(text), "': ", std::string(why)));
  };
  if (!IsWellFormed(text))
    return invalid(
        "expected lower case letters, digits and '-' in two or more parts, as in 'mail.send'");
  for (const Row& row : kBuiltIn) {
    if (FirstPart(row.text) == FirstPart(text))
      return invalid(
          absl::StrCat("'", std::string(FirstPart(text)), ".' is for built-in capabilities"));
  }
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  if (const std::optional<Capability> known = FindCapability(text)) return *known;
  const size_t index = registry.count.load(std::memory_order_relaxed);
  if (index == kMaxCapabilities) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "capability '", std::string(text), "': there are ", kMaxCapabilities, " already"));
  }
  registry.texts[index] = std::string(text);
  registry.count.store(index + 1, std::memory_order_release);
  return static_cast<Capability>(index);
}

}  // namespace airwasm::security
