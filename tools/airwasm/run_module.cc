// `airwasm run` of a module: a WASI command, or one exported function.
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "airwasm/airwasm.h"
#include "airwasm/guard_store.h"
#include "airwasm/wasi.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/run.h"
#include "tools/airwasm/stats.h"
#include "tools/airwasm/watchdog.h"

namespace airwasm::tools {
namespace {

absl::StatusOr<Value> ParseValue(const std::string& text, ValType type) {
  const auto bad = [&] {
    return absl::InvalidArgumentError(
        absl::StrFormat("argument '%s' is not of type %s", text, type.ToString()));
  };
  // Signed and unsigned decimal, and hexadecimal, as in the text format.
  const auto integer = [&](int bits, uint64_t* value) {
    const bool negative = text.starts_with("-");
    const std::string digits = text.substr(negative || text.starts_with("+") ? 1 : 0);
    if (digits.empty() || digits[0] == '-' || digits[0] == '+') return false;
    uint64_t magnitude = 0;
    if (digits.starts_with("0x") ? !absl::SimpleHexAtoi(digits, &magnitude)
                                 : !absl::SimpleAtoi(digits, &magnitude)) {
      return false;
    }
    const uint64_t limit = negative ? uint64_t{1} << (bits - 1) : ~uint64_t{0} >> (64 - bits);
    *value = negative ? uint64_t{0} - magnitude : magnitude;
    return magnitude <= limit;
  };
  switch (type.kind()) {
    case ValKind::kI32:
    case ValKind::kI64: {
      uint64_t value = 0;
      if (!integer(type == kI32 ? 32 : 64, &value)) return bad();
      if (type == kI32) return Value(static_cast<uint32_t>(value));
      return Value(value);
    }
    case ValKind::kF32: {
      float value = 0;
      if (!absl::SimpleAtof(text, &value)) return bad();
      return Value(value);
    }
    case ValKind::kF64: {
      double value = 0;
      if (!absl::SimpleAtod(text, &value)) return bad();
      return Value(value);
    }
    case ValKind::kRef:
      if (text == "null" && type.nullable()) return Value(Ref(), type);
      break;
    case ValKind::kV128:
    case ValKind::kBottom:
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("a value of type %s cannot be given on the command line", type.ToString()));
}

std::string ResultText(const Value& value) {
  switch (value.type().kind()) {
    case ValKind::kI32:
      return absl::StrFormat("%d", value.i32());
    case ValKind::kI64:
      return absl::StrFormat("%d", value.i64());
    case ValKind::kF32:
      return absl::StrFormat("%.9g", value.f32());
    case ValKind::kF64:
      return absl::StrFormat("%.17g", value.f64());
    case ValKind::kV128:
    case ValKind::kRef:
    case ValKind::kBottom:
      break;
  }
  return value.ToString();
}

absl::StatusOr<Module> MakeModule(const Engine& engine, const std::string& path,
                                  const std::string& bytes, bool allow_precompiled) {
  const bool is_precompiled = Module::IsPrecompiled(bytes);
  if (is_precompiled && !allow_precompiled)
    return absl::PermissionDeniedError(absl::StrFormat(
        "%s: it holds machine code, which nothing can check: whoever made the file can do all that "
        "you can. If you made it, or trust who did, run it with --allow-precompiled",
        path));
  absl::StatusOr<Module> module =
      is_precompiled ? Module::FromPrecompiled(engine, bytes) : Module::Create(engine, bytes);
  if (!module.ok()) {
    return absl::Status(module.status().code(),
                        absl::StrFormat("%s: %s", path, std::string(module.status().message())));
  }
  return module;
}

// "NAME=FILE": instantiates FILE and offers its exports under NAME.
absl::Status Preload(const Engine& engine, Store& store, Linker& linker, const std::string& text,
                     const Security& security, bool allow_precompiled) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrFormat("--preload takes NAME=FILE, not '%s'", text));
  }
  const std::string path = text.substr(equals + 1);
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  if (absl::Status status = security.CheckSigned(path, *bytes); !status.ok()) return status;
  const absl::StatusOr<Module> module = MakeModule(engine, path, *bytes, allow_precompiled);
  if (!module.ok()) return module.status();
  absl::StatusOr<Instance> instance = linker.Instantiate(store, *module);
  if (!instance.ok()) return instance.status();
  return linker.DefineInstance(text.substr(0, equals), *instance);
}

