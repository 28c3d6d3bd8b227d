// The second back end of the adapter program: a core module whose one function is the whole call of
// a lifted function, from the lower's flat arguments to its flat result.
//
// The linker puts an instance of it between caller and callee (wasm_link.h), and then interpreter
// and compiler run it as any other wasm: no call leaves wasm but those that end in a trap, and the
// check of a string that is long or not ASCII. What it does, in which order, and how it fails is
// what lowered.cc and transfer.cc do; both are run on the same cases (differential_main.cc,
// call_test.cc).
//
// Everything of an instance comes in through imports; so a module serves all instances of a
// component. Spec: canonical ABI, `canon lower`, `canon lift`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "component/canon/adapter.h"

namespace airwasm::component::canon {

// What an adapter module imports, in the order of its imports.
struct WasmImport {
  enum class What : uint8_t {
    kCallee,
    kPostReturn,
    kRealloc,  // of `side`
    kTrouble,  // WasmTrouble
    kMemory,   // of `side`
    kFlags,    // of `side`'s instance
    kEntered,  // the flags of the instance `index` of those that the call enters
    kContext,  // of `side`'s instance, both slots at once
  };
  enum class Side : uint8_t { kLower, kLift };
  What what;
  Side side = Side::kLower;
  uint32_t index = 0;
};

// The function that an adapter calls when something is out of the ordinary:
// (trouble, a, b, c), each an i32. It traps, except for kString when the string is fine.
enum class WasmTrouble : uint32_t {
  kCannotLeave,
  kCannotEnter,
  kException,  // that the callee, realloc or post-return threw
  kChar,
  kDiscriminant,
  kString,  // side, address, bytes: not known to be valid
  kList,    // side and index of its shape (ListTrouble), address, count: too long or out of bounds
  kRange,   // RangeTrouble, address, bytes: out of bounds or not aligned
};

// The argument `a` of kList and kRange.
struct ListTrouble {
  WasmImport::Side side;
  uint32_t shape;
  uint32_t Pack() const { return static_cast<uint32_t>(side) | shape << 1; }
  static ListTrouble Unpack(uint32_t a) { return {static_cast<WasmImport::Side>(a & 1), a >> 1}; }
};
struct RangeTrouble {
  WasmImport::Side side;
  uint8_t what;  // Pointee
  bool from_realloc;
  uint32_t align;
  uint32_t Pack() const {
    return static_cast<uint32_t>(side) | uint32_t{from_realloc} << 1 | uint32_t{what} << 2 |
           align << 8;
  }
  static RangeTrouble Unpack(uint32_t a) {
    return {static_cast<WasmImport::Side>(a & 1), static_cast<uint8_t>(a >> 2 & 0x3F),
            (a >> 1 & 1) != 0, a >> 8};
  }
};

// What of the two sides a module depends on beyond the adapter's shape.
struct WasmAdapterTraits {
  uint32_t entered = 1;       // how many instances the call enters
  uint32_t entered_lift = 0;  // which of them is the callee's
  bool lower_context = true;  // the instance has context.get or context.set
  bool lift_context = true;
  bool post_return = false;

  uint32_t Pack() const {
    return entered | entered_lift << 8 | uint32_t{lower_context} << 16 |
           uint32_t{lift_context} << 17 | uint32_t{post_return} << 18;
  }
};

// Why a call has no such module: the text, or null if it can have one. What is of instances is not
// looked at here.
const char* WasmObstacle(const TypeTable& types, FuncTypeId type, const Adapter& adapter);

struct WasmAdapter {
  std::vector<uint8_t> bytes;  // exports its function as ""
  std::vector<WasmImport> imports;
};
// `name` is the function's in backtraces, of a module named "adapter". There is no obstacle.
WasmAdapter CompileWasmAdapter(const TypeTable& types, FuncTypeId type, const Adapter& adapter,
                               const WasmAdapterTraits& traits, std::string_view name);

}  // namespace airwasm::component::canon
