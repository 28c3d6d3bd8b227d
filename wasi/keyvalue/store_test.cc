#include "wasi/keyvalue/store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace airwasm::wasi::keyvalue {
namespace {

using Value = Store::Value;

Value Bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

class StoreTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "airwasm-kv-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    config_.identifier = "test";
    if (GetParam()) config_.path = name + "/file";
    const auto probe = Store::Open({}, waiter_);
    if (probe.status().code() == absl::StatusCode::kUnavailable) GTEST_SKIP() << probe.status();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::shared_ptr<Store> Open() {
    const auto store = Store::Open(config_, waiter_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *store : nullptr;
  }

  std::string directory_;
  KeyValueStore config_;
  host::Interrupter interrupter_;
  host::Waiter waiter_{&interrupter_};
};

TEST_P(StoreTest, KeepsWhatIsSet) {
  const auto store = Open();
  EXPECT_EQ(*store->Get("a"), std::nullopt);
  EXPECT_FALSE(*store->Exists("a"));
  EXPECT_TRUE(store->Set("a", Bytes("one")).ok());
  EXPECT_TRUE(store->Set("", Bytes("")).ok());
  EXPECT_TRUE(store->Set(std::string_view("a\0b", 3), Bytes("nul")).ok());
  EXPECT_EQ(*store->Get("a"), Bytes("one"));
  EXPECT_EQ(*store->Get(""), Value());
  EXPECT_EQ(*store->Get(std::string_view("a\0b", 3)), Bytes("nul"));
  EXPECT_TRUE(store->Set("a", Bytes("two")).ok());
  EXPECT_EQ(*store->Get("a"), Bytes("two"));
  EXPECT_TRUE(store->Delete("a").ok());
  EXPECT_TRUE(store->Delete("a").ok());
  EXPECT_FALSE(*store->Exists("a"));
  EXPECT_TRUE(*store->Exists(""));
}

TEST_P(StoreTest, Counts) {
  const auto store = Open();
  EXPECT_EQ(*store->Increment("n", 5), 5u);
  EXPECT_EQ(*store->Increment("n", 2), 7u);
  EXPECT_EQ(*store->Get("n"), Bytes("7"));
  const struct {
    const char* value;
    uint64_t delta;
  } kCases[] = {{"x", 1},
                {"", 1},
                {"7 ", 1},
                {"-1", 1},
                {"18446744073709551615", 1},
                {"1000000000000000000000000000000000000000000000000", 1}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.value);
    ASSERT_TRUE(store->Set("n", Bytes(c.value)).ok());
    EXPECT_EQ(store->Increment("n", c.delta).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(*store->Get("n"), Bytes(c.value));
  }
}

TEST_P(StoreTest, ListsPageByPage) {
  const auto store = Open();
  ASSERT_TRUE(store->Begin().ok());
  for (int i = 0; i < 2500; ++i) ASSERT_TRUE(store->Set(std::to_string(i), Bytes("x")).ok());
  ASSERT_TRUE(store->End(absl::OkStatus()).ok());
  std::vector<std::string> all;
  std::optional<uint64_t> cursor;
  int pages = 0;
  do {
    const auto keys = store->List(cursor);
    ASSERT_TRUE(keys.ok()) << keys.status();
    all.insert(all.end(), keys->keys.begin(), keys->keys.end());
    cursor = keys->cursor;
    ++pages;
  } while (cursor);
  EXPECT_EQ(pages, 3);
  ASSERT_EQ(all.size(), 2500u);
  EXPECT_EQ(all[1234], "1234");
  EXPECT_TRUE(store->List(UINT64_MAX)->keys.empty());
}

TEST_P(StoreTest, AValueIsChargedBeforeItIsCopied) {
  const auto store = Open();
  ASSERT_TRUE(store->Set("k", Value(1000)).ok());
  uint64_t asked = 0;
  const auto charge = [&](uint64_t bytes) { return (asked = bytes) < 2000; };  // SQLite has it too
  EXPECT_EQ(store->Get("k", charge).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(asked, 2000u);
  ASSERT_TRUE(store->Set("k", Value(999)).ok());
  EXPECT_EQ((*store->Get("k", charge))->size(), 999u);
}

TEST_P(StoreTest, LimitsAreKept) {
  config_.max_bytes = 1 << 20;
  const auto store = Open();
  EXPECT_EQ(store->Set(std::string(kMaxKeyBytes + 1, 'k'), Bytes("")).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store->Set("big", Value(2 << 20)).code(), absl::StatusCode::kResourceExhausted);
  absl::Status status;
  int stored = 0;
  for (; stored < 1000 && status.ok(); ++stored)
    status = store->Set(std::to_string(stored), Value(10'000));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_LT(stored, 110);
  EXPECT_TRUE(store->Delete("0").ok());
  EXPECT_EQ((*store->Get("1"))->size(), 10'000u);
}

TEST_P(StoreTest, WhatFailsHasNoEffect) {
  const auto store = Open();
  ASSERT_TRUE(store->Begin().ok());
  ASSERT_TRUE(store->Set("a", Bytes("1")).ok());
  EXPECT_EQ(store->End(absl::AbortedError("no")).code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(*store->Exists("a"));
}

INSTANTIATE_TEST_SUITE_P(Places, StoreTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "File" : "Memory"; });

class StoreFileTest : public StoreTest {};

TEST_P(StoreFileTest, StaysBetweenRunsAndIsShared) {
  ASSERT_TRUE(Open()->Set("a", Bytes("1")).ok());
  const auto one = Open();
  const auto two = Open();
  EXPECT_EQ(*one->Increment("a", 1), 2u);
  EXPECT_EQ(*two->Increment("a", 1), 3u);
  config_.read_only = true;
  const auto reader = Open();
  EXPECT_EQ(*reader->Get("a"), Bytes("3"));
  EXPECT_EQ(reader->Set("a", Bytes("")).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(reader->Delete("a").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(reader->Increment("a", 1).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_P(StoreFileTest, AnInterruptionEndsTheWaitForAnother) {
  const auto one = Open();
  ASSERT_TRUE(one->Begin().ok());
  const auto two = Open();
  interrupter_.Interrupt();
  EXPECT_EQ(two->Set("a", Bytes("1")).code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(one->End(absl::OkStatus()).ok());
}

TEST_P(StoreFileTest, WhatIsNoStoreIsRefused) {
  std::ofstream(config_.path) << std::string(5000, 'x');
  EXPECT_FALSE(Store::Open(config_, waiter_).ok());
  config_.path = directory_ + "/missing/file";
  const auto store = Store::Open(config_, waiter_);
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.status().message().find(config_.path), absl::string_view::npos);
}

INSTANTIATE_TEST_SUITE_P(Files, StoreFileTest, ::testing::Values(true));

}  // namespace
}  // namespace airwasm::wasi::keyvalue
