// No path leads out of a preopened directory, with either resolver.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "wasi/p1/test_guest.h"

namespace airwasm::wasi::p1 {
namespace {

// A tree with things outside and a directory "in" that is preopened. The parameter forces the walk
// in user space.
class EscapeTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    tree_.MakeDir("in");
    tree_.MakeDir("out");
    tree_.MakeFile("out/secret", "secret");
    tree_.MakeDir("in/dir");
    tree_.MakeDir("in/dir/sub");
    tree_.MakeFile("in/file", "inside");
    tree_.MakeFile("in/dir/sub/deep", "deep");
    tree_.MakeLink("../out", "in/evil");
    tree_.MakeLink("../out/secret", "in/evil_file");
    tree_.MakeLink(tree_.At("out"), "in/evil_abs");
    tree_.MakeLink("/", "in/root");
    tree_.MakeLink("evil/", "in/evil_slash");  // a link to a link, with a slash behind it
    tree_.MakeLink("evil_slash", "in/evil_twice");
    tree_.MakeLink("dir/../evil", "in/evil_dots");
    tree_.MakeLink("../out/created", "in/evil_dangling");
    tree_.MakeLink("dir", "in/good");
    tree_.MakeLink("good/sub/", "in/good_slash");
    tree_.MakeLink("../file", "in/dir/up");
    tree_.MakeLink("loop", "in/loop");
    tree_.MakeLink("new", "in/dangling");
    Config config;
    config.preopens = {{.host_path = tree_.At("in"), .guest_path = "/"}};
    config.force_fallback_resolver = GetParam();
    guest_ = std::make_unique<Guest>(config);
    if (GetParam()) {
      EXPECT_FALSE(guest_->context().resolver().uses_openat2());
    }
  }

  TempTree tree_;
  std::unique_ptr<Guest> guest_;
};

TEST_P(EscapeTest, OpeningAndAsking) {
  constexpr Errno kPerm = Errno::kPerm;
  constexpr Errno kOk = Errno::kSuccess;
  const struct {
    std::string_view path;
    Errno follow;
    Errno nofollow;
  } kCases[] = {
      {"file", kOk, kOk},
      {".", kOk, kOk},
      {"./", kOk, kOk},
      {"dir/..", kOk, kOk},
      {"dir/sub/../../file", kOk, kOk},
      {"good/sub/deep", kOk, kOk},
      {"good_slash/deep", kOk, kOk},
      {"good_slash", kOk, Errno::kLoop},
      {"good/", kOk, kOk},
      {"good_slash/", kOk, kOk},
      {"dir/up", kOk, Errno::kLoop},
      {"dir//sub///deep", kOk, kOk},
      {"", Errno::kNoent, Errno::kNoent},
      {"nothing", Errno::kNoent, Errno::kNoent},
      {"nothing/..", Errno::kNoent, Errno::kNoent},
      {"file/", Errno::kNotdir, Errno::kNotdir},
      {"file/.", Errno::kNotdir, Errno::kNotdir},
      {"file/..", Errno::kNotdir, Errno::kNotdir},
      {"loop", Errno::kLoop, Errno::kLoop},
      {"loop/", Errno::kLoop, Errno::kLoop},
      {"..", kPerm, kPerm},
      {"../", kPerm, kPerm},
      {"../in", kPerm, kPerm},
      {"../in/file", kPerm, kPerm},
      {"../out/secret", kPerm, kPerm},
      {"./../out/secret", kPerm, kPerm},
      {"dir/../../out/secret", kPerm, kPerm},
      {"dir/sub/../../../out", kPerm, kPerm},
      {"/", kPerm, kPerm},
      {"/etc/passwd", kPerm, kPerm},
      {"//file", kPerm, kPerm},
      {"evil", kPerm, Errno::kLoop},
      {"evil/", kPerm, kPerm},
      {"evil//", kPerm, kPerm},
      {"evil/.", kPerm, kPerm},
      {"evil/..", kPerm, kPerm},
      {"evil/secret", kPerm, kPerm},
      {"evil_file", kPerm, Errno::kLoop},
      {"evil_file/", kPerm, kPerm},
      {"evil_abs", kPerm, Errno::kLoop},
      {"evil_abs/", kPerm, kPerm},
      {"evil_abs/secret", kPerm, kPerm},
      {"root", kPerm, Errno::kLoop},
      {"root/", kPerm, kPerm},
      {"root/etc/passwd", kPerm, kPerm},
      {"evil_slash", kPerm, Errno::kLoop},
      {"evil_slash/", kPerm, kPerm},
      {"evil_slash/secret", kPerm, kPerm},
      {"evil_twice", kPerm, Errno::kLoop},
      {"evil_twice/", kPerm, kPerm},
      {"evil_twice/secret", kPerm, kPerm},
      {"evil_dots", kPerm, Errno::kLoop},
      {"evil_dots/secret", kPerm, kPerm},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.path));
    EXPECT_EQ(guest_->PathOpen(c.path, {.lookup = kLookupSymlinkFollow}), c.follow);
    EXPECT_EQ(guest_->PathOpen(c.path, {.lookup = 0}), c.nofollow);
    EXPECT_EQ(guest_->Stat(c.path, /*follow=*/true), c.follow);
    // Asking about a link itself is allowed, wherever it leads. A slash behind it asks for what it
    // leads to.
    const bool slash = !c.path.empty() && c.path.back() == '/';
    const Errno link = c.nofollow == Errno::kLoop && !slash ? kOk : c.nofollow;
    EXPECT_EQ(guest_->Stat(c.path, /*follow=*/false), link);
  }
}

