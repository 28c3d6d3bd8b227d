// Functions on paths.
#include "metadata.h"

#define TYPES "wasi:filesystem/types@0.2.0"
IMPORT(TYPES, "[method]descriptor.create-directory-at")
void descriptor_create_directory_at(handle self, const char* path, uint32_t size,
                                    struct result_small* out);
IMPORT(TYPES, "[method]descriptor.stat-at")
void descriptor_stat_at(handle self, uint32_t follow, const char* path, uint32_t size,
                        struct result_stat* out);
IMPORT(TYPES, "[method]descriptor.metadata-hash-at")
void descriptor_metadata_hash_at(handle self, uint32_t follow, const char* path, uint32_t size,
                                 struct result_hash* out);
IMPORT(TYPES, "[method]descriptor.set-times-at")
void descriptor_set_times_at(handle self, uint32_t follow, const char* path, uint32_t size,
                             uint32_t accessed, uint64_t accessed_s, uint32_t accessed_ns,
                             uint32_t modified, uint64_t modified_s, uint32_t modified_ns,
                             struct result_small* out);
IMPORT(TYPES, "[method]descriptor.link-at")
void descriptor_link_at(handle self, uint32_t follow, const char* from, uint32_t from_size,
                        handle to_directory, const char* to, uint32_t to_size,
                        struct result_small* out);
IMPORT(TYPES, "[method]descriptor.open-at")
void descriptor_open_at(handle self, uint32_t follow, const char* path, uint32_t size,
                        uint32_t open_flags, uint32_t flags, struct result_handle* out);
IMPORT(TYPES, "[method]descriptor.get-type")
void descriptor_get_type(handle self, struct result_small* out);
struct result_string {
  uint8_t is_error;
  union {
    struct list value;
    uint8_t error;
  };
};
IMPORT(TYPES, "[method]descriptor.readlink-at")
void descriptor_readlink_at(handle self, const char* path, uint32_t size,
                            struct result_string* out);
IMPORT(TYPES, "[method]descriptor.remove-directory-at")
void descriptor_remove_directory_at(handle self, const char* path, uint32_t size,
                                    struct result_small* out);
IMPORT(TYPES, "[method]descriptor.rename-at")
void descriptor_rename_at(handle self, const char* from, uint32_t from_size, handle to_directory,
                          const char* to, uint32_t to_size, struct result_small* out);
IMPORT(TYPES, "[method]descriptor.symlink-at")
void descriptor_symlink_at(handle self, const char* target, uint32_t target_size, const char* path,
                           uint32_t size, struct result_small* out);
IMPORT(TYPES, "[method]descriptor.unlink-file-at")
void descriptor_unlink_file_at(handle self, const char* path, uint32_t size,
                               struct result_small* out);
IMPORT(TYPES, "[resource-drop]descriptor") void descriptor_drop(handle self);

// $lookupflags and path-flags have one bit, the same.
#define FOLLOW 1u

// A directory and a path beneath it.
struct place {
  struct descriptor* directory;
  char* path;
  uint32_t size;
};
static errno_t find_place(uint32_t fd, guest_ptr path, uint32_t size, struct place* out) {
  const errno_t error = find_directory(fd, &out->directory);
  if (error != E_SUCCESS) return error;
  out->size = size;
  return guest_string(path, size, &out->path);
}

EXPORT("path_create_directory")
errno_t path_create_directory(uint32_t fd, guest_ptr path, uint32_t size) {
  enter_with_descriptors();
  struct place at;
  const errno_t error = find_place(fd, path, size, &at);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_create_directory_at(at.directory->file, at.path, at.size, &result);
  return finish(&result);
}

EXPORT("path_remove_directory")
errno_t path_remove_directory(uint32_t fd, guest_ptr path, uint32_t size) {
  enter_with_descriptors();
  struct place at;
  const errno_t error = find_place(fd, path, size, &at);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_remove_directory_at(at.directory->file, at.path, at.size, &result);
  return finish(&result);
}

EXPORT("path_unlink_file") errno_t path_unlink_file(uint32_t fd, guest_ptr path, uint32_t size) {
  enter_with_descriptors();
  struct place at;
  const errno_t error = find_place(fd, path, size, &at);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_unlink_file_at(at.directory->file, at.path, at.size, &result);
  return finish(&result);
}

EXPORT("path_filestat_get")
errno_t path_filestat_get(uint32_t fd, uint32_t lookup, guest_ptr path, uint32_t size,
                          guest_ptr out) {
  enter_with_descriptors();
  struct place at;
  const errno_t error = find_place(fd, path, size, &at);
  if (error != E_SUCCESS) return error;
  struct result_stat stat;
  struct result_hash hash;
  descriptor_stat_at(at.directory->file, lookup & FOLLOW, at.path, at.size, &stat);
  if (stat.is_error) return errno_of(stat.error);
  descriptor_metadata_hash_at(at.directory->file, lookup & FOLLOW, at.path, at.size, &hash);
  return put_filestat(out, &stat, &hash);
}

