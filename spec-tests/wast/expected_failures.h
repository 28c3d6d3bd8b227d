// The list of directives that are known to fail, which has to be exact: one that is listed and
// holds is a failure too.
//
// One directive a line, "folder/script.wast:LINE"; the path is what the script's path ends with,
// the line where the directive begins. '#' begins a comment.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "spec-tests/wast/runner.h"

namespace airwasm::wast {

class ExpectedFailures {
 public:
  // Errors: INVALID_ARGUMENT names the line that is not of the form above.
  static absl::StatusOr<ExpectedFailures> Parse(std::string_view text);

  // Takes out of `result` the failures that are listed for the script at `path`, and puts in one
  // for each listed directive that did not fail. Returns how many were taken out.
  uint32_t Apply(std::string_view path, ScriptResult& result) const;

 private:
  std::map<std::string, std::set<uint32_t>> lines_;
};

}  // namespace airwasm::wast
