// Why an exchange of HTTP failed, in the words of wasi:http.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wasi/host/stream.h"

namespace airwasm::wasi::http {

enum class HttpErrorKind : uint8_t {
#define AIRWASM_HTTP_ERROR(name, text, payload) k##name,
#include "wasi/http/errors.def"
#undef AIRWASM_HTTP_ERROR
};

// The kind's payload, as far as its row in errors.def has one: `text` is an rcode, a field's name
// or a message, `number` a size, an info code or an alert.
struct HttpError {
  HttpErrorKind kind = HttpErrorKind::kInternalError;
  std::optional<std::string> text;
  std::optional<uint64_t> number;

  bool operator==(const HttpError&) const = default;
};

std::string_view HttpErrorText(HttpErrorKind kind);
// "HTTP-protocol-error", "internal-error: no such thing".
std::string ToString(const HttpError& error);

// What a body's stream fails with.
struct HttpStreamError : host::StreamError {
  explicit HttpStreamError(HttpError e) : StreamError(ToString(e)), error(std::move(e)) {}
  HttpError error;
};

}  // namespace airwasm::wasi::http
