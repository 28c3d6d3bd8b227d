// What the validation of a body needs to know about the module around it.
//
// Made by ValidateModule and immutable afterwards, so validators on several threads share one.
// Every type inside is canonical: a concrete heap type holds a TypeId, never a TypeIdx. Borrows the
// module and the registry, which outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "airwasm/features.h"
#include "engine/base/error.h"
#include "engine/instr/op.h"
#include "engine/syntax/module.h"
#include "engine/types/type_registry.h"
#include "engine/valid/fast_path.h"

namespace airwasm::valid {

struct ModuleContext {
  const syntax::Module* module = nullptr;
  const TypeRegistry* registry = nullptr;
  Features features;

  std::vector<TypeId> type_ids;             // TypeIdx → TypeId
  std::vector<const CanonicalType*> types;  // TypeIdx → its entry in the registry
  std::vector<const CanonicalType*> funcs;  // FuncIdx → its function type
  std::vector<const CanonicalType*> tags;   // TagIdx → its function type
  std::vector<TableType> tables;
  std::vector<GlobalType> globals;
  std::vector<ValType> elems;  // ElemIdx → type of its elements
  // FuncIdx → whether ref.func may name it in a body (it occurs outside of bodies). Spec: core,
  // valid/modules, C.refs.
  std::vector<bool> declared_funcs;
  // TypeIdx → field types as they are on the operand stack (i32 for packed ones); empty if the
  // module has no struct type.
  std::vector<std::vector<ValType>> struct_operands;

  // How FunctionValidator::Step treats each op: a Signature, or one of the values below.
  static constexpr uint8_t kSpecial = static_cast<uint8_t>(Signature::Special);
  static constexpr uint8_t kLane = 253;      // like its signature, after a check of the lane index
  static constexpr uint8_t kNotConst = 254;  // not allowed in constant expressions
  static constexpr uint8_t kDisabled = 255;  // the op's feature is switched off
  using Actions = std::array<uint8_t, kNumOps>;
  Actions actions{};        // in bodies
  Actions const_actions{};  // in constant expressions
  // How FunctionValidator::Run treats an opcode byte.
  FastHandlers fast_handlers;

  std::span<const MemoryType> memories() const { return module->memories; }
  ValType AddressType(const MemoryType& memory) const { return memory.is_64 ? kI64 : kI32; }
  ValType AddressType(const TableType& table) const { return table.is_64 ? kI64 : kI32; }

  // In words for messages: concrete types by their TypeIdx, "(ref null 3)".
  std::string Describe(ValType type) const;
  std::string Describe(std::span<const ValType> types) const;  // "[i32 f32]"
};

// The heap type of a reference whose type nothing is known about but that it is one: what
// ref.as_non_null makes of the unknown operand in unreachable code. It occurs on
// FunctionValidator's operand stack alone. Spec: core, valid/matching, the bottom heap type.
inline constexpr HeapType kBottomHeap = HeapType::FromBits(14);
inline constexpr ValType kBottomRef = ValType::Ref(kBottomHeap, false);

}  // namespace airwasm::valid
