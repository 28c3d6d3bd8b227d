// The instructions that make up most code, validated without decoding them into an Instr.
//
// Only success is decided here: whatever is not plainly right (an operand that is merely a subtype,
// a block type with parameters, an error) goes to the handler General, which decodes the
// instruction and leaves it to Step. So the rules and the errors are those of Step, and any step
// below could be left out. Those of rows with a fixed signature are made from the row's columns.
//
// FAST: keeps validation well above 150 MB/s (bench/micro, BM_DecodeAndValidate).
#include "engine/valid/fast_path.h"

#include <array>
#include <type_traits>
#include <utility>

#include "engine/valid/function_validator.h"
#include "engine/valid/sig_types.h"

namespace airwasm::valid {
namespace {

// Where the fast path is in a body: an opcode is at `p`, before the last byte.
struct Cursor {
  const uint8_t* p;
  const uint8_t* const last;
  ValType* top;
};

// Block types of one byte. Spec: core, binary/instructions, control instructions.
constexpr uint8_t kEmptyBlock = 0x40;
constexpr uint8_t kI32Code = 0x7F;
constexpr uint8_t kF64Code = 0x7C;

// Reads the bits of the LEB128 at `p`, not sign-extended. Returns where it ends; null if it is not
// the LEB128 of a T. Stays within the body, whose last byte ends any LEB128: Run has seen to that.
template <typename T>
inline const uint8_t* ReadLeb(const uint8_t* p, uint64_t& bits) {
  constexpr int kBits = 8 * sizeof(T);
  constexpr int kWholeBytes = kBits / 7;
  bits = 0;
  for (int i = 0; i < kWholeBytes; ++i) {
    const uint8_t byte = *p++;
    bits |= uint64_t{byte & 0x7Fu} << (7 * i);
    if (byte < 0x80) [[likely]]
      return p;
  }
  // One byte more holds the last bits. What is left of its seven bits repeats the sign.
  constexpr int kLastBits = kBits - 7 * kWholeBytes;
  const uint8_t byte = *p++;
  bits |= uint64_t{byte} << (7 * kWholeBytes);
  if constexpr (std::is_unsigned_v<T>) return byte >> kLastBits == 0 ? p : nullptr;
  const int sign = static_cast<int8_t>(byte << 1) >> kLastBits;
  return byte < 0x80 && (sign == 0 || sign == -1) ? p : nullptr;
}

inline const uint8_t* ReadIndex(const uint8_t* p, uint32_t& index) {
  uint64_t bits;
  p = ReadLeb<uint32_t>(p, bits);
  index = static_cast<uint32_t>(bits);
  return p;
}

// Immediates that say nothing about types.
constexpr bool IsPlain(Immediate immediate) {
  return immediate == Immediate::kNone || immediate == Immediate::kMemArg ||
         immediate == Immediate::kI32 || immediate == Immediate::kI64 ||
         immediate == Immediate::kF32 || immediate == Immediate::kF64;
}

// Where the plain immediate behind the opcode ends; null if it is not right. `kAlignLog2`: the most
// that a memory access may have. An immediate that names a memory has more than any.
template <Immediate kImmediate, uint32_t kAlignLog2, typename Address>
inline const uint8_t* SkipPlain(const Cursor& c) {
  static_assert(IsPlain(kImmediate));
  const uint8_t* const p = c.p + 1;
  uint64_t bits;
  if constexpr (kImmediate == Immediate::kMemArg) {
    return p[0] <= kAlignLog2 && p < c.last ? ReadLeb<Address>(p + 1, bits) : nullptr;
  } else if constexpr (kImmediate == Immediate::kI32) {
    return ReadLeb<int32_t>(p, bits);
  } else if constexpr (kImmediate == Immediate::kI64) {
    return ReadLeb<int64_t>(p, bits);
  } else if constexpr (kImmediate == Immediate::kNone) {
    return p;
  } else {
    constexpr ptrdiff_t kSize = kImmediate == Immediate::kF32 ? sizeof(float) : sizeof(double);
    return c.last - p >= kSize ? p + kSize : nullptr;
  }
}

}  // namespace

// A step is for the instruction at c.p. If that is plainly right, the step carries it out, leaves
// c.p behind it and returns true; else it changes nothing.
struct FunctionValidator::FastPath {
  // Whether the topmost operands of the innermost frame are exactly `types`.
  static bool TopIs(const FunctionValidator& v, const ValType* top, ValType type) {
    return top > v.floor_ && top[-1] == type;
  }
  static bool TopIs(const FunctionValidator& v, const ValType* top,
                    std::span<const ValType> types) {
    if (static_cast<size_t>(top - v.floor_) < types.size()) return false;
    const ValType* operand = top - types.size();
    for (const ValType type : types) {
      if (*operand++ != type) return false;
    }
    return true;
  }

