/* airwasm_security.h from a C program: guests that are denied, granted and revoked, what the audit
 * log has of it, quotas that are used up, and functions of the embedder's that are guarded. */
#include "airwasm_security.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/api/c/c_test.h"

enum { kSuccess = 0, kNotCapable = 76, kAcces = 2 }; /* errno of WASI 0.1 */

static char folder[] = "/tmp/airwasm-c-XXXXXX";
static char path_buffer[256];
static const char* in_folder(const char* name) {
  snprintf(path_buffer, sizeof path_buffer, "%s/%s", folder, name);
  return path_buffer;
}
static void remove_from_folder(const char* name) {
  unlink(in_folder(name));
}
static void write_file(const char* name, const char* text) {
  FILE* file = fopen(in_folder(name), "w");
  CHECK(file != NULL && fputs(text, file) >= 0);
  if (file != NULL) fclose(file);
}

/* What a log has, flushed before. */
static char log_text[1 << 16];
static void read_log(void) {
  FILE* file = fopen(in_folder("audit.jsonl"), "r");
  size_t size = file == NULL ? 0 : fread(log_text, 1, sizeof log_text - 1, file);
  log_text[size] = 0;
  if (file != NULL) fclose(file);
}
/* How often `text` stands in the log. */
static int logged(const char* text) {
  int count = 0;
  for (const char* at = log_text; (at = strstr(at, text)) != NULL; at += strlen(text)) ++count;
  return count;
}

static airwasm_audit_log_t* open_log(void) {
  airwasm_audit_options_t* options = airwasm_audit_options_new(in_folder("audit.jsonl"));
  airwasm_audit_log_t* log = NULL;
  airwasm_audit_options_set_rotation(options, 0, 0);
  airwasm_audit_options_set_ring_bytes(options, 1 << 16);
  airwasm_audit_options_set_fail_when_full(options, false);
  airwasm_audit_options_set_sync(options, false);
  airwasm_audit_options_set_close_timeout_ns(options, 1000000000);
  CHECK(ok(airwasm_audit_log_open(options, &log)));
  airwasm_audit_options_delete(options);
  return log;
}
static void remove_log(void) {
  remove_from_folder("audit.jsonl");
  remove_from_folder("audit.jsonl.head");
}

/* A grant of one rule. */
static airwasm_grants_t* granting(const char* rule) {
  airwasm_grants_t* grants = airwasm_grants_new();
  if (rule != NULL) CHECK(ok(airwasm_grants_allow(grants, rule, "test")));
  return grants;
}
static airwasm_guard_t* make_guard(const airwasm_grants_t* grants, const airwasm_audit_log_t* log,
                                   bool trap_on_deny, const airwasm_usage_t* usage) {
  airwasm_guard_options_t* options = airwasm_guard_options_new();
  airwasm_guard_t* guard;
  if (grants != NULL) airwasm_guard_options_set_grants(options, grants);
  if (log != NULL) airwasm_guard_options_set_audit(options, log);
  if (usage != NULL) airwasm_guard_options_set_usage(options, usage);
  airwasm_guard_options_set_component(options, "acme:guest", 7);
  airwasm_guard_options_set_trap_on_deny(options, trap_on_deny);
  guard = airwasm_guard_new(options);
  airwasm_guard_options_delete(options);
  return guard;
}

static wasm_trap_t* run(const wasm_instance_t* instance, const char* name, int32_t* result) {
  wasm_extern_t* found = airwasm_instance_export(instance, name);
  wasm_trap_t* trap = NULL;
  airwasm_val_t value = {.kind = WASM_I32, .of = {.i32 = -1}};
  CHECK(found != NULL);
  if (found == NULL) return NULL;
  airwasm_error_delete(airwasm_func_call(wasm_extern_as_func(found), NULL, 0, &value, 1, &trap));
  *result = value.of.i32;
  wasm_extern_delete(found);
  return trap;
}
/* The result of the export; -1 if it traps. */
static int32_t result_of(const wasm_instance_t* instance, const char* name) {
  int32_t result;
  wasm_trap_t* trap = run(instance, name, &result);
  if (trap != NULL) CHECK(trapped(trap, "\n"));
  return trap == NULL ? result : -1;
}
static wasm_instance_t* instantiate(wasm_engine_t* engine, airwasm_linker_t* linker,
                                    wasm_store_t* store, const char* wat) {
  wasm_module_t* module = NULL;
  wasm_instance_t* instance = NULL;
  if (!ok(airwasm_module_new(engine, wat, strlen(wat), &module))) return NULL;
  CHECK(ok(airwasm_linker_instantiate(linker, store, module, &instance, NULL)));
  wasm_module_delete(module);
  return instance;
}

