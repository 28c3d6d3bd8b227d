// The adapter from WASI 0.1 to WASI 0.2: what its files share.
//
// This is the code of a guest: it is compiled to a core module, which `airwasm component new` puts
// beside a program of WASI 0.1. It exports the functions of wasi_snapshot_preview1 and imports
// those of WASI 0.2.0, so that every host of 0.2 will do. It lives in a memory of its own, which
// begins as zeros; addresses of the program's memory are `guest_ptr`, and only guest_read and
// guest_write reach there. What the host hands over during a call goes to an arena that the next
// call begins anew. Spec: WASI 0.1, typenames.witx and wasi_snapshot_preview1.witx; canonical ABI,
// "Flattening".
#ifndef AIRWASM_WASI_ADAPTER_H_
#define AIRWASM_WASI_ADAPTER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name))) extern
#define EXPORT(name) __attribute__((export_name(name)))

typedef uint32_t guest_ptr;
typedef uint32_t handle;

// $errno; only the values that are used by name.
typedef int32_t errno_t;
enum {
  E_SUCCESS = 0,
  E_AGAIN = 6,
  E_BADF = 8,
  E_INVAL = 28,
  E_IO = 29,
  E_ISDIR = 31,
  E_MFILE = 33,
  E_NAMETOOLONG = 37,
  E_NOTDIR = 54,
  E_NOTSOCK = 57,
  E_NOTSUP = 58,
  E_OVERFLOW = 61,
  E_PIPE = 64,
  E_SPIPE = 70,
  E_NOTCAPABLE = 76,
};
// $filetype
enum {
  TYPE_UNKNOWN,
  TYPE_BLOCK,
  TYPE_CHARACTER,
  TYPE_DIRECTORY,
  TYPE_REGULAR,
  TYPE_DATAGRAM,
  TYPE_STREAM,
  TYPE_SYMLINK
};
// $fdflags
enum { FD_APPEND = 1, FD_DSYNC = 2, FD_NONBLOCK = 4, FD_RSYNC = 8, FD_SYNC = 16 };
// $rights
#define RIGHT_FD_READ (UINT64_C(1) << 1)
#define RIGHT_FD_SEEK (UINT64_C(1) << 2)
#define RIGHT_FD_TELL (UINT64_C(1) << 5)
#define RIGHT_FD_WRITE (UINT64_C(1) << 6)
#define RIGHT_FD_ALLOCATE (UINT64_C(1) << 8)
#define RIGHT_PATH_SET_SIZE (UINT64_C(1) << 19)
#define RIGHT_FD_SET_SIZE (UINT64_C(1) << 22)
#define RIGHTS_ALL ((UINT64_C(1) << 30) - 1)
#define RIGHTS_WRITING (RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_SET_SIZE)
// descriptor-flags of wasi:filesystem
enum {
  DESC_READ = 1,
  DESC_WRITE = 2,
  DESC_FILE_SYNC = 4,
  DESC_DATA_SYNC = 8,
  DESC_WRITE_SYNC = 16,
  DESC_MUTATE = 32
};

// --- Memory (memory.c) ---

IMPORT("__adapter__", "copy-in") void guest_read(void* to, guest_ptr from, uint32_t count);
IMPORT("__adapter__", "copy-out") void guest_write(guest_ptr to, const void* from, uint32_t count);

void* arena_alloc(uint32_t size);
// What the arena holds now stays for good.
void arena_keep(void);
// Every export begins with one of the two.
void enter(void);
void enter_with_descriptors(void);

static inline errno_t put32(guest_ptr at, uint32_t value) {
  guest_write(at, &value, sizeof value);
  return E_SUCCESS;
}
static inline errno_t put64(guest_ptr at, uint64_t value) {
  guest_write(at, &value, sizeof value);
  return E_SUCCESS;
}
// A string of the guest, in the arena.
errno_t guest_string(guest_ptr at, uint32_t size, char** out);

struct iovec {
  guest_ptr buffer;
  uint32_t size;
};
errno_t guest_iovecs(guest_ptr at, uint32_t count, struct iovec** out);

// --- Descriptors (descriptors.c) ---

enum kind { KIND_CLOSED, KIND_STDIN, KIND_STDOUT, KIND_STDERR, KIND_FILE, KIND_DIRECTORY };
struct descriptor {
  uint8_t kind;
  uint8_t type;              // $filetype
  uint8_t flags;             // $fdflags
  uint8_t descriptor_flags;  // as it was opened
  bool is_preopen;
  handle file;         // of KIND_FILE and KIND_DIRECTORY
  handle stream;       // standard streams; of a file that appends; 0: not yet
  handle entries;      // of a directory that is being read; 0: not yet
  uint32_t name_size;  // of a preopen
  const char* name;
  uint64_t rights;     // $rights: what the guest has left itself; reading, writing and
  uint64_t inherited;  // truncating by path are refused without theirs, all else is up to 0.2
  uint64_t position;   // of a file; of `entries`, the number of the next entry
};
#define MAX_DESCRIPTORS 4096

// An entry that has been read from a directory and did not fit.
struct pending_entry {
  uint32_t fd;
  uint64_t number;
  uint8_t type;
  uint32_t name_size;
  char name[4096];
};

struct state {
  bool has_descriptors;
  uint32_t arena_base;
  uint32_t arena_next;
  struct pending_entry pending;
  struct descriptor descriptors[MAX_DESCRIPTORS];
};
// Behind the stack and the constants, in memory that is zero: so the module carries no zeros.
extern char __heap_base;
#define STATE ((struct state*)&__heap_base)

// Null if there is none.
struct descriptor* find(uint32_t fd);
errno_t find_file(uint32_t fd, struct descriptor** out);
errno_t find_directory(uint32_t fd, struct descriptor** out);
// Either.
errno_t find_any_file(uint32_t fd, struct descriptor** out);
errno_t add_descriptor(struct descriptor** out, uint32_t* fd);
void close_descriptor(struct descriptor* d);
// The rights that a new descriptor begins with; its kind and flags are set.
void set_rights(struct descriptor* d);

// --- What results look like in memory ---

// result<_, error-code>, and those whose value is one byte.
struct result_small {
  uint8_t is_error;
  uint8_t value;
};
// result<resource, error-code>
struct result_handle {
  uint8_t is_error;
  union {
    handle value;
    uint8_t error;
  };
};
struct result_u64 {
  uint8_t is_error;
  union {
    uint64_t value;
    uint8_t error;
  };
};
struct list {
  void* data;
  uint32_t size;
};
struct datetime {
  uint64_t seconds;
  uint32_t nanoseconds;
};
struct option_datetime {
  uint8_t is_some;
  struct datetime value;
};
struct stat {
  uint8_t type;
  uint64_t links;
  uint64_t size;
  struct option_datetime accessed;
  struct option_datetime modified;
  struct option_datetime changed;
};
struct result_stat {
  uint8_t is_error;
  union {
    struct stat value;
    uint8_t error;
  };
};
struct result_hash {
  uint8_t is_error;
  union {
    struct {
      uint64_t lower;
      uint64_t upper;
    };
    uint8_t error;
  };
};

// error-code of wasi:filesystem to $errno; descriptor-type to $filetype.
errno_t errno_of(uint8_t error_code);
uint8_t type_of(uint8_t descriptor_type);
static inline errno_t finish(const struct result_small* result) {
  return result->is_error ? errno_of(result->value) : E_SUCCESS;
}

#endif  // AIRWASM_WASI_ADAPTER_H_
