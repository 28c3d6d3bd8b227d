// What samples say: which functions and loops are hot, and what indirect calls call.
#include <algorithm>
#include <exception>
#include <utility>

#include "engine/instr/op.h"
#include "engine/runtime/native_code.h"
#include "engine/tier/loaded_image.h"
#include "engine/tier/table_callees.h"
#include "engine/tier/tiering.h"
#include "engine/tier/tiering_rules.h"

namespace airwasm::tier {
namespace {

using runtime::FuncCode;
using runtime::StoreContext;

// A function that takes so few bytes becomes part of those that call it, and by itself gains less
// than the way there costs: its samples are its callers'.
constexpr size_t kInlinedBytes = 100;
// Entries into a loop that send its function to the compiler.
constexpr uint32_t kLoopEntries = 2;
// Bodies of more bytes of wasm than this take seconds: an interpreter's loop, most often.
constexpr size_t kLargeBodyBytes = 8 << 10;
// How often a function is compiled again because more is known of what it calls.
constexpr uint32_t kMostRenewals = 8;
// Loop headers that are asked in a row for the one with compiled code: some hundred microseconds.
constexpr uint32_t kMaxHeadersAsked = 2000;
// Samples at the entry of a function, after which the next call is more to it than its loop: what
// QuickJS calls for each function of JavaScript.
constexpr uint32_t kCalledAgain = 4;

}  // namespace

void Tiering::SampledEntry(StoreContext& store, const FuncCode& code,
                           const runtime::CodeLocation& caller) {
  if (policy_ != Policy::kEager) store.poll_word->fetch_and(~runtime::kPollSample);
  if (policy_ != Policy::kAuto) return;
  executor_.AddBaseline(*code.module);
  const std::lock_guard lock(mutex_);
  try {
    RecordCall(caller, code);
    const bool is_part_of_caller = BodyBytes(code) <= kInlinedBytes && caller.code != nullptr &&
                                   caller.code->module == code.module;
    const FuncCode& met = is_part_of_caller ? *caller.code : code;
    // In an activation of its own, which compiled code has made.
    const runtime::Activation* const outer = store.activation->previous;
    const bool is_called_natively =
        caller.code == nullptr && outer != nullptr && outer->native_fp != nullptr;
    Func& func = funcs_[&met];
    Count(func);
    func.entry_samples += &met == &code;
    Request(met, func, is_called_natively ? SamplesInAHurry(met) : SamplesToCompile(met));
  } catch (const std::exception&) {  // no memory, or no thread: the interpreter goes on
  }
}

const void* Tiering::SampledLoop(StoreContext& store, const FuncCode& code, uint32_t loop_offset,
                                 const std::function<runtime::LoopEntry()>& describe) {
  if (policy_ != Policy::kEager) store.poll_word->fetch_and(~runtime::kPollSample);
  if (policy_ == Policy::kAhead) return nullptr;
  if (policy_ == Policy::kAuto) executor_.AddBaseline(*code.module);
  try {
    return EntryOfLoop(store, code, loop_offset, describe);
  } catch (const std::exception&) {  // no memory, or no thread: the interpreter goes on
    return nullptr;
  }
}

const void* Tiering::EntryOfLoop(StoreContext& store, const FuncCode& code, uint32_t loop_offset,
                                 const std::function<runtime::LoopEntry()>& describe) {
  std::unique_lock lock(mutex_);
  Loop& loop = LoopOf(code, loop_offset);
  Func& func = funcs_[&code];
  // Compiled code waits at another loop of the function, most likely one around this.
  if (policy_ == Policy::kAuto && loop.entry == nullptr && func.has_loop_entry &&
      func.headers_asked < kMaxHeadersAsked) {
    ++func.headers_asked;
    store.poll_word->fetch_or(runtime::kPollSample);
    return nullptr;
  }
  Count(func);
  const bool is_large = BodyBytes(code) > kLargeBodyBytes;
  const uint32_t wanted = policy_ == Policy::kEager ? 1 : SamplesInAHurry(code);
  const bool is_called = policy_ == Policy::kAuto && func.entry_samples >= kCalledAgain;
  const bool waits = (is_called && func.requested && !func.published) ||
                     (is_large && func.loop_waits);  // one at a time: it may serve for the others
  if (loop.entry == nullptr && !loop.requested && !waits && ++loop.samples >= wanted &&
      !func.hopeless) {
    if (is_called && !func.requested) {
      loop.samples = 0;  // it is asked again when the function is there
      Request(code, func, 0);
      return nullptr;
    }
    loop.requested = true;
    Work work{code.module->shared_from_this(), code.func_index, true, describe()};
    if (policy_ == Policy::kEager) {
      lock.unlock();
      Do(work);
      lock.lock();
    } else {
      Push(std::move(work));
      func.loop_waits = true;
    }
  }
  Loop& ready = LoopOf(code, loop_offset);
  if (ready.entry == nullptr) return nullptr;
  ++stats_.osr_entries;
  func.headers_asked = 0;
  // Met again outside: the function is called again and again, and its loops hide its entry from
  // the samples.
  if (policy_ == Policy::kAuto && ++ready.entries >= kLoopEntries) Request(code, func, 0);
  return ready.entry;
}

void Tiering::Request(const FuncCode& code, Func& func, uint32_t samples) {
  if (func.samples < samples || func.requested || func.hopeless) return;
  Push({code.module->shared_from_this(), code.func_index});
  func.requested = true;
}

// Compiled code that was met where it ran.
void Tiering::SampledNative(const void* pc, const void* return_pc) {
  const std::optional<CodeAt> found = FindCode(pc);
  if (!found || found->is_loop()) return;  // which the interpreter has entered
  std::vector<runtime::CodeLocation> callers;
  runtime::native_code.load()->Locate(return_pc, true, callers);
  if (!callers.empty()) RecordCall(callers.front(), *found->code);
}

void Tiering::RecordCall(const runtime::CodeLocation& caller, const FuncCode& code) {
  if (caller.code == nullptr || caller.code->module != code.module || code.module == nullptr)
    return;
  // What came with its code starts without a compiler, and stays without.
  if (code.module->options().has_code) return;
  const syntax::Expr& body = code.module->syntax().funcs[caller.code->func_index].body;
  const size_t at = caller.module_offset - body.offset;
  if (at >= body.bytes.size()) return;
  const uint8_t opcode = body.bytes[at];
  if (opcode != Info(Op::CallIndirect).code && opcode != Info(Op::CallRef).code) return;
  Func& func = funcs_[caller.code];
  if (func.calls == nullptr) func.calls = std::make_unique<CallProfile>();
  if (!func.calls->Record(static_cast<uint32_t>(caller.module_offset), &code)) return;
  // Optimised code knows it unasked.
  const bool is_table_call = opcode == Info(Op::CallIndirect).code;
  if (is_table_call && std::ranges::count(TableCallees(*code.module, code.type), code.func_index))
    return;
  // Code that is there, or being made, does not know it. Code that was loaded knows what other runs
  // have seen, and stays; as does what takes seconds to make.
  if (func.requested && !func.hopeless && func.renewals < kMostRenewals && func.likely_calls == 0 &&
      !func.renewal_waits && BodyBytes(*caller.code) <= kLargeBodyBytes) {
    ++func.renewals;
    func.renewal_waits = true;
    Work work{code.module->shared_from_this(), caller.code->func_index};
    work.is_again = true;
    Push(std::move(work));
  }
}

std::vector<LikelyCallee> Tiering::LikelyCallees(runtime::Module& module) {
  std::vector<LikelyCallee> result;
  const std::lock_guard lock(mutex_);
  for (const auto& [code, func] : funcs_) {
    if (code->module != &module || func.calls == nullptr) continue;
    func.calls->ForEachLikely([&](uint32_t module_offset, const FuncCode* callee) {
      result.push_back({code->func_index, module_offset, callee->func_index});
    });
  }
  return result;
}

}  // namespace airwasm::tier
