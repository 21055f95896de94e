#include "templates/derived_columns.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "schema/words.h"

namespace toomai::templates {
namespace {

constexpr std::size_t kMaxExpressionBytes = 1000;

bool NameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The end of the quoted text or name that begins at `from`.
std::size_t EndOfQuoted(const std::string& sql, std::size_t from) {
  const std::size_t end = sql.find(sql[from], from + 1);
  return end == std::string::npos ? sql.size() : end + 1;
}

// "sum(total)" -> sum, total; nothing when it is not one call around everything.
std::optional<std::pair<std::string, std::string>> OneAggregate(const std::string& expression) {
  const std::size_t open = expression.find('(');
  if (open == std::string::npos || !expression.ends_with(')')) return std::nullopt;
  const std::string name = schema::Fold(Trim(expression.substr(0, open)));
  static constexpr std::string_view kNames[] = {"sum", "avg", "min", "max", "count"};
  if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) return std::nullopt;
  int depth = 0;
  for (std::size_t i = open; i < expression.size(); ++i) {
    if (expression[i] == '\'' || expression[i] == '"') {
      i = EndOfQuoted(expression, i) - 1;
      continue;
    }
    depth += expression[i] == '(' ? 1 : expression[i] == ')' ? -1 : 0;
    if (depth == 0 && i + 1 < expression.size()) return std::nullopt;
  }
  return std::pair{name, std::string(Trim(expression.substr(open + 1, expression.size() - open - 2)))};
}

bool HoldsAggregate(const std::string& expression) {
  const std::string folded = schema::Fold(expression);
  for (std::string_view call : {"sum(", "avg(", "min(", "max(", "count("}) {
    if (folded.find(call) != std::string::npos) return true;
  }
  return false;
}

schema::Column Derived(const std::string& word, schema::TypeClass type, std::string expression) {
  schema::Column column;
  column.name = word;
  std::replace(column.name.begin(), column.name.end(), ' ', '_');
  column.type_class = type;
  column.number = kDerivedNumber;
  column.default_expr = std::move(expression);
  return column;
}

std::string Problem(const char* kind, const std::string& word, const std::string& what) {
  return std::string("glossary: the ") + kind + " '" + word + "' " + what;
}

}  // namespace

int FindTable(const schema::Schema& schema, const std::string& name) {
  const std::size_t dot = name.find('.');
  return dot == std::string::npos ? schema.FindTable("", name)
                                  : schema.FindTable(name.substr(0, dot), name.substr(dot + 1));
}

std::vector<std::string> AddDerivedColumns(const Glossary& glossary, schema::Schema* schema) {
  std::vector<std::string> problems;
  auto add = [&](const char* kind, const std::string& table, const std::string& expression, schema::Column column) {
    const int t = FindTable(*schema, table);
    if (t < 0) {
      problems.push_back(Problem(kind, column.name, "is about the table '" + table + "', which does not exist"));
    } else if (column.name.empty() || Trim(expression).empty() || expression.size() > kMaxExpressionBytes) {
      problems.push_back(Problem(kind, column.name, "needs a word and an expression of at most 1000 bytes"));
    } else {
      schema->tables[static_cast<std::size_t>(t)].columns.push_back(std::move(column));
    }
  };
  for (const Term& term : glossary.terms) {
    schema::Column column = Derived(term.word, schema::TypeClass::kBoolean, "(" + term.condition + ")");
    add("term", term.table, term.condition, std::move(column));
  }
  for (const Metric& metric : glossary.metrics) {
    const auto aggregate = OneAggregate(metric.expression);
    const bool whole = !aggregate && HoldsAggregate(metric.expression);
    std::string inner = !aggregate ? metric.expression : aggregate->second == "*" ? "1" : aggregate->second;
    if (!metric.condition.empty()) {
      if (whole) {
        problems.push_back(Problem("metric", metric.word, "has a condition beside several aggregates: write FILTER"));
        continue;
      }
      inner = "CASE WHEN " + metric.condition + " THEN " + inner + " END";
    }
    schema::Column column = Derived(metric.word, schema::TypeClass::kNumeric, "(" + inner + ")");
    column.base_type = "numeric";
    column.type = aggregate ? aggregate->first : whole ? kWholeExpression : "";
    add("metric", metric.table, metric.expression, std::move(column));
  }
  return problems;
}

