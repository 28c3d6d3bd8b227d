#include "tools/airwasm/component_commands.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "component/binary/decoder.h"
#include "component/binary/encoder.h"
#include "component/binary/section_list.h"
#include "component/text/parser.h"
#include "component/text/printer.h"
#include "component/valid/validator.h"
#include "engine/base/error_status.h"
#include "engine/types/type_registry.h"
#include "tools/airwasm/command.h"

namespace airwasm::tools {
namespace {

using component::ComponentTypes;
using component::ExternType;
using component::TypeItem;
using component::syntax::Sort;

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

std::string TypeText(const ComponentTypes& types, const TypeItem& item) {
  switch (item.kind) {
    case TypeItem::Kind::kValue:
      return types.values().ToString(item.value);
    case TypeItem::Kind::kFunc:
      return types.values().FuncToString(item.id);
    case TypeItem::Kind::kComponent:
      return "component";
    case TypeItem::Kind::kInstance:
      return "instance";
    case TypeItem::Kind::kResource:
      return "resource";
  }
  return "";
}

using Items = component::NamedList<ExternType>;
nlohmann::ordered_json Describe(const ComponentTypes& types, const Items& items);

nlohmann::ordered_json Describe(const ComponentTypes& types, const Items::Entry& item) {
  nlohmann::ordered_json entry = {{"name", item.name},
                                  {"kind", component::syntax::RowOf(item.value.sort).text}};
  switch (item.value.sort) {
    case Sort::kFunc:
      entry["type"] = types.values().FuncToString(item.value.id);
      break;
    case Sort::kType:
      entry["type"] = TypeText(types, item.value.type);
      break;
    case Sort::kValue:
      entry["type"] = types.values().ToString(item.value.value);
      break;
    case Sort::kInstance:
      entry["exports"] = Describe(types, types.instance(item.value.id).exports);
      break;
    default:  // modules and components: their kind says enough
      if (component::syntax::RowOf(item.value.sort).core) {
        entry["kind"] = "core " + std::string(component::syntax::RowOf(item.value.sort).text);
      }
  }
  return entry;
}

nlohmann::ordered_json Describe(const ComponentTypes& types, const Items& items) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Items::Entry& item : items) list.push_back(Describe(types, item));
  return list;
}

void PrintItems(const nlohmann::ordered_json& items, int indent) {
  for (const auto& item : items) {
    std::printf("%*s%-9s \"%s\"  %s\n", indent, "", item["kind"].get<std::string>().c_str(),
                item["name"].get<std::string>().c_str(), item.value("type", std::string()).c_str());
    if (item.contains("exports")) PrintItems(item["exports"], indent + 2);
  }
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

int InspectComponent(const std::string& path, const std::string& input, bool json) {
  const Expected<std::vector<uint8_t>> bytes = ComponentToBinary(input, Features());
  if (!bytes.ok()) return Fail(path, ToStatus(bytes.error()));
  const auto decoded = component::binary::Decode(*bytes, ComponentFeatures::All());
  if (!decoded.ok()) return Fail(path, ToStatus(decoded.error()));
  TypeRegistry registry;
  const auto valid = component::valid::Validate(
      *decoded, {.core_features = Features(), .features = ComponentFeatures::All()}, registry);
  if (!valid.ok()) return Fail(path, ToStatus(valid.error()));
  const ComponentTypes& types = *valid->types;
  const component::ComponentType& type = types.component(valid->root->type);

  const std::string name = decoded->names.component.value_or("");
  nlohmann::ordered_json report = {
      {"file", path}, {"component", true}, {"name", name}, {"bytes", bytes->size()}};
  report["sections"] = nlohmann::ordered_json::array();
  for (const component::binary::SectionInfo& section : component::binary::ListSections(*bytes)) {
    report["sections"].push_back({{"name", section.name},
                                  {"offset", section.offset},
                                  {"bytes", section.size},
                                  {"depth", section.depth}});
  }
  report["imports"] = Describe(types, type.imports);
  report["exports"] = Describe(types, type.exports);
  if (json) {
    std::printf("%s\n",
                report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return kExitOk;
  }
  std::printf("%s: component%s, %d bytes\n", path.c_str(),
              name.empty() ? "" : (" \"" + name + "\"").c_str(), static_cast<int>(bytes->size()));
  std::printf("\nsections\n");
  for (const auto& s : report["sections"]) {
    const int indent = 2 * s["depth"].get<int>();
    std::printf("  %*s%-*s %10llu bytes at %#llx\n", indent, "", std::max(28 - indent, 0),
                s["name"].get<std::string>().c_str(), s["bytes"].get<unsigned long long>(),
                s["offset"].get<unsigned long long>());
  }
  std::printf("\nimports\n");
  PrintItems(report["imports"], 2);
  std::printf("\nexports\n");
  PrintItems(report["exports"], 2);
  return kExitOk;
}

}  // namespace airwasm::tools
