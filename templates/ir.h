// The meaning of a question as a query, before it is text. Every way of answering without a model ends in this form;
// one renderer writes the SQL. Plain data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace toomai::templates {

struct Query;
struct Expr;
using ExprPtr = std::shared_ptr<Expr>;
using QueryPtr = std::shared_ptr<Query>;

enum class ExprKind {
  kColumn,     // source, column
  kStar,       // * inside count
  kAggregate,  // name = count, sum, avg, min, max; args[0]; distinct; filter in args[1] when present
  kText,       // text literal
  kNumber,     // numeric literal
  kBinary,     // args[0] name args[1]: = <> < <= > >= + - * / LIKE ILIKE
  kAnd,        // args
  kOr,         // args
  kNot,        // args[0]
  kIn,         // args[0] IN (query) or IN (args[1..])
  kNotIn,
  kBetween,  // args[0] BETWEEN args[1] AND args[2]
  kIsNull,   // args[0]
  kIsNotNull,
  kCall,      // name(args)
  kCast,      // args[0]::name
  kSubquery,  // (query)
  kRaw,       // name, SQL written by the operator or by a date rule
};

struct Expr {
  ExprKind kind = ExprKind::kRaw;
  std::string name;
  int source = -1, column = -1;
  bool of_outer = false;  // a column of the statement around this one
  bool distinct = false;
  bool over = false;                // of an aggregate: a window over all rows,
  std::vector<ExprPtr> over_order;  // or over those up to each in this order
  std::vector<ExprPtr> args;
  QueryPtr query;
  // Provenance: the mention of the question that asked for this part (-1: none did), and the rule that made it so.
  int mention = -1;
  const char* rule = "";
};

struct Source {
  int table = -1;
  int parent = -1;                      // the source it is joined to; -1 for the first
  std::vector<std::pair<int, int>> on;  // column of the parent, column here
  bool left = false;                    // LEFT JOIN
  QueryPtr derived;                     // a subquery instead of a table
  std::string alias;
};

struct SelectItem {
  ExprPtr expr;
  std::string alias;
};

struct OrderItem {
  ExprPtr expr;
  bool descending = false;
};

struct Query {
  bool distinct = false;
  std::vector<SelectItem> select;
  std::vector<Source> sources;
  std::vector<ExprPtr> where;  // all must hold
  std::vector<ExprPtr> group;
  std::vector<ExprPtr> having;
  std::vector<OrderItem> order;
  std::optional<long> limit, offset;
  bool ties = false;          // with those that equal the last row of the limit
  std::string set_operation;  // INTERSECT, UNION, EXCEPT
  QueryPtr other;
};

inline ExprPtr MakeColumn(int source, int column) {
  auto e = std::make_shared<Expr>();
  e->kind = ExprKind::kColumn;
  e->source = source;
  e->column = column;
  return e;
}
inline ExprPtr Make(ExprKind kind, std::string name, std::vector<ExprPtr> args = {}) {
  auto e = std::make_shared<Expr>();
  e->kind = kind;
  e->name = std::move(name);
  e->args = std::move(args);
  return e;
}
// Said by this mention, unless a nearer one is known.
inline ExprPtr SaidBy(int mention, const char* rule, ExprPtr e) {
  if (e && e->mention < 0) {
    e->mention = mention;
    e->rule = rule;
  }
  return e;
}
inline ExprPtr MakeNumber(std::string text) {
  return Make(ExprKind::kNumber, std::move(text));
}
inline ExprPtr MakeText(std::string text) {
  return Make(ExprKind::kText, std::move(text));
}
inline ExprPtr MakeRaw(std::string sql) {
  return Make(ExprKind::kRaw, std::move(sql));
}
inline ExprPtr MakeBinary(std::string op, ExprPtr a, ExprPtr b) {
  return Make(ExprKind::kBinary, std::move(op), {std::move(a), std::move(b)});
}
inline ExprPtr MakeAggregate(std::string name, ExprPtr argument, bool distinct = false) {
  auto e = Make(ExprKind::kAggregate, std::move(name), {std::move(argument)});
  e->distinct = distinct;
  return e;
}
inline ExprPtr MakeStar() {
  return Make(ExprKind::kStar, "*");
}
inline ExprPtr MakeSubquery(QueryPtr query) {
  auto e = Make(ExprKind::kSubquery, "");
  e->query = std::move(query);
  return e;
}
inline ExprPtr MakeIn(ExprPtr left, QueryPtr query, bool negated = false) {
  auto e = Make(negated ? ExprKind::kNotIn : ExprKind::kIn, "", {std::move(left)});
  e->query = std::move(query);
  return e;
}

}  // namespace toomai::templates
