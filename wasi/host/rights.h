// Rights of a descriptor as a 64-bit word, and the sets that follow from rights.def.
#ifndef AIRWASM_WASI_HOST_RIGHTS_H_
#define AIRWASM_WASI_HOST_RIGHTS_H_

#include <cstdint>

namespace airwasm::wasi::host {

using Rights = uint64_t;

namespace right {
#define AIRWASM_WASI_RIGHT(name, text, bit, kinds, changes, use) \
  inline constexpr Rights k##name = Rights{1} << (bit);
#include "wasi/host/rights.def"
#undef AIRWASM_WASI_RIGHT
}  // namespace right

// The kinds of object in the `kinds` column.
enum ObjectKind : uint8_t {
  kKindD = 1,
  kKindF = 2,
  kKindC = 4,
  kKindT = 8,
  kKindP = 16,
  kKindS = 32
};

// Every right that means anything for one of `kinds` (a set of ObjectKind).
constexpr Rights RightsFor(unsigned kinds) {
  Rights rights = 0;
#define AIRWASM_WASI_RIGHT(name, text, bit, its_kinds, changes, use) \
  if (((its_kinds) & kinds) != 0) rights |= right::k##name;
#include "wasi/host/rights.def"
#undef AIRWASM_WASI_RIGHT
  return rights;
}

// The rights with which a guest can change what lies beneath a directory.
constexpr Rights ChangingRights() {
  Rights rights = 0;
#define AIRWASM_WASI_RIGHT(name, text, bit, kinds, changes, use) \
  if ((changes) != 0) rights |= right::k##name;
#include "wasi/host/rights.def"
#undef AIRWASM_WASI_RIGHT
  return rights;
}

// What a guest does with something that it holds, as its guard is asked about it (access.h). A use
// further down says more than those above it.
enum class Use : uint8_t {
  kNone,  // nothing that a guard is asked about
  kAny,   // what needs no more than having it
  kList,
  kRead,
  kAppend,  // a write that can only go to the end
  kWrite,
};
inline constexpr int kNumUses = 6;

// The most that exercising `rights` says.
constexpr Use UseOf(Rights rights) {
  Use most = Use::kNone;
#define AIRWASM_WASI_RIGHT(name, text, bit, kinds, changes, use) \
  if ((rights & right::k##name) != 0 && Use::k##use > most) most = Use::k##use;
#include "wasi/host/rights.def"
#undef AIRWASM_WASI_RIGHT
  return most;
}

}  // namespace airwasm::wasi::host

#endif  // AIRWASM_WASI_HOST_RIGHTS_H_
