// The border between the host's C++ values and a guest's memory: what the templates of
// component_types.h and component_func.h leave to the library. Not for embedders.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "airwasm/component_host_call.h"
#include "airwasm/trap.h"

namespace airwasm::component::canon {
class HostCaller;
}

namespace airwasm::component::abi {

using canon::CanonOptions;
using canon::ResourceType;

// Host memory that the lifted values of one call may take. A guest can make a list point at the
// same bytes again and again, so what it describes can be far larger than its memory.
inline constexpr uint64_t kMaxLiftedBytes = uint64_t{1} << 30;
// Spec: canonical ABI, MAX_STRING_BYTE_LENGTH, MAX_LIST_BYTE_LENGTH.
inline constexpr uint64_t kMaxByteLength = (uint64_t{1} << 28) - 1;
// Spec: canonical ABI, MAX_FLAT_PARAMS, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_RESULTS.
inline constexpr uint32_t kMaxFlatParams = 16;
inline constexpr uint32_t kMaxFlatAsyncParams = 4;
inline constexpr uint32_t kMaxFlatResults = 1;

struct ResourceMethods;  // component_resources.h
struct Texts;            // strings that views point at because the guest's encoding is not UTF-8
struct LiftLowerContext;
void Settle(LiftLowerContext& c);  // frees the texts, and gives back what the guest was charged

// What lifting and lowering need to know of a call. Spec: canonical ABI, LiftLowerContext.
struct LiftLowerContext {
  runtime::Store& store;
  const CanonOptions& options;
  canon::Lenders* lenders;    // null: nothing is borrowed from a guest
  canon::BorrowScope* scope;  // null: nothing is lent to a guest
  bool is_64;
  uint64_t budget = kMaxLiftedBytes;
  bool owes = false;     // something of the next two
  uint64_t charged = 0;  // what the guest pays for, until the call ends
  Texts* texts = nullptr;
  const ResourceMethods* methods = nullptr;  // of the handles that are lifted

  LiftLowerContext(runtime::Store& store, const CanonOptions& options, canon::Lenders* lenders,
                   canon::BorrowScope* scope, bool is_64)
      : store(store), options(options), lenders(lenders), scope(scope), is_64(is_64) {}
  LiftLowerContext(const LiftLowerContext&) = delete;
  LiftLowerContext& operator=(const LiftLowerContext&) = delete;
  ~LiftLowerContext() {
    if (owes) [[unlikely]]
      Settle(*this);
  }
};

// Each of these that fails has noted why in the store.
[[gnu::cold]] TrapKind FailChar(LiftLowerContext& c);
[[gnu::cold]] TrapKind FailDiscriminant(LiftLowerContext& c);
[[gnu::cold]] TrapKind FailTooMuch(LiftLowerContext& c);
[[gnu::cold]] TrapKind FailTooLong(LiftLowerContext& c);

// Before `bytes` of host memory are allocated for what is lifted: charges the guest, as long as the
// call lasts. Whoever keeps the value for longer charges it anew.
TrapKind ChargeHostBytes(LiftLowerContext& c, uint64_t bytes);

// Where `bytes` at `address` begin in the host's memory; null when they are not all there or not
// aligned.
uint8_t* ListAt(LiftLowerContext& c, uint64_t address, uint64_t bytes, uint32_t align);
uint8_t* TupleAt(LiftLowerContext& c, uint64_t address, uint64_t bytes, uint32_t align);
// Calls the guest's realloc; null: `*trap`.
uint8_t* AllocateList(LiftLowerContext& c, uint64_t bytes, uint32_t align, uint64_t* address,
                      TrapKind* trap);
uint8_t* AllocateTuple(LiftLowerContext& c, uint64_t bytes, uint32_t align, uint64_t* address,
                       TrapKind* trap);

// A view is good until the guest runs again or `c` goes.
TrapKind LiftText(LiftLowerContext& c, uint64_t address, uint64_t units, std::string_view* out);
TrapKind LiftOwnText(LiftLowerContext& c, uint64_t address, uint64_t units, std::string* out);
TrapKind LowerText(LiftLowerContext& c, std::string_view text, uint64_t* address, uint64_t* units);

// Spec: canonical ABI, lift_own, lift_borrow, lower_own, lower_borrow.
TrapKind LiftOwn(LiftLowerContext& c, uint32_t index, const ResourceType* type, uint64_t* rep);
TrapKind LiftBorrow(LiftLowerContext& c, uint32_t index, const ResourceType* type, uint64_t* rep);
TrapKind LowerOwn(LiftLowerContext& c, uint64_t rep, const ResourceType* type, uint32_t* index);
TrapKind LowerBorrow(LiftLowerContext& c, uint64_t rep, const ResourceType* type, uint32_t* index);

// Ends the guest unless `status` is OK.
TrapKind EndHostCall(canon::HostCallContext& call, const absl::Status& status);

// A call of a component function by the host, in steps: Begin, lowering into `slots`, Run, lifting
// out of `result`, Finish. What fails ends in TakeTrap, which ends the call too. The callee stays
// entered then, and so can never be entered again.
struct GuestCall {
  runtime::Store* store;
  const canon::Function* function;
  const CanonOptions* options = nullptr;  // the callee's; set by Begin like all that follows
  uint64_t* slots = nullptr;              // for the flat arguments; null: the stack is exhausted
  uint64_t result = 0;                    // the first flat result
  uint64_t saved_context[2] = {};
  canon::BorrowScope scope;
  bool is_64 = false;
  bool in_place = false;              // the arguments lie where the callee expects them
  bool has_trap = false;              // the store has the callee's own
  canon::HostCaller* host = nullptr;  // a host function is called
  uint64_t flat[kMaxFlatParams + 1];

  GuestCall(runtime::Store* store, const canon::Function* function)
      : store(store), function(function) {}
  GuestCall(const GuestCall&) = delete;
  GuestCall& operator=(const GuestCall&) = delete;
};

// `in_place`: lowering the arguments calls no function of the guest.
bool Begin(GuestCall& call, bool in_place);
bool Run(GuestCall& call);
bool Finish(GuestCall& call);
bool RunAndFinish(GuestCall& call);
std::unique_ptr<Trap> TakeTrap(GuestCall& call, TrapKind kind);
// The same for a call that found no memory somewhere.
std::unique_ptr<Trap> TakeOutOfMemory(GuestCall& call);

}  // namespace airwasm::component::abi
