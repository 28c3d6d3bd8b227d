#include "airwasm/meter.h"

#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "airwasm/guard.h"
#include "security/guard/time_watch.h"

namespace airwasm::security {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr double kNsPerSecond = 1e9;
// Output that waits for its rate goes on when there is room for so much, or for all of it: many
// small writes would cost more than they carry.
constexpr double kSmallestSlice = 512;

const std::optional<uint64_t>& Of(const Quota& quota, QuotaRow row) {
  return quota.*Quotas()[static_cast<size_t>(row)].field;
}

uint32_t Bit(QuotaRow row) {
  return uint32_t{1} << static_cast<uint8_t>(row);
}

// "output" and "64KiB" with `between` between them.
std::string NameAndValue(const Quota& quota, QuotaRow row, std::string_view between) {
  Quota one;
  const QuotaInfo& info = Quotas()[static_cast<size_t>(row)];
  one.*info.field = quota.*info.field;
  const std::string text = ToString(one);  // "output=64KiB"
  return absl::StrCat(text.substr(0, info.text.size()), std::string(between),
                      text.substr(std::min(text.size(), info.text.size() + 1)));
}

}  // namespace

Meter::Meter(Options options)
    : quota_(std::move(options.quota)),
      guard_(std::move(options.guard)),
      component_(std::move(options.component)),
      tokens_(quota_.output_rate ? static_cast<double>(*quota_.output_rate) : 0),
      fewest_tokens_(tokens_),
      tokens_at_ns_(NowOf(CLOCK_MONOTONIC)) {
  if (component_ != nullptr) component_->instances.fetch_add(1, kRelaxed);
}

Meter::~Meter() {
  if (component_ == nullptr) return;
  component_->instances.fetch_sub(1, kRelaxed);
  component_->memory_bytes.fetch_sub(static_cast<int64_t>(memory_.now.load(kRelaxed)), kRelaxed);
  component_->host_bytes.fetch_sub(static_cast<int64_t>(host_bytes_.now.load(kRelaxed)), kRelaxed);
}

bool Meter::ChargeHostBytes(uint64_t bytes) {
  const uint64_t limit = quota_.host_bytes.value_or(UINT64_MAX);
  uint64_t now = host_bytes_.now.load(kRelaxed);
  do {
    if (bytes > limit || now > limit - bytes) {
      Breach(QuotaRow::host_bytes);
      return false;
    }
  } while (!host_bytes_.now.compare_exchange_weak(now, now + bytes, kRelaxed));
  uint64_t peak = host_bytes_.peak.load(kRelaxed);
  while (peak < now + bytes &&
         !host_bytes_.peak.compare_exchange_weak(peak, now + bytes, kRelaxed)) {
  }
  if (component_ != nullptr)
    component_->host_bytes.fetch_add(static_cast<int64_t>(bytes), kRelaxed);
  return true;
}

void Meter::RefundHostBytes(uint64_t bytes) {
  host_bytes_.now.fetch_sub(bytes, kRelaxed);
  if (component_ != nullptr)
    component_->host_bytes.fetch_sub(static_cast<int64_t>(bytes), kRelaxed);
}

uint64_t Meter::HostBytesLeft() const {
  const uint64_t limit = quota_.host_bytes.value_or(UINT64_MAX);
  const uint64_t now = host_bytes_.now.load(kRelaxed);
  return limit > now ? limit - now : 0;
}

bool Meter::ChargeLog(uint64_t bytes) {
  const uint64_t limit = quota_.log_bytes.value_or(UINT64_MAX);
  uint64_t now = log_bytes_.load(kRelaxed);
  do {
    if (bytes > limit || now > limit - bytes) {
      Breach(QuotaRow::log_bytes);
      return false;
    }
  } while (!log_bytes_.compare_exchange_weak(now, now + bytes, kRelaxed));
  if (component_ != nullptr) component_->log_bytes.fetch_add(bytes, kRelaxed);
  return true;
}

