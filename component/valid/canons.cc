// Lifted and lowered functions: the core signature that a component function has.
// Spec: canonical ABI, "Flattening", "canon lift", "canon lower", "canon task.return".
#include "component/valid/canon_options.h"

#include "component/syntax/canon_table.h"
#include "component/types/core_type.h"

namespace airwasm::component::valid {
namespace {

using CoreTypes = std::vector<airwasm::ValType>;

CoreTypes ToCore(const Flattening& flat) {
  CoreTypes types;
  for (FlatType type : flat.list()) types.push_back(CoreType(type));
  return types;
}

// "[I32, I64]", as the official suite writes it.
std::string Text(const CoreTypes& types) {
  std::string text = "[";
  for (airwasm::ValType type : types) {
    if (text.size() > 1) text += ", ";
    std::string name = type.ToString();
    if (type.IsNumber()) name[0] = static_cast<char>(name[0] - 'a' + 'A');
    text += name;
  }
  return text + "]";
}

std::vector<ValType> ParamsOf(const FuncType& type) {
  std::vector<ValType> params;
  for (const Field& param : type.params) params.push_back(param.type);
  return params;
}

std::vector<ValType> ResultOf(const FuncType& type) {
  if (!type.result) return {};
  return {*type.result};
}

}  // namespace

Checked ComponentValidator::Do(const syntax::Canon& d) {
  using syntax::CanonImmediates;
  using syntax::CanonKind;
  const syntax::CanonRow& row = syntax::RowOf(d.kind);
  if (row.feature) RETURN_IF_ERROR(Require(*row.feature, "`" + std::string(row.text) + "`"));
  switch (row.immediates) {
    case CanonImmediates::kLift:
      return Lift(d);
    case CanonImmediates::kLower:
      return Lower(d);
    case CanonImmediates::kType:
      if (d.kind == CanonKind::kResourceNew || d.kind == CanonKind::kResourceDrop ||
          d.kind == CanonKind::kResourceRep) {
        return ResourceBuiltin(d);
      }
      return StreamBuiltin(d);
    case CanonImmediates::kTypeOpts:
    case CanonImmediates::kTypeAsync:
      return StreamBuiltin(d);
    case CanonImmediates::kResultOpts:
      return TaskReturn(d);
    case CanonImmediates::kOpts:
      return ErrorContextBuiltin(d);
    case CanonImmediates::kContext:
      return ContextBuiltin(d);
    case CanonImmediates::kCancelMemory:
      return WaitBuiltin(d);
    case CanonImmediates::kFuncTable:
      return NewThread(d);
    case CanonImmediates::kNone:
    case CanonImmediates::kAsync:
    case CanonImmediates::kCancel:
      return PlainBuiltin(d);
  }
  return Ok();
}

Checked ComponentValidator::Lift(const syntax::Canon& d) {
  ASSIGN_OR_RETURN(const TypeItem item, TypeAt(d.type, TypeItem::Kind::kFunc, "a function type"));
  ASSIGN_OR_RETURN(const airwasm::TypeId callee, CoreFuncAt(d.func));
  ASSIGN_OR_RETURN(const CanonOptions options, ReadOptions(d.opts, OptionsOf::kLift));
  const FuncType& type = values().GetFunc(item.id);
  if (options.async && !type.async) {
    return Fail("the `async` canonical option requires an async function type");
  }
  if (options.async && !options.has_callback) {
    RETURN_IF_ERROR(
        Require(ComponentFeature::kAsyncStackful, "canonical option `async` without `callback`"));
  }
  const std::vector<ValType> params = ParamsOf(type);
  const std::vector<ValType> results = ResultOf(type);
  RETURN_IF_ERROR(RequireOptions(options, results, params));
  const Flattening flat_params = Flatten(values(), params, options.memory64);
  const Flattening flat_results = Flatten(values(), results, options.memory64);
  CoreTypes core_params = ToCore(flat_params);
  if (flat_params.spills) {
    RETURN_IF_ERROR(RequireMemory(options));
    RETURN_IF_ERROR(RequireRealloc(options));
    core_params = {options.address()};
  }
  CoreTypes core_results;
  if (options.async) {
    if (flat_results.spills) RETURN_IF_ERROR(RequireMemory(options));
    if (options.has_callback) core_results = {kI32};
  } else if (flat_results.spills || flat_results.count > kMaxFlatResults) {
    RETURN_IF_ERROR(RequireMemory(options));
    core_results = {options.address()};
  } else {
    core_results = ToCore(flat_results);
  }
  const SubType& core = registry_.Get(callee).type;
  if (core.func.params != core_params) {
    return Fail("lowered parameter types `" + Text(core_params) +
                "` do not match parameter types `" + Text(core.func.params) +
                "` of core function " + std::to_string(d.func));
  }
  if (core.func.results != core_results) {
    return Fail("lowered result types `" + Text(core_results) + "` do not match result types `" +
                Text(core.func.results) + "` of core function " + std::to_string(d.func));
  }
  if (options.post_return && *options.post_return != registry_.InternFunc({core_results, {}})) {
    return Fail("canonical option `post-return` uses a core function with an incorrect signature");
  }
  ExternType lifted;
  lifted.sort = Sort::kFunc;
  lifted.id = item.id;
  lifted.naming = item.naming;
  return Push(lifted);
}

Checked ComponentValidator::Lower(const syntax::Canon& d) {
  const auto& funcs = scope_->info.funcs;
  if (d.func >= funcs.size()) return FailIndex("function", d.func);
  const FuncType& type = values().GetFunc(funcs[d.func]);
  ASSIGN_OR_RETURN(const CanonOptions options, ReadOptions(d.opts, OptionsOf::kLower));
  if (options.async && !type.async) {
    return Fail("the `async` canonical option requires an async function type");
  }
  const std::vector<ValType> params = ParamsOf(type);
  const std::vector<ValType> results = ResultOf(type);
  RETURN_IF_ERROR(RequireOptions(options, params, results));
  const Flattening flat_params = Flatten(values(), params, options.memory64);
  const Flattening flat_results = Flatten(values(), results, options.memory64);
  const uint32_t max_params = options.async ? kMaxFlatAsyncParams : kMaxFlatParams;
  const uint32_t max_results = options.async ? 0 : kMaxFlatResults;
  CoreTypes core_params = ToCore(flat_params);
  if (flat_params.spills || flat_params.count > max_params) {
    RETURN_IF_ERROR(RequireMemory(options));
    core_params = {options.address()};
  }
  CoreTypes core_results;
  if (flat_results.spills || flat_results.count > max_results) {
    RETURN_IF_ERROR(RequireMemory(options));
    core_params.push_back(options.address());
  } else {
    core_results = ToCore(flat_results);
  }
  if (options.async) core_results = {kI32};
  return PushBuiltin(std::move(core_params), std::move(core_results));
}

Checked ComponentValidator::TaskReturn(const syntax::Canon& d) {
  std::vector<ValType> result;
  if (d.result) {
    ASSIGN_OR_RETURN(const Typed typed, Resolve(*d.result));
    if (values().Facts(typed.type).has_borrow) {
      return Fail("result of `task.return` cannot contain a `borrow` type");
    }
    result.push_back(typed.type);
  }
  ASSIGN_OR_RETURN(const CanonOptions options, ReadOptions(d.opts, OptionsOf::kTaskReturn));
  RETURN_IF_ERROR(RequireOptions(options, result, {}));
  const Flattening flat = Flatten(values(), result, options.memory64);
  if (!flat.spills) return PushBuiltin(ToCore(flat), {});
  RETURN_IF_ERROR(RequireMemory(options));
  return PushBuiltin({options.address()}, {});
}

Checked ComponentValidator::PushBuiltin(CoreTypes params, CoreTypes results) {
  return PushCoreFunc(registry_.InternFunc({std::move(params), std::move(results)}));
}

}  // namespace airwasm::component::valid
