#include "bench/micro/big_module.h"

#include <initializer_list>
#include <utility>

namespace airwasm::bench {
namespace {

using Bytes = std::vector<uint8_t>;

void Append(Bytes& out, std::initializer_list<uint8_t> bytes) {
  out.insert(out.end(), bytes);
}
void Append(Bytes& out, const Bytes& bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void AppendU32(Bytes& out, uint32_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value));
}

void AppendS32(Bytes& out, int32_t value) {
  while (value < -64 || value > 63) {
    out.push_back(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value & 0x7F));
}

void AppendSection(Bytes& out, uint8_t id, const Bytes& content) {
  out.push_back(id);
  AppendU32(out, static_cast<uint32_t>(content.size()));
  Append(out, content);
}

// xorshift32.
class Random {
 public:
  uint32_t Below(uint32_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_ % bound;
  }

 private:
  uint32_t state_ = 2463534242u;
};

// Locals of every function: 0, 1 the i32 parameters; 2, 3 i32; 4 i64; 5 f64.
constexpr uint8_t kLocals[] = {3, 2, 0x7F, 1, 0x7E, 1, 0x7C};

void I32Const(Bytes& out, int32_t value) {
  out.push_back(0x41);
  AppendS32(out, value);
}

// for (l2 = 0; l2 < n; ++l2) mem[l2 * 4 + k] += l1 ^ c
void MemoryLoop(Bytes& out, Random& random) {
  const uint8_t offset = static_cast<uint8_t>(4 * random.Below(16));
  I32Const(out, 0);
  Append(out, {0x21, 2, 0x03, 0x40});                             // local.set 2, loop
  Append(out, {0x20, 2, 0x41, 2, 0x74, 0x20, 2, 0x41, 2, 0x74});  // l2 << 2, twice
  Append(out, {0x28, 2, offset, 0x20, 1});                        // i32.load, local.get 1
  I32Const(out, static_cast<int32_t>(random.Below(1u << 20)));
  Append(out, {0x73, 0x6A, 0x36, 2, offset});      // xor, add, i32.store
  Append(out, {0x20, 2, 0x41, 1, 0x6A, 0x22, 2});  // ++l2
  I32Const(out, static_cast<int32_t>(1 + random.Below(3)));
  Append(out, {0x48, 0x0D, 0, 0x0B});  // lt_s, br_if 0, end
}

// l4 = (i64(l0) * c) >> s, folded into l3
void Wide(Bytes& out, Random& random) {
  Append(out, {0x20, 0, 0xAC, 0x42});  // local.get 0, i64.extend_i32_s, i64.const
  AppendS32(out, static_cast<int32_t>(random.Below(1u << 30)));
  Append(out, {0x7E, 0x42, static_cast<uint8_t>(random.Below(60)), 0x87, 0x22, 4, 0xA7});
  Append(out, {0x20, 3, 0x73, 0x21, 3, 0x20, 4, 0x50, 0x04, 0x40, 0x20, 0, 0x21, 3, 0x0B});
}

// f64 arithmetic on a converted parameter
void Floats(Bytes& out, Random& random) {
  Append(out, {0x20, 1, 0xB7, 0x44});  // local.get 1, f64.convert_i32_s, f64.const
  for (int i = 0; i < 6; ++i) out.push_back(static_cast<uint8_t>(random.Below(256)));
  Append(out, {0xF0, 0x3F, 0xA2, 0x20, 5, 0xA0, 0x22, 5, 0x20, 5, 0xA2, 0x9F, 0x21, 5});
}

// block block block br_table ... end end end with an assignment in each arm
void Switch(Bytes& out, Random& random) {
  Append(out, {0x02, 0x40, 0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x41, 3, 0x71, 0x0E, 2, 0, 1, 2, 0x0B});
  I32Const(out, static_cast<int32_t>(random.Below(1000)));
  Append(out, {0x21, 3, 0x0C, 1, 0x0B});
  Append(out, {0x20, 0, 0x20, 1, 0x6B, 0x21, 3, 0x0B});
}

// if (l0 < c) l3 = l3 * 3 + 1; else l3 = select(...)
void Choice(Bytes& out, Random& random) {
  Append(out, {0x20, 0});
  I32Const(out, static_cast<int32_t>(random.Below(1u << 14)));
  Append(out, {0x48, 0x04, 0x7F, 0x20, 3, 0x41, 3, 0x6C, 0x41, 1, 0x6A, 0x05});
  Append(out, {0x20, 0, 0x20, 1, 0x20, 3, 0x1B, 0x0B, 0x21, 3});
}

// A body whose index is `self`; it may call functions below `self`, of the leaf kind, which call
// nothing.
Bytes Body(Random& random, uint32_t self) {
  Bytes code(std::begin(kLocals), std::end(kLocals));
  const uint32_t parts = 2 + random.Below(3);
  for (uint32_t i = 0; i < parts; ++i) {
    switch (random.Below(5)) {
      case 0:
        MemoryLoop(code, random);
        break;
      case 1:
        Wide(code, random);
        break;
      case 2:
        Floats(code, random);
        break;
      case 3:
        Switch(code, random);
        break;
      case 4:
        Choice(code, random);
        break;
    }
  }
  if (self % 4 == 3) {
    // Three of four functions are leaves.
    Append(code, {0x20, 3, 0x20, 0, 0x10});
    AppendU32(code, self - 1 - random.Below(3));
    Append(code, {0x21, 3});
  }
  Append(code, {0x20, 3, 0x0B});
  return code;
}

void AppendBody(Bytes& out, const Bytes& body) {
  AppendU32(out, static_cast<uint32_t>(body.size()));
  Append(out, body);
}

}  // namespace

std::vector<uint8_t> BigModule(size_t size_bytes) {
  Random random;
  Bytes bodies, all = {0};
  uint32_t count = 0;
  // A function that calls everything grows by some seven bytes for each.
  while (bodies.size() + all.size() < size_bytes) {
    AppendBody(bodies, Body(random, count));
    Append(all, {0x41, 5, 0x41, 7, 0x10});
    AppendU32(all, count);
    all.push_back(0x1A);
    ++count;
  }
  all.push_back(0x0B);
  AppendBody(bodies, all);

  Bytes module = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
  AppendSection(module, 1, {2, 0x60, 2, 0x7F, 0x7F, 1, 0x7F, 0x60, 0, 0});
  Bytes functions;
  AppendU32(functions, count + 1);
  functions.insert(functions.end(), count, 0);
  functions.push_back(1);
  AppendSection(module, 3, functions);
  AppendSection(module, 5, {1, 0x00, 1});
  Bytes exports = {1, 3, 'a', 'l', 'l', 0x00};
  AppendU32(exports, count);
  AppendSection(module, 7, exports);
  Bytes code;
  AppendU32(code, count + 1);
  Append(code, bodies);
  AppendSection(module, 10, code);
  return module;
}

}  // namespace airwasm::bench
