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
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  for (const Effort effort : kLevels) {
    BackEnd kept(effort);
    for (const char* const ir : {kSum, kCall, kSum, kSum, kCall}) {
      BackEnd fresh(effort);
      const std::string expected = Object(fresh, ir);
      EXPECT_NE("", expected);
      EXPECT_TRUE(expected == Object(kept, ir));
    }
  }
}

TEST(BackEnds, KeepsThemByEffort) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  BackEnds back_ends;
  BackEnds::Lease first = back_ends.Take(Effort::kLean);
  const BackEnd* const lean = first.get();
  first.reset();
  const BackEnds::Lease optimized = back_ends.Take(Effort::kOptimized);
  EXPECT_EQ(Effort::kOptimized, optimized->effort());
  first = back_ends.Take(Effort::kLean);
  EXPECT_EQ(lean, first.get());
  EXPECT_NE(lean, back_ends.Take(Effort::kLean).get());
}

}  // namespace
}  // namespace airwasm::jit
