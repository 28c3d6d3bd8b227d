// Owns one host file descriptor and closes it once.
#ifndef AIRWASM_WASI_HOST_UNIQUE_FD_H_
#define AIRWASM_WASI_HOST_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace airwasm::wasi::host {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(-1); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd) {
    // Linux frees the number even when close() reports EINTR, so it is never repeated.
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_UNIQUE_FD_H_
