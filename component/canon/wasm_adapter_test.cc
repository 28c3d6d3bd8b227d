// Adapters of C++ and of wasm do the same: which functions have which, and random types, values and
// damage through both.
#include <random>

#include "component/canon/canon_test_util.h"
#include "component/canon/dynamic.h"
#include "component/canon/wasm_link.h"
#include "component/types/core_type.h"

namespace airwasm::component::canon {
namespace {

// What a lowered function is made of, or why.
const char* ObstacleOf(World& world, const Function& callee, const CanonOptions& lower) {
  const Adapter* const adapter = world.cache.Get(world.table, callee.type,
                                                 {.lift_encoding = callee.lift.encoding,
                                                  .lower_encoding = lower.encoding,
                                                  .lift_memory64 = callee.lift.memory64(),
                                                  .lower_memory64 = lower.memory64(),
                                                  .lift_async = callee.lift.async,
                                                  .lower_async = lower.async});
  const auto entering = EnteringSet(callee.lift.instance, lower.instance);
  const char* const obstacle = ObstacleToWasm(
      {.callee = &callee, .lower = &lower, .adapter = adapter, .entering = entering});
  return obstacle == nullptr ? "" : obstacle;
}

TEST(WasmAdapter, WhichFunctionsHaveOne) {
  World world(true);
  world.resources = {nullptr};
  const ResourceId id = world.table.NewResource();
  const ValType own = world.table.Intern(OwnType{id});
  const ValType list = world.table.Intern(ListType{PrimType::kString, {}});
  Guest callee(world, R"((func (export "n"))
    (func (export "i") (param i32)) (func (export "ii") (param i32 i32)))");
  Guest caller(world, "");
  const struct {
    const char* name;
    std::vector<ValType> params;
    const char* core;
    StringEncoding encoding;
    const char* obstacle;
  } kCases[] = {
      {"nothing", {}, "n", StringEncoding::kUtf8, ""},
      {"scalar", {PrimType::kU8}, "i", StringEncoding::kUtf8, ""},
      {"string", {PrimType::kString}, "ii", StringEncoding::kUtf8, ""},
      {"list", {list}, "ii", StringEncoding::kUtf8, ""},
      {"utf16",
       {PrimType::kString},
       "ii",
       StringEncoding::kUtf16,
       "a string encoding other than UTF-8"},
      {"handle", {own}, "i", StringEncoding::kUtf8, "handles"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    CanonOptions options = callee.options;
    options.encoding = c.encoding;
    const Function& f = world.Lift(world.Func(c.params), callee.func(c.core), options);
    EXPECT_STREQ(c.obstacle, ObstacleOf(world, f, caller.options));
    const bool is_wasm = world.Lower(f, caller.options)->host == nullptr;
    EXPECT_EQ(c.obstacle[0] == '\0', is_wasm);
  }
  const Function& f =
      world.Lift(world.Func({PrimType::kString}), callee.func("ii"), callee.options);
  CanonOptions options = caller.options;
  options.memory = callee.options.memory;
  EXPECT_STREQ("one memory on both sides", ObstacleOf(world, f, options));
  options = caller.options;
  options.async = true;
  EXPECT_STREQ("the async ABI", ObstacleOf(world, f, options));
}

TEST(WasmAdapter, AFunctionBecomesWasmWhenItIsCalledOften) {
  World world;
  world.executor->host_calls_before_wasm = 3;
  Guest callee(world, R"((func (export "f") (param i32) (result i32)
    (i32.add (local.get 0) (i32.const 1))))");
  Guest caller(world, "");
  const Function& f =
      world.Lift(world.Func({PrimType::kU8}, PrimType::kU32), callee.func("f"), callee.options);
  runtime::FuncInst* const lowered = world.Lower(f, caller.options);
  for (int i = 1; i <= 5; ++i) {
    uint64_t slot = 0x107;
    ASSERT_TRUE(world.store->Call(lowered, &slot, nullptr));
    EXPECT_EQ(8u, slot);
    EXPECT_EQ(i >= 3, lowered->host == nullptr) << i;
  }
  EXPECT_EQ("f", lowered->instance->module().FuncName(lowered->code->func_index));
}

TEST(WasmAdapter, IsNoInstanceOfTheGuest) {
  World world(true);
  runtime::StoreOptions options;
  options.limits.instances = 1;
  world.store = std::make_unique<runtime::Store>(world.types, *world.executor, options);
  Guest callee(world, R"((func (export "f")))");
  CanonOptions lower;
  lower.instance = &world.NewState();
  const Function& f = world.Lift(world.Func({}), callee.func("f"), callee.options);
  EXPECT_EQ(nullptr, world.Lower(f, lower)->host);
}

TEST(WasmAdapter, AComponentHasOnlySoMany) {
  World world(true);
  std::string functions;
  for (size_t i = 0; i <= kMaxWasmModules; ++i)
    functions += "(func (export \"f" + std::to_string(i) + "\"))";
  Guest callee(world, functions);
  CanonOptions lower;
  lower.instance = &world.NewState();
  size_t count = 0;
  for (size_t i = 0; i <= kMaxWasmModules; ++i) {
    const Function& f =
        world.Lift(world.Func({}), callee.func("f" + std::to_string(i)), callee.options);
    runtime::FuncInst* const lowered = world.Lower(f, lower);
    ASSERT_TRUE(world.store->Call(lowered, nullptr, nullptr));
    if (lowered->host == nullptr) ++count;
  }
  EXPECT_EQ(kMaxWasmModules, count);
}

// ---- Random cases. Both ways draw the same numbers.

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(engine_() % n); }
  uint64_t Bits() { return engine_(); }
  bool OneIn(uint32_t n) { return Below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

constexpr PrimType kPrims[] = {PrimType::kBool,   PrimType::kS8,    PrimType::kU8,  PrimType::kS16,
                               PrimType::kU16,    PrimType::kS32,   PrimType::kU32, PrimType::kS64,
                               PrimType::kU64,    PrimType::kF32,   PrimType::kF64, PrimType::kChar,
                               PrimType::kString, PrimType::kString};

std::vector<std::string> Names(uint32_t count) {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < count; ++i) names.push_back("n" + std::to_string(i));
  return names;
}

ValType RandomType(TypeTable& table, Random& random, int depth) {
  if (depth == 0 || random.OneIn(3)) return kPrims[random.Below(std::size(kPrims))];
  const auto sub = [&] { return RandomType(table, random, depth - 1); };
  const auto maybe = [&]() -> std::optional<ValType> {
    if (random.OneIn(3)) return {};
    return sub();
  };
  switch (random.Below(10)) {
    case 0:
    case 1:
      return table.Intern(ListType{sub(), {}});
    case 2:
      return table.Intern(ListType{sub(), 1 + random.Below(4)});
    case 3: {
      RecordType record;
      for (const std::string& name : Names(1 + random.Below(4)))
        record.fields.push_back({name, sub()});
      return table.Intern(std::move(record));
    }
    case 4: {
      TupleType tuple;
      for (uint32_t i = 0; i <= random.Below(4); ++i) tuple.types.push_back(sub());
      return table.Intern(std::move(tuple));
    }
    case 5: {
      VariantType variant;
      for (const std::string& name : Names(1 + random.Below(5)))
        variant.cases.push_back({name, maybe()});
      return table.Intern(std::move(variant));
    }
    case 6:
      return table.Intern(OptionType{sub()});
    case 7: {
      const std::optional<ValType> ok = maybe();
      return table.Intern(ResultType{ok, maybe()});
    }
    case 8:
      return table.Intern(EnumType{Names(random.OneIn(4) ? 300 : 3)});
    default:
      return table.Intern(FlagsType{Names(1 + random.Below(32))});
  }
}

class Values {
 public:
  Values(const TypeTable& table, Random& random) : table_(table), random_(random) {}

