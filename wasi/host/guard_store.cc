#include "wasi/host/guard_store.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace airwasm {
namespace {

constexpr char kGuardKey = 0;

// One line for each frame, innermost first: "app!load+0x1f".
std::string BacktraceText(runtime::Store& store) {
  std::string text;
  for (const runtime::BacktraceFrame& frame : store.Backtrace()) {
    std::string module;
    if (frame.module != nullptr) module = frame.module->syntax().names.module.value_or("");
    absl::StrAppend(&text, text.empty() ? "" : "\n", module, module.empty() ? "" : "!",
                    frame.func_name, "+0x", absl::Hex(frame.module_offset));
  }
  return text;
}

}  // namespace

void GuardStore(runtime::Store& store, std::shared_ptr<security::Guard> guard) {
  if (store.Attached(&kGuardKey) == guard.get()) return;
  store.SetCapabilities(guard->word());
  guard->SetSurroundings({.backtrace = [&store] { return BacktraceText(store); },
                          .interrupted = [&store] { return store.interrupted(); }});
  store.Attach(&kGuardKey, std::move(guard));
}

void GuardStore(Store& store, std::shared_ptr<security::Guard> guard) {
  GuardStore(store.impl(), std::move(guard));
}

}  // namespace airwasm
