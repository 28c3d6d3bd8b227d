// The validator of one outermost component, with all that is nested in it.
//
// Internal to this folder; Validate is the way in. One method per kind of definition; the files
// that hold them are named beside. `Fail` makes the error of the definition that is being looked
// at. Recursion follows nesting of components and types, which is limited here.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "component/types/limits.h"
#include "component/valid/scope.h"
#include "component/valid/validator.h"
#include "engine/base/status_macros.h"

namespace airwasm::component::valid {

// Resources and names exchanged in types of entities, as instantiation does it.
class EntitySubstitution;

class ComponentValidator {
 public:
  ComponentValidator(const Options& options, TypeRegistry& registry, ComponentTypes& types)
      : options_(options), registry_(registry), types_(types) {}

  // component.cc
  Expected<std::unique_ptr<ComponentInfo>> Component(const syntax::Component& component,
                                                     Scope* parent);

  // --- What the classes of this folder share ---

  Error Fail(std::string message, ErrorKind kind = ErrorKind::kInvalid) const;
  Error FailLimit(const std::string& what, uint64_t limit) const;
  // "unknown type 3: type index out of bounds"
  Error FailIndex(std::string_view what, uint32_t index) const;
  Checked Require(ComponentFeature feature, std::string_view what) const;
  // Charges for copying or comparing types: limits::kTypeWork.
  Checked Spend(uint64_t work);
  Checked SpendCopy(const NamedList<ExternType>& list);
  Checked SpendCopy(const std::vector<std::string>& path);

  // Pairs of instance types, or of component types, that were found to be equal.
  bool AreEqual(bool components, uint32_t a, uint32_t b) const {
    return equal_[components].contains(uint64_t{a} << 32 | b);
  }
  void SetEqual(bool components, uint32_t a, uint32_t b) {
    equal_[components].insert(uint64_t{a} << 32 | b);
    equal_[components].insert(uint64_t{b} << 32 | a);
  }

  ComponentTypes& types() { return types_; }
  TypeTable& values() { return types_.values(); }
  NamingTable& naming() { return naming_; }
  TypeRegistry& registry() { return registry_; }

  // entities.cc: types with their facts, within the limits.
  Checked CheckFacts(const EntityFacts& facts) const;
  Expected<InstanceTypeId> AddInstanceType(InstanceType type);
  Expected<ComponentTypeId> AddComponentType(ComponentType type);
  // The type of an instance whose resources are particular ones: fresh ones for those that the type
  // introduces, which are appended to `fresh`.
  Expected<InstanceTypeId> Open(InstanceTypeId id, std::vector<ResourceId>& fresh);
  // What instantiation makes of a component's exports.
  Expected<InstanceTypeId> InstanceOf(ComponentTypeId id, EntitySubstitution& substitution);

  // resources.cc
  // Whether a resource is mentioned that the type does not introduce itself.
  Expected<bool> HasFreeResource(const TypeItem& item);
  // Appends those resources with a name of their own in `type` that `set` has (and no longer has
  // then), or with kUnless, that it does not have yet.
  enum class Take : uint8_t { kIf, kUnless };
  Checked FindResources(const ExternType& type, Take take, std::unordered_set<ResourceId>& set,
                        std::vector<std::string>& path,
                        std::vector<ComponentType::ImportedResource>& found);

 private:
  Checked Define(const syntax::Definition& definition);
  Checked Do(const syntax::CoreModule& d);
  Checked Do(const syntax::CoreInstance& d);
  Checked Do(const syntax::CoreType& d);
  Checked Do(const std::unique_ptr<syntax::Component>& d);
  Checked Do(const syntax::Instance& d);
  Checked Do(const syntax::Alias& d);
  Checked Do(const syntax::Type& d);
  Checked Do(const syntax::Canon& d);
  Checked Do(const syntax::Start& d);
  Checked Do(const syntax::Import& d);
  Checked Do(const syntax::Export& d);
  Checked Do(const syntax::Value& d);
  Checked Do(const syntax::CustomSection& d);
  Expected<ComponentTypeId> Finish(Scope& scope);

  // index_spaces.cc
  Expected<TypeItem> TypeAt(uint32_t index) const;
  Expected<TypeItem> TypeAt(uint32_t index, TypeItem::Kind kind, std::string_view what) const;
  Expected<CoreModuleTypeId> ModuleTypeAt(uint32_t core_type) const;
  Expected<airwasm::TypeId> CoreFuncAt(uint32_t index) const;
  Expected<MemoryType> CoreMemoryAt(uint32_t index) const;
  // Consumes a value.
  Expected<ExternType> EntityAt(syntax::SortIdx at);
  Checked UseValue(uint32_t index);
  // Appends to the index space of its sort.
  Checked Push(const ExternType& type);
  Checked PushCoreFunc(airwasm::TypeId type);
  Checked PushInstance(InstanceTypeId type);
  Checked PushType(TypeItem item);
  Checked PushCoreType(CoreTypeItem item);

