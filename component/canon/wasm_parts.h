// What the pieces of an adapter module share while it is written: its code, its imports, the flags
// of the two instances, and the rules that appear in several places (bounds, realloc, trouble).
// Inside of wasm_adapter.h.
#pragma once

#include <vector>

#include "component/canon/rules.h"
#include "component/canon/wasm_adapter.h"
#include "component/canon/wasm_code.h"
#include "engine/syntax/module.h"

namespace airwasm::component::canon {

class WasmParts {
 public:
  using Side = WasmImport::Side;
  using Local = WasmCode::Local;
  using Op = WasmCode::Op;
  // A number of bytes that is known, or the i32 of a local.
  struct Bytes {
    bool is_known;
    uint32_t value;
    static Bytes Known(uint32_t bytes) { return {true, bytes}; }
    static Bytes In(Local local) { return {false, local}; }
  };

  WasmParts(const WasmAdapterTraits& traits, std::span<const airwasm::ValType> params)
      : code(params), traits(traits) {}

  WasmCode code;
  const WasmAdapterTraits traits;
  // The instances' flags as they are while nothing that is called has changed them.
  Local flags[2] = {0, 0};  // by Side

  // Indices of imports, which appear when they are first asked for.
  uint32_t Func(WasmImport::What what, Side side, const airwasm::FuncType& type);
  uint32_t Memory(Side side);
  uint32_t Entered(uint32_t index);
  uint32_t Flags(Side side) {
    return side == Side::kLift ? Entered(traits.entered_lift)
                               : Global({WasmImport::What::kFlags}, kI32);
  }

  void Push(Bytes bytes) {
    if (bytes.is_known) {
      code.I32(bytes.value);
    } else {
      code.Get(bytes.value);
    }
  }
  // Calls kTrouble with what is known of a, and locals.
  void Trouble(WasmTrouble trouble, uint32_t a = 0, Bytes b = Bytes::Known(0),
               Bytes c = Bytes::Known(0));
  // The same where it does not return.
  void Fail(WasmTrouble trouble, uint32_t a = 0, Bytes b = Bytes::Known(0),
            Bytes c = Bytes::Known(0)) {
    Trouble(trouble, a, b, c);
    code.Emit(Op::Unreachable);
  }

  // Leaves on the stack whether `bytes` at `address` are not all there, or are not aligned.
  // Spec: canonical ABI, "Loading": trap_if(ptr != align_to(..)), trap_if(ptr + n > len(memory)).
  void IsOutOfRange(Side side, Local address, Bytes bytes, uint32_t align);
  // CheckRange of rules.h.
  void CheckRange(Side side, Local address, Bytes bytes, uint32_t align, Pointee what,
                  bool from_realloc = false);
  // Allocate of rules.h: the address.
  Local Allocate(Side side, Bytes bytes, uint32_t align, Pointee what);

  // The storage of a new thread in the instance, and the old one again. `saved` is what Fresh
  // returned. Spec: canonical ABI, "Thread State", storage.
  Local FreshContext(Side side);
  void RestoreContext(Side side, Local saved);

  // Encodes the module; the code has been written.
  WasmAdapter Finish(const airwasm::FuncType& type, std::string_view name);

 private:
  bool HasContext(Side side) const {
    return side == Side::kLift ? traits.lift_context : traits.lower_context;
  }
  uint32_t Context(Side side) { return Global({WasmImport::What::kContext, side}, kV128); }
  uint32_t Global(WasmImport import, airwasm::ValType type);
  TypeIdx TypeOf(const airwasm::FuncType& type);
  // The index of `import` among the imports of its kind, if it is there.
  uint32_t Find(const WasmImport& import, airwasm::syntax::ExternType type);

  std::vector<airwasm::FuncType> types_;
  std::vector<WasmImport> imports_;
  std::vector<airwasm::syntax::ExternType> import_types_;
};

}  // namespace airwasm::component::canon
