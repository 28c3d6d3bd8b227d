// Handlers of scalar loads and stores.
#include <array>
#include <utility>

#include "engine/interp/memory_handler.h"

namespace airwasm::interp {
inline namespace memory_handlers {  // stencils name them

// What a scalar load reads and what it becomes on the stack.
template <Op op>
struct Access;
// clang-format off: a line for an instruction
template <> struct Access<Op::I32Load> { using Memory = uint32_t; using Value = uint32_t; };
template <> struct Access<Op::I64Load> { using Memory = uint64_t; using Value = uint64_t; };
template <> struct Access<Op::F32Load> { using Memory = float; using Value = float; };
template <> struct Access<Op::F64Load> { using Memory = double; using Value = double; };
template <> struct Access<Op::I32Load8S> { using Memory = int8_t; using Value = uint32_t; };
template <> struct Access<Op::I32Load8U> { using Memory = uint8_t; using Value = uint32_t; };
template <> struct Access<Op::I32Load16S> { using Memory = int16_t; using Value = uint32_t; };
template <> struct Access<Op::I32Load16U> { using Memory = uint16_t; using Value = uint32_t; };
template <> struct Access<Op::I64Load8S> { using Memory = int8_t; using Value = uint64_t; };
template <> struct Access<Op::I64Load8U> { using Memory = uint8_t; using Value = uint64_t; };
template <> struct Access<Op::I64Load16S> { using Memory = int16_t; using Value = uint64_t; };
template <> struct Access<Op::I64Load16U> { using Memory = uint16_t; using Value = uint64_t; };
template <> struct Access<Op::I64Load32S> { using Memory = int32_t; using Value = uint64_t; };
template <> struct Access<Op::I64Load32U> { using Memory = uint32_t; using Value = uint64_t; };
template <> struct Access<Op::I32Store> { using Memory = uint32_t; using Value = uint32_t; };
template <> struct Access<Op::I64Store> { using Memory = uint64_t; using Value = uint64_t; };
template <> struct Access<Op::F32Store> { using Memory = float; using Value = float; };
template <> struct Access<Op::F64Store> { using Memory = double; using Value = double; };
template <> struct Access<Op::I32Store8> { using Memory = uint8_t; using Value = uint32_t; };
template <> struct Access<Op::I32Store16> { using Memory = uint16_t; using Value = uint32_t; };
template <> struct Access<Op::I64Store8> { using Memory = uint8_t; using Value = uint64_t; };
template <> struct Access<Op::I64Store16> { using Memory = uint16_t; using Value = uint64_t; };
template <> struct Access<Op::I64Store32> { using Memory = uint32_t; using Value = uint64_t; };
// clang-format on

template <Op op, AddrMode mode, Dst dst>
AIRWASM_HANDLER Load(AIRWASM_HANDLER_PARAMS) {
  using Memory = typename Access<op>::Memory;
  uint8_t* address;
  if constexpr (mode == AddrMode::kChecked) {
    address = CheckedAddress(pc, fp, ctx, sizeof(Memory), Offset(pc->imm), pc[1].bits);
    if (address == nullptr) [[unlikely]]
      AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsMemory);
  } else {
    address = GuardedAddress<mode>(pc, fp, mem0, acc);
  }
  Memory value;
  std::memcpy(&value, address, sizeof(value));
  AIRWASM_ACCESS_DONE();
  Write<dst>(fp, acc, facc, pc->dst, static_cast<typename Access<op>::Value>(value));
  AIRWASM_NEXT(CellsOf(mode));
}

template <Op op, AddrMode mode, Src src>
AIRWASM_HANDLER Store(AIRWASM_HANDLER_PARAMS) {
  using Memory = typename Access<op>::Memory;
  using Value = typename Access<op>::Value;
  uint8_t* address;
  if constexpr (mode == AddrMode::kChecked) {
    address = CheckedAddress(pc, fp, ctx, sizeof(Memory), Offset(pc->imm), pc[1].bits);
    if (address == nullptr) [[unlikely]]
      AIRWASM_TRAP_NOW(TrapKind::kOutOfBoundsMemory);
  } else {
    address = GuardedAddress<mode>(pc, fp, mem0, acc);
  }
  Value value;
  if constexpr (src == Src::kImm && !FloatScalar<Value>) {
    value = SmallConstant<Value>(pc->dst);
  } else {
    value = Read<Value, src>(pc, fp, acc, facc, pc->dst);
  }
  const auto narrow = static_cast<Memory>(value);
  std::memcpy(address, &narrow, sizeof(narrow));
  AIRWASM_ACCESS_DONE();
  AIRWASM_NEXT(CellsOf(mode));
}

template <Op op>
constexpr LoadRow MakeLoadRow() {
  LoadRow row{};
  const auto set = [&row]<AddrMode mode>() {
    row.handlers[int(mode)][0] = &Load<op, mode, Dst::kAcc>;
    row.handlers[int(mode)][1] = &Load<op, mode, Dst::kSlot>;
  };
  [&]<size_t... i>(std::index_sequence<i...>) {
    (set.template operator()<static_cast<AddrMode>(i)>(), ...);
  }(std::make_index_sequence<kNumAddrModes>());
  return row;
}
template <Op op>
constexpr StoreRow MakeStoreRow() {
  StoreRow row{};
  const auto set = [&row]<AddrMode mode>() {
    constexpr bool kFloat = FloatScalar<typename Access<op>::Value>;
    row.handlers[int(mode)][int(Src::kSlot)] = &Store<op, mode, Src::kSlot>;
    if constexpr (!kFloat) row.handlers[int(mode)][int(Src::kImm)] = &Store<op, mode, Src::kImm>;
    if constexpr (kFloat || !UsesAcc(mode))
      row.handlers[int(mode)][int(Src::kAcc)] = &Store<op, mode, Src::kAcc>;
  };
  [&]<size_t... i>(std::index_sequence<i...>) {
    (set.template operator()<static_cast<AddrMode>(i)>(), ...);
  }(std::make_index_sequence<kNumAddrModes>());
  return row;
}

constexpr size_t kFirstLoad = static_cast<size_t>(Op::I32Load);
constexpr size_t kFirstStore = static_cast<size_t>(Op::I32Store);
constexpr auto kLoadRows = []<size_t... i>(std::index_sequence<i...>) {
  return std::array<LoadRow, sizeof...(i)>{MakeLoadRow<static_cast<Op>(kFirstLoad + i)>()...};
}(std::make_index_sequence<static_cast<size_t>(Op::I64Load32U) - kFirstLoad + 1>());
constexpr auto kStoreRows = []<size_t... i>(std::index_sequence<i...>) {
  return std::array<StoreRow, sizeof...(i)>{MakeStoreRow<static_cast<Op>(kFirstStore + i)>()...};
}(std::make_index_sequence<static_cast<size_t>(Op::I64Store32) - kFirstStore + 1>());

}  // namespace memory_handlers

const LoadRow* FindLoadRow(Op op) {
  const size_t i = static_cast<size_t>(op) - kFirstLoad;
  return i < kLoadRows.size() ? &kLoadRows[i] : nullptr;
}
const StoreRow* FindStoreRow(Op op) {
  const size_t i = static_cast<size_t>(op) - kFirstStore;
  return i < kStoreRows.size() ? &kStoreRows[i] : nullptr;
}

}  // namespace airwasm::interp
