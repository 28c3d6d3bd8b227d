// From text to binary in one step, for tools, tests and embedders that hand us WAT.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "airwasm/features.h"
#include "engine/base/error.h"

namespace airwasm::text {

// The binary of the module in `text` (see ParseModule), name section included. Not validated.
Expected<std::vector<uint8_t>> WatToWasm(std::string_view text, const Features& features);

}  // namespace airwasm::text
