#include "spec-tests/differential/matrix_module.h"

#include "engine/binary/encoder.h"
#include "spec-tests/differential/edge_values.h"

namespace airwasm::differential {
namespace {

// Operand tuples for each form. Constants of instructions that cannot trap share a function, so
// that they cost little; where one may trap, each has its own.
constexpr size_t kMaxTuples = 320;
constexpr size_t kMaxSpilled = 64;
constexpr size_t kMaxTrappingConstants = 100;
constexpr size_t kMaxOthers = 24;  // of the operands beside a constant
constexpr uint32_t kPieceBytes = 16;

Op StoreOf(ValType type) {
  if (type == kI32) return Op::I32Store;
  if (type == kI64) return Op::I64Store;
  if (type == kF32) return Op::F32Store;
  if (type == kF64) return Op::F64Store;
  return Op::V128Store;
}

// The functions around one numeric instruction with one choice of immediates.
class NumericModule {
 public:
  NumericModule(Op op, const Immediates& immediates) : op_(op), immediates_(immediates) {
    const SignatureInfo& signature = Info(Info(op).signature);
    for (const SigType type : signature.params) params_.push_back(ValTypeOf(type, kI32));
    for (const SigType type : signature.results) results_.push_back(ValTypeOf(type, kI32));
    for (const ValType type : params_)
      edge_counts_.push_back(static_cast<uint32_t>(EdgeBits(type).size()));
    writer_.AddMemory({.limits = {.min = 1}});
  }

  MatrixModule Make() {
    Parameters();
    if (!params_.empty()) Spilled();
    Constants();
    if (params_.size() > 1) {
      for (uint32_t i = 0; i < params_.size(); ++i) OneConstant(i);
    }
    return {.name = std::string(Info(op_).text), .bytes = writer_.Finish(), .calls = calls_};
  }

 private:
  bool may_trap() const { return (Info(op_).flags & kMayTrap) != 0; }

  void Emit(Code& code) const {
    switch (Info(op_).immediate) {
      case Immediate::kLane:
        return code.Lane(op_, immediates_.lane);
      case Immediate::kLanes16:
      case Immediate::kV128:
        return code.Bytes16(op_, immediates_.bytes);
      case Immediate::kI32:
      case Immediate::kI64:
      case Immediate::kF32:
      case Immediate::kF64:
        return code.Const(op_, LowBits(immediates_.bytes));
      default:
        return code.Do(op_);
    }
  }

  void Call(std::string function, const std::vector<uint32_t>& tuple, int constant = -1,
            uint32_t stored = 0) {
    MatrixCall call{.function = std::move(function), .nans = NanLanesOf(op_)};
    for (uint32_t i = 0; i < tuple.size(); ++i) {
      if (static_cast<int>(i) != constant) call.args.push_back(EdgeValue(params_[i], tuple[i]));
    }
    call.stored_bytes = stored * kPieceBytes;
    calls_.push_back(std::move(call));
  }

  // Operands as parameters.
  void Parameters() {
    Code code;
    for (uint32_t i = 0; i < params_.size(); ++i) code.Do(Op::LocalGet, i);
    Emit(code);
    code.End();
    writer_.AddFunction("parameters", {params_, results_}, {}, std::move(code));
    for (const auto& tuple : Tuples(edge_counts_, kMaxTuples)) Call("parameters", tuple);
  }

  // Operands on the stack and the results in locals while another function is called.
  void Spilled() {
    Code code;
    for (uint32_t i = 0; i < params_.size(); ++i) code.Do(Op::LocalGet, i);
    writer_.CallClobber(code);
    Emit(code);
    const auto first = static_cast<uint32_t>(params_.size());
    for (auto i = static_cast<uint32_t>(results_.size()); i-- > 0;)
      code.Do(Op::LocalSet, first + i);
    writer_.CallClobber(code);
    for (uint32_t i = 0; i < results_.size(); ++i) code.Do(Op::LocalGet, first + i);
    code.End();
    writer_.AddFunction("spilled", {params_, results_}, results_, std::move(code));
    for (const auto& tuple : Tuples(edge_counts_, kMaxSpilled)) Call("spilled", tuple);
  }

