// Prints module fields other than types. Spec: core, text/modules.
#include "engine/base/limits.h"
#include "engine/text/body_printer.h"
#include "engine/text/lexer.h"
#include "engine/text/module_printer.h"
#include "engine/text/section_place.h"

namespace airwasm::text {

using syntax::ExternKind;
using syntax::SegmentMode;

namespace {

std::string_view AsText(syntax::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view KindWord(ExternKind kind) {
  switch (kind) {
    case ExternKind::kFunc:
      return "func";
    case ExternKind::kTable:
      return "table";
    case ExternKind::kMemory:
      return "memory";
    case ExternKind::kGlobal:
      return "global";
    case ExternKind::kTag:
      return "tag";
  }
  return "";
}

Ids LocalIds(const syntax::Module& module, uint32_t func, size_t count) {
  Ids ids;
  if (const auto it = module.names.locals.find(func); it != module.names.locals.end())
    ids.Assign(it->second, count, /*must_differ=*/true);
  return ids;
}

}  // namespace

void ModulePrinter::PrintImports() {
  uint32_t next[5] = {};
  for (const syntax::Import& import : m_.imports) {
    NewLine();
    Write("(import " + StringLiteral(import.module) + " " + StringLiteral(import.name) + " (");
    Write(KindWord(import.kind()));
    const uint32_t index = next[static_cast<size_t>(import.kind())]++;
    switch (import.kind()) {
      case ExternKind::kFunc: {
        const Ids params = LocalIds(m_, index, limits::kParams);
        WriteDefined(funcs_, m_.names.funcs, index);
        PrintTypeUse(std::get<TypeIdx>(import.type), &params);
        break;
      }
      case ExternKind::kTable:
        WriteDefined(tables_, m_.names.tables, index);
        PrintTableType(std::get<TableType>(import.type));
        break;
      case ExternKind::kMemory:
        WriteDefined(memories_, m_.names.memories, index);
        PrintMemoryType(std::get<MemoryType>(import.type));
        break;
      case ExternKind::kGlobal:
        WriteDefined(globals_, m_.names.globals, index);
        PrintGlobalType(std::get<GlobalType>(import.type));
        break;
      case ExternKind::kTag:
        WriteDefined(tags_, m_.names.tags, index);
        PrintTypeUse(std::get<TagType>(import.type).type, nullptr);
        break;
    }
    Write("))");
  }
}

void ModulePrinter::PrintTables() {
  for (uint32_t i = m_.num_imported_tables; i < m_.tables.size(); ++i) {
    NewLine();
    Write("(table");
    WriteDefined(tables_, m_.names.tables, i);
    PrintTableType(m_.tables[i].type);
    if (m_.tables[i].init) PrintInlineExpr(*m_.tables[i].init);
    Write(")");
  }
}

void ModulePrinter::PrintMemories() {
  for (uint32_t i = m_.num_imported_memories; i < m_.memories.size(); ++i) {
    NewLine();
    Write("(memory");
    WriteDefined(memories_, m_.names.memories, i);
    PrintMemoryType(m_.memories[i]);
    Write(")");
  }
}

void ModulePrinter::PrintTags() {
  for (uint32_t i = m_.num_imported_tags; i < m_.tags.size(); ++i) {
    NewLine();
    Write("(tag");
    WriteDefined(tags_, m_.names.tags, i);
    PrintTypeUse(m_.tags[i].type, nullptr);
    Write(")");
  }
}

void ModulePrinter::PrintGlobals() {
  for (uint32_t i = m_.num_imported_globals; i < m_.globals.size(); ++i) {
    NewLine();
    Write("(global");
    WriteDefined(globals_, m_.names.globals, i);
    PrintGlobalType(m_.globals[i].type);
    PrintInlineExpr(m_.globals[i].init);
    Write(")");
  }
}

void ModulePrinter::PrintExports() {
  const Ids* const ids[] = {&funcs_, &tables_, &memories_, &globals_, &tags_};
  for (const syntax::Export& exported : m_.exports) {
    NewLine();
    Write("(export " + StringLiteral(exported.name) + " (");
    Write(KindWord(exported.kind));
    Write(" ");
    WriteIndex(*ids[static_cast<size_t>(exported.kind)], exported.index);
    Write("))");
  }
}

void ModulePrinter::PrintElems() {
  for (uint32_t i = 0; i < m_.elems.size(); ++i) {
    const syntax::ElemSegment& segment = m_.elems[i];
    NewLine();
    Write("(elem");
    WriteDefined(elems_, m_.names.elems, i);
    switch (segment.mode) {
      case SegmentMode::kPassive:
        break;
      case SegmentMode::kDeclarative:
        Write(" declare");
        break;
      case SegmentMode::kActive:
        if (segment.table != 0) {
          Write(" (table ");
          WriteIndex(tables_, segment.table);
          Write(")");
        }
        PrintFoldedExpr(segment.offset_expr, "offset");
        break;
    }
    Write(" ");
    if (segment.uses_exprs) {
      PrintValType(segment.type);
      for (const syntax::Expr& expr : segment.exprs) PrintFoldedExpr(expr, "item");
    } else {
      Write("func");
      for (const uint32_t func : segment.funcs) {
        Write(" ");
        WriteIndex(funcs_, func);
      }
    }
    Write(")");
  }
}

void ModulePrinter::PrintDatas() {
  for (uint32_t i = 0; i < m_.datas.size(); ++i) {
    const syntax::DataSegment& segment = m_.datas[i];
    NewLine();
    Write("(data");
    WriteDefined(datas_, m_.names.datas, i);
    if (segment.mode == SegmentMode::kActive) {
      if (segment.memory != 0) {
        Write(" (memory ");
        WriteIndex(memories_, segment.memory);
        Write(")");
      }
      PrintFoldedExpr(segment.offset_expr, "offset");
    }
    Write(" " + StringLiteral(AsText(segment.bytes)) + ")");
  }
}

void ModulePrinter::PrintCustoms() {
  for (const syntax::CustomSection& custom : m_.customs) {
    if (!IsValidUtf8(custom.name)) continue;
    NewLine();
    Write("(@custom " + StringLiteral(custom.name));
    for (const SectionPlace& place : kSectionPlaces) {
      if (place.id != custom.after) continue;
      Write(custom.after == 0 ? " (before " : " (after ");
      Write(place.word);
      Write(")");
      break;
    }
    Write(" " + StringLiteral(AsText(custom.bytes)) + ")");
  }
}

void ModulePrinter::PrintFunc(uint32_t index) {
  const syntax::Function& func = m_.funcs[index];
  NewLine();
  Write("(func");
  WriteDefined(funcs_, m_.names.funcs, index);
  const bool has_type =
      func.type < m_.types.size() && m_.types[func.type].kind == CompositeKind::kFunc;
  const size_t num_params = has_type ? m_.types[func.type].func.params.size() : 0;
  const Ids locals = LocalIds(m_, index, num_params + limits::kLocals);
  PrintTypeUse(func.type, &locals);
  ++indent_;
  PrintLocals(func, static_cast<uint32_t>(num_params), locals);
  BodyPrinter(*this, index, locals).Run();
  --indent_;
  NewLine();
  Write(")");
}

void ModulePrinter::PrintLocals(const syntax::Function& func, uint32_t num_params, const Ids& ids) {
  uint32_t next = num_params;
  const uint32_t end = num_params + limits::kLocals;
  bool open = false;
  bool fresh = true;  // nothing on this line yet
  const auto start = [&] {
    if (fresh) {
      NewLine();
    } else {
      Write(" ");
    }
    fresh = false;
    Write("(local");
  };
  for (const auto& [count, type] : func.locals) {
    for (uint32_t i = 0; i < count; ++i, ++next) {
      if (next == end) {
        if (open) Write(")");
        return Write(" (; more locals than a function may have ;)");
      }
      const std::string_view id = ids.Find(next);
      if (open && !id.empty()) {
        Write(")");
        open = false;
      }
      if (!open) start();
      open = id.empty();
      if (!id.empty()) {
        Write(" ");
        Write(id);
      }
      Write(" ");
      PrintValType(type);
      if (!id.empty()) Write(")");
    }
  }
  if (open) Write(")");
}

}  // namespace airwasm::text
