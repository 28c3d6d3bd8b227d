// Rights mean what they say: a descriptor does what its rights allow, and hands on no more than it
// may.
#include "wasi/p1/test_guest.h"

namespace airwasm::wasi::p1 {
namespace {

constexpr uint64_t kEverything = (uint64_t{1} << 30) - 1;

class RightsTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    tree_.MakeDir("dir");
    tree_.MakeFile("file", "contents");
    tree_.MakeFile("dir/file", "contents");
    tree_.MakeLink("file", "link");
  }
  void ExpectUntouched() {
    EXPECT_EQ(tree_.Contents("file"), "contents");
    EXPECT_EQ(tree_.Contents("dir/file"), "contents");
    EXPECT_FALSE(tree_.Exists("new"));
    EXPECT_FALSE(tree_.Exists("dir/new"));
  }
  Errno SetTimes(Guest& guest, std::string_view path, uint32_t dir) {
    guest.Put(Guest::kPathA, path);
    return guest.Call("path_filestat_set_times",
                      {dir, 1, Guest::kPathA, path.size(), 0, 0, kSetMtimNow});
  }

  TempTree tree_;
};

TEST_P(RightsTest, AReadOnlyDirectoryChangesNothing) {
  Guest guest(tree_, GetParam(), /*read_only=*/true);
  const Errno kNo = Errno::kNotcapable;
  // Reading works, also for toolchains that ask for everything that is not writing.
  uint32_t fd;
  ASSERT_EQ(guest.PathOpen(
                "file", {.base = kEverything & ~right::kFdWrite, .inheriting = kEverything}, &fd),
            Errno::kSuccess);
  EXPECT_EQ(guest.Read(fd), "contents");
  EXPECT_EQ(static_cast<Errno>(guest.RawWrite(fd, "x").code), kNo);
  EXPECT_EQ(guest.Call("fd_filestat_set_size", {fd, 0}), kNo);
  EXPECT_EQ(guest.Call("fd_allocate", {fd, 0, 100}), kNo);
  EXPECT_EQ(guest.Call("fd_filestat_set_times", {fd, 0, 0, kSetMtimNow}), kNo);
  EXPECT_EQ(guest.Call("fd_pwrite", {fd, Guest::kIovs, 1, 0, Guest::kOut}), kNo);

  const struct {
    std::string_view path;
    uint32_t oflags, fdflags;
    uint64_t base;
    Errno expected;
  } kOpens[] = {
      {"file", 0, 0, right::kFdWrite, kNo},
      {"file", 0, 0, right::kFdRead | right::kFdWrite, kNo},
      {"file", kOpenTrunc, 0, 0, kNo},
      {"file", kOpenTrunc, 0, right::kFdRead, kNo},
      {"file", kOpenTrunc, 0, right::kFdWrite, kNo},
      {"file", kOpenCreat, 0, right::kFdRead, kNo},
      {"new", kOpenCreat, 0, right::kFdRead, kNo},
      {"new", kOpenCreat | kOpenExcl, 0, right::kFdRead, kNo},
      {"new", kOpenCreat | kOpenTrunc, 0, right::kFdWrite, kNo},
      {"dir/new", kOpenCreat, 0, right::kFdWrite, kNo},
      {"file", 0, host::kFdAppend, right::kFdWrite, kNo},
      {"file", 0, host::kFdAppend, right::kFdRead, Errno::kSuccess},
      {"file", kOpenExcl, 0, right::kFdRead, Errno::kSuccess},
      {"link", kOpenTrunc, 0, right::kFdRead, kNo},
  };
  for (const auto& c : kOpens) {
    EXPECT_EQ(
        guest.PathOpen(
            c.path,
            {.oflags = c.oflags, .base = c.base, .inheriting = kEverything, .fdflags = c.fdflags}),
        c.expected)
        << c.path << " " << c.oflags << " " << c.fdflags;
  }
  EXPECT_EQ(guest.OnPath("path_create_directory", "new"), kNo);
  EXPECT_EQ(guest.OnPath("path_remove_directory", "dir"), kNo);
  EXPECT_EQ(guest.OnPath("path_unlink_file", "file"), kNo);
  EXPECT_EQ(guest.Link("file", "new"), kNo);
  EXPECT_EQ(guest.Rename("file", "new"), kNo);
  EXPECT_EQ(guest.Symlink("file", "new"), kNo);
  EXPECT_EQ(SetTimes(guest, "file", Guest::kRoot), kNo);
  EXPECT_EQ(guest.Call("fd_filestat_set_times", {Guest::kRoot, 0, 0, kSetMtimNow}), kNo);

  // And so for every directory opened from it, whatever is asked for.
  uint32_t dir;
  ASSERT_EQ(guest.PathOpen("dir",
                           {.oflags = kOpenDirectory,
                            .base = kEverything & ~right::kFdWrite,
                            .inheriting = kEverything},
                           &dir),
            Errno::kSuccess);
  EXPECT_EQ(guest.RightsBase(dir) & host::ChangingRights(), 0u);
  EXPECT_EQ(guest.RightsInheriting(dir) & host::ChangingRights(), 0u);
  EXPECT_EQ(guest.PathOpen("file", {.dir = dir, .oflags = kOpenTrunc}), kNo);
  EXPECT_EQ(guest.PathOpen("new", {.dir = dir, .oflags = kOpenCreat}), kNo);
  EXPECT_EQ(guest.PathOpen("file", {.dir = dir, .base = right::kFdWrite}), kNo);
  ExpectUntouched();
}

