// A guest for tests: memory, a directory tree on the host that is deleted afterwards, and calls by
// name.
#ifndef AIRWASM_WASI_P1_TEST_GUEST_H_
#define AIRWASM_WASI_P1_TEST_GUEST_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wasi/host/rights.h"
#include "wasi/p1/abi.h"
#include "wasi/p1/guest_memory.h"
#include "wasi/p1/p1.h"

namespace airwasm::wasi::p1 {

namespace right = host::right;

// A directory of its own beneath the system's place for temporary files.
class TempTree {
 public:
  TempTree();
  ~TempTree();
  const std::string& path() const { return path_; }
  std::string At(std::string_view name) const { return path_ + "/" + std::string(name); }
  void MakeDir(std::string_view name) const;
  void MakeFile(std::string_view name, std::string_view contents = "") const;
  void MakeLink(std::string_view target, std::string_view name) const;
  void MakeFifo(std::string_view name) const;
  bool Exists(std::string_view name) const;  // without following a link
  std::string Contents(std::string_view name) const;

 private:
  std::string path_;
};

// How many descriptors this process has open.
size_t CountHostDescriptors();

class Guest {
 public:
  static constexpr uint32_t kMemoryBytes = 1 << 20;
  // Where calls that answer through a pointer put it, if the test does not say otherwise.
  static constexpr uint32_t kOut = 0x100;
  static constexpr uint32_t kPathA = 0x1000;
  static constexpr uint32_t kPathB = 0x3000;
  static constexpr uint32_t kIovs = 0x6000;
  static constexpr uint32_t kData = 0x10000;
  static constexpr uint32_t kRoot = 3;  // the first preopened directory

  explicit Guest(const Config& config);
  // With the tree preopened as "/".
  Guest(const TempTree& tree, bool force_fallback, bool read_only = false);

  Context& context() { return *context_; }
  GuestMemory memory() { return GuestMemory(memory_); }

  // A call of the function `name`; fails the test if there is none or the number of arguments is
  // wrong.
  P1Result Raw(std::string_view name, std::initializer_list<uint64_t> args);
  // The same where an Errno must come of it.
  Errno Call(std::string_view name, std::initializer_list<uint64_t> args);

  void Put(uint32_t address, std::string_view bytes);
  std::string Get(uint32_t address, size_t length);
  uint32_t U32(uint32_t address) { return memory().Load<uint32_t>(address); }
  uint64_t U64(uint32_t address) { return memory().Load<uint64_t>(address); }

  // path_open; the new descriptor in `*fd` on success.
  struct Open {
    uint32_t dir = kRoot;
    uint32_t lookup = kLookupSymlinkFollow;
    uint32_t oflags = 0;
    uint64_t base = right::kFdRead;
    uint64_t inheriting = 0;
    uint32_t fdflags = 0;
  };
  Errno PathOpen(std::string_view path, const Open& how, uint32_t* fd = nullptr);
  // Opens for reading and writing with every right that the directory hands out.
  Errno OpenAll(std::string_view path, uint32_t oflags, uint32_t* fd, uint32_t dir = kRoot,
                uint32_t fdflags = 0);
  // The functions that take one path, by name.
  Errno OnPath(std::string_view function, std::string_view path, uint32_t dir = kRoot);
  Errno Stat(std::string_view path, bool follow, uint32_t dir = kRoot);
  Errno Link(std::string_view from, std::string_view to, uint32_t from_dir = kRoot,
             uint32_t to_dir = kRoot);
  Errno Rename(std::string_view from, std::string_view to, uint32_t from_dir = kRoot,
               uint32_t to_dir = kRoot);
  Errno Symlink(std::string_view target, std::string_view path, uint32_t dir = kRoot);

  P1Result RawWrite(uint32_t fd, std::string_view bytes);
  P1Result RawRead(uint32_t fd, uint32_t length);
  Errno Write(uint32_t fd, std::string_view bytes);
  // Up to `length` bytes; fails the test if they cannot be read.
  std::string Read(uint32_t fd, uint32_t length = 4096);

  uint64_t RightsBase(uint32_t fd);
  uint64_t RightsInheriting(uint32_t fd);

 private:
  std::vector<uint8_t> memory_;
  std::unique_ptr<Context> context_;
};

void PrintTo(Errno e, std::ostream* out);

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_TEST_GUEST_H_
