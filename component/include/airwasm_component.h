/* Components in C: values of every type, a linker with functions and resources of the host,
 * instances, and calls by name.
 *
 *   airwasm_component_linker_t* linker = airwasm_component_linker_new(engine);
 *   airwasm_component_instantiate(linker, store, component, &instance, NULL);
 *   airwasm_component_call(instance, "my:app/api#greet", args, 1, &result, NULL);
 *
 * Ownership, threads, errors and strings are as in airwasm.h: what is marked `own` is handed over,
 * and whoever has it deletes it. A function that takes `own` things takes them when it fails, too.
 */
#ifndef AIRWASM_COMPONENT_H
#define AIRWASM_COMPONENT_H

#include "airwasm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define own

/* ---- Values -------------------------------------------------------------------------------- */

/* A value that carries its names but not its type: whether it fits is asked when it is passed. */
AIRWASM_DECLARE_OWN(component_val)

typedef uint8_t airwasm_component_valkind_t;
enum airwasm_component_valkind_enum {
  AIRWASM_COMPONENT_BOOL,
  AIRWASM_COMPONENT_S8,
  AIRWASM_COMPONENT_U8,
  AIRWASM_COMPONENT_S16,
  AIRWASM_COMPONENT_U16,
  AIRWASM_COMPONENT_S32,
  AIRWASM_COMPONENT_U32,
  AIRWASM_COMPONENT_S64,
  AIRWASM_COMPONENT_U64,
  AIRWASM_COMPONENT_F32,
  AIRWASM_COMPONENT_F64,
  AIRWASM_COMPONENT_CHAR,
  AIRWASM_COMPONENT_STRING,
  AIRWASM_COMPONENT_LIST,
  AIRWASM_COMPONENT_RECORD,
  AIRWASM_COMPONENT_TUPLE,
  AIRWASM_COMPONENT_VARIANT,
  AIRWASM_COMPONENT_ENUM,
  AIRWASM_COMPONENT_OPTION,
  AIRWASM_COMPONENT_RESULT,
  AIRWASM_COMPONENT_FLAGS,
  AIRWASM_COMPONENT_OWN,
  AIRWASM_COMPONENT_BORROW,
};

/* A resource type; belongs to the linker or to the instance that it came from. */
typedef struct airwasm_component_resource_t airwasm_component_resource_t;

WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_bool(bool);
/* `kind` is one of S8 to U64; the value is cut to its width. */
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_int(
    airwasm_component_valkind_t kind, int64_t);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_f32(float);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_f64(double);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_char(uint32_t);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_string(const char* utf8,
                                                                              size_t length);
/* A list<u8>. */
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_bytes(const uint8_t*,
                                                                             size_t count);
/* The array is the caller's; the values in it are handed over. */
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_list(
    own airwasm_component_val_t* const items[], size_t count);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_tuple(
    own airwasm_component_val_t* const items[], size_t count);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_record(
    const char* const names[], own airwasm_component_val_t* const fields[], size_t count);
/* A payload of NULL is none. */
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_variant(
    const char* name, own airwasm_component_val_t* payload);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_enum(const char* name);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_option(
    own airwasm_component_val_t* payload);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_result(
    bool ok, own airwasm_component_val_t* payload);
/* The names of those that are set. */
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_flags(
    const char* const names[], size_t count);
/* Handles. The representation of a host's resource is what the host says; that of a guest's was
 * received with it. To delete the value is not to drop the resource. */
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_own(
    const airwasm_component_resource_t*, uint64_t rep);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_new_borrow(
    const airwasm_component_resource_t*, uint64_t rep);
WASM_API_EXTERN own airwasm_component_val_t* airwasm_component_val_copy(
    const airwasm_component_val_t*);

WASM_API_EXTERN airwasm_component_valkind_t
airwasm_component_val_kind(const airwasm_component_val_t*);
/* Each of these is for the kinds that it names, and yields 0 or NULL for others. */
WASM_API_EXTERN bool airwasm_component_val_bool(const airwasm_component_val_t*);
WASM_API_EXTERN int64_t airwasm_component_val_int(
    const airwasm_component_val_t*); /* S8 to U64; a u64 above INT64_MAX is negative */
WASM_API_EXTERN float airwasm_component_val_f32(const airwasm_component_val_t*);
WASM_API_EXTERN double airwasm_component_val_f64(const airwasm_component_val_t*);
WASM_API_EXTERN uint32_t airwasm_component_val_char(const airwasm_component_val_t*);
WASM_API_EXTERN const char* airwasm_component_val_string(const airwasm_component_val_t*,
                                                         size_t* length);
/* A list<u8> that came from a guest or from new_bytes; it has no items. */
WASM_API_EXTERN const uint8_t* airwasm_component_val_bytes(const airwasm_component_val_t*,
                                                           size_t* count);
/* Lists, tuples and records: the parts, which belong to the whole. Flags: how many are set. */
WASM_API_EXTERN size_t airwasm_component_val_size(const airwasm_component_val_t*);
WASM_API_EXTERN const airwasm_component_val_t* airwasm_component_val_item(
    const airwasm_component_val_t*, size_t index);
/* The name of a record's field, or of a flag that is set. */
WASM_API_EXTERN const char* airwasm_component_val_name(const airwasm_component_val_t*,
                                                       size_t index);
WASM_API_EXTERN const airwasm_component_val_t* airwasm_component_val_field(
    const airwasm_component_val_t*, const char* name);
WASM_API_EXTERN const char* airwasm_component_val_case(
    const airwasm_component_val_t*); /* variant, enum */
