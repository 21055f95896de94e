// WITH: which parts see which, and recursion. See parse_cte.c of PostgreSQL.
#include "validator/resolver.h"

namespace toomai::validator {

bool Resolver::With(NodeId with, Scope& scope) {
  const auto parts = tree_.Children(with);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (Name(parts[i], 0) != Name(parts[j], 0)) continue;
      if (!Report(Rule::kDuplicateAlias, tree_.NameRange(parts[i]),
                  "WITH query name \"" + std::string(Name(parts[i], 0)) + "\" specified more than once",
                  "Give each WITH query its own name.", {}, "42712")) {
        return false;
      }
    }
  }
  const auto add = [&](NodeId node) {
    Cte cte;
    cte.name = Name(node, 0);
    cte.node = node;
    state_.ctes.push_back(cte);
    return static_cast<std::uint32_t>(state_.ctes.size() - 1);
  };
  if (!tree_.Has(with, kRecursive)) {
    for (const NodeId part : parts) {  // each sees the ones before it, and becomes visible when it is done
      const std::uint32_t cte = add(part);
      if (!RunCte(cte, scope)) return false;
      scope.ctes_end = cte + 1;
    }
    return true;
  }
  scope.recursive_with = true;
  for (const NodeId part : parts) add(part);
  scope.ctes_end = static_cast<std::uint32_t>(state_.ctes.size());
  for (std::uint32_t cte = scope.ctes_begin; cte < scope.ctes_end; ++cte) {
    if (state_.ctes[cte].state == Cte::State::kWaiting && !RunCte(cte, scope)) return false;
  }
  return true;
}

bool Resolver::RunCte(std::uint32_t cte, Scope& scope) {
  state_.ctes[cte].state = Cte::State::kRunning;
  const NodeId node = state_.ctes[cte].node;
  const Publish publish{cte};
  RelationId relation = kNoRelation;
  if (!Query(tree_.Child(node, CteSlots::kQuery), &scope, &relation, scope.recursive_with ? &publish : nullptr))
    return false;
  if (!NameCteColumns(cte, relation, &state_.ctes[cte].relation)) return false;
  state_.ctes[cte].state = Cte::State::kDone;
  if (!state_.ctes[cte].used_itself) return true;
  makes_long_values_ = makes_rows_ = true;
  return CheckRecursion(cte, scope);
}

bool Resolver::NameCteColumns(std::uint32_t cte, RelationId relation, RelationId* out) {
  const NodeId node = state_.ctes[cte].node;
  const NodeId names = tree_.Child(node, CteSlots::kColumns);
  const NodeId search = tree_.Child(node, CteSlots::kSearch), cycle = tree_.Child(node, CteSlots::kCycle);
  *out = relation;
  if ((names == kNoNode && search == kNoNode && cycle == kNoNode) || At(relation).kind == Relation::Kind::kOpen)
    return true;
  const std::uint32_t count = At(relation).count;
  if (names != kNoNode && tree_[names].child_count > count) {
    if (!Report(Rule::kColumnCount, tree_.Range(names),
                "WITH query \"" + std::string(state_.ctes[cte].name) + "\" has " + std::to_string(count) +
                    " columns available but " + std::to_string(tree_[names].child_count) + " columns specified",
                "Name at most the columns the query returns.", {}, "42P10")) {
      return false;
    }
  }
  const std::size_t begin = state_.building.size();
  Expand(relation, &state_.building);
  for (std::uint32_t i = 0; names != kNoNode && i < tree_[names].child_count && i < count; ++i) {
    state_.building[begin + i].name = Name(tree_.Child(names, i), 0);
  }
  const auto add = [&](std::string_view name) {
    Column column;
    column.name = name;
    column.type_name = "?";
    state_.building.push_back(column);
  };
  // SEARCH … SET seq, CYCLE … SET mark USING path: https://www.postgresql.org/docs/15/queries-with.html
  for (const NodeId clause : {search, cycle}) {
    if (clause == kNoNode) continue;
    const NodeId columns = tree_.Child(clause, 0);
    for (const NodeId column : tree_.Children(columns)) {
      bool known = false;
      for (std::uint32_t i = 0; i < count; ++i) known = known || state_.building[begin + i].name == Name(column, 0);
      if (known) continue;
      if (!Report(Rule::kUnknownColumn, tree_.Range(column),
                  (clause == search ? "search" : "cycle") + std::string(" column \"") + std::string(Name(column, 0)) +
                      "\" not in WITH query column list",
                  "Name a column of the WITH query.", {}, "42601")) {
        return false;
      }
    }
    add(Name(clause, 0));
    // The order and the path hold the values of the columns they are made of.
    if (clause == cycle) add(Name(tree_.Child(cycle, CteCycleSlots::kPath), 0));
    const std::size_t pending = state_.pending.size();
    for (const NodeId column : tree_.Children(columns)) {
      for (std::uint32_t i = 0; i < count; ++i) {
        if (state_.building[begin + i].name == Name(column, 0)) state_.pending.push_back({relation, i});
      }
    }
    SealLineage(pending, &state_.building.back());
  }
  *out = AddColumns(begin);
  return true;
}

bool Resolver::FindCte(std::string_view name, NodeId at, Scope& scope, RelationId* out, bool* found) {
  *found = false;
  for (Scope* level = &scope; level != nullptr; level = level->parent) {
    for (std::uint32_t cte = level->ctes_begin; cte < level->ctes_end; ++cte) {
      if (!SameName(state_.ctes[cte].name, name)) continue;
      *found = true;
      if (state_.ctes[cte].state == Cte::State::kWaiting && !RunCte(cte, *level)) return false;
      if (state_.ctes[cte].state == Cte::State::kRunning) {
        *out = AddOpenRelation();
        return Report(
            Rule::kRecursiveReference, tree_.Range(at),
            "recursive reference to query \"" + std::string(name) + "\" must not appear within its non-recursive term",
            "A recursive query has the form: first rows UNION [ALL] rows made from the query itself.", {}, "42P19");
      }
      if (state_.ctes[cte].state == Cte::State::kRecursiveTerm) state_.ctes[cte].used_itself = true;
      *out = state_.ctes[cte].relation;
      return true;
    }
  }
  return true;
}

}  // namespace toomai::validator