// Two preopened directories, one of them read-only: nothing that lies in it becomes writable by way
// of the other.
TEST_P(RightsTest, LinksAndRenamesDoNotLaunder) {
  TempTree other;
  other.MakeFile("mine", "mine");
  Config config;
  config.preopens = {{.host_path = tree_.path(), .guest_path = "/ro", .read_only = true},
                     {.host_path = other.path(), .guest_path = "/rw"}};
  config.force_fallback_resolver = GetParam();
  Guest guest(config);
  EXPECT_EQ(guest.Link("file", "new", 3, 4), Errno::kNotcapable);
  EXPECT_EQ(guest.Rename("file", "new", 3, 4), Errno::kNotcapable);
  EXPECT_EQ(guest.Link("mine", "new", 4, 3), Errno::kNotcapable);
  EXPECT_EQ(guest.Rename("mine", "new", 4, 3), Errno::kNotcapable);
  EXPECT_FALSE(other.Exists("new"));
  EXPECT_TRUE(other.Exists("mine"));
  ExpectUntouched();
}

// The same where the guest itself has given up rights of one directory but not of the other.
TEST_P(RightsTest, ADirectoryWithFewerRightsDoesNotLaunder) {
  Guest guest(tree_, GetParam());
  uint32_t weak, strong;
  ASSERT_EQ(guest.OpenAll("dir", kOpenDirectory, &weak), Errno::kSuccess);
  ASSERT_EQ(guest.OpenAll(".", kOpenDirectory, &strong), Errno::kSuccess);
  ASSERT_EQ(guest.Call("fd_fdstat_set_rights", {weak, guest.RightsBase(weak),
                                                guest.RightsInheriting(weak) & ~right::kFdWrite}),
            Errno::kSuccess);
  EXPECT_EQ(guest.PathOpen("file", {.dir = weak, .base = right::kFdWrite}), Errno::kNotcapable);
  EXPECT_EQ(guest.Link("file", "new", weak, strong), Errno::kNotcapable);
  EXPECT_EQ(guest.Rename("file", "new", weak, strong), Errno::kNotcapable);
  // The other way round nothing is gained.
  EXPECT_EQ(guest.Link("file", "new", strong, weak), Errno::kSuccess);
  EXPECT_EQ(guest.Rename("new", "newer", weak, weak), Errno::kSuccess);
}

TEST_P(RightsTest, RightsShrinkOnly) {
  Guest guest(tree_, GetParam());
  uint32_t fd;
  ASSERT_EQ(guest.PathOpen("file", {.base = right::kFdRead | right::kFdSeek}, &fd),
            Errno::kSuccess);
  EXPECT_EQ(guest.RightsBase(fd), right::kFdRead | right::kFdSeek);
  EXPECT_EQ(guest.RightsInheriting(fd), 0u);
  EXPECT_EQ(guest.Call("fd_fdstat_set_rights", {fd, right::kFdRead | right::kFdWrite, 0}),
            Errno::kNotcapable);
  EXPECT_EQ(guest.Call("fd_fdstat_set_rights", {fd, right::kFdRead, right::kFdRead}),
            Errno::kNotcapable);
  EXPECT_EQ(guest.Call("fd_fdstat_set_rights", {fd, right::kFdRead, 0}), Errno::kSuccess);
  EXPECT_EQ(guest.Call("fd_seek", {fd, 0, 0, Guest::kOut}), Errno::kNotcapable);
  EXPECT_EQ(guest.Call("fd_fdstat_set_rights", {fd, right::kFdRead | right::kFdSeek, 0}),
            Errno::kNotcapable);
  EXPECT_EQ(guest.Call("fd_fdstat_set_rights", {fd, 0, 0}), Errno::kSuccess);
  EXPECT_EQ(static_cast<Errno>(guest.RawRead(fd, 1).code), Errno::kNotcapable);
  EXPECT_EQ(guest.Call("fd_close", {fd}), Errno::kSuccess);
  // What is handed on through a directory shrinks with it.
  uint32_t dir;
  ASSERT_EQ(guest.PathOpen("dir",
                           {.oflags = kOpenDirectory,
                            .base = kEverything & ~right::kFdWrite,
                            .inheriting = right::kFdRead},
                           &dir),
            Errno::kSuccess);
  ASSERT_EQ(guest.PathOpen("file", {.dir = dir, .base = kEverything & ~right::kFdWrite}, &fd),
            Errno::kSuccess);
  EXPECT_EQ(guest.RightsBase(fd), right::kFdRead);
}

