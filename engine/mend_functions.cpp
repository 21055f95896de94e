// Functions of MySQL, SQLite, BigQuery and SQL Server in PostgreSQL's words.
#include <algorithm>

#include "base/text.h"
#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine::mend {

using namespace validator;
using schema::TypeClass;

namespace {

struct Spelling {
  std::string_view name;
  int arguments;
  std::string_view text;  // $1 … are the arguments, as operands
};

constexpr Spelling kSpellings[] = {
    {"ifnull", 2, "coalesce($1, $2)"},
    {"nvl", 2, "coalesce($1, $2)"},
    {"isnull", 2, "coalesce($1, $2)"},
    {"isnull", 1, "($1 IS NULL)"},
    {"if", 3, "CASE WHEN $1 THEN $2 ELSE $3 END"},
    {"iif", 3, "CASE WHEN $1 THEN $2 ELSE $3 END"},
    {"len", 1, "length($1)"},
    {"instr", 2, "strpos($1, $2)"},
    {"locate", 2, "strpos($2, $1)"},
    {"charindex", 2, "strpos($2, $1)"},
    {"ucase", 1, "upper($1)"},
    {"lcase", 1, "lower($1)"},
    {"curdate", 0, "CURRENT_DATE"},
    {"curtime", 0, "CURRENT_TIME"},
    {"getdate", 0, "now()"},
    {"sysdate", 0, "now()"},
    {"utc_timestamp", 0, "now()"},
    {"rand", 0, "random()"},
    {"unix_timestamp", 1, "extract(epoch FROM $1)"},
    {"unixepoch", 1, "extract(epoch FROM ($1)::timestamp)"},
    {"from_unixtime", 1, "to_timestamp($1)"},
    {"dayofweek", 1, "(extract(dow FROM $1) + 1)"},
    {"weekday", 1, "(extract(isodow FROM $1) - 1)"},
    {"dayofyear", 1, "extract(doy FROM $1)"},
    {"dayofmonth", 1, "extract(day FROM $1)"},
    {"weekofyear", 1, "extract(week FROM $1)"},
    {"monthname", 1, "to_char($1, 'FMMonth')"},
    {"dayname", 1, "to_char($1, 'FMDay')"},
    {"last_day", 1, "((date_trunc('month', $1) + interval '1 month - 1 day')::date)"},
    {"datediff", 2, "(($1)::date - ($2)::date)"},
    {"date_add", 2, "($1 + $2)"},
    {"adddate", 2, "($1 + $2)"},
    {"date_sub", 2, "($1 - $2)"},
    {"subdate", 2, "($1 - $2)"},
    {"julianday", 1, "extract(julian FROM ($1)::timestamp)"},
    {"datetime", 1, "($1)::timestamp"},
    {"divide", 2, "(($1)::numeric / nullif($2, 0))"},
    {"safe_divide", 2, "(($1)::numeric / nullif($2, 0))"},
    {"subtract", 2, "($1 - $2)"},
    {"multiply", 2, "($1 * $2)"},
    {"add", 2, "($1 + $2)"},
    {"countif", 1, "count(*) FILTER (WHERE $1)"},
    {"total", 1, "coalesce(sum($1), 0)"},
    {"group_concat", 1, "string_agg(($1)::text, ',')"},
    {"group_concat", 2, "string_agg(($1)::text, $2)"},
    {"listagg", 2, "string_agg(($1)::text, $2)"},
    {"listagg", 1, "string_agg(($1)::text, '')"},
    {"truncate", 2, "trunc(($1)::numeric, $2)"},
    {"median", 1, "percentile_cont(0.5) WITHIN GROUP (ORDER BY $1)"},
    {"stdev", 1, "stddev($1)"},
    {"std", 1, "stddev_pop($1)"},
    {"var", 1, "variance($1)"},
    {"approx_count_distinct", 1, "count(DISTINCT $1)"},
    {"any_value", 1, "min($1)"},
    {"regexp_contains", 2, "($1 ~ $2)"},
    {"typeof", 1, "pg_typeof($1)::text"},
    {"charlength", 1, "length($1)"},
    {"space", 1, "repeat(' ', $1)"},
    {"nullifzero", 1, "nullif($1, 0)"},
    {"zeroifnull", 1, "coalesce($1, 0)"},
    {"tointeger", 1, "($1)::bigint"},
};

constexpr std::string_view kParts[] = {"year", "month", "day", "hour", "minute", "second", "quarter", "week"};

std::string Fill(std::string_view pattern, const std::vector<std::string>& arguments) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '$' && i + 1 < pattern.size() && pattern[i + 1] >= '1' && pattern[i + 1] <= '9') {
      out += arguments[static_cast<std::size_t>(pattern[++i] - '1')];
    } else {
      out += pattern[i];
    }
  }
  return out;
}

