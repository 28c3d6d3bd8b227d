// What the audit log says of functions that ask about nothing in particular: what they were used
// on, and a class that fits that.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "airwasm/airwasm.h"
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard_store.h"
#include "airwasm/wasi.h"
#include "wasi/host/deny_test_util.h"

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

TEST(RecordTest, OfWhatAsksAboutNothing) {
  std::string name = fs::temp_directory_path() / "airwasm-record-XXXXXX";
  const fs::path folder = fs::canonical(mkdtemp(name.data()));
  fs::create_directory(folder / "given");
  const std::string given = folder / "given";
  auto log = security::AuditLog::Open({.path = folder / "log"});
  ASSERT_TRUE(log.ok()) << log.status();
  std::vector<security::Rule> rules;
  for (const std::string& text :
       {"fs.read:" + given + "/**", std::string("stdio,wait,net.connect")})
    rules.push_back(*security::ParseRule(text, true, "test"));
  Config config;
  config.preopens = {{.host_path = given, .guest_path = "/"}};
  config.guard = security::Guard::Create(
      {.grants = std::make_shared<const security::Grants>(std::move(rules)), .audit = *log});
  const Engine engine;
  Store store(engine);
  GuardStore(store, config.guard);
  Linker linker(engine);
  ASSERT_TRUE(DefineWasi(linker, config).ok());
  const absl::StatusOr<Module> compiled = Module::Create(engine, kGuest);
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  const absl::StatusOr<Instance> instance = linker.Instantiate(store, *compiled);
  ASSERT_TRUE(instance.ok()) << instance.status();
  const struct {
    const char* function;
    int32_t fd;
    std::string capability, object;
  } kCases[] = {
      {"fdstat", 1, "stdio", "out"},    {"fdstat", 3, "fs.read", given},
      {"prestat", 3, "fs.read", given}, {"renumber", 1, "stdio", "out"},
      {"close", 2, "stdio", "err"},     {"poll", 0, "wait", ""},
      {"close", 3, "fs.read", given},   {"close", 0, "stdio", "in"},
  };
  size_t records = 0;
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.function + std::to_string(c.fd));
    const Result<int32_t> result = (*instance->Get<int32_t(int32_t)>(c.function))(c.fd);
    ASSERT_TRUE(result.ok()) << result.trap().ToString();
    EXPECT_EQ(0, *result);
    ASSERT_TRUE((*log)->Flush().ok());
    const std::vector<std::string> lines = wasi::testing::LinesOf(folder / "log");
    ASSERT_EQ(++records, lines.size());
    EXPECT_TRUE(wasi::testing::Says(lines.back(), "decision", "allow")) << lines.back();
    EXPECT_TRUE(wasi::testing::Says(lines.back(), "class", c.capability)) << lines.back();
    EXPECT_TRUE(wasi::testing::Says(lines.back(), "object", c.object)) << lines.back();
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace airwasm::wasi::p1
