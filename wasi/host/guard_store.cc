#include "wasi/host/guard_store.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/host_bytes.h"
#include "engine/runtime/limit_hook.h"

namespace airwasm {
namespace {

using security::QuotaRow;

constexpr char kGuardKey = 0;
constexpr char kMeterKey = 0;

void OnLimit(runtime::Store& store, runtime::LimitedSpace space) {
  auto* const meter = static_cast<security::Meter*>(store.Attached(&kMeterKey));
  if (meter == nullptr) return;
  switch (space) {
    case runtime::LimitedSpace::kMemory:
      return meter->SoftBreach(QuotaRow::memory);
    case runtime::LimitedSpace::kTable:
      return meter->SoftBreach(QuotaRow::tables);
    case runtime::LimitedSpace::kInstances:
      return meter->SoftBreach(QuotaRow::instances);
  }
}

absl::Status ChargeHostBytes(runtime::Store& store, uint64_t bytes) {
  auto* const meter = static_cast<security::Meter*>(store.Attached(&kMeterKey));
  if (meter == nullptr || meter->ChargeHostBytes(bytes)) return absl::OkStatus();
  return absl::ResourceExhaustedError(meter->TextOf(QuotaRow::host_bytes));
}
void RefundHostBytes(runtime::Store& store, uint64_t bytes) {
  auto* const meter = static_cast<security::Meter*>(store.Attached(&kMeterKey));
  if (meter != nullptr) meter->RefundHostBytes(bytes);
}
constexpr runtime::HostBytesPayer kPayer = {.charge = &ChargeHostBytes, .refund = &RefundHostBytes};

template <typename T>
void Tighten(T& limit, const std::optional<uint64_t>& quota) {
  if (quota && *quota < limit) limit = static_cast<T>(*quota);
}

// The quota whose limit the engine itself watches.
std::optional<QuotaRow> RowOf(TrapKind kind) {
  if (kind == TrapKind::kCallStackExhausted) return QuotaRow::stack;
  if (kind == TrapKind::kOutOfFuel) return QuotaRow::fuel;
  if (kind == TrapKind::kOutOfGcMemory) return QuotaRow::gc_heap;
  return std::nullopt;
}

// One line for each frame, innermost first: "app!load+0x1f".
std::string BacktraceText(runtime::Store& store) {
  std::string text;
  for (const runtime::BacktraceFrame& frame : store.Backtrace()) {
    std::string module;
    if (frame.module != nullptr) module = frame.module->syntax().names.module.value_or("");
    absl::StrAppend(&text, text.empty() ? "" : "\n", module, module.empty() ? "" : "!",
                    frame.func_name, "+0x", absl::Hex(frame.module_offset));
  }
  return text;
}

}  // namespace

void GuardStore(runtime::Store& store, std::shared_ptr<security::Guard> guard) {
  if (store.Attached(&kGuardKey) == guard.get()) return;
  // The store keeps the guard before it holds the guard's word.
  security::Guard& kept = *guard;
  store.Attach(&kGuardKey, std::move(guard));
  store.SetCapabilities(kept.word());
  kept.SetSurroundings({.backtrace = [&store] { return BacktraceText(store); },
                        .interrupted = [&store] { return store.interrupted(); }});
}

security::Guard* GuardOf(const runtime::Store& store) {
  return static_cast<security::Guard*>(store.Attached(&kGuardKey));
}

void MeterStore(runtime::Store& store, std::shared_ptr<security::Meter> meter) {
  if (store.Attached(&kMeterKey) == meter.get()) return;
  runtime::limit_hook.store(&OnLimit, std::memory_order_relaxed);
  runtime::host_bytes_payer.store(&kPayer, std::memory_order_release);
  store.Attach(&kMeterKey, std::move(meter));
}

void MeterStore(Store& store, std::shared_ptr<security::Meter> meter) {
  MeterStore(store.impl(), std::move(meter));
}

StoreOptions WithQuota(StoreOptions options, const security::Quota& quota) {
  Tighten(options.max_total_memory_bytes, quota.memory);
  Tighten(options.max_total_table_elements, quota.tables);
  Tighten(options.max_gc_heap_bytes, quota.gc_heap);
  Tighten(options.max_instances, quota.instances);
  Tighten(options.max_stack_bytes, quota.stack);
  return options;
}

std::optional<security::Meter::Gauge> QuotaUsed(QuotaRow row, const security::Meter& meter,
                                                const Store* store) {
  using Gauge = security::Meter::Gauge;
  const auto sum = [](uint64_t value) { return Gauge{.now = value, .peak = value}; };
  const security::Meter::Usage usage = meter.usage();
  const std::optional<uint64_t>& fuel = meter.quota().fuel;
  switch (row) {
    case QuotaRow::memory:  // which never shrinks
      if (store == nullptr) return std::nullopt;
      return sum(store->MemoryBytes());
    case QuotaRow::gc_heap:
      if (store == nullptr) return std::nullopt;
      return sum(store->GcHeapBytes());
    case QuotaRow::fuel:
      if (store == nullptr || !fuel) return std::nullopt;
      return sum(*fuel - std::min(store->Fuel(), *fuel));
    case QuotaRow::cpu_time_ns:
      return sum(usage.cpu_time_ns);
    case QuotaRow::wall_time_ns:
      return sum(usage.wall_time_ns);
    case QuotaRow::handles:
      return usage.handles;
    case QuotaRow::files:
      return usage.files;
    case QuotaRow::sockets:
      return usage.sockets;
    case QuotaRow::host_bytes:
      return usage.host_bytes;
    case QuotaRow::output_bytes:
      return sum(usage.output_bytes);
    case QuotaRow::log_bytes:
      return sum(usage.log_bytes);
    case QuotaRow::tables:
      if (store == nullptr) return std::nullopt;
      return sum(store->TableElements());
    case QuotaRow::instances:
      if (store == nullptr) return std::nullopt;
      return sum(store->Instances());
    case QuotaRow::stack:
      if (store == nullptr || !meter.quota().stack) return std::nullopt;
      return sum(store->StackPeakBytes());
    case QuotaRow::output_rate:
      return sum(usage.output_rate_peak);
  }
  return std::nullopt;
}

std::string TrapReport(const Trap& trap, security::Meter* meter) {
  std::string text = trap.ToString();
  if (meter == nullptr) return text;
  std::string reason;
  if (trap.kind() == TrapKind::kInterrupted && meter->EndsGuest()) {
    reason = meter->EndText();
  } else if (const std::optional<QuotaRow> row = RowOf(trap.kind())) {
    const std::string quota = meter->TextOf(*row);
    meter->Breach(*row);
    if (!quota.empty()) reason = absl::StrCat(trap.message(), ": ", quota);
  }
  if (!reason.empty()) text.replace(0, trap.message().size(), reason);
  return text;
}

void GuardStore(Store& store, std::shared_ptr<security::Guard> guard) {
  GuardStore(store.impl(), std::move(guard));
}

}  // namespace airwasm
