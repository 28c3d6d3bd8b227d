// Prints types. Spec: core, text/types.
#include "engine/text/module_printer.h"

namespace airwasm::text {

void ModulePrinter::PrintTypes() {
  TypeIdx next = 0;
  for (const uint32_t size : m_.rec_group_sizes) {
    const bool group = size != 1;
    if (group) {
      NewLine();
      Write("(rec");
      ++indent_;
    }
    for (uint32_t i = 0; i < size && next < m_.types.size(); ++i, ++next) {
      NewLine();
      PrintTypeDef(next);
    }
    if (group) {
      --indent_;
      Write(")");
    }
  }
}

void ModulePrinter::PrintTypeDef(TypeIdx index) {
  Write("(type");
  WriteDefined(types_, m_.names.types, index);
  Write(" ");
  PrintSubType(m_.types[index], FieldIds(index));
  Write(")");
}

void ModulePrinter::PrintSubType(const SubType& type, const Ids& fields) {
  const bool plain = type.is_final && type.supertype == kNoType;
  if (!plain) {
    Write(type.is_final ? "(sub final " : "(sub ");
    if (type.supertype != kNoType) {
      WriteIndex(types_, type.supertype);
      Write(" ");
    }
  }
  switch (type.kind) {
    case CompositeKind::kFunc:
      Write("(func");
      PrintSignature(type.func, nullptr);
      break;
    case CompositeKind::kStruct:
      Write("(struct");
      PrintFields(type, fields);
      break;
    case CompositeKind::kArray:
      Write("(array ");
      if (!type.fields.empty()) PrintFieldType(type.fields[0]);
      break;
  }
  Write(plain ? ")" : "))");
}

const Ids& ModulePrinter::FieldIds(TypeIdx type) {
  static const Ids* const kNone = new Ids;
  const auto names = m_.names.fields.find(type);
  if (names == m_.names.fields.end() || type >= m_.types.size()) return *kNone;
  const auto [it, inserted] = fields_.try_emplace(type);
  if (inserted)
    it->second.Assign(names->second, m_.types[type].fields.size(), /*must_differ=*/true);
  return it->second;
}

void ModulePrinter::PrintFields(const SubType& type, const Ids& ids) {
  for (uint32_t i = 0; i < type.fields.size(); ++i) {
    Write(" (field ");
    if (const std::string_view id = ids.Find(i); !id.empty()) {
      Write(id);
      Write(" ");
    }
    PrintFieldType(type.fields[i]);
    Write(")");
  }
}

void ModulePrinter::PrintFieldType(const FieldType& field) {
  if (field.mut) Write("(mut ");
  switch (field.packed) {
    case Packed::kNone:
      PrintValType(field.type);
      break;
    case Packed::kI8:
      Write("i8");
      break;
    case Packed::kI16:
      Write("i16");
      break;
  }
  if (field.mut) Write(")");
}

// Parameters with an identifier stand alone, the others together.
void ModulePrinter::PrintSignature(const FuncType& type, const Ids* param_ids) {
  bool open = false;
  for (uint32_t i = 0; i < type.params.size(); ++i) {
    const std::string_view id = param_ids != nullptr ? param_ids->Find(i) : std::string_view();
    if (open && !id.empty()) Write(")");
    if (!open || !id.empty()) Write(" (param");
    open = true;
    if (!id.empty()) {
      Write(" ");
      Write(id);
    }
    Write(" ");
    PrintValType(type.params[i]);
    if (!id.empty()) {
      Write(")");
      open = false;
    }
  }
  if (open) Write(")");
  if (type.results.empty()) return;
  Write(" (result");
  for (const ValType result : type.results) {
    Write(" ");
    PrintValType(result);
  }
  Write(")");
}

void ModulePrinter::PrintTypeUse(TypeIdx index, const Ids* param_ids) {
  Write(" (type ");
  WriteIndex(types_, index);
  Write(")");
  if (index < m_.types.size() && m_.types[index].kind == CompositeKind::kFunc)
    PrintSignature(m_.types[index].func, param_ids);
}

void ModulePrinter::PrintValType(ValType type) {
  if (!type.IsRef() || !type.heap_type().IsConcrete()) return Write(type.ToString());
  Write(type.nullable() ? "(ref null " : "(ref ");
  PrintHeapType(type.heap_type());
  Write(")");
}

void ModulePrinter::PrintHeapType(HeapType type) {
  if (type.IsConcrete()) {
    WriteIndex(types_, type.index());
  } else {
    Write(HeapKindText(type.kind()));
  }
}

void ModulePrinter::PrintLimits(const Limits& limits) {
  Write(" " + std::to_string(limits.min));
  if (limits.max) Write(" " + std::to_string(*limits.max));
}

void ModulePrinter::PrintTableType(const TableType& type) {
  if (type.is_64) Write(" i64");
  PrintLimits(type.limits);
  Write(" ");
  PrintValType(type.element);
}

void ModulePrinter::PrintMemoryType(const MemoryType& type) {
  constexpr uint32_t kDefaultPageLog2 = 16;
  if (type.is_64) Write(" i64");
  PrintLimits(type.limits);
  if (type.shared) Write(" shared");
  if (type.page_size_log2 != kDefaultPageLog2)
    Write(" (pagesize " + std::to_string(uint64_t{1} << (type.page_size_log2 & 63)) + ")");
}

void ModulePrinter::PrintGlobalType(const GlobalType& type) {
  Write(type.mut ? " (mut " : " ");
  PrintValType(type.type);
  if (type.mut) Write(")");
}

std::string SubTypeText(const SubType& type) {
  const syntax::Module none;
  ModulePrinter printer(none, {});
  printer.PrintSubType(type, Ids());
  return std::move(printer.out_);
}

std::string ExternTypeText(const syntax::ExternType& type) {
  const syntax::Module none;
  ModulePrinter printer(none, {});
  switch (static_cast<syntax::ExternKind>(type.index())) {
    case syntax::ExternKind::kFunc:
      return "(func (type " + std::to_string(std::get<TypeIdx>(type)) + "))";
    case syntax::ExternKind::kTable:
      printer.Write("(table");
      printer.PrintTableType(std::get<TableType>(type));
      break;
    case syntax::ExternKind::kMemory:
      printer.Write("(memory");
      printer.PrintMemoryType(std::get<MemoryType>(type));
      break;
    case syntax::ExternKind::kGlobal:
      printer.Write("(global");
      printer.PrintGlobalType(std::get<GlobalType>(type));
      break;
    case syntax::ExternKind::kTag:
      return "(tag (type " + std::to_string(std::get<TagType>(type).type) + "))";
  }
  printer.Write(")");
  return std::move(printer.out_);
}

}  // namespace airwasm::text