  // Whether Cursor::top may grow by one.
  static bool HasRoom(const FunctionValidator& v, const ValType* top) { return top <= v.limit_; }

  // The frame that a label names, null if none.
  static const ControlFrame* Label(const FunctionValidator& v, uint32_t depth) {
    return depth < v.frames_.size() ? &v.label(depth) : nullptr;
  }

  // Rows with a fixed signature. `Address`: the offsets of memory 0.
  template <Signature kSignature, Immediate kImmediate, uint32_t kAlignLog2, typename Address>
  static bool Fixed(FunctionValidator& v, Cursor& c) {
    constexpr SigTypes kParams = RowOf(kSignature).params;
    constexpr SigTypes kResults = RowOf(kSignature).results;
    constexpr ValType kAddress = sizeof(Address) == 8 ? kI64 : kI32;
    if (kParams.count > 0 && c.top - v.floor_ < kParams.count) return false;
    ValType* const operands = c.top - kParams.count;
    for (size_t i = 0; i < kParams.count; ++i) {
      if (operands[i] != ToValType(kParams.types[i], kAddress)) return false;
    }
    if (kResults.count > kParams.count && !HasRoom(v, c.top)) return false;
    const uint8_t* const end = SkipPlain<kImmediate, kAlignLog2, Address>(c);
    if (end == nullptr) return false;
    for (size_t i = 0; i < kResults.count; ++i)
      operands[i] = ToValType(kResults.types[i], kAddress);
    c.top = operands + kResults.count;
    c.p = end;
    return true;
  }

  static bool LocalGet(FunctionValidator& v, Cursor& c) {
    uint32_t index;
    const uint8_t* const end = ReadIndex(c.p + 1, index);
    if (end == nullptr || index >= v.num_flat_locals_ || !HasRoom(v, c.top)) return false;
    if (v.flat_locals_[index] == kTracked) return false;
    *c.top++ = v.flat_locals_[index];
    c.p = end;
    return true;
  }

  template <bool kIsTee>
  static bool LocalSet(FunctionValidator& v, Cursor& c) {
    uint32_t index;
    const uint8_t* const end = ReadIndex(c.p + 1, index);
    if (end == nullptr || index >= v.num_flat_locals_ || !TopIs(v, c.top, v.flat_locals_[index]))
      return false;
    if (!kIsTee) --c.top;
    c.p = end;
    return true;
  }

  static bool GlobalGet(FunctionValidator& v, Cursor& c) {
    uint32_t index;
    const uint8_t* const end = ReadIndex(c.p + 1, index);
    if (end == nullptr || index >= v.num_globals_ || !HasRoom(v, c.top)) return false;
    *c.top++ = v.context_->globals[index].type;
    c.p = end;
    return true;
  }

  static bool GlobalSet(FunctionValidator& v, Cursor& c) {
    uint32_t index;
    const uint8_t* const end = ReadIndex(c.p + 1, index);
    if (end == nullptr || index >= v.num_globals_) return false;
    const GlobalType& global = v.context_->globals[index];
    if (!global.mut || !TopIs(v, c.top, global.type)) return false;
    --c.top;
    c.p = end;
    return true;
  }

  static bool Drop(FunctionValidator& v, Cursor& c) {
    if (c.top == v.floor_) return false;
    --c.top;
    ++c.p;
    return true;
  }

  static bool Select(FunctionValidator& v, Cursor& c) {
    if (c.top - v.floor_ < 3 || c.top[-1] != kI32 || c.top[-2] != c.top[-3] || c.top[-2].IsRef())
      return false;
    c.top -= 2;
    ++c.p;
    return true;
  }

  static bool Call(FunctionValidator& v, Cursor& c) {
    uint32_t index;
    const uint8_t* const end = ReadIndex(c.p + 1, index);
    if (end == nullptr || index >= v.context_->funcs.size()) return false;
    const FuncType& type = v.context_->funcs[index]->type.func;
    if (!TopIs(v, c.top, type.params) || type.results.size() > 1 || !HasRoom(v, c.top))
      return false;
    c.top -= type.params.size();
    if (!type.results.empty()) *c.top++ = type.results[0];
    c.p = end;
    return true;
  }

