// Resources: the same things that tools show, for clients that attach context by URI; completion for their variables.
#include <algorithm>

#include "base/text.h"
#include "mcp/access.h"
#include "mcp/app_view.h"
#include "mcp/render.h"
#include "mcp/schema_view.h"
#include "mcp/tools.h"

namespace toomai::mcp {
namespace {

constexpr const char* kJsonType = "application/json";
constexpr std::size_t kMaxResourceBytes = 200'000;

Outcome Contents(const Call& call, const std::string& mime_type, std::string text) {
  return Outcome::Complete({{"contents", {{{"uri", call.uri}, {"mimeType", mime_type}, {"text", std::move(text)}}}}});
}

// Every failure to find is the protocol's "no such resource"; others say what was wrong.
Outcome Failed(const Call& call, const Error& error) {
  const bool missing = error.code == ErrorCode::kNotFound;
  const int not_found = call.era == Era::kStateless ? kInvalidParams : kLegacyResourceNotFound;
  return Outcome::Fail(missing ? not_found : kInternalError, ClientMessage(error), {{"uri", call.uri}});
}

std::string Variable(const Call& call, const char* name) {
  return std::string(StringMember(call.variables, name));
}

Outcome ReadSchema(const ToolContext& context, Call& call) {
  const auto schema = context.GetSchema(call, Variable(call, "database"));
  if (!schema) return Failed(call, schema.error());
  SchemaRequest request;
  request.database = Variable(call, "database");
  request.budget = kMaxResourceBytes;
  return Contents(call, kJsonType, Dump(DescribeSchema(**schema, request)));
}

Outcome ReadTable(const ToolContext& context, Call& call) {
  const auto schema = context.GetSchema(call, Variable(call, "database"));
  if (!schema) return Failed(call, schema.error());
  const int table = (*schema)->FindTable(Variable(call, "schema"), Variable(call, "table"));
  if (table < 0 || !(*schema)->tables[table].readable) {
    return Failed(call, {ErrorCode::kNotFound, "there is no such table"});
  }
  return Contents(call, kJsonType, Dump(DescribeTable(**schema, table, kMaxResourceBytes)));
}

Outcome ReadEntry(const ToolContext& context, Call& call) {
  const std::string text = Variable(call, "id");
  const bool number = text.size() < 18 && text.find_first_not_of("0123456789") == std::string::npos;
  const auto entry = number ? context.engine->history().Get(std::stoll(text))
                            : Expected<cache::HistoryEntry>(Fail(ErrorCode::kNotFound, "there is no such entry"));
  if (!entry) return Failed(call, entry.error());
  if (!MaySeeEntry(call.caller, *entry)) return Failed(call, {ErrorCode::kNotFound, "there is no such entry"});
  return Contents(call, kJsonType, Dump(RenderEntry(*entry, true)));
}

Json RenderTemplate(const engine::TemplateInfo& one) {
  Json parameters = Json::array();
  for (const auto& parameter : one.parameters) {
    Json json = {{"name", parameter.name}, {"type", parameter.type}};
    if (!parameter.description.empty()) json["description"] = CleanUtf8(parameter.description);
    if (!parameter.default_value.empty()) json["default"] = CleanUtf8(parameter.default_value);
    parameters.push_back(std::move(json));
  }
  Json json = {{"template", one.id}, {"from", one.origin}, {"learned", one.learned}, {"parameters", parameters}};
  if (!one.description.empty()) json["description"] = CleanUtf8(one.description);
  if (!one.disabled.empty()) json["disabled"] = CleanUtf8(one.disabled);
  return json;
}

Outcome ReadTemplate(const ToolContext& context, Call& call) {
  const auto report = context.engine->Templates(call.deadline, call.caller, Variable(call, "database"));
  if (!report) return Failed(call, report.error());
  const std::string id = Variable(call, "template");
  for (const engine::TemplateInfo& one : report->templates) {
    if (one.id == id) return Contents(call, kJsonType, Dump(RenderTemplate(one)));
  }
  return Failed(call, {ErrorCode::kNotFound, "there is no such template"});
}

Outcome ReadResult(const ToolContext& context, Call& call) {
  const auto request = context.links->Find(call.caller, Variable(call, "id"));
  if (!request)
    return Failed(call, {ErrorCode::kNotFound, "there is no such result (any more): run the statement again"});
  const auto csv = ReadAsCsv(*context.engine, call.deadline, call.caller, *request);
  if (!csv) return Failed(call, csv.error());
  Outcome outcome = Contents(call, "text/csv", csv->text);
  outcome.result["contents"][0]["_meta"] = {{"toomai/rows", csv->rows}, {"toomai/truncated", csv->truncated}};
  return outcome;
}

Json Limits(const ToolContext& context, const Call& call) {
  Json databases = Json::array();
  const std::vector<StatementLimits> all = AllStatementLimits(context.options);
  for (const StatementLimits& one : all) {
    if (one.database.empty() || !MaySeeDatabase(call.caller, one.database)) continue;
    databases.push_back({{"name", one.database},
                         {"rows_at_most", one.rows},
                         {"statement_timeout_ms", one.timeout.count()},
                         {"sql_bytes", one.sql_bytes}});
  }
  const ServerOptions& options = context.options;
  const StatementLimits loosest = LoosestOf(all);
  return {{"statements", "one SELECT, VALUES, TABLE or WITH per call; read-only transaction"},
          {"rows_by_default", std::min(options.default_rows, loosest.rows)},
          {"rows_at_most", loosest.rows},
          {"result_bytes", options.max_result_bytes},
          {"csv_bytes", kMaxCsvBytes},
          {"call_timeout_ms", options.call_timeout.count()},
          {"statement_timeout_ms", loosest.timeout.count()},
          {"functions", "PostgreSQL functions that only compute; others where the operator allows them"},
          {"sql_bytes", loosest.sql_bytes},
          {"databases", std::move(databases)}};
}

void KeepPrefix(std::vector<std::string>* values, std::string_view prefix) {
  const std::string wanted = AsciiLower(prefix);
  values->erase(std::remove_if(values->begin(), values->end(),
                               [&](const std::string& value) { return AsciiLower(value).rfind(wanted, 0) != 0; }),
                values->end());
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

// The tool that shows what completes an argument.
std::string_view ToolBehind(std::string_view argument) {
  if (argument == "database") return "list_databases";
  return argument == "template" ? "generate_sql" : "describe_schema";
}

std::vector<std::string> CompleteValue(const ToolContext& context, Call& call, std::string_view argument,
                                       std::string_view prefix, const Json& known) {
  std::vector<std::string> values;
  if (!MayCall(call.caller, ToolBehind(argument))) return values;
  if (argument == "database") {
    for (const engine::DatabaseInfo& database : context.engine->ListDatabases(call.caller))
      values.push_back(database.name);
  } else if (argument == "schema" || argument == "table") {
    const auto schema = context.GetSchema(call, std::string(StringMember(known, "database")));
    if (!schema) return {};
    const std::string_view wanted = StringMember(known, "schema");
    for (const schema::Table& table : (*schema)->tables) {
      if (!table.readable) continue;
      if (argument == "schema")
        values.push_back(table.schema);
      else if (wanted.empty() || wanted == table.schema)
        values.push_back(table.name);
    }
  }
  if (argument == "template") {
    const auto report =
        context.engine->Templates(call.deadline, call.caller, std::string(StringMember(known, "database")));
    if (!report) return {};
    for (const engine::TemplateInfo& one : report->templates) values.push_back(one.id);
  }
  KeepPrefix(&values, prefix);
  return values;
}

}  // namespace

void AddResources(Registry* registry, const ToolContext& context) {
  registry->resources.push_back({"toomai://databases", "databases", "Databases",
                                 "The databases you may query, with their state.", kJsonType,
                                 [context](Call& call) {
                                   Json databases = Json::array();
                                   for (const auto& one : context.engine->ListDatabases(call.caller)) {
                                     databases.push_back(RenderDatabase(one));
                                   }
                                   return Contents(call, kJsonType, Dump({{"databases", databases}}));
                                 },
                                 "list_databases"});
  registry->resources.push_back(
      {"toomai://limits", "limits", "Policy and limits", "What statements may be and how big results may get.",
       kJsonType, [context](Call& call) { return Contents(call, kJsonType, Dump(Limits(context, call))); }});
  registry->resources.push_back(
      {"ui://toomai/result", "result_view", "Result view",
       "A sortable table and a chart of a result, for hosts that show views.", "text/html;profile=mcp-app",
       [](Call& call) { return Contents(call, "text/html;profile=mcp-app", std::string(AppViewHtml())); }});
  registry->templates.push_back({"toomai://{database}/schema", "schema", "Schema of a database",
                                 "All tables of a database with columns and keys.", kJsonType,
                                 [context](Call& call) { return ReadSchema(context, call); }, "describe_schema"});
  registry->templates.push_back({"toomai://results/{id}", "result", "Result as CSV",
                                 "All rows of a result that was cut, for whoever asked, for 15 minutes.", "text/csv",
                                 [context](Call& call) { return ReadResult(context, call); }, "execute"});
  registry->templates.push_back({"toomai://history/{id}", "history_entry", "History entry",
                                 "One earlier question with its SQL, timings and review.", kJsonType,
                                 [context](Call& call) { return ReadEntry(context, call); }, "query_history"});
  registry->templates.push_back({"toomai://templates/{database}/{template}", "template", "Question template",
                                 "A template that answers one kind of question: its parameters and where it is from.",
                                 kJsonType, [context](Call& call) { return ReadTemplate(context, call); },
                                 "generate_sql"});
  registry->templates.push_back({"toomai://{database}/{schema}/{table}", "table", "Table",
                                 "One table: columns, types, comments, keys, allowed values.", kJsonType,
                                 [context](Call& call) { return ReadTable(context, call); }, "describe_schema"});
  registry->more_resources = [context](const engine::Caller& caller) {
    std::vector<Resource> schemas;
    for (const engine::DatabaseInfo& database : context.engine->ListDatabases(caller)) {
      schemas.push_back({"toomai://" + PercentEncode(database.name) + "/schema",
                         "schema of " + database.name,
                         "Schema of " + database.name,
                         "Tables, columns and keys of this database.",
                         kJsonType,
                         {},
                         "describe_schema"});
    }
    return schemas;
  };
  registry->complete = [context](Call& call, std::string_view, std::string_view argument, std::string_view prefix,
                                 const Json& known) { return CompleteValue(context, call, argument, prefix, known); };
}

}  // namespace toomai::mcp
