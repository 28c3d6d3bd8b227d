// How guest execution ends early: a Trap, with the wasm stack at that point, and Result<T>, a value
// or a Trap.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "airwasm/trap_kind.h"
#include "airwasm/value.h"

namespace airwasm {

namespace runtime {
class Instance;
}

// One function on the wasm stack when a trap happened.
struct Frame {
  std::string module_name;  // of the name section, or empty
  uint32_t func_index = 0;  // FuncIdx within its module
  std::string func_name;  // "$name", an export's name, or "<func 12>"; "<host>" for host functions
  uint64_t module_offset = 0;  // bytes from the start of the module's binary
  uint64_t func_offset =
      0;  // bytes from the start of the function's entry in the code section, its locals included
  std::string file;   // from DWARF, where there is any
  uint32_t line = 0;  // 1-based; 0 without debug information
  uint32_t column = 0;
  runtime::Instance* instance =
      nullptr;  // for the engine's own layers: valid as long as the store; null for host functions
};

// Ends the guest from a host function: `return HostError(status)`, or an exit code that the
// embedder understands.
class Trap {
 public:
  Trap() = default;
  explicit Trap(TrapKind kind) : kind_(kind), message_(TrapText(kind)) {}
  // A host function's own reason; the kind is kHostError.
  explicit Trap(absl::Status status);
  // The guest asked to end with this exit code (WASI proc_exit). Not a failure; runs through the
  // guest like a trap.
  static Trap Exit(int32_t code);

  TrapKind kind() const { return kind_; }
  const std::string& message() const { return message_; }             // one line
  const std::vector<Frame>& backtrace() const { return backtrace_; }  // innermost first
  const absl::Status& host_error() const { return host_error_; }
  std::optional<int32_t> exit_code() const { return exit_code_; }
  const Ref& exception() const {
    return exception_;
  }  // the exnref, if kind() is kUncaughtException

  // Several lines for people: message, then one line per frame: "  0: 0x1a2b  app.wasm!$main
  // main.c:12:3".
  std::string ToString() const;

 private:
  friend struct TrapAccess;
  TrapKind kind_ = TrapKind::kNone;
  std::string message_;
  std::vector<Frame> backtrace_;
  absl::Status host_error_;
  std::optional<int32_t> exit_code_;
  Ref exception_;
};

// What a call into the guest yields: a T, or the Trap that ended it. The Trap is allocated only
// when there is one.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Trap trap)
      : trap_(std::make_unique<Trap>(std::move(trap))) {}  // NOLINT(google-explicit-constructor)
  explicit Result(std::unique_ptr<Trap> trap) : trap_(std::move(trap)) {}
  bool ok() const { return trap_ == nullptr; }
  const T& value() const& { return value_; }
  T&& value() && { return std::move(value_); }
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  const Trap& trap() const { return *trap_; }

 private:
  T value_{};
  std::unique_ptr<Trap> trap_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Trap trap)
      : trap_(std::make_unique<Trap>(std::move(trap))) {}  // NOLINT(google-explicit-constructor)
  explicit Result(std::unique_ptr<Trap> trap) : trap_(std::move(trap)) {}
  bool ok() const { return trap_ == nullptr; }
  const Trap& trap() const { return *trap_; }

 private:
  std::unique_ptr<Trap> trap_;
};

}  // namespace airwasm
