// The interpreter of adapter programs.
//
// Memories neither move nor shrink, so a range that was checked is a host pointer from then on,
// also across calls of realloc. Native recursion goes as deep as lists are nested in the type,
// which is limited. Loops look at the store's interrupt word, for a guest can describe more work
// than anybody wants to wait for. Spec: canonical ABI, "Loading", "Storing", "Flat Lifting", "Flat
// Lowering".
#include "component/canon/transfer.h"

#include "component/canon/rules.h"
#include "component/canon/store_string.h"

namespace airwasm::component::canon {
namespace {

constexpr uint32_t kElementsPerPoll = 4096;

// Base addresses and flat values that an operation's places refer to.
struct Bases {
  const uint64_t* from_flat;
  const uint8_t* from;
  uint64_t* to_flat;
  uint8_t* to;
};

bool FromFlat(const Op& op) {
  return (op.where & Op::kFromFlat) != 0;
}
bool ToFlat(const Op& op) {
  return (op.where & Op::kToFlat) != 0;
}

// Reads a number: all of a memory place, the low bits of a slot.
template <typename T>
T Read(const Op& op, const Bases& b) {
  return FromFlat(op) ? static_cast<T>(b.from_flat[op.from]) : LoadAs<T>(b.from + op.from);
}
// Writes a number of which `T` is the form in memory; `value` is the slot.
template <typename T>
void Write(const Op& op, const Bases& b, uint64_t value) {
  if (ToFlat(op)) {
    b.to_flat[op.to] = value;
  } else {
    StoreAs<T>(b.to + op.to, static_cast<T>(value));
  }
}
template <typename T>
void Move(const Op& op, const Bases& b) {
  if constexpr (std::is_signed_v<T>) {
    Write<T>(op, b, static_cast<uint32_t>(int32_t{Read<T>(op, b)}));
  } else {
    Write<T>(op, b, Read<T>(op, b));
  }
}

// A discriminant or flags of op.width bytes. A flat one is an i32 whatever the width.
uint32_t ReadWidth(const Op& op, const Bases& b) {
  if (FromFlat(op)) return static_cast<uint32_t>(b.from_flat[op.from]);
  if (op.width == 1) return b.from[op.from];
  if (op.width == 2) return LoadAs<uint16_t>(b.from + op.from);
  return LoadAs<uint32_t>(b.from + op.from);
}
void WriteWidth(const Op& op, const Bases& b, uint32_t value) {
  if (ToFlat(op)) {
    b.to_flat[op.to] = value;
  } else if (op.width == 1) {
    b.to[op.to] = static_cast<uint8_t>(value);
  } else if (op.width == 2) {
    StoreAs<uint16_t>(b.to + op.to, static_cast<uint16_t>(value));
  } else {
    StoreAs<uint32_t>(b.to + op.to, value);
  }
}

class Machine {
 public:
  Machine(const Program& program, const Transfer& transfer)
      : p_(program),
        t_(transfer),
        from64_(transfer.from.memory64()),
        to64_(transfer.to.memory64()) {}

