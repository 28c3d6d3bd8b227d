// The text format of modules: WAT to syntax::Module.
#pragma once

#include <string_view>

#include "airwasm/features.h"
#include "engine/base/error.h"
#include "engine/syntax/module.h"

namespace airwasm::text {

// Parses one module: "(module ...)", or the fields alone. The result is not validated.
//
// All of WebAssembly 3.0, legacy exceptions, threads, wide arithmetic and custom page sizes are
// parsed whatever `features` say; the validator rejects what is switched off. One exception:
// without memory64 the sizes of memories and tables are 32-bit literals. Identifiers and @name
// annotations become Module::names, @custom annotations custom sections, branch hint annotations
// Module::branch_hints. Types that are only written inline are appended in the order of the text.
// The Module holds no views into `text`.
//
// Errors carry line and column and begin with the official suite's words.
// Spec: core, text.
Expected<syntax::Module> ParseModule(std::string_view text, const Features& features);

}  // namespace airwasm::text
