// A SectionReader with what the definitions of components share: names, flags, optional parts, the
// features of the component model, and the limits on a whole component.
//
// It covers one section and ends with it. It keeps its first error and then yields zeros and empty
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "airwasm/component_features.h"
#include "component/syntax/component.h"
#include "component/types/limits.h"
#include "engine/binary/section_reader.h"

namespace airwasm::component::binary {

// What all readers of one outermost component share.
struct DecodeContext {
  const ComponentFeatures& features;
  const Features& core_features;
  uint32_t definitions = 0;
  uint32_t items = 0;
  uint32_t names = 0;
  uint32_t component_depth = 0;
  uint32_t type_depth = 0;
};

class Reader : public airwasm::binary::SectionReader {
 public:
  Reader(syntax::Bytes bytes, size_t offset, DecodeContext& context)
      : SectionReader(bytes, offset, context.core_features), context_(context) {}

  DecodeContext& context() { return context_; }

  std::string_view Name();
  // The count before a vector, charged to the budget of items.
  uint32_t Count(uint32_t limit, std::string_view what);
  bool Bool();

  // A byte that is 0x00 or 0x01; the latter says that something follows.
  bool Present(std::string_view what);

  // Fails at `offset` with "invalid leading byte (0x2) for <what>".
  void FailLeadingByte(uint8_t byte, size_t offset, std::string_view what);

  using SectionReader::Need;
  // Fails at `offset` with "<what>: needs the feature <text>" when `feature` is switched off.
  void Need(ComponentFeature feature, size_t offset, std::string_view what);

  // Takes one definition from the budget; fails when there is none left.
  void ChargeDefinition();

  // Fails when `depth` has reached `limit`.
  void CheckDepth(uint32_t depth, uint32_t limit, std::string_view what);

 private:
  DecodeContext& context_;
};

}  // namespace airwasm::component::binary
