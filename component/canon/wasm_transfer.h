// Writes the code of an adapter program: what transfer.cc does with it, as instructions.
#pragma once

#include <span>
#include <vector>

#include "component/canon/wasm_parts.h"

namespace airwasm::component::canon {

class WasmTransfer {
 public:
  using Side = WasmParts::Side;
  using Local = WasmParts::Local;

  // From `from`'s side to the other.
  WasmTransfer(WasmParts& parts, const Program& program, Side from)
      : parts_(parts),
        code_(parts.code),
        p_(program),
        from_(from),
        to_(from == Side::kLower ? Side::kLift : Side::kLower) {}

  // `from_flat` are the flat values, or the pointer if they are spilled. Returns the same of the
  // receiver, in locals of `types`; with a `place`, which is where spilled values go, nothing.
  std::vector<Local> Run(std::span<const Local> from_flat, std::span<const airwasm::ValType> types,
                         const Local* place);
  // Leaves the values on the stack instead. The program is one of scalars only.
  void PushScalars(std::span<const Local> from_flat);

 private:
  using CoreOp = WasmCode::Op;
  using Bytes = WasmParts::Bytes;
  // Addresses that an operation's places refer to.
  struct Bases {
    Local from = 0;
    Local to = 0;
  };
  static bool FromFlat(const Op& op) { return (op.where & Op::kFromFlat) != 0; }
  static bool ToFlat(const Op& op) { return (op.where & Op::kToFlat) != 0; }

  void RunOps(size_t begin, size_t end, Bases b);
  size_t Variant(size_t at, Bases b);
  size_t List(size_t at, Bases b);
  size_t Repeat(size_t at, Bases b);
  void Elements(const ListShape& shape, Local count, Local from, Local to, size_t body);
  void String(const Op& op, Bases b);
  void CheckString(Local address, Local bytes);
  void CopyBytes(Local to, Local from, Local bytes);
  void Copy(const Op& op, Bases b);
  void Number(const Op& op, Bases b);
  void Normalize(OpCode code);
  void Char(const Op& op, Bases b);

  // An i32 of op.width bytes or of a slot, onto the stack; and from a local.
  void ReadWidth(const Op& op, Bases b);
  void WriteWidth(const Op& op, Bases b, Local value);
  Local ReadAddress(const Op& op, Bases b, uint32_t word);
  void WritePair(const Op& op, Bases b, Local first, Local second);

  void PushFlat(Local slot, bool wide);
  void SetFlat(Local slot, bool wide);
  void LoadAt(CoreOp op, Local base, uint32_t offset) {
    code_.Get(base);
    code_.Access(op, parts_.Memory(from_), offset);
  }

  WasmParts& parts_;
  WasmCode& code_;
  const Program& p_;
  const Side from_;
  const Side to_;
  std::vector<Local> from_flat_;
  std::vector<Local> to_flat_;
};

}  // namespace airwasm::component::canon
