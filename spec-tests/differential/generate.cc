// The module around the functions, and the calls.
#include "spec-tests/differential/generate.h"

#include "engine/binary/encoder.h"
#include "spec-tests/differential/generator.h"

namespace airwasm::differential {
namespace {

constexpr uint32_t kCallbackFunc = 1;  // FuncIdx
constexpr size_t kCallsPerFunction = 4;

FieldType Field(ValType type, Packed packed = Packed::kNone) {
  return {.type = type, .packed = packed, .mut = true};
}

class ModuleGenerator {
 public:
  explicit ModuleGenerator(RandomSource& random) : random_(random) {}

  GeneratedModule Make() {
    Types();
    Functions();
    Memories();
    Tables();
    Globals();
    Tags();
    Segments();
    for (uint32_t i = kCallbackFunc; i < plan_.signatures.size(); ++i)
      FunctionGenerator(plan_, random_, i).Make();
    GeneratedModule result;
    result.bytes = binary::Encode(plan_.module);
    result.calls = Calls();
    result.gc_stress = random_.Chance(1, 8);
    return result;
  }

 private:
  void Export(std::string name, syntax::ExternKind kind, size_t index) {
    plan_.module.exports.push_back(
        {.name = plan_.Keep(std::move(name)), .kind = kind, .index = static_cast<uint32_t>(index)});
  }

  void Types() {
    const FieldType base[] = {Field(kI32),
                              Field(kI64),
                              Field(kI32, Packed::kI8),
                              Field(kI32, Packed::kI16),
                              Field(kF64),
                              Field(kBaseRef),
                              Field(kEqRef)};
    SubType type{.kind = CompositeKind::kStruct, .is_final = false};
    type.fields.assign(std::begin(base), std::end(base));
    Add(type);
    type.supertype = kBase;
    for (const FieldType& field : {Field(kF32), Field(kV128), Field(kFuncRef), Field(kAnyRef)})
      type.fields.push_back(field);
    Add(type);
    type.supertype = kMiddle;
    type.is_final = true;
    type.fields.push_back(Field(kI64));
    Add(type);
    for (const FieldType& element : {Field(kI32, Packed::kI8), Field(kI32), Field(kI64),
                                     Field(kF64), Field(kEqRef), Field(kV128)})
      Add({.kind = CompositeKind::kArray, .fields = {element}});
    plan_.module.rec_group_sizes = {static_cast<uint32_t>(plan_.module.types.size())};
  }
  void Add(SubType type) { plan_.module.types.push_back(std::move(type)); }

  // Sometimes more than travels in registers.
  std::vector<ValType> SomeTypes(uint32_t most, bool numbers_only) {
    std::vector<ValType> types;
    if (random_.Chance(1, 8)) most = 3 * most + 4;
    for (uint32_t i = 0, count = random_.Below(most + 1); i < count; ++i) {
      types.push_back(numbers_only || random_.Chance(3, 4) ? random_.OneOf(kNumberTypes)
                                                           : random_.OneOf(kRefTypes));
    }
    return types;
  }

  void AddFunction(const FuncType& type) {
    plan_.module.funcs.push_back({.type = plan_.TypeOf(type)});
    plan_.signatures.push_back(type);
  }

  void Functions() {
    AddFunction({{kI32, kI64}, {kI32}});
    plan_.module.imports.push_back(
        {.module = kHostModule, .name = kHostFunction, .type = plan_.module.funcs[kHost].type});
    plan_.module.num_imported_funcs = 1;
    AddFunction({{kI32}, {kI32}});
    Export(kCallback, syntax::ExternKind::kFunc, kCallbackFunc);
    for (uint32_t i = 0, count = 1 + random_.Below(4); i < count; ++i) {
      // The first can be called from outside.
      const bool numbers_only = i == 0 || random_.Chance(1, 2);
      std::vector<ValType> params = SomeTypes(4, numbers_only);
      AddFunction({std::move(params), SomeTypes(2, numbers_only)});
      const size_t index = plan_.module.funcs.size() - 1;
      if (numbers_only) Export("f" + std::to_string(index), syntax::ExternKind::kFunc, index);
    }
  }

  void Memories() {
    std::vector<MemoryType> memories = {{.limits = {.min = 1, .max = 3}}};
    for (uint32_t i = 0, count = random_.Below(3); i < count; ++i) {
      switch (random_.Below(4)) {
        case 0:
          memories.push_back({.limits = {.min = 1, .max = 2}, .is_64 = true});
          break;
        case 1:
          memories.push_back({.limits = {.min = 1, .max = 2}, .shared = true});
          break;
        case 2:
          memories.push_back({.limits = {.min = 300, .max = 310}, .page_size_log2 = 0});
          break;
        default:
          memories.push_back({.limits = {.min = 1, .max = 1}});
          break;
      }
    }
    plan_.module.memories = memories;
    for (size_t i = 0; i < memories.size(); ++i)
      Export("m" + std::to_string(i), syntax::ExternKind::kMemory, i);
  }

  void Tables() {
    plan_.module.tables.push_back(
        {.type = {.element = kFuncRef, .limits = {.min = kFuncTableSize, .max = 12}}});
    plan_.module.tables.push_back({.type = {.element = kEqRef, .limits = {.min = 5, .max = 9}}});
    plan_.module.tables.push_back(
        {.type = {.element = kFuncRef, .limits = {.min = 4, .max = 8}, .is_64 = true}});
    for (size_t i = 0; i < plan_.module.tables.size(); ++i)
      Export("t" + std::to_string(i), syntax::ExternKind::kTable, i);
  }

