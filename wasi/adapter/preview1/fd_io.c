// Reading, writing and the position.
#include "streams.h"

struct result_read {
  uint8_t is_error;
  union {
    struct {
      struct list bytes;
      uint8_t at_end;
    };
    uint8_t error;
  };
};
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.read")
void descriptor_read(handle self, uint64_t size, uint64_t offset, struct result_read* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.write")
void descriptor_write(handle self, const void* data, uint32_t size, uint64_t offset,
                      struct result_u64* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.append-via-stream")
void descriptor_append_via_stream(handle self, struct result_handle* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.stat")
void descriptor_stat(handle self, struct result_stat* out);

#define CHUNK_BYTES 65536u

// Reads into the guest's buffers from `*offset` on, and moves it.
static errno_t read_file(const struct descriptor* d, const struct iovec* iovecs, uint32_t count,
                         uint64_t* offset, uint32_t* total) {
  const uint32_t arena = STATE->arena_next;
  *total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    for (uint32_t done = 0; done < iovecs[i].size;) {
      STATE->arena_next = arena;  // what was read before has been handed on
      const uint32_t left = iovecs[i].size - done;
      struct result_read result;
      descriptor_read(d->file, left < CHUNK_BYTES ? left : CHUNK_BYTES, *offset, &result);
      if (result.is_error) return *total != 0 ? E_SUCCESS : errno_of(result.error);
      guest_write(iovecs[i].buffer + done, result.bytes.data, result.bytes.size);
      done += result.bytes.size;
      *total += result.bytes.size;
      *offset += result.bytes.size;
      if (result.at_end || result.bytes.size == 0) return E_SUCCESS;
    }
  }
  return E_SUCCESS;
}

static errno_t read_stream(struct descriptor* d, const struct iovec* iovecs, uint32_t count,
                           uint32_t* total) {
  *total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (iovecs[i].size == 0) continue;
    const uint32_t size = iovecs[i].size < CHUNK_BYTES ? iovecs[i].size : CHUNK_BYTES;
    struct list bytes;
    const errno_t error = stream_read(stream_of(d), size, (d->flags & FD_NONBLOCK) == 0, &bytes);
    if (error != E_SUCCESS) return error;
    guest_write(iovecs[i].buffer, bytes.data, bytes.size);
    *total = bytes.size;
    return E_SUCCESS;  // what there is: more could mean to wait
  }
  return E_SUCCESS;
}

// Writes one piece: to a standard stream or the end of a file, or to `*offset`, which it moves.
static errno_t write_piece(struct descriptor* d, const char* data, uint32_t size, uint64_t* offset,
                           uint32_t* written) {
  *written = 0;
  if (offset == NULL) {
    handle stream = d->stream;
    if (d->kind == KIND_FILE && stream == 0) {
      struct result_handle opened;
      descriptor_append_via_stream(d->file, &opened);
      if (opened.is_error) return errno_of(opened.error);
      stream = d->stream = opened.value;
    } else if (d->kind != KIND_FILE) {
      stream = stream_of(d);
    }
    const errno_t error = stream_write(stream, data, size);
    if (error == E_SUCCESS) *written = size;
    return error;
  }
  struct result_u64 result;
  descriptor_write(d->file, data, size, *offset, &result);
  if (result.is_error) return errno_of(result.error);
  *written = (uint32_t)result.value;
  *offset += result.value;
  return E_SUCCESS;
}

// Gathers what the guest has into pieces of some size.
static errno_t write_all(struct descriptor* d, const struct iovec* iovecs, uint32_t count,
                         uint64_t* offset, uint32_t* total) {
  char* buffer = arena_alloc(CHUNK_BYTES);
  uint32_t filled = 0;
  *total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    for (uint32_t done = 0; done < iovecs[i].size || (i + 1 == count && filled != 0);) {
      const uint32_t left = iovecs[i].size - done;
      const uint32_t part = left < CHUNK_BYTES - filled ? left : CHUNK_BYTES - filled;
      guest_read(buffer + filled, iovecs[i].buffer + done, part);
      filled += part;
      done += part;
      if (filled < CHUNK_BYTES && i + 1 < count) continue;
      uint32_t written;
      const errno_t error = write_piece(d, buffer, filled, offset, &written);
      *total += written;
      if (error != E_SUCCESS) return *total != 0 ? E_SUCCESS : error;
      if (written < filled) return E_SUCCESS;
      filled = 0;
    }
  }
  return E_SUCCESS;
}

