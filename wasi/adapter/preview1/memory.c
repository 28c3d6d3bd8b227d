// The arena, and what is read from the guest.
#include "adapter.h"

#define PAGE_BYTES 65536u
#define MAX_STRING_BYTES 65536u
#define MAX_IOVECS 1024u

// The compiler calls these for copies that it does not write out.
void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  return __builtin_memcpy(to, from, size);
}
void* memset(void* to, int value, size_t size) {
  return __builtin_memset(to, value, size);
}

static void* allocate(uint32_t size, uint32_t align) {
  struct state* s = STATE;
  const uint32_t at = (s->arena_next + align - 1) & -align;
  const uint64_t end = (uint64_t)at + size;
  const uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE_BYTES;
  if (end > have) {
    const uint64_t pages = (end - have + PAGE_BYTES - 1) / PAGE_BYTES;
    if (pages > 65535 || __builtin_wasm_memory_grow(0, (size_t)pages) == (size_t)-1)
      __builtin_trap();
  }
  s->arena_next = (uint32_t)end;
  return (void*)at;
}

void* arena_alloc(uint32_t size) {
  return allocate(size, 8);
}

// What the host hands over is allocated with this.
EXPORT("cabi_import_realloc")
void* cabi_import_realloc(void* old, uint32_t old_size, uint32_t align, uint32_t size) {
  if (size <= old_size) return old_size == 0 ? (void*)align : old;
  void* to = allocate(size, align);
  if (old_size != 0) __builtin_memcpy(to, old, old_size);
  return to;
}

void arena_keep(void) {
  STATE->arena_base = STATE->arena_next;
}

void enter(void) {
  struct state* s = STATE;
  if (s->arena_base == 0) s->arena_base = (uint32_t)(s + 1);
  s->arena_next = s->arena_base;
}

errno_t guest_string(guest_ptr at, uint32_t size, char** out) {
  if (size > MAX_STRING_BYTES) return E_NAMETOOLONG;
  *out = arena_alloc(size);
  guest_read(*out, at, size);
  return E_SUCCESS;
}

errno_t guest_iovecs(guest_ptr at, uint32_t count, struct iovec** out) {
  if (count > MAX_IOVECS) return E_INVAL;
  *out = arena_alloc(count * (uint32_t)sizeof(struct iovec));
  guest_read(*out, at, count * (uint32_t)sizeof(struct iovec));
  return E_SUCCESS;
}
