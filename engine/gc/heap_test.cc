#include "engine/gc/heap.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace airwasm::gc {
namespace {

// A heap whose roots are the words of `stack` (conservative) and of `exact`.
class HeapTest : public testing::Test {
 protected:
  HeapTest() {
    SubType node;  // (struct (field (mut (ref null 0))) (field (mut i64)))
    node.kind = CompositeKind::kStruct;
    node.fields = {{.type = ValType::Ref(HeapType::Concrete(0), true), .mut = true},
                   {.type = kI64, .mut = true}};
    node_ = &types_.Get(types_.Intern({&node, 1}, 0, {}));
    SubType refs;  // (array (mut anyref))
    refs.kind = CompositeKind::kArray;
    refs.fields = {{.type = kAnyRef, .mut = true}};
    refs_ = &types_.Get(types_.Intern({&refs, 1}, 0, {}));
    SubType bytes;  // (array (mut i8))
    bytes.kind = CompositeKind::kArray;
    bytes.fields = {{.type = kI32, .packed = Packed::kI8, .mut = true}};
    bytes_ = &types_.Get(types_.Intern({&bytes, 1}, 0, {}));
  }

  std::unique_ptr<Heap> MakeHeap(HeapOptions options) {
    return std::make_unique<Heap>(types_, options, [this](RootVisitor& visitor) {
      visitor.Conservative(stack_.data(), stack_.data() + stack_.size());
      for (const Ref ref : exact_) visitor.Exact(ref);
    });
  }
  static Ref& Next(Object* node) {
    return *reinterpret_cast<Ref*>(reinterpret_cast<uint8_t*>(node) + 8);
  }
  static uint64_t& Number(Object* node) {
    return *reinterpret_cast<uint64_t*>(reinterpret_cast<uint8_t*>(node) + 16);
  }
  static Ref* Elements(ArrayObject* array) { return reinterpret_cast<Ref*>(array->elements()); }

  TypeRegistry types_;
  const CanonicalType* node_;
  const CanonicalType* refs_;
  const CanonicalType* bytes_;
  std::vector<uint64_t> stack_;
  std::vector<Ref> exact_;
};

// A list of `n` nodes numbered n-1 .. 0, built while its head is the only root.
void BuildList(Heap& heap, const CanonicalType& node, Ref& root, int n, auto next, auto number) {
  for (int i = 0; i < n; ++i) {
    Object* const object = heap.NewStruct(node);
    ASSERT_NE(object, nullptr);
    next(object) = root;
    number(object) = static_cast<uint64_t>(i);
    root = ToRef(object);
  }
}

TEST_F(HeapTest, ListSurvivesStressWhileGarbageGoes) {
  for (const bool stress : {false, true}) {
    SCOPED_TRACE(stress ? "stress" : "plain");
    auto heap = MakeHeap({.limit_bytes = 64 << 20, .stress = stress});
    exact_ = {kNullRef};
    const int n = stress ? 300 : 20'000;
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < 3; ++j) Number(heap->NewStruct(*node_)) = 0xdead;
      Object* const object = heap->NewStruct(*node_);
      Next(object) = exact_[0];
      Number(object) = static_cast<uint64_t>(i);
      exact_[0] = ToRef(object);
    }
    heap->Collect();
    int count = 0;
    for (Ref ref = exact_[0]; ref != kNullRef; ref = Next(ToObject(ref))) {
      ASSERT_EQ(ToObject(ref)->type, node_->id);
      ASSERT_EQ(Number(ToObject(ref)), static_cast<uint64_t>(n - 1 - count));
      ++count;
    }
    EXPECT_EQ(count, n);
    // Lines are what is freed: every survivor keeps its own and may straddle two.
    EXPECT_LE(heap->stats().bytes_live_after_last_collection,
              2 * size_t{128} * static_cast<size_t>(n));
    exact_.clear();
    heap->Collect();
    EXPECT_EQ(heap->stats().bytes_live_after_last_collection, 0u);
    EXPECT_EQ(heap->stats().bytes_committed, 0u);
  }
}

