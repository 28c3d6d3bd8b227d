#include "wasi/host/proc_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace airwasm::wasi::host {
namespace {

namespace fs = std::filesystem;

class ProcFdTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "airwasm-proc-fd-XXXXXX";
    folder_ = fs::canonical(mkdtemp(name.data()));
  }
  void TearDown() override { fs::remove_all(folder_); }
  UniqueFd Make(const std::string& name) {
    return UniqueFd(open((folder_ / name).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  }
  fs::path folder_;
};

TEST_F(ProcFdTest, RealPathIsWhereTheObjectIsByNow) {
  const UniqueFd file = Make("a");
  EXPECT_EQ(folder_ / "a", RealPath(file.get()));
  fs::rename(folder_ / "a", folder_ / "b");
  EXPECT_EQ(folder_ / "b", RealPath(file.get()));
  fs::remove(folder_ / "b");
  EXPECT_EQ("", RealPath(file.get()));
  const UniqueFd marked = Make("c (deleted)");
  EXPECT_EQ(folder_ / "c (deleted)", RealPath(marked.get()));
  EXPECT_EQ("", RealPath(-1));
}

TEST_F(ProcFdTest, ReopenOpensTheVeryObject) {
  const UniqueFd file = Make("a");
  ASSERT_EQ(3, write(file.get(), "one", 3));
  fs::rename(folder_ / "a", folder_ / "b");
  const UniqueFd other = Make("a");
  const UniqueFd again = Reopen(file.get(), O_RDONLY);
  char text[4] = {};
  EXPECT_EQ(3, read(again.get(), text, sizeof text));
  EXPECT_STREQ("one", text);
  EXPECT_FALSE(Reopen(-1, O_RDONLY).valid());
}

// The child's files have the parent's numbers until it opens others.
TEST_F(ProcFdTest, AForkedChildLooksAtItsOwn) {
  UniqueFd file = Make("parents");
  ASSERT_EQ(folder_ / "parents", RealPath(file.get()));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const UniqueFd mine = Make("childs");
    const bool same_number = dup2(mine.get(), file.get()) == file.get();
    _exit(same_number && RealPath(file.get()) == folder_ / "childs" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(child, waitpid(child, &status, 0));
  EXPECT_EQ(0, status);
}

}  // namespace
}  // namespace airwasm::wasi::host
