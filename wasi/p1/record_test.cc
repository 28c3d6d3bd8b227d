// What the audit log says an allowed call was about.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "airwasm/airwasm.h"
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard_store.h"
#include "airwasm/wasi.h"
#include "wasi/host/deny_test_util.h"
#include "wasi/p1/errno.h"

namespace airwasm::wasi::p1 {
namespace {

namespace fs = std::filesystem;

constexpr char kGuest[] = R"((module
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "fdstat") (param i32) (result i32) (call $fdstat (local.get 0) (i32.const 512)))
  (func (export "prestat") (param i32) (result i32) (call $prestat (local.get 0) (i32.const 512)))
  (func (export "renumber") (param i32) (result i32) (call $renumber (local.get 0) (local.get 0)))
  (func (export "close") (param i32) (result i32) (call $close (local.get 0)))
  ;; A clock that has come to its time already.
  (func (export "poll") (param i32) (result i32)
    (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 512)))))";

class RecordTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "airwasm-record-XXXXXX";
    folder_ = fs::canonical(mkdtemp(name.data()));
    given_ = folder_ / "given";
    fs::create_directory(given_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // The guest, with the directory and what `allowed` grants.
  Instance Start(const char* guest, const std::vector<std::string>& allowed,
                 bool force_fallback_resolver = false) {
    log_ = *security::AuditLog::Open({.path = folder_ / "log"});
    std::vector<security::Rule> rules;
    for (const std::string& text : allowed)
      rules.push_back(*security::ParseRule(text, true, "test"));
    Config config;
    config.preopens = {{.host_path = given_, .guest_path = "/"}};
    config.force_fallback_resolver = force_fallback_resolver;
    config.guard = security::Guard::Create(
        {.grants = std::make_shared<const security::Grants>(std::move(rules)), .audit = log_});
    store_.emplace(engine_);
    GuardStore(*store_, config.guard);
    Linker linker(engine_);
    EXPECT_TRUE(DefineWasi(linker, config).ok());
    const absl::StatusOr<Module> module = Module::Create(engine_, guest);
    EXPECT_TRUE(module.ok()) << module.status();
    return *linker.Instantiate(*store_, *module);
  }
  // The newest line; there are `records` then.
  std::string LastLine(size_t records) {
    EXPECT_TRUE(log_->Flush().ok());
    const std::vector<std::string> lines = wasi::testing::LinesOf(folder_ / "log");
    EXPECT_EQ(records, lines.size());
    return lines.empty() ? "" : lines.back();
  }

  fs::path folder_;
  std::string given_;
  std::shared_ptr<security::AuditLog> log_;
  const Engine engine_;
  std::optional<Store> store_;
};

TEST_F(RecordTest, OfWhatAsksAboutNothing) {
  const Instance instance = Start(kGuest, {"fs.read:" + given_ + "/**", "stdio,wait,net.connect"});
  const struct {
    const char* function;
    int32_t fd;
    std::string capability, object;
  } kCases[] = {
      {"fdstat", 1, "stdio", "out"},     {"fdstat", 3, "fs.read", given_},
      {"prestat", 3, "fs.read", given_}, {"renumber", 1, "stdio", "out"},
      {"close", 2, "stdio", "err"},      {"poll", 0, "wait", ""},
      {"close", 3, "fs.read", given_},   {"close", 0, "stdio", "in"},
  };
  size_t records = 0;
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.function + std::to_string(c.fd));
    const Result<int32_t> result = (*instance.Get<int32_t(int32_t)>(c.function))(c.fd);
    ASSERT_TRUE(result.ok()) << result.trap().ToString();
    EXPECT_EQ(0, *result);
    const std::string line = LastLine(++records);
    EXPECT_TRUE(wasi::testing::Says(line, "decision", "allow")) << line;
    EXPECT_TRUE(wasi::testing::Says(line, "class", c.capability)) << line;
    EXPECT_TRUE(wasi::testing::Says(line, "object", c.object)) << line;
  }
}

constexpr char kPaths[] = R"((module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get"
    (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "open") (param $length i32) (result i32)
    (call $open (i32.const 3) (i32.const 1) (i32.const 0) (local.get $length) (i32.const 0)
                (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 512)))
  (func (export "stat") (param $length i32) (result i32)
    (call $stat (i32.const 3) (i32.const 0) (i32.const 0) (local.get $length) (i32.const 512)))))";

