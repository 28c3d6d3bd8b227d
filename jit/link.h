// From one object file to a CodeImage: sections placed, references resolved, tables read.
//
// A linker of its own rather than JITLink: code refers to nothing outside of the image but a few
// functions of the C library, so what is left are PC-relative references within it, and the result
// is plain data that any process can map.
#pragma once

#include <string>
#include <vector>

#include "engine/tier/code_image.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace airwasm::jit {

struct LinkFunction {
  std::string symbol;
  std::string entry_symbol;         // empty: none
  tier::CompiledFunction function;  // its offsets and size are filled in
};

// `locations`: what the lines of the debug information stand for (line n is entry n - 1). False:
// `error` says what the object has that an image cannot hold.
bool LinkImage(llvm::MemoryBufferRef object, const std::vector<LinkFunction>& functions,
               std::vector<tier::CodeLocationEntry> locations, tier::CodeImage& image,
               std::string& error);

}  // namespace airwasm::jit
