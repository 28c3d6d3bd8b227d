// Why an operation of the network failed, in the words of wasi:sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace airwasm::wasi::net {

enum class NetworkError : uint8_t {
#define AIRWASM_NETWORK_ERROR(name, text) k##name,
#include "wasi/net/network_errors.def"
#undef AIRWASM_NETWORK_ERROR
};
inline constexpr size_t kNetworkErrorCount = 0
#define AIRWASM_NETWORK_ERROR(name, text) +1
#include "wasi/net/network_errors.def"
#undef AIRWASM_NETWORK_ERROR
    ;

std::string_view NetworkErrorText(NetworkError error);
// What a system call on a socket said.
NetworkError FromErrno(int error);

// A value, or why there is none.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : value_(std::move(value)) {}  // NOLINT: a value is an outcome
  Outcome(NetworkError error) : error_(error) {}  // NOLINT: so is an error
  bool ok() const { return value_.has_value(); }
  NetworkError error() const { return error_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  NetworkError error_ = NetworkError::kUnknown;
};

// Nothing, or why it failed.
using Failure = std::optional<NetworkError>;

}  // namespace airwasm::wasi::net
