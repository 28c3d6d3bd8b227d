/* What airwasm offers in C beyond the standard wasm.h: settings of engines and stores, errors with
 * messages, text modules, fuel, interruption, a linker, host functions that see their caller, v128
 * and 64-bit limits, exceptions, and WASI.
 *
 * Ownership, threads and the order of deletion are as in wasm.h. A function that can fail returns
 * an error, NULL when all went well; an error is the caller's to delete. Settings are opaque
 * objects with setters, so that programs need no recompilation when there are more of them. Strings
 * are UTF-8 and end with a zero; those that are returned belong to the object they came from, or
 * are handed over as a wasm_name_t, which counts the zero as wasm_message_t does.
 */
#ifndef AIRWASM_H
#define AIRWASM_H

#include "wasm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define own

#define AIRWASM_DECLARE_OWN(name)                       \
  typedef struct airwasm_##name##_t airwasm_##name##_t; \
  WASM_API_EXTERN void airwasm_##name##_delete(own airwasm_##name##_t*);

/* ---- Errors -------------------------------------------------------------------------------- */

AIRWASM_DECLARE_OWN(error)

/* Numbered as gRPC and Abseil do. */
typedef uint8_t airwasm_error_code_t;
enum airwasm_error_code_enum {
  AIRWASM_UNKNOWN = 2,
  AIRWASM_INVALID_ARGUMENT = 3, /* malformed or invalid input; values of the wrong type */
  AIRWASM_NOT_FOUND = 5,        /* an import, an export or a file that does not exist */
  AIRWASM_ALREADY_EXISTS = 6,
  AIRWASM_PERMISSION_DENIED = 7,
  AIRWASM_RESOURCE_EXHAUSTED = 8, /* a limit */
  AIRWASM_FAILED_PRECONDITION =
      9,                /* an import of another type; things of different stores or engines */
  AIRWASM_ABORTED = 10, /* trapped */
  AIRWASM_OUT_OF_RANGE = 11,
  AIRWASM_UNIMPLEMENTED = 12,
  AIRWASM_INTERNAL = 13,
  AIRWASM_UNAVAILABLE = 14,
  AIRWASM_DATA_LOSS = 15,
};
WASM_API_EXTERN airwasm_error_code_t airwasm_error_code(const airwasm_error_t*);
WASM_API_EXTERN const char* airwasm_error_message(const airwasm_error_t*);

/* ---- Engines ------------------------------------------------------------------------------- */

/* Switches a part of WebAssembly on or off by its name on the command line ("simd", "gc",
 * "threads", ...). False: there is none of that name, or it cannot be switched. */
WASM_API_EXTERN bool airwasm_config_set_feature(wasm_config_t*, const char* name, bool on);
/* Count executed instructions. Stores then start without fuel. Off unless set. */
WASM_API_EXTERN void airwasm_config_set_fuel(wasm_config_t*, bool on);
/* Give the one result, in every tier, where WebAssembly leaves several: canonical NaNs, fixed
 * relaxed SIMD. Off unless set. */
WASM_API_EXTERN void airwasm_config_set_deterministic(wasm_config_t*, bool on);
/* Check bounds by guard pages and a SIGSEGV handler, which passes on what is not a guest's. On
 * unless set; off, every access is checked explicitly and no handler is installed. */
WASM_API_EXTERN void airwasm_config_set_guard_pages(wasm_config_t*, bool on);
/* Validate whole modules at once, rather than each function when it is first called. On unless set.
 */
WASM_API_EXTERN void airwasm_config_set_eager_validation(wasm_config_t*, bool on);

/* How functions are run. */
typedef uint8_t airwasm_tier_t;
enum airwasm_tier_enum {
  AIRWASM_TIER_AUTO,     /* interpreted, soon baseline, compiled in the background when hot */
  AIRWASM_TIER_INTERP,   /* interpreted */
  AIRWASM_TIER_JIT,      /* all compiled before the first call */
  AIRWASM_TIER_BASELINE, /* as machine code copied from the interpreter, without a compiler */
};
/* AIRWASM_TIER_AUTO unless set. Without a compiler JIT is BASELINE, and AUTO is so after a
 * millisecond. False: there is no such tier. */
WASM_API_EXTERN bool airwasm_config_set_tier(wasm_config_t*, airwasm_tier_t);
/* Whether there is a compiler; loads it, which takes some ten milliseconds. If there is none, *why,
 * if wanted, says what was tried; it is empty otherwise. Threads: any. */
