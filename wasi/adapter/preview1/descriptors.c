// The table of descriptors: 0 to 2 are the standard streams, then come the preopens.
#include "adapter.h"

struct preopen {
  handle directory;
  char* name;
  uint32_t name_size;
};
IMPORT("wasi:filesystem/preopens@0.2.0", "get-directories") void get_directories(struct list* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.get-flags")
void descriptor_get_flags(handle self, struct result_small* out);
IMPORT("wasi:filesystem/types@0.2.0", "[resource-drop]descriptor")
void descriptor_drop(handle self);
IMPORT("wasi:filesystem/types@0.2.0", "[resource-drop]directory-entry-stream")
void directory_entry_stream_drop(handle self);
IMPORT("wasi:io/streams@0.2.0", "[resource-drop]input-stream") void input_stream_drop(handle self);
IMPORT("wasi:io/streams@0.2.0", "[resource-drop]output-stream")
void output_stream_drop(handle self);

static void add_preopens(void) {
  struct list directories;
  get_directories(&directories);
  const struct preopen* preopens = directories.data;
  for (uint32_t i = 0; i < directories.size; ++i) {
    struct descriptor* d;
    uint32_t fd;
    if (add_descriptor(&d, &fd) != E_SUCCESS) break;
    struct result_small flags;
    descriptor_get_flags(preopens[i].directory, &flags);
    d->kind = KIND_DIRECTORY;
    d->type = TYPE_DIRECTORY;
    d->descriptor_flags = flags.is_error ? DESC_READ : flags.value;
    d->is_preopen = true;
    d->file = preopens[i].directory;
    d->name = preopens[i].name;
    d->name_size = preopens[i].name_size;
    set_rights(d);
  }
  arena_keep();
}

void enter_with_descriptors(void) {
  enter();
  struct state* s = STATE;
  if (s->has_descriptors) return;
  s->has_descriptors = true;
  s->descriptors[0].kind = KIND_STDIN;
  s->descriptors[1].kind = KIND_STDOUT;
  s->descriptors[2].kind = KIND_STDERR;
  for (uint32_t fd = 0; fd < 3; ++fd) set_rights(&s->descriptors[fd]);
  add_preopens();
}

struct descriptor* find(uint32_t fd) {
  if (fd >= MAX_DESCRIPTORS) return NULL;
  struct descriptor* d = &STATE->descriptors[fd];
  return d->kind == KIND_CLOSED ? NULL : d;
}

errno_t find_file(uint32_t fd, struct descriptor** out) {
  *out = find(fd);
  if (*out == NULL) return E_BADF;
  if ((*out)->kind == KIND_DIRECTORY) return E_ISDIR;
  return (*out)->kind == KIND_FILE ? E_SUCCESS : E_SPIPE;
}

errno_t find_directory(uint32_t fd, struct descriptor** out) {
  *out = find(fd);
  if (*out == NULL) return E_BADF;
  return (*out)->kind == KIND_DIRECTORY ? E_SUCCESS : E_NOTDIR;
}

errno_t find_any_file(uint32_t fd, struct descriptor** out) {
  *out = find(fd);
  if (*out == NULL) return E_BADF;
  return (*out)->file != 0 || (*out)->kind >= KIND_FILE ? E_SUCCESS : E_INVAL;
}

void set_rights(struct descriptor* d) {
  uint64_t rights = RIGHTS_ALL;
  d->inherited = 0;
  switch ((enum kind)d->kind) {
    case KIND_STDIN:
    case KIND_STDOUT:
    case KIND_STDERR:
      // Without the right to seek a character device is a terminal, for the common C library.
      rights = d->kind == KIND_STDIN ? RIGHT_FD_READ : RIGHT_FD_WRITE;
      break;
    case KIND_FILE:
      if ((d->descriptor_flags & DESC_READ) == 0) rights &= ~RIGHT_FD_READ;
      if ((d->descriptor_flags & DESC_WRITE) == 0) rights &= ~RIGHTS_WRITING;
      break;
    case KIND_DIRECTORY:
      d->inherited = RIGHTS_ALL;
      if ((d->descriptor_flags & DESC_MUTATE) == 0) d->inherited &= ~RIGHTS_WRITING;
      rights &= ~(RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_FD_TELL | RIGHTS_WRITING);
      break;
    case KIND_CLOSED:
      break;
  }
  d->rights = rights;
}

errno_t add_descriptor(struct descriptor** out, uint32_t* fd) {
  for (uint32_t i = 0; i < MAX_DESCRIPTORS; ++i) {
    if (STATE->descriptors[i].kind != KIND_CLOSED) continue;
    *fd = i;
    *out = &STATE->descriptors[i];
    **out = (struct descriptor){0};
    return E_SUCCESS;
  }
  return E_MFILE;
}

void close_descriptor(struct descriptor* d) {
  switch ((enum kind)d->kind) {
    case KIND_STDIN:
      if (d->stream != 0) input_stream_drop(d->stream);
      break;
    case KIND_STDOUT:
    case KIND_STDERR:
    case KIND_FILE:
      if (d->stream != 0) output_stream_drop(d->stream);
      if (d->kind == KIND_FILE) descriptor_drop(d->file);
      break;
    case KIND_DIRECTORY:
      if (d->entries != 0) directory_entry_stream_drop(d->entries);
      descriptor_drop(d->file);
      break;
    case KIND_CLOSED:
      break;
  }
  *d = (struct descriptor){0};
}

EXPORT("fd_close") errno_t fd_close(uint32_t fd) {
  enter_with_descriptors();
  struct descriptor* d = find(fd);
  if (d == NULL) return E_BADF;
  close_descriptor(d);
  return E_SUCCESS;
}

EXPORT("fd_renumber") errno_t fd_renumber(uint32_t from, uint32_t to) {
  enter_with_descriptors();
  struct descriptor* source = find(from);
  struct descriptor* target = find(to);
  if (source == NULL || target == NULL) return E_BADF;
  if (from == to) return E_SUCCESS;
  close_descriptor(target);
  *target = *source;
  *source = (struct descriptor){0};
  return E_SUCCESS;
}

EXPORT("fd_prestat_get") errno_t fd_prestat_get(uint32_t fd, guest_ptr out) {
  enter_with_descriptors();
  const struct descriptor* d = find(fd);
  if (d == NULL || !d->is_preopen) return E_BADF;
  const uint32_t prestat[2] = {0, d->name_size};  // $prestat: the tag is that of a directory
  guest_write(out, prestat, sizeof prestat);
  return E_SUCCESS;
}

EXPORT("fd_prestat_dir_name")
errno_t fd_prestat_dir_name(uint32_t fd, guest_ptr out, uint32_t size) {
  enter_with_descriptors();
  const struct descriptor* d = find(fd);
  if (d == NULL || !d->is_preopen) return E_BADF;
  if (size < d->name_size) return E_NAMETOOLONG;
  guest_write(out, d->name, d->name_size);
  return E_SUCCESS;
}

errno_t errno_of(uint8_t error_code) {
  // In the order of wasi:filesystem's error-code.
  static const uint8_t kErrnos[] = {2,  6,  7,  8,  10, 16, 19, 20, 22, 25, 26, 27, 28,
                                    29, 31, 32, 34, 35, 37, 43, 44, 46, 48, 51, 54, 55,
                                    56, 58, 59, 60, 61, 63, 64, 69, 70, 74, 75};
  return error_code < sizeof kErrnos ? kErrnos[error_code] : E_IO;
}

uint8_t type_of(uint8_t descriptor_type) {
  // In the order of descriptor-type; 0.1 has no word for a FIFO.
  static const uint8_t kTypes[] = {TYPE_UNKNOWN, TYPE_BLOCK,   TYPE_CHARACTER, TYPE_DIRECTORY,
                                   TYPE_UNKNOWN, TYPE_SYMLINK, TYPE_REGULAR,   TYPE_STREAM};
  return descriptor_type < sizeof kTypes ? kTypes[descriptor_type] : TYPE_UNKNOWN;
}
