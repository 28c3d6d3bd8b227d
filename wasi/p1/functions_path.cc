// Functions on a path beneath an open directory.
#include <utility>

#include "wasi/p1/records.h"

namespace airwasm::wasi::p1 {
namespace {

namespace right = host::right;
using host::Descriptor;
using host::Error;
using host::Result;

// A directory with the rights for it, and a path: what every function here begins with.
struct Place {
  Descriptor* dir;
  std::string path;
  int fd() const { return dir->fd.get(); }
};

Result<Place> GetPlace(const Call& call, uint32_t fd, uint32_t path, uint32_t length,
                       host::Rights rights) {
  Result<std::string> text = GetPath(call, path, length);
  if (!text.ok()) return text.error();
  Result<Descriptor*> dir = GetDirectory(call, fd, rights);
  if (!dir.ok()) return dir.error();
  return Place{*dir, std::move(*text)};
}

bool BadLookup(uint32_t flags) {
  return (flags & ~kLookupSymlinkFollow) != 0;
}
bool Follows(uint32_t flags) {
  return (flags & kLookupSymlinkFollow) != 0;
}

using NameOperation = Error (*)(const host::Resolver&, int dir, std::string_view path);

P1Result OnName(const Call& call, host::Rights rights, NameOperation operation) {
  Result<Place> place = GetPlace(call, call.I32(0), call.I32(1), call.I32(2), rights);
  if (!place.ok()) return Answer(place.error());
  return Answer(operation(call.context.resolver(), place->fd(), place->path));
}

}  // namespace

P1Result PathCreateDirectory(const Call& call) {
  return OnName(call, right::kPathCreateDirectory, host::CreateDirectory);
}
P1Result PathRemoveDirectory(const Call& call) {
  return OnName(call, right::kPathRemoveDirectory, host::RemoveDirectory);
}
P1Result PathUnlinkFile(const Call& call) {
  return OnName(call, right::kPathUnlinkFile, host::UnlinkFile);
}

P1Result PathFilestatGet(const Call& call) {
  const uint32_t flags = call.I32(1);
  const uint32_t out = call.I32(4);
  if (BadLookup(flags)) return Answer(Errno::kInval);
  if (!call.memory.Contains(out, call.layout.filestat_bytes)) return Answer(Errno::kFault);
  Result<Place> place =
      GetPlace(call, call.I32(0), call.I32(2), call.I32(3), right::kPathFilestatGet);
  if (!place.ok()) return Answer(place.error());
  Result<host::FileStat> stat =
      host::StatPath(call.context.resolver(), *place->dir, place->path, Follows(flags));
  if (!stat.ok()) return Answer(stat.error());
  StoreFileStat(call, out, *stat);
  return Success();
}

P1Result PathFilestatSetTimes(const Call& call) {
  const uint32_t flags = call.I32(1);
  if (BadLookup(flags)) return Answer(Errno::kInval);
  Result<SetTimesArgs> times = GetSetTimes(call.I64(4), call.I64(5), call.I32(6));
  if (!times.ok()) return Answer(times.error());
  Result<Place> place =
      GetPlace(call, call.I32(0), call.I32(2), call.I32(3), right::kPathFilestatSetTimes);
  if (!place.ok()) return Answer(place.error());
  return Answer(host::SetTimesAt(call.context.resolver(), *place->dir, place->path, Follows(flags),
                                 times->accessed, times->modified));
}

P1Result PathOpen(const Call& call) {
  const uint32_t lookup = call.I32(1);
  const uint32_t oflags = call.I32(4);
  const uint32_t fdflags = call.I32(7);
  const uint32_t out = call.I32(8);
  if (BadLookup(lookup) || (oflags & ~kOpenAll) != 0 ||
      (fdflags & ~uint32_t{host::kFdFlagsAll}) != 0) {
    return Answer(Errno::kInval);
  }
  if (!call.memory.Contains(out, sizeof(uint32_t))) return Answer(Errno::kFault);
  Result<Place> place = GetPlace(call, call.I32(0), call.I32(2), call.I32(3), 0);
  if (!place.ok()) return Answer(place.error());
  // Before the host is touched: with O_CREAT or O_TRUNC, an open that cannot be numbered would
  // still have had its effect.
  if (DescriptorsAreFull(call)) return Answer(Errno::kMfile);
  const host::OpenOptions options = {.create = (oflags & kOpenCreat) != 0,
                                     .directory = (oflags & kOpenDirectory) != 0,
                                     .exclusive = (oflags & kOpenExcl) != 0,
                                     .truncate = (oflags & kOpenTrunc) != 0,
                                     .follow = Follows(lookup),
                                     .base = call.I64(5),
                                     .inheriting = call.I64(6),
                                     .flags = static_cast<uint16_t>(fdflags)};
  Result<Descriptor> opened =
      host::OpenPath(call.context.resolver(), *place->dir, place->path, options);
  if (!opened.ok()) return Answer(opened.error());
  Result<uint32_t> fd = call.context.descriptors().Insert(std::move(*opened));
  if (!fd.ok()) return Answer(fd.error());
  call.memory.Store<uint32_t>(out, *fd);
  return Success();
}

P1Result PathReadlink(const Call& call) {
  const uint32_t buffer = call.I32(3);
  const uint32_t length = call.I32(4);
  const uint32_t used_at = call.I32(5);
  if (!call.memory.Contains(buffer, length) || !call.memory.Contains(used_at, sizeof(uint32_t))) {
    return Answer(Errno::kFault);
  }
  Result<Place> place = GetPlace(call, call.I32(0), call.I32(1), call.I32(2), right::kPathReadlink);
  if (!place.ok()) return Answer(place.error());
  Result<size_t> used = host::ReadLink(call.context.resolver(), *place->dir, place->path,
                                       call.memory.Bytes(buffer, length));
  if (!used.ok()) return Answer(used.error());
  call.memory.Store<uint32_t>(used_at, static_cast<uint32_t>(*used));
  return Success();
}

P1Result PathSymlink(const Call& call) {
  Result<std::string> target = GetPath(call, call.I32(0), call.I32(1));
  if (!target.ok()) return Answer(target.error());
  Result<Place> place = GetPlace(call, call.I32(2), call.I32(3), call.I32(4), right::kPathSymlink);
  if (!place.ok()) return Answer(place.error());
  return Answer(host::Symlink(call.context.resolver(), *target, place->fd(), place->path));
}

P1Result PathLink(const Call& call) {
  const uint32_t flags = call.I32(1);
  // Following a link here would link what it points to, and no host has a race-free way to do so
  // beneath a directory.
  if (flags != 0) return Answer(Errno::kInval);
  Result<Place> from =
      GetPlace(call, call.I32(0), call.I32(2), call.I32(3), right::kPathLinkSource);
  if (!from.ok()) return Answer(from.error());
  Result<Place> to = GetPlace(call, call.I32(4), call.I32(5), call.I32(6), right::kPathLinkTarget);
  if (!to.ok()) return Answer(to.error());
  if (host::WouldAmplify(*from->dir, *to->dir)) return Answer(Errno::kNotcapable);
  return Answer(host::Link(call.context.resolver(), from->fd(), from->path, to->fd(), to->path));
}

P1Result PathRename(const Call& call) {
  Result<Place> from =
      GetPlace(call, call.I32(0), call.I32(1), call.I32(2), right::kPathRenameSource);
  if (!from.ok()) return Answer(from.error());
  Result<Place> to =
      GetPlace(call, call.I32(3), call.I32(4), call.I32(5), right::kPathRenameTarget);
  if (!to.ok()) return Answer(to.error());
  if (host::WouldAmplify(*from->dir, *to->dir)) return Answer(Errno::kNotcapable);
  return Answer(host::Rename(call.context.resolver(), from->fd(), from->path, to->fd(), to->path));
}

}  // namespace airwasm::wasi::p1
