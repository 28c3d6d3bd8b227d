#include "engine/binary/branch_hints.h"

#include <map>
#include <string>

#include "engine/base/byte_reader.h"
#include "engine/binary/encoder.h"
#include "engine/instr/instr.h"

namespace airwasm::binary {
namespace {

using HintMap = std::map<uint32_t, std::vector<syntax::BranchHint>>;

constexpr uint32_t kHintBytes = 1;

std::string Message(std::string_view what) {
  return "@" + std::string(kBranchHintSection) + " annotation: " + std::string(what);
}

bool IsDefined(const syntax::Module& module, uint32_t func) {
  return func >= module.num_imported_funcs && func < module.funcs.size();
}

// Bytes of the function's declarations of locals: the section counts from them, BranchHint from the
// instructions.
uint32_t LocalsBytes(const syntax::Function& func) {
  std::vector<uint8_t> locals;
  EncodeLocals(func, locals);
  return static_cast<uint32_t>(locals.size());
}

// The same as they stand in the module that `func` was decoded from, where LEB128s may be longer
// than needed.
uint32_t DecodedLocalsBytes(const syntax::Function& func) {
  return func.offset != 0 ? static_cast<uint32_t>(func.body.offset - func.offset)
                          : LocalsBytes(func);
}

Checked ReadHints(ByteReader& r, const syntax::Module& module, HintMap& hints) {
  const uint32_t num_funcs = r.VarU32();
  int64_t last_func = -1;
  for (uint32_t i = 0; i < num_funcs && r.ok(); ++i) {
    const size_t start = r.offset();
    const uint32_t func = r.VarU32();
    if (r.ok() && func <= last_func)
      r.FailAt(start, ErrorKind::kMalformed, Message("functions out of order"));
    if (r.ok() && !IsDefined(module, func))
      r.FailAt(start, ErrorKind::kMalformed, Message("unknown function"));
    const uint32_t num_hints = r.VarU32();
    if (!r.ok()) break;
    last_func = func;
    const uint32_t instr_offset = DecodedLocalsBytes(module.funcs[func]);
    std::vector<syntax::BranchHint>& list = hints[func];
    for (uint32_t j = 0; j < num_hints && r.ok(); ++j) {
      const size_t hint_start = r.offset();
      const uint32_t offset = r.VarU32();
      if (r.VarU32() != kHintBytes)
        r.FailAt(hint_start, ErrorKind::kMalformed, Message("malformed size"));
      const uint8_t value = r.U8();
      if (!r.ok()) break;
      if (value > 1) r.FailAt(hint_start, ErrorKind::kMalformed, Message("malformed value"));
      if (offset < instr_offset)
        r.FailAt(hint_start, ErrorKind::kMalformed, Message("invalid target"));
      const uint32_t target = offset - instr_offset;
      if (!list.empty() && target <= list.back().offset) {
        r.FailAt(
            hint_start, ErrorKind::kMalformed,
            Message(target == list.back().offset ? "duplicate annotation" : "hints out of order"));
      }
      list.push_back({.offset = target, .likely = value == 1});
    }
  }
  if (r.ok() && !r.AtEnd()) r.Fail(Message("section size mismatch"));
  if (!r.ok()) return r.error();
  return Ok();
}

// Walks the body of `func` up to its last hint. Malformed bodies are somebody else's to report.
Checked CheckTargets(const syntax::Function& func, const std::vector<syntax::BranchHint>& hints) {
  ByteReader r(func.body.bytes, func.body.offset);
  Instr instr;
  auto hint = hints.begin();
  while (hint != hints.end() && !r.AtEnd()) {
    ReadInstr(r, instr);
    if (!r.ok()) return Ok();
    const size_t target = func.body.offset + hint->offset;
    if (instr.offset < target) continue;
    if (instr.offset > target || (instr.op != Op::If && instr.op != Op::BrIf)) break;
    ++hint;
  }
  if (hint == hints.end()) return Ok();
  return Error{.kind = ErrorKind::kInvalid,
               .offset = func.body.offset + std::min<size_t>(hint->offset, func.body.bytes.size()),
               .message = Message("invalid target")};
}

}  // namespace

Checked DecodeBranchHints(syntax::Bytes contents, size_t offset, syntax::Module& module) {
  ByteReader r(contents, offset);
  HintMap hints;
  Checked read = ReadHints(r, module, hints);
  if (read.ok()) module.branch_hints = std::move(hints);
  return read;
}

void EncodeBranchHints(const syntax::Module& module, std::vector<uint8_t>& out) {
  WriteVarU32(out, static_cast<uint32_t>(module.branch_hints.size()));
  for (const auto& [func, hints] : module.branch_hints) {
    const uint32_t instr_offset = func < module.funcs.size() ? LocalsBytes(module.funcs[func]) : 0;
    WriteVarU32(out, func);
    WriteVarU32(out, static_cast<uint32_t>(hints.size()));
    for (const syntax::BranchHint& hint : hints) {
      WriteVarU32(out, hint.offset + instr_offset);
      WriteVarU32(out, kHintBytes);
      out.push_back(hint.likely ? 1 : 0);
    }
  }
}

Checked CheckBranchHints(const syntax::Module& module) {
  for (const syntax::CustomSection& custom : module.customs) {
    if (custom.name != kBranchHintSection) continue;
    HintMap hints;
    const size_t offset = custom.offset;
    ByteReader r(custom.bytes, offset);
    Checked read = ReadHints(r, module, hints);
    if (!read.ok()) return read;
  }
  for (const auto& [func, hints] : module.branch_hints) {
    if (!IsDefined(module, func)) {
      return Error{
          .kind = ErrorKind::kInvalid, .offset = 0, .message = Message("unknown function")};
    }
    Checked checked = CheckTargets(module.funcs[func], hints);
    if (!checked.ok()) return checked;
  }
  return Ok();
}

}  // namespace airwasm::binary
