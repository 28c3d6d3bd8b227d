// Quotas and meters of airwasm_security.h.
#include "airwasm/meter.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "airwasm/guard_store.h"
#include "engine/api/c/vec.h"
#include "wasi/c_api/config.h"
#include "wasi/c_api/security.h"

using airwasm::capi::ToError;
using airwasm::security::Meter;
using airwasm::security::Quota;
using airwasm::security::QuotaInfo;
using airwasm::security::QuotaRow;

// Deleted from the top: the run ends while meter and store are there.
struct airwasm_meter_run_t {
  airwasm_meter_run_t(airwasm::capi::StorePtr s, std::shared_ptr<Meter> meter)
      : store(std::move(s)), run(std::move(meter), [interrupter = store->store.interrupter()] {
          interrupter.Interrupt();
        }) {}
  const airwasm::capi::StorePtr store;
  const Meter::Run run;
};

namespace {

std::optional<QuotaRow> FindRow(std::string_view name) {
  const std::vector<QuotaInfo>& rows = airwasm::security::Quotas();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].text == name) return static_cast<QuotaRow>(i);
  }
  return std::nullopt;
}

template <typename T>
void Tighten(T& limit, const std::optional<uint64_t>& quota) {
  if (quota && *quota < limit) limit = static_cast<T>(*quota);
}

}  // namespace

extern "C" {

// ---- Quotas

airwasm_quota_t* airwasm_quota_new(void) {
  return new airwasm_quota_t;
}
void airwasm_quota_delete(airwasm_quota_t* quota) {
  delete quota;
}
airwasm_error_t* airwasm_quota_set(airwasm_quota_t* quota, const char* name, const char* value) {
  return ToError(airwasm::security::SetQuota(quota->quota, name, value));
}
void airwasm_quota_add_policy(airwasm_quota_t* quota, const airwasm_policy_t* policy,
                              const char* component, const char* sha256) {
  quota->quota = airwasm::security::Tighter(
      quota->quota, airwasm::capi::EffectiveOf(policy, component, sha256).quota);
}
bool airwasm_quota_get(const airwasm_quota_t* quota, const char* name, uint64_t* out) {
  *out = 0;
  const std::optional<QuotaRow> row = FindRow(name);
  if (!row) return false;
  const std::optional<uint64_t>& limit =
      quota->quota.*airwasm::security::Quotas()[static_cast<size_t>(*row)].field;
  if (limit) *out = *limit;
  return limit.has_value();
}
const char* airwasm_quota_name(size_t index) {
  const std::vector<QuotaInfo>& rows = airwasm::security::Quotas();
  return index < rows.size() ? airwasm::capi::Lasting(rows[index].text) : nullptr;
}
const char* airwasm_quota_summary(size_t index) {
  const std::vector<QuotaInfo>& rows = airwasm::security::Quotas();
  return index < rows.size() ? airwasm::capi::Lasting(rows[index].summary) : nullptr;
}

// ---- Meters

airwasm_meter_t* airwasm_meter_new(const airwasm_quota_t* quota, const airwasm_guard_t* guard,
                                   const airwasm_usage_t* usage) {
  return new airwasm_meter_t(std::make_shared<Meter>(
      Meter::Options{.quota = quota->quota,
                     .guard = guard == nullptr ? nullptr : guard->object,
                     .component = usage == nullptr ? nullptr : usage->usage}));
}
void airwasm_meter_delete(airwasm_meter_t* meter) {
  delete meter;
}

airwasm_error_t* airwasm_store_new_metered(wasm_engine_t* engine,
                                           const airwasm_store_options_t* options,
                                           airwasm_meter_t* meter, wasm_store_t** out) {
  *out = nullptr;
  const Quota& quota = meter->object->quota();
  if (quota.fuel && !engine->engine.options().fuel) {
    return ToError(absl::FailedPreconditionError(
        "the quota bounds fuel, and the engine counts none (airwasm_config_set_fuel)"));
  }
  auto state = std::make_shared<airwasm::capi::StoreState>(
      engine->engine,
      airwasm::WithQuota(options == nullptr ? airwasm::StoreOptions() : options->options, quota));
  if (!meter->BelongTo(state))
    return ToError(absl::FailedPreconditionError("the meter is another store's"));
  airwasm::MeterStore(state->store, meter->object);
  if (quota.fuel) state->store.SetFuel(*quota.fuel);
  *out = new wasm_store_t{std::move(state)};
  return nullptr;
}

void airwasm_wasi_config_set_meter(airwasm_wasi_config_t* config, const airwasm_meter_t* meter) {
  const Quota& quota = meter->object->quota();
  config->config.meter = meter->object;
  Tighten(config->config.max_resources, quota.handles);
  Tighten(config->config.max_descriptors, quota.files);
  Tighten(config->config.network.max_sockets, quota.sockets);
}

airwasm_meter_run_t* airwasm_meter_run_new(airwasm_meter_t* meter, wasm_store_t* store) {
  return new airwasm_meter_run_t(store->state, meter->object);
}
void airwasm_meter_run_delete(airwasm_meter_run_t* run) {
  delete run;
}

bool airwasm_meter_used(const airwasm_meter_t* meter, const char* name, uint64_t* now,
                        uint64_t* peak) {
  if (now != nullptr) *now = 0;
  if (peak != nullptr) *peak = 0;
  const std::optional<QuotaRow> row = FindRow(name);
  if (!row) return false;
  // Other threads than the guest's hold the store not even for a moment: it could end in their
  // hands.
  std::optional<Meter::Gauge> used = airwasm::QuotaUsed(*row, *meter->object, nullptr);
  if (!used) {
    if (const airwasm::capi::StorePtr store = meter->store.lock())
      used = airwasm::QuotaUsed(*row, *meter->object, &store->store);
  }
  if (!used) return false;
  if (now != nullptr) *now = used->now;
  if (peak != nullptr) *peak = used->peak;
  return true;
}

uint64_t airwasm_meter_breaches(const airwasm_meter_t* meter) {
  return meter->object->usage().breaches;
}

void airwasm_meter_trap_to_string(airwasm_meter_t* meter, const wasm_trap_t* trap,
                                  wasm_name_t* out) {
  airwasm::capi::SetText(out, airwasm::TrapReport(trap->trap(), meter->object.get()));
}

bool airwasm_meter_charge_host_bytes(airwasm_meter_t* meter, uint64_t bytes) {
  return meter->object->ChargeHostBytes(bytes);
}
void airwasm_meter_refund_host_bytes(airwasm_meter_t* meter, uint64_t bytes) {
  meter->object->RefundHostBytes(bytes);
}
bool airwasm_meter_charge_log(airwasm_meter_t* meter, uint64_t bytes) {
  return meter->object->ChargeLog(bytes);
}

}  // extern "C"
