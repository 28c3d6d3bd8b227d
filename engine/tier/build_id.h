// Which build of the engine this is: compiled code of another one is not to be run.
#pragma once

#include <string_view>

#include "engine/tier/build_id_value.h"  // made by CMakeLists.txt

namespace airwasm::tier {

// Version, and a hash of the sources that compiled code depends on.
inline constexpr std::string_view kBuildId = AIRWASM_BUILD_ID;

}  // namespace airwasm::tier