static const char kGuest[] =
    "(module"
    "  (import \"wasi_snapshot_preview1\" \"random_get\" (func $random (param i32 i32) (result "
    "i32)))"
    "  (import \"wasi_snapshot_preview1\" \"fd_write\""
    "    (func $write (param i32 i32 i32 i32) (result i32)))"
    "  (import \"wasi_snapshot_preview1\" \"path_open\""
    "    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"
    "  (memory (export \"memory\") 1)"
    "  (data (i32.const 0) \"\\10\\00\\00\\00\\06\\00\\00\\00\") (data (i32.const 16) \"hello\\n\")"
    "  (data (i32.const 32) \"note\")"
    "  (func (export \"random\") (result i32) (call $random (i32.const 64) (i32.const 8)))"
    "  (func (export \"until_denied\") (result i32) (local $error i32)"
    "    (loop $again (local.set $error (call $random (i32.const 64) (i32.const 8)))"
    "      (br_if $again (i32.eqz (local.get $error)))) (local.get $error))"
    "  (func (export \"write\") (result i32)"
    "    (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))"
    "  (func (export \"open\") (result i32)"
    "    (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 4) (i32.const 0)"
    "      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))"
    "  (func (export \"grow\") (result i32) (memory.grow (i32.const 10)))"
    "  (func (export \"spin\") (result i32) (loop $again (br $again)) (i32.const 0)))";

static void* revoke_soon(void* guard) {
  airwasm_capabilities_t random = 0;
  CHECK(ok(airwasm_capabilities_parse("random", &random)));
  usleep(20000);
  airwasm_guard_revoke((airwasm_guard_t*)guard, random);
  return NULL;
}

/* Nothing is granted, then something is, then it is taken away; each call is on record once. */
static void deny_grant_revoke(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_store_t* other = wasm_store_new(engine);
  airwasm_linker_t* linker = airwasm_linker_new(engine);
  airwasm_wasi_config_t* config = airwasm_wasi_config_new();
  airwasm_audit_log_t* log = open_log();
  airwasm_usage_t* usage = airwasm_usage_new();
  airwasm_grants_t* none = airwasm_grants_new();
  airwasm_grants_t* some = granting("random");
  airwasm_guard_t* guard = make_guard(NULL, log, false, usage);
  airwasm_guard_t* second = make_guard(NULL, NULL, false, NULL);
  airwasm_capabilities_t random = 0;
  pthread_t thread;
  wasm_instance_t* guest;
  REQUIRE(log != NULL && ok(airwasm_capabilities_parse("random", &random)));
  CHECK(ok(airwasm_store_set_guard(store, guard)));
  CHECK(ok(airwasm_store_set_guard(store, guard)));
  CHECK(failed(airwasm_store_set_guard(other, guard), AIRWASM_FAILED_PRECONDITION, "guard"));
  CHECK(failed(airwasm_store_set_guard(store, second), AIRWASM_FAILED_PRECONDITION, "guard"));
  airwasm_wasi_config_set_guard(config, guard);
  CHECK(ok(airwasm_linker_define_wasi(linker, config)));
  guest = instantiate(engine, linker, store, kGuest);
  REQUIRE(guest != NULL);

  CHECK(airwasm_guard_granted(guard) == 0);
  CHECK(result_of(guest, "random") == kNotCapable);
  CHECK(airwasm_usage_get(usage, AIRWASM_USAGE_DENIALS) == 1);
  CHECK(ok(airwasm_audit_log_flush(log)));
  read_log();
  CHECK(logged("\"seq\"") == 1 && logged("\"class\":\"random\"") == 1);
  CHECK(logged("\"decision\":\"deny\"") == 1 && logged("\"component\":\"acme:guest\"") == 1);
  CHECK(logged("\"instance\":7") == 1 && logged("random_get") == 1);

  airwasm_guard_set_grants(guard, some);
  CHECK(airwasm_guard_granted(guard) == random);
  CHECK(result_of(guest, "random") == kSuccess);
  airwasm_guard_set_grants(guard, none);
  CHECK(result_of(guest, "random") == kNotCapable);
  CHECK(ok(airwasm_audit_log_flush(log)));
  read_log();
  CHECK(logged("\"seq\"") == 3 && logged("\"decision\":\"allow\"") == 1);
  CHECK(logged("\"rule\":\"test random\"") == 1);

  airwasm_guard_set_grants(guard, some);
  CHECK(pthread_create(&thread, NULL, &revoke_soon, guard) == 0);
  CHECK(result_of(guest, "until_denied") == kNotCapable);
  pthread_join(thread, NULL);
  airwasm_guard_set_grants(guard, some);
  CHECK(airwasm_guard_granted(guard) == 0); /* for good */
  CHECK(result_of(guest, "random") == kNotCapable);

  CHECK(airwasm_audit_log_protects(log, in_folder("audit.jsonl.head")));
  CHECK(!airwasm_audit_log_protects(log, in_folder("other")));
  CHECK(airwasm_audit_log_protects_name(log, folder));
  CHECK(ok(airwasm_audit_log_close(log)));
  CHECK(airwasm_audit_log_stat(log, AIRWASM_AUDIT_APPENDED) ==
        airwasm_audit_log_stat(log, AIRWASM_AUDIT_WRITTEN));
  CHECK(airwasm_audit_log_stat(log, AIRWASM_AUDIT_WRITTEN) >= 5);
  CHECK(airwasm_audit_log_stat(log, AIRWASM_AUDIT_LOST) == 0);
  CHECK(airwasm_audit_log_stat(log, 200) == 0);

  wasm_instance_delete(guest);
  airwasm_guard_delete(second);
  airwasm_guard_delete(guard);
  airwasm_grants_delete(some);
  airwasm_grants_delete(none);
  airwasm_usage_delete(usage);
  airwasm_audit_log_delete(log);
  airwasm_linker_delete(linker);
  wasm_store_delete(other);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  remove_log();
}

