// WASI through the C interface: output into a pipe, exit codes, directories that do not exist, and
// interrupting a guest that waits.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>

#include "airwasm_component.h"

namespace {

std::string Take(airwasm_error_t* error) {
  if (error == nullptr) return "";
  std::string text =
      std::to_string(airwasm_error_code(error)) + ": " + airwasm_error_message(error);
  airwasm_error_delete(error);
  return text;
}

// An engine, a store and a linker; the guest is instantiated by Run.
struct World {
  wasm_engine_t* engine = wasm_engine_new();
  wasm_store_t* store = wasm_store_new(engine);
  airwasm_linker_t* linker = airwasm_linker_new(engine);
  ~World() {
    airwasm_linker_delete(linker);
    wasm_store_delete(store);
    wasm_engine_delete(engine);
  }

  // Calls "_start" and returns its trap, or null.
  wasm_trap_t* Run(const char* wat) {
    wasm_module_t* module = nullptr;
    EXPECT_EQ("", Take(airwasm_module_new(engine, wat, std::strlen(wat), &module)));
    if (module == nullptr) return nullptr;
    wasm_instance_t* instance = nullptr;
    EXPECT_EQ("", Take(airwasm_linker_instantiate(linker, store, module, &instance, nullptr)));
    wasm_module_delete(module);
    if (instance == nullptr) return nullptr;
    wasm_extern_t* const start = airwasm_instance_export(instance, "_start");
    wasm_val_vec_t none = WASM_EMPTY_VEC;
    wasm_trap_t* const trap = wasm_func_call(wasm_extern_as_func(start), &none, &none);
    wasm_extern_delete(start);
    wasm_instance_delete(instance);
    return trap;
  }
};

constexpr char kHello[] = R"((module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00")
  (data (i32.const 16) "hello\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $exit (i32.const 42)))))";

// Sleeps for an hour.
constexpr char kSleep[] = R"((module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i32.store (i32.const 16) (i32.const 1))
    (i64.store (i32.const 24) (i64.const 3600000000000))
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))))";

TEST(WasiCApi, OutputAndExitCode) {
  int pipe_fds[2];
  ASSERT_EQ(0, pipe(pipe_fds));
  World world;
  airwasm_wasi_config_t* const config = airwasm_wasi_config_new();
  airwasm_wasi_config_add_arg(config, "hello");
  airwasm_wasi_config_add_env(config, "NAME", "value");
  airwasm_wasi_config_inherit_env(config);
  EXPECT_TRUE(airwasm_wasi_config_set_stdio_fd(config, 1, pipe_fds[1]));
  EXPECT_FALSE(airwasm_wasi_config_set_stdio_fd(config, 3, pipe_fds[1]));
  ASSERT_EQ("", Take(airwasm_linker_define_wasi(world.linker, config)));
  wasm_trap_t* const trap = world.Run(kHello);
  ASSERT_NE(nullptr, trap);
  EXPECT_EQ(AIRWASM_TRAP_EXIT, airwasm_trap_kind(trap));
  int32_t code = 0;
  EXPECT_TRUE(airwasm_trap_exit_code(trap, &code));
  EXPECT_EQ(42, code);
  wasm_trap_delete(trap);
  char text[16] = {};
  EXPECT_EQ(6, read(pipe_fds[0], text, sizeof text));
  EXPECT_STREQ("hello\n", text);
  close(pipe_fds[0]);
  close(pipe_fds[1]);
}

TEST(WasiCApi, ErrorsOfTheConfig) {
  World world;
  airwasm_wasi_config_t* config = airwasm_wasi_config_new();
  airwasm_wasi_config_preopen_dir(config, "/no/such/directory", nullptr, true);
  const std::string missing = Take(airwasm_linker_define_wasi(world.linker, config));
  EXPECT_EQ("5: ", missing.substr(0, 3));
  EXPECT_NE(std::string::npos, missing.find("/no/such/directory")) << missing;

  EXPECT_EQ("", Take(airwasm_linker_define_wasi(world.linker, airwasm_wasi_config_new())));
  EXPECT_EQ("6: ",
            Take(airwasm_linker_define_wasi(world.linker, airwasm_wasi_config_new())).substr(0, 3));
}

TEST(WasiCApi, InterruptionEndsASleepAndIsTakenBack) {
  World world;
  ASSERT_EQ("", Take(airwasm_linker_define_wasi(world.linker, airwasm_wasi_config_new())));
  airwasm_interrupt_handle_t* const handle = airwasm_interrupt_handle_new(world.store);
  std::thread interrupter([&] { airwasm_interrupt_handle_interrupt(handle); });
  wasm_trap_t* trap = world.Run(kSleep);
  interrupter.join();
  // The interruption may have come before the hook was there: then the poll word stops the guest.
  ASSERT_NE(nullptr, trap);
  EXPECT_EQ(AIRWASM_TRAP_INTERRUPTED, airwasm_trap_kind(trap));
  wasm_trap_delete(trap);
  airwasm_interrupt_handle_clear(handle);
  trap = world.Run(kHello);
  ASSERT_NE(nullptr, trap);
  EXPECT_EQ(AIRWASM_TRAP_EXIT, airwasm_trap_kind(trap));
  wasm_trap_delete(trap);
  airwasm_interrupt_handle_delete(handle);
}

// WASI 0.2: what one store was given, asked for through a component.
TEST(WasiCApi, ArgumentsOfAComponent) {
  constexpr char kArguments[] = R"((component
    (import "wasi:cli/environment@0.2.0" (instance $environment
      (export "get-arguments" (func (result (list string))))))
    (export "environment" (instance $environment))))";
  World world;
  airwasm_component_linker_t* const linker = airwasm_component_linker_new(world.engine);
  ASSERT_EQ("", Take(airwasm_component_linker_define_wasi(linker)));
  EXPECT_EQ("6: ", Take(airwasm_component_linker_define_wasi(linker)).substr(0, 3));
  airwasm_wasi_config_t* const config = airwasm_wasi_config_new();
  airwasm_wasi_config_add_arg(config, "program");
  airwasm_wasi_config_add_arg(config, "-v");
  ASSERT_EQ("", Take(airwasm_store_give_wasi(world.store, config)));
  airwasm_component_t* component = nullptr;
  airwasm_component_instance_t* instance = nullptr;
  ASSERT_EQ(
      "", Take(airwasm_component_new(world.engine, kArguments, sizeof kArguments - 1, &component)));
  ASSERT_EQ(
      "", Take(airwasm_component_instantiate(linker, world.store, component, &instance, nullptr)));
  airwasm_component_val_t* result = nullptr;
  ASSERT_EQ("", Take(airwasm_component_call(instance, "environment#get-arguments", nullptr, 0,
                                            &result, nullptr)));
  wasm_name_t text;
  airwasm_component_val_to_string(result, &text);
  EXPECT_STREQ("[\"program\", \"-v\"]", text.data);
  wasm_byte_vec_delete(&text);
  airwasm_component_val_delete(result);
  airwasm_component_instance_delete(instance);
  airwasm_component_delete(component);
  airwasm_component_linker_delete(linker);
}

}  // namespace
