// The operations of wasm_transfer.h that go through pointers: strings and lists.
#include <algorithm>

#include "component/canon/wasm_transfer.h"

namespace airwasm::component::canon {
namespace {

using CoreOp = WasmCode::Op;

// Strings up to here are checked without a call: by four loads of 16 bytes.
constexpr uint32_t kMaxInlineStringBytes = 64;

}  // namespace

WasmTransfer::Local WasmTransfer::ReadAddress(const Op& op, Bases b, uint32_t word) {
  if (FromFlat(op)) {
    const Local slot = from_flat_[op.from + word];
    if (code_.TypeOf(slot) == kI32) return slot;
    PushFlat(slot, false);
  } else {
    LoadAt(CoreOp::I32Load, b.from, op.from + 4 * word);
  }
  const Local value = code_.NewLocal(kI32);
  code_.Set(value);
  return value;
}

void WasmTransfer::WritePair(const Op& op, Bases b, Local first, Local second) {
  for (const auto& [word, value] : {std::pair(0u, first), std::pair(1u, second)}) {
    if (ToFlat(op)) {
      code_.Get(value);
      SetFlat(to_flat_[op.to + word], false);
    } else {
      code_.Get(b.to);
      code_.Get(value);
      code_.Access(CoreOp::I32Store, parts_.Memory(to_), op.to + 4 * word);
    }
  }
}

// Spec: canonical ABI, load_string_from_range, store_string_copy.
void WasmTransfer::String(const Op& op, Bases b) {
  const Local address = ReadAddress(op, b, 0);
  const Local bytes = ReadAddress(op, b, 1);
  CheckString(address, bytes);
  const Local to = parts_.Allocate(to_, Bytes::In(bytes), 1, Pointee::kString);
  CopyBytes(to, address, bytes);
  WritePair(op, b, to, bytes);
}

// Short strings of ASCII pass; for all others, kTrouble knows.
// FAST: a call of the host costs more than the check of a short string (bench: component strings).
void WasmTransfer::CheckString(Local address, Local bytes) {
  const WasmCode::Label fine = code_.Open(CoreOp::Block);
  const WasmCode::Label slow = code_.Open(CoreOp::Block);
  code_.Get(bytes);
  code_.I32(kMaxInlineStringBytes);
  code_.Emit(CoreOp::I32GtU);
  code_.BrIf(slow);
  parts_.IsOutOfRange(from_, address, Bytes::In(bytes), 1);
  code_.BrIf(slow);

  const auto load = [&](CoreOp op, uint32_t offset) { LoadAt(op, address, offset); };
  const auto load_from_end = [&](CoreOp op, uint32_t offset) {
    code_.Get(address);
    code_.Get(bytes);
    code_.Emit(CoreOp::I32Add);
    code_.I32(offset);
    code_.Emit(CoreOp::I32Sub);
    code_.Access(op, parts_.Memory(from_), 0);
  };
  const auto if_at_least = [&](uint32_t least) {
    code_.Get(bytes);
    code_.I32(least);
    code_.Emit(CoreOp::I32GeU);
    return code_.Open(CoreOp::If);
  };
  // The bits of all bytes, or-ed together; loads from the front and from the end overlap.
  const Local seen = code_.NewLocal(kV128);
  if_at_least(16);
  load(CoreOp::V128Load, 0);
  load_from_end(CoreOp::V128Load, 16);
  code_.Emit(CoreOp::V128Or);
  code_.Set(seen);
  if_at_least(33);
  load(CoreOp::V128Load, 16);
  load_from_end(CoreOp::V128Load, 32);
  code_.Emit(CoreOp::V128Or);
  code_.Get(seen);
  code_.Emit(CoreOp::V128Or);
  code_.Set(seen);
  code_.Close();
  code_.Get(seen);
  code_.Emit(CoreOp::I8x16Bitmask);
  code_.BrIf(slow);
  code_.Br(fine);
  code_.Close();

  if_at_least(8);
  load(CoreOp::I64Load, 0);
  load_from_end(CoreOp::I64Load, 8);
  code_.Emit(CoreOp::I64Or);
  code_.I64(0x8080'8080'8080'8080);
  code_.Emit(CoreOp::I64And);
  code_.Emit(CoreOp::I64Eqz);
  code_.BrIf(fine);
  code_.Br(slow);
  code_.Close();

  if_at_least(4);
  load(CoreOp::I32Load, 0);
  load_from_end(CoreOp::I32Load, 4);
  code_.Emit(CoreOp::I32Or);
  code_.I32(0x8080'8080);
  code_.Emit(CoreOp::I32And);
  code_.BrIf(slow);
  code_.Br(fine);
  code_.Close();

  code_.Get(bytes);
  code_.Emit(CoreOp::I32Eqz);
  code_.BrIf(fine);
  load(CoreOp::I32Load8U, 0);
  load_from_end(CoreOp::I32Load8U, 1);
  code_.Emit(CoreOp::I32Or);
  code_.Get(address);
  code_.Get(bytes);
  code_.I32(1);
  code_.Emit(CoreOp::I32ShrU);
  code_.Emit(CoreOp::I32Add);
  code_.Access(CoreOp::I32Load8U, parts_.Memory(from_), 0);
  code_.Emit(CoreOp::I32Or);
  code_.I32(0x80);
  code_.Emit(CoreOp::I32And);
  code_.Emit(CoreOp::I32Eqz);
  code_.BrIf(fine);
  code_.Close();
  parts_.Trouble(WasmTrouble::kString, static_cast<uint32_t>(from_), Bytes::In(address),
                 Bytes::In(bytes));
  code_.Close();
}

void WasmTransfer::CopyBytes(Local to, Local from, Local bytes) {
  code_.Get(to);
  code_.Get(from);
  code_.Get(bytes);
  code_.MemoryCopy(parts_.Memory(to_), parts_.Memory(from_));
}

// Spec: canonical ABI, load_list_from_range, store_list_into_range.
size_t WasmTransfer::List(size_t at, Bases b) {
  const Op& op = p_.ops[at];
  const ListShape& shape = p_.lists[op.imm];
  const Local address = ReadAddress(op, b, 0);
  const Local count = ReadAddress(op, b, 1);
  const auto bytes_of = [&](uint32_t size) {
    if (size == 1) return count;
    const Local bytes = code_.NewLocal(kI32);
    code_.Get(count);
    code_.I32(size);
    code_.Emit(CoreOp::I32Mul);
    code_.Set(bytes);
    return bytes;
  };
  // Products below are meaningful once the count has passed.
  const uint64_t most = kMaxByteLength / std::max(shape.from_size, shape.to_size);
  const WasmCode::Label fine = code_.Open(CoreOp::Block);
  const WasmCode::Label bad = code_.Open(CoreOp::Block);
  code_.Get(count);
  code_.I32(static_cast<uint32_t>(most));
  code_.Emit(CoreOp::I32GtU);
  code_.BrIf(bad);
  const Local from_bytes = bytes_of(shape.from_size);
  parts_.IsOutOfRange(from_, address, Bytes::In(from_bytes), shape.from_align);
  code_.Emit(CoreOp::I32Eqz);
  code_.BrIf(fine);
  code_.Close();
  parts_.Fail(WasmTrouble::kList, ListTrouble{from_, op.imm}.Pack(), Bytes::In(address),
              Bytes::In(count));
  code_.Close();

  const Local to_bytes = shape.to_size == shape.from_size ? from_bytes : bytes_of(shape.to_size);
  const Local to = parts_.Allocate(to_, Bytes::In(to_bytes), shape.to_align, Pointee::kList);
  size_t next = at + 1;
  if (op.code == OpCode::kBulk) {
    CopyBytes(to, address, from_bytes);
  } else {
    next = shape.end;
    Elements(shape, count, address, to, at + 1);
  }
  WritePair(op, b, to, count);
  return next;
}

size_t WasmTransfer::Repeat(size_t at, Bases b) {
  const Op& op = p_.ops[at];
  const ListShape& shape = p_.lists[op.imm];
  const Local count = code_.NewLocal(kI32);
  const Local from = code_.NewLocal(kI32);
  const Local to = code_.NewLocal(kI32);
  code_.I32(shape.count);
  code_.Set(count);
  code_.Get(b.from);
  code_.I32(op.from);
  code_.Emit(CoreOp::I32Add);
  code_.Set(from);
  code_.Get(b.to);
  code_.I32(op.to);
  code_.Emit(CoreOp::I32Add);
  code_.Set(to);
  Elements(shape, count, from, to, at + 1);
  return shape.end;
}

// The body for each of `count` elements; the locals stay as they are.
void WasmTransfer::Elements(const ListShape& shape, Local count, Local from, Local to,
                            size_t body) {
  const Local left = code_.NewLocal(kI32);
  const Local from_at = code_.NewLocal(kI32);
  const Local to_at = code_.NewLocal(kI32);
  code_.Get(from);
  code_.Set(from_at);
  code_.Get(to);
  code_.Set(to_at);
  code_.Get(count);
  code_.Tee(left);
  code_.Open(CoreOp::If);
  const WasmCode::Label loop = code_.Open(CoreOp::Loop);
  RunOps(body, shape.end, {from_at, to_at});
  const auto advance = [&](Local at, uint32_t by) {
    code_.Get(at);
    code_.I32(by);
    code_.Emit(CoreOp::I32Add);
    code_.Tee(at);
  };
  advance(from_at, shape.from_size);
  code_.Emit(CoreOp::Drop);
  advance(to_at, shape.to_size);
  code_.Emit(CoreOp::Drop);
  advance(left, ~uint32_t{0});
  code_.BrIf(loop);
  code_.Close();
  code_.Close();
}

}  // namespace airwasm::component::canon
