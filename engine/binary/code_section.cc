// The function and the code section.
//
// Bodies stay bytes: of each, the declarations of locals are read here and the last byte is looked
// at; the instructions are the validator's (or CheckBodies') to walk, so that a module is walked
// once. Spec: core, binary/modules, code section.
#include <algorithm>

#include "engine/base/limits.h"
#include "engine/binary/sections.h"

namespace airwasm::binary {
namespace {

constexpr uint8_t kEnd = 0x0B;

size_t NumParams(const syntax::Module& module, TypeIdx type) {
  return type < module.types.size() ? module.types[type].func.params.size() : 0;
}

void Locals(SectionReader& r, size_t num_params, syntax::Function& func) {
  const uint32_t runs = r.VarU32();
  func.locals.reserve(r.Reservation(runs, 2));
  uint64_t total = num_params;
  for (uint32_t i = 0; i < runs && r.ok(); ++i) {
    const size_t start = r.offset();
    const uint32_t count = r.VarU32();
    total += count;
    if (total > UINT32_MAX) return r.FailAt(start, ErrorKind::kMalformed, "too many locals");
    func.locals.emplace_back(count, r.ValType());
  }
  if (total > limits::kLocals) {
    r.FailAt(r.offset(), ErrorKind::kLimit,
             "too many locals: " + std::to_string(total) + ", the limit is " +
                 std::to_string(limits::kLocals));
  }
}

// The body that begins at the reader does not end in `end`. Reads on past its stated size, as the
// suite expects, to find out what is wrong.
void FailBody(SectionReader& r) {
  Instr instr;
  for (uint32_t depth = 1; depth > 0;) {
    ReadInstr(r, instr);
    if (!r.ok()) return;
    if (depth == 1 && instr.op == Op::Else) {
      return r.FailAt(instr.offset, ErrorKind::kMalformed, "END opcode expected");
    }
    StepDepth(instr, depth);
  }
  r.Fail("section size mismatch");
}

void Body(SectionReader& r, const syntax::Module& module, syntax::Function& func) {
  const size_t size_offset = r.offset();
  const uint32_t size = r.VarU32();
  func.offset = r.offset();
  if (size > limits::kFunctionBytes && size <= r.remaining()) {
    return r.FailAt(size_offset, ErrorKind::kLimit,
                    "function body too large: " + std::to_string(size) + " bytes, the limit is " +
                        std::to_string(limits::kFunctionBytes));
  }
  Locals(r, NumParams(module, func.type), func);
  if (!r.ok()) return;
  const size_t locals_size = r.offset() - func.offset;
  if (locals_size >= size || size - locals_size > r.remaining() ||
      r.pos()[size - locals_size - 1] != kEnd) {
    return FailBody(r);
  }
  const size_t offset = r.offset();
  func.body = {.bytes = r.Bytes(size - locals_size), .offset = offset};
}

}  // namespace

void DecodeFunctions(SectionReader& r, syntax::Module& module) {
  const uint32_t count = r.Count(limits::kFunctions, "functions");
  module.funcs.reserve(module.funcs.size() + r.Reservation(count));
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    module.funcs.push_back({.type = r.VarU32(), .locals = {}, .body = {}});
  }
}

void DecodeCode(SectionReader& r, syntax::Module& module) {
  module.code_section_offset = r.offset();
  const uint32_t count = r.VarU32();
  if (r.ok() && count != module.funcs.size() - module.num_imported_funcs) {
    r.FailLater(module.code_section_offset, "function and code section have inconsistent lengths");
  }
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    const size_t index = module.num_imported_funcs + size_t{i};
    syntax::Function surplus;
    Body(r, module, index < module.funcs.size() ? module.funcs[index] : surplus);
  }
}

Checked CheckBodies(const syntax::Module& module) {
  Instr instr;
  for (size_t i = module.num_imported_funcs; i < module.funcs.size(); ++i) {
    const syntax::Expr& body = module.funcs[i].body;
    ByteReader reader(body.bytes, body.offset);
    uint32_t depth = 1;
    while (depth > 0 && reader.ok()) {
      ReadInstr(reader, instr);
      StepDepth(instr, depth);
      const bool names_data = instr.immediate == Immediate::kData ||
                              instr.immediate == Immediate::kMemoryInit ||
                              instr.immediate == Immediate::kArrayData;
      // Spec: core, binary/modules, data count section: a body that names a data segment needs the
      // count.
      if (reader.ok() && names_data && !module.data_count) {
        reader.FailAt(instr.offset, ErrorKind::kMalformed, "data count section required");
      }
    }
    if (reader.ok() && !reader.AtEnd()) reader.Fail("END opcode expected");
    if (!reader.ok()) return reader.error();
  }
  return Ok();
}

}  // namespace airwasm::binary
