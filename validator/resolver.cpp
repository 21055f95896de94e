#include "validator/resolver.h"

namespace toomai::validator {

Resolver::Resolver(const Tree& tree, const Checker& checker, RuleSet disabled, ResolverState* state, Finding* finding,
                   bool in_definition)
    : tree_(tree),
      checker_(checker),
      catalog_(*checker.catalog()),
      disabled_(disabled),
      in_definition_(in_definition),
      state_(*state),
      has_user_functions_(catalog_.HasUserFunctions()),
      has_user_operators_(catalog_.HasUserOperators()),
      finding_(*finding) {
  state_.Clear(tree.size());
}

bool Resolver::Run() {
  return Query(tree_.root(), nullptr, &result_);
}

bool Resolver::Report(Rule rule, ByteRange range, std::string message, std::string hint,
                      std::vector<std::string> candidates, std::string_view sqlstate) {
  if (IsOff(rule)) return true;
  finding_.rule = std::string(RuleId(rule));
  finding_.begin = range.begin;
  finding_.end = range.end;
  finding_.message = std::move(message);
  finding_.hint = std::move(hint);
  finding_.candidates = std::move(candidates);
  finding_.sqlstate = std::string(sqlstate);
  return false;
}

RelationId Resolver::AddOpenRelation() {
  Relation relation;
  relation.kind = Relation::Kind::kOpen;
  return AddRelation(relation);
}

RelationId Resolver::AddColumns(std::size_t begin) {
  Relation relation;
  relation.first = static_cast<std::uint32_t>(state_.columns.size());
  relation.count = static_cast<std::uint32_t>(state_.building.size() - begin);
  for (std::size_t i = begin; i < state_.building.size(); ++i) {
    if (state_.building[i].source.column == kAnyColumn) relation.kind = Relation::Kind::kOpen;
    state_.columns.push_back(state_.building[i]);
  }
  state_.building.resize(begin);
  return AddRelation(relation);
}

void Resolver::SealLineage(std::size_t pending_begin, Column* column) {
  column->edges = static_cast<std::uint32_t>(state_.edges.size());
  column->edge_count = static_cast<std::uint32_t>(state_.pending.size() - pending_begin);
  state_.edges.insert(state_.edges.end(), state_.pending.begin() + static_cast<std::ptrdiff_t>(pending_begin),
                      state_.pending.end());
  state_.pending.resize(pending_begin);
}

bool Resolver::Expand(RelationId id, std::vector<Column>* out) {
  const Relation relation = At(id);  // a copy: nothing here adds relations, but callers' vectors may be ours
  const auto add = [&](std::string_view name, std::uint32_t column) {
    Column copy;
    copy.name = name;
    copy.source = {id, column};
    copy.plain = true;
    out->push_back(copy);
  };
  switch (relation.kind) {
    case Relation::Kind::kTable:
      for (std::uint32_t i = 0; i < relation.table->columns.size(); ++i) {
        add(i < relation.alias_count ? state_.alias_names[relation.aliases + i] : relation.table->columns[i].name, i);
      }
      return true;
    case Relation::Kind::kColumns:
      for (std::uint32_t i = 0; i < relation.count; ++i) add(state_.columns[relation.first + i].name, i);
      return true;
    case Relation::Kind::kJoin: {
      const auto is_merged = [&](std::string_view name) {
        for (std::uint32_t i = 0; i < relation.count; ++i) {
          if (state_.columns[relation.first + i].name == name) return true;
        }
        return false;
      };
      for (std::uint32_t i = 0; i < relation.count; ++i) add(state_.columns[relation.first + i].name, i);
      bool known = true;
      for (const RelationId side : {relation.left, relation.right}) {
        const std::size_t begin = out->size();
        known = Expand(side, out) && known;
        if (relation.count == 0) continue;
        std::size_t kept = begin;
        for (std::size_t i = begin; i < out->size(); ++i) {
          if (!is_merged((*out)[i].name)) (*out)[kept++] = (*out)[i];
        }
        out->resize(kept);
      }
      return known;
    }
    case Relation::Kind::kOpen: {
      Column any;
      any.source = {id, kAnyColumn};
      out->push_back(any);
      return false;
    }
  }
  return false;
}

}  // namespace toomai::validator
