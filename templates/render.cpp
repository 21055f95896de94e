#include "templates/render.h"

#include <algorithm>

#include "templates/derived_columns.h"

namespace toomai::templates {
namespace {

// One statement being written. Sources of nested queries are numbered on, so that no alias hides another.
class Writer {
 public:
  Writer(const schema::Schema& schema, std::vector<SaidPart>* said) : schema_(schema), said_(said) {}

  std::string Statement(const Query& query) {
    std::string sql = Block(query);
    if (!query.set_operation.empty() && query.other) {
      sql += " " + query.set_operation + " " + Block(*query.other);
    }
    return sql;
  }

 private:
  struct Scope {
    const Query* query;
    std::vector<std::string> aliases;
  };

  std::string Block(const Query& query) {
    Scope scope{&query, {}};
    const bool named_within =
        std::any_of(query.where.begin(), query.where.end(), [](const ExprPtr& e) { return NamesOuter(*e, false); });
    bool single = query.sources.size() == 1 && depth_ == 0 && query.other == nullptr && !named_within;
    for (std::size_t i = 0; i < query.sources.size(); ++i) {
      scope.aliases.push_back(single && !query.sources[i].derived ? "" : "t" + std::to_string(++aliases_));
    }
    scopes_.push_back(scope);
    ++depth_;
    std::string sql = query.distinct ? "SELECT DISTINCT " : "SELECT ";
    for (std::size_t i = 0; i < query.select.size(); ++i) {
      if (i) sql += ", ";
      sql += Text(*query.select[i].expr, 0);
      if (!query.select[i].alias.empty()) sql += " AS " + schema::QuoteIdentifier(query.select[i].alias);
    }
    if (!query.sources.empty()) sql += " FROM " + From(query);
    sql += Clause(" WHERE ", query.where);
    for (std::size_t i = 0; i < query.group.size(); ++i) sql += (i ? ", " : " GROUP BY ") + Text(*query.group[i], 0);
    sql += Clause(" HAVING ", query.having);
    for (std::size_t i = 0; i < query.order.size(); ++i) {
      sql += (i ? ", " : " ORDER BY ") + Text(*query.order[i].expr, 0);
      sql += query.order[i].descending ? " DESC NULLS LAST" : "";
    }
    const bool ties = query.ties && query.limit && !query.order.empty();
    if (query.limit && !ties) sql += " LIMIT " + std::to_string(*query.limit);
    if (query.offset) sql += " OFFSET " + std::to_string(*query.offset);
    if (ties) sql += " FETCH FIRST " + std::to_string(*query.limit) + " ROWS WITH TIES";
    --depth_;
    scopes_.pop_back();
    return sql;
  }

  std::string Relation(const Source& source, const std::string& alias) {
    std::string text =
        source.derived ? "(" + Statement(*source.derived) + ")" : schema::QualifiedName(schema_, source.table);
    return alias.empty() ? text : text + " AS " + alias;
  }

  std::string From(const Query& query) {
    std::string sql;
    for (std::size_t i = 0; i < query.sources.size(); ++i) {
      const Source& source = query.sources[i];
      const std::string alias = scopes_.back().aliases[i];
      if (i == 0) {
        sql += Relation(source, alias);
        continue;
      }
      if (source.parent < 0 || source.on.empty()) {
        sql += " CROSS JOIN " + Relation(source, alias);
        continue;
      }
      sql += (source.left ? " LEFT JOIN " : " JOIN ") + Relation(source, alias) + " ON ";
      for (std::size_t k = 0; k < source.on.size(); ++k) {
        if (k) sql += " AND ";
        sql += Column(source.parent, source.on[k].first) + " = " + Column(static_cast<int>(i), source.on[k].second);
      }
    }
    return sql;
  }

  // Does a subquery of the expression name a column of the statement it stands in?
  static bool NamesOuter(const Expr& e, bool inside) {
    if (e.kind == ExprKind::kColumn) return inside && e.of_outer;
    if (std::any_of(e.args.begin(), e.args.end(), [&](const ExprPtr& a) { return NamesOuter(*a, inside); }))
      return true;
    return e.query && std::any_of(e.query->where.begin(), e.query->where.end(),
                                  [](const ExprPtr& w) { return NamesOuter(*w, true); });
  }

  std::string Column(int source, int column, bool of_outer = false) {
    const Scope& scope = scopes_[scopes_.size() - (of_outer ? 2 : 1)];
    const Source& from = scope.query->sources[static_cast<std::size_t>(source)];
    std::string alias = scope.aliases[static_cast<std::size_t>(source)];
    const std::string qualifier = alias.empty() ? "" : alias + ".";
    if (!from.derived && IsDerived(schema_.column(from.table, column)))
      return DerivedText(schema_.tables[static_cast<std::size_t>(from.table)], schema_.column(from.table, column),
                         qualifier);
    std::string name = from.derived ? from.derived->select[static_cast<std::size_t>(column)].alias
                                    : schema_.column(from.table, column).name;
    return qualifier + schema::QuoteIdentifier(name);
  }

