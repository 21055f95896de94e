#include "validator/facts.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace toomai::validator {
namespace {

// Follows a column to the base columns below it. Each column of the statement is entered once.
class Lineage {
 public:
  Lineage(const ResolverState& state, const Checker& checker)
      : state_(state), checker_(checker), seen_(state.columns.size()) {}

  std::vector<ViewInfo::Source> Of(const ColumnSource& source) {
    ++round_;
    found_.clear();
    work_ = {source};
    while (!work_.empty()) {
      const ColumnSource next = work_.back();
      work_.pop_back();
      Enter(next);
    }
    std::sort(found_.begin(), found_.end(), [](const ViewInfo::Source& a, const ViewInfo::Source& b) {
      return a.table != b.table ? a.table < b.table : a.column < b.column;
    });
    found_.erase(std::unique(found_.begin(), found_.end(),
                             [](const ViewInfo::Source& a, const ViewInfo::Source& b) {
                               return a.table == b.table && a.column == b.column;
                             }),
                 found_.end());
    return found_;
  }

  // Whether the value is one base column, unchanged.
  bool IsPlain(ColumnSource source) const {
    for (int steps = 0; steps < 10000; ++steps) {
      if (source.relation == kNoRelation || source.column >= kAnyColumn) return false;
      const Relation& relation = state_.relations[source.relation];
      if (relation.kind == Relation::Kind::kTable) return PlainInView(*relation.table, source.column);
      if (relation.kind == Relation::Kind::kOpen || source.column >= relation.count) return false;
      const Column& column = state_.columns[relation.first + source.column];
      if (!column.plain) return false;
      source = column.source;
    }
    return false;
  }

 private:
  bool PlainInView(const CatalogTable& table, std::uint32_t column) const {
    if (!table.is_view) return true;
    const ViewInfo& view = checker_.View(table);
    return column < view.columns.size() && view.columns[column].plain;
  }

  void Enter(const ColumnSource& source) {
    if (source.relation == kNoRelation || source.column == kSystemColumn) return;
    const Relation& relation = state_.relations[source.relation];
    if (relation.kind == Relation::Kind::kTable) {
      if (source.column != kWholeRow) return AddTableColumn(*relation.table, source.column);
      for (std::uint32_t i = 0; i < relation.table->columns.size(); ++i) AddTableColumn(*relation.table, i);
      return;
    }
    if (source.column == kWholeRow || relation.kind == Relation::Kind::kOpen) {
      for (std::uint32_t i = 0; i < relation.count; ++i) EnterColumn(relation.first + i);
      return;
    }
    if (source.column < relation.count) EnterColumn(relation.first + source.column);
  }

  void EnterColumn(std::uint32_t index) {
    if (seen_[index] == round_) return;
    seen_[index] = round_;
    const Column& column = state_.columns[index];
    if (column.plain || column.source.column == kAnyColumn) work_.push_back(column.source);
    for (std::uint32_t i = 0; i < column.edge_count; ++i) work_.push_back(state_.edges[column.edges + i]);
  }

  void AddTableColumn(const CatalogTable& table, std::uint32_t column) {
    if (table.is_view) {
      const ViewInfo& view = checker_.View(table);
      if (view.known && column < view.columns.size()) {
        found_.insert(found_.end(), view.columns[column].sources.begin(), view.columns[column].sources.end());
        return;
      }
    }
    found_.push_back({&table, static_cast<int>(column)});
  }

