// Real faults in a piece of machine code that plays the interpreter: its load, and the landing that
// the handler sends it to.
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "engine/runtime/memory_mapping.h"
#include "engine/runtime/os_memory.h"
#include "engine/runtime/runtime_test_util.h"

#if defined(__x86_64__)

static_assert(offsetof(airwasm::runtime::Activation, native_sp) == 8);
static_assert(offsetof(airwasm::runtime::Activation, trap) == 56);

// uint8_t GuestLoad(Activation*, const uint8_t* address): loads a byte and returns kNone, or the
// trap that the landing finds.
asm(R"(
.text
.p2align 4
GuestLoad:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, 8(%rdi)
  sub $128, %rsp
  mov $0xbad, %rbx
GuestLoadAccess:
  movzbl (%rsi), %eax
GuestLoadAccessEnd:
  add $128, %rsp
  xor %eax, %eax
  jmp GuestLoadExit
GuestLoadLanding:
  mov 8(%rdi), %rsp
  movzbl 56(%rdi), %eax
GuestLoadExit:
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
)");

extern "C" {
uint8_t GuestLoad(airwasm::runtime::Activation*, const uint8_t*) asm("GuestLoad");
extern const char kAccess[] asm("GuestLoadAccess");
extern const char kAccessEnd[] asm("GuestLoadAccessEnd");
extern const char kLanding[] asm("GuestLoadLanding");
}

namespace airwasm::runtime {
namespace {

thread_local FakePc fault_pc{};
thread_local uint64_t fault_frame[8] = {};

struct FaultWorld : World {
  explicit FaultWorld(const StoreOptions& options = {}) : World(options) {
    executor.landing = kLanding;
    executor.owns_fault = [](const void* native_pc, void*, const Cell** pc, uint64_t** fp) {
      if (native_pc < kAccess || native_pc >= kAccessEnd) return false;
      *pc = fault_pc.cell();
      *fp = fault_frame + 4;
      return true;
    };
    // load(address: i64)
    executor.bodies["load"] = [](StoreContext&, FuncInst& func, uint64_t* fp,
                                 Activation& activation) {
      return static_cast<TrapKind>(GuestLoad(&activation, func.ctx->mem0_base + fp[0]));
    };
    instance = Make(
        R"((module (memory (export "m") 1 4) (func (export "load") (param i64) unreachable)))");
    load = ExportOf<FuncInst>(instance, "load");
    fault_pc = {load->code, 77};
    fault_frame[4 + kFrameContext] = reinterpret_cast<uint64_t>(instance->context());
  }

  TrapKind Load(uint64_t address) {
    uint64_t slots[1] = {address};
    Trap trap;
    const bool ok = store->Call(load, slots, &trap);
    EXPECT_EQ(ok, trap.kind == TrapKind::kNone);
    EXPECT_EQ(nullptr, store->context().activation);
    if (!ok && trap.backtrace.size() == 1) last_offset = trap.backtrace[0].module_offset;
    return trap.kind;
  }

  Instance* instance = nullptr;
  FuncInst* load = nullptr;
  size_t last_offset = 0;
};

TEST(Fault, BeyondTheMemoryIsATrapWithItsPlace) {
  FaultWorld world;
  EXPECT_EQ(TrapKind::kNone, world.Load(0));
  EXPECT_EQ(TrapKind::kNone, world.Load(65535));
  const uint64_t kOutside[] = {65536, 65537, uint64_t{1} << 32, uint64_t{8} << 30,
                               kGuardedReservationBytes - 1};
  for (const uint64_t address : kOutside) {
    SCOPED_TRACE(address);
    world.last_offset = 0;
    EXPECT_EQ(TrapKind::kOutOfBoundsMemory, world.Load(address));
    EXPECT_EQ(77u, world.last_offset);
  }
  MemInst* const memory = world.instance->memory(0);
  world.store->GrowMemory(memory, 1);
  EXPECT_EQ(TrapKind::kNone, world.Load(131071));
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, world.Load(131072));
}

TEST(Fault, MemoriesOfNoPagesAndReusedOnesEndWhereTheySay) {
  TrimMemoryPool();
  {
    World big;
    ASSERT_TRUE(big.store->NewMemory({.limits = {10}}).ok());
  }
  FaultWorld world;  // takes the reservation that had ten pages
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, world.Load(65536));
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, world.Load(655359));
}

