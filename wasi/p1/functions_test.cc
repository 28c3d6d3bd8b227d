// The table itself, and the functions that need no file: arguments, environment, clocks, random
// numbers, the process.
#include <algorithm>
#include <set>

#include "wasi/p1/test_guest.h"

namespace airwasm::wasi::p1 {
namespace {

TEST(FunctionsTest, TheTableHasAllOfThem) {
  std::set<std::string_view> names;
  for (const P1Function& f : Functions()) {
    EXPECT_TRUE(names.insert(f.name).second) << f.name;
    const std::string_view signature = f.signature;
    EXPECT_EQ(signature.find_first_not_of("iI:"), std::string_view::npos) << f.name;
    const size_t colon = signature.find(':');
    ASSERT_NE(colon, std::string_view::npos) << f.name;
    EXPECT_EQ(signature.substr(colon), std::string_view(f.name) == "proc_exit" ? ":" : ":i")
        << f.name;
  }
  EXPECT_EQ(names.size(), 46u);
}

// Whatever a guest passes, no function may touch memory outside its own. The engine's memory has
// guard pages; this one ends where the vector ends, under the address sanitizer.
TEST(FunctionsTest, WildPointersAreFaults) {
  TempTree tree;
  tree.MakeFile("file", "contents");
  for (uint64_t wild :
       {uint64_t{Guest::kMemoryBytes} - 1, uint64_t{0xffff'fff0}, uint64_t{0xffff'ffff}}) {
    for (const P1Function& f : Functions()) {
      const std::string_view name = f.name;
      if (name == "proc_exit" || name == "proc_raise" || name == "sched_yield") continue;
      const size_t params = std::string_view(f.signature).find(':');
      // Each argument in turn, and all at once.
      for (size_t which = 0; which <= params; ++which) {
        Guest guest(tree, /*force_fallback=*/false);
        uint64_t args[9] = {Guest::kRoot, 0, 0, 0, 0, 0, 0, 0, 0};
        for (size_t i = 0; i < params; ++i) {
          if (i == which || which == params) args[i] = wild;
        }
        std::vector<uint8_t> memory(4096);
        const P1Result result = f.call(guest.context(), memory, args);
        EXPECT_EQ(result.outcome, Outcome::kReturn) << name;
      }
    }
  }
}

TEST(FunctionsTest, ArgumentsAndEnvironment) {
  Config config;
  config.args = {"prog", "", "a \"b\"\n"};
  config.env = {{"A", "1"}, {"EMPTY", ""}, {"C", "x=y"}};
  Guest guest(config);
  const struct {
    std::string_view sizes, get;
    std::vector<std::string> expected;
  } kCases[] = {{"args_sizes_get", "args_get", {"prog", "", "a \"b\"\n"}},
                {"environ_sizes_get", "environ_get", {"A=1", "EMPTY=", "C=x=y"}}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.get));
    ASSERT_EQ(guest.Call(c.sizes, {0x100, 0x104}), Errno::kSuccess);
    ASSERT_EQ(guest.U32(0x100), c.expected.size());
    size_t bytes = 0;
    for (const std::string& s : c.expected) bytes += s.size() + 1;
    ASSERT_EQ(guest.U32(0x104), bytes);
    ASSERT_EQ(guest.Call(c.get, {0x200, 0x300}), Errno::kSuccess);
    uint32_t at = 0x300;
    for (size_t i = 0; i < c.expected.size(); ++i) {
      EXPECT_EQ(guest.U32(0x200 + 4 * static_cast<uint32_t>(i)), at);
      EXPECT_EQ(guest.Get(at, c.expected[i].size() + 1), c.expected[i] + '\0');
      at += static_cast<uint32_t>(c.expected[i].size()) + 1;
    }
    // The last byte that fits, and the first that does not.
    const uint32_t end = Guest::kMemoryBytes - static_cast<uint32_t>(bytes);
    EXPECT_EQ(guest.Call(c.get, {0x200, end}), Errno::kSuccess);
    EXPECT_EQ(guest.Call(c.get, {0x200, end + 1}), Errno::kFault);
    EXPECT_EQ(guest.Call(c.get, {Guest::kMemoryBytes - 11, 0x300}), Errno::kFault);
  }
}

