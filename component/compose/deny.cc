// Interfaces that are denied: components that export what the interface has. Functions trap;
// resources are fresh ones, of which there will never be any. What they use of other interfaces is
// imported from those.
#include <algorithm>

#include "component/compose/composer.h"
#include "engine/text/wat.h"

namespace airwasm::component::compose {
namespace {

using syntax::Sort;

const char* CoreText(FlatType type) {
  switch (type) {
    case FlatType::kI32:
      return " i32";
    case FlatType::kI64:
      return " i64";
    case FlatType::kF32:
      return " f32";
    case FlatType::kF64:
      return " f64";
  }
  return "";
}

// The core function type that `canon lift` asks for, in the text format.
// Spec: canonical ABI, `flatten_functype`.
std::string CoreSignature(const TypeTable& types, const FuncType& type) {
  std::vector<ValType> list;
  for (const Field& param : type.params) list.push_back(param.type);
  const Flattening params = Flatten(types, list);
  std::string text;
  if (params.spills) {
    text = " (param i32)";
  } else {
    for (const FlatType flat : params.list()) text += Concat({" (param", CoreText(flat), ")"});
  }
  if (!type.result) return text;
  const Flattening& result = types.Facts(*type.result).flat32;
  if (result.spills || result.count > kMaxFlatResults) return text + " (result i32)";
  for (const FlatType flat : result.list()) text += Concat({" (result", CoreText(flat), ")"});
  return text;
}

// As a string of the text format; names are plain, but for what the validator does not forbid.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    static constexpr char kHex[] = "0123456789abcdef";
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
      out += {'\\', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

struct Composer::Denial {
  struct Func {
    std::string_view name;
    uint32_t type;          // TypeIdx
    std::string signature;  // of the core function
  };
  std::string interface;
  std::map<std::string, uint32_t, std::less<>> types;  // exported, by name
  std::vector<Func> funcs;
};

std::vector<std::string> Composer::InterfacesNamed(std::string_view name) {
  if (groups_.empty()) CollectImports();
  std::vector<std::string> names;
  for (const auto& [key, group] : groups_) {
    const syntax::Import& import = *group.front().import;
    if (import.type.sort == Sort::kInstance && Names(name, import.name.name))
      names.emplace_back(import.name.name);
  }
  return names;
}

absl::StatusOr<syntax::Component> Composer::RunDenial(std::string_view interface) {
  is_denial_ = true;
  if (groups_.empty()) CollectImports();
  Denial denial;
  denial.interface = interface;
  for (const ImportOf& import : groups_[ImportKey(interface)]) Deny(denial, import);
  if (ok()) DefineFunctions(denial);
  if (!ok()) return status_;
  return std::move(out_);
}

// Types are defined and exported at once; functions come together, for they share a module.
void Composer::Deny(Denial& denial, const ImportOf& import) {
  const syntax::InstanceType* const type = ok() ? InstanceTypeOf(import) : nullptr;
  if (type == nullptr) return;
  Embedded& e = *import.embedded;
  const ComponentTypes& known = *e.valid->types;
  const ComponentType& component = known.component(e.valid->root->type);
  const NamedList<ExternType>& known_exports =
      known.instance(component.imports.Find(import.import->name.name)->id).exports;
  std::vector<uint32_t> local;  // type indices within `type` → ours
  const TypeCopier copier(
      [&](Sort sort, uint32_t index, uint32_t level) -> uint32_t {
        return level == 0 || sort != Sort::kType ? Ensure(e, sort, index) : local[index];
      },
      1);
  for (const syntax::Definition& d : type->declarators) {
    if (!ok()) return;
    if (const auto* const alias = std::get_if<syntax::Alias>(&d.what);
        alias != nullptr && alias->target == syntax::Alias::Target::kOuter &&
        alias->sort == Sort::kType) {
      local.push_back(alias->outer_count == 0 ? local[alias->outer_index]
                                              : Ensure(e, Sort::kType, alias->outer_index));
      continue;
    }
    if (const auto* const definition = std::get_if<syntax::Type>(&d.what);
        definition != nullptr && !std::holds_alternative<syntax::InstanceType>(definition->type) &&
        !std::holds_alternative<syntax::ComponentType>(definition->type)) {
      local.push_back(Append(syntax::Type{copier.Copy(definition->type, 1)}));
      continue;
    }
    const auto* const x = std::get_if<syntax::Export>(&d.what);
    if (x == nullptr || (x->type->sort != Sort::kType && x->type->sort != Sort::kFunc)) {
      Fail(absl::FailedPreconditionError(Concat(
          {"`", denial.interface, "` has more than functions and types; it cannot be denied"})));
      return;
    }
    if (x->type->sort == Sort::kType) {
      auto found = denial.types.find(x->name.name);
      if (found == denial.types.end()) {
        const bool is_resource = x->type->bound == syntax::ExternType::Bound::kSubResource;
        const uint32_t made =
            is_resource ? Append(syntax::Type{syntax::ResourceType{}}) : local[x->type->index];
        const uint32_t exported = Append(
            syntax::Export{.name = x->name, .item = {Sort::kType, made}, .type = std::nullopt});
        found = denial.types.emplace(std::string(x->name.name), exported).first;
      }
      local.push_back(found->second);
    } else if (std::none_of(denial.funcs.begin(), denial.funcs.end(),
                            [&](const Denial::Func& f) { return f.name == x->name.name; })) {
      const FuncType& func = known.values().GetFunc(known_exports.Find(x->name.name)->id);
      if (func.async) {
        Fail(absl::FailedPreconditionError(
            Concat({"`", denial.interface, "` has async functions; it cannot be denied"})));
        return;
      }
      denial.funcs.push_back(
          {x->name.name, local[x->type->index], CoreSignature(known.values(), func)});
    }
  }
}

void Composer::DefineFunctions(const Denial& denial) {
  const auto core_name = [&](const Denial::Func& f) {
    return Concat({denial.interface, "#", f.name});
  };
  // Arguments find room, so that it is the function itself that traps, with its name in the
  // backtrace.
  std::string wat = R"((module $denied
    (memory (export "memory") 0)
    (global $top (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
        (then (drop (memory.grow
          (i32.add (i32.shr_u (local.get 3) (i32.const 16)) (i32.const 1))))))
      (local.get $p)))";
  for (const Denial::Func& f : denial.funcs)
    wat += Concat({" (func (export ", Quoted(core_name(f)), ")", f.signature, " unreachable)"});
  auto module = text::WatToWasm(wat + ")", Features());
  if (!module.ok()) {
    Fail(absl::InternalError(module.error().message));
    return;
  }
  const std::vector<uint8_t>& bytes = out_.storage.emplace_back(*std::move(module));
  syntax::CoreInstance core;
  core.module = Append(syntax::CoreModule{bytes});
  const uint32_t instance = Append(std::move(core));
  const auto core_export = [&](Sort sort, std::string_view name) {
    return Append(syntax::Alias{.target = syntax::Alias::Target::kCoreExport,
                                .sort = sort,
                                .instance = instance,
                                .name = name});
  };
  const uint32_t memory = core_export(Sort::kCoreMemory, "memory");
  const uint32_t realloc = core_export(Sort::kCoreFunc, "realloc");
  for (const Denial::Func& f : denial.funcs) {
    syntax::Canon lift;
    lift.func = core_export(Sort::kCoreFunc, Keep(core_name(f)));
    lift.type = f.type;
    lift.opts = {{.kind = syntax::CanonOpt::Kind::kMemory, .index = memory},
                 {.kind = syntax::CanonOpt::Kind::kRealloc, .index = realloc}};
    const uint32_t func = Append(std::move(lift));
    Append(syntax::Export{
        .name = {.name = f.name}, .item = {Sort::kFunc, func}, .type = std::nullopt});
  }
}

}  // namespace airwasm::component::compose
