// Definitions of components, instances, aliases, imports and exports.
#include "component/link/flatten.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "component/link/flattener.h"
#include "component/link/prune.h"

namespace airwasm::component::link {

Expected<FlatComponent> Flatten(const syntax::Component& component, valid::ValidComponent valid,
                                const CompileModule& compile_module) {
  return Flattener(std::move(valid), compile_module).Run(component);
}

Flattener::Flattener(valid::ValidComponent valid, const CompileModule& compile_module)
    : valid_(std::move(valid)), compile_module_(compile_module) {}

Expected<FlatComponent> Flattener::Run(const syntax::Component& component) {
  flat_.first_resource = types().values().resource_count();
  Frame& root = NewFrame({&component, valid_.root.get(), nullptr}, nullptr);
  if (!Evaluate(root)) return std::move(error_);
  flat_.exports = ExportAll(root, root.exports);
  if (flat_.exports == nullptr) return std::move(error_);
  PruneSteps(flat_);
  flat_.types = std::move(valid_.types);
  return std::move(flat_);
}

bool Flattener::Fail(std::string message) {
  error_ = {.kind = ErrorKind::kLimit, .offset = offset_, .message = std::move(message)};
  return false;
}

bool Flattener::Spend(size_t work) {
  work_ += work;
  return work_ <= kMaxFlatWork || Fail("instantiating the component takes too many steps");
}

Frame& Flattener::NewFrame(const ComponentValue& value, Frame* creator) {
  const auto instance = static_cast<uint32_t>(flat_.instance_parents.size());
  flat_.instance_parents.push_back(creator == nullptr ? instance : creator->instance);
  Frame& frame = frames_.emplace_back();
  frame.component = value.component;
  frame.info = value.info;
  frame.outer = value.outer;
  frame.instance = instance;
  frame.depth = creator == nullptr ? 0 : creator->depth + 1;
  return frame;
}

bool Flattener::Evaluate(Frame& frame) {
  for (const syntax::Definition& definition : frame.component->definitions) {
    offset_ = definition.offset;
    if (!Spend(1)) return false;
    if (!std::visit([&](const auto& d) { return Do(frame, d); }, definition.what)) return false;
  }
  return true;
}

// --- Items and index spaces ---

void InstanceValue::Add(std::string name, Item item) {
  if (const auto* const inner = std::get_if<std::shared_ptr<const InstanceValue>>(&item))
    nesting = std::max(nesting, (*inner)->nesting + 1);
  items.Add(std::move(name), std::move(item));
}

bool Flattener::AddItem(Frame& f, Sort sort, const Item& item) {
  switch (sort) {
    case Sort::kCoreModule:
      f.core_modules.push_back(std::get<ModuleItem>(item));
      return true;
    case Sort::kFunc:
      f.funcs.push_back(std::get<FuncItem>(item));
      return true;
    case Sort::kType: {
      const TypeItem& own = f.info->types[f.type_count++];
      if (own.kind == TypeItem::Kind::kResource)
        f.resources.try_emplace(own.id, std::get<TypeValue>(item).id);
      return true;
    }
    case Sort::kComponent:
      f.components.push_back(std::get<ComponentValue>(item));
      return true;
    case Sort::kInstance: {
      const auto& value = std::get<std::shared_ptr<const InstanceValue>>(item);
      if (value->nesting > kMaxInstanceNesting) return Fail("instances are nested too deeply");
      const InstanceTypeId type = f.info->instances[f.instances.size()];
      f.instances.push_back(value);
      std::unordered_set<InstanceTypeId> seen;
      return BindInstance(f, type, *value, seen);
    }
    case Sort::kValue:
      return Fail("component values are not supported");
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      break;
  }
  return Fail("not a definition that components import or export");
}

Item Flattener::ItemAt(Frame& f, syntax::SortIdx at) {
  switch (at.sort) {
    case Sort::kCoreModule:
      return f.core_modules[at.index];
    case Sort::kFunc:
      return f.funcs[at.index];
    case Sort::kType:
      return FlatItem(f, f.info->types[at.index]);
    case Sort::kComponent:
      return f.components[at.index];
    case Sort::kInstance:
      return f.instances[at.index];
    case Sort::kValue:
    case Sort::kCoreFunc:
    case Sort::kCoreTable:
    case Sort::kCoreMemory:
    case Sort::kCoreGlobal:
    case Sort::kCoreTag:
    case Sort::kCoreType:
    case Sort::kCoreInstance:
      break;
  }
  return NoValue{};
}

// --- Definitions ---

bool Flattener::Do(Frame& f, const std::unique_ptr<syntax::Component>& d) {
  const auto index = static_cast<uint32_t>(f.components.size());
  f.components.push_back({d.get(), f.info->nested.at(index).get(), &f});
  return true;
}

bool Flattener::Do(Frame& f, const syntax::Instance& d) {
  if (!Spend(d.args.size() + d.exports.size())) return false;
  if (!d.component) {
    auto value = std::make_shared<InstanceValue>();
    for (const syntax::Instance::Export& e : d.exports)
      value->Add(std::string(e.name.name), ItemAt(f, e.item));
    return AddItem(f, Sort::kInstance, std::shared_ptr<const InstanceValue>(std::move(value)));
  }
  const ComponentValue component = f.components[*d.component];
  if (component.component == nullptr)
    return Fail("instantiating a component that the root imports is not supported");
  if (flat_.instance_parents.size() >= kMaxComponentInstances)
    return Fail(absl::StrCat("more than ", kMaxComponentInstances, " component instances"));
  if (f.depth >= kMaxInstanceDepth) return Fail("component instances are nested too deeply");
  std::vector<Item> args;
  args.reserve(d.args.size());
  Frame& child = NewFrame(component, &f);
  for (const syntax::Instance::Arg& arg : d.args) {
    args.push_back(ItemAt(f, arg.item));
    child.args.emplace(arg.name, &args.back());
  }
  const size_t offset = offset_;
  if (!Evaluate(child)) return false;
  offset_ = offset;
  child.args.clear();
  return AddItem(f, Sort::kInstance,
                 std::make_shared<const InstanceValue>(std::move(child.exports)));
}

bool Flattener::Do(Frame& f, const syntax::Alias& d) {
  switch (d.target) {
    case syntax::Alias::Target::kExport: {
      const Item* const item = f.instances[d.instance]->items.Find(d.name);
      if (item == nullptr)
        return Fail("an instance lacks its export `" + std::string(d.name) + "`");
      return AddItem(f, d.sort, *item);
    }
    case syntax::Alias::Target::kCoreExport: {
      constexpr CoreKind kKinds[] = {CoreKind::kFunc, CoreKind::kTable, CoreKind::kMemory,
                                     CoreKind::kGlobal, CoreKind::kTag};
      const std::optional<CoreItem> item =
          FindCoreExport(f.core_instances[d.instance], d.name, kKinds[static_cast<size_t>(d.sort)]);
      if (!item) return Fail("a core instance lacks its export `" + std::string(d.name) + "`");
      AddCoreItem(f, d.sort, *item);
      return true;
    }
    case syntax::Alias::Target::kOuter: {
      if (d.sort == Sort::kCoreType) return true;
      Frame* from = &f;
      for (uint32_t i = 0; i < d.outer_count; ++i) from = from->outer;
      return AddItem(f, d.sort, ItemAt(*from, {d.sort, d.outer_index}));
    }
  }
  return Fail("unknown alias");
}

bool Flattener::Do(Frame& f, const syntax::Type& d) {
  const uint32_t index = f.type_count++;
  if (const auto* const type = std::get_if<syntax::ResourceType>(&d.type)) {
    Resource resource{.instance = f.instance, .is_64 = type->rep == airwasm::kI64};
    if (type->dtor) resource.dtor = f.core_funcs[*type->dtor];
    f.resources[f.info->own_resources.at(index)] = NewResource(std::move(resource));
    flat_.steps.push_back(
        {Step::Kind::kResource, static_cast<uint32_t>(flat_.resources.size() - 1)});
  }
  return true;
}

bool Flattener::Do(Frame& f, const syntax::Import& d) {
  if (f.depth == 0) {
    // The type of the import is that of the index which it defines.
    ExternType type;
    type.sort = d.type.sort;
    switch (d.type.sort) {
      case Sort::kCoreModule:
        type.id = f.info->core_modules[f.core_modules.size()];
        break;
      case Sort::kFunc:
        type.id = f.info->funcs[f.funcs.size()];
        break;
      case Sort::kType:
        type.type = f.info->types[f.type_count];
        break;
      case Sort::kComponent:
        type.id = f.info->components[f.components.size()];
        break;
      case Sort::kInstance:
        type.id = f.info->instances[f.instances.size()];
        break;
      default:
        return Fail("component values are not supported");
    }
    std::vector<std::string> path = {std::string(d.name.name)};
    const std::optional<Item> item = ImportRoot(f, type, path);
    if (!item) return false;
    flat_.imports.push_back({std::move(path.front()), type});
    return AddItem(f, d.type.sort, *item);
  }
  const auto found = f.args.find(d.name.name);
  if (found == f.args.end())
    return Fail("the import `" + std::string(d.name.name) + "` is not given");
  return AddItem(f, d.type.sort, *found->second);
}

bool Flattener::Do(Frame& f, const syntax::Export& d) {
  const Item item = ItemAt(f, d.item);
  if (const auto* const type = std::get_if<TypeValue>(&item);
      type != nullptr && type->kind == TypeItem::Kind::kResource) {
    if (!CheckResource(type->id)) return false;
    Resource& resource = flat_.resources[flat_.ResourceIndex(type->id)];
    if (resource.path.empty()) resource.path.emplace_back(d.name.name);
  }
  f.exports.Add(std::string(d.name.name), item);
  return AddItem(f, d.item.sort, item);
}

bool Flattener::Do(Frame&, const syntax::Start&) {
  return Fail("component start functions are not supported");
}
bool Flattener::Do(Frame&, const syntax::Value&) {
  return Fail("component values are not supported");
}
bool Flattener::Do(Frame&, const syntax::CoreType&) {
  return true;
}
bool Flattener::Do(Frame&, const syntax::CustomSection&) {
  return true;
}

}  // namespace airwasm::component::link
