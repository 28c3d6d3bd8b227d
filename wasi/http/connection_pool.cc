#include "wasi/http/connection_pool.h"

#include <sys/socket.h>

#include <cerrno>

namespace airwasm::wasi::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxPerHost = 64;
constexpr size_t kMaxInAll = 512;
constexpr auto kMaxAge = std::chrono::seconds(30);

// An idle connection on which something came, or whose end came, is of no more use.
bool IsQuiet(Transport& transport) {
  char byte;
  const ssize_t n = recv(transport.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

ConnectionPool& ConnectionPool::Get() {
  static auto* const pool = new ConnectionPool;
  return *pool;
}

std::optional<IdleConnection> ConnectionPool::Take(const std::string& key) {
  const auto found = idle_.find(key);
  if (found == idle_.end()) return std::nullopt;
  std::optional<IdleConnection> taken;
  while (!taken && !found->second.empty()) {
    Entry entry = std::move(found->second.back());
    found->second.pop_back();
    --count_;
    if (Clock::now() - entry.since < kMaxAge && IsQuiet(*entry.connection.transport)) {
      taken = std::move(entry.connection);
    } else {
      entry.connection.transport->Close();
    }
  }
  if (found->second.empty()) idle_.erase(found);
  return taken;
}

void ConnectionPool::Add(const std::string& key, IdleConnection connection) {
  if (count_ >= kMaxInAll) {
    for (auto it = idle_.begin(); it != idle_.end();) {
      std::deque<Entry>& entries = it->second;
      while (!entries.empty() && Clock::now() - entries.front().since > kMaxAge) {
        entries.front().connection.transport->Close();
        entries.pop_front();
        --count_;
      }
      it = entries.empty() ? idle_.erase(it) : std::next(it);
    }
    if (count_ >= kMaxInAll) return connection.transport->Close();
  }
  std::deque<Entry>& entries = idle_[key];
  if (entries.size() >= kMaxPerHost) {
    entries.front().connection.transport->Close();
    entries.pop_front();
    --count_;
  }
  entries.push_back({std::move(connection), Clock::now()});
  ++count_;
}

}  // namespace airwasm::wasi::http
