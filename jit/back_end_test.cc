#include "jit/back_end.h"

#include "jit/link_test_util.h"

namespace airwasm::jit {
namespace {

constexpr char kSum[] = R"(
define hidden i64 @f(ptr %p, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %s = phi i64 [ 0, %entry ], [ %t, %loop ]
  %at = getelementptr i64, ptr %p, i64 %i
  %x = load i64, ptr %at
  %t = add i64 %s, %x
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret i64 %t
}
)";
constexpr char kCall[] = R"(
declare void @g(i64)
define hidden void @f(double %a, i64 %b) {
  %c = fptosi double %a to i64
  %d = udiv i64 %c, %b
  call void @g(i64 %d)
  ret void
}
)";

std::string Object(BackEnd& back_end, const char* ir) {
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = ParseFor(context, ir, back_end.target());
  if (module == nullptr) return "";
  const llvm::SmallVector<char, 0> object = back_end.EmitObject(*module, Budget(nullptr));
  return std::string(object.begin(), object.end());
}

// What is kept from one module, whose context has gone, is not seen in the next.
TEST(BackEnd, MakesTheSameHoweverOftenItWasUsed) {
  ASSERT_TRUE(InitializeBackEnds());
  BackEnd kept;
  for (const char* const ir : {kSum, kCall, kSum, kSum, kCall}) {
    BackEnd fresh;
    const std::string expected = Object(fresh, ir);
    EXPECT_NE("", expected);
    EXPECT_TRUE(expected == Object(kept, ir));
  }
}

TEST(BackEnds, KeepsThemForTheNext) {
  ASSERT_TRUE(InitializeBackEnds());
  BackEnds back_ends;
  BackEnds::Lease first = back_ends.Take();
  const BackEnd* const made = first.get();
  first.reset();
  first = back_ends.Take();
  EXPECT_EQ(made, first.get());
  EXPECT_NE(made, back_ends.Take().get());
}

}  // namespace
}  // namespace airwasm::jit
