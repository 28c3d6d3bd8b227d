// WIT text to syntax tree.
#pragma once

#include "component/wit/ast.h"
#include "component/wit/source.h"

namespace airwasm::component::wit {

// The file as far as it could be read; `diagnostics` knows whether that is all of it.
ast::File ParseFile(const Sources& sources, uint32_t file, Diagnostics& diagnostics);

}  // namespace airwasm::component::wit
