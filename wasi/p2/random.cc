// wasi:random. The kernel's generator is quick enough to serve the insecure interfaces as well.
#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "airwasm/component_host_call.h"
#include "wasi/host/system.h"
#include "wasi/p2/interface.h"

namespace airwasm::wasi::p2 {
namespace {

using component::canon::GuestBytes;

// As long as a list can be. Spec: canonical ABI, MAX_LIST_BYTE_LENGTH.
constexpr uint64_t kMaxBytes = (uint64_t{1} << 28) - 1;

absl::Status Fill(HostCall& call, std::span<uint8_t> bytes) {
  const host::Error error = host::FillRandom(bytes, Context::Of(call).waiter());
  if (error.ok()) return absl::OkStatus();
  if (error.interrupted()) return Context::EndsGuest(error);
  return absl::UnavailableError("the host has no random numbers");
}

absl::StatusOr<GuestBytes> Bytes(HostCall& call, uint64_t len) {
  if (len > kMaxBytes)
    return absl::ResourceExhaustedError(absl::StrCat("random: ", len, " bytes at once"));
  GuestBytes list{.address = 0, .count = len};
  absl::StatusOr<std::span<uint8_t>> room =
      component::canon::AllocateInGuest(call, len, &list.address);
  if (!room.ok()) return room.status();
  if (absl::Status status = Fill(call, *room); !status.ok()) return status;
  return list;
}

template <size_t count>
absl::Status FillWords(HostCall& call, uint64_t (&words)[count]) {
  return Fill(call, {reinterpret_cast<uint8_t*>(words), sizeof words});
}

absl::StatusOr<uint64_t> Word(HostCall& call) {
  uint64_t word[1];
  if (absl::Status status = FillWords(call, word); !status.ok()) return status;
  return word[0];
}

}  // namespace

absl::Status DefineRandom(ComponentLinker& linker) {
  absl::Status status;
  const auto bytes = [](HostCall& call, uint64_t len) { return Bytes(call, len); };
  const auto word = [](HostCall& call) { return Word(call); };
  Interface(linker, "wasi:random/random", asks::kRandom, &status)
      .Func("get-random-bytes", bytes)
      .Func("get-random-u64", word);
  Interface(linker, "wasi:random/insecure", asks::kRandom, &status)
      .Func("get-insecure-random-bytes", bytes)
      .Func("get-insecure-random-u64", word);
  Interface(linker, "wasi:random/insecure-seed", asks::kRandom, &status)
      .Func("insecure-seed", [](HostCall& call) -> absl::StatusOr<std::tuple<uint64_t, uint64_t>> {
        uint64_t words[2];
        if (absl::Status s = FillWords(call, words); !s.ok()) return s;
        return std::make_tuple(words[0], words[1]);
      });
  return status;
}

}  // namespace airwasm::wasi::p2
