// The resources of wasi:io, which every other package hands out.
//
// What a resource stands for is shared with the pollables made of it, so the order in which a guest
// drops them does not matter.
#pragma once

#include <memory>
#include <utility>

#include "wasi/host/stream.h"
#include "wasi/p2/context.h"
#include "wasi/p2/guarded.h"

namespace airwasm::wasi::p2 {

struct Pollable : Resource {
  explicit Pollable(std::shared_ptr<host::Pollable> p) : pollable(std::move(p)) {}
  std::shared_ptr<host::Pollable> pollable;
};
struct InputStream : Resource {
  explicit InputStream(std::shared_ptr<host::InputStream> s,
                       std::shared_ptr<const host::Access> a = nullptr)
      : stream(std::move(s)), access(std::move(a)) {}
  std::shared_ptr<host::InputStream> stream;
  std::shared_ptr<const host::Access> access;  // asked before each use; null: the class decides
};
struct OutputStream : Resource {
  explicit OutputStream(std::shared_ptr<host::OutputStream> s,
                        std::shared_ptr<const host::Access> a = nullptr,
                        host::Use u = host::Use::kWrite)
      : stream(std::move(s)), access(std::move(a)), use(u) {}
  std::shared_ptr<host::OutputStream> stream;
  std::shared_ptr<const host::Access> access;  // as of an input stream
  host::Use use;                               // what a write is
  uint64_t permit = 0;                         // what is left of what check-write said
};
struct IoError : Resource {
  explicit IoError(std::shared_ptr<const host::StreamError> e,
                   const std::shared_ptr<const host::Access>& a = nullptr)
      : error(std::move(e)), by(a == nullptr ? 0 : a->capabilities()), access(a) {}
  std::shared_ptr<const host::StreamError> error;
  // Of the stream that failed, for the record; an error keeps no file open.
  const security::CapabilitySet by;
  const std::weak_ptr<const host::Access> access;
};

inline absl::StatusOr<Own<Pollable>> Subscribe(Context& context,
                                               std::shared_ptr<host::Pollable> pollable) {
  return context.Add(std::make_unique<Pollable>(std::move(pollable)));
}

// variant stream-error
using StreamFailure = std::variant<Own<IoError>, std::monostate>;
template <>
struct DenialError<StreamFailure> {
  static absl::StatusOr<StreamFailure> Make(Context& context);
};

// The parts of DefineIo.
void DefineStreams(ComponentLinker& linker, absl::Status* status);

}  // namespace airwasm::wasi::p2
