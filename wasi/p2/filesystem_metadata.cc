// wasi:filesystem/types: what is known of files, and their times.
#include <limits>
#include <variant>

#include "wasi/p2/filesystem.h"
#include "wasi/p2/metadata_hash.h"

namespace airwasm::wasi::p2 {

AIRWASM_RECORD(MetadataHash, lower, upper);

namespace {

namespace right = host::right;

// record descriptor-stat
struct DescriptorStat {
  DescriptorType type = DescriptorType::kUnknown;
  uint64_t link_count = 0;
  uint64_t size = 0;
  std::optional<Datetime> data_access_timestamp;
  std::optional<Datetime> data_modification_timestamp;
  std::optional<Datetime> status_change_timestamp;
};
AIRWASM_RECORD(DescriptorStat, type, link_count, size, data_access_timestamp,
               data_modification_timestamp, status_change_timestamp);

FileOutcome<DescriptorStat> ToStat(const host::Result<host::FileStat>& stat) {
  if (!stat.ok()) return Fail<DescriptorStat>(stat.error());
  return Succeed(DescriptorStat{
      .type = ToDescriptorType(stat->type),
      .link_count = stat->links,
      .size = stat->size,
      .data_access_timestamp = Datetime::FromNs(stat->accessed_ns),
      .data_modification_timestamp = Datetime::FromNs(stat->modified_ns),
      .status_change_timestamp = Datetime::FromNs(stat->changed_ns),
  });
}

FileOutcome<MetadataHash> ToHash(const host::Result<host::FileStat>& stat) {
  if (!stat.ok()) return Fail<MetadataHash>(stat.error());
  return Succeed(HashObject(stat->device, stat->inode));
}

// Of what is open.
host::Result<host::FileStat> Stat(Borrow<Descriptor> self) {
  const host::Descriptor& file = *Context::Get(self).file;
  if (const host::Error e = file.Permits(right::kFdFilestatGet); !e.ok()) return e;
  return host::StatDescriptor(file);
}

// Of a path beneath `self`.
host::Result<host::FileStat> StatAt(HostCall& call, const host::Descriptor& dir, PathFlags flags,
                                    std::string_view path) {
  if (const auto why = CannotBeneath(dir, right::kPathFilestatGet)) {
    return host::Error::Posix(*why == FileError::kNotDirectory ? ENOTDIR : EPERM);
  }
  return host::StatPath(Context::Of(call).resolver(), dir, path, Follows(flags));
}

// variant new-timestamp: no-change, now, timestamp
using NewTimestamp = std::variant<std::monostate, std::monostate, Datetime>;

std::optional<host::SetTime> ToSetTime(const NewTimestamp& timestamp) {
  using Kind = host::SetTime::Kind;
  if (timestamp.index() == 0) return host::SetTime{.kind = Kind::kKeep};
  if (timestamp.index() == 1) return host::SetTime{.kind = Kind::kNow};
  const auto& [seconds, nanoseconds] = std::get<2>(timestamp);
  constexpr uint64_t kMaxSeconds = std::numeric_limits<uint64_t>::max() / kNsPerSecond - 1;
  if (nanoseconds >= kNsPerSecond || seconds > kMaxSeconds) return std::nullopt;
  return host::SetTime{.kind = Kind::kTo, .ns = seconds * kNsPerSecond + nanoseconds};
}

FileOutcome<std::monostate> SetTimes(Borrow<Descriptor> self, const NewTimestamp& accessed,
                                     const NewTimestamp& modified) {
  const host::Descriptor& file = *Context::Get(self).file;
  const auto access = ToSetTime(accessed);
  const auto modification = ToSetTime(modified);
  if (!access || !modification) return Fail<std::monostate>(FileError::kInvalid);
  // Streams have no times that are the guest's.
  if (file.is_stream()) return Fail<std::monostate>(FileError::kInvalid);
  if (!file.Has(right::kFdFilestatSetTimes)) return Fail<std::monostate>(FileError::kReadOnly);
  if (const auto why = Denied(file, right::kFdFilestatSetTimes)) return Fail<std::monostate>(*why);
  return Finish(host::SetTimes(file, *access, *modification));
}

FileOutcome<std::monostate> SetTimesAt(HostCall& call, Borrow<Descriptor> self, PathFlags flags,
                                       std::string_view path, const NewTimestamp& accessed,
                                       const NewTimestamp& modified) {
  const host::Descriptor& dir = *Context::Get(self).file;
  const auto access = ToSetTime(accessed);
  const auto modification = ToSetTime(modified);
  if (!access || !modification) return Fail<std::monostate>(FileError::kInvalid);
  if (const auto why = CannotBeneath(dir, right::kPathFilestatSetTimes))
    return Fail<std::monostate>(*why);
  return Finish(host::SetTimesAt(Context::Of(call).resolver(), dir, path, Follows(flags), *access,
                                 *modification));
}

DescriptorFlags FlagsOf(const host::Descriptor& d) {
  namespace flag = descriptor_flag;
  uint32_t bits = 0;
  if (d.Has(d.is_directory() ? right::kFdReaddir : right::kFdRead)) bits |= flag::kRead;
  if (d.Has(right::kFdWrite)) bits |= flag::kWrite;
  if (d.is_directory() && d.Has(right::kPathCreateFile)) bits |= flag::kMutateDirectory;
  if ((d.flags & host::kFdSync) != 0) bits |= flag::kFileIntegritySync;
  if ((d.flags & host::kFdDsync) != 0) bits |= flag::kDataIntegritySync;
  if ((d.flags & host::kFdRsync) != 0) bits |= flag::kRequestedWriteSync;
  return {bits};
}

}  // namespace

void DefineFileMetadata(Interface& types) {
  types
      .Func("[method]descriptor.get-flags",
            [](Borrow<Descriptor> self) {
              Context::Get(self).file->access.Describe();
              return Succeed(FlagsOf(*Context::Get(self).file));
            })
      .Func("[method]descriptor.get-type",
            [](Borrow<Descriptor> self) {
              Context::Get(self).file->access.Describe();
              return Succeed(ToDescriptorType(Context::Get(self).file->type));
            })
      .Func("[method]descriptor.stat", [](Borrow<Descriptor> self) { return ToStat(Stat(self)); })
      .Func(
          "[method]descriptor.stat-at",
          [](HostCall& call, Borrow<Descriptor> self, PathFlags path_flags, std::string_view path) {
            return ToStat(StatAt(call, *Context::Get(self).file, path_flags, path));
          })
      .Func("[method]descriptor.set-times",
            [](Borrow<Descriptor> self, NewTimestamp accessed, NewTimestamp modified) {
              return SetTimes(self, accessed, modified);
            })
      .Func("[method]descriptor.set-times-at",
            [](HostCall& call, Borrow<Descriptor> self, PathFlags path_flags, std::string_view path,
               NewTimestamp accessed, NewTimestamp modified) {
              return SetTimesAt(call, self, path_flags, path, accessed, modified);
            })
      .Func("[method]descriptor.is-same-object",
            [](Borrow<Descriptor> self, Borrow<Descriptor> other) -> bool {
              Context::Get(self).file->access.Describe();
              const auto a = host::StatDescriptor(*Context::Get(self).file);
              const auto b = host::StatDescriptor(*Context::Get(other).file);
              return a.ok() && b.ok() && a->device == b->device && a->inode == b->inode;
            })
      .Func("[method]descriptor.metadata-hash",
            [](Borrow<Descriptor> self) { return ToHash(Stat(self)); })
      .Func("[method]descriptor.metadata-hash-at", [](HostCall& call, Borrow<Descriptor> self,
                                                      PathFlags path_flags, std::string_view path) {
        return ToHash(StatAt(call, *Context::Get(self).file, path_flags, path));
      });
}

}  // namespace airwasm::wasi::p2
