// Traps, their frames and their exceptions.
#include <algorithm>

#include "engine/api/c/handles.h"
#include "engine/api/c/vec.h"

using airwasm::TrapKind;

wasm_frame_t::wasm_frame_t(airwasm::capi::StorePtr s, const airwasm::Frame& f) : frame(f) {
  if (f.instance == nullptr) return;
  airwasm::runtime::Store* const rt = &s->rt();
  instance = std::make_unique<wasm_instance_t>(std::move(s), airwasm::Instance(rt, f.instance));
}

namespace {

// Null when the trap is no exception.
airwasm::gc::ExceptionObject* ExceptionOf(const wasm_trap_t* trap) {
  if (trap->trap().kind() != TrapKind::kUncaughtException || trap->trap().exception().IsNull())
    return nullptr;
  return reinterpret_cast<airwasm::gc::ExceptionObject*>(trap->trap().exception().raw());
}

}  // namespace

extern "C" {

wasm_trap_t* wasm_trap_new(wasm_store_t* store, const wasm_message_t* message) {
  std::string_view text(message->data, message->size);
  if (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  return new wasm_trap_t(store->state, airwasm::Trap(absl::UnknownError(std::string(text))));
}

void wasm_trap_message(const wasm_trap_t* trap, wasm_message_t* out) {
  const std::string& text = trap->trap().message();
  wasm_byte_vec_new(out, text.size() + 1, text.c_str());
}

wasm_frame_t* wasm_trap_origin(const wasm_trap_t* trap) {
  const std::vector<airwasm::Frame>& trace = trap->trap().backtrace();
  return trace.empty() ? nullptr : new wasm_frame_t(trap->store, trace.front());
}

void wasm_trap_trace(const wasm_trap_t* trap, wasm_frame_vec_t* out) {
  const std::vector<airwasm::Frame>& trace = trap->trap().backtrace();
  airwasm::capi::VecNewUninitialized(out, trace.size());
  for (size_t i = 0; i < out->size; ++i) out->data[i] = new wasm_frame_t(trap->store, trace[i]);
}

airwasm_trap_kind_t airwasm_trap_kind(const wasm_trap_t* trap) {
  if (trap->trap().exit_code()) return AIRWASM_TRAP_EXIT;
  const TrapKind kind = trap->trap().kind();
  if (kind == TrapKind::kCallStackExhausted) return AIRWASM_TRAP_STACK_EXHAUSTED;
  if (kind == TrapKind::kOutOfFuel) return AIRWASM_TRAP_OUT_OF_FUEL;
  if (kind == TrapKind::kInterrupted) return AIRWASM_TRAP_INTERRUPTED;
  if (kind == TrapKind::kOutOfGcMemory) return AIRWASM_TRAP_OUT_OF_GC_MEMORY;
  if (kind == TrapKind::kUncaughtException) return AIRWASM_TRAP_EXCEPTION;
  if (kind == TrapKind::kHostError) return AIRWASM_TRAP_HOST;
  return AIRWASM_TRAP_OTHER;
}

bool airwasm_trap_exit_code(const wasm_trap_t* trap, int32_t* out) {
  const std::optional<int32_t> code = trap->trap().exit_code();
  if (code) *out = *code;
  return code.has_value();
}

wasm_trap_t* airwasm_trap_new_exit(wasm_store_t* store, int32_t code) {
  return new wasm_trap_t(store->state, airwasm::Trap::Exit(code));
}

void airwasm_trap_to_string(const wasm_trap_t* trap, wasm_name_t* out) {
  airwasm::capi::SetText(out, trap->trap().ToString());
}

wasm_tag_t* airwasm_trap_exception_tag(const wasm_trap_t* trap) {
  const airwasm::gc::ExceptionObject* const exception = ExceptionOf(trap);
  if (exception == nullptr) return nullptr;
  auto* const tag = static_cast<airwasm::runtime::TagInst*>(exception->tag);
  return new wasm_tag_t(trap->store, airwasm::Tag(&trap->store->rt(), tag));
}

size_t airwasm_trap_exception_payload(const wasm_trap_t* trap, airwasm_val_t* out,
                                      size_t capacity) {
  airwasm::gc::ExceptionObject* const exception = ExceptionOf(trap);
  if (exception == nullptr) return 0;
  const auto* const tag = static_cast<const airwasm::runtime::TagInst*>(exception->tag);
  const std::vector<airwasm::ValType>& types =
      trap->store->types()->Get(tag->type).type.func.params;
  uint32_t slot = 0;
  for (size_t i = 0; i < std::min(capacity, types.size()); ++i) {
    if (types[i].IsVector()) slot += slot % 2;
    out[i] = airwasm::capi::LoadVal(trap->store, types[i], exception->slots() + slot);
    slot += types[i].slots();
  }
  return types.size();
}

// ---- Frames

void wasm_frame_delete(wasm_frame_t* frame) {
  delete frame;
}
wasm_frame_t* wasm_frame_copy(const wasm_frame_t* frame) {
  return new wasm_frame_t(frame->instance == nullptr ? nullptr : frame->instance->store,
                          frame->frame);
}
AIRWASM_DEFINE_HANDLE_VEC(frame)

wasm_instance_t* wasm_frame_instance(const wasm_frame_t* frame) {
  return frame->instance.get();
}
uint32_t wasm_frame_func_index(const wasm_frame_t* frame) {
  return frame->frame.func_index;
}
size_t wasm_frame_func_offset(const wasm_frame_t* frame) {
  return frame->frame.func_offset;
}
size_t wasm_frame_module_offset(const wasm_frame_t* frame) {
  return frame->frame.module_offset;
}
const char* airwasm_frame_func_name(const wasm_frame_t* frame) {
  return frame->frame.func_name.c_str();
}
const char* airwasm_frame_module_name(const wasm_frame_t* frame) {
  return frame->frame.module_name.c_str();
}
const char* airwasm_frame_file(const wasm_frame_t* frame) {
  return frame->frame.file.c_str();
}
uint32_t airwasm_frame_line(const wasm_frame_t* frame) {
  return frame->frame.line;
}
uint32_t airwasm_frame_column(const wasm_frame_t* frame) {
  return frame->frame.column;
}

}  // extern "C"