TEST_P(EscapeTest, NothingIsCreatedOutside) {
  const struct {
    std::string_view path;
    Errno follow;
    Errno nofollow;
  } kCases[] = {
      {"evil_dangling", Errno::kPerm, Errno::kLoop},
      {"evil/created", Errno::kPerm, Errno::kPerm},
      {"evil_abs/created", Errno::kPerm, Errno::kPerm},
      {"evil_slash/created", Errno::kPerm, Errno::kPerm},
      {"../out/created", Errno::kPerm, Errno::kPerm},
      {"../created", Errno::kPerm, Errno::kPerm},
      {"file/", Errno::kIsdir, Errno::kIsdir},
      {"fresh/", Errno::kIsdir, Errno::kIsdir},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.path));
    for (uint32_t excl : {uint32_t{0}, kOpenTrunc}) {
      EXPECT_EQ(guest_->PathOpen(c.path, {.oflags = kOpenCreat | excl, .base = right::kFdWrite}),
                c.follow);
      EXPECT_EQ(guest_->PathOpen(
                    c.path, {.lookup = 0, .oflags = kOpenCreat | excl, .base = right::kFdWrite}),
                c.nofollow);
    }
  }
  // With O_EXCL the link itself is in the way, followed or not.
  EXPECT_EQ(guest_->PathOpen("evil_dangling", {.oflags = kOpenCreat | kOpenExcl}), Errno::kExist);
  EXPECT_EQ(guest_->PathOpen("dangling", {.oflags = kOpenCreat | kOpenExcl}), Errno::kExist);
  // A dangling link that stays inside may be created through.
  EXPECT_EQ(guest_->PathOpen("dangling", {.oflags = kOpenCreat}), Errno::kSuccess);
  EXPECT_TRUE(tree_.Exists("in/new"));
  EXPECT_FALSE(tree_.Exists("out/created"));
  EXPECT_FALSE(tree_.Exists("created"));
  EXPECT_EQ(tree_.Contents("out/secret"), "secret");
}

