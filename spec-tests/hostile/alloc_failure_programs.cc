#include "alloc_failure_programs.h"

#include <optional>
#include <string>
#include <vector>

#include "airwasm/wasi.h"

namespace airwasm::alloc_failure {
namespace {

constexpr std::string_view kWasi = R"((module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (memory (export "memory") 2 16)
  (table $t 10 20 funcref)
  (func (export "run") (result i32)
    (drop (call $now (i32.const 0) (i64.const 0) (i32.const 8)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (drop (call $poll (i32.const 1024) (i32.const 2048) (i32.const 2) (i32.const 16)))
    (drop (table.grow $t (ref.null func) (i32.const 5)))
    (drop (memory.grow (i32.const 2)))
    (call $args (i32.const 32) (i32.const 36)))))";

// Structs, arrays, casts, exceptions, and references to functions. Lists long enough for several
// blocks; objects of a line, of more, and of blocks of their own.
constexpr std::string_view kCollected = R"((module
  (rec
    (type $node (sub (struct (field $next (ref null $node)) (field $value i32))))
    (type $wide (sub final $node
      (struct (field (ref null $node)) (field i32) (field $more i64) (field v128)))))
  (type $ints (array (mut i32)))
  (type $bytes (array (mut i8)))
  (type $fns (array (mut funcref)))
  (type $fn (func (param i32) (result i32)))
  (tag $oops (param i32))
  (data $d "0123456789")
  (elem $e funcref (ref.func $double) (ref.func $triple))
  (global $keep (mut (ref null $node)) (ref.null $node))
  (global $made (ref $node) (struct.new $node (ref.null $node) (i32.const 1)))
  (table $t 2 8 funcref)
  (elem (table $t) (i32.const 0) func $double $triple)
  (func $double (type $fn) (i32.mul (local.get 0) (i32.const 2)))
  (func $triple (type $fn) (i32.mul (local.get 0) (i32.const 3)))
  (func $list (param $n i32) (result (ref null $node)) (local $l (ref null $node))
    (loop $more
      (local.set $l (struct.new $node (local.get $l) (local.get $n)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $l))
  (func $sum (param $l (ref null $node)) (result i32) (local $s i32)
    (block $end (loop $more
      (br_if $end (ref.is_null (local.get $l)))
      (local.set $s (i32.add (local.get $s) (struct.get $node $value (local.get $l))))
      (local.set $l (struct.get $node $next (local.get $l)))
      (br $more)))
    (local.get $s))
  (func $throws (param i32) (throw $oops (local.get 0)))
  (func $catches (param i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $oops $caught) (call $throws (local.get 0)))
      (i32.const -1)))
  (func (export "run") (result i32)
    (local $ints (ref null $ints)) (local $bytes (ref null $bytes)) (local $fns (ref null $fns))
    (global.set $keep (call $list (i32.const 3000)))
    (local.set $ints (array.new $ints (i32.const 1) (i32.const 5000)))
    (drop (array.new_default $ints (i32.const 200)))
    (drop (array.new_fixed $ints 3 (i32.const 1) (i32.const 2) (i32.const 3)))
    (drop (struct.new $wide (global.get $keep) (i32.const 1) (i64.const 2)
                            (v128.const i64x2 3 4)))
    (local.set $bytes (array.new_data $bytes $d (i32.const 0) (i32.const 10)))
    (local.set $fns (array.new_elem $fns $e (i32.const 0) (i32.const 2)))
    (i32.add (call $sum (global.get $keep))
    (i32.add (array.len (local.get $ints))
    (i32.add (array.get_u $bytes (local.get $bytes) (i32.const 3))
    (i32.add (call $catches (i32.const 7))
    (i32.add (call_indirect $t (type $fn) (i32.const 5) (i32.const 1))
    (i32.add (ref.test (ref $fn) (array.get $fns (local.get $fns) (i32.const 1)))
             (struct.get $node $value (global.get $made)))))))))))";