namespace {

int BirthColumn(const schema::Table& table) {
  if (!table.readable || table.FindColumn("age") >= 0) return -1;
  for (int c = 0; c < static_cast<int>(table.columns.size()); ++c) {
    const schema::Column& column = table.columns[static_cast<std::size_t>(c)];
    const std::string name = schema::Fold(column.name);
    const bool birth =
        name.find("birth") != std::string::npos || name == "dob" || name == "date_of_birth" || name == "born";
    if (birth && column.readable && schema::IsMoment(column.type_class)) return c;
  }
  return -1;
}

}  // namespace

void AddAges(schema::Schema* schema) {
  for (schema::Table& table : schema->tables) {
    const int birth = BirthColumn(table);
    if (birth < 0) continue;
    const std::string moment = schema::QuoteIdentifier(table.columns[static_cast<std::size_t>(birth)].name);
    schema::Column column = Derived("age", schema::TypeClass::kInteger, "date_part('year', age(" + moment + "))");
    column.base_type = "int4";
    table.columns.push_back(std::move(column));
  }
}

namespace {

constexpr const char *kDays = "days", *kInterval = "interval";  // Column::base_type of a span

std::string SpanName(const schema::Table& table, int from, int to) {
  return table.columns[static_cast<std::size_t>(to)].name + " - " + table.columns[static_cast<std::size_t>(from)].name;
}

// Moments of what the rows tell of, not of a life.
std::vector<int> Moments(const schema::Table& table) {
  constexpr std::size_t kMost = 5;
  std::vector<int> moments;
  const bool stored = table.readable && table.kind != schema::TableKind::kView;
  for (int c = 0; stored && c < static_cast<int>(table.columns.size()) && moments.size() < kMost; ++c) {
    const schema::Column& column = table.columns[static_cast<std::size_t>(c)];
    if (column.readable && schema::IsMoment(column.type_class) && !IsDerived(column)) moments.push_back(c);
  }
  return moments;
}

}  // namespace

void AddSpans(schema::Schema* schema) {
  for (schema::Table& table : schema->tables) {
    const std::vector<int> moments = Moments(table);
    for (int from : moments) {
      for (int to : moments) {
        if (from == to) continue;
        const schema::Column &a = table.columns[static_cast<std::size_t>(from)],
                             &b = table.columns[static_cast<std::size_t>(to)];
        const bool days = a.type_class == schema::TypeClass::kDate && b.type_class == schema::TypeClass::kDate;
        schema::Column span =
            Derived(SpanName(table, from, to), days ? schema::TypeClass::kInteger : schema::TypeClass::kNumeric,
                    "(" + schema::QuoteIdentifier(b.name) + " - " + schema::QuoteIdentifier(a.name) + ")");
        span.name = SpanName(table, from, to);
        span.base_type = days ? kDays : kInterval;
        span.readable = false;  // no word names it
        table.columns.push_back(std::move(span));
      }
    }
  }
}

int SpanColumn(const schema::Table& table, int from, int to) {
  const std::string name = SpanName(table, from, to);
  for (int c = 0; c < static_cast<int>(table.columns.size()); ++c) {
    const schema::Column& column = table.columns[static_cast<std::size_t>(c)];
    if (IsSpan(column) && column.name == name) return c;
  }
  return -1;
}

bool IsSpan(const schema::Column& column) {
  return IsDerived(column) && (column.base_type == kDays || column.base_type == kInterval);
}

bool CountsDays(const schema::Column& span) {
  return span.base_type == kDays;
}

std::string MetricAggregate(const schema::Column& column) {
  return IsDerived(column) ? column.type : std::string();
}

std::string DerivedText(const schema::Table& table, const schema::Column& column, const std::string& qualifier) {
  const std::string& sql = column.default_expr;
  std::string out;
  for (std::size_t i = 0; i < sql.size();) {
    if (sql[i] == '\'') {
      const std::size_t end = EndOfQuoted(sql, i);
      out += sql.substr(i, end - i);
      i = end;
      continue;
    }
    const bool quoted = sql[i] == '"';
    if (!quoted && !NameByte(sql[i])) {
      out += sql[i++];
      continue;
    }
    std::size_t end = quoted ? EndOfQuoted(sql, i) : i;
    while (!quoted && end < sql.size() && NameByte(sql[end])) ++end;
    const std::string name = sql.substr(i, end - i);
    const std::string bare = quoted ? name.substr(1, name.size() - 2) : schema::Fold(name);
    const bool qualified = i > 0 && sql[i - 1] == '.';
    const int c = qualified ? -1 : table.FindColumn(bare);
    const bool own = c >= 0 && !IsDerived(table.columns[static_cast<std::size_t>(c)]);
    out += own ? qualifier + schema::QuoteIdentifier(bare) : name;
    i = end;
  }
  return out;
}

}  // namespace toomai::templates
