// `airwasm inspect` of a component: what it is made of, what it imports and exports, and which of
// its imports this host lacks.
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/str_split.h"
#include "airwasm/component.h"
#include "airwasm/component_linker.h"
#include "airwasm/module.h"
#include "airwasm/wasi_component.h"
#include "component/binary/decoder.h"
#include "component/binary/section_list.h"
#include "component/syntax/canon_table.h"
#include "component/valid/validator.h"
#include "engine/base/error_status.h"
#include "engine/types/type_registry.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"

namespace airwasm::tools {
namespace {

namespace syntax = component::syntax;
using component::ComponentTypes;
using component::ExternType;
using component::TypeItem;
using component::syntax::Sort;

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

std::string_view OptionText(const syntax::CanonOpt& option) {
  switch (option.kind) {
    case syntax::CanonOpt::Kind::kUtf8:
      return "utf8";
    case syntax::CanonOpt::Kind::kUtf16:
      return "utf16";
    case syntax::CanonOpt::Kind::kLatin1Utf16:
      return "latin1+utf16";
    case syntax::CanonOpt::Kind::kMemory:
      return "memory";
    case syntax::CanonOpt::Kind::kRealloc:
      return "realloc";
    case syntax::CanonOpt::Kind::kPostReturn:
      return "post-return";
    case syntax::CanonOpt::Kind::kAsync:
      return "async";
    case syntax::CanonOpt::Kind::kCallback:
      return "callback";
  }
  return "";
}

// Core modules and canonical definitions, of nested components too.
class ContentsOf {
 public:
  explicit ContentsOf(const syntax::Component& component) {
    // Bodies are of no interest here.
    EngineOptions options;
    options.eager_validation = false;
    const Engine engine(options);
    Visit(engine, component);
  }

  void Report(nlohmann::ordered_json& report) && {
    report["modules"] = std::move(modules_);
    report["canons"] = nlohmann::ordered_json::array();
    for (const auto& [key, count] : canons_)
      report["canons"].push_back({{"kind", key.first}, {"options", key.second}, {"count", count}});
  }

 private:
  // The decoder limits how deep components nest.
  void Visit(const Engine& engine, const syntax::Component& component) {
    for (const syntax::Definition& definition : component.definitions) {
      if (const auto* const module = std::get_if<syntax::CoreModule>(&definition.what)) {
        AddModule(engine, *module);
      } else if (const auto* const canon = std::get_if<syntax::Canon>(&definition.what)) {
        std::vector<std::string> options;
        for (const syntax::CanonOpt& option : canon->opts) options.emplace_back(OptionText(option));
        ++canons_[{std::string(syntax::RowOf(canon->kind).text), std::move(options)}];
      } else if (const auto* const nested =
                     std::get_if<std::unique_ptr<syntax::Component>>(&definition.what)) {
        Visit(engine, **nested);
      }
    }
  }
  void AddModule(const Engine& engine, const syntax::CoreModule& module) {
    nlohmann::ordered_json entry = {
        {"name", ""}, {"bytes", module.bytes.size()}, {"imports", 0}, {"exports", 0}};
    // It is valid, or the component would not be.
    if (const absl::StatusOr<Module> made = Module::Create(engine, module.bytes); made.ok()) {
      entry["name"] = made->name();
      entry["imports"] = made->imports().size();
      entry["exports"] = made->exports().size();
    }
    modules_.push_back(std::move(entry));
  }

  nlohmann::ordered_json modules_ = nlohmann::ordered_json::array();
  std::map<std::pair<std::string, std::vector<std::string>>, size_t> canons_;
};

// Adds to `report` which imports this host does not satisfy; returns the same in words.
std::vector<std::string> ReportLinks(const std::vector<uint8_t>& bytes,
                                     nlohmann::ordered_json& report) {
  report["link_errors"] = nlohmann::ordered_json::array();
  EngineOptions options;
  options.eager_validation = false;
  const Engine engine(options);
  const absl::StatusOr<Component> component =
      Component::Create(engine, std::span(bytes), ComponentFeatures::All());
  absl::Status status = component.status();
  if (status.ok()) {
    ComponentLinker linker(engine);
    status = DefineWasi(linker);
    if (status.ok()) status = linker.Link(*component).status();
  }
  report["runs_here"] = status.ok();
  if (status.ok()) return {"satisfies every import"};
  if (const std::optional<std::string> errors = LinkErrorsJson(status)) {
    const auto list = nlohmann::ordered_json::parse(*errors, nullptr, /*allow_exceptions=*/false);
    report["link_errors"] = list.value("errors", nlohmann::ordered_json::array());
  } else {
    report["error"] = std::string(status.message());
  }
  return absl::StrSplit(std::string(status.message()), '\n');
}

}  // namespace

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
  ContentsOf(*decoded).Report(report);
  report["imports"] = Describe(types, type.imports);
  report["exports"] = Describe(types, type.exports);
  const std::vector<std::string> lines = ReportLinks(*bytes, report);
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
  std::printf("\nmodules\n");
  for (const auto& m : report["modules"]) {
    std::printf("  %-28s %10llu bytes, %llu imports, %llu exports\n",
                m["name"].get<std::string>().c_str(), m["bytes"].get<unsigned long long>(),
                m["imports"].get<unsigned long long>(), m["exports"].get<unsigned long long>());
  }
  std::printf("\ncanonical definitions\n");
  for (const auto& c : report["canons"]) {
    std::string options;
    for (const auto& option : c["options"]) options += " " + option.get<std::string>();
    std::printf("  %6llu x %s%s\n", c["count"].get<unsigned long long>(),
                c["kind"].get<std::string>().c_str(), options.c_str());
  }
  std::printf("\nimports\n");
  PrintItems(report["imports"], 2);
  std::printf("\nexports\n");
  PrintItems(report["exports"], 2);
  std::printf("\nthis host\n");
  for (const std::string& line : lines) std::printf("  %s\n", line.c_str());
  return kExitOk;
}

}  // namespace airwasm::tools
