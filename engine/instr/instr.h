// One decoded instruction, and the reader and writer of instruction sequences in the binary format.
//
// Function bodies stay bytes; validator, translator, printer and the constant-expression evaluator
// each walk them with ReadInstr. Nothing here allocates: lists (br_table, select, try_table) are
// views that are walked with the Read... helpers below. Spec: core, binary/instructions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "airwasm/types.h"
#include "engine/base/byte_reader.h"
#include "engine/instr/op.h"

namespace airwasm {

struct BlockType {
  enum class Kind : uint8_t { kEmpty, kValue, kIndex };
  Kind kind = Kind::kEmpty;
  ValType value;      // if kValue
  TypeIdx index = 0;  // if kIndex
};

struct MemArg {
  uint32_t align_log2 = 0;
  uint32_t memory = 0;  // MemIdx
  uint64_t offset = 0;
};

// Fields beyond `op` and `offset` are set as immediates.def says for the op's Immediate; the others
// are unspecified.
struct Instr {
  Op op;
  Immediate immediate;
  uint8_t lane = 0;
  size_t offset = 0;  // of the opcode, from the start of the module
  uint32_t index = 0;
  uint32_t index2 = 0;
  uint32_t count = 0;
  BlockType block_type;
  MemArg mem;
  ValType ref_type;
  ValType ref_type2;
  uint64_t bits = 0;
  std::span<const uint8_t> bytes;  // 16 bytes: v128.const, i8x16.shuffle
  std::span<const uint8_t>
      list;  // encoded elements of a label table, of select's types, of try_table's catches
  size_t list_offset = 0;  // of `list`, from the start of the module

  const OpInfo& info() const { return Info(op); }
};

enum class CatchKind : uint8_t {
  kCatch,
  kCatchRef,
  kCatchAll,
  kCatchAllRef
};  // values as in the binary format
struct CatchClause {
  CatchKind kind;
  uint32_t tag = 0;  // TagIdx; not for the ..All kinds
  uint32_t label = 0;
};

// Reads the next instruction. On malformed input the reader holds the error ("illegal opcode fb
// 7f", "unexpected end", ...) and the result is meaningless. Checks the grammar only; indices are
// the validator's business.
void ReadInstr(ByteReader& reader, Instr& instr);

// Elements of Instr::list. Each takes a reader over it: `ByteReader labels = ListReader(instr);`
inline ByteReader ListReader(const Instr& instr) {
  return ByteReader(instr.list, instr.list_offset);
}
inline uint32_t ReadLabel(ByteReader& list) {
  return list.VarU32();
}
CatchClause ReadCatch(ByteReader& list);

// Types in the binary format. Errors: "malformed value type", "malformed heap type", "malformed
// reference type", "integer representation too long".
ValType ReadValType(ByteReader& reader);
ValType ReadRefType(ByteReader& reader);
HeapType ReadHeapType(ByteReader& reader);

// Writers append to `out`. LEB128s are as short as possible.
void WriteVarU32(std::vector<uint8_t>& out, uint32_t value);
void WriteVarU64(std::vector<uint8_t>& out, uint64_t value);
void WriteVarS64(std::vector<uint8_t>& out, int64_t value);  // also for s32 and s33
void WriteOp(std::vector<uint8_t>& out, Op op);
void WriteValType(std::vector<uint8_t>& out, ValType type);
void WriteHeapType(std::vector<uint8_t>& out, HeapType type);
void WriteBlockType(std::vector<uint8_t>& out, const BlockType& type);
// MemIdx 0 is left out, as the format allows; bit 6 of the flags says that it is present.
void WriteMemArg(std::vector<uint8_t>& out, const MemArg& mem);
// The whole instruction. Lists are copied from instr.list as they stand.
void WriteInstr(std::vector<uint8_t>& out, const Instr& instr);

}  // namespace airwasm
