// What the opaque handles of airwasm_security.h are. Those of things that others share hold counts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard.h"
#include "airwasm/meter.h"
#include "airwasm/policy.h"
#include "airwasm_security.h"
#include "engine/api/c/handles.h"

namespace airwasm::capi {

// A guard or a meter, with the store that it is for, once it has one.
template <typename T>
struct OfOneStore {
  explicit OfOneStore(std::shared_ptr<T> o) : object(std::move(o)) {}
  // False if it is another's already, also of one that is gone.
  bool BelongTo(const StorePtr& candidate) {
    if (has_store) return store.lock() == candidate;
    store = candidate;
    return has_store = true;
  }
  const std::shared_ptr<T> object;
  std::weak_ptr<StoreState> store;
  bool has_store = false;
};

// What a policy says of a component that C names by two strings, either of them perhaps null.
security::Effective EffectiveOf(const airwasm_policy_t* policy, const char* component,
                                const char* sha256);
// The C string of text that lives as long as the process and may not end with a zero.
const char* Lasting(std::string_view text);

}  // namespace airwasm::capi

struct airwasm_policy_t {
  airwasm::security::Policy policy;
};
struct airwasm_policy_findings_t {
  struct Finding {
    bool is_error;
    std::string text;
  };
  std::vector<Finding> findings;
};
struct airwasm_grants_t {
  // Of the rules as they are.
  std::shared_ptr<const airwasm::security::Grants> Compiled() const;
  void Add(airwasm::security::Rule rule);

  std::vector<airwasm::security::Rule> rules;
  mutable std::shared_ptr<const airwasm::security::Grants> compiled;
  mutable std::vector<std::string> roots;  // of `compiled`
};
struct airwasm_audit_options_t {
  airwasm::security::AuditOptions options;
};
struct airwasm_audit_log_t {
  std::shared_ptr<airwasm::security::AuditLog> log;
};
struct airwasm_usage_t {
  std::shared_ptr<airwasm::security::ComponentUsage> usage =
      std::make_shared<airwasm::security::ComponentUsage>();
};
struct airwasm_guard_options_t {
  airwasm::security::Guard::Options options;
};
struct airwasm_guard_t : airwasm::capi::OfOneStore<airwasm::security::Guard> {
  using OfOneStore::OfOneStore;
};
struct airwasm_quota_t {
  airwasm::security::Quota quota;
};
struct airwasm_meter_t : airwasm::capi::OfOneStore<airwasm::security::Meter> {
  using OfOneStore::OfOneStore;
};
