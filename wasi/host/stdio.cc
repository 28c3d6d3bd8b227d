#include "wasi/host/stdio.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "wasi/host/proc_fd.h"

namespace airwasm::wasi::host {
namespace {

Rights StreamRights(StreamUse use) {
  // A stream is data in one direction. Behind it may be a file of the embedder's; its size and
  // times are not the guest's.
  const Rights neutral = RightsFor(kKindF | kKindC | kKindT | kKindP | kKindS) & ~ChangingRights();
  return use == StreamUse::kRead ? neutral : (neutral & ~right::kFdRead) | right::kFdWrite;
}

int OpenMode(StreamUse use) {
  return use == StreamUse::kRead ? O_RDONLY : O_WRONLY;
}

// A second description of the pipe or terminal behind `host_fd`; none for other objects, or when
// the host refuses.
UniqueFd ReopenStream(int host_fd, StreamUse use) {
  struct stat st;
  if (fstat(host_fd, &st) != 0) return UniqueFd();
  const bool wanted = S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(host_fd) != 0);
  if (!wanted) return UniqueFd();
  return Reopen(host_fd, OpenMode(use) | O_NONBLOCK);
}

}  // namespace

Result<Descriptor> AdoptStream(int host_fd, StreamUse use, Sharing sharing) {
  UniqueFd own;
  if (sharing == Sharing::kAvoid) own = ReopenStream(host_fd, use);
  const bool shared = !own.valid();
  if (shared) own.Reset(fcntl(host_fd, F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) return Error::Last();
  Result<Descriptor> d = Describe(std::move(own), StreamRights(use), 0, 0);
  if (d.ok()) d->shared = shared;
  return d;
}

Result<Descriptor> NullStream(StreamUse use) {
  UniqueFd fd(open("/dev/null", OpenMode(use) | O_CLOEXEC));
  if (!fd.valid()) return Error::Last();
  return Describe(std::move(fd), StreamRights(use), 0, 0);
}

Result<Descriptor> AdoptSocket(int host_fd) {
  UniqueFd own(fcntl(host_fd, F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) return Error::Last();
  Result<Descriptor> d = Describe(std::move(own), RightsFor(kKindS), 0, 0);
  if (!d.ok()) return d;
  if (!d->is_socket()) return Error::Posix(ENOTSOCK);
  d->shared = true;
  return d;
}

}  // namespace airwasm::wasi::host
