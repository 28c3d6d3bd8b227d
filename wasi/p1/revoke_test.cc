// What is taken from a guest is gone with its next call, also in compiled code and also of what it
// holds open; and what it was granted of a file is no more than that.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "absl/time/clock.h"
#include "airwasm/airwasm.h"
#include "airwasm/grants.h"
#include "airwasm/guard_store.h"
#include "airwasm/wasi.h"
#include "wasi/p1/errno.h"
#include "wasi/p1/test_guest.h"

namespace airwasm::wasi::p1 {
namespace {

using security::Capability;
using security::Grants;
using security::SetOf;

std::shared_ptr<const Grants> Granted(std::initializer_list<std::string> allows,
                                      std::initializer_list<std::string> denies = {}) {
  std::vector<security::Rule> rules;
  const auto add = [&](const std::string& text, bool allow) {
    absl::StatusOr<security::Rule> rule = security::ParseRule(text, allow, "test");
    ASSERT_TRUE(rule.ok()) << rule.status();
    rules.push_back(*std::move(rule));
  };
  for (const std::string& text : allows) add(text, true);
  for (const std::string& text : denies) add(text, false);
  return std::make_shared<const Grants>(std::move(rules));
}

// Opens the file with all rights and uses it until that fails: rounds * 1000 + the error. Between
// two rounds "between" is called.
constexpr char kUntilItFails[] = R"((module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $write (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "host" "between" (func $between (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "file")
  (data (i32.const 16) "\40\00\00\00\01\00\00\00")
  (func $once (param $reads i32) (result i32)
    (if (result i32) (local.get $reads)
      (then (call $read (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 32)))
      (else (call $write (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i64.const 0)
                         (i32.const 32)))))
  (func (export "f") (param $reads i32) (result i32) (local $rounds i32) (local $error i32)
    (local.set $error (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0)
                                  (i64.const 0x46) (i64.const 0) (i32.const 0) (i32.const 8)))
    (if (local.get $error) (then (return (local.get $error))))
    (loop $again
      (local.set $error (call $once (local.get $reads)))
      (if (i32.eqz (local.get $error)) (then
        (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
        (call $between (local.get $rounds))
        (br_if $again (i32.lt_u (local.get $rounds) (i32.const 100))))))
    (i32.add (i32.mul (local.get $rounds) (i32.const 1000)) (local.get $error)))))";

class RevokeTest : public ::testing::TestWithParam<std::tuple<Tier, bool>> {
 protected:
  int32_t Run(std::shared_ptr<security::Guard> guard, bool reads,
              std::function<void(int32_t)> between) {
    Config config;
    config.preopens = {{.host_path = tree_.path(), .guest_path = "/"}};
    config.force_fallback_resolver = std::get<1>(GetParam());
    config.guard = guard;
    const Engine engine({.tier = std::get<0>(GetParam())});
    Store store(engine);
    GuardStore(store, config.guard);
    Linker linker(engine);
    EXPECT_TRUE(DefineWasi(linker, config).ok());
    EXPECT_TRUE(linker.Define("host", "between", std::move(between)).ok());
    const absl::StatusOr<Module> module = Module::Create(engine, kUntilItFails);
    EXPECT_TRUE(module.ok()) << module.status();
    const absl::StatusOr<Instance> instance = linker.Instantiate(store, *module);
    EXPECT_TRUE(instance.ok()) << instance.status();
    const Result<int32_t> result = (*instance->Get<int32_t(int32_t)>("f"))(reads);
    EXPECT_TRUE(result.ok());
    return result.ok() ? *result : -1;
  }
  void SetUp() override { tree_.MakeFile("file", "contents"); }
  static constexpr int32_t kAfterThree = 3000;

  TempTree tree_;
};

