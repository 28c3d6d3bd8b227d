#include "engine/tier/object_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>
#include <thread>

namespace airwasm::tier {
namespace {

constexpr char kMagic[16] = "airwasm code 1\n";
constexpr size_t kFileHeaderBytes = sizeof(kMagic) + sizeof(Digest);
constexpr std::string_view kSuffix = ".code";
// A file that grows beyond this (by modules that are compiled in ever new ways) is left as it is.
constexpr uint64_t kMaxFileBytes = 256 << 20;
// How long a writer waits for another one. It is not worth more: the code is only not cached.
constexpr int kLockAttempts = 50;
constexpr std::chrono::milliseconds kLockPause{1};
// The time of use is noted when it is older than this, so that reading writes seldom.
constexpr time_t kTouchSeconds = 60;
// Eviction leaves this share, so that it is not due again at once.
constexpr uint64_t KeptOf(uint64_t max_bytes) {
  return max_bytes - max_bytes / 4;
}

class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

bool OnlyWeWrite(const struct stat& status) {
  return status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

std::string NameOf(const Digest& key) {
  return ToHex(key) + std::string(kSuffix);
}

// A regular file that only we can write to; nothing else is read or written.
File OpenFile(int directory, const Digest& key, int flags, struct stat& status) {
  File file(openat(directory, NameOf(key).c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                   S_IRUSR | S_IWUSR));
  if (!file.ok() || fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode) ||
      !OnlyWeWrite(status))
    return File();
  return file;
}

bool Lock(const File& file) {
  for (int i = 0; i < kLockAttempts; ++i) {
    if (flock(file.fd(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    std::this_thread::sleep_for(kLockPause);
  }
  return false;
}

// As much as there is; a file that others cut meanwhile is only shorter.
std::vector<uint8_t> Read(const File& file, uint64_t size) {
  std::vector<uint8_t> bytes(size);
  size_t have = 0;
  while (have < size) {
    const ssize_t n = pread(file.fd(), bytes.data() + have, size - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    have += static_cast<size_t>(n);
  }
  bytes.resize(have);
  return bytes;
}

std::string FileHeader(const Digest& key) {
  return std::string(kMagic, sizeof(kMagic)) + std::string(key.begin(), key.end());
}

bool HasHeader(std::span<const uint8_t> bytes, const Digest& key) {
  const std::string header = FileHeader(key);
  return bytes.size() >= header.size() &&
         std::memcmp(bytes.data(), header.data(), header.size()) == 0;
}

bool MakeDirectories(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    mkdir(path.substr(0, slash).c_str(), S_IRWXU);
  return mkdir(path.c_str(), S_IRWXU) == 0 || errno == EEXIST;
}

}  // namespace

std::string DefaultCacheDirectory() {
  // Of a program that runs with another user's rights the environment is not to be trusted. Spec:
  // XDG base directories, relative paths are ignored.
  const char* const xdg = secure_getenv("XDG_CACHE_HOME");
  if (xdg != nullptr && *xdg == '/') return std::string(xdg) + "/airwasm";
  const char* const home = secure_getenv("HOME");
  if (home != nullptr && *home == '/') return std::string(home) + "/.cache/airwasm";
  return "";
}

std::unique_ptr<ObjectCache> ObjectCache::Open(const std::string& directory, uint64_t max_bytes,
                                               std::string* why) {
  const auto fail = [&](const std::string& reason) {
    if (why != nullptr) *why = directory + ": " + reason;
    return nullptr;
  };
  if (directory.empty()) return fail("no directory is named");
  if (!MakeDirectories(directory)) return fail(std::strerror(errno));
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(std::strerror(errno));
  std::unique_ptr<ObjectCache> cache(new ObjectCache(fd, max_bytes));
  struct stat status;
  if (fstat(fd, &status) != 0) return fail(std::strerror(errno));
  if (status.st_uid != geteuid()) return fail("it belongs to another user");
  if (!OnlyWeWrite(status)) return fail("other users can write to it (chmod go-w makes it safe)");
  return cache;
}

ObjectCache::~ObjectCache() {
  close(directory_);
}

std::vector<CompiledCode> ObjectCache::Load(const Digest& key, const ModuleShape& shape) {
  struct stat status;
  const File file = OpenFile(directory_, key, O_RDONLY, status);
  if (!file.ok()) return {};
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size > kMaxFileBytes) return {};
  if (time(nullptr) - status.st_mtime > kTouchSeconds) futimens(file.fd(), nullptr);
  const std::vector<uint8_t> bytes = Read(file, size);
  size_t good = 0;
  std::vector<CompiledCode> codes;
  if (HasHeader(bytes, key)) codes = ReadRecords(bytes, kFileHeaderBytes, key, shape, &good);
  if (good != bytes.size()) Cut(key, shape);
  return codes;
}

// Cuts off what is not sound; what another process is just writing, it holds the lock for.
void ObjectCache::Cut(const Digest& key, const ModuleShape& shape) {
  struct stat status;
  const File file = OpenFile(directory_, key, O_RDWR, status);
  if (!file.ok() || flock(file.fd(), LOCK_EX | LOCK_NB) != 0 || fstat(file.fd(), &status) != 0)
    return;
  const std::vector<uint8_t> bytes = Read(file, static_cast<uint64_t>(status.st_size));
  size_t good = 0;
  if (HasHeader(bytes, key)) ReadRecords(bytes, kFileHeaderBytes, key, shape, &good);
  // Nothing depends on success: what is left is found out again.
  (void)!ftruncate(file.fd(), static_cast<off_t>(good));
}

bool ObjectCache::Append(const Digest& key, const std::string& record) {
  const auto subject = FindRecord(AsBytes(record), 0, record.size());
  if (!subject || record.size() > max_bytes_) return false;
  struct stat status;
  const File file = OpenFile(directory_, key, O_RDWR | O_CREAT | O_APPEND, status);
  if (!file.ok() || !Lock(file) || fstat(file.fd(), &status) != 0) return false;
  // Another process that evicts may have removed it meanwhile: then nobody would find the record.
  if (status.st_nlink == 0) return false;
  const auto size = static_cast<uint64_t>(status.st_size);
  // From record to record, by their lengths: where a writer was interrupted they do not end with
  // the file, and what it left would hide all that comes after.
  uint8_t header[std::max(kFileHeaderBytes, kRecordHeaderBytes)];
  uint64_t end = 0;
  if (pread(file.fd(), header, kFileHeaderBytes, 0) == ssize_t{kFileHeaderBytes} &&
      HasHeader({header, kFileHeaderBytes}, key))
    end = kFileHeaderBytes;
  while (end != 0 && end < size) {
    const ssize_t n = pread(file.fd(), header, kRecordHeaderBytes, static_cast<off_t>(end));
    if (n != ssize_t{kRecordHeaderBytes}) break;
    const auto found = FindRecord({header, kRecordHeaderBytes}, end, size);
    if (!found) break;
    if (found->subject == subject->subject) return true;
    end = found->end;
  }
  if (end + record.size() > kMaxFileBytes) return false;
  if (end != size && ftruncate(file.fd(), static_cast<off_t>(end)) != 0) return false;
  const std::string bytes = (end == 0 ? FileHeader(key) : std::string()) + record;
  const ssize_t written = write(file.fd(), bytes.data(), bytes.size());
  if (written != static_cast<ssize_t>(bytes.size())) {  // the disk is full
    // If this fails too, readers and the next writer see that the record is not whole.
    (void)!ftruncate(file.fd(), static_cast<off_t>(end));
    return false;
  }
  const std::lock_guard lock(mutex_);
  added_bytes_ += bytes.size();
  // The first time at once: many processes that each write a little must not outgrow the bound.
  if (looked_through_ && added_bytes_ < max_bytes_ / 16) return true;
  looked_through_ = true;
  added_bytes_ = 0;
  Evict();
  return true;
}

// Other processes go on with a file that they have open, and append to it in vain.
void ObjectCache::Evict() {
  const int fd = openat(directory_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const entries = fd < 0 ? nullptr : fdopendir(fd);
  if (entries == nullptr) {
    if (fd >= 0) close(fd);
    return;
  }
  struct Entry {
    timespec used;
    uint64_t bytes;
    std::string name;
  };
  std::vector<Entry> files;
  uint64_t total = 0;
  while (const dirent* const entry = readdir(entries)) {
    const std::string_view name = entry->d_name;
    struct stat status;
    if (!name.ends_with(kSuffix) ||
        fstatat(directory_, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
      continue;
    files.push_back({status.st_mtim, static_cast<uint64_t>(status.st_size), std::string(name)});
    total += files.back().bytes;
  }
  closedir(entries);
  if (total <= max_bytes_) return;
  std::ranges::sort(files, [](const Entry& a, const Entry& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  for (const Entry& file : files) {
    if (total <= KeptOf(max_bytes_)) return;
    if (unlinkat(directory_, file.name.c_str(), 0) == 0) total -= file.bytes;
  }
}

}  // namespace airwasm::tier
