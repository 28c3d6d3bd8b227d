#include "engine/interp/baseline.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <utility>

#include "engine/interp/code.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/stencil_format.h"
#include "engine/runtime/code_memory.h"

namespace airwasm::interp {
namespace {

// All baseline code by its end.
struct BaselineRegister {
  std::shared_mutex mutex;
  std::map<const uint8_t*, const BaselineCode*> by_end;
};
BaselineRegister& Register() {
  static BaselineRegister* const instance = new BaselineRegister;
  return *instance;
}

#ifdef AIRWASM_HAS_STENCILS

// The stencils by handler.
class StencilTable {
 public:
  StencilTable() {
    stencils_.reserve(airwasm_num_stencils);
    for (uint32_t i = 0; i < airwasm_num_stencils; ++i) {
      const Stencil& stencil = airwasm_stencils[i];
      const uintptr_t handler = reinterpret_cast<uintptr_t>(&stencil.handler) +
                                static_cast<uintptr_t>(intptr_t{stencil.handler});
      stencils_.emplace(reinterpret_cast<Handler*>(handler), &stencil);
    }
    // Its address is looked for in cells: TailCallFuncInAcc.
    stencils_.erase(Reg(RegOp::ReloadCtx));
  }
  const Stencil* Find(Handler* handler) const {
    const auto it = stencils_.find(handler);
    return it == stencils_.end() ? nullptr : it->second;
  }

 private:
  std::unordered_map<Handler*, const Stencil*> stencils_;
};

const StencilTable& Stencils() {
  static const StencilTable* const table = new StencilTable;
  return *table;
}

std::span<const HoleUse> UsesOf(const Stencil& stencil) {
  return {airwasm_stencil_uses + stencil.uses, stencil.num_uses};
}

// Cells that the instruction at `cell` takes.
size_t CellsOf(std::span<const Cell> cells, size_t cell) {
  Handler* const handler = cells[cell].handler;
  if (handler == Reg(RegOp::BrTableSlot) || handler == Reg(RegOp::BrTableAcc))
    return 1 + (static_cast<size_t>(cells[cell].imm) + 1 + 3) / 4;
  // Behind these are 16 bytes of anything.
  if (handler == Reg(RegOp::V128Const) || handler == FindSimdHandler(Op::I8x16Shuffle)) return 2;
  size_t end = cell + 1;
  while (end < cells.size() && cells[end].handler == Reg(RegOp::Data)) ++end;
  return end - cell;
}

// What is filled in where the hole is a value; the low 32 bits are meant where it is used as 32.
uint64_t ValueOf(Hole hole, const Cell* cell) {
  const auto sign_extended = [](auto value) {
    return static_cast<uint64_t>(static_cast<int64_t>(value));
  };
  switch (hole) {
    case Hole::dst:
      return cell->dst;
    case Hole::a:
      return cell->a;
    case Hole::b:
      return cell->b;
    case Hole::aux:
      return cell->aux;
    case Hole::signed_dst:
      return static_cast<uint32_t>(static_cast<int16_t>(cell->dst));
    case Hole::signed_a:
      return static_cast<uint32_t>(static_cast<int16_t>(cell->a));
    case Hole::signed_b:
      return static_cast<uint32_t>(static_cast<int16_t>(cell->b));
    case Hole::signed_aux:
      return static_cast<uint32_t>(static_cast<int16_t>(cell->aux));
    case Hole::signed_dst_64:
      return sign_extended(static_cast<int16_t>(cell->dst));
    case Hole::signed_a_64:
      return sign_extended(static_cast<int16_t>(cell->a));
    case Hole::signed_b_64:
      return sign_extended(static_cast<int16_t>(cell->b));
    case Hole::signed_aux_64:
      return sign_extended(static_cast<int16_t>(cell->aux));
    case Hole::imm:
    case Hole::offset:
      return static_cast<uint32_t>(cell->imm);
    case Hole::imm_64:
      return sign_extended(cell->imm);
    case Hole::word_0:
      return cell->words[0];
    case Hole::word_1:
      return cell->words[1];
    case Hole::cell:
      return reinterpret_cast<uint64_t>(cell);
    case Hole::next_a:
      return cell[1].a;
    case Hole::next_b:
      return cell[1].b;
    case Hole::next_imm:
      return static_cast<uint32_t>(cell[1].imm);
    case Hole::next_imm_64:
      return sign_extended(cell[1].imm);
    case Hole::next_word_0:
      return cell[1].words[0];
    case Hole::next_word_1:
      return cell[1].words[1];
    case Hole::next_bits:
      return cell[1].bits;
    case Hole::third_word_0:
      return cell[2].words[0];
    case Hole::go_next:
    case Hole::go_target:
    case Hole::go_handler:
    case Hole::table:
    case Hole::constant:
      break;
  }
  return 0;
}

bool IsPlace(Hole hole) {
  return hole == Hole::go_next || hole == Hole::go_target || hole == Hole::go_handler ||
         hole == Hole::table || hole == Hole::constant;
}

// Whether the processor makes of the 32 bits there what the handler reads.
bool Fits(const HoleUse& use, const Cell* cell) {
  if (IsPlace(use.hole) || use.kind == HoleKind::kWord64) return true;
  const auto value = static_cast<int64_t>(ValueOf(use.hole, cell)) + use.addend;
  if (use.kind == HoleKind::kUnsigned32) return value == static_cast<uint32_t>(value);
  return value == static_cast<int32_t>(value);
}

// The code of one function while it is put together.
class Assembly {
 public:
  explicit Assembly(const std::vector<Cell>& cells) : cells_(cells) {}

