// Clocks, and waiting.
#include "streams.h"

IMPORT("wasi:clocks/monotonic-clock@0.2.0", "now") uint64_t monotonic_now(void);
IMPORT("wasi:clocks/monotonic-clock@0.2.0", "resolution") uint64_t monotonic_resolution(void);
IMPORT("wasi:clocks/monotonic-clock@0.2.0", "subscribe-instant")
handle subscribe_instant(uint64_t when);
IMPORT("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration")
handle subscribe_duration(uint64_t duration);
IMPORT("wasi:clocks/wall-clock@0.2.0", "now") void wall_now(struct datetime* out);
IMPORT("wasi:clocks/wall-clock@0.2.0", "resolution") void wall_resolution(struct datetime* out);
IMPORT("wasi:io/poll@0.2.0", "poll")
void poll(const handle* pollables, uint32_t count, struct list* out);
IMPORT("wasi:filesystem/types@0.2.0", "[method]descriptor.stat")
void descriptor_stat(handle self, struct result_stat* out);

#define NS_PER_S UINT64_C(1000000000)
enum { CLOCK_REALTIME, CLOCK_MONOTONIC };

static errno_t to_ns(const struct datetime* time, uint64_t* out) {
  if (time->seconds > (UINT64_MAX - time->nanoseconds) / NS_PER_S) return E_OVERFLOW;
  *out = time->seconds * NS_PER_S + time->nanoseconds;
  return E_SUCCESS;
}

EXPORT("clock_res_get") errno_t clock_res_get(uint32_t clock, guest_ptr out) {
  enter();
  if (clock == CLOCK_MONOTONIC) return put64(out, monotonic_resolution());
  if (clock != CLOCK_REALTIME) return E_INVAL;
  struct datetime resolution;
  wall_resolution(&resolution);
  uint64_t ns;
  const errno_t error = to_ns(&resolution, &ns);
  return error != E_SUCCESS ? error : put64(out, ns);
}

static errno_t wall_ns(uint64_t* out) {
  struct datetime now;
  wall_now(&now);
  return to_ns(&now, out);
}

EXPORT("clock_time_get") errno_t clock_time_get(uint32_t clock, uint64_t precision, guest_ptr out) {
  (void)precision;
  enter();
  if (clock == CLOCK_MONOTONIC) return put64(out, monotonic_now());
  if (clock != CLOCK_REALTIME) return E_INVAL;
  uint64_t ns;
  const errno_t error = wall_ns(&ns);
  return error != E_SUCCESS ? error : put64(out, ns);
}

struct subscription {
  uint64_t userdata;
  uint8_t tag;  // $eventtype
  union {
    struct {
      uint32_t id;
      uint64_t timeout;
      uint64_t precision;
      uint16_t flags;
    } clock;
    uint32_t fd;
  };
};
struct event {
  uint64_t userdata;
  uint16_t error;
  uint8_t type;
  uint64_t bytes;
  uint16_t flags;
};
enum { EVENT_CLOCK, EVENT_READ, EVENT_WRITE };
#define ABSOLUTE 1u  // $subclockflags
#define MAX_SUBSCRIPTIONS 4096u

static errno_t subscribe_clock(const struct subscription* s, handle* out) {
  const bool absolute = (s->clock.flags & ABSOLUTE) != 0;
  if (s->clock.id > CLOCK_MONOTONIC) return E_INVAL;
  if (!absolute) {
    *out = subscribe_duration(s->clock.timeout);
  } else if (s->clock.id == CLOCK_MONOTONIC) {
    *out = subscribe_instant(s->clock.timeout);
  } else {
    uint64_t now;
    const errno_t error = wall_ns(&now);
    if (error != E_SUCCESS) return error;
    *out = subscribe_duration(s->clock.timeout > now ? s->clock.timeout - now : 0);
  }
  return E_SUCCESS;
}

// Files are always ready: no handle.
static errno_t subscribe_fd(const struct subscription* s, handle* out, uint64_t* bytes) {
  struct descriptor* d = find(s->fd);
  if (d == NULL) return E_BADF;
  *bytes = 1;
  if (d->kind == KIND_DIRECTORY) return E_NOTSUP;
  if (d->kind == KIND_FILE) {
    struct result_stat stat;
    descriptor_stat(d->file, &stat);
    if (stat.is_error) return errno_of(stat.error);
    *bytes = stat.value.size > d->position ? stat.value.size - d->position : 0;
  } else if ((d->kind == KIND_STDIN) != (s->tag == EVENT_READ)) {
    return E_BADF;
  } else {
    *out = d->kind == KIND_STDIN ? input_stream_subscribe(stream_of(d))
                                 : output_stream_subscribe(stream_of(d));
  }
  return E_SUCCESS;
}

EXPORT("poll_oneoff")
errno_t poll_oneoff(guest_ptr in, guest_ptr out, uint32_t count, guest_ptr out_count) {
  enter_with_descriptors();
  if (count == 0 || count > MAX_SUBSCRIPTIONS) return E_INVAL;
  struct subscription* subscriptions = arena_alloc(count * (uint32_t)sizeof *subscriptions);
  struct event* events = arena_alloc(count * (uint32_t)sizeof *events);
  handle* pollables = arena_alloc((count + 1) * (uint32_t)sizeof *pollables);
  uint32_t* which = arena_alloc(count * (uint32_t)sizeof *which);
  bool* ready = arena_alloc(count);
  guest_read(subscriptions, in, count * (uint32_t)sizeof *subscriptions);
  uint32_t waiting = 0;
  bool any_ready = false;
  for (uint32_t i = 0; i < count; ++i) {
    const struct subscription* s = &subscriptions[i];
    handle pollable = 0;
    events[i] = (struct event){.userdata = s->userdata, .type = s->tag};
    errno_t error = E_INVAL;
    if (s->tag == EVENT_CLOCK) error = subscribe_clock(s, &pollable);
    if (s->tag == EVENT_READ || s->tag == EVENT_WRITE)
      error = subscribe_fd(s, &pollable, &events[i].bytes);
    events[i].error = (uint16_t)error;
    ready[i] = pollable == 0;
    any_ready |= ready[i];
    if (pollable == 0) continue;
    which[waiting] = i;
    pollables[waiting++] = pollable;
  }
  if (waiting != 0) {
    // With something ready already, a timer that has run out keeps poll from waiting.
    const handle now = any_ready ? subscribe_duration(0) : 0;
    if (now != 0) pollables[waiting] = now;
    struct list indices;
    poll(pollables, waiting + (now != 0), &indices);
    for (uint32_t i = 0; i < indices.size; ++i) {
      const uint32_t index = ((const uint32_t*)indices.data)[i];
      if (index < waiting) ready[which[index]] = true;
    }
    for (uint32_t i = 0; i < waiting; ++i) pollable_drop(pollables[i]);
    if (now != 0) pollable_drop(now);
  }
  uint32_t written = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (ready[i])
      guest_write(out + written++ * (uint32_t)sizeof *events, &events[i], sizeof *events);
  }
  return put32(out_count, written);
}
