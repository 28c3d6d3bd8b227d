// Core types of components: recursion groups and module types.
// Spec: component model, Binary, "Type Definitions", core:type.
#include <string>
#include <utility>

#include "component/binary/sections.h"
#include "engine/base/limits.h"
#include "engine/binary/sections.h"

namespace airwasm::component::binary {
namespace {

using syntax::ModuleType;

enum CoreTypeCode : uint8_t {
  kRec = 0x4E,
  kModule = 0x50,     // as it stands
  kSub = 0x50,        // behind the prefix, and inside recursion groups
  kSubPrefix = 0x00,  // says that 0x50 is a subtype
};

enum ModuleDeclCode : uint8_t {
  kImportDecl = 0x00,
  kTypeDecl = 0x01,
  kAliasDecl = 0x02,
  kExportDecl = 0x03,
};

constexpr uint8_t kTypeSort = 0x10;
constexpr uint8_t kOuterTarget = 0x01;

// Expects the byte `want`.
void Expect(Reader& r, uint8_t want, std::string_view what) {
  const size_t start = r.offset();
  const uint8_t byte = r.U8();
  if (byte != want) r.FailLeadingByte(byte, start, what);
}

ModuleType::RecGroup DecodeRecGroup(Reader& r) {
  ModuleType::RecGroup group;
  const size_t start = r.offset();
  uint32_t size = 1;
  bool prefixed = false;
  if (!r.AtEnd() && r.PeekU8() == kRec) {
    r.Need(Feature::kGc, start, "recursion group");
    r.U8();
    size = r.Count(airwasm::limits::kRecGroupTypes, "types in a recursion group");
  } else if (!r.AtEnd() && r.PeekU8() == kSubPrefix) {
    r.U8();
    prefixed = true;
  }
  if (prefixed && r.ok() && r.PeekU8() != kSub) {
    r.FailLeadingByte(r.PeekU8(), r.offset(), "type definition");
  }
  group.types.reserve(r.Reservation(size, 16));
  for (uint32_t i = 0; i < size && r.ok(); ++i) {
    r.ChargeDefinition();
    group.types.push_back(airwasm::binary::DecodeSubType(r));
  }
  return group;
}

airwasm::syntax::ExternType DecodeCoreExternType(Reader& r) {
  using airwasm::syntax::ExternKind;
  const size_t start = r.offset();
  const uint8_t kind = r.U8();
  airwasm::syntax::ExternType type;
  switch (kind) {
    case static_cast<uint8_t>(ExternKind::kFunc):
      type.emplace<0>(r.VarU32());
      return type;
    case static_cast<uint8_t>(ExternKind::kTable):
      return r.Table();
    case static_cast<uint8_t>(ExternKind::kMemory):
      return r.Memory();
    case static_cast<uint8_t>(ExternKind::kGlobal):
      return r.Global();
    case static_cast<uint8_t>(ExternKind::kTag):
      r.Need(Feature::kExceptions, start, "tag");
      return r.Tag();
    default:
      r.FailLeadingByte(kind, start, "external kind");
      return type;
  }
}

ModuleType DecodeModuleType(Reader& r);

void DecodeModuleDecl(Reader& r, ModuleType::Declarator& out) {
  r.ChargeDefinition();
  const size_t start = r.offset();
  const uint8_t code = r.U8();
  out.offset = r.offset();
  switch (code) {
    case kImportDecl: {
      ModuleType::Import import;
      import.module = r.Name();
      import.name = r.Name();
      import.type = DecodeCoreExternType(r);
      out.what = import;
      return;
    }
    case kTypeDecl:
      if (!r.AtEnd() && r.PeekU8() == kModule) {
        r.U8();
        out.what = std::make_unique<ModuleType>(DecodeModuleType(r));
      } else {
        out.what = DecodeRecGroup(r);
      }
      return;
    case kAliasDecl: {
      Expect(r, kTypeSort, "outer alias kind");
      Expect(r, kOuterTarget, "outer alias target");
      ModuleType::OuterAlias alias{};
      alias.count = r.VarU32();
      alias.index = r.VarU32();
      out.what = alias;
      return;
    }
    case kExportDecl: {
      ModuleType::Export entry;
      entry.name = r.Name();
      entry.type = DecodeCoreExternType(r);
      out.what = entry;
      return;
    }
    default:
      r.FailLeadingByte(code, start, "type definition");
  }
}

// Behind the code. Module types in module types are for the validator to refuse.
ModuleType DecodeModuleType(Reader& r) {
  ModuleType type;
  r.CheckDepth(++r.context().type_depth, limits::kTypeNesting, "types");
  const uint32_t count = r.Count(limits::kTypeDecls, "declarators");
  for (uint32_t i = 0; i < count && r.ok(); ++i) {
    DecodeModuleDecl(r, type.declarators.emplace_back());
  }
  --r.context().type_depth;
  return type;
}

}  // namespace

syntax::CoreType DecodeCoreTypeBody(Reader& r) {
  if (!r.AtEnd() && r.PeekU8() == kModule) {
    r.U8();
    return {DecodeModuleType(r)};
  }
  return {DecodeRecGroup(r)};
}

void DecodeCoreType(Reader& r, syntax::Definition& out) {
  out.what = DecodeCoreTypeBody(r);
}

}  // namespace airwasm::component::binary
