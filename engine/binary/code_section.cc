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

// `body` ends in something other than `end`. The suite expects what a decoder finds that reads on
// past the body's stated size, so `next`, the byte behind it if there is one, decides on the
// message.
std::string_view MissingEnd(const SectionReader& body, const uint8_t* next) {
  if (body.offset() == body.module_size()) return "unexpected end of section or function";
  return *next == kEnd ? "section size mismatch" : "END opcode expected";
}

void Body(SectionReader& r, syntax::Module& module, syntax::Function& func) {
  const size_t size_offset = r.offset();
  const uint32_t size = r.VarU32();
  if (size > limits::kFunctionBytes && size <= r.remaining()) {
    return r.FailAt(size_offset, ErrorKind::kLimit,
                    "function body too large: " + std::to_string(size) + " bytes, the limit is " +
                        std::to_string(limits::kFunctionBytes));
  }
  const size_t start = r.offset();
  const std::span<const uint8_t> bytes = r.Bytes(size);
  if (!r.ok()) return;
  SectionReader body = r.Sub(bytes, start);
  Locals(body, NumParams(module, func.type), func);
  if (!body.ok()) return r.FailAt(body.error().offset, body.error().kind, body.error().message);
  func.offset = start;
  func.body = {.bytes = {body.pos(), body.remaining()}, .offset = body.offset()};
  if (func.body.bytes.empty() || func.body.bytes.back() != kEnd) {
    body.Bytes(body.remaining());
    return r.FailAt(body.offset(), ErrorKind::kMalformed, MissingEnd(body, body.pos()));
  }
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
    return r.FailAt(module.code_section_offset, ErrorKind::kMalformed,
                    "function and code section have inconsistent lengths");
  }
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    Body(r, module, module.funcs[module.num_imported_funcs + i]);
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
      if (instr.immediate == Immediate::kBlock || instr.immediate == Immediate::kTryTable) ++depth;
      if (instr.op == Op::End || instr.op == Op::Delegate) --depth;
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
