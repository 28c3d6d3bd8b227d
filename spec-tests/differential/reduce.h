// Makes a module smaller while it still shows what it shows.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace airwasm::differential {

// Leaves out runs of instructions, or puts a constant in their place, for as long as that yields a
// valid module of which `still_shows` holds. Functions, types and everything else stay, so that
// calls and indices mean the same.
std::vector<uint8_t> Reduce(const std::vector<uint8_t>& module,
                            const std::function<bool(const std::vector<uint8_t>&)>& still_shows);

}  // namespace airwasm::differential
