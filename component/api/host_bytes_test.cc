// What lifted values take on the host's side is paid for by the guest, before it is allocated.
#include "engine/runtime/host_bytes.h"

#include <map>
#include <optional>

#include "airwasm/component_instance.h"
#include "component/canon/canon_test_util.h"
#include "component/canon/dynamic.h"

namespace airwasm::component::canon {
namespace {

struct HostBytesTest : testing::Test {
  static inline uint64_t now, most, limit;
  static absl::Status Charge(runtime::Store&, uint64_t bytes) {
    if (bytes > limit - now) return absl::ResourceExhaustedError("no more than the guest may have");
    now += bytes;
    most = std::max(most, now);
    return absl::OkStatus();
  }
  static void Refund(runtime::Store&, uint64_t bytes) { now -= bytes; }
  static constexpr runtime::HostBytesPayer kPayer{.charge = &Charge, .refund = &Refund};

  HostBytesTest() {
    now = most = 0;
    limit = uint64_t{1} << 40;
    runtime::host_bytes_payer.store(&kPayer);
  }
  ~HostBytesTest() override { runtime::host_bytes_payer.store(nullptr); }

  // Lowers a host function of one parameter of two slots and calls it with an address and a length:
  // how much it was charged at most. None: the guest was ended.
  template <typename F>
  std::optional<uint64_t> Take(ValType type, F f, uint64_t address, uint64_t length,
                               StringEncoding encoding = StringEncoding::kUtf8) {
    calls = 0;
    most = 0;
    absl::StatusOr<std::unique_ptr<Function>> host =
        MakeTypedHost(world.table, world.Func({type}), world.resolver(), abi::MakeTypedHost(f));
    EXPECT_TRUE(host.ok()) << host.status();
    Guest guest(world, "", {}, encoding);
    guest.Put(256, "text \xc3\xa4 text \xc3\xa4");
    const uint32_t strings[] = {256, 4, 256, 7};
    guest.Put(512, {reinterpret_cast<const char*>(strings), sizeof strings});
    uint64_t slots[2] = {address, length};
    runtime::Trap trap;
    const bool ok = world.store->Call(world.Lower(**host, guest.options), slots, &trap);
    EXPECT_EQ(0u, now) << "not given back";
    if (ok) {
      EXPECT_EQ(1, calls);
      return most;
    }
    EXPECT_EQ(0, calls);
    EXPECT_EQ("no more than the guest may have", trap.message);
    return std::nullopt;
  }
  ValType ListOf(ValType element) { return world.table.Intern(ListType{element, {}}); }

