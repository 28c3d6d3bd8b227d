// Translated code of a function and of a module, and the map from addresses of cells back to
// functions.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/instr/instr.h"
#include "engine/interp/baseline.h"
#include "engine/interp/cell.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/module.h"

namespace airwasm::interp {

// The cell from which on code belongs to the wasm instruction at `offset`, until the next entry's
// cell.
struct CodeOffset {
  uint32_t cell;
  uint32_t offset;  // from the start of the body's instructions
};

inline constexpr uint32_t kNoSlot = UINT32_MAX;

// One way out of a try: where an exception with the tag goes on, and where its payload and its
// reference are put first.
struct CatchEntry {
  CatchKind kind;
  uint32_t tag = 0;     // TagIdx, for kCatch and kCatchRef
  uint32_t target = 0;  // cell
  uint32_t payload_slot = 0;
  uint32_t exn_slot = kNoSlot;
};

// The cells of one try's body. In FunctionCode::catches, inner tries come before outer ones.
struct CatchRange {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t depth = 0;  // of the try among the control frames around it
  // For `delegate`: handlers deeper than this are passed over. kNoSlot otherwise.
  uint32_t delegate_depth = kNoSlot;
  std::vector<CatchEntry> entries;
};

// A loop, for entering compiled code there: everything stands in slots but constants.
struct LoopCode {
  uint32_t cell = 0;    // its first
  uint32_t offset = 0;  // of the loop instruction, from the start of the body's instructions
  std::vector<runtime::LoopEntry::Slot> operands;
};

struct FunctionCode {
  runtime::FuncCode* code = nullptr;
  size_t body_offset = 0;  // of the body's instructions, from the start of the module
  std::vector<Cell> cells;
  std::vector<CodeOffset> offsets;
  std::vector<CatchRange> catches;
  std::vector<LoopCode> loops;        // by rising cell
  std::vector<uint32_t> local_slots;  // by LocalIdx; of functions with loops
  uint32_t frame_slots = 0;
  std::unique_ptr<BaselineCode> baseline;  // or null; guarded by Module::code_mutex

  // Offset from the start of the module of the instruction that `pc`, a cell of this function,
  // belongs to.
  size_t OffsetOf(const Cell* pc) const;
};

// How a stub (from_native.h) puts the arguments of a call from compiled code into slots. Offsets in
// bytes; a v128 is two moves.
struct StubMoves {
  struct Move {
    uint16_t from, to;
  };
  std::vector<Move> registers;  // from runtime::Registers
  std::vector<Move> buffer;     // from StoreContext::argbuf
  bool scalar_result = false;   // one at most, and no v128
};

// What the interpreter hangs on a module: its functions' code and the lazy cells.
class InterpModuleCode : public runtime::ModuleCode {
 public:
  ~InterpModuleCode() override;
  std::vector<Cell> lazy_cells;    // one per function
  std::vector<Cell> native_cells;  // likewise, once there is compiled code
  std::vector<std::unique_ptr<FunctionCode>>
      functions;  // those translated; guarded by Module::code_mutex
  // By FuncIdx, if there are any: of the functions that need them, the same for all of a type.
  std::vector<std::shared_ptr<const StubMoves>> stub_moves;
  bool wants_baseline = false;  // likewise: those to be translated get baseline code, too
};

// All translated functions of the process by address. Threads: any.
void RegisterCode(const FunctionCode* code);
void UnregisterCode(std::span<const std::unique_ptr<FunctionCode>> codes);
// The function that `pc` lies in, or null.
const FunctionCode* FindCode(const Cell* pc);

}  // namespace airwasm::interp
