// The packages of WASI 0.2, each defined in a linker by one function. Only the newest version is
// defined: the linker's rule of tracks lets it serve 0.2.0 and all that followed, with the same
// resources.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "airwasm/component_linker.h"

namespace airwasm::wasi::p2 {

inline constexpr std::string_view kVersion = "0.2.12";

absl::Status DefineIo(ComponentLinker& linker);  // first: the others use its resources
absl::Status DefineClocks(ComponentLinker& linker);
absl::Status DefineRandom(ComponentLinker& linker);
absl::Status DefineCli(ComponentLinker& linker);
absl::Status DefineFilesystem(ComponentLinker& linker);
absl::Status DefineSockets(ComponentLinker& linker);
absl::Status DefineHttp(ComponentLinker& linker);
absl::Status DefineConfig(ComponentLinker& linker);
absl::Status DefineKeyValue(ComponentLinker& linker);
absl::Status DefineLogging(ComponentLinker& linker);

// Of packages that are no part of WASI 0.2.
inline constexpr std::string_view kConfigVersion = "0.2.0-rc.1";
inline constexpr std::string_view kKeyValueVersion = "0.2.0-draft";
inline constexpr std::string_view kLoggingVersion = "0.1.0-draft";

class Context;
// Errors: UNIMPLEMENTED this was built without SQLite; else those of keyvalue::Store::Open.
absl::Status OpenKeyValueStores(Context& context);

}  // namespace airwasm::wasi::p2
