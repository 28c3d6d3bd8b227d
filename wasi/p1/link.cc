#include "wasi/p1/link.h"

#include <string_view>

#include "airwasm/host_call.h"
#include "airwasm/trap.h"
#include "wasi/p1/call.h"

namespace airwasm::wasi::p1 {
namespace {

TrapKind End(runtime::HostCall& call, const P1Result& result) {
  switch (result.outcome) {
    case Outcome::kReturn:
      return TrapKind::kNone;
    case Outcome::kInterrupted:
      return TrapKind::kInterrupted;
    case Outcome::kExit:
      return internal::FailHostCall(call, Trap::Exit(static_cast<int32_t>(result.code)));
    case Outcome::kTrap:
      return internal::FailHostCall(call, Trap(absl::AbortedError(result.message)));
  }
  return TrapKind::kHostError;
}

// One host function per row, so that a call goes straight to the body: no table, no allocation.
template <P1Result (*body)(const Call&), const Layout& layout, bool has_result>
TrapKind Enter(runtime::HostCall& call) {
  Context& context = *static_cast<Context*>(call.env);
  const P1Result result =
      body(Call{context, GuestMemory(Caller(call).memory()), call.slots, layout});
  if (result.outcome != Outcome::kReturn) [[unlikely]]
    return End(call, result);
  if constexpr (has_result) call.slots[0] = result.code;
  return TrapKind::kNone;
}

constexpr bool HasResult(std::string_view signature) {
  return signature.back() != ':';
}

FuncType TypeOf(std::string_view signature) {
  FuncType type;
  std::vector<ValType>* side = &type.params;
  for (char c : signature) {
    if (c == ':') {
      side = &type.results;
    } else {
      side->push_back(c == 'I' ? ValType(ValKind::kI64) : ValType(ValKind::kI32));
    }
  }
  return type;
}

}  // namespace

absl::Status AddToLinker(Linker& linker, std::shared_ptr<Context> context) {
  absl::Status status;
#define AIRWASM_WASI_P1(name, text, signature)                                               \
  status.Update(linker.DefineRaw(kModuleName, text, TypeOf(signature),                       \
                                 &Enter<&name, kSnapshot1, HasResult(signature)>, context)); \
  status.Update(linker.DefineRaw(kModuleName0, text, TypeOf(signature),                      \
                                 &Enter<&name, kSnapshot0, HasResult(signature)>, context));
#include "wasi/p1/functions.def"
#undef AIRWASM_WASI_P1
  return status;
}

}  // namespace airwasm::wasi::p1
