// Handlers of the vector loads and stores.
//
// v128.load and v128.store know all address modes. The others take the address from slot a and the
// offset from the next cell, a vector operand from slot b, a lane from aux; checked ones find their
// memory's context offset in the cell after that.
#include <array>
#include <utility>

#include "engine/interp/memory_handler.h"
#include "engine/numeric/simd_int.h"
#include "engine/numeric/simd_lane.h"

namespace airwasm::interp {
inline namespace simd_memory_handlers {  // stencils name them

namespace simd = numeric::simd;

template <AddrMode mode>
AIRWASM_HANDLER Load128(AIRWASM_HANDLER_PARAMS) {
  uint8_t* address;
  if constexpr (mode == AddrMode::kChecked) {
    address = CheckedAddress(pc, fp, ctx, 16, Offset(pc->imm), pc[1].bits);
    if (address == nullptr) [[unlikely]]
      AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsMemory);
  } else {
    address = GuardedAddress<mode>(pc, fp, mem0, acc);
  }
  V128 value;
  std::memcpy(&value, address, sizeof(value));
  AIRWASM_ACCESS_DONE();
  At<V128>(fp, pc->dst) = value;
  AIRWASM_NEXT(CellsOf(mode));
}
template <AddrMode mode>
AIRWASM_HANDLER Store128(AIRWASM_HANDLER_PARAMS) {
  uint8_t* address;
  if constexpr (mode == AddrMode::kChecked) {
    address = CheckedAddress(pc, fp, ctx, 16, Offset(pc->imm), pc[1].bits);
    if (address == nullptr) [[unlikely]]
      AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsMemory);
  } else {
    address = GuardedAddress<mode>(pc, fp, mem0, acc);
  }
  const V128 value = At<V128>(fp, pc->dst);
  std::memcpy(address, &value, sizeof(value));
  AIRWASM_ACCESS_DONE();
  AIRWASM_NEXT(CellsOf(mode));
}

// What each of the others makes of the bytes it reads.
template <Op op>
struct Access;
template <typename M>
struct Splat {
  using Memory = M;
  static V128 Make(M value, V128, uint8_t) {
    return simd::Splat<M>(static_cast<simd::Unpacked<M>>(value));
  }
};
template <typename Lane>
struct ExtendHalf {
  using Memory = uint64_t;
  static V128 Make(uint64_t value, V128, uint8_t) {
    return simd::Extend<simd::Half::kLow, Lane>(
        numeric::FromLanes(numeric::Vec<uint64_t>{value, 0}));
  }
};
template <typename M>
struct Zero {
  using Memory = M;
  static V128 Make(M value, V128, uint8_t) {
    return numeric::FromLanes(numeric::Vec<uint64_t>{value, 0});
  }
};
template <typename M>
struct Lane {
  using Memory = M;
  static V128 Make(M value, V128 vector, uint8_t lane) {
    return simd::ReplaceLane<M>(vector, static_cast<simd::Unpacked<M>>(value), lane);
  }
};
// clang-format off: a line for an instruction
template <> struct Access<Op::V128Load8x8S> : ExtendHalf<int8_t> {};
template <> struct Access<Op::V128Load8x8U> : ExtendHalf<uint8_t> {};
template <> struct Access<Op::V128Load16x4S> : ExtendHalf<int16_t> {};
template <> struct Access<Op::V128Load16x4U> : ExtendHalf<uint16_t> {};
template <> struct Access<Op::V128Load32x2S> : ExtendHalf<int32_t> {};
template <> struct Access<Op::V128Load32x2U> : ExtendHalf<uint32_t> {};
template <> struct Access<Op::V128Load8Splat> : Splat<uint8_t> {};
template <> struct Access<Op::V128Load16Splat> : Splat<uint16_t> {};
template <> struct Access<Op::V128Load32Splat> : Splat<uint32_t> {};
template <> struct Access<Op::V128Load64Splat> : Splat<uint64_t> {};
template <> struct Access<Op::V128Load32Zero> : Zero<uint32_t> {};
template <> struct Access<Op::V128Load64Zero> : Zero<uint64_t> {};
template <> struct Access<Op::V128Load8Lane> : Lane<uint8_t> {};
template <> struct Access<Op::V128Load16Lane> : Lane<uint16_t> {};
template <> struct Access<Op::V128Load32Lane> : Lane<uint32_t> {};
template <> struct Access<Op::V128Load64Lane> : Lane<uint64_t> {};
// clang-format on

