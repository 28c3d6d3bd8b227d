#include "wasi/keyvalue/store.h"

#include <array>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "wasi/keyvalue/sqlite.h"

namespace airwasm::wasi::keyvalue {
namespace {

// How long an operation waits for another process, in steps.
constexpr int64_t kBusyStepNs = 5'000'000;
constexpr int kBusySteps = 1000;
// Keys in one answer of List.
constexpr int64_t kKeysAtATime = 1000;
// SQLite's own default, which the limit on the store's size is counted in.
constexpr uint64_t kPageBytes = 4096;
// What an empty store takes.
constexpr uint64_t kMinPages = 8;
// Of a file, SQLite keeps this much in memory; beyond that the system's cache has to do.
constexpr uint64_t kCacheBytes = 256 * 1024;
// What a new pair takes of a store at most beyond its text: pages of two trees that are split.
constexpr uint64_t kBytesOfPair = 8 * kPageBytes;
// The decimal digits of any number of 64 bits.
constexpr uint64_t kMaxDigits = 20;

constexpr char kSchema[] =
    "CREATE TABLE IF NOT EXISTS pairs ("
    "position INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL)";

enum Query { kGet, kLength, kExists, kSet, kDelete, kList, kPages, kQueries };
constexpr const char* kTexts[kQueries] = {
    "SELECT value FROM pairs WHERE key = ?1",
    "SELECT length(value) FROM pairs WHERE key = ?1",  // which does not read the value
    "SELECT 1 FROM pairs WHERE key = ?1",
    ("INSERT INTO pairs (key, value) VALUES (?1, ?2) "
     "ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
    "DELETE FROM pairs WHERE key = ?1",
    "SELECT position, key FROM pairs WHERE position > ?1 ORDER BY position LIMIT ?2",
    "PRAGMA page_count",
};

int WaitForOthers(void* waiter, int steps) {
  if (steps >= kBusySteps) return 0;
  const auto until = host::MonotonicNow() + kBusyStepNs;
  return static_cast<const host::Waiter*>(waiter)->Sleep(until).ok() ? 1 : 0;
}

}  // namespace

struct Store::Impl {
  Impl(const Sqlite& sqlite, const KeyValueStore& config, std::shared_ptr<security::Meter> meter)
      : sqlite(sqlite), config(config), meter(meter), kept(std::move(meter)) {}
  ~Impl() {
    for (sqlite3_stmt* const query : queries) sqlite.finalize(query);
    sqlite.close_v2(db);
  }