  // value_types.cc
  struct Typed {
    ValType type;
    NamingId naming = kNoNaming;
  };
  Expected<Typed> Resolve(syntax::ValType type);
  Expected<TypeItem> TypeDefinition(const syntax::DefType& type);
  Expected<TypeItem> Value(DefinedType type, std::vector<NamingId> naming, bool named = false);
  Expected<TypeItem> FuncTypeItem(const syntax::FuncType& type);
  Checked Label(NameSet& names, std::string_view label, std::string_view what,
                std::string_view what_short);

  // type_definitions.cc
  Expected<TypeItem> ComponentTypeItem(const syntax::ComponentType& type);
  Expected<TypeItem> InstanceTypeItem(const syntax::InstanceType& type);
  Expected<TypeItem> ResourceTypeItem(const syntax::ResourceType& type);
  Checked Declarators(const std::vector<syntax::Definition>& declarators, Scope& scope);

  // externs.cc
  enum class Direction : uint8_t { kImport, kExport };
  // Resources that the type introduces are appended to `fresh`.
  Expected<ExternType> Resolve(const syntax::ExternType& type, std::vector<ResourceId>& fresh);
  // The rules of names and of visibility; notes what `type` gives a name to.
  Checked AddExtern(Direction direction, const syntax::ExternName& name, const ExternType& type);
  Checked CheckName(std::string_view direction, const syntax::ExternName& name,
                    const ExternType& type, const ResourceNames& resources);
  Checked CheckAnnotated(const ParsedName& parsed, std::string_view name, const ExternType& type,
                         const ResourceNames& resources);
  Checked CheckImplements(std::string_view direction, const syntax::ExternName& name,
                          const ParsedName& parsed, const ExternType& type);
  Checked CheckVersionSuffix(const syntax::ExternName& name);

  // visibility.cc
  bool NameParts(const ExternType& type, NamedSet& names);
  bool IsVisible(const TypeItem& item, NamedSet& names);

  // instances.cc
  Expected<InstanceTypeId> Instantiate(const syntax::Instance& d, ComponentInfo::Instantiation& to);
  Expected<InstanceTypeId> Bundle(const syntax::Instance& d);

  // aliases.cc
  Checked ExportAlias(const syntax::Alias& d);
  Checked CoreExportAlias(const syntax::Alias& d);
  Checked OuterAlias(const syntax::Alias& d);

  // core_modules.cc
  Expected<CoreModuleTypeId> Module(syntax::Bytes bytes);
  Expected<CoreModuleTypeId> ModuleTypeDefinition(const syntax::ModuleType& type);
  // `ids` with those of the group behind; kNoType for module types.
  Expected<std::vector<airwasm::TypeId>> RecGroup(const syntax::ModuleType::RecGroup& group,
                                                  std::vector<airwasm::TypeId> ids);
  Expected<CoreTypeItem> OuterCoreType(const syntax::ModuleType::OuterAlias& alias) const;

  // core_instances.cc
  Expected<CoreInstanceTypeId> InstantiateModule(const syntax::CoreInstance& d);
  Expected<CoreInstanceTypeId> BundleCore(const syntax::CoreInstance& d);
  Expected<CoreExternType> CoreItemAt(syntax::SortIdx at) const;
  Checked PushCore(Sort sort, const CoreExternType& type);

  // canon_options.cc, canons.cc, builtins.cc
  struct CanonOptions;
  enum class OptionsOf : uint8_t { kLift, kLower, kTaskReturn, kCopy, kErrorContext };
  Expected<CanonOptions> ReadOptions(const std::vector<syntax::CanonOpt>& opts, OptionsOf of);
  Checked RequireOptions(const CanonOptions& options, std::span<const ValType> out_of_guest,
                         std::span<const ValType> into_guest) const;
  Checked RequireMemory(const CanonOptions& options) const;
  Checked RequireRealloc(const CanonOptions& options) const;
  Checked Lift(const syntax::Canon& d);
  Checked Lower(const syntax::Canon& d);
  Checked PlainBuiltin(const syntax::Canon& d);
  Checked ResourceBuiltin(const syntax::Canon& d);
  Checked TaskReturn(const syntax::Canon& d);
  Checked StreamBuiltin(const syntax::Canon& d);
  Checked ErrorContextBuiltin(const syntax::Canon& d);
  Checked ContextBuiltin(const syntax::Canon& d);
  Checked WaitBuiltin(const syntax::Canon& d);
  Checked NewThread(const syntax::Canon& d);
  Checked PushBuiltin(std::vector<airwasm::ValType> params, std::vector<airwasm::ValType> results);

  const Options& options_;
  TypeRegistry& registry_;
  ComponentTypes& types_;
  NamingTable naming_;
  Scope* scope_ = nullptr;
  size_t offset_ = 0;
  uint64_t work_ = 0;
  std::unordered_set<uint64_t> equal_[2];
  // Instances whose type no argument has an influence on.
  std::unordered_map<ComponentTypeId, InstanceTypeId> closed_instances_;
};

}  // namespace airwasm::component::valid
