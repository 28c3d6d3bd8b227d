#include "engine/tier/profile.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/runtime/code_memory.h"
#include "engine/runtime/os_memory.h"

namespace airwasm::tier {
namespace {

// A file that only grows, by whole pieces.
class ProfileFile {
 public:
  ~ProfileFile() { Close(); }

  bool Open(const std::string& path, std::string* why) {
    // Names in /tmp can be foreseen: whatever another user has put there is left as it is.
    fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat status;
    if (fd_ < 0 || fstat(fd_, &status) != 0) return Fail(path, std::strerror(errno), why);
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_nlink != 1)
      return Fail(path, "it is not a file of this user alone", why);
    if (ftruncate(fd_, 0) != 0) return Fail(path, std::strerror(errno), why);
    return true;
  }
  bool Fail(const std::string& path, const char* problem, std::string* why) {
    if (why != nullptr) *why = absl::StrCat("cannot write '", path, "': ", problem);
    Close();
    return false;
  }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  // Nothing where an earlier one has failed.
  void Append(std::string_view piece) {
    size_t done = 0;
    while (fd_ >= 0 && done < piece.size()) {
      const ssize_t n = write(fd_, piece.data() + done, piece.size() - done);
      if (n > 0) {
        done += static_cast<size_t>(n);
      } else if (n == 0 || errno != EINTR) {
        [[maybe_unused]] const int failed = ftruncate(fd_, static_cast<off_t>(bytes_));
        Close();
      }
    }
    bytes_ += done;
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  size_t bytes_ = 0;
};

std::string NameOf(const runtime::Module& module, uint32_t func_index, uint32_t loop_offset,
                   const char* kind) {
  std::string name;
  if (const std::optional<std::string>& of_module = module.syntax().names.module)
    absl::StrAppend(&name, *of_module, "!");
  absl::StrAppend(&name, module.FuncName(func_index));
  if (loop_offset != kNoLocation) absl::StrAppendFormat(&name, "@loop+0x%x", loop_offset);
  absl::StrAppend(&name, kind);
  for (char& c : name) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return name;
}

// What all files want: names.
class NamingListener : public ImageListener {
 public:
  virtual void Add(std::span<const NamedCode> code) = 0;
  void Published(const std::shared_ptr<const LoadedImage>& image) final {
    Add(NamedCodeOf(*image));
  }
  void PublishedBaseline(const runtime::FuncCode& code, std::span<const uint8_t> native) final {
    const NamedCode named{native.data(), static_cast<uint32_t>(native.size()),
                          NameOf(*code.module, code.func_index, kNoLocation, " [baseline]")};
    Add({&named, 1});
  }
};

// ---- perf map

class PerfMap final : public NamingListener {
 public:
  bool Open(const std::string& path, std::string* why) { return file_.Open(path, why); }

  void Add(std::span<const NamedCode> code) override {
    std::string lines;
    for (const NamedCode& named : code) {
      absl::StrAppendFormat(&lines, "%x %x %s\n", reinterpret_cast<uintptr_t>(named.code),
                            named.bytes, named.name);
    }
    const std::lock_guard lock(mutex_);
    file_.Append(lines);
  }

 private:
  std::mutex mutex_;
  ProfileFile file_;
};

// ---- jitdump
//
//   file:    FileHeader, records
//   record:  RecordHeader, then by its id
//   load:    LoadRecord, name with its 0, code

struct FileHeader {
  uint32_t magic = 0x4A695444;  // "JiTD"; by its order readers know that of the file
  uint32_t version = 1;
  uint32_t header_bytes = sizeof(FileHeader);
  uint32_t machine = EM_X86_64;
  uint32_t reserved = 0;
  uint32_t pid = 0;
  uint64_t timestamp_ns = 0;
  uint64_t flags = 0;  // timestamps are of CLOCK_MONOTONIC
};
static_assert(sizeof(FileHeader) == 40 && offsetof(FileHeader, timestamp_ns) == 24);

enum RecordId : uint32_t { kCodeLoad = 0, kCodeClose = 3 };

struct RecordHeader {
  uint32_t id;
  uint32_t bytes;  // of the record, this header included
  uint64_t timestamp_ns;
};
static_assert(sizeof(RecordHeader) == 16);

struct LoadRecord {
  uint32_t pid;
  uint32_t tid;
  uint64_t virtual_address;
  uint64_t code_address;  // differs from the above where code is relocated; not here
  uint64_t code_bytes;
  uint64_t code_index;  // a number of its own for each
};
static_assert(sizeof(LoadRecord) == 40 && offsetof(LoadRecord, code_index) == 32);

template <typename T>
std::string_view BytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

uint64_t MonotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

class JitDump final : public NamingListener {
 public:
  ~JitDump() override {
    if (file_.fd() >= 0)
      file_.Append(BytesOf(RecordHeader{kCodeClose, sizeof(RecordHeader), MonotonicNs()}));
    if (marker_ != MAP_FAILED) munmap(marker_, runtime::HostPageBytes());
  }

