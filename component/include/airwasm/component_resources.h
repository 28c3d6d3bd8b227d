// Resources as C++ objects: those of the host, on which guests hold handles, and those of guests,
// on which the host holds handles.
//
//   class Cart : public HostResource { ... };  // DefineResource<Cart>("cart", HostResource::Drop)
//   std::unique_ptr<Cart>, Cart*                      // own<cart>, borrow<cart>
//
//   class Basket : public GuestResource { using GuestResource::GuestResource; };
//   Basket, const Basket*                             // own<basket>, borrow<basket>
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>

#include "airwasm/component_values.h"
#include "airwasm/trap.h"

namespace airwasm {

// Base of what a host's resource is to the host. Who has the std::unique_ptr owns the object; what
// is passed to a guest belongs to the guest's store, which deletes it when the guest drops its last
// handle or when the store itself goes.
class HostResource {
 public:
  HostResource() = default;
  HostResource(const HostResource&) = delete;
  HostResource& operator=(const HostResource&) = delete;
  virtual ~HostResource() { Unlink(); }

  uint64_t rep() { return reinterpret_cast<uint64_t>(this); }
  static HostResource* FromRep(uint64_t rep) { return reinterpret_cast<HostResource*>(rep); }
  // For DefineResource.
  static void Drop(uint64_t rep) { delete FromRep(rep); }

  // Used by the library: a link in the ring of a store.
  void LinkBehind(HostResource& head) {
    next_ = head.next_ != nullptr ? head.next_ : &head;
    previous_ = &head;
    next_->previous_ = head.next_ = this;
  }
  void Unlink() {
    if (next_ == nullptr) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }
  HostResource* next() const { return next_; }

 private:
  HostResource* next_ = nullptr;
  HostResource* previous_ = nullptr;
};

namespace component::abi {

// What handles on a guest's resources keep alive: the functions that are their methods.
struct ResourceMethods : std::enable_shared_from_this<ResourceMethods> {
  virtual ~ResourceMethods() = default;
};

// The store takes over a resource.
void Adopt(runtime::Store& store, HostResource& resource);
// Ends a call with an explanation.
[[gnu::cold]] TrapKind FailNoResource(LiftLowerContext& c);
[[gnu::cold]] TrapKind FailOtherResource(LiftLowerContext& c);
Result<void> DropOwned(runtime::Store& store, const ResourceType& type, uint64_t rep);

}  // namespace component::abi

// An owned handle on a resource of a guest. It goes with the handle, or when it is passed on; and
// it must go before its store does.
class GuestResource {
 public:
  GuestResource() = default;
  GuestResource(runtime::Store* store, const component::canon::ResourceType* type, uint64_t rep,
                std::shared_ptr<const component::abi::ResourceMethods> methods)
      : store_(store), type_(type), rep_(rep), methods_(std::move(methods)) {}
  GuestResource(GuestResource&& other) noexcept { *this = std::move(other); }
  GuestResource& operator=(GuestResource&& other) noexcept {
    std::swap(store_, other.store_);
    std::swap(type_, other.type_);
    std::swap(rep_, other.rep_);
    std::swap(methods_, other.methods_);
    return *this;
  }
  ~GuestResource() {
    try {
      (void)Drop();
    } catch (const std::bad_alloc&) {
      // Nobody asks how it went.
    }
  }

  // Runs the resource's destructor in the guest now, and says how that went.
  Result<void> Drop() {
    if (type_ == nullptr) return {};
    return component::abi::DropOwned(*store_, *std::exchange(type_, nullptr), rep_);
  }
  explicit operator bool() const { return type_ != nullptr; }
  const component::canon::ResourceType* type() const { return type_; }
  uint64_t rep() const { return rep_; }
  // It belongs to someone else now.
  void Release() { type_ = nullptr; }

 protected:
  template <typename Methods>
  const Methods& methods() const {
    return static_cast<const Methods&>(*methods_);
  }

