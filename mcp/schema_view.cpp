#include "mcp/schema_view.h"

#include <algorithm>

#include "base/text.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxCommentBytes = 300;
constexpr std::size_t kMaxListedValues = 30;

using schema::Column;
using schema::ForeignKey;
using schema::Schema;
using schema::Table;

std::string ColumnNames(const Table& table, const std::vector<int>& columns) {
  std::vector<std::string> names;
  for (const int column : columns) names.push_back(table.columns[column].name);
  return Join(names, ", ");
}

const ForeignKey* KeyOf(const Table& table, int column) {
  for (const ForeignKey& key : table.foreign_keys) {
    if (key.columns.size() == 1 && key.columns[0] == column) return &key;
  }
  return nullptr;
}

std::string Target(const Schema& schema, const ForeignKey& key) {
  if (key.target_table < 0) return "?";
  return QualifiedName(schema, key.target_table) + "(" +
         ColumnNames(schema.tables[key.target_table], key.target_columns) + ")";
}

bool InPrimaryKey(const Table& table, int column) {
  return std::find(table.primary_key.begin(), table.primary_key.end(), column) != table.primary_key.end();
}

void PutComment(Json* json, const std::string& comment) {
  if (!comment.empty()) (*json)["comment"] = Ellipsis(CleanUtf8(comment), kMaxCommentBytes);
}

std::vector<std::string> Capped(const std::vector<std::string>& values) {
  std::vector<std::string> capped(values.begin(), values.begin() + std::min(values.size(), kMaxListedValues));
  if (values.size() > kMaxListedValues) capped.push_back("… " + std::to_string(values.size()) + " in all");
  return capped;
}

Json TableHead(const Schema& schema, int index) {
  const Table& table = schema.tables[index];
  Json json = {{"name", QualifiedName(schema, index)}};
  if (table.kind != schema::TableKind::kTable) json["kind"] = std::string(ToString(table.kind));
  if (table.row_estimate >= 0) json["rows"] = static_cast<std::int64_t>(table.row_estimate);
  PutComment(&json, table.comment);
  return json;
}

// "id integer PK, customer_id integer -> customers(id), status text"
Json Summary(const Schema& schema, int index) {
  const Table& table = schema.tables[index];
  Json json = TableHead(schema, index);
  std::string columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (!column.readable) continue;
    if (!columns.empty()) columns += ", ";
    columns += schema::QuoteIdentifier(column.name) + " " + (column.base_type.empty() ? column.type : column.base_type);
    if (InPrimaryKey(table, static_cast<int>(i))) columns += " PK";
    if (const ForeignKey* key = KeyOf(table, static_cast<int>(i))) columns += " -> " + Target(schema, *key);
  }
  json["columns"] = columns;
  return json;
}

Json FullColumn(const Schema& schema, const Table& table, int index) {
  const Column& column = table.columns[index];
  Json json = {{"name", column.name}, {"type", column.type}};
  if (InPrimaryKey(table, index)) json["primary_key"] = true;
  if (column.not_null) json["not_null"] = true;
  if (const ForeignKey* key = KeyOf(table, index)) json["references"] = Target(schema, *key);
  PutComment(&json, column.comment);
  if (!column.enum_values.empty())
    json["values"] = Capped(column.enum_values);
  else if (!column.check_values.empty())
    json["values"] = Capped(column.check_values);
  if (!column.default_expr.empty() && column.default_expr.size() < 80) json["default"] = column.default_expr;
  return json;
}

Json Entry(const Schema& schema, int index, const std::string& detail) {
  if (detail == "names") return {{"name", QualifiedName(schema, index)}};
  return detail == "full" ? DescribeTable(schema, index) : Summary(schema, index);
}

bool Wanted(const Schema& schema, int index, const SchemaRequest& request) {
  const Table& table = schema.tables[index];
  if (!table.readable) return false;
  const std::string qualified = table.schema + "." + table.name;
  if (!request.tables.empty()) {
    return std::any_of(request.tables.begin(), request.tables.end(), [&](const std::string& name) {
      return EqualsIgnoreAsciiCase(name, table.name) || EqualsIgnoreAsciiCase(name, qualified);
    });
  }
  if (request.pattern.empty()) return true;
  return MatchesPattern(request.pattern, table.name) || MatchesPattern(request.pattern, qualified);
}