  const ResolverState& state_;
  const Checker& checker_;
  std::vector<std::uint32_t> seen_;
  std::uint32_t round_ = 0;
  std::vector<ColumnSource> work_;
  std::vector<ViewInfo::Source> found_;
};

ColumnRef MakeRef(const ViewInfo::Source& source) {
  return {source.table->schema, source.table->name,
          source.table->columns[static_cast<std::size_t>(source.column)].name};
}

void SortUnique(std::vector<ColumnRef>* refs) {
  std::sort(refs->begin(), refs->end());
  refs->erase(std::unique(refs->begin(), refs->end()), refs->end());
}

bool IsAggregate(const Tree& tree, NodeId call, const Catalog* catalog) {
  FunctionInfo info{};
  if (FindBuiltinFunction(tree.LastName(call), &info)) {
    // rank() and its kin are aggregates only WITHIN GROUP.
    return info.is_aggregate && (!info.is_window || tree.Child(call, FunctionCallSlots::kWithinGroup) != kNoNode);
  }
  if (catalog == nullptr || !catalog->HasUserFunctions()) return false;
  for (const CatalogFunction* function : catalog->FindFunctions(tree.LastName(call))) {
    if (function->is_aggregate) return true;
  }
  return false;
}

void CountNodes(const Tree& tree, const Catalog* catalog, StatementFacts* facts) {
  std::vector<int> depth(tree.size(), 0);
  for (NodeId id = 0; id < tree.size(); ++id) {
    const Node& node = tree[id];
    for (const NodeId child : tree.Children(id)) {
      if (child != kNoNode) depth[id] = std::max(depth[id], depth[child]);
    }
    switch (node.kind) {
      case NodeKind::kQuery:
        ++depth[id];
        if (id != tree.root()) ++facts->subqueries;
        break;
      case NodeKind::kCte:
        ++facts->ctes;
        --facts->subqueries;
        break;
      case NodeKind::kJoin:
        ++facts->joins;
        break;
      case NodeKind::kSetOperation:
        ++facts->set_operations;
        break;
      case NodeKind::kSelect:
        if (const NodeId from = tree.Child(id, SelectSlots::kFrom); from != kNoNode)
          facts->joins += static_cast<int>(tree[from].child_count) - 1;
        facts->has_group = facts->has_group || tree.Child(id, SelectSlots::kGroupBy) != kNoNode;
        facts->distinct = facts->distinct || tree.Child(id, SelectSlots::kDistinct) != kNoNode;
        break;
      case NodeKind::kFunctionCall:
        facts->functions.emplace_back(tree.LastName(id));
        if (tree.Child(id, FunctionCallSlots::kOver) != kNoNode)
          ++facts->windows;
        else if (IsAggregate(tree, id, catalog))
          ++facts->aggregates;
        break;
      case NodeKind::kSpecialCall: {
        const SpecialFunction function = OpOf<SpecialFunction>(node);
        facts->functions.emplace_back(SpecialFunctionName(function));
        if (function == SpecialFunction::kJsonObjectAgg || function == SpecialFunction::kJsonArrayAgg)
          ++facts->aggregates;
        break;
      }
      case NodeKind::kParameter: {
        int number = 0;
        const std::string_view digits = tree.LiteralValue(id);  // at most five, says the lexer
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
        facts->max_parameter = std::max(facts->max_parameter, number);
        break;
      }
      default:
        break;
    }
  }
  facts->depth = depth[tree.root()];
  facts->has_limit = tree.Child(tree.root(), QuerySlots::kLimit) != kNoNode;
  facts->has_order = tree.Child(tree.root(), QuerySlots::kOrderBy) != kNoNode;
  std::sort(facts->functions.begin(), facts->functions.end());
  facts->functions.erase(std::unique(facts->functions.begin(), facts->functions.end()), facts->functions.end());
}

}  // namespace

std::vector<ViewInfo::Column> BaseColumns(const Resolver& resolver, const Checker& checker) {
  const ResolverState& state = resolver.state();
  const Relation& result = state.relations[resolver.result()];
  Lineage lineage(state, checker);
  std::vector<ViewInfo::Column> columns;
  if (result.kind != Relation::Kind::kColumns) return columns;
  for (std::uint32_t i = 0; i < result.count; ++i) {
    const ColumnSource source{resolver.result(), i};
    columns.push_back({lineage.Of(source), lineage.IsPlain(source)});
  }
  return columns;
}

void MakeFacts(const Tree& tree, const Resolver* resolver, const Checker& checker, StatementFacts* facts) {
  CountNodes(tree, checker.catalog(), facts);
  if (resolver == nullptr) return;
  const ResolverState& state = resolver->state();
  const auto add_column = [&](const ColumnSource& source) {
    if (source.relation == kNoRelation) return;
    const Relation& relation = state.relations[source.relation];
    if (relation.kind != Relation::Kind::kTable) return;
    for (std::uint32_t i = 0; i < relation.table->columns.size(); ++i) {
      if (source.column == i || source.column == kWholeRow)
        facts->columns.push_back(MakeRef({relation.table, static_cast<int>(i)}));
    }
  };
  for (const Relation& relation : state.relations) {
    if (relation.kind == Relation::Kind::kTable)
      facts->tables.push_back(relation.table->schema + "." + relation.table->name);
  }
  std::sort(facts->tables.begin(), facts->tables.end());
  facts->tables.erase(std::unique(facts->tables.begin(), facts->tables.end()), facts->tables.end());
  for (const ColumnSource& source : state.resolved) add_column(source);
  for (const Column& column : state.columns) add_column(column.source);
  for (const ColumnSource& source : state.edges) add_column(source);
  SortUnique(&facts->columns);

  const Relation& result = state.relations[resolver->result()];
  const std::vector<ViewInfo::Column> base = BaseColumns(*resolver, checker);
  for (std::uint32_t i = 0; i < base.size(); ++i) {
    OutputColumn output;
    output.name = std::string(state.columns[result.first + i].name);
    for (const ViewInfo::Source& source : base[i].sources) output.lineage.push_back(MakeRef(source));
    SortUnique(&output.lineage);
    output.is_plain = base[i].plain;
    output.exact = output.is_plain || output.lineage.empty();
    facts->outputs.push_back(std::move(output));
  }
}

}  // namespace toomai::validator
