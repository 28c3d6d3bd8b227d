// The adapter program: how the values of one call get from the memory and flat values of the side
// that has them to those of the side that wants them.
//
// Compiled once per function type and pair of option shapes, shared by all instances; what differs
// between instances (memories, realloc functions, resources) comes in at run time. A program is a
// flat list of operations in the order of the fields. Each reads at `from`, checks, and writes at
// `to`: a slot of the flat values, or a byte offset from the current base address. Bases change
// only in the bodies of lists, so a program needs two of them and no other registers. The
// interpreter (transfer.cc) runs the list; wasm_transfer.cc makes a core function of it.
//
// What the operations mean is written once, in rules.h: checks, strings, handles, realloc. The
// typed and the dynamic interface of the host use the same rules on C++ values.
// Spec: canonical ABI, "Loading", "Storing", "Flat Lifting", "Flat Lowering".
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "component/canon/options.h"
#include "component/types/value_types.h"

namespace airwasm::component::canon {

struct WasmModule;  // wasm_link.h

enum class OpCode : uint8_t {
  // Numbers: the low bytes of the source, sign-extended to 32 bits for S8 and S16 on their way into
  // a slot. Floats are bits. In joined variant slots wider than the value the rest is zero.
  kU8,
  kS8,
  kU16,
  kS16,
  kU32,
  kU64,
  kBool,   // any non-zero becomes 1
  kChar,   // a Unicode scalar value, or a trap
  kFlags,  // width bytes; imm: mask of the flags that exist
  kCopy,   // imm bytes from memory to memory, all patterns valid
  kString,
  kList,     // elements lists[imm] one by one; the body follows, up to ListShape::end
  kBulk,     // elements lists[imm] all at once
  kRepeat,   // of a fixed-length list in memory: lists[imm]; the body follows
  kEnum,     // width bytes; aux: number of cases
  kVariant,  // width bytes of discriminant; goes on at targets[imm + case]; aux: number of cases;
             // targets[imm + aux] is the end, where all cases meet
  kJump,     // to imm
  kZero,     // imm slots from `to` on: those that this case of a variant does not use
  kOwn,      // imm: index into Function::resources
  kBorrow,   // likewise
  kUnsupported,  // a type of the async ABI
  kReturn,       // end of the program, or of the body of a list
};

struct Op {
  static constexpr uint8_t kFromFlat = 1;
  static constexpr uint8_t kToFlat = 2;

  OpCode code;
  uint8_t where = 0;  // bits above; otherwise memory
  uint8_t width = 0;
  uint32_t from = 0;  // slot, or byte offset
  uint32_t to = 0;
  uint32_t imm = 0;
  uint32_t aux = 0;
};

struct ListShape {
  uint32_t from_size = 0;  // bytes of an element
  uint32_t from_align = 1;
  uint32_t to_size = 0;
  uint32_t to_align = 1;
  uint32_t count = 0;  // kRepeat
  uint32_t end = 0;    // where to go on after the body
};

// One direction of a call: parameters from caller to callee, or results back.
struct Program {
  std::vector<Op> ops;
  std::vector<uint32_t> targets;
  std::vector<ListShape> lists;
  // The values lie in memory, at a pointer, because they do not fit into flat ones.
  bool from_spilled = false;
  bool to_spilled = false;
  Layout from_layout;  // of the tuple of all values
  Layout to_layout;
  uint32_t from_flat = 0;  // slots, when not spilled
  uint32_t to_flat = 0;
  // It may call realloc, so results can not be written where that call would have its frame.
  bool calls = false;
  bool has_borrow = false;
  // Nothing but numbers from slot i to slot i: MoveScalars does it.
  bool scalars_only = false;
};

// What of the options a program depends on. With the async ABI the lift's side gives its results as
// arguments of task.return, and the lower's side has fewer flat values.
struct AdapterShape {
  StringEncoding lift_encoding = StringEncoding::kUtf8;
  StringEncoding lower_encoding = StringEncoding::kUtf8;
  bool lift_memory64 = false;
  bool lower_memory64 = false;
  bool lift_async = false;
  bool lower_async = false;

  auto operator<=>(const AdapterShape&) const = default;
};

struct Adapter {
  AdapterShape shape;
  Program params;   // from the lower's side to the lift's
  Program results;  // from the lift's side to the lower's
  // Why calls can not be made wasm (wasm_adapter.h); null if they can.
  const char* wasm_obstacle = nullptr;
};

// Operations and jump targets of one program, and of all programs of one component: types share
// parts, so few bytes can describe a type that is very long when written out.
inline constexpr size_t kMaxAdapterOps = 100'000;
inline constexpr size_t kMaxCachedOps = 8'000'000;
// Of one component: compiled ahead, each takes milliseconds.
inline constexpr size_t kMaxWasmModules = 1'000;

// Stops early, with a program longer than kMaxAdapterOps, when the type is too large.
Adapter CompileAdapter(const TypeTable& types, FuncTypeId type, const AdapterShape& shape);

// The types of parameters, and of the result as a list of at most one.
std::vector<ValType> ParamTypes(const FuncType& type);
std::vector<ValType> ResultTypes(const FuncType& type);
// Of the tuple of some values; spilled ones lie in memory like that.
Layout TupleLayout(const TypeTable& types, std::span<const ValType> list, bool is_64);

// The core function type of a lifted or lowered function. Spec: canonical ABI, flatten_functype.
airwasm::FuncType FlattenFunc(const TypeTable& types, FuncTypeId type, bool lower, bool memory64,
                              bool async);

// Adapters by type and shape, and modules made of them (wasm_link.h). Threads: any.
class AdapterCache {
 public:
  struct ModuleKey {
    const Adapter* adapter = nullptr;
    std::string name;     // of the function, in backtraces
    uint32_t traits = 0;  // WasmAdapterTraits, packed
    bool guarded = false;
    auto operator<=>(const ModuleKey&) const = default;
  };
  // Null: the type is too large, or the component has too many such.
  const Adapter* Get(const TypeTable& types, FuncTypeId type, const AdapterShape& shape);

  // Null: none is kept yet. AddModule returns the one that is kept, which another thread may have
  // added first. When there are kMaxWasmModules, no more should be made.
  std::shared_ptr<const WasmModule> FindModule(const ModuleKey& key);
  std::shared_ptr<const WasmModule> AddModule(const ModuleKey& key,
                                              std::shared_ptr<const WasmModule> module);
  bool IsFullOfModules();

 private:
  using Key = std::tuple<const TypeTable*, FuncTypeId, AdapterShape>;
  std::mutex mutex_;
  std::map<Key, std::unique_ptr<Adapter>> adapters_;
  size_t ops_ = 0;
  std::map<ModuleKey, std::shared_ptr<const WasmModule>> modules_;
};

}  // namespace airwasm::component::canon