  // Where each cell's code starts, and all the code; it can be put anywhere.
  std::vector<uint32_t> starts;
  std::vector<uint8_t> bytes;
  // Cells whose code is a stencil.
  std::vector<uint32_t> copied;

  bool Run() {
    starts.resize(cells_.size());
    bytes.reserve(cells_.size() * 24);
    for (size_t cell = 0; cell < cells_.size();) {
      const size_t end = cell + CellsOf(cells_, cell);
      for (size_t i = cell; i < end; ++i) starts[i] = static_cast<uint32_t>(bytes.size());
      const Stencil* const stencil = FittingStencil(cell);
      if (stencil == nullptr) {
        GoToHandler(cell);
      } else {
        copied.push_back(static_cast<uint32_t>(cell));
        Copy(*stencil, static_cast<uint32_t>(cell), static_cast<uint32_t>(end));
      }
      cell = end;
    }
    for (const Place& place : places_) Resolve(place);
    return bytes.size() <= INT32_MAX;
  }

 private:
  // A distance that is filled in when everything has its place.
  struct Place {
    uint32_t at;
    const HoleUse* use;
    uint32_t cell;
    uint32_t next;
  };

  const Stencil* FittingStencil(size_t cell) const {
    const Stencil* const stencil = Stencils().Find(cells_[cell].handler);
    if (stencil == nullptr) return nullptr;
    for (const HoleUse& use : UsesOf(*stencil)) {
      if (!Fits(use, &cells_[cell])) return nullptr;
    }
    return stencil;
  }

  template <typename T>
  void Append(T value) {
    const size_t at = bytes.size();
    bytes.resize(at + sizeof(value));
    std::memcpy(bytes.data() + at, &value, sizeof(value));
  }
  // mov r12 (pc), cell; mov rax, handler; jmp rax
  void GoToHandler(size_t cell) {
    Append(uint16_t{0xBC49});
    Append(reinterpret_cast<uint64_t>(&cells_[cell]));
    Append(uint16_t{0xB848});
    Append(reinterpret_cast<uint64_t>(cells_[cell].handler));
    Append(uint16_t{0xE0FF});
  }

  void Copy(const Stencil& stencil, uint32_t cell, uint32_t next) {
    const auto start = static_cast<uint32_t>(bytes.size());
    const uint8_t* const from = airwasm_stencil_code + stencil.code;
    bytes.insert(bytes.end(), from, from + stencil.code_bytes);
    for (const HoleUse& use : UsesOf(stencil)) {
      const uint32_t at = start + use.at;
      if (IsPlace(use.hole)) {
        places_.push_back({at, &use, cell, next});
        continue;
      }
      const uint64_t value =
          ValueOf(use.hole, &cells_[cell]) + static_cast<uint64_t>(int64_t{use.addend});
      std::memcpy(bytes.data() + at, &value, use.kind == HoleKind::kWord64 ? 8 : 4);
    }
  }

  void Resolve(const Place& place) {
    uint32_t to = 0;
    switch (place.use->hole) {
      case Hole::go_next:
        to = starts[place.next];
        break;
      case Hole::go_target:
        to = StartBehind(place.cell, cells_[place.cell].imm);
        break;
      case Hole::go_handler:
        if (exit_cell_ != place.cell) {
          exit_cell_ = place.cell;
          exit_ = static_cast<uint32_t>(bytes.size());
          GoToHandler(place.cell);
        }
        to = exit_;
        break;
      case Hole::table:
        to = TableOf(place.cell);
        break;
      default:
        to = ConstantAt(place.use->constant);
        break;
    }
    const uint32_t distance = to - place.at + static_cast<uint32_t>(int32_t{place.use->addend});
    std::memcpy(bytes.data() + place.at, &distance, sizeof(distance));
  }

