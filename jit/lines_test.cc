// Where in the wasm code an instruction comes from, and where an exception lands, after linking.
#include <algorithm>

#include "engine/runtime/native_code.h"
#include "engine/runtime/native_entry.h"
#include "jit/link_test_util.h"

namespace airwasm::jit {
namespace {

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

}  // namespace
}  // namespace airwasm::jit