TEST_F(HeapTest, ConservativeWordsPinWhatTheyPointInto) {
  auto heap = MakeHeap({.limit_bytes = 1 << 20});
  Object* const first = heap->NewStruct(*node_);
  Object* const second = heap->NewStruct(*node_);
  Object* const third = heap->NewStruct(*node_);
  Number(first) = 1;
  Number(second) = 2;
  Number(third) = 3;
  Next(third) = ToRef(first);
  // An interior pointer, words that are no pointers, and addresses beyond anything allocated.
  stack_ = {ToRef(third) + 17, 1, 0xffff'ffff'ffff'fff8u, ToRef(third) + (512 << 10), 0};
  heap->Collect();
  EXPECT_EQ(Number(third), 3u);
  EXPECT_EQ(Number(first), 1u);
  EXPECT_EQ(heap->stats().bytes_live_after_last_collection, 128u);  // one line
  // A word that points at a dead object keeps nothing.
  stack_ = {ToRef(second)};
  heap->Collect();
  EXPECT_EQ(heap->stats().bytes_live_after_last_collection, 0u);
}

// Compiled code allocates by itself and may be left at any instruction, also between the words that
// go before the cursor.
// New objects between old ones: words of a stack find the start of both kinds.
TEST_F(HeapTest, ConservativeWordsPointIntoRecycledLines) {
  auto heap = MakeHeap({.limit_bytes = 4 << 20});
  constexpr uint64_t kNodes = 5'000;
  std::vector<Ref> kept;
  const auto allocate = [&](uint64_t from, uint64_t every) {
    for (uint64_t i = 0; i < kNodes; ++i) {
      Object* const object = heap->NewStruct(*node_);
      Number(object) = from + i;
      if (i % every == 0) kept.push_back(ToRef(object));
    }
  };
  allocate(0, 11);
  exact_ = kept;
  heap->Collect();
  exact_.clear();
  allocate(kNodes, 7);
  for (const Ref ref : kept) stack_.push_back(ref + 23);
  heap->Collect();
  for (uint64_t i = 0; i < 2 * kNodes; ++i) Number(heap->NewStruct(*node_)) = 0xdead;
  for (const bool is_new : {false, true}) {
    const uint64_t every = is_new ? 7 : 11;
    for (uint64_t i = 0; i < kNodes; i += every) {
      const Ref ref = kept[i / every + (is_new ? (kNodes + 10) / 11 : 0)];
      ASSERT_EQ(Number(ToObject(ref)), i + (is_new ? kNodes : 0));
      ASSERT_EQ(ToObject(ref)->type, node_->id);
    }
  }
  EXPECT_GE(heap->stats().bytes_live_after_last_collection, kept.size() * node_->size_bytes);
}

TEST_F(HeapTest, AllocationThatWasCutOffLeavesNothing) {
  FreeRun run;
  Heap heap(types_, {.limit_bytes = 1 << 20}, [](RootVisitor&) {}, &run);
  DropPartialObject(run);  // there is no run yet
  Object* const first = heap.NewStruct(*node_);
  ASSERT_EQ(run.cursor, reinterpret_cast<uint8_t*>(first) + node_->size_bytes);
  auto* const partial = reinterpret_cast<ArrayObject*>(run.cursor);
  partial->header.type = bytes_->id;
  partial->length = 1000;
  DropPartialObject(run);
  Object* const second = heap.NewStruct(*node_);
  EXPECT_EQ(static_cast<void*>(second), static_cast<void*>(partial));
  EXPECT_EQ(Next(second), kNullRef);
  EXPECT_EQ(Number(second), 0u);
  // Up to the very end of the run.
  while (run.limit - run.cursor >= node_->size_bytes) heap.NewStruct(*node_);
  DropPartialObject(run);
  run.cursor = run.limit;
  DropPartialObject(run);
  EXPECT_NE(heap.NewStruct(*node_), nullptr);
}

TEST_F(HeapTest, RecycledMemoryIsZero) {
  auto heap = MakeHeap({.limit_bytes = 256 << 10, .stress = false});
  exact_ = {kNullRef};
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 4000; ++i) {
      Object* const object = heap->NewStruct(*node_);
      ASSERT_NE(object, nullptr) << round << " " << i;
      ASSERT_EQ(Next(object), kNullRef);
      ASSERT_EQ(Number(object), 0u);
      Number(object) = ~uint64_t{0};
      Next(object) = 0x5;  // an i31
      if (i % 97 == 0) exact_.push_back(ToRef(object));
    }
    if (exact_.size() > 500) exact_.clear();
  }
  EXPECT_GT(heap->stats().collections, 0u);
}