  bool Open(const std::string& path, std::string* why) {
    if (!file_.Open(path, why)) return false;
    file_.Append(
        BytesOf(FileHeader{.pid = static_cast<uint32_t>(getpid()), .timestamp_ns = MonotonicNs()}));
    // perf record notes executable mappings with their files: this is how perf inject finds the
    // dump.
    marker_ =
        mmap(nullptr, runtime::HostPageBytes(), PROT_READ | PROT_EXEC, MAP_PRIVATE, file_.fd(), 0);
    if (marker_ == MAP_FAILED)
      return file_.Fail(path, "its file system does not let it be mapped as code", why);
    return true;
  }

  void Add(std::span<const NamedCode> code) override {
    const std::lock_guard lock(mutex_);
    std::string records;
    const uint64_t now = MonotonicNs();
    for (const NamedCode& named : code) {
      const auto address = reinterpret_cast<uintptr_t>(named.code);
      const size_t bytes =
          sizeof(RecordHeader) + sizeof(LoadRecord) + named.name.size() + 1 + named.bytes;
      records.append(BytesOf(RecordHeader{kCodeLoad, static_cast<uint32_t>(bytes), now}));
      records.append(
          BytesOf(LoadRecord{static_cast<uint32_t>(getpid()), static_cast<uint32_t>(gettid()),
                             address, address, named.bytes, next_index_++}));
      records.append(named.name).push_back('\0');
      records.append(reinterpret_cast<const char*>(named.code), named.bytes);
    }
    file_.Append(records);
  }

 private:
  std::mutex mutex_;
  ProfileFile file_;
  void* marker_ = MAP_FAILED;
  uint64_t next_index_ = 0;
};

template <typename Kind>
std::unique_ptr<ImageListener> Make(const std::string& path, std::string* why) {
  auto made = std::make_unique<Kind>();
  if (!made->Open(path, why)) return nullptr;
  return made;
}

// ---- Of the process

// Never freed: compiler threads of an engine that is still there when the process exits find it
// closed.
class SharedProfile final : public ImageListener {
 public:
  explicit SharedProfile(std::unique_ptr<ImageListener> profile) : profile_(std::move(profile)) {}

  void Published(const std::shared_ptr<const LoadedImage>& image) override {
    const std::lock_guard lock(mutex_);
    if (profile_ != nullptr) profile_->Published(image);
  }
  void PublishedBaseline(const runtime::FuncCode& code, std::span<const uint8_t> native) override {
    const std::lock_guard lock(mutex_);
    if (profile_ != nullptr) profile_->PublishedBaseline(code, native);
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    profile_.reset();
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<ImageListener> profile_;
};

struct Opened {
  SharedProfile* profile = nullptr;
  std::string why;
};

template <ProfileFormat format>
const Opened& OpenOnce() {
  static const Opened* const opened = [] {
    auto* const result = new Opened;
    const std::string id = absl::StrCat(getpid());
    std::unique_ptr<ImageListener> profile;
    if (format == ProfileFormat::kJitDump) {
      profile = NewJitDump("jit-" + id + ".dump", &result->why);
    } else if (!runtime::CodeMemory::Compiled().LeaveFileOut() ||
               !runtime::CodeMemory::Baseline().LeaveFileOut()) {
      result->why =
          "code was compiled before the perf map was asked for, where perf finds no names";
    } else {
      profile = NewPerfMap("/tmp/perf-" + id + ".map", &result->why);
    }
    if (profile != nullptr) {
      result->profile = new SharedProfile(std::move(profile));
      const auto close = [] { OpenOnce<format>().profile->Close(); };
      std::atexit(close);
      std::at_quick_exit(close);
    }
    return result;
  }();
  return *opened;
}

}  // namespace

std::string CodeName(const runtime::Module& module, const CompiledFunction& function) {
  return NameOf(module, function.func_index, function.osr_loop_offset, " [optimized]");
}

std::vector<NamedCode> NamedCodeOf(const LoadedImage& image) {
  std::vector<NamedCode> all;
  const auto is_entry = [&](const Trampoline& trampoline) {
    return std::ranges::any_of(image.image().functions, [&](const CompiledFunction& function) {
      return function.osr_loop_offset == kNoLocation &&
             function.entry_offset == trampoline.code_offset;
    });
  };
  for (const CompiledFunction& function : image.image().functions) {
    all.push_back({image.base() + function.code_offset, function.code_bytes,
                   CodeName(image.module(), function)});
  }
  for (const Trampoline& trampoline : image.image().trampolines) {
    all.push_back({image.base() + trampoline.code_offset, trampoline.code_bytes,
                   is_entry(trampoline) ? "<into wasm>" : "<to the host>"});
  }
  return all;
}

std::unique_ptr<ImageListener> NewPerfMap(const std::string& path, std::string* why) {
  return Make<PerfMap>(path, why);
}

std::unique_ptr<ImageListener> NewJitDump(const std::string& path, std::string* why) {
  return Make<JitDump>(path, why);
}

ImageListener* ProcessProfile(ProfileFormat format, std::string* why) {
  const Opened& opened = format == ProfileFormat::kPerfMap ? OpenOnce<ProfileFormat::kPerfMap>()
                                                           : OpenOnce<ProfileFormat::kJitDump>();
  if (why != nullptr) *why = opened.why;
  return opened.profile;
}

}  // namespace airwasm::tier
