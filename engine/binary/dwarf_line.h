// Source positions of instructions from the DWARF that compilers leave in custom sections.
//
// Reads .debug_line (versions 2 to 5, 32 and 64 bits) and, for the directory of version 4 and
// before, the compile units of .debug_info. Nothing is read before the first question, and then
// only what ranges of code there are; a question runs the line program of one range. All work and
// memory is linear in the size of the sections. Broken data answers "unknown", never with an error.
// Spec: DWARF 5, section 6.2; "DWARF for WebAssembly".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/syntax/module.h"

namespace airwasm::binary {

struct SourceLocation {
  std::string file;     // as the compiler was given it, below its directory when that is known
  uint32_t line = 0;    // 1-based
  uint32_t column = 0;  // 1-based; 0 when unknown
};

// Threads: any.
class DwarfLines {
 public:
  // Looks up the sections only. The module's bytes outlive the result.
  static DwarfLines Parse(const syntax::Module& module);
  ~DwarfLines();
  DwarfLines(DwarfLines&&) noexcept;
  DwarfLines& operator=(DwarfLines&&) noexcept;

  // Whether there is anything to ask for.
  bool empty() const;

  // The position that the byte at this offset came from. The offset counts from the contents of the
  // code section: subtract Module::code_section_offset from an offset in the module.
  std::optional<SourceLocation> Find(uint32_t code_section_offset) const;

 private:
  struct Impl;
  explicit DwarfLines(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace airwasm::binary
