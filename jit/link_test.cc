// IR in, running code out: passes, object files, images.
#include "jit/link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "engine/runtime/native_code.h"
#include "engine/runtime/native_entry.h"
#include "engine/runtime/runtime_test_util.h"
#include "engine/tier/loaded_image.h"
#include "jit/pipeline.h"
#include "jit/volatile_loads.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"

namespace airwasm::jit {
namespace {

using tier::CodeImage;
using tier::Level;
using tier::LibraryFunction;

constexpr Effort kLevels[] = {Effort::kLean, Effort::kQuick, Effort::kOptimized};

std::unique_ptr<llvm::Module> Parse(llvm::LLVMContext& context, const std::string& ir) {
  llvm::SMDiagnostic error;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(ir, error, context);
  std::string message;
  llvm::raw_string_ostream out(message);
  if (module == nullptr) {
    error.print("", out, false);
  } else if (llvm::verifyModule(*module, &out)) {
    module = nullptr;
  }
  if (module == nullptr) ADD_FAILURE() << message;
  return module;
}

struct Built {
  CodeImage image;
  std::string error;  // empty: it was linked
};

// `names` become functions 0, 1, ... of the image.
Built Build(const std::string& ir, Effort level, const std::vector<std::string>& names,
            std::vector<tier::CodeLocationEntry> locations = {}) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  Built built;
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = Parse(context, ir);
  if (module == nullptr) return {.image = {}, .error = "no module"};
  const std::unique_ptr<llvm::TargetMachine> target = NewTargetMachine(level);
  module->setTargetTriple(target->getTargetTriple());
  module->setDataLayout(target->createDataLayout());
  for (llvm::Function& function : *module) {
    if (function.isDeclaration()) continue;
    function.addFnAttr("frame-pointer", "all");
    if (function.hasFnAttribute("target-features")) continue;
    function.addFnAttr("target-cpu", target->getTargetCPU());
    function.addFnAttr("target-features", target->getTargetFeatureString());
  }
  const Budget budget(nullptr);
  Optimize(*module, *target, level, budget);
  const llvm::SmallVector<char, 0> object = EmitObject(*module, *target, level, budget);
  std::vector<LinkFunction> functions;
  for (const std::string& name : names) {
    const auto index = static_cast<uint32_t>(functions.size());
    functions.push_back({name, "", {index, tier::kNoLocation, 0, 0, 0}});
  }
  if (!LinkImage({llvm::StringRef(object.data(), object.size()), "test"}, functions,
                 std::move(locations), built.image, built.error))
    EXPECT_NE("", built.error);
  return built;
}

// An image in memory.
struct Code {
  explicit Code(Built built) {
    EXPECT_EQ("", built.error);
    copy = built.image;
    loaded = tier::LoadedImage::Load(std::move(built.image), *module, Level::kQuick);
  }
  template <typename F>
  F* Get(uint32_t index) const {
    for (const tier::CompiledFunction& function : loaded->image().functions) {
      if (function.func_index == index)
        return reinterpret_cast<F*>(reinterpret_cast<uintptr_t>(loaded->Address(function)));
    }
    ADD_FAILURE() << "no function " << index;
    return nullptr;
  }
  runtime::World world;
  std::shared_ptr<runtime::Module> module = world.Compile("(module (func) (func) (func) (func))");
  CodeImage copy;  // as it was before it was loaded
  std::shared_ptr<const tier::LoadedImage> loaded;
};

// Compiled code has no types for the sanitizer to compare.
template <typename R, typename... Args, typename... Given>
[[gnu::no_sanitize("function")]] R Call(R (*function)(Args...), Given... args) {
  return function(args...);
}

std::set<LibraryFunction> Relocs(const CodeImage& image) {
  std::set<LibraryFunction> all;
  for (const tier::CodeReloc& reloc : image.relocs) {
    EXPECT_TRUE(all.insert(reloc.function).second) << "one word for each function";
    EXPECT_LE(reloc.offset + 8, image.bytes.size());
    EXPECT_EQ(0u, reloc.offset % 8);
  }
  return all;
}

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

// ---- Lines

std::vector<const void*> return_addresses;
extern "C" [[gnu::noinline]] uint64_t LinkTestHere() {
  return_addresses.push_back(__builtin_return_address(0));
  return return_addresses.size();
}

// The location of the line that the call before `pc` stands in.
uint32_t LocationOfCall(const Code& code, const void* pc) {
  const auto call =
      static_cast<uint32_t>(static_cast<const uint8_t*>(pc) - code.loaded->base()) - 1;
  EXPECT_LT(call, code.loaded->bytes());
  uint32_t location = tier::kNoLocation;
  for (const tier::CodeLine& line : code.copy.lines) {
    if (line.code_offset <= call) location = line.location;
  }
  return location;
}

std::string WithLines(const std::string& functions) {
  std::string ir = functions + R"(
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2, !3}
!0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1, isOptimized: true, emissionKind: LineTablesOnly)
!1 = !DIFile(filename: "wasm", directory: ".")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !{i32 2, !"Dwarf Version", i32 5}
!4 = distinct !DISubprogram(name: "f", file: !1, line: 1, type: !6, scopeLine: 1, unit: !0, spFlags: DISPFlagDefinition)
!5 = distinct !DISubprogram(name: "g", file: !1, line: 1, type: !6, scopeLine: 1, unit: !0, spFlags: DISPFlagDefinition)
!6 = !DISubroutineType(types: !7)
!7 = !{}
)";
  for (int line = 1; line < 10; ++line) {
    for (int scope = 4; scope < 6; ++scope) {
      ir += "!" + std::to_string(scope) + std::to_string(line) +
            " = !DILocation(line: " + std::to_string(line) + ", scope: !" + std::to_string(scope) +
            ")\n";
    }
  }
  return ir;
}

