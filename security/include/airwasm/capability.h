// Capabilities: what a guest can be allowed to do, as values.
//
// A class of action is a bit of a word, so that a call into the host is checked by one test; what a
// grant is narrowed to beyond its class, its scope, is decided on the object that the call was
// found to mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

namespace airwasm::security {

enum class ScopeKind : uint8_t {
  kNone,     // all or nothing
  kPath,     // a pattern of absolute host paths
  kAddress,  // host name, address or CIDR block, with ports and protocol
  kHost,     // a pattern of host names
  kUrl,      // method, scheme, host, port and path
  kName,     // a pattern of names
};

// The classes of capabilities.def; those that embedders register come behind them.
enum class Capability : uint8_t {
#define AIRWASM_CAPABILITY(name, text, scope, summary) k##name,
#include "airwasm/capabilities.def"
#undef AIRWASM_CAPABILITY
};
inline constexpr size_t kNumBuiltInCapabilities = 0
#define AIRWASM_CAPABILITY(name, text, scope, summary) +1
#include "airwasm/capabilities.def"
#undef AIRWASM_CAPABILITY
    ;
// The last bit of a word is no capability: functions that need none have it (HostFunc,
// airwasm/host_call.h).
inline constexpr size_t kMaxCapabilities = 63;
static_assert(kNumBuiltInCapabilities < kMaxCapabilities);
// The class of the audit log's records of quotas that are used up ("quota"). It is in no word, and
// nothing can grant it.
inline constexpr Capability kQuotaClass = static_cast<Capability>(kMaxCapabilities);

// One bit for each class.
using CapabilitySet = uint64_t;

template <typename... C>
constexpr CapabilitySet SetOf(C... capabilities) {
  return (CapabilitySet{0} | ... | (CapabilitySet{1} << static_cast<uint8_t>(capabilities)));
}
constexpr bool Contains(CapabilitySet set, Capability c) {
  return (set & SetOf(c)) != 0;
}

// "fs.read". Threads: any.
std::string_view TextOf(Capability c);
std::string_view SummaryOf(Capability c);
ScopeKind ScopeKindOf(Capability c);  // kName for registered ones
// Null if there is none of that name. Threads: any.
std::optional<Capability> FindCapability(std::string_view text);
// How many there are by now, the registered ones included. Threads: any.
size_t NumCapabilities();

// A class of an embedder's own functions, for the whole process: `text` is lower case letters,
// digits and '-', in two or more parts with dots between, the first of which is no built-in one's.
// The same text again is the same class. Threads: any.
//
// Errors: INVALID_ARGUMENT   `text` is not of that form
//         RESOURCE_EXHAUSTED there are kMaxCapabilities already
absl::StatusOr<Capability> RegisterCapability(std::string_view text);

}  // namespace airwasm::security
