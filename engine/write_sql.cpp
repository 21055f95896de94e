#include "engine/write_sql.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"

namespace toomai::engine {
namespace {

struct Operator {
  std::string_view word, sql;
  bool takes_value;
};
constexpr std::array kOperators = {Operator{"=", "=", true},
                                   Operator{"<>", "<>", true},
                                   Operator{"<", "<", true},
                                   Operator{"<=", "<=", true},
                                   Operator{">", ">", true},
                                   Operator{">=", ">=", true},
                                   Operator{"in", "IN", true},
                                   Operator{"is null", "IS NULL", false},
                                   Operator{"is not null", "IS NOT NULL", false}};

Error Invalid(std::string message, std::string hint = "") {
  return Error(ErrorCode::kInvalidArgument, std::move(message), std::move(hint));
}

class Builder {
 public:
  Builder(const WriteRequest& request, const schema::Table& table, const MaskScope& masks)
      : request_(request), table_(table), masks_(masks) {}

  Expected<WriteStatement> Build() {
    for (const schema::Column& column : table_.columns)
      out_.has_secrets = out_.has_secrets || !table_.readable || !column.readable || IsMasked(column.name);
    out_.table = table_.schema + "." + table_.name;
    const std::string name = schema::QuoteIdentifier(table_.schema) + "." + schema::QuoteIdentifier(table_.name);
    out_.quoted_table = name;
    Expected<void> built = {};
    switch (request_.kind) {
      case WriteKind::kInsert:
        out_.sql = "INSERT INTO " + name;
        built = AddRows();
        break;
      case WriteKind::kUpdate:
        out_.sql = "UPDATE " + name + " SET ";
        built = AddAssignments();
        if (built) built = AddConditions();
        break;
      case WriteKind::kDelete:
        out_.sql = "DELETE FROM " + name;
        built = AddConditions();
        break;
    }
    if (!built) return Fail(built.error());
    if (out_.parameters.size() > kMaxWriteValues) {
      return Fail(Invalid("the change has " + std::to_string(out_.parameters.size()) + " values, the limit is " +
                              std::to_string(kMaxWriteValues),
                          "send fewer rows in one call"));
    }
    AddReturning();
    return std::move(out_);
  }

 private:
  Expected<std::string> Column(const std::string& name, bool to_be_set) const {
    const int index = table_.FindColumn(name);
    if (index < 0) {
      std::vector<std::string> names;
      for (const schema::Column& column : table_.columns) names.push_back(column.name);
      const std::string nearest = NearestName(name, names);
      return Fail(Invalid(out_.table + " has no column \"" + Ellipsis(CleanUtf8(name), 80) + "\"",
                          nearest.empty() ? "describe_schema lists its columns" : "did you mean \"" + nearest + "\"?"));
    }
    if (!table_.readable && request_.kind != WriteKind::kInsert) {
      return Fail(ErrorCode::kRejected, out_.table + " may not be read, so its rows cannot be chosen",
                  "rows can only be inserted into it");
    }
    if (table_.readable && !table_.columns[index].readable) {
      return Fail(ErrorCode::kRejected, "column \"" + name + "\" may not be used here",
                  "the policy, or the rights of the role, deny reading it");
    }
    if (to_be_set && table_.columns[index].generated)
      return Fail(Invalid("column \"" + name + "\" is computed by the database", "leave it out"));
    if (!to_be_set && IsMasked(name)) {
      return Fail(ErrorCode::kRejected, "column \"" + name + "\" is masked, so it cannot choose rows",
                  "choose them by the primary key");
    }
    return schema::QuoteIdentifier(name);
  }

  bool IsMasked(const std::string& column) const {
    return !masks_.MethodFor({table_.schema, table_.name, column}).empty();
  }

  std::string Parameter(std::optional<std::string> value) {
    out_.parameters.push_back(std::move(value));
    return "$" + std::to_string(out_.parameters.size());
  }

  Expected<void> AddRows() {
    if (request_.rows.empty()) return Fail(Invalid("there are no rows to insert", "give rows: [{column: value}]"));
    for (const RowValues& row : request_.rows) {
      for (const auto& [column, value] : row) written_.insert(column);
    }
    if (written_.empty()) return Fail(Invalid("the rows have no columns", "give rows: [{column: value}]"));
    std::vector<std::string> names;
    for (const std::string& column : written_) {
      auto name = Column(column, true);
      if (!name) return Fail(name.error());
      names.push_back(std::move(*name));
    }
    std::vector<std::string> rows;
    for (const RowValues& row : request_.rows) {
      std::vector<std::string> cells;
      for (const std::string& column : written_) {
        const auto value = row.find(column);
        cells.push_back(value == row.end() ? "DEFAULT" : Parameter(value->second));
      }
      rows.push_back("(" + Join(cells, ", ") + ")");
    }
    out_.sql += " (" + Join(names, ", ") + ") VALUES " + Join(rows, ", ");
    return {};
  }

