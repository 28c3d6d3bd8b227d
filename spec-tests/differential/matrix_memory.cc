// Loads, stores and atomics: at the start of a memory, at its last bytes, just beyond them and far
// beyond, with offsets that reach there by themselves, in every kind of memory.
#include <algorithm>

#include "spec-tests/differential/edge_values.h"
#include "spec-tests/differential/matrix_module.h"

namespace airwasm::differential {
namespace {

struct MemoryKind {
  std::string_view name;
  MemoryType type;
  uint32_t index;   // those before it have one page
  bool is_guarded;  // bounds are the fault handler's business
  bool for_atomics;
};
const MemoryKind kMemories[] = {
    {"memory", {.limits = {.min = 1}}, 0, true, true},
    {"memory64", {.limits = {.min = 1}, .is_64 = true}, 0, false, true},
    {"shared memory", {.limits = {.min = 1, .max = 2}, .shared = true}, 0, true, true},
    {"second memory", {.limits = {.min = 1, .max = 3}}, 1, true, false},
    {"memory of bytes", {.limits = {.min = 300}, .page_size_log2 = 0}, 0, false, false}};

bool IsWait(Op op) {
  return op == Op::MemoryAtomicWait32 || op == Op::MemoryAtomicWait64;
}

class MemoryModule {
 public:
  MemoryModule(Op op, const MemoryKind& memory, uint8_t lane)
      : op_(op), memory_(memory), lane_(lane), width_(AccessBytes(Info(op))) {
    const uint64_t pages = memory.type.limits.min;
    size_ = pages << memory.type.page_size_log2;
    const SignatureInfo& signature = Info(Info(op).signature);
    for (const SigType type : signature.params) params_.push_back(TypeOf(type));
    for (const SigType type : signature.results) results_.push_back(TypeOf(type));
    for (uint32_t i = 0; i < memory.index; ++i) writer_.AddMemory({.limits = {.min = 1}});
    writer_.AddMemory(memory.type);
    std::vector<uint8_t> pattern(64);
    for (size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<uint8_t>(i * 37 + 129);
    writer_.AddData(memory.index, 0, pattern);
    writer_.AddData(memory.index, size_ - pattern.size(), pattern);
  }

  MatrixModule Make() {
    std::vector<uint64_t> offsets = {0, 8, size_ - width_, size_, 0xFFFFFFFF};
    if (memory_.type.is_64) offsets.push_back(uint64_t{1} << 40);
    for (const uint64_t offset : offsets) {
      Parameters(offset, /*spilled=*/false);
      if (offset <= 8) Parameters(offset, /*spilled=*/true);
    }
    for (const uint64_t offset : {uint64_t{0}, uint64_t{8}}) {
      const uint64_t last = size_ - width_ - offset;
      for (const uint64_t address : {uint64_t{0}, last, last + 1, uint64_t{0xFFFFFFFF}})
        Constants(offset, address);
    }
    Constants(size_ - width_, 0);
    Constants(size_ - width_, 1);
    InARow({0, 16, size_ - width_ - 64, size_});
    return {.name = std::string(Info(op_).text) + ", " + std::string(memory_.name),
            .bytes = writer_.Finish(),
            .calls = calls_,
            .checked = memory_.is_guarded};
  }

  MatrixModule MakePartlyOutOfBounds() {
    InARow({size_ - width_ - 63, size_ - width_ - 8, size_ - width_});
    return {
        .name = std::string(Info(op_).text) + " partly out of bounds, " + std::string(memory_.name),
        .bytes = writer_.Finish(),
        .calls = calls_,
        .checked = memory_.is_guarded,
        .needs_exact_traps = memory_.is_guarded};
  }

 private:
  ValType TypeOf(SigType type) const { return ValTypeOf(type, memory_.type.is_64 ? kI64 : kI32); }

  std::vector<uint64_t> Addresses(uint64_t offset) const {
    std::vector<uint64_t> addresses = {0,
                                       1,
                                       8,
                                       size_ - width_,
                                       size_ - width_ - offset,
                                       size_ - width_ - offset + 1,
                                       size_ - 1,
                                       size_,
                                       0x80000000,
                                       0xFFFFFFFF,
                                       uint64_t{0} - width_};
    if (memory_.type.is_64) {
      addresses.insert(addresses.end(), {uint64_t{1} << 32, uint64_t{1} << 63, ~uint64_t{0}});
    } else {
      for (uint64_t& address : addresses) address &= 0xFFFFFFFF;
    }
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    return addresses;
  }

  // What operand `i` is, by turns; never the address.
  V128Bytes Operand(uint32_t i, uint32_t turn) const {
    // A wait ends at once, or after a nanosecond.
    if (IsWait(op_) && i == 2) return Bits(turn % 2);
    const auto edges = EdgeBits(params_[i]);
    // Every third expected value of a wait or an exchange is what the memory holds at its start.
    if (params_.size() == 3 && i == 1 && turn % 3 == 0) {
      uint64_t held = 0;
      for (uint32_t byte = 0; byte < width_; ++byte)
        held |= uint64_t{static_cast<uint8_t>(byte * 37 + 129)} << (8 * byte);
      return Bits(held);
    }
    return edges[(turn * 7 + i * 3) % edges.size()];
  }

  void Emit(Code& code, uint64_t offset) const {
    const bool exact = (Info(op_).flags & kAtomic) != 0;
    const MemArg mem{.align_log2 = exact || offset == 8 ? NaturalAlignLog2(Info(op_)) : 0,
                     .memory = memory_.index,
                     .offset = offset};
    if (Info(op_).immediate == Immediate::kMemArgLane)
      code.Access(op_, mem, lane_);
    else
      code.Access(op_, mem);
  }

  bool OffsetFits(uint64_t offset) const { return memory_.type.is_64 || offset <= 0xFFFFFFFF; }

  void Call(const std::string& function, const uint64_t* address, uint32_t turn) {
    MatrixCall call{.function = function};
    if (address != nullptr) call.args.push_back(Value::FromBits(params_[0], Bits(*address)));
    for (uint32_t i = 1; i < params_.size(); ++i)
      call.args.push_back(Value::FromBits(params_[i], Operand(i, turn)));
    calls_.push_back(std::move(call));
  }

  void Parameters(uint64_t offset, bool spilled) {
    if (!OffsetFits(offset)) return;
    const std::string name = (spilled ? "spilled, offset " : "offset ") + std::to_string(offset);
    Code code;
    for (uint32_t i = 0; i < params_.size(); ++i) code.Do(Op::LocalGet, i);
    if (spilled) writer_.CallClobber(code);
    Emit(code, offset);
    code.End();
    writer_.AddFunction(name, {params_, results_}, {}, std::move(code));
    uint32_t turn = 0;
    for (const uint64_t address : Addresses(offset)) {
      for (uint32_t k = 0; k < (params_.size() > 1 ? 3 : 1); ++k) Call(name, &address, turn++);
    }
  }

  void Constants(uint64_t offset, uint64_t address) {
    const std::string name =
        "address " + std::to_string(address) + ", offset " + std::to_string(offset);
    Code code;
    PushConst(code, params_[0], Bits(address));
    for (uint32_t i = 1; i < params_.size(); ++i) code.Do(Op::LocalGet, i - 1);
    Emit(code, offset);
    code.End();
    writer_.AddFunction(name, {{params_.begin() + 1, params_.end()}, results_}, {},
                        std::move(code));
    for (uint32_t turn = 0; turn < (params_.size() > 1 ? 3 : 1); ++turn) Call(name, nullptr, turn);
  }

  // Several at one address, of which all are in bounds or the first is not: so a check that an
  // earlier one has made may be left out. Where the first ones are in bounds and the others not,
  // what they have written before the trap must be there (PartlyOutOfBounds).
  void InARow(std::initializer_list<uint64_t> addresses) {
    Code code;
    for (const uint64_t offset : {uint64_t{0}, uint64_t{8}, uint64_t{64}}) {
      for (uint32_t i = 0; i < params_.size(); ++i) code.Do(Op::LocalGet, i);
      Emit(code, offset);
      if (offset != 64 && !results_.empty()) code.Do(Op::Drop);
    }
    code.End();
    writer_.AddFunction("three in a row", {params_, results_}, {}, std::move(code));
    uint32_t turn = 0;
    for (const uint64_t address : addresses) Call("three in a row", &address, turn++);
  }

  const Op op_;
  const MemoryKind& memory_;
  const uint8_t lane_;
  const uint32_t width_;
  uint64_t size_;
  std::vector<ValType> params_, results_;
  MatrixWriter writer_;
  std::vector<MatrixCall> calls_;
};

}  // namespace

std::vector<MatrixModule> MemoryModulesFor(Op op) {
  std::vector<MatrixModule> modules;
  const bool has_lane = Info(op).immediate == Immediate::kMemArgLane;
  const bool is_atomic = (Info(op).flags & kAtomic) != 0;
  const auto last_lane = static_cast<uint8_t>(has_lane ? 16 / AccessBytes(Info(op)) - 1 : 0);
  for (const MemoryKind& memory : kMemories) {
    // Their addresses are computed as those of other accesses are.
    if (is_atomic && !memory.for_atomics) continue;
    modules.push_back(MemoryModule(op, memory, last_lane).Make());
    if (has_lane) modules.push_back(MemoryModule(op, memory, 0).Make());
    if (Info(Info(op).signature).results.empty())
      modules.push_back(MemoryModule(op, memory, last_lane).MakePartlyOutOfBounds());
  }
  return modules;
}

}  // namespace airwasm::differential
