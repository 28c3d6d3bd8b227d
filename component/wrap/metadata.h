// The worlds that a core module carries with it, in custom sections named "component-type...".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "component/wit/model.h"
#include "engine/syntax/module.h"

namespace airwasm::component::wrap {

struct ModuleWorld {
  wit::Document document;
  wit::WorldId world = 0;
  syntax::StringEncoding encoding = syntax::StringEncoding::kUtf8;
};

// One for each such section, in their order. Errors: INVALID_ARGUMENT names the section.
absl::StatusOr<std::vector<ModuleWorld>> ReadWorlds(const airwasm::syntax::Module& module);

// The module with a world added. Errors: those of wit::EncodeWorld.
absl::StatusOr<std::vector<uint8_t>> EmbedWorld(std::span<const uint8_t> module,
                                                const wit::Document& document, wit::WorldId world,
                                                syntax::StringEncoding encoding);

// The module, which has been decoded before, without such sections; all else as it stands.
std::vector<uint8_t> WithoutWorlds(std::span<const uint8_t> module);

}  // namespace airwasm::component::wrap