/* A denial ends the guest, and the trap says what no rule allows. */
static void trap_on_deny(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  airwasm_linker_t* linker = airwasm_linker_new(engine);
  airwasm_wasi_config_t* config = airwasm_wasi_config_new();
  airwasm_guard_t* guard = make_guard(NULL, NULL, true, NULL);
  int32_t result;
  wasm_instance_t* guest;
  airwasm_wasi_config_set_guard(config, guard);
  CHECK(ok(airwasm_linker_define_wasi(linker, config)));
  guest = instantiate(engine, linker, store, kGuest);
  REQUIRE(guest != NULL);
  CHECK(trapped(run(guest, "random", &result), "random: no rule allows it"));
  wasm_instance_delete(guest);
  airwasm_guard_delete(guard);
  airwasm_linker_delete(linker);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
}

/* A directory is given as the grants name it, and what is granted in it is what can be opened. */
static void files(void) {
  wasm_engine_t* engine = wasm_engine_new();
  airwasm_grants_t* grants = airwasm_grants_new();
  char rule[300];
  bool allowed = false;
  wasm_name_t decided;
  write_file("note", "text");
  CHECK(ok(airwasm_grants_allow_dir(grants, folder, true, "--dir-ro")));
  CHECK(failed(airwasm_grants_allow_dir(grants, in_folder("none"), true, NULL), AIRWASM_NOT_FOUND,
               "none"));
  CHECK(failed(airwasm_grants_allow_dir(grants, in_folder("note"), true, NULL),
               AIRWASM_FAILED_PRECONDITION, "note"));
  for (int denied = 0; denied < 2; ++denied) {
    wasm_store_t* store = wasm_store_new(engine);
    airwasm_linker_t* linker = airwasm_linker_new(engine);
    airwasm_wasi_config_t* config = airwasm_wasi_config_new();
    airwasm_guard_t* guard;
    wasm_instance_t* guest;
    if (denied) {
      snprintf(rule, sizeof rule, "fs.read:%s/note", folder);
      CHECK(ok(airwasm_grants_deny(grants, rule, NULL)));
    }
    guard = make_guard(grants, NULL, false, NULL);
    for (size_t i = 0; airwasm_grants_path_root(grants, i) != NULL; ++i) {
      CHECK(i == 0 && strcmp(airwasm_grants_path_root(grants, i), folder) == 0);
      airwasm_wasi_config_preopen_dir(config, airwasm_grants_path_root(grants, i), NULL, false);
    }
    airwasm_wasi_config_set_guard(config, guard);
    CHECK(ok(airwasm_linker_define_wasi(linker, config)));
    guest = instantiate(engine, linker, store, kGuest);
    if (guest != NULL) CHECK(result_of(guest, "open") == (denied ? kAcces : kSuccess));
    wasm_instance_delete(guest);
    airwasm_guard_delete(guard);
    airwasm_linker_delete(linker);
    wasm_store_delete(store);
  }
  snprintf(rule, sizeof rule, "fs.read:%s/note", folder);
  CHECK(ok(airwasm_grants_decide(grants, rule, &allowed, &decided)));
  CHECK(!allowed && strncmp(decided.data, "embedder fs.read:", 17) == 0);
  wasm_byte_vec_delete(&decided);
  snprintf(rule, sizeof rule, "fs.list:%s", folder);
  CHECK(ok(airwasm_grants_decide(grants, rule, &allowed, NULL)) && allowed);
  CHECK(failed(airwasm_grants_decide(grants, "fs.raed:/x", &allowed, NULL),
               AIRWASM_INVALID_ARGUMENT, "did you mean 'fs.read'?"));
  airwasm_grants_delete(grants);
  wasm_engine_delete(engine);
  remove_from_folder("note");
}

