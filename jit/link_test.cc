// IR in, running code out: object files, images.
#include "jit/link.h"

#include <cmath>
#include <cstring>

#include "jit/link_test_util.h"

namespace airwasm::jit {
namespace {

// ---- Code and constants

constexpr char kJump[] = R"(
define hidden i32 @jump(i32 %x, i32 %y) noinline {
  switch i32 %x, label %d [ i32 0, label %a0 i32 1, label %a1 i32 2, label %a2 i32 3, label %a3
                            i32 4, label %a4 i32 5, label %a5 i32 6, label %a6 i32 7, label %a7 ]
a0: %r0 = add i32 %y, 17
  br label %end
a1: %r1 = mul i32 %y, 31
  br label %end
a2: %r2 = xor i32 %y, 255
  br label %end
a3: %r3 = sub i32 1000, %y
  br label %end
a4: %r4 = shl i32 %y, 3
  br label %end
a5: %d5 = or i32 %y, 1
  %r5 = udiv i32 1000, %d5
  br label %end
a6: %r6 = ashr i32 %y, 2
  br label %end
a7: %r7 = and i32 %y, 12
  br label %end
d:  br label %end
end:
  %r = phi i32 [ %r0, %a0 ], [ %r1, %a1 ], [ %r2, %a2 ], [ %r3, %a3 ], [ %r4, %a4 ],
               [ %r5, %a5 ], [ %r6, %a6 ], [ %r7, %a7 ], [ -1, %d ]
  ret i32 %r
}
define hidden i32 @caller(i32 %x, i32 %y) {
  %a = call i32 @jump(i32 %x, i32 %y)
  %b = call i32 @jump(i32 %y, i32 %x)
  %r = sub i32 %a, %b
  ret i32 %r
}
define hidden i32 @lookup(i32 %x) {
  switch i32 %x, label %d [ i32 0, label %a0 i32 1, label %a1 i32 2, label %a2 i32 3, label %a3
                            i32 4, label %a4 ]
a0: br label %end
a1: br label %end
a2: br label %end
a3: br label %end
a4: br label %end
d:  br label %end
end:
  %r = phi i32 [ 3, %a0 ], [ 1234567, %a1 ], [ -9, %a2 ], [ 77, %a3 ], [ 1000000007, %a4 ], [ 0, %d ]
  ret i32 %r
}
define hidden double @numbers(double %x) {
  %a = fmul double %x, 1.1
  %b = fadd double %a, 3.3
  ret double %b
}
)";

int32_t Jump(int32_t x, int32_t y) {
  switch (x) {
    case 0:
      return y + 17;
    case 1:
      return y * 31;
    case 2:
      return y ^ 255;
    case 3:
      return 1000 - y;
    case 4:
      return y << 3;
    case 5:
      return static_cast<int32_t>(1000u / static_cast<uint32_t>(y | 1));
    case 6:
      return y >> 2;
    case 7:
      return y & 12;
  }
  return -1;
}

TEST(Link, JumpTablesConstantsAndCalls) {
  for (const Effort level : kLevels) {
    SCOPED_TRACE(testing::PrintToString(static_cast<int>(level)));
    const Code code(Build(kJump, level, {"jump", "caller", "lookup", "numbers"}));
    EXPECT_TRUE(code.copy.relocs.empty());
    EXPECT_EQ(0u, code.copy.bytes.size() % 64);
    auto* const jump = code.Get<int32_t(int32_t, int32_t)>(0);
    auto* const caller = code.Get<int32_t(int32_t, int32_t)>(1);
    auto* const lookup = code.Get<int32_t(int32_t)>(2);
    auto* const numbers = code.Get<double(double)>(3);
    const int32_t kLookup[] = {3, 1234567, -9, 77, 1000000007, 0};
    for (int32_t x = 0; x < 10; ++x) {
      for (int32_t y = 0; y < 10; ++y) {
        EXPECT_EQ(Jump(x, y), Call(jump, x, y));
        EXPECT_EQ(Jump(x, y) - Jump(y, x), Call(caller, x, y));
      }
      EXPECT_EQ(kLookup[std::min(x, 5)], Call(lookup, x));
    }
    EXPECT_DOUBLE_EQ(2.0 * 1.1 + 3.3, Call(numbers, 2.0));
  }
}

TEST(Link, FunctionsLieWhereTheImageSays) {
  const Built built = Build(kJump, Effort::kOptimized, {"jump", "caller", "lookup", "numbers"});
  ASSERT_EQ(4u, built.image.functions.size());
  std::vector<std::pair<uint32_t, uint32_t>> ranges;
  for (const tier::CompiledFunction& function : built.image.functions) {
    EXPECT_EQ(0u, function.code_offset % 16);
    EXPECT_GT(function.code_bytes, 0u);
    EXPECT_EQ(tier::kNoLocation, function.osr_loop_offset);
    ranges.emplace_back(function.code_offset, function.code_offset + function.code_bytes);
  }
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i) EXPECT_LE(ranges[i - 1].second, ranges[i].first);
  EXPECT_LE(ranges.back().second, built.image.bytes.size());
}

TEST(Link, IsTheSameEachTime) {
  for (const Effort level : kLevels) {
    const Built one = Build(kJump, level, {"jump", "caller", "lookup", "numbers"});
    const Built two = Build(kJump, level, {"jump", "caller", "lookup", "numbers"});
    EXPECT_EQ(one.image.bytes, two.image.bytes);
  }
}

// ---- The C library