template <Op op, bool checked>
AIRWASM_HANDLER LoadInto(AIRWASM_HANDLER_PARAMS) {
  using Memory = typename Access<op>::Memory;
  uint8_t* address;
  if constexpr (checked) {
    address = CheckedAddress(pc, fp, ctx, sizeof(Memory), Offset(pc[2].words[0]), pc[1].bits);
    if (address == nullptr) [[unlikely]]
      AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsMemory);
  } else {
    address = mem0 + At<uint32_t>(fp, pc->a) + Offset(pc[1].words[0]);
  }
  Memory value;
  std::memcpy(&value, address, sizeof(value));
  AIRWASM_ACCESS_DONE();
  At<V128>(fp, pc->dst) =
      Access<op>::Make(value, At<V128>(fp, pc->b), static_cast<uint8_t>(uint64_t{pc->aux}));
  AIRWASM_NEXT(checked ? 3 : 2);
}

template <typename Memory, bool checked>
AIRWASM_HANDLER StoreLane(AIRWASM_HANDLER_PARAMS) {
  uint8_t* address;
  if constexpr (checked) {
    address = CheckedAddress(pc, fp, ctx, sizeof(Memory), Offset(pc[2].words[0]), pc[1].bits);
    if (address == nullptr) [[unlikely]]
      AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsMemory);
  } else {
    address = mem0 + At<uint32_t>(fp, pc->a) + Offset(pc[1].words[0]);
  }
  const auto value = static_cast<Memory>(
      simd::ExtractLane<Memory>(At<V128>(fp, pc->b), static_cast<uint8_t>(uint64_t{pc->aux})));
  std::memcpy(address, &value, sizeof(value));
  AIRWASM_ACCESS_DONE();
  AIRWASM_NEXT(checked ? 3 : 2);
}

}  // namespace simd_memory_handlers

inline namespace simd_memory_handlers {

constexpr auto kLoad128 = []<size_t... i>(std::index_sequence<i...>) {
  return std::array<Handler*, kNumAddrModes>{&Load128<static_cast<AddrMode>(i)>...};
}(std::make_index_sequence<kNumAddrModes>());
constexpr auto kStore128 = []<size_t... i>(std::index_sequence<i...>) {
  return std::array<Handler*, kNumAddrModes>{&Store128<static_cast<AddrMode>(i)>...};
}(std::make_index_sequence<kNumAddrModes>());

}  // namespace simd_memory_handlers

Handler* FindLoad128(AddrMode mode) {
  return kLoad128[static_cast<size_t>(mode)];
}
Handler* FindStore128(AddrMode mode) {
  return kStore128[static_cast<size_t>(mode)];
}

Handler* FindSimdMemoryHandler(Op op, bool checked) {
  switch (static_cast<int>(op)) {
#define AIRWASM_LOAD(name) \
  case int(Op::name):      \
    return checked ? &LoadInto<Op::name, true> : &LoadInto<Op::name, false>;
    AIRWASM_LOAD(V128Load8x8S)
    AIRWASM_LOAD(V128Load8x8U)
    AIRWASM_LOAD(V128Load16x4S)
    AIRWASM_LOAD(V128Load16x4U)
    AIRWASM_LOAD(V128Load32x2S)
    AIRWASM_LOAD(V128Load32x2U)
    AIRWASM_LOAD(V128Load8Splat)
    AIRWASM_LOAD(V128Load16Splat)
    AIRWASM_LOAD(V128Load32Splat)
    AIRWASM_LOAD(V128Load64Splat)
    AIRWASM_LOAD(V128Load32Zero)
    AIRWASM_LOAD(V128Load64Zero)
    AIRWASM_LOAD(V128Load8Lane)
    AIRWASM_LOAD(V128Load16Lane)
    AIRWASM_LOAD(V128Load32Lane)
    AIRWASM_LOAD(V128Load64Lane)
#undef AIRWASM_LOAD
    case int(Op::V128Store8Lane):
      return checked ? &StoreLane<uint8_t, true> : &StoreLane<uint8_t, false>;
    case int(Op::V128Store16Lane):
      return checked ? &StoreLane<uint16_t, true> : &StoreLane<uint16_t, false>;
    case int(Op::V128Store32Lane):
      return checked ? &StoreLane<uint32_t, true> : &StoreLane<uint32_t, false>;
    case int(Op::V128Store64Lane):
      return checked ? &StoreLane<uint64_t, true> : &StoreLane<uint64_t, false>;
    default:
      return nullptr;
  }
}

}  // namespace airwasm::interp
