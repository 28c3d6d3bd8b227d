// Functions on descriptors that neither read nor write.
#include "metadata.h"

IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.stat")
void descriptor_stat(handle self, struct result_stat* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.metadata-hash")
void descriptor_metadata_hash(handle self, struct result_hash* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.advise")
void descriptor_advise(handle self, uint64_t offset, uint64_t size, uint32_t advice,
                       struct result_small* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.sync")
void descriptor_sync(handle self, struct result_small* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.sync-data")
void descriptor_sync_data(handle self, struct result_small* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.set-size")
void descriptor_set_size(handle self, uint64_t size, struct result_small* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.set-times")
void descriptor_set_times(handle self, uint32_t accessed, uint64_t accessed_s, uint32_t accessed_ns,
                          uint32_t modified, uint64_t modified_s, uint32_t modified_ns,
                          struct result_small* out);
struct option_handle {
  uint8_t is_some;
  handle value;
};
#define TERMINAL(stream, direction)                                      \
  IMPORT("wasi:cli/terminal-" #stream "@0.2.0", "get-terminal-" #stream) \
  void get_terminal_##stream(struct option_handle* out);
TERMINAL(stdin, input)
TERMINAL(stdout, output)
TERMINAL(stderr, output)
IMPORT("wasi:cli/terminal-input@0.2.0", "[resource-drop]terminal-input")
void terminal_input_drop(handle self);
IMPORT("wasi:cli/terminal-output@0.2.0", "[resource-drop]terminal-output")
void terminal_output_drop(handle self);

#define NS_PER_S UINT64_C(1000000000)

errno_t new_times(uint64_t accessed, uint64_t modified, uint32_t flags, struct new_time out[2]) {
  // $fstflags: atim 1, atim_now 2, mtim 4, mtim_now 8
  if (flags > 15 || (flags & 3) == 3 || (flags & 12) == 12) return E_INVAL;
  const uint64_t times[2] = {accessed, modified};
  for (int i = 0; i < 2; ++i) {
    const uint32_t bits = (flags >> (2 * i)) & 3;
    out[i].what = bits == 0 ? 0 : bits == 2 ? 1 : 2;
    out[i].value.seconds = times[i] / NS_PER_S;
    out[i].value.nanoseconds = (uint32_t)(times[i] % NS_PER_S);
  }
  return E_SUCCESS;
}

static uint64_t nanoseconds(const struct option_datetime* time) {
  return time->is_some ? time->value.seconds * NS_PER_S + time->value.nanoseconds : 0;
}

// $filestat: device, inode, type, links, size, and three times; each in eight bytes.
errno_t put_filestat(guest_ptr out, const struct result_stat* stat,
                     const struct result_hash* hash) {
  if (stat->is_error) return errno_of(stat->error);
  if (hash->is_error) return errno_of(hash->error);
  const uint64_t filestat[8] = {1,
                                hash->lower,
                                type_of(stat->value.type),
                                stat->value.links,
                                stat->value.size,
                                nanoseconds(&stat->value.accessed),
                                nanoseconds(&stat->value.modified),
                                nanoseconds(&stat->value.changed)};
  guest_write(out, filestat, sizeof filestat);
  return E_SUCCESS;
}

// A terminal is a character device; of anything else that a standard stream may be nothing is
// known.
static uint8_t standard_type(struct descriptor* d) {
  if (d->type != TYPE_UNKNOWN) return d->type;
  struct option_handle terminal;
  if (d->kind == KIND_STDIN) {
    get_terminal_stdin(&terminal);
    if (terminal.is_some) terminal_input_drop(terminal.value);
  } else {
    if (d->kind == KIND_STDOUT) {
      get_terminal_stdout(&terminal);
    } else {
      get_terminal_stderr(&terminal);
    }
    if (terminal.is_some) terminal_output_drop(terminal.value);
  }
  if (terminal.is_some) d->type = TYPE_CHARACTER;
  return d->type;
}

EXPORT("fd_fdstat_get") errno_t fd_fdstat_get(uint32_t fd, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d = find(fd);
  if (d == NULL) return E_BADF;
  struct {
    uint8_t type;
    uint16_t flags;
    uint64_t rights;
    uint64_t inherited_rights;
  } fdstat = {d->kind < KIND_FILE ? standard_type(d) : d->type, d->flags, d->rights, d->inherited};
  guest_write(out, &fdstat, sizeof fdstat);
  return E_SUCCESS;
}

EXPORT("fd_fdstat_set_flags") errno_t fd_fdstat_set_flags(uint32_t fd, uint32_t flags) {
  enter_with_descriptors();
  struct descriptor* d = find(fd);
  if (d == NULL) return E_BADF;
  // 0.2 says how a file is synchronized when it is opened.
  const uint32_t can_change = FD_APPEND | FD_NONBLOCK;
  if (((flags ^ d->flags) & ~can_change) != 0) return E_NOTSUP;
  d->flags = (uint8_t)flags;
  return E_SUCCESS;
}

EXPORT("fd_fdstat_set_rights")
errno_t fd_fdstat_set_rights(uint32_t fd, uint64_t rights, uint64_t inherited) {
  enter_with_descriptors();
  struct descriptor* d = find(fd);
  if (d == NULL) return E_BADF;
  if ((rights & ~d->rights) != 0 || (inherited & ~d->inherited) != 0) return E_NOTCAPABLE;
  d->rights = rights;
  d->inherited = inherited;
  return E_SUCCESS;
}

EXPORT("fd_filestat_get") errno_t fd_filestat_get(uint32_t fd, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d = find(fd);
  if (d == NULL) return E_BADF;
  if (d->kind < KIND_FILE) {
    const uint64_t filestat[8] = {0, 0, standard_type(d)};
    guest_write(out, filestat, sizeof filestat);
    return E_SUCCESS;
  }
  struct result_stat stat;
  struct result_hash hash;
  descriptor_stat(d->file, &stat);
  descriptor_metadata_hash(d->file, &hash);
  return put_filestat(out, &stat, &hash);
}

EXPORT("fd_filestat_set_size") errno_t fd_filestat_set_size(uint32_t fd, uint64_t size) {
  enter_with_descriptors();
  struct descriptor* d;
  const errno_t error = find_file(fd, &d);
  if (error != E_SUCCESS) return error == E_SPIPE ? E_INVAL : error;
  struct result_small result;
  descriptor_set_size(d->file, size, &result);
  return finish(&result);
}

EXPORT("fd_filestat_set_times")
errno_t fd_filestat_set_times(uint32_t fd, uint64_t accessed, uint64_t modified, uint32_t flags) {
  enter_with_descriptors();
  struct descriptor* d;
  errno_t error = find_any_file(fd, &d);
  if (error != E_SUCCESS) return error;
  struct new_time times[2];
  error = new_times(accessed, modified, flags, times);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_set_times(d->file, times[0].what, times[0].value.seconds, times[0].value.nanoseconds,
                       times[1].what, times[1].value.seconds, times[1].value.nanoseconds, &result);
  return finish(&result);
}

EXPORT("fd_advise")
errno_t fd_advise(uint32_t fd, uint64_t offset, uint64_t size, uint32_t advice) {
  enter_with_descriptors();
  struct descriptor* d;
  const errno_t error = find_file(fd, &d);
  if (error != E_SUCCESS) return error;
  if (advice > 5) return E_INVAL;
  // $advice has dontneed before noreuse, and sequential before random; so has 0.2.
  struct result_small result;
  descriptor_advise(d->file, offset, size, advice, &result);
  return finish(&result);
}

EXPORT("fd_allocate") errno_t fd_allocate(uint32_t fd, uint64_t offset, uint64_t size) {
  (void)offset, (void)size;
  enter_with_descriptors();
  struct descriptor* d;
  const errno_t error = find_file(fd, &d);
  return error != E_SUCCESS ? error : E_NOTSUP;
}

EXPORT("fd_sync") errno_t fd_sync(uint32_t fd) {
  enter_with_descriptors();
  struct descriptor* d;
  const errno_t error = find_any_file(fd, &d);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_sync(d->file, &result);
  return finish(&result);
}

EXPORT("fd_datasync") errno_t fd_datasync(uint32_t fd) {
  enter_with_descriptors();
  struct descriptor* d;
  const errno_t error = find_any_file(fd, &d);
  if (error != E_SUCCESS) return error;
  struct result_small result;
  descriptor_sync_data(d->file, &result);
  return finish(&result);
}