  static void SetUnreachable(FunctionValidator& v, Cursor& c) {
    c.top = v.floor_;
    v.frames_.back().unreachable = true;
  }

  static bool Unreachable(FunctionValidator& v, Cursor& c) {
    SetUnreachable(v, c);
    ++c.p;
    return true;
  }

  static bool Br(FunctionValidator& v, Cursor& c) {
    uint32_t depth;
    const uint8_t* const end = ReadIndex(c.p + 1, depth);
    const ControlFrame* const label = Label(v, depth);
    if (end == nullptr || label == nullptr || !TopIs(v, c.top, label->label_types())) return false;
    SetUnreachable(v, c);
    c.p = end;
    return true;
  }

  static bool BrIf(FunctionValidator& v, Cursor& c) {
    uint32_t depth;
    const uint8_t* const end = ReadIndex(c.p + 1, depth);
    const ControlFrame* const label = Label(v, depth);
    if (end == nullptr || label == nullptr || !TopIs(v, c.top, kI32) ||
        !TopIs(v, c.top - 1, label->label_types()))
      return false;
    --c.top;
    c.p = end;
    return true;
  }

  static bool Return(FunctionValidator& v, Cursor& c) {
    if (!TopIs(v, c.top, v.frames_.front().end_types())) return false;
    SetUnreachable(v, c);
    ++c.p;
    return true;
  }

  template <Op kOp>
  static bool Enter(FunctionValidator& v, Cursor& c) {
    const uint8_t code = c.p[1];
    const bool is_empty = code == kEmptyBlock;
    if (!is_empty && (code < kF64Code || code > kI32Code)) return false;
    if (kOp == Op::If && !TopIs(v, c.top, kI32)) return false;
    if (v.frames_.size() == v.frames_.capacity()) return false;
    if (kOp == Op::If) --c.top;
    ControlFrame& frame = v.frames_.emplace_back();
    frame.op = kOp;
    frame.has_value = !is_empty;
    if (!is_empty) frame.value = static_cast<ValKind>(kI32Code - code);
    frame.height = static_cast<uint32_t>(c.top - v.base_);
    frame.init_height = static_cast<uint32_t>(v.init_log_.size());
    v.floor_ = c.top;
    c.p += 2;
    return true;
  }

  // Whether the operands of the innermost frame are exactly its results, and nothing else is to be
  // done about them.
  static bool EndsPlainly(const FunctionValidator& v, const Cursor& c, const ControlFrame& frame) {
    if (frame.type != nullptr || frame.init_height != v.init_log_.size()) return false;
    return frame.has_value ? c.top == v.floor_ + 1 && c.top[-1] == frame.value : c.top == v.floor_;
  }

  static bool Else(FunctionValidator& v, Cursor& c) {
    ControlFrame& frame = v.frames_.back();
    if (frame.op != Op::If || !EndsPlainly(v, c, frame)) return false;
    frame.op = Op::Else;
    frame.unreachable = false;
    c.top = v.floor_;
    ++c.p;
    return true;
  }

  static bool End(FunctionValidator& v, Cursor& c) {
    const ControlFrame& frame = v.frames_.back();
    if (!EndsPlainly(v, c, frame) || (frame.op == Op::If && frame.has_value) ||
        v.frames_.size() == 1)
      return false;
    v.frames_.pop_back();
    v.floor_ = v.base_ + v.frames_.back().height;
    ++c.p;
    return true;
  }

  // Any instruction, and the end of the body.
  static bool General(FunctionValidator& v, const uint8_t* p, const FastHandlers& handlers,
                      const uint8_t* last, ValType* top) {
    ByteReader& reader = *v.reader_;
    reader.Skip(static_cast<size_t>(p - reader.pos()));
    v.top_ = top;
    ReadInstr(reader, v.instr_);
    if (!reader.ok()) [[unlikely]] {
      v.error_ = reader.error();
      return false;
    }
    if (!v.Step(v.instr_)) [[unlikely]]
      return false;
    if (v.done()) return true;
    p = reader.pos();
    FastHandler* const next = p < last ? handlers.of_byte[*p] : &General;
    [[clang::musttail]] return next(v, p, handlers, last, v.top_);
  }

  template <bool (*kStep)(FunctionValidator&, Cursor&)>
  static bool Handle(FunctionValidator& v, const uint8_t* p, const FastHandlers& handlers,
                     const uint8_t* last, ValType* top) {
    Cursor c{p, last, top};
    if (!kStep(v, c)) [[unlikely]] {
      [[clang::musttail]] return General(v, p, handlers, last, top);
    }
    FastHandler* const next = c.p < last ? handlers.of_byte[*c.p] : &General;
    [[clang::musttail]] return next(v, c.p, handlers, last, c.top);
  }