static const char kPolicy[] =
    "[[grant]]\n"
    "allow = \"random\"\n"
    "[component.\"acme:billing\"]\n"
    "allow = \"env.read:TZ\"\n"
    "quota = { memory = \"2MiB\", cpu-time = \"10s\" }\n"
    "signers = [\"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]\n";

static const char kBadPolicy[] = "[[grant]]\nallow = \"fs.raed\"\n";

static bool decides(const airwasm_policy_t* policy, const char* component, const char* action) {
  airwasm_grants_t* grants = airwasm_grants_new();
  bool allowed = false;
  airwasm_grants_add_policy(grants, policy, component, NULL);
  CHECK(ok(airwasm_grants_decide(grants, action, &allowed, NULL)));
  airwasm_grants_delete(grants);
  return allowed;
}

static void policies(void) {
  airwasm_policy_t* policy = NULL;
  airwasm_grants_t* grants = airwasm_grants_new();
  airwasm_quota_t* quota = airwasm_quota_new();
  airwasm_policy_findings_t* findings;
  airwasm_capabilities_t classes = 0;
  uint64_t value = 0;
  CHECK(failed(airwasm_policy_parse(kBadPolicy, strlen(kBadPolicy), "bad.toml", &policy),
               AIRWASM_INVALID_ARGUMENT, "bad.toml:2:10: 'fs.raed': there is no class"));
  CHECK(policy == NULL);
  CHECK(failed(airwasm_policy_load(in_folder("none.toml"), &policy), AIRWASM_NOT_FOUND, "none"));
  write_file("policy.toml", kPolicy);
  REQUIRE(ok(airwasm_policy_load(in_folder("policy.toml"), &policy)));
  CHECK(decides(policy, NULL, "random") && !decides(policy, NULL, "env.read:TZ"));
  CHECK(decides(policy, "acme:billing", "env.read:TZ"));
  CHECK(!decides(policy, "acme:billing", "env.read:HOME"));
  airwasm_quota_add_policy(quota, policy, NULL, NULL);
  CHECK(!airwasm_quota_get(quota, "memory", &value));
  airwasm_quota_add_policy(quota, policy, "acme:billing", NULL);
  CHECK(airwasm_quota_get(quota, "memory", &value) && value == 2 << 20);
  CHECK(airwasm_quota_get(quota, "cpu-time", &value) && value == UINT64_C(10000000000));
  CHECK(ok(airwasm_policy_check_signers(policy, NULL, NULL, "x", 1, NULL, 0)));
  CHECK(failed(airwasm_policy_check_signers(policy, "acme:billing", NULL, "x", 1, NULL, 0),
               AIRWASM_NOT_FOUND, ""));
  airwasm_policy_delete(policy);

  findings = airwasm_policy_check(in_folder("policy.toml"));
  CHECK(airwasm_policy_findings_count(findings) == 0);
  airwasm_policy_findings_delete(findings);
  write_file("policy.toml", "allow = [\"random\", \"random\", \"fs.raed\"]\n");
  findings = airwasm_policy_check(in_folder("policy.toml"));
  CHECK(airwasm_policy_findings_count(findings) >= 1);
  CHECK(airwasm_policy_findings_is_error(findings, 0));
  CHECK(strstr(airwasm_policy_findings_text(findings, 0), "policy.toml:1:") != NULL);
  CHECK(airwasm_policy_findings_text(findings, 100) == NULL);
  airwasm_policy_findings_delete(findings);
  remove_from_folder("policy.toml");

  CHECK(failed(airwasm_grants_allow(grants, "fs.read:relative", "--allow #1"),
               AIRWASM_INVALID_ARGUMENT, "--allow #1: 'fs.read:relative': character"));
  CHECK(failed(airwasm_capabilities_parse("env.read:TZ", &classes), AIRWASM_INVALID_ARGUMENT,
               "without a scope"));
  CHECK(ok(airwasm_capabilities_parse("*", &classes)) && classes != 0);
  CHECK(airwasm_capability_count() > 20 && airwasm_capability_name(1000) == NULL);
  CHECK(strcmp(airwasm_capability_name(0), "fs.read") == 0);
  CHECK(strlen(airwasm_capability_summary(0)) > 0);
  airwasm_quota_delete(quota);
  airwasm_grants_delete(grants);
}

