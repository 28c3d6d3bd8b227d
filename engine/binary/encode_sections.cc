#include "engine/binary/encode_sections.h"

#include <string_view>

#include "engine/binary/encoder.h"
#include "engine/instr/instr.h"

namespace airwasm::binary {
namespace {

using syntax::Module;
using syntax::SegmentMode;
using Out = std::vector<uint8_t>;

void Append(Out& out, syntax::Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void Count(Out& out, size_t count) {
  WriteVarU32(out, static_cast<uint32_t>(count));
}

void Name(Out& out, std::string_view name) {
  Count(out, name.size());
  out.insert(out.end(), name.begin(), name.end());
}

// --- Types ---

void ValTypes(Out& out, const std::vector<ValType>& types) {
  Count(out, types.size());
  for (ValType type : types) WriteValType(out, type);
}

void Field(Out& out, const FieldType& field) {
  switch (field.packed) {
    case Packed::kI8:
      out.push_back(0x78);
      break;
    case Packed::kI16:
      out.push_back(0x77);
      break;
    case Packed::kNone:
      WriteValType(out, field.type);
      break;
  }
  out.push_back(field.mut ? 1 : 0);
}

void Type(Out& out, const SubType& type) {
  const bool has_super = type.supertype != kNoType;
  if (!type.is_final || has_super) {
    out.push_back(type.is_final ? 0x4F : 0x50);
    Count(out, has_super ? 1 : 0);
    if (has_super) WriteVarU32(out, type.supertype);
  }
  switch (type.kind) {
    case CompositeKind::kFunc:
      out.push_back(0x60);
      ValTypes(out, type.func.params);
      return ValTypes(out, type.func.results);
    case CompositeKind::kStruct:
      out.push_back(0x5F);
      Count(out, type.fields.size());
      for (const FieldType& field : type.fields) Field(out, field);
      return;
    case CompositeKind::kArray:
      out.push_back(0x5E);
      return Field(out, type.fields.at(0));
  }
}

uint8_t LimitsFlags(const Limits& limits, bool is_64) {
  return static_cast<uint8_t>((limits.max ? 1 : 0) | (is_64 ? 4 : 0));
}

void WriteLimits(Out& out, const Limits& limits) {
  WriteVarU64(out, limits.min);
  if (limits.max) WriteVarU64(out, *limits.max);
}

void Type(Out& out, const TableType& type) {
  WriteValType(out, type.element);
  out.push_back(LimitsFlags(type.limits, type.is_64));
  WriteLimits(out, type.limits);
}

void Type(Out& out, const MemoryType& type) {
  const bool has_page_size = type.page_size_log2 != MemoryType().page_size_log2;
  out.push_back(static_cast<uint8_t>(LimitsFlags(type.limits, type.is_64) | (type.shared ? 2 : 0) |
                                     (has_page_size ? 8 : 0)));
  WriteLimits(out, type.limits);
  if (has_page_size) WriteVarU32(out, type.page_size_log2);
}

void Type(Out& out, const GlobalType& type) {
  WriteValType(out, type.type);
  out.push_back(type.mut ? 1 : 0);
}

void Type(Out& out, const TagType& type) {
  out.push_back(0);  // attribute: exception
  WriteVarU32(out, type.type);
}

void Type(Out& out, TypeIdx type) {
  WriteVarU32(out, type);
}

// --- Sections ---

void EncodeTypes(const Module& module, Out& out) {
  if (module.rec_group_sizes.empty()) return;
  Count(out, module.rec_group_sizes.size());
  size_t next = 0;
  for (uint32_t size : module.rec_group_sizes) {
    if (size != 1) {
      out.push_back(0x4E);
      Count(out, size);
    }
    for (uint32_t i = 0; i < size; ++i) Type(out, module.types[next++]);
  }
}

void EncodeImports(const Module& module, Out& out) {
  if (module.imports.empty()) return;
  Count(out, module.imports.size());
  for (const syntax::Import& import : module.imports) {
    Name(out, import.module);
    Name(out, import.name);
    EncodeExternType(import.type, out);
  }
}

// Calls `write` with each entry that is not imported, after their count.
template <typename T, typename Write>
void Defined(Out& out, const std::vector<T>& entries, uint32_t num_imported, Write write) {
  if (entries.size() <= num_imported) return;
  Count(out, entries.size() - num_imported);
  for (size_t i = num_imported; i < entries.size(); ++i) write(entries[i]);
}

void EncodeFunctions(const Module& module, Out& out) {
  Defined(out, module.funcs, module.num_imported_funcs,
          [&](const syntax::Function& func) { WriteVarU32(out, func.type); });
}

void EncodeTables(const Module& module, Out& out) {
  Defined(out, module.tables, module.num_imported_tables, [&](const syntax::Table& table) {
    if (table.init) Append(out, std::initializer_list<uint8_t>{0x40, 0x00});
    Type(out, table.type);
    if (table.init) Append(out, table.init->bytes);
  });
}

void EncodeMemories(const Module& module, Out& out) {
  Defined(out, module.memories, module.num_imported_memories,
          [&](const MemoryType& memory) { Type(out, memory); });
}

void EncodeTags(const Module& module, Out& out) {
  Defined(out, module.tags, module.num_imported_tags, [&](const TagType& tag) { Type(out, tag); });
}

void EncodeGlobals(const Module& module, Out& out) {
  Defined(out, module.globals, module.num_imported_globals, [&](const syntax::Global& global) {
    Type(out, global.type);
    Append(out, global.init.bytes);
  });
}

void EncodeExports(const Module& module, Out& out) {
  if (module.exports.empty()) return;
  Count(out, module.exports.size());
  for (const syntax::Export& entry : module.exports) {
    Name(out, entry.name);
    out.push_back(static_cast<uint8_t>(entry.kind));
    WriteVarU32(out, entry.index);
  }
}

void EncodeStart(const Module& module, Out& out) {
  if (module.start) WriteVarU32(out, *module.start);
}

void EncodeElem(Out& out, const syntax::ElemSegment& segment) {
  const bool active = segment.mode == SegmentMode::kActive;
  // The short forms leave out table 0 and the type that they imply.
  const bool is_short =
      active && segment.table == 0 && (!segment.uses_exprs || segment.type == kFuncRef);
  const uint32_t form =
      (active ? 0 : 1) | (segment.uses_exprs ? 4 : 0) |
      (segment.mode == SegmentMode::kDeclarative || (active && !is_short) ? 2 : 0);
  WriteVarU32(out, form);
  if (active && !is_short) WriteVarU32(out, segment.table);
  if (active) Append(out, segment.offset_expr.bytes);
  if (!is_short && segment.uses_exprs) WriteValType(out, segment.type);
  if (!is_short && !segment.uses_exprs) out.push_back(0);  // element kind: function references
  Count(out, segment.size());
  for (uint32_t func : segment.funcs) WriteVarU32(out, func);
  for (const syntax::Expr& expr : segment.exprs) Append(out, expr.bytes);
}

void EncodeElements(const Module& module, Out& out) {
  if (module.elems.empty()) return;
  Count(out, module.elems.size());
  for (const syntax::ElemSegment& segment : module.elems) EncodeElem(out, segment);
}

void EncodeDataCount(const Module& module, Out& out) {
  if (module.data_count) WriteVarU32(out, *module.data_count);
}

void EncodeCode(const Module& module, Out& out) {
  Out locals;
  Defined(out, module.funcs, module.num_imported_funcs, [&](const syntax::Function& func) {
    locals.clear();
    EncodeLocals(func, locals);
    Count(out, locals.size() + func.body.bytes.size());
    Append(out, locals);
    Append(out, func.body.bytes);
  });
}

void EncodeData(const Module& module, Out& out) {
  if (module.datas.empty()) return;
  Count(out, module.datas.size());
  for (const syntax::DataSegment& segment : module.datas) {
    const bool active = segment.mode == SegmentMode::kActive;
    WriteVarU32(out, !active ? 1 : segment.memory == 0 ? 0 : 2);
    if (active && segment.memory != 0) WriteVarU32(out, segment.memory);
    if (active) Append(out, segment.offset_expr.bytes);
    Count(out, segment.bytes.size());
    Append(out, segment.bytes);
  }
}

}  // namespace

void EncodeSubType(const SubType& type, Out& out) {
  Type(out, type);
}

void EncodeExternType(const syntax::ExternType& type, Out& out) {
  out.push_back(static_cast<uint8_t>(type.index()));  // an ExternKind
  std::visit([&](const auto& t) { Type(out, t); }, type);
}

void EncodeLocals(const syntax::Function& func, Out& out) {
  Count(out, func.locals.size());
  for (const auto& [count, type] : func.locals) {
    WriteVarU32(out, count);
    WriteValType(out, type);
  }
}

void EncodeSection(uint8_t id, const Module& module, Out& out) {
  switch (id) {
#define AIRWASM_SECTION(id, name, reader) \
  case id:                                \
    return Encode##reader(module, out);
#include "engine/binary/sections.def"
#undef AIRWASM_SECTION
  }
}

}  // namespace airwasm::binary
