// One open file, directory, pipe, terminal or socket as a guest sees it, and the table that numbers
// them.
//
// A Descriptor owns its host descriptor. Rights only ever shrink. Host descriptors of pipes,
// devices and sockets are opened non-blocking wherever that does not change a description shared
// with someone else; whether the *guest* wants to block is `flags`, and blocking is done by a
// Waiter (file_io.h).
#ifndef AIRWASM_WASI_HOST_DESCRIPTOR_H_
#define AIRWASM_WASI_HOST_DESCRIPTOR_H_

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "airwasm/meter.h"
#include "wasi/host/access.h"
#include "wasi/host/result.h"
#include "wasi/host/rights.h"
#include "wasi/host/unique_fd.h"

namespace airwasm::wasi::host {

class DirectoryCursor;

// The numbers are those of WASI 0.1 (typename $filetype).
enum class FileType : uint8_t {
  kUnknown = 0,  // pipes
  kBlockDevice = 1,
  kCharacterDevice = 2,
  kDirectory = 3,
  kRegularFile = 4,
  kSocketDgram = 5,
  kSocketStream = 6,
  kSymbolicLink = 7,
};

FileType FileTypeOf(mode_t mode);

// The numbers are those of WASI 0.1 (typename $fdflags).
enum FdFlags : uint16_t {
  kFdAppend = 1,
  kFdDsync = 2,
  kFdNonblock = 4,
  kFdRsync = 8,
  kFdSync = 16,
  kFdFlagsAll = 31,
};

struct Descriptor {
  Descriptor();
  Descriptor(Descriptor&&) noexcept;
  Descriptor& operator=(Descriptor&&) noexcept;
  ~Descriptor();

  bool is_directory() const { return kind == kKindD; }
  bool is_socket() const { return kind == kKindS; }
  // Data comes and goes in its own time: reading and writing may have to wait, and there is no
  // position.
  bool is_stream() const { return (kind & (kKindC | kKindT | kKindP | kKindS)) != 0; }
  bool Has(Rights wanted) const { return (base & wanted) == wanted; }
  // What the guest's guard says to exercising `rights`.
  Error Permits(Rights rights) const {
    // Of what changes a file, writing alone keeps to the end.
    const bool appends =
        (flags & kFdAppend) != 0 && (rights & ~(right::kFdWrite | right::kFdSeek)) == 0;
    const Use use = UseOf(rights);
    return access.Check(use == Use::kWrite && appends ? Use::kAppend : use);
  }

  UniqueFd fd;
  FileType type = FileType::kUnknown;
  ObjectKind kind = kKindP;
  uint16_t flags = 0;  // FdFlags, as the guest set them
  Rights base = 0;
  Rights inheriting = 0;
  // The host's description has O_NONBLOCK. Otherwise it is shared with our parent or another
  // process, and must keep the mode it came with.
  bool nonblocking = false;
  bool shared = false;
  Access access;                            // what the guest's guard is asked
  std::shared_ptr<security::Meter> meter;   // counts what is written: of standard output and error
  std::optional<std::string> preopen;       // the guest's name of a preopened directory
  std::unique_ptr<DirectoryCursor> cursor;  // made by the first fd_readdir
};

// What the host says of an open descriptor.
struct HostFile {
  mode_t mode;  // its type
  int flags;    // O_ACCMODE, O_NONBLOCK
};
// Describes an open host descriptor: type and kind from the host, rights the given ones as far as
// they apply to it.
Result<Descriptor> Describe(UniqueFd fd, const HostFile& file, Rights base, Rights inheriting,
                            uint16_t flags);
// The same for one of which nothing is known yet.
Result<Descriptor> Describe(UniqueFd fd, Rights base, Rights inheriting, uint16_t flags);

// Guest numbers to descriptors. The lowest free number is given out, as POSIX programs expect.
class DescriptorTable {
 public:
  explicit DescriptorTable(size_t limit) : limit_(limit) {}

  // Null if `fd` is not open.
  Descriptor* Find(uint32_t fd) { return fd < slots_.size() ? slots_[fd].get() : nullptr; }
  // EMFILE when the table is full.
  Result<uint32_t> Insert(Descriptor descriptor);
  Error Close(uint32_t fd);
  // Moves `from` over `to`, closing what was there. Both are open; `from` no longer is afterwards.
  Error Renumber(uint32_t from, uint32_t to);

  bool full() const { return count_ >= limit_; }
  size_t count() const { return count_; }

 private:
  size_t limit_;
  size_t count_ = 0;
  size_t first_free_ = 0;  // No number below it is free.
  std::vector<std::unique_ptr<Descriptor>> slots_;
};

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_DESCRIPTOR_H_
