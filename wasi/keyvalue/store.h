// A key-value store in a file or in memory.
//
// Several processes may use one file: each operation is atomic, and waits for the others a few
// seconds at most, less if its guest is interrupted. Sizes are limited before anything is stored.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/meter.h"
#include "airwasm/wasi_stores.h"
#include "wasi/host/interrupter.h"

namespace airwasm::wasi::keyvalue {

inline constexpr size_t kMaxKeyBytes = 4096;

class Store {
 public:
  using Value = std::vector<uint8_t>;
  // `waiter` outlives the store. `meter`: who pays for what SQLite keeps in memory; may be null.
  //
  // Errors: UNAVAILABLE  the host has no SQLite
  //         INTERNAL     the file cannot be opened, or is no store; the message names it
  static absl::StatusOr<std::shared_ptr<Store>> Open(const KeyValueStore& config,
                                                     const host::Waiter& waiter,
                                                     std::shared_ptr<security::Meter> meter = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Before the store is first used: what SQLite keeps of it in memory, or of a store in memory, all
  // of it. False: a quota is used up.
  bool ChargeKept();

  // Of each that follows:
  // Errors: PERMISSION_DENIED   a change of a store that is read-only
  //         INVALID_ARGUMENT    a key that is too long; Increment of what is no number, or beyond
  //                             the largest one
  //         RESOURCE_EXHAUSTED  the store is full, or a value larger than it may become; a quota
  //         ABORTED             another process has it for too long, or the guest was interrupted
  //         INTERNAL            whatever else the file system says
  //
  // `charge` is asked before so many bytes are allocated for a value or a key; false is
  // RESOURCE_EXHAUSTED.
  using Charge = std::function<bool(uint64_t bytes)>;
  absl::StatusOr<std::optional<Value>> Get(std::string_view key, const Charge& charge = {});
  absl::StatusOr<bool> Exists(std::string_view key);
  absl::Status Set(std::string_view key, std::span<const uint8_t> value);
  absl::Status Delete(std::string_view key);
  // The value as a decimal number, `delta` more than before. No value is 0.
  absl::StatusOr<uint64_t> Increment(std::string_view key, uint64_t delta);

  struct Keys {
    std::vector<std::string> keys;
    std::optional<uint64_t> cursor;  // of the next ones, if there are more
  };
  // Some keys in the order in which they were made, from the start or from a cursor.
  absl::StatusOr<Keys> List(std::optional<uint64_t> cursor, const Charge& charge = {});

  // All changes between the two, or none.
  absl::Status Begin();
  absl::Status End(absl::Status so_far);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace airwasm::wasi::keyvalue
