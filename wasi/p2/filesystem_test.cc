// Files and directories, as a guest sees them: what it may, what it may not, and that it never gets
// out of what it was given.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "airwasm/grants.h"
#include "airwasm/guard.h"
#include "wasi/p2/filesystem.h"
#include "wasi/p2/io.h"
#include "wasi/p2/metadata_hash.h"
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {

AIRWASM_RECORD(MetadataHash, lower, upper);

namespace {

using Bytes = std::vector<uint8_t>;
using StreamFailure = std::variant<Own<IoError>, std::monostate>;
template <typename T>
using StreamResult = WitResult<T, StreamFailure>;
template <typename T>
using FileResult = WitResult<T, FileError>;
using Unit = FileResult<std::monostate>;
using OpenResult = FileResult<Own<Descriptor>>;
using NewTimestamp = std::variant<std::monostate, std::monostate, Datetime>;

struct TestStat {
  DescriptorType type;
  uint64_t link_count;
  uint64_t size;
  std::optional<Datetime> data_access_timestamp;
  std::optional<Datetime> data_modification_timestamp;
  std::optional<Datetime> status_change_timestamp;
};
AIRWASM_RECORD(TestStat, type, link_count, size, data_access_timestamp, data_modification_timestamp,
               status_change_timestamp);
struct TestEntry {
  DescriptorType type;
  std::string name;
};
AIRWASM_RECORD(TestEntry, type, name);

constexpr uint32_t kRead = descriptor_flag::kRead;
constexpr uint32_t kWrite = descriptor_flag::kWrite;
constexpr uint32_t kCreate = open_flag::kCreate;
constexpr PathFlags kFollow{1};

// The error of a result; none: it succeeded.
template <typename T>
std::optional<FileError> Error(const FileResult<T>& result) {
  if (result.ok()) return std::nullopt;
  return std::get<1>(result.value);
}
Bytes ToBytes(std::string_view text) {
  return {text.begin(), text.end()};
}

// A guest with one directory, resolved in either way.
class FilesystemTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { Give(false); }
  void Give(bool read_only, std::shared_ptr<security::Guard> guard = nullptr) {
    Config config;
    config.guard = std::move(guard);
    config.preopens = {{.host_path = tmp_.path(), .guest_path = "/", .read_only = read_only}};
    config.force_fallback_resolver = GetParam();
    guest_ = std::make_unique<TestGuest>(config);
    const auto directories =
        guest_->Call<std::vector<std::tuple<Own<Descriptor>, std::string>>>("get-directories");
    ASSERT_EQ(directories.size(), 1u);
    EXPECT_EQ(std::get<1>(directories[0]), "/");
    root_ = Lend(std::get<0>(directories[0]));
  }
  template <typename R, typename... Args>
  R On(Borrow<Descriptor> d, const std::string& method, const Args&... args) {
    return guest_->Call<R>("[method]descriptor." + method, d, args...);
  }
  OpenResult Open(std::string_view path, uint32_t open_flags, uint32_t flags,
                  PathFlags path_flags = kFollow) {
    return On<OpenResult>(root_, "open-at", path_flags, std::string(path), OpenFlags{open_flags},
                          DescriptorFlags{flags});
  }
  Borrow<Descriptor> MustOpen(std::string_view path, uint32_t open_flags, uint32_t flags) {
    const OpenResult result = Open(path, open_flags, flags);
    EXPECT_TRUE(result.ok()) << path;
    return result.ok() ? Lend(std::get<0>(result.value)) : root_;
  }
  std::string ReadAll(Borrow<InputStream> in, uint64_t chunk = 1 << 20) {
    std::string text;
    while (true) {
      const auto part =
          guest_->Call<StreamResult<Bytes>>("[method]input-stream.blocking-read", in, chunk);
      if (!part.ok()) return text;
      const Bytes& bytes = std::get<0>(part.value);
      text.append(bytes.begin(), bytes.end());
    }
  }
  std::string Slurp(Borrow<Descriptor> d, uint64_t offset = 0) {
    const auto in = On<FileResult<Own<InputStream>>>(d, "read-via-stream", offset);
    return in.ok() ? ReadAll(Lend(std::get<0>(in.value))) : "error";
  }
  void Put(Own<OutputStream> out, std::string_view text) {
    EXPECT_TRUE(guest_
                    ->Call<StreamResult<std::monostate>>(
                        "[method]output-stream.blocking-write-and-flush", Lend(out), ToBytes(text))
                    .ok());
    Context::Drop(out.rep);
  }

  TempDirectory tmp_;
  std::unique_ptr<TestGuest> guest_;
  Borrow<Descriptor> root_;
};

TEST_P(FilesystemTest, WritesAndReadsThroughStreams) {
  const auto d = MustOpen("a", kCreate, kRead | kWrite);
  Put(std::get<0>(On<FileResult<Own<OutputStream>>>(d, "write-via-stream", uint64_t{2}).value),
      "cd");
  Put(std::get<0>(On<FileResult<Own<OutputStream>>>(d, "write-via-stream", uint64_t{0}).value),
      "ab");
  tmp_.Write("b", "");
  Put(std::get<0>(On<FileResult<Own<OutputStream>>>(d, "append-via-stream").value), "ef");
  EXPECT_EQ(tmp_.Read("a"), "abcdef");
  EXPECT_EQ(Slurp(d), "abcdef");
  EXPECT_EQ(Slurp(d, 4), "ef");
  EXPECT_EQ(Slurp(d, 100), "");
  // A file of megabytes, in one go, comes in pieces and whole.
  std::string much(3 << 20, '\0');
  for (size_t i = 0; i < much.size(); ++i) much[i] = static_cast<char>(i * 31 >> 3);
  tmp_.Write("much", much);
  EXPECT_EQ(Slurp(MustOpen("much", 0, kRead)), much);
}

TEST_P(FilesystemTest, ReadsAndWritesAtPositions) {
  using ReadResult = FileResult<std::tuple<Bytes, bool>>;
  const auto d = MustOpen("a", kCreate, kRead | kWrite);
  EXPECT_EQ(std::get<0>(On<FileResult<uint64_t>>(d, "write", ToBytes("hello"), uint64_t{3}).value),
            5u);
  EXPECT_EQ(tmp_.Read("a"), std::string("\0\0\0hello", 8));
  const struct {
    uint64_t length, offset;
    const char* text;
    bool at_end;
  } kCases[] = {
      {4, 3, "hell", false},
      {5, 3, "hello", true},
      {100, 4, "ello", true},
      {1, 8, "", true},
      {1, uint64_t{1} << 62, "", true},
      {0, 8, "", false},
      {uint64_t{1} << 40, 7, "o", true},
      {1, UINT64_MAX, "", true},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.offset);
    const auto result = On<ReadResult>(d, "read", c.length, c.offset);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(std::get<0>(std::get<0>(result.value)), ToBytes(c.text));
    if (c.length != 0) {
      EXPECT_EQ(std::get<1>(std::get<0>(result.value)), c.at_end);
    }
  }
}

