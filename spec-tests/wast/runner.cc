#include "spec-tests/wast/runner.h"

#include <map>
#include <memory>
#include <optional>

#include "absl/strings/str_format.h"
#include "airwasm/airwasm.h"
#include "component/text/script.h"
#include "engine/api/engine_impl.h"
#include "engine/binary/branch_hints.h"
#include "engine/binary/decoder.h"
#include "engine/text/script.h"
#include "spec-tests/wast/component_runner.h"
#include "spec-tests/wast/match.h"
#include "spec-tests/wast/spectest.h"

namespace airwasm::wast {
namespace {

using text::Directive;
using text::DirectiveKind;
using text::ModuleSource;

// Empty: the directive holds. Else what was expected and found.
using Verdict = std::optional<std::string>;

// The suites give the beginning of the message; some give more detail than we do behind the same
// words.
bool MessageMatches(std::string_view actual, std::string_view expected) {
  return !actual.empty() && (actual.starts_with(expected) || expected.starts_with(actual));
}

Verdict ExpectMessage(std::string_view what, std::string_view actual, std::string_view expected) {
  if (MessageMatches(actual, expected)) return std::nullopt;
  return absl::StrFormat("%s \"%s\", expected \"%s\"", std::string(what), std::string(actual),
                         std::string(expected));
}

class Runner {
 public:
  explicit Runner(const Options& options)
      : engine_(options.engine), store_(engine_, options.store), linker_(engine_) {
    linker_.AllowShadowing(true);
    if (options.engine.fuel) store_.SetFuel(options.fuel);
  }

  absl::Status SetUp() { return DefineSpectest(store_, linker_); }
  // What a run of compiled code did not run compiled.
  std::vector<std::string> Uncompiled() const {
    const tier::Tiering* const tiering = engine_.impl()->tiering.get();
    return tiering == nullptr ? std::vector<std::string>() : tiering->refused();
  }
  Verdict Run(const Directive& d);

 private:
  absl::StatusOr<Module> Load(const ModuleSource& source);
  Expected<std::shared_ptr<runtime::Module>> Compile(const ModuleSource& source);
  absl::StatusOr<Instance> Instantiate(const Module& module, Trap* trap) {
    return linker_.Instantiate(store_, module, trap);
  }
  Verdict DefineModule(const ModuleSource& source);
  Verdict Register(const Directive& d);
  absl::StatusOr<Instance> FindInstance(const std::string& id) const;
  // What the action yields; a get never traps.
  absl::StatusOr<CallResult> Act(const text::Action& action);

  Verdict AssertReturn(const Directive& d);
  Verdict AssertTrap(const Directive& d);
  Verdict AssertTrapModule(const Directive& d);
  Verdict AssertException(const Directive& d);
  Verdict AssertRejected(const Directive& d, ErrorKind kind);
  Verdict AssertInvalidCustom(const Directive& d);
  Verdict AssertUnlinkable(const Directive& d);

