// The generator's inside: what all its parts know of the module (ModulePlan) and of the function
// that is being made (FunctionGenerator).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/syntax/module.h"
#include "spec-tests/differential/code.h"
#include "spec-tests/differential/nan.h"
#include "spec-tests/differential/random_source.h"

namespace airwasm::differential {

// The defined types, one recursion group: three structs, each a subtype of the one before, and
// arrays.
enum GcType : uint32_t { kBase, kMiddle, kLeaf, kBytes, kInts, kLongs, kDoubles, kRefs, kVectors };

constexpr ValType NullableRef(uint32_t type) {
  return ValType::Ref(HeapType::Concrete(type), true);
}
inline constexpr ValType kBaseRef = NullableRef(kBase);
inline constexpr ValType kMiddleRef = NullableRef(kMiddle);
inline constexpr ValType kIntsRef = NullableRef(kInts);
inline constexpr ValType kEqRef = ValType::Ref(HeapKind::kEq, true);
inline constexpr ValType kI31Ref = ValType::Ref(HeapKind::kI31, true);
inline constexpr ValType kNumberTypes[] = {kI32, kI64, kF32, kF64, kV128};
inline constexpr ValType kRefTypes[] = {kBaseRef, kMiddleRef, kIntsRef,   kEqRef,
                                        kI31Ref,  kAnyRef,    kExternRef, kFuncRef};

// Of the operands and results of blocks and calls: floats may be NaNs with open bits, vectors not.
constexpr NanLanes PassedLanes(ValType type) {
  if (type == kF32) return NanLanes::kF32;
  return type == kF64 ? NanLanes::kF64 : NanLanes::kNone;
}

inline constexpr uint32_t kHost = 0;       // FuncIdx
inline constexpr uint32_t kFuel = 0;       // GlobalIdx
inline constexpr uint32_t kFuncTable = 0;  // of funcref; slot i holds function i where there is one
inline constexpr uint32_t kEqTable = 1;
inline constexpr uint32_t kWideTable = 2;  // of funcref, 64-bit
inline constexpr uint32_t kFuncTableSize = 8;
inline constexpr uint32_t kSegmentSize = 72;                   // of every data segment, in bytes
inline constexpr uint32_t kElems = 4;                          // of every element segment
enum ElemSegment : uint32_t { kFuncElems = 1, kEqElems = 2 };  // 0 is active

struct ModulePlan {
  syntax::Module module;
  std::vector<FuncType> signatures;  // by FuncIdx

  // Of a type of functions that is one by itself.
  uint32_t TypeOf(const FuncType& type);
  syntax::Bytes Keep(std::vector<uint8_t> bytes) {
    return module.storage.emplace_back(std::move(bytes));
  }
  std::string_view Keep(std::string text) { return module.strings.emplace_back(std::move(text)); }
  // Of memory `index`: an address that is and-ed with it leaves 32 bytes behind it.
  uint64_t AddressMask(uint32_t index) const {
    return module.memories[index].page_size_log2 == 0 ? 0xE0 : 0xFFC0;
  }
};

// Makes one function. Expr and the others that yield a value say in which lanes it may have NaNs
// whose bits are open; whoever shows bits calls Clean first.
class FunctionGenerator {
 public:
  FunctionGenerator(ModulePlan& plan, RandomSource& random, uint32_t func_index);
  void Make();  // fills in the function of the plan

 private:
  struct Local {
    ValType type;
    NanLanes lanes;  // it may hold such NaNs
  };
  struct Label {
    std::vector<ValType> types;
    bool may_branch;  // a counted loop's must not be branched to
    bool is_catch = false;
  };

  // ---- generate_function.cc
  NanLanes Expr(ValType type);
  NanLanes Leaf(ValType type);
  void Statement();
  void Statements(uint32_t most);
  // A value, clean where a vector needs to be.
  void Pass(ValType type);
  void PassAll(const std::vector<ValType>& types);
  void Default(ValType type);
  // What is on the stack, of `type` and with open NaNs in `lanes`, may be looked at after this.
  void Clean(ValType type, NanLanes lanes);
  void SetLocal(uint32_t local, NanLanes lanes);
  // To locals of those types if there are any, or dropped; bottom first.
  void Consume(const std::vector<ValType>& types);
  uint32_t NewLocal(ValType type, NanLanes lanes = NanLanes::kNone);
  uint32_t Temp(ValType type);  // free between a set and the next expression
  bool FindLocal(ValType type, uint32_t& local);
  BlockType BlockOf(const std::vector<ValType>& params, const std::vector<ValType>& results);
  void Open(Op op, const std::vector<ValType>& results, bool may_branch = true);
  void Close();
  uint32_t Depth(size_t label) const { return static_cast<uint32_t>(labels_.size() - 1 - label); }
  void UseFuel();
  ValType NumberType() { return random_.OneOf(kNumberTypes); }
  ValType AnyType() { return random_.Chance(3, 4) ? NumberType() : random_.OneOf(kRefTypes); }
  bool Deep() const { return depth_ > 7 || budget_ <= 0; }

  // ---- generate_numeric.cc
  void Constant(ValType type);
  NanLanes Numeric(ValType type);
  NanLanes Select(ValType type);
  void Wide();

  // ---- generate_memory.cc
  void Address(uint32_t memory);
  NanLanes Load(ValType type);
  void Store();
  void Bulk();
  void Kernel();  // a loop over memory that vectorises
  void Access(Op op);
  uint32_t DataIndex();

  // ---- generate_control.cc
  NanLanes BlockExpr(ValType type);
  NanLanes IfExpr(ValType type);
  void IfStatement();
  void BlockStatement();
  void LoopStatement();
  void CountedLoop();
  void SwitchStatement();
  void BranchIf();
  void Leave();  // br, return or unreachable

  // ---- generate_calls.cc
  bool CallExpr(ValType type);
  void CallStatement();
  void CallOf(uint32_t func, bool tail);
  void HostCall();
  void TailCall();
  void TableStatement();
  void TableIndex(uint32_t table, uint32_t size);

  // ---- generate_gc.cc
  NanLanes RefExpr(ValType type);
  void NonNull(HeapType heap);
  NanLanes FieldOf(ValType type);
  NanLanes ElementOf(ValType type);
  void FromRef();  // i32
  void GcStatement();
  void ArrayStatement();
  void NewStruct(uint32_t type);
  void NewArray(uint32_t type);
  void Index();
  void CastTo(ValType type);

  // ---- generate_exceptions.cc
  void TryTable();
  void LegacyTry();
  void Throw();
  void Rethrow();

  ModulePlan& plan_;
  RandomSource& random_;
  const uint32_t func_index_;
  const FuncType type_;
  Code code_;
  std::vector<Local> locals_;
  std::vector<std::pair<ValType, uint32_t>> temps_;
  std::vector<Label> labels_;
  int budget_;
  int depth_ = 0;
  int loops_ = 0;  // counted ones around
};

}  // namespace airwasm::differential
