// Each operation of adapter.h as instructions; those with pointers are in wasm_pointers.cc. Ranges
// have been checked when their values are read, so no access of the code itself can trap. Spec:
// canonical ABI, "Loading", "Storing", "Flat Lifting", "Flat Lowering".
#include "component/canon/wasm_transfer.h"

#include <algorithm>
#include <cassert>

namespace airwasm::component::canon {
namespace {

using CoreOp = WasmCode::Op;

// Bytes up to here are copied one load and store after the other.
constexpr uint32_t kMaxInlineCopyBytes = 64;

bool IsWide(const Op& op) {
  return op.code == OpCode::kU64;
}

CoreOp LoadOf(const Op& op) {
  switch (op.code) {
    case OpCode::kU8:
    case OpCode::kBool:
      return CoreOp::I32Load8U;
    case OpCode::kS8:
      return CoreOp::I32Load8S;
    case OpCode::kU16:
      return CoreOp::I32Load16U;
    case OpCode::kS16:
      return CoreOp::I32Load16S;
    case OpCode::kU64:
      return CoreOp::I64Load;
    default:
      return CoreOp::I32Load;
  }
}
CoreOp StoreOf(const Op& op) {
  switch (op.code) {
    case OpCode::kU8:
    case OpCode::kS8:
    case OpCode::kBool:
      return CoreOp::I32Store8;
    case OpCode::kU16:
    case OpCode::kS16:
      return CoreOp::I32Store16;
    case OpCode::kU64:
      return CoreOp::I64Store;
    default:
      return CoreOp::I32Store;
  }
}

}  // namespace

std::vector<WasmTransfer::Local> WasmTransfer::Run(std::span<const Local> from_flat,
                                                   std::span<const airwasm::ValType> types,
                                                   const Local* place) {
  from_flat_.assign(from_flat.begin(), from_flat.end());
  Bases b;
  if (p_.from_spilled) {
    b.from = from_flat[0];
    parts_.CheckRange(from_, b.from, Bytes::Known(p_.from_layout.size), p_.from_layout.align,
                      Pointee::kTuple);
  }
  if (p_.to_spilled) {
    const Bytes size = Bytes::Known(p_.to_layout.size);
    const uint32_t align = p_.to_layout.align;
    if (place == nullptr) {
      b.to = parts_.Allocate(to_, size, align, Pointee::kTuple);
      to_flat_ = {b.to};
    } else {
      b.to = *place;
      parts_.CheckRange(to_, b.to, size, align, Pointee::kTuple);
    }
  } else {
    for (const airwasm::ValType type : types) to_flat_.push_back(code_.NewLocal(type));
  }
  RunOps(0, p_.ops.size(), b);
  return std::move(to_flat_);
}

void WasmTransfer::PushScalars(std::span<const Local> from_flat) {
  for (const Op& op : p_.ops) {
    if (op.code == OpCode::kReturn) return;
    code_.Get(from_flat[op.from]);
    Normalize(op.code);
  }
}

void WasmTransfer::RunOps(size_t begin, size_t end, Bases b) {
  for (size_t i = begin; i < end;) {
    const Op& op = p_.ops[i];
    switch (op.code) {
      case OpCode::kU8:
      case OpCode::kS8:
      case OpCode::kU16:
      case OpCode::kS16:
      case OpCode::kU32:
      case OpCode::kU64:
      case OpCode::kBool:
        Number(op, b);
        break;
      case OpCode::kChar:
        Char(op, b);
        break;
      case OpCode::kFlags: {
        const Local value = code_.NewLocal(kI32);
        ReadWidth(op, b);
        code_.I32(op.imm);
        code_.Emit(CoreOp::I32And);
        code_.Set(value);
        WriteWidth(op, b, value);
        break;
      }
      case OpCode::kEnum: {
        const Local value = code_.NewLocal(kI32);
        ReadWidth(op, b);
        code_.Tee(value);
        code_.I32(op.aux);
        code_.Emit(CoreOp::I32GeU);
        code_.Open(CoreOp::If);
        parts_.Fail(WasmTrouble::kDiscriminant);
        code_.Close();
        WriteWidth(op, b, value);
        break;
      }
      case OpCode::kCopy:
        Copy(op, b);
        break;
      case OpCode::kString:
        String(op, b);
        break;
      case OpCode::kBulk:
      case OpCode::kList:
        i = List(i, b);
        continue;
      case OpCode::kRepeat:
        i = Repeat(i, b);
        continue;
      case OpCode::kVariant:
        i = Variant(i, b);
        continue;
      case OpCode::kZero:  // slots are locals of their own, and zero until they are set
        break;
      case OpCode::kJump:  // ends a case: Variant goes on behind it
      case OpCode::kReturn:
        assert(i + 1 == end);
        break;
      case OpCode::kOwn:
      case OpCode::kBorrow:
      case OpCode::kUnsupported:
        assert(false && "WasmObstacle has let it pass");
        break;
    }
    ++i;
  }
}

// ---- Numbers

// `wide`: 64 bits of value, whatever the slot's type; a slot of a variant may be wider than that.
void WasmTransfer::PushFlat(Local slot, bool wide) {
  code_.Get(slot);
  const ValKind kind = code_.TypeOf(slot).kind();
  if (kind == ValKind::kF32) code_.Emit(CoreOp::I32ReinterpretF32);
  if (kind == ValKind::kF64) code_.Emit(CoreOp::I64ReinterpretF64);
  if (kind == ValKind::kI64 && !wide) code_.Emit(CoreOp::I32WrapI64);
}
void WasmTransfer::SetFlat(Local slot, bool wide) {
  const ValKind kind = code_.TypeOf(slot).kind();
  if (kind == ValKind::kF32) code_.Emit(CoreOp::F32ReinterpretI32);
  if (kind == ValKind::kF64) code_.Emit(CoreOp::F64ReinterpretI64);
  if (kind == ValKind::kI64 && !wide) code_.Emit(CoreOp::I64ExtendI32U);
  code_.Set(slot);
}

// A slot's i32 on the stack, as the receiver is to see it.
void WasmTransfer::Normalize(OpCode code) {
  switch (code) {
    case OpCode::kU8:
      code_.I32(0xFF);
      return code_.Emit(CoreOp::I32And);
    case OpCode::kU16:
      code_.I32(0xFFFF);
      return code_.Emit(CoreOp::I32And);
    case OpCode::kS8:
      return code_.Emit(CoreOp::I32Extend8S);
    case OpCode::kS16:
      return code_.Emit(CoreOp::I32Extend16S);
    case OpCode::kBool:
      code_.I32(0);
      return code_.Emit(CoreOp::I32Ne);
    default:
      return;
  }
}

void WasmTransfer::Number(const Op& op, Bases b) {
  const bool wide = IsWide(op);
  if (!ToFlat(op)) code_.Get(b.to);
  if (FromFlat(op)) {
    PushFlat(from_flat_[op.from], wide);
    if (ToFlat(op) || op.code == OpCode::kBool) Normalize(op.code);
  } else {
    LoadAt(LoadOf(op), b.from, op.from);
    if (op.code == OpCode::kBool) Normalize(op.code);
  }
  if (ToFlat(op)) {
    SetFlat(to_flat_[op.to], wide);
  } else {
    code_.Access(StoreOf(op), parts_.Memory(to_), op.to);
  }
}

// Spec: canonical ABI, convert_i32_to_char.
void WasmTransfer::Char(const Op& op, Bases b) {
  const Local c = code_.NewLocal(kI32);
  if (FromFlat(op)) {
    PushFlat(from_flat_[op.from], false);
  } else {
    LoadAt(CoreOp::I32Load, b.from, op.from);
  }
  code_.Tee(c);
  code_.I32(0x110000);
  code_.Emit(CoreOp::I32GeU);
  code_.Get(c);
  code_.I32(0xFFFF'F800);
  code_.Emit(CoreOp::I32And);
  code_.I32(0xD800);
  code_.Emit(CoreOp::I32Eq);
  code_.Emit(CoreOp::I32Or);
  code_.Open(CoreOp::If);
  parts_.Fail(WasmTrouble::kChar);
  code_.Close();
  if (ToFlat(op)) {
    code_.Get(c);
    SetFlat(to_flat_[op.to], false);
  } else {
    code_.Get(b.to);
    code_.Get(c);
    code_.Access(CoreOp::I32Store, parts_.Memory(to_), op.to);
  }
}

void WasmTransfer::ReadWidth(const Op& op, Bases b) {
  if (FromFlat(op)) return PushFlat(from_flat_[op.from], false);
  LoadAt(op.width == 1   ? CoreOp::I32Load8U
         : op.width == 2 ? CoreOp::I32Load16U
                         : CoreOp::I32Load,
         b.from, op.from);
}
void WasmTransfer::WriteWidth(const Op& op, Bases b, Local value) {
  if (ToFlat(op)) {
    code_.Get(value);
    return SetFlat(to_flat_[op.to], false);
  }
  code_.Get(b.to);
  code_.Get(value);
  code_.Access(op.width == 1   ? CoreOp::I32Store8
               : op.width == 2 ? CoreOp::I32Store16
                               : CoreOp::I32Store,
               parts_.Memory(to_), op.to);
}

void WasmTransfer::Copy(const Op& op, Bases b) {
  if (op.imm > kMaxInlineCopyBytes) {
    for (const auto& [base, offset] : {std::pair(b.to, op.to), std::pair(b.from, op.from)}) {
      code_.Get(base);
      code_.I32(offset);
      code_.Emit(CoreOp::I32Add);
    }
    code_.I32(op.imm);
    return code_.MemoryCopy(parts_.Memory(to_), parts_.Memory(from_));
  }
  const struct {
    uint32_t bytes;
    CoreOp load, store;
  } kChunks[] = {{8, CoreOp::I64Load, CoreOp::I64Store},
                 {4, CoreOp::I32Load, CoreOp::I32Store},
                 {2, CoreOp::I32Load16U, CoreOp::I32Store16},
                 {1, CoreOp::I32Load8U, CoreOp::I32Store8}};
  uint32_t done = 0;
  for (const auto& chunk : kChunks) {
    for (; op.imm - done >= chunk.bytes; done += chunk.bytes) {
      code_.Get(b.to);
      LoadAt(chunk.load, b.from, op.from + done);
      code_.Access(chunk.store, parts_.Memory(to_), op.to + done);
    }
  }
}

// ---- Variants

// Cases lie one behind the other, up to the end; one that is empty has the end as its target.
size_t WasmTransfer::Variant(size_t at, Bases b) {
  const Op& op = p_.ops[at];
  const Local i = code_.NewLocal(kI32);
  ReadWidth(op, b);
  code_.Tee(i);
  code_.I32(op.aux);
  code_.Emit(CoreOp::I32GeU);
  code_.Open(CoreOp::If);
  parts_.Fail(WasmTrouble::kDiscriminant);
  code_.Close();
  WriteWidth(op, b, i);

  const std::span<const uint32_t> targets(&p_.targets[op.imm], op.aux);
  const uint32_t end = p_.targets[op.imm + op.aux];
  std::vector<uint32_t> starts(targets.begin(), targets.end());
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  if (starts.back() == end) starts.pop_back();
  if (starts.empty()) return end;

  const WasmCode::Label done = code_.Open(CoreOp::Block);
  std::vector<WasmCode::Label> labels(starts.size());
  for (size_t k = starts.size(); k-- > 0;) labels[k] = code_.Open(CoreOp::Block);
  std::vector<WasmCode::Label> table;
  for (const uint32_t target : targets) {
    const auto found = std::lower_bound(starts.begin(), starts.end(), target);
    table.push_back(found == starts.end() ? done
                                          : labels[static_cast<size_t>(found - starts.begin())]);
  }
  table.push_back(done);
  code_.Get(i);
  code_.BrTable(table);
  for (size_t k = 0; k < starts.size(); ++k) {
    const bool is_last = k + 1 == starts.size();
    code_.Close();
    RunOps(starts[k], is_last ? end : starts[k + 1], b);
    if (!is_last) code_.Br(done);
  }
  code_.Close();
  return end;
}

}  // namespace airwasm::component::canon
