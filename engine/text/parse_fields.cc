// Module fields that are neither types nor segments: imports, functions, tables, memories, globals,
// tags, exports, start. Spec: core, text/modules.
#include "engine/base/limits.h"
#include "engine/text/expr_parser.h"
#include "engine/text/module_parser.h"

namespace airwasm::text {

using syntax::ExternKind;

// The walk that bound the identifiers has checked that it is there at most once.
void ModuleParser::SkipId(std::string_view kind, syntax::NameMap& names, uint32_t index) {
  if (in_.Kind() == TokenKind::kId) in_.Take();
  if (auto name = annotations_.TakeName(in_, kind)) names[index] = std::move(*name);
}

std::optional<std::pair<std::string_view, std::string_view>> ModuleParser::ParseInlineImport() {
  if (!in_.TakeLParen("import")) return std::nullopt;
  module_.strings.push_back(in_.ExpectName("a module name"));
  const std::string_view module = module_.strings.back();
  module_.strings.push_back(in_.ExpectName("a name"));
  const std::string_view name = module_.strings.back();
  in_.ExpectRParen();
  return std::pair(module, name);
}

void ModuleParser::AddExport(std::string_view name, ExternKind kind, uint32_t index) {
  syntax::Export exported;
  exported.name = name;
  exported.kind = kind;
  exported.index = index;
  exported.offset = in_.Peek().offset;
  module_.exports.push_back(exported);
}

void ModuleParser::ParseInlineExports(ExternKind kind, uint32_t index) {
  while (in_.TakeLParen("export")) {
    module_.strings.push_back(in_.ExpectName("a name"));
    AddExport(module_.strings.back(), kind, index);
    in_.ExpectRParen();
  }
}

// Imports come first in each index space, so none may follow a definition.
void ModuleParser::AddImport(const Token& at, std::pair<std::string_view, std::string_view> names,
                             syntax::ExternType type) {
  const auto check = [&](size_t defined, size_t imported, std::string_view what) {
    if (defined > imported) in_.Fail(at, "import after " + std::string(what));
  };
  check(module_.funcs.size(), module_.num_imported_funcs, "function");
  check(module_.tables.size(), module_.num_imported_tables, "table");
  check(module_.memories.size(), module_.num_imported_memories, "memory");
  check(module_.globals.size(), module_.num_imported_globals, "global");
  check(module_.tags.size(), module_.num_imported_tags, "tag");
  syntax::Import import;
  import.module = names.first;
  import.name = names.second;
  import.offset = at.offset;
  switch (static_cast<ExternKind>(type.index())) {
    case ExternKind::kFunc:
      module_.funcs.push_back({.type = std::get<TypeIdx>(type), .locals = {}, .body = {}});
      ++module_.num_imported_funcs;
      break;
    case ExternKind::kTable:
      module_.tables.push_back({.type = std::get<TableType>(type), .init = {}});
      ++module_.num_imported_tables;
      break;
    case ExternKind::kMemory:
      module_.memories.push_back(std::get<MemoryType>(type));
      ++module_.num_imported_memories;
      break;
    case ExternKind::kGlobal:
      module_.globals.push_back({.type = std::get<GlobalType>(type), .init = {}});
      ++module_.num_imported_globals;
      break;
    case ExternKind::kTag:
      module_.tags.push_back(std::get<TagType>(type));
      ++module_.num_imported_tags;
      break;
  }
  import.type = std::move(type);
  module_.imports.push_back(std::move(import));
}

void ModuleParser::NameParams(const TypeUse& use, uint32_t func) {
  IdMap ids;
  for (const auto& [index, id] : use.signature.param_ids) {
    const std::string_view text = IdText(id);
    if (!ids.emplace(text, index).second)
      in_.Fail(id, "duplicate local " + TokenReader::Quoted(in_.Text(id)));
    module_.names.locals[func][index] = std::string(text);
  }
}

// "(" "import" module name "(" kind id? type ")" ")"
void ModuleParser::ParseImport() {
  const Token at = in_.Peek();
  in_.ExpectLParen("import");
  module_.strings.push_back(in_.ExpectName("a module name"));
  const std::string_view module = module_.strings.back();
  module_.strings.push_back(in_.ExpectName("a name"));
  const std::pair names(module, std::string_view(module_.strings.back()));
  if (in_.TakeLParen("func")) {
    const uint32_t index = static_cast<uint32_t>(module_.funcs.size());
    SkipId("func", module_.names.funcs, index);
    const TypeUse use = ParseTypeUse(/*ids_allowed=*/true);
    NameParams(use, index);
    AddImport(at, names, syntax::ExternType(std::in_place_index<0>, Resolve(use)));
  } else if (in_.TakeLParen("table")) {
    SkipId("table", module_.names.tables, static_cast<uint32_t>(module_.tables.size()));
    AddImport(at, names, ParseTableType());
  } else if (in_.TakeLParen("memory")) {
    SkipId("memory", module_.names.memories, static_cast<uint32_t>(module_.memories.size()));
    AddImport(at, names, ParseMemoryType());
  } else if (in_.TakeLParen("global")) {
    SkipId("global", module_.names.globals, static_cast<uint32_t>(module_.globals.size()));
    AddImport(at, names, ParseGlobalType());
  } else if (in_.TakeLParen("tag")) {
    SkipId("tag", module_.names.tags, static_cast<uint32_t>(module_.tags.size()));
    AddImport(at, names, TagType{Resolve(ParseTypeUse(/*ids_allowed=*/true))});
  } else {
    if (in_.Kind() == TokenKind::kLParen) in_.Take();
    return in_.Unexpected("(func, (table, (memory, (global or (tag");
  }
  in_.ExpectRParen();
  in_.ExpectRParen();
}

// "(" "func" id? export* (import typeuse | typeuse local* instr*) ")"
void ModuleParser::ParseFunc() {
  const Token at = in_.Peek();
  in_.ExpectLParen("func");
  const uint32_t index = static_cast<uint32_t>(module_.funcs.size());
  SkipId("func", module_.names.funcs, index);
  ParseInlineExports(ExternKind::kFunc, index);
  if (const auto import = ParseInlineImport()) {
    const TypeUse use = ParseTypeUse(/*ids_allowed=*/true);
    NameParams(use, index);
    AddImport(at, *import, syntax::ExternType(std::in_place_index<0>, Resolve(use)));
    return in_.ExpectRParen();
  }
  const TypeUse use = ParseTypeUse(/*ids_allowed=*/true);
  syntax::Function func;
  func.type = Resolve(use);
  size_t num_params = use.signature.type.params.size();
  if (use.index && use.signature.empty() && *use.index < module_.types.size()) {
    num_params = module_.types[*use.index].func.params.size();
  }
  ExprParser body(*this);
  for (const auto& [param, id] : use.signature.param_ids) body.BindLocal(id, param);
  ParseLocals(body, func, static_cast<uint32_t>(num_params));
  body.ParseSequence();
  in_.ExpectRParen();

  if (!body.local_names().empty()) module_.names.locals[index] = std::move(body.local_names());
  if (!body.label_names().empty()) module_.names.labels[index] = std::move(body.label_names());
  if (!body.hints().empty()) module_.branch_hints[index] = std::move(body.hints());
  func.body.bytes = Store(std::move(body.bytes()));
  module_.funcs.push_back(std::move(func));
}

void ModuleParser::ParseLocals(ExprParser& body, syntax::Function& func, uint32_t num_params) {
  uint32_t next = num_params;
  const auto add = [&](ValType type) {
    ++next;
    if (!func.locals.empty() && func.locals.back().second == type) {
      ++func.locals.back().first;
    } else {
      func.locals.emplace_back(1, type);
    }
  };
  while (in_.TakeLParen("local")) {
    if (in_.Kind() == TokenKind::kId) {
      body.BindLocal(in_.Take(), next);
      add(ParseValType());
    } else {
      while (in_.ok() && in_.Kind() != TokenKind::kRParen) add(ParseValType());
    }
    in_.ExpectRParen();
  }
}

// "(" "table" id? export* (import tabletype | tabletype expr? | addrtype? reftype "(" "elem" ...
// ")") ")"
void ModuleParser::ParseTable() {
  const Token at = in_.Peek();
  in_.ExpectLParen("table");
  const uint32_t index = static_cast<uint32_t>(module_.tables.size());
  SkipId("table", module_.names.tables, index);
  ParseInlineExports(ExternKind::kTable, index);
  if (const auto import = ParseInlineImport()) {
    AddImport(at, *import, ParseTableType());
    return in_.ExpectRParen();
  }
  syntax::Table table;
  const uint32_t type_start = in_.pos();
  table.type.is_64 = ParseAddressType();
  if (!AtRefType()) {
    in_.Seek(type_start);
    table.type = ParseTableType();
    if (in_.ok() && in_.Kind() != TokenKind::kRParen) {
      ExprParser init(*this);
      init.ParseSequence();
      table.init = syntax::Expr{Store(std::move(init.bytes()))};
    }
  } else {
    table.type.element = ParseRefType();
    syntax::ElemSegment segment;
    segment.mode = syntax::SegmentMode::kActive;
    segment.table = index;
    segment.offset = in_.Peek().offset;
    segment.offset_expr = ZeroOffset(table.type.is_64);
    segment.type = table.type.element;
    in_.ExpectLParen("elem");
    if (AtIndex() && table.type.element == kFuncRef) {
      ParseElemList(segment, /*func_optional=*/true);
    } else {
      ParseElemExprs(segment);
    }
    in_.ExpectRParen();
    table.type.limits.min = segment.size();
    table.type.limits.max = segment.size();
    module_.elems.push_back(std::move(segment));
  }
  in_.ExpectRParen();
  module_.tables.push_back(std::move(table));
}

// "(" "memory" id? export* (import memtype | memtype | addrtype? pagesize? "(" "data" string* ")")
// ")"
void ModuleParser::ParseMemory() {
  const Token at = in_.Peek();
  in_.ExpectLParen("memory");
  const uint32_t index = static_cast<uint32_t>(module_.memories.size());
  SkipId("memory", module_.names.memories, index);
  ParseInlineExports(ExternKind::kMemory, index);
  if (const auto import = ParseInlineImport()) {
    AddImport(at, *import, ParseMemoryType());
    return in_.ExpectRParen();
  }
  const uint32_t type_start = in_.pos();
  MemoryType type;
  type.is_64 = ParseAddressType();
  if (in_.AtLParen("pagesize")) type.page_size_log2 = ParsePageSize();
  if (in_.TakeLParen("data")) {
    syntax::DataSegment segment;
    segment.mode = syntax::SegmentMode::kActive;
    segment.memory = index;
    segment.offset = at.offset;
    segment.offset_expr = ZeroOffset(type.is_64);
    segment.bytes = ParseDataStrings();
    in_.ExpectRParen();
    const uint64_t size = segment.bytes.size();
    const uint64_t page = uint64_t{1} << type.page_size_log2;
    type.limits.min = size / page + (size % page != 0 ? 1 : 0);
    type.limits.max = type.limits.min;
    module_.datas.push_back(segment);
  } else {
    in_.Seek(type_start);
    type = ParseMemoryType();
  }
  in_.ExpectRParen();
  module_.memories.push_back(type);
}

void ModuleParser::ParseGlobal() {
  const Token at = in_.Peek();
  in_.ExpectLParen("global");
  const uint32_t index = static_cast<uint32_t>(module_.globals.size());
  SkipId("global", module_.names.globals, index);
  ParseInlineExports(ExternKind::kGlobal, index);
  if (const auto import = ParseInlineImport()) {
    AddImport(at, *import, ParseGlobalType());
    return in_.ExpectRParen();
  }
  syntax::Global global;
  global.type = ParseGlobalType();
  ExprParser init(*this);
  init.ParseSequence();
  global.init.bytes = Store(std::move(init.bytes()));
  in_.ExpectRParen();
  module_.globals.push_back(global);
}

void ModuleParser::ParseTag() {
  const Token at = in_.Peek();
  in_.ExpectLParen("tag");
  const uint32_t index = static_cast<uint32_t>(module_.tags.size());
  SkipId("tag", module_.names.tags, index);
  ParseInlineExports(ExternKind::kTag, index);
  const auto import = ParseInlineImport();
  const TagType type{Resolve(ParseTypeUse(/*ids_allowed=*/true))};
  in_.ExpectRParen();
  if (import) return AddImport(at, *import, type);
  module_.tags.push_back(type);
}

// "(" "export" name "(" kind index ")" ")"
void ModuleParser::ParseExport() {
  in_.ExpectLParen("export");
  module_.strings.push_back(in_.ExpectName("a name"));
  const std::string_view name = module_.strings.back();
  const struct {
    ExternKind kind;
    const Space& space;
  } kinds[] = {{ExternKind::kFunc, funcs_},
               {ExternKind::kTable, tables_},
               {ExternKind::kMemory, memories_},
               {ExternKind::kGlobal, globals_},
               {ExternKind::kTag, tags_}};
  for (const auto& row : kinds) {
    if (!in_.TakeLParen(row.space.kind)) continue;
    const uint32_t index = TakeIndex(row.space);
    AddExport(name, row.kind, index);
    in_.ExpectRParen();
    return in_.ExpectRParen();
  }
  if (in_.Kind() == TokenKind::kLParen) in_.Take();
  in_.Unexpected("(func, (table, (memory, (global or (tag");
}

void ModuleParser::ParseStart() {
  const Token at = in_.Peek();
  in_.ExpectLParen("start");
  if (module_.start) return in_.Fail(at, "multiple start sections");
  module_.start_offset = at.offset;
  module_.start = TakeIndex(funcs_);
  in_.ExpectRParen();
}

}  // namespace airwasm::text