TEST_P(RevokeTest, OfWhatIsOpen) {
  const std::string all = "fs:" + tree_.path() + "/**";
  for (const bool reads : {false, true}) {
    SCOPED_TRACE(reads);
    const security::CapabilitySet used = SetOf(reads ? Capability::kFsRead : Capability::kFsWrite);
    // By class, while paths are decided by their roots.
    auto guard = security::Guard::Create({.grants = Granted({all})});
    EXPECT_EQ(Run(guard, reads,
                  [&](int32_t round) {
                    if (round == 1) EXPECT_TRUE(guard->PathsAreDecided());
                    if (round == 3) guard->Revoke(used);
                  }),
              kAfterThree + static_cast<int32_t>(Errno::kAcces));
    // By grants that stop short of the file.
    guard = security::Guard::Create({.grants = Granted({all})});
    EXPECT_EQ(Run(guard, reads,
                  [&](int32_t round) {
                    if (round != 3) return;
                    guard->SetGrants(Granted({"fs:" + tree_.At("other/**")}));
                    EXPECT_FALSE(guard->PathsAreDecided());
                  }),
              kAfterThree + static_cast<int32_t>(Errno::kAcces));
    // By a rule that denies it, where paths were looked at before.
    guard = security::Guard::Create({.grants = Granted({all}, {"fs:" + tree_.At("none")})});
    EXPECT_EQ(Run(guard, reads,
                  [&](int32_t round) {
                    if (round == 1) EXPECT_FALSE(guard->PathsAreDecided());
                    if (round == 3) guard->SetGrants(Granted({all}, {"fs:" + tree_.At("file")}));
                  }),
              kAfterThree + static_cast<int32_t>(Errno::kAcces));
    // All of it: the whole class of functions is gone.
    guard = security::Guard::Create({.grants = Granted({all})});
    EXPECT_EQ(Run(guard, reads,
                  [&](int32_t round) {
                    if (round == 3) guard->SetGrants(Granted({}));
                  }),
              kAfterThree + static_cast<int32_t>(Errno::kNotcapable));
  }
}

TEST_P(RevokeTest, ByTime) {
  const std::string all = "fs:" + tree_.path() + "/**";
  absl::StatusOr<security::Rule> rule = security::ParseRule(all, true, "test");
  ASSERT_TRUE(rule.ok());
  rule->expires = absl::Now() + absl::Milliseconds(300);
  auto guard =
      security::Guard::Create({.grants = std::make_shared<const Grants>(std::vector{*rule})});
  const int32_t result = Run(guard, true, [&](int32_t round) {
    if (round == 3) absl::SleepFor(absl::Milliseconds(600));
  });
  EXPECT_EQ(result / 1000, 3);
  EXPECT_NE(result % 1000, 0);
}

// Another thread widens and narrows the grants all the while: whether there is a guard to ask
// changes in the middle of calls.
TEST_P(RevokeTest, WhileCallsAreUnderWay) {
  const auto all = Granted({"fs:" + tree_.path() + "/**"});
  const auto less = Granted({"fs:" + tree_.path() + "/**"}, {"fs:" + tree_.At("none")});
  auto guard = security::Guard::Create({.grants = all});
  std::atomic<bool> stop{false};
  std::thread changer([&] {
    while (!stop) {
      guard->SetGrants(less);
      guard->SetGrants(all);
    }
  });
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(Run(guard, i % 2 == 0, [](int32_t) {}), 100 * kAfterThree / 3);
  Config config;
  config.preopens = {{.host_path = tree_.path(), .guest_path = "/"}};
  config.force_fallback_resolver = std::get<1>(GetParam());
  config.guard = guard;
  Guest guest(config);
  for (int i = 0; i < 2000; ++i) {
    uint32_t fd;
    EXPECT_EQ(guest.PathOpen("new", {.oflags = kOpenCreat}, &fd), Errno::kSuccess);
    EXPECT_EQ(guest.Call("fd_close", {fd}), Errno::kSuccess);
    EXPECT_EQ(guest.Stat("new", true), Errno::kSuccess);
    EXPECT_EQ(guest.Stat("nothing", true), Errno::kNoent);
    EXPECT_EQ(guest.Rename("new", "newer"), Errno::kSuccess);
    EXPECT_EQ(guest.OnPath("path_unlink_file", "newer"), Errno::kSuccess);
  }
  stop = true;
  changer.join();
}

