// The ids of sections, and the readers of the definitions in them, by topic.
//
// Each Decode... reads one construct and leaves the reader behind it; on an error the reader holds
// it and the result means nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "component/binary/reader.h"
#include "component/syntax/component.h"

namespace airwasm::component::binary {

inline constexpr uint8_t kCustomSection = 0;
inline constexpr std::string_view kNamesSection = "component-name";

enum class SectionId : uint8_t {
  kCustom = 0,
#define AIRWASM_COMPONENT_SECTION(id, name, definition) k##definition = id,
#include "component/binary/sections.def"
#undef AIRWASM_COMPONENT_SECTION
};
inline constexpr uint8_t kLastSection = static_cast<uint8_t>(SectionId::kValue);

// Whether the section is one definition rather than a vector of them.
constexpr bool HoldsOne(SectionId id) {
  return id == SectionId::kCoreModule || id == SectionId::kComponent || id == SectionId::kStart;
}

#define AIRWASM_COMPONENT_SECTION(id, name, definition) \
  void Decode##definition(Reader& r, syntax::Definition& definition_out);
#include "component/binary/sections.def"
#undef AIRWASM_COMPONENT_SECTION

// decode_types.cc
syntax::ValType DecodeValType(Reader& r);
std::optional<syntax::ValType> DecodeResultList(Reader& r);

// decode_core_types.cc
syntax::CoreType DecodeCoreTypeBody(Reader& r);

// decode_externs.cc
syntax::ExternName DecodeExternName(Reader& r);
syntax::ExternType DecodeExternType(Reader& r);
syntax::SortIdx DecodeSortIdx(Reader& r);
// `what` is what the error says of a byte that is no core sort.
syntax::Sort DecodeCoreSort(Reader& r, std::string_view what);
syntax::Alias DecodeAliasBody(Reader& r);

// name_section.cc: reads what it can of a component-name section's contents; never fails.
void DecodeNames(syntax::Bytes contents, DecodeContext& context, syntax::Names& names);

}  // namespace airwasm::component::binary