  Val Of(ValType type) {
    if (type.IsPrim()) return Prim(type.prim());
    return std::visit([&](const auto& def) { return Make(def); }, table_.Get(type));
  }

 private:
  Val Prim(PrimType prim) {
    const uint64_t bits = random_.Bits();
    switch (prim) {
      case PrimType::kBool:
        return Val::Bool((bits & 1) != 0);
      case PrimType::kS8:
        return Val::S8(static_cast<int8_t>(bits));
      case PrimType::kU8:
        return Val::U8(static_cast<uint8_t>(bits));
      case PrimType::kS16:
        return Val::S16(static_cast<int16_t>(bits));
      case PrimType::kU16:
        return Val::U16(static_cast<uint16_t>(bits));
      case PrimType::kS32:
        return Val::S32(static_cast<int32_t>(bits));
      case PrimType::kU32:
        return Val::U32(static_cast<uint32_t>(bits));
      case PrimType::kS64:
        return Val::S64(static_cast<int64_t>(bits));
      case PrimType::kU64:
        return Val::U64(bits);
      case PrimType::kF32:
        return Val::F32Bits(static_cast<uint32_t>(bits));
      case PrimType::kF64:
        return Val::F64Bits(bits);
      case PrimType::kChar:
        return Val::Char(random_.OneIn(2) ? random_.Below(0xD800) : 0xE000 + random_.Below(0x1000));
      case PrimType::kString:
        return Val::String(Text());
      case PrimType::kErrorContext:
        break;
    }
    return {};
  }
  std::string Text() {
    constexpr uint32_t kLengths[] = {0, 1, 3, 7, 8, 9, 16, 17, 23, 63, 64, 65, 200};
    std::string text(kLengths[random_.Below(std::size(kLengths))], 'x');
    if (random_.OneIn(4)) text += "ü€";
    return text;
  }
  std::vector<Val> Several(ValType type, uint32_t count) {
    std::vector<Val> items;
    for (uint32_t i = 0; i < count; ++i) items.push_back(Of(type));
    return items;
  }