TEST_F(HeapTest, LimitYieldsNullAndTheHeapGoesOn) {
  auto heap = MakeHeap({.limit_bytes = 1 << 20});
  exact_ = {kNullRef};
  int count = 0;
  while (Object* const object = heap->NewStruct(*node_)) {
    Next(object) = exact_[0];
    exact_[0] = ToRef(object);
    ASSERT_LT(++count, 1 << 20);
  }
  EXPECT_GT(count, (1 << 20) / 24 / 2);
  EXPECT_EQ(heap->NewArray(*bytes_, 64 << 10), nullptr);
  EXPECT_EQ(heap->NewArray(*bytes_, UINT32_MAX), nullptr);
  EXPECT_EQ(heap->NewArray(*refs_, UINT32_MAX), nullptr);
  exact_[0] = kNullRef;
  EXPECT_NE(heap->NewStruct(*node_), nullptr);
}

TEST_F(HeapTest, LargeAndMediumArrays) {
  auto heap = MakeHeap({.limit_bytes = 32 << 20});
  for (const uint32_t length : {100u, 2'000u, 8'176u, 8'200u, 40'000u, 3'000'000u}) {
    SCOPED_TRACE(length);
    exact_.clear();
    ArrayObject* const keep = heap->NewArray(*refs_, length);
    ASSERT_NE(keep, nullptr);
    exact_ = {ToRef(keep)};
    Object* const node = heap->NewStruct(*node_);
    Number(node) = length;
    Elements(keep)[length - 1] = ToRef(node);
    for (int i = 0; i < 20; ++i) {
      ArrayObject* const garbage = heap->NewArray(*bytes_, length);
      ASSERT_NE(garbage, nullptr);
      std::memset(garbage->elements(), 0xff, length);
    }
    heap->Collect();
    EXPECT_EQ(keep->length, length);
    EXPECT_EQ(Elements(keep)[0], kNullRef);
    EXPECT_EQ(Number(ToObject(Elements(keep)[length - 1])), length);
    // Interior pointers into the tail blocks of a large object keep it, too.
    exact_.clear();
    stack_ = {ToRef(keep) + 16 + size_t{8} * (length - 1)};
    heap->Collect();
    EXPECT_EQ(Number(ToObject(Elements(keep)[length - 1])), length);
    stack_.clear();
  }
  heap->Collect();
  EXPECT_EQ(heap->stats().bytes_committed, 0u);
}

TEST_F(HeapTest, HandlesBoxesAndExceptions) {
  auto heap = MakeHeap({.limit_bytes = 1 << 20, .stress = true});
  ExternBox* const box = heap->NewExternBox(42);
  const uint32_t a = heap->AddRoot(ToRef(box));
  int tag = 0;
  ExceptionObject* const exception = heap->NewException(&tag, 3);
  const uint32_t b = heap->AddRoot(ToRef(exception));
  exception->slots()[1] = ToRef(heap->NewExternBox(7));
  heap->RemoveRoot(a);
  heap->NewStruct(*node_);
  EXPECT_EQ(exception->tag, &tag);
  EXPECT_EQ(reinterpret_cast<ExternBox*>(exception->slots()[1])->host_value, 7u);
  const uint32_t c = heap->AddRoot(MakeI31(5));
  EXPECT_EQ(c, a);  // handles are reused
  EXPECT_EQ(heap->GetRoot(b), ToRef(exception));
  heap->Collect();
}

TEST_F(HeapTest, DeepListDoesNotRecurse) {
  auto heap = MakeHeap({.limit_bytes = 256 << 20});
  exact_ = {kNullRef};
  BuildList(*heap, *node_, exact_[0], 1'000'000, Next, Number);
  heap->Collect();
  EXPECT_EQ(Number(ToObject(exact_[0])), 999'999u);
}

}  // namespace
}  // namespace airwasm::gc
