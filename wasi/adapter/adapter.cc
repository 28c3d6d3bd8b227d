#include "wasi/adapter/adapter.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "component/wrap/metadata.h"
#include "engine/base/error_status.h"
#include "engine/base/status_macros.h"
#include "engine/binary/decoder.h"

namespace airwasm::wasi {
namespace {

constexpr std::string_view kPreview1 = "wasi_snapshot_preview1";
constexpr std::string_view kRun = "wasi:cli/run@0.2.";

bool ExportsRun(const component::wrap::ModuleWorld& world) {
  const auto& exports = world.document.worlds[world.world].exports;
  return std::any_of(exports.begin(), exports.end(),
                     [](const auto& item) { return item.name.starts_with(kRun); });
}

}  // namespace

absl::Status AddPreview1Adapter(std::span<const uint8_t> module, bool exit_codes,
                                component::wrap::Options& options) {
  for (const component::wrap::Adapter& adapter : options.adapters) {
    if (adapter.name == kPreview1) return absl::OkStatus();
  }
  const auto decoded = binary::Decode(module);
  if (!decoded.ok()) return ToStatus(decoded.error());
  ASSIGN_OR_RETURN(const auto worlds, component::wrap::ReadWorlds(*decoded));
  const bool is_command =
      std::any_of(decoded->exports.begin(), decoded->exports.end(), [](const auto& entry) {
        return entry.name == "_start" && entry.kind == syntax::ExternKind::kFunc;
      });
  const bool needs_run = is_command && !std::any_of(worlds.begin(), worlds.end(), ExportsRun);
  const bool needs_functions =
      std::any_of(decoded->imports.begin(), decoded->imports.end(),
                  [](const auto& import) { return import.module == kPreview1; });
  if (!needs_run && !needs_functions) return absl::OkStatus();
  const std::span<const uint8_t> bytes = Preview1Adapter();
  component::wrap::Adapter& adapter = options.adapters.emplace_back();
  adapter.name = kPreview1;
  adapter.module.assign(bytes.begin(), bytes.end());
  adapter.exports = needs_run;
  if (exit_codes) {
    adapter.instead.emplace("proc_exit", "proc_exit_with_code");
  } else {
    adapter.without_worlds.emplace_back("airwasm:preview1/exit-codes");
  }
  return absl::OkStatus();
}

}  // namespace airwasm::wasi
