// Functions with C++ types, in components made by hand of core modules.
#include <map>
#include <unordered_map>

#include "airwasm/component_instance.h"
#include "component/canon/canon_test_util.h"

namespace airwasm::component::canon {

struct Person {
  std::string name;
  uint8_t age = 0;
  std::optional<double> last_height;
};
AIRWASM_RECORD(Person, name, age, last_height);
enum class Color { kRed, kGreen, kBlue };
AIRWASM_ENUM(Color, 3);

namespace {

constexpr PrimType kU32Type = PrimType::kU32;

// Layouts that the compiler computes are those that the types' facts say.
template <typename T>
void ExpectLayout(const TypeTable& table, ValType type) {
  for (const bool is_64 : {false, true}) {
    EXPECT_EQ(table.Facts(type).memory(is_64).size, WitType<T>::Mem(is_64).size);
    EXPECT_EQ(table.Facts(type).memory(is_64).align, WitType<T>::Mem(is_64).align);
  }
  if (!table.Facts(type).flat32.spills) {
    EXPECT_EQ(table.Facts(type).flat32.count, WitType<T>::kSlots);
  }
}

TEST(TypedValues, LieAsTheTypesSay) {
  TypeTable t;
  ExpectLayout<std::string>(t, PrimType::kString);
  ExpectLayout<int16_t>(t, PrimType::kS16);
  const ValType option = t.Intern(OptionType{PrimType::kF64});
  ExpectLayout<std::optional<double>>(t, option);
  const ValType tuple = t.Intern(TupleType{{PrimType::kU8, PrimType::kU64, PrimType::kU16}});
  ExpectLayout<std::tuple<uint8_t, uint64_t, uint16_t>>(t, tuple);
  const ValType person = t.Intern(
      RecordType{{{"name", PrimType::kString}, {"age", PrimType::kU8}, {"last-height", option}}});
  ExpectLayout<Person>(t, person);
  const ValType variant = t.Intern(
      VariantType{{{"a", PrimType::kU8}, {"b", std::nullopt}, {"c", tuple}, {"d", option}}});
  ExpectLayout<std::variant<uint8_t, std::monostate, std::tuple<uint8_t, uint64_t, uint16_t>,
                            std::optional<double>>>(t, variant);
  ExpectLayout<FlagSet<9>>(t, t.Intern(FlagsType{{"a", "b", "c", "d", "e", "f", "g", "h", "i"}}));
  ExpectLayout<Color>(t, t.Intern(EnumType{{"red", "green", "blue"}}));
  const ValType result = t.Intern(ResultType{person, PrimType::kString});
  ExpectLayout<WitResult<Person, std::string>>(t, result);
}

struct TypedTest : testing::Test {
  template <typename Signature>
  absl::StatusOr<TypedComponentFunc<Signature>> Bind(const Function& f) {
    return ComponentFunc(world.store.get(), &f, nullptr).Typed<Signature>();
  }
  template <typename F>
  absl::StatusOr<std::unique_ptr<Function>> Host(FuncTypeId type, F f) {
    return MakeTypedHost(world.table, type, world.resolver(), abi::MakeTypedHost(f));
  }
  World world;
};

TEST_F(TypedTest, CallsAnExport) {
  Guest guest(world, R"((func (export "f") (param i32 i64) (result i64)
      (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))))");
  const Function& f = world.Lift(world.Func({PrimType::kS8, PrimType::kU64}, PrimType::kS64),
                                 guest.func("f"), guest.options);
  const auto bound = Bind<int64_t(int8_t, uint64_t)>(f);
  ASSERT_TRUE(bound.ok()) << bound.status();
  const Result<int64_t> r = (*bound)(-5, 3);
  ASSERT_TRUE(r.ok()) << r.trap().message();
  EXPECT_EQ(-2, *r);
  EXPECT_TRUE(guest.state.may_enter());
  EXPECT_FALSE((Bind<int64_t(uint8_t, uint64_t)>(f).ok()));
}