  // From the stack to piece `index` of memory 0; `temp` is the first of locals for the results.
  void StoreResults(Code& code, uint32_t index, uint32_t temp) {
    for (auto i = static_cast<uint32_t>(results_.size()); i-- > 0;) code.Do(Op::LocalSet, temp + i);
    uint32_t offset = index * kPieceBytes;
    for (uint32_t i = 0; i < results_.size(); ++i, offset += 8) {
      code.I32(0);
      code.Do(Op::LocalGet, temp + i);
      code.Access(StoreOf(results_[i]), {.offset = offset});
    }
  }

  void Constants() {
    const auto tuples = Tuples(edge_counts_, may_trap() ? kMaxTrappingConstants : kMaxTuples);
    Code all;
    for (uint32_t k = 0; k < tuples.size(); ++k) {
      Code one;
      Code& code = may_trap() ? one : all;
      for (uint32_t i = 0; i < params_.size(); ++i)
        PushConst(code, params_[i], EdgeBits(params_[i])[tuples[k][i]]);
      Emit(code);
      if (may_trap()) {
        code.End();
        const std::string name = "constants " + std::to_string(k);
        writer_.AddFunction(name, {{}, results_}, {}, std::move(code));
        Call(name, {});
      } else {
        StoreResults(code, k, 0);
      }
    }
    if (may_trap()) return;
    all.End();
    writer_.AddFunction("constants", {}, results_, std::move(all));
    Call("constants", {}, -1, static_cast<uint32_t>(tuples.size()));
  }

  // Operand `constant` as a constant, the others as parameters.
  void OneConstant(uint32_t constant) {
    std::vector<ValType> others;
    std::vector<uint32_t> counts = edge_counts_;
    counts[constant] = 1;
    for (uint32_t i = 0; i < params_.size(); ++i) {
      if (i != constant) others.push_back(params_[i]);
    }
    const auto tuples = Tuples(counts, kMaxOthers);
    const std::string form = "constant operand " + std::to_string(constant);
    const auto temp = static_cast<uint32_t>(others.size());
    Code all;
    for (uint32_t k = 0; k < edge_counts_[constant]; ++k) {
      Code one;
      Code& code = may_trap() ? one : all;
      for (uint32_t i = 0, local = 0; i < params_.size(); ++i) {
        if (i == constant)
          PushConst(code, params_[i], EdgeBits(params_[i])[k]);
        else
          code.Do(Op::LocalGet, local++);
      }
      Emit(code);
      if (may_trap()) {
        code.End();
        const std::string name = form + ", " + std::to_string(k);
        writer_.AddFunction(name, {others, results_}, {}, std::move(code));
        for (const auto& tuple : tuples) Call(name, tuple, static_cast<int>(constant));
      } else {
        StoreResults(code, k, temp);
      }
    }
    if (may_trap()) return;
    all.End();
    writer_.AddFunction(form, {others, {}}, results_, std::move(all));
    for (const auto& tuple : tuples)
      Call(form, tuple, static_cast<int>(constant), edge_counts_[constant]);
  }

