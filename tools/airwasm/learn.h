// Policies from what guests were seen to do: of an audit log, and of a run.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/airwasm/guard_flags.h"

namespace airwasm::tools {

// A policy that allows the actions of an audit log, "-" being standard input, and little else:
// those that were allowed ("allow"), those that were denied ("deny"), or both ("").
// Errors: of reading; INVALID_ARGUMENT "LOG:LINE: ..."
absl::StatusOr<std::string> LearnFromLog(const std::string& path, const std::string& only);

// `run --learn`: the audit log of one run, in a folder of its own, and the policy that is made of
// it.
class LearningRun {
 public:
  // Has decisions recorded there. `output` is where the policy goes, "-" being standard output;
  // that it can be written is found out now. Errors: of making files
  static absl::StatusOr<LearningRun> Begin(std::string output, GuardFlags& flags);
  LearningRun(LearningRun&& other) noexcept;
  LearningRun& operator=(LearningRun&&) = delete;
  // Removes the log.
  ~LearningRun();

  // To be called when the run's log is closed. Writes what would have sufficed for what was
  // allowed, and as a comment what else would have been needed. Nothing if nothing was run.
  absl::Status Finish() const;

 private:
  LearningRun(std::string output, std::string folder);
  std::string LogPath() const;

  std::string output_;
  std::string folder_;  // empty: moved from
};

}  // namespace airwasm::tools
