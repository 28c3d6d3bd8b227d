// wasi:filesystem/types: names beneath a directory: open, make, link, move, remove.
#include <limits.h>

#include <string>
#include <utility>

#include "component/canon/strings.h"
#include "wasi/p2/filesystem.h"

namespace airwasm::wasi::p2 {
namespace {

namespace right = host::right;

// A place in the guest's quota, until an OpenFile takes it over.
class QuotaPlace {
 public:
  explicit QuotaPlace(std::shared_ptr<DescriptorQuota> quota)
      : quota_(std::move(quota)), taken_(quota_->Take()) {}
  ~QuotaPlace() {
    if (taken_) quota_->GiveBack();
  }
  bool taken() const { return taken_; }
  std::shared_ptr<host::Descriptor> Keep(host::Descriptor d) {
    taken_ = false;
    auto file = std::make_shared<OpenFile>(std::move(d), quota_);
    return {file, &file->descriptor};
  }

 private:
  const std::shared_ptr<DescriptorQuota> quota_;
  bool taken_;
};

// The rights to ask for. A directory's come with whatever the base may pass on, so that a tree that
// may be changed may be changed below its top as well: programs open directories without
// `mutate-directory` and go on to create in them.
host::Rights Wanted(uint32_t flags) {
  host::Rights wanted = host::RightsFor(~0u);
  if ((flags & descriptor_flag::kRead) == 0) wanted &= ~(right::kFdRead | right::kFdReaddir);
  if ((flags & descriptor_flag::kWrite) == 0)
    wanted &= ~(right::kFdWrite | right::kFdAllocate | right::kFdFilestatSetSize);
  return wanted;
}

uint16_t ToFdFlags(uint32_t flags) {
  uint16_t fd_flags = 0;
  if ((flags & descriptor_flag::kFileIntegritySync) != 0) fd_flags |= host::kFdSync;
  if ((flags & descriptor_flag::kDataIntegritySync) != 0) fd_flags |= host::kFdDsync;
  if ((flags & descriptor_flag::kRequestedWriteSync) != 0) fd_flags |= host::kFdRsync;
  return fd_flags;
}

FileOutcome<Own<Descriptor>> OpenAt(HostCall& call, Borrow<Descriptor> self, PathFlags path_flags,
                                    std::string_view path, OpenFlags open_flags,
                                    DescriptorFlags flags) {
  Context& context = Context::Of(call);
  const host::Descriptor& dir = *Context::Get(self).file;
  const bool changes =
      (flags.bits & (descriptor_flag::kWrite | descriptor_flag::kMutateDirectory)) != 0 ||
      (open_flags.bits & (open_flag::kTruncate | open_flag::kCreate)) != 0;
  const host::Rights needed = right::kPathOpen | (changes ? right::kPathCreateFile : 0);
  if (const auto why = CannotBeneath(dir, needed)) return Fail<Own<Descriptor>>(*why);
  // Before the host is touched, so that an open that cannot be had has no effect either.
  QuotaPlace place(context.descriptors());
  if (!place.taken()) return Fail<Own<Descriptor>>(host::Error::Posix(EMFILE));
  const host::OpenOptions options = {
      .create = (open_flags.bits & open_flag::kCreate) != 0,
      .directory = (open_flags.bits & open_flag::kDirectory) != 0,
      .exclusive = (open_flags.bits & open_flag::kExclusive) != 0,
      .truncate = (open_flags.bits & open_flag::kTruncate) != 0,
      .follow = Follows(path_flags),
      .base = Wanted(flags.bits),
      .inheriting = host::RightsFor(~0u),
      .flags = ToFdFlags(flags.bits),
      .writes_say_where = true,
  };
  host::Result<host::Descriptor> opened = host::OpenPath(context.resolver(), dir, path, options);
  if (!opened.ok()) return Fail<Own<Descriptor>>(opened.error());
  if (opened->is_directory()) {
    if ((flags.bits & descriptor_flag::kWrite) != 0)
      return Fail<Own<Descriptor>>(FileError::kIsDirectory);
    opened->base |= right::kFdReaddir & dir.inheriting;
  }
  // Whether to wait is for the guest's streams to say.
  if (opened->is_stream()) opened->flags |= host::kFdNonblock;
  return HandOut(context, std::make_unique<Descriptor>(place.Keep(std::move(*opened))));
}

FileOutcome<std::string> ReadLinkAt(HostCall& call, Borrow<Descriptor> self,
                                    std::string_view path) {
  const host::Descriptor& dir = *Context::Get(self).file;
  if (const auto why = CannotBeneath(dir, right::kPathReadlink)) return Fail<std::string>(*why);
  std::string target(PATH_MAX, '\0');
  auto* const bytes = reinterpret_cast<uint8_t*>(target.data());
  host::Result<size_t> n =
      host::ReadLink(Context::Of(call).resolver(), dir, path, {bytes, target.size()});
  if (!n.ok()) return Fail<std::string>(n.error());
  target.resize(*n);
  if (target.starts_with('/')) return Fail<std::string>(FileError::kNotPermitted);
  if (!component::canon::CheckUtf8(bytes, *n).empty())
    return Fail<std::string>(FileError::kIllegalByteSequence);
  return Succeed(std::move(target));
}

using NameOperation = host::Error (*)(const host::Resolver&, int dir, std::string_view path);

FileOutcome<std::monostate> OnName(HostCall& call, Borrow<Descriptor> self, std::string_view path,
                                   host::Rights rights, NameOperation operation) {
  const host::Descriptor& dir = *Context::Get(self).file;
  if (const auto why = CannotBeneath(dir, rights)) return Fail<std::monostate>(*why);
  return Finish(operation(Context::Of(call).resolver(), dir.fd.get(), path));
}

using TwoNameOperation = host::Error (*)(const host::Resolver&, int old_dir,
                                         std::string_view old_path, int new_dir,
                                         std::string_view new_path);

FileOutcome<std::monostate> OnTwoNames(HostCall& call, Borrow<Descriptor> old_handle,
                                       std::string_view old_path, host::Rights old_rights,
                                       Borrow<Descriptor> new_handle, std::string_view new_path,
                                       host::Rights new_rights, TwoNameOperation operation) {
  const host::Descriptor& from = *Context::Get(old_handle).file;
  const host::Descriptor& to = *Context::Get(new_handle).file;
  if (const auto why = CannotBeneath(from, old_rights)) return Fail<std::monostate>(*why);
  if (const auto why = CannotBeneath(to, new_rights)) return Fail<std::monostate>(*why);
  if (host::WouldAmplify(from, to)) return Fail<std::monostate>(FileError::kReadOnly);
  return Finish(
      operation(Context::Of(call).resolver(), from.fd.get(), old_path, to.fd.get(), new_path));
}

FileOutcome<std::monostate> SymlinkAt(HostCall& call, Borrow<Descriptor> self,
                                      std::string_view target, std::string_view path) {
  const host::Descriptor& dir = *Context::Get(self).file;
  if (const auto why = CannotBeneath(dir, right::kPathSymlink)) return Fail<std::monostate>(*why);
  return Finish(host::Symlink(Context::Of(call).resolver(), target, dir.fd.get(), path));
}

}  // namespace

void DefinePaths(Interface& types) {
  types
      .Func("[method]descriptor.open-at",
            [](HostCall& call, Borrow<Descriptor> self, PathFlags path_flags, std::string_view path,
               OpenFlags open_flags, DescriptorFlags flags) {
              return OpenAt(call, self, path_flags, path, open_flags, flags);
            })
      .Func("[method]descriptor.readlink-at",
            [](HostCall& call, Borrow<Descriptor> self, std::string_view path) {
              return ReadLinkAt(call, self, path);
            })
      .Func("[method]descriptor.create-directory-at",
            [](HostCall& call, Borrow<Descriptor> self, std::string_view path) {
              return OnName(call, self, path, right::kPathCreateDirectory, host::CreateDirectory);
            })
      .Func("[method]descriptor.remove-directory-at",
            [](HostCall& call, Borrow<Descriptor> self, std::string_view path) {
              return OnName(call, self, path, right::kPathRemoveDirectory, host::RemoveDirectory);
            })
      .Func("[method]descriptor.unlink-file-at",
            [](HostCall& call, Borrow<Descriptor> self, std::string_view path) {
              return OnName(call, self, path, right::kPathUnlinkFile, host::UnlinkFile);
            })
      .Func("[method]descriptor.link-at",
            [](HostCall& call, Borrow<Descriptor> self, PathFlags old_path_flags,
               std::string_view old_path, Borrow<Descriptor> new_descriptor,
               std::string_view new_path) {
              // Following a link here would link what it points to, and no host has a race-free way
              // to do so beneath a directory.
              if (Follows(old_path_flags)) return Fail<std::monostate>(FileError::kInvalid);
              return OnTwoNames(call, self, old_path, right::kPathLinkSource, new_descriptor,
                                new_path, right::kPathLinkTarget, host::Link);
            })
      .Func("[method]descriptor.rename-at",
            [](HostCall& call, Borrow<Descriptor> self, std::string_view old_path,
               Borrow<Descriptor> new_descriptor, std::string_view new_path) {
              return OnTwoNames(call, self, old_path, right::kPathRenameSource, new_descriptor,
                                new_path, right::kPathRenameTarget, host::Rename);
            })
      .Func("[method]descriptor.symlink-at",
            [](HostCall& call, Borrow<Descriptor> self, std::string_view old_path,
               std::string_view new_path) { return SymlinkAt(call, self, old_path, new_path); });
}

}  // namespace airwasm::wasi::p2