  Engine engine_;
  Store store_;
  Linker linker_;
  std::map<std::string, Module> definitions_;
  std::map<std::string, Instance> instances_;
  std::optional<Module> last_definition_;
  std::optional<Instance> last_instance_;
};

Expected<std::shared_ptr<runtime::Module>> Runner::Compile(const ModuleSource& source) {
  Expected<std::vector<uint8_t>> bytes =
      text::ModuleSourceToWasm(source, engine_.options().features);
  if (!bytes.ok()) return bytes.error();
  return runtime::Module::Create(*bytes, internal::ModuleOptionsOf(engine_.options(), false),
                                 engine_.impl()->types, *engine_.impl()->executor);
}

absl::StatusOr<Module> Runner::Load(const ModuleSource& source) {
  Expected<std::shared_ptr<runtime::Module>> module = Compile(source);
  if (!module.ok()) return absl::InvalidArgumentError(module.error().ToString());
  return Module(engine_, *std::move(module));
}

Verdict Runner::DefineModule(const ModuleSource& source) {
  if (source.kind != ModuleSource::Kind::kInstance) {
    absl::StatusOr<Module> module = Load(source);
    if (!module.ok()) return "the module was rejected: " + std::string(module.status().message());
    last_definition_ = *module;
    if (!source.id.empty()) definitions_.insert_or_assign(source.id, *module);
    if (source.is_definition) return std::nullopt;
  } else if (!source.definition.empty()) {
    const auto it = definitions_.find(source.definition);
    if (it == definitions_.end()) return "there is no module definition $" + source.definition;
    last_definition_ = it->second;
  }
  if (!last_definition_) return "there is no module definition";
  Trap trap;
  absl::StatusOr<Instance> instance = Instantiate(*last_definition_, &trap);
  if (!instance.ok())
    return "the module cannot be instantiated: " + std::string(instance.status().message());
  last_instance_ = *instance;
  if (!source.id.empty()) instances_.insert_or_assign(source.id, *instance);
  return std::nullopt;
}

absl::StatusOr<Instance> Runner::FindInstance(const std::string& id) const {
  if (id.empty()) {
    if (!last_instance_) return absl::NotFoundError("there is no module yet");
    return *last_instance_;
  }
  const auto it = instances_.find(id);
  if (it == instances_.end()) return absl::NotFoundError("there is no module $" + id);
  return it->second;
}

Verdict Runner::Register(const Directive& d) {
  const absl::StatusOr<Instance> instance = FindInstance(d.id);
  if (!instance.ok()) return std::string(instance.status().message());
  const absl::Status status = linker_.DefineInstance(d.name, *instance);
  return status.ok() ? Verdict() : Verdict(std::string(status.message()));
}

absl::StatusOr<CallResult> Runner::Act(const text::Action& action) {
  const absl::StatusOr<Instance> instance = FindInstance(action.module);
  if (!instance.ok()) return instance.status();
  if (action.kind == text::Action::Kind::kGet) {
    const absl::StatusOr<Global> global = instance->GetGlobal(action.name);
    if (!global.ok()) return global.status();
    return CallResult(std::vector<Value>{global->Get()});
  }
  const absl::StatusOr<Func> func = instance->GetFunc(action.name);
  if (!func.ok()) return func.status();
  std::vector<Value> args;
  for (const text::ScriptValue& arg : action.args) args.push_back(ToValue(store_, arg));
  return func->Call(args);
}

Verdict Runner::AssertReturn(const Directive& d) {
  const absl::StatusOr<CallResult> result = Act(d.action);
  if (!result.ok()) return std::string(result.status().message());
  if (!result->ok()) return "trapped: " + result->trap().ToString();
  const std::vector<Value>& values = result->value();
  bool match = values.size() == d.results.size();
  for (size_t i = 0; match && i < values.size(); ++i) {
    match = Matches(*engine_.impl()->types, values[i], d.results[i]);
  }
  if (match) return std::nullopt;
  std::string expected;
  for (const text::ResultPattern& pattern : d.results)
    expected += (expected.empty() ? "" : " ") + PatternText(pattern);
  return absl::StrFormat("%s returned %s, expected %s", d.action.name, ValuesText(values),
                         expected.empty() ? "nothing" : expected);
}

Verdict Runner::AssertTrap(const Directive& d) {
  const absl::StatusOr<CallResult> result = Act(d.action);
  if (!result.ok()) return std::string(result.status().message());
  if (result->ok())
    return absl::StrFormat("%s returned %s, expected trap \"%s\"", d.action.name,
                           ValuesText(result->value()), d.message);
  return ExpectMessage("trapped with", result->trap().message(), d.message);
}

Verdict Runner::AssertTrapModule(const Directive& d) {
  const absl::StatusOr<Module> module = Load(d.module);
  if (!module.ok()) return "the module was rejected: " + std::string(module.status().message());
  Trap trap;
  const absl::StatusOr<Instance> instance = Instantiate(*module, &trap);
  if (instance.ok()) return "the module was instantiated, expected trap \"" + d.message + "\"";
  if (trap.kind() == TrapKind::kNone)
    return "no trap but an error: " + std::string(instance.status().message());
  return ExpectMessage("trapped with", trap.message(), d.message);
}

Verdict Runner::AssertException(const Directive& d) {
  const absl::StatusOr<CallResult> result = Act(d.action);
  if (!result.ok()) return std::string(result.status().message());
  if (result->ok())
    return absl::StrFormat("%s returned %s, expected an exception", d.action.name,
                           ValuesText(result->value()));
  if (result->trap().kind() == TrapKind::kUncaughtException) return std::nullopt;
  return "trapped with \"" + result->trap().message() + "\", expected an exception";
}

Verdict Runner::AssertRejected(const Directive& d, ErrorKind kind) {
  const Expected<std::shared_ptr<runtime::Module>> module = Compile(d.module);
  if (module.ok()) return "the module was accepted, expected \"" + d.message + "\"";
  const Error& error = module.error();
  // A construct of a feature that is off is malformed to us; older scripts call some of them
  // invalid.
  const bool all_features = engine_.options().features == Features();
  if (all_features && error.kind != kind && error.kind != ErrorKind::kLimit) {
    return absl::StrFormat("found to be %s (\"%s\"), expected the other",
                           kind == ErrorKind::kInvalid ? "malformed" : "invalid", error.message);
  }
  return ExpectMessage("rejected with", error.message, d.message);
}

Verdict Runner::AssertInvalidCustom(const Directive& d) {
  Expected<std::vector<uint8_t>> bytes =
      text::ModuleSourceToWasm(d.module, engine_.options().features);
  // The text format knows what an annotation may stand before, so that the parser already rejects a
  // wrong one.
  if (!bytes.ok()) return ExpectMessage("rejected with", bytes.error().message, d.message);
  const Expected<syntax::Module> module = binary::Decode(*bytes, engine_.options().features);
  if (!module.ok()) return "malformed: " + module.error().ToString();
  const Checked hints = binary::CheckBranchHints(*module);
  if (hints.ok()) return "the custom sections were accepted, expected \"" + d.message + "\"";
  return ExpectMessage("rejected with", hints.error().message, d.message);
}

Verdict Runner::AssertUnlinkable(const Directive& d) {
  const absl::StatusOr<Module> module = Load(d.module);
  if (!module.ok()) return "the module was rejected: " + std::string(module.status().message());
  Trap trap;
  const absl::StatusOr<Instance> instance = Instantiate(*module, &trap);
  if (instance.ok()) return "the module was instantiated, expected \"" + d.message + "\"";
  return ExpectMessage("unlinkable with", std::string(instance.status().message()), d.message);
}

Verdict Runner::Run(const Directive& d) {
  switch (d.kind) {
    case DirectiveKind::kModule:
      return DefineModule(d.module);
    case DirectiveKind::kRegister:
      return Register(d);
    case DirectiveKind::kAction: {
      const absl::StatusOr<CallResult> result = Act(d.action);
      if (!result.ok()) return std::string(result.status().message());
      return result->ok() ? Verdict() : Verdict("trapped: " + result->trap().ToString());
    }
    case DirectiveKind::kAssertReturn:
      return AssertReturn(d);
    case DirectiveKind::kAssertTrap:
    case DirectiveKind::kAssertExhaustion:
      return AssertTrap(d);
    case DirectiveKind::kAssertTrapModule:
      return AssertTrapModule(d);
    case DirectiveKind::kAssertException:
      return AssertException(d);
    case DirectiveKind::kAssertInvalid:
      return AssertRejected(d, ErrorKind::kInvalid);
    case DirectiveKind::kAssertMalformed:
    case DirectiveKind::kAssertMalformedCustom:
      return AssertRejected(d, ErrorKind::kMalformed);
    case DirectiveKind::kAssertInvalidCustom:
      return AssertInvalidCustom(d);
    case DirectiveKind::kAssertUnlinkable:
      return AssertUnlinkable(d);
  }
  return "unknown directive";
}

}  // namespace

ScriptResult RunScript(std::string_view source, const Options& options) {
  if (component::text::IsComponentScript(source)) return RunComponentScript(source, options);
  ScriptResult result;
  const Expected<text::Script> script = text::ParseScript(source);
  if (!script.ok()) {
    result.failures.push_back({script.error().line, "script", script.error().ToString()});
    return result;
  }
  Runner runner(options);
  if (const absl::Status status = runner.SetUp(); !status.ok()) {
    result.failures.push_back({0, "spectest", std::string(status.message())});
    return result;
  }
  for (const Directive& directive : script->directives) {
    Verdict verdict = runner.Run(directive);
    if (!verdict) {
      ++result.passed;
    } else {
      result.failures.push_back(
          {directive.line, std::string(text::DirectiveText(directive.kind)), *std::move(verdict)});
    }
  }
  // A function that the compiler leaves to the interpreter passes just as well, so it is reported.
  for (const std::string& function : runner.Uncompiled())
    result.failures.push_back({0, "compile", "left to the interpreter: " + function});
  return result;
}

}  // namespace airwasm::wast
