// A component's modules import each name once; compilers emit the same import several times.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/syntax/module.h"

namespace airwasm::component::wrap {

// The module, of which `module` was decoded, with each repeated import under a name of its own; and
// for each such name what it was.
struct UniqueImports {
  std::vector<uint8_t> bytes;
  std::map<std::string, std::string, std::less<>> originals;
};
UniqueImports MakeImportsUnique(std::span<const uint8_t> bytes,
                                const airwasm::syntax::Module& module);

}  // namespace airwasm::component::wrap
