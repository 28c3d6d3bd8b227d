// Canonical definitions: each becomes one entry of `lifts` or `core_funcs` and a step.
#include <utility>

#include "component/canon/functions.h"
#include "component/link/flattener.h"

namespace airwasm::component::link {

CanonOptions Flattener::OptionsOf(const Frame& f, const std::vector<syntax::CanonOpt>& opts) const {
  using Kind = syntax::CanonOpt::Kind;
  CanonOptions options;
  for (const syntax::CanonOpt& opt : opts) {
    switch (opt.kind) {
      case Kind::kUtf8:
        options.encoding = syntax::StringEncoding::kUtf8;
        break;
      case Kind::kUtf16:
        options.encoding = syntax::StringEncoding::kUtf16;
        break;
      case Kind::kLatin1Utf16:
        options.encoding = syntax::StringEncoding::kLatin1Utf16;
        break;
      case Kind::kMemory:
        options.memory = f.core_memories[opt.index];
        break;
      case Kind::kRealloc:
        options.realloc = f.core_funcs[opt.index];
        break;
      case Kind::kPostReturn:
        options.post_return = f.core_funcs[opt.index];
        break;
      case Kind::kAsync:
        options.async = true;
        break;
      case Kind::kCallback:
        options.callback = f.core_funcs[opt.index];
        break;
    }
  }
  return options;
}

ValType Flattener::FlatType(Frame& f, ValType type) {
  TypeTable& table = types().values();
  return table.Facts(type).has_resource ? table.Substitute(type, f.resources) : type;
}

FuncTypeId Flattener::FlatFunc(Frame& f, FuncTypeId type) {
  TypeTable& table = types().values();
  const FuncType& func = table.GetFunc(type);
  bool has_resource = func.result && table.Facts(*func.result).has_resource;
  for (const Field& param : func.params) has_resource |= table.Facts(param.type).has_resource;
  return has_resource ? table.SubstituteFunc(type, f.resources) : type;
}

bool Flattener::CheckBound(FuncTypeId type) {
  for (const ResourceId id : canon::ResourcesOf(types().values(), type)) {
    if (!CheckResource(id)) return false;
  }
  return true;
}

bool Flattener::CheckResource(ResourceId id) {
  return id >= flat_.first_resource || Fail("a resource type that nothing has defined");
}

TypeValue Flattener::FlatItem(Frame& f, const TypeItem& item) {
  TypeItem flat = item;
  switch (item.kind) {
    case TypeItem::Kind::kValue:
      flat.value = FlatType(f, item.value);
      break;
    case TypeItem::Kind::kFunc:
      flat.id = FlatFunc(f, item.id);
      break;
    case TypeItem::Kind::kResource: {
      const auto found = f.resources.find(item.id);
      if (found != f.resources.end()) flat.id = found->second;
      break;
    }
    case TypeItem::Kind::kComponent:
    case TypeItem::Kind::kInstance:
      break;
  }
  return flat;
}

bool Flattener::Do(Frame& f, const syntax::Canon& d) {
  if (!Spend(1)) return false;
  if (d.kind == CanonKind::kLift) {
    const auto index = static_cast<uint32_t>(flat_.lifts.size());
    flat_.lifts.push_back({.type = FlatFunc(f, f.info->types[d.type].id),
                           .instance = f.instance,
                           .func = f.core_funcs[d.func],
                           .options = OptionsOf(f, d.opts)});
    flat_.steps.push_back({Step::Kind::kLift, index});
    f.funcs.push_back({.imported = false, .index = index});
    return CheckBound(flat_.lifts.back().type);
  }
  const auto index = static_cast<uint32_t>(flat_.core_funcs.size());
  CoreFunc func{.kind = d.kind,
                .core_type = f.info->core_funcs[f.core_funcs.size()],
                .instance = f.instance,
                .options = OptionsOf(f, d.opts),
                .slot = d.slot,
                .slot_type = d.core_type,
                .async = d.async,
                .cancellable = d.cancellable};
  switch (d.kind) {
    case CanonKind::kLower:
      func.callee = f.funcs[d.func];
      func.type = FlatFunc(f, f.info->funcs[d.func]);
      if (!CheckBound(func.type)) return false;
      break;
    case CanonKind::kResourceNew:
    case CanonKind::kResourceDrop:
    case CanonKind::kResourceRep:
      func.resource = FlatItem(f, f.info->types[d.type]).id;
      if (!CheckResource(func.resource)) return false;
      break;
    case CanonKind::kTaskReturn: {
      syntax::ValType result;
      if (d.result) {
        result = *d.result;
        func.result = result.IsPrim() ? ValType(result.prim())
                                      : FlatType(f, f.info->types[result.index()].value);
      }
      break;
    }
    case CanonKind::kStreamNew:
    case CanonKind::kStreamRead:
    case CanonKind::kStreamWrite:
    case CanonKind::kStreamCancelRead:
    case CanonKind::kStreamCancelWrite:
    case CanonKind::kStreamDropReadable:
    case CanonKind::kStreamDropWritable:
    case CanonKind::kFutureNew:
    case CanonKind::kFutureRead:
    case CanonKind::kFutureWrite:
    case CanonKind::kFutureCancelRead:
    case CanonKind::kFutureCancelWrite:
    case CanonKind::kFutureDropReadable:
    case CanonKind::kFutureDropWritable:
      func.value_type = FlatType(f, f.info->types[d.type].value);
      break;
    case CanonKind::kWaitableSetWait:
    case CanonKind::kWaitableSetPoll:
      func.memory = f.core_memories[d.memory];
      break;
    case CanonKind::kThreadNewIndirect:
      func.table = f.core_tables[d.table];
      break;
    default:  // the others have nothing but what every canonical definition has
      break;
  }
  flat_.core_funcs.push_back(std::move(func));
  flat_.steps.push_back({Step::Kind::kCoreFunc, index});
  f.core_funcs.push_back({CoreItem::From::kCanon, CoreKind::kFunc, 0, index});
  return true;
}

}  // namespace airwasm::component::link
