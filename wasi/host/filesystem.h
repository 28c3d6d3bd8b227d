// Operations on paths beneath an open directory.
//
// Each takes a Resolver and the host descriptor of a directory, and never reaches anything outside
// of it. Rights are the caller's business, except where the result of an open depends on them.
#ifndef AIRWASM_WASI_HOST_FILESYSTEM_H_
#define AIRWASM_WASI_HOST_FILESYSTEM_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "wasi/host/descriptor.h"
#include "wasi/host/resolver.h"
#include "wasi/host/result.h"

namespace airwasm::wasi::host {

struct FileStat {
  uint64_t device;
  uint64_t inode;
  FileType type;
  uint64_t links;
  uint64_t size;
  uint64_t accessed_ns;
  uint64_t modified_ns;
  uint64_t changed_ns;
};

// One of the two times that can be set.
struct SetTime {
  enum class Kind { kKeep, kNow, kTo };
  Kind kind = Kind::kKeep;
  uint64_t ns = 0;  // since 1970, for kTo
};

struct OpenOptions {
  bool create = false;
  bool directory = false;
  bool exclusive = false;
  bool truncate = false;
  bool follow = false;
  Rights base = 0;
  Rights inheriting = 0;
  uint16_t flags = 0;  // FdFlags
  // Whoever opens it says with each write whether it goes to the end, not once with kFdAppend: what
  // the guard lets be added to may be opened for writing, and each use is asked about by itself.
  bool writes_say_where = false;
};

// Opens `path` beneath `dir`. The rights of the result are those asked for that `dir` may pass on,
// that apply to the object, and that the host's access mode honours.
//
// A FIFO, terminal or device never makes this wait: it is opened non-blocking, and a FIFO without a
// reader is ENXIO for a writer. Errors: EISDIR      writing asked of a directory
//                 NotCapable  a right is missing in `dir`: reading or writing that it may not pass
//                 on, creating, truncating,
//                             or a synchronisation flag
Result<Descriptor> OpenPath(const Resolver& resolver, const Descriptor& dir, std::string_view path,
                            const OpenOptions& options);

// Opens a directory of the host as a root for guests.
Result<Descriptor> OpenPreopen(const char* host_path, bool read_only,
                               security::Guard* guard = nullptr);

Result<FileStat> StatDescriptor(const Descriptor& d);
Result<FileStat> StatPath(const Resolver& resolver, const Descriptor& dir, std::string_view path,
                          bool follow);

Error SetTimes(const Descriptor& d, SetTime accessed, SetTime modified);
Error SetTimesAt(const Resolver& resolver, const Descriptor& dir, std::string_view path,
                 bool follow, SetTime accessed, SetTime modified);

Error CreateDirectory(const Resolver& resolver, int dir, std::string_view path);
Error RemoveDirectory(const Resolver& resolver, int dir, std::string_view path);
Error UnlinkFile(const Resolver& resolver, int dir, std::string_view path);

// Never follows a link in the last place of `old_path`.
Error Link(const Resolver& resolver, int old_dir, std::string_view old_path, int new_dir,
           std::string_view new_path);
Error Rename(const Resolver& resolver, int old_dir, std::string_view old_path, int new_dir,
             std::string_view new_path);

// An absolute target is EPERM: no guest could follow it, and a host program would be led outside.
Error Symlink(const Resolver& resolver, std::string_view target, int dir, std::string_view path);
// The number of bytes put into `buffer`; a longer target is cut off.
Result<size_t> ReadLink(const Resolver& resolver, const Descriptor& dir, std::string_view path,
                        std::span<uint8_t> buffer);

// True if something that is moved or linked from `from` to `to` could be used there for more than
// before.
bool WouldAmplify(const Descriptor& from, const Descriptor& to);

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_FILESYSTEM_H_