  const Op op_;
  const Immediates immediates_;
  std::vector<ValType> params_, results_;
  std::vector<uint32_t> edge_counts_;
  MatrixWriter writer_;
  std::vector<MatrixCall> calls_;
};

// 16, 8, 4 or 2: from the shape in the name, i8x16.extract_lane_s.
uint8_t LanesOf(Op op) {
  const std::string_view text = Info(op).text;
  const size_t x = text.find('x');
  return text.substr(x + 1, 2) == "16" ? 16 : static_cast<uint8_t>(text[x + 1] - '0');
}

std::vector<Immediates> ChoicesOf(Op op) {
  std::vector<Immediates> choices;
  const auto constants = [&](ValType type) {
    for (const V128Bytes& bytes : EdgeBits(type)) choices.push_back({.bytes = bytes});
  };
  switch (Info(op).immediate) {
    case Immediate::kLane:
      for (uint8_t lane = 0; lane < LanesOf(op); ++lane) choices.push_back({.lane = lane});
      return choices;
    case Immediate::kLanes16:
      // Both operands as they are, swapped, interleaved, reversed, one byte everywhere, rotated,
      // and two without a pattern.
      for (const V128Bytes& lanes : {Bits(0x0706050403020100, 0x0F0E0D0C0B0A0908),
                                     Bits(0x1716151413121110, 0x1F1E1D1C1B1A1918),
                                     Bits(0x1303120211011000, 0x1707160615051404),
                                     Bits(0x08090A0B0C0D0E0F, 0x0001020304050607),
                                     Bits(0x0505050505050505, 0x0505050505050505),
                                     Bits(0x0C0B0A0908070605, 0x14131211100F0E0D),
                                     Bits(0x03000B001F070110, 0x001E051103100A1C),
                                     Bits(0x0504070601000302, 0x0D0C0F0E09080B0A)})
        choices.push_back({.bytes = lanes});
      return choices;
    case Immediate::kI32:
      constants(kI32);
      return choices;
    case Immediate::kI64:
      constants(kI64);
      return choices;
    case Immediate::kF32:
      constants(kF32);
      return choices;
    case Immediate::kF64:
      constants(kF64);
      return choices;
    case Immediate::kV128:
      constants(kV128);
      return choices;
    default:
      return {{}};
  }
}

}  // namespace

void PushConst(Code& code, ValType type, const V128Bytes& bytes) {
  if (type == kV128) return code.Bytes16(Op::V128Const, bytes);
  const Op op = type == kI32   ? Op::I32Const
                : type == kI64 ? Op::I64Const
                : type == kF32 ? Op::F32Const
                               : Op::F64Const;
  code.Const(op, LowBits(bytes));
}

MatrixWriter::MatrixWriter() {
  const uint32_t type = AddType({}, {});
  module_.imports.push_back({.module = "env", .name = "clobber", .type = type});
  module_.funcs.push_back({.type = type});
  module_.num_imported_funcs = 1;
}

std::string_view MatrixWriter::Keep(std::string text) {
  return module_.strings.emplace_back(std::move(text));
}
syntax::Bytes MatrixWriter::Keep(std::vector<uint8_t> bytes) {
  return module_.storage.emplace_back(std::move(bytes));
}

uint32_t MatrixWriter::AddType(std::vector<ValType> params, std::vector<ValType> results) {
  module_.types.push_back({.func = {std::move(params), std::move(results)}});
  module_.rec_group_sizes.push_back(1);
  return static_cast<uint32_t>(module_.types.size() - 1);
}

void MatrixWriter::AddFunction(std::string name, const FuncType& type, std::vector<ValType> locals,
                               Code&& code) {
  syntax::Function function{.type = AddType(type.params, type.results)};
  for (const ValType local : locals) function.locals.push_back({1, local});
  function.body.bytes = Keep(code.Take());
  module_.exports.push_back({.name = Keep(std::move(name)),
                             .kind = syntax::ExternKind::kFunc,
                             .index = static_cast<uint32_t>(module_.funcs.size())});
  module_.funcs.push_back(std::move(function));
}

void MatrixWriter::AddMemory(const MemoryType& type) {
  const auto index = static_cast<uint32_t>(module_.memories.size());
  module_.exports.push_back({.name = Keep("memory " + std::to_string(index)),
                             .kind = syntax::ExternKind::kMemory,
                             .index = index});
  module_.memories.push_back(type);
}

void MatrixWriter::AddData(uint32_t memory, uint64_t offset, std::vector<uint8_t> bytes) {
  Code code;
  if (module_.memories[memory].is_64)
    code.I64(static_cast<int64_t>(offset));
  else
    code.I32(static_cast<int32_t>(offset));
  code.End();
  syntax::DataSegment segment{.mode = syntax::SegmentMode::kActive, .memory = memory};
  segment.offset_expr.bytes = Keep(code.Take());
  segment.bytes = Keep(std::move(bytes));
  module_.datas.push_back(segment);
}

std::vector<uint8_t> MatrixWriter::Finish() {
  return binary::Encode(module_);
}

bool IsRegular(Op op) {
  return Info(op).signature != Signature::Special;
}

std::vector<MatrixModule> ModulesFor(Op op) {
  const Immediate immediate = Info(op).immediate;
  if (immediate == Immediate::kMemArg || immediate == Immediate::kMemArgLane)
    return MemoryModulesFor(op);
  std::vector<MatrixModule> modules;
  for (const Immediates& choice : ChoicesOf(op)) {
    modules.push_back(NumericModule(op, choice).Make());
    if (immediate == Immediate::kLane) modules.back().name += " " + std::to_string(choice.lane);
  }
  return modules;
}

}  // namespace airwasm::differential
