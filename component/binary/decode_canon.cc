// Canonical definitions: what follows each code is the immediates column of canons.def.
// Spec: component model, Binary, "Canonical Definitions".
#include <array>
#include <string>

#include "component/binary/sections.h"
#include "component/syntax/canon_table.h"

namespace airwasm::component::binary {
namespace {

using syntax::Canon;
using syntax::CanonImmediates;
using syntax::CanonOpt;

constexpr uint8_t kNoCanon = 0xFF;
constexpr std::array<uint8_t, 256> MakeKinds() {
  std::array<uint8_t, 256> kinds{};
  kinds.fill(kNoCanon);
  for (size_t i = 0; i < std::size(syntax::kCanons); ++i) {
    kinds[syntax::kCanons[i].code] = static_cast<uint8_t>(i);
  }
  return kinds;
}
constexpr std::array<uint8_t, 256> kKinds = MakeKinds();

constexpr uint8_t kFuncSort = 0x00;

CanonOpt DecodeOpt(Reader& r) {
  CanonOpt opt{};
  const size_t start = r.offset();
  const uint8_t code = r.U8();
  opt.kind = static_cast<CanonOpt::Kind>(code);
  switch (opt.kind) {
    case CanonOpt::Kind::kUtf8:
    case CanonOpt::Kind::kUtf16:
    case CanonOpt::Kind::kLatin1Utf16:
      return opt;
    case CanonOpt::Kind::kMemory:
    case CanonOpt::Kind::kRealloc:
    case CanonOpt::Kind::kPostReturn:
      opt.index = r.VarU32();
      return opt;
    case CanonOpt::Kind::kAsync:
      r.Need(ComponentFeature::kAsync, start, "option async");
      return opt;
    case CanonOpt::Kind::kCallback:
      r.Need(ComponentFeature::kAsync, start, "option callback");
      opt.index = r.VarU32();
      return opt;
  }
  r.FailLeadingByte(code, start, "canonical option");
  return opt;
}

std::vector<CanonOpt> DecodeOpts(Reader& r) {
  std::vector<CanonOpt> opts;
  const uint32_t count = r.Count(limits::kCanonOptions, "canonical options");
  opts.reserve(r.Reservation(count));
  for (uint32_t i = 0; i < count && r.ok(); ++i) opts.push_back(DecodeOpt(r));
  return opts;
}

void ExpectFuncSort(Reader& r, std::string_view what) {
  const size_t start = r.offset();
  if (const uint8_t sort = r.U8(); sort != kFuncSort) r.FailLeadingByte(sort, start, what);
}

bool DecodeAsync(Reader& r) {
  const size_t start = r.offset();
  const bool async = r.Bool();
  if (async) r.Need(ComponentFeature::kMoreAsyncBuiltins, start, "immediate async");
  return async;
}

void DecodeImmediates(Reader& r, CanonImmediates immediates, Canon& canon) {
  switch (immediates) {
    case CanonImmediates::kNone:
      return;
    case CanonImmediates::kType:
      canon.type = r.VarU32();
      return;
    case CanonImmediates::kOpts:
      canon.opts = DecodeOpts(r);
      return;
    case CanonImmediates::kTypeOpts:
      canon.type = r.VarU32();
      canon.opts = DecodeOpts(r);
      return;
    case CanonImmediates::kTypeAsync:
      canon.type = r.VarU32();
      canon.async = DecodeAsync(r);
      return;
    case CanonImmediates::kAsync:
      canon.async = DecodeAsync(r);
      return;
    case CanonImmediates::kCancel:
      canon.cancellable = r.Bool();
      return;
    case CanonImmediates::kCancelMemory:
      canon.cancellable = r.Bool();
      canon.memory = r.VarU32();
      return;
    case CanonImmediates::kContext:
      canon.core_type = r.SectionReader::ValType();
      canon.slot = r.VarU32();
      return;
    case CanonImmediates::kResultOpts:
      canon.result = DecodeResultList(r);
      canon.opts = DecodeOpts(r);
      return;
    case CanonImmediates::kFuncTable:
      canon.type = r.VarU32();
      canon.table = r.VarU32();
      return;
    case CanonImmediates::kLift:
      ExpectFuncSort(r, "canonical function lift");
      canon.func = r.VarU32();
      canon.opts = DecodeOpts(r);
      canon.type = r.VarU32();
      return;
    case CanonImmediates::kLower:
      ExpectFuncSort(r, "canonical function lower");
      canon.func = r.VarU32();
      canon.opts = DecodeOpts(r);
      return;
  }
}

}  // namespace

void DecodeCanon(Reader& r, syntax::Definition& out) {
  const size_t start = r.offset();
  const uint8_t code = r.U8();
  if (kKinds[code] == kNoCanon) return r.FailLeadingByte(code, start, "canonical function");
  Canon canon;
  canon.kind = static_cast<syntax::CanonKind>(kKinds[code]);
  const syntax::CanonRow& row = RowOf(canon.kind);
  if (row.feature) r.Need(*row.feature, start, "canon " + std::string(row.text));
  DecodeImmediates(r, row.immediates, canon);
  out.what = std::move(canon);
}

}  // namespace airwasm::component::binary