// Several memories and tables, segments of all kinds, growth, bulk instructions, many exports, a
// start function that works.
constexpr std::string_view kMemories = R"((module
  (memory $a 1 4) (memory $b (export "b") 2 9) (memory $c i64 1 3)
  (table $t 3 40 funcref) (table $u 1 100000 externref)
  (data (memory $a) (i32.const 0) "abc") (data (memory $b) (i32.const 65536) "xyz")
  (data (memory $c) (i64.const 16) "i64") (data $p "passive") (data $q "dropped")
  (elem (table $t) (i32.const 0) func $f0 $f1) (elem $pe func $f0 $f1 $f2) (elem $pq func $f2)
  (global $ready (export "ready") (mut i32) (i32.const 0))
  (func $f0 (export "f0") (result i32) (i32.const 1))
  (func $f1 (export "f1") (result i32) (i32.const 2))
  (func $f2 (export "f2") (result i32) (i32.const 3))
  (func $pair (export "pair") (result i32 i64) (i32.const 1) (i64.const 2))
  (func $init (drop (memory.grow $b (i32.const 1))) (global.set $ready (i32.const 1)))
  (start $init)
  (export "a" (memory $a)) (export "c" (memory $c)) (export "t" (table $t)) (export "u" (table $u))
  (func (export "run") (result i32) (local $n i32)
    (local.set $n (i32.add (memory.grow $a (i32.const 1)) (memory.grow $b (i32.const 3))))
    (local.set $n (i32.add (local.get $n) (i32.wrap_i64 (memory.grow $c (i64.const 1)))))
    (local.set $n (i32.add (local.get $n) (memory.grow $a (i32.const 100))))
    (memory.init $b $p (i32.const 100) (i32.const 0) (i32.const 7))
    (memory.copy $a $b (i32.const 10) (i32.const 100) (i32.const 7))
    (memory.fill $b (i32.const 4096) (i32.const 7) (i32.const 65536))
    (data.drop $q)
    (local.set $n (i32.add (local.get $n) (i32.load8_u $a (i32.const 10))))
    (local.set $n (i32.add (local.get $n) (table.grow $t (ref.null func) (i32.const 5))))
    (local.set $n (i32.add (local.get $n) (table.grow $u (ref.null extern) (i32.const 5000))))
    (table.init $t $pe (i32.const 3) (i32.const 0) (i32.const 3))
    (table.copy $t $t (i32.const 6) (i32.const 0) (i32.const 2))
    (table.fill $t (i32.const 0) (ref.func $f2) (i32.const 2))
    (elem.drop $pq)
    (local.set $n (i32.add (local.get $n) (call_indirect $t (result i32) (i32.const 4))))
    (local.set $n (i32.add (local.get $n) (call_indirect $t (result i32) (i32.const 6))))
    (i32.add (local.get $n) (global.get $ready)))))";

// Functions of the host that take memory themselves, call back, fail and have dynamic types.
constexpr std::string_view kHosted = R"((module
  (import "env" "text" (func $text (param i32) (result i32)))
  (import "env" "back" (func $back (param i32) (result i32)))
  (import "env" "values" (func $values (param i32 i64) (result i64 i32)))
  (import "env" "word" (func $word (param externref) (result externref)))
  (memory (export "memory") 1)
  (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "run") (result i32) (local $n i32)
    (local.set $n (call $text (i32.const 100)))
    (local.set $n (i32.add (local.get $n) (call $back (i32.const 4))))
    (call $values (i32.const 1) (i64.const 2))
    (local.set $n (i32.add (local.get $n)))
    (local.set $n (i32.add (i32.wrap_i64) (local.get $n)))
    (drop (call $word (ref.null extern)))
    (local.get $n))))";

}  // namespace

const Program kPrograms[4] = {
    {"wasi", kWasi, 0},
    {"collected", kCollected, 4501500 + 5000 + '3' + 7 + 15 + 1 + 1},
    {"memories", kMemories, 1 + 3 + 1 - 1 + 'p' + 3 + 1 + 2 + 1 + 1},
    {"hosted", kHosted, 100 + 8 + 2 + 1},
};

const Program& ProgramNamed(std::string_view name) {
  for (const Program& program : kPrograms) {
    if (program.name == name) return program;
  }
  return kPrograms[0];
}

