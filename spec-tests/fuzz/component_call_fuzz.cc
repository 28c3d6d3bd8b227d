// Any type, any memory: a component whose memory is full of arbitrary bytes hands out a value of an
// arbitrary type, to the host and to another component, and gets back what it gave. Lifting ends in
// a value or in a trap; a value that was lifted can be lowered, and comes out as it went in. With
// the async ABI all of that comes to the same.
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "airwasm/airwasm.h"
#include "airwasm/component_linker.h"

namespace {

using namespace airwasm;  // NOLINT(google-build-using-namespace)

constexpr int kMaxDepth = 5;
constexpr uint64_t kFuel = 100'000;

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint8_t Byte() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  std::string Rest() const {
    std::string out;
    for (size_t i = 0; i < size_; ++i) absl::StrAppend(&out, absl::StrFormat("\\%02x", data_[i]));
    return out;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

// Types as text. Those that need a name become definitions $t0, $t1, ...
class Types {
 public:
  explicit Types(Input& input) : input_(input) {}

  std::string Any(int depth) {
    static constexpr const char* kPrims[] = {"bool", "s8",  "u8",  "s16", "u16",  "s32",   "u32",
                                             "s64",  "u64", "f32", "f64", "char", "string"};
    const uint8_t choice = input_.Byte();
    if (depth == 0 || choice % 2 == 0) return kPrims[choice / 2 % std::size(kPrims)];
    switch (choice / 2 % 8) {
      case 0:
        return absl::StrCat("(list ", Any(depth - 1), ")");
      case 1:
        return absl::StrCat("(option ", Any(depth - 1), ")");
      case 2:
        return absl::StrCat("(result ", Any(depth - 1), " (error ", Any(depth - 1), "))");
      case 3:
        return absl::StrCat("(tuple ", Any(depth - 1), " ", Any(depth - 1), ")");
      case 4:
        return Named(Parts("record", "field", depth));
      case 5:
        return Named(Parts("variant", "case", depth));
      case 6:
        return Named(absl::StrCat("(flags", Labels(1 + input_.Byte() % 32), ")"));
      default:
        return Named(absl::StrCat("(enum", Labels(1 + input_.Byte()), ")"));
    }
  }

  // `form` has $N for the number and $T for the type.
  std::string Definitions(const std::string& form) const {
    std::string out;
    for (size_t i = 0; i < named_.size(); ++i) {
      absl::StrAppend(&out,
                      absl::StrReplaceAll(form, {{"$N", absl::StrCat(i)}, {"$T", named_[i]}}));
    }
    return out;
  }

 private:
  static std::string Labels(size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) absl::StrAppend(&out, " \"l", i, "\"");
    return out;
  }
  std::string Parts(const char* kind, const char* part, int depth) {
    const size_t count = 1 + input_.Byte() % 4;
    std::string out = absl::StrCat("(", kind);
    for (size_t i = 0; i < count; ++i)
      absl::StrAppend(&out, " (", part, " \"p", i, "\" ", Any(depth - 1), ")");
    return out + ")";
  }
  std::string Named(std::string definition) {
    named_.push_back(std::move(definition));
    return absl::StrCat("$t", named_.size() - 1);
  }

  Input& input_;
  std::vector<std::string> named_;
};

constexpr char kOptions[] =
    "(memory (core memory $m \"memory\")) (realloc (core func $m \"realloc\")) $E";

// `get` hands out what lies at 8; `put` keeps where the argument was put, and `again` hands that
// out. `get-later` and `put-later` do the same with the async ABI. The tuple is wide enough never
// to be flat.
std::string Source(Input& input) {
  static constexpr const char* kEncodings[] = {"", "string-encoding=utf16",
                                               "string-encoding=latin1+utf16"};
  const std::string encoding = kEncodings[input.Byte() % 3];
  const std::string other = kEncodings[input.Byte() % 3];
  Types types(input);
  const std::string type = absl::StrCat("(tuple ", types.Any(kMaxDepth),
                                        " u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8 u8)");
  const std::string memory = input.Rest();
  return absl::StrReplaceAll(
      R"((component
  (core module $libc
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 65536))
    (global $kept (mut i32) (i32.const 8))
    (data (i32.const 0) "$MEMORY")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (memory.copy (local.get $p) (local.get 0)
        (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
      (local.get $p))
    (func (export "get") (result i32) (i32.const 8))
    (func (export "put") (param i32) (global.set $kept (local.get 0)))
    (func (export "again") (result i32) (global.get $kept)))
  (component $a
    (alias outer 1 $libc (core module $libc))
    (core instance $m (instantiate $libc))
    $EXPORTED
    (core func $return (canon task.return))
    (core func $return-value
      (canon task.return (result $TYPE) (memory (core memory $m "memory")) $ENCODING_A))
    (core module $later
      (import "" "put" (func $put (param i32)))
      (import "" "return" (func $return))
      (import "" "return-value" (func $return-value (param i32)))
      (func (export "get") (result i32) (call $return-value (i32.const 8)) (i32.const 0))
      (func (export "put") (param i32) (result i32)
        (call $put (local.get 0)) (call $return) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $later (instantiate $later (with "" (instance
      (export "put" (func $m "put"))
      (export "return" (func $return))
      (export "return-value" (func $return-value))))))
    (func (export "get-later") async (result $TYPE)
      (canon lift (core func $later "get") async (callback (core func $later "callback"))
        $OPTIONS_A))
    (func (export "put-later") async (param "x" $TYPE)
      (canon lift (core func $later "put") async (callback (core func $later "callback"))
        $OPTIONS_A))
    (func (export "get") (result $TYPE)
      (canon lift (core func $m "get") $OPTIONS_A))
    (func (export "put") (param "x" $TYPE)
      (canon lift (core func $m "put") $OPTIONS_A))
    (func (export "again") (result $TYPE)
      (canon lift (core func $m "again") $OPTIONS_A)))
  (component $b
    (import "a" (instance $a
      $IMPORTED
      (export "get" (func (result $TYPE)))
      (export "put" (func (param "x" $TYPE)))
      (export "get-later" (func async (result $TYPE)))
      (export "put-later" (func async (param "x" $TYPE)))))
    (alias outer 1 $libc (core module $libc))
    (core instance $m (instantiate $libc))
    (core func $get (canon lower (func $a "get") $OPTIONS_B))
    (core func $put (canon lower (func $a "put") $OPTIONS_B))
    (core func $get-later (canon lower (func $a "get-later") async $OPTIONS_B))
    (core func $put-later (canon lower (func $a "put-later") async $OPTIONS_B))
    (core module $pass
      (import "" "get" (func $get (param i32)))
      (import "" "put" (func $put (param i32)))
      (import "" "get-later" (func $get-later (param i32) (result i32)))
      (import "" "put-later" (func $put-later (param i32) (result i32)))
      (func (export "pass") (call $get (i32.const 64)) (call $put (i32.const 64)))
      (func (export "pass-later")
        (if (i32.ne (call $get-later (i32.const 64)) (i32.const 2)) (then unreachable))
        (if (i32.ne (call $put-later (i32.const 64)) (i32.const 2)) (then unreachable))))
    (core instance $p (instantiate $pass (with "" (instance
      (export "get" (func $get)) (export "put" (func $put))
      (export "get-later" (func $get-later)) (export "put-later" (func $put-later))))))
    (func (export "pass") (canon lift (core func $p "pass")))
    (func (export "pass-later") (canon lift (core func $p "pass-later"))))
  (instance $a (instantiate $a))
  (instance $b (instantiate $b (with "a" (instance $a))))
  (export "a" (instance $a))
  (export "b" (instance $b)))
)",
      {{"$EXPORTED", types.Definitions("(type $t$N' $T) (export $t$N \"t$N\" (type $t$N'))\n")},
       {"$IMPORTED",
        types.Definitions("(type $t$N' $T) (export \"t$N\" (type $t$N (eq $t$N')))\n")},
       {"$TYPE", type},
       {"$MEMORY", memory},
       {"$ENCODING_A", encoding},
       {"$OPTIONS_A", absl::StrReplaceAll(kOptions, {{"$E", encoding}})},
       {"$OPTIONS_B", absl::StrReplaceAll(kOptions, {{"$E", other}})}});
}