bool Glob(std::string_view pattern, std::string_view name) {
  // Greedy with one point of return: linear in practice, quadratic at worst.
  std::size_t p = 0, n = 0, star = std::string_view::npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool MatchesPattern(std::string_view pattern, std::string_view name) {
  const std::string lower_pattern = AsciiLower(pattern), lower_name = AsciiLower(name);
  if (lower_pattern.find_first_of("*?") == std::string::npos)
    return lower_name.find(lower_pattern) != std::string::npos;
  return Glob(lower_pattern, lower_name);
}

Json DescribeTable(const Schema& schema, int index) {
  const Table& table = schema.tables[index];
  Json json = TableHead(schema, index);
  Json columns = Json::array();
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].readable) columns.push_back(FullColumn(schema, table, static_cast<int>(i)));
  }
  json["columns"] = std::move(columns);
  if (table.primary_key.size() > 1) json["primary_key"] = ColumnNames(table, table.primary_key);
  Json keys = Json::array();
  for (const ForeignKey& key : table.foreign_keys) {
    if (key.columns.size() > 1) keys.push_back("(" + ColumnNames(table, key.columns) + ") -> " + Target(schema, key));
  }
  if (!keys.empty()) json["foreign_keys"] = std::move(keys);
  Json unique = Json::array();
  for (const auto& columns_of_key : table.unique_keys) unique.push_back(ColumnNames(table, columns_of_key));
  if (!unique.empty()) json["unique"] = std::move(unique);
  Json referenced = Json::array();
  for (std::size_t other = 0; other < schema.tables.size(); ++other) {
    for (const ForeignKey& key : schema.tables[other].foreign_keys) {
      if (key.target_table != index || !schema.tables[other].readable) continue;
      referenced.push_back(QualifiedName(schema, static_cast<int>(other)) + "(" +
                           ColumnNames(schema.tables[other], key.columns) + ")");
    }
  }
  if (!referenced.empty()) json["referenced_by"] = std::move(referenced);
  if (table.row_security) json["row_security"] = true;
  if (!table.partition_key.empty()) json["partition_key"] = table.partition_key;
  return json;
}

Json DescribeSchema(const Schema& schema, const SchemaRequest& request) {
  std::vector<int> wanted;
  for (std::size_t i = 0; i < schema.tables.size(); ++i) {
    if (Wanted(schema, static_cast<int>(i), request)) wanted.push_back(static_cast<int>(i));
  }
  Json json = {{"database", request.database},
               {"detail", request.detail},
               {"tables_total", schema.tables.size()},
               {"tables_matching", wanted.size()}};
  if (!schema.comment.empty()) PutComment(&json, schema.comment);

  Json tables = Json::array();
  std::size_t used = 0, next = std::min(request.first, wanted.size());
  for (; next < wanted.size(); ++next) {
    Json entry = Entry(schema, wanted[next], request.detail);
    used += Dump(entry).size() + 1;
    // One table is always shown, however big it is.
    if (used > request.budget && !tables.empty()) break;
    tables.push_back(std::move(entry));
  }
  const bool truncated = next < wanted.size();
  json["tables"] = std::move(tables);
  json["truncated"] = truncated;
  Json calls = Json::array();
  if (truncated) {
    json["next_cursor"] = "table:" + std::to_string(next);
    calls.push_back("describe_schema with the same arguments and cursor \"table:" + std::to_string(next) +
                    "\" for the next tables");
    if (request.detail != "names") calls.push_back("describe_schema with detail \"names\" for all names");
    calls.push_back("describe_schema with pattern or tables for fewer tables");
  } else if (wanted.empty()) {
    std::vector<std::string> names;
    for (const Table& table : schema.tables) names.push_back(table.name);
    const std::string asked = request.tables.empty() ? request.pattern : request.tables.front();
    const std::string nearest = NearestName(asked, names);
    calls.push_back(nearest.empty() ? "describe_schema with detail \"names\" and no pattern"
                                    : "describe_schema with tables [\"" + nearest + "\"]");
  } else if (request.detail != "full") {
    calls.push_back("describe_schema with tables [\"" + QualifiedName(schema, wanted.front()) +
                    "\"] and detail \"full\" for types, comments and values");
  }
  if (!calls.empty()) json["next"] = std::move(calls);
  return json;
}

}  // namespace toomai::mcp