TEST_F(TypedTest, CarriesStringsAndListsBothWays) {
  // Returns what it got: the pointer pair, in memory.
  Guest guest(world, R"((func (export "f") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))");
  const Function& text = world.Lift(world.Func({PrimType::kString}, PrimType::kString),
                                    guest.func("f"), guest.options);
  auto f = Bind<std::string(std::string_view)>(text);
  ASSERT_TRUE(f.ok()) << f.status();
  EXPECT_EQ("h\u00e9llo", *(*f)("h\u00e9llo"));
  EXPECT_EQ("", *(*f)(""));
  const ValType list = world.table.Intern(ListType{PrimType::kU16, {}});
  const Function& numbers = world.Lift(world.Func({list}, list), guest.func("f"), guest.options);
  auto g = Bind<std::vector<uint16_t>(std::vector<uint16_t>)>(numbers);
  ASSERT_TRUE(g.ok()) << g.status();
  EXPECT_EQ((std::vector<uint16_t>{1, 2, 65535}), *(*g)({1, 2, 65535}));
}

TEST_F(TypedTest, HostFunctionsTakeAndGiveCppValues) {
  const ValType option = world.table.Intern(OptionType{PrimType::kF64});
  const ValType person = world.table.Intern(
      RecordType{{{"name", PrimType::kString}, {"age", PrimType::kU8}, {"last-height", option}}});
  const ValType result = world.table.Intern(ResultType{person, PrimType::kString});
  auto host = Host(world.Func({person, kU32Type}, result),
                   [](const Person& p, uint32_t years) -> WitResult<Person, std::string> {
                     if (p.age + years > 255) return WitResult<Person, std::string>::Err("too old");
                     return WitResult<Person, std::string>::Ok(
                         {p.name + "!", static_cast<uint8_t>(p.age + years), p.last_height});
                   });
  ASSERT_TRUE(host.ok()) << host.status();
  Guest lib(world, "");  // gives memory and realloc
  runtime::FuncInst* const lowered = world.Lower(**host, lib.options);
  ASSERT_NE(nullptr, lowered);
  lib.Put(100, "Ada");
  // name, age, option: discriminant and payload; years; where to.
  uint64_t slots[8] = {100, 3, 36, 1, std::bit_cast<uint64_t>(1.7), 4, 200};
  ASSERT_TRUE(world.store->Call(lowered, slots, nullptr)) << world.store->TakeTrap().message;
  EXPECT_EQ(0, lib.bytes(200, 1)[0]);
  const auto name = abi::LoadAs<uint32_t>(lib.bytes(208, 4).data());
  EXPECT_EQ("Ada!", lib.bytes(name, abi::LoadAs<uint32_t>(lib.bytes(212, 4).data())));
  EXPECT_EQ(40, lib.bytes(216, 1)[0]);
  EXPECT_EQ(1, lib.bytes(224, 1)[0]);
  EXPECT_EQ(1.7, abi::LoadAs<double>(lib.bytes(232, 8).data()));
  uint64_t again[8] = {100, 3, 36, 0, 0, 250, 304};
  ASSERT_TRUE(world.store->Call(lowered, again, nullptr)) << world.store->TakeTrap().message;
  EXPECT_EQ(1, lib.bytes(304, 1)[0]);
}

TEST_F(TypedTest, AStatusEndsTheGuest) {
  auto host = Host(world.Func({kU32Type}, kU32Type), [](uint32_t v) -> absl::StatusOr<uint32_t> {
    if (v == 0) return absl::NotFoundError("nothing there");
    return v * 2;
  });
  ASSERT_TRUE(host.ok()) << host.status();
  Guest lib(world, "");
  runtime::FuncInst* const lowered = world.Lower(**host, lib.options);
  uint64_t slot = 21;
  ASSERT_TRUE(world.store->Call(lowered, &slot, nullptr));
  EXPECT_EQ(42u, slot);
  slot = 0;
  runtime::Trap trap;
  ASSERT_FALSE(world.store->Call(lowered, &slot, &trap));
  EXPECT_EQ("nothing there", trap.message);
}