using Called = absl::StatusOr<ComponentCallResult>;

// What was called; a call that is refused is a bug.
Called Call(const ComponentInstance& instance, const char* name, const std::vector<Val>& args) {
  Called result = instance.Call(name, args);
  if (!result.ok()) {
    absl::FPrintF(stderr, "%s: %s\n", name, result.status().ToString());
    abort();
  }
  return result;
}

std::string Text(const Called& result) {
  if (!result->ok()) return "trap: " + result->trap().message();
  return result->value() ? result->value()->ToString() : "nothing";
}

// `get` and `put`, or those with the async ABI. Text of what `get` came to.
std::string GoThroughHost(const ComponentInstance& instance, const char* get, const char* put,
                          const std::string& source) {
  const Called first = Call(instance, get, {});
  if (!first->ok()) return Text(first);
  // A value that was lifted is one of its type.
  if (Call(instance, put, {*first->value()})->ok()) {
    const Called again = Call(instance, "a#again", {});
    if (Text(again) != Text(first)) {
      absl::FPrintF(stderr, "%s\nwent in, and out came\n%s\n%s\n", Text(first), Text(again),
                    source);
      abort();
    }
  }
  return Text(first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Engine engine;
  Input input(data, size);
  const std::string source = Source(input);
  const absl::StatusOr<Component> component = Component::Create(engine, source);
  if (!component.ok()) {
    // Only what is too large may be refused.
    if (component.status().message().find("too ") != std::string_view::npos) return 0;
    absl::FPrintF(stderr, "%s\n%s\n", component.status().ToString(), source);
    abort();
  }
  StoreOptions limits;
  limits.max_memory_bytes = 4 << 20;
  const ComponentLinker linker(engine);
  // A trap locks an instance, and fuel is a store's: each way has fresh ones.
  const auto in_fresh_instance = [&](auto body) {
    Store store(engine, limits);
    store.SetFuel(kFuel);
    const absl::StatusOr<ComponentInstance> instance = linker.Instantiate(store, *component);
    if (!instance.ok()) abort();
    return body(*instance);
  };
  const auto is_trap = [](const std::string& text) { return text.starts_with("trap: "); };
  const std::string got = in_fresh_instance([&](const ComponentInstance& instance) {
    return GoThroughHost(instance, "a#get", "a#put", source);
  });
  const std::string got_later = in_fresh_instance([&](const ComponentInstance& instance) {
    return GoThroughHost(instance, "a#get-later", "a#put-later", source);
  });
  if (got != got_later) {
    absl::FPrintF(stderr, "%s\nbut with the async ABI\n%s\n%s\n", got, got_later, source);
    abort();
  }
  for (const char* const pass : {"b#pass", "b#pass-later"}) {
    const std::string passed = in_fresh_instance(
        [&](const ComponentInstance& instance) { return Text(Call(instance, pass, {})); });
    if (!is_trap(passed) && is_trap(got)) {
      absl::FPrintF(stderr, "%s: a component could read what the host could not: %s\n%s\n", pass,
                    got, source);
      abort();
    }
  }
  return 0;
}
