/* What guests may do, in C: capabilities, policies and grants, the audit log, guards that decide
 * and record, quotas with meters that count.
 *
 *   airwasm_grants_allow(grants, "stdio:out");
 *   airwasm_guard_options_set_grants(options, grants);
 *   airwasm_guard_options_set_audit(options, log);
 *   airwasm_guard_t* guard = airwasm_guard_new(options);
 *   airwasm_store_set_guard(store, guard);
 *   airwasm_wasi_config_set_guard(config, guard);
 *
 * What nothing allows is denied, and a deny wins over every allow. A guest without a guard may use
 * what its WASI configuration gives it, and nothing is recorded; a guest with one needs both: a
 * directory, say, that it was given, and grants for what is in there.
 *
 * Ownership, threads, errors and strings are as in airwasm.h: what is marked `own` is handed over,
 * and whoever has it deletes it. Things that refer to each other (a guard to its log, a meter to
 * its guard) share them, and may be deleted in any order. Where nothing is said of threads, an
 * object is used on one at a time.
 */
#ifndef AIRWASM_SECURITY_H
#define AIRWASM_SECURITY_H

#include "airwasm.h"
#include "airwasm_component.h"

#ifdef __cplusplus
extern "C" {
#endif

#define own

/* ---- Capabilities -------------------------------------------------------------------------- */

/* Classes of action, one bit for each. Bits are asked for by name: which is whose differs from one
 * version of the library to the next. Threads of these functions: any. */
typedef uint64_t airwasm_capabilities_t;

/* The classes of a text: "fs.read", "fs.read,fs.list", "fs" (all that begin with "fs."), "*" (all
 * that there are by now). Errors: AIRWASM_INVALID_ARGUMENT there is no such class, or it has a
 * scope. */
WASM_API_EXTERN own airwasm_error_t* airwasm_capabilities_parse(const char* classes,
                                                                airwasm_capabilities_t* out);
/* A class for the embedder's own functions, for the whole process: lower case letters, digits and
 * '-', in two or more parts with dots between, the first of which is no built-in one's
 * ("shop.order"). The same name again is the same class. Errors: AIRWASM_INVALID_ARGUMENT it is not
 * of that form; AIRWASM_RESOURCE_EXHAUSTED there are as many as there can be. */
WASM_API_EXTERN own airwasm_error_t* airwasm_capability_register(const char* name,
                                                                 airwasm_capabilities_t* out);
/* How many classes there are by now. */
WASM_API_EXTERN size_t airwasm_capability_count(void);
/* Name and meaning of a class, by a number below the count; NULL for others. They live as long as
 * the process. */
WASM_API_EXTERN const char* airwasm_capability_name(size_t index);
WASM_API_EXTERN const char* airwasm_capability_summary(size_t index);

/* ---- Policies ------------------------------------------------------------------------------ */

/* What components are granted and denied, how much they may use, and who has to have signed them: a
 * TOML file, whose form `airwasm policy --help` and security/policy/README.md have. Immutable.
 * Threads: any.
 *
 * Sections are chosen by `component`, the name of a component, and `sha256`, the 64 hexadecimal
 * digits of its bytes' hash. Each may be NULL: what is said to that name or hash is then left out.
 */
AIRWASM_DECLARE_OWN(policy)
/* Reads a file and those that it includes, whose paths are relative to it. Errors:
 * AIRWASM_NOT_FOUND, AIRWASM_PERMISSION_DENIED a file that cannot be read; AIRWASM_INVALID_ARGUMENT
 * "FILE:LINE:COLUMN: ..." of the first thing that is wrong. */
WASM_API_EXTERN own airwasm_error_t* airwasm_policy_load(const char* path,
                                                         own airwasm_policy_t** out);
/* From the text of a file that messages and records call `name`; it cannot include others. Errors:
 * AIRWASM_INVALID_ARGUMENT as above. */
WASM_API_EXTERN own airwasm_error_t* airwasm_policy_parse(const char* text, size_t length,
                                                          const char* name,
                                                          own airwasm_policy_t** out);
/* Whether a component may run as far as the policy's signers go: it names none, or one of them has
 * signed these bytes, in the file or in `signature`, the contents of FILE.sig (NULL: there is
 * none). Errors: AIRWASM_PERMISSION_DENIED others have signed it; AIRWASM_NOT_FOUND nobody has;
 * AIRWASM_INVALID_ARGUMENT signatures are malformed; AIRWASM_DATA_LOSS one is of other bytes. */
WASM_API_EXTERN own airwasm_error_t* airwasm_policy_check_signers(
    const airwasm_policy_t*, const char* component, const char* sha256, const char* file,
    size_t file_length, const char* signature, size_t signature_length);

/* All that is wrong with a policy file and those that it includes; then, as warnings, rules that
 * change nothing: expired, repeated, or denied as a whole. Findings are told by a number from 0 to
 * below the count. */
AIRWASM_DECLARE_OWN(policy_findings)
WASM_API_EXTERN own airwasm_policy_findings_t* airwasm_policy_check(const char* path);
WASM_API_EXTERN size_t airwasm_policy_findings_count(const airwasm_policy_findings_t*);
/* "FILE:LINE:COLUMN: MESSAGE"; NULL for a number that there is not. */
WASM_API_EXTERN const char* airwasm_policy_findings_text(const airwasm_policy_findings_t*,
                                                         size_t index);
/* False for warnings. */
WASM_API_EXTERN bool airwasm_policy_findings_is_error(const airwasm_policy_findings_t*,
                                                      size_t index);

/* ---- Grants -------------------------------------------------------------------------------- */

/* A list of rules, empty at first. Guards that were given one have what it was then: changing it
 * afterwards changes nothing for them until they are given it again. */
AIRWASM_DECLARE_OWN(grants)
WASM_API_EXTERN own airwasm_grants_t* airwasm_grants_new(void);
/* One rule, CLASS[,CLASS...][:SCOPE], as in "env.read:TZ,LC_*" or "net.connect:db.internal:5432".
 * `origin` is where it comes from, for messages and records; NULL: "embedder". Errors:
 * AIRWASM_INVALID_ARGUMENT "ORIGIN: 'RULE': character N: ..."; the list stays as it was. */
WASM_API_EXTERN own airwasm_error_t* airwasm_grants_allow(airwasm_grants_t*, const char* rule,
                                                          const char* origin);
WASM_API_EXTERN own airwasm_error_t* airwasm_grants_deny(airwasm_grants_t*, const char* rule,
                                                         const char* origin);
/* Allows a directory and all beneath it, for reading and listing or for everything. Its name is
 * taken as it stands, wildcards and all; links in it are followed now. Errors: AIRWASM_NOT_FOUND,
 * ... of a path that leads to no directory. */
WASM_API_EXTERN own airwasm_error_t* airwasm_grants_allow_dir(airwasm_grants_t*,
                                                              const char* directory, bool read_only,
                                                              const char* origin);
/* The rules that a policy has for one component. */
WASM_API_EXTERN void airwasm_grants_add_policy(airwasm_grants_t*, const airwasm_policy_t*,
                                               const char* component, const char* sha256);
/* How an action would be decided now: CLASS[:OBJECT], as in "fs.read:/srv/data/x", "exit",
 * "net.connect:db.internal:5432 (10.0.0.7)" of a name and the address that it was found to be.
 * *rule, if wanted, becomes "ORIGIN RULE" of the one that decides, empty if there is none. Errors:
 * AIRWASM_INVALID_ARGUMENT no such class, or no object of it. */
WASM_API_EXTERN own airwasm_error_t* airwasm_grants_decide(const airwasm_grants_t*,
                                                           const char* action, bool* allowed,
                                                           own wasm_name_t* rule);
/* The directories that a guest has to be given (airwasm_wasi_config_preopen_dir) to reach what
 * scoped allows of files name, by a number from 0 on; NULL behind the last one. Strings belong to
 * the grants, until those are changed. */
WASM_API_EXTERN const char* airwasm_grants_path_root(const airwasm_grants_t*, size_t index);

/* ---- The audit log ------------------------------------------------------------------------- */

/* Every decision, one line of JSON each, with the hash of the line before: `airwasm audit` verifies
 * and shows them. What cannot be recorded is not done. */
AIRWASM_DECLARE_OWN(audit_options)
/* The directory of `path` exists; files are made for their owner alone. */
WASM_API_EXTERN own airwasm_audit_options_t* airwasm_audit_options_new(const char* path);
/* When the log cannot take more, because a ring or the disk is full, calls wait (unless set), or
 * fail until it can. */
WASM_API_EXTERN void airwasm_audit_options_set_fail_when_full(airwasm_audit_options_t*, bool);
/* At this size the file becomes PATH.1, PATH.2, ... and a new one begins; `keep` of them stay, 0:
 * all. 0 bytes, unless set: it grows for ever. */
WASM_API_EXTERN void airwasm_audit_options_set_rotation(airwasm_audit_options_t*, uint64_t bytes,
                                                        uint32_t keep);
/* Of what each thread that makes decisions has for those that are not written yet; 1 MiB unless
 * set, 64 KiB at least. A usual record takes about 100. */
WASM_API_EXTERN void airwasm_audit_options_set_ring_bytes(airwasm_audit_options_t*, size_t);
/* A file of 32 random bytes, readable by its owner alone: seals the end of the log. */
WASM_API_EXTERN void airwasm_audit_options_set_key_file(airwasm_audit_options_t*, const char* path);
/* Lines are on the disk before they are forgotten, for losses of power. Off unless set. */
WASM_API_EXTERN void airwasm_audit_options_set_sync(airwasm_audit_options_t*, bool);
/* For how long closing goes on trying to write to a full disk; 2,000,000,000 unless set. */
WASM_API_EXTERN void airwasm_audit_options_set_close_timeout_ns(airwasm_audit_options_t*, uint64_t);
/* Called, by a thread of the log's own, with the text of a write that failed after one that did
 * not, where otherwise a line goes to standard error. The finalizer, if any, runs when the log and
 * these options are gone. */
WASM_API_EXTERN void airwasm_audit_options_set_on_write_error(airwasm_audit_options_t*,
                                                              void (*on_error)(void* env,
                                                                               const char* message),
                                                              void* env, void (*finalizer)(void*));

/* A log that is open; it is closed when nothing uses it any more. A process that forks keeps it,
 * and the child must not use it. Threads: any. */
AIRWASM_DECLARE_OWN(audit_log)
/* Begins a log, or goes on with one whose end is what its head says. Errors:
 * AIRWASM_FAILED_PRECONDITION another process writes to it, others can change its files, log or
 * head is missing, or a key is given for a log without a seal or the other way round;
 * AIRWASM_PERMISSION_DENIED it is sealed with another key; AIRWASM_DATA_LOSS its end is not what
 * the head says; others of opening, reading and writing files. */
WASM_API_EXTERN own airwasm_error_t* airwasm_audit_log_open(const airwasm_audit_options_t*,
                                                            own airwasm_audit_log_t** out);
/* Returns when all that was decided before is in the file, on the disk with
 * airwasm_audit_options_set_sync. Errors: those of a write that failed. */
WASM_API_EXTERN own airwasm_error_t* airwasm_audit_log_flush(airwasm_audit_log_t*);
/* Writes all there is and says in the head that the log is whole. What is decided after that cannot
 * be recorded, and so is denied. Again: the same result. Errors: those of writing; what was not
 * written is counted as lost. */
WASM_API_EXTERN own airwasm_error_t* airwasm_audit_log_close(airwasm_audit_log_t*);

typedef uint8_t airwasm_audit_stat_t;
enum airwasm_audit_stat_enum {
  AIRWASM_AUDIT_APPENDED, /* decisions taken: written, lost, and not written yet */
  AIRWASM_AUDIT_WRITTEN,
  AIRWASM_AUDIT_REFUSED,    /* not taken; what they were about was denied */
  AIRWASM_AUDIT_LOST,       /* taken, and not written when the log was closed */
  AIRWASM_AUDIT_BLOCKED,    /* calls that had to wait */
  AIRWASM_AUDIT_BLOCKED_NS, /* how long, together */
  AIRWASM_AUDIT_FAILED_WRITES,
  AIRWASM_AUDIT_ROTATIONS,
};
/* 0 for one that there is not. */
WASM_API_EXTERN uint64_t airwasm_audit_log_stat(const airwasm_audit_log_t*, airwasm_audit_stat_t);
/* Whether what is at this absolute path, free of links and of "..", is one of the log's files:
 * functions of the embedder's that open or make files for guests ask this first. */
WASM_API_EXTERN bool airwasm_audit_log_protects(const airwasm_audit_log_t*, const char* path);
/* Or a directory in which they lie: for functions that rename and remove. */
WASM_API_EXTERN bool airwasm_audit_log_protects_name(const airwasm_audit_log_t*, const char* path);

/* ---- Guards -------------------------------------------------------------------------------- */

/* Counts of all guests of one component together, for as long as it lives. Threads: any. */
AIRWASM_DECLARE_OWN(usage)
WASM_API_EXTERN own airwasm_usage_t* airwasm_usage_new(void);
typedef uint8_t airwasm_usage_stat_t;
enum airwasm_usage_stat_enum {
  AIRWASM_USAGE_REQUESTS, /* this and the next are counted by the embedder */
  AIRWASM_USAGE_TRAPS,
  AIRWASM_USAGE_DENIALS,
  AIRWASM_USAGE_BREACHES,
  AIRWASM_USAGE_CPU_NS,
  AIRWASM_USAGE_OUTPUT_BYTES,
  AIRWASM_USAGE_LOG_BYTES,
  AIRWASM_USAGE_INSTANCES, /* of meters, now */
  AIRWASM_USAGE_HOST_BYTES /* now */
};
/* 0 for one that there is not. */
WASM_API_EXTERN uint64_t airwasm_usage_get(const airwasm_usage_t*, airwasm_usage_stat_t);
/* Adds to AIRWASM_USAGE_REQUESTS or AIRWASM_USAGE_TRAPS; false for others. */
WASM_API_EXTERN bool airwasm_usage_add(airwasm_usage_t*, airwasm_usage_stat_t, uint64_t count);

AIRWASM_DECLARE_OWN(guard_options)
WASM_API_EXTERN own airwasm_guard_options_t* airwasm_guard_options_new(void);
/* As they are now. Unless set nothing is granted. */
WASM_API_EXTERN void airwasm_guard_options_set_grants(airwasm_guard_options_t*,
                                                      const airwasm_grants_t*);
/* Unless set nothing is recorded. */
WASM_API_EXTERN void airwasm_guard_options_set_audit(airwasm_guard_options_t*,
                                                     const airwasm_audit_log_t*);
/* What records call the guest: a component's name (NULL: none) and the number of an instance of it;
 * 0, unless set, is the next number of the process. */
WASM_API_EXTERN void airwasm_guard_options_set_component(airwasm_guard_options_t*, const char* name,
                                                         uint64_t instance);
/* Classes of which the guest may ask for lists of what it was given though nothing is granted: they
 * are then empty, where it would be denied otherwise. Programs ask for their environment
 * ("env.read") and their directories ("fs.read") when they start. */
WASM_API_EXTERN void airwasm_guard_options_set_may_ask(airwasm_guard_options_t*,
                                                       airwasm_capabilities_t);
/* A denial ends the guest with a trap of what was denied and by which rule, where it would get an
 * error code otherwise. Off unless set. */
WASM_API_EXTERN void airwasm_guard_options_set_trap_on_deny(airwasm_guard_options_t*, bool);
/* Counts denials there. */
WASM_API_EXTERN void airwasm_guard_options_set_usage(airwasm_guard_options_t*,
                                                     const airwasm_usage_t*);

/* Decides for one guest, and puts each decision on record before it takes effect. */
AIRWASM_DECLARE_OWN(guard)
WASM_API_EXTERN own airwasm_guard_t* airwasm_guard_new(const airwasm_guard_options_t*);
/* Other grants, as they are now. Takes effect with the guest's next call, also on what it has open.
 * Threads: any, while the guest runs. */
WASM_API_EXTERN void airwasm_guard_set_grants(airwasm_guard_t*, const airwasm_grants_t*);
/* Takes classes from the guest, for good and whatever the grants say, from its next call on.
 * Threads: any, while the guest runs. */
WASM_API_EXTERN void airwasm_guard_revoke(airwasm_guard_t*, airwasm_capabilities_t);
/* The classes of which something is granted now, or may be asked. Threads: any. */
WASM_API_EXTERN airwasm_capabilities_t airwasm_guard_granted(const airwasm_guard_t*);

/* From now on the guard decides what the guests of the store may call. Call it before a guest runs.
 * Errors: AIRWASM_FAILED_PRECONDITION a guard is for one store, and a store has one guard. */
WASM_API_EXTERN own airwasm_error_t* airwasm_store_set_guard(wasm_store_t*, airwasm_guard_t*);
/* What WASI is asked to do is decided by this guard, for WASI 0.1 and 0.2; of a store with a guard,
 * the same one. */
WASM_API_EXTERN void airwasm_wasi_config_set_guard(airwasm_wasi_config_t*, const airwasm_guard_t*);

/* As airwasm_linker_define_func, for a function that guests of a store with a guard can call only
 * with one of `capabilities`; each call is decided and recorded once, under the name MODULE.NAME. A
 * denied call traps with AIRWASM_TRAP_HOST and a message that says so, and the function is not
 * called. In stores without a guard it is called by all. Errors: also AIRWASM_INVALID_ARGUMENT no
 * capability, or a bit that is none. */
WASM_API_EXTERN own airwasm_error_t* airwasm_linker_define_guarded_func(
    airwasm_linker_t*, const char* module, const char* name, const wasm_functype_t*,
    airwasm_capabilities_t capabilities, airwasm_host_func_t, void* env, void (*finalizer)(void*));
/* In such a function: whether the guest may do what one of these classes says, to this object,
 * which is of the form that airwasm_grants_decide takes behind the colon: a name, for registered
 * classes. The decision is recorded. A function that does not ask is decided by its classes alone.
 * When the answer is no, it returns an error of its own or airwasm_caller_denial. True without a
 * guard. */
WASM_API_EXTERN bool airwasm_caller_allows(airwasm_caller_t*, airwasm_capabilities_t,
                                           const char* object);
/* A trap that says what was denied last, to be returned from the function; NULL without a guard. */
WASM_API_EXTERN own wasm_trap_t* airwasm_caller_denial(airwasm_caller_t*);

/* The same for components. What such a function knows of its call, good until it returns. */
typedef struct airwasm_component_caller_t airwasm_component_caller_t;
typedef own airwasm_error_t* (*airwasm_component_guarded_func_t)(
    void* env, airwasm_component_caller_t*, const airwasm_component_val_t* const args[],
    size_t num_args, own airwasm_component_val_t** result);
/* As airwasm_component_linker_define_func, for a function that guests of a store with a guard can
 * call only with one of `capabilities`. It is recorded as "acme:shop/orders.place": without the
 * instance's version, or the name alone where the instance is NULL. A denied call ends the guest
 * before its arguments are looked at. Errors: also AIRWASM_INVALID_ARGUMENT no capability, or a bit
 * that is none. */
WASM_API_EXTERN own airwasm_error_t* airwasm_component_linker_define_guarded_func(
    airwasm_component_linker_t*, const char* instance, const char* name,
    airwasm_capabilities_t capabilities, airwasm_component_guarded_func_t, void* env,
    void (*finalizer)(void*));
/* As airwasm_caller_allows and airwasm_caller_denial. */
WASM_API_EXTERN bool airwasm_component_caller_allows(airwasm_component_caller_t*,
                                                     airwasm_capabilities_t, const char* object);
WASM_API_EXTERN own airwasm_error_t* airwasm_component_caller_denial(airwasm_component_caller_t*);

/* ---- Quotas and meters --------------------------------------------------------------------- */

/* The most that a guest may use, by name: "memory", "cpu-time", "output", ... Bytes take kB, MB,
 * GB, KiB, MiB, GiB; durations ns, us, ms, s, m, h. */
AIRWASM_DECLARE_OWN(quota)
WASM_API_EXTERN own airwasm_quota_t* airwasm_quota_new(void); /* none is bounded */
/* Errors: AIRWASM_INVALID_ARGUMENT there is none of that name, or it does not take this value. */
WASM_API_EXTERN own airwasm_error_t* airwasm_quota_set(airwasm_quota_t*, const char* name,
                                                       const char* value);
/* Each becomes what a policy has for one component, where that is less. */
WASM_API_EXTERN void airwasm_quota_add_policy(airwasm_quota_t*, const airwasm_policy_t*,
                                              const char* component, const char* sha256);
/* In bytes, nanoseconds, pieces, or bytes a second. False: it is not bounded, or does not exist. */
WASM_API_EXTERN bool airwasm_quota_get(const airwasm_quota_t*, const char* name, uint64_t* out);
/* The names of all quotas and what they bound, by a number from 0 on; NULL behind the last one. */
WASM_API_EXTERN const char* airwasm_quota_name(size_t index);
WASM_API_EXTERN const char* airwasm_quota_summary(size_t index);

/* Counts what one guest uses. A quota that is used up is a breach: it is recorded once, by the
 * guard, and ends the guest where that has no answer to it (memory.grow yields -1). */
AIRWASM_DECLARE_OWN(meter)
/* With the quota as it is now. Without a guard breaches are not recorded; `usage` counts along.
 * Both may be NULL. */
WASM_API_EXTERN own airwasm_meter_t* airwasm_meter_new(const airwasm_quota_t*,
                                                       const airwasm_guard_t*,
                                                       const airwasm_usage_t* usage);
/* A store whose limits are those of the options (NULL: as usual) and of the meter's quota, the
 * smaller of both, and whose breaches the meter knows. It starts with as much fuel as the quota
 * has. Errors: AIRWASM_FAILED_PRECONDITION the meter has a store already; the quota bounds fuel,
 * and the engine does not count it (airwasm_config_set_fuel). */
WASM_API_EXTERN own airwasm_error_t* airwasm_store_new_metered(wasm_engine_t*,
                                                               const airwasm_store_options_t*,
                                                               airwasm_meter_t*,
                                                               own wasm_store_t** out);
/* WASI 0.1 and 0.2 count what they hold and write for the guest; and take the quota's bounds of
 * handles, files and sockets. */
WASM_API_EXTERN void airwasm_wasi_config_set_meter(airwasm_wasi_config_t*, const airwasm_meter_t*);

/* A stretch of time in which the guest runs on this thread, until it is deleted there: cpu-time and
 * wall-time are those of one. When they are used up the store is interrupted; who goes on with it
 * clears that (airwasm_interrupt_handle_clear). One at a time for each meter. */
AIRWASM_DECLARE_OWN(meter_run)
WASM_API_EXTERN own airwasm_meter_run_t* airwasm_meter_run_new(airwasm_meter_t*, wasm_store_t*);

/* How much was used of the quota called `name`, bounded or not, in its unit: of what is held, how
 * much is held now and was at most; of what adds up, the sum, in both. Either may be NULL. False:
 * nobody counts it ("tables", "instances", "stack", "output-rate", and "fuel" unless it is
 * bounded), its store is gone, or it does not exist. Threads: any for what WASI counts and for
 * time; for "memory", "gc-heap" and "fuel", which the store counts, that of the guest. */
WASM_API_EXTERN bool airwasm_meter_used(const airwasm_meter_t*, const char* name, uint64_t* now,
                                        uint64_t* peak);
/* Quotas that were used up so far. Threads: any. */
WASM_API_EXTERN uint64_t airwasm_meter_breaches(const airwasm_meter_t*);
/* As airwasm_trap_to_string, with the quota in it that ended the guest: "quota cpu-time of 10s is
 * used up". Records a breach that only the engine has seen (stack, fuel, gc-heap): to be called
 * once for each trap, on the guest's thread. */
WASM_API_EXTERN void airwasm_meter_trap_to_string(airwasm_meter_t*, const wasm_trap_t*,
                                                  own wasm_name_t* out);

/* What functions of the embedder's hold on the guest's behalf ("host-bytes"): before they allocate,
 * and when they free. False: that would be too much; it is a breach, and the function ends the
 * guest or returns an error. Threads: any. */
WASM_API_EXTERN bool airwasm_meter_charge_host_bytes(airwasm_meter_t*, uint64_t bytes);
WASM_API_EXTERN void airwasm_meter_refund_host_bytes(airwasm_meter_t*, uint64_t bytes);
/* The same of log messages that they write for it ("log"). */
WASM_API_EXTERN bool airwasm_meter_charge_log(airwasm_meter_t*, uint64_t bytes);

#undef own

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* AIRWASM_SECURITY_H */
