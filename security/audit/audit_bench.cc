// What a decision costs its caller, and how many a second reach a file.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "airwasm/audit_log.h"
#include "security/audit/chain.h"
#include "security/audit/json_escape.h"
#include "security/audit/line.h"

namespace airwasm::security::audit {
namespace {

constexpr std::string_view kFunction = "wasi:filesystem/types@0.2.0#[method]descriptor.read";
constexpr std::string_view kObject = "/srv/data/customers.db";
constexpr std::string_view kRule = "--allow fs.read:/srv/data/**";

class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path().string() + "/audit-bench.XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string Log() const { return path_ + "/log"; }

 private:
  std::string path_;
};

AuditLog::Record RecordOf(AuditLog& log) {
  return {.component = log.Intern("shop"),
          .instance = 3,
          .function = log.Intern(kFunction),
          .rule = log.Intern(kRule),
          .capability = Capability::kFsRead,
          .allow = true,
          .object = kObject};
}

// The caller's side alone: bursts that fit into the ring, with time between for the writer to take
// them out.
void Append(benchmark::State& state) {
  const Folder folder;
  constexpr size_t kRingBytes = 4 << 20;
  const auto log = *AuditLog::Open(
      {.path = folder.Log(), .rotate_bytes = 64 << 20, .keep_files = 1, .ring_bytes = kRingBytes});
  const AuditLog::Record record = RecordOf(*log);
  int left = 0;
  for (auto _ : state) {
    if (left-- == 0) {
      state.PauseTiming();
      log->Flush().IgnoreError();
      left = 5'000;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(log->Append(record));
  }
  state.counters["blocked"] = static_cast<double>(log->stats().blocked);
}
BENCHMARK(Append);

// All the way: as many as one thread can get into the file, which is what the writer can write.
void ToFile(benchmark::State& state) {
  const Folder folder;
  const auto log =
      *AuditLog::Open({.path = folder.Log(), .rotate_bytes = 256 << 20, .keep_files = 1});
  const AuditLog::Record record = RecordOf(*log);
  for (auto _ : state) benchmark::DoNotOptimize(log->Append(record));
  log->Flush().IgnoreError();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ToFile)->UseRealTime()->MeasureProcessCPUTime();

void OpenAndClose(benchmark::State& state) {
  const Folder folder;
  for (auto _ : state) {
    const auto log = *AuditLog::Open({.path = folder.Log()});
    benchmark::DoNotOptimize(log->Append({.object = kObject}));
    log->Close().IgnoreError();
  }
}
BENCHMARK(OpenAndClose)->UseRealTime();

// Calls that take so many turns of a loop, without and with a record for each, in turns of some
// 100 ms: the medians of what a call takes alone (`call_ns`) and of the share of calls per second
// that is kept (`kept`). The time until all is in the file counts.
void Calls(benchmark::State& state) {
  constexpr int kCalls = 100'000;
  const Folder folder;
  const auto log =
      *AuditLog::Open({.path = folder.Log(), .rotate_bytes = 256 << 20, .keep_files = 1});
  const AuditLog::Record record = RecordOf(*log);
  const auto seconds = [&](bool audited) {
    const auto begin = std::chrono::steady_clock::now();
    for (int call = 0; call < kCalls; ++call) {
      for (int64_t i = 0; i < state.range(0); ++i) benchmark::DoNotOptimize(i);
      if (audited) benchmark::DoNotOptimize(log->Append(record));
    }
    if (audited) log->Flush().IgnoreError();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  std::vector<double> call_ns;
  std::vector<double> kept;
  for (auto _ : state) {
    const double alone = seconds(/*audited=*/false);
    const double audited = seconds(/*audited=*/true);
    state.SetIterationTime(audited / kCalls);
    call_ns.push_back(alone * 1e9 / kCalls);
    kept.push_back(alone / audited);
  }
  const auto median = [](std::vector<double>& values) {
    std::ranges::nth_element(values, values.begin() + values.size() / 2);
    return values[values.size() / 2];
  };
  state.counters["call_ns"] = median(call_ns);
  state.counters["kept"] = median(kept);
}
BENCHMARK(Calls)->UseManualTime()->Iterations(31)->Arg(1000)->Arg(1500)->Arg(2000)->Arg(4000);

void FormatLine(benchmark::State& state) {
  LineWriter writer({});
  const auto to = std::make_unique<char[]>(kMaxLineBytes);
  char* end = nullptr;
  int64_t time = 1'786'959'000'000'000'123;
  for (auto _ : state) {
    end = writer.Write({.time_ns = time += 1000,
                        .component = "shop",
                        .instance = 3,
                        .function = kFunction,
                        .capability = "fs.read",
                        .object = kObject,
                        .allow = true,
                        .rule = kRule},
                       to.get());
    benchmark::ClobberMemory();
  }
  state.counters["bytes"] = static_cast<double>(end - to.get());
}
BENCHMARK(FormatLine);

void Hash(benchmark::State& state) {
  const std::string line(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(HashOf(line));
}
BENCHMARK(Hash)->Arg(256)->Arg(384);

void Escape(benchmark::State& state) {
  char to[MaxEscapedBytes(64)];
  for (auto _ : state) benchmark::DoNotOptimize(EscapeJson(kObject, to));
}
BENCHMARK(Escape);

}  // namespace
}  // namespace airwasm::security::audit
