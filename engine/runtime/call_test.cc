#include <ucontext.h>

#include <cstring>
#include <thread>

#include "engine/runtime/native_stack.h"
#include "engine/runtime/os_memory.h"
#include "engine/runtime/runtime_test_util.h"

namespace airwasm::runtime {
namespace {

constexpr std::string_view kModule = R"((module
  (func $f (export "f") (param i64 v128) (result v128 i64) unreachable) (func $g (export "g") unreachable)))";

TEST(Call, PassesArgumentsAndResultsInSlots) {
  World world;
  Instance* const instance = world.Make(kModule);
  FuncInst* const f = ExportOf<FuncInst>(instance, "f");
  EXPECT_EQ(4u, f->code->param_slots);  // i64, a hole, v128
  EXPECT_EQ(3u, f->code->result_slots);
  world.executor.bodies["f"] = [&](StoreContext& store, FuncInst& func, uint64_t* fp,
                                   Activation& activation) {
    EXPECT_EQ(f, &func);
    EXPECT_EQ(&activation, store.activation);
    EXPECT_EQ(fp, activation.first_fp);
    EXPECT_GE(activation.top, fp + 4);
    EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(fp) % 16);
    EXPECT_EQ(1u, fp[0]);
    EXPECT_EQ(2u, fp[2]);
    EXPECT_EQ(3u, fp[3]);
    fp[0] = 10;
    fp[1] = 11;
    fp[2] = 12;
    return TrapKind::kNone;
  };
  uint64_t slots[4] = {1, 0, 2, 3};
  Trap trap;
  ASSERT_TRUE(world.store->Call(f, slots, &trap));
  EXPECT_EQ(10u, slots[0]);
  EXPECT_EQ(11u, slots[1]);
  EXPECT_EQ(12u, slots[2]);
  EXPECT_EQ(nullptr, world.store->context().activation);
}

TEST(Call, NestedFramesLieAboveTheOnesInUse) {
  World world;
  Instance* const instance = world.Make(kModule);
  FuncInst* const f = ExportOf<FuncInst>(instance, "f");
  FuncInst* const g = ExportOf<FuncInst>(instance, "g");
  uint64_t* outer_top = nullptr;
  world.executor.bodies["f"] = [&](StoreContext&, FuncInst&, uint64_t* fp, Activation& activation) {
    activation.top = outer_top = fp + 101;
    Trap trap;
    EXPECT_TRUE(world.store->Call(g, nullptr, &trap));
    return TrapKind::kNone;
  };
  world.executor.bodies["g"] = [&](StoreContext&, FuncInst&, uint64_t* fp, Activation&) {
    EXPECT_GE(fp, outer_top + kFrameHeaderSlots);
    EXPECT_LT(fp, outer_top + kFrameHeaderSlots + 2);
    EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(fp) % 16);
    return TrapKind::kNone;
  };
  uint64_t slots[4] = {};
  Trap trap;
  EXPECT_TRUE(world.store->Call(f, slots, &trap));
}

