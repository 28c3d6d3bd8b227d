// wasi:filesystem: its two interfaces put together, and its errors.
#include "wasi/p2/filesystem.h"

#include <cerrno>
#include <tuple>
#include <vector>

#include "wasi/p2/io.h"

namespace airwasm::wasi::p2 {
namespace {

constexpr struct {
  int posix;
  FileError error;
} kErrors[] = {
#define AIRWASM_WASI_FILE_ERROR(name, posix) {posix, FileError::name},
#define AIRWASM_WASI_FILE_ERROR_TOO(posix, name) {posix, FileError::name},
#include "wasi/p2/filesystem_errors.def"
#undef AIRWASM_WASI_FILE_ERROR
#undef AIRWASM_WASI_FILE_ERROR_TOO
};

}  // namespace

FileError ToFileError(host::Error error) {
  if (error.not_capable()) return FileError::kReadOnly;
  for (const auto& row : kErrors) {
    if (row.posix == error.posix()) return row.error;
  }
  return FileError::kIo;
}

DescriptorType ToDescriptorType(host::FileType type) {
  switch (type) {
    case host::FileType::kUnknown:
      return DescriptorType::kFifo;  // nothing else that a file system holds
    case host::FileType::kBlockDevice:
      return DescriptorType::kBlockDevice;
    case host::FileType::kCharacterDevice:
      return DescriptorType::kCharacterDevice;
    case host::FileType::kDirectory:
      return DescriptorType::kDirectory;
    case host::FileType::kRegularFile:
      return DescriptorType::kRegularFile;
    case host::FileType::kSocketDgram:
    case host::FileType::kSocketStream:
      return DescriptorType::kSocket;
    case host::FileType::kSymbolicLink:
      return DescriptorType::kSymbolicLink;
  }
  return DescriptorType::kUnknown;
}

std::optional<FileError> Denied(const host::Descriptor& d, host::Rights rights) {
  if (d.Permits(rights).ok()) return std::nullopt;
  return FileError::kAccess;
}

std::optional<FileError> CannotBeneath(const host::Descriptor& d, host::Rights rights) {
  if (!d.is_directory()) return FileError::kNotDirectory;
  if (!d.Has(rights)) return FileError::kReadOnly;
  return std::nullopt;
}

std::optional<FileError> CannotTransfer(const host::Descriptor& d, host::Rights right) {
  if (d.is_directory()) return FileError::kIsDirectory;
  if (!d.Has(right)) return FileError::kBadDescriptor;
  return Denied(d, right);
}

absl::Status DefineFilesystem(ComponentLinker& linker) {
  absl::Status status;
  Interface types(linker, "wasi:filesystem/types", asks::kFiles, &status);
  types.Use("input-stream", "wasi:io/streams")
      .Use("output-stream", "wasi:io/streams")
      .Use("error", "wasi:io/error")
      .Resource<Descriptor>("descriptor");
  DefineFileData(types);
  DefineFileMetadata(types);
  DefinePaths(types);
  DefineDirectories(types);
  types.Func("filesystem-error-code", [](Borrow<IoError> err) -> std::optional<FileError> {
    const auto* const posix =
        dynamic_cast<const host::PosixStreamError*>(Context::Get(err).error.get());
    if (posix == nullptr) return std::nullopt;
    return ToFileError(host::Error::Posix(posix->error));
  });

  using Directories = std::vector<std::tuple<Own<Descriptor>, std::string>>;
  Interface(linker, "wasi:filesystem/preopens", asks::kFiles, &status)
      .Use("descriptor", "wasi:filesystem/types")
      .Func("get-directories", [](HostCall& call) -> absl::StatusOr<Directories> {
        Context& context = Context::Of(call);
        Directories directories;
        for (const PreopenedDirectory& preopen : context.preopens()) {
          auto handle = context.Add(std::make_unique<Descriptor>(preopen.directory));
          if (!handle.ok()) return handle.status();
          directories.emplace_back(*handle, preopen.guest_path);
        }
        return directories;
      });
  return status;
}

}  // namespace airwasm::wasi::p2
