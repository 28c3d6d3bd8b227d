#include "airwasm/trap.h"

#include <new>

#include "absl/strings/numbers.h"
#include "engine/api/engine_impl.h"
#include "engine/base/format.h"
#include "engine/base/out_of_memory.h"

namespace airwasm {
namespace {

// An exit travels through the runtime as a host error that carries the code.
constexpr char kExitPayload[] = "airwasm/exit-code";

}  // namespace

Trap::Trap(absl::Status status)
    : kind_(TrapKind::kHostError),
      message_(std::string(status.message())),
      host_error_(std::move(status)) {
  if (const auto payload = host_error_.GetPayload(kExitPayload)) {
    int32_t code = 0;
    if (absl::SimpleAtoi(std::string(*payload), &code)) exit_code_ = code;
  }
}

Trap Trap::Exit(int32_t code) {
  absl::Status status = absl::CancelledError(FormatText("exited with code %d", code));
  const std::string text = FormatText("%d", code);
  status.SetPayload(kExitPayload, absl::Cord(absl::string_view(text)));
  return Trap(std::move(status));
}

std::string Trap::ToString() const {
  std::string text = message_;
  for (size_t i = 0; i < backtrace_.size(); ++i) {
    const Frame& f = backtrace_[i];
    text += FormatText("\n  %3d: %#8x  %s!%s", i, f.module_offset,
                       f.module_name.empty() ? "<unnamed>" : f.module_name, f.func_name);
    if (f.line != 0) text += FormatText("  %s:%d:%d", f.file, f.line, f.column);
  }
  return text;
}

Trap TrapAccess::FromRuntime(runtime::Store* store, runtime::Trap&& trap) {
  Trap result = trap.kind == TrapKind::kHostError ? Trap(trap.host_error) : Trap(trap.kind);
  if (!trap.message.empty()) result.message_ = std::move(trap.message);
  result.backtrace_.reserve(trap.backtrace.size());
  for (runtime::BacktraceFrame& frame : trap.backtrace) {
    Frame& f = result.backtrace_.emplace_back();
    if (frame.module != nullptr) f.module_name = frame.module->syntax().names.module.value_or("");
    f.func_index = frame.func_index;
    f.func_name = std::move(frame.func_name);
    f.module_offset = frame.module_offset;
    f.instance = frame.instance;
    if (frame.module != nullptr) {
      const size_t begin = frame.module->syntax().funcs[frame.func_index].offset;
      if (begin != 0 && begin <= frame.module_offset) f.func_offset = frame.module_offset - begin;
    }
    if (frame.source) {
      f.file = std::move(frame.source->file);
      f.line = frame.source->line;
      f.column = frame.source->column;
    }
  }
  if (trap.kind == TrapKind::kUncaughtException)
    result.exception_ = Ref::FromRaw(store, trap.exception);
  return result;
}

std::unique_ptr<Trap> TrapAccess::New(runtime::Store* store, runtime::Trap&& trap) {
  std::unique_ptr<Trap>* const spare =
      store->context().activation == nullptr ? SpareOf(*store) : nullptr;
  if (spare != nullptr && *spare == nullptr) spare->reset(new (std::nothrow) Trap);
  const TrapKind kind = trap.kind;
  const absl::Status host_error = trap.host_error;
  try {
    return std::make_unique<Trap>(FromRuntime(store, std::move(trap)));
  } catch (const std::bad_alloc&) {
    if (spare == nullptr || *spare == nullptr) throw;
  }
  (*spare)->kind_ = kind;
  (*spare)->message_ = "out of memory";  // short enough to need none
  (*spare)->host_error_ = host_error;
  return std::move(*spare);
}

std::unique_ptr<Trap> TrapAccess::NewOutOfMemory(runtime::Store* store) {
  runtime::Trap trap;
  trap.kind = TrapKind::kHostError;
  trap.host_error = OutOfMemory();
  return New(store, std::move(trap));
}

Trap TrapAccess::Exception(Ref exception) {
  Trap trap(TrapKind::kUncaughtException);
  trap.exception_ = std::move(exception);
  return trap;
}

}  // namespace airwasm