  // The handler of a row whose columns say everything; General for the others. `is_64`: memory 0.
  template <size_t kOp>
  static FastHandler* HandlerOfRow(bool is_64) {
    constexpr const OpInfo& kRow = kOps[kOp];
    if constexpr (kRow.prefix != 0 || kRow.signature == Signature::Special ||
                  !IsPlain(kRow.immediate)) {
      return &General;
    } else if constexpr (kRow.immediate == Immediate::kMemArg) {
      constexpr uint32_t kAlignLog2 = NaturalAlignLog2(kRow);
      return is_64 ? &Handle<&Fixed<kRow.signature, kRow.immediate, kAlignLog2, uint64_t>>
                   : &Handle<&Fixed<kRow.signature, kRow.immediate, kAlignLog2, uint32_t>>;
    } else {
      return &Handle<&Fixed<kRow.signature, kRow.immediate, 0, uint32_t>>;
    }
  }
};

FastHandlers MakeFastHandlers(const ModuleContext& context) {
  using Path = FunctionValidator::FastPath;
  FastHandlers handlers;
  for (FastHandler*& handler : handlers.of_byte) handler = &Path::General;

  const std::vector<MemoryType>& memories = context.module->memories;
  const bool is_64 = !memories.empty() && memories[0].is_64;
  const auto set = [&](size_t op, FastHandler* handler) {
    const OpInfo& row = kOps[op];
    const bool enabled = context.actions[op] == static_cast<uint8_t>(row.signature);
    const bool has_memory = row.immediate != Immediate::kMemArg || !memories.empty();
    if (row.prefix == 0 && enabled && has_memory) handlers.of_byte[row.code] = handler;
  };
  [&]<size_t... kOp>(std::index_sequence<kOp...>) {
    (set(kOp, Path::HandlerOfRow<kOp>(is_64)), ...);
  }(std::make_index_sequence<kNumOps>());

  const std::pair<Op, FastHandler*> kSpecial[] = {
      {Op::LocalGet, &Path::Handle<&Path::LocalGet>},
      {Op::LocalSet, &Path::Handle<&Path::LocalSet<false>>},
      {Op::LocalTee, &Path::Handle<&Path::LocalSet<true>>},
      {Op::GlobalGet, &Path::Handle<&Path::GlobalGet>},
      {Op::GlobalSet, &Path::Handle<&Path::GlobalSet>},
      {Op::Drop, &Path::Handle<&Path::Drop>},
      {Op::Select, &Path::Handle<&Path::Select>},
      {Op::Call, &Path::Handle<&Path::Call>},
      {Op::Unreachable, &Path::Handle<&Path::Unreachable>},
      {Op::Br, &Path::Handle<&Path::Br>},
      {Op::BrIf, &Path::Handle<&Path::BrIf>},
      {Op::Return, &Path::Handle<&Path::Return>},
      {Op::Block, &Path::Handle<&Path::Enter<Op::Block>>},
      {Op::Loop, &Path::Handle<&Path::Enter<Op::Loop>>},
      {Op::If, &Path::Handle<&Path::Enter<Op::If>>},
      {Op::Else, &Path::Handle<&Path::Else>},
      {Op::End, &Path::Handle<&Path::End>},
  };
  for (const auto& [op, handler] : kSpecial) set(static_cast<size_t>(op), handler);
  return handlers;
}

bool FunctionValidator::Run(const syntax::Expr& expr) {
  ByteReader reader(expr.bytes, expr.offset);
  reader_ = &reader;
  // Constant expressions have rules of their own, and a body that does not end in a byte that ends
  // any LEB128 is cut off: nothing of these comes before `last`.
  const uint8_t* last = reader.pos();
  if (declared_ == nullptr && !expr.bytes.empty() && expr.bytes.back() < 0x80)
    last += expr.bytes.size() - 1;
  const FastHandlers& handlers = context_->fast_handlers;
  FastHandler* const first =
      reader.pos() < last ? handlers.of_byte[*reader.pos()] : &FastPath::General;
  if (!first(*this, reader.pos(), handlers, last, top_)) return false;
  if (reader.AtEnd()) return true;
  offset_ = reader.offset();
  return Fail("section size mismatch: bytes after the final end of an expression",
              ErrorKind::kMalformed);
}

}  // namespace airwasm::valid
