#include "airwasm/isolate.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/base/format.h"
#include "security/isolate/landlock.h"
#include "security/isolate/seccomp.h"

namespace airwasm::security {
namespace {

// A thread that has just ended may be counted for a moment.
constexpr int kCounts = 50;
constexpr useconds_t kBetweenCountsUs = 2000;

bool IsAlone() {
  for (int i = 0; i < kCounts; ++i) {
    std::error_code error;
    size_t threads = 0;
    for (std::filesystem::directory_iterator task("/proc/self/task", error), end;
         !error && task != end; task.increment(error))
      ++threads;
    if (!error && threads == 1) return true;
    usleep(kBetweenCountsUs);
  }
  return false;
}

}  // namespace

std::string IsolationReport::ToString() const {
  std::string text = landlock_abi == 0 ? "no landlock"
                                       : FormatText("landlock ABI %d, %d paths%s%s", landlock_abi,
                                                    landlock_rules, tcp_denied ? ", no TCP" : "",
                                                    scoped ? ", no signals to others" : "");
  absl::StrAppendFormat(&text, "; seccomp, %d system calls", system_calls);
  return text;
}

absl::StatusOr<IsolationReport> Isolate(const IsolationPlan& plan, IsolationMode mode) {
  IsolationReport report;
  const bool has_landlock = mode != IsolationMode::kSeccomp && isolate::LandlockAbi() > 0;
  if (mode == IsolationMode::kFull && !has_landlock)
    return absl::UnimplementedError(
        "this kernel has no Landlock, so files could not be kept from the process");
  // Landlock's rules are inherited by threads that are started, and most kernels put them on no
  // others.
  if (plan.single_thread && !IsAlone())
    return absl::FailedPreconditionError("there are threads that would not be restricted");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return absl::FailedPreconditionError(FormatText("no_new_privs: %s", std::strerror(errno)));
  if (has_landlock) {
    if (absl::Status status = isolate::ApplyLandlock(plan, report); !status.ok()) return status;
  }
  const absl::StatusOr<size_t> system_calls = isolate::ApplySeccomp(plan);
  if (!system_calls.ok()) return system_calls.status();
  report.system_calls = *system_calls;
  return report;
}

}  // namespace airwasm::security
