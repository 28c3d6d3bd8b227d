#include "component/link/match.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

namespace airwasm::component::link {
namespace {

// Structural equality of value types of two tables. The nesting of types is limited.
class Comparison {
 public:
  Comparison(const BoundFuncType& a, const BoundFuncType& b) : a_(a), b_(b) {}

  bool Same(ValType a, ValType b) {
    if (a.IsPrim() || b.IsPrim()) return a == b;
    const std::pair key(a.bits(), b.bits());
    if (done_.contains(key)) return true;
    const DefinedType& x = a_.types.Get(a);
    const DefinedType& y = b_.types.Get(b);
    if (x.index() != y.index()) return false;
    const bool same = std::visit(
        [&](const auto& t) { return Same(t, std::get<std::decay_t<decltype(t)>>(y)); }, x);
    if (same) done_.insert(key);
    return same;
  }
  bool Same(const std::optional<ValType>& a, const std::optional<ValType>& b) {
    return a.has_value() == b.has_value() && (!a || Same(*a, *b));
  }
  bool Same(const std::vector<Field>& a, const std::vector<Field>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const Field& x, const Field& y) {
      return x.name == y.name && Same(x.type, y.type);
    });
  }

 private:
  bool Same(const RecordType& a, const RecordType& b) { return Same(a.fields, b.fields); }
  bool Same(const VariantType& a, const VariantType& b) {
    return std::equal(a.cases.begin(), a.cases.end(), b.cases.begin(), b.cases.end(),
                      [&](const VariantCase& x, const VariantCase& y) {
                        return x.name == y.name && Same(x.type, y.type);
                      });
  }
  bool Same(const ListType& a, const ListType& b) {
    return a.length == b.length && Same(a.element, b.element);
  }
  bool Same(const TupleType& a, const TupleType& b) {
    return std::equal(a.types.begin(), a.types.end(), b.types.begin(), b.types.end(),
                      [&](ValType x, ValType y) { return Same(x, y); });
  }
  bool Same(const FlagsType& a, const FlagsType& b) { return a == b; }
  bool Same(const EnumType& a, const EnumType& b) { return a == b; }
  bool Same(const OptionType& a, const OptionType& b) { return Same(a.type, b.type); }
  bool Same(const ResultType& a, const ResultType& b) {
    return Same(a.ok, b.ok) && Same(a.error, b.error);
  }
  bool Same(const OwnType& a, const OwnType& b) { return SameResource(a.resource, b.resource); }
  bool Same(const BorrowType& a, const BorrowType& b) {
    return SameResource(a.resource, b.resource);
  }
  bool Same(const StreamType& a, const StreamType& b) { return Same(a.element, b.element); }
  bool Same(const FutureType& a, const FutureType& b) { return Same(a.element, b.element); }
  bool Same(const MapType& a, const MapType& b) {
    return Same(a.key, b.key) && Same(a.value, b.value);
  }
  bool SameResource(ResourceId a, ResourceId b) {
    const canon::ResourceType* const x = a_.resolve(a);
    return x != nullptr && x == b_.resolve(b);
  }

  const BoundFuncType& a_;
  const BoundFuncType& b_;
  std::set<std::pair<uint32_t, uint32_t>> done_;  // known to be equal
};

// --- Core modules ---

bool LimitsMatch(const Limits& have, const Limits& wanted) {
  return have.min >= wanted.min && (!wanted.max || (have.max && *have.max <= *wanted.max));
}