  std::string Clause(const char* word, const std::vector<ExprPtr>& parts) {
    std::string sql;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      sql += (i ? " AND " : word) + Text(*parts[i], parts.size() > 1 ? 3 : 0);
    }
    return sql;
  }

  static int Strength(const Expr& e) {
    switch (e.kind) {
      case ExprKind::kOr:
        return 1;
      case ExprKind::kAnd:
        return 2;
      case ExprKind::kNot:
        return 3;
      case ExprKind::kIn:
      case ExprKind::kNotIn:
      case ExprKind::kBetween:
      case ExprKind::kIsNull:
      case ExprKind::kIsNotNull:
        return 4;
      case ExprKind::kBinary:
        if (e.name == "+" || e.name == "-") return 6;
        if (e.name == "*" || e.name == "/") return 7;
        return 4;
      default:
        return 9;
    }
  }

  std::string Joined(const Expr& e, const char* word, int strength) {
    std::string sql;
    for (std::size_t i = 0; i < e.args.size(); ++i) sql += (i ? word : "") + Text(*e.args[i], strength + 1);
    return sql;
  }

  std::string Text(const Expr& e, int around) {
    std::string sql = Bare(e);
    if (said_ != nullptr && e.mention >= 0) said_->push_back({e.mention, e.rule, sql});
    return Strength(e) < around ? "(" + sql + ")" : sql;
  }

  std::string List(const std::vector<ExprPtr>& args, std::size_t from) {
    std::string sql;
    for (std::size_t i = from; i < args.size(); ++i) sql += (i > from ? ", " : "") + Text(*args[i], 0);
    return sql;
  }

  // A difference of columns needs no parentheses of its own inside those of a call.
  std::string Argument(const Expr& e) {
    std::string text = Text(e, 0);
    if (e.kind != ExprKind::kColumn || !text.starts_with('(') || text.find('(', 1) != std::string::npos) return text;
    return text.substr(1, text.size() - 2);
  }

  std::string Bare(const Expr& e) {
    switch (e.kind) {
      case ExprKind::kColumn:
        return Column(e.source, e.column, e.of_outer);
      case ExprKind::kStar:
        return "*";
      case ExprKind::kAggregate: {
        if (e.name == kWholeExpression) return Text(*e.args[0], 0);
        std::string sql = e.name + "(" + (e.distinct ? "DISTINCT " : "") + Argument(*e.args[0]) + ")";
        if (e.args.size() > 1) sql += " FILTER (WHERE " + Text(*e.args[1], 0) + ")";
        if (e.over) sql += e.over_order.empty() ? " OVER ()" : " OVER (ORDER BY " + List(e.over_order, 0) + ")";
        return sql;
      }
      case ExprKind::kText:
        return QuoteText(e.name);
      case ExprKind::kNumber:
      case ExprKind::kRaw:
        return e.name;
      case ExprKind::kBinary: {
        int s = Strength(e);
        return Text(*e.args[0], s == 4 ? 5 : s) + " " + e.name + " " + Text(*e.args[1], s + 1);
      }
      case ExprKind::kAnd:
        return Joined(e, " AND ", 2);
      case ExprKind::kOr:
        return Joined(e, " OR ", 1);
      case ExprKind::kNot:
        return "NOT (" + Text(*e.args[0], 0) + ")";
      case ExprKind::kIn:
      case ExprKind::kNotIn: {
        std::string list = e.query ? Statement(*e.query) : List(e.args, 1);
        return Text(*e.args[0], 5) + (e.kind == ExprKind::kIn ? " IN (" : " NOT IN (") + list + ")";
      }
      case ExprKind::kBetween:
        return Text(*e.args[0], 5) + " BETWEEN " + Text(*e.args[1], 5) + " AND " + Text(*e.args[2], 5);
      case ExprKind::kIsNull:
        return Text(*e.args[0], 5) + " IS NULL";
      case ExprKind::kIsNotNull:
        return Text(*e.args[0], 5) + " IS NOT NULL";
      case ExprKind::kCall:
        return e.name + "(" + List(e.args, 0) + ")";
      case ExprKind::kCast:
        return Text(*e.args[0], 9) + "::" + e.name;
      case ExprKind::kSubquery:
        return "(" + Statement(*e.query) + ")";
    }
    return "NULL";
  }

  const schema::Schema& schema_;
  std::vector<SaidPart>* const said_;
  std::vector<Scope> scopes_;
  int aliases_ = 0, depth_ = 0;
};

}  // namespace

std::string QuoteText(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\0') continue;
    if (c == '\'') out.push_back('\'');
    out.push_back(c);
  }
  return out + "'";
}

std::string RenderSql(const schema::Schema& schema, const Query& query, std::vector<SaidPart>* said) {
  return Writer(schema, said).Statement(query);
}

}  // namespace toomai::templates
