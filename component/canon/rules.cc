// Bounds, realloc and handles.
#include "component/canon/rules.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "component/canon/call.h"
#include "engine/runtime/host_bytes.h"

namespace airwasm::component::canon {

TrapKind Fail(runtime::Store& store, std::string_view reason) {
  store.host_error = absl::AbortedError(absl::string_view(reason.data(), reason.size()));
  return TrapKind::kHostError;
}

TrapKind FailCannotLeave(runtime::Store& store) {
  return Fail(store, "cannot leave component instance");
}

TrapKind FailCannotEnter(runtime::Store& store) {
  return Fail(store, "cannot enter component instance");
}

TrapKind FailException(runtime::Store& store) {
  return Fail(store, "uncaught exception: it cannot leave the component that threw it");
}

TrapKind FailChar(runtime::Store& store) {
  return Fail(store, "invalid `char` bit pattern");
}

TrapKind FailDiscriminant(runtime::Store& store) {
  return Fail(store, "invalid variant discriminant");
}

TrapKind FailRange(runtime::Store& store, uint64_t address, uint64_t bytes, uint64_t memory_bytes,
                   uint32_t align, Pointee what, Border border, bool from_realloc) {
  const bool from_host = border == Border::kHost;
  std::string reason;
  if ((address & (align - 1)) != 0) {
    reason = from_host && from_realloc ? "realloc return: result not aligned" : "unaligned pointer";
  } else if (from_host && from_realloc) {
    reason = "realloc return: beyond end of memory";
  } else if (what == Pointee::kString) {
    reason = from_host ? "string pointer/length out of bounds of memory"
                       : "string content out-of-bounds";
  } else if (what == Pointee::kList) {
    reason =
        from_host ? "list pointer/length out of bounds of memory" : "list content out-of-bounds";
  } else {
    reason = "pointer out of bounds of memory";
  }
  return Fail(store, absl::StrCat(reason, ": ", bytes, " bytes at ", address, " of a memory of ",
                                  memory_bytes, " bytes"));
}

namespace {

// The innermost backtrace that was passed on since the last call from the host: it was taken while
// all frames were there.
struct PassedFrames {
  static constexpr char kKey = 0;
  std::vector<runtime::BacktraceFrame> frames;
};

void KeepFrames(runtime::Store& store, std::vector<runtime::BacktraceFrame> frames) {
  auto* const passed = static_cast<PassedFrames*>(store.Attached(&PassedFrames::kKey));
  if (passed == nullptr) {
    store.Attach(&PassedFrames::kKey,
                 std::make_shared<PassedFrames>(PassedFrames{std::move(frames)}));
  } else if (passed->frames.empty()) {
    passed->frames = std::move(frames);
  }
}

bool SameFrame(const runtime::BacktraceFrame& a, const runtime::BacktraceFrame& b) {
  return a.instance == b.instance && a.func_index == b.func_index &&
         a.module_offset == b.module_offset;
}

}  // namespace

runtime::Trap WithPassedFrames(runtime::Store& store, runtime::Trap trap) {
  auto* const passed = static_cast<PassedFrames*>(store.Attached(&PassedFrames::kKey));
  if (passed == nullptr) return trap;
  // What the trap itself saw are the outer ones of them; else they are of something else.
  const std::vector<runtime::BacktraceFrame> frames = std::exchange(passed->frames, {});
  if (frames.size() >= trap.backtrace.size() &&
      std::equal(trap.backtrace.rbegin(), trap.backtrace.rend(), frames.rbegin(), SameFrame)) {
    trap.backtrace = frames;
  }
  return trap;
}

TrapKind PassOn(runtime::Store& store) {
  return PassOn(store, store.TakeTrap());
}

TrapKind PassOn(runtime::Store& store, runtime::Trap trap) {
  KeepFrames(store, std::move(trap.backtrace));
  switch (trap.kind) {
    case TrapKind::kHostError:
    case TrapKind::kInvalidFunction:
      store.host_error = std::move(trap.host_error);
      return trap.kind;
    case TrapKind::kUncaughtException:
      return FailException(store);
    default:
      return trap.kind;
  }
}

runtime::Trap TakeFailure(runtime::Store& store, TrapKind kind) {
  runtime::Trap trap;
  trap.kind = kind;
  trap.message = TrapText(kind);
  if (kind == TrapKind::kHostError || kind == TrapKind::kInvalidFunction) {
    trap.host_error = std::exchange(store.host_error, absl::OkStatus());
    trap.message = std::string(trap.host_error.message());
  }
  return WithPassedFrames(store, std::move(trap));
}

TrapKind Realloc(runtime::Store& store, const CanonOptions& options, uint64_t old_address,
                 uint64_t old_bytes, uint32_t align, uint64_t new_bytes, uint64_t* address) {
  if (options.realloc == nullptr) [[unlikely]]
    return Fail(store, "this value needs a realloc function, and the options name none");
  ComponentInstanceState& instance = *options.instance;
  const FreshContext context(instance);
  instance.flags &= ~ComponentInstanceState::kMayLeave;
  uint64_t* const frame = store.PrepareCall(options.realloc);
  if (frame != nullptr) {
    frame[0] = old_address;
    frame[1] = old_bytes;
    frame[2] = align;
    frame[3] = new_bytes;
  }
  if (!store.CallInPlace(options.realloc, frame, nullptr)) [[unlikely]]
    return PassOn(store);
  *address = FlatAddress(frame[0], options.memory64());
  instance.flags |= ComponentInstanceState::kMayLeave;
  return TrapKind::kNone;
}

uint8_t* Allocate(runtime::Store& store, const CanonOptions& options, uint64_t bytes,
                  uint32_t align, Pointee what, Border border, uint64_t* address, TrapKind* trap) {
  *trap = Realloc(store, options, 0, 0, align, bytes, address);
  if (*trap != TrapKind::kNone) [[unlikely]]
    return nullptr;
  uint8_t* const p = CheckRange(store, options, *address, bytes, align, what, border, true);
  if (p == nullptr) [[unlikely]]
    *trap = TrapKind::kHostError;
  return p;
}

namespace {

const char* NameOf(const ResourceType* type) {
  return type->owner == nullptr ? "host-defined resource" : "guest-defined resource";
}

}  // namespace

Handle* GetHandle(runtime::Store& store, ComponentInstanceState& instance, uint32_t index,
                  const ResourceType* type) {
  Handle* const handle = instance.handles.Get(index);
  if (handle == nullptr) [[unlikely]] {
    Fail(store, absl::StrCat("unknown handle index ", index));
    return nullptr;
  }
  if (handle->kind != Handle::Kind::kResource || handle->type != type) [[unlikely]] {
    std::string found = "something that is no resource";
    if (handle->kind == Handle::Kind::kResource) {
      const bool alike = (handle->type->owner == nullptr) == (type->owner == nullptr);
      found = absl::StrCat("a ", alike ? "different " : "", NameOf(handle->type));
    }
    Fail(store, absl::StrCat("handle index ", index, " used with the wrong type, expected ",
                             NameOf(type), " but found ", found));
    return nullptr;
  }
  return handle;
}

TrapKind LiftOwn(runtime::Store& store, ComponentInstanceState& from, uint32_t index,
                 const ResourceType* type, uint64_t* rep) {
  const Handle* const handle = GetHandle(store, from, index, type);
  if (handle == nullptr) [[unlikely]]
    return TrapKind::kHostError;
  if (handle->lends != 0) [[unlikely]]
    return Fail(store, "cannot remove owned resource while borrowed");
  if (!handle->own) [[unlikely]]
    return Fail(store, "cannot lift own resource from a borrow");
  *rep = handle->rep;
  from.handles.Remove(index);
  return TrapKind::kNone;
}

TrapKind LiftBorrow(runtime::Store& store, ComponentInstanceState& from, uint32_t index,
                    const ResourceType* type, Lenders& lenders, uint64_t* rep) {
  Handle* const handle = GetHandle(store, from, index, type);
  if (handle == nullptr) [[unlikely]]
    return TrapKind::kHostError;
  *rep = handle->rep;
  lenders.Add(index, *handle);
  return TrapKind::kNone;
}

namespace {

TrapKind AddHandle(runtime::Store& store, ComponentInstanceState& to, const Handle& handle,
                   uint32_t* index) {
  if (const uint64_t bytes = to.handles.BytesOfNextAdd(); bytes != 0) [[unlikely]] {
    if (absl::Status status = runtime::ChargeHostBytes(store, bytes); !status.ok()) {
      store.host_error = std::move(status);
      return TrapKind::kHostError;
    }
  }
  *index = to.handles.Add(handle);
  if (*index == 0) [[unlikely]]
    return Fail(store, "handle table is full");
  return TrapKind::kNone;
}

}  // namespace

TrapKind LowerOwn(runtime::Store& store, ComponentInstanceState& to, uint64_t rep,
                  const ResourceType* type, uint32_t* index) {
  Handle handle;
  handle.kind = Handle::Kind::kResource;
  handle.own = true;
  handle.rep = rep;
  handle.type = type;
  return AddHandle(store, to, handle, index);
}

TrapKind LowerBorrow(runtime::Store& store, ComponentInstanceState& to, uint64_t rep,
                     const ResourceType* type, BorrowScope& scope, uint32_t* index) {
  if (&to == type->owner) {
    *index = static_cast<uint32_t>(rep);
    return TrapKind::kNone;
  }
  Handle handle;
  handle.kind = Handle::Kind::kResource;
  handle.rep = rep;
  handle.type = type;
  handle.scope = &scope;
  ++scope.borrows;
  return AddHandle(store, to, handle, index);
}

}  // namespace airwasm::component::canon
