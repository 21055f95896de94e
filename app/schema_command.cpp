#include "app/schema_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "app/formats.h"
#include "app/terminal.h"
#include "base/text.h"
#include "schema/ddl.h"
#include "schema/json_io.h"
#include "schema/mermaid.h"

namespace toomai::app {
namespace {

struct SchemaOptions {
  std::string database, table, link;
  bool refresh = false, ddl = false, mermaid = false, json = false;
  int timeout_ms = 0;  // 0: the configured default
};

engine::QueryResult Table(std::vector<std::string> names) {
  engine::QueryResult result;
  for (std::string& name : names) result.columns.push_back({std::move(name), "text", 25, false});
  return result;
}

void Print(const engine::QueryResult& result) {
  Page(FormatResult(Format::kTable, result, UseColour(), TerminalWidth()));
}

std::string Approximate(double rows) {
  if (rows < 0) return "?";
  char text[32];
  std::snprintf(text, sizeof text,
                rows >= 1e6   ? "%.1f M"
                : rows >= 1e4 ? "%.0f k"
                              : "%.0f",
                rows >= 1e6   ? rows / 1e6
                : rows >= 1e4 ? rows / 1e3
                              : rows);
  return text;
}

void PrintTables(const schema::Schema& schema) {
  engine::QueryResult list = Table({"table", "kind", "columns", "rows", "comment"});
  for (std::size_t i = 0; i < schema.tables.size(); ++i) {
    const schema::Table& table = schema.tables[i];
    std::string kind(schema::ToString(table.kind));
    if (table.partition_count > 0) kind += " (" + std::to_string(table.partition_count) + ")";
    list.rows.push_back({schema::QualifiedName(schema, static_cast<int>(i)), kind, std::to_string(table.columns.size()),
                         Approximate(table.row_estimate), table.comment});
  }
  Print(list);
}

void PrintColumns(const schema::Schema& schema, int index) {
  const schema::Table& table = schema.tables[static_cast<std::size_t>(index)];
  engine::QueryResult list = Table({"column", "type", "key", "null", "comment"});
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const schema::Column& column = table.columns[i];
    std::string key;
    if (std::find(table.primary_key.begin(), table.primary_key.end(), static_cast<int>(i)) != table.primary_key.end())
      key = "PK ";
    for (const schema::ForeignKey& fk : table.foreign_keys) {
      for (std::size_t k = 0; k < fk.columns.size(); ++k) {
        if (fk.columns[k] != static_cast<int>(i) || fk.target_table < 0) continue;
        const schema::Table& target = schema.tables[static_cast<std::size_t>(fk.target_table)];
        key += "-> " + schema::QualifiedName(schema, fk.target_table) + "." +
               target.columns[static_cast<std::size_t>(fk.target_columns[k])].name + " ";
      }
    }
    std::string type = column.type;
    if (!column.enum_values.empty()) type += " (" + Ellipsis(Join(column.enum_values, ", "), 60) + ")";
    list.rows.push_back({column.name, type, std::string(Trim(key)), column.not_null ? "no" : "yes", column.comment});
  }
  Print(list);
}

// As `toomai schema` prints it, or plainly: orders, shop.orders.
int FindTable(const schema::Schema& schema, const std::string& asked) {
  for (std::size_t i = 0; i < schema.tables.size(); ++i) {
    if (schema::Means(schema, static_cast<int>(i), asked)) return static_cast<int>(i);
  }
  if (const int bare = schema.FindTable("", asked); bare >= 0) return bare;
  const std::size_t dot = asked.find('.');
  return dot == std::string::npos ? -1 : schema.FindTable(asked.substr(0, dot), asked.substr(dot + 1));
}

int RunSchema(const Globals& globals, SchemaOptions options) {
  auto engine = OpenEngine(globals, &options.timeout_ms);
  if (!engine) return Report(engine.error());
  const Deadline deadline = Deadline::After(std::chrono::milliseconds(options.timeout_ms), StopOnSignals());
  if (!options.link.empty()) {
    const auto links = (*engine)->ExplainLinks(deadline, LocalCaller(), options.database, options.link);
    if (!links) return Report(links.error());
    std::fputs(links->c_str(), stdout);
    return kDone;
  }
  Expected<schema::SchemaPtr> schema = [&] {
    ProgressLine progress;
    progress.Update("reading the schema");
    return (*engine)->GetSchema(deadline, LocalCaller(), options.database, options.refresh);
  }();
  if (!schema) return Report(schema.error());
  if (options.json) {
    std::fprintf(stdout, "%s\n", schema::ToJson(**schema).c_str());
  } else if (options.ddl) {
    std::fputs(schema::ToDdl(**schema).c_str(), stdout);
  } else if (options.mermaid) {
    std::fputs(schema::ToMermaid(**schema).c_str(), stdout);
  } else if (!options.table.empty()) {
    const int index = FindTable(**schema, options.table);
    if (index < 0) {
      std::vector<std::string> names;
      for (const schema::Table& table : (*schema)->tables) names.push_back(table.name);
      const std::string nearest = NearestName(options.table.substr(options.table.find('.') + 1), names);
      return Report(Error(ErrorCode::kNotFound, "there is no table '" + options.table + "'",
                          nearest.empty() ? "toomai schema lists the tables" : "did you mean '" + nearest + "'?"));
    }
    PrintColumns(**schema, index);
  } else {
    PrintTables(**schema);
  }
  return kDone;
}

}  // namespace

void DefineSchemaCommand(CLI::App* command, const Globals& globals, int* status) {
  auto options = std::make_shared<SchemaOptions>();
  command->footer("Example: toomai schema orders --db shop\n         toomai schema --mermaid > schema.mmd");
  auto* table = command->add_option("table", options->table, "describe this table");
  command->add_option("-d,--db", options->database, "name of the database (default: the first configured)");
  command->add_flag("--refresh", options->refresh, "read the catalog again");
  // Of the whole database, one at a time.
  auto* ddl = command->add_flag("--ddl", options->ddl, "CREATE statements")->excludes(table);
  auto* mermaid = command->add_flag("--mermaid", options->mermaid, "an entity-relationship diagram")
                      ->excludes(table)
                      ->excludes(ddl);
  auto* json = command->add_flag("--json", options->json, "everything, as JSON that `toomai check --schema` reads")
                   ->excludes(table)
                   ->excludes(ddl)
                   ->excludes(mermaid);
  command->add_option("--link", options->link, "show which tables and columns a question is linked to, with scores")
      ->excludes(table)
      ->excludes(ddl)
      ->excludes(mermaid)
      ->excludes(json);
  command->add_option("--timeout", options->timeout_ms, "milliseconds for everything (default: default_timeout, 60 s)")
      ->check(CLI::PositiveNumber);
  command->callback([options, &globals, status] { *status = RunSchema(globals, *options); });
}

}  // namespace toomai::app