static airwasm_quota_t* make_quota(const char* name, const char* value) {
  airwasm_quota_t* quota = airwasm_quota_new();
  CHECK(ok(airwasm_quota_set(quota, name, value)));
  return quota;
}

/* What a guest and its store are when a quota is tried. */
struct metered {
  wasm_store_t* store;
  airwasm_linker_t* linker;
  airwasm_meter_t* meter;
  wasm_instance_t* guest;
};
static struct metered make_metered(wasm_engine_t* engine, const char* name, const char* value,
                                   const airwasm_guard_t* guard, const airwasm_usage_t* usage) {
  struct metered made = {NULL, NULL, NULL, NULL};
  airwasm_quota_t* quota = make_quota(name, value);
  airwasm_wasi_config_t* config = airwasm_wasi_config_new();
  int null_fd = open("/dev/null", O_WRONLY);
  made.meter = airwasm_meter_new(quota, guard, usage);
  CHECK(ok(airwasm_store_new_metered(engine, NULL, made.meter, &made.store)));
  made.linker = airwasm_linker_new(engine);
  CHECK(airwasm_wasi_config_set_stdio_fd(config, 1, null_fd));
  if (guard != NULL) airwasm_wasi_config_set_guard(config, guard);
  airwasm_wasi_config_set_meter(config, made.meter);
  CHECK(ok(airwasm_linker_define_wasi(made.linker, config)));
  made.guest = instantiate(engine, made.linker, made.store, kGuest);
  airwasm_quota_delete(quota);
  close(null_fd);
  return made;
}
static void delete_metered(struct metered* made) {
  wasm_instance_delete(made->guest);
  airwasm_linker_delete(made->linker);
  wasm_store_delete(made->store);
  airwasm_meter_delete(made->meter);
}

static void quotas(void) {
  wasm_engine_t* engine = wasm_engine_new();
  airwasm_audit_log_t* log = open_log();
  airwasm_grants_t* grants = granting("*");
  airwasm_guard_t* guard = make_guard(grants, log, false, NULL);
  airwasm_usage_t* usage = airwasm_usage_new();
  airwasm_quota_t* quota = airwasm_quota_new();
  struct metered metered;
  airwasm_meter_run_t* time;
  wasm_store_t* another = NULL;
  wasm_name_t text;
  wasm_trap_t* trap;
  uint64_t now = 0, peak = 0;
  int32_t result = 0;
  REQUIRE(log != NULL);
  CHECK(failed(airwasm_quota_set(quota, "memroy", "1MiB"), AIRWASM_INVALID_ARGUMENT, "memory"));
  CHECK(failed(airwasm_quota_set(quota, "memory", "much"), AIRWASM_INVALID_ARGUMENT, "much"));
  CHECK(strcmp(airwasm_quota_name(0), "memory") == 0 && airwasm_quota_summary(0) != NULL);
  CHECK(airwasm_quota_name(100) == NULL);

  /* Memory: the guest goes on, and the breach is on record once. */
  metered = make_metered(engine, "memory", "256KiB", guard, usage);
  REQUIRE(metered.guest != NULL);
  CHECK(result_of(metered.guest, "grow") == -1);
  CHECK(result_of(metered.guest, "grow") == -1);
  CHECK(airwasm_meter_breaches(metered.meter) == 1);
  CHECK(airwasm_meter_used(metered.meter, "memory", &now, &peak));
  CHECK(now == 65536 && peak == 65536);
  CHECK(!airwasm_meter_used(metered.meter, "stack", &now, NULL));
  CHECK(!airwasm_meter_used(metered.meter, "memroy", &now, NULL));
  CHECK(airwasm_usage_get(usage, AIRWASM_USAGE_BREACHES) == 1);
  CHECK(airwasm_usage_get(usage, AIRWASM_USAGE_INSTANCES) == 1);
  CHECK(airwasm_usage_add(usage, AIRWASM_USAGE_REQUESTS, 2));
  CHECK(!airwasm_usage_add(usage, AIRWASM_USAGE_CPU_NS, 2));
  CHECK(airwasm_usage_get(usage, AIRWASM_USAGE_REQUESTS) == 2);
  CHECK(failed(airwasm_store_new_metered(engine, NULL, metered.meter, &another),
               AIRWASM_FAILED_PRECONDITION, "meter"));
  CHECK(ok(airwasm_audit_log_flush(log)));
  read_log();
  CHECK(logged("\"class\":\"quota\"") == 1 && logged("memory 256KiB") == 1);
  delete_metered(&metered);
  CHECK(airwasm_usage_get(usage, AIRWASM_USAGE_INSTANCES) == 0);
  airwasm_guard_delete(guard);

  /* Output: six bytes are written, and then the guest ends. */
  metered = make_metered(engine, "output", "6", NULL, usage);
  REQUIRE(metered.guest != NULL);
  CHECK(result_of(metered.guest, "write") == kSuccess);
  CHECK(trapped(run(metered.guest, "write", &result), "quota output of 6B is used up"));
  CHECK(airwasm_meter_used(metered.meter, "output", &now, NULL) && now == 6);
  delete_metered(&metered);

  /* Time: the loop ends. */
  metered = make_metered(engine, "cpu-time", "20ms", NULL, NULL);
  REQUIRE(metered.guest != NULL);
  time = airwasm_meter_run_new(metered.meter, metered.store);
  trap = run(metered.guest, "spin", &result);
  airwasm_meter_run_delete(time);
  CHECK(trap != NULL && airwasm_trap_kind(trap) == AIRWASM_TRAP_INTERRUPTED);
  if (trap != NULL) {
    airwasm_meter_trap_to_string(metered.meter, trap, &text);
    CHECK(strstr(text.data, "quota cpu-time of 20ms is used up") != NULL);
    wasm_byte_vec_delete(&text);
    wasm_trap_delete(trap);
  }
  CHECK(airwasm_meter_used(metered.meter, "cpu-time", &now, NULL) && now >= 20000000);
  CHECK(airwasm_meter_breaches(metered.meter) == 1);
  CHECK(airwasm_meter_charge_host_bytes(metered.meter, 100));
  airwasm_meter_refund_host_bytes(metered.meter, 60);
  CHECK(airwasm_meter_used(metered.meter, "host-bytes", &now, &peak) && now == 40 && peak == 100);
  CHECK(airwasm_meter_charge_log(metered.meter, 5));
  delete_metered(&metered);

  CHECK(ok(airwasm_quota_set(quota, "fuel", "1000")));
  metered.meter = airwasm_meter_new(quota, NULL, NULL);
  CHECK(failed(airwasm_store_new_metered(engine, NULL, metered.meter, &another),
               AIRWASM_FAILED_PRECONDITION, "fuel"));
  CHECK(another == NULL);
  airwasm_meter_delete(metered.meter);
  airwasm_quota_delete(quota);
  airwasm_usage_delete(usage);
  airwasm_grants_delete(grants);
  airwasm_audit_log_delete(log);
  wasm_engine_delete(engine);
  remove_log();
}

