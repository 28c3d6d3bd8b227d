// Names with attributes, extern types, sorts and their indices; imports, exports, aliases.
// Spec: component model, Binary, "Import and Export Definitions", "Alias Definitions".
#include <array>
#include <string>

#include "component/binary/sections.h"

namespace airwasm::component::binary {
namespace {

using syntax::Alias;
using syntax::ExternType;
using syntax::Sort;

constexpr uint8_t kNoSort = 0xFF;

constexpr std::array<uint8_t, 256> MakeSorts(bool core) {
  std::array<uint8_t, 256> sorts{};
  sorts.fill(kNoSort);
  for (size_t i = 0; i < syntax::kSortCount; ++i) {
    if (syntax::kSorts[i].core == core) sorts[syntax::kSorts[i].code] = static_cast<uint8_t>(i);
  }
  return sorts;
}
constexpr std::array<uint8_t, 256> kCoreSorts = MakeSorts(true);
constexpr std::array<uint8_t, 256> kComponentSorts = MakeSorts(false);
constexpr uint8_t kCorePrefix = 0x00;

// `sort`: the byte to blame, and the sort if it is one.
struct SortBytes {
  uint8_t sort = kNoSort;
  bool core = false;
  uint8_t byte = 0;
  size_t offset = 0;
};
SortBytes ReadSort(Reader& r) {
  SortBytes s;
  s.offset = r.offset();
  s.byte = r.U8();
  if (s.byte == kCorePrefix) {
    s.core = true;
    s.offset = r.offset();
    s.byte = r.U8();
  }
  s.sort = (s.core ? kCoreSorts : kComponentSorts)[s.byte];
  return s;
}

Sort CheckSort(Reader& r, const SortBytes& s, bool allowed, std::string_view what) {
  if (s.sort == kNoSort || !allowed) {
    r.FailLeadingByte(s.byte, s.offset, what);
    return Sort::kFunc;
  }
  const Sort sort = static_cast<Sort>(s.sort);
  if (sort == Sort::kValue) r.Need(ComponentFeature::kValues, s.offset, "value");
  return sort;
}

constexpr std::string_view kExternKind = "component external kind";

// Fails when the attribute stands there already.
void Once(Reader& r, size_t offset, bool present, std::string_view attribute) {
  if (present) {
    r.FailAt(offset, ErrorKind::kInvalid,
             "duplicate '" + std::string(attribute) + "' option in name");
  }
}

void DecodeAttribute(Reader& r, syntax::ExternName& name) {
  const size_t start = r.offset();
  const uint8_t code = r.U8();
  switch (code) {
    case 0x00:
      r.Need(ComponentFeature::kAttributes, start, "implements");
      Once(r, start, name.implements.has_value(), "implements");
      name.implements = r.Name();
      return;
    case 0x01:
      r.Need(ComponentFeature::kCanonicalNames, start, "versionsuffix");
      Once(r, start, name.version_suffix.has_value(), "versionsuffix");
      name.version_suffix = r.Name();
      return;
    case 0x02:
      r.Need(ComponentFeature::kAttributes, start, "external-id");
      Once(r, start, name.external_id.has_value(), "external-id");
      name.external_id = r.Name();
      return;
    default:
      r.FailLeadingByte(code, start, "name option");
  }
}

void DecodeTypeBound(Reader& r, ExternType& type) {
  const size_t start = r.offset();
  switch (const uint8_t byte = r.U8()) {
    case 0x00:
      type.bound = ExternType::Bound::kEq;
      type.index = r.VarU32();
      return;
    case 0x01:
      type.bound = ExternType::Bound::kSubResource;
      return;
    default:
      r.FailLeadingByte(byte, start, "type bound");
  }
}

void DecodeValueBound(Reader& r, ExternType& type) {
  const size_t start = r.offset();
  switch (const uint8_t byte = r.U8()) {
    case 0x00:
      type.bound = ExternType::Bound::kEq;
      type.index = r.VarU32();
      return;
    case 0x01:
      type.bound = ExternType::Bound::kSubResource;  // says that value_type is meant
      type.value_type = DecodeValType(r);
      return;
    default:
      r.FailLeadingByte(byte, start, "value bound");
  }
}

}  // namespace

syntax::ExternName DecodeExternName(Reader& r) {
  syntax::ExternName name;
  const size_t start = r.offset();
  const uint8_t form = r.U8();
  if (form > 0x02) {
    r.FailLeadingByte(form, start, "component name");
    return name;
  }
  name.name = r.Name();
  if (form == 0x02) {
    const uint32_t count = r.Count(limits::kNameAttributes, "name options");
    for (uint32_t i = 0; i < count && r.ok(); ++i) DecodeAttribute(r, name);
  }
  return name;
}

ExternType DecodeExternType(Reader& r) {
  ExternType type;
  const SortBytes s = ReadSort(r);
  // Of core sorts only modules have a type here.
  const bool allowed = !s.core || s.sort == static_cast<uint8_t>(Sort::kCoreModule);
  type.sort = CheckSort(r, s, allowed, kExternKind);
  if (!r.ok()) return type;
  switch (type.sort) {
    case Sort::kType:
      DecodeTypeBound(r, type);
      break;
    case Sort::kValue:
      DecodeValueBound(r, type);
      break;
    default:
      type.index = r.VarU32();
  }
  return type;
}

syntax::SortIdx DecodeSortIdx(Reader& r) {
  const SortBytes s = ReadSort(r);
  const Sort sort = CheckSort(r, s, true, kExternKind);
  return {sort, r.VarU32()};
}

Sort DecodeCoreSort(Reader& r, std::string_view what) {
  const size_t start = r.offset();
  const uint8_t byte = r.U8();
  const uint8_t sort = kCoreSorts[byte];
  if (sort == kNoSort) {
    r.FailLeadingByte(byte, start, what);
    return Sort::kCoreFunc;
  }
  return static_cast<Sort>(sort);
}

Alias DecodeAliasBody(Reader& r) {
  Alias alias;
  const SortBytes s = ReadSort(r);
  const size_t start = r.offset();
  const uint8_t target = r.U8();
  switch (target) {
    case static_cast<uint8_t>(Alias::Target::kExport):
      alias.sort = CheckSort(r, s, true, kExternKind);
      break;
    case static_cast<uint8_t>(Alias::Target::kCoreExport):
      alias.sort = CheckSort(r, s, s.core, "core instance export kind");
      break;
    case static_cast<uint8_t>(Alias::Target::kOuter): {
      const Sort sort = static_cast<Sort>(s.sort);
      const bool allowed = sort == Sort::kCoreModule || sort == Sort::kCoreType ||
                           sort == Sort::kType || sort == Sort::kComponent;
      alias.sort = CheckSort(r, s, allowed, "component outer alias kind");
      alias.target = Alias::Target::kOuter;
      alias.outer_count = r.VarU32();
      alias.outer_index = r.VarU32();
      return alias;
    }
    default:
      r.FailLeadingByte(target, start, "alias");
  }
  alias.target = static_cast<Alias::Target>(target);
  alias.instance = r.VarU32();
  alias.name = r.Name();
  return alias;
}

void DecodeAlias(Reader& r, syntax::Definition& out) {
  out.what = DecodeAliasBody(r);
}

void DecodeImport(Reader& r, syntax::Definition& out) {
  syntax::Import import;
  import.name = DecodeExternName(r);
  import.type = DecodeExternType(r);
  out.what = import;
}

void DecodeExport(Reader& r, syntax::Definition& out) {
  syntax::Export entry;
  entry.name = DecodeExternName(r);
  entry.item = DecodeSortIdx(r);
  if (r.Present("optional component export type")) entry.type = DecodeExternType(r);
  out.what = entry;
}

}  // namespace airwasm::component::binary
