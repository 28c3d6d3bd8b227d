#include "wasi/keyvalue/sqlite.h"

#include <dlfcn.h>

namespace airwasm::wasi::keyvalue {
namespace {

// The library stays: what it made is in use until the process ends.
const Sqlite* Load() {
  void* const library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  static Sqlite sqlite;
  bool complete = true;
#define AIRWASM_SQLITE(name)                                                               \
  sqlite.name = reinterpret_cast<decltype(sqlite.name)>(dlsym(library, "sqlite3_" #name)); \
  complete = complete && sqlite.name != nullptr;
#include "wasi/keyvalue/sqlite.def"
#undef AIRWASM_SQLITE
  return complete ? &sqlite : nullptr;
}

}  // namespace

const Sqlite* LoadSqlite() {
  static const Sqlite* const loaded = Load();
  return loaded;
}

}  // namespace airwasm::wasi::keyvalue
