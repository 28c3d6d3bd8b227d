// What equal types are, what their objects look like, and which type is below which.
#include "engine/types/type_registry.h"

#include <gtest/gtest.h>

#include <string_view>
#include <thread>

namespace airwasm {
namespace {

SubType Func(std::vector<ValType> params, std::vector<ValType> results = {}) {
  SubType t;
  t.func = {std::move(params), std::move(results)};
  return t;
}
SubType Struct(std::vector<FieldType> fields, uint32_t supertype = kNoType, bool is_final = false) {
  SubType t;
  t.kind = CompositeKind::kStruct;
  t.fields = std::move(fields);
  t.supertype = supertype;
  t.is_final = is_final;
  return t;
}
SubType Array(FieldType element) {
  SubType t;
  t.kind = CompositeKind::kArray;
  t.fields = {element};
  return t;
}
ValType RefTo(uint32_t index, bool nullable = true) {
  return ValType::Ref(HeapType::Concrete(index), nullable);
}

// Interns `groups` in order and returns the ids of all their types.
std::vector<TypeId> InternAll(TypeRegistry& registry,
                              const std::vector<std::vector<SubType>>& groups) {
  std::vector<TypeId> ids;
  for (const auto& group : groups) {
    const TypeId first = registry.Intern(group, static_cast<TypeIdx>(ids.size()), ids);
    for (size_t i = 0; i < group.size(); ++i) ids.push_back(first + static_cast<TypeId>(i));
  }
  return ids;
}

TEST(TypeRegistryTest, EqualGroupsShareIds) {
  TypeRegistry registry;
  const std::vector<TypeId> ids =
      InternAll(registry, {
                              {Func({kI32}, {kI64})},
                              {Func({kI32}, {kI64})},
                              {Func({kI32, kI64})},
                              {Struct({{RefTo(3)}})},  // refers to itself
                              {Struct({{RefTo(4)}})},  // so does this one
                              {Struct({{RefTo(3)}})},  // refers to the first
                              {Struct({}), Struct({{RefTo(6)}})},
                              {Struct({}), Struct({{RefTo(8)}})},
                              {Struct({})},
                          });
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[0], ids[2]);
  EXPECT_EQ(ids[3], ids[4]);
  EXPECT_NE(ids[3], ids[5]);
  EXPECT_EQ(ids[6], ids[8]);
  EXPECT_EQ(ids[7], ids[9]);
  EXPECT_NE(ids[6], ids[10]) << "alone is another type than in a group";
}

TEST(TypeRegistryTest, EverythingInATypeDistinguishes) {
  TypeRegistry registry;
  const std::vector<std::vector<SubType>> groups = {
      {Struct({{kI32}})},
      {Struct({{kI32}}, kNoType, true)},
      {Struct({{kI32, Packed::kI8}})},
      {Struct({{kI32, Packed::kI16}})},
      {Struct({{kI32, Packed::kNone, true}})},
      {Struct({{kI64}})},
      {Struct({{kI32}, {kI32}})},
      {Struct({{kI32}}, 0)},
      {Array({kI32})},
      {Func({})},
      {Func({kI32})},
      {Func({}, {kI32})},
      {Func({kAnyRef})},
      {Func({ValType::Ref(HeapKind::kAny, false)})},
      {Func({RefTo(0)})},
      {Func({RefTo(0, false)})},
      {Func({RefTo(1)})},
  };
  const std::vector<TypeId> ids = InternAll(registry, groups);
  for (size_t i = 0; i < ids.size(); ++i) {
    for (size_t j = i + 1; j < ids.size(); ++j) EXPECT_NE(ids[i], ids[j]) << i << " and " << j;
  }
  EXPECT_EQ(InternAll(registry, groups), ids);
}

TEST(TypeRegistryTest, EntriesHoldCanonicalTypes) {
  TypeRegistry registry;
  InternAll(registry, {{Func({kF32})}});
  // Module indices begin at 0 again, ids do not.
  const std::vector<TypeId> ids = InternAll(
      registry, {{Struct({})}, {Struct({{RefTo(2, false)}}, 0), Func({RefTo(0)}, {RefTo(1)})}});
  const CanonicalType& sub = registry.Get(ids[1]);
  EXPECT_EQ(sub.id, ids[1]);
  EXPECT_EQ(sub.type.supertype, ids[0]);
  EXPECT_EQ(sub.type.fields[0].type, RefTo(ids[2], false));
  const CanonicalType& func = registry.Get(ids[2]);
  EXPECT_EQ(func.type.func.params[0], RefTo(ids[0]));
  EXPECT_EQ(func.type.func.results[0], RefTo(ids[1]));
}

TEST(TypeRegistryTest, InternFuncAgreesWithModules) {
  TypeRegistry registry;
  const std::vector<TypeId> ids =
      InternAll(registry, {{Func({kF32})}, {Struct({})}, {Func({RefTo(1)}, {kI32})}});
  EXPECT_EQ(registry.InternFunc({{RefTo(ids[1])}, {kI32}}), ids[2]);
  EXPECT_EQ(registry.InternFunc({{kF32}, {}}), ids[0]);
}

TEST(TypeRegistryTest, DisplaysOfAChain) {
  TypeRegistry registry;
  const std::vector<TypeId> ids = InternAll(
      registry,
      {{Struct({})}, {Struct({{kI32}}, 0)}, {Struct({{kI32}, {kI32}}, 1)}, {Struct({{kI64}}, 0)}});
  EXPECT_EQ(registry.Get(ids[2]).depth, 2u);
  EXPECT_EQ(registry.Get(ids[2]).display, (std::vector<TypeId>{ids[0], ids[1], ids[2]}));
  EXPECT_TRUE(registry.IsSubtype(ids[2], ids[0]));
  EXPECT_TRUE(registry.IsSubtype(ids[2], ids[1]));
  EXPECT_TRUE(registry.IsSubtype(ids[2], ids[2]));
  EXPECT_FALSE(registry.IsSubtype(ids[0], ids[2]));
  EXPECT_FALSE(registry.IsSubtype(ids[3], ids[1]));
  EXPECT_FALSE(registry.IsSubtype(ids[1], ids[3]));
}

TEST(TypeRegistryTest, ObjectLayout) {
  TypeRegistry registry;
  const std::vector<TypeId> ids = InternAll(registry, {{Struct({{kI32, Packed::kI8},
                                                                {kI32, Packed::kI16},
                                                                {kI32},
                                                                {kV128},
                                                                {kAnyRef},
                                                                {kF32},
                                                                {kExternRef},
                                                                {kI32, Packed::kI8}})},
                                                       {Struct({})},
                                                       {Array({kI32, Packed::kI8})},
                                                       {Array({kV128})},
                                                       {Array({kAnyRef})}});
  const CanonicalType& s = registry.Get(ids[0]);
  EXPECT_EQ(s.field_offsets, (std::vector<uint32_t>{8, 10, 12, 16, 32, 40, 48, 56}));
  EXPECT_EQ(s.ref_offsets, (std::vector<uint32_t>{32, 48}));
  EXPECT_EQ(s.size_bytes, 64u);
  EXPECT_EQ(registry.Get(ids[1]).size_bytes, 8u);
  const struct {
    TypeId id;
    uint32_t elem_size;
    bool is_ref;
  } arrays[] = {{ids[2], 1, false}, {ids[3], 16, false}, {ids[4], 8, true}};
  for (const auto& a : arrays) {
    EXPECT_EQ(registry.Get(a.id).size_bytes, 16u);
    EXPECT_EQ(registry.Get(a.id).elem_size_bytes, a.elem_size);
    EXPECT_EQ(registry.Get(a.id).elem_is_ref, a.is_ref);
  }
}

TEST(TypeRegistryTest, FrameSlots) {
  std::vector<uint32_t> slots;
  const ValType types[] = {kI32, kV128, kI64, kV128, kF32};
  EXPECT_EQ(LayOutSlots(types, &slots), 9u);
  EXPECT_EQ(slots, (std::vector<uint32_t>{0, 2, 4, 6, 8}));
  TypeRegistry registry;
  const CanonicalType& func = registry.Get(registry.InternFunc({{kI32, kV128}, {kV128, kI32}}));
  EXPECT_EQ(func.param_slots, 4u);
  EXPECT_EQ(func.result_slots, 3u);
}

TEST(TypeRegistryTest, HeapSubtyping) {
  TypeRegistry registry;
  const std::vector<TypeId> ids = InternAll(registry, {{Func({})}, {Struct({})}, {Array({kI32})}});
  const HeapType func = HeapType::Concrete(ids[0]), strukt = HeapType::Concrete(ids[1]),
                 array = HeapType::Concrete(ids[2]);
  using enum HeapKind;
  const HeapType all[] = {kFunc, kExtern, kAny,      kEq,    kI31, kStruct, kArray, kExn,
                          kNone, kNoFunc, kNoExtern, kNoExn, func, strukt,  array};
  // Beside each type, everything strictly above it.
  const std::vector<std::pair<HeapType, std::vector<HeapType>>> above = {
      {kEq, {kAny}},
      {kI31, {kEq, kAny}},
      {kStruct, {kEq, kAny}},
      {kArray, {kEq, kAny}},
      {kNone, {kAny, kEq, kI31, kStruct, kArray, strukt, array}},
      {kNoFunc, {kFunc, func}},
      {kNoExtern, {kExtern}},
      {kNoExn, {kExn}},
      {func, {kFunc}},
      {strukt, {kStruct, kEq, kAny}},
      {array, {kArray, kEq, kAny}},
  };
  for (HeapType sub : all) {
    for (HeapType super : all) {
      bool expected = sub == super;
      for (const auto& [type, supers] : above) {
        if (type == sub) {
          for (HeapType s : supers) expected |= s == super;
        }
      }
      EXPECT_EQ(registry.IsSubtype(sub, super), expected)
          << sub.ToString() << " <: " << super.ToString();
    }
  }
  EXPECT_EQ(registry.Top(func), kFunc);
  EXPECT_EQ(registry.Top(strukt), kAny);
  EXPECT_EQ(registry.Top(array), kAny);
  EXPECT_EQ(registry.Top(kNoExn), kExn);
}

TEST(TypeRegistryTest, ValueSubtyping) {
  const TypeRegistry registry;
  EXPECT_TRUE(registry.IsSubtype(kI32, kI32));
  EXPECT_FALSE(registry.IsSubtype(kI32, kI64));
  EXPECT_FALSE(registry.IsSubtype(kI32, kAnyRef));
  EXPECT_TRUE(registry.IsSubtype(kBottom, kI32));
  EXPECT_TRUE(registry.IsSubtype(kBottom, kAnyRef));
  EXPECT_FALSE(registry.IsSubtype(kI32, kBottom));
  EXPECT_TRUE(registry.IsSubtype(ValType::Ref(HeapKind::kAny, false), kAnyRef));
  EXPECT_FALSE(registry.IsSubtype(kAnyRef, ValType::Ref(HeapKind::kAny, false)));
  EXPECT_TRUE(registry.IsSubtype(ValType::Ref(HeapKind::kI31, true), kAnyRef));
  EXPECT_FALSE(registry.IsSubtype(kFuncRef, kAnyRef));
}

TEST(TypeRegistryTest, ThreadsAgree) {
  TypeRegistry registry;
  constexpr int kThreads = 4;
  constexpr uint32_t kTypes = 3000;  // more than two chunks
  std::vector<std::vector<TypeId>> ids(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < kTypes; ++i) {
        std::vector<ValType> params;
        for (uint32_t bits = i; bits != 0; bits >>= 1) params.push_back(bits & 1 ? kI32 : kI64);
        ids[t].push_back(registry.InternFunc({params, {}}));
        if (registry.Get(ids[t].back()).type.func.params != params) ADD_FAILURE() << i;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 1; t < kThreads; ++t) EXPECT_EQ(ids[t], ids[0]);
}

}  // namespace
}  // namespace airwasm
