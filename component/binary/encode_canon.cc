// Canonical definitions. The mirror of decode_canon.cc.
#include "component/binary/encode.h"
#include "component/syntax/canon_table.h"
#include "engine/instr/instr.h"

namespace airwasm::component::binary {
namespace {

using syntax::Canon;
using syntax::CanonImmediates;
using syntax::CanonOpt;

void WriteOpts(Out& out, const std::vector<CanonOpt>& opts) {
  WriteCount(out, opts.size());
  for (const CanonOpt& opt : opts) {
    out.push_back(static_cast<uint8_t>(opt.kind));
    switch (opt.kind) {
      case CanonOpt::Kind::kUtf8:
      case CanonOpt::Kind::kUtf16:
      case CanonOpt::Kind::kLatin1Utf16:
      case CanonOpt::Kind::kAsync:
        break;
      case CanonOpt::Kind::kMemory:
      case CanonOpt::Kind::kRealloc:
      case CanonOpt::Kind::kPostReturn:
      case CanonOpt::Kind::kCallback:
        WriteCount(out, opt.index);
        break;
    }
  }
}

void Bool(Out& out, bool value) {
  out.push_back(value ? 1 : 0);
}

}  // namespace

void Encode(Out& out, const Canon& canon) {
  const syntax::CanonRow& row = RowOf(canon.kind);
  out.push_back(row.code);
  switch (row.immediates) {
    case CanonImmediates::kNone:
      return;
    case CanonImmediates::kType:
      return WriteCount(out, canon.type);
    case CanonImmediates::kOpts:
      return WriteOpts(out, canon.opts);
    case CanonImmediates::kTypeOpts:
      WriteCount(out, canon.type);
      return WriteOpts(out, canon.opts);
    case CanonImmediates::kTypeAsync:
      WriteCount(out, canon.type);
      return Bool(out, canon.async);
    case CanonImmediates::kAsync:
      return Bool(out, canon.async);
    case CanonImmediates::kCancel:
      return Bool(out, canon.cancellable);
    case CanonImmediates::kCancelMemory:
      Bool(out, canon.cancellable);
      return WriteCount(out, canon.memory);
    case CanonImmediates::kContext:
      airwasm::WriteValType(out, canon.core_type);
      return WriteCount(out, canon.slot);
    case CanonImmediates::kResultOpts:
      WriteResultList(out, canon.result);
      return WriteOpts(out, canon.opts);
    case CanonImmediates::kFuncTable:
      WriteCount(out, canon.type);
      return WriteCount(out, canon.table);
    case CanonImmediates::kLift:
      out.push_back(0x00);  // sort: func
      WriteCount(out, canon.func);
      WriteOpts(out, canon.opts);
      return WriteCount(out, canon.type);
    case CanonImmediates::kLower:
      out.push_back(0x00);
      WriteCount(out, canon.func);
      return WriteOpts(out, canon.opts);
  }
}

}  // namespace airwasm::component::binary
