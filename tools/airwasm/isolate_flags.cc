// What --isolate leaves to the process: what the grants need, and what the options make the engine
// do besides.
#include <cstdio>
#include <filesystem>

#include "absl/time/clock.h"
#include "airwasm/isolate.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/guard_flags.h"
#include "tools/airwasm/signed_file.h"

namespace airwasm::tools {
namespace {

using security::IsolationMode;
using security::IsolationPlan;
using security::PathUse;
using security::UsesOf;

constexpr security::PathUses kRead = UsesOf(PathUse::kRead, PathUse::kList);
constexpr security::PathUses kAll =
    UsesOf(PathUse::kRead, PathUse::kList, PathUse::kWrite, PathUse::kCreate, PathUse::kDelete);

std::string FolderOf(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).parent_path();
}

void AddOptionNeeds(const GuardFlags& flags, const wasi::Config& config, const EngineFlags& engine,
                    IsolationPlan& plan) {
  for (const std::string& input : flags.inputs) {
    plan.Allow(input, kRead);
    plan.Allow(SignatureFileOf(input), kRead);
  }
  // Files come and go beside the log, and beside a data base.
  if (!flags.audit.empty()) plan.Allow(FolderOf(flags.audit), kAll);
  if (!flags.audit_key.empty()) plan.Allow(flags.audit_key, kRead);
  for (const wasi::KeyValueStore& store : config.key_value_stores) {
    if (!store.path.empty()) plan.Allow(FolderOf(store.path), kAll);
  }
  // It is made by now if it can be: what has to be allowed is that directory, not its parent.
  const std::string& cache = engine.engine.code_cache;
  if (flags.caches && !cache.empty() && CodeCacheIsUsable(cache, nullptr)) plan.Allow(cache, kAll);
  constexpr security::PathUses kMake = UsesOf(PathUse::kRead, PathUse::kWrite, PathUse::kCreate);
  if (engine.engine.profile == Profile::kPerfMap) plan.Allow("/tmp", kMake);
  if (engine.engine.profile == Profile::kJitDump) plan.Allow(".", kMake);
  if (flags.serves) plan.sockets = true;
}

}  // namespace

absl::Status Security::Isolate(const GuardFlags& flags, const wasi::Config& config,
                               const EngineFlags& engine) {
  std::vector<std::string> roots;
  for (const wasi::Preopen& preopen : config.preopens) {
    std::error_code error;
    const std::string real = std::filesystem::canonical(preopen.host_path, error);
    if (!error) roots.push_back(real);
  }
  IsolationPlan plan = security::PlanFor(*grants_, roots, absl::Now());
  security::AddEngineNeeds(plan);
  AddOptionNeeds(flags, config, engine, plan);
  const IsolationMode mode = flags.isolate == "full"   ? IsolationMode::kFull
                             : flags.isolate == "best" ? IsolationMode::kBestEffort
                                                       : IsolationMode::kSeccomp;
  const absl::StatusOr<security::IsolationReport> report = security::Isolate(plan, mode);
  if (!report.ok()) {
    const char* const advice =
        absl::IsUnimplemented(report.status()) ? " (--isolate=best takes what the kernel has)" : "";
    return absl::Status(report.status().code(),
                        "--isolate: " + std::string(report.status().message()) + advice);
  }
  if (mode == IsolationMode::kBestEffort && report->landlock_abi == 0)
    std::fprintf(stderr, "airwasm: note: --isolate=best: this kernel has no Landlock\n");
  isolation_ = report->ToString();
  return absl::OkStatus();
}

}  // namespace airwasm::tools
