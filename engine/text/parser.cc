// The walks over a module's fields, and the identifiers of its index spaces.
#include "engine/text/parser.h"

#include "engine/text/module_parser.h"
#include "engine/text/number.h"

namespace airwasm::text {

Expected<syntax::Module> ParseModule(std::string_view text, const Features& features) {
  const TokenStream stream = Lex(text);
  return ModuleParser(stream, features).Run();
}

Expected<syntax::Module> ModuleParser::Run() {
  if (in_.TakeLParen("module")) {
    has_parens_ = true;
    if (in_.Kind() == TokenKind::kId) module_.names.module = std::string(IdText(in_.Take()));
    if (auto name = annotations_.TakeName(in_, "module")) module_.names.module = std::move(*name);
  }
  fields_begin_ = in_.pos();
  ScanFields();
  ForEachField([this] {
    if (in_.AtLParen("type")) {
      ParseTypeField();
    } else if (in_.AtLParen("rec")) {
      ParseRecField();
    } else {
      in_.SkipParens();
    }
  });
  ForEachField([this] {
    annotations_.TakeCustom(in_, module_);
    ParseField();
  });
  annotations_.TakeCustom(in_, module_);
  if (has_parens_) {
    in_.ExpectRParen();
    if (in_.Kind() != TokenKind::kEnd) in_.Unexpected("end of input");
  }
  annotations_.CheckAllTaken(in_);
  if (!in_.ok()) return in_.error();
  if (uses_data_) module_.data_count = static_cast<uint32_t>(module_.datas.size());
  return std::move(module_);
}

bool ModuleParser::AtModuleEnd() const {
  return has_parens_ ? in_.Kind() == TokenKind::kRParen || in_.Kind() == TokenKind::kEnd
                     : in_.Kind() == TokenKind::kEnd;
}

template <typename Visit>
void ModuleParser::ForEachField(Visit visit) {
  in_.Seek(fields_begin_);
  while (in_.ok() && !AtModuleEnd()) visit();
}

void ModuleParser::ScanFields() {
  ForEachField([this] {
    if (in_.Kind() != TokenKind::kLParen) return in_.Unexpected("a module field");
    ScanField();
  });
  // What follows the last field is checked now, so that the walks need not meet it again.
  if (in_.ok() && has_parens_ && in_.Kind() == TokenKind::kEnd) in_.Unexpected("\")\"");
}

// Counts what the field at the cursor defines, binds its identifier, and moves past it.
void ModuleParser::ScanField() {
  const uint32_t start = in_.pos();
  in_.Take();
  const Token word = in_.Peek();
  const std::string_view kind = in_.Text(word);
  if (word.kind != TokenKind::kKeyword) return in_.Unexpected("a module field");
  in_.Take();
  syntax::Names& names = module_.names;
  const auto skip = [&] {
    in_.Seek(start);
    in_.SkipParens();
  };
  if (kind == "type") {
    Bind(types_, names.types);
  } else if (kind == "rec") {
    in_.Seek(start);
    return in_.SkipParens([this] {
      if (!in_.AtLParen("type")) return;
      const uint32_t inner = in_.pos();
      in_.TakeLParen("type");
      Bind(types_, module_.names.types);
      in_.Seek(inner);
    });
  } else if (kind == "import") {
    in_.Take();
    in_.Take();
    in_.Take();
    const std::string_view what = in_.PeekText();
    in_.Take();
    if (what == "func") Bind(funcs_, names.funcs);
    if (what == "table") Bind(tables_, names.tables);
    if (what == "memory") Bind(memories_, names.memories);
    if (what == "global") Bind(globals_, names.globals);
    if (what == "tag") Bind(tags_, names.tags);
  } else if (kind == "func") {
    Bind(funcs_, names.funcs);
  } else if (kind == "global") {
    Bind(globals_, names.globals);
  } else if (kind == "tag") {
    Bind(tags_, names.tags);
  } else if (kind == "elem") {
    Bind(elems_, names.elems);
  } else if (kind == "data") {
    Bind(datas_, names.datas);
  } else if (kind == "table" || kind == "memory") {
    // An inline segment takes an index of its own.
    const bool is_table = kind == "table";
    if (is_table) {
      Bind(tables_, names.tables);
    } else {
      Bind(memories_, names.memories);
    }
    in_.Seek(start);
    return in_.SkipParens([this, is_table] {
      if (is_table && in_.AtLParen("elem")) ++elems_.count;
      if (!is_table && in_.AtLParen("data")) ++datas_.count;
    });
  } else if (kind != "export" && kind != "start") {
    in_.Seek(start + 1);
    return in_.Unexpected("a module field");
  }
  skip();
}

void ModuleParser::ParseField() {
  const std::string_view kind = in_.PeekText(1);
  if (kind == "func") return ParseFunc();
  if (kind == "import") return ParseImport();
  if (kind == "export") return ParseExport();
  if (kind == "table") return ParseTable();
  if (kind == "memory") return ParseMemory();
  if (kind == "global") return ParseGlobal();
  if (kind == "tag") return ParseTag();
  if (kind == "elem") return ParseElem();
  if (kind == "data") return ParseData();
  if (kind == "start") return ParseStart();
  in_.SkipParens();  // types: done in the second walk
}

std::string_view ModuleParser::IdText(const Token& id) {
  const std::string_view text = in_.Text(id).substr(1);
  if (!text.empty() && text[0] == '"') {
    module_.strings.push_back(DecodeString(text));
    return module_.strings.back();
  }
  return text;
}

uint32_t ModuleParser::Bind(Space& space, syntax::NameMap& names) {
  const uint32_t index = space.count++;
  if (in_.Kind() != TokenKind::kId) return index;
  const Token id = in_.Take();
  const std::string_view text = IdText(id);
  if (!space.ids.emplace(text, index).second) {
    in_.Fail(id, "duplicate " + std::string(space.kind) + " " + TokenReader::Quoted(in_.Text(id)));
    return index;
  }
  names[index] = std::string(text);
  return index;
}

uint32_t ModuleParser::TakeIndex(const Space& space) {
  if (in_.Kind() != TokenKind::kId)
    return static_cast<uint32_t>(in_.ExpectNat("an index of a " + std::string(space.full_name)));
  const Token id = in_.Take();
  const auto it = space.ids.find(IdText(id));
  if (it != space.ids.end()) return it->second;
  if (find_type_ && &space == &types_) {
    if (const auto index = find_type_(id)) return *index;
  }
  in_.Fail(id, "unknown " + std::string(space.full_name) + " " + TokenReader::Quoted(in_.Text(id)));
  return 0;
}

uint32_t ModuleParser::TakeFieldIndex(TypeIdx type) {
  if (in_.Kind() != TokenKind::kId)
    return static_cast<uint32_t>(in_.ExpectNat("an index of a field"));
  const Token id = in_.Take();
  if (const auto fields = field_ids_.find(type); fields != field_ids_.end()) {
    if (const auto it = fields->second.find(IdText(id)); it != fields->second.end())
      return it->second;
  }
  in_.Fail(id, "unknown field " + TokenReader::Quoted(in_.Text(id)));
  return 0;
}

std::optional<uint32_t> ModuleParser::TakeUse(std::string_view kind, const Space& space) {
  if (!in_.TakeLParen(kind)) return std::nullopt;
  const uint32_t index = TakeIndex(space);
  in_.ExpectRParen();
  return index;
}

syntax::Bytes ModuleParser::Store(std::vector<uint8_t> bytes) {
  bytes.shrink_to_fit();
  module_.storage.push_back(std::move(bytes));
  return module_.storage.back();
}

}  // namespace airwasm::text
