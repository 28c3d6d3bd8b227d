#include "spec-tests/differential/matrix_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_format.h"
#include "spec-tests/differential/edge_values.h"

namespace airwasm::differential {
namespace {

constexpr size_t kMaxCallsOfExport = 200;
constexpr uint32_t kPieceBytes = 16;

std::string HexOf(std::span<const uint8_t> bytes) {
  std::string text;
  for (size_t i = bytes.size(); i-- > 0;) absl::StrAppendFormat(&text, "%02x", bytes[i]);
  return text;
}

uint32_t BytesOf(ValType type) {
  return type == kV128 ? 16 : type == kI32 || type == kF32 ? 4 : 8;
}

std::string TextOf(const Value& value, NanLanes nans) {
  if (value.type().IsRef()) return value.ref().IsNull() ? "null" : "ref";
  const uint32_t size = BytesOf(value.type());
  // Lanes only concern results that have them.
  const bool has_lanes = value.type() == kV128 || value.type() == kF32 || value.type() == kF64;
  const V128Bytes bytes = WithoutNanBits(value.v128(), has_lanes ? nans : NanLanes::kNone, size);
  return value.type().ToString() + ":" + HexOf({bytes.data(), size});
}

// A module in one way.
class Run {
 public:
  Run(const Engine& engine, const std::vector<uint8_t>& bytes) : store_(engine) {
    const absl::StatusOr<Module> module = Module::Create(engine, bytes);
    if (!module.ok()) {
      failure_ = std::string(module.status().message());
      return;
    }
    Linker linker(engine);
    if (!linker.Define("env", "clobber", [] {}).ok()) failure_ = "no linker";
    absl::StatusOr<Instance> instance = linker.Instantiate(store_, *module);
    if (!instance.ok()) {
      failure_ = std::string(instance.status().message());
      return;
    }
    instance_ = *instance;
    for (const ExportInfo& e : module->exports()) {
      if (std::holds_alternative<MemoryType>(e.type))
        memories_.push_back(*instance_->GetMemory(e.name));
    }
  }

  const std::string& failure() const { return failure_; }

  // One line for the results or the trap, then one for each piece of memory.
  std::vector<std::string> Call(const MatrixCall& call) {
    absl::StatusOr<Func> func = instance_->GetFunc(call.function);
    if (!func.ok()) return {std::string(func.status().message())};
    const absl::StatusOr<CallResult> result = func->Call(call.args);
    if (!result.ok()) return {std::string(result.status().message())};
    if (!result->ok()) return {"trap: " + std::string(TrapText(result->trap().kind()))};
    std::vector<std::string> lines(1);
    for (const Value& value : result->value()) lines[0] += TextOf(value, call.nans) + " ";
    for (uint32_t at = 0; at < call.stored_bytes; at += kPieceBytes) {
      V128Bytes piece;
      std::copy_n(memories_[0].data().begin() + at, kPieceBytes, piece.begin());
      lines.push_back(HexOf(WithoutNanBits(piece, call.nans, kPieceBytes)));
    }
    return lines;
  }

  std::vector<uint8_t> Memories() const {
    std::vector<uint8_t> bytes;
    for (const Memory& memory : memories_)
      bytes.insert(bytes.end(), memory.data().begin(), memory.data().end());
    return bytes;
  }

 private:
  Store store_;
  std::optional<Instance> instance_;
  std::vector<Memory> memories_;
  std::string failure_;
};

const Engine& EngineFor(Way way) {
  static std::map<Way, Engine> engines;
  const auto it = engines.find(way);
  return it != engines.end() ? it->second : engines.emplace(way, NewEngine(way)).first->second;
}

std::string ArgsText(const MatrixCall& call) {
  std::string text;
  for (const Value& arg : call.args)
    text += (text.empty() ? "" : " ") + TextOf(arg, NanLanes::kNone);
  return text;
}

}  // namespace

void ExpectAgreement(const std::string& name, const std::vector<uint8_t>& module,
                     const std::vector<MatrixCall>& calls, std::span<const Way> ways) {
  ASSERT_FALSE(calls.empty()) << name << ": nothing is called";
  Run expected(EngineFor(Way::kInterp), module);
  ASSERT_EQ("", expected.failure()) << name;
  std::vector<std::vector<std::string>> outcomes;
  for (const MatrixCall& call : calls) outcomes.push_back(expected.Call(call));
  const std::vector<uint8_t> memories = expected.Memories();

  for (const Way way : ways) {
    const Engine& engine = EngineFor(way);
    const size_t refused_before = Refused(engine).size();
    Run run(engine, module);
    ASSERT_EQ("", run.failure()) << name;
    for (size_t i = refused_before; i < Refused(engine).size(); ++i)
      ADD_FAILURE() << name << ", " << WayText(way) << ": not compiled: " << Refused(engine)[i];
    bool agrees = true;
    for (size_t i = 0; agrees && i < calls.size(); ++i) {
      const std::vector<std::string> outcome = run.Call(calls[i]);
      agrees = outcome == outcomes[i];
      if (agrees) continue;
      size_t line = 0;
      while (line < std::min(outcome.size(), outcomes[i].size()) &&
             outcome[line] == outcomes[i][line])
        ++line;
      const auto at = [line](const std::vector<std::string>& lines) {
        return line < lines.size() ? lines[line] : std::string("nothing");
      };
      ADD_FAILURE() << name << ", " << WayText(way) << ": " << calls[i].function << "("
                    << ArgsText(calls[i]) << "), result " << line << ": " << at(outcome)
                    << ", the interpreter has " << at(outcomes[i]);
    }
    // Where NaNs are open, what the functions left there has been compared without their bits.
    const bool is_exact = calls[0].nans == NanLanes::kNone;
    if (agrees && is_exact && run.Memories() != memories)
      ADD_FAILURE() << name << ", " << WayText(way) << ": memories differ at the end";
  }
}

std::vector<MatrixCall> CallsOfExports(const std::vector<uint8_t>& bytes) {
  const absl::StatusOr<Module> module = Module::Create(EngineFor(Way::kInterp), bytes);
  std::vector<MatrixCall> calls;
  if (!module.ok()) {
    ADD_FAILURE() << module.status().message();
    return calls;
  }
  for (const ExportInfo& e : module->exports()) {
    const auto* const type = std::get_if<FuncType>(&e.type);
    if (type == nullptr) continue;
    std::vector<uint32_t> sizes;
    for (const ValType param : type->params)
      sizes.push_back(static_cast<uint32_t>(FewEdgeBits(param).size()));
    for (const std::vector<uint32_t>& tuple : Tuples(sizes, kMaxCallsOfExport)) {
      MatrixCall call{.function = e.name};
      for (size_t i = 0; i < tuple.size(); ++i)
        call.args.push_back(
            Value::FromBits(type->params[i], FewEdgeBits(type->params[i])[tuple[i]]));
      calls.push_back(std::move(call));
    }
  }
  return calls;
}

}  // namespace airwasm::differential