// Every function on a descriptor without the right for it.
TEST_P(RightsTest, EachFunctionNeedsItsRight) {
  Guest guest(tree_, GetParam());
  guest.Put(Guest::kPathA, "file");
  guest.Put(Guest::kPathB, "new");
  guest.memory().Store<uint32_t>(Guest::kIovs, Guest::kData);
  guest.memory().Store<uint32_t>(Guest::kIovs + 4, 1);
  constexpr uint64_t kA = Guest::kPathA, kB = Guest::kPathB, kIovs = Guest::kIovs,
                     kOut = Guest::kOut;
  const struct {
    std::string_view function;
    uint64_t right;
    std::vector<uint64_t> args;  // after the descriptor
    bool on_directory;
  } kCases[] = {
      {"fd_read", right::kFdRead, {kIovs, 1, kOut}, false},
      {"fd_pread", right::kFdRead, {kIovs, 1, 0, kOut}, false},
      {"fd_pread", right::kFdSeek, {kIovs, 1, 0, kOut}, false},
      {"fd_write", right::kFdWrite, {kIovs, 1, kOut}, false},
      {"fd_pwrite", right::kFdWrite, {kIovs, 1, 0, kOut}, false},
      {"fd_pwrite", right::kFdSeek, {kIovs, 1, 0, kOut}, false},
      {"fd_seek", right::kFdSeek, {1, 0, kOut}, false},
      {"fd_tell", right::kFdSeek | right::kFdTell, {kOut}, false},
      {"fd_sync", right::kFdSync, {}, false},
      {"fd_datasync", right::kFdDatasync, {}, false},
      {"fd_advise", right::kFdAdvise, {0, 0, 0}, false},
      {"fd_allocate", right::kFdAllocate, {0, 1}, false},
      {"fd_fdstat_set_flags", right::kFdFdstatSetFlags, {0}, false},
      {"fd_filestat_get", right::kFdFilestatGet, {kOut}, false},
      {"fd_filestat_set_size", right::kFdFilestatSetSize, {8}, false},
      {"fd_filestat_set_times", right::kFdFilestatSetTimes, {0, 0, 0}, false},
      {"fd_readdir", right::kFdReaddir, {Guest::kData, 100, 0, kOut}, true},
      {"path_create_directory", right::kPathCreateDirectory, {kB, 3}, true},
      {"path_filestat_get", right::kPathFilestatGet, {0, kA, 4, kOut}, true},
      {"path_filestat_set_times", right::kPathFilestatSetTimes, {0, kA, 4, 0, 0, 0}, true},
      {"path_link", right::kPathLinkSource, {0, kA, 4, Guest::kRoot, kB, 3}, true},
      {"path_open", right::kPathOpen, {0, kA, 4, 0, 0, 0, 0, kOut}, true},
      {"path_open", right::kPathCreateFile, {0, kB, 3, kOpenCreat, 0, 0, 0, kOut}, true},
      {"path_open", right::kPathFilestatSetSize, {0, kA, 4, kOpenTrunc, 0, 0, 0, kOut}, true},
      {"path_readlink", right::kPathReadlink, {kA, 4, Guest::kData, 100, kOut}, true},
      {"path_remove_directory", right::kPathRemoveDirectory, {kA, 4}, true},
      {"path_rename", right::kPathRenameSource, {kA, 4, Guest::kRoot, kB, 3}, true},
      {"path_unlink_file", right::kPathUnlinkFile, {kB, 3}, true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.function) + " without " + std::to_string(c.right));
    uint32_t fd;
    ASSERT_EQ(
        guest.OpenAll(c.on_directory ? "." : "file", c.on_directory ? kOpenDirectory : 0, &fd),
        Errno::kSuccess);
    const uint64_t base = guest.RightsBase(fd);
    const uint64_t inheriting = guest.RightsInheriting(fd);
    EXPECT_EQ(base & c.right, c.right);
    ASSERT_EQ(guest.Call("fd_fdstat_set_rights", {fd, base & ~c.right, inheriting}),
              Errno::kSuccess);
    std::vector<uint64_t> args = c.args;
    args.insert(args.begin(), fd);
    args.resize(9);
    for (const P1Function& f : Functions()) {
      if (f.name != c.function) continue;
      std::vector<uint8_t> memory(Guest::kMemoryBytes);
      std::copy_n(guest.memory().Bytes(0, Guest::kMemoryBytes).begin(), Guest::kMemoryBytes,
                  memory.begin());
      EXPECT_EQ(static_cast<Errno>(f.call(guest.context(), memory, args.data()).code),
                Errno::kNotcapable);
    }
    EXPECT_EQ(guest.Call("fd_close", {fd}), Errno::kSuccess);
  }
  // The targets of the two functions that have one.
  uint32_t dir;
  ASSERT_EQ(guest.OpenAll("dir", kOpenDirectory, &dir), Errno::kSuccess);
  const uint64_t base = guest.RightsBase(dir);
  ASSERT_EQ(guest.Call("fd_fdstat_set_rights",
                       {dir, base & ~right::kPathLinkTarget, guest.RightsInheriting(dir)}),
            Errno::kSuccess);
  EXPECT_EQ(guest.Link("file", "new", Guest::kRoot, dir), Errno::kNotcapable);
  ASSERT_EQ(
      guest.Call(
          "fd_fdstat_set_rights",
          {dir, base & ~(right::kPathLinkTarget | right::kPathRenameTarget | right::kPathSymlink),
           guest.RightsInheriting(dir)}),
      Errno::kSuccess);
  EXPECT_EQ(guest.Rename("file", "new", Guest::kRoot, dir), Errno::kNotcapable);
  EXPECT_EQ(guest.Symlink("file", "new", dir), Errno::kNotcapable);
  ExpectUntouched();
}

