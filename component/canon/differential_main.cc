// Moves values between two memories as the canonical ABI says, for a judge to compare with another
// implementation (differential_test.py, which generates the cases).
//
// One case per line:  KIND LOWER_ENCODING LIFT_ENCODING TYPE FLAT PLACE MEMORY
//   KIND     p: a parameter, from the lower's side to the lift's;  r: a result, the other way
//   TYPE     without spaces, prefix notation: u8, list(u8), list3(u8), record(u8,bool), tuple(..),
//            variant(u8,_), option(u8), result(_,u8), enum(3), flags(9), map(u8,string)
//   FLAT     values of the source, hexadecimal, separated by commas; '-' for none
//   PLACE    the address at which a result that does not fit is wanted
//   MEMORY   of the source: its first bytes, hexadecimal; '-' for none
// One answer per line and way (fused, through Val, by an adapter module): "trap" and its text, or
// the flat values, the calls of realloc and the first bytes of the target memory; "none" where a
// function of that type has no adapter module.
#include <cstdio>
#include <iostream>
#include <sstream>

#include "component/canon/canon_test_util.h"
#include "component/canon/dynamic.h"
#include "component/canon/transfer.h"
#include "component/canon/wasm_link.h"

namespace airwasm::component::canon {
namespace {

constexpr uint32_t kShownBytes = 8192;

class TypeReader {
 public:
  TypeReader(TypeTable& table, std::string_view text) : table_(table), text_(text) {}

  ValType Read() {
    const std::string name = Word();
#define AIRWASM_PRIM_TYPE(prim, text, code, size, flat) \
  if (name == text) return PrimType::k##prim;
#include "component/syntax/prim_types.def"
#undef AIRWASM_PRIM_TYPE
    ++at_;  // '('
    if (name == "enum" || name == "flags") {
      std::vector<std::string> names;
      for (int i = std::stoi(Word()); i > 0; --i) names.push_back("n" + std::to_string(i));
      ++at_;
      return name == "enum" ? table_.Intern(EnumType{names}) : table_.Intern(FlagsType{names});
    }
    std::vector<std::optional<ValType>> parts;
    while (text_[at_] != ')') {
      if (text_[at_] == ',') ++at_;
      if (text_[at_] == '_') {
        ++at_;
        parts.emplace_back();
      } else {
        parts.emplace_back(Read());
      }
    }
    ++at_;
    return Make(name, parts);
  }

 private:
  std::string Word() {
    const size_t start = at_;
    while (at_ < text_.size() && (isalnum(text_[at_]) != 0 || text_[at_] == '-')) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }
  ValType Make(const std::string& name, const std::vector<std::optional<ValType>>& parts) {
    if (name == "option") return table_.Intern(OptionType{*parts[0]});
    if (name == "result") return table_.Intern(ResultType{parts[0], parts[1]});
    if (name == "map") return table_.Intern(MapType{*parts[0], *parts[1]});
    if (name == "list") return table_.Intern(ListType{*parts[0], {}});
    if (name.starts_with("list"))
      return table_.Intern(ListType{*parts[0], static_cast<uint32_t>(std::stoul(name.substr(4)))});
    if (name == "variant") {
      VariantType variant;
      for (const auto& t : parts)
        variant.cases.push_back({"c" + std::to_string(variant.cases.size()), t});
      return table_.Intern(std::move(variant));
    }
    if (name == "record") {
      RecordType record;
      for (const auto& t : parts)
        record.fields.push_back({"f" + std::to_string(record.fields.size()), *t});
      return table_.Intern(std::move(record));
    }
    TupleType tuple;
    for (const auto& t : parts) tuple.types.push_back(*t);
    return table_.Intern(std::move(tuple));
  }

