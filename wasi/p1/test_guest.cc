#include "wasi/p1/test_guest.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

namespace airwasm::wasi::p1 {

TempTree::TempTree() {
  std::string name = ::testing::TempDir() + "airwasm_wasi_XXXXXX";
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  path_ = name;
}

TempTree::~TempTree() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TempTree::MakeDir(std::string_view name) const {
  ASSERT_EQ(mkdir(At(name).c_str(), 0777), 0) << At(name);
}

void TempTree::MakeFile(std::string_view name, std::string_view contents) const {
  std::ofstream(At(name), std::ios::binary) << contents;
}

void TempTree::MakeLink(std::string_view target, std::string_view name) const {
  ASSERT_EQ(symlink(std::string(target).c_str(), At(name).c_str()), 0) << At(name);
}

void TempTree::MakeFifo(std::string_view name) const {
  ASSERT_EQ(mkfifo(At(name).c_str(), 0666), 0) << At(name);
}

bool TempTree::Exists(std::string_view name) const {
  struct stat st;
  return lstat(At(name).c_str(), &st) == 0;
}

std::string TempTree::Contents(std::string_view name) const {
  std::ifstream in(At(name), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

size_t CountHostDescriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

Guest::Guest(const Config& config) : memory_(kMemoryBytes) {
  auto context = Context::Create(config);
  EXPECT_TRUE(context.ok()) << context.status().ToString();
  if (context.ok()) context_ = *std::move(context);
}

namespace {

Config OnTree(const TempTree& tree, bool force_fallback, bool read_only) {
  Config config;
  config.preopens = {{.host_path = tree.path(), .guest_path = "/", .read_only = read_only}};
  config.force_fallback_resolver = force_fallback;
  return config;
}

}  // namespace

Guest::Guest(const TempTree& tree, bool force_fallback, bool read_only)
    : Guest(OnTree(tree, force_fallback, read_only)) {}

P1Result Guest::Raw(std::string_view name, std::initializer_list<uint64_t> args) {
  for (const P1Function& f : Functions()) {
    if (f.name != name) continue;
    EXPECT_EQ(std::string_view(f.signature).find(':'), args.size()) << name;
    return f.call(*context_, memory_, args.begin());
  }
  ADD_FAILURE() << "no function " << name;
  return {.outcome = Outcome::kTrap, .message = "no such function"};
}

Errno Guest::Call(std::string_view name, std::initializer_list<uint64_t> args) {
  const P1Result result = Raw(name, args);
  EXPECT_EQ(result.outcome, Outcome::kReturn) << name;
  return static_cast<Errno>(result.code);
}

void Guest::Put(uint32_t address, std::string_view bytes) {
  ASSERT_TRUE(memory().Contains(address, bytes.size()));
  std::copy(bytes.begin(), bytes.end(), memory_.begin() + address);
}

std::string Guest::Get(uint32_t address, size_t length) {
  return std::string(memory_.begin() + address,
                     memory_.begin() + address + static_cast<ptrdiff_t>(length));
}

Errno Guest::PathOpen(std::string_view path, const Open& how, uint32_t* fd) {
  Put(kPathA, path);
  const Errno e = Call("path_open", {how.dir, how.lookup, kPathA, path.size(), how.oflags, how.base,
                                     how.inheriting, how.fdflags, kOut});
  if (e == Errno::kSuccess) {
    const uint32_t opened = U32(kOut);
    if (fd != nullptr) {
      *fd = opened;
    } else {
      EXPECT_EQ(Call("fd_close", {opened}), Errno::kSuccess);
    }
  }
  return e;
}

Errno Guest::OpenAll(std::string_view path, uint32_t oflags, uint32_t* fd, uint32_t dir,
                     uint32_t fdflags) {
  const uint64_t all = RightsInheriting(dir);
  const bool directory = (oflags & kOpenDirectory) != 0;
  return PathOpen(path,
                  {.dir = dir,
                   .oflags = oflags,
                   .base = directory ? all & ~right::kFdWrite : all,
                   .inheriting = all,
                   .fdflags = fdflags},
                  fd);
}

Errno Guest::OnPath(std::string_view function, std::string_view path, uint32_t dir) {
  Put(kPathA, path);
  return Call(function, {dir, kPathA, path.size()});
}

Errno Guest::Stat(std::string_view path, bool follow, uint32_t dir) {
  Put(kPathA, path);
  return Call("path_filestat_get",
              {dir, follow ? kLookupSymlinkFollow : 0, kPathA, path.size(), kOut});
}

Errno Guest::Link(std::string_view from, std::string_view to, uint32_t from_dir, uint32_t to_dir) {
  Put(kPathA, from);
  Put(kPathB, to);
  return Call("path_link", {from_dir, 0, kPathA, from.size(), to_dir, kPathB, to.size()});
}

Errno Guest::Rename(std::string_view from, std::string_view to, uint32_t from_dir,
                    uint32_t to_dir) {
  Put(kPathA, from);
  Put(kPathB, to);
  return Call("path_rename", {from_dir, kPathA, from.size(), to_dir, kPathB, to.size()});
}

Errno Guest::Symlink(std::string_view target, std::string_view path, uint32_t dir) {
  Put(kPathA, target);
  Put(kPathB, path);
  return Call("path_symlink", {kPathA, target.size(), dir, kPathB, path.size()});
}

P1Result Guest::RawWrite(uint32_t fd, std::string_view bytes) {
  Put(kData, bytes);
  memory().Store<uint32_t>(kIovs, kData);
  memory().Store<uint32_t>(kIovs + 4, static_cast<uint32_t>(bytes.size()));
  return Raw("fd_write", {fd, kIovs, 1, kOut});
}

P1Result Guest::RawRead(uint32_t fd, uint32_t length) {
  memory().Store<uint32_t>(kIovs, kData);
  memory().Store<uint32_t>(kIovs + 4, length);
  return Raw("fd_read", {fd, kIovs, 1, kOut});
}

Errno Guest::Write(uint32_t fd, std::string_view bytes) {
  const P1Result result = RawWrite(fd, bytes);
  EXPECT_EQ(result.outcome, Outcome::kReturn);
  const Errno e = static_cast<Errno>(result.code);
  if (e == Errno::kSuccess) {
    EXPECT_EQ(U32(kOut), bytes.size());
  }
  return e;
}

std::string Guest::Read(uint32_t fd, uint32_t length) {
  const P1Result result = RawRead(fd, length);
  EXPECT_EQ(result.outcome, Outcome::kReturn);
  EXPECT_EQ(static_cast<Errno>(result.code), Errno::kSuccess);
  return Get(kData, U32(kOut));
}

uint64_t Guest::RightsBase(uint32_t fd) {
  EXPECT_EQ(Call("fd_fdstat_get", {fd, kOut}), Errno::kSuccess);
  return U64(kOut + fdstat_at::kRightsBase);
}

uint64_t Guest::RightsInheriting(uint32_t fd) {
  EXPECT_EQ(Call("fd_fdstat_get", {fd, kOut}), Errno::kSuccess);
  return U64(kOut + fdstat_at::kRightsInheriting);
}

void PrintTo(Errno e, std::ostream* out) {
  *out << ErrnoName(e);
}

}  // namespace airwasm::wasi::p1
