#include "component/canon/wasm_adapter.h"

#include <algorithm>

#include "component/canon/wasm_parts.h"
#include "component/canon/wasm_transfer.h"

namespace airwasm::component::canon {
namespace {

using Local = WasmParts::Local;
using CoreOp = WasmCode::Op;
using Side = WasmImport::Side;
using What = WasmImport::What;

// Operations of both directions together, and cases of one variant: beyond, a body would be long to
// compile and rarely hot.
constexpr size_t kMaxWasmOps = 2'000;
constexpr uint32_t kMaxCases = 1'000;

const char* ObstacleIn(const Program& program, const AdapterShape& shape) {
  for (const canon::Op& op : program.ops) {
    switch (op.code) {
      case OpCode::kOwn:
      case OpCode::kBorrow:
        return "handles";
      case OpCode::kUnsupported:
        return "a type of the async ABI";
      case OpCode::kString:
        if (shape.lift_encoding != StringEncoding::kUtf8 ||
            shape.lower_encoding != StringEncoding::kUtf8)
          return "a string encoding other than UTF-8";
        break;
      case OpCode::kVariant:
        if (op.aux > kMaxCases) return "a variant of many cases";
        break;
      default:
        break;
    }
  }
  return nullptr;
}

// One call, in the order of CallLifted in lowered.cc.
class Writer {
 public:
  Writer(const Adapter& adapter, const WasmAdapterTraits& traits, airwasm::FuncType lower,
         airwasm::FuncType lift)
      : adapter_(adapter),
        lower_(std::move(lower)),
        lift_(std::move(lift)),
        parts_(traits, lower_.params),
        code_(parts_.code) {}

  WasmAdapter Write(std::string_view name) {
    const WasmCode::Label caught = code_.Open(CoreOp::Block);
    code_.OpenTry(caught);
    CheckMayLeave();
    Enter();
    const Local context = parts_.FreshContext(Side::kLift);
    const std::vector<Local> results = PassResults(Call());
    parts_.RestoreContext(Side::kLift, context);
    Leave();
    for (const Local result : results) code_.Get(result);
    code_.Emit(CoreOp::Return);
    code_.Close();
    code_.Emit(CoreOp::Unreachable);
    code_.Close();
    // Spec: canonical ABI, `canon lift`: an exception does not cross the border.
    parts_.Fail(WasmTrouble::kException);
    return parts_.Finish(lower_, name);
  }

 private:
  void FailUnless(uint32_t flag, WasmTrouble trouble) {
    code_.I32(flag);
    code_.Emit(CoreOp::I32And);
    code_.Emit(CoreOp::I32Eqz);
    code_.Open(CoreOp::If);
    parts_.Fail(trouble);
    code_.Close();
  }

  void CheckMayLeave() {
    Local& flags = parts_.flags[static_cast<size_t>(Side::kLower)];
    flags = code_.NewLocal(kI32);
    code_.Emit(CoreOp::GlobalGet, parts_.Flags(Side::kLower));
    code_.Tee(flags);
    FailUnless(ComponentInstanceState::kMayLeave, WasmTrouble::kCannotLeave);
  }

  // Spec: canonical ABI, "Component Instances": all of the entering set, or none.
  void Enter() {
    for (uint32_t i = 0; i < parts_.traits.entered; ++i) {
      outside_.push_back(code_.NewLocal(kI32));
      code_.Emit(CoreOp::GlobalGet, parts_.Entered(i));
      code_.Tee(outside_[i]);
      if (i > 0) code_.Emit(CoreOp::I32And);
    }
    FailUnless(ComponentInstanceState::kMayEnter, WasmTrouble::kCannotEnter);
    for (uint32_t i = 0; i < parts_.traits.entered; ++i) {
      code_.Get(outside_[i]);
      code_.I32(~uint32_t{ComponentInstanceState::kMayEnter});
      code_.Emit(CoreOp::I32And);
      if (i == parts_.traits.entered_lift) {
        Local& flags = parts_.flags[static_cast<size_t>(Side::kLift)];
        flags = code_.NewLocal(kI32);
        code_.Tee(flags);
      }
      code_.Emit(CoreOp::GlobalSet, parts_.Entered(i));
    }
  }
  void Leave() {
    for (uint32_t i = 0; i < parts_.traits.entered; ++i) {
      code_.Get(outside_[i]);
      code_.Emit(CoreOp::GlobalSet, parts_.Entered(i));
    }
  }

  // The core function's flat result, in a local, if it has one.
  std::vector<Local> Call() {
    std::vector<Local> from;
    for (uint32_t i = 0; i < lower_.params.size(); ++i) from.push_back(i);
    WasmTransfer transfer(parts_, adapter_.params, Side::kLower);
    if (adapter_.params.scalars_only) {
      transfer.PushScalars(from);
    } else {
      for (const Local value : transfer.Run(from, lift_.params, nullptr)) code_.Get(value);
    }
    code_.Emit(CoreOp::Call, parts_.Func(What::kCallee, Side::kLift, lift_));
    std::vector<Local> results;
    for (const airwasm::ValType type : lift_.results) results.push_back(code_.NewLocal(type));
    for (const Local result : results) code_.Set(result);
    return results;
  }

  // What the lower returns, in locals.
  std::vector<Local> PassResults(const std::vector<Local>& from) {
    const Program& program = adapter_.results;
    std::vector<Local> results;
    WasmTransfer transfer(parts_, program, Side::kLift);
    if (program.to_spilled) {
      const auto place = static_cast<Local>(lower_.params.size() - 1);
      transfer.Run(from, {}, &place);
    } else {
      results = transfer.Run(from, lower_.results, nullptr);
    }
    if (parts_.traits.post_return) {
      const uint32_t flags = parts_.Flags(Side::kLift);
      const Local now = parts_.flags[static_cast<size_t>(Side::kLift)];
      code_.Get(now);
      code_.I32(~uint32_t{ComponentInstanceState::kMayLeave});
      code_.Emit(CoreOp::I32And);
      code_.Emit(CoreOp::GlobalSet, flags);
      for (const Local value : from) code_.Get(value);
      code_.Emit(CoreOp::Call, parts_.Func(What::kPostReturn, Side::kLift, {lift_.results, {}}));
      code_.Get(now);
      code_.Emit(CoreOp::GlobalSet, flags);
    }
    return results;
  }

  const Adapter& adapter_;
  const airwasm::FuncType lower_;
  const airwasm::FuncType lift_;
  WasmParts parts_;
  WasmCode& code_;
  std::vector<Local> outside_;  // the flags of the entered instances, as the call found them
};

}  // namespace

const char* WasmObstacle(const TypeTable& types, FuncTypeId type, const Adapter& adapter) {
  const AdapterShape& shape = adapter.shape;
  if (shape.lift_async || shape.lower_async || types.GetFunc(type).async) return "the async ABI";
  if (shape.lift_memory64 || shape.lower_memory64) return "a 64-bit memory";
  const auto size = [](const Program& p) { return p.ops.size() + p.targets.size(); };
  if (size(adapter.params) + size(adapter.results) > kMaxWasmOps) return "a large type";
  if (const char* const obstacle = ObstacleIn(adapter.params, shape)) return obstacle;
  return ObstacleIn(adapter.results, shape);
}

WasmAdapter CompileWasmAdapter(const TypeTable& types, FuncTypeId type, const Adapter& adapter,
                               const WasmAdapterTraits& traits, std::string_view name) {
  return Writer(adapter, traits, FlattenFunc(types, type, true, false, false),
                FlattenFunc(types, type, false, false, false))
      .Write(name);
}

}  // namespace airwasm::component::canon
