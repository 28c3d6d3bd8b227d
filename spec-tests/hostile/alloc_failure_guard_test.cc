// Each allocation of the life of a guest under a guard fails in turn: its policy is read, its
// decisions are recorded in an audit log, its quotas are counted.
//
// The log is whole after each life, and closed; and what the guest may not do it has not done.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "airwasm/airwasm.h"
#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard.h"
#include "airwasm/guard_store.h"
#include "airwasm/meter.h"
#include "airwasm/policy.h"
#include "airwasm/wasi.h"
#include "alloc_failure.h"
#include "security/audit/verify.h"

namespace airwasm::alloc_failure {
namespace {

// Opens "in" and "secret" in its directory, reads a clock, asks for random numbers, prints, and
// takes more memory than it may. The result has a bit for each that went well.
constexpr std::string_view kGuest = R"((module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 8)
  (data (i32.const 0) "in") (data (i32.const 16) "secret")
  (func $try (param $at i32) (param $length i32) (result i32)
    (i32.eqz (call $open (i32.const 3) (i32.const 0) (local.get $at) (local.get $length)
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64))))
  (func (export "run") (result i32)
    (drop (memory.grow (i32.const 6)))
    (i32.or (call $try (i32.const 0) (i32.const 2))
    (i32.or (i32.shl (call $try (i32.const 16) (i32.const 6)) (i32.const 1))
    (i32.or (i32.shl (i32.eqz (call $now (i32.const 0) (i64.const 0) (i32.const 128)))
                     (i32.const 2))
    (i32.or (i32.shl (i32.eqz (call $random (i32.const 128) (i32.const 8))) (i32.const 3))
            (i32.shl (i32.eqz (call $write (i32.const 1) (i32.const 256) (i32.const 1)
                                           (i32.const 264))) (i32.const 4)))))))))";
constexpr int32_t kForbidden = 2 | 8;
constexpr int32_t kResult = 1 | 4 | 16;

