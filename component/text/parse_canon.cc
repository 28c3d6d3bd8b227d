// Canonical definitions, in both directions of writing, and core items that are aliases.
// Spec: component model, Explainer, "Canonical Definitions".
#include "component/text/component_parser.h"
#include "component/types/limits.h"

namespace airwasm::component::text {

using syntax::Canon;
using syntax::CanonImmediates;
using syntax::CanonKind;
using syntax::CanonOpt;

// "(" "canon" kind immediates ("(" "func" id? type ")" | "(" "core" "func" id? ")") ")"
void ComponentParser::ParseCanon() {
  const Token at = in_.Peek();
  in_.TakeLParen("canon");
  Canon canon = ParseCanonBody();
  const bool lift = canon.kind == CanonKind::kLift;
  Id id;
  if (lift) {
    if (!in_.TakeLParen("func")) return Unexpected("(func");
    id = TakeId();
    canon.type = ParseFuncTypeUse();
  } else {
    if (!in_.TakeLParen("core")) return Unexpected("(core func");
    if (!in_.TakeKeyword("func")) return Unexpected("func");
    id = TakeId();
  }
  Close();
  Close();
  Define(lift ? Sort::kFunc : Sort::kCoreFunc, id, at, std::move(canon));
}

// "(" "core" sort id? alias ")", and "(" "core" "func" id? "(" "canon" kind immediates ")" ")"
void ComponentParser::ParseCoreItem(Sort sort) {
  const Token at = in_.Peek();
  for (int i = 0; i < 3; ++i) in_.Take();
  const Id id = TakeId();
  if (AtInvertedAlias()) {
    ParseInvertedAlias(sort, id, at);
    return;
  }
  if (sort != Sort::kCoreFunc || !in_.TakeLParen("canon"))
    return Unexpected(sort == Sort::kCoreFunc ? "(alias or (canon" : "(alias");
  const Token word = in_.Peek();
  Canon canon = ParseCanonBody();
  if (canon.kind == CanonKind::kLift)
    in_.Fail(word, "unexpected token lift, expected a definition of a core function");
  Close();
  Close();
  Define(Sort::kCoreFunc, id, at, std::move(canon));
}

// kind immediates
Canon ComponentParser::ParseCanonBody() {
  Canon canon;
  size_t kind = 0;
  while (kind < std::size(syntax::kCanons) && !in_.AtKeyword(syntax::kCanons[kind].text)) ++kind;
  if (kind == std::size(syntax::kCanons)) {
    Unexpected("a canonical definition");
    return canon;
  }
  in_.Take();
  canon.kind = static_cast<CanonKind>(kind);
  switch (syntax::kCanons[kind].immediates) {
    case CanonImmediates::kNone:
      break;
    case CanonImmediates::kType:
      canon.type = TakeRef(Sort::kType);
      break;
    case CanonImmediates::kOpts:
      ParseCanonOpts(canon);
      break;
    case CanonImmediates::kTypeOpts:
      canon.type = TakeRef(Sort::kType);
      ParseCanonOpts(canon);
      break;
    case CanonImmediates::kTypeAsync:
      canon.type = TakeRef(Sort::kType);
      canon.async = in_.TakeKeyword("async");
      break;
    case CanonImmediates::kAsync:
      canon.async = in_.TakeKeyword("async");
      break;
    case CanonImmediates::kCancel:
      canon.cancellable = in_.TakeKeyword("cancellable");
      break;
    case CanonImmediates::kCancelMemory:
      canon.cancellable = in_.TakeKeyword("cancellable");
      if (!in_.TakeLParen("memory")) {
        Unexpected("(memory");
        break;
      }
      canon.memory = TakeOptRef(Sort::kCoreMemory);
      Close();
      break;
    case CanonImmediates::kContext:
      canon.core_type = core_.ParseValType();
      canon.slot = static_cast<uint32_t>(in_.ExpectNat("a slot"));
      break;
    case CanonImmediates::kResultOpts:
      if (in_.TakeLParen("result")) {
        canon.result = ParseValType();
        Close();
      }
      ParseCanonOpts(canon);
      break;
    case CanonImmediates::kFuncTable:
      canon.type = TakeRef(Sort::kCoreType);
      canon.table = TakeRef(Sort::kCoreTable);
      break;
    case CanonImmediates::kLift:
      canon.func = TakeRef(Sort::kCoreFunc);
      ParseCanonOpts(canon);
      break;
    case CanonImmediates::kLower:
      canon.func = TakeRef(Sort::kFunc);
      ParseCanonOpts(canon);
      break;
  }
  return canon;
}

void ComponentParser::ParseCanonOpts(Canon& canon) {
  static constexpr struct {
    std::string_view word;
    CanonOpt::Kind kind;
  } kWords[] = {{"string-encoding=utf8", CanonOpt::Kind::kUtf8},
                {"string-encoding=utf16", CanonOpt::Kind::kUtf16},
                {"string-encoding=latin1+utf16", CanonOpt::Kind::kLatin1Utf16},
                {"async", CanonOpt::Kind::kAsync}};
  static constexpr struct {
    std::string_view word;
    CanonOpt::Kind kind;
    Sort sort;
  } kRefs[] = {{"memory", CanonOpt::Kind::kMemory, Sort::kCoreMemory},
               {"realloc", CanonOpt::Kind::kRealloc, Sort::kCoreFunc},
               {"post-return", CanonOpt::Kind::kPostReturn, Sort::kCoreFunc},
               {"callback", CanonOpt::Kind::kCallback, Sort::kCoreFunc}};
  for (bool found = true; found && in_.ok();) {
    found = false;
    for (const auto& row : kWords) {
      if (!in_.TakeKeyword(row.word)) continue;
      canon.opts.push_back({row.kind, 0});
      found = true;
    }
    for (const auto& row : kRefs) {
      if (!in_.TakeLParen(row.word)) continue;
      canon.opts.push_back({row.kind, TakeOptRef(row.sort)});
      Close();
      found = true;
    }
    if (canon.opts.size() > limits::kCanonOptions)
      in_.Fail(in_.Peek(), "too many canonical options", ErrorKind::kLimit);
  }
}

// idx, "(" "core" sort idx name* ")", or the older idx name*.
uint32_t ComponentParser::TakeOptRef(Sort sort) {
  return AtIdx() && forms_ == IndexForms::kAll ? TakeProjection(sort) : TakeRef(sort);
}

}  // namespace airwasm::component::text
