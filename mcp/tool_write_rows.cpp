// insert_rows, update_rows, delete_rows: only there when an operator has listed tables for them.
#include "base/text.h"
#include "mcp/questions.h"
#include "mcp/render.h"

namespace toomai::mcp {
namespace {

constexpr const char* kCommonArguments = R"(
    "database":{"type":"string","maxLength":200,"description":"Name from list_databases; needed when more than one may be changed"},
    "table":{"type":"string","minLength":1,"maxLength":200,"description":"schema.table, one of those that may be changed"},
    "apply":{"type":"boolean","default":false,"description":"false: try, show what would change, and roll back"},
    "expected_rows":{"type":"integer","minimum":0,"description":"With apply: the row count of the dry run; any other count is rolled back"},
    "confirm":{"type":"boolean","default":false,"description":"With apply: a person has agreed to this change. Only from clients that cannot ask their user; others are made to ask"}},)";

constexpr const char* kWhere = R"(
    "where":{"type":"array","minItems":1,"maxItems":50,"description":"Which rows, joined with AND; best by primary key","items":{"type":"object","properties":{
      "column":{"type":"string"},"op":{"type":"string","enum":["=","<>","<","<=",">",">=","in","is null","is not null"]},"value":{}},
      "required":["column","op"],"additionalProperties":false}},)";

constexpr const char* kOutput = R"({"type":"object","properties":{
    "table":{"type":"string"},"row_count":{"type":"integer"},"applied":{"type":"boolean"},"sql":{"type":"string"},
    "columns":{"type":"array"},"rows":{"type":"array"},"truncated":{"type":"boolean"},"next":{"type":"string"}},
    "required":["table","row_count","applied"]})";

std::optional<std::string> ValueText(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return value.is_string() ? value.get<std::string>() : Dump(value);
}

engine::RowValues RowFrom(const Json& object) {
  engine::RowValues row;
  for (const auto& [column, value] : object.items()) row[column] = ValueText(value);
  return row;
}

engine::WriteCondition ConditionFrom(const Json& object) {
  engine::WriteCondition condition{
      std::string(StringMember(object, "column")), std::string(StringMember(object, "op")), {}};
  const Json& value = Member(object, "value");
  if (value.is_array()) {
    for (const Json& one : value) condition.values.push_back(ValueText(one).value_or(""));
  } else if (!value.is_null()) {
    condition.values.push_back(*ValueText(value));
  }
  return condition;
}

engine::WriteRequest RequestFrom(const Call& call, engine::WriteKind kind) {
  engine::WriteRequest request;
  request.kind = kind;
  request.database = TextArgument(call, "database");
  request.table = TextArgument(call, "table");
  for (const Json& row : Member(call.arguments, "rows")) request.rows.push_back(RowFrom(row));
  if (const Json& set = Member(call.arguments, "set"); set.is_object()) request.set = RowFrom(set);
  for (const Json& one : Member(call.arguments, "where")) request.where.push_back(ConditionFrom(one));
  request.apply = FlagArgument(call, "apply");
  request.expected_rows = IntegerArgument(call, "expected_rows", -1);
  return request;
}

Outcome Render(engine::WriteReport report) {
  Json value = report.preview.columns.empty() ? Json::object() : RenderRows(report.preview);
  value["table"] = report.table;
  value["row_count"] = report.rows;
  value["applied"] = report.applied;
  value["sql"] = report.sql;
  if (!report.along.empty()) value["also_changes"] = report.along;
  if (!report.applied) {
    value["next"] = "Nothing was changed. To keep it: the same call with apply, expected_rows " +
                    std::to_string(report.rows) + " and, after a person has agreed, confirm.";
  }
  return Outcome::Complete(ToolResult(std::move(value)));
}

std::string ValueWords(const std::optional<std::string>& value) {
  constexpr std::size_t kShown = 60;
  if (!value) return "NULL";
  const std::string words = "'" + Ellipsis(CleanUtf8(*value), kShown) + "'";
  return value->size() <= kShown ? words : words + " (" + std::to_string(value->size()) + " bytes)";
}

std::string ColumnWords(const std::string& column) {
  return Ellipsis(CleanUtf8(column), 63);
}

std::string ConditionWords(const engine::WriteCondition& condition) {
  std::string words = ColumnWords(condition.column) + " " + condition.op;
  if (condition.values.empty()) return words;
  words += condition.op == "in" ? " (" : " ";
  words += ValueWords(condition.values.front());
  if (condition.values.size() > 1) words += " and " + std::to_string(condition.values.size() - 1) + " more";
  return condition.op == "in" ? words + ")" : words;
}

// What does not fit is counted: a person must not take a part for the whole.
std::string List(const std::vector<std::string>& parts, const std::string& between) {
  constexpr std::size_t kShown = 180;  // the whole of a question is 800 at most
  std::string words;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && words.size() + parts[i].size() > kShown)
      return words + " and " + std::to_string(parts.size() - i) + " more";
    words += (i > 0 ? between : "") + parts[i];
  }
  return words;
}

std::string AssignmentWords(const engine::RowValues& row, const std::string& to) {
  std::vector<std::string> assignments;
  for (const auto& [column, value] : row) assignments.push_back(ColumnWords(column) + to + ValueWords(value));
  return List(assignments, ", ");
}

