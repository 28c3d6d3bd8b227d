#include "wasi/host/proc_fd.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <charconv>

namespace airwasm::wasi::host {
namespace {

std::atomic<int> g_folder = -1;

// The parent's files have the same numbers here, and the parent's links lead to what they are
// there.
void ForgetFolder() {
  const int folder = g_folder.exchange(-1, std::memory_order_relaxed);
  if (folder >= 0) close(folder);
}

int Folder() {
  int folder = g_folder.load(std::memory_order_acquire);
  if (folder >= 0) [[likely]]
    return folder;
  static const bool is_forgotten = pthread_atfork(nullptr, nullptr, ForgetFolder) == 0;
  UniqueFd opened(open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!is_forgotten || !opened.valid()) return -1;
  // Another thread's is as good.
  return g_folder.compare_exchange_strong(folder, opened.get(), std::memory_order_acq_rel)
             ? opened.Release()
             : folder;
}

}  // namespace

ProcLink::ProcLink(int fd) : folder(Folder()) {
  *std::to_chars(name, name + sizeof name - 1, fd).ptr = '\0';
}

std::string RealPath(int fd) {
  const ProcLink link(fd);
  char target[PATH_MAX];
  const ssize_t n = readlinkat(link.folder, link.name, target, sizeof target);
  if (n <= 0 || n == sizeof target || target[0] != '/') return "";
  std::string path(target, static_cast<size_t>(n));
  if (!path.ends_with(" (deleted)")) return path;
  // The kernel's mark, unless the object is there under that very name.
  struct stat here;
  struct stat there;
  const bool is_there = fstat(fd, &here) == 0 && lstat(path.c_str(), &there) == 0 &&
                        here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  return is_there ? path : "";
}

UniqueFd Reopen(int fd, int flags) {
  const ProcLink link(fd);
  return UniqueFd(openat(link.folder, link.name, flags | O_CLOEXEC | O_NOCTTY));
}

}  // namespace airwasm::wasi::host