WASM_API_EXTERN bool airwasm_compiler_is_available(own wasm_name_t* why);
/* Where compiled code is kept from one process to the next; NULL, and unless set: nowhere. The
 * directory is made if need be. It has to be this user's, and nobody else's to write to, since what
 * lies there is run: otherwise nothing is kept. Beyond `max_bytes` (0: 512 MiB) what was not used
 * for longest is removed. */
WASM_API_EXTERN void airwasm_config_set_code_cache(wasm_config_t*, const char* directory,
                                                   uint64_t max_bytes);
/* Whether code can be kept in a directory, which is made if need be; *why as above. */
WASM_API_EXTERN bool airwasm_code_cache_is_usable(const char* directory, own wasm_name_t* why);
/* Where the command keeps its: $XDG_CACHE_HOME/airwasm or ~/.cache/airwasm; empty when the
 * environment names neither. */
WASM_API_EXTERN void airwasm_default_code_cache(own wasm_name_t* out);
/* Files for Linux perf, which then knows compiled functions by their names. */
typedef uint8_t airwasm_profile_t;
enum airwasm_profile_enum {
  AIRWASM_PROFILE_NONE,
  AIRWASM_PROFILE_PERF_MAP, /* /tmp/perf-PID.map */
  AIRWASM_PROFILE_JITDUMP,  /* ./jit-PID.dump, with the code */
};
/* AIRWASM_PROFILE_NONE unless set. False: there is no such profile, or its file cannot be made. */
WASM_API_EXTERN bool airwasm_config_set_profile(wasm_config_t*, airwasm_profile_t);
/* Tell gdb the names of compiled functions and how to unwind them. Off unless set. */
WASM_API_EXTERN void airwasm_config_set_gdb(wasm_config_t*, bool on);

/* What an engine has done since it was made. */
typedef uint8_t airwasm_engine_stat_t;
enum airwasm_engine_stat_enum {
  AIRWASM_ENGINE_FUNCTIONS,            /* defined by the modules */
  AIRWASM_ENGINE_FUNCTIONS_TRANSLATED, /* for the interpreter, when they were first called */
  AIRWASM_ENGINE_FUNCTIONS_OPTIMIZED,  /* compiled */
  AIRWASM_ENGINE_FUNCTIONS_REFUSED,    /* left to the interpreter by the compiler */
  AIRWASM_ENGINE_LOOPS_COMPILED,       /* for being entered while they run */
  AIRWASM_ENGINE_OSR_ENTRIES,          /* times that compiled code was entered at a loop */
  AIRWASM_ENGINE_IMAGES_LOADED,        /* compiled before, and loaded from the code cache */
  AIRWASM_ENGINE_COMPILE_NS,           /* of all threads together */
  AIRWASM_ENGINE_CODE_BYTES,           /* compiled */
  AIRWASM_ENGINE_FUNCTIONS_BASELINE,   /* of those translated, which became baseline code */
  AIRWASM_ENGINE_BASELINE_BYTES,       /* of that code */
};
/* 0 for one that there is not. Threads: any. */
WASM_API_EXTERN uint64_t airwasm_engine_stat(const wasm_engine_t*, airwasm_engine_stat_t);

/* ---- Stores -------------------------------------------------------------------------------- */

AIRWASM_DECLARE_OWN(store_options)
WASM_API_EXTERN own airwasm_store_options_t* airwasm_store_options_new(void);
/* Limits. Growing beyond one fails as the specification says; making something beyond one is
 * AIRWASM_RESOURCE_EXHAUSTED. */
WASM_API_EXTERN void airwasm_store_options_set_max_memory_bytes(airwasm_store_options_t*,
                                                                uint64_t per_memory);
WASM_API_EXTERN void airwasm_store_options_set_max_total_memory_bytes(airwasm_store_options_t*,
                                                                      uint64_t);
WASM_API_EXTERN void airwasm_store_options_set_max_table_elements(airwasm_store_options_t*,
                                                                  uint64_t per_table);
WASM_API_EXTERN void airwasm_store_options_set_max_total_table_elements(airwasm_store_options_t*,
                                                                        uint64_t);
WASM_API_EXTERN void airwasm_store_options_set_max_instances(airwasm_store_options_t*, uint32_t);
WASM_API_EXTERN void airwasm_store_options_set_max_memories(airwasm_store_options_t*, uint32_t);
WASM_API_EXTERN void airwasm_store_options_set_max_tables(airwasm_store_options_t*, uint32_t);
WASM_API_EXTERN void airwasm_store_options_set_max_stack_bytes(airwasm_store_options_t*, uint64_t);
WASM_API_EXTERN void airwasm_store_options_set_max_gc_heap_bytes(airwasm_store_options_t*,
                                                                 uint64_t);