TEST_P(EscapeTest, NamesAreMadeAndRemovedInsideOnly) {
  const struct {
    std::string_view path;
    Errno mkdir, rmdir, unlink, rename_to, link_to, symlink_at;
  } kCases[] = {
      {"../x", Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm},
      {"..", Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm},
      {"/x", Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm},
      {"evil/x", Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm,
       Errno::kPerm},
      {"evil/secret", Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm,
       Errno::kPerm},
      {"evil_slash/secret", Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm,
       Errno::kPerm},
      {"root/tmp/x", Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm,
       Errno::kPerm},
      {"evil/..", Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm, Errno::kPerm,
       Errno::kPerm},
      {".", Errno::kExist, Errno::kInval, Errno::kIsdir, Errno::kBusy, Errno::kExist,
       Errno::kExist},
      {"dir/..", Errno::kExist, Errno::kNotempty, Errno::kIsdir, Errno::kBusy, Errno::kExist,
       Errno::kExist},
      // A link to outside with a slash: the link is in the way, and what it leads to is left alone.
      {"evil/", Errno::kExist, Errno::kNotdir, Errno::kNotdir, Errno::kNotdir, Errno::kExist,
       Errno::kExist},
      {"evil", Errno::kExist, Errno::kNotdir, Errno::kSuccess, Errno::kSuccess, Errno::kExist,
       Errno::kExist},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.path));
    EXPECT_EQ(guest_->OnPath("path_create_directory", c.path), c.mkdir);
    EXPECT_EQ(guest_->OnPath("path_remove_directory", c.path), c.rmdir);
    EXPECT_EQ(guest_->Link("file", c.path), c.link_to);
    EXPECT_EQ(guest_->Symlink("file", c.path), c.symlink_at);
    tree_.MakeFile("in/moved", "moved");
    EXPECT_EQ(guest_->Rename("moved", c.path), c.rename_to);
    EXPECT_EQ(guest_->OnPath("path_unlink_file", c.path), c.unlink);
  }
  EXPECT_EQ(tree_.Contents("out/secret"), "secret");
  EXPECT_FALSE(tree_.Exists("x"));
  EXPECT_FALSE(tree_.Exists("out/x"));
}

TEST_P(EscapeTest, NothingIsTakenFromOutside) {
  for (std::string_view path :
       {"../out/secret", "evil/secret", "evil_abs/secret", "evil_slash/secret", "/etc/passwd"}) {
    SCOPED_TRACE(std::string(path));
    EXPECT_EQ(guest_->Link(path, "stolen"), Errno::kPerm);
    EXPECT_EQ(guest_->Rename(path, "stolen"), Errno::kPerm);
  }
  // Linking a link links the link, which leads nowhere for the guest; a slash would follow it.
  EXPECT_EQ(guest_->Link("evil_file", "same_link"), Errno::kSuccess);
  EXPECT_EQ(guest_->PathOpen("same_link", {}), Errno::kPerm);
  EXPECT_EQ(guest_->Link("evil/", "stolen"), Errno::kPerm);
  EXPECT_EQ(guest_->Link("evil_file/", "stolen"), Errno::kPerm);
  EXPECT_EQ(guest_->Link("dir/", "stolen"), Errno::kPerm);
  EXPECT_EQ(guest_->Rename("evil/", "stolen"), Errno::kNotdir);
  EXPECT_FALSE(tree_.Exists("in/stolen"));
  EXPECT_TRUE(tree_.Exists("out/secret"));
}