TEST_P(FilesystemTest, Errors) {
  using E = FileError;
  tmp_.Write("file", "x");
  std::filesystem::create_directory(tmp_ / "dir");
  tmp_.Write("dir/inside", "x");
  std::filesystem::create_symlink("missing", tmp_ / "dangling");
  std::filesystem::create_symlink("loop", tmp_ / "loop");
  std::filesystem::create_symlink("file", tmp_ / "link");
  std::filesystem::create_symlink("/etc", tmp_ / "absolute");
  std::filesystem::create_symlink("../..", tmp_ / "upwards");
  constexpr uint32_t kExclusive = open_flag::kExclusive;
  constexpr uint32_t kDirectory = open_flag::kDirectory;
  const struct {
    const char* path;
    uint32_t open_flags, flags;
    PathFlags path_flags;
    std::optional<E> error;
  } kOpens[] = {
      {"file", 0, kRead, kFollow, {}},
      {"./dir/../file", 0, kRead, kFollow, {}},
      {"link", 0, kRead, kFollow, {}},
      {"link", 0, kRead, {}, E::kLoop},
      {"missing", 0, kRead, kFollow, E::kNoEntry},
      {"", 0, kRead, kFollow, E::kNoEntry},
      {"dangling", 0, kRead, kFollow, E::kNoEntry},
      {"loop", 0, kRead, kFollow, E::kLoop},
      {"file/x", 0, kRead, kFollow, E::kNotDirectory},
      {"file", kDirectory, kRead, kFollow, E::kNotDirectory},
      {"dir", 0, kRead | kWrite, kFollow, E::kIsDirectory},
      {"dir", kDirectory, kRead, kFollow, {}},
      {"dir", kDirectory | kCreate, kRead, kFollow, E::kInvalid},
      {"file", kCreate | kExclusive, kWrite, kFollow, E::kExist},
      // Out of the directory, in every way there is.
      {"/etc/passwd", 0, kRead, kFollow, E::kNotPermitted},
      {"/", 0, kRead, kFollow, E::kNotPermitted},
      {"..", 0, kRead, kFollow, E::kNotPermitted},
      {"dir/../..", 0, kRead, kFollow, E::kNotPermitted},
      {"dir/../../etc", 0, kRead, kFollow, E::kNotPermitted},
      {"absolute", 0, kRead, kFollow, E::kNotPermitted},
      {"absolute/passwd", 0, kRead, kFollow, E::kNotPermitted},
      {"upwards", 0, kRead, kFollow, E::kNotPermitted},
      {"upwards/etc", 0, kRead, kFollow, E::kNotPermitted},
      {"../new", kCreate, kWrite, kFollow, E::kNotPermitted},
  };
  for (const auto& c : kOpens) {
    SCOPED_TRACE(c.path);
    EXPECT_EQ(Error(Open(c.path, c.open_flags, c.flags, c.path_flags)), c.error);
  }
  EXPECT_EQ(Error(Open(std::string_view("file\0x", 6), 0, kRead)), E::kInvalid);

  const struct {
    const char* method;
    const char* path;
    std::optional<E> error;
  } kNames[] = {
      {"create-directory-at", "dir", E::kExist},
      {"create-directory-at", "a/b", E::kNoEntry},
      {"create-directory-at", "../out", E::kNotPermitted},
      {"create-directory-at", "/out", E::kNotPermitted},
      {"create-directory-at", "new", {}},
      {"remove-directory-at", "file", E::kNotDirectory},
      {"remove-directory-at", "dir", E::kNotEmpty},
      {"remove-directory-at", "../x", E::kNotPermitted},
      {"remove-directory-at", "new", {}},
      {"unlink-file-at", "dir", E::kIsDirectory},
      {"unlink-file-at", "missing", E::kNoEntry},
      {"unlink-file-at", "upwards/etc/passwd", E::kNotPermitted},
      {"unlink-file-at", "dangling", {}},
  };
  for (const auto& c : kNames) {
    SCOPED_TRACE(std::string(c.method) + " " + c.path);
    EXPECT_EQ(Error(On<Unit>(root_, c.method, std::string(c.path))), c.error);
  }
}