TEST_F(TypedTest, HandlesAreChecked) {
  ResourceType file;
  const ResourceId id = world.table.NewResource();
  world.resources = {&file};
  const ValType own = world.table.Intern(OwnType{id});
  const ValType borrow = world.table.Intern(BorrowType{id});
  Guest lib(world, "");
  struct File;
  file.tag = abi::TagOf<File>();
  auto open = Host(world.Func({}, own), [] { return Own<File>{77}; });
  auto read = Host(world.Func({borrow}, PrimType::kU64), [](Borrow<File> f) { return f.rep; });
  auto close = Host(world.Func({own}, PrimType::kU64), [](Own<File> f) { return f.rep; });
  ASSERT_TRUE(open.ok() && read.ok() && close.ok());
  uint64_t slot = 0;
  ASSERT_TRUE(world.store->Call(world.Lower(**open, lib.options), &slot, nullptr));
  EXPECT_EQ(1u, slot);
  ASSERT_TRUE(world.store->Call(world.Lower(**read, lib.options), &slot, nullptr));
  EXPECT_EQ(77u, slot);
  EXPECT_EQ(0u, lib.state.handles.Get(1)->lends);
  slot = 1;
  ASSERT_TRUE(world.store->Call(world.Lower(**close, lib.options), &slot, nullptr));
  EXPECT_EQ(77u, slot);
  slot = 1;
  runtime::Trap trap;
  ASSERT_FALSE(world.store->Call(world.Lower(**read, lib.options), &slot, &trap));
  EXPECT_EQ("unknown handle index 1", trap.message);
}

// Else a guest could hand a resource of one kind to a host function that takes its representation
// for another kind.
TEST_F(TypedTest, ResourcesOfAnotherCxxTypeAreRefused) {
  struct File;
  struct Socket;
  ResourceType file;
  file.tag = abi::TagOf<File>();
  ResourceType of_a_guest;
  const ValType borrow_file = world.table.Intern(BorrowType{world.table.NewResource()});
  const ValType borrow_other = world.table.Intern(BorrowType{world.table.NewResource()});
  world.resources = {&file, &of_a_guest};
  const auto binds = [&](ValType type, auto f) { return Host(world.Func({type}, {}), f).ok(); };
  EXPECT_TRUE(binds(borrow_file, [](Borrow<File>) {}));
  EXPECT_TRUE(binds(borrow_file, [](Borrow<AnyResource>) {}));
  EXPECT_TRUE(binds(borrow_other, [](Borrow<AnyResource>) {}));
  EXPECT_FALSE(binds(borrow_file, [](Borrow<Socket>) {}));
  EXPECT_FALSE(binds(borrow_other, [](Borrow<File>) {}));
}

// A typed host function, called by the host: the values cross a border all the same.
TEST_F(TypedTest, HostFunctionsAreCalledByTheHost) {
  const ValType list = world.table.Intern(ListType{PrimType::kString, {}});
  const ValType map = world.table.Intern(MapType{PrimType::kString, PrimType::kU32});
  auto count = Host(world.Func({list}, map), [](const std::vector<std::string>& words) {
    std::map<std::string, uint32_t> counts;
    for (const std::string& word : words) ++counts[word];
    return counts;
  });
  ASSERT_TRUE(count.ok()) << count.status();
  const auto typed = Bind<std::map<std::string, uint32_t>(std::vector<std::string>)>(**count);
  ASSERT_TRUE(typed.ok()) << typed.status();
  const auto counts = (*typed)({"a", "b", "a"});
  ASSERT_TRUE(counts.ok()) << counts.trap().message();
  EXPECT_EQ((std::map<std::string, uint32_t>{{"a", 2}, {"b", 1}}), *counts);

  const Val words[] = {Val::List({Val::String("a"), Val::String("a")})};
  const CallOutcome outcome = Call(*world.store, **count, words);
  ASSERT_TRUE(outcome.ok()) << outcome.status << outcome.trap.message;
  EXPECT_EQ("[(\"a\", 2)]", outcome.result->ToString());
  const CallOutcome wrong = Call(*world.store, **count, {});
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, wrong.status.code());
}