  Expected<void> AddAssignments() {
    if (request_.set.empty()) return Fail(Invalid("nothing is to be set", "give set: {column: value}"));
    std::vector<std::string> assignments;
    for (const auto& [column, value] : request_.set) {
      auto name = Column(column, true);
      if (!name) return Fail(name.error());
      written_.insert(column);
      assignments.push_back(*name + " = " + Parameter(value));
    }
    out_.sql += Join(assignments, ", ");
    return {};
  }

  Expected<void> AddConditions() {
    if (request_.where.empty()) {
      return Fail(Invalid("the change names no rows",
                          "give where: [{column, op, value}], best with the primary key; all rows are never meant"));
    }
    std::vector<std::string> conditions;
    for (const WriteCondition& condition : request_.where) {
      auto text = Condition(condition);
      if (!text) return Fail(text.error());
      conditions.push_back(std::move(*text));
    }
    out_.sql += " WHERE " + Join(conditions, " AND ");
    return {};
  }

  Expected<std::string> Condition(const WriteCondition& condition) {
    auto name = Column(condition.column, false);
    if (!name) return name;
    const auto op = std::find_if(kOperators.begin(), kOperators.end(),
                                 [&](const Operator& one) { return one.word == condition.op; });
    if (op == kOperators.end()) {
      return Fail(Invalid("\"" + Ellipsis(CleanUtf8(condition.op), 40) + "\" is no operator",
                          "=, <>, <, <=, >, >=, in, is null or is not null"));
    }
    const bool many = op->word == "in";
    if (!op->takes_value ? !condition.values.empty() : many ? condition.values.empty() : condition.values.size() != 1)
      return Fail(Invalid("the condition on \"" + condition.column + "\" has the wrong number of values",
                          "one value for a comparison, a list for in, none for is null and is not null"));
    if (!op->takes_value) return *name + " " + std::string(op->sql);
    std::vector<std::string> places;
    for (const std::string& value : condition.values) places.push_back(Parameter(value));
    if (many) return *name + " IN (" + Join(places, ", ") + ")";
    return *name + " " + std::string(op->sql) + " " + places[0];
  }

  void AddReturning() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      const std::string& column = table_.columns[i].name;
      const bool key = std::count(table_.primary_key.begin(), table_.primary_key.end(), static_cast<int>(i)) > 0;
      if ((!key && written_.count(column) == 0) || IsMasked(column) || !table_.readable || !table_.columns[i].readable)
        continue;
      out_.returned.push_back(column);
      names.push_back(schema::QuoteIdentifier(column));
    }
    out_.sql += " RETURNING " + (names.empty() ? "1" : Join(names, ", "));
  }

  const WriteRequest& request_;
  const schema::Table& table_;
  const MaskScope& masks_;
  std::set<std::string> written_;
  WriteStatement out_;
};

}  // namespace

Expected<WriteStatement> BuildWrite(const WriteRequest& request, const WriteOptions& options,
                                    const schema::Schema& schema, const MaskScope& masks) {
  bool there = false;  // though it is a view or the like
  for (const schema::Table& table : schema.tables) {
    const std::string qualified = table.schema + "." + table.name;
    if (request.table != qualified && request.table != table.name) continue;
    const bool listed = std::find(options.tables.begin(), options.tables.end(), qualified) != options.tables.end();
    const bool is_table = table.kind == schema::TableKind::kTable || table.kind == schema::TableKind::kPartitioned;
    if (listed && is_table) return Builder(request, table, masks).Build();
    there = true;
  }
  if (!there && std::find(options.tables.begin(), options.tables.end(), request.table) != options.tables.end()) {
    return Fail(ErrorCode::kNotFound, "table \"" + Ellipsis(CleanUtf8(request.table), 130) + "\" is not there",
                "it is listed among those that may be changed: make it, or let the role see it");
  }
  return Fail(ErrorCode::kRejected, "\"" + Ellipsis(CleanUtf8(request.table), 130) + "\" may not be changed",
              "tables that may be: " + Join(options.tables, ", "));
}

}  // namespace toomai::engine