bool IsTextual(Type type) {
  return type == Type(TypeClass::kText) || type == Type(TypeClass::kEnum);
}

// A moment out of whatever the expression is: text needs a cast, the literal 'now' is today.
std::string AsMoment(const Statement& s, NodeId node) {
  if (s.tree[node].kind == NodeKind::kLiteral && AsciiLower(s.tree.LiteralValue(node)) == "now") return "now()";
  const Type type = s.scopes.TypeOf(node);
  if (IsTextual(type) || s.tree[node].kind == NodeKind::kLiteral) return Parenthesized(s.tree, node) + "::timestamp";
  return s.Text(node);
}

struct Format {
  std::string_view from, to;
};

// strftime('%Y-%m', x) and date_format(x, '%Y-%m'): the letters that matter.
std::string TranslateFormat(std::string_view format, bool mysql) {
  static constexpr Format kLetters[] = {
      {"Y", "YYYY"}, {"y", "YY"}, {"m", "MM"}, {"d", "DD"},         {"H", "HH24"},      {"S", "SS"}, {"j", "DDD"},
      {"b", "Mon"},  {"W", "IW"}, {"w", "D"},  {"e", "FMDD"},       {"c", "FMMM"},      {"p", "AM"}, {"h", "HH12"},
      {"I", "HH12"}, {"a", "Dy"}, {"s", "SS"}, {"F", "YYYY-MM-DD"}, {"T", "HH24:MI:SS"}};
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      if (((format[i] | 0x20) >= 'a' && (format[i] | 0x20) <= 'z'))
        out += std::string("\"") + format[i] + "\"";
      else
        out += format[i];
      continue;
    }
    const char letter = format[++i];
    if (letter == 'M') {
      out += mysql ? "FMMonth" : "MI";
      continue;
    }
    if (letter == 'i') {
      out += "MI";
      continue;
    }
    for (const Format& row : kLetters) {
      if (row.from[0] == letter) out += row.to;
    }
  }
  return out;
}

class FunctionMender {
 public:
  FunctionMender(const Statement& statement, Edits* edits) : s_(statement), edits_(edits) {}

  void Call(NodeId call) {
    if (s_.tree.NameCount(call) != 1) return;
    const std::string_view name = s_.tree.LastName(call);
    const NodeId list = s_.tree.Child(call, FunctionCallSlots::kArguments);
    const auto arguments = list == kNoNode ? std::span<const NodeId>() : s_.tree.Children(list);
    for (NodeId argument : arguments) {
      if (s_.tree[argument].kind == NodeKind::kNamedArgument) return;
    }
    if (Moments(call, name, arguments)) return;
    if (Distinct(name, arguments)) return;
    if (ByTable(call, name, arguments)) return;
    ByType(name, arguments);
  }

 private:
  void Replace(NodeId node, std::string text, const char* rule = "function", bool risky = false) {
    const ByteRange range = s_.Range(node);
    edits_->Replace(range.begin, range.end, std::move(text), rule, risky);
  }

  bool ByTable(NodeId call, std::string_view name, std::span<const NodeId> arguments) {
    for (const Spelling& row : kSpellings) {
      if (row.name != name || row.arguments != static_cast<int>(arguments.size())) continue;
      std::vector<std::string> texts;
      for (NodeId argument : arguments) texts.push_back(s_.Text(argument));
      if (row.text.find("FROM $1") != std::string_view::npos && !texts.empty()) texts[0] = AsMoment(s_, arguments[0]);
      if (s_.tree.Has(call, kDistinctFlag) && name == "group_concat") {
        Replace(call, "string_agg(DISTINCT (" + texts[0] + ")::text, " + (texts.size() > 1 ? texts[1] : "','") + ")");
        return true;
      }
      Replace(call, Fill(row.text, texts));
      return true;
    }
    return false;
  }

