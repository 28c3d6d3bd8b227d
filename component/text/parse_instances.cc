// Core modules, and instances of modules and components.
// Spec: component model, Explainer, "Component Definitions" and "Instance Definitions".
#include <string>

#include "component/text/component_parser.h"
#include "engine/text/wat.h"

namespace airwasm::component::text {

// "(" "core" "module" id? export* (import type | alias | field* | "binary" string* |
// "quote" string*) ")"
void ComponentParser::ParseCoreModule() {
  const Token at = in_.Peek();
  const uint32_t start = in_.pos();
  for (int i = 0; i < 3; ++i) in_.Take();
  const Id id = TakePlainId();
  const ExternNames exports = TakeInlineExports();
  uint32_t index = 0;
  if (const auto import = TakeInlineImport()) {
    index = FinishImport(*import, Sort::kCoreModule, id, at);
  } else if (AtInvertedAlias()) {
    index = ParseInvertedAlias(Sort::kCoreModule, id, at);
  } else {
    syntax::CoreModule module;
    if (in_.TakeKeyword("binary")) {
      const std::string bytes = TakeStrings("");
      module.bytes = KeepBytes(std::vector<uint8_t>(bytes.begin(), bytes.end()));
      Close();
    } else if (in_.TakeKeyword("quote")) {
      auto bytes = airwasm::text::WatToWasm("(module " + TakeStrings("\n") + ")", features_);
      if (!bytes.ok()) in_.Fail(at, bytes.error().message, bytes.error().kind);
      if (bytes.ok()) module.bytes = KeepBytes(*std::move(bytes));
      Close();
    } else {
      module.bytes = ParseModuleText(at, start, in_.pos());
    }
    index = Define(Sort::kCoreModule, id, at, module);
  }
  AddExports(exports, Sort::kCoreModule, index, at);
}

// Parses the module that begins at token `start` with its fields from token `fields`. It gets a
// copy of its text in which blanks hide what is not its own, so that columns stay as they are.
syntax::Bytes ComponentParser::ParseModuleText(const Token& at, uint32_t start, uint32_t fields) {
  const auto& tokens = in_.stream().tokens;
  in_.Seek(start);
  in_.SkipParens();
  if (!in_.ok()) return {};
  const uint32_t end = tokens[in_.pos() - 1].offset + 1;
  std::string text(in_.stream().text.substr(at.offset, end - at.offset));
  const auto hide = [&](uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; ++i) {
      if (text[i - at.offset] != '\n') text[i - at.offset] = ' ';
    }
  };
  const Token& core = tokens[start + 1];
  hide(core.offset, core.offset + core.size);
  // Behind "(core module id?": inline exports, if there are any.
  const uint32_t own = start + 3 + (tokens[start + 3].kind == TokenKind::kId ? 1 : 0);
  if (own < fields) {
    const Token& last = tokens[fields - 1];
    hide(tokens[own].offset, last.offset + last.size);
  }
  auto bytes = airwasm::text::WatToWasm(text, features_);
  if (bytes.ok()) return KeepBytes(*std::move(bytes));
  Error error = std::move(bytes).error();
  const Error place = airwasm::text::ErrorAt(in_.stream().text, at.offset, "");
  error.offset += at.offset;
  if (error.line <= 1) error.column += place.column - 1;
  error.line += place.line - (error.line == 0 ? 0 : 1);
  in_.Fail(std::move(error));
  return {};
}

// "(" "core" "instance" id? ("(" "instantiate" module arg* ")" | alias | export*) ")"
void ComponentParser::ParseCoreInstance() {
  const Token at = in_.Peek();
  for (int i = 0; i < 3; ++i) in_.Take();
  const Id id = TakeId();
  if (AtInvertedAlias()) {
    ParseInvertedAlias(Sort::kCoreInstance, id, at);
    return;
  }
  syntax::CoreInstance instance;
  if (in_.TakeLParen("instantiate")) {
    instance.module = TakeRef(Sort::kCoreModule, /*in_core=*/true);
    while (in_.ok() && in_.Kind() == TokenKind::kLParen) ParseCoreArg(instance);
    Close();
  } else {
    ParseCoreBundle(instance);
  }
  Close();
  Define(Sort::kCoreInstance, id, at, std::move(instance));
}