  TrapKind Run(const Op* op, const Bases b) {
    for (;; ++op) {
      switch (op->code) {
        case OpCode::kU8:
          Move<uint8_t>(*op, b);
          break;
        case OpCode::kS8:
          Move<int8_t>(*op, b);
          break;
        case OpCode::kU16:
          Move<uint16_t>(*op, b);
          break;
        case OpCode::kS16:
          Move<int16_t>(*op, b);
          break;
        case OpCode::kU32:
          Move<uint32_t>(*op, b);
          break;
        case OpCode::kU64:
          Move<uint64_t>(*op, b);
          break;
        case OpCode::kBool:
          Write<uint8_t>(*op, b,
                         FromFlat(*op) ? Read<uint32_t>(*op, b) != 0 : Read<uint8_t>(*op, b) != 0);
          break;
        case OpCode::kChar: {
          const uint32_t c = Read<uint32_t>(*op, b);
          if (!IsChar(c)) [[unlikely]]
            return FailChar(t_.store);
          Write<uint32_t>(*op, b, c);
          break;
        }
        case OpCode::kFlags:
          WriteWidth(*op, b, ReadWidth(*op, b) & op->imm);
          break;
        case OpCode::kCopy:
          std::memmove(b.to + op->to, b.from + op->from, op->imm);
          break;
        case OpCode::kEnum: {
          const uint32_t i = ReadWidth(*op, b);
          if (i >= op->aux) [[unlikely]]
            return FailDiscriminant(t_.store);
          WriteWidth(*op, b, i);
          break;
        }
        case OpCode::kVariant: {
          const uint32_t i = ReadWidth(*op, b);
          if (i >= op->aux) [[unlikely]]
            return FailDiscriminant(t_.store);
          WriteWidth(*op, b, i);
          op = &p_.ops[p_.targets[op->imm + i]] - 1;
          break;
        }
        case OpCode::kJump:
          op = &p_.ops[op->imm] - 1;
          break;
        case OpCode::kZero:
          for (uint32_t i = 0; i < op->imm; ++i) b.to_flat[op->to + i] = 0;
          break;
        case OpCode::kString:
          if (const TrapKind trap = String(*op, b); trap != TrapKind::kNone) [[unlikely]]
            return trap;
          break;
        case OpCode::kBulk:
          if (const TrapKind trap = List(*op, b, nullptr); trap != TrapKind::kNone) [[unlikely]]
            return trap;
          break;
        case OpCode::kList:
          if (const TrapKind trap = List(*op, b, op + 1); trap != TrapKind::kNone) [[unlikely]]
            return trap;
          op = &p_.ops[p_.lists[op->imm].end] - 1;
          break;
        case OpCode::kRepeat: {
          const ListShape& shape = p_.lists[op->imm];
          const TrapKind trap =
              Elements(shape, shape.count, b.from + op->from, b.to + op->to, op + 1);
          if (trap != TrapKind::kNone) [[unlikely]]
            return trap;
          op = &p_.ops[shape.end] - 1;
          break;
        }
        case OpCode::kOwn:
        case OpCode::kBorrow:
          if (const TrapKind trap = MoveHandle(*op, b); trap != TrapKind::kNone) [[unlikely]]
            return trap;
          break;
        case OpCode::kUnsupported:
          return Fail(t_.store, "streams, futures and error contexts are not supported");
        case OpCode::kReturn:
          return TrapKind::kNone;
      }
    }
  }

 private:
  // A pointer and a length, in two slots or two words.
  void ReadPair(const Op& op, const Bases& b, uint64_t* first, uint64_t* second) const {
    if (FromFlat(op)) {
      *first = FlatAddress(b.from_flat[op.from], from64_);
      *second = FlatAddress(b.from_flat[op.from + 1], from64_);
    } else {
      *first = LoadAddress(b.from + op.from, from64_);
      *second = LoadAddress(b.from + op.from + (from64_ ? 8 : 4), from64_);
    }
  }
  void WritePair(const Op& op, const Bases& b, uint64_t first, uint64_t second) const {
    if (ToFlat(op)) {
      b.to_flat[op.to] = first;
      b.to_flat[op.to + 1] = second;
    } else {
      StoreAddress(b.to + op.to, first, to64_);
      StoreAddress(b.to + op.to + (to64_ ? 8 : 4), second, to64_);
    }
  }

  TrapKind String(const Op& op, const Bases& b) {
    uint64_t address = 0;
    uint64_t units = 0;
    ReadPair(op, b, &address, &units);
    StringView string;
    if (const TrapKind trap =
            LoadString(t_.store, t_.from, address, units, Border::kFused, &string);
        trap != TrapKind::kNone) [[unlikely]]
      return trap;
    if (const TrapKind trap =
            StoreString(t_.store, t_.to, string, Border::kFused, &address, &units);
        trap != TrapKind::kNone) [[unlikely]]
      return trap;
    WritePair(op, b, address, units);
    return TrapKind::kNone;
  }

  // Spec: load_list_from_range, store_list_into_range. Without a `body` the bytes are copied.
  TrapKind List(const Op& op, const Bases& b, const Op* body) {
    const ListShape& shape = p_.lists[op.imm];
    uint64_t address = 0;
    uint64_t count = 0;
    ReadPair(op, b, &address, &count);
    const uint8_t* const from = CheckList(t_.store, t_.from, shape, address, count);
    if (from == nullptr) [[unlikely]]
      return TrapKind::kHostError;
    if (t_.store.interrupted()) [[unlikely]]
      return TrapKind::kInterrupted;
    TrapKind trap = TrapKind::kNone;
    uint8_t* const to = Allocate(t_.store, t_.to, count * shape.to_size, shape.to_align,
                                 Pointee::kList, Border::kFused, &address, &trap);
    if (to == nullptr) [[unlikely]]
      return trap;
    if (body == nullptr) {
      std::memmove(to, from, count * shape.from_size);
    } else if (trap = Elements(shape, count, from, to, body); trap != TrapKind::kNone)
        [[unlikely]] {
      return trap;
    }
    WritePair(op, b, address, count);
    return TrapKind::kNone;
  }