int Invoke(const Func& func, const std::string& name, const std::vector<std::string>& texts,
           security::Meter* meter) {
  const FuncType type = func.type();
  if (texts.size() != type.params.size()) {
    return Fail(
        absl::StrFormat("%s takes %d arguments, got %d", name, type.params.size(), texts.size()));
  }
  std::vector<Value> args;
  for (size_t i = 0; i < texts.size(); ++i) {
    absl::StatusOr<Value> value = ParseValue(texts[i], type.params[i]);
    if (!value.ok()) return Fail(name, value.status());
    args.push_back(*std::move(value));
  }
  absl::StatusOr<CallResult> result = func.Call(args);
  if (!result.ok()) return Fail(name, result.status());
  if (!result->ok()) return ReportTrap(result->trap(), meter);
  for (const Value& value : result->value()) std::printf("%s\n", ResultText(value).c_str());
  return kExitOk;
}

}  // namespace

int RunModule(const RunFlags& given, const RunInput& input) {
  RunFlags flags = given;
  absl::StatusOr<wasi::Config> config = MakeWasiConfig(
      flags.wasi, input.program(), flags.invoke.empty() ? input.args : std::vector<std::string>());
  if (!config.ok()) return Fail("", config.status());
  flags.guard.caches = !Module::IsPrecompiled(input.bytes);
  for (const std::string& preload : flags.preloads)
    flags.guard.inputs.push_back(preload.substr(preload.find('=') + 1));
  const absl::StatusOr<Security> security =
      Security::Make(flags.guard, input.path, input.bytes, *config, flags.engine);
  if (!security.ok()) return Fail("", security.status());
  const Engine& engine = MakeEngine(flags.engine.engine);
  const absl::StatusOr<Module> module =
      MakeModule(engine, input.path, input.bytes, flags.allow_precompiled);
  if (!module.ok()) return Fail("", module.status());
  if (absl::Status status = CheckCompiled(engine); !status.ok()) return Fail("", status);
  config->guard = security->MakeGuard();
  config->meter = security->MakeMeter(config->guard);
  security::Meter* const meter = config->meter.get();
  Store store(engine, flags.engine.store);
  const StatsReport report(flags.stats, flags.engine.tier, security->isolation(), engine, store,
                           meter);
  if (flags.engine.fuel) store.SetFuel(*flags.engine.fuel);
  GuardStore(store, config->guard);
  MeterStore(store, config->meter);
  Linker linker(engine);
  if (absl::Status status = DefineWasi(linker, *config); !status.ok()) return Fail("", status);
  linker.DefineUnknownImportsAsTraps(flags.unknown_imports_trap);
  for (const std::string& preload : flags.preloads) {
    if (absl::Status status =
            Preload(engine, store, linker, preload, *security, flags.allow_precompiled);
        !status.ok())
      return Fail(preload, status);
  }

  std::optional<Watchdog> watchdog;
  if (flags.engine.timeout) {
    watchdog.emplace(*flags.engine.timeout,
                     [interrupter = store.interrupter()] { interrupter.Interrupt(); });
  }

  const security::Meter::Run run(config->meter,
                                 [interrupter = store.interrupter()] { interrupter.Interrupt(); });

  Trap trap;
  absl::StatusOr<Instance> instance = linker.Instantiate(store, *module, &trap);
  if (!instance.ok())
    return trap.kind() != TrapKind::kNone ? ReportTrap(trap, meter)
                                          : Fail(input.path, instance.status());
  // A reactor says by this export that it wants to be initialised before anything else is called.
  const std::string name = flags.invoke.empty() ? "_start" : flags.invoke;
  if (name != "_start" && instance->FindExport("_initialize")) {
    const absl::StatusOr<TypedFunc<void()>> initialize = instance->Get<void()>("_initialize");
    if (!initialize.ok()) return Fail("_initialize", initialize.status());
    if (const Result<void> result = (*initialize)(); !result.ok())
      return ReportTrap(result.trap(), meter);
  }
  if (flags.invoke.empty() && !instance->FindExport("_start")) {
    if (instance->FindExport("_initialize")) {
      const absl::StatusOr<Func> initialize = instance->GetFunc("_initialize");
      return initialize.ok() ? Invoke(*initialize, "_initialize", {}, meter)
                             : Fail("", initialize.status());
    }
    return kExitOk;  // its start function, if any, has run: nothing else to do
  }
  const absl::StatusOr<Func> func = instance->GetFunc(name);
  if (!func.ok()) return Fail(input.path, func.status());
  return Invoke(*func, name, flags.invoke.empty() ? std::vector<std::string>() : input.args, meter);
}

}  // namespace airwasm::tools
