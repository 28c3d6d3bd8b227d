// Throwing and catching, by try_table and by the legacy instructions.
#include "spec-tests/differential/generator.h"

namespace airwasm::differential {

void FunctionGenerator::Throw() {
  const uint32_t tag = random_.Below(static_cast<uint32_t>(plan_.module.tags.size()));
  const FuncType payload = plan_.module.types[plan_.module.tags[tag].type].func;
  // Rarely without a condition, since what follows is dead.
  const bool always = random_.Chance(1, 4);
  if (!always) {
    Expr(kI32);
    Open(Op::If, {});
  }
  PassAll(payload.params);
  code_.Do(Op::Throw, tag);
  if (!always) Close();
}

// Blocks around a try_table, innermost first, one for each clause; what comes out of each is used
// where it ends.
void FunctionGenerator::TryTable() {
  std::vector<CatchClause> clauses;
  std::vector<std::vector<ValType>> payloads;
  for (uint32_t i = 0, count = 1 + random_.Below(3); i < count; ++i) {
    CatchClause clause{.kind = static_cast<CatchKind>(random_.Below(4)), .label = i};
    std::vector<ValType> payload;
    if (clause.kind == CatchKind::kCatch || clause.kind == CatchKind::kCatchRef) {
      clause.tag = random_.Below(static_cast<uint32_t>(plan_.module.tags.size()));
      payload = plan_.module.types[plan_.module.tags[clause.tag].type].func.params;
    }
    if (clause.kind == CatchKind::kCatchRef || clause.kind == CatchKind::kCatchAllRef)
      payload.push_back(kExnRef);
    clauses.push_back(clause);
    payloads.push_back(std::move(payload));
  }
  std::vector<ValType> results;
  if (random_.Chance(1, 2)) results.push_back(NumberType());

  Open(Op::Block, {});  // the way out
  for (size_t i = payloads.size(); i-- > 0;) Open(Op::Block, payloads[i]);
  code_.TryTable(BlockOf({}, results), clauses);
  labels_.push_back({.types = results, .may_branch = true});
  Statements(4);
  if (random_.Chance(1, 3)) Throw();
  PassAll(results);
  Close();
  Consume(results);
  code_.Do(Op::Br, static_cast<uint32_t>(payloads.size()));
  for (size_t i = 0; i < payloads.size(); ++i) {
    Close();
    std::vector<ValType> payload = payloads[i];
    if (!payload.empty() && payload.back() == kExnRef) {
      payload.pop_back();
      const uint32_t local = Temp(kExnRef);
      code_.Do(Op::LocalSet, local);
      Consume(payload);
      if (random_.Chance(1, 3)) {
        Expr(kI32);
        Open(Op::If, {});
        code_.Do(Op::LocalGet, local);
        code_.Do(Op::ThrowRef);
        Close();
      }
    } else {
      Consume(payload);
    }
    Statements(2);
    if (i + 1 < payloads.size()) code_.Do(Op::Br, static_cast<uint32_t>(payloads.size() - 1 - i));
  }
  Close();
}

void FunctionGenerator::LegacyTry() {
  std::vector<ValType> results;
  if (random_.Chance(1, 2)) results.push_back(NumberType());
  Open(Op::Try, results);
  Statements(4);
  if (random_.Chance(1, 3)) Throw();
  PassAll(results);
  if (random_.Chance(1, 5)) {
    labels_.pop_back();
    // A label of a try hands to its clauses, any other to what is around it.
    code_.Do(Op::Delegate, random_.Below(static_cast<uint32_t>(labels_.size())));
    return Consume(results);
  }
  labels_.back().is_catch = true;
  const uint32_t tags = static_cast<uint32_t>(plan_.module.tags.size());
  for (uint32_t i = 0, count = random_.Below(3); i < count; ++i) {
    const uint32_t tag = random_.Below(tags);
    code_.Do(Op::Catch, tag);
    Consume(plan_.module.types[plan_.module.tags[tag].type].func.params);
    Statements(2);
    if (random_.Chance(1, 3)) Rethrow();
    PassAll(results);
  }
  if (random_.Chance(2, 3)) {
    code_.Do(Op::CatchAll);
    Statements(2);
    if (random_.Chance(1, 4)) Rethrow();
    PassAll(results);
  }
  Close();
  Consume(results);
}

// Under a condition, from a clause around here.
void FunctionGenerator::Rethrow() {
  std::vector<size_t> found;
  for (size_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i].is_catch) found.push_back(i);
  }
  if (found.empty()) return;
  const size_t label = random_.OneOf(found);
  Expr(kI32);
  Open(Op::If, {});
  code_.Do(Op::Rethrow, Depth(label));
  Close();
}

}  // namespace airwasm::differential
