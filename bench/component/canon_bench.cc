// Lifting and lowering: calls between host and component and between components, in the interpreter
// tier. The bars: host to component 60 ns, component to host 40 ns, component to component 30 ns
// with scalars and 150 ns with a string of 20 bytes, a list<u8> of 1 MiB at 5 GB/s.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "airwasm/component_instance.h"
#include "component/canon/adapter.h"
#include "component/canon/functions.h"
#include "engine/interp/interpreter.h"
#include "engine/runtime/module.h"
#include "engine/text/wat.h"

namespace airwasm::component::canon {
namespace {

[[noreturn]] void Stop(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

// A realloc that always gives the same place: what is measured is the way there, not an allocator.
constexpr std::string_view kLibc = R"(
  (memory (export "mem") 64)
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
)";

struct World {
  runtime::Instance* Make(const std::string& wat, std::vector<runtime::Extern> imports) {
    auto bytes = text::WatToWasm(wat, {});
    if (!bytes.ok()) Stop(bytes.error().ToString());
    auto module = runtime::Module::Create(*std::move(bytes), {}, types, *executor);
    if (!module.ok()) Stop(module.error().ToString());
    runtime::Trap trap;
    auto instance = store.Instantiate(*std::move(module), imports, &trap);
    if (!instance.ok()) Stop(instance.status().ToString());
    return *instance;
  }
  // A component instance around a core module with kLibc and `functions`.
  CanonOptions Guest(const std::string& imports, const std::string& functions,
                     std::vector<runtime::Extern> externs, ComponentInstanceState& state) {
    core = Make("(module " + imports + std::string(kLibc) + functions + ")", std::move(externs));
    CanonOptions options;
    options.instance = &state;
    options.memory = std::get<runtime::MemInst*>(*core->FindExport("mem"));
    options.realloc = std::get<runtime::FuncInst*>(*core->FindExport("realloc"));
    return options;
  }
  runtime::FuncInst* Func(std::string_view name) {
    return std::get<runtime::FuncInst*>(*core->FindExport(name));
  }
  FuncTypeId Type(const std::vector<ValType>& params, std::optional<ValType> result = {}) {
    FuncType type;
    for (const ValType t : params)
      type.params.push_back({"p" + std::to_string(type.params.size()), t});
    type.result = result;
    return table.InternFunc(std::move(type));
  }
  runtime::FuncInst* Lower(const Function& callee, const CanonOptions& options) {
    auto func = MakeLowered(store, callee, options, cache);
    if (!func.ok()) Stop(func.status().ToString());
    return *func;
  }