/* ---- functions of the embedder's */

struct orders {
  airwasm_capabilities_t class_bit;
  int placed;
  int finalized;
};
/* Orders "apples" or "pears", by its argument; 1 if the guest may. */
static wasm_trap_t* place_order(void* env, airwasm_caller_t* caller, const airwasm_val_t* args,
                                size_t num_args, airwasm_val_t* results, size_t num_results) {
  struct orders* orders = (struct orders*)env;
  CHECK(num_args == 1 && num_results == 1);
  if (args[0].of.i32 == 2) return airwasm_caller_denial(caller);
  results[0].of.i32 =
      airwasm_caller_allows(caller, orders->class_bit, args[0].of.i32 == 0 ? "apples" : "pears");
  orders->placed += results[0].of.i32;
  return NULL;
}
static void count_end(void* env) {
  ++((struct orders*)env)->finalized;
}

static const char kShopper[] =
    "(module (import \"shop\" \"order\" (func $order (param i32) (result i32)))"
    "  (func (export \"apples\") (result i32) (call $order (i32.const 0)))"
    "  (func (export \"pears\") (result i32) (call $order (i32.const 1))))";

static void guarded_functions(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_store_t* free_store = wasm_store_new(engine);
  airwasm_linker_t* linker = airwasm_linker_new(engine);
  airwasm_audit_log_t* log = open_log();
  airwasm_grants_t* none = airwasm_grants_new();
  airwasm_grants_t* apples;
  airwasm_guard_t* guard = make_guard(NULL, log, false, NULL);
  struct orders orders = {0, 0, 0};
  airwasm_capabilities_t again = 0;
  wasm_functype_t* type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
  wasm_instance_t* guest;
  wasm_instance_t* free_guest;
  int32_t result;
  REQUIRE(log != NULL);
  CHECK(ok(airwasm_capability_register("shop.order", &orders.class_bit)));
  CHECK(ok(airwasm_capability_register("shop.order", &again)) && again == orders.class_bit);
  CHECK(failed(airwasm_capability_register("fs.order", &again), AIRWASM_INVALID_ARGUMENT, "fs"));
  CHECK(failed(airwasm_linker_define_guarded_func(linker, "shop", "order", type, 0, &place_order,
                                                  &orders, &count_end),
               AIRWASM_INVALID_ARGUMENT, "shop.order"));
  CHECK(orders.finalized == 1);
  CHECK(ok(airwasm_linker_define_guarded_func(linker, "shop", "order", type, orders.class_bit,
                                              &place_order, &orders, &count_end)));
  CHECK(ok(airwasm_store_set_guard(store, guard)));
  guest = instantiate(engine, linker, store, kShopper);
  free_guest = instantiate(engine, linker, free_store, kShopper);
  REQUIRE(guest != NULL && free_guest != NULL);
  apples = granting("shop.order:apples");

  CHECK(trapped(run(guest, "apples", &result), "shop.order: no rule allows it"));
  CHECK(orders.placed == 0);
  airwasm_guard_set_grants(guard, apples);
  CHECK(result_of(guest, "apples") == 1 && result_of(guest, "pears") == 0);
  CHECK(orders.placed == 1);
  airwasm_guard_set_grants(guard, none);
  CHECK(trapped(run(guest, "apples", &result), "shop.order: no rule allows it"));
  CHECK(result_of(free_guest, "pears") == 1); /* nothing guards that store */
  CHECK(ok(airwasm_audit_log_flush(log)));
  read_log();
  CHECK(logged("\"seq\"") == 4 && logged("\"function\":\"shop.order\"") == 4);
  CHECK(logged("\"decision\":\"allow\"") == 1 && logged("\"object\":\"pears\"") == 1);

  wasm_functype_delete(type);
  wasm_instance_delete(guest);
  wasm_instance_delete(free_guest);
  airwasm_guard_delete(guard);
  airwasm_grants_delete(apples);
  airwasm_grants_delete(none);
  airwasm_audit_log_delete(log);
  airwasm_linker_delete(linker);
  wasm_store_delete(store);
  wasm_store_delete(free_store);
  wasm_engine_delete(engine);
  CHECK(orders.finalized == 2);
  remove_log();
}

