#include "engine/pg/introspect.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "engine/pg/array_text.h"
#include "engine/pg/check_values.h"
#include "engine/pg/introspect_sql.h"
#include "engine/pg/type_table.h"

namespace toomai::engine::pg {
namespace {

using schema::Column;
using schema::Schema;
using schema::Table;
using schema::TableKind;

constexpr std::size_t kMaxCommonValues = 30;
constexpr std::size_t kMaxValueBytes = 200;  // longer ones are text, not values that questions name
constexpr int kAttempts = 3;                 // DDL while we look can make a catalog function fail

bool IsTrue(std::string_view cell) {
  return cell == "t";
}
std::string Text(std::string_view cell) {
  return std::string(cell);
}
std::uint32_t Oid(std::string_view cell) {
  return static_cast<std::uint32_t>(std::strtoul(cell.data(), nullptr, 10));
}
int Int(std::string_view cell) {
  return std::atoi(cell.data());
}  // cells end in NUL
double Real(std::string_view cell) {
  return std::strtod(cell.data(), nullptr);
}

TableKind KindOf(char relkind) {
  switch (relkind) {
    case 'p':
      return TableKind::kPartitioned;
    case 'v':
      return TableKind::kView;
    case 'm':
      return TableKind::kMaterializedView;
    case 'f':
      return TableKind::kForeignTable;
    default:
      return TableKind::kTable;
  }
}

// Collects the rows of the queries, in the order they are sent, into one Schema.
class Builder {
 public:
  explicit Builder(const IntrospectOptions& options) : options_(options) {}

  std::vector<Statement> Batch() {
    std::vector<Statement> batch;
    const Parameter schemas = options_.schemas.empty() ? Parameter() : WriteTextArray(options_.schemas);
    const auto add = [&](const char* text, auto method, bool with_schemas) {
      Statement statement;
      statement.sql = text;
      if (with_schemas) statement.parameters.push_back(schemas);
      statement.on_row = [this, method](const RowView& row) {
        (this->*method)(row);
        return RowAction::kContinue;
      };
      batch.push_back(std::move(statement));
    };
    batch.emplace_back().sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    batch.emplace_back().sql = sql::kOwnPath;
    add(sql::kDatabase, &Builder::OnDatabase, false);
    batch.emplace_back().sql = sql::kNarrow;
    add(sql::kTypes, &Builder::OnType, true);
    add(sql::kEnums, &Builder::OnEnumLabel, false);
    add(sql::kDomainChecks, &Builder::OnDomainCheck, false);
    add(sql::kFields, &Builder::OnField, false);
    add(sql::kTables, &Builder::OnTable, true);
    add(sql::kColumns, &Builder::OnColumn, true);
    add(sql::kPartitions, &Builder::OnPartitions, false);
    add(sql::kInheritance, &Builder::OnInheritance, false);
    add(sql::kConstraints, &Builder::OnConstraint, true);
    add(sql::kIndexes, &Builder::OnIndex, true);
    add(sql::kFunctions, &Builder::OnFunction, false);
    add(sql::kOperators, &Builder::OnOperator, false);
    add(sql::kCasts, &Builder::OnCast, false);
    if (options_.statistics) add(sql::kStatistics, &Builder::OnStatistics, true);
    batch.back().ends_group = true;
    batch.emplace_back().sql = "ROLLBACK";
    return batch;
  }

  Schema Take() {
    schema_.types = types_.UserTypes();
    schema_.taken_at_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    schema_.Finish();
    return std::move(schema_);
  }

 private:
  Table* TableOf(std::string_view oid) {
    const std::uint32_t number = Oid(oid);
    if (number == last_oid_) return last_index_ < 0 ? nullptr : &schema_.tables[last_index_];
    const auto found = by_oid_.find(number);
    last_oid_ = number;
    last_index_ = found == by_oid_.end() ? -1 : found->second;
    return last_index_ < 0 ? nullptr : &schema_.tables[last_index_];
  }

  // attnums -> indexes. False when one is not a column we hold (an expression, a system column).
  static bool Columns(const Table& table, const std::vector<int>& numbers, std::vector<int>* indexes) {
    for (const int number : numbers) {
      const auto found = std::lower_bound(table.columns.begin(), table.columns.end(), number,
                                          [](const Column& column, int wanted) { return column.number < wanted; });
      if (found == table.columns.end() || found->number != number) return false;
      indexes->push_back(static_cast<int>(found - table.columns.begin()));
    }
    return true;
  }

  static void AddUnique(Table& table, std::vector<int> key) {
    if (key == table.primary_key || key.empty()) return;
    if (std::find(table.unique_keys.begin(), table.unique_keys.end(), key) != table.unique_keys.end()) return;
    table.unique_keys.push_back(std::move(key));
  }