  std::unique_ptr<runtime::Executor> executor = interp::NewInterpreter();
  std::shared_ptr<TypeRegistry> types = std::make_shared<TypeRegistry>();
  TypeTable table;
  AdapterCache cache;
  runtime::Store store{types, *executor, runtime::StoreOptions()};
  ComponentInstanceState caller{store};
  ComponentInstanceState callee{store};
  runtime::Instance* core = nullptr;  // of the newest guest
};

constexpr auto kNoResources = [](ResourceId) -> const ResourceType* { return nullptr; };

void BM_HostToComponent(benchmark::State& state) {
  World w;
  const CanonOptions options = w.Guest(
      "",
      R"((func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))",
      {}, w.callee);
  const auto f = MakeLifted(w.table, w.Type({PrimType::kU32, PrimType::kU32}, PrimType::kU32),
                            kNoResources, w.Func("f"), options);
  const auto typed =
      ComponentFunc(&w.store, f.get(), nullptr).Typed<uint32_t(uint32_t, uint32_t)>();
  if (!typed.ok()) Stop(typed.status().ToString());
  uint32_t sum = 0;
  for (auto _ : state) sum = (*typed)(sum, 1).value();
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(BM_HostToComponent);

void BM_HostToComponentDynamic(benchmark::State& state) {
  World w;
  const CanonOptions options = w.Guest(
      "",
      R"((func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))",
      {}, w.callee);
  const auto f = MakeLifted(w.table, w.Type({PrimType::kU32, PrimType::kU32}, PrimType::kU32),
                            kNoResources, w.Func("f"), options);
  const Val args[] = {Val::U32(1), Val::U32(2)};
  for (auto _ : state) benchmark::DoNotOptimize(Call(w.store, *f, args).result);
}
BENCHMARK(BM_HostToComponentDynamic);

void BM_HostToComponentString20(benchmark::State& state) {
  World w;
  const CanonOptions options = w.Guest(
      "", R"((func (export "f") (param i32 i32) (result i32) (local.get 1)))", {}, w.callee);
  const auto f = MakeLifted(w.table, w.Type({PrimType::kString}, PrimType::kU32), kNoResources,
                            w.Func("f"), options);
  const auto typed = ComponentFunc(&w.store, f.get(), nullptr).Typed<uint32_t(std::string_view)>();
  if (!typed.ok()) Stop(typed.status().ToString());
  uint32_t length = 0;
  for (auto _ : state) length = (*typed)("twenty bytes of text").value();
  if (length != 20) Stop("wrong length");
}
BENCHMARK(BM_HostToComponentString20);

constexpr int32_t kCalls = 1000;

// A loop of calls of $f with `args`, inside the guest; the time is that of one call and one turn.
void LoopOfCalls(benchmark::State& state, World& w, const std::string& type,
                 const std::string& args, runtime::FuncInst* lowered) {
  runtime::Instance* const loop_instance = w.Make("(module (import \"\" \"f\" (func $f " + type +
                                                      R"())
      (func (export "loop") (param $n i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (call $f )" + args + R"())
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))))",
                                                  {lowered});
  auto* const loop = std::get<runtime::FuncInst*>(*loop_instance->FindExport("loop"));
  for (auto _ : state) {
    uint64_t slots[1] = {kCalls};
    runtime::Trap trap;
    if (!w.store.Call(loop, slots, &trap)) Stop(trap.message);
    benchmark::DoNotOptimize(slots[0]);
  }
  state.SetItemsProcessed(state.iterations() * kCalls);
  state.counters["per_call"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kCalls,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_ComponentToHost(benchmark::State& state) {
  World w;
  const auto host =
      MakeTypedHost(w.table, w.Type({PrimType::kU32, PrimType::kU32}, PrimType::kU32), kNoResources,
                    abi::MakeTypedHost([](uint32_t a, uint32_t b) { return a + b; }));
  if (!host.ok()) Stop(host.status().ToString());
  CanonOptions options;
  options.instance = &w.caller;
  LoopOfCalls(state, w, "(param i32 i32) (result i32)", "(local.get $sum) (local.get $n)",
              w.Lower(**host, options));
}
BENCHMARK(BM_ComponentToHost);

void BM_ComponentToHostString20(benchmark::State& state) {
  World w;
  const auto host = MakeTypedHost(
      w.table, w.Type({PrimType::kString}, PrimType::kU32), kNoResources,
      abi::MakeTypedHost([](std::string_view text) { return static_cast<uint32_t>(text.size()); }));
  if (!host.ok()) Stop(host.status().ToString());
  const CanonOptions options = w.Guest("", "", {}, w.caller);
  std::memset(options.memory->base, 'x', 100);
  LoopOfCalls(state, w, "(param i32 i32) (result i32)", "(i32.const 16) (i32.const 20)",
              w.Lower(**host, options));
}
BENCHMARK(BM_ComponentToHostString20);

void BM_ComponentToComponent(benchmark::State& state) {
  World w;
  const CanonOptions lift = w.Guest(
      "",
      R"((func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))",
      {}, w.callee);
  const auto f = MakeLifted(w.table, w.Type({PrimType::kU32, PrimType::kU32}, PrimType::kU32),
                            kNoResources, w.Func("f"), lift);
  CanonOptions lower;
  lower.instance = &w.caller;
  LoopOfCalls(state, w, "(param i32 i32) (result i32)", "(local.get $sum) (local.get $n)",
              w.Lower(*f, lower));
}
BENCHMARK(BM_ComponentToComponent);

// A string or list<u8> of as many bytes as the bench's argument says.
void SendBytes(benchmark::State& state, bool is_string) {
  World w;
  const ValType type =
      is_string ? ValType(PrimType::kString) : w.table.Intern(ListType{PrimType::kU8, {}});
  const CanonOptions lift = w.Guest(
      "", R"((func (export "f") (param i32 i32) (result i32) (local.get 1)))", {}, w.callee);
  const auto f =
      MakeLifted(w.table, w.Type({type}, PrimType::kU32), kNoResources, w.Func("f"), lift);
  const CanonOptions lower = w.Guest("", "", {}, w.caller);
  std::memset(lower.memory->base, 'x', 2 << 20);
  LoopOfCalls(state, w, "(param i32 i32) (result i32)",
              "(i32.const 16) (i32.const " + std::to_string(state.range(0)) + ")",
              w.Lower(*f, lower));
  state.SetBytesProcessed(state.iterations() * kCalls * state.range(0));
}
void BM_ComponentToComponentString(benchmark::State& state) {
  SendBytes(state, true);
}
BENCHMARK(BM_ComponentToComponentString)->Arg(20)->Arg(2000)->Arg(20000);
void BM_ComponentToComponentBytes(benchmark::State& state) {
  SendBytes(state, false);
}
BENCHMARK(BM_ComponentToComponentBytes)->Arg(20)->Arg(1 << 20);

}  // namespace
}  // namespace airwasm::component::canon
