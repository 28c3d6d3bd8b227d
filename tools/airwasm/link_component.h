// A component put together with what satisfies its imports: WASI, and the files of --plug.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component.h"
#include "airwasm/component_linker.h"
#include "tools/airwasm/run.h"

namespace airwasm::tools {

// FILE's contents as a component; the message of an error begins with `path`.
absl::StatusOr<Component> MakeComponent(const Engine& engine, const RunFlags& flags,
                                        const std::string& path, const std::string& bytes);

// A component that imports components gets those of --plug NAME=FILE put inside, before anything is
// linked; they are no plugs any more. `*whole` is what they are together, or stays empty where
// nothing of that kind is to be done.
absl::Status EmbedImportedComponents(RunFlags& flags, const RunInput& input,
                                     const Security& security, std::string* whole);

// The plugs of one store. Each is instantiated once, and sees what those behind it export, then
// WASI. An import is satisfied by the first plug that has it, else by WASI.
class Plugs {
 public:
  // Errors: those of reading, linking and instantiating, with the file's name; ABORTED: `trap` says
  // why.
  static absl::StatusOr<Plugs> Load(const Engine& engine, Store& store, const RunFlags& flags,
                                    const Security& security, Trap* trap);

  // Everything that all of them and WASI offer.
  absl::StatusOr<ComponentLinker> Linker() const { return LinkerFrom(0); }

 private:
  struct Plug {
    std::string name;  // of the import that it is; empty: each of its exports is one
    std::optional<ComponentInstance> instance;
    std::optional<Module> module;
  };
  explicit Plugs(const Engine& engine) : engine_(engine) {}
  absl::StatusOr<ComponentLinker> LinkerFrom(size_t first) const;

  Engine engine_;
  std::deque<Plug> plugs_;
};

// What keeps `component` from being linked, one line each, with what might help.
// With `json`, LinkErrorsJson on stdout; else lines on stderr. Returns the exit code.
int ReportLinkErrors(const std::string& path, const absl::Status& status, bool json);

// Defines what `component` imports and nothing satisfies: functions that trap, resources, and
// instances of both.
absl::Status DefineUnknownImportsAsTraps(ComponentLinker& linker, const Component& component);

}  // namespace airwasm::tools
