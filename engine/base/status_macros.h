// RETURN_IF_ERROR and ASSIGN_OR_RETURN, for Expected<T> and for absl::Status / absl::StatusOr<T>
// alike.
#pragma once

#include <utility>

#include "engine/base/error.h"

namespace airwasm::status_internal {

template <typename T>
Error TakeError(Expected<T>&& e) {
  return std::move(e).error();
}
template <typename S>
auto TakeError(S&& s) {
  if constexpr (requires { s.status(); }) {
    return std::forward<S>(s).status();
  } else {
    return std::forward<S>(s);
  }
}

}  // namespace airwasm::status_internal

#define AIRWASM_CONCAT_(a, b) a##b
#define AIRWASM_CONCAT(a, b) AIRWASM_CONCAT_(a, b)

#define RETURN_IF_ERROR(expr)                                                            \
  do {                                                                                   \
    auto status_ = (expr);                                                               \
    if (!status_.ok()) return ::airwasm::status_internal::TakeError(std::move(status_)); \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL_(AIRWASM_CONCAT(result_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL_(result, lhs, expr)                                    \
  auto result = (expr);                                                              \
  if (!result.ok()) return ::airwasm::status_internal::TakeError(std::move(result)); \
  lhs = *std::move(result)
