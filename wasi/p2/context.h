// What the functions of WASI 0.2 work on: one guest's files, streams, clocks and network, and the
// resources that it holds.
//
// Attached to a store (GiveWasi), found through it, and gone with it, together with every resource
// that the guest still had. A resource's representation is its address: handles are checked against
// their type before a function sees them, so a guest can not make one up.
// Threads: the store's. Wakeup and Interrupter may be used from anywhere.
#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component_linker.h"
#include "airwasm/wasi_config.h"
#include "wasi/host/descriptor.h"
#include "wasi/host/interrupter.h"
#include "wasi/host/poll_set.h"
#include "wasi/host/resolver.h"

namespace airwasm::wasi::keyvalue {
class Store;
}

namespace airwasm::wasi::p2 {

using HostCall = component::canon::HostCallContext;

class ResourceRing;

// Base of all resources: a link in the ring of its context.
class Resource {
 public:
  Resource() = default;
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;
  virtual ~Resource();

 private:
  friend class ResourceRing;
  ResourceRing* ring_ = nullptr;
  Resource* next_ = nullptr;
  Resource* previous_ = nullptr;
};

// Owns the resources that a guest holds.
class ResourceRing {
 public:
  // `meter` outlives the ring; may be null.
  explicit ResourceRing(security::Meter* meter) : meter_(meter) {
    head_.next_ = head_.previous_ = &head_;
  }
  ~ResourceRing();
  // False: the host bytes of one more are not there, which is a breach.
  bool Add(Resource& resource);
  static void Remove(Resource& resource);
  size_t count() const { return count_; }

 private:
  // What a resource, its handle and what it points to take at the least.
  static constexpr uint64_t kResourceBytes = 256;

  security::Meter* const meter_;
  Resource head_;
  size_t count_ = 0;
};

// What counts the descriptors of the host that a guest has open. Whoever opens one for a guest
// takes a place, and gives it back when it is closed.
class DescriptorQuota {
 public:
  DescriptorQuota(size_t limit, std::shared_ptr<security::Meter> meter)
      : limit_(limit), meter_(std::move(meter)) {}
  bool Take() {
    if (used_ >= limit_) {
      if (meter_ != nullptr) meter_->SoftBreach(security::QuotaRow::files);
      return false;
    }
    ++used_;
    Tell();
    return true;
  }
  void GiveBack() {
    --used_;
    Tell();
  }

 private:
  void Tell() {
    if (meter_ != nullptr) meter_->SetFiles(used_);
  }
  const size_t limit_;
  size_t used_ = 0;
  const std::shared_ptr<security::Meter> meter_;
};

struct PreopenedDirectory {
  std::shared_ptr<host::Descriptor> directory;
  std::string guest_path;
};

class Context {
 public:
  // Opens what `config` names. Errors: as DefineWasi of WASI 0.1.
  static absl::StatusOr<std::shared_ptr<Context>> Create(const Config& config);
  // Of the store whose guest calls; if nothing was given to it, a context of nothing.
  static Context& Of(const HostCall& call);
  ~Context();

  const Config& config() const { return config_; }
  security::Guard* guard() const { return config_.guard.get(); }  // may be null
  security::Meter* meter() const { return config_.meter.get(); }  // may be null
  const host::Resolver& resolver() const { return resolver_; }
  const host::Waiter& waiter() const { return waiter_; }
  const std::shared_ptr<Interrupter>& interrupter() const { return interrupter_; }
  // Shared with what may outlive the guest on another thread.
  const std::shared_ptr<host::Wakeup>& wakeup() const { return wakeup_; }
  const std::shared_ptr<DescriptorQuota>& descriptors() const { return descriptors_; }

  // One standard stream: what the guest reads or writes, and whether that is a terminal.
  struct Standard {
    std::shared_ptr<host::InputStream> input;    // of standard input
    std::shared_ptr<host::OutputStream> output;  // of the others
    bool is_terminal = false;
    std::shared_ptr<const host::Access> access;  // what the guard is asked before each use
  };
  const Standard& standard_input() const { return standard_[0]; }
  const Standard& standard_output() const { return standard_[1]; }
  const Standard& standard_error() const { return standard_[2]; }
  // The variables that the guest may see.
  std::vector<std::pair<std::string, std::string>> Environment() const;
  const std::vector<PreopenedDirectory>& preopens() const { return preopens_; }
  // Of wasi:keyvalue, in the order of config().key_value_stores; opened by OpenKeyValueStores.
  std::vector<std::shared_ptr<keyvalue::Store>>& key_value_stores() { return key_value_stores_; }

  // Of wasi:http: the request that this guest was called to answer, for the record.
  const std::string& answered_request() const { return answered_request_; }
  void set_answered_request(std::string name) { answered_request_ = std::move(name); }

  // A handle for the guest on a new resource. The guest's drop deletes it, or the context does.
  // Errors: RESOURCE_EXHAUSTED the guest holds config().max_resources resources.
  template <std::derived_from<Resource> T>
  absl::StatusOr<Own<T>> Add(std::unique_ptr<T> resource) {
    if (absl::Status status = Link(*resource); !status.ok()) return status;
    return Own<T>{reinterpret_cast<uint64_t>(static_cast<Resource*>(resource.release()))};
  }
  template <std::derived_from<Resource> T>
  static T& Get(Borrow<T> handle) {
    return static_cast<T&>(*reinterpret_cast<Resource*>(handle.rep));
  }
  // What the guest gave away.
  template <std::derived_from<Resource> T>
  static std::unique_ptr<T> Take(Own<T> handle) {
    auto* const resource = reinterpret_cast<Resource*>(handle.rep);
    ResourceRing::Remove(*resource);
    return std::unique_ptr<T>(static_cast<T*>(resource));
  }
  // For DefineResource.
  static void Drop(uint64_t rep) { delete reinterpret_cast<Resource*>(rep); }

  // Waits for a pollable; not OK: the guest was interrupted, and the status ends it.
  absl::Status Wait(host::Pollable& pollable);
  // The indices of those that are ready, after waiting for the first. Not OK: as Wait.
  absl::StatusOr<std::vector<uint32_t>> WaitForAny(std::span<host::Pollable* const> pollables);
  // The status that ends a guest whose quota is used up; OK if none is.
  absl::Status EndsGuestForQuota() const;
  // The status that ends a guest because of `error`, which none of its functions can report.
  static absl::Status EndsGuest(host::Error error);

  // Carries interruptions of `store` over to what its guest waits for in here, and keeps the
  // context as the one of that store.
  static void Attach(runtime::Store& store, std::shared_ptr<Context> context);

 private:
  explicit Context(const Config& config);
  absl::Status Link(Resource& resource);
  absl::Status OpenStandardStreams();
  absl::Status OpenPreopens();
  void FollowClearing(const runtime::Store& store);

  Config config_;
  std::shared_ptr<Interrupter> interrupter_;
  host::Waiter waiter_;
  host::Resolver resolver_;
  std::shared_ptr<host::Wakeup> wakeup_;
  std::shared_ptr<DescriptorQuota> descriptors_;
  Standard standard_[3];
  std::vector<PreopenedDirectory> preopens_;
  std::vector<std::shared_ptr<keyvalue::Store>> key_value_stores_;
  std::string answered_request_;
  // The store's interruption, not the embedder's own, is why interrupter() says so.
  std::shared_ptr<std::atomic<bool>> interrupted_by_store_;
  uint64_t hook_ = 0;
  ResourceRing resources_;  // goes first
};

}  // namespace airwasm::wasi::p2
