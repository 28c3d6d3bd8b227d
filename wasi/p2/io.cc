// wasi:io/error and wasi:io/poll.
#include "wasi/p2/io.h"

#include "wasi/p2/interface.h"

namespace airwasm::wasi::p2 {
namespace {

void DefineError(ComponentLinker& linker, absl::Status* status) {
  Interface(linker, "wasi:io/error", asks::kStreams, status)
      .Resource<IoError>("error")
      .Func("[method]error.to-debug-string",
            [](HostCall& call, Borrow<IoError> handle) -> std::string {
              const IoError& self = Context::Get(handle);
              security::Guard* const guard = Context::Of(call).guard();
              if (const auto access = self.access.lock()) {
                access->Describe();
              } else if (guard != nullptr && self.by != 0) {
                guard->Describe(self.by, {});
              }
              return self.error->message;
            });
}

void DefinePoll(ComponentLinker& linker, absl::Status* status) {
  Interface(linker, "wasi:io/poll", asks::kPoll, status)
      .Resource<Pollable>("pollable")
      .Fits(asks::kWait)
      .Func("[method]pollable.ready",
            [](Borrow<Pollable> self) -> bool { return Context::Get(self).pollable->Ready(); })
      .Func("[method]pollable.block",
            [](HostCall& call, Borrow<Pollable> self) -> absl::Status {
              return Context::Of(call).Wait(*Context::Get(self).pollable);
            })
      .Func("poll",
            [](HostCall& call,
               const std::vector<Borrow<Pollable>>& in) -> absl::StatusOr<std::vector<uint32_t>> {
              if (in.empty()) return absl::FailedPreconditionError("poll: the list is empty");
              // Besides the pointers, what a wait keeps for each (wasi/host/poll_set.cc).
              constexpr uint64_t kBytesPerPollable = 64;
              Context& context = Context::Of(call);
              const security::HostBytes charge(context.meter(), in.size() * kBytesPerPollable);
              if (!charge.ok()) return context.EndsGuestForQuota();
              std::vector<host::Pollable*> pollables;
              pollables.reserve(in.size());
              for (const Borrow<Pollable> p : in)
                pollables.push_back(Context::Get(p).pollable.get());
              return context.WaitForAny(pollables);
            });
}

}  // namespace

absl::Status DefineIo(ComponentLinker& linker) {
  absl::Status status;
  DefineError(linker, &status);
  DefinePoll(linker, &status);
  DefineStreams(linker, &status);
  return status;
}

}  // namespace airwasm::wasi::p2
