// wasi:io/streams.
//
// A host's stream never blocks; what blocks here is the wait for it. What is read goes straight
// into the guest's memory where the stream knows how much there is.
#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "airwasm/component_host_call.h"
#include "wasi/p2/interface.h"
#include "wasi/p2/io.h"

namespace airwasm::wasi::p2 {
namespace {

using component::canon::AllocateInGuest;
using component::canon::GuestBytes;
using host::StreamEnd;

template <typename T>
using Outcome = absl::StatusOr<WitResult<T, StreamFailure>>;

// Spec: wasi:io/streams, blocking-write-and-flush.
constexpr uint64_t kMaxBlockingWrite = 4096;
// What splice moves at most in one call.
constexpr uint64_t kMaxSplice = 64 * 1024;
// A list is no longer than this. Spec: canonical ABI, MAX_LIST_BYTE_LENGTH.
constexpr uint64_t kMaxRead = uint64_t{1} << 26;

constexpr uint8_t kZeroes[4096] = {};

// `stream` is the one that failed.
template <typename T, typename Stream>
Outcome<T> Fail(Context& context, const Stream& stream, const StreamEnd& end) {
  if (end.closed()) return WitResult<T, StreamFailure>::Err(StreamFailure(std::in_place_index<1>));
  absl::StatusOr<Own<IoError>> error =
      context.Add(std::make_unique<IoError>(end.error, stream.access));
  if (!error.ok()) return error.status();
  return WitResult<T, StreamFailure>::Err(StreamFailure(std::in_place_index<0>, *error));
}
template <typename T>
Outcome<T> Succeed(T value) {
  return WitResult<T, StreamFailure>::Ok(std::move(value));
}
template <typename Stream>
Outcome<std::monostate> Finish(Context& context, const Stream& stream,
                               const std::optional<StreamEnd>& end) {
  if (end) return Fail<std::monostate>(context, stream, *end);
  return Succeed(std::monostate());
}

// What the guest's guard says to the use of a stream, as the end of it.
std::optional<StreamEnd> Refusal(const InputStream& self) {
  if (self.access == nullptr) return std::nullopt;
  const host::Error e = self.access->Check(host::Use::kRead);
  if (e.ok()) return std::nullopt;
  return StreamEnd::Failed(e);
}
std::optional<StreamEnd> Refusal(const OutputStream& self) {
  if (self.access == nullptr) return std::nullopt;
  const host::Error e = self.access->Check(self.use);
  if (e.ok()) return std::nullopt;
  return StreamEnd::Failed(e);
}

// For the record of what needs no more than that the guest has the stream.
template <typename Stream>
Stream& Described(Stream& stream) {
  if (stream.access != nullptr) stream.access->Describe();
  return stream;
}

// --- input ---

Outcome<GuestBytes> Read(HostCall& call, InputStream& self, uint64_t limit) {
  Context& context = Context::Of(call);
  if (const auto end = Refusal(self)) return Fail<GuestBytes>(context, self, *end);
  host::InputStream& stream = *self.stream;
  limit = std::min(limit, kMaxRead);
  GuestBytes list;
  size_t count = 0;
  if (const uint64_t there = std::min(limit, stream.BytesReady()); there != 0) {
    absl::StatusOr<std::span<uint8_t>> room = AllocateInGuest(call, there, &list.address);
    if (!room.ok()) return room.status();
    if (const auto end = stream.Read(*room, &count)) return Fail<GuestBytes>(context, self, *end);
    list.count = count;
    if (absl::Status status = ShrinkInGuest(call, there, &list); !status.ok()) return status;
    return Succeed(list);
  }
  const size_t hint = stream.SizeHint(limit);
  const security::HostBytes charge(context.meter(), hint);
  if (!charge.ok()) return context.EndsGuestForQuota();
  std::vector<uint8_t> buffer(hint);
  if (const auto end = stream.Read(buffer, &count)) return Fail<GuestBytes>(context, self, *end);
  absl::StatusOr<std::span<uint8_t>> room = AllocateInGuest(call, count, &list.address);
  if (!room.ok()) return room.status();
  std::copy_n(buffer.begin(), count, room->begin());
  list.count = count;
  return Succeed(list);
}

Outcome<uint64_t> Skip(HostCall& call, InputStream& self, uint64_t limit) {
  uint64_t count = 0;
  std::optional<StreamEnd> end = Refusal(self);
  if (!end) end = self.stream->Skip(limit, &count);
  if (end) return Fail<uint64_t>(Context::Of(call), self, *end);
  return Succeed(count);
}

// Waits unless nothing is asked for, which needs no waiting.
absl::Status WaitToRead(HostCall& call, host::InputStream& stream, uint64_t limit) {
  return limit == 0 ? absl::OkStatus() : Context::Of(call).Wait(stream);
}

// --- output ---

absl::Status NotPermitted(std::string_view function, uint64_t bytes, uint64_t permit) {
  return absl::FailedPreconditionError(
      absl::StrCat(absl::string_view(function.data(), function.size()), ": ", bytes,
                   " bytes where ", permit, " are permitted"));
}

Outcome<uint64_t> CheckWrite(HostCall& call, OutputStream& self) {
  self.permit = 0;
  uint64_t permit = 0;
  std::optional<StreamEnd> end = Refusal(self);
  if (!end) end = self.stream->CheckWrite(&permit);
  if (end) return Fail<uint64_t>(Context::Of(call), self, *end);
  self.permit = permit;
  return Succeed(permit);
}

std::optional<StreamEnd> PutZeroes(host::OutputStream& stream, uint64_t count) {
  while (count != 0) {
    const uint64_t n = std::min<uint64_t>(count, sizeof kZeroes);
    if (auto end = stream.Write({kZeroes, n})) return end;
    count -= n;
  }
  return std::nullopt;
}

Outcome<std::monostate> FlushAndWait(Context& context, OutputStream& self, bool closing_is_fine) {
  host::OutputStream& stream = *self.stream;
  std::optional<StreamEnd> end = stream.Flush();
  bool done = false;
  while (!end) {
    end = stream.CheckFlush(&done);
    if (end || done) break;
    if (absl::Status status = context.Wait(stream); !status.ok()) return status;
  }
  if (end && end->closed() && closing_is_fine) end.reset();
  return Finish(context, self, end);
}

Outcome<std::monostate> WriteAndFlush(HostCall& call, OutputStream& self,
                                      std::span<const uint8_t> contents) {
  Context& context = Context::Of(call);
  if (const auto end = Refusal(self)) return Fail<std::monostate>(context, self, *end);
  host::OutputStream& stream = *self.stream;
  self.permit = 0;
  bool first = true;
  while (first || !contents.empty()) {
    uint64_t permit = 0;
    std::optional<StreamEnd> end = stream.CheckWrite(&permit);
    first = false;
    if (!end && permit == 0 && !contents.empty()) {
      if (absl::Status status = context.Wait(stream); !status.ok()) return status;
      continue;
    }
    const size_t n = std::min<uint64_t>(permit, contents.size());
    if (!end && n != 0) end = stream.Write(contents.first(n));
    if (end) return Fail<std::monostate>(context, self, *end);
    contents = contents.subspan(n);
  }
  return FlushAndWait(context, self, /*closing_is_fine=*/true);
}

Outcome<uint64_t> Splice(HostCall& call, OutputStream& self, InputStream& from, uint64_t limit) {
  Context& context = Context::Of(call);
  host::InputStream& source = *from.stream;
  self.permit = 0;
  uint64_t permit = 0;
  if (const auto end = Refusal(self)) return Fail<uint64_t>(context, self, *end);
  if (const auto end = Refusal(from)) return Fail<uint64_t>(context, from, *end);
  if (const auto end = self.stream->CheckWrite(&permit)) return Fail<uint64_t>(context, self, *end);
  limit = std::min({limit, permit, kMaxSplice});
  size_t count = 0;
  const size_t hint = source.SizeHint(limit);
  const security::HostBytes charge(context.meter(), hint);
  if (!charge.ok()) return context.EndsGuestForQuota();
  std::vector<uint8_t> buffer(hint);
  if (const auto end = source.Read(buffer, &count)) return Fail<uint64_t>(context, from, *end);
  if (const auto end = self.stream->Write(std::span<const uint8_t>(buffer).first(count)))
    return Fail<uint64_t>(context, self, *end);
  return Succeed(uint64_t{count});
}

void DefineInput(Interface& streams) {
  streams.Resource<InputStream>("input-stream")
      .Func("[method]input-stream.read",
            [](HostCall& call, Borrow<InputStream> self, uint64_t len) {
              return Read(call, Context::Get(self), len);
            })
      .Func("[method]input-stream.blocking-read",
            [](HostCall& call, Borrow<InputStream> self, uint64_t len) -> Outcome<GuestBytes> {
              InputStream& stream = Context::Get(self);
              while (true) {
                if (absl::Status s = WaitToRead(call, *stream.stream, len); !s.ok()) return s;
                Outcome<GuestBytes> outcome = Read(call, stream, len);
                // Someone else may have taken what there was.
                if (len == 0 || !outcome.ok() || !outcome->ok() ||
                    std::get<0>(outcome->value).count != 0)
                  return outcome;
              }
            })
      .Func("[method]input-stream.skip",
            [](HostCall& call, Borrow<InputStream> self, uint64_t len) {
              return Skip(call, Context::Get(self), len);
            })
      .Func("[method]input-stream.blocking-skip",
            [](HostCall& call, Borrow<InputStream> self, uint64_t len) -> Outcome<uint64_t> {
              InputStream& stream = Context::Get(self);
              while (true) {
                if (absl::Status s = WaitToRead(call, *stream.stream, len); !s.ok()) return s;
                Outcome<uint64_t> outcome = Skip(call, stream, len);
                if (len == 0 || !outcome.ok() || !outcome->ok() || std::get<0>(outcome->value) != 0)
                  return outcome;
              }
            })
      .Func("[method]input-stream.subscribe", [](HostCall& call, Borrow<InputStream> self) {
        return Subscribe(Context::Of(call), Described(Context::Get(self)).stream);
      });
}

void DefineOutput(Interface& streams) {
  streams.Resource<OutputStream>("output-stream")
      .Func("[method]output-stream.check-write",
            [](HostCall& call, Borrow<OutputStream> self) {
              return CheckWrite(call, Context::Get(self));
            })
      .Func("[method]output-stream.write",
            [](HostCall& call, Borrow<OutputStream> handle,
               std::span<const uint8_t> contents) -> Outcome<std::monostate> {
              OutputStream& self = Context::Get(handle);
              if (contents.size() > self.permit)
                return NotPermitted("output-stream.write", contents.size(), self.permit);
              self.permit -= contents.size();
              std::optional<StreamEnd> end = Refusal(self);
              if (!end) end = self.stream->Write(contents);
              return Finish(Context::Of(call), self, end);
            })
      .Func("[method]output-stream.blocking-write-and-flush",
            [](HostCall& call, Borrow<OutputStream> self,
               std::span<const uint8_t> contents) -> Outcome<std::monostate> {
              if (contents.size() > kMaxBlockingWrite) {
                return NotPermitted("output-stream.blocking-write-and-flush", contents.size(),
                                    kMaxBlockingWrite);
              }
              return WriteAndFlush(call, Context::Get(self), contents);
            })
      .Func("[method]output-stream.flush",
            [](HostCall& call, Borrow<OutputStream> handle) {
              OutputStream& self = Described(Context::Get(handle));
              self.permit = 0;
              return Finish(Context::Of(call), self, self.stream->Flush());
            })
      .Func("[method]output-stream.blocking-flush",
            [](HostCall& call, Borrow<OutputStream> handle) {
              OutputStream& self = Described(Context::Get(handle));
              self.permit = 0;
              return FlushAndWait(Context::Of(call), self, /*closing_is_fine=*/false);
            })
      .Func("[method]output-stream.subscribe", [](HostCall& call, Borrow<OutputStream> self) {
        return Subscribe(Context::Of(call), Described(Context::Get(self)).stream);
      });
}

void DefineZeroesAndSplice(Interface& streams) {
  streams
      .Func(
          "[method]output-stream.write-zeroes",
          [](HostCall& call, Borrow<OutputStream> handle, uint64_t len) -> Outcome<std::monostate> {
            OutputStream& self = Context::Get(handle);
            if (len > self.permit)
              return NotPermitted("output-stream.write-zeroes", len, self.permit);
            self.permit -= len;
            std::optional<StreamEnd> end = Refusal(self);
            if (!end) end = PutZeroes(*self.stream, len);
            return Finish(Context::Of(call), self, end);
          })
      .Func("[method]output-stream.blocking-write-zeroes-and-flush",
            [](HostCall& call, Borrow<OutputStream> self, uint64_t len) -> Outcome<std::monostate> {
              if (len > kMaxBlockingWrite) {
                return NotPermitted("output-stream.blocking-write-zeroes-and-flush", len,
                                    kMaxBlockingWrite);
              }
              return WriteAndFlush(call, Context::Get(self), {kZeroes, len});
            })
      .Func("[method]output-stream.splice",
            [](HostCall& call, Borrow<OutputStream> self, Borrow<InputStream> src, uint64_t len) {
              return Splice(call, Context::Get(self), Context::Get(src), len);
            })
      .Func("[method]output-stream.blocking-splice",
            [](HostCall& call, Borrow<OutputStream> self, Borrow<InputStream> src,
               uint64_t len) -> Outcome<uint64_t> {
              Context& context = Context::Of(call);
              absl::Status status = context.Wait(*Context::Get(self).stream);
              if (status.ok()) status = context.Wait(*Context::Get(src).stream);
              if (!status.ok()) return status;
              return Splice(call, Context::Get(self), Context::Get(src), len);
            });
}

}  // namespace

absl::StatusOr<StreamFailure> DenialError<StreamFailure>::Make(Context& context) {
  const StreamEnd end = StreamEnd::Failed(host::Error::Posix(EACCES));
  absl::StatusOr<Own<IoError>> error = context.Add(std::make_unique<IoError>(end.error));
  if (!error.ok()) return error.status();
  return StreamFailure(std::in_place_index<0>, *error);
}

void DefineStreams(ComponentLinker& linker, absl::Status* status) {
  Interface streams(linker, "wasi:io/streams", asks::kStreams, status);
  streams.Use("error", "wasi:io/error").Use("pollable", "wasi:io/poll");
  DefineInput(streams);
  DefineOutput(streams);
  DefineZeroesAndSplice(streams);
}

}  // namespace airwasm::wasi::p2
