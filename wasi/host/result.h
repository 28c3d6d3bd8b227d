// What a host operation answers: a value, or why there is none.
//
// An Error is a POSIX errno, or one of two things POSIX has no word for: the guest was interrupted
// from outside, or a right is missing. The bindings (p1, p2, p3) translate it into their own code
// tables; nothing here knows those.
#ifndef AIRWASM_WASI_HOST_RESULT_H_
#define AIRWASM_WASI_HOST_RESULT_H_

#include <cerrno>
#include <optional>
#include <utility>

namespace airwasm::wasi::host {

class [[nodiscard]] Error {
 public:
  // Success.
  constexpr Error() = default;

  static constexpr Error Posix(int posix_errno) { return Error(posix_errno); }
  // The calling thread's errno, right after a failed system call.
  static Error Last() { return Error(errno); }
  // An Interrupter ended the wait: the guest must not continue.
  static constexpr Error Interrupted() { return Error(kInterrupted); }
  // The descriptor lacks the right that the operation asks for.
  static constexpr Error NotCapable() { return Error(kNotCapable); }

  constexpr bool ok() const { return code_ == 0; }
  constexpr bool interrupted() const { return code_ == kInterrupted; }
  constexpr bool not_capable() const { return code_ == kNotCapable; }
  // The POSIX errno; 0 for success and for the two special errors.
  constexpr int posix() const { return code_ > 0 ? code_ : 0; }

  friend constexpr bool operator==(Error a, Error b) { return a.code_ == b.code_; }

 private:
  static constexpr int kInterrupted = -1;
  static constexpr int kNotCapable = -2;

  explicit constexpr Error(int code) : code_(code) {}

  int code_ = 0;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: a value is a result
  Result(Error error) : error_(error) {}         // NOLINT: so is an error

  bool ok() const { return error_.ok(); }
  Error error() const { return error_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Error error_;
};

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_RESULT_H_
