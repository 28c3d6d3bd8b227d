// The functions as a module imports them: types, memory, results, and the ways in which they end a
// guest.
#include "wasi/p1/link.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "airwasm/airwasm.h"
#include "wasi/p1/test_guest.h"

namespace airwasm::wasi::p1 {
namespace {

class LinkTest : public ::testing::Test {
 protected:
  LinkTest() {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    reader_ = ends[0];
    writer_ = ends[1];
    Config config;
    config.args = {"prog"};
    config.stdin_stream = Stdio::Fd(reader_);
    config.stdout_stream = Stdio::Fd(writer_);
    auto context = Context::Create(config);
    EXPECT_TRUE(context.ok());
    context_ = *std::move(context);
    EXPECT_TRUE(AddToLinker(linker_, context_).ok());
  }
  ~LinkTest() override {
    close(reader_);
    close(writer_);
  }

  Instance Make(std::string_view wat) {
    absl::StatusOr<Module> module = Module::Create(engine_, wat);
    EXPECT_TRUE(module.ok()) << module.status().ToString();
    absl::StatusOr<Instance> instance = linker_.Instantiate(store_, *module);
    EXPECT_TRUE(instance.ok()) << instance.status().ToString();
    return *instance;
  }
  Result<int32_t> Run(std::string_view wat) {
    absl::StatusOr<TypedFunc<int32_t()>> f = Make(wat).Get<int32_t()>("f");
    EXPECT_TRUE(f.ok()) << f.status().ToString();
    return (*f)();
  }

  Engine engine_;
  Store store_{engine_};
  Linker linker_{engine_};
  std::shared_ptr<Context> context_;
  int reader_;
  int writer_;
};

TEST_F(LinkTest, WritesFromTheGuestsMemory) {
  Result<int32_t> r = Run(R"((module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 100) "hello")
    (data (i32.const 8) "\64\00\00\00\05\00\00\00")
    (func (export "f") (result i32)
      (i32.add
        (i32.mul (i32.const 100) (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))
        (i32.load (i32.const 0))))))");
  ASSERT_TRUE(r.ok()) << r.trap().message();
  EXPECT_EQ(*r, 5);
  char buffer[10];
  ASSERT_EQ(read(reader_, buffer, sizeof buffer), 5);
  EXPECT_EQ(std::string(buffer, 5), "hello");
}

TEST_F(LinkTest, WithoutMemoryPointersAreFaults) {
  Result<int32_t> r = Run(R"((module
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (func (export "f") (result i32) (call $random (i32.const 0) (i32.const 1)))))");
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(static_cast<Errno>(*r), Errno::kFault);
}

TEST_F(LinkTest, ThePointsWhereMemoryEnds) {
  Result<int32_t> r = Run(R"((module
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (memory (export "memory") 1 2)
    (func (export "f") (result i32)
      (if (call $random (i32.const 65536) (i32.const 1)) (then) (else (return (i32.const -1))))
      (drop (memory.grow (i32.const 1)))
      (call $random (i32.const 65536) (i32.const 65536)))))");
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(*r, 0);
}

TEST_F(LinkTest, ExitEndsTheGuestWithItsCode) {
  Result<int32_t> r = Run(R"((module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (func $deep (param i32)
      (if (i32.eqz (local.get 0)) (then (call $exit (i32.const 33))))
      (call $deep (i32.sub (local.get 0) (i32.const 1))))
    (func (export "f") (result i32) (call $deep (i32.const 50)) (i32.const 1))))");
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.trap().exit_code(), 33);
}

TEST_F(LinkTest, AnExitCodeOutOfRangeIsAFailure) {
  Result<int32_t> r = Run(R"((module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (func (export "f") (result i32) (call $exit (i32.const 126)) (i32.const 1))))");
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.trap().exit_code(), std::nullopt);
  EXPECT_NE(r.trap().ToString().find("exit status"), std::string::npos) << r.trap().ToString();
}

