#include "engine/lint.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine {

using namespace validator;

namespace {

constexpr std::size_t kMaxWarnings = 8;

class Linter {
 public:
  Linter(const mend::Statement& statement) : s_(statement) {}

  std::vector<std::string> Run() {
    for (NodeId id = 0; id < s_.tree.size(); ++id) {
      Literal(id);
      Operator(id);
    }
    for (std::size_t i = 0; i < s_.scopes.scopes().size(); ++i) {
      const ScopeInfo& scope = s_.scopes.scopes()[i];
      Superlative(scope);
      Joins(static_cast<int>(i), scope);
      FanOut(scope);
    }
    if (warnings_.size() > kMaxWarnings) warnings_.resize(kMaxWarnings);
    return std::move(warnings_);
  }

 private:
  void Warn(std::string text) {
    if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) warnings_.push_back(std::move(text));
  }

  std::string NameOf(const OutputInfo& column) const {
    return s_.context.schema->tables[static_cast<std::size_t>(column.table)].name + "." +
           s_.context.schema->column(column.table, column.column).name;
  }

  // WHERE status = 'Paid' where no row has 'Paid'.
  void Literal(NodeId id) {
    if (s_.tree[id].kind != NodeKind::kBinary || s_.tree.LastName(id) != "=") return;
    const NodeId left = s_.tree.Children(id)[0], right = s_.tree.Children(id)[1];
    const bool text =
        s_.tree[right].kind == NodeKind::kLiteral && OpOf<LiteralOp>(s_.tree[right]) == LiteralOp::kString;
    const OutputInfo* column = s_.scopes.BaseOf(left);
    const schema::ColumnValues* values = text ? mend::ValuesOf(s_, column) : nullptr;
    if (!values || !values->complete) return;
    const std::string value(s_.tree.LiteralValue(right));
    if (std::find(values->values.begin(), values->values.end(), value) != values->values.end()) return;
    const std::string other = ColumnThatHas(*column, value);
    const std::string nearest = other.empty() ? NearestName(value, values->values) : "";
    Warn("no row has '" + Ellipsis(value, 60) + "' in " + NameOf(*column) +
         (other.empty() ? "" : "; " + other + " has it") +
         (nearest.empty() ? "" : "; did you mean '" + Ellipsis(nearest, 60) + "'?"));
  }

  // x = NULL is never true; count(…) / count(…) is cut to a whole number.
  void Operator(NodeId id) {
    if (s_.tree[id].kind != NodeKind::kBinary) return;
    const std::string_view op = s_.tree.LastName(id);
    const NodeId left = s_.tree.Children(id)[0], right = s_.tree.Children(id)[1];
    const bool null = s_.tree[right].kind == NodeKind::kLiteral && OpOf<LiteralOp>(s_.tree[right]) == LiteralOp::kNull;
    if (null && (op == "=" || op == "<>"))
      Warn(std::string(op) + " NULL is never true; write IS " + (op == "=" ? "" : "NOT ") + "NULL");
    const Type integer = schema::TypeClass::kInteger;
    if (op == "/" && HasAggregate(s_.tree, left) && s_.scopes.TypeOf(left) == integer &&
        s_.scopes.TypeOf(right) == integer)
      Warn("a whole number divided by a whole number loses what comes after the point; cast one of them to numeric");
  }