// A bucket of one second's bytes that fills at the rate. The lock is held.
Meter::OutputPermit Meter::AskBucket(uint64_t wanted) {
  if (!quota_.output_rate) return {.bytes = wanted};
  const auto rate = static_cast<double>(*quota_.output_rate);
  const int64_t now = NowOf(CLOCK_MONOTONIC);
  tokens_ += rate * static_cast<double>(now - tokens_at_ns_) / kNsPerSecond;
  tokens_ = std::min(tokens_, std::max(rate, 1.0));
  tokens_at_ns_ = now;
  const double slice = std::min({static_cast<double>(wanted), kSmallestSlice, std::max(rate, 1.0)});
  if (tokens_ >= slice) return {.bytes = std::min(wanted, static_cast<uint64_t>(tokens_))};
  // A rate of 0 is for ever: looked at again now and then.
  const double wait_ns =
      rate == 0 ? kNsPerSecond : std::ceil((slice - tokens_) / rate * kNsPerSecond);
  return {.retry_at_ns = now + static_cast<int64_t>(std::min(wait_ns, 1e15))};
}

Meter::OutputPermit Meter::AskOutputRate(uint64_t wanted) {
  if (!quota_.output_rate) return {.bytes = wanted};
  const std::lock_guard lock(mutex_);
  return AskBucket(wanted);
}

Meter::OutputPermit Meter::AskOutput(uint64_t wanted) {
  if (quota_.output_bytes) {
    const uint64_t used = output_bytes_.load(kRelaxed);
    const uint64_t left = *quota_.output_bytes > used ? *quota_.output_bytes - used : 0;
    if (left == 0 && wanted != 0) {
      Breach(QuotaRow::output_bytes);
      return {.breach = true};
    }
    wanted = std::min(wanted, left);
  }
  const OutputPermit permit = AskOutputRate(wanted);
  if (permit.bytes == 0 && wanted != 0) output_waits_.fetch_add(1, kRelaxed);
  return permit;
}

void Meter::CountOutput(uint64_t bytes) {
  output_bytes_.fetch_add(bytes, kRelaxed);
  if (component_ != nullptr) component_->output_bytes.fetch_add(bytes, kRelaxed);
  if (!quota_.output_rate) return;
  const std::lock_guard lock(mutex_);
  tokens_ -= static_cast<double>(bytes);
  fewest_tokens_ = std::min(fewest_tokens_, tokens_);
}

void Meter::SetGauge(AtomicGauge& gauge, uint64_t value) {
  gauge.now.store(value, kRelaxed);
  if (value > gauge.peak.load(kRelaxed)) gauge.peak.store(value, kRelaxed);
}

void Meter::SetMemory(uint64_t bytes) {
  const auto before = static_cast<int64_t>(memory_.now.load(kRelaxed));
  SetGauge(memory_, bytes);
  if (component_ != nullptr)
    component_->memory_bytes.fetch_add(static_cast<int64_t>(bytes) - before, kRelaxed);
}

// False if it was known already, or is no quota.
bool Meter::Note(QuotaRow row, bool ends_guest) {
  if (!Of(quota_, row)) return false;
  const std::lock_guard lock(mutex_);
  if (ends_guest && !ends_guest_.load(kRelaxed)) {
    ended_by_ = row;
    ends_guest_.store(true, std::memory_order_release);
  }
  if ((noted_ & Bit(row)) != 0) return false;
  noted_ |= Bit(row);
  breaches_.fetch_add(1, kRelaxed);
  if (component_ != nullptr) component_->breaches.fetch_add(1, kRelaxed);
  return true;
}

void Meter::Breach(QuotaRow row) {
  if (Note(row, true)) RecordNoted();
}

void Meter::SoftBreach(QuotaRow row) {
  if (Note(row, false)) RecordNoted();
}

void Meter::RecordNoted() {
  uint32_t left = 0;
  {
    const std::lock_guard lock(mutex_);
    left = noted_ & ~recorded_;
    recorded_ = noted_;
  }
  if (guard_ == nullptr) return;
  for (size_t i = 0; left >> i != 0; ++i) {
    const auto row = static_cast<QuotaRow>(i);
    if ((left & Bit(row)) == 0) continue;
    try {
      guard_->RecordBreach(NameAndValue(quota_, row, " "));
    } catch (const std::bad_alloc&) {
      // The next who asks tries again, at the latest the end of the run.
      const std::lock_guard lock(mutex_);
      recorded_ &= ~Bit(row);
    }
  }
}