TEST_P(FilesystemTest, LinksAndRenames) {
  using E = FileError;
  tmp_.Write("a", "A");
  EXPECT_FALSE(
      Error(On<Unit>(root_, "link-at", PathFlags{}, std::string("a"), root_, std::string("b"))));
  EXPECT_EQ(
      Error(On<Unit>(root_, "link-at", PathFlags{}, std::string("a"), root_, std::string("b"))),
      E::kExist);
  EXPECT_EQ(Error(On<Unit>(root_, "link-at", kFollow, std::string("a"), root_, std::string("c"))),
            E::kInvalid);
  const auto a = MustOpen("a", 0, kRead);
  const auto b = MustOpen("b", 0, kRead);
  EXPECT_TRUE(On<bool>(a, "is-same-object", b));
  EXPECT_FALSE(On<bool>(a, "is-same-object", root_));
  using Hash = FileResult<MetadataHash>;
  const MetadataHash hash = std::get<0>(On<Hash>(a, "metadata-hash").value);
  EXPECT_EQ(hash,
            std::get<0>(On<Hash>(root_, "metadata-hash-at", kFollow, std::string("b")).value));
  EXPECT_FALSE(hash == std::get<0>(On<Hash>(root_, "metadata-hash").value));
  EXPECT_NE(hash.lower, hash.upper);

  EXPECT_FALSE(Error(On<Unit>(root_, "rename-at", std::string("b"), root_, std::string("c"))));
  EXPECT_EQ(tmp_.Read("c"), "A");
  EXPECT_EQ(Error(On<Unit>(root_, "rename-at", std::string("c"), root_, std::string("../c"))),
            E::kNotPermitted);

  using Text = FileResult<std::string>;
  EXPECT_FALSE(Error(On<Unit>(root_, "symlink-at", std::string("c"), std::string("s"))));
  EXPECT_EQ(std::get<0>(On<Text>(root_, "readlink-at", std::string("s")).value), "c");
  EXPECT_EQ(Error(On<Text>(root_, "readlink-at", std::string("c"))), E::kInvalid);
  EXPECT_EQ(Error(On<Unit>(root_, "symlink-at", std::string("/etc"), std::string("t"))),
            E::kNotPermitted);
  // Made by someone else; not even where it points is told.
  std::filesystem::create_symlink("/etc/passwd", tmp_ / "host-made");
  EXPECT_EQ(Error(On<Text>(root_, "readlink-at", std::string("host-made"))), E::kNotPermitted);
}