// Where all that lies in the directory is granted, its path decides nothing and is not asked for
// where it can be told from the guest's; the record is the same.
TEST_F(RecordTest, OfWhereAPathLedTo) {
  fs::create_directory(fs::path(given_) / "sub");
  for (const char* const file : {"a", "sub/b"}) std::ofstream(fs::path(given_) / file) << "text";
  fs::create_symlink("sub/b", fs::path(given_) / "link");
  const struct {
    const char *function, *path, *object;
  } kCases[] = {
      {"open", "a", "/a"},
      {"open", "./sub//./b", "/sub/b"},
      {"open", "sub/../a", "/a"},
      {"open", "link", "/sub/b"},
      {"open", "sub/", "/sub"},
      {"open", ".", ""},
      {"stat", "a", "/a"},
      {"stat", "link", "/link"},
      {"stat", "sub/../sub/.", "/sub"},
  };
  for (const bool walks : {false, true}) {
    for (const bool all : {false, true}) {
      SCOPED_TRACE(walks);
      SCOPED_TRACE(all);
      fs::remove(folder_ / "log");
      fs::remove(folder_ / "log.head");
      const Instance instance =
          Start(kPaths, {(all ? "fs:" : "fs.read,fs.list:") + given_ + "/**"}, walks);
      size_t records = 0;
      const auto call = [&](const char* function, std::string_view path, const std::string& object,
                            Errno expected = Errno::kSuccess) {
        SCOPED_TRACE(path);
        std::memcpy((*instance.GetMemory("memory")).data().data(), path.data(), path.size());
        const Result<int32_t> result =
            (*instance.Get<int32_t(int32_t)>(function))(static_cast<int32_t>(path.size()));
        ASSERT_TRUE(result.ok()) << result.trap().ToString();
        EXPECT_EQ(static_cast<int32_t>(expected), *result);
        const std::string line = LastLine(++records);
        EXPECT_TRUE(wasi::testing::Says(line, "object", object)) << line;
      };
      for (const auto& c : kCases) call(c.function, c.path, given_ + c.object);
      // The host moves the directory to where nothing is granted: that may take some milliseconds
      // to be noticed.
      const std::string moved = folder_ / "moved";
      fs::rename(given_, moved);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      call("open", "a", moved + "/a", Errno::kAcces);
      fs::rename(moved, given_);
    }
  }
}

// What a guest moves itself is named by where it is at once.
TEST_F(RecordTest, OfWhereAGuestMovedADirectoryTo) {
  constexpr char kMover[] = R"((module
    (import "wasi_snapshot_preview1" "path_open"
      (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_get"
      (func $stat (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename"
      (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "sub")
    (data (i32.const 8) "other")
    (data (i32.const 16) "b")
    (func $stat_b (result i32)
      (call $stat (i32.load (i32.const 64)) (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 128)))
    (func (export "f") (param i32) (result i32)
      (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 2)
                  (i64.const 0x40000) (i64.const 0) (i32.const 0) (i32.const 64))
      (call $stat_b)
      (call $rename (i32.const 3) (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 8) (i32.const 5))
      (call $stat_b)
      (i32.or (i32.or (i32.or))))))";
  fs::create_directory(fs::path(given_) / "sub");
  std::ofstream(fs::path(given_) / "sub/b") << "text";
  const Instance instance = Start(kMover, {"fs:" + given_ + "/**"});
  const Result<int32_t> result = (*instance.Get<int32_t(int32_t)>("f"))(0);
  ASSERT_TRUE(result.ok()) << result.trap().ToString();
  EXPECT_EQ(0, *result);
  ASSERT_TRUE(log_->Flush().ok());
  const std::vector<std::string> lines = wasi::testing::LinesOf(folder_ / "log");
  ASSERT_LE(4u, lines.size());
  EXPECT_TRUE(wasi::testing::Says(lines[1], "object", given_ + "/sub/b")) << lines[1];
  EXPECT_TRUE(wasi::testing::Says(lines.back(), "object", given_ + "/other/b")) << lines.back();
}

}  // namespace
}  // namespace airwasm::wasi::p1