EXPORT("fd_read") errno_t fd_read(uint32_t fd, guest_ptr iovs, uint32_t count, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d = find(fd);
  if (d == NULL || d->kind == KIND_STDOUT || d->kind == KIND_STDERR) return E_BADF;
  if (d->kind == KIND_DIRECTORY) return E_ISDIR;
  if ((d->rights & RIGHT_FD_READ) == 0) return E_NOTCAPABLE;
  struct iovec* iovecs;
  errno_t error = guest_iovecs(iovs, count, &iovecs);
  if (error != E_SUCCESS) return error;
  uint32_t total;
  error = d->kind == KIND_FILE ? read_file(d, iovecs, count, &d->position, &total)
                               : read_stream(d, iovecs, count, &total);
  return error != E_SUCCESS ? error : put32(out, total);
}

EXPORT("fd_write") errno_t fd_write(uint32_t fd, guest_ptr iovs, uint32_t count, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d = find(fd);
  if (d == NULL || d->kind == KIND_STDIN || d->kind == KIND_DIRECTORY) return E_BADF;
  if ((d->rights & RIGHT_FD_WRITE) == 0) return E_NOTCAPABLE;
  struct iovec* iovecs;
  errno_t error = guest_iovecs(iovs, count, &iovecs);
  if (error != E_SUCCESS) return error;
  const bool at_position = d->kind == KIND_FILE && (d->flags & FD_APPEND) == 0;
  uint32_t total;
  error = write_all(d, iovecs, count, at_position ? &d->position : NULL, &total);
  if (error == E_SUCCESS && d->kind == KIND_FILE && !at_position) {
    struct result_stat stat;
    descriptor_stat(d->file, &stat);
    if (!stat.is_error) d->position = stat.value.size;
  }
  return error != E_SUCCESS ? error : put32(out, total);
}

EXPORT("fd_pread")
errno_t fd_pread(uint32_t fd, guest_ptr iovs, uint32_t count, uint64_t offset, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d;
  errno_t error = find_file(fd, &d);
  if (error != E_SUCCESS) return error;
  struct iovec* iovecs;
  error = guest_iovecs(iovs, count, &iovecs);
  if (error != E_SUCCESS) return error;
  uint32_t total;
  error = read_file(d, iovecs, count, &offset, &total);
  return error != E_SUCCESS ? error : put32(out, total);
}

EXPORT("fd_pwrite")
errno_t fd_pwrite(uint32_t fd, guest_ptr iovs, uint32_t count, uint64_t offset, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d;
  errno_t error = find_file(fd, &d);
  if (error != E_SUCCESS) return error;
  struct iovec* iovecs;
  error = guest_iovecs(iovs, count, &iovecs);
  if (error != E_SUCCESS) return error;
  uint32_t total;
  error = write_all(d, iovecs, count, &offset, &total);
  return error != E_SUCCESS ? error : put32(out, total);
}

EXPORT("fd_seek") errno_t fd_seek(uint32_t fd, int64_t offset, uint32_t whence, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d;
  const errno_t error = find_file(fd, &d);
  if (error != E_SUCCESS) return error;
  uint64_t from = 0;  // $whence: set, cur, end
  if (whence == 1) {
    from = d->position;
  } else if (whence == 2) {
    struct result_stat stat;
    descriptor_stat(d->file, &stat);
    if (stat.is_error) return errno_of(stat.error);
    from = stat.value.size;
  } else if (whence != 0) {
    return E_INVAL;
  }
  int64_t to;
  if (__builtin_add_overflow((int64_t)from, offset, &to) || to < 0) return E_INVAL;
  d->position = (uint64_t)to;
  return put64(out, d->position);
}

EXPORT("fd_tell") errno_t fd_tell(uint32_t fd, guest_ptr out) {
  enter_with_descriptors();
  struct descriptor* d;
  const errno_t error = find_file(fd, &d);
  return error != E_SUCCESS ? error : put64(out, d->position);
}