/* memory.grow and table.grow trap where they would yield -1. */
WASM_API_EXTERN void airwasm_store_options_set_trap_on_grow_failure(airwasm_store_options_t*, bool);

WASM_API_EXTERN own wasm_store_t* airwasm_store_new(wasm_engine_t*, const airwasm_store_options_t*);

/* Instructions that may still run; only of an engine with fuel. A guest that runs out traps with
 * AIRWASM_TRAP_OUT_OF_FUEL. */
WASM_API_EXTERN void airwasm_store_set_fuel(wasm_store_t*, uint64_t);
WASM_API_EXTERN uint64_t airwasm_store_fuel(const wasm_store_t*);

WASM_API_EXTERN void airwasm_store_collect_garbage(wasm_store_t*);
WASM_API_EXTERN uint64_t airwasm_store_gc_heap_bytes(const wasm_store_t*);
WASM_API_EXTERN uint64_t airwasm_store_memory_bytes(const wasm_store_t*);

/* The embedder's own pointer, reachable from host functions. The finalizer may be NULL; it runs
 * when the pointer is replaced or the store goes. */
WASM_API_EXTERN void airwasm_store_set_data(wasm_store_t*, void* data, void (*finalizer)(void*));
WASM_API_EXTERN void* airwasm_store_data(const wasm_store_t*);

/* Stops the guest from another thread: it traps with AIRWASM_TRAP_INTERRUPTED at its next loop
 * iteration or call, also out of a wait. The request stays until it is cleared. A handle may
 * outlive its store. Threads: any, at any time. */
AIRWASM_DECLARE_OWN(interrupt_handle)
WASM_API_EXTERN own airwasm_interrupt_handle_t* airwasm_interrupt_handle_new(wasm_store_t*);
WASM_API_EXTERN void airwasm_interrupt_handle_interrupt(const airwasm_interrupt_handle_t*);
WASM_API_EXTERN void airwasm_interrupt_handle_clear(const airwasm_interrupt_handle_t*);

/* ---- Modules ------------------------------------------------------------------------------- */

/* From text to binary; not validated. Errors begin with line:column. */
WASM_API_EXTERN own airwasm_error_t* airwasm_wat2wasm(const char* wat, size_t length,
                                                      own wasm_byte_vec_t* out);
/* As wasm_module_new, with the reason when there is none, and from binary or text. Needs no store.
 */
WASM_API_EXTERN own airwasm_error_t* airwasm_module_new(wasm_engine_t*, const char* input,
                                                        size_t length, own wasm_module_t** out);

/* ---- Types that wasm.h cannot spell -------------------------------------------------------- */

enum airwasm_valkind_enum {
  AIRWASM_V128 = 4,
};

/* `is_64`: addressed by i64. `page_size_log2` is 16, or 0 for a memory sized in bytes. */
WASM_API_EXTERN own wasm_memorytype_t* airwasm_memorytype_new(uint64_t min, bool has_max,
                                                              uint64_t max, bool is_64, bool shared,
                                                              uint32_t page_size_log2);
WASM_API_EXTERN uint64_t airwasm_memorytype_min(const wasm_memorytype_t*);
WASM_API_EXTERN bool airwasm_memorytype_max(const wasm_memorytype_t*,
                                            uint64_t* out); /* false: none */
WASM_API_EXTERN bool airwasm_memorytype_is_64(const wasm_memorytype_t*);
WASM_API_EXTERN bool airwasm_memorytype_is_shared(const wasm_memorytype_t*);
/* The exact type as text, "(ref null any)". */
WASM_API_EXTERN void airwasm_valtype_to_string(const wasm_valtype_t*, own wasm_name_t* out);

/* ---- Values and functions ------------------------------------------------------------------ */

/* As wasm_val_t, with room for a vector: lane 0 first, little endian. */
typedef struct airwasm_val_t {
  wasm_valkind_t kind;
  union {
    int32_t i32;
    int64_t i64;
    float32_t f32;
    float64_t f64;
    uint8_t v128[16];
    wasm_ref_t* ref;
  } of;
} airwasm_val_t;
WASM_API_EXTERN void airwasm_val_delete(own airwasm_val_t*); /* what it refers to */

/* As wasm_func_call. `results` must have room for all results. A trap comes back as AIRWASM_ABORTED
 * and in *trap, if wanted. */
WASM_API_EXTERN own airwasm_error_t* airwasm_func_call(const wasm_func_t*,
                                                       const airwasm_val_t* args, size_t num_args,
                                                       own airwasm_val_t* results,
                                                       size_t num_results, own wasm_trap_t** trap);
