// Atomic accesses: sequentially consistent, checked for bounds and alignment. Spec: threads
// proposal.
#include "jit/lower.h"

namespace airwasm::jit {
namespace {

constexpr auto kOrdering = llvm::AtomicOrdering::SequentiallyConsistent;
using Rmw = llvm::AtomicRMWInst::BinOp;

uint32_t BytesOf(llvm::Type* type) {
  return type->getIntegerBitWidth() / 8;
}

// The host address, in bounds and aligned: in this order, as the interpreter checks.
Value* AtomicAddress(FunctionLowering& f, const Instr& instr, uint32_t bytes) {
  Value* index = f.Pop();
  if (index->getType()->isIntegerTy(32)) index = f.b().CreateZExt(index, f.I64());
  Value* const address = f.CheckedAddress(instr.mem, bytes, index);
  if (bytes > 1) {
    // A memory begins at a page, so the host address is aligned exactly if the guest's is.
    Value* const low = f.b().CreateAnd(f.b().CreatePtrToInt(address, f.I64()), bytes - 1);
    f.TrapIf(f.b().CreateICmpNE(low, f.Const64(0)), TrapKind::kUnalignedAtomic);
  }
  return address;
}

// `memory`: what is accessed; `value`: what is on the stack.
void AtomicLoad(FunctionLowering& f, const Instr& instr, llvm::Type* memory, llvm::Type* value) {
  Value* const address = AtomicAddress(f, instr, BytesOf(memory));
  llvm::LoadInst* const load =
      f.b().CreateAlignedLoad(memory, address, llvm::Align(BytesOf(memory)));
  load->setAtomic(kOrdering);
  f.Push(f.b().CreateZExt(load, value));
}
void AtomicStore(FunctionLowering& f, const Instr& instr, llvm::Type* memory, llvm::Type*) {
  Value* const value = f.b().CreateTrunc(f.Pop(), memory);
  Value* const address = AtomicAddress(f, instr, BytesOf(memory));
  f.b().CreateAlignedStore(value, address, llvm::Align(BytesOf(memory)))->setAtomic(kOrdering);
}
void AtomicRmw(FunctionLowering& f, const Instr& instr, llvm::Type* memory, llvm::Type* value,
               Rmw op) {
  Value* const operand = f.b().CreateTrunc(f.Pop(), memory);
  Value* const address = AtomicAddress(f, instr, BytesOf(memory));
  Value* const old = f.b().CreateAtomicRMW(op, address, operand, llvm::MaybeAlign(), kOrdering);
  f.Push(f.b().CreateZExt(old, value));
}
// An expected value beyond the access's width never matches; then this is a load.
void AtomicCmpxchg(FunctionLowering& f, const Instr& instr, llvm::Type* memory, llvm::Type* value) {
  Value* const replacement = f.b().CreateTrunc(f.Pop(), memory);
  Value* const wanted = f.Pop();
  Value* const expected = f.b().CreateTrunc(wanted, memory);
  Value* const address = AtomicAddress(f, instr, BytesOf(memory));
  const auto exchange = [&](Value* with) {
    Value* const pair = f.b().CreateAtomicCmpXchg(address, expected, with, llvm::MaybeAlign(),
                                                  kOrdering, kOrdering);
    return f.b().CreateExtractValue(pair, 0);
  };
  if (memory == value) return f.Push(exchange(replacement));
  llvm::BasicBlock* const can_match = f.NewBlock();
  llvm::BasicBlock* const cannot = f.NewBlock();
  llvm::BasicBlock* const done = f.NewBlock();
  f.b().CreateCondBr(f.b().CreateICmpEQ(f.b().CreateZExt(expected, value), wanted), can_match,
                     cannot, f.module().likely());
  f.StartBlock(can_match);
  Value* const exchanged = exchange(replacement);
  f.b().CreateBr(done);
  f.StartBlock(cannot);
  llvm::LoadInst* const loaded =
      f.b().CreateAlignedLoad(memory, address, llvm::Align(BytesOf(memory)));
  loaded->setAtomic(kOrdering);
  f.b().CreateBr(done);
  f.StartBlock(done);
  llvm::PHINode* const old = f.b().CreatePHI(memory, 2);
  old->addIncoming(exchanged, can_match);
  old->addIncoming(loaded, cannot);
  f.Push(f.b().CreateZExt(old, value));
}

// The effective address, for helpers that check the bounds themselves.
Value* EffectiveAddress(FunctionLowering& f, const Instr& instr) {
  Value* index = f.Pop();
  if (index->getType()->isIntegerTy(32)) index = f.b().CreateZExt(index, f.I64());
  if (instr.mem.offset == 0) return index;
  Value* const effective = f.b().CreateAdd(index, f.Const64(instr.mem.offset));
  f.TrapIf(f.b().CreateICmpULT(effective, index), TrapKind::kOutOfBoundsMemory);
  return effective;
}

void Wait(FunctionLowering& f, const Instr& instr, Helper helper) {
  Value* const timeout = f.Pop();
  Value* const expected = f.Pop();
  Value* const address = EffectiveAddress(f, instr);
  f.Push(f.CallHelper(helper, {f.Const32(instr.mem.memory), address, expected, timeout}));
}

}  // namespace

AIRWASM_LOWER(MemoryAtomicNotify) {
  Value* const count = f.Pop();
  Value* const address = EffectiveAddress(f, instr);
  f.Push(f.CallHelper(Helper::kAtomicNotify, {f.Const32(instr.mem.memory), address, count}));
}
AIRWASM_LOWER(MemoryAtomicWait32) {
  Wait(f, instr, Helper::kAtomicWait32);
}
AIRWASM_LOWER(MemoryAtomicWait64) {
  Wait(f, instr, Helper::kAtomicWait64);
}
AIRWASM_LOWER(AtomicFence) {
  f.b().CreateFence(kOrdering);
}

// The seven forms of one access: of i32 and i64, whole or narrower.
#define AIRWASM_LOWER_ATOMIC(prefix, suffix, narrow_suffix, function, ...) \
  AIRWASM_LOWER(I32##prefix##suffix) {                                     \
    function(f, instr, f.I32(), f.I32() __VA_OPT__(, ) __VA_ARGS__);       \
  }                                                                        \
  AIRWASM_LOWER(I32##prefix##8##narrow_suffix) {                           \
    function(f, instr, f.I8(), f.I32() __VA_OPT__(, ) __VA_ARGS__);        \
  }                                                                        \
  AIRWASM_LOWER(I32##prefix##16##narrow_suffix) {                          \
    function(f, instr, f.I16(), f.I32() __VA_OPT__(, ) __VA_ARGS__);       \
  }                                                                        \
  AIRWASM_LOWER(I64##prefix##suffix) {                                     \
    function(f, instr, f.I64(), f.I64() __VA_OPT__(, ) __VA_ARGS__);       \
  }                                                                        \
  AIRWASM_LOWER(I64##prefix##8##narrow_suffix) {                           \
    function(f, instr, f.I8(), f.I64() __VA_OPT__(, ) __VA_ARGS__);        \
  }                                                                        \
  AIRWASM_LOWER(I64##prefix##16##narrow_suffix) {                          \
    function(f, instr, f.I16(), f.I64() __VA_OPT__(, ) __VA_ARGS__);       \
  }                                                                        \
  AIRWASM_LOWER(I64##prefix##32##narrow_suffix) {                          \
    function(f, instr, f.I32(), f.I64() __VA_OPT__(, ) __VA_ARGS__);       \
  }

AIRWASM_LOWER_ATOMIC(AtomicLoad, , U, AtomicLoad)
AIRWASM_LOWER_ATOMIC(AtomicStore, , , AtomicStore)
AIRWASM_LOWER_ATOMIC(AtomicRmw, Add, AddU, AtomicRmw, Rmw::Add)
AIRWASM_LOWER_ATOMIC(AtomicRmw, Sub, SubU, AtomicRmw, Rmw::Sub)
AIRWASM_LOWER_ATOMIC(AtomicRmw, And, AndU, AtomicRmw, Rmw::And)
AIRWASM_LOWER_ATOMIC(AtomicRmw, Or, OrU, AtomicRmw, Rmw::Or)
AIRWASM_LOWER_ATOMIC(AtomicRmw, Xor, XorU, AtomicRmw, Rmw::Xor)
AIRWASM_LOWER_ATOMIC(AtomicRmw, Xchg, XchgU, AtomicRmw, Rmw::Xchg)
AIRWASM_LOWER_ATOMIC(AtomicRmw, Cmpxchg, CmpxchgU, AtomicCmpxchg)

}  // namespace airwasm::jit