  void OnDatabase(const RowView& row) {
    schema_.database = Text(row[0]);
    schema_.server_version = Int(row[1]);
    schema_.search_path = ParseTextArray(row[2]);
    schema_.comment = Text(row[3]);
  }

  void OnType(const RowView& row) {
    TypeRow type;
    type.oid = Oid(row[0]);
    type.schema = Text(row[1]);
    type.name = Text(row[2]);
    type.type = row[3][0];
    type.category = row[4][0];
    type.base = Oid(row[5]);
    type.element = Oid(row[6]);
    type.has_btree = IsTrue(row[7]);
    type.not_null = IsTrue(row[8]);
    type.base_text = Text(row[9]);
    type.comment = Text(row[10]);
    types_.Add(std::move(type));
  }

  void OnEnumLabel(const RowView& row) {
    if (TypeRow* type = types_.Find(Oid(row[0]))) type->labels.push_back(Text(row[1]));
  }
  void OnDomainCheck(const RowView& row) {
    if (TypeRow* type = types_.Find(Oid(row[0]))) type->checks.push_back(Text(row[1]));
  }
  void OnField(const RowView& row) {
    if (TypeRow* type = types_.Find(Oid(row[0]))) type->fields.emplace_back(row[1], row[2]);
  }

  void OnTable(const RowView& row) {
    Table table;
    table.oid = Oid(row[0]);
    table.schema = Text(row[1]);
    table.name = Text(row[2]);
    table.kind = KindOf(row[3][0]);
    table.row_estimate = Real(row[4]);
    // Until PostgreSQL 14 a table never analyzed has 0, later -1.
    if (table.row_estimate <= 0 && Int(row[5]) == 0) table.row_estimate = -1;
    table.row_security = IsTrue(row[6]);
    whole_table_readable_.push_back(IsTrue(row[7]));
    table.comment = Text(row[8]);
    table.view_definition = Text(row[9]);
    table.partition_key = Text(row[10]);
    const auto& path = schema_.search_path;
    table.on_search_path = std::find(path.begin(), path.end(), table.schema) != path.end();
    by_oid_[table.oid] = static_cast<int>(schema_.tables.size());
    by_name_[table.schema + '\0' + table.name] = static_cast<int>(schema_.tables.size());
    schema_.tables.push_back(std::move(table));
  }

  void OnColumn(const RowView& row) {
    Table* table = TableOf(row[0]);
    if (table == nullptr) return;
    Column column;
    column.number = Int(row[1]);
    column.name = Text(row[2]);
    column.type = Text(row[3]);
    column.not_null = IsTrue(row[5]);
    column.generated = IsTrue(row[6]);
    column.identity = IsTrue(row[7]);
    column.readable = whole_table_readable_[last_index_] || IsTrue(row[8]);
    column.default_expr = Text(row[9]);
    column.comment = Text(row[10]);
    types_.Describe(Oid(row[4]), &column);
    table->columns.push_back(std::move(column));
  }

  void OnPartitions(const RowView& row) {
    Table* table = TableOf(row[0]);
    if (table == nullptr) return;
    table->partition_count = Int(row[1]);
    if (IsTrue(row[3])) table->row_estimate = Real(row[2]);
    if (!row.IsNull(4)) table->partitions = ParseTextArray(row[4]);
  }

  void OnInheritance(const RowView& row) {
    schema_.inheritance.push_back({Text(row[0]), Text(row[1]), Text(row[2]), Text(row[3]), IsTrue(row[4])});
  }

  void OnConstraint(const RowView& row) {
    Table* table = TableOf(row[0]);
    if (table == nullptr) return;
    std::vector<int> columns;
    const bool whole = Columns(*table, ParseIntArray(row[3]), &columns);
    switch (row[2][0]) {
      case 'p':
        if (whole) table->primary_key = std::move(columns);
        break;
      case 'u':
        if (whole) AddUnique(*table, std::move(columns));
        break;
      case 'f':
        OnForeignKey(*table, std::move(columns), row);
        break;
      case 'c':
        OnCheck(*table, columns, row);
        break;
      default:
        break;
    }
  }

  void OnForeignKey(Table& table, std::vector<int> columns, const RowView& row) {
    const auto target = by_oid_.find(Oid(row[4]));
    if (target == by_oid_.end()) return;  // a table the role may not read
    schema::ForeignKey key;
    key.name = Text(row[1]);
    key.columns = std::move(columns);
    key.target_table = target->second;
    if (!Columns(schema_.tables[target->second], ParseIntArray(row[5]), &key.target_columns)) return;
    if (key.columns.size() == key.target_columns.size()) table.foreign_keys.push_back(std::move(key));
  }

