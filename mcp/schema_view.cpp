#include "mcp/schema_view.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxCommentBytes = 300;
constexpr std::size_t kMaxListedValues = 30;
constexpr std::size_t kMaxReferences = 60;

using schema::Column;
using schema::ForeignKey;
using schema::Schema;
using schema::Table;

// Which columns of a table an answer shows.
struct Window {
  std::size_t first = 0;  // among all columns
  std::size_t room = 0;   // bytes
  std::size_t end = 0;    // set to the first column that was left out
  bool cut(const Table& table) const { return end < table.columns.size(); }
};

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

std::vector<std::string> Capped(const std::vector<std::string>& values, std::size_t most = kMaxListedValues) {
  std::vector<std::string> capped(values.begin(), values.begin() + std::min(values.size(), most));
  if (values.size() > most) capped.push_back("… " + std::to_string(values.size()) + " in all");
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

// "id integer PK, customer_id integer -> customers(id)"
std::string SummaryOfColumn(const Schema& schema, const Table& table, int index) {
  const Column& column = table.columns[index];
  std::string text = schema::QuoteIdentifier(column.name) + " ";
  text += column.base_type.empty() ? column.type : column.base_type;
  if (InPrimaryKey(table, index)) text += " PK";
  if (const ForeignKey* key = KeyOf(table, index)) text += " -> " + Target(schema, *key);
  return text;
}

Json Summary(const Schema& schema, int index, Window* window) {
  const Table& table = schema.tables[index];
  Json json = TableHead(schema, index);
  std::string columns;
  for (window->end = window->first; window->cut(table); ++window->end) {
    if (!table.columns[window->end].readable) continue;
    if (columns.size() > window->room) break;
    if (!columns.empty()) columns += ", ";
    columns += SummaryOfColumn(schema, table, static_cast<int>(window->end));
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

std::vector<std::string> ReferencesTo(const Schema& schema, int index) {
  std::vector<std::string> references;
  for (std::size_t other = 0; other < schema.tables.size(); ++other) {
    for (const ForeignKey& key : schema.tables[other].foreign_keys) {
      if (key.target_table != index || !schema.tables[other].readable) continue;
      references.push_back(QualifiedName(schema, static_cast<int>(other)) + "(" +
                           ColumnNames(schema.tables[other], key.columns) + ")");
    }
  }
  return references;
}

void AddKeys(const Schema& schema, int index, Json* json) {
  const Table& table = schema.tables[index];
  Json keys = Json::array();
  for (const ForeignKey& key : table.foreign_keys) {
    if (key.columns.size() > 1) keys.push_back("(" + ColumnNames(table, key.columns) + ") -> " + Target(schema, key));
  }
  if (!keys.empty()) (*json)["foreign_keys"] = std::move(keys);
  Json unique = Json::array();
  for (const auto& columns : table.unique_keys) unique.push_back(ColumnNames(table, columns));
  if (!unique.empty()) (*json)["unique"] = std::move(unique);
  const std::vector<std::string> references = ReferencesTo(schema, index);
  if (!references.empty()) (*json)["referenced_by"] = Capped(references, kMaxReferences);
}

Json FullTable(const Schema& schema, int index, Window* window) {
  const Table& table = schema.tables[index];
  Json json = TableHead(schema, index);
  Json columns = Json::array();
  std::size_t used = 0;
  for (window->end = window->first; window->cut(table); ++window->end) {
    if (!table.columns[window->end].readable) continue;
    Json column = FullColumn(schema, table, static_cast<int>(window->end));
    used += Dump(column).size() + 1;
    if (used > window->room && !columns.empty()) break;
    columns.push_back(std::move(column));
  }
  json["columns"] = std::move(columns);
  if (table.primary_key.size() > 1) json["primary_key"] = ColumnNames(table, table.primary_key);
  AddKeys(schema, index, &json);
  if (table.row_security) json["row_security"] = true;
  if (!table.partition_key.empty()) json["partition_key"] = table.partition_key;
  return json;
}

Json Entry(const Schema& schema, int index, const std::string& detail, Window* window) {
  window->end = schema.tables[index].columns.size();
  if (detail == "names") return {{"name", QualifiedName(schema, index)}};
  Json entry = detail == "full" ? FullTable(schema, index, window) : Summary(schema, index, window);
  if (window->first > 0 || window->cut(schema.tables[index])) {
    entry["columns_total"] = schema.tables[index].columns.size();
  }
  return entry;
}

bool Wanted(const Schema& schema, int index, const SchemaRequest& request) {
  const Table& table = schema.tables[index];
  if (!table.readable) return false;
  const std::string qualified = table.schema + "." + table.name;
  if (!request.tables.empty()) {
    return std::any_of(request.tables.begin(), request.tables.end(), [&](const std::string& name) {
      return EqualsIgnoreAsciiCase(name, table.name) || EqualsIgnoreAsciiCase(name, qualified) ||
             schema::Means(schema, index, name);
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
  std::string lower_pattern = AsciiLower(pattern);
  std::replace(lower_pattern.begin(), lower_pattern.end(), '%', '*');  // as in LIKE
  const std::string lower_name = AsciiLower(name);
  if (lower_pattern.find_first_of("*?") == std::string::npos)
    return lower_name.find(lower_pattern) != std::string::npos;
  return Glob(lower_pattern, lower_name);
}

Json DescribeTable(const Schema& schema, int index, std::size_t budget) {
  Window window{0, budget};
  return Entry(schema, index, "full", &window);
}

bool ReadSchemaCursor(std::string_view cursor, SchemaRequest* request) {
  constexpr std::string_view kStart = "table:";
  if (cursor.substr(0, kStart.size()) != kStart) return false;
  const char *at = cursor.data() + kStart.size(), *end = cursor.data() + cursor.size();
  const auto table = std::from_chars(at, end, request->first);
  if (table.ec != std::errc()) return false;
  if (table.ptr == end) return true;
  if (*table.ptr != ':') return false;
  const auto column = std::from_chars(table.ptr + 1, end, request->first_column);
  return column.ec == std::errc() && column.ptr == end;
}

namespace {

std::vector<int> WantedTables(const Schema& schema, const SchemaRequest& request) {
  std::vector<int> wanted;
  for (std::size_t i = 0; i < schema.tables.size(); ++i) {
    if (Wanted(schema, static_cast<int>(i), request)) wanted.push_back(static_cast<int>(i));
  }
  return wanted;
}

bool SummaryFits(const Schema& schema, const std::vector<int>& wanted, std::size_t budget) {
  std::size_t used = 0;
  for (const int index : wanted) {
    Window window{0, budget};
    used += Dump(Summary(schema, index, &window)).size() + 1;
    if (used > budget) return false;
  }
  return true;
}

// {"sales": 1200, "archive": 800}, when there is more than one.
Json TablesPerSchema(const Schema& schema, const std::vector<int>& wanted) {
  std::map<std::string, int> counts;
  for (const int index : wanted) ++counts[schema.tables[index].schema];
  return counts.size() > 1 ? Json(counts) : Json();
}

// A call as the model would make it: the same request, with some arguments changed.
std::string NextCall(const SchemaRequest& request, const Json& changes) {
  Json arguments = Json::object();
  if (!request.database.empty()) arguments["database"] = request.database;
  if (!request.detail.empty()) arguments["detail"] = request.detail;
  if (!request.pattern.empty()) arguments["pattern"] = request.pattern;
  if (!request.tables.empty()) arguments["tables"] = request.tables;
  arguments.update(changes);
  return "describe_schema " + Dump(arguments);
}

// Among the tables that are shown, whatever schema the name was given with.
std::string NearestTable(const Schema& schema, const std::string& asked) {
  std::vector<std::string> names;
  for (const Table& table : schema.tables) {
    if (!table.readable) continue;
    names.push_back(table.name);
    names.push_back(table.schema + "." + table.name);
  }
  std::string bare;
  std::copy_if(asked.begin(), asked.end(), std::back_inserter(bare), [](char c) { return c != '"'; });
  const std::string nearest = NearestName(bare, names);
  return nearest.empty() ? NearestName(bare.substr(bare.rfind('.') + 1), names) : nearest;
}

// Asked for by name, and not there: a misspelt one of several must not go unsaid.
Json NotFound(const Schema& schema, const SchemaRequest& request) {
  Json missing = Json::array();
  for (const std::string& name : request.tables) {
    SchemaRequest one;
    one.tables = {name};
    if (!WantedTables(schema, one).empty()) continue;
    Json entry = {{"name", Ellipsis(name, 200)}};
    if (const std::string nearest = NearestTable(schema, name); !nearest.empty()) entry["nearest"] = nearest;
    missing.push_back(std::move(entry));
  }
  return missing;
}

// What to call when nothing matched: the nearest name, or all of them.
std::string CallForNothing(const Schema& schema, const SchemaRequest& request) {
  const std::string nearest = NearestTable(schema, request.tables.empty() ? request.pattern : request.tables.front());
  SchemaRequest fresh;
  fresh.database = request.database;
  return NextCall(fresh, nearest.empty() ? Json{{"detail", "names"}} : Json{{"tables", {nearest}}});
}

// A table that many refer to is the better example of one to look at.
int MostReferenced(const Schema& schema, const std::vector<int>& wanted) {
  std::map<int, int> references;
  for (const Table& table : schema.tables) {
    for (const ForeignKey& key : table.foreign_keys) ++references[key.target_table];
  }
  return *std::max_element(wanted.begin(), wanted.end(), [&](int a, int b) { return references[a] < references[b]; });
}

std::vector<std::string> NextCalls(const Schema& schema, const SchemaRequest& request, const std::vector<int>& wanted,
                                   const std::string& cursor) {
  if (wanted.empty()) return {CallForNothing(schema, request)};
  std::vector<std::string> calls;
  if (!cursor.empty()) calls.push_back(NextCall(request, {{"cursor", cursor}}));
  SchemaRequest fresh;
  fresh.database = request.database;
  const std::string example = QualifiedName(schema, MostReferenced(schema, wanted));
  if (!cursor.empty() && request.detail != "names") calls.push_back(NextCall(request, {{"detail", "names"}}));
  if (!cursor.empty()) calls.push_back(NextCall(request, {{"pattern", "*part_of_a_name*"}}));
  if (request.detail != "full") calls.push_back(NextCall(fresh, {{"tables", {example}}, {"detail", "full"}}));
  return calls;
}

}  // namespace

Json DescribeSchema(const Schema& schema, const SchemaRequest& asked) {
  const std::vector<int> wanted = WantedTables(schema, asked);
  SchemaRequest request = asked;
  if (request.detail.empty()) request.detail = SummaryFits(schema, wanted, request.budget) ? "summary" : "names";
  Json json = {{"database", request.database},
               {"detail", request.detail},
               {"tables_total", schema.tables.size()},
               {"tables_matching", wanted.size()}};
  if (!schema.comment.empty()) PutComment(&json, schema.comment);
  if (Json counts = TablesPerSchema(schema, wanted); !counts.is_null()) json["tables_per_schema"] = std::move(counts);

  if (Json missing = NotFound(schema, request); !missing.empty()) json["not_found"] = std::move(missing);

  Json tables = Json::array();
  std::string cursor;
  std::size_t used = 0;
  for (std::size_t next = request.first; next < wanted.size() && cursor.empty(); ++next) {
    Window window{tables.empty() ? request.first_column : 0, request.budget};
    Json entry = Entry(schema, wanted[next], request.detail, &window);
    used += Dump(entry).size() + 1;
    // One table is always shown, as many of its columns as there is room for.
    if (used > request.budget && !tables.empty()) {
      cursor = "table:" + std::to_string(next);
    } else {
      tables.push_back(std::move(entry));
      if (window.cut(schema.tables[wanted[next]])) {
        cursor = "table:" + std::to_string(next) + ":" + std::to_string(window.end);
      }
    }
  }
  json["tables"] = std::move(tables);
  json["truncated"] = !cursor.empty();
  if (!cursor.empty()) json["next_cursor"] = cursor;
  const std::vector<std::string> calls = NextCalls(schema, request, wanted, cursor);
  if (!calls.empty()) json["next"] = calls;
  return json;
}

}  // namespace toomai::mcp