TEST_F(LinkTest, AnInterruptionTraps) {
  std::thread other([&] { context_->interrupter()->Interrupt(); });
  Result<int32_t> r = Run(R"((module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "\64\00\00\00\05\00\00\00")
    (func (export "f") (result i32)
      (call $read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 0)))))");
  other.join();
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.trap().kind(), TrapKind::kInterrupted);
}

// The store's own interrupter is enough, and clearing it lets the guest go on.
TEST_F(LinkTest, AnInterruptionOfTheStoreEndsAWait) {
  const absl::StatusOr<TypedFunc<int32_t()>> f = Make(R"((module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "\64\00\00\00\05\00\00\00")
    (func (export "f") (result i32)
      (call $read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 0)))))")
                                                     .Get<int32_t()>("f");
  ASSERT_TRUE(f.ok());
  for (int i = 0; i < 3; ++i) {
    std::thread other([interrupter = store_.interrupter()] {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      interrupter.Interrupt();
    });
    const Result<int32_t> r = (*f)();
    other.join();
    ASSERT_FALSE(r.ok());
    EXPECT_EQ(r.trap().kind(), TrapKind::kInterrupted);
    store_.interrupter().Clear();
    ASSERT_EQ(write(writer_, "x", 1), 1);
    const Result<int32_t> again = (*f)();
    ASSERT_TRUE(again.ok()) << again.trap().message();
    EXPECT_EQ(*again, 0);
  }
}

// One linker for several stores, as they come and go.
TEST_F(LinkTest, StoresComeAndGo) {
  absl::StatusOr<Module> module = Module::Create(engine_, R"((module
    (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
    (func (export "f") (result i32) (call $yield))))");
  ASSERT_TRUE(module.ok());
  for (int i = 0; i < 10; ++i) {
    Store a(engine_), b(engine_);
    for (Store* store : {&a, &b, &a, &b}) {
      absl::StatusOr<Instance> instance = linker_.Instantiate(*store, *module);
      ASSERT_TRUE(instance.ok());
      EXPECT_EQ(*(*instance->Get<int32_t()>("f"))(), 0);
    }
  }
}

TEST_F(LinkTest, EveryFunctionHasTheTypeItSays) {
  for (std::string_view module : {kModuleName, kModuleName0}) {
    std::string wat = "(module";
    for (const P1Function& f : Functions()) {
      wat += " (import \"" + std::string(module) + "\" \"" + f.name + "\" (func (param";
      bool results = false;
      for (char c : std::string_view(f.signature)) {
        if (c == ':') {
          wat += std::string_view(f.signature).back() == ':' ? "" : ") (result";
          results = true;
        } else {
          wat += c == 'I' ? " i64" : " i32";
        }
      }
      EXPECT_TRUE(results);
      wat += ")))";
    }
    Make(wat + ")");
  }
}

TEST(DefineWasiTest, TheWholeWayOfAnEmbedder) {
  TempTree tree;
  tree.MakeFile("f", "x");
  Engine engine;
  Store store(engine);
  Linker linker(engine);
  wasi::Config config;
  config.preopens = {{.host_path = tree.At("missing"), .guest_path = "/"}};
  EXPECT_EQ(DefineWasi(linker, config).code(), absl::StatusCode::kNotFound);
  config.preopens = {{.host_path = tree.path(), .guest_path = "/"}};
  ASSERT_TRUE(DefineWasi(linker, config).ok());
  absl::StatusOr<Module> module = Module::Create(engine, R"((module
    (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "f")
    (func (export "_start") (call $exit (call $unlink (i32.const 3) (i32.const 0) (i32.const 1))))))");
  ASSERT_TRUE(module.ok()) << module.status().ToString();
  absl::StatusOr<Instance> instance = linker.Instantiate(store, *module);
  ASSERT_TRUE(instance.ok()) << instance.status().ToString();
  const Result<void> result = (*instance->Get<void()>("_start"))();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.trap().exit_code(), 0);
  EXPECT_FALSE(tree.Exists("f"));
}

TEST_F(LinkTest, NamesThatAreTaken) {
  EXPECT_EQ(AddToLinker(linker_, context_).code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace airwasm::wasi::p1