  // The name of another column of the same table with this very value.
  std::string ColumnThatHas(const OutputInfo& column, const std::string& value) const {
    const schema::Table& table = s_.context.schema->tables[static_cast<std::size_t>(column.table)];
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const schema::ColumnValues* values = s_.context.values->Of(column.table, static_cast<int>(i));
      if (values && std::find(values->values.begin(), values->values.end(), value) != values->values.end())
        return table.name + "." + table.columns[i].name;
    }
    return {};
  }

  // ORDER BY price DESC LIMIT 1 gives the rows without a price first.
  void Superlative(const ScopeInfo& scope) {
    if (scope.query == kNoNode || s_.tree.Child(scope.query, QuerySlots::kLimit) == kNoNode) return;
    const NodeId order = s_.tree.Child(scope.query, QuerySlots::kOrderBy);
    if (order == kNoNode) return;
    for (NodeId sort : s_.tree.Children(order)) {
      const OutputInfo* column = s_.scopes.BaseOf(s_.tree.Children(sort)[0]);
      if (!column || OpOf<SortDirection>(s_.tree[sort]) != SortDirection::kDescending ||
          s_.tree.Has(sort, kNullsLast) || s_.tree.Has(sort, kNullsFirst))
        continue;
      const schema::Column& info = s_.context.schema->column(column->table, column->column);
      if (info.not_null || !info.stats || info.stats->null_fraction <= 0) continue;
      Warn("rows without " + NameOf(*column) + " come first in this order; write DESC NULLS LAST to put them last");
    }
  }

  // Tables beside each other without a condition, and tables that nothing uses.
  void Joins(int index, const ScopeInfo& scope) {
    if (scope.sources.size() < 2) return;
    std::vector<int> root(scope.sources.size());
    for (std::size_t i = 0; i < root.size(); ++i) root[i] = static_cast<int>(i);
    const auto find = [&](int i) {
      while (root[static_cast<std::size_t>(i)] != i) i = root[static_cast<std::size_t>(i)];
      return i;
    };
    std::set<int> used;
    bool star = false;
    Walk(s_.tree, scope.query != kNoNode ? scope.query : scope.select, [&](NodeId id) {
      if (s_.tree[id].kind == NodeKind::kColumnRef && s_.tree.Has(id, kStarFlag)) star = true;
      if (const RefInfo* ref = s_.scopes.Ref(id); ref && ref->scope == index && ref->source >= 0)
        used.insert(ref->source);
      if (s_.tree[id].kind == NodeKind::kBinary || s_.tree[id].kind == NodeKind::kOr) {
        std::set<int> sides;
        Walk(s_.tree, id, [&](NodeId inner) {
          if (const RefInfo* ref = s_.scopes.Ref(inner); ref && ref->scope == index && ref->source >= 0)
            sides.insert(ref->source);
          return true;
        });
        for (int side : sides) root[static_cast<std::size_t>(find(side))] = find(*sides.begin());
      }
      return true;
    });
    if (!scope.merged.empty()) return;  // USING and NATURAL connect without a condition of their own
    for (std::size_t i = 1; i < scope.sources.size(); ++i) {
      if (find(static_cast<int>(i)) == find(0) || !scope.sources[i].known) continue;
      if (!used.count(static_cast<int>(i)) && !star)
        Warn("table " + scope.sources[i].name + " is joined but nothing of it is used");
      else
        Warn("no condition connects " + scope.sources[i].name + " with " + scope.sources[0].name +
             ": every row meets every row");
      return;
    }
  }

  // SUM over rows that a join to the many side has multiplied.
  void FanOut(const ScopeInfo& scope) {
    if (!s_.context.joins || scope.sources.size() < 2) return;
    const NodeId targets = s_.tree.Child(scope.select, SelectSlots::kTargets);
    if (targets == kNoNode) return;
    Walk(s_.tree, targets, [&](NodeId id) {
      if (s_.tree[id].kind == NodeKind::kQuery) return false;
      if (!IsAggregate(s_.tree, id) || (s_.tree.LastName(id) != "sum" && s_.tree.LastName(id) != "avg") ||
          s_.tree.Has(id, kDistinctFlag))
        return true;
      const NodeId list = s_.tree.Child(id, FunctionCallSlots::kArguments);
      const OutputInfo* column =
          list == kNoNode || s_.tree.Children(list).empty() ? nullptr : s_.scopes.BaseOf(s_.tree.Children(list)[0]);
      if (!column) return false;
      for (const SourceInfo& source : scope.sources) {
        if (source.table < 0 || source.table == column->table) continue;
        for (int index : s_.context.joins->EdgesOf(column->table)) {
          const schema::JoinEdge& edge = s_.context.joins->edges()[static_cast<std::size_t>(index)];
          if (edge.to_one && edge.table1 == source.table && edge.table2 == column->table) {
            Warn(NameOf(*column) + " is counted once for each row of " + source.name + " that joins it");
          }
        }
      }
      return false;
    });
  }

  const mend::Statement& s_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> LintStatement(std::string_view sql, const MendContext& context) {
  validator::Tree tree;
  validator::ParseError error;
  if (!validator::Parse(sql, {}, &tree, &error)) return {};
  const StatementScopes scopes(tree, *context.schema);
  const mend::Statement statement{tree, scopes, context};
  return Linter(statement).Run();
}

}  // namespace toomai::engine
