#include "streams.h"

// result<list<u8>, stream-error> and result<_, stream-error>
struct result_stream {
  uint8_t is_error;
  union {
    struct list bytes;
    struct {
      uint8_t is_closed;  // else the operation has failed, and `error` says why
      handle error;
    };
  };
};
IMPORT("wasi:cli/stdin@0.2.0", "get-stdin") handle get_stdin(void);
IMPORT("wasi:cli/stdout@0.2.0", "get-stdout") handle get_stdout(void);
IMPORT("wasi:cli/stderr@0.2.0", "get-stderr") handle get_stderr(void);
IMPORT("wasi:io/error@0.2.0", "[resource-drop]error") void error_drop(handle self);
IMPORT("wasi:io/streams@0.2.0", "[method]input-stream.read")
void input_stream_read(handle self, uint64_t size, struct result_stream* out);
IMPORT("wasi:io/streams@0.2.0", "[method]input-stream.blocking-read")
void input_stream_blocking_read(handle self, uint64_t size, struct result_stream* out);
IMPORT("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush")
void output_stream_blocking_write_and_flush(handle self, const char* data, uint32_t size,
                                            struct result_stream* out);

#define MAX_WRITE_BYTES 4096u  // of blocking-write-and-flush

handle stream_of(struct descriptor* d) {
  if (d->stream == 0) {
    d->stream = d->kind == KIND_STDIN    ? get_stdin()
                : d->kind == KIND_STDOUT ? get_stdout()
                                         : get_stderr();
  }
  return d->stream;
}

static errno_t failure(const struct result_stream* result) {
  if (result->is_closed) return E_PIPE;
  error_drop(result->error);
  return E_IO;
}

errno_t stream_read(handle stream, uint32_t size, bool wait, struct list* out) {
  struct result_stream result;
  if (wait) {
    input_stream_blocking_read(stream, size, &result);
  } else {
    input_stream_read(stream, size, &result);
  }
  *out = (struct list){NULL, 0};
  if (result.is_error) return result.is_closed ? E_SUCCESS : failure(&result);
  *out = result.bytes;
  return out->size == 0 && size != 0 ? E_AGAIN : E_SUCCESS;
}

errno_t stream_write(handle stream, const char* data, uint32_t size) {
  while (size != 0) {
    const uint32_t part = size < MAX_WRITE_BYTES ? size : MAX_WRITE_BYTES;
    struct result_stream result;
    output_stream_blocking_write_and_flush(stream, data, part, &result);
    if (result.is_error) return failure(&result);
    data += part;
    size -= part;
  }
  return E_SUCCESS;
}
