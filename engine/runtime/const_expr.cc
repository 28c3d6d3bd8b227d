// A stack machine over the bytes of the expression. Every operand takes a GlobalCell, whatever its
// type; the stack belongs to the store, where the collector scans it: a constant expression can
// allocate while it holds other new objects.
#include "engine/runtime/const_expr.h"

#include <cstring>
#include <vector>

#include "engine/base/byte_reader.h"
#include "engine/instr/instr.h"
#include "engine/numeric/ops.h"
#include "engine/runtime/store.h"
#include "engine/runtime/store_impl.h"

namespace airwasm::runtime {
namespace {

class Evaluator {
 public:
  Evaluator(Instance& instance, std::vector<GlobalCell>& operands)
      : instance_(instance),
        module_(instance.module()),
        operands_(operands),
        floor_(operands.size()) {}
  ~Evaluator() { operands_.resize(floor_); }

  TrapOr<GlobalCell> Run(const syntax::Expr& expr) {
    ByteReader reader(expr.bytes, expr.offset);
    Instr instr;
    while (true) {
      ReadInstr(reader, instr);
      if (!reader.ok()) return {.trap = TrapKind::kInvalidFunction};  // cannot be: it was validated
      if (instr.op == Op::End) break;
      if (const TrapKind trap = Step(instr); trap != TrapKind::kNone) return {.trap = trap};
    }
    return {.value = operands_.back()};
  }

 private:
  TrapKind Step(const Instr& instr) {
    switch (instr.op) {
      case Op::I32Const:
      case Op::I64Const:
      case Op::F32Const:
      case Op::F64Const:
        Push(instr.bits);
        return TrapKind::kNone;
      case Op::V128Const: {
        GlobalCell cell;
        std::memcpy(cell.slots, instr.bytes.data(), sizeof(cell.slots));
        operands_.push_back(cell);
        return TrapKind::kNone;
      }
      case Op::I32Add:
        return Binary<Op::I32Add, uint32_t>();
      case Op::I32Sub:
        return Binary<Op::I32Sub, uint32_t>();
      case Op::I32Mul:
        return Binary<Op::I32Mul, uint32_t>();
      case Op::I64Add:
        return Binary<Op::I64Add, uint64_t>();
      case Op::I64Sub:
        return Binary<Op::I64Sub, uint64_t>();
      case Op::I64Mul:
        return Binary<Op::I64Mul, uint64_t>();
      case Op::GlobalGet:
        operands_.push_back(*instance_.global_cell(instr.index));
        return TrapKind::kNone;
      case Op::RefNull:
        Push(gc::kNullRef);
        return TrapKind::kNone;
      case Op::RefFunc:
        Push(gc::ToRef(instance_.func(instr.index)));
        return TrapKind::kNone;
      case Op::RefI31:
        operands_.back().slots[0] = gc::MakeI31(static_cast<uint32_t>(operands_.back().slots[0]));
        return TrapKind::kNone;
      case Op::AnyConvertExtern:
      case Op::ExternConvertAny:
        return TrapKind::kNone;  // the same word on both sides
      case Op::StructNew:
        return StructNew(Type(instr.index), /*with_operands=*/true);
      case Op::StructNewDefault:
        return StructNew(Type(instr.index), /*with_operands=*/false);
      case Op::ArrayNew:
        return ArrayNew(Type(instr.index), Pop(), /*fill=*/true);
      case Op::ArrayNewDefault:
        return ArrayNew(Type(instr.index), Pop(), /*fill=*/false);
      case Op::ArrayNewFixed:
        return ArrayNewFixed(Type(instr.index), instr.count);
      default:
        return TrapKind::kInvalidFunction;  // the validator lets no other instruction through
    }
  }

  void Push(uint64_t slot) { operands_.push_back({{slot, 0}}); }
  uint64_t Pop() {
    const uint64_t slot = operands_.back().slots[0];
    operands_.pop_back();
    return slot;
  }

  template <Op kOp, typename T>
  TrapKind Binary() {
    const T b = static_cast<T>(Pop());
    const T a = static_cast<T>(Pop());
    Push(numeric::NumericOp<kOp>::Eval(a, b));
    return TrapKind::kNone;
  }

  const CanonicalType& Type(uint32_t type_index) const {
    return module_.types().Get(module_.type_ids()[type_index]);
  }

  static void Store(uint8_t* to, const FieldType& field, const GlobalCell& value) {
    std::memcpy(to, value.slots, field.size_bytes());  // little endian: the low bytes come first
  }

  TrapKind StructNew(const CanonicalType& type, bool with_operands) {
    // The operands stay on the stack, as roots, until the object exists.
    gc::Object* const object = instance_.store().heap().NewStruct(type);
    if (object == nullptr) return TrapKind::kOutOfGcMemory;
    if (with_operands) {
      const size_t count = type.type.fields.size();
      const GlobalCell* const values = operands_.data() + operands_.size() - count;
      for (size_t i = 0; i < count; ++i) {
        Store(reinterpret_cast<uint8_t*>(object) + type.field_offsets[i], type.type.fields[i],
              values[i]);
      }
      operands_.resize(operands_.size() - count);
    }
    Push(gc::ToRef(object));
    return TrapKind::kNone;
  }

  gc::ArrayObject* NewArray(const CanonicalType& type, uint64_t length) {
    return instance_.store().heap().NewArray(type, static_cast<uint32_t>(length));
  }

  TrapKind ArrayNew(const CanonicalType& type, uint64_t length, bool fill) {
    gc::ArrayObject* const array = NewArray(type, length);
    if (array == nullptr) return TrapKind::kAllocationTooLarge;
    if (fill) {
      const GlobalCell value = operands_.back();
      operands_.pop_back();
      const FieldType& element = type.type.fields[0];
      for (uint32_t i = 0; i < array->length; ++i) {
        Store(array->elements() + size_t{i} * type.elem_size_bytes, element, value);
      }
    }
    Push(gc::ToRef(array));
    return TrapKind::kNone;
  }

  TrapKind ArrayNewFixed(const CanonicalType& type, uint32_t length) {
    gc::ArrayObject* const array = NewArray(type, length);
    if (array == nullptr) return TrapKind::kAllocationTooLarge;
    const GlobalCell* const values = operands_.data() + operands_.size() - length;
    for (uint32_t i = 0; i < length; ++i) {
      Store(array->elements() + size_t{i} * type.elem_size_bytes, type.type.fields[0], values[i]);
    }
    operands_.resize(operands_.size() - length);
    Push(gc::ToRef(array));
    return TrapKind::kNone;
  }

  Instance& instance_;
  Module& module_;
  std::vector<GlobalCell>& operands_;
  const size_t floor_;
};

}  // namespace

TrapOr<GlobalCell> EvalConstExpr(Instance& instance, const syntax::Expr& expr) {
  return Evaluator(instance, StoreImpl::Of(instance.store()).const_operands).Run(expr);
}

}  // namespace airwasm::runtime