  bool Moments(NodeId call, std::string_view name, std::span<const NodeId> arguments) {
    for (std::string_view part : kParts) {
      if (name != part || arguments.size() != 1) continue;
      Replace(call, "extract(" + std::string(part) + " FROM " + AsMoment(s_, arguments[0]) + ")");
      return true;
    }
    const auto literal = [&](std::size_t i) {
      return i < arguments.size() && s_.tree[arguments[i]].kind == NodeKind::kLiteral
                 ? std::string(s_.tree.LiteralValue(arguments[i]))
                 : std::string();
    };
    if (name == "strftime" && !literal(0).empty()) {
      const std::string moment = arguments.size() > 1 ? AsMoment(s_, arguments[1]) : "now()";
      Replace(call, "to_char(" + Shifted(moment, arguments, 2) + ", " +
                        QuoteLiteral(TranslateFormat(literal(0), false)) + ")");
      return true;
    }
    if (name == "date_format" && arguments.size() == 2 && !literal(1).empty()) {
      Replace(call,
              "to_char(" + AsMoment(s_, arguments[0]) + ", " + QuoteLiteral(TranslateFormat(literal(1), true)) + ")");
      return true;
    }
    if ((name == "date" || name == "datetime") && !arguments.empty() &&
        (arguments.size() > 1 || AsciiLower(literal(0)) == "now")) {
      const std::string type = name == "date" ? "::date" : "";
      Replace(call, "(" + Shifted(AsMoment(s_, arguments[0]), arguments, 1) + ")" + type);
      return true;
    }
    // TIMESTAMPDIFF(YEAR, a, b), DATEDIFF(day, a, b), DATE_DIFF(b, a, DAY).
    if ((name == "timestampdiff" || name == "datediff" || name == "date_diff") && arguments.size() == 3) {
      const bool unit_last = name == "date_diff";
      const std::string unit = AsciiLower(s_.Text(arguments[unit_last ? 2 : 0]));
      const std::string from = AsMoment(s_, arguments[unit_last ? 1 : 1]),
                        to = AsMoment(s_, arguments[unit_last ? 0 : 2]);
      if (unit == "year")
        Replace(call, "extract(year FROM age(" + to + ", " + from + "))");
      else if (unit == "month") {
        Replace(call, "(extract(year FROM age(" + to + ", " + from + ")) * 12 + extract(month FROM age(" + to + ", " +
                          from + ")))");
      } else if (unit == "day")
        Replace(call, "((" + to + ")::date - (" + from + ")::date)");
      else
        return false;
      return true;
    }
    // BigQuery writes DATE_TRUNC(x, MONTH).
    if (name == "date_trunc" && arguments.size() == 2 && s_.tree[arguments[1]].kind == NodeKind::kColumnRef) {
      const RefInfo* ref = s_.scopes.Ref(arguments[1]);
      const std::string unit = AsciiLower(s_.Text(arguments[1]));
      if (ref && !s_.scopes.ColumnOf(*ref) &&
          std::find(std::begin(kParts), std::end(kParts), unit) != std::end(kParts)) {
        Replace(call, "date_trunc('" + unit + "', " + s_.Text(arguments[0]) + ")");
        return true;
      }
    }
    return false;
  }

  // SQLite's modifiers: date('now', '-1 year', 'start of month').
  std::string Shifted(std::string moment, std::span<const NodeId> arguments, std::size_t first) {
    for (std::size_t i = first; i < arguments.size(); ++i) {
      if (s_.tree[arguments[i]].kind != NodeKind::kLiteral) continue;
      const std::string modifier = AsciiLower(s_.tree.LiteralValue(arguments[i]));
      if (modifier.rfind("start of ", 0) == 0)
        moment = "date_trunc('" + modifier.substr(9) + "', " + moment + ")";
      else if (modifier.find_first_of("0123456789") != std::string::npos)
        moment = moment + " + interval " + QuoteLiteral(modifier);
    }
    return moment;
  }

