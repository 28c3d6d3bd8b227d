#include "component/wrap/metadata.h"

#include <string>

#include "component/binary/decoder.h"
#include "component/binary/encode.h"
#include "component/valid/validator.h"
#include "component/wit/from_component.h"
#include "component/wit/strings.h"
#include "component/wit/to_component.h"
#include "engine/base/byte_reader.h"
#include "engine/base/error_status.h"
#include "engine/base/status_macros.h"
#include "engine/types/type_registry.h"

namespace airwasm::component::wrap {
namespace {

using wit::Append;
using wit::Cat;

constexpr std::string_view kSection = "component-type";

bool IsWorldSection(std::string_view name) {
  return name == kSection || name.starts_with("component-type:");
}

absl::StatusOr<syntax::StringEncoding> ReadEncoding(const syntax::Component& component) {
  for (const syntax::Definition& definition : component.definitions) {
    const auto* custom = std::get_if<syntax::CustomSection>(&definition.what);
    if (custom == nullptr || custom->name != wit::kEncodingSection) continue;
    if (custom->bytes.size() != 2 || custom->bytes[0] != wit::kEncodingVersion ||
        custom->bytes[1] > static_cast<uint8_t>(syntax::StringEncoding::kLatin1Utf16)) {
      return absl::InvalidArgumentError("the encoding of strings is of an unknown version");
    }
    return static_cast<syntax::StringEncoding>(custom->bytes[1]);
  }
  return absl::InvalidArgumentError("it does not say how strings are encoded");
}

absl::StatusOr<ModuleWorld> ReadWorld(std::span<const uint8_t> bytes) {
  const auto decoded = binary::Decode(bytes, ComponentFeatures::All());
  if (!decoded.ok()) return ToStatus(decoded.error());
  ModuleWorld out;
  ASSIGN_OR_RETURN(out.encoding, ReadEncoding(*decoded));
  TypeRegistry registry;
  const auto valid = valid::Validate(*decoded, {.features = ComponentFeatures::All()}, registry);
  if (!valid.ok()) return ToStatus(valid.error());
  // A component that exports one component type, which exports the world as a component.
  const ComponentType& root = valid->types->component(valid->root->type);
  if (root.exports.size() != 1 || root.exports[0].value.sort != Sort::kType ||
      root.exports[0].value.type.kind != TypeItem::Kind::kComponent) {
    return absl::InvalidArgumentError("it does not export one component type");
  }
  const ComponentType& outer = valid->types->component(root.exports[0].value.type.id);
  if (outer.exports.size() != 1 || outer.exports[0].value.sort != Sort::kComponent) {
    return absl::InvalidArgumentError("it does not hold a world");
  }
  ASSIGN_OR_RETURN(out.document, wit::FromComponent(*valid->types, outer.exports[0].value.id));
  out.document.worlds[out.world].name = outer.exports[0].name;
  return out;
}

}  // namespace

absl::StatusOr<std::vector<ModuleWorld>> ReadWorlds(const airwasm::syntax::Module& module) {
  std::vector<ModuleWorld> worlds;
  for (const airwasm::syntax::CustomSection& custom : module.customs) {
    if (!IsWorldSection(custom.name)) continue;
    auto world = ReadWorld(custom.bytes);
    if (!world.ok()) {
      const std::string message =
          Cat("the custom section \"", custom.name, "\": ",
              std::string_view(world.status().message().data(), world.status().message().size()));
      return absl::Status(world.status().code(), message);
    }
    worlds.push_back(*std::move(world));
  }
  return worlds;
}

absl::StatusOr<std::vector<uint8_t>> EmbedWorld(std::span<const uint8_t> module,
                                                const wit::Document& document, wit::WorldId world,
                                                syntax::StringEncoding encoding) {
  ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, wit::EncodeWorld(document, world, encoding));
  std::vector<uint8_t> section;
  binary::WriteName(section, Cat(kSection, ":", document.QualifiedWorldName(world)));
  section.insert(section.end(), bytes.begin(), bytes.end());
  std::vector<uint8_t> out(module.begin(), module.end());
  out.push_back(0);
  binary::WriteBlob(out, section);
  return out;
}

std::vector<uint8_t> WithoutWorlds(std::span<const uint8_t> module) {
  constexpr size_t kPreamble = 8;
  std::vector<uint8_t> out(module.begin(), module.begin() + kPreamble);
  ByteReader reader(module.subspan(kPreamble));
  while (!reader.AtEnd()) {
    const size_t begin = reader.offset();
    const uint8_t id = reader.U8();
    const uint32_t size = reader.VarU32();
    if (!reader.ok() || reader.remaining() < size) break;  // it was decoded: never
    ByteReader contents(reader.Bytes(size));
    const auto name = id == 0 ? contents.Bytes(contents.VarU32()) : std::span<const uint8_t>();
    const bool drop =
        id == 0 && IsWorldSection({reinterpret_cast<const char*>(name.data()), name.size()});
    if (drop) continue;
    const auto section = module.subspan(kPreamble + begin, reader.offset() - begin);
    out.insert(out.end(), section.begin(), section.end());
  }
  return out;
}

}  // namespace airwasm::component::wrap
