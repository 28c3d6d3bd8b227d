// The typed error of everything that reads input: decoder, validator, text parser.
//
// An Error says what is wrong, where, and in the official suite's wording; `Expected<T>` is a T or
// an Error. At the public edge an Error becomes an absl::Status (error_status.h), so that this
// header stays free of Abseil.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace airwasm {

enum class ErrorKind : uint8_t {
  kMalformed,  // does not follow the binary or the text grammar
  kInvalid,    // follows the grammar, breaks a validation rule
  kLimit,      // exceeds one of our implementation limits (engine/base/limits.h)
};

struct Error {
  ErrorKind kind = ErrorKind::kMalformed;
  size_t offset = 0;    // bytes from the start of the module's binary, or of the text
  uint32_t line = 0;    // 1-based for text input, 0 for binary input
  uint32_t column = 0;  // 1-based for text input, in bytes
  std::string message;

  // One line for people: "offset 0x1e: type mismatch..." or "3:14: unknown local $x".
  std::string ToString() const;
};

template <typename T>
class [[nodiscard]] Expected {
 public:
  Expected(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Expected(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value, or an Error.
using Checked = Expected<std::monostate>;
inline Checked Ok() {
  return Checked(std::monostate{});
}

}  // namespace airwasm
