// The process's memory for machine code that is made while it runs, under W^X: code is written
// through a second mapping that is gone before the first instruction runs, and is mapped read and
// execute only where it runs.
//
// One range of addresses is reserved for all code of a kind, so that a signal handler tells it by
// two comparisons (CodeRange), and one memfd stands behind it. Where there is none
// (seccomp, a limit on file sizes), code gets pages of its own that are written before they become
// executable. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/runtime/native_code.h"

namespace airwasm::runtime {

class CodeMemory {
 public:
  static CodeMemory& Compiled();  // in compiled_code_range
  static CodeMemory& Baseline();  // in baseline_code_range

  // Copies `code` to fresh executable memory, 64-byte aligned; null when there is no room (of 2
  // GiB) or the system refuses. A process that was forked off gets none: the file is its parent's.
  const uint8_t* Allocate(std::span<const uint8_t> code);
  // No thread may be in the code, and none may come back to it.
  void Free(const uint8_t* code, size_t bytes);
  size_t bytes_in_use() const;
  // Code gets anonymous memory, as where there is no file: the only one in which perf looks for
  // names. False: there is a file already.
  bool LeaveFileOut();

 private:
  CodeMemory(CodeRange& range, uintptr_t place);
  struct Impl;
  Impl* impl_;  // never freed: code may run until the process ends
};

}  // namespace airwasm::runtime
