// The element, data and data count sections.
// Spec: core, binary/modules, element section and data section.
#include "engine/base/limits.h"
#include "engine/binary/sections.h"

namespace airwasm::binary {
namespace {

using syntax::SegmentMode;

// Bits of an element segment's first number; together they make the eight forms.
enum ElemFlag : uint32_t {
  kNotActive = 1 << 0,
  kExplicit = 1 << 1,  // active: a table index follows; otherwise: declarative
  kExprs = 1 << 2,     // expressions in place of function indices
};
constexpr uint32_t kLastElemForm = kNotActive | kExplicit | kExprs;
constexpr uint8_t kFuncElemKind = 0x00;

// What function indices stand for.
constexpr ValType kNonNullFuncRef = ValType::Ref(HeapKind::kFunc, false);

void ElemMode(SectionReader& r, uint32_t form, syntax::ElemSegment& segment) {
  if ((form & kNotActive) != 0) {
    segment.mode = (form & kExplicit) != 0 ? SegmentMode::kDeclarative : SegmentMode::kPassive;
    return;
  }
  segment.mode = SegmentMode::kActive;
  if ((form & kExplicit) != 0) segment.table = r.VarU32();
  segment.offset_expr = r.Expr();
}

void ElemType(SectionReader& r, uint32_t form, syntax::ElemSegment& segment) {
  segment.uses_exprs = (form & kExprs) != 0;
  segment.type = segment.uses_exprs ? kFuncRef : kNonNullFuncRef;
  if ((form & (kNotActive | kExplicit)) == 0) return;  // left out: funcref
  const size_t start = r.offset();
  if (segment.uses_exprs) {
    segment.type = r.RefType();
  } else if (r.U8() != kFuncElemKind) {
    r.FailAt(start, ErrorKind::kMalformed, "malformed element kind");
  }
}

void ElemItems(SectionReader& r, syntax::ElemSegment& segment) {
  const uint32_t count = r.Count(limits::kElemSegmentItems, "elements in a segment");
  if (segment.uses_exprs) {
    segment.exprs.reserve(r.Reservation(count, 3));
    for (uint32_t i = 0; i < count && r.ok(); ++i) segment.exprs.push_back(r.Expr());
  } else {
    segment.funcs.reserve(r.Reservation(count));
    for (uint32_t i = 0; i < count && r.ok(); ++i) segment.funcs.push_back(r.VarU32());
  }
}

}  // namespace

void DecodeElements(SectionReader& r, syntax::Module& module) {
  const uint32_t count = r.Count(limits::kElemSegments, "element segments");
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    syntax::ElemSegment& segment = module.elems.emplace_back();
    segment.offset = r.offset();
    const uint32_t form = r.VarU32();
    if (form > kLastElemForm) {
      return r.FailAt(segment.offset, ErrorKind::kMalformed, "malformed elements segment kind");
    }
    if (form != 0)
      r.Need(Feature::kBulkMemory, segment.offset,
             "element segment of form " + std::to_string(form));
    ElemMode(r, form, segment);
    ElemType(r, form, segment);
    ElemItems(r, segment);
  }
}

void DecodeDataCount(SectionReader& r, syntax::Module& module) {
  r.Need(Feature::kBulkMemory, r.offset(), "data count section");
  module.data_count = r.Count(limits::kDataSegments, "data segments");
}

void DecodeData(SectionReader& r, syntax::Module& module) {
  const uint32_t count = r.Count(limits::kDataSegments, "data segments");
  module.datas.reserve(r.Reservation(count, 2));
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    syntax::DataSegment& segment = module.datas.emplace_back();
    segment.offset = r.offset();
    const uint32_t form =
        r.VarU32();  // 0: active in memory 0, 1: passive, 2: active in a memory that is named
    if (form > 2)
      return r.FailAt(segment.offset, ErrorKind::kMalformed, "malformed data segment kind");
    if (form != 0)
      r.Need(Feature::kBulkMemory, segment.offset, "data segment of form " + std::to_string(form));
    segment.mode = form == 1 ? SegmentMode::kPassive : SegmentMode::kActive;
    if (form == 2) segment.memory = r.VarU32();
    if (form != 1) segment.offset_expr = r.Expr();
    const uint32_t size = r.VarU32();
    segment.bytes = r.Bytes(size);
  }
}

}  // namespace airwasm::binary