TEST_P(FilesystemTest, StatAndTimes) {
  tmp_.Write("a", "12345");
  using Stat = FileResult<TestStat>;
  const NewTimestamp to(std::in_place_index<2>, Datetime{1'000'000, 7});
  const NewTimestamp keep(std::in_place_index<0>);
  const NewTimestamp bad(std::in_place_index<2>, Datetime{1, 1'000'000'000});
  EXPECT_FALSE(Error(On<Unit>(root_, "set-times-at", kFollow, std::string("a"), keep, to)));
  const auto d = MustOpen("a", 0, kRead | kWrite);
  EXPECT_EQ(Error(On<Unit>(d, "set-times", keep, bad)), FileError::kInvalid);
  EXPECT_FALSE(Error(On<Unit>(d, "set-times", to, keep)));
  const TestStat stat = std::get<0>(On<Stat>(d, "stat").value);
  EXPECT_EQ(stat.type, DescriptorType::kRegularFile);
  EXPECT_EQ(stat.size, 5u);
  EXPECT_EQ(stat.link_count, 1u);
  EXPECT_EQ(stat.data_access_timestamp->seconds, 1'000'000u);
  EXPECT_EQ(stat.data_modification_timestamp->nanoseconds, 7u);
  EXPECT_EQ(std::get<0>(On<Stat>(root_, "stat-at", kFollow, std::string(".")).value).type,
            DescriptorType::kDirectory);
  EXPECT_FALSE(Error(On<Unit>(d, "set-size", uint64_t{2})));
  EXPECT_EQ(tmp_.Read("a"), "12");
  EXPECT_FALSE(Error(On<Unit>(d, "sync")));
  EXPECT_FALSE(Error(On<Unit>(d, "sync-data")));
  EXPECT_EQ(Error(On<Unit>(d, "set-size", UINT64_MAX)), FileError::kInvalid);
}

TEST_P(FilesystemTest, RightsAreThoseOfTheOpening) {
  using E = FileError;
  tmp_.Write("a", "x");
  const auto r = MustOpen("a", 0, kRead);
  const auto w = MustOpen("a", 0, kWrite);
  using Flags = FileResult<DescriptorFlags>;
  EXPECT_EQ(std::get<0>(On<Flags>(r, "get-flags").value).bits, kRead);
  EXPECT_EQ(std::get<0>(On<Flags>(w, "get-flags").value).bits, kWrite);
  EXPECT_EQ(std::get<0>(On<Flags>(root_, "get-flags").value).bits,
            kRead | descriptor_flag::kMutateDirectory);
  EXPECT_EQ(Error(On<FileResult<uint64_t>>(r, "write", ToBytes("y"), uint64_t{0})),
            E::kBadDescriptor);
  EXPECT_EQ(Error(On<FileResult<Own<OutputStream>>>(r, "append-via-stream")), E::kBadDescriptor);
  EXPECT_EQ(Error(On<Unit>(r, "set-size", uint64_t{0})), E::kBadDescriptor);
  EXPECT_EQ(Error(On<FileResult<Own<InputStream>>>(w, "read-via-stream", uint64_t{0})),
            E::kBadDescriptor);
  EXPECT_EQ(Error(On<FileResult<Own<InputStream>>>(root_, "read-via-stream", uint64_t{0})),
            E::kIsDirectory);
  EXPECT_EQ(Error(On<Unit>(r, "create-directory-at", std::string("d"))), E::kNotDirectory);
}

TEST_P(FilesystemTest, AReadOnlyDirectoryStaysAsItIs) {
  using E = FileError;
  tmp_.Write("a", "x");
  std::filesystem::create_directory(tmp_ / "dir");
  Give(true);
  EXPECT_EQ(std::get<0>(On<FileResult<DescriptorFlags>>(root_, "get-flags").value).bits, kRead);
  EXPECT_EQ(Slurp(MustOpen("a", 0, kRead)), "x");
  EXPECT_EQ(Error(Open("a", 0, kWrite)), E::kReadOnly);
  EXPECT_EQ(Error(Open("new", kCreate, kRead)), E::kReadOnly);
  EXPECT_EQ(Error(Open("a", open_flag::kTruncate, kRead)), E::kReadOnly);
  EXPECT_EQ(Error(Open("dir", 0, descriptor_flag::kMutateDirectory)), E::kReadOnly);
  const auto dir = MustOpen("dir", open_flag::kDirectory, kRead);
  const NewTimestamp now(std::in_place_index<1>);
  for (const auto d : {root_, dir}) {
    EXPECT_EQ(Error(On<Unit>(d, "create-directory-at", std::string("new"))), E::kReadOnly);
    EXPECT_EQ(Error(On<Unit>(d, "remove-directory-at", std::string("dir"))), E::kReadOnly);
    EXPECT_EQ(Error(On<Unit>(d, "unlink-file-at", std::string("a"))), E::kReadOnly);
    EXPECT_EQ(Error(On<Unit>(d, "symlink-at", std::string("a"), std::string("s"))), E::kReadOnly);
    EXPECT_EQ(Error(On<Unit>(d, "rename-at", std::string("a"), d, std::string("b"))), E::kReadOnly);
    EXPECT_EQ(Error(On<Unit>(d, "link-at", PathFlags{}, std::string("a"), d, std::string("b"))),
              E::kReadOnly);
    EXPECT_EQ(Error(On<Unit>(d, "set-times", now, now)), E::kReadOnly);
    EXPECT_EQ(Error(On<Unit>(d, "set-times-at", kFollow, std::string("a"), now, now)),
              E::kReadOnly);
  }
  EXPECT_EQ(Error(On<Unit>(MustOpen("a", 0, kRead), "set-times", now, now)), E::kReadOnly);
}

TEST_P(FilesystemTest, ADirectoryIsListedWithoutItselfAndItsParent) {
  for (int i = 0; i < 500; ++i) tmp_.Write("file" + std::to_string(i), "");
  std::filesystem::create_directory(tmp_ / "dir");
  const auto stream = On<FileResult<Own<AnyResource>>>(root_, "read-directory");
  ASSERT_TRUE(stream.ok());
  std::vector<std::string> names;
  while (true) {
    const auto entry = guest_->Call<FileResult<std::optional<TestEntry>>>(
        "[method]directory-entry-stream.read-directory-entry",
        Borrow<AnyResource>{std::get<0>(stream.value).rep});
    ASSERT_TRUE(entry.ok());
    if (!std::get<0>(entry.value)) break;
    const TestEntry& e = *std::get<0>(entry.value);
    EXPECT_EQ(e.type, e.name == "dir" ? DescriptorType::kDirectory : DescriptorType::kRegularFile);
    names.push_back(e.name);
  }
  EXPECT_EQ(names.size(), 501u);
  EXPECT_EQ(std::count(names.begin(), names.end(), "."), 0);
  EXPECT_EQ(std::count(names.begin(), names.end(), ".."), 0);
}

TEST_P(FilesystemTest, AFifoNeverBlocks) {
  ASSERT_EQ(mkfifo((tmp_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(Error(Open("fifo", 0, kWrite)), FileError::kNoSuchDevice);
  const auto d = MustOpen("fifo", 0, kRead);
  EXPECT_EQ(std::get<0>(On<FileResult<DescriptorType>>(d, "get-type").value),
            DescriptorType::kFifo);
  const auto w = MustOpen("fifo", 0, kWrite);
  const auto in = On<FileResult<Own<InputStream>>>(d, "read-via-stream", uint64_t{0});
  ASSERT_TRUE(in.ok());
  const auto nothing = guest_->Call<StreamResult<Bytes>>("[method]input-stream.read",
                                                         Lend(std::get<0>(in.value)), uint64_t{9});
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(std::get<0>(nothing.value).empty());
  Put(std::get<0>(On<FileResult<Own<OutputStream>>>(w, "write-via-stream", uint64_t{0}).value),
      "hi");
  const auto text = guest_->Call<StreamResult<Bytes>>("[method]input-stream.blocking-read",
                                                      Lend(std::get<0>(in.value)), uint64_t{9});
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(std::get<0>(text.value), ToBytes("hi"));
}

TEST_P(FilesystemTest, AFailedStreamTellsTheErrorCode) {
  const auto d = MustOpen("a", kCreate, kRead | kWrite);
  // No file has this position.
  const auto out = On<FileResult<Own<OutputStream>>>(d, "write-via-stream", UINT64_MAX);
  ASSERT_TRUE(out.ok());
  const auto failed = guest_->Call<StreamResult<std::monostate>>(
      "[method]output-stream.blocking-write-and-flush", Lend(std::get<0>(out.value)), ToBytes("x"));
  ASSERT_FALSE(failed.ok());
  ASSERT_EQ(std::get<1>(failed.value).index(), 0u);
  const Borrow error = Lend(std::get<0>(std::get<1>(failed.value)));
  EXPECT_EQ(guest_->Call<std::optional<FileError>>("filesystem-error-code", error),
            FileError::kInvalid);
  EXPECT_FALSE(guest_->Call<std::string>("[method]error.to-debug-string", error).empty());
  const auto after = guest_->Call<StreamResult<uint64_t>>("[method]output-stream.check-write",
                                                          Lend(std::get<0>(out.value)));
  ASSERT_FALSE(after.ok());
  EXPECT_EQ(std::get<1>(after.value).index(), 1u);
}

// Streams, of data and of names, end with what they came from.
TEST_P(FilesystemTest, WhatIsRevokedEndsOpenStreams) {
  using Entry = FileResult<std::optional<TestEntry>>;
  tmp_.Write("a", "contents");
  const auto grants = std::make_shared<const security::Grants>(
      std::vector{*security::ParseRule("fs", true, "test")});
  for (const bool by_class : {true, false}) {
    SCOPED_TRACE(by_class);
    auto guard = security::Guard::Create({.grants = grants});
    Give(false, guard);
    const auto d = MustOpen("a", 0, kRead | kWrite);
    const auto in =
        std::get<0>(On<FileResult<Own<InputStream>>>(d, "read-via-stream", uint64_t{0}).value);
    const auto out =
        std::get<0>(On<FileResult<Own<OutputStream>>>(d, "write-via-stream", uint64_t{0}).value);
    const auto names = On<FileResult<Own<AnyResource>>>(root_, "read-directory");
    ASSERT_TRUE(names.ok());
    const auto read = [&] {
      return guest_->Call<StreamResult<Bytes>>("[method]input-stream.blocking-read", Lend(in),
                                               uint64_t{1});
    };
    const auto write = [&] {
      return guest_->Call<StreamResult<std::monostate>>(
          "[method]output-stream.blocking-write-and-flush", Lend(out), ToBytes("C"));
    };
    EXPECT_TRUE(read().ok());
    EXPECT_TRUE(write().ok());
    if (by_class) {
      guard->Revoke(security::SetOf(security::Capability::kFsRead, security::Capability::kFsWrite,
                                    security::Capability::kFsAppend));
    } else {
      guard->SetGrants(std::make_shared<const security::Grants>(
          std::vector{*security::ParseRule("fs:/nowhere/**", true, "test")}));
    }
    EXPECT_FALSE(read().ok());
    EXPECT_FALSE(write().ok());
    const auto next = guest_->Call<Entry>("[method]directory-entry-stream.read-directory-entry",
                                          Borrow<AnyResource>{std::get<0>(names.value).rep});
    EXPECT_EQ(next.ok(), by_class);  // fs.list is still there
    EXPECT_EQ(Error(On<Unit>(d, "set-size", uint64_t{0})), FileError::kAccess);
    EXPECT_EQ(tmp_.Read("a").size(), 8u);
  }
}

TEST_P(FilesystemTest, WhoMayOnlyAddAddsToTheEnd) {
  using Out = FileResult<Own<OutputStream>>;
  tmp_.Write("a", "contents");
  std::vector<security::Rule> rules;
  for (const char* const classes : {"fs.append:", "fs.create:"})
    rules.push_back(*security::ParseRule(classes + tmp_.path() + "/**", true, "test"));
  Give(false, security::Guard::Create(
                  {.grants = std::make_shared<const security::Grants>(std::move(rules))}));
  EXPECT_EQ(Error(Open("a", open_flag::kTruncate, kWrite)), FileError::kAccess);
  EXPECT_EQ(Error(Open("a", 0, kRead | kWrite)), FileError::kAccess);
  for (const std::string name : {"a", "new"}) {
    SCOPED_TRACE(name);
    const auto d = MustOpen(name, kCreate, kWrite);
    EXPECT_EQ(Error(On<Out>(d, "write-via-stream", uint64_t{8})), FileError::kAccess);
    EXPECT_EQ(Error(On<FileResult<uint64_t>>(d, "write", ToBytes("x"), uint64_t{8})),
              FileError::kAccess);
    EXPECT_EQ(Error(On<Unit>(d, "set-size", uint64_t{0})), FileError::kAccess);
    const Out out = On<Out>(d, "append-via-stream");
    ASSERT_TRUE(out.ok());
    Put(std::get<0>(out.value), ", and more");
  }
  EXPECT_EQ(tmp_.Read("a"), "contents, and more");
  EXPECT_EQ(tmp_.Read("new"), ", and more");
}

INSTANTIATE_TEST_SUITE_P(Resolvers, FilesystemTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Walk" : "Kernel"; });

TEST(FilesystemLimitTest, DescriptorsAreCounted) {
  TempDirectory tmp;
  tmp.Write("a", "");
  Config config;
  config.preopens = {{.host_path = tmp.path(), .guest_path = "/"}};
  config.max_descriptors = 3;
  TestGuest g(config);
  const auto directories =
      g.Call<std::vector<std::tuple<Own<Descriptor>, std::string>>>("get-directories");
  ASSERT_EQ(directories.size(), 1u);
  const auto open = [&] {
    return g.Call<OpenResult>("[method]descriptor.open-at", Lend(std::get<0>(directories[0])),
                              kFollow, std::string("a"), OpenFlags{}, DescriptorFlags{kRead});
  };
  const OpenResult first = open();
  EXPECT_TRUE(first.ok() && open().ok());
  EXPECT_EQ(Error(open()), FileError::kInsufficientMemory);
  Context::Drop(std::get<0>(first.value).rep);
  EXPECT_TRUE(open().ok());
}

TEST(MetadataHashTest, IsStableAndTellsApart) {
  EXPECT_EQ(HashObject(1, 2), HashObject(1, 2));
  EXPECT_FALSE(HashObject(1, 2) == HashObject(2, 1));
  EXPECT_NE(HashObject(1, 2).lower, HashObject(1, 3).lower);
}

}  // namespace
}  // namespace airwasm::wasi::p2