TEST(Link, MemoryFunctionsAreCalledThroughWords) {
  constexpr char kIr[] = R"(
define hidden void @clear(ptr %p, i64 %n) {
entry:
  %none = icmp eq i64 %n, 0
  br i1 %none, label %done, label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %at = getelementptr i8, ptr %p, i64 %i
  store i8 0, ptr %at
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
define hidden void @copy(ptr %to, ptr %from, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %n, i1 false)
  ret void
}
define hidden void @move(ptr %to, ptr %from, i64 %n) {
  call void @llvm.memmove.p0.p0.i64(ptr %to, ptr %from, i64 %n, i1 false)
  ret void
}
define hidden void @fill(ptr %to, i8 %byte, i64 %n) {
  call void @llvm.memset.p0.i64(ptr %to, i8 %byte, i64 %n, i1 false)
  ret void
}
)";
  for (const Effort level : kLevels) {
    SCOPED_TRACE(testing::PrintToString(static_cast<int>(level)));
    const Code code(Build(kIr, level, {"clear", "copy", "move", "fill"}));
    EXPECT_EQ((std::set<LibraryFunction>{LibraryFunction::kMemcpy, LibraryFunction::kMemmove,
                                         LibraryFunction::kMemset}),
              Relocs(code.copy));
    std::string text(300, 'a');
    Call(code.Get<void(char*, uint64_t)>(0), text.data() + 1, uint64_t{200});
    EXPECT_EQ("a" + std::string(200, '\0') + std::string(99, 'a'), text);
    Call(code.Get<void(char*, int8_t, uint64_t)>(3), text.data(), int8_t{'b'}, uint64_t{100});
    Call(code.Get<void(char*, const char*, uint64_t)>(1), text.data() + 200,
         static_cast<const char*>(text.data()), uint64_t{100});
    EXPECT_EQ(std::string(100, 'b') + std::string(100, '\0') + std::string(100, 'b'), text);
    Call(code.Get<void(char*, const char*, uint64_t)>(2), text.data() + 50,
         static_cast<const char*>(text.data()), uint64_t{100});
    EXPECT_EQ(std::string(150, 'b') + std::string(50, '\0') + std::string(100, 'b'), text);
  }
}

// A guest's loop may run out of bounds, and in the C library nobody looks for a trap.
TEST(Link, LoopsThatClearOrCopyBecomeNoCalls) {
  constexpr char kIr[] = R"(
define hidden void @clear(ptr %p, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %at = getelementptr i8, ptr %p, i64 %i
  store i8 0, ptr %at
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
define hidden void @copy(ptr noalias %p, ptr noalias %q, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %from = getelementptr i64, ptr %p, i64 %i
  %to = getelementptr i64, ptr %q, i64 %i
  %x = load i64, ptr %from
  store i64 %x, ptr %to
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
)";
  for (const Effort effort : kLevels) {
    EXPECT_EQ(std::set<LibraryFunction>(), Relocs(Build(kIr, effort, {"clear", "copy"}).image));
  }
}

TEST(Link, FmaIsCalledWhereTheProcessorHasNone) {
  constexpr char kIr[] = R"(
define hidden double @f64(double %a, double %b, double %c) #0 {
  %r = call double @llvm.fma.f64(double %a, double %b, double %c)
  ret double %r
}
define hidden float @f32(float %a, float %b, float %c) #0 {
  %r = call float @llvm.fma.f32(float %a, float %b, float %c)
  ret float %r
}
attributes #0 = { "target-cpu"="x86-64" "target-features"="-fma" }
)";
  for (const Effort level : kLevels) {
    const Code code(Build(kIr, level, {"f64", "f32"}));
    EXPECT_EQ((std::set<LibraryFunction>{LibraryFunction::kFma, LibraryFunction::kFmaf}),
              Relocs(code.copy));
    EXPECT_EQ(std::fma(0.1, 0.3, -0.03),
              Call(code.Get<double(double, double, double)>(0), 0.1, 0.3, -0.03));
    EXPECT_EQ(std::fma(0.1f, 0.3f, -0.03f),
              Call(code.Get<float(float, float, float)>(1), 0.1f, 0.3f, -0.03f));
  }
}

TEST(Link, RefusesEverythingElseByName) {
  const struct {
    std::string_view name, ir, error;
  } kCases[] = {
      {"a function",
       "declare i32 @elsewhere()\n"
       "define hidden i32 @f() { %r = call i32 @elsewhere() ret i32 %r }",
       "elsewhere"},
      {"a function through the GOT",
       "declare i32 @elsewhere()\n"
       "define hidden ptr @f() { ret ptr @elsewhere }",
       "elsewhere"},
      {"a library function of the compiler's own",
       "declare double @llvm.sin.f64(double)\n"
       "define hidden double @f(double %x) { %r = call double @llvm.sin.f64(double %x) ret double "
       "%r }",
       "sin"},
      {"data that is written",
       "@counter = internal global i32 5\n"
       "define hidden i32 @f() { %a = load volatile i32, ptr @counter\n %b = add i32 %a, 1\n"
       " store volatile i32 %b, ptr @counter\n ret i32 %b }",
       ".data"},
      {"a function that is not there", "define hidden void @g() { ret void }", "no function f"},
  };
  for (const auto& [name, ir, error] : kCases) {
    SCOPED_TRACE(name);
    const Built built = Build(std::string(ir), Effort::kOptimized, {"f"});
    EXPECT_NE(std::string::npos, built.error.find(error)) << built.error;
  }
}

TEST(Link, RefusesWhatIsNoObject) {
  CodeImage image;
  std::string error;
  EXPECT_FALSE(LinkImage({"not ELF at all", "test"}, {}, {}, image, error));
  EXPECT_NE("", error);
}

}  // namespace
}  // namespace airwasm::jit