TEST_P(EscapeTest, TimesAreSetInsideOnly) {
  struct stat before, after;
  ASSERT_EQ(stat(tree_.At("out/secret").c_str(), &before), 0);
  const auto set = [&](std::string_view path, uint32_t lookup) {
    guest_->Put(Guest::kPathA, path);
    return guest_->Call("path_filestat_set_times", {Guest::kRoot, lookup, Guest::kPathA,
                                                    path.size(), 0, 5'000'000'001, kSetMtim});
  };
  for (std::string_view path :
       {"../out/secret", "evil/secret", "evil_file", "evil_twice/secret", "evil_file/"}) {
    EXPECT_EQ(set(path, kLookupSymlinkFollow), Errno::kPerm) << path;
  }
  EXPECT_EQ(set("evil_file", 0), Errno::kSuccess);  // the link's own
  EXPECT_EQ(set("evil/", 0), Errno::kPerm);
  EXPECT_EQ(set("file", kLookupSymlinkFollow), Errno::kSuccess);
  ASSERT_EQ(stat(tree_.At("out/secret").c_str(), &after), 0);
  EXPECT_EQ(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
  EXPECT_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
  ASSERT_EQ(stat(tree_.At("in/file").c_str(), &after), 0);
  EXPECT_EQ(after.st_mtim.tv_sec, 5);
  EXPECT_EQ(after.st_mtim.tv_nsec, 1);
}

TEST_P(EscapeTest, AbsoluteLinksAreNotMade) {
  for (std::string_view target : {"/", "/etc/passwd", "//x"}) {
    EXPECT_EQ(guest_->Symlink(target, "made"), Errno::kPerm) << target;
  }
  EXPECT_EQ(guest_->Symlink("", "made"), Errno::kNoent);
  EXPECT_FALSE(tree_.Exists("in/made"));
  // A relative one that leads outside can be made, as on any file system, but not followed.
  EXPECT_EQ(guest_->Symlink("../out/secret", "made"), Errno::kSuccess);
  EXPECT_EQ(guest_->PathOpen("made", {}), Errno::kPerm);
  EXPECT_EQ(guest_->PathOpen("made/", {}), Errno::kPerm);
}

TEST_P(EscapeTest, ADescriptorOfASubdirectoryIsItsOwnRoot) {
  uint32_t dir;
  ASSERT_EQ(guest_->OpenAll("dir", kOpenDirectory, &dir), Errno::kSuccess);
  EXPECT_EQ(guest_->PathOpen("sub/deep", {.dir = dir}), Errno::kSuccess);
  EXPECT_EQ(guest_->PathOpen("..", {.dir = dir}), Errno::kPerm);
  EXPECT_EQ(guest_->PathOpen("../file", {.dir = dir}), Errno::kPerm);
  EXPECT_EQ(guest_->PathOpen("up", {.dir = dir}), Errno::kPerm);
  EXPECT_EQ(guest_->Stat("up", /*follow=*/true, dir), Errno::kPerm);
}

TEST_P(EscapeTest, LinksAcrossPreopensLeadNowhere) {
  Config config;
  config.preopens = {{.host_path = tree_.At("in"), .guest_path = "/in"},
                     {.host_path = tree_.At("out"), .guest_path = "/out"}};
  config.force_fallback_resolver = GetParam();
  Guest guest(config);
  // Both are open to the guest, but a link in one is resolved beneath that one.
  EXPECT_EQ(guest.PathOpen("evil/secret", {.dir = 3}), Errno::kPerm);
  EXPECT_EQ(guest.PathOpen("secret", {.dir = 4}), Errno::kSuccess);
}

TEST_P(EscapeTest, StrangeNames) {
  EXPECT_EQ(guest_->PathOpen(std::string_view("file\0", 5), {}), Errno::kInval);
  EXPECT_EQ(guest_->PathOpen(std::string_view("fi\0le", 5), {}), Errno::kInval);
  EXPECT_EQ(guest_->OnPath("path_create_directory", std::string_view("x\0y", 3)), Errno::kInval);
  EXPECT_EQ(guest_->Symlink(std::string_view("x\0y", 3), "made"), Errno::kInval);
  EXPECT_FALSE(tree_.Exists("in/x"));
  EXPECT_EQ(guest_->OnPath("path_create_directory", std::string(255, 'a')), Errno::kSuccess);
  EXPECT_EQ(guest_->OnPath("path_create_directory", std::string(256, 'a')), Errno::kNametoolong);
  EXPECT_EQ(guest_->PathOpen(std::string(4095, '/').replace(0, 1, "."), {}), Errno::kSuccess);
  EXPECT_EQ(guest_->PathOpen(std::string(4096, '/').replace(0, 1, "."), {}), Errno::kNametoolong);
  for (std::string_view bad :
       {"\x80", "a\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_EQ(guest_->PathOpen(bad, {.oflags = kOpenCreat}), Errno::kIlseq);
  }
  // Two spellings of one letter are two names.
  EXPECT_EQ(guest_->PathOpen("\xc3\xa9", {.oflags = kOpenCreat}), Errno::kSuccess);
  EXPECT_EQ(guest_->PathOpen("e\xcc\x81", {.oflags = kOpenCreat | kOpenExcl}), Errno::kSuccess);
  // Names that other systems give a meaning are just names.
  for (std::string_view name : {"CON", "NUL.txt", "C:", "a:$DATA", "\\..\\..", "-", "~"}) {
    EXPECT_EQ(guest_->PathOpen(name, {.oflags = kOpenCreat | kOpenExcl}), Errno::kSuccess) << name;
  }
}

TEST_P(EscapeTest, DeepPaths) {
  // The guest builds a chain of directories far deeper than one path can say, and walks it in one
  // go where it can.
  std::string path;
  uint32_t dir = Guest::kRoot;
  const size_t before = CountHostDescriptors();
  for (int i = 0; i < 300; ++i) {
    uint32_t next;
    ASSERT_EQ(guest_->OnPath("path_create_directory", "d", dir), Errno::kSuccess);
    ASSERT_EQ(guest_->OpenAll("d", kOpenDirectory, &next, dir), Errno::kSuccess);
    if (dir != Guest::kRoot) guest_->Call("fd_close", {dir});
    dir = next;
    path += "d/";
  }
  guest_->Call("fd_close", {dir});
  EXPECT_EQ(guest_->PathOpen(path.substr(0, 200), {}), Errno::kSuccess);
  // The walk holds one host descriptor per level, so it stops in time.
  EXPECT_EQ(guest_->PathOpen(path, {}), GetParam() ? Errno::kNametoolong : Errno::kSuccess);
  EXPECT_EQ(CountHostDescriptors(), before);
}

TEST_P(EscapeTest, LinksInProcAndDevStayMagicless) {
  Config config;
  config.preopens = {{.host_path = "/proc", .guest_path = "/proc"},
                     {.host_path = "/dev", .guest_path = "/dev"}};
  config.force_fallback_resolver = GetParam();
  Guest guest(config);
  const std::string self = std::to_string(getpid());
  for (const std::string& path :
       {self + "/root", self + "/root/etc/passwd", self + "/cwd", self + "/exe",
        std::string("self/root/etc"), std::string("self/cwd/."), self + "/fd/0"}) {
    const Errno e = guest.PathOpen(path, {.dir = 3});
    EXPECT_TRUE(e == Errno::kPerm || e == Errno::kLoop || e == Errno::kNoent)
        << path << ": " << ErrnoName(e);
  }
  for (std::string_view path : {"fd/0", "stdin", "stdout", "fd"}) {
    const Errno e = guest.PathOpen(path, {.dir = 4});
    EXPECT_TRUE(e == Errno::kPerm || e == Errno::kNoent) << path << ": " << ErrnoName(e);
  }
  EXPECT_EQ(guest.PathOpen("null", {.dir = 4}), Errno::kSuccess);
}

// One thread swaps a directory for a link to outside, another one moves it away, while the guest
// opens what is in it.
TEST_P(EscapeTest, RacesDoNotLeadOutside) {
  tree_.MakeFile("in/dir/secret", "inside");
  std::atomic<bool> stop{false};
  std::thread swapper([&] {
    const std::string dir = tree_.At("in/dir");
    const std::string aside = tree_.At("in/aside");
    const std::string gone = tree_.At("gone");
    while (!stop) {
      rename(dir.c_str(), aside.c_str());
      [[maybe_unused]] int made = symlink("../out", dir.c_str());
      unlink(dir.c_str());
      rename(aside.c_str(), gone.c_str());
      rename(gone.c_str(), dir.c_str());
    }
  });
  int opened = 0;
  // On a busy machine the other thread may rest where there is no directory.
  for (int i = 0; i < 3000 || (opened == 0 && i < 1'000'000); ++i) {
    uint32_t fd;
    for (std::string_view path :
         {"dir/secret", "dir/sub/../secret", "dir/sub/../../dir/secret", "dir/../dir/secret"}) {
      if (guest_->PathOpen(path, {}, &fd) != Errno::kSuccess) continue;
      ++opened;
      ASSERT_EQ(guest_->Read(fd), "inside");
      guest_->Call("fd_close", {fd});
    }
    ASSERT_NE(guest_->PathOpen("dir/../../out/secret", {}), Errno::kSuccess);
    ASSERT_NE(guest_->PathOpen("dir/sub/../../../out/secret", {}), Errno::kSuccess);
    guest_->PathOpen("dir/created", {.oflags = kOpenCreat});
    guest_->OnPath("path_unlink_file", "dir/secret2");
  }
  stop = true;
  swapper.join();
  EXPECT_GT(opened, 0);
  EXPECT_FALSE(tree_.Exists("out/created"));
  EXPECT_EQ(tree_.Contents("out/secret"), "secret");
}

INSTANTIATE_TEST_SUITE_P(Resolvers, EscapeTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Walk" : "Auto"; });

}  // namespace
}  // namespace airwasm::wasi::p1
