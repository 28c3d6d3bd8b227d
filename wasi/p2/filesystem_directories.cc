// wasi:filesystem/types: listing a directory.
#include <string>
#include <utility>

#include "component/canon/strings.h"
#include "wasi/host/directory.h"
#include "wasi/p2/filesystem.h"

namespace airwasm::wasi::p2 {
namespace {

namespace right = host::right;

// resource directory-entry-stream: a description of its own, so that streams do not move each
// other.
struct DirectoryEntryStream : Resource {
  explicit DirectoryEntryStream(std::unique_ptr<OpenFile> d) : directory(std::move(d)) {}
  std::unique_ptr<OpenFile> directory;
  host::DirectoryCursor cursor;
};

// record directory-entry
struct DirectoryEntry {
  DescriptorType type = DescriptorType::kUnknown;
  std::string name;
};
AIRWASM_RECORD(DirectoryEntry, type, name);

FileOutcome<Own<DirectoryEntryStream>> ReadDirectory(HostCall& call, Borrow<Descriptor> self) {
  using Stream = Own<DirectoryEntryStream>;
  Context& context = Context::Of(call);
  const host::Descriptor& dir = *Context::Get(self).file;
  if (!dir.is_directory()) return Fail<Stream>(FileError::kNotDirectory);
  if (!dir.Has(right::kFdReaddir)) return Fail<Stream>(FileError::kBadDescriptor);
  if (const auto why = Denied(dir, right::kFdReaddir)) return Fail<Stream>(*why);
  if (!context.descriptors()->Take()) return Fail<Stream>(host::Error::Posix(EMFILE));
  auto file = std::make_unique<OpenFile>(host::Descriptor(), context.descriptors());
  host::OpenOptions options = {.directory = true, .base = right::kFdReaddir};
  host::Result<host::Descriptor> again = host::OpenPath(context.resolver(), dir, ".", options);
  if (!again.ok()) return Fail<Stream>(again.error());
  file->descriptor = std::move(*again);
  return HandOut(context, std::make_unique<DirectoryEntryStream>(std::move(file)));
}

FileOutcome<std::optional<DirectoryEntry>> ReadEntry(HostCall& call,
                                                     Borrow<DirectoryEntryStream> handle) {
  using Entry = std::optional<DirectoryEntry>;
  DirectoryEntryStream& self = Context::Get(handle);
  const int fd = self.directory->descriptor.fd.get();
  const host::Waiter& waiter = Context::Of(call).waiter();
  if (const auto why = Denied(self.directory->descriptor, right::kFdReaddir))
    return Fail<Entry>(*why);
  while (true) {
    if (host::Error e = waiter.Check(); !e.ok()) return Fail<Entry>(e);
    host::DirectoryEntry entry;
    host::Result<bool> found = self.cursor.Peek(fd, &entry);
    if (!found.ok()) return Fail<Entry>(found.error());
    if (!*found) return Succeed(Entry());
    const std::string name(entry.name);
    self.cursor.Advance();
    if (name == "." || name == "..") continue;
    // There is no way to say such a name; the next call goes on with the next one.
    if (!component::canon::CheckUtf8(reinterpret_cast<const uint8_t*>(name.data()), name.size())
             .empty())
      return Fail<Entry>(FileError::kIllegalByteSequence);
    return Succeed(Entry(DirectoryEntry{ToDescriptorType(entry.type), name}));
  }
}

}  // namespace

void DefineDirectories(Interface& types) {
  types.Resource<DirectoryEntryStream>("directory-entry-stream")
      .Func("[method]descriptor.read-directory",
            [](HostCall& call, Borrow<Descriptor> self) { return ReadDirectory(call, self); })
      .Func(
          "[method]directory-entry-stream.read-directory-entry",
          [](HostCall& call, Borrow<DirectoryEntryStream> self) { return ReadEntry(call, self); });
}

}  // namespace airwasm::wasi::p2