  // count(DISTINCT a, b) counts rows elsewhere.
  bool Distinct(std::string_view name, std::span<const NodeId> arguments) {
    if (name != "count" || arguments.size() < 2) return false;
    const ByteRange first = s_.Range(arguments[0]), last = s_.Range(arguments.back());
    const std::string all(s_.tree.tokens.text().substr(first.begin, last.end - first.begin));
    edits_->Replace(first.begin, last.end, "(" + all + ")", "count-row");
    return true;
  }

  // Calls that exist, but not for this type of argument.
  void ByType(std::string_view name, std::span<const NodeId> arguments) {
    if (arguments.empty()) return;
    const Type first = s_.scopes.TypeOf(arguments[0]);
    if (name == "round" && arguments.size() == 2 && first != Type(TypeClass::kNumeric) &&
        first != Type(TypeClass::kInteger) && first) {
      Replace(arguments[0], Parenthesized(s_.tree, arguments[0]) + "::numeric", "round-numeric");
    }
    if ((name == "sum" || name == "avg") && first == Type(TypeClass::kBoolean)) {
      Replace(arguments[0], Parenthesized(s_.tree, arguments[0]) + "::int", "boolean-as-number");
    }
    static constexpr std::string_view kForText[] = {"substr",     "upper",  "lower",   "length", "replace",
                                                    "trim",       "left",   "right",   "ltrim",  "rtrim",
                                                    "split_part", "strpos", "reverse", "initcap"};
    if (std::find(std::begin(kForText), std::end(kForText), name) != std::end(kForText) && first && !IsTextual(first) &&
        (schema::IsNumber(*first) || schema::IsMoment(*first) || *first == TypeClass::kBoolean)) {
      Replace(arguments[0], Parenthesized(s_.tree, arguments[0]) + "::text", "cast-to-text");
    }
  }

  const Statement& s_;
  Edits* edits_;
};

// (SELECT max(count(*)) FROM t GROUP BY k): the largest of the groups' counts.
void NestedAggregates(const Statement& s, Edits* edits) {
  for (const ScopeInfo& scope : s.scopes.scopes()) {
    const NodeId targets = s.tree.Child(scope.select, SelectSlots::kTargets);
    if (scope.query == kNoNode || targets == kNoNode || s.tree.Children(targets).size() != 1) continue;
    const NodeId outer = s.tree.Children(s.tree.Children(targets)[0])[0];
    if (!IsAggregate(s.tree, outer) || s.tree.Child(scope.select, SelectSlots::kGroupBy) == kNoNode) continue;
    const std::string_view name = s.tree.LastName(outer);
    const NodeId list = s.tree.Child(outer, FunctionCallSlots::kArguments);
    if ((name != "max" && name != "min") || list == kNoNode || s.tree.Children(list).size() != 1) continue;
    const NodeId inner = s.tree.Children(list)[0];
    if (!HasAggregate(s.tree, inner) || s.tree.Child(scope.query, QuerySlots::kLimit) != kNoNode ||
        s.tree.Child(scope.query, QuerySlots::kOrderBy) != kNoNode)
      continue;
    const std::string text = s.Text(inner);
    const ByteRange range = s.Range(outer);
    edits->Replace(range.begin, range.end, text, "nested-aggregate");
    edits->Insert(s.Range(scope.query).end, " ORDER BY " + text + (name == "max" ? " DESC" : "") + " LIMIT 1",
                  "nested-aggregate");
  }
}

}  // namespace

void Functions(const Statement& statement, Edits* edits) {
  FunctionMender mender(statement, edits);
  Walk(
      statement.tree, statement.tree.root(), [](NodeId) { return true; },
      [&](NodeId id) {
        if (statement.tree[id].kind == NodeKind::kFunctionCall) mender.Call(id);
      });
  NestedAggregates(statement, edits);
}

}  // namespace toomai::engine::mend