TEST(FunctionsTest, TheFirstSnapshotLaysRecordsOutDifferently) {
  TempTree tree;
  tree.MakeFile("file", "0123456789");
  Guest guest(tree, /*force_fallback=*/false);
  uint32_t fd;
  ASSERT_EQ(guest.OpenAll("file", 0, &fd), Errno::kSuccess);
  std::vector<uint8_t> memory(4096, 0xaa);
  const GuestMemory view(memory);
  const auto call = [&](std::string_view name, std::initializer_list<uint64_t> args) {
    for (const P1Function& f : Functions0()) {
      if (f.name != name) continue;
      return static_cast<Errno>(f.call(guest.context(), memory, args.begin()).code);
    }
    return Errno::kNosys;
  };
  EXPECT_EQ(call("fd_filestat_get", {fd, 4096 - 56}), Errno::kSuccess);
  EXPECT_EQ(view.Load<uint32_t>(4096 - 56 + 20), 1u);
  EXPECT_EQ(view.Load<uint64_t>(4096 - 56 + 24), 10u);
  EXPECT_EQ(call("fd_filestat_get", {fd, 4096 - 55}), Errno::kFault);
  EXPECT_EQ(call("fd_seek", {fd, 4, 2, 0}), Errno::kSuccess);
  EXPECT_EQ(call("fd_seek", {fd, 1, 0, 0}), Errno::kSuccess);
  EXPECT_EQ(view.Load<uint64_t>(0), 5u);
  EXPECT_EQ(call("fd_seek", {fd, static_cast<uint64_t>(-1), 1, 0}), Errno::kSuccess);
  EXPECT_EQ(view.Load<uint64_t>(0), 9u);
  std::fill(memory.begin(), memory.end(), uint8_t{0});
  view.Store<uint64_t>(0, 77);     // userdata
  view.Store<uint32_t>(24, 1);     // monotonic
  view.Store<uint64_t>(32, 1000);  // nanoseconds
  view.Store<uint64_t>(56, 78);
  view.Store<uint8_t>(56 + 8, kEventFdRead);
  view.Store<uint32_t>(56 + 16, 99);
  EXPECT_EQ(call("poll_oneoff", {0, 1024, 2, 2048}), Errno::kSuccess);
  EXPECT_GE(view.Load<uint32_t>(2048), 1u);
  EXPECT_EQ(call("poll_oneoff", {0, 1024, 1, 2048}), Errno::kSuccess);
  EXPECT_EQ(view.Load<uint32_t>(2048), 1u);
  EXPECT_EQ(view.Load<uint64_t>(1024), 77u);
  EXPECT_EQ(view.Load<uint16_t>(1024 + event_at::kError), 0);
}

TEST(FunctionsTest, NothingIsInherited) {
  setenv("AIRWASM_TEST_VARIABLE", "1", 1);
  Guest guest{Config()};
  ASSERT_EQ(guest.Call("environ_sizes_get", {0x100, 0x104}), Errno::kSuccess);
  EXPECT_EQ(guest.U32(0x100), 0u);
  ASSERT_EQ(guest.Call("args_sizes_get", {0x100, 0x104}), Errno::kSuccess);
  EXPECT_EQ(guest.U32(0x100), 0u);
  EXPECT_EQ(guest.Call("fd_prestat_get", {3, Guest::kOut}), Errno::kBadf);
  EXPECT_EQ(guest.Read(0), "");
  EXPECT_EQ(guest.Write(1, "vanishes"), Errno::kSuccess);
}

TEST(FunctionsTest, ConfigurationsThatCannotBe) {
  const struct {
    std::string_view name;
    Config config;
    absl::StatusCode code;
  } kCases[] = {
      {"NUL in an argument",
       {.args = {std::string("a\0b", 3)}},
       absl::StatusCode::kInvalidArgument},
      {"NUL in a variable",
       {.env = {{"A", std::string("\0", 1)}}},
       absl::StatusCode::kInvalidArgument},
      {"= in a name", {.env = {{"A=B", "1"}}}, absl::StatusCode::kInvalidArgument},
      {"no name", {.env = {{"", "1"}}}, absl::StatusCode::kInvalidArgument},
      {"no such directory",
       {.preopens = {{"/does/not/exist", "/", false}}},
       absl::StatusCode::kNotFound},
      {"a file as directory",
       {.preopens = {{"/dev/null", "/", false}}},
       absl::StatusCode::kInvalidArgument},
      {"a socket that is none", {.sockets = {0}}, absl::StatusCode::kInvalidArgument},
      {"a stream that is closed",
       {.stdin_stream = Stdio::Fd(99999)},
       absl::StatusCode::kInvalidArgument},
      {"no room", {.max_descriptors = 2}, absl::StatusCode::kResourceExhausted},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Context::Create(c.config).status().code(), c.code) << c.name;
  }
}