  Val Make(const ListType& t) {
    return Val::List(Several(t.element, t.length.value_or(random_.Below(5))));
  }
  Val Make(const RecordType& t) {
    std::vector<std::pair<std::string, Val>> fields;
    for (const Field& field : t.fields) fields.emplace_back(field.name, Of(field.type));
    return Val::Record(std::move(fields));
  }
  Val Make(const TupleType& t) {
    std::vector<Val> items;
    for (const ValType part : t.types) items.push_back(Of(part));
    return Val::Tuple(std::move(items));
  }
  Val Make(const VariantType& t) {
    const VariantCase& c = t.cases[random_.Below(static_cast<uint32_t>(t.cases.size()))];
    return c.type ? Val::Variant(c.name, Of(*c.type)) : Val::Variant(c.name);
  }
  Val Make(const OptionType& t) { return random_.OneIn(2) ? Val::None() : Val::Some(Of(t.type)); }
  Val Make(const ResultType& t) {
    if (random_.OneIn(2)) return t.ok ? Val::Ok(Of(*t.ok)) : Val::Ok();
    return t.error ? Val::Err(Of(*t.error)) : Val::Err();
  }
  Val Make(const EnumType& t) {
    return Val::Enum(t.names[random_.Below(static_cast<uint32_t>(t.names.size()))]);
  }
  Val Make(const FlagsType& t) {
    std::vector<std::string> names;
    for (const std::string& name : t.names) {
      if (random_.OneIn(2)) names.push_back(name);
    }
    return Val::Flags(std::move(names));
  }
  template <typename T>
  Val Make(const T&) {  // types that RandomType does not make
    ADD_FAILURE();
    return {};
  }

