// References and objects: made, read, written, tested and cast; null now and then.
#include "spec-tests/differential/generator.h"

namespace airwasm::differential {
namespace {

constexpr uint32_t kSmallLength = 15;  // a mask

}  // namespace

void FunctionGenerator::NewStruct(uint32_t type) {
  if (random_.Chance(1, 4)) return code_.Do(Op::StructNewDefault, type);
  // A copy: expressions may add types.
  const std::vector<FieldType> fields = plan_.module.types[type].fields;
  for (const FieldType& field : fields) Clean(field.type, Expr(field.type));
  code_.Do(Op::StructNew, type);
}

void FunctionGenerator::NewArray(uint32_t type) {
  const FieldType element = plan_.module.types[type].fields[0];
  const auto length = [&] {
    if (random_.Chance(1, 2))
      return code_.I32(static_cast<int32_t>(random_.Chance(1, 8) ? random_.Below(8) : 8));
    Expr(kI32);
    if (random_.Chance(1, 40)) return;
    code_.I32(kSmallLength);
    code_.Do(Op::I32And);
    code_.I32(8);
    code_.Do(Op::I32Or);
  };
  switch (random_.Below(5)) {
    case 0:
      length();
      return code_.Do(Op::ArrayNewDefault, type);
    case 1:
      if (!Deep()) {
        Clean(element.type, Expr(element.type));
        length();
        return code_.Do(Op::ArrayNew, type);
      }
      [[fallthrough]];
    case 2:
      if (!Deep()) {
        const uint32_t count = random_.Chance(1, 8) ? random_.Below(4) : 8;
        for (uint32_t i = 0; i < count; ++i) Clean(element.type, Expr(element.type));
        return code_.Do(Op::ArrayNewFixed, type, count);
      }
      [[fallthrough]];
    default:
      if (element.type.IsRef()) {
        code_.I32(static_cast<int32_t>(random_.Below(2)));
        code_.I32(static_cast<int32_t>(kElems - 1 + random_.Chance(1, 20)));
        return code_.Do(Op::ArrayNewElem, type, kEqElems);
      }
      code_.I32(static_cast<int32_t>(random_.Below(8)));
      code_.I32(static_cast<int32_t>((kSegmentSize - 8) / element.size_bytes() +
                                     random_.Chance(1, 20) * 8));
      return code_.Do(Op::ArrayNewData, type, DataIndex());
  }
}

// A value of (ref heap); does not trap, and does not recurse when it must not.
void FunctionGenerator::NonNull(HeapType heap) {
  if (heap.IsConcrete()) {
    const uint32_t type = heap.index();
    if (type >= kBytes)
      return Deep() ? (code_.I32(3), code_.Do(Op::ArrayNewDefault, type)) : NewArray(type);
    // A subtype will do.
    const uint32_t made = type + random_.Below(kLeaf + 1 - type);
    return Deep() ? code_.Do(Op::StructNewDefault, made) : NewStruct(made);
  }
  switch (heap.kind()) {
    case HeapKind::kFunc:
      return code_.Do(Op::RefFunc, random_.Below(static_cast<uint32_t>(plan_.signatures.size())));
    case HeapKind::kI31:
      if (Deep())
        code_.I32(static_cast<int32_t>(random_.Below(9)));
      else
        Expr(kI32);
      return code_.Do(Op::RefI31);
    case HeapKind::kExtern:
      NonNull(HeapKind::kEq);
      return code_.Do(Op::ExternConvertAny);
    default:
      switch (random_.Below(4)) {
        case 0:
          return NonNull(HeapKind::kI31);
        case 1:
          return NonNull(HeapType::Concrete(kBytes + random_.Below(kVectors + 1 - kBytes)));
        default:
          return NonNull(HeapType::Concrete(random_.Below(kLeaf + 1)));
      }
  }
}

// A cast, or something of that type where it fails.
void FunctionGenerator::CastTo(ValType type) {
  if (random_.Chance(1, 60)) {
    Expr(kAnyRef);
    return code_.Ref(type.nullable() ? Op::RefCastNull : Op::RefCast, type.heap_type());
  }
  if (random_.Chance(1, 2)) {
    code_.Open(Op::Block, BlockOf({}, {type}));
    labels_.push_back({.types = {type}, .may_branch = true});
    Expr(kAnyRef);
    code_.BranchOnCast(Op::BrOnCast, 0, kAnyRef, type);
    code_.Do(Op::Drop);
    Default(type);
    return Close();
  }
  const uint32_t local = Temp(type);
  Open(Op::Block, {});
  Open(Op::Block, {kAnyRef});
  Expr(kAnyRef);
  // What is left to the failing branch is anyref in any case.
  code_.BranchOnCast(Op::BrOnCastFail, 0, kAnyRef, type);
  code_.Do(Op::LocalSet, local);
  code_.Do(Op::Br, 1);
  Close();
  code_.Do(Op::Drop);
  Default(type);
  code_.Do(Op::LocalSet, local);
  Close();
  code_.Do(Op::LocalGet, local);
}

NanLanes FunctionGenerator::RefExpr(ValType type) {
  const HeapType heap = type.heap_type();
  if (heap.kind() == HeapKind::kExn) return Leaf(type);
  if (!type.nullable()) {
    NonNull(heap);
    return NanLanes::kNone;
  }
  const bool is_any = heap.IsConcrete() || heap.kind() == HeapKind::kEq ||
                      heap.kind() == HeapKind::kI31 || heap.kind() == HeapKind::kAny;
  switch (random_.Below(8)) {
    case 0:
      Default(type);
      break;
    case 1:
      if (is_any && heap.kind() != HeapKind::kAny)
        CastTo(type);
      else
        Leaf(type);
      break;
    case 2:
      if (heap.kind() == HeapKind::kFunc || heap.kind() == HeapKind::kEq) {
        const uint32_t table = heap.kind() == HeapKind::kEq ? kEqTable : kFuncTable;
        TableIndex(table, 4);
        code_.Do(Op::TableGet, table);
        break;
      }
      if (heap.kind() == HeapKind::kAny) {
        Expr(kExternRef);
        code_.Do(Op::AnyConvertExtern);
        break;
      }
      if (heap.kind() == HeapKind::kExtern) {
        Expr(kAnyRef);
        code_.Do(Op::ExternConvertAny);
        break;
      }
      [[fallthrough]];
    default:
      NonNull(heap);
      break;
  }
  return NanLanes::kNone;
}

// A field of that type, of an object that may be null; then something else.
NanLanes FunctionGenerator::FieldOf(ValType type) {
  std::vector<std::pair<uint32_t, uint32_t>> found;
  for (uint32_t s = kBase; s <= kMiddle; ++s) {
    const auto& fields = plan_.module.types[s].fields;
    for (uint32_t i = 0; i < fields.size(); ++i) {
      if (fields[i].type == type) found.push_back({s, i});
    }
  }
  if (found.empty()) return Leaf(type);
  const auto [index, field] = random_.OneOf(found);
  const Packed packed = plan_.module.types[index].fields[field].packed;
  const Op get = packed == Packed::kNone ? Op::StructGet
                 : random_.Chance(1, 2)  ? Op::StructGetS
                                         : Op::StructGetU;
  const ValType ref = NullableRef(index);
  if (random_.Chance(1, 60)) {
    Expr(ref);
    code_.Do(get, index, field);
    return NanLanes::kNone;
  }
  Open(Op::Block, {type});
  Open(Op::Block, {});
  Expr(ref);
  code_.Do(Op::BrOnNull, 0);
  code_.Do(get, index, field);
  code_.Do(Op::Br, 1);
  Close();
  Pass(type);
  Close();
  return PassedLanes(type);
}

void FunctionGenerator::Index() {
  Expr(kI32);
  if (random_.Chance(1, 30)) return;
  code_.I32(random_.Chance(7, 8) ? 1 : 7);
  code_.Do(Op::I32And);
}

NanLanes FunctionGenerator::ElementOf(ValType type) {
  std::vector<uint32_t> found;
  for (uint32_t a = kBytes; a <= kVectors; ++a) {
    if (plan_.module.types[a].fields[0].type == type) found.push_back(a);
  }
  if (found.empty()) return Leaf(type);
  const uint32_t array = random_.OneOf(found);
  const Op get = plan_.module.types[array].fields[0].packed == Packed::kNone ? Op::ArrayGet
                 : random_.Chance(1, 2)                                      ? Op::ArrayGetS
                                                                             : Op::ArrayGetU;
  if (random_.Chance(1, 60))
    Expr(array == kInts ? kIntsRef : NullableRef(array));
  else
    NonNull(HeapType::Concrete(array));
  Index();
  code_.Do(get, array);
  return NanLanes::kNone;
}

void FunctionGenerator::FromRef() {
  static constexpr HeapType kTested[] = {HeapKind::kAny,
                                         HeapKind::kEq,
                                         HeapKind::kI31,
                                         HeapKind::kStruct,
                                         HeapKind::kArray,
                                         HeapKind::kNone,
                                         HeapType::Concrete(kBase),
                                         HeapType::Concrete(kMiddle),
                                         HeapType::Concrete(kLeaf),
                                         HeapType::Concrete(kInts)};
  switch (random_.Below(6)) {
    case 0:
      Expr(random_.OneOf(kRefTypes));
      return code_.Do(Op::RefIsNull);
    case 1:
      Expr(kEqRef);
      Expr(kEqRef);
      return code_.Do(Op::RefEq);
    case 2:
    case 3:
      Expr(kAnyRef);
      return code_.Ref(random_.Chance(1, 2) ? Op::RefTest : Op::RefTestNull,
                       random_.OneOf(kTested));
    case 4: {
      Open(Op::Block, {kI32});
      Open(Op::Block, {});
      Expr(kI31Ref);
      if (!random_.Chance(1, 60)) code_.Do(Op::BrOnNull, 0);
      code_.Do(random_.Chance(1, 2) ? Op::I31GetS : Op::I31GetU);
      code_.Do(Op::Br, 1);
      Close();
      code_.I32(-1);
      return Close();
    }
    case 5:
      if (random_.Chance(1, 60))
        Expr(kIntsRef);
      else
        NonNull(HeapType::Concrete(kBytes + random_.Below(kVectors + 1 - kBytes)));
      return code_.Do(Op::ArrayLen);
  }
}

void FunctionGenerator::GcStatement() {
  const uint32_t type = random_.Below(kLeaf + 1);
  const std::vector<FieldType> fields = plan_.module.types[type].fields;
  const uint32_t field = random_.Below(static_cast<uint32_t>(fields.size()));
  const ValType ref = NullableRef(type);
  uint32_t local;
  if (!FindLocal(ref, local)) local = Temp(ref);
  // Where it is not null; br_on_non_null and ref.as_non_null have their turn.
  if (random_.Chance(1, 60)) {
    Expr(ref);
    if (random_.Chance(1, 2)) code_.Do(Op::RefAsNonNull);
    code_.Do(Op::LocalSet, local);
  } else {
    Open(Op::Block, {ValType::Ref(HeapType::Concrete(type), false)});
    Expr(ref);
    code_.Do(Op::BrOnNonNull, 0);
    NonNull(HeapType::Concrete(type));
    Close();
    code_.Do(Op::LocalSet, local);
  }
  const ValType value = fields[field].type;
  const uint32_t temp = NewLocal(value);
  Clean(value, Expr(value));
  code_.Do(Op::LocalSet, temp);
  code_.Do(Op::LocalGet, local);
  code_.Do(Op::LocalGet, temp);
  code_.Do(Op::StructSet, type, field);
}

void FunctionGenerator::ArrayStatement() {
  const uint32_t array = kBytes + random_.Below(kVectors + 1 - kBytes);
  const FieldType element = plan_.module.types[array].fields[0];
  const auto ref = [&] {
    if (array == kInts && random_.Chance(1, 60))
      Expr(kIntsRef);
    else
      NonNull(HeapType::Concrete(array));
  };
  const auto length = [&] { code_.I32(static_cast<int32_t>(random_.Below(4))); };
  uint32_t local;
  const bool keeps = FindLocal(NullableRef(array), local);
  if (!keeps) local = Temp(NullableRef(array));
  ref();
  code_.Do(Op::LocalSet, local);
  const uint32_t value = NewLocal(element.type);
  switch (random_.Below(5)) {
    case 0:
      Clean(element.type, Expr(element.type));
      code_.Do(Op::LocalSet, value);
      code_.Do(Op::LocalGet, local);
      code_.I32(static_cast<int32_t>(random_.Below(3)));
      code_.Do(Op::LocalGet, value);
      return code_.Do(Op::ArraySet, array);
    case 1:
      Clean(element.type, Expr(element.type));
      code_.Do(Op::LocalSet, value);
      code_.Do(Op::LocalGet, local);
      code_.I32(static_cast<int32_t>(random_.Below(3)));
      code_.Do(Op::LocalGet, value);
      length();
      return code_.Do(Op::ArrayFill, array);
    case 2:
      code_.Do(Op::LocalGet, local);
      code_.I32(static_cast<int32_t>(random_.Below(3)));
      ref();
      code_.I32(static_cast<int32_t>(random_.Below(3)));
      length();
      return code_.Do(Op::ArrayCopy, array, array);
    case 3:
      code_.Do(Op::LocalGet, local);
      code_.I32(static_cast<int32_t>(random_.Below(3)));
      code_.I32(static_cast<int32_t>(random_.Below(3)));
      length();
      if (element.type.IsRef()) return code_.Do(Op::ArrayInitElem, array, kEqElems);
      return code_.Do(Op::ArrayInitData, array, DataIndex());
    case 4: {
      // A sum over all of it.
      const uint32_t i = NewLocal(kI32);
      const uint32_t sum = NewLocal(kI32);
      code_.I32(0);
      code_.Do(Op::LocalSet, i);
      code_.Open(Op::Block, {});
      code_.Open(Op::Loop, {});
      code_.Do(Op::LocalGet, i);
      code_.Do(Op::LocalGet, local);
      code_.Do(Op::ArrayLen);
      code_.Do(Op::I32GeU);
      code_.Do(Op::BrIf, 1);
      if (element.type == kI32) {
        code_.Do(Op::LocalGet, sum);
        code_.Do(Op::LocalGet, local);
        code_.Do(Op::LocalGet, i);
        code_.Do(element.packed == Packed::kNone ? Op::ArrayGet : Op::ArrayGetU, array);
        code_.Do(Op::I32Add);
        code_.Do(Op::LocalSet, sum);
      }
      code_.Do(Op::LocalGet, i);
      code_.I32(1);
      code_.Do(Op::I32Add);
      code_.Do(Op::LocalSet, i);
      code_.Do(Op::Br, 0);
      code_.End();
      code_.End();
      code_.Do(Op::LocalGet, sum);
      return Consume({kI32});
    }
  }
}

}  // namespace airwasm::differential
