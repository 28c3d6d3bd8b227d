// Descriptors: the table, reading and writing, seeking, flags, sizes, times, directories.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "wasi/p1/test_guest.h"

namespace airwasm::wasi::p1 {
namespace {

class FdTest : public ::testing::Test {
 protected:
  FdTest() : guest_(tree_, /*force_fallback=*/false) {}

  uint32_t Open(std::string_view path, uint32_t oflags = kOpenCreat, uint32_t fdflags = 0) {
    uint32_t fd = 0;
    EXPECT_EQ(guest_.OpenAll(path, oflags, &fd, Guest::kRoot, fdflags), Errno::kSuccess) << path;
    return fd;
  }
  uint64_t Seek(uint32_t fd, int64_t offset, uint32_t whence) {
    EXPECT_EQ(guest_.Call("fd_seek", {fd, static_cast<uint64_t>(offset), whence, Guest::kOut}),
              Errno::kSuccess);
    return guest_.U64(Guest::kOut);
  }

  TempTree tree_;
  Guest guest_;
};

TEST_F(FdTest, TheLowestFreeNumberIsNext) {
  EXPECT_EQ(Open("a"), 4u);
  EXPECT_EQ(Open("b"), 5u);
  EXPECT_EQ(Open("c"), 6u);
  EXPECT_EQ(guest_.Call("fd_close", {5}), Errno::kSuccess);
  EXPECT_EQ(guest_.Call("fd_close", {5}), Errno::kBadf);
  EXPECT_EQ(Open("d"), 5u);
  EXPECT_EQ(Open("e"), 7u);
  EXPECT_EQ(guest_.Call("fd_close", {0}), Errno::kSuccess);
  EXPECT_EQ(Open("f"), 0u);
}

TEST_F(FdTest, Renumber) {
  const uint32_t a = Open("a");
  const uint32_t b = Open("b");
  EXPECT_EQ(guest_.Write(a, "from a"), Errno::kSuccess);
  const struct {
    std::string_view name;
    uint64_t from, to;
    Errno expected;
  } kCases[] = {
      {"onto itself", a, a, Errno::kSuccess},
      {"onto another", a, b, Errno::kSuccess},
      {"from the one that moved away", a, b, Errno::kBadf},
      {"onto the one that moved away", b, a, Errno::kBadf},
      {"onto a number never used", b, 100, Errno::kBadf},
      {"from a number never used", 100, b, Errno::kBadf},
      {"onto the greatest number", b, 0xffff'ffff, Errno::kBadf},
      {"from the greatest number", 0xffff'ffff, b, Errno::kBadf},
      {"the greatest onto itself", 0xffff'ffff, 0xffff'ffff, Errno::kBadf},
      {"a stream onto itself", 1, 1, Errno::kSuccess},
      {"a preopen onto a file", Guest::kRoot, b, Errno::kSuccess},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(guest_.Call("fd_renumber", {c.from, c.to}), c.expected) << c.name;
  // The preopened directory is now where b was, with its name.
  EXPECT_EQ(guest_.Call("fd_prestat_get", {Guest::kRoot, Guest::kOut}), Errno::kBadf);
  EXPECT_EQ(guest_.Call("fd_prestat_get", {b, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest_.PathOpen("a", {.dir = b}), Errno::kSuccess);
  EXPECT_EQ(tree_.Contents("a"), "from a");
}

TEST_F(FdTest, ManyCyclesLeakNothing) {
  tree_.MakeDir("dir");
  const size_t before = CountHostDescriptors();
  for (int i = 0; i < 5000; ++i) {
    const uint32_t a = Open("a");
    const uint32_t b = Open("dir", kOpenDirectory);
    ASSERT_EQ(a, 4u);
    ASSERT_EQ(b, 5u);
    guest_.Call("fd_readdir", {b, Guest::kData, 256, 0, Guest::kOut});
    // Each failure on its way to a descriptor gives back what it had.
    guest_.PathOpen("a", {.oflags = kOpenDirectory});
    guest_.PathOpen("a", {.oflags = kOpenCreat | kOpenExcl});
    ASSERT_EQ(guest_.Call("fd_renumber", {a, b}), Errno::kSuccess);
    ASSERT_EQ(guest_.Call("fd_close", {b}), Errno::kSuccess);
  }
  EXPECT_EQ(CountHostDescriptors(), before);
}

TEST_F(FdTest, TheTableHasALimit) {
  Config config;
  config.preopens = {{.host_path = tree_.path(), .guest_path = "/"}};
  config.max_descriptors = 10;
  Guest guest(config);
  uint32_t fd;
  for (int i = 0; i < 6; ++i) ASSERT_EQ(guest.OpenAll("a", kOpenCreat, &fd), Errno::kSuccess);
  EXPECT_EQ(guest.OpenAll("too_many", kOpenCreat, &fd), Errno::kMfile);
  // Refused before anything happened on the host.
  EXPECT_FALSE(tree_.Exists("too_many"));
  guest.Call("fd_close", {fd});
  EXPECT_EQ(guest.OpenAll("a", 0, &fd), Errno::kSuccess);
}

TEST_F(FdTest, ReadingAndWriting) {
  const uint32_t fd = Open("a");
  EXPECT_EQ(guest_.Write(fd, "0123456789"), Errno::kSuccess);
  EXPECT_EQ(guest_.Read(fd), "");
  EXPECT_EQ(Seek(fd, 2, 0), 2u);
  EXPECT_EQ(guest_.Read(fd, 3), "234");
  EXPECT_EQ(Seek(fd, -1, 1), 4u);
  EXPECT_EQ(guest_.Read(fd, 1), "4");
  EXPECT_EQ(Seek(fd, -2, 2), 8u);
  EXPECT_EQ(guest_.Read(fd), "89");
  EXPECT_EQ(Seek(fd, 100, 0), 100u);
  EXPECT_EQ(guest_.Read(fd), "");
  EXPECT_EQ(guest_.Call("fd_seek", {fd, static_cast<uint64_t>(-1), 0, Guest::kOut}), Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_seek", {fd, 0, 3, Guest::kOut}), Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_tell", {fd, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest_.U64(Guest::kOut), 100u);

  // Scattered over several buffers, with an empty one and an address that only an empty one may
  // have.
  guest_.memory().Store<uint32_t>(Guest::kIovs, Guest::kData + 100);
  guest_.memory().Store<uint32_t>(Guest::kIovs + 4, 3);
  guest_.memory().Store<uint32_t>(Guest::kIovs + 8, Guest::kMemoryBytes);
  guest_.memory().Store<uint32_t>(Guest::kIovs + 12, 0);
  guest_.memory().Store<uint32_t>(Guest::kIovs + 16, Guest::kData + 200);
  guest_.memory().Store<uint32_t>(Guest::kIovs + 20, 50);
  EXPECT_EQ(guest_.Call("fd_pread", {fd, Guest::kIovs, 3, 4, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest_.U32(Guest::kOut), 6u);
  EXPECT_EQ(guest_.Get(Guest::kData + 100, 3), "456");
  EXPECT_EQ(guest_.Get(Guest::kData + 200, 3), "789");
  EXPECT_EQ(guest_.Call("fd_pwrite", {fd, Guest::kIovs, 1, 0, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(tree_.Contents("a"), "4563456789");
  EXPECT_EQ(guest_.Call("fd_pread", {fd, Guest::kIovs, 1, uint64_t{1} << 63, Guest::kOut}),
            Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_pwrite", {fd, Guest::kIovs, 1, ~uint64_t{0}, Guest::kOut}),
            Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_read", {fd, Guest::kIovs, 0, Guest::kOut}), Errno::kSuccess);
}

TEST_F(FdTest, BuffersAreChecked) {
  const uint32_t fd = Open("a");
  guest_.Write(fd, std::string(1000, 'x'));
  const auto read = [&](uint32_t at, uint32_t length, uint64_t iovs, uint64_t count, uint64_t out) {
    guest_.memory().Store<uint32_t>(Guest::kIovs, at);
    guest_.memory().Store<uint32_t>(Guest::kIovs + 4, length);
    return guest_.Call("fd_pread", {fd, iovs, count, 0, out});
  };
  constexpr uint32_t kEnd = Guest::kMemoryBytes;
  const struct {
    std::string_view name;
    uint32_t at, length;
    uint64_t iovs, count, out;
    Errno expected;
  } kCases[] = {
      {"up to the last byte", kEnd - 10, 10, Guest::kIovs, 1, Guest::kOut, Errno::kSuccess},
      {"one byte too far", kEnd - 10, 11, Guest::kIovs, 1, Guest::kOut, Errno::kFault},
      {"begins behind the end", kEnd + 1, 0, Guest::kIovs, 1, Guest::kOut, Errno::kFault},
      {"address and length wrap", 0xffff'fff0, 0x20, Guest::kIovs, 1, Guest::kOut, Errno::kFault},
      {"the longest", 0, 0xffff'ffff, Guest::kIovs, 1, Guest::kOut, Errno::kFault},
      {"the list leaves memory", 0, 10, kEnd - 4, 1, Guest::kOut, Errno::kFault},
      {"the list wraps", 0, 10, Guest::kIovs, 0xffff'ffff, Guest::kOut, Errno::kInval},
      {"too many buffers", 0, 10, Guest::kIovs, 1025, Guest::kOut, Errno::kInval},
      {"the count has no place", 0, 10, Guest::kIovs, 1, kEnd - 3, Errno::kFault},
      {"the count inside the buffer", Guest::kOut - 2, 10, Guest::kIovs, 1, Guest::kOut,
       Errno::kSuccess},
      {"the buffer over the list", Guest::kIovs, 8, Guest::kIovs, 1, Guest::kOut, Errno::kSuccess},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(read(c.at, c.length, c.iovs, c.count, c.out), c.expected) << c.name;
  }
  // Overlapping buffers, each as large as the memory.
  for (uint32_t i = 0; i < 1024; ++i) {
    guest_.memory().Store<uint32_t>(Guest::kData + 8 * i, 0);
    guest_.memory().Store<uint32_t>(Guest::kData + 8 * i + 4, kEnd);
  }
  EXPECT_EQ(guest_.Call("fd_pread", {fd, Guest::kData, 1024, 0, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest_.U32(Guest::kOut), 1000u);
}

TEST_F(FdTest, SumOfBuffersMayNotWrap) {
  const uint32_t fd = Open("a");
  std::vector<uint8_t> memory(uint64_t{8} << 20);
  GuestMemory view(memory);
  for (uint32_t i = 0; i < 1024; ++i) {
    view.Store<uint32_t>(8 * i, 0);
    view.Store<uint32_t>(8 * i + 4, 8 << 20);
  }
  for (const P1Function& f : Functions()) {
    if (std::string_view(f.name) != "fd_write") continue;
    const uint64_t args[] = {fd, 0, 1024, 0x8000};
    EXPECT_EQ(static_cast<Errno>(f.call(guest_.context(), memory, args).code), Errno::kInval);
  }
  EXPECT_EQ(tree_.Contents("a"), "");
}

TEST_F(FdTest, LongTransfersAreWhole) {
  // More than the piece after which the host looks up.
  const uint32_t fd = Open("a");
  std::vector<uint8_t> memory(uint64_t{11} << 20);
  GuestMemory view(memory);
  for (size_t i = 0x1000; i < memory.size(); ++i)
    memory[i] = static_cast<uint8_t>(i * 2654435761u >> 24);
  const std::vector<uint8_t> original = memory;
  const auto call = [&](std::string_view name, std::initializer_list<uint64_t> args) {
    for (const P1Function& f : Functions()) {
      if (f.name == name)
        return static_cast<Errno>(f.call(guest_.context(), memory, args.begin()).code);
    }
    return Errno::kNosys;
  };
  const uint32_t kStart = 0x1000;
  const uint32_t kBytes = static_cast<uint32_t>(memory.size()) - kStart;
  view.Store<uint32_t>(0x100, kStart);
  view.Store<uint32_t>(0x104, 3);
  view.Store<uint32_t>(0x108, kStart + 3);
  view.Store<uint32_t>(0x10c, kBytes - 3);
  ASSERT_EQ(call("fd_write", {fd, 0x100, 2, 0x200}), Errno::kSuccess);
  EXPECT_EQ(view.Load<uint32_t>(0x200), kBytes);
  std::fill(memory.begin() + kStart, memory.end(), uint8_t{0});
  ASSERT_EQ(call("fd_pread", {fd, 0x100, 2, 0, 0x200}), Errno::kSuccess);
  EXPECT_EQ(view.Load<uint32_t>(0x200), kBytes);
  EXPECT_TRUE(std::equal(memory.begin() + kStart, memory.end(), original.begin() + kStart));
}

TEST_F(FdTest, Flags) {
  const uint32_t fd = Open("a", kOpenCreat, host::kFdAppend);
  EXPECT_EQ(guest_.Write(fd, "one"), Errno::kSuccess);
  EXPECT_EQ(Seek(fd, 0, 0), 0u);
  EXPECT_EQ(guest_.Write(fd, "two"), Errno::kSuccess);
  EXPECT_EQ(tree_.Contents("a"), "onetwo");
  EXPECT_EQ(guest_.Call("fd_fdstat_get", {fd, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest_.memory().Load<uint16_t>(Guest::kOut + fdstat_at::kFlags), host::kFdAppend);
  EXPECT_EQ(guest_.Call("fd_fdstat_set_flags", {fd, host::kFdNonblock}), Errno::kSuccess);
  EXPECT_EQ(Seek(fd, 0, 0), 0u);
  EXPECT_EQ(guest_.Write(fd, "TWO"), Errno::kSuccess);
  EXPECT_EQ(tree_.Contents("a"), "TWOtwo");
  EXPECT_EQ(guest_.Call("fd_fdstat_get", {fd, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest_.memory().Load<uint16_t>(Guest::kOut + fdstat_at::kFlags), host::kFdNonblock);
  EXPECT_EQ(guest_.Call("fd_fdstat_set_flags", {fd, host::kFdSync}), Errno::kNotsup);
  EXPECT_EQ(guest_.Call("fd_fdstat_set_flags", {fd, 0x20}), Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_fdstat_set_flags", {fd, 0x1'0000}), Errno::kInval);
}

TEST_F(FdTest, SizesAndTimes) {
  const uint32_t fd = Open("a");
  const auto stat = [&] { return guest_.Call("fd_filestat_get", {fd, Guest::kOut}); };
  EXPECT_EQ(guest_.Call("fd_filestat_set_size", {fd, 1000}), Errno::kSuccess);
  EXPECT_EQ(guest_.Call("fd_filestat_set_size", {fd, uint64_t{1} << 63}), Errno::kInval);
  ASSERT_EQ(stat(), Errno::kSuccess);
  EXPECT_EQ(guest_.U64(Guest::kOut + kSnapshot1.file_size), 1000u);
  EXPECT_EQ(guest_.memory().Load<uint8_t>(Guest::kOut + kSnapshot1.filetype), 4);
  EXPECT_EQ(guest_.U64(Guest::kOut + kSnapshot1.nlink), 1u);
  EXPECT_EQ(guest_.Call("fd_allocate", {fd, 900, 200}), Errno::kSuccess);
  EXPECT_EQ(guest_.Call("fd_allocate", {fd, 0, 0}), Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_allocate", {fd, ~uint64_t{0}, 1}), Errno::kInval);
  EXPECT_EQ(
      guest_.Call("fd_filestat_set_times", {fd, 1'000'000'007, 2'000'000'009, kSetAtim | kSetMtim}),
      Errno::kSuccess);
  ASSERT_EQ(stat(), Errno::kSuccess);
  EXPECT_EQ(guest_.U64(Guest::kOut + kSnapshot1.file_size), 1100u);
  EXPECT_EQ(guest_.U64(Guest::kOut + kSnapshot1.atim), 1'000'000'007u);
  EXPECT_EQ(guest_.U64(Guest::kOut + kSnapshot1.mtim), 2'000'000'009u);
  EXPECT_EQ(guest_.Call("fd_filestat_set_times", {fd, 0, 0, kSetMtimNow}), Errno::kSuccess);
  ASSERT_EQ(stat(), Errno::kSuccess);
  EXPECT_EQ(guest_.U64(Guest::kOut + kSnapshot1.atim), 1'000'000'007u);
  EXPECT_GT(guest_.U64(Guest::kOut + kSnapshot1.mtim), 1'600'000'000'000'000'000u);
  EXPECT_EQ(guest_.Call("fd_filestat_set_times", {fd, 0, 0, kSetMtimNow | kSetMtim}),
            Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_filestat_set_times", {fd, 0, 0, 16}), Errno::kInval);
  for (uint64_t advice = 0; advice < 6; ++advice) {
    EXPECT_EQ(guest_.Call("fd_advise", {fd, 0, 0, advice}), Errno::kSuccess);
  }
  EXPECT_EQ(guest_.Call("fd_advise", {fd, 0, 0, 6}), Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_sync", {fd}), Errno::kSuccess);
  EXPECT_EQ(guest_.Call("fd_datasync", {fd}), Errno::kSuccess);
}

TEST_F(FdTest, ADirectoryIsNoFile) {
  tree_.MakeDir("dir");
  const uint32_t dir = Open("dir", kOpenDirectory);
  EXPECT_EQ(static_cast<Errno>(guest_.RawRead(dir, 10).code), Errno::kIsdir);
  EXPECT_EQ(static_cast<Errno>(guest_.RawWrite(dir, "x").code), Errno::kIsdir);
  EXPECT_EQ(guest_.Call("fd_seek", {dir, 0, 0, Guest::kOut}), Errno::kIsdir);
  EXPECT_EQ(guest_.Call("fd_tell", {dir, Guest::kOut}), Errno::kIsdir);
  EXPECT_EQ(guest_.Call("fd_allocate", {dir, 0, 1}), Errno::kIsdir);
  EXPECT_EQ(guest_.Call("fd_filestat_set_size", {dir, 0}), Errno::kIsdir);
  EXPECT_EQ(guest_.PathOpen("dir", {.base = right::kFdWrite}), Errno::kIsdir);
  EXPECT_EQ(guest_.PathOpen("dir", {.oflags = kOpenTrunc}), Errno::kIsdir);
  EXPECT_EQ(guest_.PathOpen("dir", {.oflags = kOpenDirectory | kOpenCreat}), Errno::kInval);
  EXPECT_EQ(guest_.Call("fd_sync", {dir}), Errno::kSuccess);
  const uint32_t file = Open("file");
  EXPECT_EQ(guest_.Call("fd_readdir", {file, Guest::kData, 100, 0, Guest::kOut}), Errno::kNotdir);
  EXPECT_EQ(guest_.PathOpen("x", {.dir = file}), Errno::kNotdir);
  EXPECT_EQ(guest_.PathOpen("file", {.oflags = kOpenDirectory}), Errno::kNotdir);
}

TEST_F(FdTest, PreopenNames) {
  Config config;
  config.preopens = {{.host_path = tree_.path(), .guest_path = "/a b"},
                     {.host_path = tree_.path(), .guest_path = ""}};
  Guest guest(config);
  ASSERT_EQ(guest.Call("fd_prestat_get", {3, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest.U32(Guest::kOut), 0u);
  EXPECT_EQ(guest.U32(Guest::kOut + 4), 4u);
  EXPECT_EQ(guest.Call("fd_prestat_dir_name", {3, Guest::kData, 3}), Errno::kNametoolong);
  EXPECT_EQ(guest.Call("fd_prestat_dir_name", {3, Guest::kData, 10}), Errno::kSuccess);
  EXPECT_EQ(guest.Get(Guest::kData, 5), std::string("/a b\0", 5));
  ASSERT_EQ(guest.Call("fd_prestat_get", {4, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest.U32(Guest::kOut + 4), tree_.path().size());
  EXPECT_EQ(guest.Call("fd_prestat_get", {5, Guest::kOut}), Errno::kBadf);
  EXPECT_EQ(guest.Call("fd_prestat_get", {0, Guest::kOut}), Errno::kBadf);
}

struct Listed {
  std::string name;
  uint64_t next;
  uint8_t type;
};

class ReaddirTest : public FdTest {
 protected:
  // One call; `*full` tells that there may be more.
  std::vector<Listed> List(uint32_t fd, uint64_t cookie, uint32_t length, bool* full) {
    EXPECT_EQ(guest_.Call("fd_readdir", {fd, Guest::kData, length, cookie, Guest::kOut}),
              Errno::kSuccess);
    const uint32_t used = guest_.U32(Guest::kOut);
    EXPECT_LE(used, length);
    *full = used == length;
    std::vector<Listed> entries;
    for (uint32_t at = 0; at + dirent_at::kSize <= used;) {
      const uint32_t name_length = guest_.U32(Guest::kData + at + dirent_at::kNamlen);
      if (at + dirent_at::kSize + name_length > used) break;
      entries.push_back({guest_.Get(Guest::kData + at + dirent_at::kSize, name_length),
                         guest_.U64(Guest::kData + at),
                         guest_.memory().Load<uint8_t>(Guest::kData + at + dirent_at::kType)});
      at += dirent_at::kSize + name_length;
    }
    return entries;
  }
  std::vector<Listed> ListAll(uint32_t fd, uint32_t length) {
    std::vector<Listed> all;
    uint64_t cookie = 0;
    for (bool full = true; full;) {
      const std::vector<Listed> some = List(fd, cookie, length, &full);
      if (full) {
        EXPECT_FALSE(some.empty()) << "no progress";
      }
      if (some.empty()) break;
      all.insert(all.end(), some.begin(), some.end());
      cookie = some.back().next;
    }
    return all;
  }
};

TEST_F(ReaddirTest, EveryEntryOnceWithAnyBuffer) {
  tree_.MakeDir("dir");
  std::set<std::string> expected = {".", ".."};
  for (int i = 0; i < 700; ++i) {
    const std::string name =
        "entry_" + std::string(static_cast<size_t>(i % 40), 'x') + std::to_string(i);
    tree_.MakeFile("dir/" + name);
    expected.insert(name);
  }
  const uint32_t dir = Open("dir", kOpenDirectory);
  for (uint32_t length : {80u, 100u, 256u, 4096u, 100'000u}) {
    std::set<std::string> found;
    const std::vector<Listed> all = ListAll(dir, length);
    for (const Listed& e : all)
      EXPECT_TRUE(found.insert(e.name).second) << e.name << " twice, buffer " << length;
    EXPECT_EQ(found, expected) << length;
  }
  bool full;
  EXPECT_TRUE(List(dir, 0, 10, &full).empty());
  EXPECT_TRUE(full);
  EXPECT_TRUE(List(dir, 0, 0, &full).empty());
}

TEST_F(ReaddirTest, TypesAndNumbers) {
  tree_.MakeDir("dir");
  tree_.MakeDir("dir/d");
  tree_.MakeFile("dir/f");
  tree_.MakeLink("nowhere", "dir/l");
  tree_.MakeFifo("dir/p");
  const uint32_t dir = Open("dir", kOpenDirectory);
  for (const Listed& e : ListAll(dir, 4096)) {
    const uint8_t expected = e.name == "f" ? 4 : e.name == "l" ? 7 : e.name == "p" ? 0 : 3;
    EXPECT_EQ(e.type, expected) << e.name;
  }
  // What lies above is not told.
  ASSERT_EQ(guest_.Call("fd_readdir", {Guest::kRoot, Guest::kData, 4096, 0, Guest::kOut}),
            Errno::kSuccess);
  const uint32_t used = guest_.U32(Guest::kOut);
  for (uint32_t at = 0; at < used;) {
    const uint32_t length = guest_.U32(Guest::kData + at + dirent_at::kNamlen);
    if (guest_.Get(Guest::kData + at + dirent_at::kSize, length) == "..") {
      EXPECT_EQ(guest_.U64(Guest::kData + at + dirent_at::kIno), 0u);
    }
    at += dirent_at::kSize + length;
  }
}

TEST_F(ReaddirTest, CookiesSurviveChanges) {
  tree_.MakeDir("dir");
  std::set<std::string> left = {".", ".."};
  for (int i = 0; i < 200; ++i) {
    tree_.MakeFile("dir/" + std::to_string(i));
    left.insert(std::to_string(i));
  }
  const uint32_t dir = Open("dir", kOpenDirectory);
  bool full;
  const std::vector<Listed> first = List(dir, 0, 1000, &full);
  ASSERT_GT(first.size(), 4u);
  // What was listed is deleted, the last one too, whose cookie goes on to the rest.
  for (const Listed& e : first) {
    left.erase(e.name);
    if (e.name != "." && e.name != "..") std::filesystem::remove(tree_.At("dir/" + e.name));
  }
  uint64_t cookie = first.back().next;
  for (full = true; full;) {
    const std::vector<Listed> some = List(dir, cookie, 1000, &full);
    for (const Listed& e : some) EXPECT_EQ(left.erase(e.name), 1u) << e.name;
    if (!some.empty()) cookie = some.back().next;
  }
  EXPECT_TRUE(left.empty());
  // From the start again, a new entry is seen.
  tree_.MakeFile("dir/new");
  const std::vector<Listed> again = ListAll(dir, 4096);
  EXPECT_TRUE(
      std::any_of(again.begin(), again.end(), [](const Listed& e) { return e.name == "new"; }));
  // A cookie that was never given out is an error or a position, not a crash.
  guest_.Call("fd_readdir", {dir, Guest::kData, 4096, 0x1234'5678'9abc'def0, Guest::kOut});
  EXPECT_EQ(guest_.Call("fd_readdir", {dir, Guest::kData, 4096, ~uint64_t{0}, Guest::kOut}),
            Errno::kInval);
}

TEST_F(ReaddirTest, ADirectoryThatIsGone) {
  tree_.MakeDir("dir");
  const uint32_t dir = Open("dir", kOpenDirectory);
  EXPECT_EQ(guest_.OnPath("path_remove_directory", "dir"), Errno::kSuccess);
  bool full;
  EXPECT_TRUE(List(dir, 0, 4096, &full).empty());
  EXPECT_EQ(guest_.PathOpen("x", {.dir = dir, .oflags = kOpenCreat}), Errno::kNoent);
}

TEST_F(ReaddirTest, NamesThatAreNoStringsAreListed) {
  tree_.MakeDir("dir");
  tree_.MakeFile("dir/\xff\xfe");
  const uint32_t dir = Open("dir", kOpenDirectory);
  EXPECT_EQ(ListAll(dir, 4096).size(), 3u);
}

}  // namespace
}  // namespace airwasm::wasi::p1