// Host and wasm calling each other without end: a trap, on the main thread, on a thread with a
// small stack, and when the value stack is what runs out.
TEST(Call, EndlessNestingExhaustsTheCallStack) {
  const auto recurse = [](uint64_t slots_per_call, size_t native_bytes_per_call) {
    World world;
    Instance* const instance = world.Make(kModule);
    FuncInst* const g = ExportOf<FuncInst>(instance, "g");
    uint32_t deepest = 0, depth = 0;
    TrapKind innermost = TrapKind::kNone;
    world.executor.bodies["g"] = [&](StoreContext&, FuncInst&, uint64_t* fp,
                                     Activation& activation) {
      auto* const padding = static_cast<volatile char*>(__builtin_alloca(native_bytes_per_call));
      padding[0] = 1;
      activation.top = fp + slots_per_call;
      deepest = std::max(deepest, ++depth);
      Trap trap;
      if (!world.store->Call(g, nullptr, &trap) && innermost == TrapKind::kNone)
        innermost = trap.kind;
      --depth;
      return TrapKind::kNone;
    };
    Trap trap;
    EXPECT_TRUE(world.store->Call(g, nullptr, &trap));
    EXPECT_EQ(TrapKind::kCallStackExhausted, innermost);
    return deepest;
  };
  EXPECT_GT(recurse(100, 16), 50u);
  EXPECT_LT(recurse(60'000, 16), 5u);
  EXPECT_GT(recurse(10, 10'000), 20u);
  uint32_t on_small_stack = 0;
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, 1 << 20);
  struct Args {
    decltype(recurse)& function;
    uint32_t& result;
  } args{recurse, on_small_stack};
  pthread_t thread;
  ASSERT_EQ(0, pthread_create(
                   &thread, &attr,
                   [](void* p) -> void* {
                     auto* const a = static_cast<Args*>(p);
                     a->result = a->function(10, 4096);
                     return nullptr;
                   },
                   &args));
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attr);
  EXPECT_GT(on_small_stack, 4u);
}

// On a stack of which nobody knows the size, the number of activations is what is bounded.
TEST(Call, EndlessNestingOnAFiberExhaustsTheCallStack) {
  static void (*body)();
  static ucontext_t caller, fiber;
  static uint32_t deepest;
  deepest = 0;
  constexpr uint64_t kFiberBytes = 64 << 20;
  uint8_t* const stack = ReserveAddresses(kFiberBytes);
  ASSERT_TRUE(stack != nullptr && MakeAccessible(stack, kFiberBytes));
  body = [] {
    World world;
    Instance* const instance = world.Make(kModule);
    FuncInst* const g = ExportOf<FuncInst>(instance, "g");
    TrapKind innermost = TrapKind::kNone;
    uint32_t depth = 0;
    world.executor.bodies["g"] = [&](StoreContext&, FuncInst&, uint64_t*, Activation&) {
      deepest = std::max(deepest, ++depth);
      Trap trap;
      if (!world.store->Call(g, nullptr, &trap) && innermost == TrapKind::kNone)
        innermost = trap.kind;
      --depth;
      return TrapKind::kNone;
    };
    Trap trap;
    EXPECT_TRUE(world.store->Call(g, nullptr, &trap));
    EXPECT_EQ(TrapKind::kCallStackExhausted, innermost);
    EXPECT_EQ(nullptr, world.store->context().activation);
  };
  {
    // The thread's own stack comes first, so that the fiber's is known to be another one.
    World world;
    FuncInst* const g = ExportOf<FuncInst>(world.Make(kModule), "g");
    Trap trap;
    EXPECT_FALSE(world.store->Call(g, nullptr, &trap));
  }
  getcontext(&fiber);
  fiber.uc_stack.ss_sp = stack;
  fiber.uc_stack.ss_size = kFiberBytes;
  fiber.uc_link = &caller;
  makecontext(&fiber, +[] { body(); }, 0);
  swapcontext(&caller, &fiber);
  EXPECT_EQ(kMaxNestedActivations, deepest);
  ReleaseAddresses(stack, kFiberBytes);
}

TEST(Call, TooManyArgumentsForTheStackAreATrap) {
  World world({.limits = {.stack_bytes = 0}});  // raised to the least there is
  std::string params, wat;
  for (int i = 0; i < 1000; ++i) params += " v128";
  Instance* const instance = world.Make("(module (func (export \"g\") (param" + params + ")))");
  FuncInst* const g = ExportOf<FuncInst>(instance, "g");
  int depth = 0;
  std::vector<uint64_t> slots(2000);
  world.executor.bodies["g"] = [&](auto&&...) {
    ++depth;
    Trap trap;
    if (!world.store->Call(g, slots.data(), &trap))
      EXPECT_EQ(TrapKind::kCallStackExhausted, trap.kind);
    return TrapKind::kNone;
  };
  Trap trap;
  EXPECT_TRUE(world.store->Call(g, slots.data(), &trap));
  EXPECT_EQ(4, depth);
}

TEST(Trap, CarriesTheFramesOfAllActivations) {
  World world;
  Instance* const instance = world.Make(kModule);
  FuncInst* const f = ExportOf<FuncInst>(instance, "f");
  FuncInst* const g = ExportOf<FuncInst>(instance, "g");
  FakePc in_f{f->code, 100}, in_g{g->code, 200}, return_to_f{f->code, 151};
  // g runs in a frame of its own above f's and traps there.
  const auto trap_in_g = [&](uint64_t* fp, Activation& activation) {
    uint64_t* const callee = fp + 16;
    callee[kFrameReturnPc] = reinterpret_cast<uint64_t>(&return_to_f);
    callee[kFrameCallerFp] = reinterpret_cast<uint64_t>(fp);
    callee[kFrameContext] = fp[kFrameContext] = reinterpret_cast<uint64_t>(instance->context());
    fp[kFrameReturnPc] = 0;
    fp[kFrameCallerFp] = 0;
    activation.fp = callee;
    activation.pc = in_g.cell();
  };
  std::vector<BacktraceFrame> inner_trace;
  world.executor.bodies["g"] = [&](StoreContext&, FuncInst&, uint64_t* fp, Activation& activation) {
    trap_in_g(fp, activation);
    return TrapKind::kIntegerDivideByZero;
  };
  world.executor.bodies["f"] = [&](StoreContext&, FuncInst&, uint64_t* fp, Activation& activation) {
    fp[kFrameReturnPc] = 0;
    fp[kFrameCallerFp] = 0;
    fp[kFrameContext] = reinterpret_cast<uint64_t>(instance->context());
    activation.fp = fp;
    activation.pc = in_f.cell();
    activation.top = fp + 8;
    Trap trap;
    EXPECT_FALSE(world.store->Call(g, nullptr, &trap));
    inner_trace = trap.backtrace;
    return TrapKind::kUnreachable;
  };
  uint64_t slots[4] = {};
  Trap trap;
  EXPECT_FALSE(world.store->Call(f, slots, &trap));
  EXPECT_EQ(TrapKind::kUnreachable, trap.kind);
  EXPECT_EQ("unreachable", trap.message);
  ASSERT_EQ(1u, trap.backtrace.size());
  EXPECT_EQ("f", trap.backtrace[0].func_name);
  EXPECT_EQ(100u, trap.backtrace[0].module_offset);
  EXPECT_EQ(&instance->module(), trap.backtrace[0].module.get());
  EXPECT_EQ(instance, trap.backtrace[0].instance);
  ASSERT_EQ(3u, inner_trace.size());
  EXPECT_EQ("g", inner_trace[0].func_name);
  EXPECT_EQ(200u, inner_trace[0].module_offset);
  EXPECT_EQ("f", inner_trace[1].func_name);
  EXPECT_EQ(150u, inner_trace[1].module_offset);
  EXPECT_EQ("f", inner_trace[2].func_name);
  EXPECT_EQ(100u, inner_trace[2].module_offset);
}

TEST(Trap, BacktracesOfDeepStacksAreCut) {
  World world({.limits = {.stack_bytes = 1 << 20}});
  Instance* const instance = world.Make(kModule);
  FuncInst* const g = ExportOf<FuncInst>(instance, "g");
  FakePc pc{g->code, 1};
  world.executor.bodies["g"] = [&](StoreContext&, FuncInst&, uint64_t* fp, Activation& activation) {
    fp[kFrameReturnPc] = fp[kFrameCallerFp] = 0;
    fp[kFrameContext] = reinterpret_cast<uint64_t>(instance->context());
    for (int i = 0; i < 1000; ++i) {
      fp[4 + kFrameReturnPc] = reinterpret_cast<uint64_t>(&pc);
      fp[4 + kFrameCallerFp] = reinterpret_cast<uint64_t>(fp);
      fp[4 + kFrameContext] = reinterpret_cast<uint64_t>(instance->context());
      fp += 4;
    }
    activation.fp = fp;
    activation.pc = pc.cell();
    return TrapKind::kCallStackExhausted;
  };
  Trap trap;
  EXPECT_FALSE(world.store->Call(g, nullptr, &trap));
  EXPECT_EQ(kMaxBacktraceFrames, trap.backtrace.size());
}

TEST(HostFunc, ErrorsReachTheCallerAndEnvIsDropped) {
  static int dropped;
  dropped = 0;
  int env = 5;
  {
    World world;
    FuncInst* const host = world.store->NewHostFunc(
        {.params = {kI32}, .results = {kI32}},
        {.call =
             [](HostCall& call) {
               if (call.slots[0] == 0) {
                 call.store.store->host_error = absl::NotFoundError("no such thing");
                 return TrapKind::kHostError;
               }
               call.slots[0] += static_cast<uint64_t>(*static_cast<int*>(call.env));
               return TrapKind::kNone;
             },
         .env = &env,
         .drop_env = [](void*) { ++dropped; }});
    uint64_t slots[1] = {37};
    Trap trap;
    ASSERT_TRUE(world.store->Call(host, slots, &trap));
    EXPECT_EQ(42u, slots[0]);
    slots[0] = 0;
    EXPECT_FALSE(world.store->Call(host, slots, &trap));
    EXPECT_EQ(TrapKind::kHostError, trap.kind);
    EXPECT_EQ("no such thing", trap.message);
    EXPECT_EQ(absl::StatusCode::kNotFound, trap.host_error.code());
    EXPECT_TRUE(world.store->host_error.ok());
    EXPECT_EQ(0, dropped);
  }
  EXPECT_EQ(1, dropped);
}

TEST(Roots, StacksAndTheLastExceptionKeepObjectsAlive) {
  World world({.gc_stress = true});
  Instance* const instance = world.Make(kModule);
  FuncInst* const g = ExportOf<FuncInst>(instance, "g");
  TagInst* const tag =
      world.store->NewTag(world.types->InternFunc({.params = {kI64}, .results = {}}));
  world.executor.bodies["g"] = [&](StoreContext& store, FuncInst&, uint64_t* fp,
                                   Activation& activation) {
    gc::Heap& heap = store.store->heap();
    // Kept by the value stack alone, disguised elsewhere.
    fp[3] = gc::ToRef(heap.NewExternBox(1234));
    activation.top = fp + 4;
    heap.Collect();
    heap.NewExternBox(1);
    EXPECT_EQ(1234u, reinterpret_cast<gc::ExternBox*>(fp[3])->host_value);
    gc::ExceptionObject* const exception = heap.NewException(tag, 1);
    exception->slots()[0] = 99;
    activation.exception = gc::ToRef(exception);
    return TrapKind::kUncaughtException;
  };
  auto trap = std::make_unique<Trap>();
  EXPECT_FALSE(world.store->Call(g, nullptr, trap.get()));
  EXPECT_EQ(TrapKind::kUncaughtException, trap->kind);
  for (int i = 0; i < 100; ++i) world.store->heap().NewExternBox(7);
  EXPECT_EQ(99u, reinterpret_cast<gc::ExceptionObject*>(trap->exception)->slots()[0]);
  EXPECT_EQ(tag, reinterpret_cast<gc::ExceptionObject*>(trap->exception)->tag);
}

TEST(Store, MovesBetweenThreads) {
  World world;
  Instance* const instance = world.Make(kModule);
  FuncInst* const g = ExportOf<FuncInst>(instance, "g");
  int calls = 0;
  world.executor.bodies["g"] = [&](StoreContext& store, FuncInst&, uint64_t*, Activation&) {
    ++calls;
    store.store->heap().Collect();
    return TrapKind::kNone;
  };
  for (int t = 0; t < 3; ++t) {
    std::thread([&] {
      Trap trap;
      EXPECT_TRUE(world.store->Call(g, nullptr, &trap));
    }).join();
  }
  EXPECT_EQ(3, calls);
}

}  // namespace
}  // namespace airwasm::runtime
