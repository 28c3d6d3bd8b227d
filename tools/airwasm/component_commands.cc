#include "tools/airwasm/component_commands.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "component/binary/decoder.h"
#include "component/binary/encoder.h"
#include "component/text/parser.h"
#include "component/text/printer.h"
#include "component/valid/validator.h"
#include "engine/types/type_registry.h"

namespace airwasm::tools {
namespace {

std::span<const uint8_t> AsBytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

bool IsBinary(const std::string& input) {
  return input.starts_with(std::string_view("\0asm", 4));
}

// Everything that can be read, whatever the engine would accept: `input` outlives the result.
Expected<component::syntax::Component> Read(const std::string& input, const Features& features,
                                            const ComponentFeatures& components) {
  if (!IsBinary(input)) return component::text::ParseComponent(input, features);
  return component::binary::Decode(AsBytes(input), components, features);
}

// Offsets of what came from text become lines and columns.
Error WithPlace(Error error, const std::string& input) {
  if (IsBinary(input) || error.line != 0) return error;
  const std::string_view before = std::string_view(input).substr(0, error.offset);
  error.line = 1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t newline = before.rfind('\n');
  error.column =
      static_cast<uint32_t>(newline == before.npos ? before.size() + 1 : before.size() - newline);
  return error;
}

}  // namespace

bool HoldsComponent(const std::string& input) {
  return IsBinary(input) ? component::binary::IsComponent(AsBytes(input))
                         : component::text::IsComponentText(input);
}

Expected<std::vector<uint8_t>> ComponentToBinary(const std::string& input,
                                                 const Features& features) {
  if (IsBinary(input)) return std::vector<uint8_t>(input.begin(), input.end());
  const auto parsed = component::text::ParseComponent(input, features);
  if (!parsed.ok()) return WithPlace(parsed.error(), input);
  return component::binary::Encode(*parsed);
}

Expected<std::string> ComponentToText(const std::string& input, const Features& features) {
  const auto read = Read(input, features, ComponentFeatures::All());
  if (!read.ok()) return WithPlace(read.error(), input);
  return component::text::Print(*read);
}

std::optional<Error> ValidateComponent(const std::string& input, const Features& features,
                                       const ComponentFeatures& components) {
  const auto read = Read(input, features, components);
  if (!read.ok()) return WithPlace(read.error(), input);
  TypeRegistry registry;
  const auto valid = component::valid::Validate(
      *read, {.core_features = features, .features = components}, registry);
  if (!valid.ok()) return WithPlace(valid.error(), input);
  return std::nullopt;
}

}  // namespace airwasm::tools
