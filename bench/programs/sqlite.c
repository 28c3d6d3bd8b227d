// SQLite in memory: rows inserted in transactions, an index, joins, sorts, aggregates, a window,
// updates and deletes. Prints what each statement gave as a count of rows and a checksum over their
// text.
//
//   sqlite [ROWS]
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

// SQLite is built without an operating system (SQLITE_OS_OTHER), so that it does the same on every
// engine and natively: everything is in memory, nothing is random, and it is always the same day.
static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  (void)vfs, (void)name, (void)flags, (void)out_flags;
  file->pMethods = NULL;
  return SQLITE_CANTOPEN;
}

static int FullPathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  (void)vfs;
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

static int Randomness(sqlite3_vfs* vfs, int size, char* out) {
  (void)vfs;
  memset(out, 7, (size_t)size);
  return size;
}

static int CurrentTime(sqlite3_vfs* vfs, double* out) {
  (void)vfs;
  *out = 2460000.5;
  return SQLITE_OK;
}

int sqlite3_os_init(void) {
  static sqlite3_vfs none = {.iVersion = 1,
                             .szOsFile = sizeof(sqlite3_file),
                             .mxPathname = 64,
                             .zName = "none",
                             .xOpen = Open,
                             .xFullPathname = FullPathname,
                             .xRandomness = Randomness,
                             .xCurrentTime = CurrentTime};
  return sqlite3_vfs_register(&none, 1);
}

int sqlite3_os_end(void) {
  return SQLITE_OK;
}

static sqlite3* db;

static void Check(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
  exit(1);
}

static void Run(const char* sql) {
  Check(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static void Query(const char* name, const char* sql) {
  sqlite3_stmt* statement;
  Check(sqlite3_prepare_v2(db, sql, -1, &statement, NULL));
  uint64_t hash = UINT64_C(14695981039346656037);
  int rows = 0;
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
      const unsigned char* text = sqlite3_column_text(statement, column);
      for (; text != NULL && *text != 0; ++text) hash = (hash ^ *text) * UINT64_C(1099511628211);
      hash = (hash ^ 0xff) * UINT64_C(1099511628211);
    }
    ++rows;
  }
  Check(code);
  Check(sqlite3_finalize(statement));
  printf("%s: %d rows, %016llx\n", name, rows, (unsigned long long)hash);
}

static uint32_t random_state = 12345;

static uint32_t Random(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (uint32_t)((uint64_t)random_state * below >> 32);
}

static void Insert(int rows) {
  static const char* const kWords[] = {"amber", "birch", "cedar", "delta", "ember", "flint",
                                       "grove", "heath", "inlet", "jetty", "knoll", "larch",
                                       "marsh", "notch", "ocean", "plain"};
  char text[64];
  sqlite3_stmt* statement;
  Run("BEGIN");
  Check(sqlite3_prepare_v2(db, "INSERT INTO customers VALUES (?, ?, ?)", -1, &statement, NULL));
  for (int i = 0; i < rows / 10 + 1; ++i) {
    snprintf(text, sizeof text, "%s %s", kWords[Random(16)], kWords[Random(16)]);
    sqlite3_bind_int(statement, 1, i);
    sqlite3_bind_text(statement, 2, text, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int(statement, 3, (int)Random(40));
    Check(sqlite3_step(statement));
    Check(sqlite3_reset(statement));
  }
  Check(sqlite3_finalize(statement));
  Check(sqlite3_prepare_v2(db, "INSERT INTO orders VALUES (?, ?, ?, ?)", -1, &statement, NULL));
  for (int i = 0; i < rows; ++i) {
    snprintf(text, sizeof text, "%s-%06u-%s", kWords[Random(16)], Random(1000000),
             kWords[Random(16)]);
    sqlite3_bind_int(statement, 1, i);
    sqlite3_bind_int(statement, 2, (int)Random((uint32_t)rows / 10 + 1));
    sqlite3_bind_double(statement, 3, Random(100000) / 4.0);  // quarters: sums are exact
    sqlite3_bind_text(statement, 4, text, -1, SQLITE_TRANSIENT);
    Check(sqlite3_step(statement));
    Check(sqlite3_reset(statement));
  }
  Check(sqlite3_finalize(statement));
  Run("COMMIT");
}

int main(int argc, char** argv) {
  const int rows = argc > 1 ? atoi(argv[1]) : 1000;
  Check(sqlite3_open(":memory:", &db));
  Run("CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, city INTEGER);"
      "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER, amount REAL, note TEXT)");
  Insert(rows);
  Query("scan",
        "SELECT count(*), sum(amount), min(note), max(note) FROM orders WHERE note LIKE '%ar%'");
  Run("CREATE INDEX by_customer ON orders(customer)");
  Run("CREATE INDEX by_note ON orders(note)");
  Query("join",
        "SELECT c.city, count(*), sum(o.amount), avg(o.amount) FROM customers c JOIN orders o ON "
        "o.customer = c.id "
        "GROUP BY c.city ORDER BY 3 DESC");
  Query("top",
        "SELECT c.name, sum(o.amount) AS total FROM customers c JOIN orders o ON o.customer = c.id "
        "GROUP BY c.id "
        "ORDER BY total DESC, c.id LIMIT 100");
  Query("sort", "SELECT id, note FROM orders ORDER BY substr(note, 7), amount, id");
  Query("window",
        "SELECT customer, max(running) FROM (SELECT customer, sum(amount) OVER (PARTITION BY "
        "customer ORDER BY id) AS running "
        "FROM orders) GROUP BY customer");
  Query("text",
        "SELECT upper(substr(note, 1, 5)) AS w, count(DISTINCT customer), group_concat(id % 10, "
        "'') FROM orders GROUP BY w");
  Run("UPDATE orders SET amount = amount + 1, note = note || '!' WHERE customer % 3 = 0");
  Run("DELETE FROM orders WHERE customer % 5 = 1");
  Query("range", "SELECT count(*), sum(amount) FROM orders WHERE note BETWEEN 'cedar' AND 'larch'");
  Query("tree",
        "WITH RECURSIVE walk(n, v) AS (SELECT 1, 1 UNION ALL SELECT n + 1, (v * 75 + 74) % 65537 "
        "FROM walk WHERE n < 5000) "
        "SELECT count(*), sum(v), count(DISTINCT v) FROM walk");
  Query("check", "PRAGMA integrity_check");
  Check(sqlite3_close(db));
  return 0;
}
