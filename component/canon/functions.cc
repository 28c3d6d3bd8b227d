#include "component/canon/functions.h"

#include <unordered_set>
#include <utility>

#include "component/canon/dynamic.h"

namespace airwasm::component::canon {
namespace {

// Collects resources, looking at each part of a type once.
class Collector {
 public:
  explicit Collector(const TypeTable& types) : types_(types) {}

  void Visit(ValType type) {
    if (type.IsPrim() || !types_.Facts(type).has_resource || !seen_.insert(type.bits()).second)
      return;
    const DefinedType& def = types_.Get(type);
    if (const auto* own = std::get_if<OwnType>(&def)) Add(own->resource);
    if (const auto* borrow = std::get_if<BorrowType>(&def)) Add(borrow->resource);
    std::vector<ValType> parts;
    AppendParts(def, parts);
    for (const ValType part : parts) Visit(part);
  }
  std::vector<ResourceId> Take() { return std::move(list_); }

 private:
  void Add(ResourceId id) {
    if (known_.insert(id).second) list_.push_back(id);
  }
  const TypeTable& types_;
  std::unordered_set<uint32_t> seen_;
  std::unordered_set<ResourceId> known_;
  std::vector<ResourceId> list_;
};

std::unique_ptr<Function> Make(const TypeTable& types, FuncTypeId type, ResolveResource resolve) {
  auto function = std::make_unique<Function>();
  function->types = &types;
  function->type = type;
  function->resource_ids = ResourcesOf(types, type);
  for (const ResourceId id : function->resource_ids) function->resources.push_back(resolve(id));
  return function;
}

}  // namespace

std::vector<ResourceId> ResourcesOf(const TypeTable& types, FuncTypeId type) {
  Collector collector(types);
  const FuncType& func = types.GetFunc(type);
  for (const Field& param : func.params) collector.Visit(param.type);
  if (func.result) collector.Visit(*func.result);
  return collector.Take();
}

std::unique_ptr<Function> MakeLifted(const TypeTable& types, FuncTypeId type,
                                     ResolveResource resolve, runtime::FuncInst* core,
                                     const CanonOptions& options) {
  std::unique_ptr<Function> function = Make(types, type, resolve);
  function->core = core;
  function->lift = options;
  function->entered_by_host = EnteringSet(options.instance, nullptr);
  return function;
}

absl::StatusOr<std::unique_ptr<Function>> MakeTypedHost(const TypeTable& types, FuncTypeId type,
                                                        ResolveResource resolve,
                                                        const abi::TypedHost& host) {
  std::unique_ptr<Function> function = Make(types, type, resolve);
  function->thunk = host.thunk;
  function->env = host.env;
  function->gate = host.gate;
  absl::StatusOr<std::vector<const ResourceType*>> handles = MatchShape(*function, host.shape);
  if (!handles.ok()) return handles.status();
  function->handles = *std::move(handles);
  return function;
}

std::unique_ptr<Function> MakeDynamicHost(const TypeTable& types, FuncTypeId type,
                                          ResolveResource resolve, DynamicHostCall call) {
  std::unique_ptr<Function> function = Make(types, type, resolve);
  function->thunk = &CallDynamicHost;
  function->dynamic = std::move(call);
  return function;
}

}  // namespace airwasm::component::canon
