#include "wasi/net/name_lookup.h"

#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <thread>

namespace airwasm::wasi::net {
namespace {

constexpr size_t kMaxThreads = 8;
constexpr size_t kMaxWaiting = 1024;
constexpr size_t kMaxAddresses = 64;  // of one name

std::string_view WithoutBrackets(std::string_view name) {
  const bool brackets = name.size() > 2 && name.front() == '[' && name.back() == ']';
  return brackets ? name.substr(1, name.size() - 2) : name;
}

NetworkError FromResolver(int error) {
  switch (error) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
      return NetworkError::kNameUnresolvable;
    case EAI_AGAIN:
      return NetworkError::kTemporaryResolverFailure;
    case EAI_FAIL:
      return NetworkError::kPermanentResolverFailure;
    case EAI_MEMORY:
      return NetworkError::kOutOfMemory;
    default:
      return NetworkError::kUnknown;
  }
}

NameLookup::Addresses Ask(const std::string& name) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // each address once
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  int error = getaddrinfo(name.c_str(), nullptr, &hints, &list);
  // A host with nothing but loopback has no configured family, and still knows its own name.
  if (error == EAI_NONAME || error == EAI_ADDRFAMILY || error == EAI_NODATA) {
    hints.ai_flags = 0;
    error = getaddrinfo(name.c_str(), nullptr, &hints, &list);
  }
  if (error != 0) return FromResolver(error);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* i = list; i != nullptr && addresses.size() < kMaxAddresses; i = i->ai_next) {
    const std::optional<SocketAddress> address = FromRaw(i->ai_addr, i->ai_addrlen);
    if (address && !IsIpv4Mapped(*address) &&
        std::find(addresses.begin(), addresses.end(), *address) == addresses.end())
      addresses.push_back(*address);
  }
  freeaddrinfo(list);
  if (addresses.empty()) return NetworkError::kNameUnresolvable;
  return addresses;
}

}  // namespace

// The threads, made as they are needed and there until the process ends.
class LookupThreads {
 public:
  static LookupThreads& Get() {
    static auto* const threads = new LookupThreads;  // never destroyed: they may be in a lookup
    return *threads;
  }

  bool Add(std::string name, std::shared_ptr<NameLookup> lookup, std::function<void()> done) {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kMaxWaiting) return false;
    jobs_.push_back({std::move(name), std::move(lookup), std::move(done)});
    if (idle_ < jobs_.size() && count_ < kMaxThreads) {
      ++count_;
      std::thread([this] { Run(); }).detach();
    }
    some_.notify_one();
    return true;
  }

 private:
  struct Job {
    std::string name;
    std::weak_ptr<NameLookup> lookup;
    std::function<void()> done;
  };

  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      some_.wait(lock, [this] { return !jobs_.empty(); });
      --idle_;
      const Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      if (!job.lookup.expired()) {
        NameLookup::Addresses addresses = Ask(job.name);
        if (const std::shared_ptr<NameLookup> lookup = job.lookup.lock()) {
          {
            const std::lock_guard result_lock(lookup->mutex_);
            lookup->result_ = std::move(addresses);
          }
          job.done();
        }
      }
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<Job> jobs_;
  size_t idle_ = 0;
  size_t count_ = 0;
};

std::shared_ptr<NameLookup> NameLookup::Start(std::string_view name, std::function<void()> done) {
  auto lookup = std::make_shared<NameLookup>();
  if (const std::optional<SocketAddress> address = ParseIp(WithoutBrackets(name))) {
    lookup->result_ = IsIpv4Mapped(*address) ? Addresses(NetworkError::kNameUnresolvable)
                                             : Addresses(std::vector{*address});
  } else if (!LookupThreads::Get().Add(std::string(name), lookup, std::move(done))) {
    lookup->result_ = Addresses(NetworkError::kTemporaryResolverFailure);
  }
  return lookup;
}

const NameLookup::Addresses* NameLookup::result() const {
  const std::lock_guard lock(mutex_);
  return result_ ? &*result_ : nullptr;
}

bool IsHostName(std::string_view name) {
  if (ParseIp(WithoutBrackets(name))) return true;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return false;
  bool last_is_number = false;
  while (true) {
    const size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return false;
    last_is_number = true;
    for (const char c : label) {
      const bool digit = c >= '0' && c <= '9';
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!digit && !letter && c != '-' && c != '_') return false;
      last_is_number &= digit;
    }
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  return !last_is_number;  // "1.2.3" is no name, and above it was no address
}

}  // namespace airwasm::wasi::net
