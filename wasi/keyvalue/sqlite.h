// SQLite, loaded when it is first asked for: guests without a key-value store do not pay for it.
#pragma once

#include <sqlite3.h>

namespace airwasm::wasi::keyvalue {

struct Sqlite {
#define AIRWASM_SQLITE(name) decltype(&::sqlite3_##name) name;
#include "wasi/keyvalue/sqlite.def"
#undef AIRWASM_SQLITE
};

// Null: the host has no SQLite, or one without a function that is needed. Threads: any.
const Sqlite* LoadSqlite();

}  // namespace airwasm::wasi::keyvalue