  TrapKind Elements(const ListShape& shape, uint64_t count, const uint8_t* from, uint8_t* to,
                    const Op* body) {
    for (uint64_t i = 0; i < count; ++i) {
      if (i % kElementsPerPoll == kElementsPerPoll - 1 && t_.store.interrupted()) [[unlikely]]
        return TrapKind::kInterrupted;
      const TrapKind trap = Run(body, {nullptr, from, nullptr, to});
      if (trap != TrapKind::kNone) [[unlikely]]
        return trap;
      from += shape.from_size;
      to += shape.to_size;
    }
    return TrapKind::kNone;
  }

  TrapKind MoveHandle(const Op& op, const Bases& b) {
    const ResourceType* const type = t_.resources[op.imm];
    uint32_t index = Read<uint32_t>(op, b);
    uint64_t rep = 0;
    TrapKind trap = TrapKind::kNone;
    if (op.code == OpCode::kOwn) {
      trap = LiftOwn(t_.store, *t_.from.instance, index, type, &rep);
      if (trap == TrapKind::kNone) trap = LowerOwn(t_.store, *t_.to.instance, rep, type, &index);
    } else {
      trap = LiftBorrow(t_.store, *t_.from.instance, index, type, t_.lenders, &rep);
      if (trap == TrapKind::kNone)
        trap = LowerBorrow(t_.store, *t_.to.instance, rep, type, t_.scope, &index);
    }
    Write<uint32_t>(op, b, index);
    return trap;
  }

  const Program& p_;
  const Transfer& t_;
  const bool from64_;
  const bool to64_;
};

}  // namespace

const uint8_t* CheckList(runtime::Store& store, const CanonOptions& options, const ListShape& shape,
                         uint64_t address, uint64_t count) {
  if (count > kMaxByteLength / shape.from_size || count > kMaxByteLength / shape.to_size)
      [[unlikely]] {
    const uint64_t size = MemoryBytes(options);
    if (count > size / shape.from_size) {
      FailRange(store, address, count, size, shape.from_align, Pointee::kList, Border::kFused,
                false);
    } else {
      Fail(store, "list is longer than 2^28-1 bytes");
    }
    return nullptr;
  }
  return CheckRange(store, options, address, count * shape.from_size, shape.from_align,
                    Pointee::kList, Border::kFused);
}

// Spec: canonical ABI, lift_flat_values, lower_flat_values.
TrapKind RunProgram(const Program& program, const Transfer& transfer, const uint64_t* from_flat,
                    uint64_t* to_flat, const uint64_t* place) {
  Bases b{from_flat, nullptr, to_flat, nullptr};
  if (program.from_spilled) {
    b.from = CheckRange(
        transfer.store, transfer.from, FlatAddress(from_flat[0], transfer.from.memory64()),
        program.from_layout.size, program.from_layout.align, Pointee::kTuple, Border::kFused);
    if (b.from == nullptr) [[unlikely]]
      return TrapKind::kHostError;
  }
  if (program.to_spilled) {
    const Layout& layout = program.to_layout;
    uint64_t address = 0;
    TrapKind trap = TrapKind::kHostError;
    if (place == nullptr) {
      b.to = Allocate(transfer.store, transfer.to, layout.size, layout.align, Pointee::kTuple,
                      Border::kFused, &address, &trap);
      to_flat[0] = address;
    } else {
      address = FlatAddress(*place, transfer.to.memory64());
      b.to = CheckRange(transfer.store, transfer.to, address, layout.size, layout.align,
                        Pointee::kTuple, Border::kFused);
    }
    if (b.to == nullptr) [[unlikely]]
      return trap;
  }
  return Machine(program, transfer).Run(program.ops.data(), b);
}

}  // namespace airwasm::component::canon
