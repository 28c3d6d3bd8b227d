#include "component/link/instance.h"

#include <string>
#include <utility>

#include "component/canon/adapter.h"
#include "component/canon/rules.h"
#include "engine/base/out_of_memory.h"

namespace airwasm::component::link {

LinkedInstance::LinkedInstance(runtime::Store& store, std::shared_ptr<const Compiled> component,
                               std::shared_ptr<const Bindings> bindings)
    : store_(store), component_(std::move(component)), bindings_(std::move(bindings)) {
  const FlatComponent& flat = component_->flat();
  states_.reserve(flat.instance_parents.size());
  for (size_t i = 0; i < flat.instance_parents.size(); ++i) {
    states_.push_back(std::make_unique<canon::ComponentInstanceState>(
        store, i == 0 ? nullptr : states_[flat.instance_parents[i]].get()));
    states_[i]->has_context = false;
  }
  for (const CoreFunc& func : flat.core_funcs) {
    if (func.kind == CanonKind::kContextGet || func.kind == CanonKind::kContextSet)
      states_[func.instance]->has_context = true;
  }
  own_resources_ = std::make_unique<canon::ResourceType[]>(flat.resources.size());
  resources_ = bindings_->resources;
  resources_.resize(flat.resources.size());
  for (size_t i = 0; i < resources_.size(); ++i) {
    if (resources_[i] == nullptr) resources_[i] = &own_resources_[i];
  }
  core_instances_.resize(flat.instantiations.size());
  core_funcs_.resize(flat.core_funcs.size());
  lifts_.resize(flat.lifts.size());
}

absl::StatusOr<LinkedInstance*> LinkedInstance::Create(runtime::Store& store,
                                                       std::shared_ptr<const Compiled> component,
                                                       std::shared_ptr<const Bindings> bindings,
                                                       runtime::Trap* trap) {
  const FlatComponent& flat = component->flat();
  if (bindings->funcs.size() != flat.import_funcs.size() ||
      bindings->modules.size() != flat.import_modules.size() ||
      (!flat.imports.empty() && bindings->resources.size() != flat.resources.size())) {
    return absl::FailedPreconditionError("the imports of the component are not bound");
  }
  if (bindings->store != nullptr && bindings->store != &store)
    return absl::FailedPreconditionError("an import is bound to something of another store");
  // The store owns it from the start: functions that were made point into it even when a later step
  // fails.
  auto* const instance = new LinkedInstance(store, std::move(component), std::move(bindings));
  store.KeepAlive(instance, [](void* object) { delete static_cast<LinkedInstance*>(object); });
  const absl::Status status = OrOutOfMemory([&] {
    absl::Status ran = instance->Run(trap);
    if (trap->kind != TrapKind::kNone) *trap = canon::WithPassedFrames(store, std::move(*trap));
    return ran;
  });
  if (status.ok() && trap->kind == TrapKind::kNone) return instance;
  for (const auto& state : instance->states_) state->Poison();
  if (!status.ok()) return status;
  return nullptr;
}

absl::Status LinkedInstance::Run(runtime::Trap* trap) {
  const FlatComponent& flat = component_->flat();
  for (const Step& step : flat.steps) {
    const uint32_t i = step.index;
    switch (step.kind) {
      case Step::Kind::kResource: {
        const Resource& resource = flat.resources[i];
        own_resources_[i].owner = states_[resource.instance].get();
        own_resources_[i].dtor = ResolveFunc(resource.dtor);
        break;
      }
      case Step::Kind::kInstantiate: {
        const absl::Status status = RunInstantiate(flat.instantiations[i], i, trap);
        if (!status.ok() || trap->kind != TrapKind::kNone) return status;
        break;
      }
      case Step::Kind::kCoreFunc: {
        const absl::Status status = RunCoreFunc(flat.core_funcs[i], i);
        if (!status.ok()) return status;
        break;
      }
      case Step::Kind::kLift: {
        const Lift& lift = flat.lifts[i];
        lifts_[i] = canon::MakeLifted(
            component_->types(), lift.type, [this](ResourceId id) { return resource(id); },
            ResolveFunc(lift.func), Bind(lift.options, lift.instance));
        break;
      }
    }
  }
  return absl::OkStatus();
}

absl::Status LinkedInstance::RunInstantiate(const Instantiate& step, uint32_t index,
                                            runtime::Trap* trap) {
  const std::shared_ptr<runtime::Module>& core = module(step.module);
  std::vector<runtime::Extern> externs;
  if (!step.module.imported) {
    externs.reserve(step.args.size());
    for (const CoreItem& arg : step.args) externs.push_back(Resolve(arg));
  } else {
    for (const airwasm::syntax::Import& import : core->syntax().imports) {
      for (const Instantiate::Named& named : step.named) {
        if (named.module != import.module || named.name != import.name) continue;
        externs.push_back(Resolve(named.item));
        break;
      }
    }
  }
  absl::StatusOr<runtime::Instance*> instance = store_.Instantiate(core, externs, trap);
  if (!instance.ok()) return instance.status();
  core_instances_[index] = *instance;
  return absl::OkStatus();
}

absl::Status LinkedInstance::RunCoreFunc(const CoreFunc& step, uint32_t index) {
  const auto done = [&](absl::StatusOr<runtime::FuncInst*> made) {
    if (!made.ok()) return made.status();
    core_funcs_[index] = *made;
    return absl::OkStatus();
  };
  if (step.kind == CanonKind::kLower) {
    return done(canon::MakeLowered(store_, *func(step.callee), Bind(step.options, step.instance),
                                   adapters_of(step.callee)));
  }
  canon::BuiltIn built_in;
  built_in.kind = step.kind;
  built_in.core_type = step.core_type;
  built_in.instance = states_[step.instance].get();
  built_in.slot = step.slot;
  built_in.result = step.result;
  built_in.options = Bind(step.options, step.instance);
  if (step.kind == CanonKind::kResourceNew || step.kind == CanonKind::kResourceDrop ||
      step.kind == CanonKind::kResourceRep) {
    built_in.resource = resource(step.resource);
  }
  return done(canon::MakeBuiltIn(store_, built_in));
}

canon::AdapterCache& LinkedInstance::adapters_of(FuncItem item) const {
  canon::AdapterCache* const theirs =
      item.imported ? bindings_->funcs[item.index].adapters : nullptr;
  return theirs != nullptr ? *theirs : component_->adapters();
}

const std::shared_ptr<runtime::Module>& LinkedInstance::module(ModuleItem item) const {
  return item.imported ? bindings_->modules[item.index] : component_->flat().modules[item.index];
}

runtime::Extern LinkedInstance::Resolve(const CoreItem& item) {
  switch (item.from) {
    case CoreItem::From::kCanon:
      return core_funcs_[item.index];
    case CoreItem::From::kName: {
      const std::optional<runtime::Extern> found =
          core_instances_[item.instance]->FindExport(component_->flat().names[item.index]);
      // Checked against the import's type; a null makes instantiation fail all the same.
      return found ? *found : runtime::Extern(static_cast<runtime::FuncInst*>(nullptr));
    }
    case CoreItem::From::kIndex:
      break;
  }
  runtime::Instance& instance = *core_instances_[item.instance];
  switch (item.kind) {
    case CoreKind::kFunc:
      return instance.func(item.index);
    case CoreKind::kTable:
      return instance.table(item.index);
    case CoreKind::kMemory:
      return instance.memory(item.index);
    case CoreKind::kGlobal:
      return instance.global(item.index);
    case CoreKind::kTag:
      break;
  }
  return instance.tag(item.index);
}

runtime::FuncInst* LinkedInstance::ResolveFunc(const std::optional<CoreItem>& item) {
  if (!item) return nullptr;
  const runtime::Extern found = Resolve(*item);
  runtime::FuncInst* const* const func = std::get_if<runtime::FuncInst*>(&found);
  return func == nullptr ? nullptr : *func;
}

canon::CanonOptions LinkedInstance::Bind(const CanonOptions& options, uint32_t instance) {
  canon::CanonOptions bound;
  bound.instance = states_[instance].get();
  if (options.memory) {
    const runtime::Extern found = Resolve(*options.memory);
    if (const auto* const memory = std::get_if<runtime::MemInst*>(&found)) bound.memory = *memory;
  }
  bound.realloc = ResolveFunc(options.realloc);
  bound.post_return = ResolveFunc(options.post_return);
  bound.callback = ResolveFunc(options.callback);
  bound.encoding = options.encoding;
  bound.async = options.async;
  return bound;
}

}  // namespace airwasm::component::link