TEST(Lines, AreThoseOfTheCalls) {
  const std::string ir = WithLines(R"(
define hidden i64 @f(ptr %here) !dbg !4 {
  %a = call i64 %here(), !dbg !47
  %b = call i64 %here(), !dbg !43
  %c = call i64 %here(), !dbg !43
  call void @g(ptr %here), !dbg !45
  %d = call i64 %here(), !dbg !49
  %s = add i64 %a, %d
  ret i64 %s
}
define hidden void @g(ptr %here) noinline !dbg !5 {
  %a = notail call i64 %here(), !dbg !52
  %b = notail call i64 %here(), !dbg !58
  ret void
}
)");
  for (const Effort level : kLevels) {
    SCOPED_TRACE(testing::PrintToString(static_cast<int>(level)));
    const Code code(Build(ir, level, {"f", "g"}, std::vector<tier::CodeLocationEntry>(9)));
    return_addresses.clear();
    Call(code.Get<uint64_t(uint64_t (*)())>(0), &LinkTestHere);
    std::vector<uint32_t> locations;
    for (const void* const pc : return_addresses) locations.push_back(LocationOfCall(code, pc));
    EXPECT_EQ((std::vector<uint32_t>{6, 2, 2, 1, 7, 8}), locations);
    const std::vector<tier::CodeLine>& lines = code.copy.lines;
    for (size_t i = 1; i < lines.size(); ++i) {
      EXPECT_LT(lines[i - 1].code_offset, lines[i].code_offset);
      EXPECT_NE(lines[i - 1].location, lines[i].location);
    }
  }
}

TEST(Lines, OfSeveralAtOneAddressTheLastHolds) {
  // The empty instruction has a line and no code.
  const std::string ir = WithLines(R"(
define hidden i64 @f(ptr %here) !dbg !4 {
  %a = notail call i64 %here(), !dbg !45
  call void asm sideeffect "", ""(), !dbg !49
  %b = notail call i64 %here(), !dbg !43
  ret i64 %b
}
)");
  const Code code(Build(ir, Effort::kOptimized, {"f"}, std::vector<tier::CodeLocationEntry>(9)));
  return_addresses.clear();
  Call(code.Get<uint64_t(uint64_t (*)())>(0), &LinkTestHere);
  ASSERT_EQ(2u, return_addresses.size());
  EXPECT_EQ(4u, LocationOfCall(code, return_addresses[0]));
  EXPECT_EQ(2u, LocationOfCall(code, return_addresses[1]));
}

// ---- Exceptions

