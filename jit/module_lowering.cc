#include "jit/module_lowering.h"

#include <string>

#include "engine/tier/table_callees.h"
#include "engine/valid/context.h"
#include "jit/abi.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DIBuilder.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/MDBuilder.h"

namespace airwasm::jit {
namespace {

constexpr const char* kRegionNames[kNumRegions] = {"memory",           "memories", "globals",
                                                   "imported globals", "tables",   "context",
                                                   "objects",          "buffer",   "frame"};

// One letter for each column of native_helpers.def's types.
enum class HelperType : uint8_t { kNone, kI32, kI64, kPtr };
struct HelperInfo {
  HelperType result;
  HelperType params[8];  // up to the first kNone
};
const HelperInfo& InfoOf(Helper helper) {
  constexpr HelperType None = HelperType::kNone, I32 = HelperType::kI32, I64 = HelperType::kI64,
                       Ptr = HelperType::kPtr;
#define AIRWASM_LIST(...) {__VA_ARGS__}
#define AIRWASM_HELPER(name, memory, result, params) {result, AIRWASM_LIST params},
  static constexpr HelperInfo infos[] = {
#include "engine/runtime/native_helpers.def"
  };
#undef AIRWASM_HELPER
#undef AIRWASM_LIST
  return infos[static_cast<size_t>(helper)];
}

}  // namespace

ModuleLowering::ModuleLowering(const tier::CompileRequest& request)
    : wasm_(*request.module),
      options_(request.options),
      likely_callees_(request.likely_callees),
      context_(std::make_unique<llvm::LLVMContext>()),
      module_(std::make_unique<llvm::Module>("wasm", *context_)) {
  v128_ = llvm::FixedVectorType::get(llvm::Type::getInt64Ty(*context_), 2);
  universal_ = UniversalType(*context_);
  llvm::Type* const ptr = llvm::PointerType::get(*context_, 0);
  enter_ = llvm::FunctionType::get(llvm::Type::getVoidTy(*context_), {ptr, ptr, ptr}, false);

  llvm::MDBuilder metadata(*context_);
  llvm::MDNode* const root = metadata.createTBAARoot("airwasm");
  for (int i = 0; i < kNumRegions; ++i) {
    llvm::MDNode* const type = metadata.createTBAAScalarTypeNode(kRegionNames[i], root);
    regions_[i] = metadata.createTBAAStructTagNode(type, type, 0);
  }
  unlikely_ = metadata.createBranchWeights(1, 2000);
  likely_ = metadata.createBranchWeights(2000, 1);
  memory_kind_ = context_->getMDKindID("airwasm.mem");

  module_->addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  module_->addModuleFlag(llvm::Module::Warning, "Dwarf Version", 5);
  llvm::DIBuilder debug(*module_);
  file_ = debug.createFile("wasm", ".");
  unit_ = debug.createCompileUnit(llvm::DISourceLanguageName(llvm::dwarf::DW_LANG_C), file_,
                                  "airwasm", true, "", 0, "", llvm::DICompileUnit::LineTablesOnly);
  debug.finalize();
}

llvm::Type* ModuleLowering::TypeOf(ValType type) {
  switch (type.kind()) {
    case ValKind::kI32:
      return llvm::Type::getInt32Ty(*context_);
    case ValKind::kF32:
      return llvm::Type::getFloatTy(*context_);
    case ValKind::kF64:
      return llvm::Type::getDoubleTy(*context_);
    case ValKind::kV128:
      return v128_;
    case ValKind::kI64:
    case ValKind::kRef:
    case ValKind::kBottom:
      break;
  }
  return llvm::Type::getInt64Ty(*context_);
}

llvm::FunctionType* ModuleLowering::TypeOfHelper(Helper helper) {
  const auto type_of = [&](HelperType type) -> llvm::Type* {
    switch (type) {
      case HelperType::kNone:
        return llvm::Type::getVoidTy(*context_);
      case HelperType::kI32:
        return llvm::Type::getInt32Ty(*context_);
      case HelperType::kI64:
        return llvm::Type::getInt64Ty(*context_);
      case HelperType::kPtr:
        return llvm::PointerType::get(*context_, 0);
    }
    return nullptr;
  };
  const HelperInfo& info = InfoOf(helper);
  std::vector<llvm::Type*> params = {llvm::PointerType::get(*context_, 0)};
  for (const HelperType type : info.params) {
    if (type == HelperType::kNone) break;
    params.push_back(type_of(type));
  }
  return llvm::FunctionType::get(type_of(info.result), params, false);
}

// Stands for no wasm instruction, so it has no locations.
llvm::Function* ModuleLowering::NewTrampoline(llvm::FunctionType* type, const std::string& name) {
  auto* const function =
      llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module_.get());
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  function->setDSOLocal(true);
  function->addFnAttr("frame-pointer", "all");
  function->addFnAttr(llvm::Attribute::NoInline);  // FunctionLowering::Inline
  return function;
}