  absl::Status ToStatus(int code) const {
    const std::string message = absl::StrCat(
        "store ", config.identifier, ": ", db != nullptr ? sqlite.errmsg(db) : sqlite.errstr(code));
    switch (code & 0xff) {
      case SQLITE_READONLY:
        return absl::PermissionDeniedError(message);
      case SQLITE_FULL:
      case SQLITE_TOOBIG:
      case SQLITE_NOMEM:
        return absl::ResourceExhaustedError(message);
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return absl::AbortedError(message);
      default:
        return absl::InternalError(message);
    }
  }
  absl::Status Run(const char* text) const {
    const int code = sqlite.exec(db, text, nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? absl::OkStatus() : ToStatus(code);
  }
  absl::Status Open(const host::Waiter& waiter);
  bool in_memory() const { return config.path.empty(); }
  // Charges what SQLite keeps, and `more` that may be added to it.
  bool Keep(uint64_t more);

  const Sqlite& sqlite;
  const KeyValueStore config;
  const std::shared_ptr<security::Meter> meter;
  security::HeldBytes kept;
  sqlite3* db = nullptr;
  std::array<sqlite3_stmt*, kQueries> queries{};
};

namespace {

// One run of a prepared query.
class Running {
 public:
  Running(const Sqlite& sqlite, sqlite3* db, sqlite3_stmt** query, const char* text)
      : sqlite_(sqlite), query_(*query) {
    if (query_ == nullptr) {
      code_ = sqlite.prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, query, nullptr);
      query_ = *query;
    }
  }
  ~Running() {
    if (query_ == nullptr) return;
    sqlite_.reset(query_);
    sqlite_.clear_bindings(query_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // What is bound stays in place until the run is over.
  Running& Bind(int at, std::string_view text) {
    if (code_ == SQLITE_OK)
      code_ = sqlite_.bind_text64(query_, at, text.data() != nullptr ? text.data() : "",
                                  text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
  }
  Running& Bind(int at, std::span<const uint8_t> blob) {
    // A null pointer would be SQL's NULL.
    static constexpr uint8_t kNothing = 0;
    if (code_ == SQLITE_OK)
      code_ = sqlite_.bind_blob64(query_, at, blob.empty() ? &kNothing : blob.data(), blob.size(),
                                  SQLITE_STATIC);
    return *this;
  }
  Running& Bind(int at, int64_t number) {
    if (code_ == SQLITE_OK) code_ = sqlite_.bind_int64(query_, at, number);
    return *this;
  }
  // Is there a row?
  bool Step() {
    if (code_ == SQLITE_OK || code_ == SQLITE_ROW) code_ = sqlite_.step(query_);
    return code_ == SQLITE_ROW;
  }
  bool failed() const { return code_ != SQLITE_OK && code_ != SQLITE_ROW && code_ != SQLITE_DONE; }
  int code() const { return code_; }
  sqlite3_stmt* query() const { return query_; }

 private:
  const Sqlite& sqlite_;
  sqlite3_stmt* query_;
  int code_ = SQLITE_OK;
};

absl::Status CheckKey(std::string_view key) {
  if (key.size() <= kMaxKeyBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a key of ", key.size(), " bytes, where ", kMaxKeyBytes, " are allowed"));
}

}  // namespace

absl::Status Store::Impl::Open(const host::Waiter& waiter) {
  // Names that mean something to SQLite do not begin with a slash or a dot.
  const std::string name = in_memory()                  ? ":memory:"
                           : config.path.front() == '/' ? config.path
                                                        : "./" + config.path;
  const int access = config.read_only && !in_memory() ? SQLITE_OPEN_READONLY
                                                      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite.open_v2(name.c_str(), &db, access | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return ToStatus(code);
  sqlite.busy_handler(db, &WaitForOthers, const_cast<host::Waiter*>(&waiter));
  sqlite.limit(db, SQLITE_LIMIT_LENGTH,
               static_cast<int>(std::min<uint64_t>(config.max_bytes + kMaxKeyBytes, 1 << 28)));
  absl::Status status = Run(absl::StrCat("PRAGMA cache_size = -", kCacheBytes / 1024).c_str());
  if (!status.ok() || (config.read_only && !in_memory())) return status;
  // Durable against the end of any process without waiting for the disk at each change.
  if (!in_memory()) status = Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  if (status.ok()) {
    const uint64_t pages = std::max(config.max_bytes / kPageBytes, kMinPages);
    status = Run(absl::StrCat("PRAGMA max_page_count = ", pages).c_str());
  }
  if (status.ok()) status = Run(kSchema);
  if (status.ok() && config.read_only) status = Run("PRAGMA query_only = 1");
  return status;
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

absl::StatusOr<std::shared_ptr<Store>> Store::Open(const KeyValueStore& config,
                                                   const host::Waiter& waiter,
                                                   std::shared_ptr<security::Meter> meter) {
  const Sqlite* const sqlite = LoadSqlite();
  if (sqlite == nullptr)
    return absl::UnavailableError("key-value stores need SQLite, which this host does not have");
  auto impl = std::make_unique<Impl>(*sqlite, config, std::move(meter));
  if (absl::Status status = impl->Open(waiter); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(config.path, ": ", status.message()));
  }
  return std::shared_ptr<Store>(new Store(std::move(impl)));
}

bool Store::Impl::Keep(uint64_t more) {
  if (meter == nullptr) return true;
  if (!in_memory()) return kept.Set(kCacheBytes);
  Running run(sqlite, db, &queries[kPages], kTexts[kPages]);
  const auto pages = run.Step() ? static_cast<uint64_t>(sqlite.column_int64(run.query(), 0)) : 0;
  return kept.Set(pages * kPageBytes + more);
}

bool Store::ChargeKept() {
  return impl_->Keep(0);
}

absl::StatusOr<std::optional<Store::Value>> Store::Get(std::string_view key, const Charge& charge) {
  Impl& i = *impl_;
  uint64_t charged = 0;
  const auto pay = [&](uint64_t bytes) {
    // SQLite reads the value into a place of its own, from which it is copied.
    const bool paid = !charge || bytes <= charged || charge(2 * (bytes - charged));
    charged = std::max(charged, bytes);
    return paid;
  };
  const auto too_much = [](uint64_t bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("a value of ", bytes, " bytes"));
  };
  if (charge) {
    Running run(i.sqlite, i.db, &i.queries[kLength], kTexts[kLength]);
    const bool found = run.Bind(1, key).Step();
    if (run.failed()) return i.ToStatus(run.code());
    if (!found) return std::optional<Value>();
    const auto bytes = static_cast<uint64_t>(i.sqlite.column_int64(run.query(), 0));
    if (!pay(bytes)) return too_much(bytes);
  }
  Running run(i.sqlite, i.db, &i.queries[kGet], kTexts[kGet]);
  const bool found = run.Bind(1, key).Step();
  if (run.failed()) return i.ToStatus(run.code());
  if (!found) return std::optional<Value>();
  const auto* const blob = static_cast<const uint8_t*>(i.sqlite.column_blob(run.query(), 0));
  const auto bytes = static_cast<uint64_t>(i.sqlite.column_bytes(run.query(), 0));
  if (!pay(bytes)) return too_much(bytes);  // another process has put it there since
  return std::optional<Value>(blob == nullptr ? Value() : Value(blob, blob + bytes));
}

absl::StatusOr<bool> Store::Exists(std::string_view key) {
  Impl& i = *impl_;
  Running run(i.sqlite, i.db, &i.queries[kExists], kTexts[kExists]);
  const bool found = run.Bind(1, key).Step();
  if (run.failed()) return i.ToStatus(run.code());
  return found;
}

absl::Status Store::Set(std::string_view key, std::span<const uint8_t> value) {
  if (absl::Status status = CheckKey(key); !status.ok()) return status;
  Impl& i = *impl_;
  const uint64_t bytes = key.size() + value.size();
  // As a record, before it is cut into pages; and of a store in memory, those pages.
  const security::HostBytes record(i.meter.get(), bytes);
  if (!record.ok() || !i.Keep(bytes + value.size() / 64 + key.size() + kBytesOfPair))
    return absl::ResourceExhaustedError(absl::StrCat("a value of ", value.size(), " bytes"));
  absl::Status status;
  {
    Running run(i.sqlite, i.db, &i.queries[kSet], kTexts[kSet]);
    run.Bind(1, key).Bind(2, value).Step();
    if (run.failed()) status = i.ToStatus(run.code());
  }
  (void)i.Keep(0);
  return status;
}

absl::Status Store::Delete(std::string_view key) {
  Impl& i = *impl_;
  Running run(i.sqlite, i.db, &i.queries[kDelete], kTexts[kDelete]);
  run.Bind(1, key).Step();
  return run.failed() ? i.ToStatus(run.code()) : absl::OkStatus();
}

absl::StatusOr<uint64_t> Store::Increment(std::string_view key, uint64_t delta) {
  if (absl::Status status = Begin(); !status.ok()) return status;
  uint64_t sum = 0;
  const auto add = [&]() -> absl::Status {
    bool is_long = false;
    absl::StatusOr<std::optional<Value>> value = Get(key, [&](uint64_t bytes) {
      is_long = bytes > 2 * kMaxDigits;
      return !is_long;
    });
    if (is_long) return absl::InvalidArgumentError("the value is not a number");
    if (!value.ok()) return value.status();
    uint64_t before = 0;
    if (*value) {
      const auto* const text = reinterpret_cast<const char*>((*value)->data());
      const char* const end = text + (*value)->size();
      const auto [rest, error] = std::from_chars(text, end, before);
      if (error != std::errc() || rest != end)
        return absl::InvalidArgumentError("the value is not a number");
    }
    if (__builtin_add_overflow(before, delta, &sum))
      return absl::InvalidArgumentError("the number would be too large");
    const std::string text = absl::StrCat(sum);
    return Set(key, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  if (absl::Status status = End(add()); !status.ok()) return status;
  return sum;
}

absl::StatusOr<Store::Keys> Store::List(std::optional<uint64_t> cursor, const Charge& charge) {
  Impl& i = *impl_;
  // Positions are positive; a cursor that none can have is behind them all.
  const uint64_t after = std::min<uint64_t>(cursor.value_or(0), INT64_MAX);
  Running run(i.sqlite, i.db, &i.queries[kList], kTexts[kList]);
  run.Bind(1, static_cast<int64_t>(after)).Bind(2, kKeysAtATime + 1);
  Keys keys;
  uint64_t last = 0;
  while (run.Step()) {
    if (keys.keys.size() == kKeysAtATime) {
      keys.cursor = last;
      break;
    }
    last = static_cast<uint64_t>(i.sqlite.column_int64(run.query(), 0));
    const auto* const text = reinterpret_cast<const char*>(i.sqlite.column_text(run.query(), 1));
    const auto bytes = static_cast<size_t>(i.sqlite.column_bytes(run.query(), 1));
    if (charge && !charge(sizeof(std::string) + bytes))
      return absl::ResourceExhaustedError("keys that take too much together");
    keys.keys.emplace_back(text == nullptr ? "" : text, bytes);
  }
  if (run.failed()) return i.ToStatus(run.code());
  return keys;
}

absl::Status Store::Begin() {
  if (impl_->config.read_only)
    return absl::PermissionDeniedError(
        absl::StrCat("store ", impl_->config.identifier, " is read-only"));
  return impl_->Run("BEGIN IMMEDIATE");
}

absl::Status Store::End(absl::Status so_far) {
  if (so_far.ok()) so_far = impl_->Run("COMMIT");
  // Without effect where SQLite has rolled back already.
  if (!so_far.ok()) (void)impl_->sqlite.exec(impl_->db, "ROLLBACK", nullptr, nullptr, nullptr);
  (void)impl_->Keep(0);
  return so_far;
}

}  // namespace airwasm::wasi::keyvalue