// "(" "with" name "(" "instance" (idx name* | export*) ")" ")"
void ComponentParser::ParseCoreArg(syntax::CoreInstance& instance) {
  const Token at = in_.Peek();
  if (!in_.TakeLParen("with")) {
    in_.Take();
    return Unexpected("with");
  }
  syntax::CoreInstance::Arg arg{TakeString("a name"), 0};
  if (in_.Kind() == TokenKind::kLParen) in_.Take();
  in_.TakeKeyword("core");
  if (!in_.TakeKeyword("instance")) return Unexpected("(instance");
  if (AtIdx()) {
    arg.instance = TakeProjection(Sort::kCoreInstance);
  } else {
    syntax::CoreInstance bundle;
    ParseCoreBundle(bundle);
    arg.instance = Define(Sort::kCoreInstance, {}, at, std::move(bundle));
  }
  Close();
  Close();
  instance.args.push_back(arg);
  CountItem();
}

// ("(" "export" name "(" sort idx name* ")" ")")*
void ComponentParser::ParseCoreBundle(syntax::CoreInstance& instance) {
  while (in_.TakeLParen("export")) {
    syntax::CoreInstance::Export exported{TakeString("a name"), {Sort::kCoreFunc, 0}};
    exported.item = TakeExternIdx(/*in_core=*/true);
    Close();
    instance.exports.push_back(exported);
    CountItem();
  }
}

// "(" "instance" id? export* (import type | alias | "(" "instantiate" component arg* ")" |
// export*) ")"
void ComponentParser::ParseInstance() {
  const Token at = in_.Peek();
  in_.TakeLParen("instance");
  const Id id = TakeId();
  const ExternNames exports = TakeInlineExports();
  uint32_t index = 0;
  if (const auto import = TakeInlineImport()) {
    index = FinishImport(*import, Sort::kInstance, id, at);
  } else if (AtInvertedAlias()) {
    index = ParseInvertedAlias(Sort::kInstance, id, at);
  } else {
    syntax::Instance instance;
    if (in_.TakeLParen("instantiate")) {
      instance.component = TakeRef(Sort::kComponent);
      while (in_.ok() && in_.Kind() == TokenKind::kLParen) ParseArg(instance);
      Close();
    } else {
      ParseBundle(instance);
    }
    Close();
    index = Define(Sort::kInstance, id, at, std::move(instance));
  }
  AddExports(exports, Sort::kInstance, index, at);
}

// "(" "with" name ("(" sort idx name* ")" | "(" "instance" export* ")") ")"
void ComponentParser::ParseArg(syntax::Instance& instance) {
  const Token at = in_.Peek();
  if (!in_.TakeLParen("with")) {
    in_.Take();
    return Unexpected("with");
  }
  syntax::Instance::Arg arg{TakeString("a name"), {Sort::kInstance, 0}};
  if (in_.AtLParen("instance") && !AtIdx(2)) {
    in_.TakeLParen("instance");
    syntax::Instance bundle;
    ParseBundle(bundle);
    Close();
    arg.item.index = Define(Sort::kInstance, {}, at, std::move(bundle));
  } else {
    arg.item = TakeExternIdx(/*in_core=*/false);
  }
  Close();
  instance.args.push_back(arg);
  CountItem();
}

// ("(" "export" name attribute* "(" sort idx name* ")" ")")*
void ComponentParser::ParseBundle(syntax::Instance& instance) {
  while (in_.TakeLParen("export")) {
    syntax::Instance::Export exported{TakeExternName(), {Sort::kFunc, 0}};
    exported.item = TakeExternIdx(/*in_core=*/false);
    Close();
    instance.exports.push_back(exported);
    CountItem();
  }
}

}  // namespace airwasm::component::text
