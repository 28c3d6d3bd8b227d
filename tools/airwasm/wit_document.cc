#include "tools/airwasm/wit_document.h"

#include <filesystem>
#include <utility>

#include "component/binary/decoder.h"
#include "component/valid/validator.h"
#include "component/wit/from_component.h"
#include "engine/base/error_status.h"
#include "engine/types/type_registry.h"
#include "tools/airwasm/command.h"
#include "tools/airwasm/component_commands.h"

namespace airwasm::tools {
namespace {

namespace wit = component::wit;

absl::StatusOr<wit::Document> DocumentOfComponent(const std::string& path) {
  const absl::StatusOr<std::string> input = ReadFile(path);
  if (!input.ok()) return input.status();
  if (!HoldsComponent(*input)) {
    return absl::InvalidArgumentError("expected a component, a .wit file or a directory of them");
  }
  const auto bytes = ComponentToBinary(*input, Features());
  if (!bytes.ok()) return ToStatus(bytes.error());
  const auto decoded = component::binary::Decode(*bytes, ComponentFeatures::All());
  if (!decoded.ok()) return ToStatus(decoded.error());
  TypeRegistry registry;
  const auto valid = component::valid::Validate(
      *decoded,
      {.core_features = Features(), .features = ComponentFeatures::All(), .check_bodies = false},
      registry);
  if (!valid.ok()) return ToStatus(valid.error());
  return wit::FromComponent(*valid->types, valid->root->type);
}

}  // namespace

bool HoldsWit(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ||
         std::filesystem::path(path).extension() == ".wit";
}

absl::StatusOr<wit::Document> ReadWit(const std::string& path, const wit::ParseOptions& options) {
  if (!HoldsWit(path)) return DocumentOfComponent(path);
  auto sources = wit::LoadSources(path);
  if (!sources.ok()) return sources.status();
  return wit::Parse(*std::move(sources), options);
}

}  // namespace airwasm::tools
