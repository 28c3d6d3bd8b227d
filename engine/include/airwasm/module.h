// A compiled module: validated, immutable, shared by any number of stores.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "airwasm/engine.h"
#include "airwasm/types.h"

namespace airwasm {

namespace runtime {
class Module;
}

// Type of an import or export; concrete reference types inside are engine-wide type ids. A tag is
// given by its payload's FuncType.
struct TagPayload {
  FuncType type;
};
using ExternTypeInfo = std::variant<FuncType, TableType, MemoryType, GlobalType, TagPayload>;

struct ImportInfo {
  std::string module;
  std::string name;
  ExternTypeInfo type;
};
struct ExportInfo {
  std::string name;
  ExternTypeInfo type;
};

// Cheap to copy; copies share. Threads: any.
class Module {
 public:
  // `input` is a binary module, or text in the WAT format when it does not begin with "\0asm". It
  // is copied.
  //
  // Errors: INVALID_ARGUMENT    malformed or invalid; the message begins with the byte offset, or
  //                             line:column for text
  //         RESOURCE_EXHAUSTED  beyond an implementation limit, or the host has no memory
  static absl::StatusOr<Module> Create(const Engine& engine, std::string_view input);
  static absl::StatusOr<Module> Create(const Engine& engine, std::span<const uint8_t> input);

  // Compiles all of `input`, and gives both as bytes for FromPrecompiled, for this processor, this
  // build of the engine and engines with equal options. `*left_out`, if not null, gets the
  // functions that the compiler refuses, with the reason: they are interpreted.
  //
  // Errors: as Create; FAILED_PRECONDITION  there is no compiler
  static absl::StatusOr<std::string> Precompile(const Engine& engine, std::string_view input,
                                                std::vector<std::string>* left_out = nullptr);
  // A module with its compiled code, from what Precompile gave. No compiler is loaded.
  //
  // TRUST: the machine code in there is run as it is. A checksum finds damage, but whoever made the
  // bytes can make this process do anything; take them only from where only you can write.
  //
  // Errors: INVALID_ARGUMENT    not precompiled, or damaged
  //         FAILED_PRECONDITION of another build or processor, or made with other options; or the
  //                             engine's tier is kInterp
  static absl::StatusOr<Module> FromPrecompiled(const Engine& engine, std::string_view precompiled);
  // By how it begins.
  static bool IsPrecompiled(std::string_view bytes);

  std::vector<ImportInfo> imports() const;
  std::vector<ExportInfo> exports() const;
  // Contents of every custom section of this name, in order; valid as long as the module.
  std::vector<std::span<const uint8_t>> CustomSections(std::string_view name) const;
  std::string name() const;  // of the name section; empty without
  std::span<const uint8_t> bytes() const;

  Module(Engine engine, std::shared_ptr<runtime::Module> impl)
      : engine_(std::move(engine)), impl_(std::move(impl)) {}
  const Engine& engine() const { return engine_; }
  const std::shared_ptr<runtime::Module>& impl() const {
    return impl_;
  }  // for the engine's own layers

 private:
  Engine engine_;
  std::shared_ptr<runtime::Module> impl_;
};

}  // namespace airwasm