WASM_API_EXTERN void airwasm_global_get(const wasm_global_t*, own airwasm_val_t* out);
WASM_API_EXTERN own airwasm_error_t* airwasm_global_set(wasm_global_t*, const airwasm_val_t*);

/* Host functions that see who calls. A caller is valid during the call only. */
typedef struct airwasm_caller_t airwasm_caller_t;
typedef own wasm_trap_t* (*airwasm_host_func_t)(void* env, airwasm_caller_t* caller,
                                                const airwasm_val_t* args, size_t num_args,
                                                own airwasm_val_t* results, size_t num_results);
WASM_API_EXTERN own wasm_func_t* airwasm_func_new(wasm_store_t*, const wasm_functype_t*,
                                                  airwasm_host_func_t, void* env,
                                                  void (*finalizer)(void*));

/* The store that runs; borrowed. */
WASM_API_EXTERN wasm_store_t* airwasm_caller_store(airwasm_caller_t*);
/* An export of the calling instance; NULL when there is none, or when the host itself calls. */
WASM_API_EXTERN own wasm_extern_t* airwasm_caller_export(const airwasm_caller_t*, const char* name);
/* The memory that the calling instance exports as "memory", as it is now; NULL without one. */
WASM_API_EXTERN byte_t* airwasm_caller_memory(const airwasm_caller_t*, size_t* size_bytes);
/* A wasm exception, to be returned from the host function. Yields a trap that says so when the
 * payload does not fit the tag. */
WASM_API_EXTERN own wasm_trap_t* airwasm_caller_throw(airwasm_caller_t*, const wasm_tag_t*,
                                                      const airwasm_val_t* payload,
                                                      size_t num_payload);

/* A foreign object that carries a number; the guest keeps it alive for as long as it refers to it.
 * NULL when the store's heap is at its limit. */
WASM_API_EXTERN own wasm_foreign_t* airwasm_foreign_new_with_value(wasm_store_t*, uint64_t value);
WASM_API_EXTERN bool airwasm_foreign_value(const wasm_foreign_t*,
                                           uint64_t* out); /* false: made by the guest */

/* A shared memory in another store, on whatever thread: both see the same bytes. */
WASM_API_EXTERN own airwasm_error_t* airwasm_memory_share_with(const wasm_memory_t*,
                                                               wasm_store_t* other,
                                                               own wasm_memory_t** out);

/* ---- Instances and the linker -------------------------------------------------------------- */

/* NULL when there is no export of that name. */
WASM_API_EXTERN own wasm_extern_t* airwasm_instance_export(const wasm_instance_t*,
                                                           const char* name);

/* Names to externs. Host functions are made anew in each store that a module is instantiated in, so
 * one linker serves many stores of its engine. Threads: one at a time. */
AIRWASM_DECLARE_OWN(linker)
WASM_API_EXTERN own airwasm_linker_t* airwasm_linker_new(wasm_engine_t*);
/* Otherwise, defining a name twice is AIRWASM_ALREADY_EXISTS. */
WASM_API_EXTERN void airwasm_linker_allow_shadowing(airwasm_linker_t*, bool);
/* Functions that nothing defines trap when they are called, and instantiation succeeds. */
WASM_API_EXTERN void airwasm_linker_define_unknown_imports_as_traps(airwasm_linker_t*, bool);
/* The finalizer, if any, runs once: at once on failure, else when the linker and all stores that
 * use the function are gone. */
WASM_API_EXTERN own airwasm_error_t* airwasm_linker_define_func(
    airwasm_linker_t*, const char* module, const char* name, const wasm_functype_t*,
    airwasm_host_func_t, void* env, void (*finalizer)(void*));
/* Something of one store. The linker keeps that store alive, and links it into no other. */
WASM_API_EXTERN own airwasm_error_t* airwasm_linker_define(airwasm_linker_t*, const char* module,
                                                           const char* name, const wasm_extern_t*);
/* All exports of an instance, under `module`. */
WASM_API_EXTERN own airwasm_error_t* airwasm_linker_define_instance(airwasm_linker_t*,
                                                                    const char* module,
                                                                    const wasm_instance_t*);
/* Errors: AIRWASM_NOT_FOUND, AIRWASM_FAILED_PRECONDITION, AIRWASM_RESOURCE_EXHAUSTED;
 * AIRWASM_ABORTED when a segment or the start function trapped, and then *trap, if wanted, says
 * how. */