/* The same for components: orders by name; the trap of a denial, or an error for "nothing". */
static airwasm_error_t* place_named_order(void* env, airwasm_component_caller_t* caller,
                                          const airwasm_component_val_t* const args[],
                                          size_t num_args, airwasm_component_val_t** result) {
  struct orders* orders = (struct orders*)env;
  const int64_t item = airwasm_component_val_int(args[0]);
  CHECK(num_args == 1);
  if (item == 2) return airwasm_component_error_new(AIRWASM_NOT_FOUND, "nothing");
  if (!airwasm_component_caller_allows(caller, orders->class_bit, item == 0 ? "apples" : "pears"))
    return airwasm_component_caller_denial(caller);
  ++orders->placed;
  *result = airwasm_component_val_new_int(AIRWASM_COMPONENT_U32, 10 + item);
  return NULL;
}

static const char kComponentShopper[] =
    "(component"
    "  (import \"acme:shop/orders@1.2.0\" (instance $i"
    "    (export \"place\" (func (param \"item\" u32) (result u32)))))"
    "  (core func $place (canon lower (func $i \"place\")))"
    "  (core module $m (import \"\" \"place\" (func $place (param i32) (result i32)))"
    "    (func (export \"place\") (param i32) (result i32) (call $place (local.get 0))))"
    "  (core instance $m (instantiate $m (with \"\" (instance (export \"place\" (func $place))))))"
    "  (func (export \"place\") (param \"item\" u32) (result u32)"
    "    (canon lift (core func $m \"place\"))))";

/* Places an order in an instance of its own; 0 and the trap if that fails. */
static int64_t order_of_component(const airwasm_component_linker_t* linker, wasm_store_t* store,
                                  const airwasm_component_t* component, int64_t item,
                                  wasm_trap_t** trap) {
  airwasm_component_instance_t* instance = NULL;
  airwasm_component_val_t* arg = airwasm_component_val_new_int(AIRWASM_COMPONENT_U32, item);
  const airwasm_component_val_t* const args[] = {arg};
  airwasm_component_val_t* result = NULL;
  int64_t value = 0;
  *trap = NULL;
  CHECK(ok(airwasm_component_instantiate(linker, store, component, &instance, NULL)));
  airwasm_error_delete(airwasm_component_call(instance, "place", args, 1, &result, trap));
  if (result != NULL) value = airwasm_component_val_int(result);
  airwasm_component_val_delete(result);
  airwasm_component_val_delete(arg);
  airwasm_component_instance_delete(instance);
  return value;
}

