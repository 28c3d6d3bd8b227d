// What one guest has used of its quotas, and what happens when one is used up.
//
//   auto meter = std::make_shared<Meter>(Meter::Options{.quota = quota, .guard = guard});
//   config.meter = meter;                      // WASI charges it
//   MeterStore(store, meter);                  // so does the engine (airwasm/guard_store.h)
//   const Meter::Run run(meter, interrupt);    // around what the guest does: its time
//
// Whoever allocates or writes on the guest's behalf asks first. A quota that is used up is a
// breach: it is recorded once (Guard::RecordBreach), and most end the guest (EndsGuest). The
// engine's own limits (StoreOptions) are not counted here, but their breaches are told here too.
// Threads: counters may be read from any thread; the rest is the guest's, except where said.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "airwasm/policy.h"

namespace airwasm::security {

class Guard;

// A row of quotas.def, named as its field of Quota.
enum class QuotaRow : uint8_t {
#define AIRWASM_QUOTA(field, text, unit, summary) field,
#include "airwasm/quotas.def"
#undef AIRWASM_QUOTA
};

// Of all guests of one component together, for as long as the process runs. Threads: any.
struct ComponentUsage {
  std::atomic<uint64_t> requests{0};  // these two are counted by who calls the guests
  std::atomic<uint64_t> traps{0};
  std::atomic<uint64_t> denials{0};
  std::atomic<uint64_t> breaches{0};
  std::atomic<uint64_t> cpu_ns{0};
  std::atomic<uint64_t> output_bytes{0};
  std::atomic<uint64_t> log_bytes{0};
  // What there is now.
  std::atomic<int64_t> instances{0};
  std::atomic<int64_t> memory_bytes{0};
  std::atomic<int64_t> host_bytes{0};
};

class Meter {
 public:
  struct Options {
    Quota quota;
    std::shared_ptr<Guard> guard;               // records breaches; may be null
    std::shared_ptr<ComponentUsage> component;  // counts along; may be null
  };
  explicit Meter(Options options);
  ~Meter();
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  const Quota& quota() const { return quota_; }

  // --- What the guest takes. False: it is a breach, and nothing was taken. ---

  // Before `bytes` are allocated on the guest's behalf; RefundHostBytes when they are freed, which
  // may be on any thread.
  bool ChargeHostBytes(uint64_t bytes);
  void RefundHostBytes(uint64_t bytes);
  uint64_t HostBytesLeft() const;
  bool ChargeLog(uint64_t bytes);

  // How many of `wanted` bytes may be written to the standard streams now. 0: none before
  // `retry_at_ns` of CLOCK_MONOTONIC, or none at all (`breach`).
  struct OutputPermit {
    uint64_t bytes = 0;
    int64_t retry_at_ns = 0;
    bool breach = false;
  };
  OutputPermit AskOutput(uint64_t wanted);
  // So many were written.
  void CountOutput(uint64_t bytes);
  // As AskOutput, as far as the rate goes, without a breach.
  OutputPermit AskOutputRate(uint64_t wanted);

  // What the guest holds now, for usage().
  void SetHandles(uint64_t count) { SetGauge(handles_, count); }
  void SetFiles(uint64_t count) { SetGauge(files_, count); }
  void SetSockets(uint64_t count) { SetGauge(sockets_, count); }
  void SetMemory(uint64_t bytes);

  // --- Breaches ---

  // A quota is used up. Recorded the first time for each row. Nothing happens where the row has no
  // quota. Threads: any, but see Run.
  void Breach(QuotaRow row);
  // The same where the guest gets an error that it may go on after.
  void SoftBreach(QuotaRow row);
  // Whether the guest is to end for a breach, and as what: "quota output of 64KiB is used up".
  bool EndsGuest() const { return ends_guest_.load(std::memory_order_acquire); }
  std::string EndText() const;
  bool ended_by_time() const;
  // "quota output of 64KiB is used up"; empty if there is no such quota.
  std::string TextOf(QuotaRow row) const;

  // --- Time ---

  // Surrounds what a guest does on this thread: cpu-time and wall-time are those of one Run, and
  // when they are used up `interrupt` is called, once, on a thread that must not be held up. The
  // breach is recorded when the Run ends. A null meter has no limits.
  class Run {
   public:
    Run(std::shared_ptr<Meter> meter, std::function<void()> interrupt);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