// What a person is asked to agree to, in the words of what was tried; what matters most comes first.
std::string ChangeInWords(const engine::WriteRequest& request, const engine::WriteReport& tried) {
  using engine::WriteKind;
  const std::string rows = std::to_string(tried.rows) + (tried.rows == 1 ? " row" : " rows");
  std::string words = request.kind == WriteKind::kInsert   ? "Insert " + rows + " into " + tried.table
                      : request.kind == WriteKind::kDelete ? "Delete " + rows + " of " + tried.table
                                                           : "Change " + rows + " of " + tried.table;
  if (!tried.along.empty()) words += " (rows of " + List(tried.along, ", ") + " go or change along)";
  if (request.kind == WriteKind::kInsert) {
    words += ": " + AssignmentWords(request.rows.front(), " ");
    if (request.rows.size() > 1) words += "; and " + std::to_string(request.rows.size() - 1) + " more";
    return words;
  }
  if (request.kind == WriteKind::kUpdate) words += ": set " + AssignmentWords(request.set, " to ");
  std::vector<std::string> conditions;
  for (const engine::WriteCondition& one : request.where) conditions.push_back(ConditionWords(one));
  return words + " where " + List(conditions, " and ");
}

// A person decides: in the client where it can ask, else by the caller's word that one has. What is asked is what a dry
// run has just found; nothing is changed on the way here, whatever it finds.
Expected<std::optional<Outcome>> AwaitConfirmation(const Call& call, engine::Writer& writer,
                                                   const engine::WriteRequest& request) {
  const bool can_ask = call.ClientCan("elicitation");
  if (can_ask ? PersonAgreed(call) : FlagArgument(call, "confirm")) return std::nullopt;
  if (request.expected_rows < 0) return std::nullopt;  // the real run refuses that before it begins
  engine::WriteRequest trial = request;
  trial.apply = false;
  const auto tried = writer.Run(call.deadline, call.caller, trial);
  if (!tried) return Fail(tried.error());
  // There is nothing to agree to.
  if (tried->rows != request.expected_rows) return Fail(engine::OtherCount(tried->rows, request.expected_rows));
  const std::string change = ChangeInWords(request, *tried);
  if (auto question = AskToConfirm(call, change + "?", "Do it", "Make this change; it cannot be taken back")) {
    return question;
  }
  const Error refused(ErrorCode::kNotConfirmed,
                      (can_ask ? "the person did not agree to this: " : "a person has to agree first: ") + change,
                      can_ask ? "nothing was changed" : "ask the person, then call again with confirm");
  return Outcome::Complete(ToolError(refused, can_ask ? "" : "confirm"));
}

Tool MakeWrite(engine::Writer* writer, engine::WriteKind kind, const char* name, const char* title,
               const char* description, const std::string& own_arguments, const char* required) {
  Tool tool;
  tool.name = name;
  tool.title = title;
  tool.description = std::string(description) +
                     " A dry run unless apply is true: it is tried, shown and rolled back. Only tables that the "
                     "operator has listed can be changed; values are parameters, never SQL.";
  tool.input_schema = R"({"type":"object","properties":{)" + own_arguments + kCommonArguments + R"("required":)" +
                      required + R"(,"additionalProperties":false})";
  tool.output_schema = kOutput;
  tool.read_only = false;
  tool.destructive = kind != engine::WriteKind::kInsert;
  tool.idempotent = false;
  tool.run = [writer, kind](Call& call) {
    const engine::WriteRequest request = RequestFrom(call, kind);
    if (request.apply) {
      const auto answer = AwaitConfirmation(call, *writer, request);
      if (!answer) return Outcome::Complete(ToolError(answer.error()));
      if (*answer) return **answer;
    }
    auto report = writer->Run(call.deadline, call.caller, request);
    if (!report) return Outcome::Complete(ToolError(report.error()));
    return Render(std::move(*report));
  };
  return tool;
}

}  // namespace

void AddWriteTools(Registry* registry, const ToolContext& context) {
  if (context.writer == nullptr || !context.writer->enabled()) return;
  const std::string rows =
      R"("rows":{"type":"array","minItems":1,"maxItems":1000,"description":"Objects of column and value; a column that is left out gets its default","items":{"type":"object"}},)";
  const std::string set =
      R"("set":{"type":"object","description":"Column and new value; null is NULL","minProperties":1},)";
  registry->tools.push_back(MakeWrite(context.writer, engine::WriteKind::kInsert, kWriteTools[0], "Insert rows",
                                      "Adds rows to one table.", rows, R"(["table","rows"])"));
  registry->tools.push_back(MakeWrite(context.writer, engine::WriteKind::kUpdate, kWriteTools[1], "Update rows",
                                      "Changes columns of chosen rows of one table.", set + kWhere,
                                      R"(["table","set","where"])"));
  registry->tools.push_back(MakeWrite(context.writer, engine::WriteKind::kDelete, kWriteTools[2], "Delete rows",
                                      "Deletes chosen rows of one table.", kWhere, R"(["table","where"])"));
}

}  // namespace toomai::mcp