namespace {

// What kHosted imports. Callables are copied to the heap by the embedder's code, which throws.
absl::Status DefineHost(Linker& linker, Store& store) {
  absl::Status status = linker.Define(
      "env", "text", [](int32_t n) { return static_cast<int32_t>(std::string(n, 'x').size()); });
  status.Update(
      linker.Define("env", "back", [](Caller& caller, int32_t n) -> airwasm::Result<int32_t> {
        const std::optional<Extern> twice = caller.FindExport("twice");
        if (!twice) return Trap(absl::NotFoundError("twice"));
        absl::StatusOr<TypedFunc<int32_t(int32_t)>> f =
            std::get<Func>(*twice).Typed<int32_t(int32_t)>();
        if (!f.ok()) return Trap(f.status());
        return (*f)(n);
      }));
  status.Update(linker.Define("env", "word", [](Ref ref) { return ref; }));
  if (!status.ok()) return status;
  const FuncType type{.params = {kI32, kI64}, .results = {kI64, kI32}};
  return linker.Define(
      "env", "values", Extern(Func::New(store, type, [](Caller&, std::span<const Value> args) {
        return airwasm::Result<std::vector<Value>>(std::vector<Value>{args[1], args[0]});
      })));
}

// Not ok, and to be tried again.
bool Repeats(End end, bool repeats) {
  if (!repeats || (end != End::kExhausted && end != End::kTrap)) return false;
  Disarm();
  return true;
}

}  // namespace

End RunProgram(const Engine& engine, const Module& module, const Program& program, bool repeats,
               const StoreOptions& options) {
  std::optional<Store> store = Make<Store>(engine, options);
  std::optional<Linker> linker = Make<Linker>(engine);
  if (!store || !linker) return End::kConstructor;
  if (program.text == kWasi) {
    wasi::Config config;
    if (absl::Status defined = DefineWasi(*linker, config); !defined.ok()) return EndOf(defined);
  }
  if (program.text == kHosted) {
    try {
      if (absl::Status defined = DefineHost(*linker, *store); !defined.ok()) return EndOf(defined);
    } catch (const std::bad_alloc&) {
      return End::kConstructor;
    }
  }

  End end = End::kWell;
  Trap trap;
  absl::StatusOr<Instance> instance = linker->Instantiate(*store, module, &trap);
  if (!instance.ok()) {
    const bool has_trapped = instance.status().code() == absl::StatusCode::kAborted;
    end = has_trapped ? EndOf(trap) : EndOf(instance.status());
    if (!Repeats(end, repeats)) return end;
    instance = linker->Instantiate(*store, module, &trap);
    if (!instance.ok()) return Wrong("no instance when there is memory");
  }

  absl::StatusOr<TypedFunc<int32_t()>> run = instance->Get<int32_t()>("run");
  if (!run.ok()) {
    end = EndOf(run.status());
    if (!Repeats(end, repeats)) return end;
    run = instance->Get<int32_t()>("run");
    if (!run.ok()) return Wrong("no function when there is memory");
  }
  const airwasm::Result<int32_t> result = (*run)();
  if (!result.ok()) {
    end = EndOf(result.trap());
    if (!Repeats(end, repeats)) return end;
    if (!(*run)().ok()) return Wrong("a call traps when there is memory");
  } else if (*result != program.result) {
    return Wrong("another result");
  }

  const absl::StatusOr<Func> dynamic = instance->GetFunc("run");
  if (!dynamic.ok()) return EndOf(dynamic.status());
  const absl::StatusOr<CallResult> values = dynamic->Call({});
  if (!values.ok()) {
    end = EndOf(values.status());
    if (!Repeats(end, repeats)) return end;
    const absl::StatusOr<CallResult> again = dynamic->Call({});
    if (!again.ok() || !again->ok()) return Wrong("a dynamic call fails when there is memory");
  } else if (!values->ok()) {
    end = EndOf(values->trap());
    if (!Repeats(end, repeats)) return end;
    const absl::StatusOr<CallResult> again = dynamic->Call({});
    if (!again.ok() || !again->ok()) return Wrong("a dynamic call traps when there is memory");
  }
  return end;
}

}  // namespace airwasm::alloc_failure
