#include "jit/pipeline.h"

#include "jit/link_test_util.h"
#include "jit/volatile_loads.h"
#include "llvm/IR/IntrinsicInst.h"

namespace airwasm::jit {
namespace {

// ---- Loads that may not be needed

TEST(KeepUnusedLoads, MarksThoseWhoseResultMayGoNowhere) {
  constexpr char kIr[] = R"(
define i64 @f(ptr %p, ptr %f, i64 %n) {
entry:
  %dead = load i64, ptr %p, !airwasm.mem !0
  %chained = load i64, ptr %p, !airwasm.mem !0
  %sum = add i64 %chained, 1
  %returned = load i64, ptr %p, !airwasm.mem !0
  %direct = add i64 %returned, 0
  %stored = load i64, ptr %p, !airwasm.mem !0
  store i64 %stored, ptr %f
  %passed = load i64, ptr %p, !airwasm.mem !0
  call void %f(i64 %passed)
  %address = load ptr, ptr %p, !airwasm.mem !0
  %through = load i64, ptr %address, !airwasm.mem !0
  %engine = load i64, ptr %p
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %cycle = phi i64 [ 0, %entry ], [ %turned, %loop ]
  %circling = load i64, ptr %p, !airwasm.mem !0
  %turned = add i64 %cycle, %circling
  %tested = load i64, ptr %p, !airwasm.mem !0
  %next = add i64 %i, %tested
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  %sometimes = load i64, ptr %p, !airwasm.mem !0
  %either = load i64, ptr %p, !airwasm.mem !0
  br i1 %more, label %then, label %else
then:
  store i64 %sometimes, ptr %f
  br label %end
else:
  br label %end
end:
  %joined = phi i64 [ %either, %then ], [ 0, %else ]
  %sum_of_all = add i64 %joined, %direct
  ret i64 %sum_of_all
}
!0 = !{}
)";
  for (const bool all : {false, true}) {
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module = Parse(context, kIr);
    ASSERT_NE(nullptr, module);
    llvm::Function& function = *module->getFunction("f");
    KeepUnusedLoads(function, all);
    std::set<std::string> kept;
    for (llvm::BasicBlock& block : function) {
      for (llvm::Instruction& instruction : block) {
        if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
            load != nullptr && load->isVolatile())
          kept.insert(load->getName().str());
      }
    }
    // `address` would stay for `through` anyway.
    std::set<std::string> expected = {"dead",     "chained",   "address", "through",
                                      "circling", "sometimes", "either"};
    if (all) expected.insert({"returned", "stored", "passed", "tested"});
    EXPECT_EQ(expected, kept) << all;
  }
}

TEST(KeepUnusedLoads, TheyAreStillThereAtTheEnd) {
  constexpr char kIr[] = R"(
define hidden void @f(ptr %p) {
  %dead = load i64, ptr %p, !airwasm.mem !0
  ret void
}
!0 = !{}
)";
  for (const Effort level : kLevels) {
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module = Parse(context, kIr);
    ASSERT_NE(nullptr, module);
    SetEffort(*module->getFunction("f"), level);
    KeepUnusedLoads(*module->getFunction("f"), false);
    Optimize(*module, BackEnd().target(), Budget(nullptr));
    EXPECT_EQ(2u, module->getFunction("f")->getEntryBlock().size());
  }
}

// ---- Passes

TEST(Pipeline, OptimizedLoopsAreVectors) {
  constexpr char kIr[] = R"(
define hidden i32 @sum(ptr %p, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %s = phi i32 [ 0, %entry ], [ %t, %loop ]
  %at = getelementptr i32, ptr %p, i64 %i
  %x = load i32, ptr %at, align 1
  %t = add i32 %s, %x
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret i32 %t
}
)";
  ASSERT_TRUE(InitializeBackEnds());
  std::vector<int32_t> numbers;
  for (int32_t i = 0; i < 1003; ++i) numbers.push_back(i * i);
  int32_t sum = 0;
  for (const int32_t number : numbers) sum += number;
  for (const Effort level : kLevels) {
    llvm::LLVMContext context;
    const BackEnd back_end;
    const std::unique_ptr<llvm::Module> module = ParseFor(context, kIr, back_end.target());
    ASSERT_NE(nullptr, module);
    SetEffort(*module->getFunction("sum"), level);
    Optimize(*module, back_end.target(), Budget(nullptr));
    bool has_vectors = false;
    for (const llvm::BasicBlock& block : *module->getFunction("sum")) {
      for (const llvm::Instruction& instruction : block)
        has_vectors |= instruction.getType()->isVectorTy();
    }
    EXPECT_EQ(level == Effort::kOptimized, has_vectors);

    const Code code(Build(kIr, level, {"sum"}));
    EXPECT_EQ(sum, Call(code.Get<int32_t(const int32_t*, uint64_t)>(0),
                        static_cast<const int32_t*>(numbers.data()), uint64_t{numbers.size()}));
  }
}

TEST(Pipeline, LibraryFunctionsAreNotGuessed) {
  // What LLVM would know as the C library's is any function here.
  constexpr char kIr[] = R"(
declare i64 @strlen(ptr)
@text = private constant [4 x i8] c"abc\00"
define hidden i64 @f() {
  %r = call i64 @strlen(ptr @text)
  ret i64 %r
}
)";
  EXPECT_NE("", Build(kIr, Effort::kOptimized, {"f"}).error);
}

// The least of two numbers, of which each is made from the one before: in a loop that LLVM unrolls.
TEST(Pipeline, ConditionalMovesDoNotBecomeBranches) {
  constexpr char kIr[] = R"(
define hidden i32 @least(ptr %p, i32 %n) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %s = phi i32 [ 1, %entry ], [ %t, %loop ]
  %at = getelementptr i32, ptr %p, i32 %i
  %x = load i32, ptr %at
  %s1 = add i32 %s, 1
  %less = icmp ult i32 %s1, %x
  %t = select i1 %less, i32 %s1, i32 %x
  store i32 %t, ptr %at
  %next = add nuw i32 %i, 1
  %more = icmp ult i32 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret i32 %t
}
)";
  ASSERT_TRUE(InitializeBackEnds());
  llvm::LLVMContext context;
  BackEnd back_end;
  const std::unique_ptr<llvm::Module> module = ParseFor(context, kIr, back_end.target());
  ASSERT_NE(nullptr, module);
  const Budget budget(nullptr);
  SetEffort(*module->getFunction("least"), Effort::kOptimized);
  Optimize(*module, back_end.target(), budget);
  size_t choices = 0;
  for (const llvm::BasicBlock& block : *module->getFunction("least")) {
    for (const llvm::Instruction& instruction : block) {
      const auto* const call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
      choices += call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::umin;
    }
  }
  EXPECT_GT(choices, 1u) << "it is not unrolled any more";
  const std::string text = back_end.EmitAssembly(*module, budget);
  size_t moves = 0;
  for (size_t at = text.find("cmov"); at != std::string::npos; at = text.find("cmov", at + 1))
    ++moves;
  EXPECT_EQ(choices, moves) << text;
}

}  // namespace
}  // namespace airwasm::jit