  const TypeTable& table_;
  Random& random_;
};

const char* TextOf(airwasm::ValType type) {
  return type == kI32 ? "i32" : type == kI64 ? "i64" : type == kF32 ? "f32" : "f64";
}

// What can be seen of some calls of a random function.
struct Outcome {
  bool is_wasm = false;
  bool trapped = false;
  std::string log;
  std::string memories;
};

class Case {
 public:
  Case(uint32_t seed, bool wasm) : random_(seed), world_(wasm) {}

  Outcome Run() {
    std::vector<ValType> params;
    for (uint32_t i = random_.Below(4); i > 0; --i)
      params.push_back(RandomType(world_.table, random_, 3));
    std::optional<ValType> result;
    if (!random_.OneIn(3)) result = RandomType(world_.table, random_, 3);
    const FuncTypeId type = world_.Func(params, result);
    Guest caller(world_, "");
    Guest callee(world_, CalleeText(type));
    caller.state.has_context = random_.OneIn(2);
    callee.state.has_context = random_.OneIn(2);
    callee.state.context[0] = 77;
    ComponentInstanceState& parent = world_.NewState();
    if (random_.OneIn(2)) callee.state.parent = &parent;
    if (random_.OneIn(2)) callee.options.post_return = callee.func("post");
    const Function& f = world_.Lift(type, callee.func("f"), callee.options);
    runtime::FuncInst* const lowered = world_.Lower(f, caller.options);

    Outcome outcome;
    outcome.is_wasm = lowered->host == nullptr;
    for (int call = 0; call < 2; ++call) {
      if (random_.OneIn(20)) callee.options.memory->base[kFateAt] = random_.OneIn(2) ? 1 : 2;
      std::vector<uint64_t> slots(kMaxFlatParams + 2);
      Lower(f, caller, params, kMaxFlatParams, slots.data());
      if (result) {
        std::vector<uint64_t> flat(kMaxFlatParams + 2);
        Lower(f, callee, {&*result, 1}, kMaxFlatResults, flat.data());
        callee.Put(kResultAt, {reinterpret_cast<const char*>(flat.data()), 8});
      }
      const airwasm::FuncType core = FlattenFunc(world_.table, type, true, false, false);
      const Flattening flat_result = Flatten(world_.table, ResultTypes(f.func_type()));
      if (flat_result.spills || flat_result.count > 1) {
        constexpr uint32_t kPlaces[] = {64, 64, 64, 64, 68, 65, 65528};
        slots[core.params.size() - 1] = kPlaces[random_.Below(std::size(kPlaces))];
      }
      runtime::Trap trap;
      if (!world_.store->Call(lowered, slots.data(), &trap)) {
        outcome.trapped = true;
        outcome.log += "trap: " + trap.message;
      }
      if (trap.kind == TrapKind::kNone && !core.results.empty())
        outcome.log += "result " + std::to_string(slots[0]);
      for (const Guest* const guest : {&caller, &callee}) {
        outcome.log += " flags " + std::to_string(guest->state.flags);
        if (trap.kind == TrapKind::kNone)  // else nothing will ever read it
          outcome.log += " context " + std::to_string(guest->state.context[0]);
      }
      outcome.log += " parent " + std::to_string(parent.flags) + "\n";
    }
    outcome.memories = std::string(caller.bytes(0, 65536)) + std::string(callee.bytes(0, 65536));
    return outcome;
  }

 private:
  static constexpr uint64_t kParamsAt = 512;
  static constexpr uint64_t kResultAt = 256;
  static constexpr uint64_t kFateAt = 288;  // 1: the callee traps, 2: it throws

