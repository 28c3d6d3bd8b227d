// `airwasm run` of a component: a WASI command, or one exported function.
#include <utility>

#include "absl/strings/str_format.h"
#include "airwasm/airwasm.h"
#include "airwasm/wasi_component.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/invoke.h"
#include "tools/airwasm/link_component.h"
#include "tools/airwasm/run.h"
#include "tools/airwasm/stats.h"
#include "tools/airwasm/watchdog.h"

namespace airwasm::tools {
namespace {

// Any version of the track stands for it.
constexpr char kRun[] = "wasi:cli/run@0.2.0";

// Without a command there is something to choose from.
int FailWithoutCommand(const std::string& path, const ComponentInstance& instance) {
  std::string exports;
  for (const ComponentItem& item : instance.exports()) {
    if (item.kind == ComponentItem::Kind::kFunc || item.kind == ComponentItem::Kind::kInstance)
      exports += "\n  " + item.name;
  }
  if (exports.find("wasi:cli/run@0.3") != exports.npos) {
    return Fail(path + ": it is a command of WASI 0.3, which cannot be run yet; 0.2 can");
  }
  if (exports.empty()) return Fail(path + ": it exports neither wasi:cli/run nor any function");
  std::string advice = "--invoke calls a function of its exports:";
  if (exports.find("wasi:http/incoming-handler@") != exports.npos)
    advice = "`airwasm serve` serves its requests, " + advice;
  return Fail(path + ": it exports no wasi:cli/run; " + advice + exports);
}

int RunCommand(const std::string& path, const ComponentInstance& instance, security::Meter* meter) {
  const absl::StatusOr<ComponentInstance> command = instance.GetInstance(kRun);
  if (!command.ok()) return FailWithoutCommand(path, instance);
  const absl::StatusOr<ComponentFunc> run = command->GetFunc("run");
  if (!run.ok()) return Fail(path, run.status());
  const absl::StatusOr<ComponentCallResult> result = run->Call({});
  if (!result.ok()) return Fail(path, result.status());
  if (!result->ok()) return ReportTrap(result->trap(), meter);
  const std::optional<Val>& value = result->value();
  const bool failed = value && value->kind() == Val::Kind::kResult && !value->is_ok();
  return failed ? kExitFailure : kExitOk;
}

}  // namespace

int RunComponent(const RunFlags& given, const RunInput& input) {
  RunFlags flags = given;
  if (!flags.preloads.empty())
    return Fail("--preload is for modules; a component takes --plug [NAME=]FILE");
  absl::StatusOr<wasi::Config> config = MakeWasiConfig(
      flags.wasi, input.program(), flags.invoke.empty() ? input.args : std::vector<std::string>());
  if (!config.ok()) return Fail("", config.status());
  for (const std::string& plug : flags.plugs)
    flags.guard.inputs.push_back(plug.substr(plug.find('=') + 1));
  const absl::StatusOr<Security> security =
      Security::Make(flags.guard, input.path, input.bytes, *config, flags.engine);
  if (!security.ok()) return Fail("", security.status());
  std::string whole;
  if (absl::Status status = EmbedImportedComponents(flags, input, *security, &whole); !status.ok())
    return Fail("", status);
  config->guard = security->MakeGuard();
  config->meter = security->MakeMeter(config->guard);
  security::Meter* const meter = config->meter.get();
  const Engine& engine = MakeEngine(flags.engine.engine);
  const absl::StatusOr<Component> component =
      MakeComponent(engine, flags, input.path, whole.empty() ? input.bytes : whole);
  if (!component.ok()) return Fail("", component.status());
  if (absl::Status status = CheckCompiled(engine); !status.ok()) return Fail("", status);

  Store store(engine, flags.engine.store);
  const StatsReport report(flags.stats, flags.engine.tier, security->isolation(), engine, store,
                           meter);
  if (flags.engine.fuel) store.SetFuel(*flags.engine.fuel);
  if (absl::Status status = GiveWasi(store, *config); !status.ok()) return Fail("", status);

  std::optional<Watchdog> watchdog;
  if (flags.engine.timeout) {
    watchdog.emplace(*flags.engine.timeout,
                     [interrupter = store.interrupter()] { interrupter.Interrupt(); });
  }

  const security::Meter::Run run(config->meter,
                                 [interrupter = store.interrupter()] { interrupter.Interrupt(); });

  Trap trap;
  const absl::StatusOr<Plugs> plugs = Plugs::Load(engine, store, flags, *security, &trap);
  if (trap.kind() != TrapKind::kNone) return ReportTrap(trap, meter);
  if (!plugs.ok()) return ReportLinkErrors("", plugs.status(), flags.json);
  absl::StatusOr<ComponentLinker> linker = plugs->Linker();
  if (!linker.ok()) return Fail("", linker.status());
  if (flags.unknown_imports_trap) {
    if (absl::Status status = DefineUnknownImportsAsTraps(*linker, *component); !status.ok())
      return Fail(input.path, status);
  }
  const absl::StatusOr<ComponentInstance> instance = linker->Instantiate(store, *component, &trap);
  if (trap.kind() != TrapKind::kNone) return ReportTrap(trap, meter);
  if (!instance.ok()) return ReportLinkErrors(input.path, instance.status(), flags.json);
  return flags.invoke.empty() ? RunCommand(input.path, *instance, meter)
                              : InvokeExport(*instance, flags.invoke, input.args, meter);
}

}  // namespace airwasm::tools