// The middle function has registers of its own to save; the outer one needs its own afterwards, and
// one of them has a second range of calls without a pad.
TEST(Exceptions, LandWithTheRegistersOfTheirFrame) {
  constexpr char kIr[] = R"(
declare i32 @airwasm_personality(...)
define hidden i64 @outer(ptr %throw, ptr %here, ptr %ctx, i64 %a, i64 %b, i64 %c)
    personality ptr @airwasm_personality {
  %v = alloca <8 x i64>, align 64
  %m0 = mul i64 %a, %b
  %m1 = xor i64 %b, %c
  %m2 = add i64 %a, %c
  store volatile i64 %m2, ptr %v
  %x = call i64 %here()
  %r = invoke i64 @middle(ptr %throw, ptr %here, ptr %ctx, i64 %a) to label %ok unwind label %pad
ok:
  %y = call i64 %here()
  %r0 = add i64 %r, %y
  ret i64 %r0
pad:
  %e = landingpad { ptr, i32 } catch ptr null
  %p = extractvalue { ptr, i32 } %e, 0
  %i = ptrtoint ptr %p to i64
  %z = call i64 %here()
  %s0 = add i64 %i, %m0
  %s1 = add i64 %s0, %m1
  %m3 = load volatile i64, ptr %v
  %s2 = add i64 %s1, %m3
  %s3 = mul i64 %s2, %a
  ret i64 %s3
}
define hidden i64 @middle(ptr %throw, ptr %here, ptr %ctx, i64 %a) noinline {
  %t0 = call i64 %here()
  %t1 = call i64 %here()
  %t2 = call i64 %here()
  %t3 = call i64 %here()
  %is = icmp ne i64 %a, 0
  br i1 %is, label %raise, label %calm
raise:
  call void %throw(ptr %ctx, i64 5000)
  br label %calm
calm:
  %s0 = mul i64 %t0, %t1
  %s1 = sub i64 %t2, %t3
  %s2 = add i64 %s0, %s1
  %t4 = call i64 %here()
  %s3 = add i64 %s2, %t4
  ret i64 %s3
}
)";
  for (const Effort level : kLevels) {
    SCOPED_TRACE(testing::PrintToString(static_cast<int>(level)));
    const Code code(Build(kIr, level, {"outer", "middle"}));
    ASSERT_EQ(1u, code.copy.landing_pads.size());
    const tier::LandingPad pad = code.copy.landing_pads[0];
    EXPECT_LT(pad.begin_offset, pad.end_offset);
    ASSERT_EQ(2u, code.copy.frame_saves.size());
    for (const tier::FrameSaves& saves : code.copy.frame_saves) {
      EXPECT_TRUE(std::ranges::any_of(saves.saved, [](int32_t offset) { return offset != 0; }));
      for (const int32_t offset : saves.saved) {
        EXPECT_LE(offset, 0);
        EXPECT_EQ(0, offset % 8);
      }
    }

    runtime::StoreContext& store = code.world.store->context();
    runtime::InstanceContext context{};
    context.store = &store;
    runtime::Activation activation{};
    activation.store = &store;
    store.activation = &activation;
    auto* const outer = code.Get<uint64_t(void (*)(), uint64_t (*)(), runtime::InstanceContext*,
                                          uint64_t, uint64_t, uint64_t)>(0);
    const uint64_t a = 11, b = 13, c = 17;
    EXPECT_EQ((5000 + a * b + (b ^ c) + (a + c)) * a,
              Call(outer, &runtime::airwasm_native_throw, &LinkTestHere, &context, a, b, c));
    return_addresses.clear();
    // 1 in the outer function, then 2 * 3 + (4 - 5) + 6 in the middle, then 7.
    EXPECT_EQ(2u * 3 + 4 - 5 + 6 + 7, Call(outer, &runtime::airwasm_native_throw, &LinkTestHere,
                                           &context, uint64_t{0}, b, c));
    store.activation = nullptr;
  }
}

TEST(Exceptions, PadsBelongToTheCallsInside) {
  constexpr char kIr[] = R"(
declare i32 @airwasm_personality(...)
define hidden i64 @f(ptr %here) personality ptr @airwasm_personality {
  %a = call i64 %here()
  %b = invoke i64 %here() to label %one unwind label %pad1
one:
  %c = invoke i64 %here() to label %two unwind label %pad2
two:
  %d = call i64 %here()
  ret i64 %d
pad1:
  %e1 = landingpad { ptr, i32 } catch ptr null
  ret i64 100
pad2:
  %e2 = landingpad { ptr, i32 } catch ptr null
  ret i64 200
}
)";
  for (const Effort level : kLevels) {
    const Code code(Build(kIr, level, {"f"}));
    return_addresses.clear();
    Call(code.Get<uint64_t(uint64_t (*)())>(0), &LinkTestHere);
    ASSERT_EQ(4u, return_addresses.size());
    const auto pad = [](int i) {
      return runtime::native_code.load()->Unwind(return_addresses[i]).landing_pad;
    };
    EXPECT_EQ(nullptr, pad(0));
    EXPECT_NE(nullptr, pad(1));
    EXPECT_NE(nullptr, pad(2));
    EXPECT_NE(pad(1), pad(2));
    EXPECT_EQ(nullptr, pad(3));
  }
}

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
    const std::unique_ptr<llvm::TargetMachine> target = NewTargetMachine(level);
    KeepUnusedLoads(*module->getFunction("f"), false);
    Optimize(*module, *target, level, Budget(nullptr));
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
  std::vector<int32_t> numbers;
  for (int32_t i = 0; i < 1003; ++i) numbers.push_back(i * i);
  int32_t sum = 0;
  for (const int32_t number : numbers) sum += number;
  for (const Effort level : kLevels) {
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module = Parse(context, kIr);
    ASSERT_NE(nullptr, module);
    const std::unique_ptr<llvm::TargetMachine> target = NewTargetMachine(level);
    module->setTargetTriple(target->getTargetTriple());
    module->setDataLayout(target->createDataLayout());
    Optimize(*module, *target, level, Budget(nullptr));
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

}  // namespace
}  // namespace airwasm::jit
