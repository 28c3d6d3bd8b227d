// The sections whose entries other modules can see: imports, tables, memories, tags, globals,
// exports; and the start section.
//
// Each entry goes into its index space, imports before definitions.
// Spec: core, binary/modules.
#include "engine/base/limits.h"
#include "engine/binary/sections.h"

namespace airwasm::binary {
namespace {

using syntax::ExternKind;

constexpr uint8_t kLastExternKind = static_cast<uint8_t>(ExternKind::kTag);
constexpr uint8_t kTableWithInit = 0x40;

// A second table or memory is a feature.
void CheckSeveral(SectionReader& r, Feature feature, size_t count, size_t offset,
                  std::string_view what) {
  if (count > 1) r.Need(feature, offset, "multiple " + std::string(what));
}

void NeedTags(SectionReader& r, size_t offset, std::string_view what) {
  if (!r.Has(Feature::kLegacyExceptions)) r.Need(Feature::kExceptions, offset, what);
}

// The number of entries of an index space is bounded, imports included.
void CheckTotal(SectionReader& r, size_t imported, uint32_t defined, uint32_t limit,
                std::string_view what) {
  if (imported + defined <= limit) return;
  r.FailAt(r.offset(), ErrorKind::kLimit,
           "too many " + std::string(what) + ": the limit is " + std::to_string(limit) +
               ", imports included");
}

void AddImportedType(SectionReader& r, ExternKind kind, syntax::Import& import,
                     syntax::Module& module) {
  const size_t start = r.offset();
  switch (kind) {
    case ExternKind::kFunc: {
      const TypeIdx type = r.VarU32();
      import.type.emplace<0>(type);
      module.funcs.push_back({.type = type, .locals = {}, .body = {}});
      ++module.num_imported_funcs;
      return;
    }
    case ExternKind::kTable: {
      const TableType type = r.Table();
      import.type.emplace<1>(type);
      module.tables.push_back({.type = type, .init = {}});
      CheckSeveral(r, Feature::kReferenceTypes, ++module.num_imported_tables, start, "tables");
      return CheckTotal(r, module.num_imported_tables, 0, limits::kTables, "tables");
    }
    case ExternKind::kMemory: {
      const MemoryType type = r.Memory();
      import.type.emplace<2>(type);
      module.memories.push_back(type);
      CheckSeveral(r, Feature::kMultiMemory, ++module.num_imported_memories, start, "memories");
      return CheckTotal(r, module.num_imported_memories, 0, limits::kMemories, "memories");
    }
    case ExternKind::kGlobal: {
      const GlobalType type = r.Global();
      if (type.mut) r.Need(Feature::kMutableGlobals, start, "import of a mutable global");
      import.type.emplace<3>(type);
      module.globals.push_back({.type = type, .init = {}});
      ++module.num_imported_globals;
      return;
    }
    case ExternKind::kTag: {
      NeedTags(r, start, "import of a tag");
      const TagType type = r.Tag();
      import.type.emplace<4>(type);
      module.tags.push_back(type);
      ++module.num_imported_tags;
      return;
    }
  }
}

}  // namespace

void DecodeImports(SectionReader& r, syntax::Module& module) {
  const uint32_t count = r.Count(limits::kImports, "imports");
  module.imports.reserve(r.Reservation(count, 4));
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    syntax::Import& import = module.imports.emplace_back();
    import.offset = r.offset();
    import.module = r.Name();
    import.name = r.Name();
    const size_t kind_offset = r.offset();
    const uint8_t kind = r.U8();
    if (kind > kLastExternKind)
      return r.FailAt(kind_offset, ErrorKind::kMalformed, "malformed import kind");
    AddImportedType(r, static_cast<ExternKind>(kind), import, module);
  }
}

void DecodeTables(SectionReader& r, syntax::Module& module) {
  const uint32_t count = r.Count(limits::kTables, "tables");
  CheckTotal(r, module.tables.size(), count, limits::kTables, "tables");
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    const size_t start = r.offset();
    syntax::Table& table = module.tables.emplace_back();
    CheckSeveral(r, Feature::kReferenceTypes, module.tables.size(), start, "tables");
    if (r.AtEnd() || r.PeekU8() != kTableWithInit) {
      table.type = r.Table();
      continue;
    }
    r.Need(Feature::kFunctionReferences, start, "table with an initializer");
    r.U8();
    const size_t zero_offset = r.offset();
    if (r.U8() != 0) r.FailAt(zero_offset, ErrorKind::kMalformed, "zero byte expected");
    table.type = r.Table();
    table.init = r.Expr();
  }
}

void DecodeMemories(SectionReader& r, syntax::Module& module) {
  const uint32_t count = r.Count(limits::kMemories, "memories");
  CheckTotal(r, module.memories.size(), count, limits::kMemories, "memories");
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    const size_t start = r.offset();
    module.memories.push_back(r.Memory());
    CheckSeveral(r, Feature::kMultiMemory, module.memories.size(), start, "memories");
  }
}

void DecodeTags(SectionReader& r, syntax::Module& module) {
  NeedTags(r, r.offset(), "tag section");
  const uint32_t count = r.Count(limits::kTags, "tags");
  CheckTotal(r, module.tags.size(), count, limits::kTags, "tags");
  module.tags.reserve(module.tags.size() + r.Reservation(count, 2));
  for (uint32_t i = 0; i < count && r.ok(); ++i) module.tags.push_back(r.Tag());
}

void DecodeGlobals(SectionReader& r, syntax::Module& module) {
  const uint32_t count = r.Count(limits::kGlobals, "globals");
  CheckTotal(r, module.globals.size(), count, limits::kGlobals, "globals");
  module.globals.reserve(module.globals.size() + r.Reservation(count, 3));
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    syntax::Global& global = module.globals.emplace_back();
    global.type = r.Global();
    global.init = r.Expr();
  }
}

void DecodeExports(SectionReader& r, syntax::Module& module) {
  const uint32_t count = r.Count(limits::kExports, "exports");
  module.exports.reserve(r.Reservation(count, 3));
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    syntax::Export& entry = module.exports.emplace_back();
    entry.offset = r.offset();
    entry.name = r.Name();
    const size_t kind_offset = r.offset();
    const uint8_t kind = r.U8();
    if (kind > kLastExternKind)
      return r.FailAt(kind_offset, ErrorKind::kMalformed, "malformed export kind");
    entry.kind = static_cast<ExternKind>(kind);
    entry.index = r.VarU32();
    if (entry.kind == ExternKind::kTag) NeedTags(r, entry.offset, "export of a tag");
    if (entry.kind == ExternKind::kGlobal && entry.index < module.globals.size() &&
        module.globals[entry.index].type.mut) {
      r.Need(Feature::kMutableGlobals, entry.offset, "export of a mutable global");
    }
  }
}

void DecodeStart(SectionReader& r, syntax::Module& module) {
  module.start_offset = r.offset();
  module.start = r.VarU32();
}

}  // namespace airwasm::binary
