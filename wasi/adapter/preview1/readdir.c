// Reading directories.
#include "adapter.h"

struct result_entry {
  uint8_t is_error;
  union {
    struct {
      uint8_t is_some;
      struct {
        uint8_t type;
        struct list name;
      } value;
    };
    uint8_t error;
  } __attribute__((aligned(4)));
};
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.read-directory")
void descriptor_read_directory(handle self, struct result_handle* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]directory-entry-stream.read-directory-entry")
void read_directory_entry(handle self, struct result_entry* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.metadata-hash")
void descriptor_metadata_hash(handle self, struct result_hash* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.metadata-hash-at")
void descriptor_metadata_hash_at(handle self, uint32_t follow, const char* path, uint32_t size,
                                 struct result_hash* out);
IMPORT("wasi:filesystem/types@0.2.0", "[resource-drop]directory-entry-stream")
void directory_entry_stream_drop(handle self);

// 0.2 leaves out "." and "..": they are entries 0 and 1 here, the first of the stream is entry 2.
#define FIRST 2

struct entry {
  uint8_t type;
  const char* name;
  uint32_t name_size;
};

// The next entry of the stream; `*done` at its end.
static errno_t next_of_stream(struct descriptor* d, struct entry* out, bool* done) {
  struct result_entry result;
  read_directory_entry(d->entries, &result);
  if (result.is_error) return errno_of(result.error);
  *done = !result.is_some;
  if (*done) return E_SUCCESS;
  ++d->position;
  *out = (struct entry){type_of(result.value.type), result.value.name.data, result.value.name.size};
  return E_SUCCESS;
}

// Stands the stream at entry `number`.
static errno_t seek_entry(struct descriptor* d, uint64_t number) {
  if (d->entries != 0 && d->position == number) return E_SUCCESS;
  if (d->entries != 0) directory_entry_stream_drop(d->entries);
  d->entries = 0;
  struct result_handle opened;
  descriptor_read_directory(d->file, &opened);
  if (opened.is_error) return errno_of(opened.error);
  d->entries = opened.value;
  d->position = FIRST;
  const uint32_t arena = STATE->arena_next;
  for (bool done = false; d->position < number && !done;) {
    STATE->arena_next = arena;
    struct entry skipped;
    const errno_t error = next_of_stream(d, &skipped, &done);
    if (error != E_SUCCESS) return error;
  }
  return E_SUCCESS;
}

static errno_t entry_at(struct descriptor* d, uint32_t fd, uint64_t number, struct entry* out,
                        bool* done) {
  *done = false;
  if (number < FIRST) {
    *out = (struct entry){TYPE_DIRECTORY, "..", (uint32_t)number + 1};
    return E_SUCCESS;
  }
  const struct pending_entry* pending = &STATE->pending;
  if (pending->name_size != 0 && pending->fd == fd && pending->number == number &&
      d->position == number + 1) {
    *out = (struct entry){pending->type, pending->name, pending->name_size};
    return E_SUCCESS;
  }
  const errno_t error = seek_entry(d, number);
  return error != E_SUCCESS ? error : next_of_stream(d, out, done);
}

static void keep_pending(uint32_t fd, uint64_t number, const struct entry* entry) {
  struct pending_entry* pending = &STATE->pending;
  if (entry->name == pending->name) return;
  pending->name_size = 0;
  if (number < FIRST || entry->name_size > sizeof pending->name) return;
  pending->fd = fd;
  pending->number = number;
  pending->type = entry->type;
  pending->name_size = entry->name_size;
  __builtin_memcpy(pending->name, entry->name, entry->name_size);
}

static uint64_t inode_of(const struct descriptor* d, uint64_t number, const struct entry* entry) {
  struct result_hash hash;
  if (number == 0) {
    descriptor_metadata_hash(d->file, &hash);
  } else if (number < FIRST) {
    return 0;  // what lies above may not be reached
  } else {
    descriptor_metadata_hash_at(d->file, 0, entry->name, entry->name_size, &hash);
  }
  return hash.is_error ? 0 : hash.lower;
}

EXPORT("fd_readdir")
errno_t fd_readdir(uint32_t fd, guest_ptr buffer, uint32_t size, uint64_t cookie, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d;
  errno_t error = find_directory(fd, &d);
  if (error != E_SUCCESS) return error;
  // A reading that begins anew sees what has changed.
  if (cookie == 0 && d->entries != 0) {
    directory_entry_stream_drop(d->entries);
    d->entries = 0;
    STATE->pending.name_size = 0;
  }
  const uint32_t arena = STATE->arena_next;
  uint32_t used = 0;
  for (uint64_t number = cookie; used < size; ++number) {
    STATE->arena_next = arena;
    struct entry entry;
    bool done;
    error = entry_at(d, fd, number, &entry, &done);
    if (error != E_SUCCESS) return error;
    if (done) break;
    const struct {
      uint64_t next;
      uint64_t inode;
      uint32_t name_size;
      uint8_t type;
    } dirent = {number + 1, inode_of(d, number, &entry), entry.name_size, entry.type};
    const uint32_t head = size - used < sizeof dirent ? size - used : sizeof dirent;
    guest_write(buffer + used, &dirent, head);
    used += head;
    const uint32_t name = size - used < entry.name_size ? size - used : entry.name_size;
    guest_write(buffer + used, entry.name, name);
    used += name;
    // An entry that is cut off is asked for again.
    if (head < sizeof dirent || name < entry.name_size) keep_pending(fd, number, &entry);
  }
  return put32(out, used);
}