EXPORT("path_filestat_set_times")
errno_t path_filestat_set_times(uint32_t fd, uint32_t lookup, guest_ptr path, uint32_t size,
                                uint64_t accessed, uint64_t modified, uint32_t flags) {
  enter_with_descriptors();
  struct place at;
  errno_t error = find_place(fd, path, size, &at);
  if (error != E_SUCCESS) return error;
  struct new_time times[2];
  error = new_times(accessed, modified, flags, times);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_set_times_at(at.directory->file, lookup & FOLLOW, at.path, at.size, times[0].what,
                          times[0].value.seconds, times[0].value.nanoseconds, times[1].what,
                          times[1].value.seconds, times[1].value.nanoseconds, &result);
  return finish(&result);
}

EXPORT("path_link")
errno_t path_link(uint32_t from_fd, uint32_t lookup, guest_ptr from_path, uint32_t from_size,
                  uint32_t to_fd, guest_ptr to_path, uint32_t to_size) {
  enter_with_descriptors();
  struct place from, to;
  errno_t error = find_place(from_fd, from_path, from_size, &from);
  if (error == E_SUCCESS) error = find_place(to_fd, to_path, to_size, &to);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_link_at(from.directory->file, lookup & FOLLOW, from.path, from.size,
                     to.directory->file, to.path, to.size, &result);
  return finish(&result);
}

EXPORT("path_rename")
errno_t path_rename(uint32_t from_fd, guest_ptr from_path, uint32_t from_size, uint32_t to_fd,
                    guest_ptr to_path, uint32_t to_size) {
  enter_with_descriptors();
  struct place from, to;
  errno_t error = find_place(from_fd, from_path, from_size, &from);
  if (error == E_SUCCESS) error = find_place(to_fd, to_path, to_size, &to);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_rename_at(from.directory->file, from.path, from.size, to.directory->file, to.path,
                       to.size, &result);
  return finish(&result);
}

EXPORT("path_symlink")
errno_t path_symlink(guest_ptr target, uint32_t target_size, uint32_t fd, guest_ptr path,
                     uint32_t size) {
  enter_with_descriptors();
  struct place at;
  errno_t error = find_place(fd, path, size, &at);
  if (error != E_SUCCESS) return error;
  char* text;
  error = guest_string(target, target_size, &text);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_symlink_at(at.directory->file, text, target_size, at.path, at.size, &result);
  return finish(&result);
}

EXPORT("path_readlink")
errno_t path_readlink(uint32_t fd, guest_ptr path, uint32_t size, guest_ptr buffer,
                      uint32_t buffer_size, guest_ptr out) {
  enter_with_descriptors();
  struct place at;
  const errno_t error = find_place(fd, path, size, &at);
  if (error != E_SUCCESS) return error;
  struct result_string result;
  descriptor_readlink_at(at.directory->file, at.path, at.size, &result);
  if (result.is_error) return errno_of(result.error);
  const uint32_t part = result.value.size < buffer_size ? result.value.size : buffer_size;
  guest_write(buffer, result.value.data, part);
  return put32(out, part);
}

// The flags of a descriptor that is to have these rights.
static uint32_t flags_for(const struct descriptor* directory, uint64_t rights, uint32_t fdflags,
                          uint32_t oflags) {
  uint32_t flags = 0;
  if ((rights & RIGHTS_WRITING) != 0) flags |= DESC_WRITE;
  if ((rights & RIGHT_FD_READ) != 0 || flags == 0) flags |= DESC_READ;
  if ((fdflags & FD_SYNC) != 0) flags |= DESC_FILE_SYNC;
  if ((fdflags & FD_DSYNC) != 0) flags |= DESC_DATA_SYNC;
  if ((fdflags & FD_RSYNC) != 0) flags |= DESC_WRITE_SYNC;
  const uint32_t kOpenDirectory = 2;
  if ((oflags & kOpenDirectory) != 0) {
    flags |= DESC_READ | (directory->descriptor_flags & DESC_MUTATE);
  }
  return flags;
}

EXPORT("path_open")
errno_t path_open(uint32_t fd, uint32_t lookup, guest_ptr path, uint32_t size, uint32_t oflags,
                  uint64_t rights, uint64_t inherited_rights, uint32_t fdflags, guest_ptr out) {
  (void)inherited_rights;
  enter_with_descriptors();
  struct place at;
  errno_t error = find_place(fd, path, size, &at);
  if (error != E_SUCCESS) return error;
  // $oflags and open-flags have the same bits: create, directory, exclusive, truncate.
  if ((oflags & 8) != 0 && (at.directory->rights & RIGHT_PATH_SET_SIZE) == 0) return E_NOTCAPABLE;
  const uint32_t flags = flags_for(at.directory, rights, fdflags, oflags);
  struct result_handle opened;
  descriptor_open_at(at.directory->file, lookup & FOLLOW, at.path, at.size, oflags, flags, &opened);
  if (opened.is_error) return errno_of(opened.error);
  struct result_small type;
  descriptor_get_type(opened.value, &type);
  struct descriptor* d;
  uint32_t number;
  error = type.is_error ? errno_of(type.value) : add_descriptor(&d, &number);
  if (error != E_SUCCESS) {
    descriptor_drop(opened.value);
    return error;
  }
  d->type = type_of(type.value);
  d->kind = d->type == TYPE_DIRECTORY ? KIND_DIRECTORY : KIND_FILE;
  d->flags = (uint8_t)fdflags;
  d->descriptor_flags = (uint8_t)flags;
  if (d->kind == KIND_DIRECTORY)
    d->descriptor_flags |= at.directory->descriptor_flags & DESC_MUTATE;
  d->file = opened.value;
  set_rights(d);
  return put32(out, number);
}