  TypeTable& table_;
  std::string_view text_;
  size_t at_ = 0;
};

// A memory with a realloc that hands out what comes next, moves what grows, and notes each call.
struct Side {
  explicit Side(World& world) : state(world.NewState()) {
    auto memory = world.store->NewMemory({.limits = {.min = 1, .max = 1}});
    options.memory = *memory;
    options.instance = &state;
    options.realloc = world.store->NewHostFunc({{kI32, kI32, kI32, kI32}, {kI32}},
                                               {.call = &Side::Realloc, .env = this});
  }
  static TrapKind Realloc(runtime::HostCall& call) {
    auto& side = *static_cast<Side*>(call.env);
    const uint64_t old = call.slots[0];
    const uint64_t old_bytes = call.slots[1];
    const uint64_t align = call.slots[2];
    const uint64_t bytes = call.slots[3];
    std::ostringstream note;
    note << old << ' ' << old_bytes << ' ' << align << ' ' << bytes << ';';
    side.calls += note.str();
    if (old != 0 && bytes <= old_bytes) {
      call.slots[0] = old;
      return TrapKind::kNone;
    }
    const uint64_t at = (side.next + align - 1) & ~(align - 1);
    side.next = at + bytes;
    uint8_t* const base = side.options.memory->base;
    if (side.next <= 65536) std::memmove(base + at, base + old, old_bytes);
    call.slots[0] = at;
    return TrapKind::kNone;
  }
  void Reset() {
    std::memset(options.memory->base, 0, 65536);
    next = 4096;
    calls.clear();
    state.flags = ComponentInstanceState::kMayEnter | ComponentInstanceState::kMayLeave;
  }

  ComponentInstanceState& state;
  CanonOptions options;
  uint64_t next = 4096;
  std::string calls;
};

std::string Hex(const uint8_t* p, size_t bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < bytes; ++i) {
    out += kDigits[p[i] >> 4];
    out += kDigits[p[i] & 15];
  }
  return out;
}

StringEncoding EncodingOf(const std::string& name) {
  return name == "utf8"    ? StringEncoding::kUtf8
         : name == "utf16" ? StringEncoding::kUtf16
                           : StringEncoding::kLatin1Utf16;
}

class Runner {
 public:
  void Case(const std::string& line) {
    std::istringstream in(line);
    std::string kind, lower, lift, type, flat, place, memory;
    in >> kind >> lower >> lift >> type >> flat >> place >> memory;
    const bool param = kind == "p";
    lower_.options.encoding = EncodingOf(lower);
    lift_.options.encoding = EncodingOf(lift);
    const ValType t = TypeReader(world_.table, type).Read();
    const FuncTypeId func = param ? world_.Func({t}) : world_.Func({}, t);
    const Function& function = world_.Lift(func, nullptr, lift_.options);
    Side& from = param ? lower_ : lift_;
    Side& to = param ? lift_ : lower_;
    std::vector<uint64_t> slots(17);
    std::istringstream values(flat == "-" ? "" : flat);
    std::string value;
    for (size_t i = 0; std::getline(values, value, ','); ++i)
      slots[i] = std::stoull(value, nullptr, 16);
    const uint64_t target = std::stoull(place);

    const Adapter* const adapter = world_.cache.Get(
        world_.table, func,
        {.lift_encoding = lift_.options.encoding, .lower_encoding = lower_.options.encoding});
    const Program& program = param ? adapter->params : adapter->results;
    const auto reset = [&] {
      from.Reset();
      to.Reset();
      for (size_t i = 0; memory != "-" && 2 * i < memory.size(); ++i)
        from.options.memory->base[i] =
            static_cast<uint8_t>(std::stoul(memory.substr(2 * i, 2), nullptr, 16));
    };
    for (const bool dynamic : {false, true}) {
      reset();
      std::vector<uint64_t> out(17);
      Lenders lenders;
      BorrowScope scope;
      const uint64_t* const wanted = param ? nullptr : &target;
      TrapKind trap = TrapKind::kNone;
      if (!dynamic) {
        const Transfer transfer{*world_.store, from.options, to.options, nullptr, lenders, scope};
        trap = RunProgram(program, transfer, slots.data(), out.data(), wanted);
      } else {
        trap = ThroughVal(function, t, param, from, to, slots.data(), out.data(), wanted);
      }
      Print(program, trap, to, out);
    }
    reset();
    ThroughWasm(func, param, program, to, slots, target);
  }

