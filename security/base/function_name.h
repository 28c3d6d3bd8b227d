// Numbers for the names of host functions, so that a call is told apart by a word.
#pragma once

#include <cstdint>
#include <string_view>

namespace airwasm::security {

using FunctionId = uint32_t;

// "wasi:random/random.get-random-u64". The same name again is the same number; they are counted
// from 0 for the whole process. Threads: any.
FunctionId RegisterFunction(std::string_view name);
std::string_view NameOf(FunctionId id);

}  // namespace airwasm::security