static void guarded_component_functions(void) {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  wasm_store_t* free_store = wasm_store_new(engine);
  airwasm_component_linker_t* linker = airwasm_component_linker_new(engine);
  airwasm_component_t* component = NULL;
  airwasm_audit_log_t* log = open_log();
  airwasm_guard_t* guard = make_guard(NULL, log, false, NULL);
  airwasm_grants_t* apples;
  struct orders orders = {0, 0, 0};
  wasm_trap_t* trap;
  REQUIRE(log != NULL);
  CHECK(ok(airwasm_capability_register("shop.order", &orders.class_bit)));
  apples = granting("shop.order:apples");
  CHECK(failed(
      airwasm_component_linker_define_guarded_func(linker, "acme:shop/orders@1.2.0", "place", 0,
                                                   &place_named_order, &orders, &count_end),
      AIRWASM_INVALID_ARGUMENT, "acme:shop/orders.place"));
  CHECK(orders.finalized == 1);
  CHECK(ok(airwasm_component_linker_define_guarded_func(linker, "acme:shop/orders@1.2.0", "place",
                                                        orders.class_bit, &place_named_order,
                                                        &orders, &count_end)));
  CHECK(ok(airwasm_store_set_guard(store, guard)));
  REQUIRE(
      ok(airwasm_component_new(engine, kComponentShopper, strlen(kComponentShopper), &component)));

  CHECK(order_of_component(linker, store, component, 0, &trap) == 0);
  CHECK(trapped(trap, "shop.order: no rule allows it"));
  airwasm_guard_set_grants(guard, apples);
  CHECK(order_of_component(linker, store, component, 0, &trap) == 10 && trap == NULL);
  CHECK(order_of_component(linker, store, component, 1, &trap) == 0);
  CHECK(trapped(trap, "shop.order of pears: no rule allows it"));
  CHECK(order_of_component(linker, store, component, 2, &trap) == 0);
  CHECK(trapped(trap, "nothing"));
  CHECK(orders.placed == 1);
  CHECK(order_of_component(linker, free_store, component, 1, &trap) == 11 && trap == NULL);
  CHECK(ok(airwasm_audit_log_flush(log)));
  read_log();
  CHECK(logged("\"seq\"") == 4 && logged("\"function\":\"acme:shop/orders.place\"") == 4);
  CHECK(logged("\"decision\":\"allow\"") == 2 && logged("\"object\":\"pears\"") == 1);

  airwasm_component_delete(component);
  airwasm_guard_delete(guard);
  airwasm_grants_delete(apples);
  airwasm_audit_log_delete(log);
  airwasm_component_linker_delete(linker);
  wasm_store_delete(store);
  wasm_store_delete(free_store);
  wasm_engine_delete(engine);
  CHECK(orders.finalized == 2);
  remove_log();
}

/* ---- errors of logs */

static void on_write_error(void* env, const char* message) {
  (void)env, (void)message;
}
static int write_handlers_gone;
static void write_handler_gone(void* env) {
  (void)env;
  ++write_handlers_gone;
}

static void logs(void) {
  airwasm_audit_options_t* options = airwasm_audit_options_new(in_folder("none/audit.jsonl"));
  airwasm_audit_log_t* log = NULL;
  airwasm_audit_log_t* second = NULL;
  airwasm_audit_options_set_on_write_error(options, &on_write_error, NULL, &write_handler_gone);
  CHECK(failed(airwasm_audit_log_open(options, &log), AIRWASM_NOT_FOUND, "none"));
  CHECK(log == NULL);
  airwasm_audit_options_delete(options);
  CHECK(write_handlers_gone == 1);

  log = open_log();
  options = airwasm_audit_options_new(in_folder("audit.jsonl"));
  CHECK(failed(airwasm_audit_log_open(options, &second), AIRWASM_FAILED_PRECONDITION, ""));
  CHECK(ok(airwasm_audit_log_close(log)));
  airwasm_audit_options_set_key_file(options, in_folder("key"));
  CHECK(failed(airwasm_audit_log_open(options, &second), AIRWASM_NOT_FOUND, "key"));
  airwasm_audit_options_delete(options);
  airwasm_audit_log_delete(log);
  remove_log();
}

int main(void) {
  static const struct test_case kCases[] = {
      {"revoke", deny_grant_revoke},
      {"trap", trap_on_deny},
      {"files", files},
      {"policies", policies},
      {"quotas", quotas},
      {"functions", guarded_functions},
      {"components", guarded_component_functions},
      {"logs", logs},
  };
  if (mkdtemp(folder) == NULL) return 2;
  run_cases(kCases, sizeof kCases / sizeof kCases[0]);
  CHECK(rmdir(folder) == 0);
  return failures == 0 ? 0 : 1;
}