  void Globals() {
    const auto add = [&](ValType type) {
      Code code;
      switch (type.kind()) {
        case ValKind::kI32:
          code.I32(static_cast<int32_t>(random_.Below(100)));
          break;
        case ValKind::kI64:
          code.I64(static_cast<int64_t>(random_.Bits64()));
          break;
        case ValKind::kF32:
          code.Const(Op::F32Const, 0x3FC00000);
          break;
        case ValKind::kF64:
          code.Const(Op::F64Const, 0x4004000000000000);
          break;
        case ValKind::kV128:
          code.Bytes16(Op::V128Const, Bits(random_.Bits64(), random_.Bits64()));
          break;
        case ValKind::kRef:
          code.Ref(Op::RefNull, type.heap_type());
          break;
        case ValKind::kBottom:
          break;
      }
      code.End();
      syntax::Global global{.type = {.type = type, .mut = true}};
      global.init.bytes = plan_.Keep(code.Take());
      plan_.module.globals.push_back(global);
      const size_t index = plan_.module.globals.size() - 1;
      Export(index == kFuel ? kFuelGlobal : "g" + std::to_string(index),
             syntax::ExternKind::kGlobal, index);
    };
    add(kI32);
    for (const ValType type : kNumberTypes) add(type);
    for (uint32_t i = 0; i < 3; ++i) add(random_.OneOf(kRefTypes));
  }

  void Tags() {
    const std::vector<ValType> payloads[] = {{kI32}, {kI64, kF64}, {}, {kV128, kEqRef, kF32}};
    for (const std::vector<ValType>& payload : payloads)
      plan_.module.tags.push_back({plan_.TypeOf({payload, {}})});
    Export(kThrownTag, syntax::ExternKind::kTag, 0);
  }

  void Segments() {
    const auto zero = [&](bool is_64) {
      Code code;
      if (is_64)
        code.I64(0);
      else
        code.I32(0);
      code.End();
      return plan_.Keep(code.Take());
    };
    // Slot i is function i; what has no slot is declared, as all of them are to be named by
    // ref.func.
    const auto count = static_cast<uint32_t>(plan_.signatures.size());
    syntax::ElemSegment active{.mode = syntax::SegmentMode::kActive};
    active.offset_expr.bytes = zero(false);
    for (uint32_t i = 0; i < std::min(count, kFuncTableSize); ++i) active.funcs.push_back(i);
    syntax::ElemSegment funcs{.mode = syntax::SegmentMode::kPassive};
    for (uint32_t i = 0; i < kElems; ++i) funcs.funcs.push_back(random_.Below(count));
    syntax::ElemSegment eqs{
        .mode = syntax::SegmentMode::kPassive, .type = kEqRef, .uses_exprs = true};
    for (uint32_t i = 0; i < kElems; ++i) {
      Code code;
      if (i % 2 == 0) {
        code.I32(static_cast<int32_t>(i + 5));
        code.Do(Op::RefI31);
      } else {
        code.Ref(Op::RefNull, HeapKind::kNone);
      }
      code.End();
      eqs.exprs.push_back({.bytes = plan_.Keep(code.Take())});
    }
    plan_.module.elems = {active, funcs, eqs};
    for (uint32_t m = 0; m < plan_.module.memories.size(); ++m) {
      std::vector<uint8_t> bytes(kSegmentSize);
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_.Below(256));
      syntax::DataSegment data{.mode = syntax::SegmentMode::kActive, .memory = m};
      data.offset_expr.bytes = zero(plan_.module.memories[m].is_64);
      data.bytes = plan_.Keep(bytes);
      plan_.module.datas.push_back(data);
      data = {.mode = syntax::SegmentMode::kPassive, .bytes = data.bytes};
      plan_.module.datas.push_back(data);
    }
    plan_.module.data_count = static_cast<uint32_t>(plan_.module.datas.size());
  }

  std::vector<PlannedCall> Calls() {
    std::vector<std::pair<std::string, FuncType>> functions;
    for (const syntax::Export& e : plan_.module.exports) {
      if (e.kind == syntax::ExternKind::kFunc)
        functions.push_back({std::string(e.name), plan_.signatures[e.index]});
    }
    // Nearly all of the time goes into compiling, so what is compiled is called often.
    const size_t count = 2 + kCallsPerFunction * functions.size();
    std::vector<PlannedCall> calls;
    for (size_t i = 0; i < count; ++i) {
      // Each at least once.
      const auto& [name, type] = i < functions.size() ? functions[i] : random_.OneOf(functions);
      PlannedCall call{.function = name, .fuel = static_cast<int32_t>(5 + random_.Below(60))};
      for (const ValType param : type.params) {
        const auto edges = EdgeBits(param);
        call.args.push_back(Value::FromBits(param, random_.Chance(2, 3)
                                                       ? random_.OneOf(edges)
                                                       : Bits(random_.Bits64(), random_.Bits64())));
      }
      calls.push_back(std::move(call));
    }
    return calls;
  }

  RandomSource& random_;
  ModulePlan plan_;
};

}  // namespace

uint32_t ModulePlan::TypeOf(const FuncType& type) {
  for (uint32_t i = kVectors + 1; i < module.types.size(); ++i) {
    if (module.types[i].func == type) return i;
  }
  module.types.push_back({.func = type});
  module.rec_group_sizes.push_back(1);
  return static_cast<uint32_t>(module.types.size() - 1);
}

GeneratedModule Generate(std::span<const uint8_t> seed) {
  RandomSource random(seed);
  return ModuleGenerator(random).Make();
}

std::vector<uint8_t> SeedBytes(uint64_t number) {
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<uint8_t>(number >> (8 * i)));
  return bytes;
}

}  // namespace airwasm::differential