INSTANTIATE_TEST_SUITE_P(Tiers, RevokeTest,
                         ::testing::Combine(::testing::Values(Tier::kInterp, Tier::kJit),
                                            ::testing::Bool()),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param) == Tier::kJit ? "jit"
                                                                                    : "interp") +
                                  (std::get<1>(info.param) ? "Walk" : "Auto");
                         });

// What a guard grants of files, narrower than the directory.
class GrantedFilesTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    tree_.MakeFile("file", "contents");
    tree_.MakeDir("private");
    tree_.MakeFile("private/note", "secret");
    tree_.MakeLink("private/note", "to_note");
    tree_.MakeLink("private/nothing", "to_nothing");
  }
  void Give(std::shared_ptr<const Grants> grants) {
    Config config;
    config.preopens = {{.host_path = tree_.path(), .guest_path = "/"}};
    config.force_fallback_resolver = GetParam();
    config.guard = security::Guard::Create({.grants = std::move(grants)});
    guest_ = std::make_unique<Guest>(config);
    Begin(config.guard);
  }
  // The guest of these tests calls functions without what surrounds a call in a module.
  void Begin(std::shared_ptr<security::Guard> guard) {
    call_.reset();  // is the guard's before
    guard_ = std::move(guard);
    call_ = std::make_unique<security::Guard::Call>(guard_.get(), 0, host::kFileCapabilities);
  }
  TempTree tree_;
  std::unique_ptr<Guest> guest_;
  std::shared_ptr<security::Guard> guard_;
  std::unique_ptr<security::Guard::Call> call_;
};

TEST_P(GrantedFilesTest, WhoMayOnlyAddCannotCutOff) {
  Give(Granted({"fs.read,fs.append:" + tree_.At("file")}));
  uint32_t fd;
  EXPECT_EQ(guest_->OpenAll("file", 0, &fd), Errno::kAcces);
  EXPECT_EQ(guest_->OpenAll("file", kOpenTrunc, &fd, Guest::kRoot, host::kFdAppend), Errno::kAcces);
  ASSERT_EQ(guest_->OpenAll("file", 0, &fd, Guest::kRoot, host::kFdAppend), Errno::kSuccess);
  EXPECT_EQ(guest_->Call("fd_filestat_set_size", {fd, 0}), Errno::kAcces);
  EXPECT_EQ(guest_->Call("fd_allocate", {fd, 0, 100}), Errno::kAcces);
  EXPECT_EQ(guest_->Call("fd_filestat_set_times", {fd, 0, 0, kSetMtimNow}), Errno::kAcces);
  EXPECT_EQ(guest_->Write(fd, " and more"), Errno::kSuccess);
  EXPECT_EQ(guest_->Call("fd_pwrite", {fd, Guest::kIovs, 1, 0, Guest::kOut}), Errno::kSuccess);
  EXPECT_EQ(guest_->Call("fd_fdstat_set_flags", {fd, 0}), Errno::kSuccess);
  EXPECT_EQ(guest_->Write(fd, "over it"), Errno::kAcces);
  EXPECT_EQ(tree_.Contents("file"), "contents and more and more");
}

TEST_P(GrantedFilesTest, ErrorsDoNotTellWhatIsDenied) {
  Give(Granted({"fs:" + tree_.path() + "/**"}, {"fs:" + tree_.At("private/**")}));
  for (std::string_view path :
       {"private/note", "private/nothing", "private/note/x", "private/nothing/x", "to_note",
        "to_nothing", "private/../file", "private/nothing/../../file", "private/note/../../file"}) {
    SCOPED_TRACE(std::string(path));
    EXPECT_EQ(guest_->Stat(path, /*follow=*/true), Errno::kAcces);
    EXPECT_EQ(guest_->PathOpen(path, {}), Errno::kAcces);
    EXPECT_EQ(guest_->PathOpen(path, {.oflags = kOpenCreat, .base = right::kFdWrite}),
              Errno::kAcces);
  }
  EXPECT_EQ(guest_->Stat("nothing", true), Errno::kNoent);
  EXPECT_EQ(guest_->Stat("file/x", true), Errno::kNotdir);
  EXPECT_EQ(guest_->Stat("..", true), Errno::kAcces);
}

