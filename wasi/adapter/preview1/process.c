// Arguments, environment, random numbers, the end of the program; and sockets, which 0.2 has, but
// not in the way that 0.1 uses them.
#include "adapter.h"

IMPORT("wasi:cli/environment@0.2.0", "get-arguments") void get_arguments(struct list* out);
IMPORT("wasi:cli/environment@0.2.0", "get-environment") void get_environment(struct list* out);
IMPORT("wasi:cli/exit@0.2.0", "exit") void cli_exit(uint32_t is_error);
IMPORT("wasi:random/random@0.2.0", "get-random-bytes")
void get_random_bytes(uint64_t size, struct list* out);
IMPORT("__main_module__", "_start") void main_start(void);

// A string, or the two of an environment variable with '=' between them.
struct text {
  struct list parts[2];
  uint32_t count;
};
static struct text text_at(const struct list* list, uint32_t index, uint32_t parts) {
  const struct list* strings = (const struct list*)list->data + index * parts;
  struct text text = {{strings[0], {NULL, 0}}, parts};
  if (parts == 2) text.parts[1] = strings[1];
  return text;
}
static uint32_t size_with_end(const struct text* text) {
  return text->parts[0].size + 1 + (text->count == 2 ? text->parts[1].size + 1 : 0);
}

static errno_t put_sizes(const struct list* list, uint32_t parts, guest_ptr count,
                         guest_ptr bytes) {
  uint32_t total = 0;
  for (uint32_t i = 0; i < list->size; ++i) {
    const struct text text = text_at(list, i, parts);
    total += size_with_end(&text);
  }
  put32(count, list->size);
  return put32(bytes, total);
}

static errno_t put_texts(const struct list* list, uint32_t parts, guest_ptr pointers,
                         guest_ptr bytes) {
  for (uint32_t i = 0; i < list->size; ++i) {
    const struct text text = text_at(list, i, parts);
    put32(pointers + i * (uint32_t)sizeof(guest_ptr), bytes);
    for (uint32_t part = 0; part < parts; ++part) {
      guest_write(bytes, text.parts[part].data, text.parts[part].size);
      bytes += text.parts[part].size;
      const char end = part + 1 < parts ? '=' : '\0';
      guest_write(bytes++, &end, 1);
    }
  }
  return E_SUCCESS;
}

EXPORT("args_sizes_get") errno_t args_sizes_get(guest_ptr count, guest_ptr bytes) {
  enter();
  struct list list;
  get_arguments(&list);
  return put_sizes(&list, 1, count, bytes);
}
EXPORT("args_get") errno_t args_get(guest_ptr pointers, guest_ptr bytes) {
  enter();
  struct list list;
  get_arguments(&list);
  return put_texts(&list, 1, pointers, bytes);
}
EXPORT("environ_sizes_get") errno_t environ_sizes_get(guest_ptr count, guest_ptr bytes) {
  enter();
  struct list list;
  get_environment(&list);
  return put_sizes(&list, 2, count, bytes);
}
EXPORT("environ_get") errno_t environ_get(guest_ptr pointers, guest_ptr bytes) {
  enter();
  struct list list;
  get_environment(&list);
  return put_texts(&list, 2, pointers, bytes);
}

EXPORT("random_get") errno_t random_get(guest_ptr out, uint32_t size) {
  const uint32_t kChunk = 65536;
  while (size != 0) {
    enter();
    struct list bytes;
    get_random_bytes(size < kChunk ? size : kChunk, &bytes);
    guest_write(out, bytes.data, bytes.size);
    out += bytes.size;
    size -= bytes.size;
  }
  return E_SUCCESS;
}

EXPORT("proc_exit") _Noreturn void proc_exit(uint32_t code) {
  cli_exit(code != 0);
  __builtin_trap();
}

// In its place where the host can do that.
IMPORT("wasi:cli/exit@0.2.12", "exit-with-code") void cli_exit_with_code(uint32_t code);
EXPORT("proc_exit_with_code") _Noreturn void proc_exit_with_code(uint32_t code) {
  cli_exit_with_code(code & 0xFF);
  __builtin_trap();
}

EXPORT("wasi:cli/run@0.2.0#run") uint32_t run(void) {
  main_start();
  return 0;  // ok
}

EXPORT("proc_raise") errno_t proc_raise(uint32_t signal) {
  (void)signal;
  return E_NOTSUP;
}
EXPORT("sched_yield") errno_t sched_yield(void) {
  return E_SUCCESS;
}

static errno_t no_socket(uint32_t fd) {
  enter_with_descriptors();
  return find(fd) == NULL ? E_BADF : E_NOTSOCK;
}
EXPORT("sock_accept") errno_t sock_accept(uint32_t fd, uint32_t flags, guest_ptr out) {
  (void)flags, (void)out;
  return no_socket(fd);
}
EXPORT("sock_recv")
errno_t sock_recv(uint32_t fd, guest_ptr iovs, uint32_t count, uint32_t flags, guest_ptr size,
                  guest_ptr out_flags) {
  (void)iovs, (void)count, (void)flags, (void)size, (void)out_flags;
  return no_socket(fd);
}
EXPORT("sock_send")
errno_t sock_send(uint32_t fd, guest_ptr iovs, uint32_t count, uint32_t flags, guest_ptr size) {
  (void)iovs, (void)count, (void)flags, (void)size;
  return no_socket(fd);
}
EXPORT("sock_shutdown") errno_t sock_shutdown(uint32_t fd, uint32_t how) {
  (void)how;
  return no_socket(fd);
}