TEST(Fault, EveryThreadCanTrap) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      FaultWorld world;
      for (int i = 0; i < 100; ++i) ASSERT_EQ(TrapKind::kOutOfBoundsMemory, world.Load(65536 + i));
      stack_t stack = {};
      ASSERT_EQ(0, sigaltstack(nullptr, &stack));
      EXPECT_EQ(0, stack.ss_flags & SS_DISABLE);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

bool HasSignalStack() {
  stack_t stack = {};
  return sigaltstack(nullptr, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0;
}

// Stores with and without signals on one thread, in this order: the first must not change how the
// thread handles signals, nor hide from the second that it has to.
TEST(Fault, ASignalStackComesWithTheFirstStoreThatNeedsOne) {
  std::thread([] {
    World world({.guard_pages = false});
    FuncInst* const g = ExportOf<FuncInst>(
        world.Make(world.Compile("(module (func (export \"g\")))", {.guard_pages = false})), "g");
    world.executor.bodies["g"] = [](auto&&...) { return TrapKind::kNone; };
    const bool before = HasSignalStack();  // a sanitizer gives threads one
    EXPECT_TRUE(world.store->Call(g, nullptr));
    EXPECT_EQ(before, HasSignalStack());
    FaultWorld faulting;
    EXPECT_EQ(TrapKind::kOutOfBoundsMemory, faulting.Load(65536));
    EXPECT_TRUE(HasSignalStack());
    EXPECT_TRUE(world.store->Call(g, nullptr));
  }).join();
}

TEST(Fault, InNestedCallsReachTheInnermost) {
  FaultWorld world;
  FaultWorld inner;
  world.executor.bodies["load"] = [&](StoreContext& store, FuncInst&, uint64_t*,
                                      Activation& activation) {
    EXPECT_EQ(TrapKind::kOutOfBoundsMemory, inner.Load(65536));
    EXPECT_EQ(store.activation, &activation);
    return static_cast<TrapKind>(GuestLoad(&activation, world.instance->memory(0)->base + 65536));
  };
  uint64_t slots[1] = {0};
  Trap trap;
  EXPECT_FALSE(world.store->Call(world.load, slots, &trap));
  EXPECT_EQ(TrapKind::kOutOfBoundsMemory, trap.kind);
}

void HostFault() {
  FaultWorld world;
  const uint8_t* const outside = world.instance->memory(0)->base + 65536;
  *const_cast<volatile uint8_t*>(outside) = 1;
}

// The executor's own code, but an address that is no memory of a guest.
void FaultElsewhere() {
  FaultWorld world;
  uint8_t* const elsewhere = ReserveAddresses(4096);
  world.executor.bodies["load"] = [&](StoreContext&, FuncInst&, uint64_t*, Activation& activation) {
    return static_cast<TrapKind>(GuestLoad(&activation, elsewhere));
  };
  world.Load(0);
}

void FaultWithHandlerOfTheHost() {
  struct sigaction mine = {};
  mine.sa_handler = [](int) { _exit(42); };
  sigaction(SIGSEGV, &mine, nullptr);
  HostFault();  // our handler goes over the one above
}

void InstantiateWithoutSignals() {
  struct sigaction before = {}, after = {};
  sigaction(SIGSEGV, nullptr, &before);
  World world({.guard_pages = false});
  world.Make(world.Compile("(module (memory 1))", {.guard_pages = false}));
  sigaction(SIGSEGV, nullptr, &after);
  _exit(before.sa_sigaction == after.sa_sigaction ? 0 : 1);
}

// What is not ours goes on as it would have.
TEST(FaultDeathTest, FaultsOfTheHostStayTheHosts) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
#ifdef AIRWASM_SANITIZED
  // The sanitizer's handler was there before ours.
  EXPECT_DEATH(HostFault(), "SEGV");
  EXPECT_DEATH(FaultElsewhere(), "SEGV");
#else
  EXPECT_EXIT(HostFault(), testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EXIT(FaultElsewhere(), testing::KilledBySignal(SIGSEGV), "");
#endif
  EXPECT_EXIT(FaultWithHandlerOfTheHost(), testing::ExitedWithCode(42), "");
}

TEST(FaultDeathTest, SignalsFreeModeInstallsNothing) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(InstantiateWithoutSignals(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace airwasm::runtime

#endif