TEST_P(GrantedFilesTest, AFileThatIsRemovedStaysOpen) {
  Give(Granted({"fs:" + tree_.path() + "/**"}, {"fs:" + tree_.At("private/**")}));
  uint32_t fd;
  ASSERT_EQ(guest_->OpenAll("new", kOpenCreat, &fd), Errno::kSuccess);
  ASSERT_EQ(guest_->OnPath("path_unlink_file", "new"), Errno::kSuccess);
  EXPECT_EQ(guest_->Write(fd, "mine"), Errno::kSuccess);
  EXPECT_EQ(guest_->Call("fd_filestat_set_size", {fd, 0}), Errno::kSuccess);
}

TEST_P(GrantedFilesTest, ADirectoryIsListedByWhereItIs) {
  Give(Granted({"fs:" + tree_.path() + "/**"}, {"fs.read,fs.list:" + tree_.At("private/**"),
                                                "fs.read,fs.list:" + tree_.At("drop/**")}));
  uint32_t fd;
  ASSERT_EQ(guest_->OnPath("path_create_directory", "mine"), Errno::kSuccess);
  ASSERT_EQ(guest_->OpenAll("mine", kOpenDirectory, &fd), Errno::kSuccess);
  const auto list = [&] {
    return guest_->Call("fd_readdir", {fd, Guest::kData, 4096, 0, Guest::kOut});
  };
  EXPECT_EQ(list(), Errno::kSuccess);
  ASSERT_EQ(guest_->Rename("mine", "drop"), Errno::kSuccess);
  EXPECT_EQ(list(), Errno::kAcces);
  ASSERT_EQ(guest_->Rename("drop", "mine"), Errno::kAcces);
}

TEST_P(GrantedFilesTest, DotNamesTheDirectoryItself) {
  Give(Granted({"fs:" + tree_.path() + "/**"}, {"fs:" + tree_.At("private/**")}));
  tree_.MakeDir("dir");
  for (std::string_view path : {".", "./", "dir/.", "dir/.."}) {
    SCOPED_TRACE(std::string(path));
    EXPECT_EQ(guest_->OnPath("path_create_directory", path), Errno::kExist);
    EXPECT_EQ(guest_->OnPath("path_unlink_file", path), Errno::kIsdir);
  }
  for (std::string_view path : {"private/.", "private/sub/..", "private/./"}) {
    EXPECT_EQ(guest_->OnPath("path_create_directory", path), Errno::kAcces) << path;
    EXPECT_EQ(guest_->OnPath("path_remove_directory", path), Errno::kAcces) << path;
  }
}

TEST_P(GrantedFilesTest, DevicesAreNotGrantedWithTheirDirectory) {
  Config config;
  config.preopens = {{.host_path = "/dev", .guest_path = "/"}};
  config.force_fallback_resolver = GetParam();
  config.guard = security::Guard::Create({.grants = Granted({"fs"})});
  Guest guest(config);
  Begin(config.guard);
  EXPECT_TRUE(config.guard->PathsAreDecided());
  EXPECT_EQ(guest.PathOpen("null", {}), Errno::kAcces);
  EXPECT_EQ(guest.PathOpen("zero", {.base = right::kFdRead | right::kFdWrite}), Errno::kAcces);
}

