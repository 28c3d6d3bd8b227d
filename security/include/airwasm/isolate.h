// Isolation: the process gives up, for good, what its guests' grants do not need. A second wall:
// the grants decide on every call (airwasm/guard.h), and this is what is left to a guest that has
// broken out of the engine and runs whatever it likes.
//
// Landlock narrows which files can be opened, in which ways, and TCP; seccomp narrows which system
// calls there are. Both are coarser than grants: a directory's rules hold for all beneath it, and a
// deny rule inside is the grants' alone. Files that are open already, the standard streams above
// all, stay as they are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace airwasm::security {

class Grants;

// What is done with a file, or with what lies beneath a directory.
enum class PathUse : uint8_t {
  kRead = 1,    // files
  kList = 2,    // directories
  kWrite = 4,   // files that are there, and their length
  kCreate = 8,  // files, directories, links; whose contents are then written too
  kDelete = 16,
};
using PathUses = uint8_t;
constexpr PathUses UsesOf(auto... uses) {
  return static_cast<PathUses>((0 | ... | static_cast<int>(uses)));
}

struct IsolatedPath {
  std::string path;
  PathUses uses = 0;
};

struct IsolationPlan {
  // Those that are not there are left out, unless something may be created at them: then what is
  // there above them is taken.
  std::vector<IsolatedPath> paths;
  bool sockets = false;       // IPv4 and IPv6, whatever the address
  bool names = false;         // are looked up: netlink sockets, which the C library asks
  bool single_thread = true;  // refuse when there are other threads, which Landlock leaves out

  void Allow(std::string path, PathUses uses) { paths.push_back({std::move(path), uses}); }
};

// What a guest with these grants needs of files and of the network; `roots` are the directories
// that it holds, for grants that name none.
IsolationPlan PlanFor(const Grants& grants, std::span<const std::string> roots, absl::Time now);
// What the engine needs by itself: its libraries, its own part of /proc, /dev/null.
void AddEngineNeeds(IsolationPlan& plan);

enum class IsolationMode : uint8_t {
  kFull,        // both, or an error
  kBestEffort,  // what the kernel has; at least seccomp
  kSeccomp,     // system calls alone
};

struct IsolationReport {
  int landlock_abi = 0;  // 0: not in force
  size_t landlock_rules = 0;
  bool tcp_denied = false;
  bool scoped = false;  // no signals to, and no abstract sockets of, processes outside
  size_t system_calls = 0;
  // "landlock ABI 7, 12 paths, no TCP; seccomp, 98 system calls"
  std::string ToString() const;
};

// Restricts the calling process; there is no way back. To be called before the process starts
// threads: those that it starts later are restricted as well.
//
// Errors: UNIMPLEMENTED        not on this system, or this kernel has no Landlock (kFull)
//         FAILED_PRECONDITION  there are other threads, or the kernel refuses
absl::StatusOr<IsolationReport> Isolate(const IsolationPlan& plan, IsolationMode mode);

}  // namespace airwasm::security
