// The rules of lifting and lowering, each in one place: every way across the border (the adapter
// interpreter, the typed and the dynamic interface of the host) is made of these.
//
//   bounds and alignment, realloc   here and rules.cc
//   handles                         here and rules.cc
//   chars, discriminants, flags     here
//   strings                         strings.h (encodings), store_string.cc (realloc sequences)
//   entering, leaving, post-return  call.h
//   layout, flattening              component/types
//
// A rule that is broken yields a TrapKind other than kNone, with the reason in Store::host_error.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "component/canon/options.h"

namespace airwasm::component::canon {

// Who reads the trap's text tells the two apart: values that go straight from component to
// component, and values that the host lifts or lowers. The official suite's wording differs.
enum class Border : uint8_t { kFused, kHost };

// What a pointer points at.
enum class Pointee : uint8_t { kString, kList, kTuple };

// Spec: canonical ABI, MAX_STRING_BYTE_LENGTH, MAX_LIST_BYTE_LENGTH.
inline constexpr uint64_t kMaxByteLength = (uint64_t{1} << 28) - 1;

// Ends the guest with a reason; always returns kHostError.
[[gnu::cold, gnu::noinline]] TrapKind Fail(runtime::Store& store, std::string_view reason);
[[gnu::cold, gnu::noinline]] TrapKind FailCannotLeave(runtime::Store& store);
[[gnu::cold, gnu::noinline]] TrapKind FailCannotEnter(runtime::Store& store);
[[gnu::cold, gnu::noinline]] TrapKind FailException(runtime::Store& store);
[[gnu::cold, gnu::noinline]] TrapKind FailChar(runtime::Store& store);
[[gnu::cold, gnu::noinline]] TrapKind FailDiscriminant(runtime::Store& store);
[[gnu::cold, gnu::noinline]] TrapKind FailRange(runtime::Store& store, uint64_t address,
                                                uint64_t bytes, uint64_t memory_bytes,
                                                uint32_t align, Pointee what, Border border,
                                                bool from_realloc);

inline uint64_t MemoryBytes(const CanonOptions& options) {
  return options.memory->size_bytes.load(std::memory_order_relaxed);
}

// Where `bytes` at `address` begin in the host's memory; null, with the reason noted, when they are
// not all there or the address is not aligned. Zero bytes are checked too.
inline uint8_t* CheckRange(runtime::Store& store, const CanonOptions& options, uint64_t address,
                           uint64_t bytes, uint32_t align, Pointee what, Border border,
                           bool from_realloc = false) {
  const uint64_t size = MemoryBytes(options);
  // Lengths are below 2^32 here, so the sum of what passes the first test cannot wrap.
  if ((address & (align - 1)) != 0 || address > size || bytes > size - address) [[unlikely]] {
    FailRange(store, address, bytes, size, align, what, border, from_realloc);
    return nullptr;
  }
  return options.memory->base + address;
}

// Calls the guest's realloc, with the instance barred from leaving and a context of its own. The
// result is not checked. Spec: canonical ABI, LiftLowerContext.reallocate.
TrapKind Realloc(runtime::Store& store, const CanonOptions& options, uint64_t old_address,
                 uint64_t old_bytes, uint32_t align, uint64_t new_bytes, uint64_t* address);

// Realloc and CheckRange together; null when either failed, and `*trap` says how.
uint8_t* Allocate(runtime::Store& store, const CanonOptions& options, uint64_t bytes,
                  uint32_t align, Pointee what, Border border, uint64_t* address, TrapKind* trap);

// How a call that failed inside ends the guest that made it: keeps the reason, and turns an
// exception that no one caught into a trap, because it must not cross the border.
TrapKind PassOn(runtime::Store& store);
TrapKind PassOn(runtime::Store& store, runtime::Trap trap);
// The trap of a call from the host: its backtrace goes on into the calls that were passed on, whose
// frames are gone by now.
runtime::Trap WithPassedFrames(runtime::Store& store, runtime::Trap trap);

// --- numbers ---

// Spec: canonical ABI, convert_i32_to_char.
constexpr bool IsChar(uint32_t c) {
  return c < 0xD800 || (c >= 0xE000 && c < 0x110000);
}
// The flags that exist among `count` of them.
constexpr uint32_t FlagsMask(size_t count) {
  return count >= 32 ? ~uint32_t{0} : (uint32_t{1} << count) - 1;
}

template <typename T>
T LoadAs(const void* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <typename T>
void StoreAs(void* p, T v) {
  std::memcpy(p, &v, sizeof v);
}

// An address or a length, as wide as the memory's addresses.
inline uint64_t LoadAddress(const uint8_t* p, bool memory64) {
  return memory64 ? LoadAs<uint64_t>(p) : LoadAs<uint32_t>(p);
}
inline void StoreAddress(uint8_t* p, uint64_t v, bool memory64) {
  if (memory64) {
    StoreAs<uint64_t>(p, v);
  } else {
    StoreAs<uint32_t>(p, static_cast<uint32_t>(v));
  }
}
inline uint64_t FlatAddress(uint64_t slot, bool memory64) {
  return memory64 ? slot : static_cast<uint32_t>(slot);
}

// --- handles ---
// Spec: canonical ABI, lift_own, lift_borrow, lower_own, lower_borrow.

TrapKind LiftOwn(runtime::Store& store, ComponentInstanceState& from, uint32_t index,
                 const ResourceType* type, uint64_t* rep);
TrapKind LiftBorrow(runtime::Store& store, ComponentInstanceState& from, uint32_t index,
                    const ResourceType* type, Lenders& lenders, uint64_t* rep);
TrapKind LowerOwn(runtime::Store& store, ComponentInstanceState& to, uint64_t rep,
                  const ResourceType* type, uint32_t* index);
// The implementer of a resource gets the representation itself.
TrapKind LowerBorrow(runtime::Store& store, ComponentInstanceState& to, uint64_t rep,
                     const ResourceType* type, BorrowScope& scope, uint32_t* index);

// The handle at `index` if it is of `type`; null, with the reason noted, when it is not.
Handle* GetHandle(runtime::Store& store, ComponentInstanceState& instance, uint32_t index,
                  const ResourceType* type);

}  // namespace airwasm::component::canon