class GuardedLife : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "airwasm-memory-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    directory_ = path;
    std::filesystem::create_directory(directory_ + "/files");
    for (const char* const name : {"/files/in", "/files/secret"})
      close(open((directory_ + name).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    policy_ = R"(
description = "what the guest of this test may do"
[[grant]]
allow = ["fs.read,fs.list:)" +
              directory_ + R"(/files/**", "clock:wall@1ms", "stdio:out"]
[[deny]]
deny = "fs.read:)" +
              directory_ + R"(/files/secret"
[component."acme:*"]
allow = "args.read"
quota = { memory = "256KiB", host-bytes = "1MiB", output = "64KiB", cpu-time = "100s" }
)";
    options_.path = directory_ + "/audit.log";
    identity_.name = "acme:guest";
    config_.preopens = {{.host_path = directory_ + "/files", .guest_path = "/"}};
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // The embedder's own part, which throws.
  struct Guarded {
    Guarded(const security::Policy& policy, const security::ComponentIdentity& identity,
            std::shared_ptr<security::AuditLog> log, const wasi::Config& base)
        : config(base) {
      const security::Effective effective = policy.For(identity);
      quota = effective.quota;
      config.guard = security::Guard::Create(
          {.grants = std::make_shared<const security::Grants>(effective.rules),
           .audit = std::move(log),
           .component = identity.name});
      config.meter = std::make_shared<security::Meter>(
          security::Meter::Options{.quota = quota, .guard = config.guard, .component = nullptr});
    }
    security::Quota quota;
    wasi::Config config;
  };

  End Live(const Engine& engine, const Module& module) {
    const absl::StatusOr<security::Policy> policy = security::Policy::Parse(policy_, "policy.toml");
    if (!policy.ok()) return EndOf(policy.status());
    absl::StatusOr<std::shared_ptr<security::AuditLog>> log = security::AuditLog::Open(options_);
    if (!log.ok()) return EndOf(log.status());
    End end = End::kWell;
    {
      const std::optional<Guarded> guarded = Make<Guarded>(*policy, identity_, *log, config_);
      end = guarded ? LiveUnder(engine, module, *guarded) : End::kConstructor;
    }
    // What the writer has left to do it does with the memory that it needs.
    if (absl::Status closed = (*log)->Close(); !closed.ok()) return EndOf(closed);
    return end;
  }

  End LiveUnder(const Engine& engine, const Module& module, const Guarded& guarded) {
    std::optional<Store> store = Make<Store>(engine, WithQuota({}, guarded.quota));
    std::optional<Linker> linker = Make<Linker>(engine);
    if (!store || !linker) return End::kConstructor;
    try {
      MeterStore(*store, guarded.config.meter);
      const security::Meter::Run run(
          guarded.config.meter, [interrupter = store->interrupter()] { interrupter.Interrupt(); });
      return Run(*store, *linker, module, guarded);
    } catch (const std::bad_alloc&) {
      return End::kConstructor;
    }
  }

  static End Run(Store& store, Linker& linker, const Module& module, const Guarded& guarded) {
    if (absl::Status defined = DefineWasi(linker, guarded.config); !defined.ok())
      return EndOf(defined);
    const absl::StatusOr<Instance> instance = linker.Instantiate(store, module);
    if (!instance.ok()) return EndOf(instance.status());
    const absl::StatusOr<TypedFunc<int32_t()>> run = instance->Get<int32_t()>("run");
    if (!run.ok()) return EndOf(run.status());
    airwasm::Result<int32_t> result = (*run)();
    if (result.ok()) {
      if ((*result & kForbidden) != 0) return Wrong("it has done what it may not");
      return *result == kResult ? End::kWell : Wrong("it was denied what it may do");
    }
    const End end = EndOf(result.trap());
    if (end != End::kTrap || Failing::kFromThenOn == how_) return end;
    Disarm();
    const airwasm::Result<int32_t> again = (*run)();
    if (!again.ok()) return Wrong("a call traps when there is memory");
    return *again == kResult ? end : Wrong("it may do something else when there is memory");
  }

  // The log, whole, as if nothing had happened.
  void ExpectWholeLog() const {
    const absl::StatusOr<security::audit::Verdict> verdict =
        security::audit::Verify(options_.path, "");
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_EQ(verdict->kind, security::audit::Verdict::Kind::kWhole) << verdict->problem;
    EXPECT_EQ(verdict->lost, 0u);
  }

  static inline Failing how_ = Failing::kOnce;
  std::string directory_;
  std::string policy_;
  security::AuditOptions options_;
  security::ComponentIdentity identity_;
  wasi::Config config_;
};

TEST_F(GuardedLife, UnderAPolicyWithAnAuditLog) {
  const Engine engine(EngineOptions{.tier = Tier::kInterp});
  const absl::StatusOr<Module> module = Module::Create(engine, kGuest);
  ASSERT_TRUE(module.ok()) << module.status();
  how_ = Failing::kOnce;
  FailEach("guarded", [&] { return Live(engine, *module); });
  ExpectWholeLog();
}

// The log may be left as a process that was killed leaves it, when there is no memory to close it.
TEST_F(GuardedLife, WithoutMemoryFromSomewhereOn) {
  const Engine engine(EngineOptions{.tier = Tier::kInterp});
  const absl::StatusOr<Module> module = Module::Create(engine, kGuest);
  ASSERT_TRUE(module.ok()) << module.status();
  how_ = Failing::kFromThenOn;
  FailEach("guarded", [&] { return Live(engine, *module); },
           {.all_of_first = 1000, .of_the_others = 300, .failing = Failing::kFromThenOn});
  how_ = Failing::kOnce;
  ExpectWholeLog();
}

// The audit log's writer and the watch of times.
TEST_F(GuardedLife, WithoutMemoryOnOtherThreads) {
  const Engine engine(EngineOptions{.tier = Tier::kInterp});
  const absl::StatusOr<Module> module = Module::Create(engine, kGuest);
  ASSERT_TRUE(module.ok()) << module.status();
  how_ = Failing::kOnce;
  options_.rotate_bytes = 2048;
  options_.keep_files = 3;
  FailEach("guarded", [&] { return Live(engine, *module); },
           {.all_of_first = 500, .of_the_others = 100, .failing = Failing::kOtherThreads});
  ExpectWholeLog();
}

}  // namespace
}  // namespace airwasm::alloc_failure
