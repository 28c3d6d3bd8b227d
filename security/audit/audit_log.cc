#include "airwasm/audit_log.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "engine/base/out_of_memory.h"
#include "engine/base/status_macros.h"
#include "security/audit/clock.h"
#include "security/audit/name_table.h"
#include "security/audit/resume.h"
#include "security/audit/ring_pool.h"
#include "security/audit/writer.h"

namespace airwasm::security {
namespace {

using audit::Ring;

// How often a call that waits looks whether it should give up, or the log was closed.
constexpr uint64_t kWaitNs = 5'000'000;

// Log ids, never used again, so that a thread's cache cannot take one log for another.
std::atomic<uint64_t> g_next_id{1};

uint64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// At most `max` bytes, and no part of a character that would be cut.
std::string_view Cut(std::string_view text, size_t max) {
  if (text.size() <= max) [[likely]]
    return text;
  size_t end = max;
  for (int i = 0; i < 3 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80; ++i) --end;
  return text.substr(0, end);
}

uint32_t Saturated(size_t bytes) {
  return static_cast<uint32_t>(std::min<size_t>(bytes, UINT32_MAX));
}

void WarnOnStderr(const std::string& path, bool fail_calls, const absl::Status& status) {
  std::fprintf(stderr, "airwasm: warning: audit log '%s': %s; %s\n", path.c_str(),
               std::string(status.message()).c_str(),
               fail_calls ? "calls that need it fail" : "calls that need it will wait");
}

audit::WriterOptions WriterOptionsOf(const AuditOptions& options) {
  const bool fail_calls = options.on_full == AuditOptions::OnFull::kFail;
  audit::WriterOptions writer_options{
      .output = {.rotate_bytes = options.rotate_bytes,
                 .keep_files = options.keep_files,
                 .sync = options.sync},
      .fail_calls = fail_calls,
      .close_timeout_ns = options.close_timeout_ns,
      .on_write_error = options.on_write_error,
  };
  if (writer_options.on_write_error == nullptr) {
    writer_options.on_write_error = [path = options.path, fail_calls](const absl::Status& status) {
      WarnOnStderr(path, fail_calls, status);
    };
  }
  return writer_options;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

class AuditLog::Impl {
 public:
  Impl(const AuditOptions& options, audit::Resumed log, audit::WriterOptions writer_options)
      : fail_when_full_(options.on_full == AuditOptions::OnFull::kFail),
        real_path_(log.files.real_path()),
        identities_(log.files.identities()),
        pool_(std::make_shared<audit::RingPool>(options.ring_bytes)),
        writer_(std::move(log), std::move(writer_options), pool_, names_) {
    char* const key =
        options.key_file.empty() ? nullptr : realpath(options.key_file.c_str(), nullptr);
    if (key != nullptr) real_key_path_ = key;
    std::free(key);
  }
  ~Impl() { pool_->SetClosed(); }

  bool Append(const Record& record, AuditGiveUp give_up) noexcept {
    if ((writer_.attention() & audit::kRefuses) != 0) return Refuse();
    // FAST: one compare finds this thread's ring (security_audit_bench, Append).
    if (audit::t_cached_ring.log_id == id_) [[likely]]
      return AppendTo(*audit::t_cached_ring.ring, record, give_up);
    bool borrowed = false;
    Ring* const ring = audit::RingOfThisThread(id_, pool_, &borrowed);
    if (ring == nullptr) return Refuse();
    const bool kept = AppendTo(*ring, record, give_up);
    if (borrowed) pool_->GiveBack(ring);
    return kept;
  }

  // FAST: all in registers, and no frame (bench/guard_bench).
  bool TryAppendAllowed(uint32_t component, uint64_t instance, uint32_t function, uint32_t rule,
                        Capability capability) noexcept {
    const uint64_t attention = writer_.attention();
    const bool is_ready = (attention & audit::kRefuses) == 0 &&
                          audit::t_cached_ring.log_id == id_ && audit::kCounterIsSteady;
    if (!is_ready) [[unlikely]]
      return false;
    Ring& ring = *audit::t_cached_ring.ring;
    std::byte* const at = ring.ReserveAtOnce(sizeof(audit::RecordHeader));
    if (at == nullptr) [[unlikely]]
      return false;
    new (at) audit::RecordHeader{
        .object_bytes = 0,
        .backtrace_bytes = 0,
        .capability = static_cast<uint8_t>(capability),
        .allow = true,
        .cut = false,
        .ticks = ring.TakeTicks(attention),
        .instance = instance,
        .names = audit::PackNames({.component = component, .function = function, .rule = rule})};
    return Commit(ring, sizeof(audit::RecordHeader));
  }

  Stats stats() const {
    Stats stats{.written = writer_.written(),
                .refused = writer_.refused(),
                .blocked = blocked_.load(std::memory_order_relaxed),
                .blocked_ns = blocked_ns_.load(std::memory_order_relaxed),
                .failed_writes = writer_.failed_writes(),
                .rotations = writer_.rotations()};
    for (const Ring* const ring : pool_->All()) {
      stats.appended += ring->appended();
      ++stats.rings;
    }
    if (writer_.ended()) stats.lost = stats.appended - stats.written;
    return stats;
  }

  bool Protects(std::string_view path) const {
    if (path.empty()) return false;
    if (path == real_path_ || path == real_key_path_) return true;
    if (!path.starts_with(real_path_) || path[real_path_.size()] != '.') return false;
    const std::string_view suffix = path.substr(real_path_.size() + 1);
    return suffix == "head" || IsNumber(suffix);
  }

  bool IsAbove(std::string_view path) const {
    if (path.ends_with('/')) path.remove_suffix(1);
    const auto above = [&](std::string_view file) {
      return file.size() > path.size() && file.starts_with(path) && file[path.size()] == '/';
    };
    return above(real_path_) || above(real_key_path_);
  }

  audit::NameTable& names() { return names_; }
  audit::Writer& writer() { return writer_; }
  const audit::FileIdentities& identities() const { return *identities_; }

 private:
  bool Refuse() {
    writer_.CountRefused();
    return false;
  }

  bool AppendTo(Ring& ring, const Record& record, AuditGiveUp give_up) {
    const std::string_view object = Cut(record.object, audit::kMaxObjectBytes);
    const std::string_view backtrace = Cut(record.backtrace, audit::kMaxBacktraceBytes);
    const bool cut =
        object.size() != record.object.size() || backtrace.size() != record.backtrace.size();
    const uint32_t size = audit::RecordBytes(object.size(), backtrace.size(), cut);
    std::byte* at = ring.Reserve(size);
    if (at == nullptr) [[unlikely]] {
      at = WaitForRoom(ring, size, give_up);
      if (at == nullptr) return Refuse();
    }
    // In place: no copy of it stands on the stack first.
    new (at) audit::RecordHeader{
        .object_bytes = static_cast<uint16_t>(object.size()),
        .backtrace_bytes = static_cast<uint16_t>(backtrace.size()),
        .capability = static_cast<uint8_t>(record.capability),
        .allow = record.allow,
        .cut = cut,
        .ticks = ring.ReadTicks(),
        .instance = record.instance,
        .names = audit::PackNames(
            {.component = record.component, .function = record.function, .rule = record.rule})};
    at += sizeof(audit::RecordHeader);
    if (cut) [[unlikely]] {
      const audit::FullBytes full{.object = Saturated(record.object.size()),
                                  .backtrace = Saturated(record.backtrace.size())};
      std::memcpy(at, &full, sizeof full);
      at += sizeof full;
    }
    if (!object.empty()) std::memcpy(at, object.data(), object.size());
    if (!backtrace.empty()) std::memcpy(at + object.size(), backtrace.data(), backtrace.size());
    return Commit(ring, size);
  }

  bool Commit(Ring& ring, uint32_t size) {
    ring.Commit(size);
    // After the record is there: the writer's barrier makes an order of this
    // (Writer::SleepUntilCalled).
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if ((writer_.attention() & audit::kAsleep) != 0 || ring.TakeNotice()) [[unlikely]]
      return CallWriter();
    return true;
  }
  [[gnu::noinline]] bool CallWriter() noexcept {
    writer_.Hurry();
    return true;
  }

  std::byte* WaitForRoom(Ring& ring, uint32_t size, AuditGiveUp give_up) {
    writer_.Hurry();
    if (fail_when_full_) return nullptr;
    const uint64_t begin = NowNs();
    blocked_.fetch_add(1, std::memory_order_relaxed);
    std::byte* at = nullptr;
    while ((at = ring.Reserve(size)) == nullptr) {
      if ((writer_.attention() & audit::kRefuses) != 0) break;
      if (give_up.asked != nullptr && give_up.asked(give_up.arg)) break;
      ring.WaitForRoom(size, kWaitNs);
    }
    blocked_ns_.fetch_add(NowNs() - begin, std::memory_order_relaxed);
    return at;
  }

  const uint64_t id_ = g_next_id.fetch_add(1, std::memory_order_relaxed);
  const bool fail_when_full_;
  const std::string real_path_;
  std::string real_key_path_;
  const std::shared_ptr<audit::FileIdentities> identities_;
  audit::NameTable names_;
  const std::shared_ptr<audit::RingPool> pool_;
  std::atomic<uint64_t> blocked_{0};
  std::atomic<uint64_t> blocked_ns_{0};
  audit::Writer writer_;
};

absl::StatusOr<std::shared_ptr<AuditLog>> AuditLog::Open(const AuditOptions& options) {
  return OrOutOfMemory([&]() -> absl::StatusOr<std::shared_ptr<AuditLog>> {
    ASSIGN_OR_RETURN(audit::Resumed log, audit::Resume(options.path, options.key_file));
    auto impl = std::make_unique<Impl>(options, std::move(log), WriterOptionsOf(options));
    RETURN_IF_ERROR(impl->writer().Start());
    return std::shared_ptr<AuditLog>(new AuditLog(std::move(impl)));
  });
}

AuditLog::AuditLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

AuditLog::~AuditLog() {
  Close().IgnoreError();
}

uint32_t AuditLog::Intern(std::string_view text) {
  return impl_->names().Intern(text);
}

bool AuditLog::Append(const Record& record, AuditGiveUp give_up) noexcept {
  return impl_->Append(record, give_up);
}

bool AuditLog::TryAppendAllowed(uint32_t component, uint64_t instance, uint32_t function,
                                uint32_t rule, Capability capability) noexcept {
  return impl_->TryAppendAllowed(component, instance, function, rule, capability);
}

absl::Status AuditLog::Flush() {
  return impl_->writer().Flush();
}

absl::Status AuditLog::Close() {
  return impl_->writer().Close();
}

AuditLog::Stats AuditLog::stats() const {
  return impl_->stats();
}

bool AuditLog::Protects(std::string_view path) const {
  return impl_->Protects(path);
}

bool AuditLog::Protects(dev_t device, ino_t inode) const {
  return impl_->identities().Contain(device, inode);
}

bool AuditLog::ProtectsName(std::string_view path) const {
  return impl_->Protects(path) || impl_->IsAbove(path);
}

}  // namespace airwasm::security
