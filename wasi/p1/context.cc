#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "wasi/host/error_status.h"
#include "wasi/host/filesystem.h"
#include "wasi/host/path_guard.h"
#include "wasi/host/stdio.h"
#include "wasi/p1/call.h"

namespace airwasm::wasi::p1 {
namespace {

using host::Descriptor;
using host::Error;
using host::Result;
using host::StreamUse;

Result<Descriptor> OpenStream(const Stdio& stdio, int standard_fd, StreamUse use) {
  switch (stdio.kind) {
    case Stdio::Kind::kNull:
      return NullStream(use);
    case Stdio::Kind::kInherit: {
      Result<Descriptor> d = AdoptStream(standard_fd, use);
      // A process may be started without some of its streams.
      if (!d.ok() && d.error().posix() == EBADF) return NullStream(use);
      return d;
    }
    case Stdio::Kind::kFd:
      return AdoptStream(stdio.fd, use);
  }
  return Error::Posix(EINVAL);
}

absl::Status Append(Context::Strings& to, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError("a NUL in an argument or environment variable");
  }
  if (to.bytes.size() + text.size() + 1 > std::numeric_limits<uint32_t>::max()) {
    return absl::InvalidArgumentError("arguments or environment of 4 GiB and more");
  }
  to.offsets.push_back(static_cast<uint32_t>(to.bytes.size()));
  to.bytes.append(text);
  to.bytes.push_back('\0');
  return absl::OkStatus();
}

template <P1Result (*body)(const Call&), const Layout& layout>
P1Result CallBody(Context& context, std::span<uint8_t> memory, const uint64_t* args) {
  return body(Call{context, GuestMemory(memory), args, layout});
}

}  // namespace

Context::Context(const Config& config)
    : guard_(config.guard),
      meter_(config.meter),
      interrupter_(config.interrupter != nullptr ? config.interrupter
                                                 : std::make_shared<Interrupter>()),
      waiter_(interrupter_.get()),
      resolver_(config.force_fallback_resolver ? host::Resolver::Mode::kWalk
                                               : host::Resolver::Mode::kAuto,
                config.guard.get()),
      descriptors_(config.max_descriptors) {}

absl::StatusOr<std::unique_ptr<Context>> Context::Create(const Config& config) {
  std::unique_ptr<Context> context(new Context(config));
  const auto add = [&](Result<Descriptor> d, const std::string& what) -> absl::Status {
    if (!d.ok()) return ToStatus(d.error(), what);
    if (Result<uint32_t> fd = context->descriptors_.Insert(std::move(*d)); !fd.ok())
      return ToStatus(fd.error(), what);
    return absl::OkStatus();
  };
  const auto open = [&](const Stdio& stdio, int standard_fd, StreamUse use, const char* name) {
    Result<Descriptor> d = OpenStream(stdio, standard_fd, use);
    if (d.ok()) {
      d->access = host::Access::StandardStream(context->guard(), name);
      if (use == StreamUse::kWrite) d->meter = context->meter_;
    }
    return add(std::move(d), absl::StrCat("standard stream ", name));
  };
  absl::Status status = open(config.stdin_stream, 0, StreamUse::kRead, "in");
  status.Update(open(config.stdout_stream, 1, StreamUse::kWrite, "out"));
  status.Update(open(config.stderr_stream, 2, StreamUse::kWrite, "err"));
  for (const Preopen& preopen : config.preopens) {
    if (!status.ok()) return status;
    Result<Descriptor> d =
        host::OpenPreopen(preopen.host_path.c_str(), preopen.read_only, context->guard());
    if (d.ok()) d->preopen = preopen.guest_path.empty() ? preopen.host_path : preopen.guest_path;
    status.Update(add(std::move(d), absl::StrCat("directory ", preopen.host_path)));
  }
  for (int socket : config.sockets) {
    const std::string name = absl::StrCat("socket ", socket);
    Result<Descriptor> d = host::AdoptSocket(socket);
    if (d.ok()) d->access = host::Access::Granted(context->guard(), host::kNetCapabilities, name);
    status.Update(add(std::move(d), name));
  }
  for (const std::string& arg : config.args) status.Update(Append(context->args_, arg));
  for (const auto& [name, value] : config.env) {
    if (name.empty() || name.find('=') != std::string::npos) {
      status.Update(absl::InvalidArgumentError(
          absl::StrCat("environment variable with the name \"", name, "\"")));
    }
    if (host::MayReadVariable(context->guard(), name))
      status.Update(Append(context->env_, absl::StrCat(name, "=", value)));
  }
  if (!status.ok()) return status;
  std::vector<const Descriptor*> roots;
  for (uint32_t fd = 3; const Descriptor* const d = context->descriptors_.Find(fd); ++fd) {
    if (d->preopen) roots.push_back(d);
  }
  host::SetRoots(context->guard(), roots);
  return context;
}

std::span<const P1Function> Functions() {
  static constexpr P1Function kFunctions[] = {
#define AIRWASM_WASI_P1(name, text, signature, asks) \
  {text, signature, &CallBody<&name, kSnapshot1>},
#include "wasi/p1/functions.def"
#undef AIRWASM_WASI_P1
  };
  return kFunctions;
}

std::span<const P1Function> Functions0() {
  static constexpr P1Function kFunctions[] = {
#define AIRWASM_WASI_P1(name, text, signature, asks) \
  {text, signature, &CallBody<&name, kSnapshot0>},
#include "wasi/p1/functions.def"
#undef AIRWASM_WASI_P1
  };
  return kFunctions;
}

}  // namespace airwasm::wasi::p1