 private:
  runtime::Store* store_ = nullptr;
  const component::canon::ResourceType* type_ = nullptr;
  uint64_t rep_ = 0;
  std::shared_ptr<const component::abi::ResourceMethods> methods_;
};

namespace component::abi {

template <typename T>
struct OwnedHostResource : OneSlot<4> {
  static constexpr size_t kHandles = 1;
  static constexpr TypeShape kShape{.kind = ShapeKind::kOwn, .resource = TagOf<T>()};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, std::unique_ptr<T>* out) {
    uint64_t rep = 0;
    const TrapKind trap = LiftOwn(c, Read(at), *handles, &rep);
    if (trap != TrapKind::kNone) return trap;
    HostResource* const resource = HostResource::FromRep(rep);
    resource->Unlink();
    out->reset(static_cast<T*>(resource));
    return trap;
  }
  // Takes the object out of `v`: to lower an `own` is to give it away.
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles,
                        const std::unique_ptr<T>& v) {
    if (v == nullptr) return FailNoResource(c);
    HostResource* const resource = v.get();
    Adopt(c.store, *resource);
    (void)const_cast<std::unique_ptr<T>&>(v).release();
    uint32_t index = 0;
    const TrapKind trap = LowerOwn(c, resource->rep(), *handles, &index);
    Write(at, index);
    return trap;
  }
};

template <typename T>
struct BorrowedHostResource : OneSlot<4> {
  static constexpr size_t kHandles = 1;
  static constexpr TypeShape kShape{.kind = ShapeKind::kBorrow, .resource = TagOf<T>()};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, T** out) {
    uint64_t rep = 0;
    const TrapKind trap = LiftBorrow(c, Read(at), *handles, &rep);
    *out = static_cast<T*>(HostResource::FromRep(rep));
    return trap;
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, T* v) {
    if (v == nullptr) return FailNoResource(c);
    uint32_t index = 0;
    const TrapKind trap = LowerBorrow(c, static_cast<HostResource*>(v)->rep(), *handles, &index);
    Write(at, index);
    return trap;
  }
};

template <typename T>
struct OwnedGuestResource : OneSlot<4> {
  static constexpr size_t kHandles = 1;
  static constexpr TypeShape kShape{.kind = ShapeKind::kOwn};
  template <typename Place>
  static TrapKind Lift(LiftLowerContext& c, Place at, Handles handles, T* out) {
    uint64_t rep = 0;
    const TrapKind trap = LiftOwn(c, Read(at), *handles, &rep);
    if (trap != TrapKind::kNone) return trap;
    *out =
        T(&c.store, *handles, rep, c.methods != nullptr ? c.methods->shared_from_this() : nullptr);
    return trap;
  }
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const T& v) {
    if (v.type() != *handles) return FailOtherResource(c);
    uint32_t index = 0;
    const TrapKind trap = LowerOwn(c, v.rep(), *handles, &index);
    if (trap == TrapKind::kNone) const_cast<T&>(v).Release();
    Write(at, index);
    return trap;
  }
};

template <typename T>
struct BorrowedGuestResource : OneSlot<4> {
  static constexpr size_t kHandles = 1;
  static constexpr TypeShape kShape{.kind = ShapeKind::kBorrow};
  template <typename Place>
  static TrapKind Lower(LiftLowerContext& c, Place at, Handles handles, const T* v) {
    if (v == nullptr || v->type() != *handles) return FailOtherResource(c);
    uint32_t index = 0;
    const TrapKind trap = LowerBorrow(c, v->rep(), *handles, &index);
    Write(at, index);
    return trap;
  }
};

}  // namespace component::abi

template <std::derived_from<HostResource> T>
struct WitType<std::unique_ptr<T>> : component::abi::OwnedHostResource<T> {};
template <std::derived_from<HostResource> T>
struct WitType<T*> : component::abi::BorrowedHostResource<T> {};
template <std::derived_from<GuestResource> T>
struct WitType<T> : component::abi::OwnedGuestResource<T> {};
template <std::derived_from<GuestResource> T>
struct WitType<const T*> : component::abi::BorrowedGuestResource<T> {};

}  // namespace airwasm