TEST_P(RightsTest, SynchronisationFlagsNeedTheirRight) {
  Guest guest(tree_, GetParam());
  uint32_t dir;
  ASSERT_EQ(guest.OpenAll(".", kOpenDirectory, &dir), Errno::kSuccess);
  const auto with = [&](uint64_t inheriting, uint32_t fdflags) {
    uint32_t sub;
    EXPECT_EQ(guest.PathOpen(".",
                             {.dir = dir,
                              .oflags = kOpenDirectory,
                              .base = right::kPathOpen,
                              .inheriting = inheriting | right::kFdRead},
                             &sub),
              Errno::kSuccess);
    const Errno e = guest.PathOpen("file", {.dir = sub, .fdflags = fdflags});
    guest.Call("fd_close", {sub});
    return e;
  };
  EXPECT_EQ(with(0, host::kFdDsync), Errno::kNotcapable);
  EXPECT_EQ(with(0, host::kFdSync), Errno::kNotcapable);
  EXPECT_EQ(with(0, host::kFdRsync), Errno::kNotcapable);
  EXPECT_EQ(with(right::kFdDatasync, host::kFdDsync), Errno::kSuccess);
  EXPECT_EQ(with(right::kFdSync, host::kFdDsync), Errno::kSuccess);
  EXPECT_EQ(with(right::kFdDatasync, host::kFdSync), Errno::kNotcapable);
  EXPECT_EQ(with(right::kFdSync, host::kFdSync | host::kFdRsync), Errno::kSuccess);
}

TEST_P(RightsTest, OpeningGivesWhatTheAccessModeHonours) {
  Guest guest(tree_, GetParam());
  uint32_t fd;
  ASSERT_EQ(guest.PathOpen("file", {.base = kEverything & ~right::kFdWrite}, &fd), Errno::kSuccess);
  EXPECT_EQ(
      guest.RightsBase(fd) & (right::kFdWrite | right::kFdAllocate | right::kFdFilestatSetSize),
      0u);
  ASSERT_EQ(
      guest.PathOpen("file", {.base = kEverything & ~right::kFdRead & ~right::kFdReaddir}, &fd),
      Errno::kSuccess);
  EXPECT_EQ(guest.RightsBase(fd) & right::kFdRead, 0u);
  EXPECT_NE(guest.RightsBase(fd) & right::kFdAllocate, 0u);
  // Truncating is a right of the directory, and gives no right to write.
  ASSERT_EQ(guest.PathOpen(
                "file", {.oflags = kOpenTrunc, .base = right::kFdRead | right::kFdAllocate}, &fd),
            Errno::kSuccess);
  EXPECT_EQ(guest.RightsBase(fd), right::kFdRead);
  EXPECT_EQ(tree_.Contents("file"), "");
  // A directory has no rights of files, and the other way round.
  ASSERT_EQ(guest.PathOpen(
                "dir", {.base = kEverything & ~right::kFdWrite, .inheriting = kEverything}, &fd),
            Errno::kSuccess);
  EXPECT_EQ(guest.RightsBase(fd) & ~host::RightsFor(host::kKindD), 0u);
  EXPECT_EQ(guest.RightsInheriting(fd), host::RightsFor(~0u) & kEverything);
}

INSTANTIATE_TEST_SUITE_P(Resolvers, RightsTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Walk" : "Auto"; });

}  // namespace
}  // namespace airwasm::wasi::p1