TEST(FunctionsTest, Clocks) {
  Guest guest{Config()};
  for (uint64_t id = 0; id < 4; ++id) {
    ASSERT_EQ(guest.Call("clock_res_get", {id, 0x100}), Errno::kSuccess);
    EXPECT_GT(guest.U64(0x100), 0u);
    ASSERT_EQ(guest.Call("clock_time_get", {id, 0, 0x100}), Errno::kSuccess);
    const uint64_t first = guest.U64(0x100);
    ASSERT_EQ(guest.Call("clock_time_get", {id, 1, 0x100}), Errno::kSuccess);
    if (id != 0) {
      EXPECT_GE(guest.U64(0x100), first);
    }
  }
  for (uint64_t id : {uint64_t{4}, uint64_t{0xffffffff}}) {
    EXPECT_EQ(guest.Call("clock_res_get", {id, 0x100}), Errno::kInval);
    EXPECT_EQ(guest.Call("clock_time_get", {id, 0, 0x100}), Errno::kInval);
  }
}

TEST(FunctionsTest, RandomFillsExactlyWhatIsAskedFor) {
  Guest guest{Config()};
  EXPECT_EQ(guest.Call("random_get", {Guest::kMemoryBytes, 0}), Errno::kSuccess);
  EXPECT_EQ(guest.Call("random_get", {Guest::kMemoryBytes, 1}), Errno::kFault);
  EXPECT_EQ(guest.Call("random_get", {1, Guest::kMemoryBytes}), Errno::kFault);
  EXPECT_EQ(guest.Call("random_get", {0, 0xffff'ffff}), Errno::kFault);
  // More than one piece, and not one byte beyond.
  constexpr uint32_t kBytes = 600'000;
  ASSERT_EQ(guest.Call("random_get", {0x100, kBytes}), Errno::kSuccess);
  EXPECT_EQ(guest.Get(0x100 + kBytes, 64), std::string(64, '\0'));
  EXPECT_EQ(guest.Get(0x100 - 64, 64), std::string(64, '\0'));
  EXPECT_NE(guest.Get(0x100 + kBytes - 64, 64), std::string(64, '\0'));
  EXPECT_NE(guest.Get(0x100, 64), guest.Get(0x200, 64));
}

TEST(FunctionsTest, ExitIsAnOutcome) {
  Guest guest{Config()};
  for (uint32_t code : {0u, 1u, 33u, 125u}) {
    const P1Result result = guest.Raw("proc_exit", {code});
    EXPECT_EQ(result.outcome, Outcome::kExit);
    EXPECT_EQ(result.code, code);
  }
  for (uint32_t code : {126u, 255u, 0xffff'ffffu}) {
    const P1Result result = guest.Raw("proc_exit", {code});
    EXPECT_EQ(result.outcome, Outcome::kTrap);
    EXPECT_NE(result.message, nullptr);
  }
}

TEST(FunctionsTest, RaisingASignal) {
  Guest guest{Config()};
  EXPECT_EQ(guest.Call("proc_raise", {0}), Errno::kSuccess);
  EXPECT_EQ(guest.Call("proc_raise", {16}), Errno::kSuccess);
  EXPECT_EQ(guest.Call("proc_raise", {18}), Errno::kNotsup);
  EXPECT_EQ(guest.Call("proc_raise", {31}), Errno::kInval);
  EXPECT_EQ(guest.Raw("proc_raise", {6}).outcome, Outcome::kTrap);
  EXPECT_EQ(guest.Raw("proc_raise", {9}).outcome, Outcome::kTrap);
  EXPECT_EQ(guest.Call("sched_yield", {}), Errno::kSuccess);
}

TEST(FunctionsTest, ErrorCodesMapOneToOne) {
  EXPECT_EQ(ToErrno(host::Error()), Errno::kSuccess);
  EXPECT_EQ(ToErrno(host::Error::NotCapable()), Errno::kNotcapable);
  EXPECT_EQ(ToErrno(host::Error::Posix(ENOENT)), Errno::kNoent);
  EXPECT_EQ(ToErrno(host::Error::Posix(EOPNOTSUPP)), Errno::kNotsup);
  EXPECT_EQ(ToErrno(host::Error::Posix(EWOULDBLOCK)), Errno::kAgain);
  EXPECT_EQ(ToErrno(host::Error::Posix(EREMOTEIO)), Errno::kIo);
  EXPECT_EQ(static_cast<int>(Errno::kNotcapable), 76);
  EXPECT_EQ(ErrnoName(Errno::kTooBig), "2big");
}

}  // namespace
}  // namespace airwasm::wasi::p1
