// What the files of wasi:filesystem share: its types, its resources and its errors.
//
// A descriptor's rights (wasi/host/rights.h) say what its holder may do with it; they are those of
// the directory that it was opened beneath, less what it was not opened for. A directory without
// `mutate-directory` lacks every right that changes anything, and so does what is opened beneath
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "wasi/host/filesystem.h"
#include "wasi/p2/clocks.h"
#include "wasi/p2/context.h"
#include "wasi/p2/interface.h"

namespace airwasm::wasi::p2 {

// enum error-code
enum class FileError : uint8_t {
#define AIRWASM_WASI_FILE_ERROR(name, posix) name,
#define AIRWASM_WASI_FILE_ERROR_TOO(posix, name)
#include "wasi/p2/filesystem_errors.def"
#undef AIRWASM_WASI_FILE_ERROR
#undef AIRWASM_WASI_FILE_ERROR_TOO
};
AIRWASM_ENUM(FileError, static_cast<size_t>(FileError::kCrossDevice) + 1);

template <>
struct DenialError<FileError> {
  static FileError Make(Context&) { return FileError::kAccess; }
};

// What has no case of its own is kIo. `error` is a failure, and not Interrupted.
FileError ToFileError(host::Error error);

// enum descriptor-type
enum class DescriptorType : uint8_t {
  kUnknown,
  kBlockDevice,
  kCharacterDevice,
  kDirectory,
  kFifo,
  kSymbolicLink,
  kRegularFile,
  kSocket,
};
AIRWASM_ENUM(DescriptorType, 8);
DescriptorType ToDescriptorType(host::FileType type);

// flags descriptor-flags, path-flags, open-flags
using DescriptorFlags = component::canon::FlagSet<6>;
using PathFlags = component::canon::FlagSet<1>;
using OpenFlags = component::canon::FlagSet<4>;
namespace descriptor_flag {
inline constexpr uint32_t kRead = 1;
inline constexpr uint32_t kWrite = 2;
inline constexpr uint32_t kFileIntegritySync = 4;
inline constexpr uint32_t kDataIntegritySync = 8;
inline constexpr uint32_t kRequestedWriteSync = 16;
inline constexpr uint32_t kMutateDirectory = 32;
}  // namespace descriptor_flag
namespace open_flag {
inline constexpr uint32_t kCreate = 1;
inline constexpr uint32_t kDirectory = 2;
inline constexpr uint32_t kExclusive = 4;
inline constexpr uint32_t kTruncate = 8;
}  // namespace open_flag
inline bool Follows(PathFlags flags) {
  return flags.bits != 0;
}

// What an open descriptor of the host counts for in its guest's quota.
class OpenFile {
 public:
  OpenFile(host::Descriptor d, std::shared_ptr<DescriptorQuota> quota)
      : descriptor(std::move(d)), quota_(std::move(quota)) {}
  ~OpenFile() { quota_->GiveBack(); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  host::Descriptor descriptor;

 private:
  const std::shared_ptr<DescriptorQuota> quota_;  // a place in it has been taken
};

// resource descriptor
struct Descriptor : Resource {
  explicit Descriptor(std::shared_ptr<host::Descriptor> f) : file(std::move(f)) {}
  // Shared with the streams made of it.
  std::shared_ptr<host::Descriptor> file;
};

// A value or an error-code; not OK: the guest ends.
template <typename T>
using FileOutcome = absl::StatusOr<WitResult<T, FileError>>;

template <typename T>
FileOutcome<T> Fail(FileError error) {
  return WitResult<T, FileError>::Err(error);
}
template <typename T>
FileOutcome<T> Fail(host::Error error) {
  if (error.interrupted()) return Context::EndsGuest(error);
  return Fail<T>(ToFileError(error));
}
template <typename T>
FileOutcome<T> Succeed(T value) {
  return WitResult<T, FileError>::Ok(std::move(value));
}
inline FileOutcome<std::monostate> Finish(host::Error error) {
  return error.ok() ? Succeed(std::monostate()) : Fail<std::monostate>(error);
}
// The same for a resource that is handed out.
template <typename T>
FileOutcome<Own<T>> HandOut(Context& context, std::unique_ptr<T> resource) {
  absl::StatusOr<Own<T>> handle = context.Add(std::move(resource));
  if (!handle.ok()) return handle.status();
  return Succeed(*handle);
}

// What the guest's guard says to exercising `rights` on what is open.
std::optional<FileError> Denied(const host::Descriptor& d, host::Rights rights);
// Why an operation on a path beneath `d` cannot be: it is no directory, or it lacks `rights`.
std::optional<FileError> CannotBeneath(const host::Descriptor& d, host::Rights rights);
// Why data cannot be read from or written to `d`: a directory, not opened for that, or the guest's
// guard denies it.
std::optional<FileError> CannotTransfer(const host::Descriptor& d, host::Rights right);

// The parts of the interface types; each in filesystem_<topic>.cc.
void DefineFileData(Interface& types);
void DefineFileMetadata(Interface& types);
void DefinePaths(Interface& types);
void DefineDirectories(Interface& types);

}  // namespace airwasm::wasi::p2