llvm::Function* ModuleLowering::NewFunction(llvm::FunctionType* type, const std::string& name) {
  llvm::Function* const function = NewTrampoline(type, name);
  llvm::DIBuilder debug(*module_, true, unit_);
  llvm::DISubprogram* const subprogram = debug.createFunction(
      file_, name, name, file_, 1, debug.createSubroutineType(debug.getOrCreateTypeArray({})), 1,
      llvm::DINode::FlagZero, llvm::DISubprogram::SPFlagDefinition);
  function->setSubprogram(subprogram);
  debug.finalizeSubprogram(subprogram);
  return function;
}

std::string ModuleLowering::FunctionName(uint32_t func_index) {
  return "f" + std::to_string(func_index);
}
std::string ModuleLowering::OsrName(uint32_t func_index, uint32_t loop_offset) {
  return "f" + std::to_string(func_index) + ".osr" + std::to_string(loop_offset);
}

llvm::Function* ModuleLowering::DeclareFunction(uint32_t func_index) {
  llvm::Function* const function = NewFunction(universal_, FunctionName(func_index));
  function->addParamAttr(kArgCallee, llvm::Attribute::Nest);
  AddContextAttributes(*function);
  functions_.resize(wasm_.syntax().funcs.size());
  functions_[func_index] = function;
  return function;
}

llvm::Function* ModuleLowering::DeclareOsr(uint32_t func_index, uint32_t loop_offset) {
  llvm::Function* const function = NewFunction(enter_, OsrName(func_index, loop_offset));
  AddContextAttributes(*function);
  return function;
}

void ModuleLowering::AddContextAttributes(llvm::Function& function) {
  function.addParamAttr(kArgContext, llvm::Attribute::NonNull);
  function.addParamAttr(kArgContext, llvm::Attribute::getWithDereferenceableBytes(
                                         *context_, wasm_.layout().size_bytes));
  function.addParamAttr(kArgContext, llvm::Attribute::getWithAlignment(*context_, llvm::Align(16)));
}

llvm::Function* ModuleLowering::FindFunction(uint32_t func_index) const {
  return func_index < functions_.size() ? functions_[func_index] : nullptr;
}

std::vector<uint32_t> ModuleLowering::LikelyCallees(uint32_t func_index, size_t module_offset,
                                                    TypeIdx type) const {
  std::vector<uint32_t> callees;
  for (const tier::LikelyCallee& likely : likely_callees_) {
    if (likely.func_index == func_index && likely.module_offset == module_offset &&
        valid().funcs[likely.callee] == valid().types[type])
      callees.push_back(likely.callee);
  }
  return callees;
}

const std::vector<uint32_t>& ModuleLowering::TableCallees(TypeIdx type) {
  const auto [known, is_new] = table_callees_.try_emplace(wasm_.type_ids()[type]);
  if (is_new) known->second = tier::TableCallees(wasm_, known->first);
  return known->second;
}

void ModuleLowering::Annotate(llvm::Instruction* instruction, Region region) {
  instruction->setMetadata(llvm::LLVMContext::MD_tbaa, regions_[static_cast<int>(region)]);
}

void ModuleLowering::AnnotateTrapping(llvm::LoadInst* load) {
  load->setMetadata(memory_kind_, llvm::MDNode::get(*context_, {}));
}

void ModuleLowering::AnnotateInvariant(llvm::LoadInst* load, Region region) {
  Annotate(load, region);
  load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(*context_, {}));
}

uint32_t ModuleLowering::LocationOf(uint32_t func_index, size_t offset, uint32_t parent) {
  const tier::CodeLocationEntry entry{func_index, static_cast<uint32_t>(offset), parent};
  if (locations_.empty() || locations_.back() != entry) locations_.push_back(entry);
  return static_cast<uint32_t>(locations_.size() - 1);
}

llvm::DebugLoc ModuleLowering::Location(llvm::Function* function, uint32_t location) {
  return llvm::DILocation::get(*context_, location + 1, 0, function->getSubprogram());
}

}  // namespace airwasm::jit