TEST_P(GrantedFilesTest, WhoMayNotRemoveDoesNotReplaceEither) {
  Give(Granted({"fs:" + tree_.path() + "/**"}, {"fs.delete:" + tree_.At("file")}));
  tree_.MakeFile("new", "new");
  EXPECT_EQ(guest_->Rename("new", "file"), Errno::kAcces);
  EXPECT_EQ(guest_->Rename("new", "newer"), Errno::kSuccess);
  tree_.MakeFile("new", "new");
  EXPECT_EQ(guest_->Rename("new", "newer"), Errno::kSuccess);
  EXPECT_EQ(tree_.Contents("file"), "contents");
}

// /proc/self/mem is this process's memory.
TEST_P(GrantedFilesTest, TheKernelsFilesAreNotGrantedWithTheRoot) {
  const auto opens = [](Guest& guest, const char* path) {
    return guest.PathOpen(path, {.base = right::kFdRead});
  };
  const auto with = [&](const char* root, std::shared_ptr<security::Guard> guard) {
    Config config;
    config.preopens = {{.host_path = root, .guest_path = "/"}};
    config.force_fallback_resolver = GetParam();
    config.guard = guard;
    guest_ = std::make_unique<Guest>(config);
    Begin(std::move(guard));
  };
  const auto granted = [](std::initializer_list<std::string> rules) {
    return security::Guard::Create({.grants = Granted(rules)});
  };
  const std::string own = "/proc/" + std::to_string(getpid());
  for (const auto& guard : {std::shared_ptr<security::Guard>(), granted({"fs"}),
                            granted({"fs:/**"}), granted({"fs.read:/**/status", "fs.read:/etc/**"}),
                            granted({"fs.read:/**", "fs.read:/proc/version"})}) {
    with("/", guard);
    for (const std::string& path :
         {std::string("proc"), own.substr(1) + "/mem", own.substr(1) + "/status",
          own.substr(1) + "/task", std::string("sys/kernel"), std::string("proc/../proc/meminfo"),
          std::string("etc/../proc/self/../meminfo")}) {
      SCOPED_TRACE(path);
      EXPECT_EQ(opens(*guest_, path.c_str()), Errno::kAcces);
      EXPECT_EQ(guest_->Stat(path, true), Errno::kAcces);
    }
    EXPECT_EQ(opens(*guest_, "etc/passwd"), Errno::kSuccess);
  }
  for (const auto& guard : {granted({"fs", "fs.read:/proc/version"}), granted({"fs:/proc/**"}),
                            granted({"fs.read:/etc/**", "fs.read:/proc/ver*"})}) {
    with("/", guard);
    EXPECT_EQ(opens(*guest_, "proc/version"), Errno::kSuccess);
  }
  for (const auto& guard : {std::shared_ptr<security::Guard>(), granted({"fs"})}) {
    with("/proc", guard);
    EXPECT_EQ(opens(*guest_, "version"), Errno::kSuccess);
  }
}

// Whoever looks at what it is can be shown a file, and moves a directory.
TEST_P(GrantedFilesTest, AFileMovesAsIfItWereADirectory) {
  tree_.MakeDir("flat");
  tree_.MakeDir("deep");
  tree_.MakeFile("flat/file", "");
  Give(Granted({"fs:" + tree_.At("flat/*"), "fs:" + tree_.At("deep/**")}));
  EXPECT_EQ(guest_->Rename("flat/file", "deep/file"), Errno::kAcces);
  EXPECT_EQ(guest_->Rename("flat/file", "flat/moved"), Errno::kSuccess);
  EXPECT_EQ(guest_->Link("flat/moved", "deep/linked"), Errno::kSuccess) << "directories cannot be";
  EXPECT_EQ(guest_->Rename("deep/linked", "flat/back"), Errno::kSuccess);
  EXPECT_EQ(guest_->Rename("deep/nothing", "flat/nothing"), Errno::kNoent);
}

INSTANTIATE_TEST_SUITE_P(Resolvers, GrantedFilesTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Walk" : "Auto"; });

}  // namespace
}  // namespace airwasm::wasi::p1
