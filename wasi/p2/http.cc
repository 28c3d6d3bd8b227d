// wasi:http/types: errors, and where its parts come together.
#include "wasi/p2/http.h"

#include <limits>
#include <type_traits>

namespace airwasm::wasi::p2 {
namespace {

template <typename To>
std::optional<To> Narrow(const std::optional<uint64_t>& number) {
  if (!number || *number > std::numeric_limits<To>::max()) return std::nullopt;
  return static_cast<To>(*number);
}

// The payload of an error, by its type.
struct ToPayload {
  const http::HttpError& error;
  operator std::monostate() const { return {}; }  // NOLINT: each is a reading of the error
  operator DnsErrorPayload() const {              // NOLINT
    return {error.text, Narrow<uint16_t>(error.number)};
  }
  operator TlsAlertPayload() const {  // NOLINT
    return {Narrow<uint8_t>(error.number), error.text};
  }
  operator FieldSizePayload() const {  // NOLINT
    return {error.text, Narrow<uint32_t>(error.number)};
  }
};
template <typename T>
T PayloadOf(const http::HttpError& error) {
  if constexpr (std::is_same_v<T, payload::Size64>) {
    return error.number;
  } else if constexpr (std::is_same_v<T, payload::Size32>) {
    return Narrow<uint32_t>(error.number);
  } else if constexpr (std::is_same_v<T, payload::Text>) {
    return error.text;
  } else if constexpr (std::is_same_v<T, payload::MaybeFieldSize>) {
    if (!error.text && !error.number) return std::nullopt;
    return payload::MaybeFieldSize(static_cast<FieldSizePayload>(ToPayload{error}));
  } else {
    return static_cast<T>(ToPayload{error});
  }
}

struct FromPayload {
  http::HttpError error;
  void operator()(const std::monostate&) {}
  void operator()(const DnsErrorPayload& p) { error.text = p.rcode, error.number = p.info_code; }
  void operator()(const TlsAlertPayload& p) {
    error.text = p.alert_message;
    error.number = p.alert_id;
  }
  void operator()(const payload::Size64& p) { error.number = p; }
  void operator()(const payload::Size32& p) { error.number = p; }
  void operator()(const FieldSizePayload& p) {
    error.text = p.field_name;
    error.number = p.field_size;
  }
  void operator()(const payload::MaybeFieldSize& p) {
    if (p) (*this)(*p);
  }
  void operator()(const payload::Text& p) { error.text = p; }
};

}  // namespace

ErrorCode ToWit(const http::HttpError& error) {
  switch (error.kind) {
#define AIRWASM_HTTP_ERROR(name, text, kind)                                                 \
  case http::HttpErrorKind::k##name:                                                         \
    return ErrorCode(std::in_place_index<static_cast<size_t>(http::HttpErrorKind::k##name)>, \
                     PayloadOf<payload::kind>(error));
#include "wasi/http/errors.def"
#undef AIRWASM_HTTP_ERROR
  }
  return {};
}

http::HttpError FromWit(const ErrorCode& error) {
  FromPayload from;
  from.error.kind = static_cast<http::HttpErrorKind>(error.index());
  std::visit(from, error);
  return from.error;
}

absl::Status DefineHttp(ComponentLinker& linker) {
  absl::Status status;
  Interface types(linker, "wasi:http/types", asks::kHttp, &status);
  types.Use("input-stream", "wasi:io/streams")
      .Use("output-stream", "wasi:io/streams")
      .UseAs("io-error", "wasi:io/error", "error")
      .Use("pollable", "wasi:io/poll")
      .Func("http-error-code", [](Borrow<IoError> error) -> std::optional<ErrorCode> {
        const auto* const http =
            dynamic_cast<const http::HttpStreamError*>(Context::Get(error).error.get());
        if (http == nullptr) return std::nullopt;
        return ToWit(http->error);
      });
  DefineHttpFields(types);
  DefineHttpRequests(types);
  DefineHttpResponses(types);
  DefineHttpBodies(types);
  DefineOutgoingHandler(linker, &status);
  return status;
}

}  // namespace airwasm::wasi::p2
