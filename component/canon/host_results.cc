#include "airwasm/component_host_call.h"

#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "component/canon/rules.h"

namespace airwasm::component::canon {
namespace {

constexpr char kTrapPayload[] = "airwasm/trap-kind";

absl::Status ToStatus(runtime::Store& store, TrapKind kind) {
  if (kind == TrapKind::kHostError) return std::exchange(store.host_error, absl::OkStatus());
  return TrapStatus(kind);
}

}  // namespace

absl::StatusOr<std::span<uint8_t>> AllocateInGuest(HostCallContext& call, uint64_t bytes,
                                                   uint64_t* address) {
  TrapKind trap = TrapKind::kNone;
  uint8_t* const p =
      Allocate(call.store, call.options, bytes, 1, Pointee::kList, Border::kHost, address, &trap);
  if (p == nullptr) return ToStatus(call.store, trap);
  return std::span<uint8_t>(p, bytes);
}

absl::Status ShrinkInGuest(HostCallContext& call, uint64_t old_bytes, GuestBytes* list) {
  if (old_bytes == list->count || list->count == 0) return absl::OkStatus();
  uint64_t address = 0;
  TrapKind trap =
      Realloc(call.store, call.options, list->address, old_bytes, 1, list->count, &address);
  if (trap != TrapKind::kNone) return ToStatus(call.store, trap);
  if (CheckRange(call.store, call.options, address, list->count, 1, Pointee::kList, Border::kHost,
                 true) == nullptr) {
    return ToStatus(call.store, TrapKind::kHostError);
  }
  list->address = address;
  return absl::OkStatus();
}

absl::Status TrapStatus(TrapKind kind) {
  absl::Status status = absl::AbortedError(TrapText(kind).data());
  const std::string text = absl::StrCat(static_cast<int>(kind));
  status.SetPayload(kTrapPayload, absl::Cord(absl::string_view(text)));
  return status;
}

TrapKind TrapKindOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kTrapPayload);
  int kind = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &kind)) return TrapKind::kHostError;
  return static_cast<TrapKind>(kind);
}

}  // namespace airwasm::component::canon
