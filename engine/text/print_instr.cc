// Prints single instructions, by the column of opcodes.def. Spec: core, text/instructions.
#include <cinttypes>
#include <cstdio>

#include "engine/text/module_printer.h"

namespace airwasm::text {
namespace {

const Ids kNoIds;

}  // namespace

void ModulePrinter::PrintInstr(const Instr& instr, const std::vector<PrintLabel>& labels,
                               const Ids* locals, std::string_view label_id) {
  Write(instr.info().text);
  if (!label_id.empty()) {
    Write(" ");
    Write(label_id);
  }
  PrintImmediates(instr, labels, locals);
}

void ModulePrinter::PrintImmediates(const Instr& instr, const std::vector<PrintLabel>& labels,
                                    const Ids* locals) {
  const auto index = [&](const Ids& ids, uint32_t i) {
    Write(" ");
    WriteIndex(ids, i);
  };
  const auto number = [&](int64_t value) { Write(" " + std::to_string(value)); };
  const auto type = [&](ValType t) {
    Write(" ");
    PrintValType(t);
  };
  switch (instr.immediate) {
    case Immediate::kNone:
    case Immediate::kFenceByte:
      return;
    case Immediate::kBlock:
      return PrintBlockType(instr.block_type);
    case Immediate::kTryTable:
      PrintBlockType(instr.block_type);
      return PrintCatches(instr, labels);
    case Immediate::kLabel:
      return PrintLabelRef(instr.index, labels);
    case Immediate::kLabelTable: {
      ByteReader list = ListReader(instr);
      for (uint32_t i = 0; i < instr.count && list.ok(); ++i)
        PrintLabelRef(ReadLabel(list), labels);
      return PrintLabelRef(instr.index, labels);
    }
    case Immediate::kFunc:
      return index(funcs_, instr.index);
    case Immediate::kCallIndirect:
      if (instr.index2 != 0) index(tables_, instr.index2);
      return PrintTypeUse(instr.index, nullptr);
    case Immediate::kType:
      return index(types_, instr.index);
    case Immediate::kLocal:
      return index(locals != nullptr ? *locals : kNoIds, instr.index);
    case Immediate::kGlobal:
      return index(globals_, instr.index);
    case Immediate::kTable:
      if (instr.index != 0) index(tables_, instr.index);
      return;
    case Immediate::kTableInit:
      if (instr.index2 != 0) index(tables_, instr.index2);
      return index(elems_, instr.index);
    case Immediate::kTableCopy:
      if (instr.index == 0 && instr.index2 == 0) return;
      index(tables_, instr.index);
      return index(tables_, instr.index2);
    case Immediate::kElem:
      return index(elems_, instr.index);
    case Immediate::kData:
      return index(datas_, instr.index);
    case Immediate::kMemArg:
      return PrintMemArg(instr);
    case Immediate::kMemArgLane:
      PrintMemArg(instr);
      return number(instr.lane);
    case Immediate::kMemory:
      if (instr.index != 0) index(memories_, instr.index);
      return;
    case Immediate::kMemoryInit:
      if (instr.index2 != 0) index(memories_, instr.index2);
      return index(datas_, instr.index);
    case Immediate::kMemoryCopy:
      if (instr.index == 0 && instr.index2 == 0) return;
      index(memories_, instr.index);
      return index(memories_, instr.index2);
    case Immediate::kI32:
      return number(static_cast<int32_t>(instr.bits));
    case Immediate::kI64:
      return number(static_cast<int64_t>(instr.bits));
    case Immediate::kF32:
      return Write(" " + F32LiteralText(static_cast<uint32_t>(instr.bits)));
    case Immediate::kF64:
      return Write(" " + F64LiteralText(instr.bits));
    case Immediate::kV128:
      return PrintV128(instr);
    case Immediate::kLanes16:
      for (const uint8_t lane : instr.bytes) number(lane);
      return;
    case Immediate::kLane:
      return number(instr.lane);
    case Immediate::kSelectTypes: {
      Write(" (result");
      ByteReader list = ListReader(instr);
      for (uint32_t i = 0; i < instr.count && list.ok(); ++i) type(ReadValType(list));
      return Write(")");
    }
    case Immediate::kHeapType:
      if (instr.op == Op::RefNull) {
        Write(" ");
        return PrintHeapType(instr.ref_type.heap_type());
      }
      return type(ValType::Ref(instr.ref_type.heap_type(),
                               instr.op == Op::RefTestNull || instr.op == Op::RefCastNull));
    case Immediate::kStructField:
      index(types_, instr.index);
      return index(FieldIds(instr.index), instr.index2);
    case Immediate::kArrayFixed:
      index(types_, instr.index);
      return number(instr.count);
    case Immediate::kArrayData:
      index(types_, instr.index);
      return index(datas_, instr.index2);
    case Immediate::kArrayElem:
      index(types_, instr.index);
      return index(elems_, instr.index2);
    case Immediate::kArrayCopy:
      index(types_, instr.index);
      return index(types_, instr.index2);
    case Immediate::kBrOnCast:
      PrintLabelRef(instr.index, labels);
      type(instr.ref_type);
      return type(instr.ref_type2);
    case Immediate::kTag:
      return index(tags_, instr.index);
  }
}

// By identifier if that finds the same label, else by number.
void ModulePrinter::PrintLabelRef(uint32_t index, const std::vector<PrintLabel>& labels) {
  if (index >= labels.size()) return Write(" " + std::to_string(index));
  const PrintLabel& label = labels[labels.size() - 1 - index];
  if (!label.id.empty() && !label.hidden) return Write(" " + label.id);
  Write(" " + std::to_string(index));
  if (options_.index_comments) Write(" (;@" + std::to_string(label.number) + ";)");
}

void ModulePrinter::PrintBlockType(const BlockType& type) {
  switch (type.kind) {
    case BlockType::Kind::kEmpty:
      return;
    case BlockType::Kind::kValue:
      Write(" (result ");
      PrintValType(type.value);
      return Write(")");
    case BlockType::Kind::kIndex:
      return PrintTypeUse(type.index, nullptr);
  }
}

void ModulePrinter::PrintMemArg(const Instr& instr) {
  if (instr.mem.memory != 0) {
    Write(" ");
    WriteIndex(memories_, instr.mem.memory);
  }
  if (instr.mem.offset != 0) Write(" offset=" + std::to_string(instr.mem.offset));
  if (instr.mem.align_log2 != NaturalAlignLog2(instr.info()))
    Write(" align=" + std::to_string(uint64_t{1} << (instr.mem.align_log2 & 63)));
}

void ModulePrinter::PrintCatches(const Instr& instr, const std::vector<PrintLabel>& labels) {
  ByteReader list = ListReader(instr);
  for (uint32_t i = 0; i < instr.count && list.ok(); ++i) {
    const CatchClause clause = ReadCatch(list);
    static constexpr std::string_view kWords[] = {"catch", "catch_ref", "catch_all",
                                                  "catch_all_ref"};
    Write(" (");
    Write(kWords[static_cast<size_t>(clause.kind) & 3]);
    if (clause.kind == CatchKind::kCatch || clause.kind == CatchKind::kCatchRef) {
      Write(" ");
      WriteIndex(tags_, clause.tag);
    }
    PrintLabelRef(clause.label, labels);
    Write(")");
  }
}

void ModulePrinter::PrintV128(const Instr& instr) {
  Write(" i32x4");
  for (size_t lane = 0; lane < 4 && instr.bytes.size() == 16; ++lane) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value |= uint32_t{instr.bytes[4 * lane + i]} << (8 * i);
    char text[16];
    std::snprintf(text, sizeof(text), " 0x%08" PRIx32, value);
    Write(text);
  }
}

}  // namespace airwasm::text
