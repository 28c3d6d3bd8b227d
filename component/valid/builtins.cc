// The built-ins of resources, streams, futures, waitables, tasks and threads: what they refer to,
// and their core signatures.
// Spec: canonical ABI, "Canonical Definitions".
#include "component/syntax/canon_table.h"
#include "component/valid/canon_options.h"

namespace airwasm::component::valid {
namespace {

using syntax::CanonKind;
using CoreTypes = std::vector<airwasm::ValType>;

constexpr uint32_t kContextSlots = 2;

struct PlainRow {
  CanonKind kind;
  uint32_t params;   // i32 each
  uint32_t results;  // i32 each
};
constexpr PlainRow kPlain[] = {
    {CanonKind::kBackpressureInc, 0, 0},
    {CanonKind::kBackpressureDec, 0, 0},
    {CanonKind::kTaskCancel, 0, 0},
    {CanonKind::kSubtaskCancel, 1, 1},
    {CanonKind::kSubtaskDrop, 1, 0},
    {CanonKind::kErrorContextDrop, 1, 0},
    {CanonKind::kWaitableSetNew, 0, 1},
    {CanonKind::kWaitableSetDrop, 1, 0},
    {CanonKind::kWaitableJoin, 2, 0},
    {CanonKind::kThreadIndex, 0, 1},
    {CanonKind::kThreadResumeLater, 1, 0},
    {CanonKind::kThreadSuspend, 0, 1},
    {CanonKind::kThreadYield, 0, 1},
    {CanonKind::kThreadSuspendThenResume, 1, 1},
    {CanonKind::kThreadYieldThenResume, 1, 1},
    {CanonKind::kThreadSuspendThenPromote, 1, 1},
    {CanonKind::kThreadYieldThenPromote, 1, 1},
};

enum class CopyRole : uint8_t { kOther, kRead, kWrite };

struct CopyRow {
  CanonKind kind;
  bool stream;  // else future
  CopyRole role;
};
constexpr CopyRow kCopies[] = {
    {CanonKind::kStreamNew, true, CopyRole::kOther},
    {CanonKind::kStreamRead, true, CopyRole::kRead},
    {CanonKind::kStreamWrite, true, CopyRole::kWrite},
    {CanonKind::kStreamCancelRead, true, CopyRole::kOther},
    {CanonKind::kStreamCancelWrite, true, CopyRole::kOther},
    {CanonKind::kStreamDropReadable, true, CopyRole::kOther},
    {CanonKind::kStreamDropWritable, true, CopyRole::kOther},
    {CanonKind::kFutureNew, false, CopyRole::kOther},
    {CanonKind::kFutureRead, false, CopyRole::kRead},
    {CanonKind::kFutureWrite, false, CopyRole::kWrite},
    {CanonKind::kFutureCancelRead, false, CopyRole::kOther},
    {CanonKind::kFutureCancelWrite, false, CopyRole::kOther},
    {CanonKind::kFutureDropReadable, false, CopyRole::kOther},
    {CanonKind::kFutureDropWritable, false, CopyRole::kOther},
};

}  // namespace

Checked ComponentValidator::PlainBuiltin(const syntax::Canon& d) {
  if (d.async) {
    RETURN_IF_ERROR(Require(ComponentFeature::kMoreAsyncBuiltins, "`async` on `subtask.cancel`"));
  }
  for (const PlainRow& row : kPlain) {
    if (row.kind == d.kind) {
      return PushBuiltin(CoreTypes(row.params, kI32), CoreTypes(row.results, kI32));
    }
  }
  return Fail("`" + std::string(syntax::RowOf(d.kind).text) + "` has no signature");
}

Checked ComponentValidator::ResourceBuiltin(const syntax::Canon& d) {
  ASSIGN_OR_RETURN(const TypeItem item,
                   TypeAt(d.type, TypeItem::Kind::kResource, "a resource type"));
  if (d.kind == CanonKind::kResourceDrop) return PushBuiltin({kI32}, {});
  const auto local = scope_->local_resources.find(item.id);
  if (local == scope_->local_resources.end()) {
    return Fail("type index " + std::to_string(d.type) + " is not a local resource");
  }
  if (d.kind == CanonKind::kResourceNew) return PushBuiltin({local->second}, {kI32});
  return PushBuiltin({kI32}, {local->second});
}

Checked ComponentValidator::StreamBuiltin(const syntax::Canon& d) {
  const CopyRow* row = nullptr;
  for (const CopyRow& candidate : kCopies) {
    if (candidate.kind == d.kind) row = &candidate;
  }
  const std::string name = "`" + std::string(syntax::RowOf(d.kind).text) + "`";
  if (row == nullptr) return Fail(name + " has no signature");
  ASSIGN_OR_RETURN(const TypeItem item, TypeAt(d.type));
  const DefinedType* defined = nullptr;
  if (item.kind == TypeItem::Kind::kValue && !item.value.IsPrim()) {
    defined = &values().Get(item.value);
  }
  const auto* stream = defined == nullptr ? nullptr : std::get_if<StreamType>(defined);
  const auto* future = defined == nullptr ? nullptr : std::get_if<FutureType>(defined);
  if (row->stream ? stream == nullptr : future == nullptr) {
    return Fail(name + " requires a " + (row->stream ? "stream" : "future") + " type");
  }
  if (row->role != CopyRole::kOther) {
    ASSIGN_OR_RETURN(const CanonOptions options, ReadOptions(d.opts, OptionsOf::kCopy));
    if (!options.async) {
      RETURN_IF_ERROR(Require(ComponentFeature::kMoreAsyncBuiltins, name + " without `async`"));
    }
    const std::optional<ValType> element = row->stream ? stream->element : future->element;
    if (element) {
      const ValType list[] = {*element};
      const std::span<const ValType> none;
      RETURN_IF_ERROR(RequireMemory(options));
      RETURN_IF_ERROR(row->role == CopyRole::kRead ? RequireOptions(options, none, list)
                                                   : RequireOptions(options, list, none));
    }
    const airwasm::ValType a = options.address();
    if (row->stream) return PushBuiltin({kI32, a, a}, {a});
    return PushBuiltin({kI32, a}, {kI32});
  }
  switch (syntax::RowOf(d.kind).immediates) {
    case syntax::CanonImmediates::kTypeAsync:
      if (d.async) {
        RETURN_IF_ERROR(Require(ComponentFeature::kMoreAsyncBuiltins, "`async` on " + name));
      }
      return PushBuiltin({kI32}, {kI32});
    default:
      if (d.kind == CanonKind::kStreamNew || d.kind == CanonKind::kFutureNew) {
        return PushBuiltin({}, {kI64});
      }
      return PushBuiltin({kI32}, {});
  }
}

Checked ComponentValidator::ErrorContextBuiltin(const syntax::Canon& d) {
  ASSIGN_OR_RETURN(const CanonOptions options, ReadOptions(d.opts, OptionsOf::kErrorContext));
  RETURN_IF_ERROR(RequireMemory(options));
  if (d.kind == CanonKind::kErrorContextNew) {
    return PushBuiltin({options.address(), options.address()}, {kI32});
  }
  RETURN_IF_ERROR(RequireRealloc(options));
  return PushBuiltin({kI32, options.address()}, {});
}

Checked ComponentValidator::ContextBuiltin(const syntax::Canon& d) {
  const std::string name = "`" + std::string(syntax::RowOf(d.kind).text) + "`";
  if (d.core_type != kI32) {
    if (d.core_type != kI64) return Fail(name + " requires the type `i32` or `i64`");
    RETURN_IF_ERROR(Require(ComponentFeature::kMemory64, name + " of type `i64`"));
  }
  if (scope_->context_type && *scope_->context_type != d.core_type) {
    return Fail("all of `context.get` and `context.set` in a component must have the same type");
  }
  scope_->context_type = d.core_type;
  if (d.slot >= kContextSlots) {
    return Fail(name + " immediate must be less than " + std::to_string(kContextSlots));
  }
  if (d.kind == CanonKind::kContextGet) return PushBuiltin({}, {d.core_type});
  return PushBuiltin({d.core_type}, {});
}

Checked ComponentValidator::WaitBuiltin(const syntax::Canon& d) {
  ASSIGN_OR_RETURN(const MemoryType memory, CoreMemoryAt(d.memory));
  if (memory.is_64) RETURN_IF_ERROR(Require(ComponentFeature::kMemory64, "64-bit memories"));
  return PushBuiltin({kI32, memory.is_64 ? kI64 : kI32}, {kI32});
}

Checked ComponentValidator::NewThread(const syntax::Canon& d) {
  const auto& types = scope_->core_types;
  if (d.type >= types.size()) return FailIndex("type", d.type);
  airwasm::ValType closure = kI32;
  if (options_.features.Has(ComponentFeature::kMemory64) && !types[d.type].is_module &&
      types[d.type].id == registry_.InternFunc({{kI64}, {}})) {
    closure = kI64;
  }
  if (types[d.type].is_module || types[d.type].id != registry_.InternFunc({{closure}, {}})) {
    return Fail("start function must take a single `i32` argument and return nothing");
  }
  const auto& tables = scope_->info.core_tables;
  if (d.table >= tables.size()) return FailIndex("table", d.table);
  if (tables[d.table].element != kFuncRef) return Fail("expected a table of `funcref`");
  if (tables[d.table].is_64) RETURN_IF_ERROR(Require(ComponentFeature::kMemory64, "64-bit tables"));
  return PushBuiltin({tables[d.table].is_64 ? kI64 : kI32, closure}, {kI32});
}

}  // namespace airwasm::component::valid
