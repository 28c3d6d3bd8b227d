// Structs, arrays and exceptions as the host sees them.
#include "airwasm/gc_objects.h"

#include "engine/api/api_test_util.h"

namespace airwasm {
namespace {

using testing::ExpectError;
using testing::Typed;
using testing::World;

constexpr char kGuest[] = R"((module
  (type $s (struct (field (mut i32)) (field i64) (field (mut i8)) (field (mut f64)) (field (mut v128)) (field (mut (ref null $s)))))
  (type $bytes (array (mut i8))) (type $refs (array (mut anyref))) (type $const (array i64))
  (tag $t (export "t") (param i32 f64))
  (func (export "struct") (param i32) (result (ref $s))
    (struct.new $s (local.get 0) (i64.const 7) (i32.const -1) (f64.const 2.5) (v128.const i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
      (ref.null $s)))
  (func (export "sum") (param anyref) (result i32) (local $s (ref null $s))
    (local.set $s (ref.cast (ref $s) (local.get 0)))
    (i32.add (struct.get $s 0 (local.get $s)) (struct.get_s $s 2 (local.get $s))))
  (func (export "bytes") (param i32) (result (ref $bytes)) (array.new $bytes (i32.const 9) (local.get 0)))
  (func (export "byte") (param anyref i32) (result i32)
    (array.get_s $bytes (ref.cast (ref $bytes) (local.get 0)) (local.get 1)))
  (func (export "refs") (result (ref $refs)) (array.new_default $refs (i32.const 3)))
  (func (export "const") (result (ref $const)) (array.new $const (i64.const 5) (i32.const 2)))
  (func (export "throw") (throw $t (i32.const 3) (f64.const 4.5)))))";

// The type that the export `name` returns a reference to.
TypeId ResultType(const Instance& instance, std::string_view name) {
  return (*instance.GetFunc(name)).type().results[0].heap_type().index();
}

TEST(StructRef, FieldsOfTheGuestsObject) {
  World world({}, {.gc_stress = true});
  const Instance instance = world.Make(kGuest);
  const Ref ref = *Typed<Ref(int32_t)>(instance, "struct")(42);
  const absl::StatusOr<StructRef> object = StructRef::From(world.store, ref);
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(6u, object->fields().size());
  EXPECT_EQ(ResultType(instance, "struct"), object->type());
  EXPECT_EQ(42, (*object->Get(0)).i32());
  EXPECT_EQ(7, (*object->Get(1)).i64());
  EXPECT_EQ(255, (*object->Get(2)).i32());
  EXPECT_EQ(2.5, (*object->Get(3)).f64());
  EXPECT_EQ(16, (*object->Get(4)).v128()[15]);
  EXPECT_TRUE((*object->Get(5)).ref().IsNull());

  EXPECT_TRUE(object->Set(0, Value(100)).ok());
  EXPECT_TRUE(object->Set(2, Value(0x1FE)).ok());
  EXPECT_EQ(98, *Typed<int32_t(Ref)>(instance, "sum")(ref));
  EXPECT_TRUE(object->Set(5, Value(ref, kAnyRef)).ok());
  world.store.CollectGarbage();
  EXPECT_EQ(ref, (*object->Get(5)).ref());
  ExpectError(object->Set(1, Value(int64_t{1})), absl::StatusCode::kFailedPrecondition,
              "immutable");
  ExpectError(object->Set(0, Value(1.0)), absl::StatusCode::kInvalidArgument, "i32");
  ExpectError(object->Set(5, Value(Ref::FromI31(1), kAnyRef)), absl::StatusCode::kInvalidArgument,
              "type");
  ExpectError(object->Set(6, Value(1)), absl::StatusCode::kOutOfRange, "field 6 of a struct of 6");
  ExpectError(object->Get(6).status(), absl::StatusCode::kOutOfRange, "field 6");
}

TEST(StructRef, MadeByTheHost) {
  World world({}, {.gc_stress = true});
  const Instance instance = world.Make(kGuest);
  const TypeId type = ResultType(instance, "struct");
  const std::vector<Value> fields = {Value(40),  Value(int64_t{1}),  Value(2),
                                     Value(0.5), Value(V128Bytes{}), Value(Ref(), kAnyRef)};
  const absl::StatusOr<StructRef> object = StructRef::New(world.store, type, fields);
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(42, *Typed<int32_t(Ref)>(instance, "sum")(object->ref()));
  ExpectError(StructRef::New(world.store, type, std::span(fields).first(5)).status(),
              absl::StatusCode::kInvalidArgument, "6 fields, got 5");
  ExpectError(StructRef::New(world.store, ResultType(instance, "bytes"), fields).status(),
              absl::StatusCode::kInvalidArgument, "no struct type");
  ExpectError(StructRef::From(world.store, Ref()).status(), absl::StatusCode::kInvalidArgument,
              "no struct");
  ExpectError(StructRef::From(world.store, Ref::FromI31(1)).status(),
              absl::StatusCode::kInvalidArgument, "no struct");
  ExpectError(StructRef::From(world.store, Ref::NewExtern(world.store, 1)).status(),
              absl::StatusCode::kInvalidArgument, "no struct");
  ExpectError(ArrayRef::From(world.store, object->ref()).status(),
              absl::StatusCode::kInvalidArgument, "no array");
  Store other(world.engine);
  ExpectError(StructRef::From(other, object->ref()).status(), absl::StatusCode::kInvalidArgument,
              "of this store");
}

TEST(ArrayRef, ElementsBothWays) {
  World world({}, {.gc_stress = true});
  const Instance instance = world.Make(kGuest);
  const Ref ref = *Typed<Ref(int32_t)>(instance, "bytes")(4);
  const ArrayRef bytes = *ArrayRef::From(world.store, ref);
  EXPECT_EQ(4u, bytes.length());
  EXPECT_EQ(Packed::kI8, bytes.element().packed);
  EXPECT_EQ(9, (*bytes.Get(3)).i32());
  EXPECT_TRUE(bytes.Set(2, Value(0xFF)).ok());
  EXPECT_EQ(-1, *Typed<int32_t(Ref, int32_t)>(instance, "byte")(ref, 2));
  EXPECT_EQ(9, *Typed<int32_t(Ref, int32_t)>(instance, "byte")(ref, 3));
  ExpectError(bytes.Get(4).status(), absl::StatusCode::kOutOfRange, "element 4 of an array of 4");
  ExpectError(bytes.Set(0, Value(int64_t{1})), absl::StatusCode::kInvalidArgument, "i32");

  const absl::StatusOr<ArrayRef> refs =
      ArrayRef::New(world.store, ResultType(instance, "refs"), 3, Value(ref, kAnyRef));
  ASSERT_TRUE(refs.ok()) << refs.status();
  EXPECT_EQ(ref, (*refs->Get(2)).ref());
  EXPECT_TRUE(refs->Set(1, Value(Ref::FromI31(-4), kAnyRef)).ok());
  EXPECT_EQ(-4, (*refs->Get(1)).ref().i31());
  const ArrayRef constant = *ArrayRef::From(world.store, *Typed<Ref()>(instance, "const")());
  EXPECT_EQ(5, (*constant.Get(1)).i64());
  ExpectError(constant.Set(1, Value(int64_t{1})), absl::StatusCode::kFailedPrecondition,
              "immutable");
  EXPECT_EQ(absl::StatusCode::kResourceExhausted,
            ArrayRef::New(world.store, ResultType(instance, "const"), UINT32_MAX, Value(int64_t{1}))
                .status()
                .code());
}

TEST(ExceptionRef, TagAndPayloadOfATrap) {
  World world;
  const Instance instance = world.Make(kGuest);
  const Result<void> result = Typed<void()>(instance, "throw")();
  ASSERT_FALSE(result.ok());
  world.store.CollectGarbage();
  const absl::StatusOr<ExceptionRef> exception =
      ExceptionRef::From(world.store, result.trap().exception());
  ASSERT_TRUE(exception.ok()) << exception.status();
  EXPECT_TRUE(exception->tag() == *instance.GetTag("t"));
  ASSERT_EQ(2u, exception->payload().size());
  EXPECT_EQ(3, exception->payload()[0].i32());
  EXPECT_EQ(4.5, exception->payload()[1].f64());
  ExpectError(ExceptionRef::From(world.store, Ref()).status(), absl::StatusCode::kInvalidArgument,
              "no exception");
}

}  // namespace
}  // namespace airwasm
