#include "tools/airwasm/link_component.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "airwasm/wasi_component.h"
#include "component/binary/decoder.h"
#include "component/compose/compose.h"
#include "engine/base/error_status.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"

namespace airwasm::tools {
namespace {

absl::Status WithContext(const std::string& context, const absl::Status& status) {
  absl::Status with(status.code(), context + ": " + std::string(status.message()));
  status.ForEachPayload(
      [&](absl::string_view key, const absl::Cord& value) { with.SetPayload(key, value); });
  return with;
}

// What might satisfy an import of this name, in words.
struct Hint {
  std::string_view prefix;
  std::string_view words;
};
constexpr Hint kHints[] = {
    {"wasi:", "this host has WASI 0.2; a component that offers it can be given with --plug FILE"},
    {"", "a component that offers it can be given with --plug FILE"},
};

std::string_view HintFor(std::string_view import) {
  for (const Hint& hint : kHints) {
    if (import.starts_with(hint.prefix)) return hint.words;
  }
  return "";
}

struct UnknownResource {};

void DefineTrap(LinkerInstance& where, const std::string& name, const std::string& import) {
  // What is there already is not unknown.
  (void)where.DefineDynamic(
      name, [import](std::span<const Val>) -> absl::StatusOr<std::optional<Val>> {
        return absl::FailedPreconditionError("unknown import `" + import + "` has been called");
      });
}

void DefineUnknown(LinkerInstance where, const ComponentItem& item, const std::string& import) {
  switch (item.kind) {
    case ComponentItem::Kind::kFunc:
      DefineTrap(where, item.name, import);
      return;
    case ComponentItem::Kind::kResource:
      (void)where.DefineResource<UnknownResource>(item.name, {});
      return;
    case ComponentItem::Kind::kInstance: {
      LinkerInstance instance = where.Instance(item.name);
      for (const ComponentItem& nested : item.items)
        DefineUnknown(instance, nested, import + "#" + nested.name);
      return;
    }
    case ComponentItem::Kind::kType:
    case ComponentItem::Kind::kModule:
    case ComponentItem::Kind::kComponent:
      return;  // nothing can stand for it
  }
}

}  // namespace

absl::StatusOr<Component> MakeComponent(const Engine& engine, const RunFlags& flags,
                                        const std::string& path, const std::string& bytes) {
  absl::StatusOr<Component> component = Component::Create(engine, bytes, flags.engine.components);
  if (!component.ok()) return WithContext(path, component.status());
  return component;
}

absl::Status EmbedImportedComponents(RunFlags& flags, const RunInput& input,
                                     const Security& security, std::string* whole) {
  // Nothing is decoded where nothing can be embedded.
  const auto is_named = [](const std::string& plug) { return plug.find('=') != plug.npos; };
  if (std::none_of(flags.plugs.begin(), flags.plugs.end(), is_named)) return absl::OkStatus();
  Expected<std::vector<uint8_t>> binary =
      ComponentToBinary(input.bytes, flags.engine.engine.features);
  if (!binary.ok()) return absl::OkStatus();  // said better where it is made
  component::compose::Composition all{.main = {input.path, *std::move(binary)}};
  const auto decoded = component::binary::Decode(all.main.bytes, flags.engine.components);
  if (!decoded.ok()) return absl::OkStatus();
  for (const component::syntax::Definition& d : decoded->definitions) {
    const auto* const import = std::get_if<component::syntax::Import>(&d.what);
    if (import == nullptr || import->type.sort != component::syntax::Sort::kComponent) continue;
    const std::string prefix = std::string(import->name.name) + "=";
    const auto plug =
        std::find_if(flags.plugs.begin(), flags.plugs.end(),
                     [&](const std::string& text) { return text.starts_with(prefix); });
    if (plug == flags.plugs.end()) continue;
    const std::string file = plug->substr(prefix.size());
    const absl::StatusOr<std::string> contents = ReadFile(file);
    if (!contents.ok()) return contents.status();
    if (absl::Status status = security.CheckSigned(file, *contents); !status.ok()) return status;
    auto part = ComponentToBinary(*contents, flags.engine.engine.features);
    if (!part.ok()) return WithContext(file, ToStatus(part.error()));
    all.plugs.push_back({std::string(import->name.name), {file, *std::move(part)}});
    flags.plugs.erase(plug);
  }
  if (all.plugs.empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<uint8_t>> composed = component::compose::Compose(all);
  if (!composed.ok()) return composed.status();
  whole->assign(composed->begin(), composed->end());
  return absl::OkStatus();
}

absl::StatusOr<Plugs> Plugs::Load(const Engine& engine, Store& store, const RunFlags& flags,
                                  const Security& security, Trap* trap) {
  Plugs plugs(engine);
  // The last one first: it sees WASI alone.
  for (size_t i = flags.plugs.size(); i-- > 0;) {
    const std::string& text = flags.plugs[i];
    const size_t equals = text.find('=');
    const std::string path = equals == text.npos ? text : text.substr(equals + 1);
    Plug plug{.name = equals == text.npos ? "" : text.substr(0, equals),
              .instance = std::nullopt,
              .module = std::nullopt};
    const absl::StatusOr<std::string> bytes = ReadFile(path);
    if (!bytes.ok()) return bytes.status();
    if (absl::Status status = security.CheckSigned(path, *bytes); !status.ok()) return status;
    if (HoldsComponent(*bytes)) {
      const absl::StatusOr<Component> component = MakeComponent(engine, flags, path, *bytes);
      if (!component.ok()) return component.status();
      const absl::StatusOr<ComponentLinker> linker = plugs.LinkerFrom(0);
      if (!linker.ok()) return linker.status();
      absl::StatusOr<ComponentInstance> instance = linker->Instantiate(store, *component, trap);
      if (!instance.ok()) return WithContext(path, instance.status());
      plug.instance = *std::move(instance);
    } else {
      if (plug.name.empty()) {
        return absl::InvalidArgumentError(
            absl::StrFormat("--plug %s: a module takes NAME=FILE, the import that it is", path));
      }
      absl::StatusOr<Module> module = Module::Create(engine, *bytes);
      if (!module.ok()) return WithContext(path, module.status());
      plug.module = *std::move(module);
    }
    plugs.plugs_.push_front(std::move(plug));
  }
  return plugs;
}

absl::StatusOr<ComponentLinker> Plugs::LinkerFrom(size_t first) const {
  ComponentLinker wasi(engine_);
  if (absl::Status status = DefineWasi(wasi); !status.ok()) return status;
  if (plugs_.empty()) return wasi;
  ComponentLinker linker(engine_);
  for (size_t i = first; i < plugs_.size(); ++i) {
    const Plug& plug = plugs_[i];
    absl::Status status;
    if (plug.module) {
      status = linker.DefineModule(plug.name, *plug.module);
    } else if (plug.name.empty()) {
      linker.DefineExports(*plug.instance);
    } else {
      status = linker.DefineInstance(plug.name, *plug.instance);
    }
    if (!status.ok()) return status;
  }
  linker.DefineMissing(wasi);
  return linker;
}

int ReportLinkErrors(const std::string& path, const absl::Status& status, bool json) {
  const std::optional<std::string> errors = LinkErrorsJson(status);
  if (!errors) return Fail(path, status);
  const auto list = nlohmann::ordered_json::parse(*errors, nullptr, /*allow_exceptions=*/false);
  if (json) {
    std::printf("%s\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return kExitFailure;
  }
  Fail(path + ": it cannot be linked");
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  for (const auto& error : list.value("errors", nlohmann::ordered_json::array())) {
    if (error.value("kind", "") != "missing" || !error["provider"].is_null()) continue;
    std::fprintf(stderr, "(%s)\n",
                 std::string(HintFor(error.value("import", std::string()))).c_str());
    break;
  }
  return kExitFailure;
}

absl::Status DefineUnknownImportsAsTraps(ComponentLinker& linker, const Component& component) {
  const absl::StatusOr<LinkedComponent> linked = linker.Link(component);
  if (linked.ok()) return absl::OkStatus();
  const std::optional<std::string> errors = LinkErrorsJson(linked.status());
  if (!errors) return linked.status();
  const auto list = nlohmann::ordered_json::parse(*errors, nullptr, /*allow_exceptions=*/false);
  const std::vector<ComponentItem> imports = component.imports();
  for (const auto& error : list.value("errors", nlohmann::ordered_json::array())) {
    if (error.value("kind", "") != "missing") continue;
    const auto path = error["path"].get<std::vector<std::string>>();
    for (const ComponentItem& import : imports) {
      if (import.name != path[0]) continue;
      // An interface that is there in part is completed where it is.
      ComponentItem item = import;
      if (error["provider"].is_string()) item.name = error["provider"].get<std::string>();
      DefineUnknown(linker, item, import.name);
    }
  }
  return absl::OkStatus();
}

}  // namespace airwasm::tools