  // Of the cell that lies `distance` bytes behind `cell`.
  uint32_t StartBehind(uint32_t cell, int32_t distance) const {
    return starts[static_cast<size_t>(int64_t{cell} + distance / int32_t{sizeof(Cell)})];
  }

  uint32_t TableOf(uint32_t cell) {
    const auto table = static_cast<uint32_t>(bytes.size());
    const auto* const distances = reinterpret_cast<const int32_t*>(&cells_[cell + 1]);
    for (int32_t i = 0; i <= cells_[cell].imm; ++i) Append(StartBehind(cell, distances[i]) - table);
    return table;
  }

  // A copy of the constant in this code.
  uint32_t ConstantAt(uint16_t index) {
    const auto [it, is_new] = constants_.try_emplace(index);
    if (is_new) {
      bytes.resize((bytes.size() + kConstantBytes - 1) / kConstantBytes * kConstantBytes);
      it->second = static_cast<uint32_t>(bytes.size());
      const uint8_t* const from = airwasm_stencil_constants + index * kConstantBytes;
      bytes.insert(bytes.end(), from, from + kConstantBytes);
    }
    return it->second;
  }

  const std::vector<Cell>& cells_;
  std::vector<Place> places_;
  std::unordered_map<uint16_t, uint32_t> constants_;
  uint32_t exit_cell_ = UINT32_MAX;  // whose handler `exit_` goes to
  uint32_t exit_ = 0;
};

#endif  // AIRWASM_HAS_STENCILS

}  // namespace

BaselineCode::~BaselineCode() {
  if (base_ == nullptr) return;
  BaselineRegister& r = Register();
  {
    const std::unique_lock lock(r.mutex);
    r.by_end.erase(base_ + bytes_);
  }
  runtime::CodeMemory::Baseline().Free(base_, bytes_);
}

bool AddBaseline(FunctionCode& code) try {
#ifdef AIRWASM_HAS_STENCILS
  if (code.baseline != nullptr) return true;
  Assembly assembly(code.cells);
  if (!assembly.Run()) return false;
  std::unique_ptr<BaselineCode> baseline(new BaselineCode);
  baseline->base_ = runtime::CodeMemory::Baseline().Allocate(assembly.bytes);
  if (baseline->base_ == nullptr) return false;
  baseline->bytes_ = assembly.bytes.size();
  baseline->cells_ = code.cells.data();
  baseline->starts_ = std::move(assembly.starts);
  {
    BaselineRegister& r = Register();
    const std::unique_lock lock(r.mutex);
    r.by_end.emplace(baseline->base_ + baseline->bytes_, baseline.get());
  }
  for (const uint32_t cell : assembly.copied) {
    const auto native = reinterpret_cast<Handler*>(
        reinterpret_cast<uintptr_t>(baseline->base_ + baseline->starts_[cell]));
    std::atomic_ref(code.cells[cell].handler).store(native, std::memory_order_release);
  }
  code.baseline = std::move(baseline);
  return true;
#else
  (void)code;
  return false;
#endif
} catch (const std::bad_alloc&) {
  return false;
}

bool HasStencil(Handler* handler) {
#ifdef AIRWASM_HAS_STENCILS
  return Stencils().Find(handler) != nullptr;
#else
  (void)handler;
  return false;
#endif
}

const Cell* BaselineCellAt(const void* native_pc) {
  if (!runtime::baseline_code_range.Contains(native_pc)) return nullptr;
  const auto* const pc = static_cast<const uint8_t*>(native_pc);
  BaselineRegister& r = Register();
  const std::shared_lock lock(r.mutex);
  const auto it = r.by_end.upper_bound(pc);
  if (it == r.by_end.end() || pc < it->second->base_) return nullptr;
  const BaselineCode& code = *it->second;
  const auto offset = static_cast<uint32_t>(pc - code.base_);
  const auto next = std::upper_bound(code.starts_.begin(), code.starts_.end(), offset);
  // Of an instruction's cells, which start at one place, the first.
  const auto first = std::lower_bound(code.starts_.begin(), next, *std::prev(next));
  return code.cells_ + (first - code.starts_.begin());
}

}  // namespace airwasm::interp
