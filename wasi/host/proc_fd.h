// What is open, by the links that /proc has to it: where it is by now, and the very object once
// more.
//
// FAST: the folder of these links is opened once and kept, since the way to it takes a third of
// each such call (bench/host_calls). A child that was forked opens its own: these are a process's.
#ifndef AIRWASM_WASI_HOST_PROC_FD_H_
#define AIRWASM_WASI_HOST_PROC_FD_H_

#include <string>

#include "wasi/host/unique_fd.h"

namespace airwasm::wasi::host {

// Where the object behind `fd` is by now; empty if it is nowhere, since it was deleted, or /proc is
// not there. Threads: any, as for all here.
std::string RealPath(int fd);

// The object behind `fd`, opened with `flags`, whatever stands at its path by now. Invalid: errno
// says why.
UniqueFd Reopen(int fd, int flags);

// For other calls: `name` in the directory `folder` is a link to the object.
struct ProcLink {
  explicit ProcLink(int fd);
  int folder;  // -1: there is no /proc
  char name[12];
};

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_PROC_FD_H_