WASM_API_EXTERN own airwasm_error_t* airwasm_linker_instantiate(const airwasm_linker_t*,
                                                                wasm_store_t*, const wasm_module_t*,
                                                                own wasm_instance_t** out,
                                                                own wasm_trap_t** trap);

/* ---- Traps --------------------------------------------------------------------------------- */

typedef uint8_t airwasm_trap_kind_t;
enum airwasm_trap_kind_enum {
  AIRWASM_TRAP_OTHER, /* one that the specification defines; the message is the suite's */
  AIRWASM_TRAP_STACK_EXHAUSTED,
  AIRWASM_TRAP_OUT_OF_FUEL,
  AIRWASM_TRAP_INTERRUPTED,
  AIRWASM_TRAP_OUT_OF_GC_MEMORY,
  AIRWASM_TRAP_EXCEPTION, /* that nobody caught */
  AIRWASM_TRAP_HOST,      /* a host function's; also wasm_trap_new */
  AIRWASM_TRAP_EXIT,      /* the guest ended with an exit code */
};
WASM_API_EXTERN airwasm_trap_kind_t airwasm_trap_kind(const wasm_trap_t*);
WASM_API_EXTERN bool airwasm_trap_exit_code(const wasm_trap_t*, int32_t* out); /* false: no exit */
/* Ends the guest with an exit code, when returned from a host function. */
WASM_API_EXTERN own wasm_trap_t* airwasm_trap_new_exit(wasm_store_t*, int32_t code);
/* Message and wasm stack for people, in several lines. */
WASM_API_EXTERN void airwasm_trap_to_string(const wasm_trap_t*, own wasm_name_t* out);
/* The exception of AIRWASM_TRAP_EXCEPTION: its tag, or NULL, and its payload. The payload has as
 * many values as the tag's type has parameters; up to `capacity` of them are written, and their
 * number is returned. */
WASM_API_EXTERN own wasm_tag_t* airwasm_trap_exception_tag(const wasm_trap_t*);
WASM_API_EXTERN size_t airwasm_trap_exception_payload(const wasm_trap_t*, own airwasm_val_t* out,
                                                      size_t capacity);

/* What else is known of a frame. Empty names are unknown; line 0 is unknown. */
WASM_API_EXTERN const char* airwasm_frame_func_name(const wasm_frame_t*);
WASM_API_EXTERN const char* airwasm_frame_module_name(const wasm_frame_t*);
WASM_API_EXTERN const char* airwasm_frame_file(const wasm_frame_t*);
WASM_API_EXTERN uint32_t airwasm_frame_line(const wasm_frame_t*);
WASM_API_EXTERN uint32_t airwasm_frame_column(const wasm_frame_t*);

/* ---- WASI 0.1 ------------------------------------------------------------------------------ */

/* What a guest sees of the world: nothing that is not said here. */
AIRWASM_DECLARE_OWN(wasi_config)
WASM_API_EXTERN own airwasm_wasi_config_t* airwasm_wasi_config_new(void);
/* The program's name comes first. */
WASM_API_EXTERN void airwasm_wasi_config_add_arg(airwasm_wasi_config_t*, const char* arg);
WASM_API_EXTERN void airwasm_wasi_config_add_env(airwasm_wasi_config_t*, const char* name,
                                                 const char* value);
WASM_API_EXTERN void airwasm_wasi_config_inherit_env(airwasm_wasi_config_t*);
WASM_API_EXTERN void airwasm_wasi_config_inherit_stdio(airwasm_wasi_config_t*);
/* 0 to 2: stdin, stdout or stderr from an open descriptor of the host, which stays the caller's.
 * False: another stream. */
WASM_API_EXTERN bool airwasm_wasi_config_set_stdio_fd(airwasm_wasi_config_t*, int stream, int fd);
/* A directory of the host, under the name `guest_path` (NULL: the same). */
WASM_API_EXTERN void airwasm_wasi_config_preopen_dir(airwasm_wasi_config_t*, const char* host_path,
                                                     const char* guest_path, bool read_only);

/* Defines the functions of "wasi_snapshot_preview1" for one guest, and opens what `config` names. A
 * guest ends with AIRWASM_TRAP_EXIT. Errors: AIRWASM_ALREADY_EXISTS; AIRWASM_NOT_FOUND,
 * AIRWASM_PERMISSION_DENIED, ... for a directory, whose path is in the message */
WASM_API_EXTERN own airwasm_error_t* airwasm_linker_define_wasi(airwasm_linker_t*,
                                                                own airwasm_wasi_config_t* config);

#undef own

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* AIRWASM_H */
