// The standard streams, and streams of files that append.
#ifndef AIRWASM_WASI_ADAPTER_STREAMS_H_
#define AIRWASM_WASI_ADAPTER_STREAMS_H_

#include "adapter.h"

IMPORT("wasi:io/poll@0.2.0", "[resource-drop]pollable") void pollable_drop(handle self);
IMPORT("wasi:io/streams@0.2.0", "[method]input-stream.subscribe")
handle input_stream_subscribe(handle self);
IMPORT("wasi:io/streams@0.2.0", "[method]output-stream.subscribe")
handle output_stream_subscribe(handle self);

// The stream of a standard descriptor, opened when first asked for.
handle stream_of(struct descriptor* d);
// Reads at most `size` bytes into the arena; none at the end of the stream.
errno_t stream_read(handle stream, uint32_t size, bool wait, struct list* out);
// Writes all of it.
errno_t stream_write(handle stream, const char* data, uint32_t size);

#endif  // AIRWASM_WASI_ADAPTER_STREAMS_H_
