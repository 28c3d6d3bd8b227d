#include "spec-tests/wast/component_runner.h"

#include <map>
#include <memory>
#include <optional>

#include "absl/strings/str_format.h"
#include "airwasm/airwasm.h"
#include "component/binary/decoder.h"
#include "component/canon/functions.h"
#include "component/link/component.h"
#include "component/link/instance.h"
#include "component/text/script.h"
#include "component/valid/validator.h"
#include "engine/api/engine_impl.h"
#include "spec-tests/wast/component_match.h"

namespace airwasm::wast {
namespace {

using component::canon::CallOutcome;
using component::canon::Val;
using component::link::Compiled;
using component::link::LinkedInstance;
using component::text::ComponentSource;
using component::text::Directive;
using component::text::DirectiveKind;

// Empty: the directive holds. Else what was expected and found.
using Verdict = std::optional<std::string>;

Verdict ExpectMessage(std::string_view what, std::string_view actual, std::string_view expected) {
  if (ComponentMessageMatches(actual, expected)) return std::nullopt;
  return absl::StrFormat("%s \"%s\", expected \"%s\"", std::string(what), std::string(actual),
                         std::string(expected));
}

std::string TrapMessage(const runtime::Trap& trap) {
  if (trap.kind == TrapKind::kHostError) return std::string(trap.host_error.message());
  return trap.message;
}

class ComponentRunner {
 public:
  explicit ComponentRunner(const Options& options)
      : options_(options), engine_(options.engine), store_(engine_, options.store) {
    if (options.engine.fuel) store_.SetFuel(options.fuel);
  }

  Verdict Run(const Directive& d);

 private:
  // A component that is valid. Made ready for instantiation when that is asked for.
  struct Definition {
    std::vector<uint8_t> bytes;
    std::shared_ptr<const Compiled> compiled;
  };
  using DefinitionPtr = std::shared_ptr<Definition>;

  // Decoded, validated; the error says what is wrong.
  Expected<DefinitionPtr> Load(const ComponentSource& source);
  Checked Validate(const component::syntax::Component& component);
  // Null with a message when it fails; a trap is in `*trap`.
  LinkedInstance* Instantiate(Definition& definition, runtime::Trap* trap, std::string* message);

  Verdict DefineComponent(const ComponentSource& source);
  Verdict Register(const Directive& d);
  // Null with a message when there is no such instance or function.
  const component::canon::Function* FindFunc(const component::text::Invoke& invoke,
                                             std::string* message);
  CallOutcome Invoke(const component::text::Invoke& invoke);

  Verdict AssertReturn(const Directive& d);
  Verdict AssertTrap(const Directive& d);
  Verdict AssertTrapComponent(const Directive& d);
  Verdict AssertRejected(const Directive& d, ErrorKind kind);

