// Calls of every kind, and tables.
#include "spec-tests/differential/generator.h"

namespace airwasm::differential {

// The call with its arguments: direct, through the table or through a reference.
void FunctionGenerator::CallOf(uint32_t func, bool tail) {
  const FuncType type = plan_.signatures[func];
  const uint32_t type_index = plan_.module.funcs[func].type;
  PassAll(type.params);
  switch (random_.Below(4)) {
    case 0:  // slot i holds function i, unless something has been put there
      if (func < kFuncTableSize) {
        if (random_.Chance(3, 4)) {
          code_.I32(static_cast<int32_t>(func));
        } else {
          Expr(kI32);
          code_.I32(random_.Chance(1, 6) ? 15 : 7);
          code_.Do(Op::I32And);
        }
        return code_.Do(tail ? Op::ReturnCallIndirect : Op::CallIndirect, type_index, kFuncTable);
      }
      [[fallthrough]];
    case 1:
      if (random_.Chance(1, 12))
        code_.Ref(Op::RefNull, HeapType::Concrete(type_index));
      else
        code_.Do(Op::RefFunc, func);
      return code_.Do(tail ? Op::ReturnCallRef : Op::CallRef, type_index);
    default:
      return code_.Do(tail ? Op::ReturnCall : Op::Call, func);
  }
}

bool FunctionGenerator::CallExpr(ValType type) {
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < plan_.signatures.size(); ++i) {
    const std::vector<ValType>& results = plan_.signatures[i].results;
    if (results.size() == 1 && results[0] == type) found.push_back(i);
  }
  if (found.empty()) return false;
  CallOf(random_.OneOf(found), /*tail=*/false);
  return true;
}

void FunctionGenerator::CallStatement() {
  const uint32_t func = random_.Below(static_cast<uint32_t>(plan_.signatures.size()));
  CallOf(func, /*tail=*/false);
  Consume(plan_.signatures[func].results);
}

void FunctionGenerator::HostCall() {
  Expr(kI32);
  Expr(kI64);
  code_.Do(Op::Call, kHost);
  Consume({kI32});
}

void FunctionGenerator::TailCall() {
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < plan_.signatures.size(); ++i) {
    if (plan_.signatures[i].results == type_.results) found.push_back(i);
  }
  // This one is among them.
  CallOf(random_.OneOf(found), /*tail=*/true);
}

// Mostly within `size`, a power of two.
void FunctionGenerator::TableIndex(uint32_t table, uint32_t size) {
  const bool is_64 = table == kWideTable;
  Expr(kI32);
  if (!random_.Chance(1, 24)) {
    code_.I32(static_cast<int32_t>(size - 1));
    code_.Do(Op::I32And);
  }
  if (is_64) code_.Do(Op::I64ExtendI32U);
}

void FunctionGenerator::TableStatement() {
  const uint32_t table = random_.Below(3);
  const bool is_64 = table == kWideTable;
  const ValType type = table == kEqTable ? kEqRef : kFuncRef;
  const auto length = [&](bool as_64) {
    const int32_t value = static_cast<int32_t>(random_.Below(4));
    return as_64 ? code_.I64(value) : code_.I32(value);
  };
  switch (random_.Below(8)) {
    case 0:
    case 1:
      TableIndex(table, 4);
      Expr(type);
      return code_.Do(Op::TableSet, table);
    case 2:
      TableIndex(table, 4);
      code_.Do(Op::TableGet, table);
      return Consume({type});
    case 3:
      Expr(type);
      length(is_64);
      code_.Do(Op::TableGrow, table);
      return Consume({is_64 ? kI64 : kI32});
    case 4:
      code_.Do(Op::TableSize, table);
      return Consume({is_64 ? kI64 : kI32});
    case 5:
      TableIndex(table, 4);
      Expr(type);
      length(is_64);
      return code_.Do(Op::TableFill, table);
    case 6: {
      // From one of the same elements.
      const uint32_t from =
          table == kEqTable ? kEqTable : (random_.Chance(1, 2) ? kFuncTable : kWideTable);
      TableIndex(table, 4);
      TableIndex(from, 4);
      length(is_64 && from == kWideTable);
      return code_.Do(Op::TableCopy, table, from);
    }
    case 7: {
      const uint32_t elem = table == kEqTable ? kEqElems : kFuncElems;
      if (random_.Chance(1, 16)) code_.Do(Op::ElemDrop, elem);
      TableIndex(table, 4);
      length(false);
      code_.I32(static_cast<int32_t>(random_.Below(3)));
      return code_.Do(Op::TableInit, elem, table);
    }
  }
}

}  // namespace airwasm::differential
