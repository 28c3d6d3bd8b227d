// WASI 0.1 (wasi_snapshot_preview1): thin bindings of wasi/host.
//
// A Context is what one guest instance sees of the world. Functions() is the table of the 46
// functions, each taking the guest's memory and its raw arguments; whoever owns the engine's linker
// registers them (link.h). Nothing in here knows the engine.
#ifndef AIRWASM_WASI_P1_P1_H_
#define AIRWASM_WASI_P1_P1_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "airwasm/wasi_config.h"
#include "wasi/host/descriptor.h"
#include "wasi/host/interrupter.h"
#include "wasi/host/resolver.h"
#include "wasi/p1/errno.h"

namespace airwasm::wasi::p1 {

inline constexpr std::string_view kModuleName = "wasi_snapshot_preview1";
// The same interface as it was first published. A few records lie differently in memory.
inline constexpr std::string_view kModuleName0 = "wasi_unstable";

// Threads: one call at a time; the Interrupter may be used from anywhere.
class Context {
 public:
  // Opens what `config` names.
  //
  // Errors: NOT_FOUND, PERMISSION_DENIED, ...  a preopened directory cannot be opened; the message
  // has its path
  //         INVALID_ARGUMENT                   a NUL in an argument or variable, '=' in a
  //         variable's name, a socket that
  //                                            is none
  static absl::StatusOr<std::unique_ptr<Context>> Create(const Config& config);

  host::DescriptorTable& descriptors() { return descriptors_; }
  const host::Resolver& resolver() const { return resolver_; }
  const host::Waiter& waiter() const { return waiter_; }
  const std::shared_ptr<Interrupter>& interrupter() const { return interrupter_; }
  security::Guard* guard() const { return guard_.get(); }  // may be null
  const std::shared_ptr<security::Guard>& shared_guard() const { return guard_; }
  security::Meter* meter() const { return meter_.get(); }  // may be null
  const std::shared_ptr<security::Meter>& shared_meter() const { return meter_; }

  // NUL-terminated strings, one after the other, as they go to the guest.
  struct Strings {
    std::string bytes;
    std::vector<uint32_t> offsets;
  };
  const Strings& args() const { return args_; }
  const Strings& env() const { return env_; }

 private:
  explicit Context(const Config& config);

  std::shared_ptr<security::Guard> guard_;
  std::shared_ptr<security::Meter> meter_;
  std::shared_ptr<Interrupter> interrupter_;
  host::Waiter waiter_;
  host::Resolver resolver_;
  host::DescriptorTable descriptors_;
  Strings args_;
  Strings env_;
};

enum class Outcome : uint8_t {
  kReturn,       // the function returns `code`, an Errno, to the guest
  kExit,         // the guest asked to end with exit code `code`
  kInterrupted,  // the guest must not continue: trap "interrupted"
  kTrap,         // the guest must not continue, for the reason in `message`
};

struct P1Result {
  Outcome outcome = Outcome::kReturn;
  uint32_t code = 0;
  const char* message = nullptr;  // static text, for kTrap
};

struct P1Function {
  const char* name;
  // Parameters, a colon, results; i is i32, I is i64.
  const char* signature;
  // `args` has one 64-bit slot per parameter; of an i32 the low half counts. `memory` is the
  // guest's memory 0 as it is now, and must stay in place during the call.
  P1Result (*call)(Context& context, std::span<uint8_t> memory, const uint64_t* args);
};

// All functions, in the order of functions.def.
std::span<const P1Function> Functions();
// The functions as programs that import them from kModuleName0 expect them. There is one more than
// that interface has, sock_accept, which such programs do not import.
std::span<const P1Function> Functions0();

}  // namespace airwasm::wasi::p1

#endif  // AIRWASM_WASI_P1_P1_H_
