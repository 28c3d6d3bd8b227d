// Any type, any memory: a component whose memory is full of arbitrary bytes hands out a value of an
// arbitrary type, to the host and to another component, and gets back what it gave. Lifting ends in
// a value or in a trap; a value that was lifted can be lowered, and comes out as it went in.
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
// out. The tuple is wide enough never to be flat.
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
      (export "put" (func (param "x" $TYPE)))))
    (alias outer 1 $libc (core module $libc))
    (core instance $m (instantiate $libc))
    (core func $get (canon lower (func $a "get") $OPTIONS_B))
    (core func $put (canon lower (func $a "put") $OPTIONS_B))
    (core module $pass
      (import "" "get" (func $get (param i32)))
      (import "" "put" (func $put (param i32)))
      (func (export "pass") (call $get (i32.const 64)) (call $put (i32.const 64))))
    (core instance $p (instantiate $pass (with "" (instance
      (export "get" (func $get)) (export "put" (func $put))))))
    (func (export "pass") (canon lift (core func $p "pass"))))
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
       {"$OPTIONS_A", absl::StrReplaceAll(kOptions, {{"$E", encoding}})},
       {"$OPTIONS_B", absl::StrReplaceAll(kOptions, {{"$E", other}})}});
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
  Store store(engine, limits);
  store.SetFuel(kFuel);
  const ComponentLinker linker(engine);
  const auto make = [&] { return linker.Instantiate(store, *component); };
  const absl::StatusOr<ComponentInstance> instance = make();
  if (!instance.ok()) abort();
  const absl::StatusOr<ComponentCallResult> first = instance->Call("a#get", {});
  if (!first.ok()) abort();
  if (first->ok()) {
    const std::vector<Val> args = {*first->value()};
    const absl::StatusOr<ComponentCallResult> put = instance->Call("a#put", args);
    if (!put.ok()) abort();  // a value that was lifted is one of its type
    if (put->ok()) {
      const absl::StatusOr<ComponentCallResult> again = instance->Call("a#again", {});
      if (!again.ok() || !again->ok() || again->value()->ToString() != first->value()->ToString()) {
        absl::FPrintF(stderr, "%s\nwent in, and out came\n%s\n%s\n", first->value()->ToString(),
                      again.ok() && again->ok() ? again->value()->ToString() : "a trap", source);
        abort();
      }
    }
  }
  // A trap locks an instance: the other direction has a fresh one.
  const absl::StatusOr<ComponentInstance> fresh = make();
  if (!fresh.ok()) abort();
  const absl::StatusOr<ComponentCallResult> passed = fresh->Call("b#pass", {});
  if (!passed.ok() || (passed->ok() && !first->ok())) {
    absl::FPrintF(stderr, "a component could read what the host could not: %s\n%s\n",
                  first.ok() && !first->ok() ? first->trap().message() : "", source);
    abort();
  }
  return 0;
}
