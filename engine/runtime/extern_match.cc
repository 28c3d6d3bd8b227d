// The type of a memory or table that is offered has its current size as minimum: what has grown
// satisfies more imports.
#include "engine/runtime/extern_match.h"

#include "absl/strings/str_cat.h"
#include "engine/base/format.h"
#include "engine/runtime/memory_mapping.h"

namespace airwasm::runtime {
namespace {

// In long signatures the first types tell enough.
constexpr size_t kMaxTypesInWords = 16;

std::string DescribeTypes(const std::vector<ValType>& types) {
  std::string out = "[";
  for (size_t i = 0; i < types.size(); ++i) {
    if (i == kMaxTypesInWords) return absl::StrCat(out, " ...]");
    absl::StrAppend(&out, i == 0 ? "" : " ", types[i].ToString());
  }
  return out + "]";
}

std::string DescribeFunc(const char* what, const FuncType& type) {
  return absl::StrCat(what, " ", DescribeTypes(type.params), " -> ", DescribeTypes(type.results));
}

std::string DescribeLimits(const Limits& limits) {
  return limits.max ? absl::StrCat(limits.min, "..", *limits.max) : absl::StrCat(limits.min, "..");
}

std::string DescribeTable(const TableType& type) {
  return absl::StrCat("table ", type.is_64 ? "i64 " : "", DescribeLimits(type.limits), " ",
                      type.element.ToString());
}

std::string DescribeMemory(const MemoryType& type) {
  std::string out =
      absl::StrCat("memory ", type.is_64 ? "i64 " : "", DescribeLimits(type.limits), " pages");
  if (type.page_size_log2 != 16)
    absl::StrAppend(&out, " of ", uint64_t{1} << type.page_size_log2, " bytes");
  if (type.shared) out += " shared";
  return out;
}

std::string DescribeGlobal(const GlobalType& type) {
  return absl::StrCat("global ", type.mut ? "(mut " : "", type.type.ToString(),
                      type.mut ? ")" : "");
}

TableType CurrentType(const TableInst& table) {
  TableType type = table.type;
  type.limits.min = table.size;
  return type;
}

MemoryType CurrentType(const MemInst& memory) {
  MemoryType type = memory.type;
  type.limits.min = memory.mapping->size_pages();
  return type;
}

bool LimitsMatch(const Limits& actual, const Limits& wanted) {
  if (actual.min < wanted.min) return false;
  return !wanted.max || (actual.max && *actual.max <= *wanted.max);
}

bool IsNull(const Extern& value) {
  return std::visit([](const auto* p) { return p == nullptr; }, value);
}

bool TypesMatch(const Module& module, const syntax::Import& import, uint32_t index,
                const Extern& actual) {
  const TypeRegistry& types = module.types();
  switch (import.kind()) {
    case syntax::ExternKind::kFunc: {
      FuncInst* const* const func = std::get_if<FuncInst*>(&actual);
      return func != nullptr && types.IsSubtype((*func)->type, module.func_type(index));
    }
    case syntax::ExternKind::kTable: {
      TableInst* const* const table = std::get_if<TableInst*>(&actual);
      if (table == nullptr) return false;
      const TableType& wanted = module.table_type(index);
      const TableType have = CurrentType(**table);
      return have.is_64 == wanted.is_64 && have.element == wanted.element &&
             LimitsMatch(have.limits, wanted.limits);
    }
    case syntax::ExternKind::kMemory: {
      MemInst* const* const memory = std::get_if<MemInst*>(&actual);
      if (memory == nullptr) return false;
      const MemoryType& wanted = std::get<MemoryType>(import.type);
      const MemoryType have = CurrentType(**memory);
      return have.is_64 == wanted.is_64 && have.shared == wanted.shared &&
             have.page_size_log2 == wanted.page_size_log2 &&
             LimitsMatch(have.limits, wanted.limits);
    }
    case syntax::ExternKind::kGlobal: {
      GlobalInst* const* const global = std::get_if<GlobalInst*>(&actual);
      if (global == nullptr) return false;
      const GlobalType& wanted = module.global_type(index);
      const GlobalType& have = (*global)->type;
      if (have.mut != wanted.mut) return false;
      return have.mut ? have.type == wanted.type : types.IsSubtype(have.type, wanted.type);
    }
    case syntax::ExternKind::kTag: {
      TagInst* const* const tag = std::get_if<TagInst*>(&actual);
      return tag != nullptr && (*tag)->type == module.tag_type(index);
    }
  }
  return false;
}

// The import's index within the index space of its kind.
uint32_t IndexInSpace(const syntax::Module& module, uint32_t import_index) {
  uint32_t index = 0;
  const syntax::ExternKind kind = module.imports[import_index].kind();
  for (uint32_t i = 0; i < import_index; ++i) index += module.imports[i].kind() == kind ? 1 : 0;
  return index;
}

}  // namespace

std::string DescribeExtern(const Extern& value, const TypeRegistry& types) {
  struct Visitor {
    const TypeRegistry& types;
    std::string operator()(FuncInst* f) const {
      return DescribeFunc("func", types.Get(f->type).type.func);
    }
    std::string operator()(TableInst* t) const { return DescribeTable(CurrentType(*t)); }
    std::string operator()(MemInst* m) const { return DescribeMemory(CurrentType(*m)); }
    std::string operator()(GlobalInst* g) const { return DescribeGlobal(g->type); }
    std::string operator()(TagInst* t) const {
      return DescribeFunc("tag", types.Get(t->type).type.func);
    }
  };
  return std::visit(Visitor{types}, value);
}

std::string DescribeImportType(const Module& module, uint32_t import_index) {
  const syntax::Import& import = module.syntax().imports[import_index];
  const uint32_t index = IndexInSpace(module.syntax(), import_index);
  switch (import.kind()) {
    case syntax::ExternKind::kFunc:
      return DescribeFunc("func", module.types().Get(module.func_type(index)).type.func);
    case syntax::ExternKind::kTable:
      return DescribeTable(module.table_type(index));
    case syntax::ExternKind::kMemory:
      return DescribeMemory(std::get<MemoryType>(import.type));
    case syntax::ExternKind::kGlobal:
      return DescribeGlobal(module.global_type(index));
    case syntax::ExternKind::kTag:
      return DescribeFunc("tag", module.types().Get(module.tag_type(index)).type.func);
  }
  return "";
}

absl::Status MatchImports(const Module& module, std::span<const Extern> imports) {
  const std::vector<syntax::Import>& wanted = module.syntax().imports;
  uint32_t index_of_kind[5] = {};
  for (uint32_t i = 0; i < wanted.size(); ++i) {
    const syntax::Import& import = wanted[i];
    const uint32_t index = index_of_kind[static_cast<size_t>(import.kind())]++;
    if (i >= imports.size() || IsNull(imports[i])) {
      return absl::FailedPreconditionError(
          FormatText("unknown import: \"%s\" \"%s\" (%s) is not provided", import.module,
                     import.name, DescribeImportType(module, i)));
    }
    if (!TypesMatch(module, import, index, imports[i])) {
      return absl::FailedPreconditionError(
          FormatText("incompatible import type: \"%s\" \"%s\" is wanted as %s and provided as %s",
                     import.module, import.name, DescribeImportType(module, i),
                     DescribeExtern(imports[i], module.types())));
    }
    if (MemInst* const* const memory = std::get_if<MemInst*>(&imports[i]);
        memory != nullptr && module.MemoryIsGuarded(index) && !(*memory)->guarded) {
      return absl::FailedPreconditionError(FormatText(
          "memory import \"%s\" \"%s\": the module relies on guard pages and this memory has none",
          import.module, import.name));
    }
  }
  return absl::OkStatus();
}

}  // namespace airwasm::runtime