  World world;
  int calls = 0;
};

TEST_F(HostBytesTest, WhatATypedHostFunctionGets) {
  const ValType text = PrimType::kString;
  const ValType bytes = ListOf(PrimType::kU8);
  const auto by_string = [this](const std::string&) { ++calls; };
  const auto by_view = [this](std::string_view) { ++calls; };
  EXPECT_EQ(15u, Take(text, by_string, 256, 15));
  EXPECT_EQ(0u, Take(text, by_view, 256, 15)) << "the guest's own bytes";
  EXPECT_EQ(18u, Take(text, by_view, 256, 6, StringEncoding::kUtf16));
  EXPECT_EQ(12u, Take(text, by_string, 256, 6, StringEncoding::kLatin1Utf16));
  EXPECT_EQ(30'000u, Take(bytes, [this](const std::vector<uint8_t>&) { ++calls; }, 256, 30'000));
  EXPECT_EQ(0u, Take(bytes, [this](std::span<const uint8_t>) { ++calls; }, 256, 30'000));
  EXPECT_EQ(2 * sizeof(std::string) + 11,
            Take(ListOf(text), [this](const std::vector<std::string>&) { ++calls; }, 512, 2));
  const ValType map = world.table.Intern(MapType{PrimType::kU8, PrimType::kU8});
  EXPECT_EQ(10 * sizeof(std::pair<const uint8_t, uint8_t>),
            Take(map, [this](const std::map<uint8_t, uint8_t>&) { ++calls; }, 256, 10));
}

TEST_F(HostBytesTest, BeyondWhatItMayHaveTheGuestEndsBeforeTheCall) {
  limit = 100;
  const ValType text = PrimType::kString;
  const ValType bytes = ListOf(PrimType::kU8);
  const auto by_bytes = [this](const std::vector<uint8_t>&) { ++calls; };
  EXPECT_EQ(100u, Take(bytes, by_bytes, 256, 100));
  EXPECT_EQ(std::nullopt, Take(bytes, by_bytes, 256, 101));
  EXPECT_EQ(std::nullopt, Take(text, [this](const std::string&) { ++calls; }, 4096, 101));
  EXPECT_EQ(
      std::nullopt,
      Take(text, [this](std::string_view) { ++calls; }, 4096, 51, StringEncoding::kLatin1Utf16));
  limit = 2 * sizeof(std::string) + 10;
  EXPECT_EQ(std::nullopt,
            Take(ListOf(text), [this](const std::vector<std::string>&) { ++calls; }, 512, 2));
}

// What a guest returns, as Val.
TEST_F(HostBytesTest, WhatTheDynamicInterfaceLifts) {
  const std::vector<std::pair<ValType, uint64_t>> kCases = {
      {PrimType::kString, sizeof(Val) + 1000},
      {ListOf(PrimType::kU8), sizeof(Val) + 1000},
      {ListOf(PrimType::kU16), 1001 * sizeof(Val)},
      {ListOf(world.table.Intern(FlagsType{{"a", "b"}})), 1001 * sizeof(Val)},
      {ListOf(world.table.Intern(EnumType{{"only"}})),
       1001 * sizeof(Val) + 1000 * (sizeof(std::string) + 4)},
      {ListOf(world.table.Intern(TupleType{{PrimType::kU8, PrimType::kU8}})), 3001 * sizeof(Val)},
      {ListOf(world.table.Intern(RecordType{{{"one", PrimType::kU8}}})),
       2001 * sizeof(Val) + 1000 * (sizeof(std::string) + 3)},
      {world.table.Intern(MapType{PrimType::kU8, PrimType::kU8}), 3001 * sizeof(Val)},
  };
  for (size_t i = 0; i < kCases.size(); ++i) {
    SCOPED_TRACE(i);
    const auto& [type, bytes] = kCases[i];
    // Its memory is zero there.
    Guest guest(world, R"((func (export "f") (result i32)
        (i32.store (i32.const 16) (i32.const 8192)) (i32.store (i32.const 20) (i32.const 1000))
        (i32.const 16)))");
    const Function& f = world.Lift(world.Func({}, type), guest.func("f"), guest.options);
    most = 0;
    limit = bytes;
    const CallOutcome fits = Call(*world.store, f, {});
    EXPECT_TRUE(fits.ok()) << fits.status << fits.trap.message;
    EXPECT_EQ(bytes, most);
    EXPECT_EQ(0u, now);
    limit = bytes - 1;
    EXPECT_EQ("no more than the guest may have", Call(*world.store, f, {}).trap.message);
    EXPECT_EQ(0u, now);
  }
}

TEST_F(HostBytesTest, TablesOfHandlesThatGrow) {
  const struct {
    uint32_t handles;
    uint64_t entries;  // that are paid for; entry 0 is in use, too
  } kCases[] = {{1, 0}, {63, 0}, {64, 64}, {127, 64}, {128, 192}, {255, 192}, {256, 448}};
  ComponentInstanceState instance(*world.store);
  const ResourceType type;
  uint32_t count = 0, index = 0;
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.handles);
    for (; count < c.handles; ++count)
      ASSERT_EQ(TrapKind::kNone, LowerOwn(*world.store, instance, count, &type, &index));
    EXPECT_EQ(c.entries * sizeof(Handle), now);
  }
  // What is free again is used first.
  uint64_t rep = 0;
  for (uint32_t i = 1; i <= count; ++i)
    ASSERT_EQ(TrapKind::kNone, LiftOwn(*world.store, instance, i, &type, &rep));
  for (uint32_t i = 1; i <= count; ++i)
    ASSERT_EQ(TrapKind::kNone, LowerOwn(*world.store, instance, i, &type, &index));
  EXPECT_EQ(448 * sizeof(Handle), now);
  limit = now + 512 * sizeof(Handle) - 1;
  for (; count < 511; ++count)
    ASSERT_EQ(TrapKind::kNone, LowerOwn(*world.store, instance, count, &type, &index));
  EXPECT_EQ(TrapKind::kHostError, LowerOwn(*world.store, instance, count, &type, &index));
  EXPECT_EQ("no more than the guest may have", std::string(world.store->host_error.message()));
  EXPECT_EQ(448 * sizeof(Handle), now);
}

}  // namespace
}  // namespace airwasm::component::canon