TEST_F(TypedTest, HandlesGoToHostFunctionsAndBack) {
  ResourceType file;
  struct File;
  file.tag = abi::TagOf<File>();
  const ResourceId id = world.table.NewResource();
  world.resources = {&file};
  const ValType own = world.table.Intern(OwnType{id});
  const ValType borrow = world.table.Intern(BorrowType{id});
  auto open = Host(world.Func({kU32Type}, own), [](uint32_t n) { return Own<File>{n}; });
  auto read = Host(world.Func({borrow, borrow}, PrimType::kU64),
                   [](Borrow<File> a, Borrow<File> b) { return a.rep + b.rep; });
  ASSERT_TRUE(open.ok() && read.ok());
  const auto opens = Bind<Own<File>(uint32_t)>(**open);
  const auto reads = Bind<uint64_t(Borrow<File>, Borrow<File>)>(**read);
  ASSERT_TRUE(opens.ok() && reads.ok());
  EXPECT_EQ(7u, (*opens)(7)->rep);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(3u, *(*reads)({1}, {2}));
}

TEST_F(TypedTest, AFailingHostFunctionFailsItsCaller) {
  auto host = Host(world.Func({}, {}), [] { return absl::NotFoundError("nothing there"); });
  ASSERT_TRUE(host.ok());
  const auto f = Bind<void()>(**host);
  ASSERT_TRUE(f.ok());
  for (int i = 0; i < 2; ++i) {
    const Result<void> r = (*f)();
    ASSERT_FALSE(r.ok());
    EXPECT_EQ("nothing there", r.trap().message());
  }
  EXPECT_EQ("nothing there", Call(*world.store, **host, {}).trap.message);
}

TEST_F(TypedTest, EveryKindOfListCrosses) {
  const ValType bools = world.table.Intern(ListType{PrimType::kBool, {}});
  const ValType chars = world.table.Intern(ListType{PrimType::kChar, {}});
  const ValType three = world.table.Intern(ListType{PrimType::kU16, 3});
  const ValType matrix = world.table.Intern(ListType{three, 2});
  const ValType map = world.table.Intern(MapType{PrimType::kU8, bools});
  using Matrix = std::array<std::array<uint16_t, 3>, 2>;
  using Map = std::unordered_map<uint8_t, std::vector<bool>>;
  using All = std::tuple<std::vector<bool>, std::vector<char32_t>, Matrix, Map>;
  const ValType all = world.table.Intern(TupleType{{bools, chars, matrix, map}});
  ExpectLayout<Matrix>(world.table, matrix);
  ExpectLayout<All>(world.table, all);
  auto same = Host(world.Func({all}, all), [](const All& v) { return v; });
  ASSERT_TRUE(same.ok()) << same.status();
  const auto f = Bind<All(All)>(**same);
  ASSERT_TRUE(f.ok()) << f.status();
  const All value{{true, false, true}, {U'a', U'\u20ac'}, {{{1, 2, 3}, {4, 5, 6}}}, {{9, {true}}}};
  const Result<All> r = (*f)(value);
  ASSERT_TRUE(r.ok()) << r.trap().message();
  EXPECT_TRUE(*r == value);
  EXPECT_FALSE((*f)(All{{}, {static_cast<char32_t>(0xD800)}, {}, {}}).ok());
  EXPECT_FALSE((Bind<All(std::array<uint16_t, 2>)>(**same).ok()));
}

}  // namespace
}  // namespace airwasm::component::canon
