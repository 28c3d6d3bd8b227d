// What the functions of WASI 0.2 work on: one guest's files, streams, clocks and network, and the
// resources that it holds.
//
// Attached to a store (GiveWasi), found through it, and gone with it, together with every resource
// that the guest still had. A resource's representation is its address: handles are checked against
// their type before a function sees them, so a guest can not make one up.
// Threads: the store's. Wakeup and Interrupter may be used from anywhere.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "airwasm/component_linker.h"
#include "airwasm/wasi_config.h"
#include "wasi/host/interrupter.h"
#include "wasi/host/poll_set.h"
#include "wasi/host/resolver.h"

namespace airwasm::wasi::p2 {

using HostCall = component::canon::HostCallContext;

// Base of all resources: a link in the list of its context.
class Resource {
 public:
  Resource() = default;
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;
  virtual ~Resource() { Unlink(); }

 private:
  friend class Context;
  void Unlink() {
    if (next_ == nullptr) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }
  Resource* next_ = nullptr;
  Resource* previous_ = nullptr;
};

class Context {
 public:
  // Opens what `config` names. Errors: as DefineWasi of WASI 0.1.
  static absl::StatusOr<std::shared_ptr<Context>> Create(const Config& config);
  // Of the store whose guest calls; GiveWasi has been called for it.
  static Context& Of(const HostCall& call);
  ~Context();

  const Config& config() const { return config_; }
  const host::Resolver& resolver() const { return resolver_; }
  const host::Waiter& waiter() const { return waiter_; }
  const std::shared_ptr<Interrupter>& interrupter() const { return interrupter_; }
  // Shared with what may outlive the guest on another thread.
  const std::shared_ptr<host::Wakeup>& wakeup() const { return wakeup_; }

  // A handle for the guest on a new resource. The guest's drop deletes it, or the context does.
  // Errors: RESOURCE_EXHAUSTED the guest holds config().max_descriptors resources.
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
  std::unique_ptr<T> Take(Own<T> handle) {
    auto* const resource = reinterpret_cast<Resource*>(handle.rep);
    Remove(*resource);
    return std::unique_ptr<T>(static_cast<T*>(resource));
  }
  void Drop(uint64_t rep) {
    auto* const resource = reinterpret_cast<Resource*>(rep);
    Remove(*resource);
    delete resource;
  }

  // Waits for a pollable; not OK: the guest was interrupted, and the status ends it.
  absl::Status Wait(host::Pollable& pollable);

 private:
  explicit Context(const Config& config);
  absl::Status Link(Resource& resource);
  void Remove(Resource& resource);

  Config config_;
  std::shared_ptr<Interrupter> interrupter_;
  host::Waiter waiter_;
  host::Resolver resolver_;
  std::shared_ptr<host::Wakeup> wakeup_;
  Resource resources_;  // head of the ring
  size_t count_ = 0;
};

}  // namespace airwasm::wasi::p2
