// `airwasm inspect`: imports, exports, sections and sizes of a module or a component.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "airwasm/airwasm.h"
#include "engine/binary/section_list.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"

namespace airwasm::tools {
namespace {

std::string TypesText(const std::vector<ValType>& types) {
  std::string text = "(";
  for (size_t i = 0; i < types.size(); ++i) text += (i == 0 ? "" : ", ") + types[i].ToString();
  return text + ")";
}

std::string LimitsText(const Limits& limits) {
  return limits.max ? absl::StrFormat("%d..%d", limits.min, *limits.max)
                    : absl::StrFormat("%d..", limits.min);
}

// {"kind", "type"} of an import or export.
std::pair<const char*, std::string> Describe(const ExternTypeInfo& info) {
  struct Visitor {
    std::pair<const char*, std::string> operator()(const FuncType& t) const {
      return {"func", TypesText(t.params) + " -> " + TypesText(t.results)};
    }
    std::pair<const char*, std::string> operator()(const TableType& t) const {
      return {"table", absl::StrFormat("%s %s elements%s", t.element.ToString(),
                                       LimitsText(t.limits), t.is_64 ? ", 64-bit" : "")};
    }
    std::pair<const char*, std::string> operator()(const MemoryType& t) const {
      return {"memory", absl::StrFormat("%s pages of %d bytes%s%s", LimitsText(t.limits),
                                        uint64_t{1} << t.page_size_log2, t.is_64 ? ", 64-bit" : "",
                                        t.shared ? ", shared" : "")};
    }
    std::pair<const char*, std::string> operator()(const GlobalType& t) const {
      return {"global", (t.mut ? "mut " : "") + t.type.ToString()};
    }
    std::pair<const char*, std::string> operator()(const TagPayload& t) const {
      return {"tag", TypesText(t.type.params)};
    }
  };
  return std::visit(Visitor{}, info);
}

int Inspect(const std::string& path, bool json) {
  const absl::StatusOr<std::string> input = ReadFile(path);
  if (!input.ok()) return Fail("", input.status());
  if (HoldsComponent(*input)) return InspectComponent(path, *input, json);
  const absl::StatusOr<Module> module = Module::Create(Engine(), *input);
  if (!module.ok()) return Fail(path, module.status());

  nlohmann::ordered_json report = {
      {"file", path}, {"name", module->name()}, {"bytes", module->bytes().size()}};
  report["sections"] = nlohmann::json::array();
  for (const binary::SectionInfo& section : binary::ListSections(module->bytes())) {
    report["sections"].push_back(
        {{"name", section.name}, {"offset", section.offset}, {"bytes", section.size}});
  }
  report["imports"] = nlohmann::json::array();
  for (const ImportInfo& import : module->imports()) {
    const auto [kind, type] = Describe(import.type);
    report["imports"].push_back(
        {{"module", import.module}, {"name", import.name}, {"kind", kind}, {"type", type}});
  }
  report["exports"] = nlohmann::json::array();
  for (const ExportInfo& e : module->exports()) {
    const auto [kind, type] = Describe(e.type);
    report["exports"].push_back({{"name", e.name}, {"kind", kind}, {"type", type}});
  }
  if (json) {
    // Names are UTF-8 by validation, so that dump cannot fail.
    std::printf("%s\n", report.dump(2).c_str());
    return kExitOk;
  }
  std::printf("%s: %s%d bytes\n", path.c_str(),
              module->name().empty() ? "" : ("module \"" + module->name() + "\", ").c_str(),
              static_cast<int>(module->bytes().size()));
  std::printf("\nsections\n");
  for (const auto& s : report["sections"]) {
    std::printf("  %-28s %10llu bytes at %#llx\n", s["name"].get<std::string>().c_str(),
                s["bytes"].get<unsigned long long>(), s["offset"].get<unsigned long long>());
  }
  std::printf("\nimports\n");
  for (const auto& i : report["imports"]) {
    std::printf("  %-7s \"%s\" \"%s\"  %s\n", i["kind"].get<std::string>().c_str(),
                i["module"].get<std::string>().c_str(), i["name"].get<std::string>().c_str(),
                i["type"].get<std::string>().c_str());
  }
  std::printf("\nexports\n");
  for (const auto& e : report["exports"]) {
    std::printf("  %-7s \"%s\"  %s\n", e["kind"].get<std::string>().c_str(),
                e["name"].get<std::string>().c_str(), e["type"].get<std::string>().c_str());
  }
  return kExitOk;
}

}  // namespace

void AddInspectCommand(CLI::App& app, int* exit_code) {
  struct Flags {
    std::string file;
    bool json = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* const command = app.add_subcommand(
      "inspect", "Imports, exports, sections and sizes of a module or component");
  command->add_option("FILE", flags->file, "a .wasm or .wat file; - is standard input")->required();
  command->add_flag("--json", flags->json, "As JSON");
  command->footer("Example:\n  airwasm inspect --json app.wasm | jq .imports");
  command->callback([=] { *exit_code = Inspect(flags->file, flags->json); });
}

}  // namespace airwasm::tools