WASM_API_EXTERN bool airwasm_component_val_is_ok(
    const airwasm_component_val_t*); /* result; option: there is something */
WASM_API_EXTERN const airwasm_component_val_t* airwasm_component_val_payload(
    const airwasm_component_val_t*); /* variant, option, result; NULL: none */
WASM_API_EXTERN uint64_t airwasm_component_val_rep(const airwasm_component_val_t*);
WASM_API_EXTERN const airwasm_component_resource_t* airwasm_component_val_resource(
    const airwasm_component_val_t*);
WASM_API_EXTERN bool airwasm_component_val_equal(const airwasm_component_val_t*,
                                                 const airwasm_component_val_t*);
/* As WAVE writes it: {name: "a", size: 3}. */
WASM_API_EXTERN void airwasm_component_val_to_string(const airwasm_component_val_t*,
                                                     own wasm_name_t* out);

/* Gives up a resource that the host owns: runs its destructor. A trap comes back as
 * AIRWASM_ABORTED and in *trap, if wanted. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_resource_drop(wasm_store_t*,
                                                                     const airwasm_component_val_t*,
                                                                     own wasm_trap_t** trap);

/* ---- Components ---------------------------------------------------------------------------- */

AIRWASM_DECLARE_OWN(component)
/* From binary or text. Needs no store. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_new(wasm_engine_t*, const char* input,
                                                           size_t length,
                                                           own airwasm_component_t** out);

/* ---- The linker ---------------------------------------------------------------------------- */

/* Definitions by name. One linker serves many stores of its engine. `instance` names the imported
 * instance that something belongs to ("my:app/log@1.0.0"); NULL is the component's own imports.
 * Threads: one at a time. */
AIRWASM_DECLARE_OWN(component_linker)
WASM_API_EXTERN own airwasm_component_linker_t* airwasm_component_linker_new(wasm_engine_t*);

/* A function of the host. It returns NULL and, if its type has a result, sets *result; or an error,
 * which ends the guest. The arguments are the caller's. */
typedef own airwasm_error_t* (*airwasm_component_host_func_t)(
    void* env, const airwasm_component_val_t* const args[], size_t num_args,
    own airwasm_component_val_t** result);
/* The finalizer, if any, runs once: at once on failure, else when the linker and all that was
 * linked with it are gone. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_linker_define_func(
    airwasm_component_linker_t*, const char* instance, const char* name,
    airwasm_component_host_func_t, void* env, void (*finalizer)(void*));
/* How a host function ends the guest: with a message, or with an exit code. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_error_new(airwasm_error_code_t,
                                                                 const char* message);
WASM_API_EXTERN own airwasm_error_t* airwasm_component_error_new_exit(int32_t code);

/* A resource type of the host. `drop`, if any, is called when a guest drops the handle that owns a
 * resource; not for those that are left when a store goes. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_linker_define_resource(
    airwasm_component_linker_t*, const char* instance, const char* name,
    void (*drop)(void* env, uint64_t rep), void* env, void (*finalizer)(void*),
    const airwasm_component_resource_t** out);
WASM_API_EXTERN own airwasm_error_t* airwasm_component_linker_define_module(
    airwasm_component_linker_t*, const char* instance, const char* name, const wasm_module_t*);

AIRWASM_DECLARE_OWN(component_instance)
/* All that an instance exports, as an import of that name. The linker keeps the instance's store
 * alive, and links it into no other. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_linker_define_instance(
    airwasm_component_linker_t*, const char* name, const airwasm_component_instance_t*);

/* WASI 0.2: its functions, once per linker; what they work on, once per store. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_linker_define_wasi(
    airwasm_component_linker_t*);
WASM_API_EXTERN own airwasm_error_t* airwasm_store_give_wasi(wasm_store_t*,
                                                             own airwasm_wasi_config_t*);

/* Errors: AIRWASM_NOT_FOUND, AIRWASM_FAILED_PRECONDITION an import that nothing satisfies, or of
 * another type: the message names it; AIRWASM_RESOURCE_EXHAUSTED; AIRWASM_ABORTED something
 * trapped, and then *trap, if wanted, says how. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_instantiate(
    const airwasm_component_linker_t*, wasm_store_t*, const airwasm_component_t*,
    own airwasm_component_instance_t** out, own wasm_trap_t** trap);

/* ---- Calls --------------------------------------------------------------------------------- */

/* An exported function. `name` may lead through exported instances: "wasi:cli/run@0.2.0#run". */
AIRWASM_DECLARE_OWN(component_func)
WASM_API_EXTERN own airwasm_error_t* airwasm_component_instance_func(
    const airwasm_component_instance_t*, const char* name, own airwasm_component_func_t** out);
/* "func(name: string) -> u32" */
WASM_API_EXTERN void airwasm_component_func_type(const airwasm_component_func_t*,
                                                 own wasm_name_t* out);
/* *result becomes NULL if the function has none. Errors: AIRWASM_INVALID_ARGUMENT an argument does
 * not fit: the message names the place; AIRWASM_ABORTED a trap, which comes back in *trap, too, if
 * wanted. After a trap the instance cannot be entered again. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_func_call(
    const airwasm_component_func_t*, const airwasm_component_val_t* const args[], size_t num_args,
    own airwasm_component_val_t** result, own wasm_trap_t** trap);
/* Both at once. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_call(
    const airwasm_component_instance_t*, const char* name,
    const airwasm_component_val_t* const args[], size_t num_args,
    own airwasm_component_val_t** result, own wasm_trap_t** trap);

#undef own

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* AIRWASM_COMPONENT_H */
