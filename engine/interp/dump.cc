// Names for handlers, found by looking through the tables that the translator picks them from.
#include "engine/interp/dump.h"

#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/format.h"
#include "engine/interp/handler_tables.h"
#include "engine/interp/translator.h"

namespace airwasm::interp {
namespace {

// How a handler reads its cell. Operands are written by the letters of regcode.def, and: D = dst or
// the accumulator, A/B = an operand whose place is fixed by the handler.
struct Form {
  std::string name;
  std::string
      text;  // with $d $a $b $x $i $j $w $W $P for the cell's fields, $s for imm as an i16 in `b`
  int cells = 1;
};

using Forms = std::unordered_map<Handler*, Form>;

std::string SrcText(Src src, const char* field, const char* constant) {
  switch (src) {
    case Src::kSlot:
      return field;
    case Src::kImm:
      return constant;
    case Src::kAcc:
      return "acc";
    case Src::kWide:
      return "$W";
  }
  return "";
}

void AddNumeric(Forms& forms, Op op) {
  const NumericRow* const row = FindNumericRow(op);
  if (row == nullptr) return;
  const bool unary = Info(Info(op).signature).params.size() == 1;
  for (int a = 0; a < kNumSrc; ++a) {
    for (int b = 0; b < kNumSrc; ++b) {
      for (int d = 0; d < kNumDst; ++d) {
        Handler* const handler = row->handlers[a][b][d];
        if (handler == nullptr) continue;
        const Src sa = static_cast<Src>(a);
        const Src sb = static_cast<Src>(b);
        const bool constant_first = sa == Src::kImm || sa == Src::kWide;
        std::string text =
            absl::StrCat(std::string(d != 0 ? "$d acc <- " : "acc <- "), SrcText(sa, "$a", "$i"));
        if (!unary) absl::StrAppend(&text, ", ", SrcText(sb, constant_first ? "$a" : "$b", "$i"));
        forms.emplace(handler, Form{std::string(Info(op).text), text,
                                    sa == Src::kWide || sb == Src::kWide ? 2 : 1});
      }
    }
  }
}

void AddBranch(Forms& forms, Op op) {
  const BranchRow* const row = FindBranchRow(op);
  if (row == nullptr) return;
  const bool unary = Info(Info(op).signature).params.size() == 1;
  for (int a = 0; a < kNumSrc; ++a) {
    for (int b = 0; b < kNumSrc; ++b) {
      for (int when = 0; when < 2; ++when) {
        for (int backward = 0; backward < 2; ++backward) {
          Handler* const handler = row->handlers[a][b][when][backward];
          if (handler == nullptr) continue;
          const Src sb = static_cast<Src>(b);
          std::string text = SrcText(static_cast<Src>(a), "$a", "?");
          if (!unary) absl::StrAppend(&text, ", ", SrcText(sb, "$d", "$D"));
          absl::StrAppend(&text, " $j", backward != 0 ? " (polls)" : "");
          forms.emplace(handler, Form{std::string(when != 0 ? "br_if " : "br_unless ") +
                                          std::string(Info(op).text),
                                      text, sb == Src::kWide ? 2 : 1});
        }
      }
    }
  }
}

std::string AddressText(AddrMode mode) {
  const int index = static_cast<int>(mode);
  if (mode >= AddrMode::kScaled1 && mode <= AddrMode::kScaledAcc3)
    return absl::StrCat("[$a + ", UsesAcc(mode) ? "acc" : "$b", " << ",
                        (index - static_cast<int>(AddrMode::kScaled1)) % 3 + 1, " + $X]");
  if (mode >= AddrMode::kScaledImm0 && mode <= AddrMode::kScaledImmAcc3)
    return absl::StrCat("[", UsesAcc(mode) ? "acc" : "$a", " << ",
                        (index - static_cast<int>(AddrMode::kScaledImm0)) % 4, " + $i]");
  if (mode == AddrMode::kSlot) return "[$a + $i]";
  if (mode == AddrMode::kAcc) return "[acc + $i]";
  if (mode == AddrMode::kConst) return "[$i]";
  if (mode == AddrMode::kSum) return "[$a + $b + $X]";
  if (mode == AddrMode::kSumAcc) return "[$a + acc + $X]";
  if (mode == AddrMode::kOffset) return "[$a + $s + $X]";
  if (mode == AddrMode::kOffsetAcc) return "[acc + $s + $X]";
  return "[$a + $W] checked";
}

void AddMemory(Forms& forms, Op op) {
  for (int m = 0; m < kNumAddrModes; ++m) {
    const AddrMode mode = static_cast<AddrMode>(m);
    const int cells = mode == AddrMode::kChecked ? 2 : 1;
    const std::string name(Info(op).text);
    if (const LoadRow* const row = FindLoadRow(op)) {
      forms.emplace(row->handlers[m][0],
                    Form{name, absl::StrCat("acc <- ", AddressText(mode)), cells});
      forms.emplace(row->handlers[m][1],
                    Form{name, absl::StrCat("$d acc <- ", AddressText(mode)), cells});
    }
    if (const StoreRow* const row = FindStoreRow(op)) {
      const char* const values[] = {"$d", "$D", "acc"};
      for (int v = 0; v < 3; ++v) {
        if (row->handlers[m][v] == nullptr) continue;
        forms.emplace(row->handlers[m][v],
                      Form{name, absl::StrCat(AddressText(mode), " <- ", values[v]), cells});
      }
    }
    if (op == Op::V128Load)
      forms.emplace(FindLoad128(mode),
                    Form{name, absl::StrCat("$d <- ", AddressText(mode)), cells});
    if (op == Op::V128Store)
      forms.emplace(FindStore128(mode),
                    Form{name, absl::StrCat(AddressText(mode), " <- $d"), cells});
  }
}

Forms MakeForms() {
  Forms forms;
  for (size_t i = 0; i < kNumRegOps; ++i) {
    std::string text;
    for (const char* c = kRegInfos[i].operands; *c != 0; ++c)
      absl::StrAppend(&text, text.empty() ? "$" : ", $", std::string(1, *c));
    forms.emplace(kRegHandlers[i], Form{kRegInfos[i].name, text, kRegInfos[i].cells});
  }
  for (size_t i = 0; i < kNumOps; ++i) {
    const Op op = static_cast<Op>(i);
    const std::string name(Info(op).text);
    AddNumeric(forms, op);
    AddBranch(forms, op);
    AddMemory(forms, op);
    if (Handler* const h = FindSimdHandler(op))
      forms.emplace(h, Form{name, "$d <- $a, $b, $x", op == Op::I8x16Shuffle ? 2 : 1});
    for (const bool checked : {false, true}) {
      if (Handler* const h = FindSimdMemoryHandler(op, checked))
        forms.emplace(h, Form{name, "$d <- [$a + $W], $b", checked ? 3 : 2});
    }
    if (Handler* const h = FindAtomicHandler(op))
      forms.emplace(h, Form{name, "$d <- [$a + $W], $b, $x", 3});
  }
  for (int i = 0; i < 24; ++i) {
    const int k = i >> 3;
    const bool imm = (i & 4) != 0;
    const bool acc = (i & 2) != 0;
    Handler* const h = kShiftAdd[k][imm][acc][i & 1];
    forms.emplace(h, Form{"i32.add_shl", absl::StrCat((i & 1) != 0 ? "$d acc <- " : "acc <- ",
                                                      imm ? "$i" : "$a", ", ",
                                                      acc   ? "acc"
                                                      : imm ? "$a"
                                                            : "$b",
                                                      " << ", k + 1)});
  }
  for (size_t op = 0; op < kNumOps; ++op) {
    const SelectRow* const row = FindSelectRow(static_cast<Op>(op));
    for (int i = 0; row != nullptr && i < 16; ++i) {
      Handler* const h = row->handlers[i >> 3][i >> 2 & 1][i >> 1 & 1][i & 1];
      if (h == nullptr) continue;
      const std::string dst = (i & 1) != 0 ? "$d acc <- " : "acc <- ";
      forms.emplace(h, Form{"select " + std::string(kOps[op].text),
                            dst + ((i & 8) != 0 ? "acc" : "slot") + " $W ? $a : $b", 2});
    }
  }
  for (int i = 0; i < 16; ++i) {
    Handler* const h = kSelectInt[i >> 3 & 1][i >> 2 & 1][i >> 1 & 1][i & 1];
    forms.emplace(h, Form{"select", absl::StrCat((i & 1) != 0 ? "$d acc <- " : "acc <- ",
                                                 (i & 2) != 0 ? "acc" : "$x", " ? ",
                                                 (i & 8) != 0 ? "$A" : "$a", " : ",
                                                 (i & 4) != 0 ? "$s" : "$b")});
  }
  for (int i = 0; i < 4; ++i) {
    Handler* const h = kSelectFloat[i >> 1 & 1][i & 1];
    forms.emplace(h, Form{"select", absl::StrCat((i & 1) != 0 ? "$d acc <- " : "acc <- ",
                                                 (i & 2) != 0 ? "acc" : "$x", " ? $a : $b")});
  }
  for (int i = 0; i < 8; ++i) {
    forms.emplace(
        kCanonicalize[i >> 2][i >> 1 & 1][i & 1],
        Form{(i & 4) != 0 ? "f64.canonicalize" : "f32.canonicalize",
             absl::StrCat((i & 1) != 0 ? "$d acc <- " : "acc <- ", (i & 2) != 0 ? "acc" : "$a")});
  }
  forms.emplace(kCanonicalize128[0], Form{"f32x4.canonicalize", "$d <- $a"});
  forms.emplace(kCanonicalize128[1], Form{"f64x2.canonicalize", "$d <- $a"});
  forms.emplace(kSelect128[0], Form{"select", "$d <- $x ? $a : $b"});
  forms.emplace(kSelect128[1], Form{"select", "$d <- acc ? $a : $b"});
  return forms;
}

std::string FieldText(char letter, const FunctionCode& code, size_t index) {
  const Cell& cell = code.cells[index];
  const auto slot = [](uint16_t offset) { return absl::StrCat("s", offset / 8); };
  switch (letter) {
    case 'd':
      return slot(cell.dst);
    case 'a':
      return slot(cell.a);
    case 'b':
      return slot(cell.b);
    case 'x':
      return slot(cell.aux);
    case 'X':
      return absl::StrCat(cell.aux);
    case 'D':
      return absl::StrCat(static_cast<int16_t>(cell.dst));
    case 'A':
      return absl::StrCat(static_cast<int16_t>(cell.a));
    case 's':
      return absl::StrCat(static_cast<int16_t>(cell.b));
    case 'i':
      return absl::StrCat(cell.imm);
    case 'j':
      return absl::StrCat(
          "-> ", static_cast<int64_t>(index) + cell.imm / static_cast<int64_t>(sizeof(Cell)));
    case 'w':
      return absl::StrCat(cell.words[0], ":", cell.words[1]);
    case 'W':
      return FormatText("%#x", code.cells[index + 1].bits);
    default:  // an address, which differs from run to run
      return "*";
  }
}

const Forms& AllForms() {
  static const Forms* const forms = new Forms(MakeForms());
  return *forms;
}

}  // namespace

std::vector<Handler*> AllHandlers() {
  std::vector<Handler*> handlers;
  for (const auto& [handler, form] : AllForms()) {
    if (handler != nullptr) handlers.push_back(handler);
  }
  return handlers;
}

std::string HandlerName(Handler* handler) {
  const auto it = AllForms().find(handler);
  if (it == AllForms().end()) return "?";
  std::string name = it->second.name;
  if (!it->second.text.empty())
    absl::StrAppend(&name, " ", absl::StrReplaceAll(it->second.text, {{"$", ""}}));
  return name;
}

std::string Dump(const FunctionCode& code) {
  std::string out;
  for (size_t i = 0; i < code.cells.size();) {
    const Cell& cell = code.cells[i];
    const auto it = AllForms().find(cell.handler);
    if (it == AllForms().end()) {
      absl::StrAppendFormat(&out, "%5d  ?\n", i++);
      continue;
    }
    const Form& form = it->second;
    std::string operands;
    for (size_t c = 0; c < form.text.size(); ++c) {
      if (form.text[c] == '$') {
        absl::StrAppend(&operands, FieldText(form.text[++c], code, i));
      } else {
        operands.push_back(form.text[c]);
      }
    }
    absl::StrAppendFormat(&out, "%5d  %-20s %s", i, form.name, operands);
    size_t cells = static_cast<size_t>(form.cells);
    if (cells == 0) {  // br_table: distances follow
      const size_t count = static_cast<size_t>(cell.imm) + 1;
      for (size_t t = 0; t < count; ++t) {
        absl::StrAppend(
            &out, t == 0 ? " -> " : " ",
            i + static_cast<size_t>(reinterpret_cast<const int32_t*>(&code.cells[i + 1])[t]) /
                    sizeof(Cell));
      }
      cells = 1 + (count + 3) / 4;
    }
    out.push_back('\n');
    i += cells;
  }
  for (const CatchRange& range : code.catches) {
    absl::StrAppendFormat(&out, "try %d..%d", range.begin, range.end);
    if (range.delegate_depth != kNoSlot) absl::StrAppend(&out, " delegates");
    for (const CatchEntry& entry : range.entries) {
      const bool tagged = entry.kind == CatchKind::kCatch || entry.kind == CatchKind::kCatchRef;
      absl::StrAppend(&out, tagged ? absl::StrCat(" catch ", entry.tag) : " catch_all", " -> ",
                      entry.target);
    }
    out.push_back('\n');
  }
  return out;
}

std::string DumpFunction(runtime::Module& module, uint32_t func_index) {
  return Dump(*Translator(module, func_index).Run());
}

}  // namespace airwasm::interp
