// What checking and recording cost a call into the host: the same call of WASI 0.1 without a guard,
// with one, and with its decisions going to an audit log. The bars: 1 ns for the check, 25 ns for
// the record.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "airwasm/audit_log.h"
#include "airwasm/grants.h"
#include "airwasm/guard_store.h"
#include "airwasm/wasi.h"
#include "bench/micro/fixture.h"

namespace airwasm::bench {
namespace {

// args_sizes_get does least of all functions.
constexpr std::string_view kGuest = R"((module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $ask (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "call") (param $n i32)
    (loop $again
      (drop (call $ask (i32.const 0) (i32.const 8)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))";

enum class Watched { kNot, kGuarded, kAudited };

class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "airwasm-bench-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string Log() const { return path_ + "/log"; }

 private:
  std::string path_;
};

std::shared_ptr<security::Guard> MakeGuard(std::shared_ptr<security::AuditLog> log) {
  std::vector<security::Rule> rules;
  rules.push_back(Must(security::ParseRule("args.read", true, "bench")));
  return security::Guard::Create(
      {.grants = std::make_shared<const security::Grants>(std::move(rules)),
       .audit = std::move(log),
       .component = "bench"});
}

// Waits awake: a thread that had slept would begin with a cold processor, which cost the calls more
// than the records do.
void WaitUntilWritten(const security::AuditLog& log) {
  for (bool written = false; !written;) {
    const security::AuditLog::Stats stats = log.stats();
    written = stats.written == stats.appended;
    for (int i = 0; i < 100; ++i) benchmark::ClobberMemory();
  }
}

void BM_WasiCall(benchmark::State& state, Tier tier, Watched watched) {
  const Folder folder;
  // As many calls as a ring takes without its writer, so that what is measured is the caller's
  // side.
  constexpr int32_t kCalls = 10'000;
  EngineOptions options;
  options.tier = tier;
  const Engine engine(options);
  Store store(engine);
  Linker linker(engine);
  wasi::Config config;
  std::shared_ptr<security::AuditLog> log;
  if (watched == Watched::kAudited) log = Must(security::AuditLog::Open({.path = folder.Log()}));
  if (watched != Watched::kNot) {
    config.guard = MakeGuard(log);
    GuardStore(store, config.guard);
  }
  Check(DefineWasi(linker, config));
  const Instance instance = Must(linker.Instantiate(store, Must(Module::Create(engine, kGuest))));
  const auto call = Must(instance.Get<void(int32_t)>("call"));
  for (auto _ : state) {
    Must(call(kCalls));
    if (log == nullptr) continue;
    state.PauseTiming();
    WaitUntilWritten(*log);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kCalls);
}
BENCHMARK_CAPTURE(BM_WasiCall, interp / unguarded, Tier::kInterp, Watched::kNot);
BENCHMARK_CAPTURE(BM_WasiCall, interp / guarded, Tier::kInterp, Watched::kGuarded);
BENCHMARK_CAPTURE(BM_WasiCall, interp / audited, Tier::kInterp, Watched::kAudited);
BENCHMARK_CAPTURE(BM_WasiCall, jit / unguarded, Tier::kJit, Watched::kNot);
BENCHMARK_CAPTURE(BM_WasiCall, jit / guarded, Tier::kJit, Watched::kGuarded);
BENCHMARK_CAPTURE(BM_WasiCall, jit / audited, Tier::kJit, Watched::kAudited);

}  // namespace
}  // namespace airwasm::bench