  // Meets its fate, or notes its parameters and returns what lies at kResultAt.
  std::string CalleeText(FuncTypeId type) {
    const airwasm::FuncType core = FlattenFunc(world_.table, type, false, false, false);
    std::string signature;
    std::string body;
    for (size_t i = 0; i < core.params.size(); ++i) {
      const char* const name = TextOf(core.params[i]);
      signature += std::string("(param ") + name + ") ";
      body += std::string("(") + name + ".store (i32.const " + std::to_string(kParamsAt + 8 * i) +
              ") (local.get " + std::to_string(i) + "))\n";
    }
    std::string post = "(func (export \"post\") ";
    if (!core.results.empty()) {
      const char* const name = TextOf(core.results[0]);
      signature += std::string("(result ") + name + ")";
      body += std::string("(") + name + ".load (i32.const " + std::to_string(kResultAt) + "))";
      post += std::string("(param ") + name + ") ";
      post += std::string("(") + name + ".store (i32.const 264) (local.get 0)) ";
    }
    post += "(i32.store (i32.const 272) (i32.add (i32.load (i32.const 272)) (i32.const 1))))";
    const std::string fate = "(i32.load8_u (i32.const " + std::to_string(kFateAt) + "))";
    const std::string fates = "(if (i32.eq " + fate +
                              " (i32.const 1)) (then unreachable)) (if (i32.eq " + fate +
                              " (i32.const 2)) (then (throw $t)))";
    return "(tag $t) (func (export \"f\") " + signature + fates + body + ")" + post;
  }

  // Random values of `types` in the guest, some of them damaged.
  void Lower(const Function& f, Guest& guest, std::span<const ValType> types, uint32_t max_flat,
             uint64_t* flat) {
    std::vector<Val> vals;
    Values values(world_.table, random_);
    for (const ValType type : types) vals.push_back(values.Of(type));
    BorrowScope scope;
    ASSERT_EQ(TrapKind::kNone, LowerVals(*world_.store, f, guest.options, scope, types, max_flat,
                                         vals, flat, nullptr))
        << world_.store->host_error;
    if (!random_.OneIn(3)) return;
    for (uint32_t i = 1 + random_.Below(3); i > 0; --i) {
      constexpr uint32_t kEdges[] = {0,      1,      0xD7FF,   0xD800,   0xDBFF,  0xDC00,
                                     0xDFFF, 0xE000, 0x10FFFF, 0x110000, 1 << 28, 0xFFFF'FFFF};
      const uint32_t edge = kEdges[random_.Below(std::size(kEdges))];
      const uint32_t slot = random_.Below(random_.OneIn(2) ? 3 : max_flat);
      uint8_t* const bytes = guest.options.memory->base + 1024 + 4 * random_.Below(64);
      switch (random_.Below(4)) {
        case 0:
          flat[slot] ^= uint64_t{1} << random_.Below(32);
          break;
        case 1:
          flat[slot] = edge;
          break;
        case 2:
          bytes[random_.Below(4)] ^= 1 << random_.Below(8);
          break;
        default:
          StoreAs<uint32_t>(bytes, edge);
      }
    }
  }

  Random random_;
  World world_;
};

TEST(WasmAdapter, AgreesWithTheInterpreterOfPrograms) {
  constexpr uint32_t kCases = 2000;
  uint32_t compared = 0;
  uint32_t trapped = 0;
  for (uint32_t seed = 1; seed <= kCases; ++seed) {
    SCOPED_TRACE(seed);
    const Outcome cpp = Case(seed, false).Run();
    const Outcome wasm = Case(seed, true).Run();
    ASSERT_FALSE(cpp.is_wasm);
    if (!wasm.is_wasm) continue;  // too large
    ++compared;
    trapped += cpp.trapped ? 1 : 0;
    ASSERT_EQ(cpp.log, wasm.log);
    ASSERT_TRUE(cpp.memories == wasm.memories);
  }
  EXPECT_GT(compared, kCases * 9 / 10);
  EXPECT_GT(trapped, kCases / 20);
  EXPECT_LT(trapped, kCases / 2);
}

}  // namespace
}  // namespace airwasm::component::canon
