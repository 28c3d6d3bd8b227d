// What validation hands on: index spaces, and which resource is meant where.
#include <gtest/gtest.h>

#include "component/valid/test_util.h"

namespace airwasm::component::valid {
namespace {

using Path = std::vector<std::string>;

TEST(Info, ImportedAndDefinedResourcesHavePaths) {
  auto valid = ValidateText(R"(
    (import "a" (type $a (sub resource)))
    (import "i" (instance $i
      (export "in" (instance (export "r" (type (sub resource)))))
      (export "same" (type (eq $a)))))
    (type $r (resource (rep i32)))
    (instance $bag (export "r" (type $r)))
    (export "x" (instance $bag))
    (export "r" (type $r))
  )");
  ASSERT_TRUE(valid.ok()) << valid.error().ToString();
  const ComponentInfo& root = *(*valid).root;
  const ComponentType& type = (*valid).types->component(root.type);
  ASSERT_EQ(type.imported_resources.size(), 2u);
  EXPECT_EQ(type.imported_resources[0].id, root.types[0].id);
  EXPECT_EQ(type.imported_resources[0].path, Path({"a"}));
  EXPECT_EQ(type.imported_resources[1].path, Path({"i", "in", "r"}));
  const ResourceId own = root.own_resources.begin()->second;
  EXPECT_EQ(type.defined_resources, std::vector<ResourceId>{own});
  EXPECT_EQ(type.defined_paths, std::vector<Path>({{"x", "r"}}));
}

TEST(Info, InstantiationsSayWhichResourceIsWhich) {
  auto valid = ValidateText(R"(
    (component $c
      (import "in" (type $in (sub resource)))
      (type $r (resource (rep i32)))
      (export "out" (type $r))
      (export "again" (type $in)))
    (type $mine (resource (rep i32)))
    (instance $c1 (instantiate $c (with "in" (type $mine))))
    (instance $c2 (instantiate $c (with "in" (type $c1 "out"))))
  )");
  ASSERT_TRUE(valid.ok()) << valid.error().ToString();
  const ComponentInfo& root = *(*valid).root;
  const ComponentTypes& types = *(*valid).types;
  const ComponentType& inner = types.component(root.components[0]);
  const ResourceId mine = root.own_resources.begin()->second;
  ASSERT_EQ(root.instantiations.size(), 2u);
  const auto& first = root.instantiations.at(0);
  const auto& second = root.instantiations.at(1);
  const ResourceId in = inner.imported_resources[0].id;
  const ResourceId out = inner.defined_resources[0];
  using Pairs = std::vector<std::pair<ResourceId, ResourceId>>;
  EXPECT_EQ(first.imported, Pairs({{in, mine}}));
  ASSERT_EQ(first.defined.size(), 1u);
  EXPECT_EQ(first.defined[0].first, out);
  EXPECT_EQ(second.imported, Pairs({{in, first.defined[0].second}}));
  EXPECT_NE(second.defined[0].second, first.defined[0].second);
  const InstanceType& c1 = types.instance(root.instances[0]);
  EXPECT_EQ(c1.exports.Find("out")->type.id, first.defined[0].second);
  EXPECT_EQ(c1.exports.Find("again")->type.id, mine);
  EXPECT_TRUE(c1.fresh_resources.empty());
}

TEST(Info, AscriptionMakesAResourceAbstract) {
  auto valid = ValidateText(R"(
    (type $r (resource (rep i32)))
    (export $r1 "r1" (type $r))
    (export $r2 "r2" (type $r) (type (sub resource)))
  )");
  ASSERT_TRUE(valid.ok()) << valid.error().ToString();
  const ComponentInfo& root = *(*valid).root;
  const ResourceId own = root.own_resources.at(0);
  EXPECT_EQ(root.types[1].id, own);
  EXPECT_NE(root.types[2].id, own);
  using Pairs = std::vector<std::pair<ResourceId, ResourceId>>;
  EXPECT_EQ(root.ascribed, Pairs({{root.types[2].id, own}}));
}

TEST(Info, EqualTypesOfEqualFunctionsAreOne) {
  auto valid = ValidateText(R"(
    (type $a (record (field "x" u32)))
    (import "a" (type $a1 (eq $a)))
    (import "b" (type $a2 (eq $a)))
    (import "f" (func (param "p" $a1)))
    (import "g" (func (param "p" $a2)))
  )");
  ASSERT_TRUE(valid.ok()) << valid.error().ToString();
  const ComponentInfo& root = *(*valid).root;
  EXPECT_EQ(root.funcs[0], root.funcs[1]);
  EXPECT_EQ(root.types[0], root.types[1]);
}

TEST(Info, CoreIndexSpaces) {
  auto valid = ValidateText(R"(
    (core module $m
      (memory (export "m") 1) (table (export "t") 2 funcref)
      (global (export "g") (mut i64) (i64.const 0)) (tag (export "e") (param i32))
      (func (export "f") (param i32)))
    (core instance $i (instantiate $m))
    (alias core export $i "m" (core memory))
    (alias core export $i "t" (core table))
    (alias core export $i "g" (core global))
    (alias core export $i "e" (core tag))
    (func (param "x" u32) (canon lift (core func $i "f")))
    (component (component))
  )");
  ASSERT_TRUE(valid.ok()) << valid.error().ToString();
  const ComponentInfo& root = *(*valid).root;
  EXPECT_EQ(root.core_memories.at(0).limits.min, 1u);
  EXPECT_EQ(root.core_tables.at(0).limits.min, 2u);
  EXPECT_TRUE(root.core_globals.at(0).mut);
  EXPECT_EQ(root.core_tags.size(), 1u);
  EXPECT_EQ(root.core_funcs.size(), 1u);
  EXPECT_EQ(root.funcs.size(), 1u);
  ASSERT_TRUE(root.nested.contains(0));
  EXPECT_EQ(root.nested.at(0)->components.size(), 1u);
}

}  // namespace
}  // namespace airwasm::component::valid