 private:
  // A call of a function whose core function keeps its arguments, and returns what it is told to,
  // in a memory of its own.
  void ThroughWasm(FuncTypeId func, bool param, const Program& program, const Side& to,
                   const std::vector<uint64_t>& slots, uint64_t place) {
    const airwasm::FuncType core = FlattenFunc(world_.table, func, false, false, false);
    const auto name_of = [](airwasm::ValType type) {
      return std::string(type == kI32   ? "i32"
                         : type == kI64 ? "i64"
                         : type == kF32 ? "f32"
                                        : "f64");
    };
    std::string text = "(module (memory (export \"mem\") 1) (func (export \"f\") ";
    for (const airwasm::ValType type : core.params) text += "(param " + name_of(type) + ") ";
    for (const airwasm::ValType type : core.results) text += "(result " + name_of(type) + ") ";
    for (size_t i = 0; i < core.params.size(); ++i)
      text += "(" + name_of(core.params[i]) + ".store (i32.const " + std::to_string(8 * i) +
              ") (local.get " + std::to_string(i) + "))";
    for (const airwasm::ValType type : core.results)
      text += "(" + name_of(type) + ".load (i32.const 0))";
    runtime::Instance* const instance = world_.Make(text + "))");
    auto* const kept =
        reinterpret_cast<uint64_t*>(ExportOf<runtime::MemInst>(instance, "mem")->base);

    const Function& function =
        world_.Lift(func, ExportOf<runtime::FuncInst>(instance, "f"), lift_.options);
    // A cache takes only so many modules.
    AdapterCache& cache = caches_.emplace_back();
    runtime::FuncInst* const lowered = *MakeLowered(*world_.store, function, lower_.options, cache);
    if (lowered->host != nullptr) return void(std::printf("none\n"));
    std::vector<uint64_t> args(17);
    if (param) {
      args = slots;
    } else {
      kept[0] = slots[0];
      args[0] = place;
    }
    runtime::Trap trap;
    if (!world_.store->Call(lowered, args.data(), &trap))
      return void(std::printf("trap %s\n", trap.message.c_str()));
    std::vector<uint64_t> out(17);
    if (param) {
      std::copy_n(kept, core.params.size(), out.begin());
    } else {
      out[0] = args[0];
    }
    Print(program, TrapKind::kNone, to, out);
  }

  TrapKind ThroughVal(const Function& function, ValType t, bool param, Side& from, Side& to,
                      const uint64_t* slots, uint64_t* out, const uint64_t* wanted) {
    Lenders lenders;
    BorrowScope scope;
    std::vector<Val> vals;
    const uint32_t max = param ? kMaxFlatParams : kMaxFlatResults;
    const TrapKind trap =
        LiftVals(*world_.store, function, from.options, lenders, {&t, 1}, max, slots, &vals);
    if (trap != TrapKind::kNone) return trap;
    const absl::Status fits = CheckVal(function, t, vals[0]);
    if (!fits.ok()) std::printf("A lifted value does not fit: %s\n", fits.ToString().c_str());
    return LowerVals(*world_.store, function, to.options, scope, {&t, 1}, max, vals, out, wanted);
  }

  void Print(const Program& program, TrapKind trap, const Side& to,
             const std::vector<uint64_t>& out) {
    if (trap != TrapKind::kNone) {
      std::printf("trap %s\n", std::string(world_.store->host_error.message()).c_str());
      return;
    }
    std::string flat;
    const uint32_t count = program.to_spilled ? 1 : program.to_flat;
    for (uint32_t i = 0; i < count; ++i) {
      char text[24];
      std::snprintf(text, sizeof text, "%llx,", static_cast<unsigned long long>(out[i]));
      flat += text;
    }
    std::printf("ok|%s|%s|%s\n", flat.c_str(), to.calls.c_str(),
                Hex(to.options.memory->base, kShownBytes).c_str());
  }

  std::deque<AdapterCache> caches_;
  World world_{true};
  Side lower_{world_};
  Side lift_{world_};
};

}  // namespace
}  // namespace airwasm::component::canon

int main() {
  airwasm::component::canon::Runner runner;
  std::string line;
  while (std::getline(std::cin, line)) runner.Case(line);
}