  static void OnCheck(Table& table, const std::vector<int>& columns, const RowView& row) {
    table.checks.push_back({Text(row[1]), Text(row[6])});
    if (columns.size() != 1) return;
    Column& column = table.columns[columns[0]];
    if (column.check_values.empty()) column.check_values = ValuesOfCheck(row[6]);
  }

  void OnIndex(const RowView& row) {
    Table* table = TableOf(row[0]);
    if (table == nullptr) return;
    schema::Index index;
    index.name = Text(row[1]);
    std::vector<int> numbers = ParseIntArray(row[2]);
    numbers.resize(std::min<std::size_t>(numbers.size(), Int(row[3])));  // INCLUDE columns are not part of the key
    bool plain = true;
    for (const int number : numbers) plain = Columns(*table, {number}, &index.columns) && plain;
    index.unique = IsTrue(row[4]);
    index.partial = IsTrue(row[5]);
    index.definition = Text(row[6]);
    if (index.unique && !index.partial && plain) AddUnique(*table, index.columns);
    table->indexes.push_back(std::move(index));
  }

  void OnFunction(const RowView& row) {
    schema::Function function;
    function.schema = Text(row[0]);
    function.name = Text(row[1]);
    function.arguments = Text(row[2]);
    function.argument_types = ParseTextArray(row[3]);
    function.return_type = Text(row[4]);
    function.kind = row[5][0];
    function.volatility = row[6][0];
    function.security_definer = IsTrue(row[7]);
    function.returns_set = IsTrue(row[8]);
    function.language = Text(row[9]);
    function.owner = Text(row[10]);
    function.comment = Text(row[11]);
    function.source_hash = Text(row[12]);
    schema_.functions.push_back(std::move(function));
  }

  void OnOperator(const RowView& row) {
    schema_.operators.push_back({Text(row[0]), Text(row[1]), Text(row[2]), Text(row[3]), Text(row[4]), Text(row[5])});
  }

  void OnCast(const RowView& row) { schema_.casts.push_back({Text(row[0]), Text(row[1]), Text(row[2]), row[3][0]}); }

  void OnStatistics(const RowView& row) {
    const auto found = by_name_.find(Text(row[0]) + '\0' + Text(row[1]));
    if (found == by_name_.end()) return;
    Table& table = schema_.tables[found->second];
    // A partitioned table has statistics over its children only; another table's own are the better ones.
    if (IsTrue(row[3]) != (table.kind == TableKind::kPartitioned)) return;
    const std::string_view name = row[2];
    const auto column =
        std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) { return c.name == name; });
    if (column == table.columns.end()) return;
    schema::ColumnStats stats;
    stats.null_fraction = Real(row[4]);
    stats.distinct = Real(row[5]);
    AddValues(row, &stats);
    column->stats = std::move(stats);
  }

  static void AddValues(const RowView& row, schema::ColumnStats* stats) {
    const std::vector<std::string> values = ParseTextArray(row[6], kMaxCommonValues);
    const std::vector<std::string> frequencies = ParseTextArray(row[7], kMaxCommonValues);
    for (std::size_t i = 0; i < std::min(values.size(), frequencies.size()); ++i) {
      if (values[i].size() > kMaxValueBytes) continue;
      stats->common_values.push_back(values[i]);
      stats->common_frequencies.push_back(Real(frequencies[i]));
    }
    if (row[8].size() <= kMaxValueBytes) stats->low = Text(row[8]);
    if (row[9].size() <= kMaxValueBytes) stats->high = Text(row[9]);
  }

  const IntrospectOptions& options_;
  Schema schema_;
  TypeTable types_;
  std::vector<bool> whole_table_readable_;
  std::unordered_map<std::uint32_t, int> by_oid_;
  std::unordered_map<std::string, int> by_name_;
  std::uint32_t last_oid_ = 0;
  int last_index_ = -1;
};

}  // namespace

Expected<Schema> Introspect(Connection& connection, const Deadline& deadline, const IntrospectOptions& options) {
  for (int attempt = 1;; ++attempt) {
    Builder builder(options);
    auto done = connection.Run(deadline, builder.Batch());
    if (done) return builder.Take();
    // "cache lookup failed for relation …": a table was dropped between two looks. The next snapshot will not have it.
    if (done.error().sqlstate != "XX000" || attempt == kAttempts) return Fail(done.error());
  }
}

std::vector<std::string> IntrospectionQueries() {
  const IntrospectOptions all;
  std::vector<std::string> texts;
  for (const Statement& statement : Builder(all).Batch()) texts.push_back(statement.sql);
  return texts;
}

}  // namespace toomai::engine::pg
