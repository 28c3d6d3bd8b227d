// The frame of a component: preamble, sections and their sizes, custom sections, nesting.
#include "component/binary/decoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "component/binary/sections.h"

namespace airwasm::component::binary {
namespace {

constexpr uint8_t kMagic[] = {0x00, 'a', 's', 'm'};
constexpr uint8_t kVersion[] = {0x0D, 0x00};
constexpr uint8_t kLayer[] = {0x01, 0x00};

using DecodeFn = void (*)(Reader&, syntax::Definition&);
constexpr DecodeFn kReaders[] = {
    nullptr,  // custom
#define AIRWASM_COMPONENT_SECTION(id, name, definition) &Decode##definition,
#include "component/binary/sections.def"
#undef AIRWASM_COMPONENT_SECTION
};
static_assert(std::size(kReaders) == kLastSection + 1, "the ids of sections have no gap");

// What a section may hold at most, all sections of one component together.
uint32_t SectionLimit(SectionId id) {
  switch (id) {
    case SectionId::kCustom:
    case SectionId::kAlias:
      return limits::kDefinitions;
    case SectionId::kCoreModule:
      return limits::kModules;
    case SectionId::kCoreInstance:
    case SectionId::kInstance:
      return limits::kInstances;
    case SectionId::kCoreType:
    case SectionId::kType:
      return limits::kTypes;
    case SectionId::kComponent:
      return limits::kComponents;
    case SectionId::kCanon:
      return limits::kFunctions;
    case SectionId::kStart:
    case SectionId::kValue:
      return limits::kValues;
    case SectionId::kImport:
      return limits::kImports;
    case SectionId::kExport:
      return limits::kExports;
  }
  return 0;
}

constexpr std::string_view kSectionNames[] = {
    "custom section",
#define AIRWASM_COMPONENT_SECTION(id, name, definition) name "s",
#include "component/binary/sections.def"
#undef AIRWASM_COMPONENT_SECTION
};

bool StartsWith(syntax::Bytes bytes, syntax::Bytes want) {
  return bytes.size() >= want.size() && std::equal(want.begin(), want.end(), bytes.begin());
}

void Preamble(Reader& r) {
  const auto expect = [&r](syntax::Bytes want, std::string_view message) {
    const size_t start = r.offset();
    const syntax::Bytes got = r.Bytes(want.size());
    if (!StartsWith(got, want)) r.FailAt(start, ErrorKind::kMalformed, message);
  };
  expect(kMagic, "magic header not detected");
  // A core module has its version where a component has version and layer.
  const syntax::Bytes rest(r.pos(), r.remaining());
  if (rest.size() >= 4 && rest[2] == 0 && rest[3] == 0) {
    return r.Fail("expected a version header for a component");
  }
  expect(kVersion, "unknown binary version");
  expect(kLayer, "unknown layer of a component");
}

// Reads the component that `r` covers.
void Body(Reader& r, syntax::Component& component) {
  uint32_t counts[kLastSection + 1] = {};
  Preamble(r);
  while (r.ok() && !r.AtEnd()) {
    const size_t start = r.offset();
    const uint8_t id = r.U8();
    if (id > kLastSection) {
      return r.FailAt(start, ErrorKind::kMalformed, "malformed section id");
    }
    const uint32_t size = r.VarU32();
    const size_t offset = r.offset();
    const syntax::Bytes contents = r.Bytes(size);
    if (!r.ok()) return;

    Reader section(contents, offset, r.context());
    const auto add = [&](size_t definition_offset) -> syntax::Definition& {
      section.ChargeDefinition();
      syntax::Definition& definition = component.definitions.emplace_back();
      definition.offset = definition_offset;
      return definition;
    };
    uint32_t count = 1;
    if (id == kCustomSection) {
      const std::string_view name = section.Name();
      const syntax::Bytes bytes = section.Bytes(section.remaining());
      if (section.ok() && name == kNamesSection) {
        DecodeNames(bytes, r.context(), component.names);
        count = 0;
      } else if (section.ok()) {
        add(start).what = syntax::CustomSection{name, bytes};
      }
    } else if (HoldsOne(static_cast<SectionId>(id))) {
      kReaders[id](section, add(offset));
    } else {
      count = section.Count(SectionLimit(static_cast<SectionId>(id)), kSectionNames[id]);
      for (uint32_t i = 0; i < count && section.ok(); ++i) {
        kReaders[id](section, add(section.offset()));
      }
    }
    counts[id] += section.ok() ? count : 0;
    if (counts[id] > SectionLimit(static_cast<SectionId>(id))) {
      section.FailAt(offset, ErrorKind::kLimit,
                     "too many " + std::string(kSectionNames[id]) + ": the limit is " +
                         std::to_string(SectionLimit(static_cast<SectionId>(id))));
    }
    if (section.ok() && !section.AtEnd()) section.Fail("section size mismatch");
    if (!section.ok()) {
      return r.FailAt(section.error().offset, section.error().kind, section.error().message);
    }
  }
}

}  // namespace

void DecodeComponent(Reader& r, syntax::Definition& out) {
  auto component = std::make_unique<syntax::Component>();
  r.CheckDepth(++r.context().component_depth, limits::kComponentNesting, "components");
  if (r.ok()) Body(r, *component);
  --r.context().component_depth;
  out.what = std::move(component);
}

bool IsComponent(std::span<const uint8_t> bytes) {
  return bytes.size() >= 8 && StartsWith(bytes, kMagic) && StartsWith(bytes.subspan(6), kLayer);
}

Expected<syntax::Component> Decode(std::span<const uint8_t> bytes,
                                   const ComponentFeatures& features,
                                   const Features& core_features) {
  if (bytes.size() > limits::kComponentBytes) {
    return Error{.kind = ErrorKind::kLimit,
                 .message = "component too large: " + std::to_string(bytes.size()) +
                            " bytes, the limit is " + std::to_string(limits::kComponentBytes)};
  }
  DecodeContext context{.features = features, .core_features = core_features};
  Reader reader(bytes, 0, context);
  syntax::Component component;
  Body(reader, component);
  if (reader.ok()) return component;
  Error error = reader.error();
  if (error.message == "unexpected end") error.message = "unexpected end-of-file";
  return error;
}

}  // namespace airwasm::component::binary
