// The printer's state, shared by the files that each print one topic. Private to engine/text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash_map.h"
#include "engine/instr/instr.h"
#include "engine/syntax/module.h"
#include "engine/text/printer.h"

namespace airwasm::text {

// Identifiers of one index space, with their '$'.
class Ids {
 public:
  // Gives each name of an index below `count` an identifier. A name that is empty or taken gets
  // none; if `must_differ`, it is made to differ instead.
  void Assign(const syntax::NameMap& names, size_t count, bool must_differ);
  // The identifier of `index`, empty if it has none.
  std::string_view Find(uint32_t index) const;

 private:
  HashMap<uint32_t, std::string> ids_;
};

// Labels that surround an instruction, innermost last.
struct PrintLabel {
  std::string id{};     // with its '$', empty for none
  uint32_t number = 0;  // 1 + count of blocks around it, for comments
  uint32_t outer = 0;   // 1 + position of the label that this one hides by the same id, 0 for none
  bool hidden = false;  // by an inner label of the same id
};

class ModulePrinter {
 public:
  ModulePrinter(const syntax::Module& module, const PrintOptions& options)
      : m_(module), options_(options) {}

  std::string Run();

 private:
  friend class BodyPrinter;
  friend std::string SubTypeText(const SubType& type);
  friend std::string ExternTypeText(const syntax::ExternType& type);

  // --- lines (printer.cc)
  void NewLine();
  void Write(std::string_view text) { out_ += text; }
  // The identifier or the number.
  void WriteIndex(const Ids& ids, uint32_t index);
  // " $id (;3;) (@name ...)" behind the keyword of a definition.
  void WriteDefined(const Ids& ids, const syntax::NameMap& names, uint32_t index);
  void AssignIds();

  // --- types (print_types.cc)
  void PrintTypes();
  void PrintTypeDef(TypeIdx index);
  void PrintSubType(const SubType& type, const Ids& fields);
  void PrintFieldType(const FieldType& field);
  void PrintFields(const SubType& type, const Ids& ids);
  void PrintSignature(const FuncType& type, const Ids* param_ids);
  void PrintTypeUse(TypeIdx index, const Ids* param_ids);
  void PrintValType(ValType type);
  void PrintHeapType(HeapType type);
  void PrintLimits(const Limits& limits);
  void PrintTableType(const TableType& type);
  void PrintMemoryType(const MemoryType& type);
  void PrintGlobalType(const GlobalType& type);

  // --- fields (print_fields.cc)
  void PrintImports();
  void PrintTables();
  void PrintMemories();
  void PrintGlobals();
  void PrintTags();
  void PrintExports();
  void PrintElems();
  void PrintDatas();
  void PrintCustoms();
  void PrintFunc(uint32_t index);
  void PrintLocals(const syntax::Function& func, uint32_t num_params, const Ids& ids);
  // An expression where one folded instruction may stand, else inside "(word ...)".
  void PrintFoldedExpr(const syntax::Expr& expr, std::string_view word);
  // Instructions on one line, each after a blank.
  void PrintInlineExpr(const syntax::Expr& expr);

  // --- instructions (print_instr.cc)
  void PrintInstr(const Instr& instr, const std::vector<PrintLabel>& labels, const Ids* locals,
                  std::string_view label_id = {});
  void PrintImmediates(const Instr& instr, const std::vector<PrintLabel>& labels,
                       const Ids* locals);
  void PrintLabelRef(uint32_t index, const std::vector<PrintLabel>& labels);
  void PrintBlockType(const BlockType& type);
  void PrintMemArg(const Instr& instr);
  void PrintCatches(const Instr& instr, const std::vector<PrintLabel>& labels);
  void PrintV128(const Instr& instr);

  const syntax::Module& m_;
  const PrintOptions options_;
  std::string out_;
  size_t indent_ = 0;
  // Identifiers of the fields of a struct type.
  const Ids& FieldIds(TypeIdx type);

  HashMap<TypeIdx, Ids> fields_;
  Ids types_, funcs_, tables_, memories_, globals_, tags_, elems_, datas_;
};

}  // namespace airwasm::text
