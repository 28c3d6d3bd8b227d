#include "airwasm/component_instance.h"

#include <utility>

#include "component/api/reflect.h"
#include "component/link/instance.h"
#include "component/link/match.h"
#include "component/link/versions.h"
#include "engine/api/engine_impl.h"
#include "engine/base/out_of_memory.h"

namespace airwasm {

using component::link::Export;
using component::link::ExportedInstance;
using component::link::SplitVersion;
using component::link::Version;
using component::syntax::Sort;

namespace internal {
namespace {

absl::StatusOr<ComponentCallResult> ToResult(runtime::Store& store,
                                             component::canon::CallOutcome&& outcome) {
  if (!outcome.status.ok()) return outcome.status;
  if (outcome.trap.kind != TrapKind::kNone)
    return ComponentCallResult(TrapAccess::FromRuntime(&store, std::move(outcome.trap)));
  return ComponentCallResult(std::move(outcome.result));
}

// An export by its exact name; an instance also by another version of its track.
const Export* Find(const ExportedInstance& exports, std::string_view name) {
  if (const Export* const exact = exports.exports.Find(name)) return exact;
  const auto wanted = SplitVersion(name);
  const auto version = Version::Parse(wanted.version);
  if (!version) return nullptr;
  const Export* best = nullptr;
  std::optional<Version> best_version;
  for (const auto& [candidate_name, candidate] : exports.exports) {
    const auto split = SplitVersion(candidate_name);
    if (candidate.sort != Sort::kInstance || split.base != wanted.base) continue;
    const auto there = Version::Parse(split.version);
    if (!there || !there->SameTrack(*version) || (best_version && *there < *best_version)) continue;
    best = &candidate;
    best_version = there;
  }
  return best;
}

std::string Nearest(const ExportedInstance& exports, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [candidate, unused] : exports.exports) names.push_back(candidate);
  return DidYouMean(name, names);
}

// Follows `name` through exported instances.
absl::StatusOr<const Export*> FollowPath(const ExportedInstance& root, std::string_view name,
                                         Sort sort, const char* kind) {
  const ExportedInstance* at = &root;
  std::string_view rest = name;
  while (true) {
    const size_t hash = rest.find('#');
    const std::string_view step = rest.substr(0, hash);
    const Export* const found = Find(*at, step);
    if (found == nullptr) {
      return absl::NotFoundError("no export named \"" + std::string(name) + "\"" +
                                 Nearest(*at, step));
    }
    if (hash == std::string_view::npos) {
      if (found->sort == sort) return found;
      return absl::NotFoundError("the export \"" + std::string(name) + "\" is not " + kind);
    }
    if (found->sort != Sort::kInstance)
      return absl::NotFoundError("the export \"" + std::string(step) + "\" is not an instance");
    at = found->instance.get();
    rest.remove_prefix(hash + 1);
  }
}

absl::StatusOr<const Export*> FindPath(const ExportedInstance& root, std::string_view name,
                                       Sort sort, const char* kind) {
  return OrOutOfMemory([&] { return FollowPath(root, name, sort, kind); });
}

}  // namespace
}  // namespace internal

std::vector<std::string> ComponentFunc::param_names() const {
  std::vector<std::string> names;
  for (const component::Field& param : func_->func_type().params) names.push_back(param.name);
  return names;
}

std::string ComponentFunc::type() const {
  // A function of another component that is exported again has that component's types.
  if (func_->types != &component_->types()) return "function";
  return component::link::FuncText(component_->flat(), func_->type);
}

absl::StatusOr<ComponentCallResult> ComponentFunc::Call(std::span<const Val> args) const {
  return OrOutOfMemory(
      [&] { return internal::ToResult(*store_, component::canon::Call(*store_, *func_, args)); });
}

absl::StatusOr<std::vector<const component::canon::ResourceType*>> ComponentFunc::BindShape(
    const component::abi::FuncShape& shape) const {
  using Handles = std::vector<const component::canon::ResourceType*>;
  return OrOutOfMemory([&]() -> absl::StatusOr<Handles> {
    absl::StatusOr<Handles> handles = component::abi::BindShape(*func_, shape);
    if (handles.ok() || component_ == nullptr) return handles;
    return absl::Status(handles.status().code(),
                        type() + ": " + std::string(handles.status().message()));
  });
}

absl::StatusOr<ComponentFunc> ComponentInstance::GetFunc(std::string_view name) const {
  absl::StatusOr<const Export*> found =
      internal::FindPath(*exports_, name, Sort::kFunc, "a function");
  if (!found.ok()) return found.status();
  return ComponentFunc(&instance_->store(), instance_->func((*found)->func),
                       &instance_->component());
}

absl::StatusOr<ComponentInstance> ComponentInstance::GetInstance(std::string_view name) const {
  absl::StatusOr<const Export*> found =
      internal::FindPath(*exports_, name, Sort::kInstance, "an instance");
  if (!found.ok()) return found.status();
  return ComponentInstance(engine_, instance_, (*found)->instance.get());
}

absl::StatusOr<Module> ComponentInstance::GetModule(std::string_view name) const {
  absl::StatusOr<const Export*> found =
      internal::FindPath(*exports_, name, Sort::kCoreModule, "a core module");
  if (!found.ok()) return found.status();
  return Module(engine_, instance_->module((*found)->module));
}

absl::StatusOr<ComponentCallResult> ComponentInstance::Call(std::string_view name,
                                                            std::span<const Val> args) const {
  absl::StatusOr<ComponentFunc> func = GetFunc(name);
  if (!func.ok()) return func.status();
  return func->Call(args);
}

std::vector<ComponentItem> ComponentInstance::exports() const {
  return internal::ReflectExports(instance_->component().flat(), *exports_);
}

Result<void> DropResource(Store& store, const Val& own) {
  if (own.kind() != Val::Kind::kOwn)
    return Trap(absl::InvalidArgumentError("only an owned resource can be dropped"));
  return component::abi::DropOwned(store.impl(), *own.resource(), own.rep());
}

}  // namespace airwasm
