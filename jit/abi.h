// The calling convention of compiled wasm functions, as LLVM sees it. Drawn in
// engine/runtime/native.h, which C++ and assembly keep to.
//
// Every function has the one type of UniversalType(): so any tail call is a jump, and an indirect
// call needs no adapter. A value travels in the next free register of its class; what finds none
// lies in StoreContext::argbuf.
#pragma once

#include <span>
#include <vector>

#include "airwasm/types.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/IRBuilder.h"

namespace airwasm::jit {

// Parameters of the universal type: the context, the callee word, then the registers.
inline constexpr unsigned kArgContext = 0;
inline constexpr unsigned kArgCallee = 1;
inline constexpr unsigned kArgInts = 2;
inline constexpr unsigned kArgFloats = kArgInts + 5;
inline constexpr unsigned kNumArgs = kArgFloats + 8;

llvm::FunctionType* UniversalType(llvm::LLVMContext& context);

// Where one parameter or result travels.
struct Place {
  enum class Kind : uint8_t { kInt, kFloat, kBuffer } kind;
  uint32_t index;  // of the register of its class, or of the 64-bit word in the buffer
};
struct Places {
  std::vector<Place> places;
  uint32_t buffer_words = 0;
};
Places PlaceParams(std::span<const ValType> types);   // five ints, eight floats
Places PlaceResults(std::span<const ValType> types);  // two of each

// How values travel in registers of the two classes: as i64 (i32 zero-extended) and <4 x float>.
llvm::Value* ToInt(llvm::IRBuilder<>& builder, llvm::Value* value);
llvm::Value* ToFloat(llvm::IRBuilder<>& builder, llvm::Value* value);
// As a slot or the buffer holds it: i32 zero-extended.
llvm::Value* ToWord(llvm::IRBuilder<>& builder, llvm::Value* value);
llvm::Value* FromRegister(llvm::IRBuilder<>& builder, llvm::Value* value, ValType type);

}  // namespace airwasm::jit
