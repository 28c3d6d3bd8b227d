// Writes instructions and types in the binary format; the mirror of instr_reader.cc.
//
// Appends to a byte vector and cannot fail: what it is given is taken as meant, in range or not.
// Spec: core, binary/instructions and binary/types.
#include "engine/instr/instr.h"

namespace airwasm {
namespace {

constexpr uint8_t kEmptyBlock = 0x40;
constexpr uint32_t kHasMemoryIndex = 0x40;

void Append(std::vector<uint8_t>& out, std::span<const uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <typename T>
void WriteFixed(std::vector<uint8_t>& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void WriteList(std::vector<uint8_t>& out, const Instr& instr) {
  WriteVarU32(out, instr.count);
  Append(out, instr.list);
}

}  // namespace

void WriteVarU32(std::vector<uint8_t>& out, uint32_t value) {
  WriteVarU64(out, value);
}

void WriteVarU64(std::vector<uint8_t>& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value));
}

void WriteVarS64(std::vector<uint8_t>& out, int64_t value) {
  while (value < -0x40 || value >= 0x40) {
    out.push_back(static_cast<uint8_t>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value & 0x7F));
}

void WriteOp(std::vector<uint8_t>& out, Op op) {
  const OpInfo& info = Info(op);
  if (info.prefix == 0) {
    out.push_back(static_cast<uint8_t>(info.code));
    return;
  }
  out.push_back(info.prefix);
  WriteVarU32(out, info.code);
}

void WriteHeapType(std::vector<uint8_t>& out, HeapType type) {
  if (type.IsConcrete()) return WriteVarS64(out, type.index());
  out.push_back(HeapKindCode(type.kind()));
}

void WriteValType(std::vector<uint8_t>& out, ValType type) {
  switch (type.kind()) {
    case ValKind::kI32:
      return out.push_back(0x7F);
    case ValKind::kI64:
      return out.push_back(0x7E);
    case ValKind::kF32:
      return out.push_back(0x7D);
    case ValKind::kF64:
      return out.push_back(0x7C);
    case ValKind::kV128:
      return out.push_back(0x7B);
    case ValKind::kRef:
      // The shorthand of one byte exists for nullable abstract types.
      if (!type.nullable() || type.heap_type().IsConcrete())
        out.push_back(type.nullable() ? 0x63 : 0x64);
      return WriteHeapType(out, type.heap_type());
    case ValKind::kBottom:
      assert(false && "the bottom type has no encoding");
  }
}

void WriteBlockType(std::vector<uint8_t>& out, const BlockType& type) {
  switch (type.kind) {
    case BlockType::Kind::kEmpty:
      return out.push_back(kEmptyBlock);
    case BlockType::Kind::kValue:
      return WriteValType(out, type.value);
    case BlockType::Kind::kIndex:
      return WriteVarS64(out, type.index);
  }
}

void WriteMemArg(std::vector<uint8_t>& out, const MemArg& mem) {
  WriteVarU32(out, mem.align_log2 | (mem.memory != 0 ? kHasMemoryIndex : 0));
  if (mem.memory != 0) WriteVarU32(out, mem.memory);
  WriteVarU64(out, mem.offset);
}

void WriteInstr(std::vector<uint8_t>& out, const Instr& instr) {
  WriteOp(out, instr.op);
  switch (instr.info().immediate) {
    case Immediate::kNone:
      return;
    case Immediate::kLabel:
    case Immediate::kFunc:
    case Immediate::kType:
    case Immediate::kLocal:
    case Immediate::kGlobal:
    case Immediate::kTable:
    case Immediate::kElem:
    case Immediate::kData:
    case Immediate::kMemory:
    case Immediate::kTag:
      return WriteVarU32(out, instr.index);
    case Immediate::kCallIndirect:
    case Immediate::kTableInit:
    case Immediate::kTableCopy:
    case Immediate::kMemoryInit:
    case Immediate::kMemoryCopy:
    case Immediate::kStructField:
    case Immediate::kArrayData:
    case Immediate::kArrayElem:
    case Immediate::kArrayCopy:
      WriteVarU32(out, instr.index);
      return WriteVarU32(out, instr.index2);
    case Immediate::kArrayFixed:
      WriteVarU32(out, instr.index);
      return WriteVarU32(out, instr.count);
    case Immediate::kMemArg:
      return WriteMemArg(out, instr.mem);
    case Immediate::kMemArgLane:
      WriteMemArg(out, instr.mem);
      return out.push_back(instr.lane);
    case Immediate::kLane:
      return out.push_back(instr.lane);
    case Immediate::kI32:
      return WriteVarS64(out, static_cast<int32_t>(instr.bits));
    case Immediate::kI64:
      return WriteVarS64(out, static_cast<int64_t>(instr.bits));
    case Immediate::kF32:
      return WriteFixed(out, static_cast<uint32_t>(instr.bits));
    case Immediate::kF64:
      return WriteFixed(out, instr.bits);
    case Immediate::kV128:
    case Immediate::kLanes16:
      return Append(out, instr.bytes);
    case Immediate::kBlock:
      return WriteBlockType(out, instr.block_type);
    case Immediate::kTryTable:
      WriteBlockType(out, instr.block_type);
      return WriteList(out, instr);
    case Immediate::kLabelTable:
      WriteList(out, instr);
      return WriteVarU32(out, instr.index);
    case Immediate::kSelectTypes:
      return WriteList(out, instr);
    case Immediate::kHeapType:
      return WriteHeapType(out, instr.ref_type.heap_type());
    case Immediate::kBrOnCast:
      out.push_back(static_cast<uint8_t>((instr.ref_type.nullable() ? 1 : 0) |
                                         (instr.ref_type2.nullable() ? 2 : 0)));
      WriteVarU32(out, instr.index);
      WriteHeapType(out, instr.ref_type.heap_type());
      return WriteHeapType(out, instr.ref_type2.heap_type());
    case Immediate::kFenceByte:
      return out.push_back(0);
  }
}

}  // namespace airwasm
