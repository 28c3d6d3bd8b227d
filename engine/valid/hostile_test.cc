// Bodies and modules made to be slow or big: each ends with a verdict, in time and space that grow
// with the input and no faster.
#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/valid/test_util.h"

namespace airwasm::valid {
namespace {

class Body {
 public:
  Body& Bytes(std::initializer_list<uint8_t> bytes, size_t times = 1) {
    for (size_t i = 0; i < times; ++i) bytes_.insert(bytes_.end(), bytes);
    return *this;
  }
  Body& Number(uint32_t value) {
    WriteVarU32(bytes_, value);
    return *this;
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
};

constexpr uint8_t kBlock = 0x02, kLoop = 0x03, kEmpty = 0x40, kEnd = 0x0B, kBrTable = 0x0E,
                  kUnreachable = 0x00, kCall = 0x10, kReturn = 0x0F, kI32Const = 0x41;

Checked ValidateBody(const syntax::Module& module) {
  TypeRegistry registry;
  return Validate(module, Features(), registry);
}
Checked ValidateBody(const Body& body, FuncType type = {}) {
  return ValidateBody(OneFunction(std::move(type), body.bytes()));
}

TEST(HostileTest, DeepBlocks) {
  Body body;
  body.Bytes({kBlock, kEmpty}, 100'000).Bytes({kEnd}, 100'001);
  EXPECT_TRUE(ValidateBody(body).ok());
}

TEST(HostileTest, DeeperThanTheLimit) {
  Body body;
  body.Bytes({kLoop, kEmpty}, limits::kBlockDepth).Bytes({kEnd}, limits::kBlockDepth + 1);
  const Checked result = ValidateBody(body);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kLimit);
}

TEST(HostileTest, BrTableWithAMillionTargets) {
  Body body;
  body.Bytes({kBlock, kEmpty}, 100).Bytes({kI32Const, 0, kBrTable}).Number(1'000'000);
  for (uint32_t i = 0; i < 1'000'001; ++i) body.Bytes({static_cast<uint8_t>(i % 101)});
  body.Bytes({kEnd}, 101);
  EXPECT_TRUE(ValidateBody(body).ok());
}

TEST(HostileTest, BrTableOverLongTypeLists) {
  // A thousand results at each of a million targets.
  FuncType type;
  type.results.assign(limits::kResults, kI64);
  Body body;
  body.Bytes({kUnreachable, kBrTable}).Number(1'000'000).Bytes({0}, 1'000'001).Bytes({kEnd});
  EXPECT_TRUE(ValidateBody(body, type).ok());
}

TEST(HostileTest, BrTableCountBeyondTheBody) {
  Body body;
  body.Bytes({kI32Const, 0, kBrTable}).Number(UINT32_MAX).Bytes({0, 0, kEnd});
  EXPECT_FALSE(ValidateBody(body).ok());
}

TEST(HostileTest, CallsThatPileUpResults) {
  FuncType type;
  type.results.assign(limits::kResults, kI64);
  Body body;
  body.Bytes({kCall, 0}, 3'000'000).Bytes({kReturn, kEnd});
  const Checked result = ValidateBody(body, type);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kLimit);
  EXPECT_TRUE(result.error().message.starts_with("too many operands")) << result.error().message;
}

TEST(HostileTest, CallsOfAThousandParameters) {
  FuncType type;
  type.params.assign(limits::kParams, kI64);
  type.results.assign(limits::kResults, kI64);
  Body body;
  body.Bytes({kUnreachable}).Bytes({kCall, 0}, 500'000).Bytes({kReturn, kEnd});
  EXPECT_TRUE(ValidateBody(body, type).ok());
}

TEST(HostileTest, ArraysOfUnknownOperands) {
  syntax::Module module;
  {
    SubType array;
    array.kind = CompositeKind::kArray;
    array.fields = {{kI64}};
    SubType func;
    module.types = {func, array};
    module.rec_group_sizes = {1, 1};
    module.type_offsets = {0, 0};
  }
  Body body;
  body.Bytes({kUnreachable});
  for (int i = 0; i < 500'000; ++i)
    body.Bytes({0xFB, 0x08, 1}).Number(limits::kArrayNewFixed).Bytes({kReturn});
  body.Bytes({kEnd});
  module.funcs.resize(1);
  module.funcs[0].body.bytes = body.bytes();
  EXPECT_TRUE(ValidateBody(module).ok());
}

TEST(HostileTest, ManyFunctionsOfManyLocals) {
  static const std::vector<uint8_t> kBody = {kEnd};
  syntax::Module module = OneFunction({}, kBody, {{limits::kLocals, kI32}});
  for (int i = 0; i < 200'000; ++i) module.funcs.push_back(module.funcs[0]);
  EXPECT_TRUE(ValidateBody(module).ok());
}

TEST(HostileTest, LocalCountsThatOverflow) {
  static const std::vector<uint8_t> kBody = {kEnd};
  const Checked result = ValidateBody(OneFunction({}, kBody, {{UINT32_MAX, kI32}, {2, kI64}}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kLimit);
}

TEST(HostileTest, LocalsWithoutDefaultSetInManyBlocks) {
  // Each block sets what its end takes back.
  syntax::Module module;
  module.types.resize(1);
  module.types[0].func.params = {ValType::Ref(HeapKind::kFunc, false)};
  module.rec_group_sizes = {1};
  module.type_offsets = {0};
  Body body;
  for (int i = 0; i < 500'000; ++i)
    body.Bytes({kBlock, kEmpty, 0x20, 0, 0x21}).Number(1 + i % 40'000).Bytes({kEnd});
  body.Bytes({kEnd});
  module.funcs.resize(1);
  module.funcs[0].body.bytes = body.bytes();
  module.funcs[0].locals = {{limits::kLocals - 1, ValType::Ref(HeapKind::kFunc, false)}};
  EXPECT_TRUE(ValidateBody(module).ok());
}

TEST(HostileTest, ManyTypesInOneGroup) {
  syntax::Module module;
  constexpr uint32_t kTypes = 200'000;
  for (uint32_t i = 0; i < kTypes; ++i) {
    SubType type;
    type.kind = CompositeKind::kStruct;
    type.is_final = false;
    type.fields = {{ValType::Ref(HeapType::Concrete(kTypes - 1 - i), true)}};
    module.types.push_back(type);
    module.type_offsets.push_back(0);
  }
  module.rec_group_sizes = {kTypes};
  EXPECT_TRUE(ValidateBody(module).ok());
}

TEST(HostileTest, ManyExportsAndSegments) {
  static const std::vector<uint8_t> kBody = {kEnd};
  syntax::Module module = OneFunction({}, kBody);
  for (uint32_t i = 0; i < 300'000; ++i) {
    module.strings.push_back("e" + std::to_string(i));
    module.exports.push_back({module.strings.back(), syntax::ExternKind::kFunc, 0});
  }
  EXPECT_TRUE(ValidateBody(module).ok());
  module.exports.push_back(module.exports[0]);
  EXPECT_FALSE(ValidateBody(module).ok());
}

TEST(HostileTest, LongConstantExpressions) {
  std::vector<uint8_t> bytes = {kI32Const, 0};
  for (int i = 0; i < 1'000'000; ++i) bytes.insert(bytes.end(), {kI32Const, 1, 0x6A});
  bytes.push_back(kEnd);
  syntax::Module module;
  module.globals.push_back({{kI32, false}, {bytes, 0}});
  EXPECT_TRUE(ValidateBody(module).ok());
}

}  // namespace
}  // namespace airwasm::valid
