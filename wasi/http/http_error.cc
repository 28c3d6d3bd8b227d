#include "wasi/http/http_error.h"

namespace airwasm::wasi::http {

std::string_view HttpErrorText(HttpErrorKind kind) {
  switch (kind) {
#define AIRWASM_HTTP_ERROR(name, text, payload) \
  case HttpErrorKind::k##name:                  \
    return text;
#include "wasi/http/errors.def"
#undef AIRWASM_HTTP_ERROR
  }
  return "";
}

std::string ToString(const HttpError& error) {
  std::string text(HttpErrorText(error.kind));
  if (error.text) text += ": " + *error.text;
  if (error.number) text += " (" + std::to_string(*error.number) + ")";
  return text;
}

}  // namespace airwasm::wasi::http