std::string Meter::TextOf(QuotaRow row) const {
  if (!Of(quota_, row)) return "";
  return absl::StrCat("quota ", NameAndValue(quota_, row, " of "), " is used up");
}

std::string Meter::EndText() const {
  QuotaRow row{};
  {
    const std::lock_guard lock(mutex_);
    row = ended_by_;
  }
  return EndsGuest() ? TextOf(row) : "";
}

bool Meter::ended_by_time() const {
  const std::lock_guard lock(mutex_);
  return EndsGuest() && (ended_by_ == QuotaRow::cpu_time_ns || ended_by_ == QuotaRow::wall_time_ns);
}

Meter::Run::Run(std::shared_ptr<Meter> meter, std::function<void()> interrupt)
    : meter_(std::move(meter)) {
  if (meter_ == nullptr) return;
  Meter& self = *meter_;
  clockid_t clock{};
  if (pthread_getcpuclockid(pthread_self(), &clock) != 0) clock = CLOCK_THREAD_CPUTIME_ID;
  {
    const std::lock_guard lock(self.mutex_);
    self.running_ = true;
    self.cpu_clock_ = clock;
    self.cpu_from_ns_ = NowOf(clock);
    self.wall_from_ns_ = NowOf(CLOCK_MONOTONIC);
  }
  if (!self.quota_.cpu_time_ns && !self.quota_.wall_time_ns) return;
  // Noted before the guest can see that it is interrupted; the record could have to wait, and is
  // made by the guest's thread.
  watch_ = Watch({.cpu_clock = clock,
                  .cpu_ns = self.quota_.cpu_time_ns,
                  .wall_ns = self.quota_.wall_time_ns,
                  .on_limit = [&self, interrupt = std::move(interrupt)](bool is_cpu) {
                    self.Note(is_cpu ? QuotaRow::cpu_time_ns : QuotaRow::wall_time_ns, true);
                    interrupt();
                  }});
}

Meter::Run::~Run() {
  if (meter_ == nullptr) return;
  if (watch_ != 0) Unwatch(watch_);
  Meter& self = *meter_;
  {
    const std::lock_guard lock(self.mutex_);
    const auto cpu = static_cast<uint64_t>(NowOf(self.cpu_clock_) - self.cpu_from_ns_);
    const auto wall = static_cast<uint64_t>(NowOf(CLOCK_MONOTONIC) - self.wall_from_ns_);
    self.running_ = false;
    self.cpu_ns_.fetch_add(cpu, kRelaxed);
    self.wall_ns_.fetch_add(wall, kRelaxed);
    if (self.component_ != nullptr) self.component_->cpu_ns.fetch_add(cpu, kRelaxed);
  }
  self.RecordNoted();
}

Meter::Gauge Meter::Read(const AtomicGauge& gauge) {
  return {.now = gauge.now.load(kRelaxed), .peak = gauge.peak.load(kRelaxed)};
}

Meter::Usage Meter::usage() const {
  Usage usage{.memory = Read(memory_),
              .handles = Read(handles_),
              .files = Read(files_),
              .sockets = Read(sockets_),
              .host_bytes = Read(host_bytes_),
              .cpu_time_ns = cpu_ns_.load(kRelaxed),
              .wall_time_ns = wall_ns_.load(kRelaxed),
              .output_bytes = output_bytes_.load(kRelaxed),
              .log_bytes = log_bytes_.load(kRelaxed),
              .output_waits = output_waits_.load(kRelaxed),
              .breaches = breaches_.load(kRelaxed)};
  const std::lock_guard lock(mutex_);
  if (quota_.output_rate)
    usage.output_rate_peak =
        static_cast<uint64_t>(static_cast<double>(*quota_.output_rate) - fewest_tokens_);
  if (running_) {
    usage.cpu_time_ns += static_cast<uint64_t>(NowOf(cpu_clock_) - cpu_from_ns_);
    usage.wall_time_ns += static_cast<uint64_t>(NowOf(CLOCK_MONOTONIC) - wall_from_ns_);
  }
  return usage;
}

}  // namespace airwasm::security
