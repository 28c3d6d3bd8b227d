#include "jit/effort.h"

#include "jit/link_test_util.h"

namespace airwasm::jit {
namespace {

// A loop over memory: `in` is done in each round, and `leave` says where its condition leads.
std::string Loop(const std::string& name, const std::string& in, const std::string& leave) {
  return "define hidden i32 @" + name + R"((ptr %p, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %latch ]
  %s = phi i32 [ 0, %entry ], [ %t, %latch ]
)" + in + "\n  " +
         leave + R"(
latch:
  %t = add i32 %s, %x
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret i32 %t
out:
  ret i32 0
}
)";
}

// `text` so often, with the number for each #.
std::string Repeated(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    for (const char c : text) all += c == '#' ? std::to_string(i) : std::string(1, c);
  }
  return all;
}

constexpr char kLoad[] = R"(  %at = getelementptr i32, ptr %p, i64 %i
  %x = load i32, ptr %at, align 1)";
constexpr char kAlways[] = "br label %latch";

TEST(Effort, OnlyCountableLoopsOverMemoryAreOptimized) {
  const struct {
    const char* what;
    std::string ir;
    Effort expected;
  } kCases[] = {
      {"a sum", Loop("f", kLoad, kAlways), Effort::kOptimized},
      {"a second way out",
       Loop("f", std::string(kLoad) + "\n  %stop = icmp eq i32 %x, 0",
            "br i1 %stop, label %out, label %latch"),
       Effort::kPlain},
      {"a call",
       "declare void @g()\n" + Loop("f", std::string(kLoad) + "\n  call void @g()", kAlways),
       Effort::kPlain},
      {"no memory", Loop("f", "  %x = trunc i64 %i to i32", kAlways), Effort::kPlain},
      {"much else", Loop("f", Repeated("  %y# = trunc i64 %i to i32\n", 10'000) + kLoad, kAlways),
       Effort::kPlain},
      {"no loop", "define hidden i32 @f() {\n  ret i32 1\n}\n", Effort::kPlain},
  };
  for (const auto& [what, ir, expected] : kCases) {
    SCOPED_TRACE(what);
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module = Parse(context, ir);
    ASSERT_NE(nullptr, module);
    Size optimized;
    EXPECT_EQ("", Judge(*module->getFunction("f"), optimized));
    EXPECT_EQ(expected, EffortOf(*module->getFunction("f")));
    EXPECT_EQ(expected == Effort::kOptimized, optimized.instructions != 0);
  }
}

TEST(Effort, IsThatOfEachFunction) {
  ASSERT_TRUE(InitializeBackEnds());
  const BackEnd back_end;
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module =
      ParseFor(context,
               Loop("lean", kLoad, kAlways) + Loop("plain", kLoad, kAlways) +
                   Loop("optimized", kLoad, kAlways),
               back_end.target());
  ASSERT_NE(nullptr, module);
  SetEffort(*module->getFunction("lean"), Effort::kLean);
  SetEffort(*module->getFunction("plain"), Effort::kPlain);
  SetEffort(*module->getFunction("optimized"), Effort::kOptimized);
  Optimize(*module, back_end.target(), Budget(nullptr));
  for (const char* const name : {"lean", "plain", "optimized"}) {
    bool has_vectors = false;
    for (const llvm::BasicBlock& block : *module->getFunction(name)) {
      for (const llvm::Instruction& instruction : block)
        has_vectors |= instruction.getType()->isVectorTy();
    }
    EXPECT_EQ(name == std::string("optimized"), has_vectors) << name;
  }
}

}  // namespace
}  // namespace airwasm::jit