  const Options& options_;
  Engine engine_;
  Store store_;
  std::map<std::string, DefinitionPtr> definitions_;
  std::map<std::string, LinkedInstance*> instances_;
  DefinitionPtr last_definition_;
  LinkedInstance* last_instance_ = nullptr;
};

Checked ComponentRunner::Validate(const component::syntax::Component& component) {
  const component::valid::Options options{.core_features = engine_.options().features,
                                          .features = options_.components};
  const auto valid = component::valid::Validate(component, options, *engine_.impl()->types);
  if (!valid.ok()) return valid.error();
  return Ok();
}

Expected<ComponentRunner::DefinitionPtr> ComponentRunner::Load(const ComponentSource& source) {
  // What is written as text goes through the binary format too.
  auto definition = std::make_shared<Definition>();
  Expected<std::vector<uint8_t>> bytes = component::text::ComponentSourceToWasm(
      source, engine_.options().features, options_.index_forms);
  if (!bytes.ok()) return std::move(bytes).error();
  definition->bytes = *std::move(bytes);
  const auto component =
      component::binary::Decode(definition->bytes, options_.components, engine_.options().features);
  if (!component.ok()) return component.error();
  const Checked valid = Validate(*component);
  if (!valid.ok()) return valid.error();
  return definition;
}

LinkedInstance* ComponentRunner::Instantiate(Definition& definition, runtime::Trap* trap,
                                             std::string* message) {
  if (definition.compiled == nullptr) {
    const auto component = component::binary::Decode(definition.bytes, options_.components,
                                                     engine_.options().features);
    const component::link::CompileOptions options{
        .modules = internal::ModuleOptionsOf(engine_.options(), false),
        .features = options_.components};
    auto compiled =
        Compiled::Create(*component, options, engine_.impl()->types, *engine_.impl()->executor);
    if (!compiled.ok()) {
      *message = "the component cannot be made ready: " + compiled.error().ToString();
      return nullptr;
    }
    definition.compiled = *std::move(compiled);
  }
  if (!definition.compiled->flat().import_leaves.empty()) {
    *message = "the component has imports";
    return nullptr;
  }
  const absl::StatusOr<LinkedInstance*> instance =
      LinkedInstance::Create(store_.impl(), definition.compiled,
                             std::make_shared<const component::link::Bindings>(), trap);
  if (!instance.ok()) {
    *message = std::string(instance.status().message());
    return nullptr;
  }
  if (*instance == nullptr) *message = TrapMessage(*trap);
  return *instance;
}

Verdict ComponentRunner::DefineComponent(const ComponentSource& source) {
  if (source.kind != ComponentSource::Kind::kInstance) {
    Expected<DefinitionPtr> definition = Load(source);
    if (!definition.ok()) return "the component was rejected: " + definition.error().ToString();
    last_definition_ = *std::move(definition);
    if (!source.id.empty()) definitions_.insert_or_assign(source.id, last_definition_);
    if (source.is_definition) return std::nullopt;
  } else if (!source.definition.empty()) {
    const auto it = definitions_.find(source.definition);
    if (it == definitions_.end()) {
      return "there is no component definition $" + source.definition;
    }
    last_definition_ = it->second;
  }
  if (last_definition_ == nullptr) return "there is no component definition";
  runtime::Trap trap;
  std::string message;
  // A failure leaves no instance to fall back to: what follows must not run in an older one.
  last_instance_ = Instantiate(*last_definition_, &trap, &message);
  if (!source.id.empty()) instances_.insert_or_assign(source.id, last_instance_);
  if (last_instance_ == nullptr) return "the component cannot be instantiated: " + message;
  return std::nullopt;
}

Verdict ComponentRunner::Register(const Directive&) {
  return "components cannot be registered: no script of components imports anything";
}

const component::canon::Function* ComponentRunner::FindFunc(const component::text::Invoke& invoke,
                                                            std::string* message) {
  LinkedInstance* instance = last_instance_;
  if (!invoke.component.empty()) {
    const auto it = instances_.find(invoke.component);
    instance = it == instances_.end() ? nullptr : it->second;
  }
  if (instance == nullptr) {
    *message = invoke.component.empty() ? "there is no component yet"
                                        : "there is no component $" + invoke.component;
    return nullptr;
  }
  const component::link::Export* const found =
      instance->component().flat().exports->exports.Find(invoke.name);
  if (found == nullptr || found->sort != component::syntax::Sort::kFunc) {
    *message = "there is no exported function \"" + invoke.name + "\"";
    return nullptr;
  }
  return instance->func(found->func);
}

CallOutcome ComponentRunner::Invoke(const component::text::Invoke& invoke) {
  CallOutcome outcome;
  std::string message;
  const component::canon::Function* const func = FindFunc(invoke, &message);
  if (func == nullptr) {
    outcome.status = absl::NotFoundError(message);
    return outcome;
  }
  std::vector<Val> args;
  for (const component::text::ScriptValue& arg : invoke.args) args.push_back(ToVal(arg));
  return component::canon::Call(store_.impl(), *func, args);
}

Verdict ComponentRunner::AssertReturn(const Directive& d) {
  const CallOutcome outcome = Invoke(d.invoke);
  if (!outcome.status.ok()) return std::string(outcome.status.message());
  if (!outcome.ok()) return "trapped: " + TrapMessage(outcome.trap);
  const bool match = d.results.empty() ? !outcome.result.has_value()
                                       : outcome.result && d.results.size() == 1 &&
                                             Matches(*outcome.result, d.results[0]);
  if (match) return std::nullopt;
  return absl::StrFormat("%s returned %s, expected %s", d.invoke.name,
                         outcome.result ? outcome.result->ToString() : "nothing",
                         d.results.empty() ? "nothing" : ToVal(d.results[0]).ToString());
}

Verdict ComponentRunner::AssertTrap(const Directive& d) {
  const CallOutcome outcome = Invoke(d.invoke);
  if (!outcome.status.ok()) return std::string(outcome.status.message());
  if (outcome.ok()) {
    return absl::StrFormat("%s returned %s, expected trap \"%s\"", d.invoke.name,
                           outcome.result ? outcome.result->ToString() : "nothing", d.message);
  }
  return ExpectMessage("trapped with", TrapMessage(outcome.trap), d.message);
}

Verdict ComponentRunner::AssertTrapComponent(const Directive& d) {
  Expected<DefinitionPtr> definition = Load(d.component);
  if (!definition.ok()) return "the component was rejected: " + definition.error().ToString();
  runtime::Trap trap;
  std::string message;
  if (Instantiate(**definition, &trap, &message) != nullptr) {
    return "the component was instantiated, expected trap \"" + d.message + "\"";
  }
  if (trap.kind == TrapKind::kNone) return "no trap but an error: " + message;
  return ExpectMessage("trapped with", message, d.message);
}

Verdict ComponentRunner::AssertRejected(const Directive& d, ErrorKind kind) {
  const auto check = [&]() -> Checked {
    if (d.component.kind == ComponentSource::Kind::kBinary) {
      const auto component = component::binary::Decode(d.component.bytes, options_.components,
                                                       engine_.options().features);
      return component.ok() ? Validate(*component) : Checked(component.error());
    }
    // Not through the binary format, whose grammar refuses some of what is invalid as text.
    const auto component = component::text::ParseComponentSource(
        d.component, engine_.options().features, options_.index_forms);
    return component.ok() ? Validate(*component) : Checked(component.error());
  };
  const Checked checked = check();
  if (checked.ok()) return "the component was accepted, expected \"" + d.message + "\"";
  const Error& error = checked.error();
  if (error.kind != kind && error.kind != ErrorKind::kLimit) {
    return absl::StrFormat("found to be %s (\"%s\"), expected the other",
                           kind == ErrorKind::kInvalid ? "malformed" : "invalid", error.message);
  }
  return ExpectMessage("rejected with", error.message, d.message);
}

Verdict ComponentRunner::Run(const Directive& d) {
  switch (d.kind) {
    case DirectiveKind::kComponent:
      return DefineComponent(d.component);
    case DirectiveKind::kRegister:
      return Register(d);
    case DirectiveKind::kInvoke: {
      const CallOutcome outcome = Invoke(d.invoke);
      if (!outcome.status.ok()) return std::string(outcome.status.message());
      return outcome.ok() ? Verdict() : Verdict("trapped: " + TrapMessage(outcome.trap));
    }
    case DirectiveKind::kAssertReturn:
      return AssertReturn(d);
    case DirectiveKind::kAssertTrap:
      return AssertTrap(d);
    case DirectiveKind::kAssertTrapComponent:
      return AssertTrapComponent(d);
    case DirectiveKind::kAssertInvalid:
      return AssertRejected(d, ErrorKind::kInvalid);
    case DirectiveKind::kAssertMalformed:
      return AssertRejected(d, ErrorKind::kMalformed);
    case DirectiveKind::kAssertUnlinkable:
      return "assert_unlinkable of components is not implemented";
  }
  return "unknown directive";
}

}  // namespace

ScriptResult RunComponentScript(std::string_view source, const Options& options) {
  ScriptResult result;
  const Expected<component::text::Script> script = component::text::ParseScript(source);
  if (!script.ok()) {
    result.failures.push_back({script.error().line, "script", script.error().ToString()});
    return result;
  }
  ComponentRunner runner(options);
  for (const Directive& directive : script->directives) {
    Verdict verdict = runner.Run(directive);
    if (!verdict) {
      ++result.passed;
    } else {
      result.failures.push_back(
          {directive.line, std::string(DirectiveText(directive.kind)), *std::move(verdict)});
    }
  }
  return result;
}

}  // namespace airwasm::wast