   private:
    const std::shared_ptr<Meter> meter_;
    uint64_t watch_ = 0;  // 0: nothing is watched
  };

  // All of the guest's life so far. Threads: any.
  struct Gauge {
    uint64_t now = 0;
    uint64_t peak = 0;
  };
  struct Usage {
    Gauge memory;
    Gauge handles;
    Gauge files;
    Gauge sockets;
    Gauge host_bytes;
    uint64_t cpu_time_ns = 0;
    uint64_t wall_time_ns = 0;
    uint64_t output_bytes = 0;
    uint64_t log_bytes = 0;
    uint64_t output_rate_peak = 0;  // the most of one second's output that was taken at a time
    uint64_t output_waits = 0;      // times that output was held back for its rate
    uint64_t breaches = 0;
  };
  Usage usage() const;

 private:
  struct AtomicGauge {
    std::atomic<uint64_t> now{0};
    std::atomic<uint64_t> peak{0};
  };
  static void SetGauge(AtomicGauge& gauge, uint64_t value);
  static Gauge Read(const AtomicGauge& gauge);
  bool Note(QuotaRow row, bool ends_guest);
  void NoteTime(QuotaRow row);  // on the watching thread
  void RecordNoted();
  OutputPermit AskBucket(uint64_t wanted);

  const Quota quota_;
  const std::shared_ptr<Guard> guard_;
  const std::shared_ptr<ComponentUsage> component_;

  AtomicGauge memory_;
  AtomicGauge handles_;
  AtomicGauge files_;
  AtomicGauge sockets_;
  AtomicGauge host_bytes_;
  std::atomic<uint64_t> cpu_ns_{0};
  std::atomic<uint64_t> wall_ns_{0};
  std::atomic<uint64_t> output_bytes_{0};
  std::atomic<uint64_t> log_bytes_{0};
  std::atomic<uint64_t> output_waits_{0};
  std::atomic<uint64_t> breaches_{0};

  std::atomic<bool> ends_guest_{false};
  mutable std::mutex mutex_;  // around the rest
  uint32_t noted_ = 0;        // bits of rows
  uint32_t recorded_ = 0;
  QuotaRow ended_by_{};
  double tokens_ = 0;  // bytes of output that the rate allows now
  double fewest_tokens_ = 0;
  int64_t tokens_at_ns_ = 0;
  // Of the Run that is under way.
  bool running_ = false;
  int cpu_clock_ = 0;
  int64_t cpu_from_ns_ = 0;
  int64_t wall_from_ns_ = 0;
};

// Host bytes for as long as a scope lasts. A null meter allows all.
class HostBytes {
 public:
  HostBytes(Meter* meter, uint64_t bytes)
      : meter_(meter), bytes_(bytes), ok_(meter == nullptr || meter->ChargeHostBytes(bytes)) {}
  ~HostBytes() {
    if (meter_ != nullptr && ok_) meter_->RefundHostBytes(bytes_);
  }
  HostBytes(const HostBytes&) = delete;
  HostBytes& operator=(const HostBytes&) = delete;
  bool ok() const { return ok_; }

 private:
  Meter* const meter_;
  const uint64_t bytes_;
  const bool ok_;
};

// Host bytes for as long as an object lives, which may outlive the guest on another thread.
class HeldBytes {
 public:
  explicit HeldBytes(std::shared_ptr<Meter> meter) : meter_(std::move(meter)) {}
  ~HeldBytes() {
    if (meter_ != nullptr) meter_->RefundHostBytes(bytes_);
  }
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;
  bool Add(uint64_t bytes) {
    if (meter_ != nullptr && !meter_->ChargeHostBytes(bytes)) return false;
    bytes_ += bytes;
    return true;
  }
  // So much from now on. False: that is more than before, and a breach.
  bool Set(uint64_t bytes) {
    if (bytes > bytes_) return Add(bytes - bytes_);
    if (meter_ != nullptr) meter_->RefundHostBytes(bytes_ - bytes);
    bytes_ = bytes;
    return true;
  }

 private:
  const std::shared_ptr<Meter> meter_;
  uint64_t bytes_ = 0;
};

}  // namespace airwasm::security
