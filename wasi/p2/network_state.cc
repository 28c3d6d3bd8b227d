#include "wasi/p2/network_state.h"

#include "engine/runtime/store.h"

namespace airwasm::wasi::p2 {
namespace {

constexpr char kStateKey = 0;

}  // namespace

NetworkState& NetworkState::Of(const HostCall& call) {
  auto* state = static_cast<NetworkState*>(call.store.Attached(&kStateKey));
  if (state == nullptr) {
    auto made = std::make_shared<NetworkState>();
    state = made.get();
    call.store.Attach(&kStateKey, std::move(made));
  }
  return *state;
}

std::shared_ptr<void> NetworkState::TakeSocket(const Context& context) {
  std::shared_ptr<void> place = Take(sockets_, context.config().network.max_sockets);
  if (security::Meter* const meter = context.meter()) {
    meter->SetSockets(*sockets_);
    if (place == nullptr) meter->SoftBreach(security::QuotaRow::sockets);
  }
  return place;
}

std::shared_ptr<void> NetworkState::Take(const Counter& counter, size_t limit) {
  if (counter->fetch_add(1) >= limit) {
    counter->fetch_sub(1);
    return nullptr;
  }
  return std::shared_ptr<void>(counter.get(), [counter](void*) { counter->fetch_sub(1); });
}

}  // namespace airwasm::wasi::p2