bool ExternMatches(const TypeRegistry& registry, const CoreExternType& have,
                   const CoreExternType& wanted) {
  if (have.index() != wanted.index()) return false;
  switch (static_cast<CoreKind>(wanted.index())) {
    case CoreKind::kFunc:
      return registry.IsSubtype(std::get<TypeIdx>(have), std::get<TypeIdx>(wanted));
    case CoreKind::kTable: {
      const auto& a = std::get<TableType>(have);
      const auto& b = std::get<TableType>(wanted);
      return a.is_64 == b.is_64 && a.element == b.element && LimitsMatch(a.limits, b.limits);
    }
    case CoreKind::kMemory: {
      const auto& a = std::get<MemoryType>(have);
      const auto& b = std::get<MemoryType>(wanted);
      return a.is_64 == b.is_64 && a.shared == b.shared && a.page_size_log2 == b.page_size_log2 &&
             LimitsMatch(a.limits, b.limits);
    }
    case CoreKind::kGlobal: {
      const auto& a = std::get<GlobalType>(have);
      const auto& b = std::get<GlobalType>(wanted);
      return a.mut == b.mut && (b.mut ? a.type == b.type : registry.IsSubtype(a.type, b.type));
    }
    case CoreKind::kTag:
      break;
  }
  return std::get<TagType>(have) == std::get<TagType>(wanted);
}

// The canonical type of entry `index` of one of the module's index spaces.
CoreExternType TypeOf(const runtime::Module& module, CoreKind kind, uint32_t index) {
  switch (kind) {
    case CoreKind::kFunc:
      return module.func_type(index);
    case CoreKind::kTable:
      return module.table_type(index);
    case CoreKind::kMemory:
      return module.syntax().memories[index];
    case CoreKind::kGlobal:
      return module.global_type(index);
    case CoreKind::kTag:
      break;
  }
  return TagType{module.tag_type(index)};
}

std::string Quoted(std::string_view module, std::string_view name) {
  return "\"" + std::string(module) + "\" \"" + std::string(name) + "\"";
}

}  // namespace

bool SameFuncType(const BoundFuncType& a, const BoundFuncType& b) {
  const FuncType& x = a.types.GetFunc(a.type);
  const FuncType& y = b.types.GetFunc(b.type);
  Comparison comparison(a, b);
  return x.async == y.async && comparison.Same(x.params, y.params) &&
         comparison.Same(x.result, y.result);
}

std::optional<std::string> ModuleMismatch(const runtime::Module& module,
                                          const CoreModuleType& wanted) {
  uint32_t next[5] = {};
  for (const airwasm::syntax::Import& import : module.syntax().imports) {
    const uint32_t index = next[static_cast<size_t>(import.kind())]++;
    const auto given = std::find_if(wanted.imports.begin(), wanted.imports.end(),
                                    [&](const CoreModuleType::Import& i) {
                                      return i.module == import.module && i.name == import.name;
                                    });
    if (given == wanted.imports.end())
      return "a core module that imports " + Quoted(import.module, import.name) + " as well";
    if (!ExternMatches(module.types(), given->type, TypeOf(module, import.kind(), index)))
      return "a core module that imports " + Quoted(import.module, import.name) +
             " with another type";
  }
  for (const auto& [name, type] : wanted.exports) {
    const std::optional<uint32_t> found = module.FindExport(name);
    if (!found) return "a core module without the export \"" + name + "\"";
    const airwasm::syntax::Export& e = module.syntax().exports[*found];
    if (!ExternMatches(module.types(), TypeOf(module, e.kind, e.index), type))
      return "a core module that exports \"" + name + "\" with another type";
  }
  return std::nullopt;
}

std::string FuncText(const FlatComponent& flat, FuncTypeId id) {
  const TypeTable& types = flat.types->values();
  const FuncType& type = types.GetFunc(id);
  std::string text = type.async ? "async func(" : "func(";
  for (size_t i = 0; i < type.params.size(); ++i) {
    if (i != 0) text += ", ";
    text += type.params[i].name + ": " + types.ToString(type.params[i].type);
  }
  text += ")";
  if (type.result) text += " -> " + types.ToString(*type.result);
  // A TypeTable writes a resource as '#' and its id.
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '#') {
      out += text[i++];
      continue;
    }
    char* end = nullptr;
    const uint64_t index = std::strtoull(text.c_str() + i + 1, &end, 10) - flat.first_resource;
    const size_t length = static_cast<size_t>(end - (text.c_str() + i));
    const bool named = index < flat.resources.size() && !flat.resources[index].path.empty();
    out += named ? flat.resources[index].path.back() : text.substr(i, length);
    i += length;
  }
  return out;
}

}  // namespace airwasm::component::link
